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
