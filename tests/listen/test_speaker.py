"""Voices of synthetic talkers: the same is nearer than another; level and silence."""

from __future__ import annotations

import numpy as np
import pytest

from ivr.audio import read_wav
from ivr.listen.speaker import VoiceProfile, embed
from tests.running_server import ROOT

WAVS = ROOT / "audio_fixtures" / "wav"


def speech(name: str, gain_db: float = 0.0) -> bytes:
    samples = np.frombuffer(read_wav(WAVS / f"{name}.wav"), "<i2") * 10 ** (gain_db / 20)
    return samples.astype("<i2").tobytes()


@pytest.fixture
def slt() -> VoiceProfile:
    profile = VoiceProfile()
    profile.enrol(speech("repay-slt"))
    profile.enrol(speech("hours-slt"))
    assert profile.known
    return profile


def test_a_voice_is_numbers_of_unit_length() -> None:
    voice = embed(np.frombuffer(speech("repay-slt"), "<i2"))
    assert voice.shape == (256,)
    assert np.linalg.norm(voice) == pytest.approx(1, abs=1e-4)


def test_the_same_talker_is_nearer_than_others(slt: VoiceProfile) -> None:
    own = slt.compare(speech("repay-slt"))
    others = [slt.compare(speech(name)) for name in ("balance-rms", "balance-awb", "balance-kal")]
    assert all(own.similarity > other.similarity + 0.1 for other in others)
    assert own.caller > 0.5 > max(other.caller for other in others)


def test_nobody_is_known_before_enough_was_said() -> None:
    profile = VoiceProfile()
    assert not profile.known
    profile.enrol(bytes(2 * 8000 * 3))
    profile.enrol(speech("yes-plain")[:2000])
    assert not profile.known


@pytest.mark.parametrize("gain_db", [-12.0, -6.0, 0.0])
def test_level_against_the_callers_own(slt: VoiceProfile, gain_db: float) -> None:
    ordinary_db = slt.level_difference(speech("repay-slt"))
    assert abs(ordinary_db) < 3
    assert slt.level_difference(speech("repay-slt", gain_db)) == pytest.approx(ordinary_db + gain_db, abs=1)


def test_silence_is_like_nobody(slt: VoiceProfile) -> None:
    nothing = slt.compare(bytes(3200))
    assert (nothing.caller, nothing.speech_ms) == (0.0, 0)
    assert nothing.level_db < -40
