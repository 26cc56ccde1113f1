"""Settings enter; the synthesiser they name leaves, running in this process."""

from __future__ import annotations

from ivr import config
from ivr.tts import Synthesiser
from ivr.tts.espeak import EspeakSynthesiser


def create(settings: config.Tts) -> Synthesiser:
    """Raises SynthesisError when the engine or one of its voices is missing."""
    return EspeakSynthesiser(settings)
