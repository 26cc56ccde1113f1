"""Parts of the English word graph: days, times of day, and both together."""

from __future__ import annotations

from functools import cache

from ivr.asr.grammar_values import ONES, TEENS, TENS, below_100
from ivr.asr.wordgraph import Part, any_word, maybe, one_of, say, seq

_ORDINALS = (
    "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth "
    "fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth twentieth thirtieth"
).split()
_MONTHS = ("january february march april may june july august september october november december").split()
_WEEKDAYS = "monday tuesday wednesday thursday friday saturday sunday".split()


@cache
def day() -> Part:
    ordinal = one_of(
        any_word(_ORDINALS),
        seq(say("twenty"), any_word(_ORDINALS[:9])),
        say("thirty first"),
    )
    month = any_word(_MONTHS)
    day = one_of(ordinal, any_word((*ONES, *TEENS)), seq(say("twenty"), maybe(any_word(ONES))))
    year = maybe(_year())
    on = maybe(say("on"))
    return one_of(
        any_word(("today", "tomorrow", "yesterday", "day after tomorrow", "the day after tomorrow")),
        seq(any_word(("", "on", "this", "next", "on next")), any_word(_WEEKDAYS)),
        any_word(("next week", "in a week", "in a month", "next month")),
        seq(say("in"), below_100(), _UNITS),
        seq(below_100(), _UNITS, say("from now")),
        seq(maybe(say("on")), any_word(_WEEKDAYS), say("next week")),
        seq(maybe(say("at")), maybe(say("the")), _MONTH_PART),
        seq(on, maybe(say("the")), ordinal, any_word(("of this month", "of next month"))),
        seq(on, maybe(say("the")), ordinal, maybe(say("of")), month, year),
        seq(on, month, maybe(say("the")), day, year),
        seq(on, say("the"), ordinal),
    )


_UNITS = any_word(("day", "days", "week", "weeks", "month", "months"))
_MONTH_PART = seq(
    any_word(("end of", "last day of", "first day of", "beginning of")),
    any_word(("the month", "this month", "next month", *_MONTHS)),
)


def _year() -> Part:
    """1950 to 2099 as people say it."""
    ones = maybe(any_word(ONES))
    return one_of(
        seq(say("nineteen"), any_word(TENS[3:]), ones),
        seq(say("twenty"), one_of(any_word(TEENS), seq(any_word(TENS), ones))),
        seq(say("two thousand"), maybe(seq(maybe(say("and")), below_100()))),
    )


_HOURS = (*ONES, *TEENS[:3])
_PARTS = ("morning", "afternoon", "evening")


@cache
def clock() -> Part:
    """ "at half past three", "quarter to nine", "three thirty p.m.", "ten in the morning" """
    return seq(maybe(say("at")), _hour_and_minute())


@cache
def _hour_and_minute() -> Part:
    hour = any_word(_HOURS)
    minute = one_of(
        seq(say("oh"), any_word(ONES)), any_word(TEENS), seq(any_word(TENS[:4]), maybe(any_word(ONES)))
    )
    before = one_of(
        any_word(("half past", "quarter past", "a quarter past", "quarter to", "a quarter to")),
        seq(
            any_word(("five", "ten", "twenty", "twenty five")),
            maybe(say("minutes")),
            any_word(("past", "to")),
        ),
    )
    half = maybe(any_word(("a.m.", "p.m.", "at night", *(f"in the {part}" for part in _PARTS))))
    spoken = one_of(seq(before, hour), seq(hour, maybe(say("o'clock"))), seq(hour, minute))
    return one_of(seq(spoken, half), any_word(("noon", "midday", "midnight")))


@cache
def day_and_time() -> Part:
    """ "next friday afternoon at three", "at ten o'clock on monday", "tonight at eight" """
    part = maybe(any_word(_PARTS))
    return one_of(
        seq(day(), part, say("at"), _hour_and_minute()),
        seq(clock(), day()),
        seq(any_word(("tonight", *(f"this {name}" for name in _PARTS))), say("at"), _hour_and_minute()),
    )
