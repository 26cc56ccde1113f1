"""Times of day and days with a time, in what both languages share."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime, time
from typing import NamedTuple

from ivr.flow.slots_spans import Span


class Clock(NamedTuple):
    """An hour as it was said. `sure` when it can mean one time only: 15:30, three thirty pm."""

    hour: int
    minute: int
    sure: bool


def at(clock: Clock, part: str = "") -> time | None:
    """The time meant. `part` (morning, afternoon, evening, night) decides what is not sure; without
    one, 1 to 6 are in the afternoon and 7 to 12 by day, as people mean it who make appointments."""
    hour, minute, sure = clock
    if not (0 <= hour <= 24 and 0 <= minute <= 59) or (hour == 24 and minute):
        return None
    if sure or hour > 12 or hour == 0:
        return time(hour % 24, minute)
    if part == "morning":
        return time(hour % 12 if hour < 12 else 12, minute)
    if part in ("noon", "afternoon", "evening"):
        late = part == "noon" and hour in (10, 11)
        return time(hour if late else hour % 12 + 12, minute)
    if part == "night":  # 12 and the small hours are after midnight
        return time(hour % 12 if hour in (12, 1, 2, 3, 4, 5) else hour + 12, minute)
    return time(hour % 12 + 12 if hour in (1, 2, 3, 4, 5, 6, 12) else hour, minute)


class ClockSpan(NamedTuple):
    clock: Clock
    part: str
    start: int
    end: int


def day_times(
    text: str,
    days: Iterable[tuple[date, str, int, int]],
    clocks: Iterable[ClockSpan],
    between: re.Pattern[str],
    part_of: Callable[[str], str],
    time_of: Callable[[Clock, str], time | None] = at,
) -> Iterator[Span]:
    """A day (with the part of it that is named with it) beside a time, in either order. `between`
    matches what may stand between them, its group "part" the part of the day."""
    dated, taken = list(days), 0
    for clock in clocks:
        for day, day_part, start, end in dated:
            first, last = (end, clock.start) if end <= clock.start else (clock.end, start)
            gap = between.fullmatch(text, first, last) if first <= last else None
            if gap is None or min(start, clock.start) < taken:
                continue
            part = clock.part or (part_of(gap["part"]) if gap["part"] else day_part)
            found = time_of(clock.clock, part)
            if found is not None:
                taken = max(end, clock.end)
                yield Span(datetime.combine(day, found), min(start, clock.start), taken)
                break
