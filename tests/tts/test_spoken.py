"""Spoken forms: tables of what people say, and properties over every value."""

import datetime
import re
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.tts.spoken import KINDS, say_as

FRIDAY = datetime.date(2026, 12, 4)

TABLE = [
    ("4 0 7 1", "digits", "four zero seven one", "四零七一"),
    (4071, "digits", "four zero seven one", "四零七一"),
    ("0123-4567", "digits", "zero one two three, four five six seven", "零一二三，四五六七"),
    (0, "number", "zero", "零"),
    (-12, "number", "minus twelve", "负十二"),
    (Decimal("3.50"), "number", "three point five", "三点五"),
    (0.1 + 0.2, "number", "zero point three", "零点三"),
    ("1E+3", "number", "one thousand", "一千"),
    (22200, "number", "twenty-two thousand, two hundred", "两万两千两百"),
    (120000, "number", "one hundred and twenty thousand", "十二万"),
    (Decimal("5000.50"), "money", "five thousand yuan and fifty fen", "五千元五角"),
    (Decimal("2.02"), "money", "two yuan and two fen", "两元零两分"),
    (Decimal("0.5"), "money", "fifty fen", "五角"),
    (Decimal("-0.001"), "money", "zero yuan", "零元"),
    ("1.005", "money", "one yuan and one fen", "一元零一分"),
    (FRIDAY, "date", "Friday, the fourth of December, twenty twenty-six", "二零二六年十二月四日，星期五"),
    ("2026-02-01", "date", "Sunday, the first of February, twenty twenty-six", "二零二六年二月一日，星期日"),
    (datetime.time(15, 30), "time", "three thirty PM", "下午三点半"),
    ("14:05", "time", "two oh five PM", "下午两点零五分"),
    ("00:00", "time", "midnight", "午夜零点"),
    ("12:15", "time", "twelve fifteen PM", "中午十二点十五分"),
    ("09:00:59", "time", "nine AM", "上午九点"),
    (datetime.datetime(2026, 12, 4, 20, 0), "time", "eight PM", "晚上八点"),
    (
        "13812345678",
        "phone",
        "one three eight, one two three four, five six seven eight",
        "幺三八，幺二三四，五六七八",
    ),
    (
        "+1 (202) 555-0123",
        "phone",
        "plus one, two zero two, five five five, zero one two three",
        "加幺，二零二，五五五，零幺二三",
    ),
    ("10086", "phone", "one zero zero eight six", "幺零零八六"),
    (
        "2026-12-04 15:30",
        "date_time",
        "Friday, the fourth of December, twenty twenty-six, at three thirty PM",
        "二零二六年十二月四日，星期五，下午三点半",
    ),
    (
        "4111111111111111",
        "card",
        "four one one one, one one one one, one one one one, one one one one",
        "四幺幺幺，幺幺幺幺，幺幺幺幺，幺幺幺幺",
    ),
    (
        "11010519491231002X",
        "id_number",
        "one one zero one zero five, one nine four nine one two three one, zero zero two X",
        "幺幺零幺零五，幺九四九幺二三幺，零零二艾克斯",
    ),
    ("Ada", "spelling", "capital A, D, A", "大写A，D，A"),
    (True, "yes_no", "yes", "是"),
    (False, "yes_no", "no", "不是"),
    (21, "ordinal", "twenty-first", "第二十一"),
    ("2", "ordinal", "second", "第二"),
]


@pytest.mark.parametrize(("value", "kind", "english", "mandarin"), TABLE)
def test_people_say_it_so(value, kind, english, mandarin):
    assert say_as(value, kind, "en") == english
    assert say_as(value, kind, "zh") == mandarin


@pytest.mark.parametrize(
    ("amount", "currency", "english", "mandarin"),
    [
        ("1.01", "USD", "one dollar and one cent", "一美元一美分"),
        ("102.05", "EUR", "one hundred and two euros and five cents", "一百零二欧元五欧分"),
        ("2", "GBP", "two pounds", "两英镑"),
        ("1234.5", "JPY", "one thousand, two hundred and thirty-five Japanese yen", "一千两百三十五日元"),
        ("2.5", "CHF", "two point five Swiss francs", "二点五瑞士法郎"),
        ("-3", "USD", "minus three dollars", "负三美元"),
    ],
)
def test_money_of_other_countries(amount, currency, english, mandarin):
    assert say_as(Decimal(amount), "money", "en", currency) == english
    assert say_as(Decimal(amount), "money", "zh", currency) == mandarin


def test_a_name_is_spelled():
    assert say_as("O'Brien", "spelling", "en") == "capital O, apostrophe, capital B, R, I, E, N"
    assert say_as("张伟", "spelling", "zh") == "弓长张，伟"
    assert say_as("章", "spelling", "zh") == "立早章"
    assert say_as("欧阳", "spelling", "zh") == "欧阳"


@given(st.text(max_size=12), st.sampled_from(["en", "zh"]))
def test_any_word_is_spelled_or_refused(text, language):
    try:
        assert say_as(text, "spelling", language)
    except ValueError as error:
        assert "as spelling" in str(error)


