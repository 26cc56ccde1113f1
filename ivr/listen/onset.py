"""Is it an interruption? 20 ms frames of a burst of sound enter; what the burst is likely to be leaves.

    pcm16 --> 24 mel bands, twice a frame, voicing and pitch --> a layer --> two GRUs --> three probabilities

The weights come from `models/onset/train.py`, which computes its features with `features` below.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ivr.audio import FRAME_SAMPLES, RATE_HZ

Floats = NDArray[np.float32]

WEIGHTS = Path(__file__).parent / "data" / "onset.npz"
WINDOW_SAMPLES = 256
HOP_SAMPLES = FRAME_SAMPLES // 2
PAST_SAMPLES = WINDOW_SAMPLES - HOP_SAMPLES
"""a frame is looked at together with so much of what came before"""
BANDS = 24
FEATURES = 2 * BANDS + 3
_LOWEST_HZ, _HIGHEST_HZ = 100.0, 3800.0
_POWER_FLOOR = 1e-5
"""what is quieter than about -65 dBFS in a band is silence"""
_FFT_SAMPLES = 512
_LAGS = slice(RATE_HZ // 400, RATE_HZ // 60)


@dataclass(frozen=True, slots=True)
class Onset:
    """What the burst heard so far is; the three add up to 1."""

    floor: float
    """words that want the floor"""
    backchannel: float
    """a listener's "uh-huh" """
    noise: float
    """a cough, a breath, music, no speech at all"""


class OnsetScorer:
    """Judges one burst at a time. Give it the burst from its first frame, or up to 200 ms before."""

    def __init__(self) -> None:
        self._net = _net()
        self.begin()

    def begin(self) -> None:
        """A new burst."""
        self._past = np.zeros(PAST_SAMPLES, np.float32)
        self._memory = self._net.start()

    def hear(self, pcm16: bytes) -> Onset:
        """The next frame of 20 ms; what it and all before it come to."""
        frame = np.frombuffer(pcm16, "<i2").astype(np.float32) / 32768
        seen = np.concatenate([self._past, frame])
        self._past = seen[-PAST_SAMPLES:]
        floor, backchannel, noise = self._net.hear(_describe(seen[None])[0], self._memory).tolist()
        return Onset(floor, backchannel, noise)


def features(wave: NDArray[np.floating]) -> Floats:
    """One row a frame; fractions of full scale, whole frames, silence before the first."""
    padded = np.concatenate([np.zeros(PAST_SAMPLES, np.float32), wave.astype(np.float32)])
    seen = np.lib.stride_tricks.sliding_window_view(padded, PAST_SAMPLES + FRAME_SAMPLES)[::FRAME_SAMPLES]
    return _describe(seen)


def _describe(seen: NDArray[np.floating]) -> Floats:
    """Rows of a frame with its past become features: log bands of both halves, voicing, pitch, level."""
    tools = _tools()
    halves = np.stack([seen[:, :WINDOW_SAMPLES], seen[:, HOP_SAMPLES:]], axis=1) * tools.window
    power = np.abs(np.fft.rfft(halves)) ** 2
    bands = np.log(power @ tools.bands + _POWER_FLOOR)
    whole = np.abs(np.fft.rfft(seen * tools.long_window, _FFT_SAMPLES)) ** 2
    alike = np.fft.irfft(whole)[:, _LAGS] / tools.long_alike
    energy = whole.mean(axis=1) + 1e-4
    lag = alike.argmax(axis=1)
    voicing = np.clip(alike[np.arange(len(lag)), lag] / energy, 0, 1)
    pitch = np.log((lag + _LAGS.start) / 50.0) * voicing
    columns = [bands.reshape(len(seen), -1), voicing[:, None], pitch[:, None], np.log(energy)[:, None]]
    return np.asarray(np.concatenate(columns, axis=1), np.float32)


@dataclass(frozen=True)
class _Tools:
    window: Floats
    bands: Floats
    long_window: Floats
    long_alike: Floats
    """how alike the window is to itself at each lag"""


@functools.cache
def _tools() -> _Tools:
    size = PAST_SAMPLES + FRAME_SAMPLES
    long_window = np.hanning(size + 1)[:-1]
    alike = np.fft.irfft(np.abs(np.fft.rfft(long_window, 2 * _FFT_SAMPLES)) ** 2)
    alike = np.maximum(alike[_LAGS] / alike[0], 0.1)
    window = np.hanning(WINDOW_SAMPLES + 1)[:-1]
    return _Tools(*(np.asarray(x, np.float32) for x in (window, _mel_bands(), long_window, alike)))


def _mel_bands() -> NDArray[np.float64]:
    """Triangles, evenly spaced on the mel scale: spectrum bins to bands."""
    lowest, highest = (2595 * np.log10(1 + x / 700) for x in (_LOWEST_HZ, _HIGHEST_HZ))
    edges_hz = 700 * (10 ** (np.linspace(lowest, highest, BANDS + 2) / 2595) - 1)
    bins_hz = np.arange(WINDOW_SAMPLES // 2 + 1)[:, None] * RATE_HZ / WINDOW_SAMPLES
    rising = (bins_hz - edges_hz[:-2]) / (edges_hz[1:-1] - edges_hz[:-2])
    falling = (edges_hz[2:] - bins_hz) / (edges_hz[2:] - edges_hz[1:-1])
    return np.asarray(np.maximum(0, np.minimum(rising, falling)))


class _Net:
    """The network, one frame at a time. Shared: the memory is the caller's."""

    def __init__(self, weights: dict[str, Floats]) -> None:
        self._mean, self._scale = weights["mean"], weights["scale"]
        self._in, self._in_bias = weights["in"], weights["in_bias"]
        self._layers = [
            (weights[f"gru{i}_x"], weights[f"gru{i}_h"], weights[f"gru{i}_x_bias"], weights[f"gru{i}_h_bias"])
            for i in range(2)
        ]
        self._out, self._out_bias = weights["out"], weights["out_bias"]

    def start(self) -> list[Floats]:
        return [np.zeros(h.shape[1], np.float32) for _, h, _, _ in self._layers]

    def hear(self, row: Floats, memory: list[Floats]) -> Floats:
        x = np.tanh(self._in @ ((row - self._mean) * self._scale) + self._in_bias)
        for number, (from_x, from_h, x_bias, h_bias) in enumerate(self._layers):
            old = memory[number]
            given, kept = from_x @ x + x_bias, from_h @ old + h_bias
            size = len(old)
            gates = 1 / (1 + np.exp(-(given[: 2 * size] + kept[: 2 * size])))
            new = np.tanh(given[2 * size :] + gates[:size] * kept[2 * size :])
            x = memory[number] = new + gates[size:] * (old - new)
        scores = self._out @ x + self._out_bias
        likely = np.exp(scores - scores.max())
        return np.asarray(likely / likely.sum())


@functools.cache
def _net() -> _Net:
    with np.load(WEIGHTS) as kept:
        return _Net({name: kept[name].astype(np.float32) for name in kept.files})
