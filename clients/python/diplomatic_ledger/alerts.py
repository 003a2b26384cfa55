"""What somebody who keeps watch over promises wants to be told: what is overdue or broken, and
what falls due soon.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple, TypeAlias

from diplomatic_ledger.v1 import cuts_pb2, standings_pb2, taking_part_pb2
from diplomatic_ledger.v1.agenda_pb2 import AGENDA_KIND_OVERDUE, AgendaItem

What: TypeAlias = Literal["overdue", "breached", "falls_due"]

#: The kinds of an agenda that are alerts.
KINDS = ("overdue", "falls_due", "instalment_falls_due")


class Alert(NamedTuple):
    """A promise that is overdue since a day, was broken on it, or falls due on it. `instalment`
    is its number, or 0; `text` is empty where it is sealed.
    """

    what: What
    day: str
    commitment: str
    instalment: int
    debtors: tuple[str, ...]
    creditors: tuple[str, ...]
    text: str
    taking_part: tuple[taking_part_pb2.TakingPart, ...]

    @property
    def key(self) -> tuple[str, str, int, str]:
        """What tells it from others: of what falls due also the day, which may be moved."""
        return (
            self.what,
            self.commitment,
            self.instalment,
            self.day if self.what == "falls_due" else "",
        )


@dataclass(frozen=True)
class Alerts:
    """The alerts on a basis, by urgency and day; of those that are told since an earlier basis
    the ones that were not told there. What falls due does so by `until`, a day.
    """

    basis: cuts_pb2.Basis
    until: str
    items: Sequence[Alert]

    def since(self, before: Alerts) -> Alerts:
        """Those of them that were none before."""
        told = {each.key for each in before.items}
        new = [each for each in self.items if each.key not in told]
        return Alerts(self.basis, self.until, new)


_ORDER = {"breached": 0, "overdue": 1, "falls_due": 2}


def in_order(
    broken: Iterable[standings_pb2.CommitmentStanding], agenda: Iterable[AgendaItem]
) -> list[Alert]:
    """The alerts for what is broken, and for what an agenda of `KINDS` tells."""
    found = [*_of_broken(broken), *_of_agenda(agenda)]
    return sorted(found, key=lambda each: (_ORDER[each.what], each.day, each.commitment))


def _of_broken(items: Iterable[standings_pb2.CommitmentStanding]) -> Iterator[Alert]:
    for item in items:
        held = item.standing.held_by
        yield Alert(
            "breached",
            _broken_on(item.standing),
            item.entry_id,
            0,
            tuple(held.debtors or item.standing.debtors),
            tuple(held.creditors or item.standing.creditors),
            item.commitment.consequent,
            tuple(item.taking_part),
        )


def _broken_on(standing: standings_pb2.Standing) -> str:
    """The day of the last step by which it came to stand so."""
    days = [step.day for step in standing.steps if step.after == standing.lifecycle]
    return days[-1] if days else standing.day


def _of_agenda(items: Iterable[AgendaItem]) -> Iterator[Alert]:
    for item in items:
        if not item.commitment:
            continue
        yield Alert(
            "overdue" if item.kind == AGENDA_KIND_OVERDUE else "falls_due",
            item.day,
            item.commitment,
            item.instalment,
            tuple(item.held_by.debtors),
            tuple(item.held_by.creditors),
            item.text,
            tuple(item.taking_part),
        )
