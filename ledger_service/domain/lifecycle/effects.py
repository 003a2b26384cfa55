"""What a move does to a commitment when it takes effect, and why it does nothing.

Where several parties must join, each move waits until the last of them has made its move; then
all of the moves had effect.
"""

from __future__ import annotations

from fractions import Fraction

from ledger_service.domain.lifecycle.binding import needs_acceptance_of, needs_word_of
from ledger_service.domain.lifecycle.case import (
    AFTER_END,
    DONE,
    NOT_OPEN,
    Case,
    CreditedDeed,
)
from ledger_service.domain.lifecycle.events import Event, Purpose
from ledger_service.domain.lifecycle.leaving import leave, release, withdraw
from ledger_service.domain.lifecycle.moves import NO_CHANGE
from ledger_service.domain.values import exact
from ledger_service.domain.values.answers import Lifecycle
from ledger_service.domain.values.entries import RelationKind

NOTHING, ONE = Fraction(0), Fraction(1)


def take_effect(case: Case, event: Event) -> None:
    """Applies any move, except one after which a commitment may bind again or is put on hold,
    and a new term.
    """
    match event.kind:
        case RelationKind.ASSERTS | RelationKind.VERIFIES:
            _assert(case, event)
        case RelationKind.ACCEPTS:
            _accept(case, event)
        case RelationKind.FULFILS:
            case.became(event, _deliver(case, event))
        case RelationKind.WITHDRAWS:
            withdraw(case, event)
        case RelationKind.RELEASES:
            release(case, event)
        case RelationKind.CANCELS:
            leave(case, event)
        case RelationKind.BREACHES:
            case.became(event, _breach(case, event))


def _assert(case: Case, event: Event) -> None:
    helps = [Purpose.BIND] if needs_word_of(case, event.movers, event.given) else []
    case.words.add(event.given, event.movers)
    case.join(event, helps)


def _accept(case: Case, event: Event) -> None:
    """Applies an acceptance, which may bind a commitment, or let it take the place of another
    one.
    """
    movers, day = event.movers, event.given
    new = case.sides.newly(case.accepted, movers, day)
    helps = [Purpose.BIND] if needs_acceptance_of(case, new, day) else []
    if any(
        old.newly(case.accepted, movers, day) & old.on(day).creditors for old in case.replaces
    ):
        helps.append(Purpose.REPLACE)
    case.accepted.add(day, movers)
    case.join(event, helps)


def _deliver(case: Case, event: Event) -> str:
    """Applies a delivery. Shares add up in any lifecycle: a delivery after the end still
    counts.
    """
    credited = case.credited(event)
    before = case.share_at_least
    case.parts[event.entry] = CreditedDeed(event.extent, credited)
    if event.extent is None:
        case.unknown.add(event.entry)
    for party in credited:
        _credit(case, party, event.extent or NOTHING)
    counts = before < 1 if event.extent is None else before != case.share_at_least
    counts = counts and not case.is_kept  # which is whole already
    if counts and not case.ended:
        case.completed_by, case.completed_within = event.entry, event.span
    return DONE if counts else case.nothing


def _credit(case: Case, party: str, share: Fraction) -> None:
    """Adds a share to what was delivered, or takes it away. A sum too long to be of use becomes
    a lower bound.
    """
    share = max(NOTHING, case.delivered.get(party, NOTHING) + share)
    if exact.is_long(share):
        share, case.rounded = exact.down(share), True
    case.delivered[party] = share


def reverse(case: Case, event: Event, binding: Lifecycle) -> None:
    """Applies a reversal: what fulfilled a commitment may not be enough any more, and then it
    binds again, active or conditional.
    """
    case.became(event, _reverse(case, event, binding))


def _reverse(case: Case, event: Event, binding: Lifecycle) -> str:
    part = case.parts.get(event.deed)
    if part is None:
        return NO_CHANGE
    before = _share(case)
    whole = ONE if part.share is None else part.share
    taken = whole - part.taken
    if event.extent is not None:
        taken = min(taken, event.extent)
    part.taken += taken
    if part.share is not None:
        for party in part.credited:
            _credit(case, party, -taken)
    elif part.taken == whole:
        case.unknown.discard(event.deed)
    if _share(case) == before or case.is_kept:
        return case.nothing
    if case.lifecycle is Lifecycle.FULFILLED and case.is_incomplete:
        case.was_fulfilled, case.fulfilled_on = True, None
        case.to(binding, event.day, event.entry, "what fulfilled it was taken back")
    else:
        case.note(event.day, event.entry, "some of what was delivered was taken back")
    return DONE


def _share(case: Case) -> tuple[Fraction, bool]:
    """The share that is known, and whether more may be delivered: not where it is the whole."""
    known = case.share_at_least
    return known, case.share_unknown and known < ONE


def _breach(case: Case, event: Event) -> str:
    if case.lifecycle is not Lifecycle.ACTIVE:
        return AFTER_END if case.ended else NOT_OPEN
    case.broken_by |= event.movers
    case.to(Lifecycle.BREACHED, event.day, event.entry, "the debtor broke it")
    return DONE
