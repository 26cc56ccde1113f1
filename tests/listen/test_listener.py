"""Every rule of listening, by scripted callers."""

from __future__ import annotations

import pytest

from ivr.audio import frames
from ivr.config import Listen
from ivr.events import (
    BargedIn,
    BargeIn,
    Ducked,
    KeyRules,
    KeysEntered,
    NoInput,
    SpeechAudio,
    SpeechEnded,
    SpeechStarted,
)
from tests.listen.scripted import (
    BARGE_IN,
    END_SILENCE,
    PRE_ROLL,
    START,
    ScriptedCaller,
    expect,
    onsets,
    spoken,
    without_audio,
)

ACCOUNT = KeyRules(min_keys=1, max_keys=4, inter_key_ms=1000)
MENU = KeyRules(max_keys=1)


@pytest.fixture
def caller() -> ScriptedCaller:
    caller = ScriptedCaller()
    caller.silent(100)
    return caller


# --- speech with nothing playing --------------------------------------------------------------


def test_an_utterance_starts_goes_on_and_ends_by_silence(caller: ScriptedCaller) -> None:
    caller.open(expect())
    onset = caller.at + 1
    caller.says(30)
    caller.silent(40)
    ended_at = onset + 29 + END_SILENCE
    assert without_audio(caller.events) == [
        SpeechStarted(onset + START - 1, onset),
        SpeechEnded(ended_at, onset, onset + 29, "silence"),
    ]
    assert spoken(caller.events) == caller.heard(onset - PRE_ROLL, ended_at)


def test_the_pre_roll_comes_right_after_the_start(caller: ScriptedCaller) -> None:
    caller.open(expect())
    started, audio = caller.says(START)
    assert isinstance(started, SpeechStarted)
    assert isinstance(audio, SpeechAudio)
    assert audio.pcm16 == caller.heard(started.onset_at - PRE_ROLL, caller.at)


def test_the_first_words_of_a_call_have_the_pre_roll_that_exists() -> None:
    caller = ScriptedCaller()
    caller.open(expect())
    caller.silent(2)
    caller.says(10)
    assert spoken(caller.events) == caller.heard(0, caller.at)


def test_a_burst_shorter_than_start_ms_is_nothing(caller: ScriptedCaller) -> None:
    caller.open(expect())
    caller.says(START - 1)
    caller.silent(50)
    assert caller.events == []


def test_speech_is_cut_at_its_maximum(caller: ScriptedCaller) -> None:
    caller.open(expect(max_speech_ms=1000))
    caller.says(100)
    ended = caller.events[-1]
    assert isinstance(ended, SpeechEnded)
    assert (ended.reason, ended.at - ended.onset_at) == ("too_long", frames(1000) + START - 1)


def test_who_goes_on_after_the_maximum_is_heard_in_the_next_turn(caller: ScriptedCaller) -> None:
    caller.open(expect(max_speech_ms=1000))
    caller.says(80)
    cut_at = caller.events[-1].at
    caller.open(expect())
    caller.says(10)
    assert onsets(caller.events)[-1] == cut_at + 1
    audio = [e for e in caller.events if isinstance(e, SpeechAudio) and e.at > cut_at]
    assert spoken(list(audio)) == caller.heard(cut_at + 1 - PRE_ROLL, caller.at)


def test_no_turn_no_event(caller: ScriptedCaller) -> None:
    caller.says(50)
    caller.silent(50)
    assert caller.events == []


def test_speech_between_two_turns_is_kept_for_the_next(caller: ScriptedCaller) -> None:
    caller.open(expect())
    caller.says(20)
    caller.silent(END_SILENCE)
    onset = caller.at + 1
    caller.says(12)
    caller.open(expect())
    caller.says(1)
    assert onsets(caller.events)[-1] == onset
    last = [e for e in caller.events if isinstance(e, SpeechAudio)][-1]
    assert last.pcm16 == caller.heard(onset - PRE_ROLL, caller.at)


def test_what_was_said_and_over_before_the_turn_is_not_an_answer(caller: ScriptedCaller) -> None:
    caller.says(20)
    caller.silent(frames(Listen().end_ms))
    caller.open(expect())
    caller.silent(50)
    assert caller.events == []


def test_kept_audio_is_bounded() -> None:
    caller = ScriptedCaller(Listen(max_speech_ms=1000))
    caller.says(500)
    caller.open(expect())
    caller.says(1)
    assert frames(1000) < len(spoken(caller.events)) // 320 < frames(1000) + 2 * PRE_ROLL
    assert spoken(caller.events) == caller.heard(onsets(caller.events)[0] - PRE_ROLL, caller.at)


