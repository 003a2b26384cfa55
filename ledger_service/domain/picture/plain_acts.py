"""Acts about which there is nothing to find out: one party did one thing toward one other on
one day, a publisher says so in its own voice, and no entry says anything of it. It may fulfil a
commitment of which nothing else is said either (`plain_commitments`).

Of ledgers with a great many acts nearly all are of this kind. What such an act contributes to
an answer follows from a few of its fields, whatever the cuts: from its day, its reports, and for
whom its two parties stand. All other acts are looked at by all rules.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from datetime import date
from functools import lru_cache
from typing import NamedTuple, TypeVar

import msgspec

from ledger_service.domain.picture.memo import END
from ledger_service.domain.values.entries import (
    Act,
    ActKind,
    EventCode,
    Evidence,
    Quantity,
    RelationKind,
    Version,
)

T = TypeVar("T", bound=Hashable)

#: So many values are shared: parties, codes, and reports that tell of something; and so many
#: days.
_SHARED, _SHARED_DAYS = 20_000, 20_000


class PlainAct(msgspec.Struct, frozen=True, gc=False):
    """What answers need of a plain act. It is plain at the positions from `first` to before
    `end`. `reports` are those that tell of it; it is visible when one of them is. `fulfils` is
    the commitment that it fulfils, if it does that, and `extent` the share of it that is said.
    """

    day: date
    id: str
    first: int
    end: int
    kind: ActKind
    actor: str
    counterparty: str
    joint: bool
    reports: tuple[str, ...]
    code: EventCode | None
    quantity: Quantity | None
    fulfils: str = ""
    extent: str = ""

    @property
    def order(self) -> tuple[date, str]:
        """The sort key of entries: day, then id."""
        return (self.day, self.id)


class ActsBetween(NamedTuple):
    """Acts at a position: the plain ones by day, then id, and the ids of all others."""

    plain: Sequence[PlainAct]
    others: Sequence[str]


def plain_act(version: Version, end: int = END) -> PlainAct | None:
    """The act, if it is plain as long as this version is its only one and no entry points at
    it, which is up to before `end`; and as long as the commitment is plain that it fulfils.
    """
    act = version.state
    if not (
        isinstance(act, Act)
        and version.version == 1
        and version.position < end
        and act.actor
        and not act.co_actors
        and len(act.counterparties) == 1
        and (not act.relations or _only_fulfils(act))
    ):
        return None
    day = act.occurred.from_day
    if day is None or day != act.occurred.to_day or not are_plain(act.evidence):
        return None
    return PlainAct(
        shared_day(day),
        version.entry_id,
        version.position,
        end,
        act.kind,
        shared(act.actor),
        shared(act.counterparties[0]),
        act.joint,
        shared(reports_of(act.evidence)),
        shared(act.code),
        act.quantity,
        *(each for relation in act.relations for each in (relation.target, relation.extent)),
    )


@lru_cache(_SHARED)
def shared(value: T) -> T:
    """One value for all that are equal, so that what is kept of many acts takes less memory."""
    return value


@lru_cache(_SHARED_DAYS)
def shared_day(value: T) -> T:
    """The same for days and intervals, which are few and are met in no order."""
    return value


def reports_of(evidence: Iterable[Evidence]) -> tuple[str, ...]:
    """The reports that tell of something, each once."""
    return tuple(dict.fromkeys([each.report for each in evidence]))


def are_plain(evidence: Iterable[Evidence]) -> bool:
    """Whether publishers say all of it in their own voice, without a hedge."""
    return not any(each.asserted_by or each.hedged for each in evidence)


def _only_fulfils(act: Act) -> bool:
    return (
        len(act.relations) == 1
        and act.relations[0].kind is RelationKind.FULFILS
        and not act.joint
    )
