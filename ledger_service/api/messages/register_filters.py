"""Reads which parties and reports a list is narrowed to."""

from __future__ import annotations

from diplomatic_ledger.v1 import filters_pb2 as pb

from ledger_service.api.messages import names
from ledger_service.api.messages.filters import Reading
from ledger_service.api.messages.problems import ReadingProblems
from ledger_service.domain.values.register_filters import (
    PartyCodePrefix,
    PartyFilter,
    ReportFilter,
)
from ledger_service.domain.values.words import fold


def parties(told: pb.PartyFilter, problems: ReadingProblems) -> PartyFilter:
    reading = Reading(told, problems)
    for i, each in enumerate(told.codes):
        if not each.scheme:
            said = "This is required. Name the collection, such as iso3."
            problems.add(f"filter.codes[{i}].scheme", said)
    return PartyFilter(
        entry_ids=reading.texts("entry_ids"),
        kinds=reading.words(names.PARTY_KIND, "kinds"),
        recorded=reading.days("recorded"),
        codes=frozenset(PartyCodePrefix(each.scheme, each.prefix) for each in told.codes),
        represents=reading.texts("represents"),
        members_of=reading.texts("members_of"),
        text=reading.text(),
    )


def reports(told: pb.ReportFilter, problems: ReadingProblems) -> ReportFilter:
    reading = Reading(told, problems)
    return ReportFilter(
        entry_ids=reading.texts("entry_ids"),
        recorded=reading.days("recorded"),
        topics=reading.texts("topics"),
        publishers=frozenset(map(fold, reading.texts("publishers"))),
        published=reading.days("published"),
        languages=reading.texts("languages"),
        text=reading.text(),
    )
