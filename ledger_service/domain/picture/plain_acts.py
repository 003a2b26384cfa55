"""Acts about which there is nothing to find out: one party did one thing toward one other on
one day, a publisher says so in its own voice, and no entry says anything of it.

Of ledgers with a great many acts nearly all are of this kind. What such an act contributes to
an answer follows from a few of its fields, whatever the cuts: from its day, its reports, and for
whom its two parties stand. All other acts are looked at by all rules.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

import msgspec

from ledger_service.domain.picture.memo import END
from ledger_service.domain.values.entries import (
    Act,
    ActKind,
    EventCode,
    Evidence,
    Quantity,
    Version,
)


class PlainAct(msgspec.Struct, frozen=True, gc=False):
    """What answers need of a plain act. It is plain at the positions from `first` to before
    `end`. `reports` are those that tell of it; it is visible when one of them is.
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
    it, which is up to before `end`.
    """
    act = version.state
    if not (
        isinstance(act, Act)
        and version.version == 1
        and version.position < end
        and act.actor
        and not act.co_actors
        and len(act.counterparties) == 1
        and not act.relations
    ):
        return None
    day = act.occurred.from_day
    if day is None or day != act.occurred.to_day or not all(map(_is_plain, act.evidence)):
        return None
    return PlainAct(
        day,
        version.entry_id,
        version.position,
        end,
        act.kind,
        act.actor,
        act.counterparties[0],
        act.joint,
        tuple(dict.fromkeys([each.report for each in act.evidence])),
        act.code,
        act.quantity,
    )


def _is_plain(evidence: Evidence) -> bool:
    return not evidence.asserted_by and not evidence.hedged
