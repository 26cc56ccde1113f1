"""The values that are new, one by one: said, typed, keyed; and what corrects a value."""

from __future__ import annotations

from datetime import date, datetime, time
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ivr.events import Choice, Slot
from ivr.flow.slots import correction, most_keys, parse, parse_keys

TODAY = date(2026, 11, 23)  # a Monday
PRODUCT = Slot(
    "one_of",
    choices=(
        Choice("savings", ("savings", "savings account", "储蓄卡"), "1"),
        Choice("credit", ("credit card", "信用卡"), "22"),
        Choice("none", ("neither",)),
    ),
)
KINDS = "digits yes_no number money date time date_time phone card id_number spelling text".split()
SLOTS = {kind: Slot(kind, 1, 30) for kind in KINDS} | {"one_of": PRODUCT}

ENGLISH = [
    ("time", "half past three", time(15, 30)),
    ("time", "quarter to nine", time(8, 45)),
    ("time", "a quarter past twelve", time(12, 15)),
    ("time", "three thirty pm", time(15, 30)),
    ("time", "three thirty p.m.", time(15, 30)),
    ("time", "five past eight in the evening", time(20, 5)),
    ("time", "15:30", time(15, 30)),
    ("time", "03:30", time(3, 30)),
    ("time", "12:15 am", time(0, 15)),
    ("time", "at ten", time(10)),
    ("time", "seven o'clock", time(7)),
    ("time", "three oh five", time(15, 5)),
    ("time", "noon", time(12)),
    ("time", "midnight", time(0)),
    ("time", "i think half past ten would be good", time(10, 30)),
    ("time", "25:00", None),
    ("time", "ten or eleven", None),
    ("date_time", "tomorrow at ten", datetime(2026, 11, 24, 10)),
    ("date_time", "next Friday afternoon at 3", datetime(2026, 11, 27, 15)),
    ("date_time", "at three pm on friday", datetime(2026, 11, 27, 15)),
    ("date_time", "tonight at eight", datetime(2026, 11, 23, 20)),
    ("date_time", "the third of march at 15:30", datetime(2027, 3, 3, 15, 30)),
    ("date_time", "friday", None),
    ("phone", "two oh two five five five oh one two three", "2025550123"),
    ("phone", "plus one 202 555 0123", "+12025550123"),
    ("phone", "0086 138 1234 5678", "+8613812345678"),
    ("phone", "one eight hundred five five five one two one two", "18005551212"),
    ("phone", "my number is 138-1234-5678", "13812345678"),
    ("phone", "one two three four five six seven", None),
    ("card", "four one double one one one one one one one one one one one one one", "4111111111111111"),
    ("card", "4111 1111 1111 1111", "4111111111111111"),
    ("card", "4111 1111 1111 1112", None),
    ("card", "0000 0000 0000 0000", None),
    ("id_number", "11010519491231002X", "11010519491231002X"),
    (
        "id_number",
        "one one oh one oh five one nine four nine one two three one oh oh two x",
        "11010519491231002X",
    ),
    ("id_number", "110105194912310021", None),
    ("id_number", "110105491231002", None),
    ("id_number", "11010519491331002X", None),
    ("spelling", "m i l l e r", "miller"),
    ("spelling", "M-I-L-L-E-R", "miller"),
    ("spelling", "m as in mike i double l e r", "miller"),
    ("spelling", "b as in papa e t e", "pete"),
    ("spelling", "capital a d a", "Ada"),
    ("spelling", "alpha delta alpha", "ada"),
    ("spelling", "double u x-ray", "wx"),
    ("spelling", "it is spelled m i l l e r", "miller"),
    ("spelling", "Miller", "Miller"),
    ("spelling", "O'Brien", "O'Brien"),
    ("spelling", "i do not know", None),
    ("one_of", "my savings account please", "savings"),
    ("one_of", "Credit card", "credit"),
    ("one_of", "savings or credit card", None),
    ("one_of", "creditcards", None),
    ("text", "  My card was Stolen ", "My card was Stolen"),
    ("text", " ", None),
    ("date", "end of the month", date(2026, 11, 30)),
    ("date", "last day of next month", date(2026, 12, 31)),
    ("date", "the last day of february", date(2027, 2, 28)),
    ("date", "three days from now", date(2026, 11, 26)),
    ("date", "the day after tomorrow", date(2026, 11, 25)),
    ("date", "friday next week", date(2026, 12, 4)),
    ("date", "the third of next month", date(2026, 12, 3)),
    ("date", "a week from friday", date(2026, 12, 4)),
    ("date", "two days ago", date(2026, 11, 21)),
    ("date", "last friday", date(2026, 11, 20)),
]
MANDARIN = [
    ("time", "下午三点半", time(15, 30)),
    ("time", "三点一刻", time(15, 15)),
    ("time", "差五分九点", time(8, 55)),
    ("time", "九点差一刻", time(8, 45)),
    ("time", "晚上八点二十", time(20, 20)),
    ("time", "凌晨两点", time(2)),
    ("time", "凌晨十二点半", time(0, 30)),
    ("time", "晚上十二点", time(0)),
    ("time", "中午", time(12)),
    ("time", "三点零五分", time(15, 5)),
    ("time", "８：３０", time(8, 30)),
    ("time", "下午 3 点", time(15)),
    ("time", "二十五点", None),
    ("date_time", "明天上午十点", datetime(2026, 11, 24, 10)),
    ("date_time", "下周五下午三点半", datetime(2026, 12, 4, 15, 30)),
    ("date_time", "今晚八点", datetime(2026, 11, 23, 20)),
    ("date_time", "我想约明天下午3点吧", datetime(2026, 11, 24, 15)),
    ("date_time", "12月4号15:30", datetime(2026, 12, 4, 15, 30)),
    ("date_time", "明天", None),
    ("phone", "幺三八幺二三四五六七八", "13812345678"),
    ("phone", "一三八，一二三四，五六七八", "13812345678"),
    ("phone", "加八六幺三八幺二三四五六七八", "+8613812345678"),
    ("phone", "010 6552 9988", "01065529988"),
    ("phone", "一二三四五六七", None),
    ("card", "四幺幺幺 幺幺幺幺 幺幺幺幺 幺幺幺幺", "4111111111111111"),
    ("id_number", "幺幺零幺零五幺九四九幺二三幺零零二艾克斯", "11010519491231002X"),
    ("id_number", "一一零一零五一九四九一二三一零零二叉", "11010519491231002X"),
    ("id_number", "110105 19491231 002x", "11010519491231002X"),
    ("id_number", "110105491231002", None),
    ("spelling", "弓长张", "张"),
    ("spelling", "木子李", "李"),
    ("spelling", "言午许", "许"),
    ("spelling", "立早章", "章"),
    ("spelling", "耳东陈", "陈"),
    ("spelling", "弓长张，伟大的伟", "张伟"),
    ("spelling", "双木林，三点水的江", "林江"),
    ("spelling", "我姓张，弓长张", "张"),
    ("spelling", "我叫王小明", "王小明"),
    ("spelling", "张三丰", "张三丰"),
    ("spelling", "Miller", "Miller"),
    ("spelling", "m i l l e r", "miller"),
    ("one_of", "用信用卡吧", "credit"),
    ("one_of", "储蓄卡还是信用卡", None),
    ("date", "月底", date(2026, 11, 30)),
    ("date", "下个月底", date(2026, 12, 31)),
    ("date", "下个月最后一天", date(2026, 12, 31)),
    ("date", "三月底", date(2027, 3, 31)),
    ("date", "下周三", date(2026, 12, 2)),
    ("date", "上周五", date(2026, 11, 20)),
    ("date", "两周后", date(2026, 12, 7)),
    ("date", "十五天后", date(2026, 12, 8)),
    ("date", "过两天", date(2026, 11, 25)),
    ("date", "年底", date(2026, 12, 31)),
    ("money", "一万二", Decimal("12000.00")),
    ("money", "三千五", Decimal("3500.00")),
    ("money", "1万2", Decimal("12000.00")),
    ("money", "两百块零五毛", Decimal("200.50")),
    ("money", "三百块零五分", Decimal("300.05")),
    ("money", "一千零五十", Decimal("1050.00")),
    ("money", "五块二五", Decimal("5.25")),
    ("money", "我要还5000块", Decimal("5000.00")),
    ("money", "五千左右吧", Decimal("5000.00")),
    ("money", "５０００元", Decimal("5000.00")),
    ("money", "五六百", None),
    ("money", "三四百块", None),
    ("money", "十几万", None),
    ("money", "一万多", None),
    ("money", "先还一半", None),
    ("money", "百分之五", None),
    ("number", "两三", None),
    ("number", "一共十一个人", 11),
    ("number", "一万一千", 11000),
]


