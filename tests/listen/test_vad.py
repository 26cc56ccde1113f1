"""The four states by scripted booleans; the classifier on noise and on speech."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from ivr.audio import FRAME_BYTES, SILENCE, read_wav, split_frames
from ivr.config import Listen
from ivr.listen.vad import SpeechClassifier, VoiceActivity, VoiceState
from tests.listen.scripted import SETTINGS, is_speech, pcm16_of

DATA = Path(__file__).parent / "data"
LETTER = {
    VoiceState.QUIET: "q",
    VoiceState.STARTING: "a",
    VoiceState.SPEAKING: "S",
    VoiceState.STOPPING: "o",
}


def states(script: str, voice: VoiceActivity | None = None, end_frames: int = 5) -> str:
    """`x` is a voiced frame, `.` an unvoiced one."""
    voice = voice or VoiceActivity(SETTINGS, is_speech)
    heard = (pcm16_of(at, mark == "x") for at, mark in enumerate(script))
    return "".join(LETTER[voice.hear(at, pcm16, end_frames)] for at, pcm16 in enumerate(heard))


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        ("....", "qqqq"),
        ("..x...", "qqaqqq"),
        ("xx.xx.", "aaqaaq"),
        (".xxxx", "qaaSS"),
        ("xxx.....", "aaSooooq"),
        ("xxx....xxx.....", "aaSoooooo" + "Sooooq"),
        ("xxx..xx....", "aaSooooqqqq"),  # a short burst does not make the silence start anew
        ("xxx...xx..", "aaSoooooqq"),  # and speech does not end within a burst
        ("xxx...xxx.", "aaSoooooSo"),
    ],
)
def test_states(script: str, expected: str) -> None:
    assert states(script) == expected


def test_onset_and_last_voiced_frame() -> None:
    voice = VoiceActivity(SETTINGS, is_speech)
    states("..x..xxxxx..x.", voice, end_frames=25)
    assert (voice.onset_at, voice.last_voiced_at) == (5, 9)


def test_silence_that_ends_speech_is_given_with_each_frame() -> None:
    assert states("xxx..", end_frames=2) == "aaSoq"
    assert states("xxx..", end_frames=9) == "aaSoo"


def test_start_ms_sets_the_voiced_frames_needed() -> None:
    voice = VoiceActivity(Listen(start_ms=100), is_speech)
    assert states("xxxxx", voice) == "aaaaS"


def noise(level_dbfs: float, seconds: float, seed: int = 7) -> bytes:
    rng = np.random.default_rng(seed)
    samples = rng.normal(0, 32768 * 10 ** (level_dbfs / 20), int(8000 * seconds))
    return np.clip(samples, -32768, 32767).astype("<i2").tobytes()


def run(pcm16: bytes) -> list[VoiceState]:
    voice = VoiceActivity(SETTINGS, SpeechClassifier(2))
    return [voice.hear(at, piece, 25) for at, piece in enumerate(split_frames(pcm16))]


def test_digital_silence_and_line_noise_below_the_floor_are_no_speech() -> None:
    classify = SpeechClassifier(0)
    assert not any(classify(SILENCE) for _ in range(100))
    assert not any(classify(piece) for piece in split_frames(noise(-60, 4)))


@pytest.mark.parametrize("level_dbfs", [-60, -45, -35, -30, -25])
def test_noise_alone_is_no_speech(level_dbfs: float) -> None:
    assert VoiceState.SPEAKING not in run(noise(level_dbfs, 20))


def test_a_dc_offset_is_no_speech() -> None:
    offset = np.full(FRAME_BYTES // 2, 4000, dtype="<i2").tobytes()
    classify = SpeechClassifier(0)
    assert not any(classify(offset) for _ in range(50))


@pytest.mark.parametrize("name", ["repay_early", "speak_to_person", "yes"])
def test_speech_is_found_and_ends(name: str) -> None:
    second = bytes(16000)
    found = run(second + read_wav(DATA / f"{name}.wav") + second)
    assert VoiceState.SPEAKING in found[50:70]
    assert VoiceState.SPEAKING not in found[:50]
    assert found[-1] is VoiceState.QUIET


@pytest.mark.parametrize("name", ["repay_early", "yes"])
def test_speech_in_noise_is_found_and_ends(name: str) -> None:
    """Noise 7 dB below the speech: WebRTC's detector alone never comes to an end here."""
    second = bytes(16000)
    clean = np.frombuffer(second + second + read_wav(DATA / f"{name}.wav") + second, "<i2")
    hiss = np.frombuffer(noise(-29, len(clean) / 8000), "<i2")[: len(clean)]
    found = run(np.clip(clean.astype(int) + hiss, -32768, 32767).astype("<i2").tobytes())
    assert VoiceState.SPEAKING not in found[:100]
    assert VoiceState.SPEAKING in found[100:125]
    assert found[-1] is VoiceState.QUIET
