"""Rules of an instrument."""

from __future__ import annotations

from ledger_service.domain.checks.every_field import every_field
from ledger_service.domain.checks.fields import Violations
from ledger_service.domain.checks.terms import check_withdrawal
from ledger_service.domain.checks.ties import check_evidence, check_relations
from ledger_service.domain.values.entries import (
    Evidence,
    Instrument,
    InstrumentKind,
    IntervalDate,
    Relation,
    SealableText,
    Withdrawal,
)
from ledger_service.domain.values.limits import PARTICIPANTS, REMARK, TITLE


@every_field(Instrument)
def check_instrument(
    found: Violations,
    path: str,
    entry_id: str,
    /,
    title: SealableText,
    _kind: InstrumentKind,
    participants: tuple[str, ...],
    third_parties: tuple[str, ...],
    occurred: IntervalDate,
    withdrawal: Withdrawal | None,
    topics: tuple[str, ...],
    relations: tuple[Relation, ...],
    evidence: tuple[Evidence, ...],
    summary: SealableText,
    note: SealableText,
) -> None:
    """A depositary is often a participant too, so both lists may name the same party."""
    found.required(f"{path}.title", title, TITLE)
    found.ids(f"{path}.participants", participants, PARTICIPANTS)
    found.ids(f"{path}.third_parties", third_parties)
    found.interval(f"{path}.occurred", occurred)
    check_withdrawal(found, path, withdrawal)
    found.topics(f"{path}.topics", topics)
    check_relations(found, path, entry_id, relations, of=Instrument)
    check_evidence(found, f"{path}.evidence", evidence)
    found.text(f"{path}.summary", summary, REMARK)
    found.text(f"{path}.note", note, REMARK)
