"""Mandarin days: "后天", "下周五", "月底", "两周后", "三月三号", "下个月最后一天"."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from ivr.flow import days
from ivr.flow.slots_spans import Span
from ivr.flow.slots_zh import CHARS, NUMERAL, digits, numeral

_AHEAD = {
    "大前天": -3, "前天": -2, "昨天": -1, "昨日": -1, "今天": 0, "今日": 0, "明天": 1, "明日": 1,
    "后天": 2, "大后天": 3, "下周": 7, "下星期": 7, "下个星期": 7,
    "半个月后": 15, "半个月以后": 15, "半个月之后": 15, "过半个月": 15,
}  # fmt: skip
_WEEKDAYS = {**{word: n for n, word in enumerate("一二三四五六日")}, "天": 6}
_WEEKDAYS |= {str(n + 1): n for n in range(7)}
_WEEK = r"(?:周|星期|礼拜)"
_COUNT = rf"[{CHARS}0-9]{{1,4}}"
_MONTH = (
    rf"(?:这个?|本|下下个?|下个?)月|(?<![{CHARS}0-9])(?:1[0-2]|[1-9]|0[1-9]|十[一二]?|[一二三四五六七八九])月"
)
_WEEKDAY_AFTER = rf"(?:[,，]?{_WEEK}[一二三四五六日天])?"
_YEAR = "(?:(?:[零〇一二三四五六七八九]{4}|[0-9]{4}|今|明|后)年)?"
_DATE = re.compile(
    "|".join(
        [
            rf"{_YEAR}(?:{_MONTH})的?(?:最后一天|底|末|初)",
            rf"{_YEAR}(?:{_MONTH})的?[{CHARS}0-9]{{1,3}}[号日]{_WEEKDAY_AFTER}",
            rf"{_YEAR}(?:1[0-2]|[1-9]|十[一二]?|[一二三四五六七八九])月[{CHARS}0-9]{{1,3}}(?![{CHARS}0-9个天块元点月])",
            r"(?:今年|明年)?(?:年底|年末)|(?:今年|明年)的?最后一天|月底|月末",
            rf"过?(?:{_COUNT}|半)(?:天|周|个?星期|个?礼拜|个?月|年)(?:以后|之后|后)|过{_COUNT}(?:天|周|个?星期|个?礼拜|个?月|年)",
            rf"{_COUNT}(?:天|周|个?星期|个?礼拜)(?:以前|之前|前)",
            rf"(?:这个?|本|下下个?|下个?|上个?)?{_WEEK}(?:[一二三四五六日天]|[1-7](?![0-9]))",
            r"大后天|大前天|前天|昨天|昨日|今天|今日|明天|明日|后天|下个?星期|下周|下个月",
            rf"(?<![{CHARS}0-9第月])[{CHARS}0-9]{{1,3}}[号日](?![楼店线门窗机]){_WEEKDAY_AFTER}",
            r"(?<![0-9/.-])(?:[0-9]{4}[-/.][0-9]{1,2}[-/.][0-9]{1,2}|[0-9]{1,2}/[0-9]{1,2})(?![0-9/.-])",
        ]
    )
)
_HINTS = frozenset("天日号月周期拜年/-")


def spans(text: str, today: date) -> Iterator[Span]:
    if _HINTS.isdisjoint(text):
        return
    for found in _DATE.finditer(text):
        if value := day(found[0], today):
            yield Span(value, found.start(), found.end())


def day(text: str, today: date) -> date | None:
    said = re.sub(r"[\s，。、,]|吧|的|在", "", text)
    said = re.sub(rf"(?<=[日号]){_WEEK}[一二三四五六日天]$", "", said)
    if said in _AHEAD:
        return days.after(today, _AHEAD[said])
    if said == "下个月":
        return days.add_months(today, 1)
    if found := re.fullmatch(
        rf"过?({NUMERAL}|半)(天|周|个?星期|个?礼拜|个?月|年)(?:以?(后)|之后|(以前|之前|前))?", said
    ):
        return _after(found[1], found[2], bool(found[4]), today)
    if found := re.fullmatch(rf"(这个?|本|下个?|下下个?|上个?)?{_WEEK}([一二三四五六日天1-7])", said):
        return _weekday(found[1] or "", _WEEKDAYS[found[2]], today)
    if found := re.fullmatch(r"([0-9]{4})[-/.]([0-9]{1,2})[-/.]([0-9]{1,2})", said):
        return days.exact(int(found[1]), int(found[2]), int(found[3]))
    if found := re.fullmatch(r"([0-9]{1,2})/([0-9]{1,2})", said):
        return days.on_month_day(int(found[1]), int(found[2]), today)
    return _end_or_beginning(said, today) or _of_calendar(said, today)


def _after(count: str, unit: str, back: bool, today: date) -> date | None:
    value = Decimal("0.5") if count == "半" else numeral(count)
    if value == Decimal("0.5"):
        months = {"年": 6}.get(unit)
        return days.add_months(today, months) if months else None
    if value is None or value != int(value) or not 0 <= value <= 1000:
        return None
    ahead = -int(value) if back else int(value)
    if unit.endswith(("月", "年")):
        months = ahead * (12 if unit == "年" else 1)
        return days.add_months(today, months) if today.year * 12 + months > 24 else None
    return days.after(today, ahead * (1 if unit == "天" else 7))


def _weekday(which: str, weekday: int, today: date) -> date | None:
    """下周五 is the Friday of the next calendar week; 这周五 that of this one; 周五 the next one."""
    if not which:
        return days.on_weekday(weekday, today)
    weeks = which.count("下") - which.count("上")
    return days.after(today, weekday - today.weekday() + 7 * weeks)


def _end_or_beginning(said: str, today: date) -> date | None:
    """月底, 下个月底, 三月底, 年底, 下个月最后一天, 下个月初"""
    if found := re.fullmatch(r"(今年|明年)?(?:年?[底末]|最后一天)", said):
        return days.exact(today.year + (found[1] == "明年"), 12, 31)
    found = re.fullmatch(
        rf"(?:({NUMERAL}|今|明|后)年)?(?:({NUMERAL})|(?:这个?|本|(下下|下)个?))?月(底|末|最后一天|初)", said
    )
    if found is None:
        return None
    first = found[4] == "初"
    if found[2] is None:
        ahead = len(found[3] or "")
        return days.end_of_month(ahead, today) if not first else days.add_months(today.replace(day=1), ahead)
    month = numeral(found[2])
    if month is None or not 1 <= month <= 12 or month != int(month):
        return None
    if found[1]:
        of_year = _year(found[1], today)
        start = days.exact(of_year, int(month), 1) if of_year else None
        return start if first or start is None else days.end_of_month(0, start)
    return days.on_month_day(int(month), 1, today) if first else days.end_of(int(month), today)


def _year(word: str, today: date) -> int | None:
    if word in "今明后":
        return today.year + "今明后".index(word)
    year = digits(word)
    return int(year) if len(year) == 4 else None


def _of_calendar(said: str, today: date) -> date | None:
    """二零二七年三月三号, 明年三月三日, 三月三号, 下个月十五号, 十五号"""
    found = re.fullmatch(
        rf"(?:({NUMERAL}|今|明|后)年)?({NUMERAL}|这个?|本|下个?|下下个?)月({NUMERAL})[号日]?", said
    )
    if found is None:
        only = re.fullmatch(rf"({NUMERAL})[号日]", said)
        day_number = numeral(only[1]) if only else None
        return days.on_day(int(day_number), today) if day_number else None
    year_word, month_word, day_word = found.groups()
    day_number = numeral(day_word)
    if day_number is None:
        return None
    if month_word[0] in "这本下":
        month = days.add_months(today.replace(day=1), month_word.count("下"))
        return days.exact(month.year, month.month, int(day_number))
    month_number = numeral(month_word)
    if month_number is None:
        return None
    if year_word is None:
        return days.on_month_day(int(month_number), int(day_number), today)
    year = _year(year_word, today)
    return days.exact(year, int(month_number), int(day_number)) if year else None
