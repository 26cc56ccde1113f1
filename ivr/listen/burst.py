"""One burst of sound over a prompt: its frames and what was recognised enter, the evidence for the
judge leaves."""

from __future__ import annotations

from ivr.audio import frames, quiet_rms, split_frames
from ivr.listen.bargein import VOICE_MS, Evidence
from ivr.listen.senses import Senses
from ivr.listen.turns import HeardAudio

LEVEL_FRAMES = frames(200)
"""the level is that of the last part of a burst: the caller may speak into somebody else's speech"""
COMPARE_EVERY = frames(400)
HEARD_BEFORE_FRAMES = frames(240)
"""are judged with a burst: its first sounds were too soft to be noticed"""

NOISE_FRAMES, NOISE_SHARE = frames(3000), 1 / 3
"""before a burst: the quieter ones are the line's noise and what is left of our echo"""


class Burst:
    def __init__(self, onset_at: int, senses: Senses, heard: HeardAudio) -> None:
        """`heard` ends with the frame that `hear` gets first."""
        self.onset_at = onset_at
        self.doubted = False
        """the voice is ducked because of it"""
        self.seen = Evidence()
        self._senses = senses
        self._compared_frames = 0
        self.noise_rms = quiet_rms(heard.last(NOISE_FRAMES), NOISE_SHARE)
        senses.onset.begin()
        for pcm16 in split_frames(heard.last(HEARD_BEFORE_FRAMES + 1))[:-1]:
            senses.onset.hear(pcm16)

    def hear(self, pcm16: bytes, voiced: bool, heard: HeardAudio) -> None:
        """The next frame, which `heard` holds already."""
        seen = self.seen
        seen.burst_frames += 1
        seen.voiced_frames += voiced
        onset = self._senses.onset.hear(pcm16)
        if voiced:  # what sounds in its pauses is not its own
            seen.floor, seen.backchannel, seen.noise = onset.floor, onset.backchannel, onset.noise
        profile = self._senses.profile
        if not profile.known or not voiced:
            return
        seen.level_db = profile.level_difference(
            heard.last(min(LEVEL_FRAMES, seen.burst_frames)), self.noise_rms
        )
        due = max(frames(VOICE_MS), self._compared_frames + COMPARE_EVERY)
        if seen.voiced_frames >= due:
            self._compared_frames = seen.voiced_frames
            seen.caller = profile.compare(heard.last(seen.burst_frames), self.noise_rms).caller
