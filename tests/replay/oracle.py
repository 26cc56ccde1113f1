"""A recogniser that knows what each fixture says: it finds the sound that it heard among the fixtures
and returns their words. Everything but recognition is then under test."""

from __future__ import annotations

from collections.abc import Callable

from ivr.audio import FRAME_BYTES, frames
from ivr.config import Listen
from ivr.events import Grammar, RecogniserEvent, Transcript
from ivr.replay.manifest import Manifest

PRE_ROLL_FRAMES = frames(Listen().pre_roll_ms)
PIECE_FRAMES = 10


class OracleRecogniser:
    name = "oracle"
    languages = frozenset({"en", "zh"})

    def __init__(self, manifest: Manifest) -> None:
        self._sounds = [
            (manifest.audio(entry), entry.words if entry.in_grammar else "") for entry in manifest.utterances
        ]

    def open(
        self, utterance: int, grammar: Grammar, post: Callable[[RecogniserEvent], None]
    ) -> OracleRecognition:
        return OracleRecognition(self, utterance, post)

    def words(self, pcm16: bytes) -> str:
        """Of the fixture that holds what was heard right after the pre-roll."""
        piece = pcm16[PRE_ROLL_FRAMES * FRAME_BYTES :][: PIECE_FRAMES * FRAME_BYTES]
        return next((words for sound, words in self._sounds if piece in sound), "")


class OracleRecognition:
    def __init__(
        self, oracle: OracleRecogniser, utterance: int, post: Callable[[RecogniserEvent], None]
    ) -> None:
        self._oracle = oracle
        self._utterance = utterance
        self._post = post
        self._heard = b""

    def feed(self, pcm16: bytes) -> None:
        self._heard += pcm16

    def finish(self) -> None:
        words = self._oracle.words(self._heard)
        self._post(Transcript(self._utterance, words, 1.0 if words else 0.0))

    def cancel(self) -> None:
        self._heard = b""
