"""How callers word a value: the value enters, words as a recogniser writes them leave."""

from __future__ import annotations

import re
from datetime import date, time, timedelta
from decimal import Decimal
from random import Random

import cn2an
from num2words import num2words

_DIGIT_WORDS = {
    "en": "zero one two three four five six seven eight nine".split(),
    "zh": "零一二三四五六七八九",
}
_WEEKDAYS = {
    "en": "monday tuesday wednesday thursday friday saturday sunday".split(),
    "zh": "周一 周二 周三 周四 周五 周六 周日".split(),
}
_MONTHS = (
    "january february march april may june july august september october november december".split()
)  # fmt: skip


def digits(text: str, language: str, chance: Random) -> str:
    """One by one; English in groups as people pause, and "oh" for zero now and then."""
    words = [_LETTER.get(one) or _DIGIT_WORDS[language][int(one)] for one in text]
    which = chance.random()
    if language == "zh":
        return "".join("幺" if word == "一" and which < 0.4 else word for word in words)
    return " ".join("oh" if word == "zero" and which < 0.4 else word for word in words)


_LETTER = {"X": "x"}


def number(value: int, language: str) -> str:
    if language == "zh":
        written: str = cn2an.an2cn(value)
        return written.replace("一十", "十") if written.startswith("一十") else written
    return re.sub(r"[-,]", " ", num2words(value)).replace("  ", " ")


def money(value: Decimal, language: str, chance: Random) -> str:
    """Whole amounts, as these callers name them."""
    unit = ("块", "元", "块钱", "") if language == "zh" else (" dollars", " dollars", " bucks", "")
    words = number(int(value), language)
    if language == "en" and chance.random() < 0.5:
        words = words.replace(" and ", " ")
    return words + unit[int(chance.random() * len(unit))]


def day(value: date, today: date, language: str, chance: Random) -> str:
    """As an adverb: "on friday", 周五."""
    ahead = (value - today).days
    near = {"en": ("today", "tomorrow", "the day after tomorrow"), "zh": ("今天", "明天", "后天")}[language]
    if 0 <= ahead < len(near) and chance.random() < 0.7:
        return near[ahead]
    if 0 < ahead < 7 and chance.random() < 0.8:
        weekday = _WEEKDAYS[language][value.weekday()]
        return f"on {weekday}" if language == "en" else weekday.replace("周", chance.choice(("周", "星期")))
    if language == "zh":
        return f"{number(value.month, 'zh')}月{number(value.day, 'zh')}{chance.choice('号日')}"
    ordinal = num2words(value.day, to="ordinal").replace("-", " ")
    month = _MONTHS[value.month - 1]
    return (
        f"on {chance.choice((f'the {ordinal} of {month}', f'{month} {ordinal}', f'{month} the {ordinal}'))}"
    )


def clock(value: time, language: str, chance: Random) -> str:
    """Full and half hours."""
    hour, half = value.hour, value.minute == 30
    small = hour if hour <= 12 else hour - 12
    if language == "zh":
        part = "上午" if hour < 12 else "中午" if hour == 12 else "下午" if hour < 18 else "晚上"
        said = "两" if small == 2 else number(small, "zh")
        return f"{part}{said}点{'半' if half else ''}"
    words = number(small, "en")
    said = (f"half past {words}" if chance.random() < 0.5 else f"{words} thirty") if half else words
    part = "in the morning" if hour < 12 else "in the afternoon" if hour < 18 else "in the evening"
    short = "a m" if hour < 12 else "p m"
    if hour == 12:
        return "noon" if not half else f"{said} p m"
    return f"{said} {part if chance.random() < 0.6 else short}"


def month_before(today: date) -> date:
    """The first of last month."""
    return (today.replace(day=1) - timedelta(days=1)).replace(day=1)
