"""A caller by script: each 20 ms frame is unlike every other and says itself whether it is speech."""

from __future__ import annotations

from ivr.audio import FRAME_BYTES, frames
from ivr.config import Listen
from ivr.events import (
    Digit,
    Expectation,
    Frame,
    Grammar,
    KeyRules,
    ListenEvent,
    SpeechAudio,
    SpeechStarted,
)
from ivr.listen.listener import Listener

SETTINGS = Listen()
PRE_ROLL = frames(SETTINGS.pre_roll_ms)
START = frames(SETTINGS.start_ms)
BARGE_IN = frames(SETTINGS.barge_in_ms)
END_SILENCE = 15


def expect(keys: KeyRules | None = None, no_input_ms: int = 6000, max_speech_ms: int = 15000) -> Expectation:
    return Expectation(Grammar("en"), keys, no_input_ms, max_speech_ms, end_silence_ms=END_SILENCE * 20)


def pcm16_of(at: int, speech: bool) -> bytes:
    return at.to_bytes(4, "little") + bytes(FRAME_BYTES - 5) + (b"\1" if speech else b"\0")


def is_speech(pcm16: bytes) -> bool:
    return pcm16[-1] == 1


class ScriptedCaller:
    """Drives a Listener; `events` is all it told, `audio` all it heard, from frame 0 on."""

    def __init__(self, settings: Listen = SETTINGS) -> None:
        self.listener = Listener(settings, is_speech)
        self.at = -1
        self.events: list[ListenEvent] = []
        self.audio: list[bytes] = []

    def says(self, frame_count: int) -> list[ListenEvent]:
        return self._hear(frame_count, True)

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

    def _hear(self, frame_count: int, speech: bool) -> list[ListenEvent]:
        told: list[ListenEvent] = []
        for _ in range(frame_count):
            self.at += 1
            self.audio.append(pcm16_of(self.at, speech))
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
