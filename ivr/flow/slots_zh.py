"""Mandarin values: "幺三八", "五千块五毛", "下个月十五号", spoken or typed. Numbers are read by cn2an."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal

import cn2an

from ivr.flow import days

_DIGITS = {word: str(n) for n, word in enumerate("零一二三四五六七八九")}
_DIGITS |= {"〇": "0", "幺": "1", "两": "2", "洞": "0", "拐": "7", "勾": "9"}
_NUMERAL = r"负?[0-9.零〇一二两三四五六七八九十百千万亿点壹贰叁肆伍陆柒捌玖拾佰仟]+"
_YES = ("是", "对", "好", "可以", "行", "嗯", "确认", "正确", "要", "没错", "没问题", "不错", "yes", "ok")
_NO = ("不", "错", "否", "没", "别", "取消", "no")
_LEAD = "啊呃嗯那哦就"
_MONEY = re.compile(
    rf"({_NUMERAL})\s*(?:元|块钱|块|圆|美元|人民币)?"
    rf"(?:(?<=[元块圆])({_NUMERAL})(?:角|毛)?(?!分))?(?:(?<=[元块圆角毛零])({_NUMERAL})分?)?"
)
_SMALL = re.compile(rf"(?:({_NUMERAL})(?:角|毛)钱?)?(?:({_NUMERAL})分钱?)?")
_WEEKDAYS = {**{word: n for n, word in enumerate("一二三四五六日")}, "天": 6}
_WEEKDAYS |= {str(n + 1): n for n in range(7)}


def digits(text: str) -> str:
    return "".join(word if word in "0123456789" else _DIGITS.get(word, "") for word in text)


def yes_no(text: str) -> bool | None:
    said = re.sub(r"[\W_]", "", text)
    said = said.lstrip(_LEAD) or said
    if len(said) > 8 and not said.startswith((*_YES, *_NO)):
        return None
    if said.startswith(("没错", "没问题", "不错")):
        return True
    if any(word in said for word in _NO):
        return False
    return True if said.startswith(_YES) or said.endswith(("是的", "对的", "好的")) else None


def number(text: str) -> Decimal | None:
    found = re.findall(_NUMERAL, _without_commas(text))
    return _numeral(found[0]) if len(found) == 1 else None


def money(text: str) -> Decimal | None:
    text = re.sub(r"\s", "", _without_commas(text))
    if len(re.findall(r"[元块圆]", text)) > 1:
        return None
    if (small := _SMALL.fullmatch(text)) and (small[1] or small[2]):
        return _sum(None, small[1], small[2])
    found = _MONEY.search(text)
    if found is None or re.search(_NUMERAL, text[found.end() :]):
        return None
    return _sum(found[1], found[2], found[3])


def _sum(whole: str | None, tenths: str | None, cents: str | None) -> Decimal | None:
    total = Decimal(0)
    for part, unit in ((whole, "1"), (tenths, "0.1"), (cents, "0.01")):
        value = _numeral(part) if part else Decimal(0)
        if value is None or (unit != "1" and value >= 10):
            return None
        total += value * Decimal(unit)
    return total


def _numeral(text: str) -> Decimal | None:
    try:
        return Decimal(str(cn2an.cn2an(text.replace("〇", "零"), "smart")))
    except (ValueError, ArithmeticError, KeyError, IndexError):  # cn2an's own for what is no numeral
        return None


def _without_commas(text: str) -> str:
    return re.sub(r"(?<=[0-9])[,，](?=[0-9]{3}(?![0-9]))", "", text)


# --- dates -----------------------------------------------------------------------------------

_AHEAD = {
    "昨天": -1,
    "今天": 0,
    "今日": 0,
    "明天": 1,
    "明日": 1,
    "后天": 2,
    "大后天": 3,
    "下周": 7,
    "下个星期": 7,
}


def day(text: str, today: date) -> date | None:
    said = re.sub(r"[\s，。、,]|吧|的|在", "", text)
    said = re.sub(r"(?<=[日号])(?:周|星期|礼拜)[一二三四五六日天]$", "", said)
    if said in _AHEAD:
        return days.after(today, _AHEAD[said])
    if found := re.fullmatch(rf"({_NUMERAL})(天|周|个?星期|个?月)(?:以?后|之后)?", said):
        return _after(found[1], found[2], today)
    if found := re.fullmatch(r"(这个?|本|下个?|下下个?)?(?:周|星期|礼拜)([一二三四五六日天1-7])", said):
        return _weekday(found[1] or "", _WEEKDAYS[found[2]], today)
    if found := re.fullmatch(r"([0-9]{4})[-/.]([0-9]{1,2})[-/.]([0-9]{1,2})", said):
        return days.exact(int(found[1]), int(found[2]), int(found[3]))
    return _of_calendar(said, today)


def _after(count: str, unit: str, today: date) -> date | None:
    value = _numeral(count)
    if value is None or value != int(value) or not 0 <= value <= 1000:
        return None
    if unit.endswith("月"):
        return days.add_months(today, int(value))
    return days.after(today, int(value) * (1 if unit == "天" else 7))


def _weekday(which: str, weekday: int, today: date) -> date | None:
    """下周五 is the Friday of the next calendar week; 这周五 that of this one; 周五 the next one."""
    if not which:
        return days.on_weekday(weekday, today)
    weeks = which.count("下")
    return days.after(today, weekday - today.weekday() + 7 * weeks)


def _of_calendar(said: str, today: date) -> date | None:
    """二零二七年三月三号, 明年三月三日, 三月三号, 下个月十五号, 十五号"""
    found = re.fullmatch(
        rf"(?:({_NUMERAL}|今|明|后)年)?({_NUMERAL}|这个?|本|下个?)月({_NUMERAL})[号日]?", said
    )
    if found is None:
        only = re.fullmatch(rf"({_NUMERAL})[号日]", said)
        day_number = _numeral(only[1]) if only else None
        return days.on_day(int(day_number), today) if day_number else None
    year_word, month_word, day_word = found.groups()
    day_number = _numeral(day_word)
    if day_number is None:
        return None
    if month_word[0] in "这本下":
        month = days.add_months(today.replace(day=1), month_word.count("下"))
        return days.exact(month.year, month.month, int(day_number))
    month_number = _numeral(month_word)
    if month_number is None:
        return None
    if year_word is None:
        return days.on_month_day(int(month_number), int(day_number), today)
    if year_word in "今明后":
        return days.exact(today.year + "今明后".index(year_word), int(month_number), int(day_number))
    year = digits(year_word)
    return days.exact(int(year), int(month_number), int(day_number)) if len(year) == 4 else None
