"""Reads which entries a list is narrowed to."""

from __future__ import annotations

from diplomatic_ledger.v1 import filters_pb2 as pb

from ledger_service.api.messages import names
from ledger_service.api.messages.problems import ReadingProblems
from ledger_service.domain.values.filters import ActFilter, CommitmentFilter, InstrumentFilter


def commitments(
    told: pb.CommitmentFilter, problems: ReadingProblems, at: str = "filter"
) -> CommitmentFilter:
    """Which commitments are wanted. Problems are noted under the path `at`."""
    return CommitmentFilter(
        parties=frozenset(told.parties),
        instrument=told.instrument,
        lifecycles=names.LIFECYCLE.all(told.lifecycles, f"{at}.lifecycles", problems),
    )


def acts(told: pb.ActFilter, problems: ReadingProblems, at: str = "filter") -> ActFilter:
    """Which acts are wanted, likewise."""
    return ActFilter(
        entry_ids=frozenset(told.entry_ids),
        parties=frozenset(told.parties),
        related_to=told.related_to,
        kinds=names.ACT_KIND.all(told.kinds, f"{at}.kinds", problems),
    )


def instruments(
    told: pb.InstrumentFilter, _problems: ReadingProblems, _at: str = "filter"
) -> InstrumentFilter:
    """Which instruments are wanted, likewise."""
    return InstrumentFilter(parties=frozenset(told.parties))
