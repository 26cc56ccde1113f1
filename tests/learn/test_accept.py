from __future__ import annotations

from datetime import date

import pytest

from ivr.events import Grammar
from ivr.learn.accept import Accepted, accepted, pattern
from ivr.learn.sheet import Decision
from ivr.learn.targets import Targets, targets
from tests.learn import loan

TODAY = date(2026, 11, 23)


@pytest.fixture(scope="module")
def english(tmp_path_factory: pytest.TempPathFactory) -> Targets:
    return targets(loan.flow_of(loan.write(tmp_path_factory.mktemp("en"))))


@pytest.fixture(scope="module")
def mandarin(tmp_path_factory: pytest.TempPathFactory) -> Targets:
    return targets(loan.flow_of(loan.write(tmp_path_factory.mktemp("zh"), "zh")))


@pytest.mark.parametrize(
    ("sentence", "made"),
    [
        ("Repay five thousand dollars, please!", "repay [amount:money] please"),
        ("repay 5,000.50 dollars next friday", "repay [amount:money] [day:date]"),
        ("put five thousand dollars and six thousand dollars", "put [amount:money] and six thousand dollars"),
        ("I don't owe that", "i don't owe that"),
        ("put [amount:money] there", "put [amount:money] there"),
    ],
)
def test_values_become_patterns(english: Targets, sentence: str, made: str) -> None:
    assert pattern(sentence, english.everywhere["repay"], "en", TODAY) == made


def test_values_that_the_intent_does_not_have_stay_words(english: Targets) -> None:
    sentence = "shut it on friday for five dollars"
    assert pattern(sentence, english.everywhere["card"], "en", TODAY) == sentence
    made = pattern(sentence, english.everywhere["hours"], "en", TODAY)
    assert made == "shut it on [day:date] for five dollars"


def test_mandarin_values(mandarin: Targets) -> None:
    repay = mandarin.everywhere["repay"]
    assert pattern("我星期五想还五千块。", repay, "zh", TODAY) == "我[day:date]想还[amount:money]"
    assert pattern("还 一部分 吧", repay, "zh", TODAY) == "还一部分吧"


def decide(found: Targets, *groups: tuple[str, str], unknown: str = "") -> Accepted:
    def unknown_words(grammar: Grammar) -> list[str]:
        return [unknown] if unknown and unknown in grammar.sentences[0] else []

    decisions = [Decision(n, True, intent, (text,)) for n, (intent, text) in enumerate(groups)]
    return accepted(decisions, found, TODAY, unknown_words)


@pytest.mark.parametrize(
    ("intent", "sentence", "reason"),
    [
        ("repay", "please repay 500 dollars of my loan", "already, as 'repay [amount:money] of my loan'"),
        ("repay", "Change my card.", "stands under 'change my card' of 'card'"),
        ("repay", "change my cards", "sounds like 'change my card' of 'card'"),
        ("repay", "repay my friend", "stands under 'not' or 'out_of_scope'"),
        ("card", "do you sell cars?", "stands under 'not' or 'out_of_scope'"),
        ("card", "a person please", "stands under 'a person, please' of 'agent'"),
        ("card", "put [amount] there", "is no value"),
        ("card", "?!", "no words in it that may be kept"),
        ("card", "my number is four four seven seven one two", "no words in it that may be kept"),
        ("keyed", "the third", "'keyed' has no examples in loan.yaml"),
        ("goodbye", "so long then", "'goodbye' has no examples in loan.yaml"),
        ("sure.go_on", "leave it", "stands under 'leave it' of 'sure.leave_it'"),
        ("card", "swap the plastic", "the recogniser does not know the word 'plastic'"),
    ],
)  # fmt: skip
def test_what_is_refused_and_why(english: Targets, intent: str, sentence: str, reason: str) -> None:
    found = decide(english, (intent, sentence), unknown="plastic")
    assert found.examples == ()
    (refused,) = found.refused
    assert reason in refused.reason


def test_what_is_accepted(english: Targets) -> None:
    found = decide(
        english,
        ("card", "swap the plastic"),
        ("sure.go_on", "carry on"),
        ("agent", "your boss"),
        unknown="x!",
    )
    assert [(one.target.name, one.text) for one in found.examples] == [
        ("card", "swap the plastic"), ("sure.go_on", "carry on"), ("agent", "your boss"),
    ]  # fmt: skip
    assert found.refused == ()


def test_the_same_sentence_for_two_intents_is_added_once(english: Targets) -> None:
    found = decide(
        english,
        ("card", "swap it"),
        ("card", "swap it"),
        ("repay", "swap it"),
        ("sure.go_on", "swap it"),
        unknown="x!",
    )
    assert [one.target.name for one in found.examples] == ["card", "sure.go_on"]
    assert [one.reason for one in found.refused] == [
        "stands there already, as 'swap it'",
        "stands under 'swap it' of 'card'",
    ]


def test_new_intents_and_groups_not_accepted(english: Targets) -> None:
    decisions = [Decision(1, True, "freeze", ("freeze it",)), Decision(2, False, "card", ("swap it",))]
    assert accepted(decisions, english, TODAY) == Accepted((), (), (decisions[0],))


def test_mandarin_collisions(mandarin: Targets) -> None:
    found = decide(mandarin, ("repay", "我要换卡"), ("repay", "先还三千块"), ("card", "卡坏了要换"))
    assert [one.text for one in found.examples] == ["卡坏了要换"]
    assert [one.reason for one in found.refused] == [
        "stands under '我要换卡' of 'card'",
        "stands there already, as '先还[amount:money]'",
    ]
