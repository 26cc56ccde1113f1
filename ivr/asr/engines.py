"""Settings enter; the recogniser they name leaves, running in this process."""

from __future__ import annotations

from collections.abc import Sequence

from ivr import config
from ivr.asr import Recogniser
from ivr.asr.none import NoRecogniser
from ivr.asr.sphinx import SphinxRecogniser, unknown_words
from ivr.asr.wyoming_client import WyomingRecogniser

__all__ = ["create", "remote", "unknown_words"]


def create(settings: config.Asr) -> Recogniser:
    if settings.engine == "none":
        return NoRecogniser()
    return SphinxRecogniser(settings)


def remote(uris: Sequence[str], settings: config.Asr) -> Recogniser:
    """The same engine in services that run with the same settings."""
    engine = NoRecogniser if settings.engine == "none" else SphinxRecogniser
    return WyomingRecogniser(uris, engine.name, engine.languages, settings.timeout_ms)
