"""English values: "oh four double seven", "twelve hundred", "march the third", spoken or typed.
Numbers are read by text2num, dates in figures ("3 Mar 2027") by dateparser."""

from __future__ import annotations

import re
from datetime import date, datetime
from decimal import Decimal
from functools import cache

import dateparser
from num2words import num2words
from text_to_num import alpha2digit

from ivr.flow import days

_DIGITS = {
    word: str(n)
    for n, word in enumerate(["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"])
}
_DIGITS |= {"oh": "0", "o": "0", "nought": "0"}
_REPEATS = {"double": 2, "triple": 3, "treble": 3}
_NO = frozenset(
    ["no", "nope", "nah", "not", "wrong", "incorrect", "don't", "isn't", "doesn't", "never", "cancel", "n"]
)
_YES = frozenset(
    [
        "yes",
        "yeah",
        "yep",
        "yup",
        "sure",
        "correct",
        "right",
        "okay",
        "ok",
        "absolutely",
        "exactly",
        "course",
        "fine",
        "y",
        "true",
    ]
)
_YES_PHRASES = frozenset(
    ["it is", "i do", "that's it", "go ahead", "no problem", "sounds good", "i am", "it does"]
)
_MOST_WORDS = 5
"""a longer sentence is no answer to yes or no, unless it begins with one"""
_MAIN = "dollars?|yuan|rmb|renminbi|kuai|euros?|pounds?|bucks?|usd|cny|eur|gbp"
_SMALL = "cents?|pence|fen|p"
_AMOUNT = re.compile(rf"(?<![\w.])(-?[0-9]+(?:\.[0-9]+)?)(?:\s*(?:({_MAIN})|({_SMALL}))\b)?(?![\w])")

_MONTHS = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
]
_WEEKDAYS = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]


_ASIDES = re.compile(r"\b(?:uh|um|er|erm|please|thanks|thank you)\b")


def plain(text: str) -> str:
    """Without hesitations, hyphens between words and commas that end a word."""
    text = re.sub(r"(?<=[a-z])-(?=[a-z])", " ", text)
    text = re.sub(r"[,.!?;]+(?=\s|$)", "", text)
    return " ".join(_ASIDES.sub(" ", text).split())


def digits(text: str) -> str:
    found, repeat = "", 1
    for word in re.findall(r"[a-z']+|[0-9]+", alpha2digit(text, "en")):
        if word in _REPEATS:
            repeat = _REPEATS[word]
            continue
        said = _DIGITS.get(word, word if word.isdigit() else "")
        found += said[:1] * (repeat - 1) + said
        repeat = 1
    return found


def yes_no(text: str) -> bool | None:
    words = re.findall(r"[a-z']+", plain(text) or text)
    if not words or (len(words) > _MOST_WORDS and words[0] not in _YES | _NO):
        return None
    if " ".join(words) in _YES_PHRASES:
        return True
    if _NO & set(words):
        return False if words[0] not in _YES else None
    return True if _YES & set(words) else None


def number(text: str) -> Decimal | None:
    found = [value for value, _, _ in _amounts(text)]
    return found[0] if len(found) == 1 else None


def money(text: str) -> Decimal | None:
    match _amounts(text):
        case [(value, _, "")]:
            return value
        case [(value, "", _)]:
            return value / 100
        case [(value, main, ""), (cents, "", small)] if (main or small) and 0 <= cents < 100:
            return value + cents / 100
    return None


def _amounts(text: str) -> list[tuple[Decimal, str, str]]:
    """(number, currency word, word for the hundredth) of every number in the text."""
    text = re.sub(r"(?<=[0-9]),(?=[0-9]{3}(?![0-9]))", "", plain(text))
    if re.search(r"\b(?:half|quarter|dozen)\b", text):
        return []
    for said, meant in _SYNONYMS:
        text = re.sub(said, meant, text)
    text = re.sub(r"\b([0-9]+(?:\.[0-9]+)?) (thousand|million)\b", _multiplied, text)
    text = alpha2digit(text, "en", threshold=0)
    text = re.sub(r"\b([0-9]*000) and ([0-9]{1,3})\b(?!\s*(?:cents?|pence))", _added, text)
    text = re.sub(r"\bzero\b", "0", text)
    return [(Decimal(value), main, small) for value, main, small in _AMOUNT.findall(text)]


_SYNONYMS = (
    (r"(?<=[0-9])k\b", " thousand"),
    (r"\b(?:a |one )?grand\b", "thousand"),
    (r"\b(?:minus|negative) ", "-"),
    (r"\boh\b", "zero"),
    (r"\ba (?=hundred|thousand|million)", "one "),
)


