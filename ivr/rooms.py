"""What a call is handed by node or replay: protocols, so that call.py imports no engine and no store."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, Protocol

from ivr.events import BackendEvent, CallFacts, Grammar, Kind, RecogniserEvent, RequestEnded


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


class Services(Protocol):
    """Other systems; every request is answered by an event, whatever happens."""

    @property
    def profile_ms(self) -> int: ...
    def request(
        self, number: int, service: str, method: Literal["GET", "POST", ""], path: str,
        body: Mapping[str, Any] | None, timeout_ms: int, retries: int, post: Callable[[BackendEvent], None],
    ) -> None: ...  # fmt: skip
    def profile(self, facts: CallFacts, post: Callable[[BackendEvent], None]) -> None: ...


class NoServices:
    """Where a flow asks nobody."""

    profile_ms = 0

    def request(
        self, number: int, service: str, method: str, path: str, body: Mapping[str, Any] | None,
        timeout_ms: int, retries: int, post: Callable[[BackendEvent], None],
    ) -> None:  # fmt: skip
        post(RequestEnded(number, 0, reason="no services here"))

    def profile(self, facts: CallFacts, post: Callable[[BackendEvent], None]) -> None:
        raise AssertionError("nobody waits for it")


KeepMessage = Callable[[str, str, bytes], str]
"""box, call, pcm16 -> where the message is kept"""


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
    services: Services = field(default_factory=NoServices)
    keep_message: KeepMessage = lambda box, call, pcm16: ""
