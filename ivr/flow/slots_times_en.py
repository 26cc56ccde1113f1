"""English times: "half past three", "quarter to nine", "three thirty pm", "15:30"; and with a day:
"next friday afternoon at 3"."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, time

from ivr.flow import slots_days_en
from ivr.flow.slots_spans import Span
from ivr.flow.slots_time import Clock, ClockSpan, at, day_times

_HOURS = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
    "seventeen eighteen nineteen twenty"
).split()
_ONES = _HOURS[1:10]
_NUMBERS = {word: n for n, word in enumerate(_HOURS)}
_NUMBERS |= {f"oh {word}": n for n, word in enumerate(_ONES, 1)} | {
    "a quarter": 15,
    "quarter": 15,
    "half": 30,
}
for _tens, _word in ((20, "twenty"), (30, "thirty"), (40, "forty"), (50, "fifty")):
    _NUMBERS |= {_word: _tens} | {f"{_word} {one}": _tens + n for n, one in enumerate(_ONES, 1)}
_HOUR = (
    rf"(?:twenty (?:one|two|three)\b|(?:{'|'.join(sorted(_HOURS[1:], key=len, reverse=True))})\b|"
    r"(?<![\d.,:])[0-9]{1,2}(?![\d:]))"
)
_TENS = rf"(?:(?:twenty|thirty|forty|fifty)(?: (?:{'|'.join(_ONES)}))?)"
_MINUTE = rf"(?:oh (?:{'|'.join(_ONES)})|{'|'.join(_HOURS[13:20])}|ten|eleven|twelve|{_TENS})\b"
_CLOCK = re.compile(
    rf"(?<![\w.])(?:(?P<minutes>half|(?:a )?quarter|{_TENS}|five|ten|[0-9]{{1,2}})(?: minutes?)? "
    rf"(?P<way>past|after|to|till|before|of) (?P<from>{_HOUR})(?: o'clock)?"
    r"|(?P<h>(?<![\d/-])[0-9]{1,2})(?P<sep>[:.h])(?P<m>[0-5][0-9])(?![\d:/.])(?: ?hours\b)?"
    rf"|(?P<hour>{_HOUR})(?: (?P<minute>{_MINUTE}))?(?P<oclock> o'clock)?"
    r"|(?P<name>(?:twelve )?(?:noon|midday|midnight))\b)"
    r"(?: ?(?P<half>[ap])(?: m|\.? ?m)\b\.?| (?P<part>in the (?:morning|afternoon|evening)|at night|"
    r"(?:this |tomorrow )?(?:morning|afternoon|evening)|tonight)\b)?"
)
_NOT_AN_HOUR = re.compile(
    r" ?(?:hundred|thousand|million|dollars?|yuan|percent|days?|weeks?|months?|years?|hours?|minutes?|times?|"
    r"point|of|and a half|(?:january|february|march|april|may|june|july|august|september|october|november|"
    r"december|zero|oh|one|two|three|four|five|six|seven|eight|nine|[0-9]+)\b)"
)
_CUES = re.compile(
    r"\b(?:past|to|after|before|till|of|o'clock|[ap]\.? ?m|noon|midday|midnight|at|around|about|by|morning|"
    r"afternoon|evening|tonight|night|twenty|thirty|forty|fifty|oh|[a-z]{3,5}teen)\b|[0-9][0-9:.h]*[0-9ap]"
)
_BEFORE_HOUR = re.compile(r"\b(?:at|around|about|by|until|till|say|before|after) $")
_BETWEEN = re.compile(
    r"[ ,]*(?:(?:in the )?(?P<part>morning|afternoon|evening|night)\b)?[ ,]*"
    r"(?:(?:at|on|around|about|by)\b)?[ ,]*"
)
_DAY_PARTS = re.compile(r"\b(?:tonight|this (?:morning|afternoon|evening))\b")


def _part(words: str) -> str:
    return next((part for part in ("morning", "afternoon", "evening") if part in words), "night")


def clock_spans(text: str, bare: bool = False) -> Iterator[ClockSpan]:
    """Times in a text; an hour alone ("at ten") only after such a word, unless `bare`."""
    if not bare and _CUES.search(text) is None:
        return
    for found in _CLOCK.finditer(text):
        group = found.groupdict()
        half, part = group["half"], group["part"]
        if group["hour"] and not (group["oclock"] or half or part):
            cued = bare or _BEFORE_HOUR.search(text, 0, found.start()) or group["minute"]
            if not cued or _NOT_AN_HOUR.match(text, found.end()):
                continue
        if group["sep"] == "." and not (half or part):
            continue
        if clock := _clock(group):
            meant = {"a": "am", "p": "pm"}[half] if half else _part(part) if part else ""
            if meant in ("am", "pm"):
                if not 1 <= clock.hour <= 12:
                    continue
                clock, meant = Clock(clock.hour % 12 + 12 * (meant == "pm"), clock.minute, True), ""
            yield ClockSpan(clock, meant, found.start(), found.end())


def _clock(group: dict[str, str | None]) -> Clock | None:
    if group["name"]:
        return Clock(0 if "midnight" in group["name"] else 12, 0, True)
    if group["h"] and group["m"]:
        return Clock(int(group["h"]), int(group["m"]), group["h"].startswith("0") or int(group["h"]) > 12)
    if group["minutes"] and group["from"]:
        minutes, hour = _value(group["minutes"]), _value(group["from"])
        if group["way"] in ("past", "after"):
            return Clock(hour, minutes, False)
        return Clock((hour + 11 - 1) % 12 + 1 if hour <= 12 else hour - 1, 60 - minutes, False)
    if group["hour"]:
        return Clock(_value(group["hour"]), _value(group["minute"]) if group["minute"] else 0, False)
    return None


def _value(word: str) -> int:
    return int(word) if word.isdigit() else _NUMBERS[word]


def clock(text: str) -> time | None:
    """The time that a text is; an hour alone is one."""
    text = re.sub(r"^(?:at|around|about|by) ", "", text)
    for span in clock_spans(text, bare=True):
        if (span.start, span.end) == (0, len(text)):
            return at(span.clock, span.part)
    return None


def spans(text: str, today: date) -> Iterator[Span]:
    for span in clock_spans(text):
        if value := at(span.clock, span.part):
            yield Span(value, span.start, span.end)
        elif span.clock.hour % 24 == 0 and span.clock.minute == 0:
            yield Span(time(0), span.start, span.end)


def day_time_spans(text: str, today: date) -> Iterator[Span]:
    named = [(span.value, "", span.start, span.end) for span in slots_days_en.spans(text, today)]
    named += [(today, _part(found[0]), found.start(), found.end()) for found in _DAY_PARTS.finditer(text)]
    dated = [(day, part, start, end) for day, part, start, end in named if isinstance(day, date)]
    if dated:
        clocks = [
            span
            for span in clock_spans(text)
            if not any(s < span.end and span.start < e for _, _, s, e in dated)
        ]
        yield from day_times(text, dated, clocks, _BETWEEN, _part)
