"""What waits for others to join in it, and takes effect once nobody is missing.

The last to join may be somebody who accepts; but nobody is missing either once who was has
left, or was succeeded by somebody who has joined. What waits by the word of somebody who has
left waits no longer.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from msgspec.structs import replace

from ledger_service.domain.lifecycle.case import Case
from ledger_service.domain.lifecycle.events import Event, Purpose
from ledger_service.domain.lifecycle.joined import Joined
from ledger_service.domain.values.entries import RelationKind

#: Moves that may wait for others to join in them.
AWAITING_OTHERS = frozenset(
    {RelationKind.SUSPENDS, RelationKind.RELEASES, RelationKind.RESCHEDULES}
)


def agree(case: Case, event: Event) -> None:
    """Applies an acceptance that is aimed at an act, and not at the commitment."""
    case.agreed.setdefault(event.aim, Joined()).add(event.given, event.movers)


def waiting(case: Case) -> Iterator[Event]:
    """What may take effect later, once others have joined in it."""
    yield from case.waits.values()
    for purpose in (Purpose.RELEASE, Purpose.SUSPEND):
        yield from case.joining.get(purpose, ())


def complete(case: Case, day: date) -> Iterator[Event]:
    """What waits, and in which nobody is missing by a day: it takes effect on that day. What
    was made in vain before is tried again only once somebody accepted it.
    """
    for event in case.waits.values():
        accepted = case.agreed.get(event.entry, Joined())
        waits = case.waits_still(event)
        # After the end it is told what became of what is accepted then, and no more.
        asked = accepted.has(day) if case.ended else waits or accepted
        if asked and not case.lacking_creditors(case.agreed_by(event)):
            yield replace(event, day=day)
    if case.ended:
        return
    for purpose, joined in (
        (Purpose.RELEASE, case.released),
        (Purpose.SUSPEND, case.suspending),
    ):
        found = [event for event in case.joining.get(purpose, ()) if case.waits_still(event)]
        creditors = [event for event in found if event.movers & case.creditors]
        if creditors and not case.lacking_creditors(joined):
            yield replace(creditors[-1], day=day)
