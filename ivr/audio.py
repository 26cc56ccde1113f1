"""PCM constants, resampling and WAV files: any mono or stereo WAV in, 8 kHz mono pcm16 out."""

from __future__ import annotations

import wave
from math import gcd
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

RATE_HZ = 8000
FRAME_MS = 20
FRAME_SAMPLES = RATE_HZ * FRAME_MS // 1000
FRAME_BYTES = 2 * FRAME_SAMPLES
SILENCE = bytes(FRAME_BYTES)

_PAUSE_PEAK = 330
"""-40 dBFS: louder is speech"""
_PAUSE_FRAMES = 10

Samples = NDArray[np.int16]


class AudioError(Exception):
    """A sound file that cannot be used; the message names it and says why."""


def frames(ms: int) -> int:
    """Milliseconds as whole frames, rounded up, so that a setting is never undercut."""
    return -(-ms // FRAME_MS)


def ms(frame_count: int) -> int:
    return frame_count * FRAME_MS


def resample(pcm16: bytes, from_hz: int, to_hz: int) -> bytes:
    """Polyphase resampling of mono pcm16; saturates instead of wrapping around."""
    if from_hz == to_hz or not pcm16:
        return pcm16
    from scipy.signal import resample_poly  # takes over a second to import; nodes never need it

    divisor = gcd(from_hz, to_hz)
    samples = np.frombuffer(pcm16, dtype="<i2").astype(np.float32)
    out = resample_poly(samples, to_hz // divisor, from_hz // divisor)
    return bytes(np.clip(np.rint(out), -32768, 32767).astype("<i2"))


def read_wav(path: Path) -> bytes:
    """A 16-bit PCM WAV of any rate, mono or stereo (mixed), as 8 kHz mono pcm16."""
    try:
        with wave.open(str(path), "rb") as wav:
            channels, width, rate = wav.getnchannels(), wav.getsampwidth(), wav.getframerate()
            data = wav.readframes(wav.getnframes())
    except (OSError, EOFError, wave.Error) as error:
        reason = getattr(error, "strerror", None) or str(error) or "it is cut off"
        raise AudioError(f"{path}: cannot read this WAV file: {reason}") from error
    if width != 2 or channels not in (1, 2):
        raise AudioError(
            f"{path}: {8 * width} bit and {channels} channels; needs 16-bit PCM, mono or stereo. "
            f"Convert it with: sox {path.name} -b 16 -c 1 -r {RATE_HZ} out.wav"
        )
    if channels == 2:
        stereo = np.frombuffer(data, dtype="<i2").reshape(-1, 2).astype(np.int32)
        data = (stereo.sum(axis=1) // 2).astype("<i2").tobytes()
    return resample(data, rate, RATE_HZ)


def write_wav(path: Path, pcm16: bytes, channels: int = 1) -> None:
    """8 kHz pcm16, samples of the channels interleaved."""
    with wave.open(str(path), "wb") as wav:
        wav.setnchannels(channels)
        wav.setsampwidth(2)
        wav.setframerate(RATE_HZ)
        wav.writeframes(pcm16)


def pause_before(pcm16: bytes, frame: int) -> int:
    """Where somebody who spoke up to `frame` may take the sentence up again: the first frame after the
    last pause of at least 200 ms before it; 0 where there is none."""
    samples = np.frombuffer(pcm16[: frame * FRAME_BYTES], dtype="<i2")
    whole = samples[: len(samples) // FRAME_SAMPLES * FRAME_SAMPLES].reshape(-1, FRAME_SAMPLES)
    silent = np.abs(whole.astype(np.int32)).max(axis=1, initial=0) < _PAUSE_PEAK
    run = 0
    start = 0
    for at, quiet in enumerate(silent):
        if not quiet and run >= _PAUSE_FRAMES:
            start = at
        run = run + 1 if quiet else 0
    return start


def slowed(pcm16: bytes, factor: float) -> bytes:
    """The same speech at the same pitch, `factor` times as long (WSOLA: pieces of 32 ms are laid one over
    the other, each taken where it continues the last best; Verhelst and Roelands 1993)."""
    source = np.frombuffer(pcm16, dtype="<i2").astype(np.float32)
    length, search = 256, 80
    hop = length // 2
    if len(source) < 4 * length:
        return pcm16
    window = np.hanning(length + 1)[:length].astype(np.float32)
    out = np.zeros(round(len(source) * factor) + length, np.float32)
    at = 0
    for start in range(0, len(out) - length, hop):
        wanted = round(start / factor)
        if start:
            onward = source[at + hop : at + hop + length]
            low = max(0, wanted - search)
            around = source[low : wanted + search + length]
            if len(onward) < length or len(around) < length:
                break
            at = low + int(np.argmax(np.correlate(around, onward, "valid")))
        out[start : start + length] += window * source[at : at + length]
    return bytes(np.clip(np.rint(out[: round(len(source) * factor)]), -32768, 32767).astype("<i2"))


def rms_quantile(pcm16: bytes, share: float) -> float:
    """Level, in steps of pcm16, that this share of the frames stays below; 0 where there is none."""
    whole = np.frombuffer(pcm16[: len(pcm16) // FRAME_BYTES * FRAME_BYTES], "<i2").reshape(-1, FRAME_SAMPLES)
    return float(np.quantile(whole.std(axis=1, dtype=np.float32), share)) if len(whole) else 0.0


def split_frames(pcm16: bytes) -> list[bytes]:
    """Whole 20 ms frames; the last one is filled up with silence."""
    pieces = [pcm16[i : i + FRAME_BYTES] for i in range(0, len(pcm16), FRAME_BYTES)]
    if pieces and len(pieces[-1]) < FRAME_BYTES:
        pieces[-1] = pieces[-1].ljust(FRAME_BYTES, b"\0")
    return pieces
