"""One burst of sound over a prompt: its frames and what was recognised enter, the evidence for the
judge leaves."""

from __future__ import annotations

from math import log10

from ivr.audio import frames, split_frames
from ivr.listen.bargein import VOICE_MS, Evidence
from ivr.listen.senses import Senses
from ivr.listen.turns import HeardAudio

LEVEL_FRAMES = frames(200)
"""the level is that of the last part of a burst: the caller may speak into somebody else's speech"""
COMPARE_EVERY = frames(200)
HEARD_BEFORE_FRAMES = frames(240)
"""are judged with a burst: its first sounds were too soft to be noticed"""
BACKGROUND_FRAMES = frames(3000)
NOISE_SHARE, LOUD_SHARE = 1 / 3, 3 / 4
"""the quieter third of a background is the line's noise, its louder quarter also other talkers and echo"""


class Background:
    """What was heard lately beside the caller's turns."""

    def __init__(self, pcm16: bytes, senses: Senses) -> None:
        self._loudness = senses.loudness
        self.noise_rms = senses.loudness(pcm16, NOISE_SHARE)
        self._loud_rms = senses.loudness(pcm16, LOUD_SHARE)

    def above_db(self, pcm16: bytes) -> float:
        """By how much this stands out."""
        return 20 * log10((self._loudness(pcm16, 0.5) + 1) / (self._loud_rms + 1))


class Burst:
    def __init__(self, onset_at: int, senses: Senses, heard: HeardAudio, before: Background) -> None:
        """`heard` ends with the frame that `hear` gets first."""
        self.onset_at = onset_at
        self.doubted = False
        """the voice is ducked because of it"""
        self.seen = Evidence()
        self._senses = senses
        self._compared_frames = 0
        self._before = before
        senses.onset.begin()
        for pcm16 in split_frames(heard.last(HEARD_BEFORE_FRAMES + 1))[:-1]:
            senses.onset.hear(pcm16)

    def hear(self, pcm16: bytes, voiced: bool, heard: HeardAudio) -> None:
        """The next frame, which `heard` holds already."""
        seen = self.seen
        seen.burst_frames += 1
        seen.voiced_frames += voiced
        seen.pause_frames = 0 if voiced else seen.pause_frames + 1
        onset = self._senses.onset.hear(pcm16)
        if voiced:  # what sounds in its pauses is not its own
            seen.floor, seen.backchannel, seen.noise = onset.floor, onset.backchannel, onset.noise
        if not voiced:
            return
        lately = heard.last(min(LEVEL_FRAMES, seen.burst_frames))
        seen.above_db = self._before.above_db(lately)
        profile = self._senses.profile
        if not profile.known:
            return
        seen.level_db = profile.level_difference(lately, self._before.noise_rms)
        due = max(frames(VOICE_MS), self._compared_frames + COMPARE_EVERY)
        if seen.voiced_frames >= due:
            self._compared_frames = seen.voiced_frames
            seen.caller = profile.compare(heard.last(seen.burst_frames), self._before.noise_rms).caller
