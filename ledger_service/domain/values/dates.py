"""Days of the calendar, and the precision of interval dates, which follows from their two ends."""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import date, timedelta
from functools import lru_cache

from msgspec.structs import replace

from ledger_service.domain.values.entries import IntervalDate, Precision

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


@lru_cache(10_000)
def parse_day(text: str) -> date | None:
    """The day that is written as YYYY-MM-DD, years 0001 to 9999; None for any other text."""
    try:
        return date.fromisoformat(text) if _DAY.fullmatch(text) else None
    except ValueError:
        return None


@lru_cache(10_000)
def precision(from_day: date | None, to_day: date | None) -> Precision:
    """The precision that the two ends of an interval have; an end that is None is open."""
    if from_day is None:
        return Precision.UNKNOWN if to_day is None else Precision.BEFORE
    if to_day is None:
        return Precision.AFTER
    if from_day == to_day:
        return Precision.DAY
    if (from_day.month, from_day.day, to_day.month, to_day.day) == (1, 1, 12, 31):
        return Precision.YEAR if from_day.year == to_day.year else Precision.RANGE
    month = date(from_day.year, from_day.month, 1)
    if from_day == month and to_day == _end_of_month(month):
        return Precision.MONTH
    return Precision.RANGE


def _end_of_month(day: date) -> date:
    return day.replace(day=monthrange(day.year, day.month)[1])


def days_later(day: date, days: int) -> date:
    """The day so many days after another one, at the latest the last day that can be written."""
    return day + timedelta(days=days) if days <= (date.max - day).days else date.max


def months_later(day: date, months: int) -> date:
    """The day so many calendar months after another one, or the last day of that month where
    it is shorter; at the latest the last day that can be written.
    """
    years, month = divmod(day.month - 1 + months, 12)
    if day.year + years > date.max.year:
        return date.max
    first = date(day.year + years, month + 1, 1)
    return first.replace(day=min(day.day, _end_of_month(first).day))


def with_precision(interval: IntervalDate) -> IntervalDate:
    """The interval with its precision derived from the ends, unless one is given. `unknown`
    counts as not given, since no ends have it.
    """
    if interval.precision is not Precision.UNKNOWN:
        return interval
    derived = precision(interval.from_day, interval.to_day)
    return interval if derived is Precision.UNKNOWN else replace(interval, precision=derived)


def without_words(interval: IntervalDate) -> IntervalDate:
    """The interval as rules read it: two that differ only in their words are the same."""
    return replace(interval, words="") if interval.words else interval


def order_problem(from_day: date | None, to_day: date | None) -> str | None:
    """A sentence when the first day lies after the last."""
    if from_day is not None and to_day is not None and from_day > to_day:
        return f"The last day {to_day} is before the first day {from_day}. Exchange them."
    return None


def precision_problem(interval: IntervalDate) -> str | None:
    """A sentence when the given precision is not that of the ends, which must be in order."""
    derived = precision(interval.from_day, interval.to_day)
    if interval.precision is derived:
        return None
    return (
        f"The ends of this date say {derived}, not "
        f"{interval.precision}. Leave the precision out, or correct the ends."
    )