def _multiplied(found: re.Match[str]) -> str:
    value = Decimal(found[1]) * (1000 if found[2] == "thousand" else 1_000_000)
    return f"{value.normalize():f}"


def _added(found: re.Match[str]) -> str:
    return str(int(found[1]) + int(found[2]))


# --- dates -----------------------------------------------------------------------------------


def day(text: str, today: date) -> date | None:
    words = re.findall(r"[0-9]+(?:st|nd|rd|th)|[0-9/.,-]*[0-9]|[a-z']+", plain(text))
    whole = _relative(" ".join(words), today) or _of_calendar(words, today) or _in_figures(text, today)
    if whole:
        return whole
    for start in range(1, len(words) - 1):  # "could we say ... the fifth of may"
        rest = words[start:]
        if found := _relative(" ".join(rest), today) or _of_calendar(rest, today):
            return found
    return None


def _relative(text: str, today: date) -> date | None:
    text = re.sub(r"^(?:by|for) ", "", text)
    fixed = {"today": 0, "tomorrow": 1, "yesterday": -1, "next week": 7, "in a week": 7}
    fixed |= {"day after tomorrow": 2, "the day after tomorrow": 2, "a week from today": 7}
    if text in fixed:
        return days.after(today, fixed[text])
    if text in ("next month", "in a month"):
        return days.add_months(today, 1)
    if found := re.fullmatch(rf"(?:on )?(?:this |next |coming )?({'|'.join(_WEEKDAYS)})", text):
        return days.on_weekday(_WEEKDAYS.index(found[1]), today)
    if found := re.fullmatch(r"in ([a-z ]+|[0-9]+) (day|week|month)s?", text):
        count = number(found[1])
        if count is None or not 0 <= count <= 1000:
            return None
        if found[2] == "month":
            return days.add_months(today, int(count))
        return days.after(today, int(count) * (7 if found[2] == "week" else 1))
    return None


@cache
def _days() -> dict[str, int]:
    """ "third", "three", "twenty first" ... -> 1 to 31"""
    spoken = {
        num2words(n, to=form).replace("-", " "): n for n in range(1, 32) for form in ("ordinal", "cardinal")
    }
    return spoken | {f"{n}{end}": n for n in range(1, 32) for end in ("", "st", "nd", "rd", "th")}


@cache
def _years() -> dict[str, int]:
    """ "twenty twenty seven", "two thousand and seven", "nineteen ninety" ... -> 1950 to 2099"""
    spoken = {str(year): year for year in range(1950, 2100)}
    for year in range(1950, 2100):
        tail = num2words(year % 100).replace("-", " ") if year % 100 else ""
        if year >= 2000:
            spoken[f"two thousand {tail}".strip()] = spoken[f"two thousand and {tail}"] = year
        if year % 100 >= 10:
            spoken[f"{num2words(year // 100)} {tail}"] = year
    return spoken


def _of_calendar(words: list[str], today: date) -> date | None:
    """ "march the third twenty twenty seven", "the third of march", "on the fifteenth"."""
    said = [word for word in words if word not in ("on", "the", "of", "by", "for", *_WEEKDAYS)]
    for size in range(min(5, len(said) - 2), 0, -1):
        year = _years().get(" ".join(said[-size:]).replace(",", ""))
        month_day = _month_day(said[:-size]) if year else None
        if year and month_day:
            return days.exact(year, *month_day)
    if month_day := _month_day(said):
        return days.on_month_day(*month_day, today)
    only = _days().get(" ".join(said)) if "the" in words or len(words) == 1 else None
    return days.on_day(only, today) if only else None


def _month_day(said: list[str]) -> tuple[int, int] | None:
    for month_at, rest in ((0, said[1:]), (-1, said[:-1])):
        if said and said[month_at] in _MONTHS and (found := _days().get(" ".join(rest))):
            return _MONTHS.index(said[month_at]) + 1, found
    return None


def _in_figures(text: str, today: date) -> date | None:
    """2027-03-03, 3/3/2027 (month first), "3 Mar 2027"."""
    if not re.search(r"[0-9]", text):
        return None
    base = datetime(today.year, today.month, today.day)
    settings = {"RELATIVE_BASE": base, "PREFER_DATES_FROM": "future", "REQUIRE_PARTS": ["day", "month"]}
    found = dateparser.parse(text, languages=["en"], settings=settings)
    return found.date() if found else None
