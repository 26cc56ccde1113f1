"""The caller by voice: when the next turn comes, and what the telephone does to the voice."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.audio import FRAME_BYTES
from ivr.events import Grammar, RecogniserLost, Transcript
from ivr.flow.state import Phase, State
from ivr.replay.script import Act, Leave, Press, Speak
from ivr.replay.spoken_caller import (
    KEY_FRAMES,
    PAUSE_FRAMES,
    STILL_FRAMES,
    Ear,
    SpokenCaller,
    Still,
    over_the_telephone,
)

SPEECH = bytes(10 * FRAME_BYTES)


@dataclass(frozen=True)
class Turn:
    what: str
    value: Any = None


class StandIn:
    """Of a call, a line and a recogniser."""

    languages = frozenset({"en"})

    def __init__(self) -> None:
        self.state: State | None = None
        self.posted: list[object] = []

    def post(self, event: object) -> None:
        self.posted.append(event)

    def open(self, utterance: int, grammar: Grammar, post: Any) -> Any:
        post(Transcript(utterance, "heard", 0.9))

    def goes_on(self, phase: Phase = Phase.LISTENING) -> None:
        self.state = State(date(2026, 11, 23), phase=phase)


def caller(*turns: Turn) -> tuple[SpokenCaller, StandIn]:
    stand_in = StandIn()
    made = SpokenCaller(iter(turns), lambda text, language: SPEECH, Ear(stand_in))
    made.call = made.line = stand_in  # type: ignore[assignment]
    return made, stand_in


def ticks(caller: SpokenCaller, frames: range, talking: bool = False) -> Iterator[tuple[int, Act]]:
    return ((at, act) for at in frames for act in caller.tick(at, talking, 0))


def test_a_turn_waits_until_the_bot_has_answered_and_is_quiet() -> None:
    talk, bot = caller(Turn("says", "a"), Turn("says", "b"))
    assert not list(ticks(talk, range(100)))  # nobody has answered the call
    bot.goes_on()
    assert not list(ticks(talk, range(100, 200), talking=True))
    assert list(ticks(talk, range(200, 300))) == [(200 + PAUSE_FRAMES, Speak(SPEECH))]
    assert not list(ticks(talk, range(300, 400)))  # nothing has come of it yet
    bot.goes_on(Phase.CALLING)
    assert not list(ticks(talk, range(400, 500)))
    bot.goes_on(Phase.CONFIRMING)
    assert list(ticks(talk, range(500, 600))) == [(500 + PAUSE_FRAMES, Speak(SPEECH))]


def test_keys_follow_one_another_and_then_the_caller_leaves() -> None:
    talk, bot = caller(Turn("keys", "12#"))
    bot.goes_on()
    first = PAUSE_FRAMES
    pressed = [(first, Press("1")), (first + KEY_FRAMES, Press("2")), (first + 2 * KEY_FRAMES, Press("#"))]
    assert list(ticks(talk, range(100))) == pressed
    bot.goes_on()
    assert list(ticks(talk, range(100, 200))) == [(100 + PAUSE_FRAMES, Leave())]


def test_a_transfer_ends_as_it_is_told() -> None:
    talk, bot = caller(Turn("transfer", "busy"))
    bot.goes_on(Phase.TRANSFERRING)
    assert not list(ticks(talk, range(100)))
    assert [getattr(event, "outcome", "") for event in bot.posted] == ["busy"]


def test_a_call_that_stands_still_is_told() -> None:
    talk, bot = caller(Turn("silence"))
    bot.goes_on()
    with pytest.raises(Still):
        list(ticks(talk, range(STILL_FRAMES + 100)))


@pytest.mark.parametrize(
    ("turn", "came"),
    [
        (Turn("says", "a"), Transcript(1, "heard", 0.9)),
        (Turn("says", ""), Transcript(1, "", 0.0)),
        (Turn("lost"), RecogniserLost(1, "gone")),
    ],
)
def test_the_recogniser_hears_nothing_or_is_lost_on_demand(turn: Turn, came: object) -> None:
    stand_in = StandIn()
    ear = Ear(stand_in)
    talk = SpokenCaller(iter([turn]), lambda text, language: SPEECH, ear)
    talk.call = talk.line = stand_in  # type: ignore[assignment]
    stand_in.goes_on()
    list(ticks(talk, range(100)))
    events: list[object] = []
    for utterance in (1, 2):
        if recognition := ear.open(utterance, Grammar("en"), events.append):
            recognition.finish()
    assert events == [came, Transcript(2, "heard", 0.9)]


@given(st.lists(st.integers(-32768, 32767), min_size=1, max_size=50))
def test_g711_changes_a_voice_little_and_only_once(samples: list[int]) -> None:
    sent = np.array(samples, "<i2")
    came = np.frombuffer(over_the_telephone(sent.tobytes()), "<i2")
    # half a step of the segment: 1/32 of the biased sample, and what lies above the largest one
    bound = (np.abs(sent.astype(int)) + 132) / 32 + 1 + np.maximum(0, np.abs(sent.astype(int)) - 32635)
    assert (np.abs(came.astype(int) - sent) <= bound).all()
    assert over_the_telephone(came.tobytes()) == came.tobytes()
    assert len(np.unique(came)) <= 255
