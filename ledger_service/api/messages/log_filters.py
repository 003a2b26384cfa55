"""Reads which records of a log are wanted, and in what form."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from diplomatic_ledger.v1 import history_service_pb2 as pb

from ledger_service.api.messages import names
from ledger_service.api.messages.filters import trimmed
from ledger_service.api.messages.problems import ReadingProblems
from ledger_service.application.log_filter import RECORDED, LogFilter
from ledger_service.domain.values.entries import EntryType
from ledger_service.persistence.records import TYPES
from ledger_service.projections.searching import EntrySearch


def read(request: pb.ReadLogRequest | pb.SubscribeRequest) -> LogFilter:
    """The filter of a request. Ids need not exist: such entries may be recorded later. Raises
    Invalid for an unknown record type, an unknown number, and an empty text in a list, which
    would let everything through.
    """
    told, problems = request.filter, ReadingProblems()
    _check_record_types(told, problems)
    entry_ids, prefixes, parties = (
        trimmed(getattr(told, field), f"filter.{field}", problems)
        for field in ("entry_ids", "id_prefixes", "parties")
    )
    if request.format not in pb.LogFormat.values():
        known = ", ".join(pb.LogFormat.keys()[1:])
        problems.add(
            "format", f"There is no number {request.format} here. Choose one of {known}."
        )
    types = names.ENTRY_TYPE.all(told.entry_types, "filter.entry_types", problems)
    found = LogFilter(
        record_types=frozenset(told.record_types),
        changes=names.CHANGE.all(told.changes, "filter.changes", problems),
        entry_types=types,
        search=EntrySearch(
            frozenset(entry_ids),
            tuple(prefixes),
            frozenset(parties),
            told.related_to.strip(),
            frozenset(types or _types_of_first(told.record_types)),
        ),
        versions_only=request.format == pb.LOG_FORMAT_TYPED,
    )
    problems.refuse()
    return found


def _types_of_first(record_types: Sequence[str]) -> Iterable[EntryType]:
    """The types of the entries that begin with records of these types; none where some are
    no first records of an entry.
    """
    if all(each in RECORDED for each in record_types):
        return map(RECORDED.__getitem__, record_types)
    return ()


def _check_record_types(told: pb.LogFilter, problems: ReadingProblems) -> None:
    for i, name in enumerate(told.record_types):
        if name not in TYPES:
            problems.add(
                f"filter.record_types[{i}]",
                f"{name[:80]!r} is not a type of record. There are: {', '.join(TYPES)}.",
            )
