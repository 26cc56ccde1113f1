"""Raw speech of an engine enters; the same at the telephone's rate leaves: 8 kHz, even in
loudness, with hardly any silence around it, because silence in front is a slower answer."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ivr import audio

LEVEL_DBFS = -23.0
"""RMS of the spoken parts, against a full-scale square wave"""
PEAK_DBFS = -1.0
LEAD_MS = 20
TAIL_MS = 60
PAUSE_MS = 260
"""between two sentences, the tail included"""
SOUND = f"{LEVEL_DBFS:g} dBFS, pause {PAUSE_MS} ms"
"""names what this file does to the sound; part of every engine's name, so of the cache key"""

_WINDOW_SAMPLES = audio.RATE_HZ // 100
_SILENT_BELOW_DB = -40.0
_SPOKEN_ABOVE_DB = -20.0


def finish(pcm16: bytes, rate_hz: int, last: bool) -> bytes:
    """One sentence, mono, of any rate. `last`: no pause follows. Silence gives nothing."""
    samples = np.frombuffer(audio.resample(pcm16, rate_hz, audio.RATE_HZ), dtype="<i2").astype(np.float64)
    loudness_db = _loudness_db(samples)
    loud = np.flatnonzero(loudness_db > _SILENT_BELOW_DB)
    if not loud.size:
        return b""
    rms = np.sqrt(np.mean(_windows(samples)[loudness_db > _SPOKEN_ABOVE_DB] ** 2))
    gain = min(32768 * _ratio(LEVEL_DBFS) / rms, 32767 * _ratio(PEAK_DBFS) / np.abs(samples).max())
    begin = loud[0] * _WINDOW_SAMPLES
    end = (loud[-1] + 1) * _WINDOW_SAMPLES
    tail_ms = TAIL_MS if last else PAUSE_MS
    quiet = samples[end : end + _samples(tail_ms)]  # the voice fades here; cutting it would click
    parts = [samples[max(0, begin - _samples(LEAD_MS)) : end], quiet]
    body = np.rint(np.concatenate(parts) * gain).astype("<i2")
    return bytes(body) + bytes(2 * (_samples(tail_ms) - quiet.size))


def _windows(samples: NDArray[np.float64]) -> NDArray[np.float64]:
    whole = -(-samples.size // _WINDOW_SAMPLES) * _WINDOW_SAMPLES
    return np.pad(samples, (0, whole - samples.size)).reshape(-1, _WINDOW_SAMPLES)


def _loudness_db(samples: NDArray[np.float64]) -> NDArray[np.float64]:
    """RMS of each 10 ms, against the loudest; all minus infinity where there is no sound."""
    rms = np.sqrt(np.mean(_windows(samples) ** 2, axis=1))
    if not rms.size or rms.max() < 1.0:
        return np.full(rms.size, -np.inf)
    decibels: NDArray[np.float64] = 20 * np.log10(np.maximum(rms, 1e-9) / rms.max())
    return decibels


def _ratio(db: float) -> float:
    return float(10 ** (db / 20))


def _samples(ms: int) -> int:
    return ms * audio.RATE_HZ // 1000
