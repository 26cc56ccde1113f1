"""A caller by script: each 20 ms frame is unlike every other and says itself what it sounds like."""

from __future__ import annotations

from typing import Any, Literal

from ivr.audio import FRAME_BYTES, frames, split_frames
from ivr.config import Listen
from ivr.events import (
    Completeness,
    Digit,
    Expectation,
    Frame,
    Grammar,
    KeyRules,
    ListenEvent,
    Partial,
    SpeechAudio,
    SpeechStarted,
)
from ivr.listen.bargein import LEAST_MS
from ivr.listen.listener import Listener
from ivr.listen.onset import Onset
from ivr.listen.senses import Senses
from ivr.listen.speaker import Likeness

SETTINGS = Listen()
PRE_ROLL = frames(SETTINGS.pre_roll_ms)
START = frames(SETTINGS.start_ms)
BARGE_IN = max(START, frames(LEAST_MS))
SUSTAINED = frames(SETTINGS.sustained_ms)
END_SILENCE = frames(SETTINGS.end_ms)
"""nothing is recognised in most scripts"""

Sound = Literal["floor", "backchannel", "noise", "unsure", "likely"]
_ONSETS: dict[Sound, Onset] = {
    "floor": Onset(0.95, 0.03, 0.02),
    "backchannel": Onset(0.1, 0.8, 0.1),
    "noise": Onset(0.05, 0.05, 0.9),
    "unsure": Onset(0.6, 0.3, 0.1),
    "likely": Onset(0.85, 0.1, 0.05),
}
_SOUNDS = list(_ONSETS)


def expect(
    keys: KeyRules | None = None,
    no_input_ms: int = 6000,
    max_speech_ms: int = 15000,
    grammar: Grammar = Grammar("en"),  # noqa: B008 - frozen
) -> Expectation:
    return Expectation(grammar, keys, no_input_ms, max_speech_ms)


def pcm16_of(at: int, speech: bool, sound: Sound = "floor", below_db: int = 0, caller: bool = True) -> bytes:
    marks = bytes([below_db, caller, _SOUNDS.index(sound), speech])
    return at.to_bytes(4, "little") + bytes(FRAME_BYTES - 4 - len(marks)) + marks


def is_speech(pcm16: bytes) -> bool:
    return pcm16[-1] == 1


def loudness(pcm16: bytes, share: float) -> float:
    """1000 for the caller at the usual level, 1 for silence."""
    heard = split_frames(pcm16)
    levels = sorted(1000 * 10 ** (-piece[-4] / 20) if is_speech(piece) else 1.0 for piece in heard)
    return levels[int(share * (len(levels) - 1))] if levels else 0.0


class ScriptedOnset:
    def begin(self) -> None: ...

    def hear(self, pcm16: bytes) -> Onset:
        return _ONSETS[_SOUNDS[pcm16[-2]]]


class ScriptedProfile:
    """Knows the caller from the start where a test wants it."""

    def __init__(self) -> None:
        self.known = False
        self.enrolled: list[bytes] = []

    def enrol(self, pcm16: bytes, noise_rms: float) -> None:
        self.enrolled.append(pcm16)

    def level_difference(self, pcm16: bytes, noise_rms: float) -> float:
        return -float(pcm16[-4])

    def compare(self, pcm16: bytes, noise_rms: float) -> Likeness:
        own = bool(pcm16[-3])
        return Likeness(0.9 if own else 0.3, -float(pcm16[-4]), 1000, 0.9 if own else 0.1)


class ScriptedCaller:
    """Drives a Listener; `events` is all it told, `audio` all it heard, from frame 0 on."""

    def __init__(self, settings: Listen = SETTINGS) -> None:
        self.profile = ScriptedProfile()
        self.echo = False
        """what is heard is our own voice"""
        senses = Senses(
            lambda heard, played: heard, is_speech, ScriptedOnset(), self.profile, lambda: self.echo, loudness
        )
        self.listener = Listener(settings, senses)
        self.at = -1
        self.events: list[ListenEvent] = []
        self.audio: list[bytes] = []

    def recognised(self, text: str, completeness: Completeness = "complete", confidence: float = 0.6) -> None:
        self.listener.partial(Partial(1, text, completeness, confidence))

    def says(
        self, frame_count: int, sound: Sound = "floor", below_db: int = 0, caller: bool = True
    ) -> list[ListenEvent]:
        """`below_db`: so much weaker than the caller usually is; `caller`: it is the caller's voice."""
        return self._hear(frame_count, True, sound, below_db, caller)

    def silent(self, frame_count: int) -> list[ListenEvent]:
        return self._hear(frame_count, False)

    def presses(self, keys: str) -> list[ListenEvent]:
        return self._tell([e for key in keys for e in self.listener.digit(Digit(self.at, key))])

    def open(self, expectation: Expectation) -> None:
        self.listener.open(self.at, expectation)

    def close(self) -> list[ListenEvent]:
        return self._tell(self.listener.close(self.at))

    def heard(self, first: int, last: int) -> bytes:
        """All audio from one frame to another, both included."""
        return b"".join(self.audio[max(0, first) : last + 1])

    def _hear(self, frame_count: int, speech: bool, *sound: Any) -> list[ListenEvent]:
        told: list[ListenEvent] = []
        for _ in range(frame_count):
            self.at += 1
            self.audio.append(pcm16_of(self.at, speech, *sound))
            told += self.listener.frame(Frame(self.at, self.audio[-1], bytes(FRAME_BYTES)))
        return self._tell(told)

    def _tell(self, told: list[ListenEvent]) -> list[ListenEvent]:
        self.events += told
        return told


def spoken(events: list[ListenEvent]) -> bytes:
    return b"".join(e.pcm16 for e in events if isinstance(e, SpeechAudio))


def without_audio(events: list[ListenEvent]) -> list[ListenEvent]:
    return [e for e in events if not isinstance(e, SpeechAudio)]


def onsets(events: list[ListenEvent]) -> list[int]:
    return [e.onset_at for e in events if isinstance(e, SpeechStarted)]