@pytest.mark.parametrize(("kind", "text", "value"), ENGLISH)
def test_english(kind: str, text: str, value: object) -> None:
    found = parse(text, SLOTS[kind], "en", TODAY)
    assert found == value and type(found) is type(value)


@pytest.mark.parametrize(("kind", "text", "value"), MANDARIN)
def test_mandarin(kind: str, text: str, value: object) -> None:
    found = parse(text, SLOTS[kind], "zh", TODAY)
    assert found == value and type(found) is type(value)


@pytest.mark.parametrize(
    ("kind", "keys", "value"),
    [
        ("time", "1530", time(15, 30)),
        ("time", "2460", None),
        ("time", "930", None),
        ("date_time", "03031530", datetime(2027, 3, 3, 15, 30)),
        ("date_time", "02301530", None),
        ("date_time", "0303153", None),
        ("phone", "13812345678", "13812345678"),
        ("phone", "008613812345678", "+8613812345678"),
        ("phone", "123", None),
        ("card", "4111111111111111", "4111111111111111"),
        ("card", "4111111111111112", None),
        ("id_number", "11010519491231002*", "11010519491231002X"),
        ("id_number", "110105491231002", None),
        ("one_of", "22", "credit"),
        ("one_of", "", None),
        ("one_of", "3", None),
        ("spelling", "22", None),
        ("text", "1", None),
    ],
)
def test_keys(kind: str, keys: str, value: object) -> None:
    assert parse_keys(keys, SLOTS[kind], TODAY) == value


