"""What a move does to a commitment when it takes effect, and why it does nothing.

Where several parties must join, each move waits until the last of them has made its move; then
all of the moves had effect.
"""

from __future__ import annotations

from fractions import Fraction

from ledger_service.domain.lifecycle.case import (
    AFTER_END,
    DONE,
    NOT_OPEN,
    Case,
)
from ledger_service.domain.lifecycle.events import Event, Purpose
from ledger_service.domain.lifecycle.leaving import leave, release, withdraw
from ledger_service.domain.values import exact
from ledger_service.domain.values.answers import Lifecycle
from ledger_service.domain.values.cuts import Policy
from ledger_service.domain.values.entries import RelationKind


def take_effect(case: Case, event: Event, policy: Policy) -> None:
    """Applies any move, except one that puts a commitment on hold, or takes it off."""
    match event.kind:
        case RelationKind.ASSERTS | RelationKind.VERIFIES:
            _assert(case, event)
        case RelationKind.ACCEPTS:
            _accept(case, event)
        case RelationKind.FULFILS:
            case.became(event, _deliver(case, event, policy))
        case RelationKind.WITHDRAWS:
            withdraw(case, event)
        case RelationKind.RELEASES:
            release(case, event)
        case RelationKind.CANCELS:
            leave(case, event)
        case RelationKind.BREACHES:
            case.became(event, _breach(case, event))


def _assert(case: Case, event: Event) -> None:
    helps = [Purpose.BIND] if case.needs_word_of(event.movers) else []
    for each in event.movers:
        case.words.setdefault(each, event.day)
    case.join(event, helps)


def _accept(case: Case, event: Event) -> None:
    """Applies an acceptance, which may bind a commitment, or let it take the place of another
    one.
    """
    new = event.movers - case.accepted.keys()
    helps = [Purpose.BIND] if case.needs_acceptance_of(new) else []
    if new & case.old_creditors:
        helps.append(Purpose.REPLACE)
    case.accepted.update(dict.fromkeys(new, event.day))
    case.join(event, helps)


def _deliver(case: Case, event: Event, policy: Policy) -> str:
    """Applies a delivery. Shares add up in any lifecycle: a delivery after the end still
    counts.
    """
    credited = event.movers if case.sides.mutual else {""}
    before = case.share_at_least
    if event.extent is None:
        case.share_unknown = True
    for party in credited:
        share = case.delivered.get(party, Fraction(0)) + (event.extent or Fraction(0))
        if exact.is_long(share):
            share, case.share_unknown = exact.down(share), True
        case.delivered[party] = share
    if not case.ended:
        case.completed_by = event.entry
        case.late = _is_late(case, event, policy)
    counts = before < 1 if event.extent is None else before != case.share_at_least
    return DONE if counts else case.nothing


def _is_late(case: Case, event: Event, policy: Policy) -> bool:
    due, span = case.terms.due, event.span
    assert span is not None
    if due is None or due.to_day is None:
        return False
    if policy is Policy.CERTAIN:
        return span.earliest > due.to_day
    return span.last > (due.from_day or due.to_day)


def _breach(case: Case, event: Event) -> str:
    if case.lifecycle is not Lifecycle.ACTIVE:
        return AFTER_END if case.ended else NOT_OPEN
    case.broken_by |= event.movers
    case.to(Lifecycle.BREACHED, event.day, event.entry, "the debtor broke it")
    return DONE
