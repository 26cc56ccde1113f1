"""Settings enter; the synthesiser they name leaves, running here or in speech services."""

from __future__ import annotations

from collections.abc import Sequence

from ivr import config
from ivr.tts import Synthesiser
from ivr.tts.espeak import EspeakSynthesiser
from ivr.tts.wyoming_client import WyomingSynthesiser

_SILENT_MS = 3000
"""a service that is silent for so long is lost"""


def create(settings: config.Tts) -> Synthesiser:
    """In this process. Raises SynthesisError when the engine or one of its voices is missing."""
    return EspeakSynthesiser(settings)


def remote(uris: Sequence[str], settings: config.Tts) -> Synthesiser:
    """The same engine in services that run with the same settings; it bears the same name, so
    that both share one prompt cache. Raises SynthesisError as create() does."""
    engine = create(settings)
    return WyomingSynthesiser(uris, engine.name, engine.languages, _SILENT_MS)
