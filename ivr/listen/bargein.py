"""Barge-in: what is heard while a prompt plays enters; whether the voice must stop leaves."""

from __future__ import annotations

from typing import Literal

from ivr.audio import frames
from ivr.config import Listen
from ivr.events import BargeIn


class BargeInJudge:
    """The judge of one prompt: keys stop it unless its policy is `off`, sustained speech stops it
    under the policy `speech`."""

    def __init__(self, policy: BargeIn, settings: Listen) -> None:
        self._policy = policy
        self._needed_frames = frames(settings.barge_in_ms)
        self._sustained_frames = 0

    def stops(self, heard: Literal["key", "voice", "silence"]) -> bool:
        """A key, or one frame with or without voice. A pause within a word (a stop consonant)
        counts against the speech but does not undo it."""
        if heard == "key":
            return self._policy != "off"
        step = 1 if heard == "voice" else -1
        self._sustained_frames = max(0, self._sustained_frames + step)
        return self._policy == "speech" and self._sustained_frames >= self._needed_frames
