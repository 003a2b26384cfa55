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
    WAITING,
    Case,
)
from ledger_service.domain.lifecycle.events import Event, Purpose
from ledger_service.domain.lifecycle.moves import NO_CHANGE, NOT_ENTITLED
from ledger_service.domain.values import exact
from ledger_service.domain.values.answers import Lifecycle
from ledger_service.domain.values.cuts import Policy
from ledger_service.domain.values.entries import Nature, RelationKind


def take_effect(case: Case, event: Event, policy: Policy) -> None:
    """Applies any move, except one that takes a commitment off hold."""
    match event.kind:
        case RelationKind.ASSERTS | RelationKind.VERIFIES:
            _assert(case, event)
        case RelationKind.ACCEPTS:
            _accept(case, event)
        case RelationKind.FULFILS:
            case.became(event, _deliver(case, event, policy))
        case RelationKind.SUSPENDS:
            _suspend(case, event)
        case RelationKind.RELEASES:
            _release(case, event)
        case RelationKind.CANCELS:
            case.became(event, _cancel(case, event))
        case RelationKind.BREACHES:
            case.became(event, _breach(case, event))


def resume(case: Case, event: Event, binding: Lifecycle) -> None:
    """Applies a resumption: a commitment on hold binds again, active or conditional; a
    maintenance commitment that was broken is kept again.
    """
    case.became(event, _resume(case, event, binding))


def _resume(case: Case, event: Event, binding: Lifecycle) -> str:
    if case.lifecycle is Lifecycle.SUSPENDED:
        if not event.movers & _may_resume(case):
            return NOT_ENTITLED
        case.suspending = frozenset()
        case.joining.pop(Purpose.SUSPEND, None)
        case.to(binding, event.day, event.entry, "it was taken off hold")
        return DONE
    if case.lifecycle is Lifecycle.BREACHED and case.terms.nature is Nature.MAINTENANCE:
        if not event.movers & case.sides.debtors:
            return NOT_ENTITLED
        case.was_breached = True
        case.to(Lifecycle.ACTIVE, event.day, event.entry, "the debtor keeps it again")
        return DONE
    return _nothing(case)


def _may_resume(case: Case) -> frozenset[str]:
    """Who must join to resume: every creditor, and every debtor if a debtor suspended."""
    parties = case.sides
    debtors = parties.debtors if case.suspended_by & parties.debtors else frozenset()
    return parties.creditors | debtors


def _nothing(case: Case) -> str:
    return AFTER_END if case.ended else NO_CHANGE


def _assert(case: Case, event: Event) -> None:
    helps = [Purpose.BIND] if case.needs_word_of(event.movers) else []
    case.words |= event.movers
    _join(case, event, helps)


def _accept(case: Case, event: Event) -> None:
    """Applies an acceptance, which may bind a commitment, or let it take the place of another
    one.
    """
    new = event.movers - case.accepted
    helps = [Purpose.BIND] if case.needs_acceptance_of(new) else []
    if new & case.old_creditors:
        helps.append(Purpose.REPLACE)
    case.accepted |= new
    _join(case, event, helps)


def _join(case: Case, event: Event, purposes: list[Purpose]) -> None:
    case.became(event, WAITING if purposes else _nothing(case), *purposes)


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
    return DONE if counts else _nothing(case)


def _is_late(case: Case, event: Event, policy: Policy) -> bool:
    due, span = case.terms.due, event.span
    assert span is not None
    if due is None or due.to_day is None:
        return False
    if policy is Policy.CERTAIN:
        return span.earliest > due.to_day
    return span.last > (due.from_day or due.to_day)


def _suspend(case: Case, event: Event) -> None:
    """Applies a suspension. Nobody needs to join a mover behind whom every creditor stands."""
    creditors = case.sides.creditors
    if case.lifecycle is Lifecycle.PROPOSED:
        case.became(event, NOT_OPEN)
        return
    if case.lifecycle not in (Lifecycle.CONDITIONAL, Lifecycle.ACTIVE):
        case.became(event, _nothing(case))
        return
    new = event.movers & creditors - case.suspending
    case.suspending |= new
    alone = creditors <= event.movers | event.consenting
    if not alone and not creditors <= case.suspending:
        waits = new or not event.movers & creditors
        _join(case, event, [Purpose.SUSPEND] if waits else [])
        return
    case.suspended_by = case.suspending if creditors <= case.suspending else event.movers
    case.to(Lifecycle.SUSPENDED, event.day, event.entry, "it was put on hold")
    case.became(event, DONE)
    if not alone:
        case.joined(Purpose.SUSPEND)


def _release(case: Case, event: Event) -> None:
    new = event.movers - case.released
    case.released |= new
    if case.ended or not new:
        case.became(event, _nothing(case))
    elif case.sides.creditors <= case.released:
        case.to(Lifecycle.RELEASED, event.day, event.entry, "the creditor let the debtor go")
        case.became(event, DONE)
        case.joined(Purpose.RELEASE)
    else:
        _join(case, event, [Purpose.RELEASE])


def _cancel(case: Case, event: Event) -> str:
    if case.ended:
        return AFTER_END
    case.counts_as_breach = case.lifecycle is Lifecycle.ACTIVE
    if case.counts_as_breach:
        case.against = event.movers
    case.to(Lifecycle.CANCELLED, event.day, event.entry, "the debtor called it off")
    return DONE


def _breach(case: Case, event: Event) -> str:
    if case.lifecycle is not Lifecycle.ACTIVE:
        return AFTER_END if case.ended else NOT_OPEN
    case.to(Lifecycle.BREACHED, event.day, event.entry, "the debtor broke it")
    return DONE
