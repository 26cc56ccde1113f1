"""Settings enter; the recogniser they name leaves, running in this process."""

from __future__ import annotations

from ivr import config
from ivr.asr import Recogniser
from ivr.asr.none import NoRecogniser
from ivr.asr.sphinx import SphinxRecogniser, unknown_words

__all__ = ["create", "unknown_words"]


def create(settings: config.Asr) -> Recogniser:
    if settings.engine == "none":
        return NoRecogniser()
    return SphinxRecogniser(settings)
