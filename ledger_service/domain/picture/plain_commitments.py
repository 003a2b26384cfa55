"""Commitments about which there is nothing to find out but whether they are fulfilled: one party
promised one other one thing, without conditions, publishers say so in their own voice, and all
that any entry says of it is that a party did it, or a part of it, by an act of which nothing
else is said.

Of ledgers with a great many commitments nearly all are of this kind. Where such a commitment
stands, whatever the cuts, follows from a few of its fields and of its deeds: from their days,
their reports, and for whom their parties stand. All others are looked at by all rules.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import NamedTuple

import msgspec

from ledger_service.domain.picture.memo import END
from ledger_service.domain.picture.plain_acts import (
    PlainAct,
    are_plain,
    reports_of,
    shared,
    shared_day,
)
from ledger_service.domain.values.entries import (
    Commitment,
    EventCode,
    IntervalDate,
    Nature,
    Quantity,
    Version,
)


class PlainDeed(msgspec.Struct, frozen=True, gc=False):
    """What answers need of a plain act that fulfils a plain commitment, or a part of it."""

    day: date
    id: str
    first: int
    actor: str
    reports: tuple[str, ...]
    extent: str
    quantity: Quantity | None

    @property
    def order(self) -> tuple[date, str]:
        """The sort key of entries: day, then id."""
        return (self.day, self.id)


class PlainCommitment(msgspec.Struct, frozen=True, gc=False):
    """What answers need of a plain commitment. It is plain at the positions from `first` to
    before `end`. `reports` are those that tell of it; it is visible when one of them is.
    """

    day: date
    id: str
    first: int
    end: int
    debtor: str
    creditor: str
    reports: tuple[str, ...]
    due: IntervalDate | None
    code: EventCode | None
    quantity: Quantity | None
    deeds: tuple[PlainDeed, ...]

    @property
    def fulfils(self) -> str:
        """The commitment that it fulfils, as a plain act has it: none."""
        return ""

    @property
    def order(self) -> tuple[date, str]:
        """The sort key of entries: day, then id."""
        return (self.day, self.id)


class CommitmentsBetween(NamedTuple):
    """Commitments at a position: the plain ones by day, then id, and the ids of all others."""

    plain: Sequence[PlainCommitment]
    others: Sequence[str]


def plain_commitment(
    version: Version, deeds: Iterable[PlainAct], end: int = END
) -> PlainCommitment | None:
    """The commitment, if it is plain as long as this version is its only one and no entry but
    some plain acts that fulfil it points at it, which is up to before `end` at most.
    """
    terms = version.state
    if not isinstance(terms, Commitment) or version.version != 1 or not _is_plain(terms):
        return None
    done = list(deeds)
    end = min(end, *(deed.end for deed in done)) if done else end
    day = terms.occurred.from_day
    if day is None or day != terms.occurred.to_day or version.position >= end:
        return None
    return PlainCommitment(
        shared_day(day),
        version.entry_id,
        version.position,
        end,
        shared(terms.debtors[0]),
        shared(terms.creditors[0]),
        shared(reports_of(terms.evidence)),
        shared_day(terms.due),
        shared(terms.consequent_code),
        terms.quantity,
        tuple([_deed(each) for each in done if each.first < end]),
    )


def _is_plain(terms: Commitment) -> bool:
    named = (
        terms.made_by,
        terms.instrument,
        terms.due_after,
        terms.instalments,
        terms.until,
        terms.until_condition,
        terms.antecedent,
        terms.relations,
    )
    return (
        len(terms.debtors) == len(terms.creditors) == 1
        and terms.debtors != terms.creditors
        and terms.nature is Nature.ACHIEVEMENT
        and not (terms.mutual or terms.offer or any(named))
        and are_plain(terms.evidence)
    )


def _deed(act: PlainAct) -> PlainDeed:
    return PlainDeed(
        act.day, act.id, act.first, act.actor, act.reports, act.extent, act.quantity
    )