# --- closing -------------------------------------------------------------------------------------


def test_close_stops_the_utterance(caller: ScriptedCaller) -> None:
    caller.open(expect())
    onset = caller.at + 1
    caller.says(10)
    assert caller.close() == [SpeechEnded(caller.at, onset, caller.at, "stopped")]
    assert caller.says(10) == []


def test_a_new_turn_over_an_open_one_gets_the_speech_whole(caller: ScriptedCaller) -> None:
    caller.open(expect())
    onset = caller.at + 1
    caller.says(10)
    caller.open(expect())
    told = caller.says(1)
    assert without_audio(told) == [
        SpeechEnded(caller.at - 1, onset, caller.at - 1, "stopped"),
        SpeechStarted(caller.at, onset),
    ]
    assert spoken(told) == caller.heard(onset - PRE_ROLL, caller.at)


# --- no input --------------------------------------------------------------------------------------


def test_no_input_comes_once_and_ends_the_turn(caller: ScriptedCaller) -> None:
    caller.open(expect(no_input_ms=1000))
    opened_at = caller.at
    caller.silent(200)
    assert caller.events == [NoInput(opened_at + frames(1000))]
    assert caller.says(30) == []


def test_no_input_time_runs_from_the_end_of_the_prompts(caller: ScriptedCaller) -> None:
    caller.listener.prompt("keys")
    caller.open(expect(no_input_ms=1000))
    caller.silent(200)
    caller.listener.prompt("off")
    caller.silent(200)
    caller.listener.prompt(None)
    ended_at = caller.at
    caller.silent(60)
    assert caller.events == [NoInput(ended_at + frames(1000))]


def test_a_prompt_in_between_starts_the_time_anew(caller: ScriptedCaller) -> None:
    caller.open(expect(no_input_ms=1000))
    caller.silent(40)
    caller.listener.prompt("speech")
    caller.silent(10)
    caller.listener.prompt(None)
    assert caller.silent(49) == []
    assert caller.silent(1) == [NoInput(caller.at)]


def test_an_answer_that_begins_in_the_last_moment_counts(caller: ScriptedCaller) -> None:
    caller.open(expect(no_input_ms=1000))
    caller.silent(frames(1000) - 1)
    caller.says(20)
    assert isinstance(caller.events[0], SpeechStarted)


def test_timers_and_ears_stand_still_on_hold(caller: ScriptedCaller) -> None:
    caller.open(expect(no_input_ms=1000))
    caller.silent(30)
    caller.listener.hold(True)
    assert caller.says(300) == []  # their music
    caller.listener.hold(False)
    assert caller.silent(19) == []
    assert caller.silent(1) == [NoInput(caller.at)]


# --- keys --------------------------------------------------------------------------------------------


def test_keys_end_when_full(caller: ScriptedCaller) -> None:
    caller.open(expect(ACCOUNT))
    assert caller.presses("123") == []
    assert caller.presses("4") == [KeysEntered(caller.at, "1234", "full")]


def test_keys_end_by_the_terminator(caller: ScriptedCaller) -> None:
    caller.open(expect(ACCOUNT))
    assert caller.presses("12#") == [KeysEntered(caller.at, "12", "terminator")]


def test_a_terminator_alone_is_an_empty_answer(caller: ScriptedCaller) -> None:
    caller.open(expect(ACCOUNT))
    assert caller.presses("#") == [KeysEntered(caller.at, "", "terminator")]


def test_without_a_terminator_the_hash_is_a_key(caller: ScriptedCaller) -> None:
    caller.open(expect(KeyRules(max_keys=2, terminator="")))
    assert caller.presses("#*") == [KeysEntered(caller.at, "#*", "full")]


def test_keys_end_when_the_next_is_late(caller: ScriptedCaller) -> None:
    caller.open(expect(ACCOUNT, no_input_ms=500))
    caller.presses("1")
    caller.silent(frames(1000) - 1)
    caller.presses("2")
    assert caller.silent(frames(1000) - 1) == []
    assert caller.silent(1) == [KeysEntered(caller.at, "12", "timeout")]
    assert caller.silent(200) == []


def test_the_inter_key_time_stands_still_on_hold(caller: ScriptedCaller) -> None:
    caller.open(expect(ACCOUNT))
    caller.presses("1")
    caller.listener.hold(True)
    assert caller.silent(500) == []


