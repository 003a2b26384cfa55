"""What rests on which report, and what only one report tells."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from diplomatic_ledger.v1 import cuts_pb2, entries_pb2, reports_pb2


@dataclass(frozen=True)
class Source:
    """A report with the entries that rest on it at the cuts, and those of them that no other
    report tells.
    """

    report: reports_pb2.ReportView
    entry_ids: tuple[str, ...]
    alone: tuple[str, ...]


@dataclass(frozen=True)
class Sources:
    """Reports by the day on which they count, and the basis."""

    basis: cuts_pb2.Basis
    sources: Sequence[Source]


def rested_on(
    out: Iterable[reports_pb2.ReportView], entries: Iterable[tuple[str, Any]]
) -> list[Source]:
    """The reports that are out, each with what rests on it among some entries, which are given
    by id and state.
    """
    reports = list(out)
    there = {each.entry_id for each in reports}
    told: dict[str, list[str]] = defaultdict(list)
    alone: dict[str, list[str]] = defaultdict(list)
    for entry_id, state in entries:
        evidence: Iterable[entries_pb2.Evidence] = state.evidence
        by = {each.report for each in evidence} & there
        for report in by:
            told[report].append(entry_id)
        if len(by) == 1:
            alone[by.pop()].append(entry_id)
    return [
        Source(each, tuple(told[each.entry_id]), tuple(alone[each.entry_id]))
        for each in reports
    ]