def test_a_near_date_needs_no_year():
    today = datetime.date(2026, 11, 20)
    assert say_as(FRIDAY, "date", "en", today=today) == "Friday, the fourth of December"
    assert say_as(FRIDAY, "date", "zh", today=today) == "十二月四日，星期五"
    assert say_as("2027-01-04", "date", "en", today=today) == "Monday, the fourth of January"
    assert say_as("2027-12-04", "date", "en", today=today).endswith("December, twenty twenty-seven")


def test_every_kind_is_in_the_table():
    assert {row[1] for row in TABLE} == set(KINDS)


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        ("12a", "digits"), ("", "digits"), (Decimal(12), "digits"), (True, "digits"),
        ("12a3", "phone"), ("+", "phone"), (1.5, "phone"), ("five", "number"), (True, "number"),
        (Decimal("NaN"), "number"), (Decimal("Infinity"), "money"), (10**15, "number"),
        (Decimal("1E-400"), "number"), (FRIDAY, "money"), ("2026-13-01", "date"), (20261204, "date"),
        ("25:00", "time"), ("2026-12-04 25:00", "date_time"), ("4111 x", "card"),
        ("110105", "id_number"), ("a1", "spelling"), ("", "spelling"), (1, "yes_no"), (15, "time"),
        (0, "ordinal"), ("1.5", "ordinal"),
    ],
)  # fmt: skip
def test_a_bad_value_is_named_with_its_kind(value, kind):
    with pytest.raises(ValueError) as caught:
        say_as(value, kind, "en")
    masked = kind in ("digits", "phone", "card", "id_number", "spelling")
    shown = re.sub(r"\d", "#", repr(value)) if masked else repr(value)
    assert f"cannot say {shown} as {kind}" in str(caught.value)


def test_a_bad_kind_language_and_currency_are_named():
    with pytest.raises(ValueError, match=r"cannot say ## as monye.*money"):
        say_as(12, "monye", "en")
    with pytest.raises(ValueError, match=r"'fr'.*en, zh"):
        say_as(12, "money", "fr")
    with pytest.raises(ValueError, match="unknown currency 'ABC'"):
        say_as(12, "money", "en", "ABC")


def test_a_card_number_stays_out_of_the_message():
    with pytest.raises(ValueError) as caught:
        say_as("6222 0212 3456 789x", "digits", "en")
    assert not re.search(r"\d", str(caught.value))


LANGUAGES = st.sampled_from(["en", "zh"])
AMOUNTS = st.decimals(-(10**15) + 1, 10**15 - 1, places=None, allow_nan=False, allow_infinity=False)


def _words_only(said: str, language: str) -> bool:
    letters = r"[A-Za-z ,-]+" if language == "en" else r"[\u4e00-\u9fff，]+"
    return re.fullmatch(letters, said) is not None and said.strip(" ,，-") == said


@given(AMOUNTS, st.sampled_from(["CNY", "USD", "EUR", "GBP", "JPY", "CHF", "KWD"]), LANGUAGES)
def test_every_amount_is_words_only(amount, currency, language):
    said = say_as(amount, "money", language, currency)
    assert _words_only(said, language)
    assert say_as(amount, "money", language, currency) == said


@given(
    st.integers(-(10**15) + 1, 10**15 - 1) | st.decimals(-9999, 9999, places=4, allow_nan=False), LANGUAGES
)
def test_every_number_is_words_only(number, language):
    assert _words_only(say_as(number, "number", language), language)


@given(st.integers(1, 99999), st.integers(1, 99999), LANGUAGES, st.sampled_from(["number", "ordinal"]))
def test_different_numbers_sound_different(a, b, language, kind):
    assert (say_as(a, kind, language) == say_as(b, kind, language)) == (a == b)


@given(st.dates(datetime.date(1000, 1, 1)) | st.datetimes(datetime.datetime(1000, 1, 1)), LANGUAGES)
def test_every_date_is_words_only(day, language):
    assert _words_only(say_as(day, "date", language), language)


@given(st.times(), LANGUAGES)
def test_every_time_is_words_only(clock, language):
    assert _words_only(say_as(clock, "time", language), language)


@given(
    st.text("0123456789 -()", max_size=20).filter(lambda text: any(c.isdigit() for c in text)), st.booleans()
)
def test_no_digit_of_a_phone_number_is_lost(text, plus):
    said = say_as(("+" if plus else "") + text, "phone", "zh")
    spoken = said.removeprefix("加").replace("，", "")
    assert ["零幺二三四五六七八九".index(c) for c in spoken] == [int(c) for c in text if c.isdigit()]


@given(st.text(max_size=12), st.sampled_from([kind for kind in KINDS if kind != "spelling"]), LANGUAGES)
def test_any_text_is_said_or_refused(text, kind, language):
    try:
        said = say_as(text, kind, language)
    except ValueError:
        return
    assert _words_only(said, language)