def test_keys_are_ignored_where_none_are_expected(caller: ScriptedCaller) -> None:
    caller.open(expect(None))
    onset = caller.at + 1
    caller.says(10)
    assert caller.presses("12") == []
    caller.silent(END_SILENCE)
    assert caller.events[-1] == SpeechEnded(onset + 9 + END_SILENCE, onset, onset + 9, "silence")
    caller.open(expect(MENU))
    assert caller.silent(5) == []


def test_a_key_voids_the_utterance(caller: ScriptedCaller) -> None:
    caller.open(expect(ACCOUNT))
    onset = caller.at + 1
    caller.says(10)
    assert caller.presses("1") == [SpeechEnded(caller.at, onset, caller.at, "key")]
    assert caller.says(30) == []
    assert caller.presses("#") == [KeysEntered(caller.at, "1", "terminator")]


def test_keys_pressed_before_the_turn_count(caller: ScriptedCaller) -> None:
    caller.presses("12")
    caller.open(expect(MENU))
    assert caller.silent(1) == [KeysEntered(caller.at, "1", "full")]
    caller.open(expect(MENU))
    assert caller.silent(1) == [KeysEntered(caller.at, "2", "full")]


def test_keys_typed_ahead_come_before_later_ones(caller: ScriptedCaller) -> None:
    caller.presses("12")
    caller.open(expect(ACCOUNT))
    caller.presses("34")
    assert caller.events == [KeysEntered(caller.at, "1234", "full")]


def test_keys_typed_before_a_prompt_stop_it(caller: ScriptedCaller) -> None:
    caller.presses("1")
    caller.listener.prompt("speech")
    caller.open(expect(MENU))
    assert caller.silent(1) == [
        BargedIn(caller.at, "key", caller.at),
        KeysEntered(caller.at, "1", "full"),
    ]


def test_a_prompt_that_must_be_heard_voids_earlier_keys(caller: ScriptedCaller) -> None:
    caller.presses("1")
    caller.listener.prompt("off")
    caller.open(expect(MENU))
    assert caller.presses("2") == []
    caller.silent(20)
    caller.listener.prompt(None)
    assert caller.silent(20) == []


def test_typed_ahead_keys_are_bounded(caller: ScriptedCaller) -> None:
    caller.presses("1" * 1000)
    caller.open(expect(KeyRules(max_keys=2000)))
    assert caller.presses("#") == [KeysEntered(caller.at, "1" * 64, "terminator")]


def test_the_habitual_hash_between_open_and_the_next_frame(caller: ScriptedCaller) -> None:
    caller.presses("1234")
    caller.open(expect(ACCOUNT))
    assert caller.presses("#") == [KeysEntered(caller.at, "1234", "full")]
    caller.open(expect(ACCOUNT))
    assert caller.silent(1) == []


@pytest.mark.parametrize("ahead", [True, False])
def test_the_habitual_hash_after_a_full_answer_is_not_the_next_answer(
    caller: ScriptedCaller, ahead: bool
) -> None:
    if ahead:
        caller.presses("1234#")
        caller.open(expect(ACCOUNT))
        caller.silent(1)
    else:
        caller.open(expect(ACCOUNT))
        caller.presses("1234")
        caller.listener.prompt("speech")
        caller.presses("#")
    caller.open(expect(ACCOUNT))
    caller.silent(1)
    assert caller.events == [KeysEntered(100 if ahead else 99, "1234", "full")]
    assert caller.presses("5#")[-1] == KeysEntered(caller.at, "5", "terminator")


def test_a_hash_much_later_is_an_answer(caller: ScriptedCaller) -> None:
    caller.open(expect(ACCOUNT))
    caller.presses("1234")
    caller.silent(frames(1000) + 1)
    caller.open(expect(ACCOUNT))
    assert caller.presses("#") == [KeysEntered(caller.at, "", "terminator")]


# --- barge-in: what is heard whole and what is no answer; test_bargein.py has the rules --------------


def test_an_interruption_stops_the_voice_and_is_heard_whole(caller: ScriptedCaller) -> None:
    caller.listener.prompt("speech")
    caller.open(expect())
    onset = caller.at + 1
    told = caller.says(BARGE_IN)
    assert [type(e) for e in without_audio(told)] == [Ducked, SpeechStarted, BargedIn]
    assert without_audio(told)[1].onset_at == onset  # type: ignore[union-attr]
    assert spoken(told) == caller.heard(onset - PRE_ROLL, caller.at)
    caller.listener.prompt(None)
    caller.says(20)
    caller.silent(END_SILENCE)
    assert caller.events[-1] == SpeechEnded(
        onset + BARGE_IN + 19 + END_SILENCE, onset, onset + BARGE_IN + 19, "silence"
    )


