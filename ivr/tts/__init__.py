"""Text to speech: a text enters, 8 kHz pcm16 leaves sentence by sentence, so that the first
sentence plays while the second is made."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol


class SynthesisError(Exception):
    """The text could not be spoken; the message names the engine, the voice and the reason."""


class Synthesiser(Protocol):
    name: str
    """engine, version and anything else that changes the sound: part of the cache key"""
    languages: frozenset[str]

    def speak(self, text: str, language: str, voice: str = "") -> Iterator[bytes]:
        """One piece of pcm16 a sentence. An empty voice means the default of the language.
        Raises SynthesisError."""
        ...
