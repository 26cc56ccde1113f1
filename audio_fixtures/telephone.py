"""What a telephone line does to speech: samples of any rate enter, 8 kHz pcm16 as a server hears it leaves.

speech -> 8 kHz -> 300-3400 Hz -> level -> + noise -> G.711 there and back -> pcm16

All waves are floats in fractions of full scale; random numbers come from the generator passed in.
"""

from __future__ import annotations

from math import gcd

import numpy as np
from numpy.typing import NDArray
from scipy.signal import butter, resample_poly, sosfilt

RATE_HZ = 8000
FRAME = RATE_HZ // 50

Wave = NDArray[np.float64]


def silence(ms: float) -> Wave:
    return np.zeros(round(RATE_HZ * ms / 1000))


def to_8khz(wave: Wave, rate_hz: int) -> Wave:
    if rate_hz == RATE_HZ:
        return wave
    divisor = gcd(rate_hz, RATE_HZ)
    return np.asarray(resample_poly(wave, RATE_HZ // divisor, rate_hz // divisor))


def telephone_band(wave: Wave) -> Wave:
    """300-3400 Hz, 24 dB an octave on each side (the speech channel of ITU-T G.712)."""
    return np.asarray(sosfilt(butter(4, (300, 3400), "bandpass", fs=RATE_HZ, output="sos"), wave))


def active_level_db(wave: Wave) -> float:
    """RMS in dB of full scale over the frames less than 25 dB below the loudest one, so that
    pauses do not count: a simple stand-in for the active speech level of ITU-T P.56."""
    whole = wave[: len(wave) // FRAME * FRAME].reshape(-1, FRAME)
    power = (whole**2).mean(axis=1)
    active = power[power > power.max() * 10**-2.5]
    return float(10 * np.log10(active.mean()))


def at_level(wave: Wave, level_db: float) -> Wave:
    """Scaled to an active level and clipped at full scale, as a real channel does. Silence stays silent."""
    if not wave.any():
        return wave
    return np.asarray(np.clip(wave * 10 ** ((level_db - active_level_db(wave)) / 20), -1, 1))


def white(samples: int, rng: np.random.Generator) -> Wave:
    return rng.standard_normal(samples)


def pink(samples: int, rng: np.random.Generator) -> Wave:
    """Power falls by 3 dB an octave, made in the spectrum."""
    spectrum = np.fft.rfft(rng.standard_normal(samples))
    return np.asarray(np.fft.irfft(spectrum / np.sqrt(np.maximum(np.arange(len(spectrum)), 1)), samples))


def babble(samples: int, talkers: list[Wave], rng: np.random.Generator) -> Wave:
    """Several talkers at once, each repeated without end from a random place."""
    mixed = np.zeros(samples)
    for talker in talkers:
        start = int(rng.integers(len(talker)))
        mixed += np.resize(np.roll(at_level(talker, -26), -start), samples)
    return mixed


def in_band_at_rms(noise: Wave, rms_db: float) -> Wave:
    noise = telephone_band(noise)
    return np.asarray(noise * 10 ** (rms_db / 20) / np.sqrt((noise**2).mean()))


def _mu_law_levels() -> Wave:
    """Output values of the 8-bit mu-law decoder (ITU-T G.711, table 2a) in fractions of full scale."""
    segment, step = np.divmod(np.arange(128), 16)
    positive = ((2 * step + 33) * 2.0**segment - 33) / 8192
    return np.sort(np.concatenate([-positive, positive]))


def _a_law_levels() -> Wave:
    """Output values of the 8-bit A-law decoder (ITU-T G.711, table 1a) in fractions of full scale."""
    segment, step = np.divmod(np.arange(128), 16)
    positive = np.where(segment == 0, 2 * step + 1, (2 * step + 33) * 2.0 ** (segment - 1)) / 4096
    return np.sort(np.concatenate([-positive, positive]))


LEVELS = {"mu-law": _mu_law_levels(), "a-law": _a_law_levels()}


def g711(wave: Wave, law: str) -> Wave:
    """Coded to the nearest of the 256 levels and decoded again."""
    levels = LEVELS[law]
    return np.asarray(levels[np.searchsorted((levels[1:] + levels[:-1]) / 2, wave)])


def to_pcm16(wave: Wave) -> bytes:
    return bytes(np.clip(np.rint(wave * 32768), -32768, 32767).astype("<i2"))


# --- sounds that are no speech -------------------------------------------------------------------


def cough(rng: np.random.Generator) -> Wave:
    """Two explosive bursts of breath, each with a hoarse tail of about 150 Hz."""
    bursts = []
    for length_ms in (320, 260):
        time_s = np.arange(round(RATE_HZ * length_ms / 1000)) / RATE_HZ
        burst = rng.standard_normal(len(time_s)) * np.exp(-time_s / 0.03)
        hoarse = 0.5 + 0.5 * np.sign(np.sin(2 * np.pi * 150 * time_s))
        tail = 0.4 * rng.standard_normal(len(time_s)) * hoarse * np.exp(-(((time_s - 0.12) / 0.08) ** 2))
        formants = butter(2, (500, 1800), "bandpass", fs=RATE_HZ, output="sos")
        bursts += [np.asarray(sosfilt(formants, burst + tail)), silence(130)]
    return np.concatenate(bursts)


def thud(rng: np.random.Generator) -> Wave:
    """A door or a dropped handset: three hits, dull and short."""
    hits = []
    for gap_ms, decay_s in ((90, 0.03), (220, 0.02), (150, 0.05)):
        time_s = np.arange(round(RATE_HZ * 0.2)) / RATE_HZ
        low = butter(2, 700, fs=RATE_HZ, output="sos")
        hit = np.asarray(sosfilt(low, rng.standard_normal(len(time_s)))) * np.exp(-time_s / decay_s)
        hits += [hit, silence(gap_ms)]
    return np.concatenate(hits)


def crackle(rng: np.random.Generator) -> Wave:
    """A bad contact: 60 clicks within 1.2 seconds."""
    wave = silence(1200)
    at = rng.integers(0, len(wave), 60)
    wave[at] = rng.uniform(-1, 1, 60)
    return wave


def breath(rng: np.random.Generator) -> Wave:
    """Blowing into the microphone for 0.9 seconds."""
    time_s = np.arange(round(RATE_HZ * 0.9)) / RATE_HZ
    return pink(len(time_s), rng) * np.sin(np.pi * time_s / 0.9)


def ringing(_: np.random.Generator) -> Wave:
    """Another telephone in the room: two bursts of a two-tone bell."""
    time_s = np.arange(round(RATE_HZ * 0.4)) / RATE_HZ
    bell = np.sin(2 * np.pi * 900 * time_s) * (np.sin(2 * np.pi * 20 * time_s) > 0)
    bell += np.sin(2 * np.pi * 1200 * time_s) * (np.sin(2 * np.pi * 20 * time_s) <= 0)
    return np.concatenate([bell, silence(200), bell])


SOUNDS = {"cough": cough, "thud": thud, "crackle": crackle, "breath": breath, "ringing": ringing}
