import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr import audio
from ivr.tts import finish
from ivr.tts.stream_resampler import StreamResampler


def tone(rate_hz, seconds, amplitude, hz=440):
    time_s = np.arange(int(rate_hz * seconds)) / rate_hz
    return np.rint(amplitude * np.sin(2 * np.pi * hz * time_s)).astype("<i2").tobytes()


@pytest.mark.parametrize("amplitude", [40, 3000, 32000])
@pytest.mark.parametrize("rate_hz", [8000, 16000, 22050])
def test_quiet_and_loud_leave_alike(rate_hz, amplitude):
    silence = bytes(2 * rate_hz)
    out = finish.finish(silence + tone(rate_hz, 1, amplitude) + silence, rate_hz, last=True)
    wave = np.frombuffer(out, dtype="<i2").astype(float)
    middle = wave[1600:6400]
    assert abs(20 * np.log10(np.sqrt((middle**2).mean()) / 32768) - finish.LEVEL_DBFS) < 0.5
    assert abs(len(out) / 16 - (1000 + finish.LEAD_MS + finish.TAIL_MS)) <= 25


@pytest.mark.parametrize("raw", [b"", bytes(1000)])
def test_silence_gives_nothing(raw):
    assert finish.finish(raw, 22050, last=False) == b""


@given(st.binary(min_size=2, max_size=4000).map(lambda raw: raw[: len(raw) // 2 * 2]), st.booleans())
def test_nothing_clips(raw, last):
    wave = np.frombuffer(finish.finish(raw, 8000, last), dtype="<i2").astype(int)
    assert not wave.size or abs(wave).max() <= 32767 * 10 ** (finish.PEAK_DBFS / 20) + 1


@given(st.sampled_from([8000, 11025, 16000, 22050, 24000, 44100]), st.lists(st.integers(1, 9000), min_size=1))
def test_chunks_are_resampled_as_one(rate_hz, cuts):
    whole = tone(rate_hz, 1, 9000)
    resampler = StreamResampler(rate_hz)
    out, at = b"", 0
    for cut in cuts:
        out += resampler.feed(whole[at : at + 2 * cut])
        at += 2 * cut
    out += resampler.feed(whole[at:]) + resampler.finish()
    expected = np.frombuffer(audio.resample(whole, rate_hz, audio.RATE_HZ), dtype="<i2").astype(int)
    got = np.frombuffer(out, dtype="<i2").astype(int)
    assert got.size == expected.size
    assert abs(got - expected).max() <= 1
