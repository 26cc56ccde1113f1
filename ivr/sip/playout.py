"""Play-out queue: prompts enter in pieces, 20 ms frames leave; says how far each prompt got.

No clock, no socket: `next_frame` is called once a tick by whoever owns the time. `put` and
`clear` may come from another thread.
"""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass, field

import numpy as np

from ivr.audio import FRAME_BYTES, FRAME_SAMPLES, SILENCE
from ivr.events import Played, PlayStarted

PlayEvent = PlayStarted | Played

DUCKED_GAIN = 0.25
"""-12 dB: the voice goes on, and the caller hears that we listen"""


@dataclass(slots=True)
class _Prompt:
    number: int
    audio: bytearray = field(default_factory=bytearray)
    position: int = 0
    """bytes of `audio` that have left"""
    frames: int = 0
    ended: bool = False
    """its last piece is in"""


class Playout:
    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._prompts: deque[_Prompt] = deque()
        self._cleared: list[_Prompt] = []
        self._gain = self._wanted_gain = 1.0
        self.underruns = 0
        """frames of silence sent inside a prompt because its next piece was not ready"""

    def put(self, prompt: int, pcm16: bytes, last: bool = True) -> None:
        """Queue audio. The first piece, which may be empty, takes the prompt's place in the queue;
        pieces of one prompt are joined without a gap. A late piece of a prompt that was cleared
        is dropped by the caller (call.py), not here."""
        with self._lock:
            entry = next((known for known in self._prompts if known.number == prompt), None)
            if entry is None:
                entry = _Prompt(prompt)
                self._prompts.append(entry)
            entry.audio += pcm16
            entry.ended = entry.ended or last

    def clear(self) -> None:
        """Nothing that is queued now will leave any more."""
        with self._lock:
            self._cleared.extend(self._prompts)
            self._prompts.clear()

    def duck(self, on: bool) -> None:
        """Quieter from the next frame on, or at the own level again; changes over one frame."""
        self._wanted_gain = DUCKED_GAIN if on else 1.0

    def next_frame(self, at: int) -> tuple[bytes, list[PlayEvent]]:
        """The frame that leaves at tick `at`, and what began or ended with it."""
        with self._lock:
            events = self._end_cleared(at)
            frame = SILENCE
            while self._prompts:
                entry = self._prompts[0]
                piece = bytes(entry.audio[entry.position : entry.position + FRAME_BYTES])
                if len(piece) == FRAME_BYTES or (piece and entry.ended):
                    if entry.frames == 0:
                        events.append(PlayStarted(at, entry.number))
                    entry.position += FRAME_BYTES
                    entry.frames += 1
                    frame = piece.ljust(FRAME_BYTES, b"\0")
                    if entry.ended and entry.position >= len(entry.audio):
                        self._end_first(at, events)
                    break
                if not entry.ended:
                    self.underruns += entry.frames > 0
                    break
                self._end_first(at, events)  # its last piece was empty
            return self._at_gain(frame), events

    def _at_gain(self, frame: bytes) -> bytes:
        before, self._gain = self._gain, self._wanted_gain
        if before == self._gain == 1.0:
            return frame
        ramp = np.linspace(before, self._gain, FRAME_SAMPLES, dtype=np.float32)
        return bytes((np.frombuffer(frame, "<i2") * ramp).astype("<i2").tobytes())

    def pause(self, at: int) -> list[PlayEvent]:
        """Tick `at` takes no frame: what was queued waits, what was cleared has ended."""
        with self._lock:
            return self._end_cleared(at)

    def _end_cleared(self, at: int) -> list[PlayEvent]:
        events: list[PlayEvent] = [Played(at, p.number, p.frames, False) for p in self._cleared]
        self._cleared.clear()
        return events

    def _end_first(self, at: int, events: list[PlayEvent]) -> None:
        entry = self._prompts.popleft()
        events.append(Played(at, entry.number, entry.frames, True))
