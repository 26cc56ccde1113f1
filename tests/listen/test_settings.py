"""How long to wait is the line's setting (config.yaml) unless the flow's step says otherwise."""

from __future__ import annotations

import pytest

from ivr.audio import frames
from ivr.config import Listen
from ivr.events import Completeness, Expectation, Grammar, KeyRules, KeysEntered, NoInput, Slot, SpeechEnded
from tests.listen.scripted import ScriptedCaller

QUICK = Listen(
    complete_timeout_ms=100,
    end_ms=200,
    incomplete_timeout_ms=400,
    no_input_ms=600,
    max_speech_ms=1000,
    inter_key_ms=400,
)


MENU = Grammar("en", ("what was said",))


@pytest.mark.parametrize(("own_ms", "waited_ms"), [(None, 600), (900, 900)])
def test_no_input(own_ms: int | None, waited_ms: int) -> None:
    caller = ScriptedCaller(QUICK)
    caller.open(Expectation(Grammar("en"), None, no_input_ms=own_ms))
    assert caller.silent(frames(waited_ms) - 1) == []
    assert [type(event) for event in caller.silent(1)] == [NoInput]


DIGITS = Grammar("en", slots=(Slot("digits", 1, 8),))


@pytest.mark.parametrize(
    ("understood", "grammar", "own_ms", "waited_ms"),
    [
        ("complete", MENU, (None, None), 100),
        ("complete", MENU, (300, None), 300),
        ("extensible", MENU, (None, None), 140),
        (None, MENU, (None, None), 200),
        ("incomplete", MENU, (None, None), 400),
        ("incomplete", MENU, (None, 600), 600),
        ("complete", DIGITS, (None, None), 140),
        ("complete", DIGITS, (100, None), 100),
        ("extensible", DIGITS, (None, None), 400),
        (None, DIGITS, (None, None), 400),
    ],
)
def test_the_silence_that_ends_a_turn(
    understood: Completeness | None,
    grammar: Grammar,
    own_ms: tuple[int | None, int | None],
    waited_ms: int,
) -> None:
    caller = ScriptedCaller(QUICK)
    complete_ms, incomplete_ms = own_ms
    caller.open(
        Expectation(grammar, None, complete_timeout_ms=complete_ms, incomplete_timeout_ms=incomplete_ms)
    )
    caller.says(20)
    ended = caller.silent(2)
    if understood:
        caller.recognised("what was said", understood)
    ended = [event for event in caller.silent(60) if isinstance(event, SpeechEnded)]
    assert [event.at - event.end_at for event in ended] == [frames(waited_ms)]
    assert [event.rule for event in ended] == [understood or "unknown"]


def test_who_goes_on_after_a_whole_answer_is_waited_for_anew() -> None:
    caller = ScriptedCaller(QUICK)
    caller.open(Expectation(MENU, None))
    caller.says(20)
    caller.silent(2)
    caller.recognised("what was said", "complete")
    caller.says(10)
    ended = [event for event in caller.silent(60) if isinstance(event, SpeechEnded)]
    assert [(event.at - event.end_at, event.rule) for event in ended] == [(frames(200), "unknown")]


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
