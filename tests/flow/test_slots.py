"""Values as people say, type and key them, in English and Mandarin."""

from __future__ import annotations

import random
from datetime import date, time, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ivr.asr import grammar
from ivr.events import Grammar, Slot
from ivr.flow.slots import parse, parse_keys
from ivr.tts.spoken import say_as

TODAY = date(2026, 11, 23)  # a Monday
SLOTS = {
    kind: Slot(kind, 1, 30) for kind in ("digits", "yes_no", "number", "money", "date", "time", "spelling")
}

TABLE = [
    ("en", "digits", "oh four double seven", "0477"),
    ("en", "digits", "triple five one", "5551"),
    ("en", "digits", "4-4-7-7", "4477"),
    ("en", "digits", "four seven twelve", "4712"),
    ("en", "digits", "my card ends in one two three four", "1234"),
    ("en", "digits", "no idea", None),
    ("en", "yes_no", "yes that's right", True),
    ("en", "yes_no", "uh it is", True),
    ("en", "yes_no", "no problem", True),
    ("en", "yes_no", "no that's wrong", False),
    ("en", "yes_no", "not really", False),
    ("en", "yes_no", "let's do that", True),
    ("en", "yes_no", "why not", True),
    ("en", "yes_no", "yes but not today", None),
    ("en", "yes_no", "i want to speak to somebody right now", None),
    ("en", "number", "twelve hundred", 1200),
    ("en", "number", "minus five", -5),
    ("en", "number", "three point one four", Decimal("3.14")),
    ("en", "number", "1,234,567", 1234567),
    ("en", "number", "two or three", None),
    ("en", "number", "two and a half thousand", None),
    ("en", "money", "five thousand yuan", Decimal("5000.00")),
    ("en", "money", "twelve hundred", Decimal("1200.00")),
    ("en", "money", "5,000.50", Decimal("5000.50")),
    ("en", "money", "$5k", Decimal("5000.00")),
    ("en", "money", "a hundred and five dollars and five cents", Decimal("105.05")),
    ("en", "money", "ten dollars fifty", Decimal("10.50")),
    ("en", "money", "fifty cents", Decimal("0.50")),
    ("en", "money", "five hundred point five oh", Decimal("500.50")),
    ("en", "money", "12.345", None),
    ("en", "money", "-5", None),
    ("en", "date", "the third of march", date(2027, 3, 3)),
    ("en", "date", "march the third twenty twenty eight", date(2028, 3, 3)),
    ("en", "date", "march twenty twenty twenty seven", date(2027, 3, 20)),
    ("en", "date", "march twenty seven", date(2027, 3, 27)),
    ("en", "date", "on the fifteenth", date(2026, 12, 15)),
    ("en", "date", "on the thirtieth", date(2026, 11, 30)),
    ("en", "date", "next friday", date(2026, 11, 27)),
    ("en", "date", "monday", date(2026, 11, 30)),
    ("en", "date", "in two weeks", date(2026, 12, 7)),
    ("en", "date", "next month", date(2026, 12, 23)),
    ("en", "date", "can we do the fifth of may please", date(2027, 5, 5)),
    ("en", "date", "february 29", date(2028, 2, 29)),
    ("en", "date", "3 Mar 2027", date(2027, 3, 3)),
    ("en", "date", "2027-03-03", date(2027, 3, 3)),
    ("en", "date", "february thirtieth", None),
    ("en", "date", "hello", None),
    ("zh", "digits", "幺三八零零", "13800"),
    ("zh", "digits", "４４７７", "4477"),
    ("zh", "yes_no", "是的", True),
    ("zh", "yes_no", "没错", True),
    ("zh", "yes_no", "还能收到", True),
    ("zh", "yes_no", "有的", True),
    ("zh", "yes_no", "确定", True),
    ("zh", "yes_no", "扣吧", True),
    ("zh", "yes_no", "那就换一张吧", True),
    ("zh", "yes_no", "想听", True),
    ("zh", "yes_no", "就这样吧", True),
    ("zh", "yes_no", "想知道", True),
    ("zh", "yes_no", "不想听", False),
    ("zh", "yes_no", "想办延期", None),
    ("zh", "yes_no", "有什么业务", None),
    ("zh", "yes_no", "嗯对的", True),
    ("zh", "yes_no", "不对", False),
    ("zh", "yes_no", "好像不对", False),
    ("zh", "yes_no", "你好", None),
    ("zh", "number", "三百六", 360),
    ("zh", "number", "负五", -5),
    ("zh", "money", "五千元", Decimal("5000.00")),
    ("zh", "money", "我要还五千块", Decimal("5000.00")),
    ("zh", "money", "两万五", Decimal("25000.00")),
    ("zh", "money", "1.5万", Decimal("15000.00")),
    ("zh", "money", "三块五", Decimal("3.50")),
    ("zh", "money", "五块二毛五", Decimal("5.25")),
    ("zh", "money", "八十七元零九分", Decimal("87.09")),
    ("zh", "money", "5,000.50元", Decimal("5000.50")),
    ("zh", "money", "五毛", Decimal("0.50")),
    ("zh", "money", "你好", None),
    ("zh", "date", "后天", date(2026, 11, 25)),
    ("zh", "date", "周五", date(2026, 11, 27)),
    ("zh", "date", "下周五", date(2026, 12, 4)),
    ("zh", "date", "三月三号", date(2027, 3, 3)),
    ("zh", "date", "二零二七年三月三日", date(2027, 3, 3)),
    ("zh", "date", "下个月十五号", date(2026, 12, 15)),
    ("zh", "date", "十五号", date(2026, 12, 15)),
    ("zh", "date", "三天后", date(2026, 11, 26)),
    ("zh", "date", "二月三十号", None),
]


