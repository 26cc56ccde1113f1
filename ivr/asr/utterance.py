"""The pieces of an utterance enter; it tells when the speaker pauses, which is when decoding pays:
after the last word that is early enough to have the result before the end of speech is certain."""

from __future__ import annotations

from collections import deque

import numpy as np

from ivr.audio import FRAME_BYTES, frames

PAUSE_FRAMES = frames(140)
WORD_FRAMES = frames(80)
"""of sound: less is a click, and no reason to decode again"""
LOST_FRAMES = 2
"""lost packets are digital silence, quieter than any line: so many in a row are no noise floor"""
_ABOVE_FLOOR = 0.4
"""speech lies above this fraction of the way from the quietest to the loudest frame, in dB"""
_LEAST_RANGE_DB = 15.0


class Utterance:
    def __init__(self) -> None:
        self._pcm16 = bytearray()
        self._seen_bytes = 0
        self._low_db = self._high_db = 0.0
        self._lately_db: deque[float] = deque(maxlen=LOST_FRAMES + 1)
        self._quiet_frames = 0
        self._loud_frames = 0
        """since the last pause"""
        self._paused_at = 0

    def feed(self, pcm16: bytes) -> bool:
        """True when a pause after speech has just become long enough."""
        self._pcm16 += pcm16
        paused = False
        while len(self._pcm16) - self._seen_bytes >= FRAME_BYTES:
            frame = self._pcm16[self._seen_bytes : self._seen_bytes + FRAME_BYTES]
            self._seen_bytes += FRAME_BYTES
            if self._pauses(bytes(frame)):
                paused = True
                self._paused_at = self._seen_bytes
        return paused

    def until_pause(self) -> bytes:
        """What was said up to the last pause, however it was cut into pieces."""
        return bytes(self._pcm16[: self._paused_at])

    def whole(self) -> bytes:
        return bytes(self._pcm16)

    def _pauses(self, frame: bytes) -> bool:
        samples = np.frombuffer(frame, dtype="<i2").astype(np.float64)
        level_db = float(10 * np.log10(np.mean(samples**2) + 1.0))
        self._lately_db.append(level_db)
        if len(self._lately_db) <= LOST_FRAMES:
            self._low_db = self._high_db = max(self._lately_db)
        self._low_db = min(self._low_db, max(self._lately_db))
        self._high_db = max(self._high_db, level_db)
        range_db = self._high_db - self._low_db
        if range_db > _LEAST_RANGE_DB and level_db > self._low_db + _ABOVE_FLOOR * range_db:
            self._quiet_frames = 0
            self._loud_frames += 1
        else:
            self._quiet_frames += 1
        if self._quiet_frames < PAUSE_FRAMES or self._loud_frames < WORD_FRAMES:
            return False
        self._loud_frames = 0
        return True

    @property
    def fresh(self) -> bool:
        """Somebody spoke since the last pause."""
        return self._loud_frames > 0
