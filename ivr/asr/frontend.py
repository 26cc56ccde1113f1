"""8 kHz pcm16 of one utterance enters; cepstra for an acoustic model trained at 16 kHz leave.

pcm16 -> 17 mel bands of the telephone -> minus the noise -> log -> minus the mean of the speech
      -> 13 cepstra (all 25 bands estimated)

A telephone carries nothing above 3.4 kHz, where such a model expects eight of its 25 mel bands.
Left empty they would count as evidence. So the cepstra are the least-squares estimate from the
bands that do exist, given how the model's own Gaussians vary together (missing-feature
reconstruction: Raj and Stern, "Missing-feature approaches in speech recognition", 2005).
"""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ivr.audio import RATE_HZ

Matrix = NDArray[np.float64]

FRAMES_PER_S = 100
HOP_SAMPLES = RATE_HZ // FRAMES_PER_S
_WINDOW_SAMPLES = 205  # 25.6 ms, as the model was trained
_FFT_SAMPLES = 256
_BANDS = 25
_LOW_HZ, _HIGH_HZ = 130.0, 6800.0
_LINE_LOW_HZ, _LINE_HIGH_HZ = 200.0, 3500.0
_CEPSTRA = 13
_LIFTER = 22
_NEPERS_PER_DB = np.log(10) / 10

_RESIDUAL = 0.3
"""variance of a log-mel band that the cepstra do not explain"""
_SPEECH_DB = 30.0
"""frames this far below the loud ones are no speech"""
_NOISE_SHARE = 0.3
"""and so are those this near to the quiet ones, as a fraction of the range from quiet to loud"""
_LEAST_LEFT = 0.1
"""fraction of the power that spectral subtraction leaves at least"""
_FLOOR_DB = 32.0
"""what lies this far below the mean speech is filled up: silence of any line sounds alike"""
_SILENCE_SHARE = 0.4
"""weight of the silence in the mean, relative to that of the speech"""

_USUAL_SHAPE = np.array(
    [2.8, 3.5, 3.3, 2.7, 1.5, 0.5, -0.2, -0.4, -0.7, -1.0, -1.5, -1.8, -2.0, -1.7, -1.5, -1.6, -1.8]
)
"""mean log-mel of many voices on the telephone, relative to its own mean: one for each band"""
_USUAL_FRAMES = 100
"""how much speech that counts for: the mean of one short word says more of its vowel than of the line"""


class FrontEnd:
    def __init__(self, model: Path) -> None:
        """`model`: folder of a PocketSphinx acoustic model with files means and variances."""
        edges_hz = _band_edges_hz()
        on_line = (edges_hz[:, 0] >= _LINE_LOW_HZ) & (edges_hz[:, 2] <= _LINE_HIGH_HZ)
        self._filters = _triangles(edges_hz[on_line]).T
        self._window = np.hamming(_WINDOW_SAMPLES)
        covariance = _covariance(_static(model / "means"), _static(model / "variances"))
        smooth = np.linalg.pinv(_cepstral_transform())[on_line]
        seen = smooth @ covariance @ smooth.T + _RESIDUAL * np.eye(int(on_line.sum()))
        self._estimate = np.linalg.solve(seen, smooth @ covariance)

    def cepstra(self, pcm16: bytes) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
        """One row each 10 ms, and which rows are loud enough for speech."""
        power = self._mel_power(np.frombuffer(pcm16, dtype="<i2").astype(np.float64))
        energy = np.log(power.sum(axis=1))
        quietest, loudest = np.percentile(energy, [5, 95])
        noise_top = quietest + _NOISE_SHARE * (loudest - quietest)
        loud = energy >= max(loudest - _SPEECH_DB * _NEPERS_PER_DB, noise_top)
        noise = power[energy <= noise_top].mean(axis=0)
        power = np.maximum(power - noise, _LEAST_LEFT * power)
        mel = np.log(power + power[loud].mean(axis=0) * 10 ** (-_FLOOR_DB / 10))
        quiet_count = max(1, int((~loud).sum()))
        weights = np.where(loud, 1.0, min(1.0, _SILENCE_SHARE * loud.sum() / quiet_count))
        mean = np.average(mel, axis=0, weights=weights)
        usual = _USUAL_SHAPE + mean.mean()
        mel -= (weights.sum() * mean + _USUAL_FRAMES * usual) / (weights.sum() + _USUAL_FRAMES)
        return (mel @ self._estimate).astype(np.float32), loud

    def _mel_power(self, samples: Matrix) -> Matrix:
        if len(samples) < _WINDOW_SAMPLES:
            samples = np.pad(samples, (0, _WINDOW_SAMPLES - len(samples)))
        frames = np.lib.stride_tricks.sliding_window_view(samples, _WINDOW_SAMPLES)[::HOP_SAMPLES]
        power = np.abs(np.fft.rfft(frames * self._window, _FFT_SAMPLES)) ** 2
        # 1.0: the level of digital silence; pre-emphasis and unit area vanish with the mean
        return np.asarray(power @ self._filters + 1.0)


def _band_edges_hz() -> Matrix:
    """Lower edge, peak and upper edge of each band, rounded to FFT bins as the model's were."""
    low, high = (2595 * np.log10(1 + hz / 700) for hz in (_LOW_HZ, _HIGH_HZ))
    peaks = 700 * (10 ** (np.linspace(low, high, _BANDS + 2) / 2595) - 1)
    bin_hz = RATE_HZ / _FFT_SAMPLES
    peaks = np.floor(peaks / bin_hz + 0.5) * bin_hz
    return np.stack([peaks[:-2], peaks[1:-1], peaks[2:]], axis=1)


def _triangles(edges_hz: Matrix) -> Matrix:
    bins_hz = np.arange(_FFT_SAMPLES // 2 + 1) * RATE_HZ / _FFT_SAMPLES
    low, peak, high = (edges_hz[:, i : i + 1] for i in range(3))
    rising, falling = (bins_hz - low) / (peak - low), (high - bins_hz) / (high - peak)
    return np.clip(np.minimum(rising, falling), 0, None) / (high - low)


def _cepstral_transform() -> Matrix:
    """25 log-mel bands to 13 liftered cepstra (orthonormal DCT)."""
    order = np.arange(_CEPSTRA)[:, None]
    dct = np.cos(np.pi * order * (np.arange(_BANDS) + 0.5) / _BANDS) * np.sqrt(2 / _BANDS)
    dct[0] = np.sqrt(1 / _BANDS)
    lifter = 1 + _LIFTER / 2 * np.sin(np.pi * order / _LIFTER)
    return np.asarray(dct * lifter)


def _static(path: Path) -> Matrix:
    """The static part of all Gaussians of a Sphinx-3 parameter file: sets, densities, cepstra
    of the first of several streams."""
    data = path.read_bytes()
    at = data.index(b"endhdr\n") + 7 + 4  # header, byte-order mark
    sets, streams, densities = struct.unpack_from("<3i", data, at)
    widths = struct.unpack_from(f"<{streams}i", data, at + 12)
    at += 12 + 4 * streams + 4
    values = np.frombuffer(data, "<f4", sets * densities * sum(widths), at).reshape(sets, -1)
    return values[:, : densities * widths[0]].reshape(-1, widths[0]).astype(np.float64)


def _covariance(means: Matrix, variances: Matrix) -> Matrix:
    return np.asarray(np.cov(means.T, bias=True) + np.diag(variances.mean(axis=0)))
