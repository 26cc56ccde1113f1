from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ivr.events import JournalEntry, Kind
from ivr.flow.flow import Flow
from ivr.learn.heard import Utterance, listed, of_call, shareable
from tests.talk import small


@pytest.fixture
def flow(tmp_path: Path) -> Flow:
    return small.flow_of(small.write(tmp_path))


def heard(flow: Flow, *entries: tuple[Kind, dict[str, Any]]) -> list[Utterance]:
    made = [JournalEntry("c1", seq, seq, kind, data) for seq, (kind, data) in enumerate(entries)]
    return list(of_call(made, "1001", flow))


def no_match(text: str, step: str = "main") -> tuple[Kind, dict[str, Any]]:
    return Kind.NO_MATCH, {"step": step, "count": 1, "text": text}


ASKED = (Kind.ASKED_BACK, {"step": "main", "intent": "balance", "text": "my debts", "score": 0.5})


def understood(intent: str, score: float, text: str = "x", by: str = "speech") -> tuple[Kind, dict[str, Any]]:
    return Kind.UNDERSTOOD, {"step": "main", "intent": intent, "text": text, "score": score, "by": by}


def test_what_was_not_understood_with_its_question(flow: Flow) -> None:
    assert heard(flow, no_match("freeze it"), no_match("")) == [
        Utterance("freeze it", "1001", "c1", "main", "main")
    ]


@pytest.mark.parametrize(
    "text", ["****", "***", "my code is ****", " ", "my card is four four seven seven one two"]
)
def test_masked_and_private_words_are_never_read(flow: Flow, text: str) -> None:
    assert heard(flow, no_match(text)) == []


def test_answers_to_a_question_for_a_code_are_never_read(flow: Flow) -> None:
    assert heard(flow, no_match("hello", "code"), no_match("hello", "no such step")) == []


def test_an_older_journal_has_the_words_in_the_transcript(flow: Flow) -> None:
    said = (Kind.TRANSCRIPT, {"text": "freeze it"})
    lost = (Kind.NO_MATCH, {"step": "main", "count": 1})
    assert [one.text for one in heard(flow, said, lost)] == ["freeze it"]
    assert heard(flow, said, (Kind.KEYS, {"keys": "8"}), lost) == []


def test_what_was_hardly_understood(flow: Flow) -> None:
    entries = [
        understood("balance", 0.65, "a"),
        understood("balance", 0.9, "b"),
        understood("balance", 0.6, "", "keys"),
    ]
    assert [one.text for one in heard(flow, *entries)] == ["a"]


@pytest.mark.parametrize(
    ("answer", "confirmed", "denied"),
    [
        ([understood("balance", 1.0, "yes")], "balance", ""),
        ([no_match("no")], "", "balance"),
        ([understood("nothing", 1.0, "nothing")], "", ""),
        ([], "", ""),
    ],
)
def test_what_the_caller_said_when_asked_back(flow: Flow, answer: Any, confirmed: str, denied: str) -> None:
    (one,) = heard(flow, ASKED, *answer)
    assert (one.text, one.confirmed, one.denied) == ("my debts", confirmed, denied)


def test_no_answer_to_the_question_back_is_heard_too(flow: Flow) -> None:
    assert [one.text for one in heard(flow, ASKED, no_match("freeze it"), ASKED, ASKED)] == [
        "my debts", "freeze it", "my debts", "my debts",
    ]  # fmt: skip


def test_a_question_of_a_flow_within(flow: Flow) -> None:
    entered, left = (
        (Kind.FLOW_ENTERED, {"flow": "hours"}),
        (Kind.FLOW_LEFT, {"flow": "hours", "outcome": "done"}),
    )
    found = heard(flow, entered, no_match("a", "opened"), left, no_match("b"), left)
    assert [(one.flow, one.step) for one in found] == [("hours", "opened"), ("main", "main")]


def test_a_file_of_sentences() -> None:
    found = list(listed(["1001\tfreeze it\n", "\n", " give me a loan \r\n", "1001\t***"], "en"))
    assert [(one.text, one.caller, one.call) for one in found] == [
        ("freeze it", "1001", "line 1"),
        ("give me a loan", "line 3", "line 3"),
    ]


@pytest.mark.parametrize(
    ("text", "language", "may"),
    [
        ("i pay five thousand dollars on the third of march", "en", True),
        ("我三月三号还五千块", "zh", True),
        ("call me on one three eight one two three four five six seven eight", "en", False),
        ("我的电话是一三八一二三四五六七八", "zh", False),
    ],
)
def test_long_numbers_tell_who_somebody_is(text: str, language: str, may: bool) -> None:
    assert shareable(text, language) is may
