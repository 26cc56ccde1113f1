"""Speech to text: the caller's audio enters, partial and final transcripts leave as events.

recogniser.open(...) -> recognition.feed(pcm16) ... recognition.finish()
                              |                            |
                              +-- post(Partial)            +-- post(Transcript | RecogniserLost)
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from ivr.events import Grammar, RecogniserEvent


class Recognition(Protocol):
    """One utterance being recognised. Called from one thread; nothing here raises or blocks
    for long: trouble is posted as RecogniserLost."""

    def feed(self, pcm16: bytes) -> None:
        """The next audio, 8 kHz, any length."""
        ...

    def finish(self) -> None:
        """No more audio: exactly one Transcript or RecogniserLost will be posted."""
        ...

    def cancel(self) -> None:
        """The utterance is void: nothing more is posted."""
        ...


class Recogniser(Protocol):
    """An engine or a client of one; shared by all calls of a process."""

    name: str
    """engine and model, for people"""
    languages: frozenset[str]
    """two-letter codes that it understands"""

    def open(self, utterance: int, grammar: Grammar, post: Callable[[RecogniserEvent], None]) -> Recognition:
        """Begin an utterance. `post` may be called from any thread."""
        ...
