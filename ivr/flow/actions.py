"""What the flow engine asks for. Actions of one step are carried out in order: prompts are
queued at once, `Listen` is open while they play (as far as each prompt's barge-in allows)."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from ivr.events import BargeIn, Expectation, Kind


@dataclass(frozen=True, slots=True)
class Say:
    text: str
    """what is spoken"""
    shown: str
    """the same with secret values masked: for journal, log and screens"""
    language: str
    voice: str = ""
    """empty: the language's default voice"""
    recording: Path | None = None
    """a WAV spoken by a person, played instead of `text`"""
    barge_in: BargeIn = "speech"
    fixed: bool = False
    """the text never changes: worth keeping in the prompt cache"""
    slow: bool = False
    """the caller asked for it"""

    @property
    def secret(self) -> bool:
        return self.text != self.shown


@dataclass(frozen=True, slots=True)
class Listen:
    expectation: Expectation


@dataclass(frozen=True, slots=True)
class Transfer:
    """Pass the caller on; the flow goes on with TransferEnded if the caller is still there."""

    to: str
    """SIP URI"""


@dataclass(frozen=True, slots=True)
class Request:
    """Ask another system; the flow goes on with RequestEnded of the same number."""

    number: int
    service: str
    """a name from the settings: a service, or a function when there is no method"""
    method: Literal["GET", "POST", ""]
    path: str = field(repr=False)
    shown: str
    """the path with secret values masked"""
    body: dict[str, Any] | None = field(repr=False)
    timeout_ms: int
    retries: int
    filler: Say | None = None
    """said when the answer takes its time"""


@dataclass(frozen=True, slots=True)
class RecordMessage:
    """Keep what the caller says from now on; the flow goes on with MessageRecorded."""

    box: str
    max_ms: int


@dataclass(frozen=True, slots=True)
class HangUp:
    """End the call when the prompts before it have been played."""

    outcome: str
    """for the call record: contained, goodbye, no_input ..."""


@dataclass(frozen=True, slots=True)
class Note:
    """A journal entry; secrets are masked already."""

    kind: Kind
    data: dict[str, Any] = field(default_factory=dict)


Action = Say | Listen | Transfer | Request | RecordMessage | HangUp | Note