def test_a_click_does_not_even_duck_the_voice(caller: ScriptedCaller) -> None:
    caller.listener.prompt("speech")
    caller.open(expect())
    for _ in range(30):
        caller.says(START - 1)
        caller.silent(10)
    caller.listener.prompt(None)
    caller.silent(50)
    assert caller.events == []


def test_what_is_in_doubt_when_the_prompt_ends_is_an_answer(caller: ScriptedCaller) -> None:
    caller.listener.prompt("speech")
    caller.open(expect())
    onset = caller.at + 1
    caller.says(10, "backchannel")
    caller.listener.prompt(None)
    caller.silent(END_SILENCE)
    kinds = [type(e) for e in without_audio(caller.events)]
    assert kinds == [Ducked, SpeechStarted, Ducked, SpeechEnded]
    assert caller.events[-1] == SpeechEnded(onset + 9 + END_SILENCE, onset, onset + 9, "silence")


def test_barge_in_comes_once_for_a_prompt(caller: ScriptedCaller) -> None:
    caller.listener.prompt("speech")
    caller.says(100)
    caller.silent(100)
    caller.says(100)
    caller.presses("1")
    assert [type(e) for e in caller.events] == [Ducked, BargedIn]
    caller.listener.prompt("speech")
    caller.says(100)
    assert [type(e) for e in caller.events[2:]] == [Ducked, BargedIn]


def test_interruption_without_a_turn_is_told_when_the_turn_opens(caller: ScriptedCaller) -> None:
    caller.listener.prompt("speech")
    onset = caller.at + 1
    caller.says(20)
    assert [type(e) for e in caller.events] == [Ducked, BargedIn]
    caller.listener.prompt(None)
    caller.open(expect())
    told = caller.says(1)
    assert without_audio(told) == [SpeechStarted(caller.at, onset)]
    assert spoken(told) == caller.heard(onset - PRE_ROLL, caller.at)


@pytest.mark.parametrize(("policy", "by_speech", "by_key"), [("off", 0, 0), ("keys", 0, 1), ("speech", 1, 1)])
@pytest.mark.parametrize("turn", [True, False])
def test_the_policy_says_what_interrupts(
    caller: ScriptedCaller, policy: BargeIn, by_speech: int, by_key: int, turn: bool
) -> None:
    for act, expected in ((lambda: caller.says(50), by_speech), (lambda: caller.presses("1"), by_key)):
        caller.listener.prompt(policy)
        if turn:
            caller.open(expect(ACCOUNT))
        told = act()
        assert sum(isinstance(e, BargedIn) for e in told) == expected
        caller.close()
        caller.silent(50)


def test_a_key_interrupts_even_where_no_keys_are_expected(caller: ScriptedCaller) -> None:
    caller.listener.prompt("keys")
    caller.open(expect(None))
    assert caller.presses("5") == [BargedIn(caller.at, "key", caller.at)]
    assert caller.silent(20) == []


def test_a_key_in_doubt_stops_the_voice_and_voids_the_speech(caller: ScriptedCaller) -> None:
    caller.listener.prompt("speech")
    caller.open(expect(MENU))
    caller.says(10, "backchannel")
    told = caller.presses("5")
    assert [type(e) for e in told] == [BargedIn, SpeechEnded, KeysEntered]
    assert told[1].reason == "key"  # type: ignore[union-attr]


@pytest.mark.parametrize("policy", ["off", "keys"])
def test_speech_that_outlasts_the_prompt_is_an_utterance(caller: ScriptedCaller, policy: BargeIn) -> None:
    caller.listener.prompt(policy)
    caller.open(expect())
    onset = caller.at + 1
    assert caller.says(30) == []
    caller.listener.prompt(None)
    told = caller.says(1)
    assert without_audio(told) == [SpeechStarted(caller.at, onset)]
    assert spoken(told) == caller.heard(onset - PRE_ROLL, caller.at)


@pytest.mark.parametrize("policy", ["off", "keys"])
def test_speech_over_before_the_prompt_ends_is_ignored(caller: ScriptedCaller, policy: BargeIn) -> None:
    caller.listener.prompt(policy)
    caller.open(expect())
    caller.says(30)
    caller.silent(5)
    caller.listener.prompt(None)
    caller.silent(100)
    assert caller.events == []


def test_a_prompt_over_an_open_utterance_is_interrupted_without_a_second_start(
    caller: ScriptedCaller,
) -> None:
    caller.open(expect())
    caller.says(10)
    caller.listener.prompt("speech")
    caller.says(20)
    assert [type(e) for e in without_audio(caller.events)] == [SpeechStarted, Ducked, BargedIn]
