"""What the line hears and what left for it enter; the caller without our own echo leaves.

    heard  --+--------------------------+-- line without echo --> as it is
             +--> AEC3 --> residual     +-- line with echo -----> residual
    played --+--> is there any echo? ---+

WebRTC's AEC3 finds delays of 0 to 500 ms by itself. Both signals of a `Frame` are of the same tick, so
the reference is what really left, also when the voice was ducked or stopped. On a line without echo AEC3
takes a part of the caller away while we talk, so its output counts only where there is something to take
out: generalised cross-correlation with phase transform (Knapp and Carter 1976) tells. Until it can, what
is louder than any echo would be is the caller.
"""

from __future__ import annotations

from collections import deque

import numpy as np
from numpy.typing import NDArray
from pywebrtc_audio import AudioProcessor

from ivr.audio import FRAME_SAMPLES, RATE_HZ, SILENCE, frames

Floats = NDArray[np.float32]

LEAK_FRAMES = frames(300)
LEAK_PEAK = 12.0
"""of what is left over: of 526 leaks after a jump of the delay 95 % are above it, of callers over echo 1 %"""


class EchoCanceller:
    """Of one call; frame by frame, no delay added."""

    def __init__(self, echo_cancelling: bool = True, noise_suppression: bool = False) -> None:
        self._processor = AudioProcessor(
            RATE_HZ, echo_cancellation=echo_cancelling, noise_suppression=noise_suppression
        )
        self._echo = EchoDetector() if echo_cancelling and not noise_suppression else None
        self._loudness = _Loudness()
        self._left: deque[NDArray[np.int16]] = deque(maxlen=LEAK_FRAMES)

    def __call__(self, heard: bytes, played: bytes) -> bytes:
        """Two frames of pcm16, 320 bytes each, of one tick."""
        near, far = np.frombuffer(heard, "<i2"), np.frombuffer(played, "<i2")
        residual = bytes(self._processor.process(near, far).tobytes())
        if self._echo is None:
            return residual
        self._left.append(np.frombuffer(residual, "<i2"))
        present = self._echo.hear(near, far, played != SILENCE)
        louder = self._loudness.louder(near, far)
        if present is None:
            present = not louder
        return residual if present else heard

    def leaks(self) -> bool:
        """What was left lately is our own voice: the echo's path has just changed."""
        if self._echo is None or not self._echo.present or len(self._left) < LEAK_FRAMES:
            return False
        return self._echo.peak_of(np.concatenate(self._left).astype(np.float32)) >= LEAK_PEAK


class _Loudness:
    """Is this frame, or was one just before it, louder than an echo of what we played lately?"""

    LEAST_LOSS = 10 ** (-9 / 20)
    """of an echo; G.131 and G.168 expect more"""
    HELD_FRAMES = frames(400)
    """soft sounds of a word belong to the loud ones"""

    def __init__(self) -> None:
        self._played_rms: deque[float] = deque(maxlen=frames(500) + 1)
        self._held_frames = 0

    def louder(self, near: NDArray[np.int16], far: NDArray[np.int16]) -> bool:
        self._played_rms.append(float(far.std()))
        if float(near.std()) > self.LEAST_LOSS * max(self._played_rms):
            self._held_frames = self.HELD_FRAMES
        else:
            self._held_frames = max(0, self._held_frames - 1)
        return self._held_frames > 0


class EchoDetector:
    """Does what we play come back?"""

    WINDOW = RATE_HZ
    LONGEST_DELAY = RATE_HZ // 2
    EVERY_FRAMES = 20
    LEAST_PEAK = 7.5
    """of the correlation over its own spread; without echo it stays below 6"""
    SURE_PEAK = 15.0
    """at whatever delay: a jitter buffer may change it at any moment"""
    SAME_DELAY = 8
    """samples"""
    PATIENCE = 2
    """looks without an echo before there is taken to be none"""

    def __init__(self) -> None:
        self.present: bool | None = None
        """None: too little was played so far"""
        self._near = np.zeros(self.WINDOW + self.LONGEST_DELAY, np.float32)
        self._far = np.zeros(self.WINDOW + self.LONGEST_DELAY, np.float32)
        self._played_frames = 0
        self._misses = 0
        self._delay = -self.LONGEST_DELAY

    def hear(self, near: NDArray[np.int16], far: NDArray[np.int16], playing: bool) -> bool | None:
        """The next frame; whether the line has echo, as things stand (None: not known yet)."""
        for kept, frame in ((self._near, near), (self._far, far)):
            kept[:-FRAME_SAMPLES] = kept[FRAME_SAMPLES:]
            kept[-FRAME_SAMPLES:] = frame
        self._played_frames += playing
        if playing and self._played_frames >= 2 * self.EVERY_FRAMES:
            self._played_frames = self.EVERY_FRAMES
            self._look()
        return self.present if self._played_frames else False

    def _look(self) -> None:
        height, delay = self.peak()
        # Two voices are alike for a moment now and then; an echo comes back after the same time.
        again = abs(delay - self._delay) <= self.SAME_DELAY
        self._delay = delay
        found = height >= self.SURE_PEAK or (height >= self.LEAST_PEAK and again)
        self._misses = 0 if found else self._misses + 1
        if found:
            self.present = True
        elif self._misses >= self.PATIENCE:
            self.present = False

    def peak(self) -> tuple[float, int]:
        """Of the last second heard against the last second and a half of ours."""
        return strongest_delay(self._near[-self.WINDOW :], self._far)

    def peak_of(self, near: Floats) -> float:
        """The height alone, of something else that ends now."""
        return strongest_delay(near, self._far[-len(near) - self.LONGEST_DELAY :])[0]


def strongest_delay(near: Floats, far: Floats) -> tuple[float, int]:
    """Where `near` is most like a delayed `far`, which ends when it ends and is longer by the longest delay:
    the height of that peak, in standard deviations over all delays, and the delay in samples."""
    size = 1 << (len(far) - 1).bit_length()
    padded = np.zeros(len(far), np.float32)
    padded[-len(near) :] = near
    cross = np.fft.rfft(padded, size) * np.conj(np.fft.rfft(far, size))
    correlation = np.fft.irfft(cross / (np.abs(cross) + 1e-3 * np.abs(cross).max() + 1.0), size)
    delays = correlation[: len(far) - len(near)]
    spread = float(np.std(correlation))
    strongest = int(np.argmax(delays))
    return (float(delays[strongest]) / spread if spread > 0 else 0.0), strongest
