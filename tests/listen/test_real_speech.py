"""Synthetic voices in the telephone band (mu-law): the real senses, no recogniser."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from ivr.audio import FRAME_BYTES, frames, read_wav, split_frames
from ivr.config import Listen
from ivr.events import BargedIn, Ducked, Frame, ListenEvent, NoInput, SpeechEnded, SpeechStarted
from ivr.listen.listener import Listener
from tests.listen.scripted import expect, spoken, without_audio

DATA = Path(__file__).parent / "data"
LEAD_FRAMES = 75
FIRST_SOUND_RMS = 100.0


def line_noise(seconds: float, level_dbfs: float) -> bytes:
    rng = np.random.default_rng(11)
    samples = rng.normal(0, 32768 * 10 ** (level_dbfs / 20), int(8000 * seconds))
    return samples.astype("<i2").tobytes()


def hear(listener: Listener, pcm16: bytes) -> list[ListenEvent]:
    heard = enumerate(split_frames(pcm16))
    return [e for at, piece in heard for e in listener.frame(Frame(at, piece, bytes(FRAME_BYTES)))]


def first_sound_frame(pcm16: bytes) -> int:
    levels = [np.frombuffer(piece, "<i2").std() for piece in split_frames(pcm16)]
    return next(i for i, level_rms in enumerate(levels) if level_rms >= FIRST_SOUND_RMS)


@pytest.mark.parametrize("name", ["repay_early", "speak_to_person", "yes"])
def test_the_first_syllable_is_kept(name: str) -> None:
    speech = read_wav(DATA / f"{name}.wav")
    line = bytes(LEAD_FRAMES * FRAME_BYTES) + speech + bytes(50 * FRAME_BYTES)
    listener = Listener(Listen())
    listener.open(0, expect())
    told = hear(listener, line)
    started, ended = without_audio(told)[:2]
    assert isinstance(started, SpeechStarted)
    assert isinstance(ended, SpeechEnded)
    audio_from = started.onset_at - frames(Listen().pre_roll_ms)
    assert audio_from <= LEAD_FRAMES + first_sound_frame(speech)
    assert line[audio_from * FRAME_BYTES :].startswith(spoken(told[: told.index(ended)]))


def test_a_sentence_over_a_prompt_stops_the_voice_and_is_kept() -> None:
    speech = read_wav(DATA / "repay_early.wav")
    listener = Listener(Listen())
    listener.prompt("speech")
    listener.open(0, expect())
    told = hear(listener, bytes(LEAD_FRAMES * FRAME_BYTES) + speech + bytes(50 * FRAME_BYTES))
    kinds = [type(e) for e in without_audio(told)]
    assert kinds == [Ducked, SpeechStarted, BargedIn, SpeechEnded]
    stopped = next(e for e in told if isinstance(e, BargedIn))
    assert stopped.at - (LEAD_FRAMES + first_sound_frame(speech)) <= frames(400)


def test_noise_alone_is_no_input() -> None:
    listener = Listener(Listen())
    listener.open(0, expect(no_input_ms=6000))
    assert [type(e) for e in hear(listener, line_noise(10, -45))] == [NoInput]


def test_noise_alone_does_not_stop_the_voice() -> None:
    listener = Listener(Listen())
    listener.prompt("speech")
    assert hear(listener, line_noise(10, -35)) == []
