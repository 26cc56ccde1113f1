"""A value and its kind enter; the words that a person would say for it leave, without a digit
in them, so that every engine reads it alike. The words themselves stand in spoken_en and
spoken_zh."""

from __future__ import annotations

import datetime
import itertools
import re
from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Literal, Protocol, get_args

import phonenumbers
from babel import numbers as babel_numbers

from ivr.tts import spoken_en, spoken_zh

Value = str | int | float | Decimal | datetime.date | datetime.time
Kind = Literal[
    "digits", "number", "money", "date", "time", "date_time", "phone", "card", "id_number", "spelling",
    "yes_no", "ordinal",
]  # fmt: skip
KINDS: tuple[Kind, ...] = get_args(Kind)

_TOO_LARGE = Decimal(10) ** 15
_MOST_DECIMALS = 12
_SAME_YEAR_DAYS = 183
_GROUPS = {7: (3, 4), 9: (3, 3, 3), 10: (3, 3, 4), 11: (3, 4, 4)}
"""of a phone number that no country's plan knows; other lengths by four, up to six in one"""
_ID_GROUPS = (6, 8, 4)
"""region, birthday, serial number of a Chinese identity number"""
_HOME = {"en": ("US", "CN"), "zh": ("CN", "US")}


class _Words(Protocol):
    """What each language's module offers; arguments are checked already."""

    def digits(self, groups: Sequence[str]) -> str: ...
    def number(self, value: Decimal) -> str: ...
    def money(self, amount: Decimal, currency: str) -> str: ...
    def date(self, day: datetime.date, with_year: bool) -> str: ...
    def time(self, clock: datetime.time) -> str: ...
    def phone(self, groups: Sequence[str]) -> str: ...
    def ordinal(self, value: int) -> str: ...
    def date_time(self, moment: datetime.datetime, with_year: bool) -> str: ...
    def code(self, groups: Sequence[str]) -> str: ...
    def spelling(self, word: str) -> str: ...
    def yes_no(self, value: bool) -> str: ...


_LANGUAGES: dict[str, _Words] = {"en": spoken_en, "zh": spoken_zh}


def say_as(
    value: Value, kind: str, language: str, currency: str = "CNY", today: datetime.date | None = None
) -> str:
    """`value` may be text: '5000.50', '2026-12-04', '15:30', '2026-12-04 15:30', '+86 138 1234 5678'.
    A date is told with its year unless `today` shows that it is near. Raises ValueError naming kind and
    value, its digits masked where they may be secret."""
    words = _LANGUAGES.get(language)
    if words is None:
        raise ValueError(f"no spoken forms for the language '{language}'; there are: {', '.join(_LANGUAGES)}")
    match kind:
        case "digits":
            return words.digits(_digit_groups(_digits(value)))
        case "number":
            return words.number(_number(value))
        case "money":
            return words.money(_amount(value, currency), currency)
        case "date":
            day = _date(value)
            return words.date(day, with_year=today is None or not _near(day, today))
        case "time":
            return words.time(_time(value))
        case "date_time":
            moment = _date_time(value)
            return words.date_time(moment, with_year=today is None or not _near(moment.date(), today))
        case "card":
            return words.code(_by_four(_digits(value, "card")))
        case "id_number":
            return words.code(_id_groups(value))
        case "spelling":
            return words.spelling(_name(value))
        case "yes_no":
            return words.yes_no(_bool(value))
        case "phone":
            return words.phone(_phone_groups(value, language))
        case "ordinal":
            return words.ordinal(_ordinal(value))
    raise _bad(value, kind, f"no such kind; there are: {', '.join(KINDS)}")


def _bad(value: object, kind: str, why: str) -> ValueError:
    """Masked unless the kind is harmless: the message may reach a log."""
    harmless = kind in ("number", "money", "date", "time", "date_time", "ordinal", "yes_no")
    shown = repr(value) if harmless else re.sub(r"\d", "#", repr(value))
    return ValueError(f"cannot say {shown} as {kind}: {why}")


def _digits(value: Value, kind: str = "digits") -> str:
    text = re.sub(r"[\s-]", "", str(value)) if isinstance(value, int | str) else ""
    if not text.isdecimal() or isinstance(value, bool):
        raise _bad(value, kind, "digits only are wanted, perhaps with spaces or hyphens")
    return _plain(text)


def _digit_groups(text: str) -> list[str]:
    """By four where a listener would otherwise lose count."""
    return _by_four(text) if len(text) > 6 else [text]


def _by_four(text: str) -> list[str]:
    return [text[i : i + 4] for i in range(0, len(text), 4)]


def _id_groups(value: Value) -> list[str]:
    text = str(value).strip().upper() if isinstance(value, str) else ""
    if re.fullmatch(r"[0-9]{17}[0-9X]", text) is None:
        raise _bad(value, "id_number", "17 digits and a last one or X are wanted")
    rest = iter(text)
    return ["".join(itertools.islice(rest, size)) for size in _ID_GROUPS]


