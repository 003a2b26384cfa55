"""Reads which parties and reports a list is narrowed to."""

from __future__ import annotations

from diplomatic_ledger.v1 import filters_pb2 as pb

from ledger_service.api.messages import names
from ledger_service.api.messages.problems import ReadingProblems
from ledger_service.domain.values.filters import DayRange
from ledger_service.domain.values.register_filters import (
    PartyCodePrefix,
    PartyFilter,
    ReportFilter,
)


def parties(told: pb.PartyFilter, problems: ReadingProblems) -> PartyFilter:
    for i, each in enumerate(told.codes):
        if not each.scheme:
            said = "This is required. Name the collection, such as iso3."
            problems.add(f"filter.codes[{i}].scheme", said)
    return PartyFilter(
        entry_ids=frozenset(told.entry_ids),
        kinds=names.PARTY_KIND.all(told.kinds, "filter.kinds", problems),
        recorded=_days(told, "recorded", problems),
        codes=frozenset(PartyCodePrefix(each.scheme, each.prefix) for each in told.codes),
        represents=frozenset(told.represents),
        members_of=frozenset(told.members_of),
    )


def reports(told: pb.ReportFilter, problems: ReadingProblems) -> ReportFilter:
    return ReportFilter(
        entry_ids=frozenset(told.entry_ids),
        recorded=_days(told, "recorded", problems),
        topics=frozenset(told.topics),
        publishers=frozenset(told.publishers),
        published=_days(told, "published", problems),
        languages=frozenset(told.languages),
    )


def _days(
    told: pb.PartyFilter | pb.ReportFilter, name: str, problems: ReadingProblems
) -> DayRange | None:
    days: pb.DayRange = getattr(told, name)
    first = problems.day(days.from_day, f"filter.{name}.from_day")
    last = problems.day(days.to_day, f"filter.{name}.to_day")
    if first is None and last is None:
        return None
    if first and last and last < first:
        said = f"{last} is before {first}, the first day. Name that day or a later one."
        problems.add(f"filter.{name}.to_day", said)
    return DayRange(first, last)
