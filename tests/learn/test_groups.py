from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.learn import groups
from ivr.learn.heard import Utterance
from ivr.learn.propose import Proposal, proposals
from ivr.learn.targets import Targets, targets
from tests.learn import loan

TODAY = date(2026, 11, 23)


@pytest.fixture(scope="module", params=["en", "zh"])
def found(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Targets:
    return targets(loan.flow_of(loan.write(tmp_path_factory.mktemp(request.param), request.param)))


def said(*texts: str, step: str = "main", **more: str) -> list[Utterance]:
    """By a caller each."""
    return [
        Utterance(text, f"{place}", f"c{place}", "loan", step, **more) for place, text in enumerate(texts)
    ]


def plain(text: str) -> str:
    return text


def test_near_duplicates_are_one_in_the_wording_of_the_most() -> None:
    heard = said("please freeze my account", "freeze my account", "Freeze my account!", "freeze my account")
    heard += said("do not freeze my account", "freeze my accounts")
    found = groups.distinct(heard, "en", plain)
    assert [(one.text, len(one.heard)) for one in found] == [
        ("freeze my account", 5),
        ("do not freeze my account", 1),
    ]


def test_of_mandarin_too() -> None:
    found = groups.distinct(said("我要冻结账户", "请我要冻结账户", "我不要冻结账户"), "zh", plain)
    assert [len(one.heard) for one in found] == [2, 1]


@given(st.lists(st.sampled_from(loan.MANY), max_size=12), st.randoms())
def test_every_sentence_is_in_one_group(texts: list[str], random: object) -> None:
    sentences = groups.distinct(said(*texts), "en", plain)
    scores: list[dict[str, float]] = [{"a": 0.5} if "repay" in one.text else {} for one in sentences]
    made = groups.grouped(sentences, scores, ["freeze it"], "en")
    assert sorted(one.text for group in made for one in group.sentences) == sorted(s.text for s in sentences)
    assert sum(len(group.heard) for group in made) == len(texts)
    assert [group.callers for group in made] == sorted((group.callers for group in made), reverse=True)


def test_what_is_new_and_what_is_known(found: Targets) -> None:
    new, known = loan.NEW[found.root.language], loan.KNOWN[found.root.language]
    made = proposals(said(*new, *known, loan.ALONE[found.root.language]), found, TODAY, 2)
    assert [(one.intent, one.is_new, one.callers) for one in made] == [
        (loan.NAME[found.root.language], True, len(new)),
        ("repay", False, len(known)),
    ]
    assert made[0].means == loan.ABOUT[found.root.language]
    assert set(made[0].sentences) <= set(new)


def test_callers_of_one_number_are_one_caller(found: Targets) -> None:
    new = [Utterance(text, "1001", f"c{n}") for n, text in enumerate(loan.NEW[found.root.language])]
    assert proposals(new, found, TODAY, 2) == []
    (one,) = proposals(new, found, TODAY, 1)
    assert (one.callers, one.calls) == (1, len(new))


def only(found: Targets, heard: list[Utterance]) -> Proposal:
    (one,) = proposals(heard, found, TODAY, 1)
    return one


def test_what_callers_answer_when_asked_back_counts(found: Targets) -> None:
    text = loan.NEW[found.root.language][0]
    yes = only(found, said(text, confirmed="hours"))
    assert (yes.intent, yes.confidence, yes.confirmed) == ("hours", 1.0, 1)
    known = loan.KNOWN[found.root.language][0]
    assert only(found, said(known, denied="repay")).intent != "repay"


def test_what_is_understood_surely_is_left_out(found: Targets) -> None:
    examples = [loan.spoken(text) for text in found.everywhere["repay"].examples]
    assert proposals(said(*examples), found, TODAY, 1) == []
    assert len(proposals(said(examples[0], denied="repay"), found, TODAY, 1)) == 1


def test_an_intent_of_one_question_is_proposed_where_it_is_asked(found: Targets) -> None:
    text = loan.HERE[found.root.language]
    assert only(found, said(text, step="sure")).intent == "sure.go_on"
    assert only(found, said(text)).intent != "sure.go_on"


def test_no_sentences_no_proposals(found: Targets) -> None:
    assert proposals([], found, TODAY, 1) == []
