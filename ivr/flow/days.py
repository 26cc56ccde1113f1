"""Days reckoned from today, as people mean them: the next such day, today included where told."""

from __future__ import annotations

import calendar
from datetime import date, timedelta


def on_day(day: int, today: date) -> date | None:
    """The next day of that number in a month, today included."""
    for ahead in range(12):
        first = add_months(today.replace(day=1), ahead)
        if 1 <= day <= _length(first) and first.replace(day=day) >= today:
            return first.replace(day=day)
    return None


def on_month_day(month: int, day: int, today: date) -> date | None:
    """The next such day of the year, today included; 29 February in the next leap year."""
    for year in range(today.year, min(today.year + 9, date.max.year + 1)):
        found = exact(year, month, day)
        if found is not None and found >= today:
            return found
    return None


def exact(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except (ValueError, OverflowError):
        return None


def after(today: date, days: int) -> date | None:
    try:
        return today + timedelta(days=days)
    except OverflowError:
        return None


def on_weekday(weekday: int, today: date) -> date:
    """The next Monday (0) to Sunday (6) after today."""
    return today + timedelta(days=(weekday - today.weekday() - 1) % 7 + 1)


def end_of_month(months_ahead: int, today: date) -> date:
    """The last day of this month (0), the next one (1) ..."""
    first = add_months(today.replace(day=1), months_ahead)
    return first.replace(day=_length(first))


def end_of(month: int, today: date) -> date:
    """The next last day of that month (1 to 12), today included."""
    return end_of_month((month - today.month) % 12, today)


def add_months(day: date, months: int) -> date:
    """The same day of a later month, or its last day; never after the last year there is."""
    count = min(day.year * 12 + day.month - 1 + months, date.max.year * 12 + 11)
    first = date(count // 12, count % 12 + 1, 1)
    return first.replace(day=min(day.day, _length(first)))


def _length(month: date) -> int:
    return calendar.monthrange(month.year, month.month)[1]
