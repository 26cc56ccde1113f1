"""Every rule by which the voice is stopped or goes on, by scripted callers."""

from __future__ import annotations

import pytest

from ivr.audio import frames
from ivr.events import (
    BargedIn,
    BargeIn,
    Ducked,
    Grammar,
    Hotwords,
    ListenEvent,
    Slot,
    SpeechEnded,
    SpeechIgnored,
    SpeechStarted,
    Words,
)
from ivr.listen.bargein import LONG_BACKCHANNEL_MS, LONGEST_DOUBT_MS, SHORT_PAUSE_MS, VOICE_MS, WEAK_VOICE_MS
from ivr.listen.listener import SETTLE_FRAMES
from tests.listen.scripted import (
    BARGE_IN,
    PRE_ROLL,
    START,
    SUSTAINED,
    ScriptedCaller,
    Sound,
    expect,
    spoken,
    without_audio,
)

MENU = Grammar("en", ("what is my balance", "agent"))


@pytest.fixture
def caller() -> ScriptedCaller:
    caller = ScriptedCaller()
    caller.silent(100)
    return caller


def over_a_prompt(caller: ScriptedCaller, policy: BargeIn = "speech", grammar: Grammar = MENU) -> None:
    caller.listener.prompt(policy)
    caller.open(expect(grammar=grammar))


def stop(events: list[ListenEvent]) -> BargedIn | None:
    stops = [e for e in events if isinstance(e, BargedIn)]
    assert len(stops) <= 1
    return stops[0] if stops else None


def ignored(events: list[ListenEvent]) -> list[str]:
    return [e.reason for e in events if isinstance(e, SpeechIgnored)]


def test_speech_that_takes_the_floor_stops_the_voice_by_its_beginning(caller: ScriptedCaller) -> None:
    over_a_prompt(caller)
    onset = caller.at + 1
    caller.says(40)
    stopped = stop(caller.events)
    assert stopped and (stopped.rule, stopped.onset_at) == ("onset", onset)
    assert stopped.at == onset + BARGE_IN - 1
    assert stopped.scores["floor"] == 0.95


@pytest.mark.parametrize("sound", ["backchannel", "noise", "unsure"])
def test_what_does_not_want_the_floor_ducks_the_voice_and_lets_it_go_on(
    caller: ScriptedCaller, sound: Sound
) -> None:
    over_a_prompt(caller)
    onset = caller.at + 1
    caller.says(15, sound)
    caller.silent(SETTLE_FRAMES + 1)
    assert without_audio(caller.events) == [
        Ducked(onset + START - 1, True, onset),
        SpeechStarted(onset + START - 1, onset),
        SpeechIgnored(caller.at - 1, onset, onset + 14, sound, scores(caller)),  # type: ignore[arg-type]
        Ducked(caller.at - 1, False, onset),
        SpeechEnded(caller.at - 1, onset, onset + 14, "ignored"),
    ]


def scores(caller: ScriptedCaller) -> dict[str, float]:
    return next(e.scores for e in caller.events if isinstance(e, SpeechIgnored))


def test_after_something_ignored_the_next_interruption_stops(caller: ScriptedCaller) -> None:
    over_a_prompt(caller)
    caller.says(15, "backchannel")
    caller.silent(SETTLE_FRAMES + 1)
    onset = caller.at + 1
    told = caller.says(20)
    stopped = stop(told)
    assert stopped and stopped.onset_at == onset
    assert spoken(told) == caller.heard(onset - PRE_ROLL, caller.at)


def test_echo_that_sounds_like_the_caller_is_too_weak(caller: ScriptedCaller) -> None:
    caller.profile.known = True
    over_a_prompt(caller)
    caller.says(frames(LONGEST_DOUBT_MS) - 1, below_db=20)
    assert stop(caller.events) is None


@pytest.mark.parametrize(
    ("sound", "least"), [("backchannel", frames(LONG_BACKCHANNEL_MS)), ("unsure", SUSTAINED)]
)
def test_speech_longer_than_any_backchannel_stops_the_voice(
    caller: ScriptedCaller, sound: Sound, least: int
) -> None:
    over_a_prompt(caller)
    onset = caller.at + 1
    assert stop(caller.says(least - 1, sound)) is None
    stopped = stop(caller.says(1, sound))
    assert stopped and (stopped.rule, stopped.onset_at) == ("sustained", onset)


