"""Values within sentences: where they stand, what they are, and what takes their place."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ivr.events import Choice, Slot
from ivr.flow.slots import delexicalised, find, find_all, normalised, parse
from ivr.tts.spoken import say_as

TODAY = date(2026, 11, 23)  # a Monday
KINDS = "digits yes_no number money date time date_time phone card id_number spelling".split()
SLOTS = {kind: Slot(kind, 1, 30) for kind in KINDS}
PRODUCT = Slot(
    "one_of",
    choices=(
        Choice("savings", ("savings", "savings account", "储蓄卡"), "1"),
        Choice("credit", ("credit card", "信用卡"), "2"),
    ),
)
WANTED = {
    "amount": SLOTS["money"],
    "months": SLOTS["number"],
    "from": SLOTS["date"],
    "to": SLOTS["date"],
    "product": PRODUCT,
}


@pytest.mark.parametrize(
    ("language", "text", "found", "plain"),
    [
        (
            "en",
            "repay five thousand on friday",
            {"amount": "five thousand", "from": "friday"},
            "repay <money> on <date>",
        ),
        (
            "en",
            "i'd like to pay twelve hundred dollars by the end of the month please",
            {"amount": "twelve hundred dollars", "from": "the end of the month"},
            "i'd like to pay <money> by <date> please",
        ),
        (
            "en",
            "five thousand over twelve months from friday to next monday",
            {"amount": "five thousand", "months": "twelve", "from": "friday", "to": "next monday"},
            "<money> over <number> months from <date> to <date>",
        ),
        (
            "en",
            "Pay $50 from my savings account on the third.",
            {"amount": "$50", "product": "savings account", "from": "the third"},
            "pay <money> from my <one_of> on <date>.",
        ),
        ("en", "the first time i called nobody answered", {}, "the first time i called nobody answered"),
        ("en", "i want to speak to the other one", {}, "i want to speak to the other one"),
        (
            "zh",
            "我想下周五还五千块",
            {"from": "下周五", "amount": "五千块"},
            "我想<date>还<money>",
        ),
        ("zh", "我要还5000块", {"amount": "5000块"}, "我要还<money>"),
        ("zh", "我 要 还 五千 块", {"amount": "五千块"}, "我要还<money>"),
        ("zh", "用信用卡还１２００元", {"product": "信用卡", "amount": "1200元"}, "用<one_of>还<money>"),
        (
            "zh",
            "五千块分十二期从周五到下周三",
            {"amount": "五千块", "months": "十二", "from": "周五", "to": "下周三"},
            "<money>分<number>期从<date>到<date>",
        ),
        ("zh", "等一下我还有一个问题", {}, "等一下我还有一个问题"),
        ("zh", "大概还五六百", {}, "大概还五六百"),
        ("zh", "手机尾号八八六六", {"months": "八八六六"}, "手机尾号<number>"),
        ("zh", "我是五月份借的", {}, "我是五月份借的"),
        (
            "en",
            "it was due on the fifteenth but i forgot",
            {"from": "the fifteenth"},
            "it was due on <date> but i forgot",
        ),
    ],
)
def test_sentences(language: str, text: str, found: dict[str, str], plain: str) -> None:
    extracted = find_all(text, WANTED, language, TODAY)
    assert {one.name: extracted.text[one.start : one.end] for one in extracted.found} == found
    assert delexicalised(extracted.text, extracted.found) == plain


def test_more_values_than_slots_go_to_the_last_one() -> None:
    found = find_all("five or six dollars", {"amount": SLOTS["money"]}, "en", TODAY).found
    assert [(one.name, one.value) for one in found] == [("amount", Decimal(5)), ("amount", Decimal(6))]


@pytest.mark.parametrize(
    ("language", "kind", "text", "value"),
    [
        ("en", "number", "two or three", None),
        ("en", "number", "twice in three days so two", 2),
        ("en", "date", "friday i mean friday", date(2026, 11, 27)),
        ("en", "date", "friday or monday", None),
        ("en", "time", "any time", None),
        ("en", "time", "can you call at ten", time(10)),
        ("en", "date_time", "call me tomorrow at ten", datetime(2026, 11, 24, 10)),
        ("en", "yes_no", "yes i want to pay it all today thank you", True),
        ("en", "spelling", "i want a card", None),
        ("zh", "number", "等一下我要还三笔", 3),
        ("zh", "money", "下午三点还五千", Decimal(5000)),
        ("zh", "phone", "打我手机13812345678吧", "13812345678"),
        ("zh", "spelling", "我叫王小明", "王小明"),
        ("zh", "yes_no", "对我想今天就全部还清谢谢你", True),
    ],
)
def test_the_one_value(language: str, kind: str, text: str, value: object) -> None:
    found = find(text, SLOTS[kind], language, TODAY)
    assert (found.value if found else None) == value


def test_free_text_is_the_whole_answer() -> None:
    assert find("anything", Slot("text"), "en", TODAY) is None
    assert find_all("anything", {"wish": Slot("text")}, "en", TODAY).found == ()
    assert parse(" My card was Stolen! ", Slot("text"), "en", TODAY) == "My card was Stolen!"


def luhn(digits: str) -> str:
    total = sum(sum(divmod(int(d) * (2 - n % 2), 10)) for n, d in enumerate(reversed(digits)))
    return digits + str(-total % 10)


def identity(region: str, birthday: date, serial: str) -> str:
    body = f"{region}{birthday:%Y%m%d}{serial}"
    return body + "10X98765432"[sum(2 ** (17 - n) * int(d) for n, d in enumerate(body)) % 11]


DAYS = st.dates(TODAY, TODAY + timedelta(days=20_000))
TIMES = st.builds(time, st.integers(0, 23), st.integers(0, 59))
VALUES = {
    "number": st.integers(2, 9_999_999),
    "money": st.integers(1, 999_999_999).map(lambda cents: Decimal(cents) / 100),
    "date": DAYS,
    "time": TIMES,
    "date_time": st.builds(datetime.combine, DAYS, TIMES),
    "phone": st.integers(0, 99_999_999).map(lambda n: f"138{n:08}"),
    "card": st.text("123456789", min_size=11, max_size=18).map(luhn),
    "id_number": st.builds(
        identity,
        st.integers(110_000, 659_999).map(str),
        st.dates(date(1930, 1, 1), date(2020, 1, 1)),
        st.integers(0, 999).map("{:03}".format),
    ),
    "digits": st.text("0123456789", min_size=2, max_size=19),
}
CARRIERS = {
    "en": ["{}", "i want {} please", "well it is {} thank you", "{} would be good"],
    "zh": ["{}", "{}就行", "我要{}", "麻烦您{}谢谢"],
}
CURRENCY = {"en": "USD", "zh": "CNY"}
SAID = st.sampled_from(sorted(VALUES)).flatmap(lambda kind: st.tuples(st.just(kind), VALUES[kind]))


@settings(deadline=None)
@given(st.sampled_from(["en", "zh"]), SAID, st.integers(0, 3))
def test_a_value_said_within_a_sentence_is_found(language: str, said: tuple[str, object], which: int) -> None:
    kind, value = said
    spoken = say_as(value, kind, language, CURRENCY[language])
    sentence = CARRIERS[language][which].format(spoken)
    found = find(sentence, SLOTS[kind], language, TODAY)
    assert found is not None and found.value == value
    place = normalised(sentence, language)[found.start : found.end]
    assert normalised(spoken, language).startswith(place.split()[0])
    assert parse(place, SLOTS[kind], language, TODAY) == value
    assert parse(sentence, SLOTS[kind], language, TODAY) == value


@settings(deadline=None)
@given(st.sampled_from(["en", "zh"]), SAID)
def test_what_is_read_back_is_understood(language: str, said: tuple[str, object]) -> None:
    kind, value = said
    assert parse(say_as(value, kind, language, CURRENCY[language]), SLOTS[kind], language, TODAY) == value


NAMES = {
    "en": st.text("abcdefgklmnopstvwxyzADMS", min_size=2, max_size=12),
    "zh": st.text("张章李王伟芳小明强丽", min_size=2, max_size=4),
}


@settings(deadline=None)
@given(st.sampled_from(["en", "zh"]).flatmap(lambda code: st.tuples(st.just(code), NAMES[code])))
def test_a_name_read_back_is_understood(said: tuple[str, str]) -> None:
    language, name = said
    assert parse(say_as(name, "spelling", language), SLOTS["spelling"], language, TODAY) == name


@settings(deadline=None)
@given(st.sampled_from(["en", "zh"]), st.booleans())
def test_yes_and_no_read_back_are_understood(language: str, value: bool) -> None:
    assert parse(say_as(value, "yes_no", language), SLOTS["yes_no"], language, TODAY) is value


_ENGLISH = (
    "one oh twenty thousand point and the third of march in weeks at half past ten p m double x may a to"
)
_WORDS = st.sampled_from(
    [*_ENGLISH.split(), "12", "3.5", "15:30", "2027-02-30", *"五千点月号元毛下周半的张一十零分天后"]
)
_TEXTS = st.text(max_size=60) | st.lists(_WORDS, max_size=12).map(" ".join) | st.lists(_WORDS).map("".join)


@settings(deadline=None)
@given(st.sampled_from(["en", "zh"]), _TEXTS, st.dates())
def test_any_text_has_values_in_order_that_are_its_own(language: str, text: str, today: date) -> None:
    extracted = find_all(text, {**SLOTS, "product": PRODUCT}, language, today)
    end = 0
    for found in extracted.found:
        assert end <= found.start < found.end <= len(extracted.text)
        end = found.end
    delexicalised(extracted.text, extracted.found)


@settings(deadline=None)
@given(st.sampled_from(["en", "zh"]), st.sampled_from(KINDS), _TEXTS)
def test_the_value_of_a_place_is_the_value_of_its_words(language: str, kind: str, text: str) -> None:
    for found in find_all(text, {kind: SLOTS[kind]}, language, TODAY).found:
        place = normalised(text, language)[found.start : found.end]
        assert place == place.strip()
        assert parse(place, SLOTS[kind], language, TODAY) == found.value, place
