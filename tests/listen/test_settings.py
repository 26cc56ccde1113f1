"""How long to wait is the line's setting (config.yaml) unless the flow's step says otherwise."""

from __future__ import annotations

import pytest

from ivr.audio import frames
from ivr.config import Listen
from ivr.events import Expectation, Grammar, KeyRules, KeysEntered, NoInput, SpeechEnded
from tests.listen.scripted import ScriptedCaller

QUICK = Listen(end_ms=200, no_input_ms=600, max_speech_ms=1000, inter_key_ms=400)


@pytest.mark.parametrize(("own_ms", "waited_ms"), [(None, 600), (900, 900)])
def test_no_input(own_ms: int | None, waited_ms: int) -> None:
    caller = ScriptedCaller(QUICK)
    caller.open(Expectation(Grammar("en"), None, no_input_ms=own_ms))
    assert caller.silent(frames(waited_ms) - 1) == []
    assert [type(event) for event in caller.silent(1)] == [NoInput]


@pytest.mark.parametrize(("own_ms", "waited_ms"), [(None, 200), (500, 500)])
def test_the_silence_that_ends_a_turn(own_ms: int | None, waited_ms: int) -> None:
    caller = ScriptedCaller(QUICK)
    caller.open(Expectation(Grammar("en"), None, end_silence_ms=own_ms))
    caller.says(20)
    ended = [event for event in caller.silent(60) if isinstance(event, SpeechEnded)]
    assert [event.at - event.end_at for event in ended] == [frames(waited_ms)]


@pytest.mark.parametrize(("own_ms", "longest_ms"), [(None, 1000), (1400, 1400)])
def test_the_longest_utterance(own_ms: int | None, longest_ms: int) -> None:
    caller = ScriptedCaller(QUICK)
    caller.open(Expectation(Grammar("en"), None, max_speech_ms=own_ms))
    ended = [event for event in caller.says(200) if isinstance(event, SpeechEnded)]
    assert [event.reason for event in ended] == ["too_long"]
    assert abs(ended[0].at - ended[0].onset_at - frames(longest_ms)) <= frames(QUICK.start_ms)


@pytest.mark.parametrize(("own_ms", "waited_ms"), [(None, 400), (800, 800)])
def test_the_next_key(own_ms: int | None, waited_ms: int) -> None:
    caller = ScriptedCaller(QUICK)
    caller.open(Expectation(Grammar("en"), KeyRules(max_keys=4, inter_key_ms=own_ms)))
    caller.silent(1)
    caller.presses("1")
    assert caller.silent(frames(waited_ms) - 1) == []
    entered = [event for event in caller.silent(1) if isinstance(event, KeysEntered)]
    assert [(event.keys, event.reason) for event in entered] == [("1", "timeout")]
