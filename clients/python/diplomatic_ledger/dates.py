"""The text form of interval dates, after the Extended Date/Time Format (ISO 8601-2).

`2018-06-12` is a day, `2018-06` a month, `2018` a year, `2018-06-12/2018-06-20` an
interval with both ends, `../2018-08-18` and `2018-06-12/..` have an open end, `../..`
says that nothing is known. What `text` writes, `parse` reads back.
"""

from __future__ import annotations

import calendar
import re
from datetime import date

from diplomatic_ledger import written_days
from diplomatic_ledger.v1.entries_pb2 import IntervalDate

_DAY = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?", re.ASCII)
_OPEN = ".."
_FORMS = "Write 2018-06-12, 2018-06, 2018, 2018-06-12/2018-06-20, ../2018-06-20 or ../..."


class DateError(ValueError):
    """The text is not a date; the message names the value and the remedy."""


def day(text: str) -> date:
    """A single day. Raises DateError."""
    match = _DAY.fullmatch(text)
    if match is None or match[3] is None:
        raise DateError(f"{text!r} is not a day. {written_days.remedy_of_day(text)}")
    return _date(text, int(match[1]), int(match[2]), int(match[3]))


def parse(text: str) -> IntervalDate:
    """The interval that a text means; its precision is left to the ledger, which derives
    it from the ends. Raises DateError.
    """
    first, slash, last = text.partition("/")
    start = _ends(first, text)[0]
    end = _ends(last if slash else first, text)[1]
    if not slash and start is None:
        raise _no_date(text)
    if start and end and start > end:
        raise DateError(f"{text!r} ends before it starts. Put the earlier day first.")
    return IntervalDate(from_day=_iso(start), to_day=_iso(end))


def _no_date(text: str) -> DateError:
    return DateError(f"{text!r} is not a date. {written_days.remedy_of_date(text) or _FORMS}")


def text(interval: IntervalDate) -> str:
    """The shortest text for an interval; where its date comes from is not part of it."""
    start, end = interval.from_day, interval.to_day
    if start and end:
        return _closed(date.fromisoformat(start), date.fromisoformat(end))
    return f"{start or _OPEN}/{end or _OPEN}"


def _closed(start: date, end: date) -> str:
    if start == end:
        return start.isoformat()
    if (start, end) == _year(start.year):
        return f"{start.year:04}"
    if (start, end) == _month(start.year, start.month):
        return f"{start.year:04}-{start.month:02}"
    return f"{start.isoformat()}/{end.isoformat()}"


def _ends(part: str, whole: str) -> tuple[date | None, date | None]:
    if part == _OPEN:
        return None, None
    match = _DAY.fullmatch(part)
    if match is None:
        raise _no_date(whole)
    year, month, of_month = (int(group) if group else None for group in match.groups())
    assert year is not None
    if month is None:
        _date(whole, year, 1, 1)
        return _year(year)
    if of_month is None:
        _date(whole, year, month, 1)
        return _month(year, month)
    only = _date(whole, year, month, of_month)
    return only, only


def _date(text: str, year: int, month: int, of_month: int) -> date:
    try:
        return date(year, month, of_month)
    except ValueError:
        raise DateError(f"{text!r} names a day that is not in the calendar.") from None


def _year(year: int) -> tuple[date, date]:
    return date(year, 1, 1), date(year, 12, 31)


def _month(year: int, month: int) -> tuple[date, date]:
    return date(year, month, 1), date(year, month, calendar.monthrange(year, month)[1])


def _iso(end: date | None) -> str:
    return end.isoformat() if end else ""
