"""What a move does to a commitment when it takes effect."""

from __future__ import annotations

from fractions import Fraction

from ledger_service.domain.answers import Lifecycle
from ledger_service.domain.case import Case, Event
from ledger_service.domain.cuts import Policy
from ledger_service.domain.entries import Nature, RelationKind


def take_effect(case: Case, event: Event, policy: Policy) -> None:
    """All moves but one that takes a commitment off hold."""
    match event.kind:
        case RelationKind.ASSERTS | RelationKind.VERIFIES:
            case.words |= event.movers
        case RelationKind.ACCEPTS:
            case.accepted |= event.movers
        case RelationKind.FULFILS:
            _deliver(case, event, policy)
        case RelationKind.SUSPENDS:
            _suspend(case, event)
        case RelationKind.RELEASES:
            _release(case, event)
        case RelationKind.CANCELS:
            _cancel(case, event)
        case RelationKind.BREACHES:
            _breach(case, event)


def resume(case: Case, event: Event, binding: Lifecycle) -> None:
    """A commitment on hold binds again, active or conditional; a debtor that broke a
    maintenance commitment keeps it again.
    """
    if case.lifecycle is Lifecycle.SUSPENDED:
        if event.movers & (case.suspended_by | case.sides.creditors):
            case.suspending = frozenset()
            case.to(binding, event.day, event.entry, "it was taken off hold")
        else:
            case.not_entitled = True
    elif case.lifecycle is Lifecycle.BREACHED and case.terms.nature is Nature.MAINTENANCE:
        if event.movers & case.sides.debtors:
            case.was_breached = True
            case.to(Lifecycle.ACTIVE, event.day, event.entry, "the debtor keeps it again")
        else:
            case.not_entitled = True


def _deliver(case: Case, event: Event, policy: Policy) -> None:
    """Shares add up, whatever the lifecycle: what comes after the end still counts."""
    credited = event.movers if case.sides.mutual else {""}
    if event.extent is None:
        case.share_unknown = True
    for party in credited:
        case.delivered[party] = case.delivered.get(party, Fraction(0)) + (
            event.extent or Fraction(0)
        )
    if not case.ended:
        case.completed_by = event.entry
        case.late = _is_late(case, event, policy)


def _is_late(case: Case, event: Event, policy: Policy) -> bool:
    due, span = case.terms.due, event.span
    assert span is not None
    if due is None or due.to_day is None:
        return False
    if policy is Policy.CERTAIN:
        return span.first > due.to_day
    return span.last > (due.from_day or due.to_day)


def _suspend(case: Case, event: Event) -> None:
    if case.lifecycle not in (Lifecycle.CONDITIONAL, Lifecycle.ACTIVE):
        return
    creditors = case.sides.creditors
    case.suspending |= event.movers & creditors
    if creditors <= case.suspending:
        case.suspended_by = case.suspending
    elif creditors <= case.suspending | event.movers | event.consenting:
        case.suspended_by = event.movers
    else:
        return
    case.to(Lifecycle.SUSPENDED, event.day, event.entry, "it was put on hold")


def _release(case: Case, event: Event) -> None:
    case.released |= event.movers
    if not case.ended and case.sides.creditors <= case.released:
        case.to(Lifecycle.RELEASED, event.day, event.entry, "the creditor let the debtor go")


def _cancel(case: Case, event: Event) -> None:
    if case.ended:
        return
    case.counts_as_breach = case.lifecycle is Lifecycle.ACTIVE
    if case.counts_as_breach:
        case.counted_against = event.movers
    case.to(Lifecycle.CANCELLED, event.day, event.entry, "the debtor called it off")


def _breach(case: Case, event: Event) -> None:
    if case.lifecycle is Lifecycle.ACTIVE:
        case.to(Lifecycle.BREACHED, event.day, event.entry, "the debtor broke it")