def _name(value: Value) -> str:
    text = value.strip() if isinstance(value, str) else ""
    if re.fullmatch(r"[^\W\d_]+(?:['-][^\W\d_]+)*", text) is None:
        raise _bad(value, "spelling", "one word of letters is wanted")
    return text


def _bool(value: Value) -> bool:
    if not isinstance(value, bool):
        raise _bad(value, "yes_no", "true or false is wanted")
    return value


def _plain(text: str) -> str:
    """Full-width and other decimal digits as 0 to 9."""
    return "".join(str(int(c)) if c.isdecimal() else c for c in text)


def _decimal(value: Value, kind: str) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, int | float | str | Decimal):
        raise _bad(value, kind, "a number is wanted")
    try:
        number = Decimal(f"{value:.{_MOST_DECIMALS}g}" if isinstance(value, float) else value)
    except InvalidOperation as error:
        raise _bad(value, kind, "a number such as 5000.50 is wanted") from error
    if not number.is_finite() or abs(number) >= _TOO_LARGE:
        raise _bad(value, kind, "not a number, or too large to say")
    return number


def _number(value: Value) -> Decimal:
    number = _decimal(value, "number")
    exponent = number.normalize().as_tuple().exponent
    if isinstance(exponent, int) and exponent < -_MOST_DECIMALS:
        raise _bad(value, "number", f"more than {_MOST_DECIMALS} decimals")
    return number


def _amount(value: Value, currency: str) -> Decimal:
    """Rounded to what the currency has: 1.005 yuan is said as 1.01."""
    if not babel_numbers.is_currency(currency):
        raise ValueError(f"cannot say {value!r} as money: unknown currency '{currency}' (CNY, USD, EUR ...)")
    decimals = babel_numbers.get_currency_precision(currency)
    return _decimal(value, "money").quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)


def _date(value: Value) -> datetime.date:
    if isinstance(value, datetime.datetime):
        return value.date()
    if isinstance(value, datetime.date):
        return value
    try:
        return datetime.date.fromisoformat(value if isinstance(value, str) else "")
    except ValueError as error:
        raise _bad(value, "date", "a date such as 2026-12-04 is wanted") from error


def _near(day: datetime.date, today: datetime.date) -> bool:
    return day.year == today.year or abs((day - today).days) <= _SAME_YEAR_DAYS


def _time(value: Value) -> datetime.time:
    if isinstance(value, datetime.datetime):
        return value.time()
    if isinstance(value, datetime.time):
        return value
    try:
        return datetime.time.fromisoformat(value if isinstance(value, str) else "")
    except ValueError as error:
        raise _bad(value, "time", "a time such as 15:30 is wanted") from error


def _date_time(value: Value) -> datetime.datetime:
    if isinstance(value, datetime.datetime):
        return value
    try:
        return datetime.datetime.fromisoformat(value if isinstance(value, str) else "")
    except ValueError as error:
        raise _bad(value, "date_time", "a day and time such as 2026-12-04 15:30 is wanted") from error


def _ordinal(value: Value) -> int:
    number = _decimal(value, "ordinal")
    if number != number.to_integral_value() or number < 1:
        raise _bad(value, "ordinal", "a whole number from 1 is wanted")
    return int(number)


def _phone_groups(value: Value, language: str) -> list[str]:
    """As people write the number: by its own country's habit where it is a valid number of
    the home countries or has a country code, else by length. No digit is added or lost."""
    text = _plain(str(value)).strip() if isinstance(value, int | str) else ""
    plus = "+" if text.startswith("+") else ""
    digits = re.sub(r"[\s().-]", "", text.removeprefix("+"))
    if not digits.isdecimal() or isinstance(value, bool):
        raise _bad(value, "phone", "digits are wanted, perhaps with +, spaces, hyphens or brackets")
    for region in (None,) if plus else _HOME[language]:
        groups = _written(plus + digits, region)
        if "".join(groups) == plus + digits:
            return groups
    groups = _digit_groups(digits)
    if len(digits) in _GROUPS:
        rest = iter(digits)
        groups = ["".join(itertools.islice(rest, size)) for size in _GROUPS[len(digits)]]
    return [plus + groups[0], *groups[1:]]


def _written(number: str, region: str | None) -> list[str]:
    try:
        parsed = phonenumbers.parse(number, region)
    except phonenumbers.NumberParseException:
        return []
    if not phonenumbers.is_valid_number(parsed):
        return []
    style = phonenumbers.PhoneNumberFormat
    text = phonenumbers.format_number(parsed, style.NATIONAL if region else style.INTERNATIONAL)
    return re.findall(r"\+?\d+", text)
