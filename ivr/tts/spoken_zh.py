"""Mandarin words for checked values; see spoken."""

from __future__ import annotations

import datetime
import re
from collections.abc import Sequence
from decimal import Decimal

import cn2an
from babel import dates
from babel import numbers as babel_numbers

_DIGITS = "零一二三四五六七八九"
_PHONE_DIGITS = "零幺二三四五六七八九"  # 一 and 七 sound alike on a bad line
_SURNAMES = {
    said[-1]: said
    for said in (
        "弓长张 立早章 木子李 言午许 耳东陈 口天吴 草头黄 双木林 三横王 古月胡 走肖赵 双人徐 双口吕 "
        "人可何 文刀刘 木易杨 言身寸谢 两点冯 关耳郑 草头董 雨田雷"
    ).split()
}
"""how people tell a surname from others that sound alike"""
_HUNDREDTHS = {"USD": "美分", "EUR": "欧分"}
"""other currencies than these and CNY are said with decimals"""


def digits(groups: Sequence[str]) -> str:
    return "，".join("".join(_DIGITS[int(digit)] for digit in group) for group in groups)


def number(value: Decimal) -> str:
    whole, _, decimals = f"{abs(value):f}".partition(".")
    said = _count(int(whole))
    decimals = decimals.rstrip("0")
    if decimals:
        said += f"点{digits([decimals])}"
    return f"负{said}" if value < 0 else said


def money(amount: Decimal, currency: str) -> str:
    minus = "负" if amount < 0 else ""
    amount = abs(amount)
    if currency == "CNY":
        return minus + _yuan(amount)
    name = babel_numbers.get_currency_name(currency, locale="zh")
    if currency not in _HUNDREDTHS:
        return f"{minus}{_measured(int(amount)) if amount == int(amount) else number(amount)}{name}"
    units, hundredths = divmod(int(amount * 100), 100)
    said = f"{_measured(units)}{name}" if units or not hundredths else ""
    return minus + said + (f"{_measured(hundredths)}{_HUNDREDTHS[currency]}" if hundredths else "")


def date(day: datetime.date, with_year: bool) -> str:
    year = f"{digits([f'{day.year:04d}'])}年" if with_year else ""
    weekday = dates.format_date(day, "EEEE", locale="zh")
    return f"{year}{_count(day.month)}月{_count(day.day)}日，{weekday}"


def time(clock: datetime.time) -> str:
    """Seconds are left out."""
    part_of_day = dates.format_time(clock, "B", locale="zh")
    hour = clock.hour if clock.hour <= 12 else clock.hour - 12
    said = f"{part_of_day}{_measured(hour)}点"
    if clock.minute == 30:
        return f"{said}半"
    if clock.minute:
        said += f"{'零' if clock.minute < 10 else ''}{_count(clock.minute)}分"
    return said


def phone(groups: Sequence[str]) -> str:
    plus = "加" if groups[0].startswith("+") else ""
    numbers = [group.removeprefix("+") for group in groups]
    return plus + "，".join("".join(_PHONE_DIGITS[int(digit)] for digit in group) for group in numbers)


def date_time(moment: datetime.datetime, with_year: bool) -> str:
    return f"{date(moment.date(), with_year)}，{time(moment.time())}"


def code(groups: Sequence[str]) -> str:
    """A card or identity number; its last character may be X."""
    return phone([group.removesuffix("X") for group in groups]) + "艾克斯" * groups[-1].endswith("X")


def spelling(word: str) -> str:
    """A surname by its parts, the other characters as they are; Latin letters one by one."""
    if word.isascii():
        return "，".join(
            f"大写{letter}" if letter.isupper() else letter.upper() for letter in word if letter.isalpha()
        )
    surname = _SURNAMES.get(word[0])
    return "，".join(part for part in (surname, word[1:]) if part) if surname else word


def yes_no(value: bool) -> str:
    return "是" if value else "不是"


def ordinal(value: int) -> str:
    return f"第{cn2an.an2cn(str(value))}"


def _yuan(amount: Decimal) -> str:
    yuan, hundredths = divmod(int(amount * 100), 100)
    jiao, fen = divmod(hundredths, 10)
    said = f"{_measured(yuan)}元" if yuan or not hundredths else ""
    if jiao:
        said += f"{_measured(jiao)}角"
    elif fen and yuan:
        said += "零"
    return said + (f"{_measured(fen)}分" if fen else "")


def _measured(count: int) -> str:
    """A count in front of a measure word: two is 两."""
    return "两" if count == 2 else _count(count)


def _count(value: int) -> str:
    """As spoken: 两千, 两万, 两百; but 十二万, 三百零二万."""
    said = str(cn2an.an2cn(str(value)))
    return re.sub(r"二(?=[百千])|(?<![十百零千])二(?=[万亿])", "两", said)