@pytest.mark.parametrize(("language", "kind", "text", "value"), TABLE)
def test_table(language: str, kind: str, text: str, value: object) -> None:
    found = parse(text, SLOTS[kind], language, TODAY)
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("kind", "keys", "value"),
    [
        ("digits", "0477", "0477"),
        ("digits", "04*7", None),
        ("yes_no", "1", True),
        ("yes_no", "2", False),
        ("yes_no", "3", None),
        ("number", "12", 12),
        ("money", "5000*5", Decimal("5000.50")),
        ("money", "5000", Decimal("5000.00")),
        ("money", "5*0*0", None),
        ("money", "0", None),  # left to the universal command of that key
        ("money", "*", None),
        ("money", "", None),
        ("date", "0303", date(2027, 3, 3)),
        ("date", "1123", date(2026, 11, 23)),
        ("date", "0230", None),
        ("date", "303", None),
    ],
)
def test_keys(kind: str, keys: str, value: object) -> None:
    assert parse_keys(keys, SLOTS[kind], TODAY) == value


def test_length_of_digits() -> None:
    four = Slot("digits", 4, 4)
    assert parse("one two three", four, "en", TODAY) is None
    assert parse("one two three four", four, "en", TODAY) == "1234"
    assert parse_keys("12345", four, TODAY) is None


@pytest.mark.parametrize("kind", ["digits", "yes_no", "number", "money", "time", "spelling"])
def test_every_phrase_of_the_recognisers_grammar_has_a_value(kind: str) -> None:
    graph, rng = grammar.build(Grammar("en", (), (SLOTS[kind],))), random.Random(7)
    for _ in range(400):
        phrase = graph.random_phrase(rng)
        assert parse(phrase, SLOTS[kind], "en", TODAY) is not None, phrase


def test_every_date_of_the_recognisers_grammar_has_a_value() -> None:
    graph, rng = grammar.build(Grammar("en", (), (SLOTS["date"],))), random.Random(7)
    impossible = ("thirtieth", "thirty first", "thirty", "twenty ninth", "twenty nine")
    for _ in range(400):
        phrase = graph.random_phrase(rng)
        if not any(day in phrase for day in impossible):  # 30 february and the like
            assert parse(phrase, SLOTS["date"], "en", TODAY) is not None, phrase


LANGUAGES = st.sampled_from(["en", "zh"])


@given(LANGUAGES, st.integers(0, 9_999_999))
def test_a_number_read_back_is_understood(language: str, value: int) -> None:
    assert parse(say_as(value, "number", language, "USD"), SLOTS["number"], language, TODAY) == value


@given(LANGUAGES, st.integers(0, 999_999_999))
def test_money_read_back_is_understood(language: str, cents: int) -> None:
    value = Decimal(cents) / 100
    said = say_as(value, "money", language, {"en": "USD", "zh": "CNY"}[language])
    assert parse(said, SLOTS["money"], language, TODAY) == value


@given(LANGUAGES, st.text("0123456789", min_size=1, max_size=19))
def test_digits_read_back_are_understood(language: str, value: str) -> None:
    assert parse(say_as(value, "digits", language, "USD"), SLOTS["digits"], language, TODAY) == value


@given(LANGUAGES, st.integers(0, 20_000))
def test_a_date_read_back_is_understood(language: str, days: int) -> None:
    value = TODAY + timedelta(days=days)
    assert parse(say_as(value, "date", language, "USD"), SLOTS["date"], language, TODAY) == value


_ENGLISH = "one oh twenty thousand point and the third of march in weeks -1 9999999"
_WORDS = st.sampled_from([*_ENGLISH.split(), *"五千点月号元毛下周"])
TYPES = {
    "digits": str,
    "yes_no": bool,
    "number": (int, Decimal),
    "money": Decimal,
    "date": date,
    "time": time,
    "spelling": str,
}
_TEXTS = st.text(max_size=40) | st.lists(_WORDS, max_size=8).map(" ".join)


@settings(deadline=None)  # dateparser takes its time when it is first needed
@given(LANGUAGES, st.sampled_from(sorted(SLOTS)), _TEXTS)
def test_any_text_is_a_value_or_none(language: str, kind: str, text: str) -> None:
    value = parse(text, SLOTS[kind], language, TODAY)
    assert value is None or isinstance(value, TYPES[kind])


@given(st.sampled_from(sorted(SLOTS)), st.text("0123456789*#A", max_size=24))
def test_any_keys_are_a_value_or_none(kind: str, keys: str) -> None:
    value = parse_keys(keys, SLOTS[kind], TODAY)
    assert value is None or isinstance(value, TYPES[kind])
