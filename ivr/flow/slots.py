"""Values in what callers say, type or key: text or keys and the slot enter, the value leaves, or
None where there is no such value. English lives in slots_en, Mandarin in slots_zh."""

from __future__ import annotations

import unicodedata
from datetime import date
from decimal import Decimal
from typing import Protocol

from ivr.events import Slot
from ivr.flow import days, slots_en, slots_zh

Value = str | int | Decimal | bool | date


class _Words(Protocol):
    """What each language's module offers; the text is lower case."""

    def digits(self, text: str) -> str: ...
    def yes_no(self, text: str) -> bool | None: ...
    def number(self, text: str) -> Decimal | None: ...
    def money(self, text: str) -> Decimal | None: ...
    def day(self, text: str, today: date) -> date | None: ...


_LANGUAGES: dict[str, _Words] = {"en": slots_en, "zh": slots_zh}
_LONGEST = 300


def parse(text: str, slot: Slot, language: str, today: date) -> Value | None:
    """digits -> str, yes_no -> bool, number -> int or Decimal, money -> Decimal, date -> date."""
    words, text = _LANGUAGES[language], unicodedata.normalize("NFKC", text).strip().lower().replace("’", "'")
    if not text or len(text) > _LONGEST:
        return None
    if slot.type == "digits":
        return _of_length(words.digits(text), slot)
    if slot.type == "yes_no":
        return words.yes_no(text)
    if slot.type == "number":
        return _plain(words.number(text))
    if slot.type == "money":
        return _amount(words.money(text))
    return words.day(text, today)


def parse_keys(keys: str, slot: Slot, today: date) -> Value | None:
    """yes_no: 1 or 2. money: * is the decimal point. date: MMDD, the next such day."""
    if slot.type == "digits":
        return _of_length(keys, slot) if _is_digits(keys) else None
    if slot.type == "yes_no":
        return {"1": True, "2": False}.get(keys)
    if slot.type == "date":
        if len(keys) != 4 or not _is_digits(keys):
            return None
        return days.on_month_day(int(keys[:2]), int(keys[2:]), today)
    whole, _, fraction = keys.partition("*")
    if not _is_digits(whole) or (fraction and not _is_digits(fraction)):
        return None
    value = Decimal(f"{whole}.{fraction or 0}")
    if slot.type == "number":
        return _plain(value)
    return _amount(value) if value else None  # 0 alone is a universal command's key


def _is_digits(keys: str) -> bool:
    return keys.isascii() and keys.isdigit()


def _of_length(digits: str, slot: Slot) -> str | None:
    return digits if digits and slot.min_length <= len(digits) <= slot.max_length else None


def _plain(value: Decimal | None) -> int | Decimal | None:
    if value is None or abs(value) >= Decimal(10) ** 15:
        return None
    return int(value) if value == int(value) else value


def _amount(value: Decimal | None) -> Decimal | None:
    """To the cent; less than a cent is no amount of money."""
    if value is None or not 0 <= value < Decimal(10) ** 12:
        return None
    cents = value.quantize(Decimal("0.01"))
    return cents if cents == value else None
