"""What a call is handed by node or replay: protocols, so that call.py imports no engine and no store."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from ivr.events import Grammar, Kind, RecogniserEvent


class Recognition(Protocol):
    def feed(self, pcm16: bytes) -> None: ...
    def finish(self) -> None: ...
    def cancel(self) -> None: ...


class Recogniser(Protocol):
    languages: frozenset[str]

    def open(
        self, utterance: int, grammar: Grammar, post: Callable[[RecogniserEvent], None]
    ) -> Recognition: ...


class Prompts(Protocol):
    def ready(self, text: str, language: str, voice: str, recording: Path | None) -> bytes | None: ...
    def stream(self, text: str, language: str, voice: str, keep: bool) -> Iterator[bytes]: ...


class CallJournal(Protocol):
    def write(self, at: int, kind: Kind, data: dict[str, Any]) -> None: ...


Record = Callable[[Callable[[str], None]], "Recorder"]
"""makes a call's recorder; it is handed whom to tell when recording fails"""


class Recorder(Protocol):
    def frame(self, heard: bytes, played: bytes, secret: bool) -> None: ...
    def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Rooms:
    """What a call is handed: one set serves many calls."""

    recogniser: Recogniser
    prompts: Prompts
    background: Callable[[Callable[[], None]], object]
    """runs slow work elsewhere; in a replay it runs at once"""
