"""Interruption, listener's sound or noise: the model that judges the first half second of a burst."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from ivr import audio, config
from ivr.listen import onset
from ivr.listen.onset import Onset, OnsetScorer

WAVS = Path(__file__).parents[2] / "audio_fixtures" / "wav"
ROOM_FRAMES = 15
"""of silence before a fixture's first word; a burst is told to the scorer 100 ms before"""


def scores(pcm16: bytes, scorer: OnsetScorer | None = None) -> list[Onset]:
    scorer = scorer or OnsetScorer()
    scorer.begin()
    return [scorer.hear(frame) for frame in audio.split_frames(pcm16)]


def noise(seconds: float, rms: float) -> bytes:
    rng = np.random.default_rng(1)
    samples = rng.standard_normal(int(seconds * audio.RATE_HZ)) * rms
    return bytes(np.rint(samples).astype("<i2"))


def fixture(name: str) -> bytes:
    frames = audio.split_frames(audio.read_wav(WAVS / f"{name}.wav"))
    return b"".join(frames[ROOM_FRAMES - 5 :])


def test_the_probabilities_add_up_to_one() -> None:
    for said in scores(noise(1.0, 800)):
        assert said.floor + said.backchannel + said.noise == pytest.approx(1.0, abs=1e-5)
        assert min(said.floor, said.backchannel, said.noise) >= 0


def test_a_new_burst_remembers_nothing() -> None:
    scorer = OnsetScorer()
    first = scores(fixture("goodbye"), scorer)
    scores(noise(0.5, 2000), scorer)
    assert scores(fixture("goodbye"), scorer) == first


def test_two_scorers_share_weights_but_no_memory() -> None:
    one, other = OnsetScorer(), OnsetScorer()
    alone = scores(fixture("goodbye"))
    together = []
    for frame in audio.split_frames(fixture("goodbye")):
        together.append(one.hear(frame))
        other.hear(noise(0.02, 3000))
    assert together == alone


def test_features_of_a_stream_are_those_of_the_whole() -> None:
    frames = audio.split_frames(fixture("goodbye"))
    wave = np.frombuffer(b"".join(frames), "<i2") / 32768
    whole = onset.features(wave)
    assert whole.shape == (len(frames), onset.FEATURES)
    for last in (1, 7, len(frames)):
        assert onset.features(wave[: last * audio.FRAME_SAMPLES])[-1] == pytest.approx(
            whole[last - 1], abs=1e-4
        )


@pytest.mark.parametrize("name", ["repay-slt", "goodbye", "agent", "balance-awb", "balance-rms", "next-awb"])
def test_words_want_the_floor_within_500_ms(name: str) -> None:
    heard = scores(fixture(name))[: 5 + 25]
    assert max(said.floor for said in heard) > 0.5


@pytest.mark.parametrize("rms", [0, 30, 300, 2000])
def test_silence_and_steady_noise_do_not(rms: float) -> None:
    assert max(said.floor for said in scores(noise(1.0, rms))[5:]) < config.Listen().floor_score


@pytest.mark.parametrize("name", ["cough", "breath", "crackle"])
def test_what_is_no_speech_does_not(name: str) -> None:
    assert max(said.floor for said in scores(fixture(name))[10:40]) < 0.5


def test_the_weights_are_small() -> None:
    assert onset.WEIGHTS.stat().st_size < 500_000
