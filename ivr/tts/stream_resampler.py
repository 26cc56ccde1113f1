"""Chunks of mono pcm16 of any rate enter; 8 kHz pcm16 leaves while more comes, without the
click that resampling each chunk by itself makes at its edges."""

from __future__ import annotations

from math import gcd

from ivr import audio

_MARGIN_MS = 20
"""more than the resampler's filter reaches to either side"""


class StreamResampler:
    def __init__(self, from_hz: int) -> None:
        self.from_hz = from_hz
        step = from_hz // gcd(from_hz, audio.RATE_HZ)  # this many samples make a whole number
        self._step_bytes = 2 * step
        margin_samples = from_hz * _MARGIN_MS // 1000
        self._margin_bytes = -(-margin_samples // step) * self._step_bytes
        self._held = bytes(self._margin_bytes)
        """what came, from one margin before the first sample not yet handed out"""

    def feed(self, pcm16: bytes) -> bytes:
        if self.from_hz == audio.RATE_HZ:
            return pcm16
        self._held += pcm16
        settled = len(self._held) - 2 * self._margin_bytes
        return self._take(settled - settled % self._step_bytes)

    def finish(self) -> bytes:
        if self.from_hz == audio.RATE_HZ:
            return b""
        rest = len(self._held) - self._margin_bytes
        self._held += bytes(self._margin_bytes)
        return self._take(rest)

    def _take(self, count: int) -> bytes:
        if count <= 0:
            return b""
        out = audio.resample(self._held[: count + 2 * self._margin_bytes], self.from_hz, audio.RATE_HZ)
        self._held = self._held[count:]
        begin = self._margin_bytes * audio.RATE_HZ // self.from_hz
        length = -(-count // 2 * audio.RATE_HZ // self.from_hz) * 2
        return out[begin : begin + length]
