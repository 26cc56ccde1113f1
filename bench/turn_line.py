"""The line between caller and server: a caller's clean channel and what the bot plays enter, the channel
as the server hears it leaves.

    caller -> telephone band --+
    bot -> G.711 -> echo path --+--> G.711 -> packet loss -> pcm16
    line noise ----------------+
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy.signal import fftconvolve

from audio_fixtures import telephone
from audio_fixtures.telephone import Wave
from bench.turn_labels import Line

PACKET = telephone.FRAME
BURST = 0.3
"""how often the packet after a lost one is lost too"""

Noise = Callable[[int, np.random.Generator], Wave]


def some_line(rng: np.random.Generator, noises: list[str], quiet: bool = False) -> Line:
    """Three calls in four with noise at 10-20 dB, the others at 0-10 dB (`quiet`: none of those)."""
    bad = rng.random() < 0.25 and not quiet
    return Line(
        law=str(rng.choice(["mu-law", "a-law"])),
        noise=str(rng.choice(noises)),
        snr_db=round(float(rng.uniform(0, 10) if bad else rng.uniform(10, 20)), 1),
        loss=round(float(rng.choice([0.0, 0.0, rng.uniform(0.002, 0.03)])), 4),
        return_loss_db=round(float(rng.uniform(12, 30)), 1),
        echo_ms=round(float(rng.uniform(40, 300)), 1),
    )


def heard(
    caller: Wave, bot: Wave, line: Line, caller_db: float, noise: Noise, rng: np.random.Generator
) -> NDArray[np.int16]:
    mixed = telephone.telephone_band(caller)
    mixed += telephone.in_band_at_rms(noise(len(caller), rng), caller_db - line.snr_db)
    if bot.any():
        mixed += echo(telephone.g711(bot, line.law), line, rng)
    coded = telephone.g711(np.clip(mixed, -1, 1), line.law)
    return lossy(np.frombuffer(telephone.to_pcm16(coded), "<i2"), line.loss, rng)


def echo(bot: Wave, line: Line, rng: np.random.Generator) -> Wave:
    """A loudspeaker that bends loud samples a little, a hybrid or a room of 10-60 ms, a delay."""
    driven = np.tanh(1.5 * bot) / 1.5
    size = round(telephone.RATE_HZ * rng.uniform(0.01, 0.06))
    response = 0.35 * rng.standard_normal(size) * np.exp(-5 * np.arange(size) / size)
    response[0] = 1.0
    returned = np.asarray(fftconvolve(driven, response))[: len(bot)]
    gain = np.sqrt((bot**2).mean() / (returned**2).mean()) * 10 ** (-line.return_loss_db / 20)
    delay = round(telephone.RATE_HZ * line.echo_ms / 1000)
    return np.concatenate([np.zeros(delay), gain * returned])[: len(bot)]


def lossy(samples: NDArray[np.int16], share: float, rng: np.random.Generator) -> NDArray[np.int16]:
    """Lost packets are silence, or (half of the lines) the packet before them once more."""
    out = samples[: len(samples) // PACKET * PACKET].reshape(-1, PACKET).copy()
    repeats = rng.random() < 0.5
    lost = False
    for number in range(1, len(out)):
        lost = bool(rng.random() < (BURST if lost else share * (1 - BURST) / (1 - share)))
        if lost:
            out[number] = out[number - 1] if repeats else 0
    return out.reshape(-1)