def test_as_many_keys_are_taken_as_a_value_can_need() -> None:
    most = {kind: most_keys(slot) for kind, slot in SLOTS.items()}
    assert most == {
        "digits": 30,
        "yes_no": 1,
        "number": 12,
        "money": 12,
        "date": 4,
        "time": 4,
        "date_time": 8,
        "phone": 17,
        "card": 19,
        "id_number": 18,
        "spelling": 0,
        "text": 0,
        "one_of": 2,
    }
    assert most_keys(Slot("one_of")) == 0


@settings(deadline=None)
@given(st.sampled_from(sorted(SLOTS)), st.text("0123456789*#A", max_size=24), st.dates())
def test_any_keys_are_a_value_or_none(kind: str, keys: str, today: date) -> None:
    parse_keys(keys, SLOTS[kind], today)


@settings(deadline=None)
@given(st.sampled_from(["en", "zh"]), st.sampled_from(sorted(SLOTS)), st.text(max_size=50), st.dates())
def test_any_text_is_a_value_or_none(language: str, kind: str, text: str, today: date) -> None:
    parse(text, SLOTS[kind], language, today)
    correction(text, language)


@pytest.mark.parametrize(
    ("language", "text", "rest"),
    [
        ("en", "no, six thousand", "six thousand"),
        ("en", "no six thousand", "six thousand"),
        ("en", "I said six thousand.", "six thousand"),
        ("en", "not five, six thousand", "six thousand"),
        ("en", "not five six thousand", "six thousand"),
        ("en", "not friday monday", "monday"),
        ("en", "no not on friday but on monday", "on monday"),
        ("en", "sorry i mean friday", "friday"),
        ("en", "that's not right it's six thousand", "six thousand"),
        ("en", "six thousand not five", "six thousand"),
        ("en", "actually next friday", "next friday"),
        ("en", "wait make it monday", "monday"),
        ("en", "no one zero zero one", "one zero zero one"),
        ("en", "no one more time please", None),
        ("en", "no thanks", None),
        ("en", "no", None),
        ("en", "no i don't want that", None),
        ("en", "yes", None),
        ("en", "it's about my balance", None),
        ("en", "six thousand", None),
        ("en", "", None),
        ("zh", "不是,是六千", "六千"),
        ("zh", "我说的是六千", "六千"),
        ("zh", "不对，六千", "六千"),
        ("zh", "不是五千是六千", "六千"),
        ("zh", "不要五千要六千", "六千"),
        ("zh", "是六千不是五千", "六千"),
        ("zh", "不好意思，我是说周五", "周五"),
        ("zh", "改成下周三", "下周三"),
        ("zh", "没有啊，我说的五百", "五百"),
        ("zh", "没有了", None),
        ("en", "i'd like to change it to friday", "friday"),
        ("zh", "不用了", None),
        ("zh", "是的", None),
        ("zh", "不", None),
        ("zh", "我不想还", None),
        ("zh", "六千", None),
    ],
)
def test_corrections(language: str, text: str, rest: str | None) -> None:
    assert correction(text, language) == rest


@pytest.mark.parametrize(
    ("language", "text", "tail"),
    [
        ("en", "four four double seven", "4477"),
        ("en", "one two three x", "123X"),
        ("en", "123 X", "123X"),
        ("en", "one two x", None),
        ("en", "four four double six", "4466"),
        ("zh", "一二三叉", "123X"),
        ("zh", "幺二三四", "1234"),
        ("zh", "幺二三艾克斯", "123X"),
    ],
)
def test_the_end_of_an_identity_number(language: str, text: str, tail: str | None) -> None:
    assert parse(text, Slot("id_tail"), language, date(2026, 11, 23)) == tail


def test_the_end_of_an_identity_number_is_keyed_with_a_star_for_x() -> None:
    assert parse_keys("123*", Slot("id_tail"), date(2026, 11, 23)) == "123X"
