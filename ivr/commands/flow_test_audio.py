"""`ivr flow test --audio`: a conversation enters, is spoken by another voice than the bot's, sent through
G.711 and heard by the recogniser with the grammar of the moment, in the call loop of the telephone; how it
went leaves, with what was recognised."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Literal

from ivr import config
from ivr.asr import engines as recognisers
from ivr.audio import SILENCE, frames
from ivr.call import Call
from ivr.events import BackendEvent, CallFacts, Kind
from ivr.flow.actions import Action, Note, Request
from ivr.flow.engine import Engine
from ivr.flow.flow import Flow
from ivr.flow.match import sentence
from ivr.flow.state import State
from ivr.listen.listener import Listener
from ivr.located import Problem
from ivr.replay.player import MemoryJournal
from ivr.replay.spoken_caller import Ear, SpokenCaller, SpokenLine, Still, over_the_telephone
from ivr.rooms import NoServices, Rooms
from ivr.talk.backends import Ask, opened
from ivr.talk.conversations import Answers, Seen, Unlike, acts, error_of, facts_of, profile_of
from ivr.talk.script import Conversation, Line, Script
from ivr.tts import engines as voices
from ivr.tts.spoken import say_as

CALLERS = {"en": ("en-us+m3", "en-us+f2"), "zh": ("cmn+m3", "cmn+f2")}
"""of espeak-ng, which is always there; the second one where the first is the bot's own"""
LONGEST_CALL_MS = 1_800_000


@dataclass(frozen=True, slots=True)
class Spoken:
    """How one conversation went by voice."""

    problem: Problem | None = None
    skipped: str = ""
    """why it was not held; empty: it was"""

    @property
    def failed(self) -> bool:
        return self.problem is not None


class NoEarError(Exception):
    """The caller would have to speak a language that no recogniser knows."""


class Voice:
    """Holds conversations by voice. One recogniser and one synthesiser serve all of them."""

    def __init__(self, settings: config.Settings) -> None:
        self._settings = settings
        self._recogniser = recognisers.create(settings.asr)
        self._mouth = voices.create(config.Tts())

    def hold(self, script: Script, conversation: Conversation, flow: Flow, otherwise: Ask) -> Spoken:
        if not conversation.spoken:
            return Spoken(skipped="audio: off")
        if flow.language not in self._recogniser.languages:
            return Spoken(skipped=f"no recogniser for the language '{flow.language}'")
        ear = Ear(self._recogniser)
        with opened(script.services, script.today, otherwise) as ask:
            answers = Answers(ask, conversation)
            talk = _Talk(
                conversation,
                answers,
                ear,
                lambda text, language: self._speak(text, language or flow.language),
            )
            call = Call(
                line=talk.line,
                facts=facts_of(script, conversation),
                engine=_Engine(flow, profile_of(script, conversation, ask)),
                listener=Listener(self._settings.listen),
                rooms=Rooms(ear, _Hush(), lambda work: work(), _Systems(answers)),
                journal=talk.journal,
                today=script.today,
            )
            try:
                talk.run(call)
            except NoEarError as error:
                return Spoken(skipped=str(error))
            except Unlike as unlike:
                message = f"by voice: {conversation.name}: {unlike}{talk.recognised()}"
                return Spoken(script.problem(unlike.line, message))
        return Spoken()

    def _speak(self, text: str, language: str) -> bytes:
        if language not in self._recogniser.languages:
            raise NoEarError(f"no recogniser for the language '{language}'")
        own = self._settings.tts.voices.get(language)
        voice = next(name for name in CALLERS[language] if name != own)
        return over_the_telephone(b"".join(self._mouth.speak(text, language, voice)))


class _Talk:
    """One conversation on its way: the caller's turns, and what can be seen of the call."""

    def __init__(
        self, conversation: Conversation, answers: Answers, ear: Ear, speak: Callable[[str, str], bytes]
    ) -> None:
        self.journal = MemoryJournal()
        self._ear = ear
        self._turns = self._counted(acts(conversation, self._seen, answers))
        self._caller = SpokenCaller(self._turns, speak, ear)
        self.line = SpokenLine(self._caller, LONGEST_CALL_MS)
        self._caller.line = self.line
        self._done: list[tuple[Line, int, int]] = []
        """acts, each with the journal entries and the transcripts before it"""
        self._begin = conversation.number
        self._outcome: str | None = None

    def run(self, call: Call) -> None:
        """Raises Unlike, NoEarError."""
        self._caller.call = call
        try:
            self._outcome = call.run()
        except Still:
            number = self._done[-1][0].number if self._done else self._begin
            raise Unlike(number, "wanted the call to go on; it stood still") from None
        for _ in self._turns:  # what is looked at after the end
            pass

    def recognised(self) -> str:
        """Words that came as others, and what became of the last ones."""
        told = []
        ends = [before for _, _, before in self._done[1:]] + [len(self._ear.heard)]
        for (line, _, start), end in zip(self._done, ends, strict=True):
            heard = [f"'{t.text}' ({t.confidence:.2f})" for t in self._ear.heard[start:end]]
            alike = [sentence(t.text) for t in self._ear.heard[start:end]] == [sentence(str(line.value))]
            last = line is self._done[-1][0]
            if line.what == "says" and line.value and (last or not alike):
                told.append(f"; '{line.value}' was recognised as {', '.join(heard) or 'nothing'}")
        return "".join(told)

    def _counted(self, lines: Iterator[Line]) -> Iterator[Line]:
        for line in lines:
            self._done.append((line, len(self.journal.entries), len(self._ear.heard)))
            yield line

    def _seen(self) -> Seen:
        assert self._caller.call and self._caller.call.state
        state = self._caller.call.state
        notes = tuple(Note(kind, data) for _, kind, data in self.journal.entries)
        since = notes[self._done[-1][1] if self._done else 0 :]
        requests = (note.data for note in since if note.kind is Kind.REQUEST)
        return Seen(
            flow=state.flow,
            step=state.step,
            said=tuple(note.data["text"] for note in since if note.kind is Kind.PROMPT_STARTED),
            requests=tuple(f"{data['method']} {data['path']}".strip() for data in requests),
            slots={note.data["slot"]: note.data["value"] for note in notes if note.kind is Kind.SLOT},
            outcome=self._outcome,
            error=error_of(since),
        )


class _Hush:
    """The bot's prompts as a moment of silence: they are not what is tested, and take most of a call."""

    def ready(self, text: str, language: str, voice: str, recording: Path | None) -> bytes | None:
        return SILENCE * frames(100)

    def stream(self, text: str, language: str, voice: str, keep: bool) -> Iterator[bytes]:
        yield SILENCE * frames(100)


class _Engine(Engine):
    """Knows the caller whatever the call's services say."""

    def __init__(self, flow: Flow, profile: Mapping[str, Any] | None) -> None:
        super().__init__(flow, say_as)
        self._known = profile

    def start(
        self, facts: CallFacts, today: date, profile: Mapping[str, Any] | None = None
    ) -> tuple[State, tuple[Action, ...]]:
        return super().start(facts, today, self._known)


class _Systems(NoServices):
    """Other systems that answer at once."""

    def __init__(self, ask: Ask) -> None:
        self._ask = ask

    def request(
        self, number: int, service: str, method: Literal["GET", "POST", ""], path: str,  # type: ignore[override]
        body: Mapping[str, Any] | None, timeout_ms: int, retries: int, post: Callable[[BackendEvent], None],
    ) -> None:  # fmt: skip
        sent = dict(body) if body is not None else None
        post(self._ask(Request(number, service, method, path, path, sent, timeout_ms, retries)))
