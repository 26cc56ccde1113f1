"""What callers say against the examples of the two hotlines."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ivr.flow.match import Matcher, sentence, words
from tests.flow.test_any_caller import FLOWS, TODAY

NEAR = [
    ("hotline_en", "i'd like to pay back my loan", "repay_early"),
    ("hotline_en", "could you tell me how much money i owe you", "balance"),
    ("hotline_en", "What's my balance?", "balance"),
    ("hotline_en", "when do you open on saturday", "opening_hours"),
    ("hotline_en", "i would like to change my bank card please", "change_card"),
    ("hotline_en", "when is the payment due", "next_payment"),
    ("hotline_en", "thank you goodbye", "goodbye"),
    ("hotline_zh", "我想提前还清", "repay_early"),
    ("hotline_zh", "这个月还多少", "next_payment"),
    ("hotline_zh", "我要换银行卡", "change_card"),
    ("hotline_zh", "我找客服", "agent"),
]
FAR = [
    ("hotline_en", "what is the weather"),
    ("hotline_en", "i want to buy a car"),
    ("hotline_en", "tell me a joke"),
    ("hotline_en", "i don't want to complain"),
    ("hotline_en", "i want"),
    ("hotline_en", "the"),
    ("hotline_zh", "今天天气怎么样"),
    ("hotline_zh", "我不要投诉"),
    ("hotline_zh", "利率是多少"),
    ("hotline_zh", "你好"),
]


@pytest.mark.parametrize(("flow", "text", "intent"), NEAR)
def test_near(flow: str, text: str, intent: str) -> None:
    found = FLOWS[flow].matchers["main"].match(text, TODAY)
    assert found is not None
    assert found.name == intent


@pytest.mark.parametrize(("flow", "text"), FAR)
def test_far(flow: str, text: str) -> None:
    found = FLOWS[flow].matchers["main"].match(text, TODAY)
    assert found is None or found.score < FLOWS[flow].bands.confirm


def test_as_near_to_two_intents_is_neither() -> None:
    matcher = Matcher({"a": ["pay the red bill"], "b": ["pay the blue bill"]}, "en")
    assert matcher.match("pay the bill", TODAY) is None
    assert matcher.match("pay the red bill", TODAY).name == "a"  # type: ignore[union-attr]


def test_a_number_is_carried_where_another_intent_wants_money() -> None:
    examples = {"pay": ["pay back [amount:money]"], "later": ["i need [months:number] more months"]}
    match = Matcher(examples, "en").match("i need three more months", TODAY)
    assert match is not None
    assert (match.name, match.values) == ("later", (("months", 3),))
    match = Matcher(examples, "en").match("pay back three", TODAY)
    assert match is not None
    assert match.values == (("amount", 3),)


def test_words_and_sentences() -> None:
    assert words("Hello, I’m 5.50 OK?") == ["hello", "i'm", "5.50", "ok"]
    assert sentence("  What's my   BALANCE? ") == "what's my balance"
    assert sentence("查 欠款，谢谢！") == "查欠款谢谢"


@settings(deadline=None)
@given(st.text(max_size=60))
def test_any_text(text: str) -> None:
    for flow in FLOWS.values():
        found = flow.matchers["main"].match(text, TODAY)
        assert found is None or 0 < found.score <= 1
