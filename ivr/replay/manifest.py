"""audio_fixtures/manifest.yaml enters; typed utterances and scripted calls leave.

audio_fixtures/README.md describes the format.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, ValidationError, model_validator

from ivr import located
from ivr.audio import read_wav
from ivr.events import Slot
from ivr.located import YamlError


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)


class SlotFields(_Part):
    type: Literal["digits", "yes_no", "number", "money", "date"]
    min_length: int = 1
    max_length: int = 20

    def slot(self) -> Slot:
        return Slot(self.type, self.min_length, self.max_length)


class Expected(_Part):
    """What must be understood of one utterance; exactly one of the four."""

    intent: str = ""
    slot: str = ""
    value: str | int | date | None = None
    rejected: bool = False
    no_input: bool = False


class Utterance(_Part):
    id: str
    wav: Path
    voice: str
    words: str
    condition: str
    in_grammar: bool
    expect: Expected
    flow: str = "en"
    step: str = ""
    grammar: SlotFields | None = None
    parts: list[Any] = []
    keep: float = 1.0
    stretch: float = 1.0


class Turn(_Part):
    """One turn of a scripted caller."""

    say: str = ""
    """id of an utterance"""
    keys: str = ""
    silence_ms: int = 0
    hang_up: bool = False
    at: Literal["after_prompt", "during_prompt"] = "after_prompt"
    after_ms: int | None = None

    @model_validator(mode="after")
    def _one_thing(self) -> Turn:
        if sum(map(bool, (self.say, self.keys, self.silence_ms, self.hang_up))) != 1:
            raise ValueError("a turn needs exactly one of say, keys, silence_ms, hang_up")
        return self

    @property
    def wait_ms(self) -> int:
        if self.after_ms is not None:
            return self.after_ms
        return 300 if self.at == "after_prompt" else 500


class ExpectedCall(_Part):
    intents: list[str] | None = None
    slots: dict[str, str | int | date] | None = None
    outcome: str
    barge_ins: int = 0
    no_matches: int = 0
    no_inputs: int = 0


class ScriptedCall(_Part):
    id: str
    flow: str
    turns: list[Turn]
    expect: ExpectedCall


class Condition(_Part):
    law: str = ""
    level_db: float = -26.0
    noise: str = ""
    snr_db: float = 0.0
    hard: bool = False


class Manifest(_Part):
    version: Literal[1]
    today: date
    key_interval_ms: int
    flows: dict[str, Path]
    voices: dict[str, dict[str, Any]]
    conditions: dict[str, Condition]
    utterances: list[Utterance]
    calls: list[ScriptedCall]
    folder: Path = Path()
    played: list[Utterance] = []
    """the utterances to replay by themselves: all of them unless chosen"""

    def utterance(self, name: str) -> Utterance:
        return next(entry for entry in self.utterances if entry.id == name)

    def call(self, name: str) -> ScriptedCall:
        return next(entry for entry in self.calls if entry.id == name)

    def matching(self, part: str) -> Manifest:
        """Only the utterances and calls to play whose id contains `part`; calls keep what they say."""
        return self.model_copy(
            update={
                "played": [entry for entry in self.utterances if part in entry.id],
                "calls": [entry for entry in self.calls if part in entry.id],
            }
        )

    def audio(self, utterance: Utterance) -> bytes:
        """pcm16. Raises AudioError that names the file."""
        return read_wav(self.folder / utterance.wav)


def load(path: Path) -> Manifest:
    """Raises YamlError with file and line of every problem."""
    source = located.read(path)
    try:
        manifest = Manifest.model_validate({**source.data, "folder": path.parent})
    except ValidationError as error:
        raise YamlError(located.schema_problems(source, error)) from error
    known = {utterance.id for utterance in manifest.utterances}
    problems = [
        source.problem(("calls", c, "turns", t, "say"), f"no utterance '{turn.say}'")
        for c, call in enumerate(manifest.calls)
        for t, turn in enumerate(call.turns)
        if turn.say and turn.say not in known
    ]
    if problems:
        raise YamlError(problems)
    return manifest
