"""A sentence and the values wanted enter; the values it holds leave with their places."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from ivr.events import Slot
from ivr.flow import (
    slots_days_en,
    slots_days_zh,
    slots_en,
    slots_times_en,
    slots_times_zh,
    slots_zh,
    spelling_en,
    spelling_zh,
)
from ivr.flow.slots_spans import Spans, Value, normalised, spans


@dataclass(frozen=True, slots=True)
class Found:
    name: str
    """of the slot; for a single `find` its type"""
    value: Value
    start: int
    end: int
    """characters of the normalised text; `end` is the first one after"""
    type: str


@dataclass(frozen=True, slots=True)
class Extracted:
    text: str
    """normalised: lower case, half width; the text that the places count in"""
    found: tuple[Found, ...]
    """in the order of the text, none within another"""


KINDS: Mapping[str, Mapping[str, Spans]] = {
    language: {
        "digits": words.digit_spans,
        "yes_no": words.yes_no_spans,
        "number": words.number_spans,
        "money": words.money_spans,
        "phone": words.phone_spans,
        "card": words.card_spans,
        "id_number": words.id_number_spans,
        "date": days.spans,
        "time": times.spans,
        "date_time": times.day_time_spans,
        "spelling": spelling.spans,
    }
    for language, words, days, times, spelling in (
        ("en", slots_en, slots_days_en, slots_times_en, spelling_en),
        ("zh", slots_zh, slots_days_zh, slots_times_zh, spelling_zh),
    )
}
_SPECIFIC = (
    "one_of", "card", "id_number", "phone", "date_time", "date", "time", "money", "number", "digits",
    "spelling", "yes_no",
)  # fmt: skip
"""of two readings of the same words, the first of these wins"""
_COUNTED = ("number", "money", "digits")


def find(text: str, slot: Slot, language: str, today: date) -> Found | None:
    """The one value of the slot that the text holds, its place counted in `normalised(text, language)`;
    None also where it holds two different ones.
    A number that belongs to a date or a time is none if there is another. A `text` slot has no place
    within a sentence: it is the whole answer."""
    said = normalised(text, language)
    places = spans(said, slot, KINDS[language], language, today)
    if len({span.value for span in places}) > 1 and slot.type in _COUNTED:
        times = [other for kind in ("date", "time") for other in KINDS[language][kind](said, today)]
        places = [a for a in places if not any(a.start < b.end and b.start < a.end for b in times)]
    if len({span.value for span in places}) != 1:
        return None
    return Found(slot.type, *places[0], slot.type)


def find_all(text: str, wanted: Mapping[str, Slot], language: str, today: date) -> Extracted:
    """All values of the slots wanted: the longest first, then the most specific; several of one type
    go to the slots of that type in order, and what is more than these to the last one again."""
    said = normalised(text, language)
    by_slot: dict[Slot, list[str]] = {}
    for name, slot in wanted.items():
        by_slot.setdefault(slot, []).append(name)
    readings = [
        (slot, span) for slot in by_slot for span in spans(said, slot, KINDS[language], language, today)
    ]
    readings.sort(key=lambda r: (r[1].start - r[1].end, _SPECIFIC.index(r[0].type), r[1].start))
    kept: list[tuple[Slot, Value, int, int]] = []
    for slot, (value, start, end) in readings:
        if not any(start < other[3] and other[2] < end for other in kept):
            kept.append((slot, value, start, end))
    found = []
    for slot, value, start, end in sorted(kept, key=lambda k: k[2]):
        names = by_slot[slot]
        found.append(Found(names.pop(0) if len(names) > 1 else names[0], value, start, end, slot.type))
    return Extracted(said, tuple(found))


def delexicalised(text: str, found: Iterable[Found]) -> str:
    """The normalised text with `<type>` in the place of each value."""
    for one in sorted(found, key=lambda f: -f.start):
        text = f"{text[: one.start]}<{one.type}>{text[one.end :]}"
    return text
