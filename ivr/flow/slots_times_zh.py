"""Mandarin times: "下午三点半", "差五分九点", "15:30"; and with a day: "明天上午十点", "今晚八点"."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, time

from ivr.flow import slots_days_zh
from ivr.flow.slots_spans import Span
from ivr.flow.slots_time import Clock, ClockSpan, at, day_times
from ivr.flow.slots_zh import CHARS, numeral

_PARTS = {
    "morning": ("清晨", "早上", "早晨", "上午", "早"),
    "noon": ("中午", "正午"),
    "afternoon": ("下午", "傍晚"),
    "night": ("凌晨", "半夜", "午夜", "夜里", "深夜", "晚上", "晚间", "晚"),
}
_SMALL_HOURS = ("凌晨", "半夜", "午夜", "夜里", "深夜")
_PART = "凌晨|清晨|早上|早晨|上午|中午|正午|下午|傍晚|晚上|晚间|夜里|深夜|半夜|午夜"
_HOUR = r"(?:二十[一二三四]|二十|十[一二三四五六七八九]|十|[零〇一二两三四五六七八九]|(?<![0-9.])[0-9]{1,2})"
_MINUTE = r"(?:[零〇][一二三四五六七八九]|[二三四五]?十[一二三四五六七八九]?|[0-5][0-9])"
_CLOCK = re.compile(
    rf"(?P<part>{_PART})?的?(?:"
    rf"(?P<h>(?<![0-9])[0-9]{{1,2}}):(?P<m>[0-5][0-9])(?!:?[0-9])"
    rf"|差(?P<less>[一二三四五六七八九十0-9]{{1,3}}分|一刻)钟?(?:到)?(?P<hour2>{_HOUR})[点时]钟?"
    rf"|(?<![{CHARS}0-9])(?P<hour>{_HOUR})[点时](?:差(?P<less2>[一二三四五六七八九十0-9]{{1,3}}分|一刻)|(?P<word>半|一刻|三刻|整|钟)"
    rf"|(?:过?(?P<minute>{_MINUTE}(?!分钟[前后以])|[零过]?[一二三四五六七八九0-9](?=分))分?钟?))?(?![{CHARS}0-9])"
    rf"|(?P<alone>(?<=中午)|(?<=正午)|(?<=午夜)|(?<=半夜)))"
)
_BARE_NOON = ("中午", "正午", "午夜", "半夜")
_DAY_PART = re.compile(r"(今|明|昨|后)(早|晚)(?:上)?")
_BETWEEN = re.compile(rf"[ ,，]*的?(?P<part>{_PART})?[ ,，的在]*")


def _part(word: str) -> str:
    return "small hours" if word in _SMALL_HOURS else next(p for p, words in _PARTS.items() if word in words)


def _time(clock: Clock, part: str) -> time | None:
    if part == "small hours":
        return at(
            Clock(
                clock.hour % 12 if clock.hour == 12 else clock.hour,
                clock.minute,
                clock.hour <= 6 or clock.hour == 12,
            ),
            "night",
        )
    return at(clock, part)


def clock_spans(text: str) -> Iterator[ClockSpan]:
    for found in _CLOCK.finditer(text):
        group = found.groupdict()
        if clock := _clock(group, found[0]):
            yield ClockSpan(clock, _part(group["part"]) if group["part"] else "", found.start(), found.end())


def _clock(group: dict[str, str | None], said: str) -> Clock | None:
    if group["h"] and group["m"]:
        hour = int(group["h"])
        return Clock(hour, int(group["m"]), (group["h"].startswith("0") or hour > 12) and not group["part"])
    hour_word = group["hour"] or group["hour2"]
    if hour_word is None:
        return Clock(0 if said in ("午夜", "半夜") else 12, 0, True) if said in _BARE_NOON else None
    hour, minute = _value(hour_word), 0
    if less := group["less"] or group["less2"]:
        minutes = 15 if less == "一刻" else _value(less.removesuffix("分"))
        return (
            Clock((hour + 10) % 12 + 1 if hour <= 12 else hour - 1, 60 - minutes, False)
            if 0 < minutes < 60
            else None
        )
    if group["word"]:
        minute = {"半": 30, "一刻": 15, "三刻": 45}.get(group["word"], 0)
    elif group["minute"]:
        minute = _value(group["minute"].lstrip("零〇过") or "零")
    return Clock(hour, minute, False)


def _value(word: str) -> int:
    return int(numeral(word) or 0)


def clock(text: str) -> time | None:
    """The time that a text is."""
    found = [span for span in clock_spans(text) if (span.start, span.end) == (0, len(text))]
    return _time(found[0].clock, found[0].part) if found else None


def spans(text: str, today: date) -> Iterator[Span]:
    for span in clock_spans(text):
        value = _time(span.clock, span.part)
        if value is not None:
            yield Span(value, span.start, span.end)


def day_time_spans(text: str, today: date) -> Iterator[Span]:
    named = [(span.value, "", span.start, span.end) for span in slots_days_zh.spans(text, today)]
    for found in _DAY_PART.finditer(text):
        value = slots_days_zh.day(f"{found[1]}天", today)
        if value:
            named.append((value, "morning" if found[2] == "早" else "night", found.start(), found.end()))
    dated = [(day, part, start, end) for day, part, start, end in named if isinstance(day, date)]
    if dated:
        yield from day_times(text, dated, clock_spans(text), _BETWEEN, _part, _time)
