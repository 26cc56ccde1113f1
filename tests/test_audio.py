"""PCM helpers: whole frames, resampling, WAV files good and bad."""

from __future__ import annotations

import wave
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr import audio
from ivr.audio import FRAME_BYTES, AudioError


@given(st.integers(0, 100_000))
def test_a_time_is_never_undercut_by_its_frames(ms: int) -> None:
    assert ms <= audio.ms(audio.frames(ms)) < ms + audio.FRAME_MS


@given(st.binary(max_size=2000).map(lambda data: data[: len(data) // 2 * 2]))
def test_frames_hold_all_the_sound_and_silence_at_the_end(pcm16: bytes) -> None:
    whole = b"".join(audio.split_frames(pcm16))
    assert whole.startswith(pcm16)
    assert len(whole) % FRAME_BYTES == 0
    assert not whole[len(pcm16) :].strip(b"\0")


def tone(hz: int, rate_hz: int) -> bytes:
    return (8000 * np.sin(2 * np.pi * hz * np.arange(rate_hz) / rate_hz)).astype("<i2").tobytes()


@pytest.mark.parametrize("rate_hz", [16000, 22050, 44100])
def test_a_tone_stays_a_tone_at_another_rate(rate_hz: int) -> None:
    there = np.frombuffer(audio.resample(tone(440, rate_hz), rate_hz, 8000), "<i2")
    spectrum = np.abs(np.fft.rfft(there))
    assert len(there) == 8000
    assert int(spectrum.argmax()) == 440


def test_a_file_comes_back_as_it_was_written(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    audio.write_wav(path, tone(300, 8000))
    assert audio.read_wav(path) == tone(300, 8000)


def test_two_channels_are_mixed(tmp_path: Path) -> None:
    path = tmp_path / "stereo.wav"
    left, right = np.full(160, 1000, "<i2"), np.full(160, 3000, "<i2")
    audio.write_wav(path, np.column_stack((left, right)).tobytes(), channels=2)
    assert set(np.frombuffer(audio.read_wav(path), "<i2")) == {2000}


def eight_bit(path: Path) -> None:
    with wave.open(str(path), "wb") as wav:
        wav.setparams((1, 1, 8000, 0, "NONE", ""))
        wav.writeframes(bytes(100))


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda path: None, "No such file"),
        (lambda path: path.write_bytes(b""), "cut off"),
        (lambda path: path.write_bytes(b"junk"), "cut off"),
        (lambda path: path.write_bytes(b"RIFF\x24\0\0\0JUNK" + bytes(40)), "not a WAVE file"),
        (eight_bit, "8 bit"),
    ],
)
def test_a_bad_file_is_named_with_the_reason(tmp_path: Path, make, words: str) -> None:  # type: ignore[no-untyped-def]
    path = tmp_path / "bad.wav"
    make(path)
    with pytest.raises(AudioError, match=words) as failure:
        audio.read_wav(path)
    assert str(path) in str(failure.value)
