"""No recogniser: audio enters, and every utterance leaves as not understood. For bots that are
led by keys alone."""

from __future__ import annotations

from collections.abc import Callable

from ivr.events import Grammar, RecogniserEvent, Transcript


class NoRecogniser:
    name = "none"
    languages: frozenset[str] = frozenset()

    def open(
        self, utterance: int, grammar: Grammar, post: Callable[[RecogniserEvent], None]
    ) -> NoRecognition:
        return NoRecognition(utterance, post)


class NoRecognition:
    def __init__(self, utterance: int, post: Callable[[RecogniserEvent], None]) -> None:
        self._utterance = utterance
        self._post = post
        self._over = False

    def feed(self, pcm16: bytes) -> None:
        pass

    def finish(self) -> None:
        if not self._over:
            self._over = True
            self._post(Transcript(self._utterance, "", 0.0))

    def cancel(self) -> None:
        self._over = True
