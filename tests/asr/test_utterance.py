"""Pauses of a speaker, told from level alone."""

from __future__ import annotations

import numpy as np

from ivr.asr.utterance import PAUSE_FRAMES, Utterance
from ivr.audio import FRAME_BYTES, FRAME_SAMPLES

RNG = np.random.default_rng(1)


def sound(level: float, frame_count: int) -> bytes:
    return (RNG.normal(0, level, frame_count * FRAME_SAMPLES)).astype("<i2").tobytes()


def test_a_pause_after_speech_is_told_once() -> None:
    utterance = Utterance()
    assert not utterance.feed(sound(10, 15))
    assert not utterance.feed(sound(3000, 30))
    assert utterance.fresh
    assert not utterance.feed(sound(10, PAUSE_FRAMES - 1))
    assert utterance.feed(sound(10, 1))
    assert not utterance.fresh
    assert not utterance.feed(sound(10, 50))
    assert len(utterance.until_pause()) == (45 + PAUSE_FRAMES) * FRAME_BYTES
    assert len(utterance.whole()) == (95 + PAUSE_FRAMES) * FRAME_BYTES


def test_speech_in_noise_pauses_too() -> None:
    utterance = Utterance()
    assert not utterance.feed(sound(200, 15) + sound(3000, 30))
    assert utterance.feed(sound(200, PAUSE_FRAMES))


def test_noise_alone_never_pauses() -> None:
    utterance = Utterance()
    assert not utterance.feed(sound(300, 200))
    assert not utterance.fresh


def test_a_lost_packet_is_no_quieter_line() -> None:
    utterance = Utterance()
    assert not utterance.feed(sound(200, 15) + bytes(2 * FRAME_BYTES) + sound(200, 10) + sound(3000, 30))
    assert utterance.feed(sound(200, PAUSE_FRAMES))
