"""What a day or a date may mean that is not written as ISO 8601 has it, and how to write that.
Nothing is guessed: where two days may be meant, both are named.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterator
from datetime import date

_MONTHS = {name.casefold(): number for number, name in enumerate(calendar.month_name) if name}
_MONTHS |= {name[:3]: number for name, number in _MONTHS.items()} | {"sept": 9}

_YEAR = re.compile(r"\d{4}", re.ASCII)
_MONTH = re.compile(r"(\d{4})[-/.]?(\d{2})", re.ASCII)
_TOGETHER = re.compile(r"(\d{4})(\d{2})(\d{2})", re.ASCII)
_YEAR_FIRST = re.compile(r"(\d{4})([-./ ])(\d{1,2})\2(\d{1,2})", re.ASCII)
_YEAR_LAST = re.compile(r"(\d{1,2})([-./ ])\s?(\d{1,2})\2\s?(\d{4})", re.ASCII)
_SHORT_YEAR = re.compile(r"\d{1,2}([-./])\d{1,2}\1\d{2}", re.ASCII)
_MONTH_AND_YEAR = re.compile(r"(\d{1,2})[-./](\d{4})", re.ASCII)
_SPOKEN = re.compile(
    r"(?:(\d{1,2})(?:st|nd|rd|th)?\.? +)?([a-z]{3,9})\.? *(?:(\d{1,2})(?:st|nd|rd|th)?)?,? +(\d{4})",
    re.ASCII | re.IGNORECASE,
)
_QUARTER = re.compile(
    r"(?:(\d{4})[- ]?Q([1-4])|Q([1-4])[- ]?(\d{4}))", re.ASCII | re.IGNORECASE
)
_TIME = re.compile(r"(\d{4}-\d{2}-\d{2})[T ]\d.*", re.ASCII)
_LEFT_OPEN = re.compile(r"(\d{4}(?:-\d{2})?)(?:-(?:XX|xx|00|\?\?))+", re.ASCII)
#: The months that a word may mean, for an example; a part of a month or year has its days.
_SEASONS = {
    "spring": ("{0}-03", "{0}-05"),
    "summer": ("{0}-06", "{0}-08"),
    "autumn": ("{0}-09", "{0}-11"),
    "fall": ("{0}-09", "{0}-11"),
    "winter": ("{0}-12", "{1}-02"),
}
_IN_WORDS = re.compile(
    r"(?:the )?(spring|summer|autumn|fall|winter|early|mid|middle|late|beginning|start|end)"
    r"(?:[- ]of|[- ])*\b.*?\b(\d{4})",
    re.ASCII | re.IGNORECASE,
)
_END = r"\d{4}(?:-\d{2}(?:-\d{2})?)?"
_SPAN = re.compile(rf"(?:from )?({_END}) ?(?:-|–|to|until) ?({_END})")
_BEFORE = re.compile(rf"(?:until|before|by|up to) ({_END})", re.IGNORECASE)
_AFTER = re.compile(rf"(?:since|after|from) ({_END})", re.IGNORECASE)
_ABOUT = re.compile(r"(?:c\.|ca\.?|circa|about|around|~)\s*\d.*|\d.*[~?%]", re.IGNORECASE)


def remedy_of_day(text: str) -> str:
    """How to write the day that was meant, as a sentence."""
    said = text.strip()
    if _YEAR.fullmatch(said):
        return f"That is a year. Write one of its days, such as its last: {said}-12-31."
    if (month := _MONTH.fullmatch(said)) and (last := _last_of(month)):
        return f"That is a month. Write one of its days, such as its last: {last}."
    if ".." in said or said.count("/") == 1:
        return "A single day is wanted here. Write it as 2018-06-12."
    return _remedy(said) or "Write it as 2018-06-12."


def remedy_of_date(text: str) -> str:
    """How to write the day, month or year that was meant, as a sentence; empty where nothing is
    known.
    """
    said = text.strip()
    if (month := _MONTH.fullmatch(said)) and _last_of(month):
        return f"Write it as {month[1]}-{month[2]}."
    if span := _SPAN.fullmatch(said):
        return f"Write it as {span[1]}/{span[2]}."
    if before := _BEFORE.fullmatch(said):
        return f"Write it as ../{before[1]}."
    if after := _AFTER.fullmatch(said):
        return f"Write {after[1]}/.. for that."
    return _in_words(said) or _remedy(said)


def _in_words(said: str) -> str:
    """How to write `spring 2003` and keep the words."""
    match = _IN_WORDS.fullmatch(said)
    if match is None:
        return ""
    year = int(match[2])
    ends = _SEASONS.get(match[1].casefold(), ("{0}-01", "{0}-12"))
    first, last = (end.format(year, year + 1) for end in ends)
    if match[1].casefold() not in _SEASONS:
        return (
            "Write the days between which it surely lies, and keep the words: "
            f"{{date: {first}/{last}, words: {said}}}."
        )
    return f"Write the days that it means, and keep the words: {{date: {first}/{last}, words: {said}}}."


def days(text: str) -> list[date]:
    """The days that a text may mean in which year, month and day are numbers."""
    return list(dict.fromkeys(_days(text.strip())))


def _remedy(said: str) -> str:
    if found := days(said):
        told = " or ".join(map(str, found))
        if len(found) == 1:
            return f"Write it as {told}."
        spoken = " or ".join(f"{each.day} {calendar.month_name[each.month]}" for each in found)
        return f"That may be {spoken}. Write {told}."
    for written in (_spoken, _with_month, _quarter, _open):
        if meant := written(said):
            return f"Write it as {meant}."
    if time := _TIME.fullmatch(said):
        return f"That is a time. Write its day: {time[1]}."
    if _SHORT_YEAR.fullmatch(said):
        return "Write the year first and with four digits, as in 2018-06-12."
    if _ABOUT.fullmatch(said):
        return "Write the days between which it surely lies, as in 2018-06-01/2018-06-30."
    return ""


def _days(said: str) -> Iterator[date]:
    if match := _TOGETHER.fullmatch(said):
        yield from _day(match[1], match[2], match[3])
    if match := _YEAR_FIRST.fullmatch(said):
        yield from _day(match[1], match[3], match[4])
    if match := _YEAR_LAST.fullmatch(said):
        yield from _day(match[4], match[3], match[1])
        if match[2] in "/-":  # with dots the day stands first everywhere
            yield from _day(match[4], match[1], match[3])


def _day(year: str, month: str, day: str) -> Iterator[date]:
    try:
        yield date(int(year), int(month), int(day))
    except ValueError:
        return


def last_of_month(year: int, month: int) -> date:
    return date(year, month, calendar.monthrange(year, month)[1])


def _last_of(month: re.Match[str]) -> date | None:
    year, number = int(month[1]), int(month[2])
    return last_of_month(year, number) if year and 1 <= number <= 12 else None


def _spoken(said: str) -> str:
    """`12 June 2018`, `June 12, 2018`, `June 2018`."""
    match = _SPOKEN.fullmatch(said)
    number = _MONTHS.get(match[2].casefold()) if match else None
    if match is None or number is None or (match[1] and match[3]):
        return ""
    day = match[1] or match[3]
    if not day:
        return f"{match[4]}-{number:02}"
    return next((str(each) for each in _day(match[4], str(number), day)), "")


def _with_month(said: str) -> str:
    match = _MONTH_AND_YEAR.fullmatch(said)
    return f"{match[2]}-{int(match[1]):02}" if match and 1 <= int(match[1]) <= 12 else ""


def _quarter(said: str) -> str:
    match = _QUARTER.fullmatch(said)
    if match is None:
        return ""
    year, last = match[1] or match[4], 3 * int(match[2] or match[3])
    return f"{year}-{last - 2:02}/{year}-{last:02}"


def _open(said: str) -> str:
    match = _LEFT_OPEN.fullmatch(said)
    return match[1] if match else ""
