"""What is on an agenda."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from ledger_service.domain.values.answers import HeldBy, Lifecycle
from ledger_service.domain.values.entries import SealableText
from ledger_service.domain.values.taking_part import TakingPart


class AgendaKind(StrEnum):
    """What a day brings. Of `LAST_DAYS` the day is the last one before something is otherwise,
    of the others the first one on which it is.
    """

    OVERDUE = "overdue"
    FALLS_DUE = "falls_due"
    INSTALMENT_FALLS_DUE = "instalment_falls_due"
    DUE_BEGINS = "due_begins"
    ENDS = "ends"
    DEADLINE = "deadline"
    SUSPENSION_ENDS = "suspension_ends"
    NOTICE_TAKES_EFFECT = "notice_takes_effect"
    BEGINS = "begins"
    CHANGES = "changes"


#: So many days an agenda has when no last day is named.
DAYS = 30
LAST_DAYS = frozenset(
    {
        AgendaKind.OVERDUE,
        AgendaKind.FALLS_DUE,
        AgendaKind.INSTALMENT_FALLS_DUE,
        AgendaKind.ENDS,
        AgendaKind.DEADLINE,
        AgendaKind.SUSPENSION_ENDS,
    }
)


@dataclass(frozen=True)
class AgendaItem:
    """What a day brings for a commitment, or for an instrument, of which `commitment` is empty.
    `entry_id` is the entry because of which; `lifecycle` where the commitment stands now, None
    where it is not visible yet; `becomes` where it stands once the day has come, or, of a last
    day, has passed. `instalment` counts from 1; 0 for none. `taking_part` is as what those do
    by whom the agenda was narrowed.
    """

    kind: AgendaKind
    day: date
    entry_id: str
    commitment: str
    instrument: str
    text: SealableText
    held_by: HeldBy
    lifecycle: Lifecycle | None = None
    becomes: Lifecycle | None = None
    instalment: int = 0
    taking_part: tuple[TakingPart, ...] = ()


@dataclass(frozen=True)
class AgendaAsked:
    """Which agenda is wanted: from the day of the cuts unless another one is named, for
    `DAYS` days unless a last one is. Each of the parties must be on a side, or take part;
    without kinds all are wanted.
    """

    from_day: date | None = None
    to_day: date | None = None
    parties: frozenset[str] = frozenset()
    kinds: frozenset[AgendaKind] = frozenset()


@dataclass(frozen=True)
class AgendaDays:
    """The first and the last day of an agenda."""

    first: date
    last: date
