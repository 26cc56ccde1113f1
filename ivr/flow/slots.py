"""Values in what callers say, type or key: text or keys and the slot enter, the value leaves, or
None where there is no such value. English lives in slots_en, Mandarin in slots_zh and beside them.

    parse        the answer to a question for one value
    find, find_all, delexicalised    values within sentences that say more (slots_find)
    correction   what is said in place of what was understood (slots_correction)
    parse_keys, most_keys            what is keyed (slots_keys)
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from datetime import date, time
from decimal import Decimal
from typing import Protocol

from ivr.events import Slot
from ivr.flow import (
    slots_codes,
    slots_days_en,
    slots_days_zh,
    slots_en,
    slots_times_en,
    slots_times_zh,
    slots_zh,
    spelling_en,
    spelling_zh,
)
from ivr.flow.slots_correction import correction
from ivr.flow.slots_find import KINDS, Extracted, Found, delexicalised, find, find_all
from ivr.flow.slots_keys import most_keys, parse_keys
from ivr.flow.slots_spans import LONGEST, Value, amount, normalised, of_length, plain, spans

__all__ = [
    "Extracted",
    "Found",
    "Value",
    "correction",
    "delexicalised",
    "find",
    "find_all",
    "most_keys",
    "normalised",
    "parse",
    "parse_keys",
]


class _Words(Protocol):
    """What each language's module offers; the text is lower case."""

    def digits(self, text: str) -> str: ...
    def yes_no(self, text: str) -> bool | None: ...
    def number(self, text: str) -> Decimal | None: ...
    def money(self, text: str) -> Decimal | None: ...


class _Days(Protocol):
    def day(self, text: str, today: date) -> date | None: ...


class _Times(Protocol):
    def clock(self, text: str) -> time | None: ...


_LANGUAGES: Mapping[str, tuple[_Words, _Days, _Times]] = {
    "en": (slots_en, slots_days_en, slots_times_en),
    "zh": (slots_zh, slots_days_zh, slots_times_zh),
}


def parse(text: str, slot: Slot, language: str, today: date) -> Value | None:
    """digits, phone, card, id_number, spelling, one_of, text -> str, yes_no -> bool, number -> int or
    Decimal, money -> Decimal, date -> date, time -> time, date_time -> datetime. A sentence around
    the value is passed over; two different values are none."""
    if len(text) > LONGEST:
        return None
    if slot.type == "text":
        return text.strip() or None
    said = normalised(text, language)
    if slot.type == "id_tail":
        return _id_tail(said, language)
    if not said:
        return None
    named = {span.value for span in spans(said, slot, KINDS[language], language, today)}
    if slot.type in ("number", "money") and named:
        return named.pop() if len(named) == 1 else None
    value = _whole(text, said, slot, language, today)
    if value is None and len(named) == 1:
        value = named.pop()
    return value


_LETTER_X = re.compile(r"(?<![a-z])(?:(?:letter |capital )?x|ex|eks|叉|艾克斯)[.。]?$")


def _id_tail(said: str, language: str) -> str | None:
    digits = _LANGUAGES[language][0].digits
    without = _LETTER_X.sub("", said)
    return slots_codes.id_tail(digits(without) + ("X" if without != said else ""))


def _whole(text: str, said: str, slot: Slot, language: str, today: date) -> Value | None:
    """The value if the text is nothing else, or all that it is."""
    words, days, times = _LANGUAGES[language]
    match slot.type:
        case "digits":
            return of_length(words.digits(said), slot)
        case "yes_no":
            return words.yes_no(said)
        case "number":
            return plain(words.number(said))
        case "money":
            return amount(words.money(said))
        case "date":
            return days.day(said, today)
        case "time":
            return times.clock(slots_en.plain(said) if language == "en" else said.strip("。，,.吧"))
        case "spelling":
            typed = spelling_en.word(unicodedata.normalize("NFKC", text).strip(" .,!?"))
            if language == "zh":
                return typed if said.isascii() and typed else spelling_zh.spelled(said)
            return spelling_en.spelled(slots_en.plain(said)) or typed
    return None
