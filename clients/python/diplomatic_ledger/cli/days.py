"""Dates as people write them.

A day that is known is written as in the API, `2018-06-12`: so it can be typed again, and its
column is in line. What is known less well is written in words, so that nobody takes it for a
day: `June 2018`, `Nov 1998 to Jan 1999`, `28 May to 3 June 2018`, `until 30 June 2026`.
"""

from __future__ import annotations

import calendar
from collections.abc import Sequence
from datetime import date

from diplomatic_ledger.v1.entries_pb2 import IntervalDate

UNKNOWN = "unknown"
_MONTHS = (
    *("Jan", "Feb", "Mar", "Apr", "May", "June"),
    *("July", "Aug", "Sep", "Oct", "Nov", "Dec"),
)


def when(interval: IntervalDate) -> str:
    """A date, with the words of its source behind it: `Mar to May 2003, “spring 2003”`."""
    return ", ".join((bare(interval), *_quoted(interval)))


def cell(interval: IntervalDate) -> str:
    """A date in a column of dates: the words of its source stand below."""
    return "\n".join((bare(interval), *_quoted(interval)))


def bare(interval: IntervalDate) -> str:
    """A date without the words of its source."""
    first, last = _day(interval.from_day), _day(interval.to_day)
    if first and last:
        return _closed(first, last)
    if first:
        return f"from {_beginning(first)}"
    return f"until {_long(last)}" if last else UNKNOWN


def together(dates: Sequence[IntervalDate], *, apart: bool = False) -> IntervalDate | None:
    """The date of what several entries tell of, each with a date of its own: of one event what
    these have in common, of several that are `apart` from the first to the last. None where
    there is none.
    """
    if len(dates) == 1:
        return dates[0]
    firsts = [each.from_day for each in dates]
    lasts = [each.to_day for each in dates]
    if apart:
        first, last = min(firsts, default=""), max(lasts, default="") if all(lasts) else ""
    else:
        first, last = max(firsts, default=""), min(filter(None, lasts), default="")
    if (first and last and first > last) or not (first or last):
        return None
    return IntervalDate(from_day=first, to_day=last)


def _closed(first: date, last: date) -> str:
    if first == last:
        return first.isoformat()
    whole_months = first.day == 1 and last.day == _days_in(last)
    if whole_months and (first.month, last.month) == (1, 12):
        return _joined([f"{first.year:04}"], [f"{last.year:04}"])
    both = (_parts(first)[1:], _parts(last)[1:]) if whole_months else map(_parts, (first, last))
    return _joined(*both)


def _joined(first: list[str], last: list[str]) -> str:
    """`Nov 1998 to Jan 1999`, `12 to 20 June 2018`: what both end with is said once."""
    if first == last:
        return " ".join(first)
    same = 0
    while same < len(first) - 1 and first[-1 - same :] == last[-1 - same :]:
        same += 1
    return f"{' '.join(first[: len(first) - same])} to {' '.join(last)}"


def _parts(day: date) -> list[str]:
    return [str(day.day), _MONTHS[day.month - 1], f"{day.year:04}"]


def _beginning(first: date) -> str:
    """A first day: the year or the month that begins with it, where one does."""
    if first.day > 1:
        return _long(first)
    return f"{first.year:04}" if first.month == 1 else " ".join(_parts(first)[1:])


def _long(day: date) -> str:
    return " ".join(_parts(day))


def _days_in(day: date) -> int:
    return calendar.monthrange(day.year, day.month)[1]


def _day(text: str) -> date | None:
    """The day of a text; None where there is none. An answer may say anything."""
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        return None


def _quoted(interval: IntervalDate) -> tuple[str, ...]:
    return (f"“{interval.words}”",) if interval.words else ()
