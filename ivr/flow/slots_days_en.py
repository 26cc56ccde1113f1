"""English days: "march the third", "next friday", "in two weeks", "the end of the month"; figures
that are written unlike any of these are left to dateparser."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime
from functools import cache, lru_cache

import dateparser
from num2words import num2words

from ivr.flow import days
from ivr.flow.slots_en import number, plain
from ivr.flow.slots_spans import Span

_MONTHS = "january february march april may june july august september october november december".split()
_SHORT_MONTHS = {name[:3]: n for n, name in enumerate(_MONTHS)} | {"sept": 8}
_MONTH_OF = _SHORT_MONTHS | {name: n for n, name in enumerate(_MONTHS)}
_WEEKDAYS = "monday tuesday wednesday thursday friday saturday sunday".split()
_FIXED = {
    "today": 0, "tomorrow": 1, "yesterday": -1, "next week": 7, "in a week": 7, "in a fortnight": 14,
    "day after tomorrow": 2, "the day after tomorrow": 2, "a week from today": 7, "a week from now": 7,
    "a week from tomorrow": 8, "day before yesterday": -2, "the day before yesterday": -2,
    "in a couple of days": 2, "in a day": 1, "in a couple of weeks": 14,
}  # fmt: skip


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
        elif year > 2000:
            spoken[f"{num2words(year // 100)} oh {tail}"] = year
    return spoken


_ORDINALS = [word for word in _days() if word.isalpha() and word.endswith(("st", "nd", "rd", "th"))]
_ORDINALS = [f"twenty {word}" for word in _ORDINALS[:9]] + [
    "thirty first",
    *_ORDINALS,
    "[0-9]{1,2}(?:st|nd|rd|th)",
]
_VOCABULARY = frozenset(
    [
        *(*_MONTH_OF, *_WEEKDAYS, *" ".join(_ORDINALS[:-1]).split()),
        *"today tomorrow yesterday fortnight day days week weeks month months year years".split(),
    ]
)
"""without one of these words or a figure no day is named"""
_ORDINAL = rf"(?:{'|'.join(_ORDINALS)})\b"
_CARDINALS = [
    word for word in _days() if word.replace(" ", "").isalpha() and not re.fullmatch(_ORDINAL, word)
]
_ONE_TO_NINE = "(?:one|two|three|four|five|six|seven|eight|nine)"
_CARDINAL = "|".join(sorted(_CARDINALS, key=len, reverse=True))
_DAY = rf"(?:{_ORDINAL}|(?:{_CARDINAL})\b|[0-9]{{1,2}}\b(?![.:]?[0-9]))"
_TAIL = (
    rf"(?:(?:twen|thir|for|fif|six|seven|eigh|nine)ty(?: {_ONE_TO_NINE})?|oh {_ONE_TO_NINE}|"
    r"ten|eleven|twelve|[a-z]{3,5}teen)"
)
_COUNT = rf"(?:a|{_TAIL}|{_ONE_TO_NINE}|[0-9]{{1,3}})"
_YEAR = (
    rf"(?:(?:19|20)[0-9]{{2}}|(?:nineteen|twenty) {_TAIL}|"
    rf"two thousand(?: and)?(?: (?:{_TAIL}|{_ONE_TO_NINE}))?)\b"
)
_PART = "end|last day|first day|beginning|start"
_WEEKDAY = rf"(?:{'|'.join(_WEEKDAYS)})\b"
_MONTH = rf"(?:{'|'.join(sorted(_MONTH_OF, key=len, reverse=True))})\b\.?"
_AFTER_ORDINAL = (
    r"(?= ?(?:$|[,.?!;]|(?:please|and|but|so|because|when|which|to|at|until|till|if|or|then|is|was|would|"
    r"will|can|could|should|works|thanks|for|from|in|by|not|as|with|before|after|i|we|you|it|my|okay|"
    r"morning|afternoon|evening)\b))"
)
_WORD = re.compile(r"[ ,.?!;]+")
_DATE = re.compile(
    r"\b(?:"
    + "|".join(
        [
            rf"(?:{_WEEKDAY},? )?(?:the )?{_DAY},? (?:day )?(?:of )?{_MONTH}(?:,? {_YEAR})?",
            rf"(?:{_WEEKDAY},? )?(?<!i )(?<!you ){_MONTH} (?:the )?{_DAY}(?:,? {_YEAR})?",
            rf"(?:the )?{_ORDINAL} of (?:this|next|the) month\b",
            rf"(?:{_WEEKDAY},? )?the {_ORDINAL}{_AFTER_ORDINAL}",
            rf"(?:the )?(?:{_PART}) of (?:(?:the|this|next) )?(?:month|year)\b",
            rf"(?:the )?(?:{_PART}) of {_MONTH}",
            rf"(?:{'|'.join(sorted(_FIXED, key=len, reverse=True))})\b(?! {_WEEKDAY})",
            rf"{_WEEKDAY} next week\b|next week(?: on)? {_WEEKDAY}|a week (?:from|on) {_WEEKDAY}",
            rf"(?:(?:this coming|the coming|this|next|coming|last|past) )?{_WEEKDAY}",
            r"next month\b|in a (?:month|year)\b",
            rf"in {_COUNT} (?:day|week|month|year)s?\b",
            rf"{_COUNT} (?:day|week|month)s? (?:from now|from today|ago)\b",
            r"(?<![0-9/.-])(?:[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}|[0-9]{1,2}/[0-9]{1,2}(?:/[0-9]{4})?)(?![0-9/-])",
        ]
    )
    + ")"
)


def spans(text: str, today: date) -> Iterator[Span]:
    if _VOCABULARY.isdisjoint(_WORD.split(text)) and not any(c in "0123456789" for c in text):
        return
    for found in _DATE.finditer(text):
        if day := _exact(found[0], today):
            yield Span(day, found.start(), found.end())


def day(text: str, today: date) -> date | None:
    """The day that the text is, or the only one that it names."""
    if whole := _exact(text, today):
        return whole
    words = _words(text)
    for start in range(1, len(words) - 1):  # "could we say ... the fifth of may"
        rest = words[start:]
        if found := _relative(" ".join(rest), today) or _of_calendar(rest, today):
            return found
    return None


def _words(text: str) -> list[str]:
    return re.findall(r"[0-9]+(?:st|nd|rd|th)|[0-9/.,-]*[0-9]|[a-z']+", plain(text))


def _exact(text: str, today: date) -> date | None:
    words = _words(text)
    return (
        _relative(" ".join(words), today) or _of_calendar(words, today) or _in_figures(" ".join(words), today)
    )


def _relative(text: str, today: date) -> date | None:
    text = re.sub(r"^(?:by|for|on|at) ", "", text)
    if text in _FIXED:
        return days.after(today, _FIXED[text])
    if found := re.fullmatch(rf"(?:(this coming|the coming|this|next|coming|last|past) )?({_WEEKDAY})", text):
        weekday = _WEEKDAYS.index(found[2])
        if found[1] in ("last", "past"):
            return days.after(today, -((today.weekday() - weekday - 1) % 7 + 1))
        return days.on_weekday(weekday, today)
    if found := re.fullmatch(rf"(a )?(?:next )?week(?: from| on)? ({_WEEKDAY})|({_WEEKDAY}) next week", text):
        weekday = _WEEKDAYS.index(found[2] or found[3])
        if found[1]:
            return days.after(days.on_weekday(weekday, today), 7)
        return days.after(today, weekday - today.weekday() + 7)
    return _month_part(text, today) or _counted(text, today)


def _counted(text: str, today: date) -> date | None:
    """ "in two weeks", "three days ago", "next month" """
    if text in ("next month", "in a month", "a month from now", "a month from today"):
        return days.add_months(today, 1)
    if text in ("in a year", "a year from now"):
        return days.add_months(today, 12)
    found = re.fullmatch(
        r"(?:in )?([a-z ]+|[0-9]+) (day|week|month|year)s?( from now| from today| ago)?", text
    )
    if found is None or not (text.startswith("in ") or found[3]):
        return None
    count = number(found[1])
    if count is None or count != int(count) or not 0 <= count <= 1000:
        return None
    ahead = -int(count) if found[3] == " ago" else int(count)
    if found[2] in ("month", "year"):
        months = ahead * (12 if found[2] == "year" else 1)
        return days.add_months(today, months) if today.year * 12 + months > 24 else None
    return days.after(today, ahead * (7 if found[2] == "week" else 1))


def _month_part(text: str, today: date) -> date | None:
    """ "the end of the month", "the last day of march", "the third of next month" """
    found = re.fullmatch(
        rf"(?:the )?(?:(end|last day)|{_PART}|({_ORDINAL})) of (?:(the|this|next) )?(month|year|{_MONTH})",
        text,
    )
    if found is None or (found[2] and found[4] != "month"):
        return None
    ahead = 1 if found[3] == "next" else 0
    if found[4] == "year":
        year = today.year + (ahead if found[1] else 1)
        return days.exact(year, 12, 31) if found[1] else days.exact(year, 1, 1)
    if found[4] != "month":
        month = _MONTH_OF[found[4].rstrip(".")] + 1
        return days.end_of(month, today) if found[1] else days.on_month_day(month, 1, today)
    if found[1]:
        return days.end_of_month(ahead, today)
    first = days.add_months(today.replace(day=1), ahead)
    if found[2]:
        return days.exact(first.year, first.month, _days()[found[2]])
    return first if ahead else days.on_day(1, today)


def _of_calendar(words: list[str], today: date) -> date | None:
    """ "march the third twenty twenty seven", "the third of march", "on the fifteenth"."""
    said = [word for word in words if word not in ("on", "the", "of", "by", "for", "day", *_WEEKDAYS)]
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
        if said and said[month_at] in _MONTH_OF and (found := _days().get(" ".join(rest))):
            return _MONTH_OF[said[month_at]] + 1, found
    return None


@lru_cache(maxsize=512)
def _in_figures(text: str, today: date) -> date | None:
    """2027-03-03, 3/3/2027 (month first), "3 Mar 2027"."""
    if not re.search(r"[0-9]", text):
        return None
    if found := re.fullmatch(r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})", text):
        return days.exact(*map(int, found.groups()))
    if found := re.fullmatch(r"([0-9]{1,2})/([0-9]{1,2})(?:/([0-9]{4}))?", text):
        first, second = int(found[1]), int(found[2])
        month, day = (second, first) if first > 12 else (first, second)
        return days.exact(int(found[3]), month, day) if found[3] else days.on_month_day(month, day, today)
    base = datetime(today.year, today.month, today.day)
    settings = {"RELATIVE_BASE": base, "PREFER_DATES_FROM": "future", "REQUIRE_PARTS": ["day", "month"]}
    found_day = dateparser.parse(text, languages=["en"], settings=settings)
    return found_day.date() if found_day else None
