"""Our own voice in what is heard: taken out where there is some, and nothing else touched."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from ivr.audio import FRAME_BYTES, read_wav, split_frames
from ivr.listen.echo import EchoCanceller
from tests.running_server import ROOT

WAVS = ROOT / "audio_fixtures" / "wav"
Samples = NDArray[np.float64]


def speech(name: str, times: int = 1) -> Samples:
    return np.tile(np.frombuffer(read_wav(WAVS / f"{name}.wav"), "<i2").astype(float), times)


def pcm16(samples: Samples) -> bytes:
    return np.clip(np.rint(samples), -32768, 32767).astype("<i2").tobytes()


def through(heard: Samples, played: Samples) -> Samples:
    canceller = EchoCanceller()
    pairs = zip(split_frames(pcm16(heard)), split_frames(pcm16(played)), strict=True)
    return np.frombuffer(b"".join(canceller(*pair) for pair in pairs), "<i2").astype(float)


def echo(played: Samples, delay_ms: int, loss_db: float) -> Samples:
    returned = np.zeros_like(played)
    returned[8 * delay_ms :] = played[: len(played) - 8 * delay_ms] * 10 ** (-loss_db / 20)
    return returned


@pytest.mark.parametrize("delay_ms", [0, 40, 300, 450])
def test_echo_of_any_delay_is_taken_out(delay_ms: int) -> None:
    played = speech("hours-slt", 4)
    heard = echo(played, delay_ms, 15.0) + np.random.default_rng(1).normal(0, 10, len(played))
    left = through(heard, played)
    half = len(left) // 2
    assert np.std(left[half:]) < 0.1 * np.std(heard[half:])


@pytest.mark.parametrize("noise_rms", [0, 50])
def test_a_caller_on_a_line_without_echo_is_heard_as_is(noise_rms: float) -> None:
    played = speech("hours-slt", 6)
    heard = np.random.default_rng(1).normal(0, noise_rms, len(played)) if noise_rms else 0 * played
    caller = speech("balance-kal")
    at = len(played) // 2
    heard[at : at + len(caller)] += caller
    left = through(heard, played)
    expected = np.frombuffer(pcm16(heard), "<i2")
    assert np.array_equal(left[at : at + len(caller)], expected[at : at + len(caller)])


def test_before_anything_is_played_nothing_is_touched() -> None:
    heard = speech("balance-kal")
    canceller = EchoCanceller()
    assert all(canceller(frame, bytes(FRAME_BYTES)) == frame for frame in split_frames(pcm16(heard)))


def test_who_speaks_as_soon_as_the_voice_begins_is_heard() -> None:
    played, caller = speech("hours-slt", 2), speech("balance-kal")
    heard = np.zeros_like(played)
    at = 8 * 100
    heard[at : at + len(caller)] += caller
    left = through(heard, played)
    loud = 8000 * 3 // 10  # of the first words, the level of which is left
    assert np.std(left[at : at + loud]) > 0.8 * np.std(caller[:loud])


@pytest.mark.parametrize("loss_db", [12.0, 20.0])
def test_an_echo_that_comes_with_the_first_words_is_not_let_through(loss_db: float) -> None:
    played = speech("hours-slt", 2)
    left = through(echo(played, 100, loss_db), played)
    assert np.std(left[:8000]) < 0.5 * np.std(echo(played, 100, loss_db)[:8000])


def test_an_echo_whose_delay_jumps_stays_out() -> None:
    """A jitter buffer on the way drops or adds packets."""
    played = speech("hours-slt", 4)
    jumping = np.concatenate([echo(played, delay_ms, 16.0)[8000 * i : 8000 * (i + 1)]
                              for i, delay_ms in enumerate((125, 165, 155, 145, 165, 125))])  # fmt: skip
    heard = np.concatenate([jumping, echo(played, 125, 16.0)[len(jumping) :]])
    left = through(heard, played)
    assert np.std(left[8000:]) < 0.3 * np.std(heard[8000:])


def test_what_leaks_after_a_jump_is_known_as_our_own_voice_and_a_caller_is_not() -> None:
    played, caller = speech("hours-slt", 4), speech("balance-kal")
    heard = echo(played, 125, 16.0)
    heard[36000:] = echo(played, 165, 16.0)[36000:]
    heard[48000 : 48000 + len(caller)] += caller
    canceller, leaks = EchoCanceller(), list[bool]()
    for pair in zip(split_frames(pcm16(heard)), split_frames(pcm16(played)), strict=True):
        canceller(*pair)
        leaks.append(canceller.leaks())
    assert any(leaks[225:260])
    assert not any(leaks[320:340])
