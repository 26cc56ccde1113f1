"""Text and a slot enter; every place in the text that holds such a value leaves, in order. What
each language knows of its values stands in slots_en and slots_zh and the modules beside them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime, time
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple

from ivr.events import Slot

Value = str | int | Decimal | bool | date | time | datetime
LONGEST = 300
"""a longer text holds no value"""
_CJK = "[\u3400-\u9fff]"
_IN_ENGLISH_WORDS = re.compile(r"(?<=[a-z])-(?=[a-z])")
_AROUND_CHINESE = re.compile(rf"(?<={_CJK}) +| +(?={_CJK})")
_MANY_BLANKS = re.compile(r"\s+")


class Span(NamedTuple):
    value: Value
    start: int
    end: int


Spans = Callable[[str, date], Iterator[Span]]


def normalised(text: str, language: str) -> str:
    """Lower case, half width, one blank between words, none beside a Chinese character, no hyphen
    between English ones; the rest of the punctuation stays."""
    text = unicodedata.normalize("NFKC", text).lower().replace("’", "'")
    text = _MANY_BLANKS.sub(" ", text).strip()
    return _IN_ENGLISH_WORDS.sub(" ", text) if language == "en" else _AROUND_CHINESE.sub("", text)


def of_length(digits: str, slot: Slot) -> str | None:
    return digits if digits and slot.min_length <= len(digits) <= slot.max_length else None


def plain(value: Decimal | None) -> int | Decimal | None:
    """A number as it is kept: an int where it is whole."""
    if value is None or abs(value) >= Decimal(10) ** 15:
        return None
    return int(value) if value == int(value) else value


def amount(value: Decimal | None) -> Decimal | None:
    """To the cent; less than a cent is no amount of money."""
    if value is None or not 0 <= value < Decimal(10) ** 12:
        return None
    cents = value.quantize(Decimal("0.01"))
    return cents if cents == value else None


def spans(text: str, slot: Slot, kinds: Mapping[str, Spans], language: str, today: date) -> list[Span]:
    """All values of the slot in a normalised text, in order, none within another."""
    if len(text) > LONGEST or slot.type == "text":
        return []
    if slot.type == "one_of":
        return list(_choices(text, slot, language))
    found = kinds[slot.type](text, today)
    if slot.type == "digits":
        return [span for span in found if of_length(str(span.value), slot)]
    return list(found)


def _choices(text: str, slot: Slot, language: str) -> Iterator[Span]:
    values, pattern = _ways_to_say(slot, language)
    for found in pattern.finditer(text):
        yield Span(values[found[0]], found.start(), found.end())


@lru_cache(maxsize=256)
def _ways_to_say(slot: Slot, language: str) -> tuple[dict[str, str], re.Pattern[str]]:
    values: dict[str, str] = {}
    for choice in slot.choices:
        for said in choice.said:
            values.setdefault(normalised(said, language), choice.value)
    values.pop("", None)
    ways = "|".join(re.escape(way) for way in sorted(values, key=len, reverse=True))
    if not ways:
        return {}, re.compile(r"(?!)")
    return values, re.compile(rf"(?<![a-z0-9])(?:{ways})(?![a-z0-9])" if language == "en" else ways)