def test_long_noise_stops_nothing_and_no_longer_ducks(caller: ScriptedCaller) -> None:
    over_a_prompt(caller)
    caller.says(frames(LONGEST_DOUBT_MS) + 200, "noise")
    assert ignored(caller.events) == ["noise"]
    assert [e.on for e in caller.events if isinstance(e, Ducked)] == [True, False]


def test_a_short_answer_is_known_by_its_words(caller: ScriptedCaller) -> None:
    over_a_prompt(caller)
    caller.says(12, "unsure")
    caller.silent(8)
    caller.recognised("agent")
    stopped = stop(caller.silent(1))
    assert stopped and stopped.rule == "words"


@pytest.mark.parametrize(
    ("text", "grammar", "stops"),
    [
        ("uh huh", MENU, False),
        ("agent", MENU, True),
        ("yeah", MENU, False),
        ("stop", MENU, True),
        ("no", MENU, True),
        ("yeah", Grammar("en", slots=(Slot("yes_no"),)), True),
        ("okay", Grammar("en", ("okay",)), True),
        ("嗯", Grammar("zh", ("查余额",)), False),
        ("等一下", Grammar("zh", ("查余额",)), True),
    ],
)
def test_a_backchannel_is_none_where_it_answers(
    caller: ScriptedCaller, text: str, grammar: Grammar, stops: bool
) -> None:
    over_a_prompt(caller, grammar=grammar)
    caller.says(12, "unsure")
    caller.silent(8)
    caller.recognised(text)
    told = caller.silent(SETTLE_FRAMES)
    assert bool(stop(told)) is stops
    assert ignored(told) == ([] if stops else ["backchannel"])


def test_a_hum_taken_for_a_word_of_stopping_stops_nothing(caller: ScriptedCaller) -> None:
    over_a_prompt(caller)
    caller.says(12, "backchannel")
    caller.silent(8)
    caller.recognised("no")
    assert stop(caller.silent(SETTLE_FRAMES)) is None


def test_the_beginning_of_a_sentence_is_no_answer_yet(caller: ScriptedCaller) -> None:
    over_a_prompt(caller)
    caller.says(12, "backchannel")
    caller.silent(8)
    caller.recognised("what is", "incomplete")
    assert stop(caller.silent(SETTLE_FRAMES)) is None


# --- policies -----------------------------------------------------------------------------------------


def test_hotwords_stop_and_nothing_else_does(caller: ScriptedCaller) -> None:
    over_a_prompt(caller, Hotwords(("agent", "stop it")))
    caller.says(60)
    caller.silent(8)
    caller.recognised("what is my balance")
    assert ignored(caller.silent(SETTLE_FRAMES)) == ["no_hotword"]
    caller.says(20, "backchannel")
    caller.silent(8)
    caller.recognised("an agent please")
    stopped = stop(caller.silent(1))
    assert stopped and stopped.rule == "hotword"


def test_so_many_words_stop_and_fewer_do_not(caller: ScriptedCaller) -> None:
    over_a_prompt(caller, Words(3))
    caller.says(60)
    caller.silent(8)
    caller.recognised("agent")
    assert ignored(caller.silent(SETTLE_FRAMES)) == ["too_few_words"]
    caller.says(60)
    caller.silent(8)
    caller.recognised("what is my", "incomplete")
    stopped = stop(caller.silent(1))
    assert stopped and stopped.rule == "words"


@pytest.mark.parametrize("policy", [Hotwords(("agent",)), Words(3), "speech", "keys"])
def test_a_key_always_stops(caller: ScriptedCaller, policy: BargeIn) -> None:
    over_a_prompt(caller, policy)
    stopped = stop(caller.presses("1"))
    assert stopped and (stopped.by, stopped.rule) == ("key", "key")


# --- whose voice it is ----------------------------------------------------------------------------------


def test_somebody_in_the_background_does_not_stop_the_voice(caller: ScriptedCaller) -> None:
    caller.profile.known = True
    over_a_prompt(caller)
    caller.says(60, below_db=12, caller=False)
    caller.silent(SETTLE_FRAMES)
    assert stop(caller.events) is None
    assert ignored(caller.events) == ["other_talker"]


def test_somebody_who_talks_on_in_the_background_ducks_the_voice_once(caller: ScriptedCaller) -> None:
    caller.profile.known = True
    over_a_prompt(caller)
    caller.says(500, below_db=12, caller=False)
    assert ignored(caller.events) == ["other_talker"]
    assert [e.on for e in caller.events if isinstance(e, Ducked)] == [True, False]


