"""English words for checked values; see spoken."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from decimal import Decimal

from babel import dates
from babel import numbers as babel_numbers
from num2words import num2words

_DIGITS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_MONEY = {
    "CNY": (("yuan", "yuan"), ("fen", "fen")),
    "USD": (("dollar", "dollars"), ("cent", "cents")),
    "EUR": (("euro", "euros"), ("cent", "cents")),
    "GBP": (("pound", "pounds"), ("penny", "pence")),
    "HKD": (("Hong Kong dollar", "Hong Kong dollars"), ("cent", "cents")),
}
"""one and many of the unit and of its hundredth; other currencies are said with decimals"""


def digits(groups: Sequence[str]) -> str:
    return ", ".join(" ".join(_DIGITS[int(digit)] for digit in group) for group in groups)


def number(value: Decimal) -> str:
    whole, _, decimals = f"{abs(value):f}".partition(".")
    said = _count(int(whole))
    decimals = decimals.rstrip("0")
    if decimals:
        said += f" point {digits([decimals])}"
    return f"minus {said}" if value < 0 else said


def money(amount: Decimal, currency: str) -> str:
    if currency not in _MONEY:
        many = 1 if abs(amount) == 1 else 2
        return f"{number(amount)} {babel_numbers.get_currency_name(currency, many, locale='en')}"
    units, hundredths = divmod(int(abs(amount) * 100), 100)
    unit_names, hundredth_names = _MONEY[currency]
    parts = []
    if units or not hundredths:
        parts.append(f"{_count(units)} {unit_names[units != 1]}")
    if hundredths:
        parts.append(f"{_count(hundredths)} {hundredth_names[hundredths != 1]}")
    said = " and ".join(parts)
    return f"minus {said}" if amount < 0 else said


def date(day: datetime.date, with_year: bool) -> str:
    name = dates.format_date(day, "EEEE", locale="en")
    month = dates.format_date(day, "MMMM", locale="en")
    said = f"{name}, the {ordinal(day.day)} of {month}"
    return f"{said}, {num2words(day.year, to='year')}" if with_year else said


def time(clock: datetime.time) -> str:
    """Seconds are left out."""
    if (clock.hour, clock.minute) in ((0, 0), (12, 0)):
        return "noon" if clock.hour else "midnight"
    hour = _count((clock.hour + 11) % 12 + 1)
    minute = ""
    if clock.minute:
        minute = (" oh " if clock.minute < 10 else " ") + _count(clock.minute)
    return f"{hour}{minute} {'AM' if clock.hour < 12 else 'PM'}"


def phone(groups: Sequence[str]) -> str:
    plus = "plus " if groups[0].startswith("+") else ""
    return plus + digits([group.removeprefix("+") for group in groups])


def date_time(moment: datetime.datetime, with_year: bool) -> str:
    return f"{date(moment.date(), with_year)}, at {time(moment.time())}"


def code(groups: Sequence[str]) -> str:
    """A card or identity number; its last character may be X."""
    said = digits([group.removesuffix("X") for group in groups])
    return f"{said} X" if groups[-1].endswith("X") else said


def spelling(word: str) -> str:
    """Letter by letter; letters in capitals, which voices name rather than read."""
    marks = {"'": "apostrophe", "-": "hyphen"}
    return ", ".join(
        marks.get(letter) or (f"capital {letter}" if letter.isupper() else letter.upper()) for letter in word
    )


def yes_no(value: bool) -> str:
    return "yes" if value else "no"


def ordinal(value: int) -> str:
    return str(num2words(value, to="ordinal"))


def _count(value: int) -> str:
    return str(num2words(value))
