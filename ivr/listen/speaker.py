"""Whose voice is it? Speech of the caller enters and makes a profile (voice and level); how much
later speech is like it leaves.

    pcm16 --> 40 mel bands, 25 ms every 10 ms --> LSTM (models/speaker) --> 256 numbers of unit length

The network is the speaker encoder of the package resemblyzer: L. Wan et al., "Generalized end-to-end loss
for speaker verification", 2018. It was trained at 16 kHz; what a telephone leaves out is silence to it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from math import exp, log10, sqrt
from pathlib import Path

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from ivr.audio import FRAME_SAMPLES, RATE_HZ

Floats = NDArray[np.float32]

NETWORK = Path(__file__).parent / "data" / "speaker.onnx"
LONGEST_SAMPLES = RATE_HZ * 12 // 10
"""of one comparison: it costs in proportion"""
ENOUGH_SAMPLES = RATE_HZ * 3 // 2
"""of the caller's speech before a profile counts as known"""
_WINDOW, _HOP, _BANDS = RATE_HZ // 40, RATE_HZ // 100, 40
_TOP_HZ = 8000.0
_TARGET_RMS = 10 ** (-30 / 20)
_FLOOR_RMS = 60.0
_BELOW_LOUDEST = 10 ** (-20 / 20)
"""a frame so much weaker than the loudest ones is a pause"""

# Logistic regression on half of the people of models/speaker/README.md.
_BIAS, _SIMILARITY_WEIGHT, _LEVEL_WEIGHT = -11.2, 18.0, 0.05


@dataclass(frozen=True, slots=True)
class Likeness:
    similarity: float
    """cosine between the voices, 0 to 1"""
    level_db: float
    """level of the speech against the caller's usual one; negative: weaker"""
    speech_ms: int
    """how much speech it rests on"""
    caller: float
    """0 to 1: how likely it is the caller"""


class VoiceProfile:
    """Of one call's caller; also what a voice print may be made of later."""

    def __init__(self) -> None:
        self._voice = np.zeros(256, np.float32)
        """sum of embeddings, each weighted by its length"""
        self._level_rms: list[float] = []
        self._samples = 0

    @property
    def known(self) -> bool:
        return self._samples >= ENOUGH_SAMPLES

    def enrol(self, pcm16: bytes, noise_rms: float = 0.0) -> None:
        """Speech that is surely the caller's: a turn in which nothing was played. `noise_rms` is the line's
        noise in it, in steps of pcm16."""
        speech = _active(pcm16)
        if len(speech) < RATE_HZ // 4:
            return
        self._voice += embed(speech) * len(speech)
        self._samples += len(speech)
        self._level_rms.append(_level_rms(speech, noise_rms))

    def level_difference(self, pcm16: bytes, noise_rms: float = 0.0) -> float:
        """dB between this speech and the caller's usual level, without the noise and without a look at
        the voice."""
        speech = _active(pcm16)
        if not len(speech) or not self._level_rms:
            return -60.0
        level_rms = _level_rms(speech, noise_rms)
        return 20 * log10((level_rms + 1) / (float(np.median(self._level_rms)) + 1))

    def compare(self, pcm16: bytes, noise_rms: float = 0.0) -> Likeness:
        """The last 1.2 s of this speech against the profile."""
        speech = _active(pcm16)[-LONGEST_SAMPLES:]
        level_db = self.level_difference(pcm16, noise_rms)
        if len(speech) < _WINDOW:
            return Likeness(0.0, level_db, 0, 0.0)
        own = self._voice / max(float(np.linalg.norm(self._voice)), 1e-9)
        similarity = float(own @ embed(speech))
        odds = _BIAS + _SIMILARITY_WEIGHT * similarity + _LEVEL_WEIGHT * level_db
        return Likeness(similarity, level_db, 1000 * len(speech) // RATE_HZ, 1 / (1 + exp(-odds)))


def embed(speech: NDArray[np.int16]) -> Floats:
    """(256,), unit length, of samples at 8 kHz; at most the last 1.2 s are looked at."""
    wave: Floats = (speech[-LONGEST_SAMPLES:] / np.float32(32768)).astype(np.float32)
    rms = float(np.sqrt(np.mean(wave**2)))
    if 0 < rms < _TARGET_RMS:
        wave *= np.float32(_TARGET_RMS / rms)
    (voice,) = _network().run(None, {"mels": _mels(wave)[None]})
    result: Floats = voice[0]
    return result


def _level_rms(speech: NDArray[np.int16], noise_rms: float) -> float:
    power = float(np.mean(np.square(speech, dtype=np.float64)))
    return sqrt(max(power - noise_rms**2, 0.0))


def _active(pcm16: bytes) -> NDArray[np.int16]:
    """Without pauses."""
    samples = np.frombuffer(pcm16, "<i2")
    frames = samples[: len(samples) // FRAME_SAMPLES * FRAME_SAMPLES].reshape(-1, FRAME_SAMPLES)
    if not len(frames):
        return samples[:0]
    rms = np.sqrt(np.mean(np.square(frames, dtype=np.float32), axis=1))
    least = max(_FLOOR_RMS, float(np.quantile(rms, 0.95)) * _BELOW_LOUDEST)
    active: NDArray[np.int16] = frames[rms >= least].reshape(-1)
    return active


def _mels(wave: Floats) -> Floats:
    """(frames, 40): power in mel bands. Bins lie 40 Hz apart, as in the training at 16 kHz."""
    padded = np.pad(wave, _WINDOW // 2, mode="reflect" if len(wave) > _WINDOW else "constant")
    pieces = np.lib.stride_tricks.sliding_window_view(padded, _WINDOW)[::_HOP]
    window, bands = _tools()
    power = np.abs(np.fft.rfft(pieces * window)) ** 2
    return (4 * power @ bands).astype(np.float32)  # twice as many samples at 16 kHz


@cache
def _tools() -> tuple[Floats, Floats]:
    """Hann window; (101, 40) triangles on Slaney's mel scale, each of area one."""
    window = (0.5 - 0.5 * np.cos(2 * np.pi * np.arange(_WINDOW) / _WINDOW)).astype(np.float32)
    centres = _hz(np.linspace(0.0, float(_mel(np.array(_TOP_HZ))), _BANDS + 2))
    bins = np.arange(_WINDOW // 2 + 1) * RATE_HZ / _WINDOW
    low, mid, high = centres[:-2], centres[1:-1], centres[2:]
    rising = (bins[:, None] - low) / (mid - low)
    falling = (high - bins[:, None]) / (high - mid)
    bands = np.maximum(0, np.minimum(rising, falling)) * 2 / (high - low)
    return window, bands.astype(np.float32)


def _mel(hz: NDArray[np.float64]) -> NDArray[np.float64]:
    """Slaney's scale: linear up to 1 kHz, logarithmic above."""
    return np.where(hz < 1000, 3 * hz / 200, 15 + 27 * np.log(np.maximum(hz, 1.0) / 1000) / np.log(6.4))


def _hz(mel: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.where(mel < 15, 200 * mel / 3, 1000 * np.exp(np.log(6.4) * (mel - 15) / 27))


@cache
def _network() -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    return onnxruntime.InferenceSession(str(NETWORK), options, providers=["CPUExecutionProvider"])