def test_the_caller_may_interrupt_over_somebody_in_the_background(caller: ScriptedCaller) -> None:
    caller.profile.known = True
    over_a_prompt(caller)
    caller.says(300, below_db=12, caller=False)
    onset = caller.at + 1
    stopped = stop(caller.says(10))
    assert stopped and stopped.rule == "onset" and onset - 1 <= stopped.onset_at <= onset


def test_a_caller_who_speaks_low_is_known_by_the_voice(caller: ScriptedCaller) -> None:
    caller.profile.known = True
    over_a_prompt(caller)
    assert stop(caller.says(frames(WEAK_VOICE_MS) - 1, below_db=12)) is None
    stopped = stop(caller.says(1, below_db=12))
    assert stopped and stopped.rule == "voice" and stopped.scores["caller"] == 0.9


def test_without_a_profile_the_level_decides_nothing(caller: ScriptedCaller) -> None:
    over_a_prompt(caller)
    stopped = stop(caller.says(20, below_db=12, caller=False))
    assert stopped and stopped.rule == "onset"


def test_the_profile_is_made_of_turns_without_a_prompt(caller: ScriptedCaller) -> None:
    caller.open(expect())
    onset = caller.at + 1
    caller.says(50)
    caller.silent(40)
    assert len(caller.profile.enrolled) == 1
    assert caller.heard(onset, onset + 49) in caller.profile.enrolled[0]
    over_a_prompt(caller)
    caller.says(50)
    caller.listener.prompt(None)
    caller.silent(40)
    assert len(caller.profile.enrolled) == 1


def test_a_short_interruption_counts_when_it_is_over(caller: ScriptedCaller) -> None:
    over_a_prompt(caller)
    assert stop(caller.says(10, "likely")) is None
    stopped = stop(caller.silent(frames(SHORT_PAUSE_MS)))
    assert stopped and stopped.rule == "short"


def test_who_does_not_stand_out_from_the_background_is_ignored(caller: ScriptedCaller) -> None:
    over_a_prompt(caller)
    caller.says(300, "noise", below_db=3)
    assert stop(caller.silent(50) + caller.says(30) + caller.silent(50)) is None
    assert ignored(caller.events)[-1] == "background"


@pytest.mark.parametrize(("own", "rule"), [(True, "onset"), (False, None)])
def test_where_the_level_leaves_a_doubt_the_voice_decides(
    caller: ScriptedCaller, own: bool, rule: str | None
) -> None:
    caller.profile.known = True
    over_a_prompt(caller)
    assert stop(caller.says(frames(VOICE_MS) - 1, below_db=6, caller=own)) is None
    stopped = stop(caller.says(1, below_db=6, caller=own))
    assert (stopped.rule if stopped else None) == rule


def test_who_has_just_had_a_turn_is_no_background(caller: ScriptedCaller) -> None:
    caller.open(expect(grammar=MENU))
    caller.says(150)
    caller.silent(50)
    over_a_prompt(caller)
    caller.silent(5)
    stopped = stop(caller.says(10))
    assert stopped and stopped.rule == "onset"


def test_who_interrupts_again_and_again_does_not_become_the_background(caller: ScriptedCaller) -> None:
    for _ in range(12):
        over_a_prompt(caller)
        caller.silent(5)
        stopped = stop(caller.says(14))
        assert stopped and stopped.rule == "onset"
        caller.says(60)
        caller.silent(45)


@pytest.mark.parametrize(("confidence", "rule"), [(0.7, None), (0.85, "words")])
def test_a_short_word_that_sounds_like_a_hum_must_be_recognised_for_sure(
    caller: ScriptedCaller, confidence: float, rule: str | None
) -> None:
    over_a_prompt(caller)
    caller.says(12, "backchannel")
    caller.recognised("stop", confidence=confidence)
    stopped = stop(caller.silent(1))
    assert (stopped.rule if stopped else None) == rule


def test_our_own_voice_stops_nothing(caller: ScriptedCaller) -> None:
    over_a_prompt(caller)
    caller.echo = True
    assert stop(caller.says(40) + caller.silent(60)) is None
    assert ignored(caller.events) == ["echo"]


def test_a_caller_who_speaks_on_after_our_own_voice_stops_it(caller: ScriptedCaller) -> None:
    over_a_prompt(caller)
    caller.echo = True
    assert stop(caller.says(20)) is None
    caller.echo = False
    assert stop(caller.says(1))
