"""Voice activity: 20 ms frames enter; whether the caller speaks, and since when, leaves."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from enum import StrEnum

import numpy as np
import webrtcvad

from ivr.audio import RATE_HZ, frames
from ivr.config import Listen
from ivr.listen.silero import Silero

Classify = Callable[[bytes], bool]
"""Does this frame (20 ms of pcm16) sound like speech?"""


class VoiceState(StrEnum):
    QUIET = "quiet"
    STARTING = "starting"
    SPEAKING = "speaking"
    STOPPING = "stopping"


class VoiceActivity:
    """Four states with hysteresis: speech begins after `start_ms` of voiced frames in a row and
    ends after a stretch of silence, in which a shorter burst (a click, a breath) changes nothing.

        quiet --voiced--> starting --start_ms voiced--> speaking --unvoiced--> stopping
          ^                  |                             ^                    |   |
          +-----unvoiced-----+                             +---start_ms voiced--+   |
          +------------------------------------silence for end_frames--------------+
    """

    def __init__(self, settings: Listen, classify: Classify) -> None:
        self.state = VoiceState.QUIET
        self.voiced = False
        """the last frame sounded like speech"""
        self.onset_at = -1
        """frame in which the present or last speech began; meaningless while quiet"""
        self.last_voiced_at = -1
        """last frame of speech so far"""
        self._classify = classify
        self._start_frames = frames(settings.start_ms)
        self._voiced_run_frames = 0
        self._silence_frames = 0

    def hear(self, at: int, pcm16: bytes, end_frames: int) -> VoiceState:
        """The next frame; `end_frames` is the silence that ends speech, as it holds now."""
        self.voiced = self._classify(pcm16)
        self._voiced_run_frames = self._voiced_run_frames + 1 if self.voiced else 0
        if self.state in (VoiceState.QUIET, VoiceState.STARTING):
            self.state = self._before_speech(at)
        else:
            self.state = self._in_speech(end_frames)
        if self.state is VoiceState.SPEAKING:
            self.last_voiced_at = at
            self._silence_frames = 0
        return self.state

    def _before_speech(self, at: int) -> VoiceState:
        if not self.voiced:
            return VoiceState.QUIET
        if self.state is VoiceState.QUIET:
            self.onset_at = at
        began = self._voiced_run_frames >= self._start_frames
        return VoiceState.SPEAKING if began else VoiceState.STARTING

    def _in_speech(self, end_frames: int) -> VoiceState:
        going_on = self.state is VoiceState.SPEAKING or self._voiced_run_frames >= self._start_frames
        if self.voiced and going_on:
            return VoiceState.SPEAKING
        self._silence_frames += 1
        ended = not self.voiced and self._silence_frames >= end_frames
        return VoiceState.QUIET if ended else VoiceState.STOPPING


class SpeechClassifier:
    """WebRTC's voice detector behind a level gate, and Silero's beside it.

    WebRTC's detector is quick, but takes steady noise above about -35 dBFS, dishes and music for
    speech that never ends. So a frame must also stand out from the quietest of the last three
    seconds, above a floor that line noise stays below, and Silero must not find it unlikely: less so
    at a beginning, where Silero is 40 ms late, than later on. Where Silero is sure, soft ends of words
    count that the gate would lose. At a beginning Silero hears only the last 240 ms: after seconds of
    noise it finds short words unlikely. docs/turns.md has figures of what each adds.
    """

    FLOOR_RMS = 60.0
    """-55 dBFS"""
    ABOVE_NOISE = 1.6
    """4 dB: with 6 dB quiet syllables are lost in noise, with 3 dB uneven noise never ends"""
    WINDOW_FRAMES = 150
    QUIET_SHARE = 50
    """noise is the level that one frame in so many stays below: lost packets (zeros) are fewer"""

    BEGINS, GOES_ON, SURE = 0.1, 0.3, 0.9
    """Silero's likelihood: needed of a first frame, of a later one, and enough by itself"""
    REMEMBERED_FRAMES = frames(200)
    HEARD_AGAIN_FRAMES = frames(240)

    def __init__(self, aggressiveness: int) -> None:
        self._vad = webrtcvad.Vad(aggressiveness)
        self._silero = Silero()
        self._speech_frames = 0
        """how long what was voiced last still counts as going on"""
        self._levels_rms: deque[float] = deque(maxlen=self.WINDOW_FRAMES)
        self._recent: deque[bytes] = deque(maxlen=self.HEARD_AGAIN_FRAMES)
        self._stood_out = False

    def __call__(self, pcm16: bytes) -> bool:
        level_rms = float(np.frombuffer(pcm16, dtype="<i2").std())  # std: a DC offset is no sound
        self._levels_rms.append(level_rms)
        # Both hear every frame: they adapt to the line.
        stands_out: bool = self._vad.is_speech(pcm16, RATE_HZ) and level_rms >= self._gate_rms()
        if stands_out and not self._stood_out and not self._speech_frames:
            self._silero.forget()
            for earlier in self._recent:
                self._silero(earlier)
        self._stood_out = stands_out
        self._recent.append(pcm16)
        likely = self._silero(pcm16)
        needed = self.GOES_ON if self._speech_frames else self.BEGINS
        voiced = (stands_out and likely >= needed) or likely >= self.SURE
        self._speech_frames = self.REMEMBERED_FRAMES if voiced else max(0, self._speech_frames - 1)
        return voiced

    def _gate_rms(self) -> float:
        noise_rms = sorted(self._levels_rms)[len(self._levels_rms) // self.QUIET_SHARE]
        return max(self.FLOOR_RMS, self.ABOVE_NOISE * noise_rms)
