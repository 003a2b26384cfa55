"""What cancellations and releases do, what is announced beforehand, and what takes a notice
back.
"""

from __future__ import annotations

from datetime import date

from ledger_service.domain.lifecycle.case import AFTER_END, DONE, NOTICE_GIVEN, Case
from ledger_service.domain.lifecycle.events import Event, Purpose
from ledger_service.domain.lifecycle.moves import NO_CHANGE, NOT_ENTITLED, Move
from ledger_service.domain.values.answers import Lifecycle
from ledger_service.domain.values.entries import RelationKind

#: What only the debtors' side does.
_BY_DEBTORS = frozenset({RelationKind.FULFILS, RelationKind.BREACHES, RelationKind.CANCELS})

WITHDRAWN = "withdrawn"
TOO_LATE = "too_late"

_ANNOUNCED = {
    RelationKind.CANCELS: "notice was given: it is called off on {day}",
    RelationKind.RELEASES: "notice was given: the debtor is let go on {day}",
    RelationKind.SUSPENDS: "notice was given: it is put on hold on {day}",
    RelationKind.RESUMES: "notice was given: it is taken off hold on {day}",
}


def movers_by_now(case: Case, event: Event) -> frozenset[str]:
    """Those for whom a move counts by now: while others are bound, who left moves nothing
    more there, but what it moves as a creditor; nor does ever who succeeded it later, but
    what it accepts as one that is owed what would be replaced. What was done is taken back by
    who did it all the same.
    """
    if not case.left or event.kind is RelationKind.REVERSES:
        return event.movers
    lets_go = event.made is not None and event.made.lets_go
    by_debtors = case.sides.mutual or (event.kind in _BY_DEBTORS and not lets_go)
    # By the rights of the day on which it was made, also where it is a notice.
    lasting = frozenset[str]() if by_debtors else case.sides.on(event.given).creditors
    gone = frozenset[str]() if case.ended else frozenset(case.left)
    if event.kind is not RelationKind.ACCEPTS:
        gone |= case.strangers(case.now)
    return event.movers - (gone - lasting)


def forsake(case: Case) -> None:
    """Lets nothing wait any more by the word of those who have left."""
    waiting = [*case.waits.values(), *(e for some in case.joining.values() for e in some)]
    for event in waiting:
        if movers_by_now(case, event):
            continue
        if case.waits_still(event):
            case.became(event, NO_CHANGE)
        assert event.made is not None
        case.waits.pop(event.made.key, None)
        for some in case.joining.values():
            if event in some:
                some.remove(event)


def announce(case: Case, event: Event) -> None:
    """Applies a notice: from now on it is known, and it moves when its day comes."""
    made = event.made
    assert made is not None
    if made.key in case.undone:
        return
    if not case.ended and not movers_by_now(case, event):  # they left before
        case.undone.add(made.key)
        case.became(event, NOT_ENTITLED)
        return
    # Also of what is over: it may bind again before the day.
    case.pending[made.key] = made.day
    case.became(event, NOTICE_GIVEN)
    if case.ended:
        return
    kind = RelationKind.RELEASES if made.lets_go else made.kind
    case.note(event.day, event.entry, _ANNOUNCED[kind].format(day=made.day))


def withdraw(case: Case, event: Event) -> None:
    """Applies the withdrawal of notices, which is in time before the day of each."""
    made = event.made
    assert made is not None
    notices = {each.key: each for each in case.moves}
    outcomes = [_undo(case, event, notices[key]) for key in made.undoes]
    case.became(event, DONE if DONE in outcomes else outcomes[0])


def _undo(case: Case, event: Event, notice: Move) -> str:
    if notice.day <= _said_on(event):
        return TOO_LATE
    if case.ended:
        return AFTER_END
    if notice.key in case.undone:
        return NO_CHANGE
    case.undone.add(notice.key)
    case.pending.pop(notice.key, None)
    case.outcomes[notice.key] = WITHDRAWN
    case.note(event.day, event.entry, "a notice was withdrawn")
    return DONE


def _said_on(event: Event) -> date:
    """The day of the act itself, which may lie before the commitment was made."""
    assert event.made is not None
    return event.made.act.day


def release(case: Case, event: Event) -> None:
    """Applies a release, which needs every creditor. What is over lets nobody go, so the word
    does not count either once it binds again.
    """
    if case.ended:
        case.became(event, AFTER_END)
        return
    new = case.sides.newly(case.released, event.movers, event.given)
    case.released.add(event.given, event.movers)
    if not (new or case.waits_still(event)):
        case.became(event, NO_CHANGE)
    elif case.lacking_creditors(case.released):
        case.join(event, [Purpose.RELEASE])
    else:
        case.to(Lifecycle.RELEASED, event.day, event.entry, "the creditor let the debtor go")
        case.became(event, DONE)
        case.joined(Purpose.RELEASE)


def leave(case: Case, event: Event) -> None:
    """Applies a cancellation, which takes its makers off their side. The commitment is
    cancelled when nobody is left there; a mutual one, when fewer than two are left. Who alone
    is owed something, and leaves the instrument lawfully, lets it go.
    """
    assert event.made is not None
    if event.made.lets_go:
        _let_go(case, event)
    else:
        case.became(event, _cancel(case, event))


def _let_go(case: Case, event: Event) -> None:
    if case.ended:
        case.became(event, AFTER_END)
        return
    reason = "its only creditor left the instrument"
    case.to(Lifecycle.RELEASED, event.day, event.entry, reason)
    case.became(event, DONE)


def _cancel(case: Case, event: Event) -> str:
    assert event.made is not None
    if case.ended:
        return AFTER_END
    leaving = event.movers & case.debtors
    if not leaving:
        return NO_CHANGE if event.made.is_notice else NOT_ENTITLED
    if case.lifecycle is Lifecycle.ACTIVE and not event.made.is_lawful:
        case.left_unlawfully |= leaving
    case.held_last = case.held
    case.left.update(dict.fromkeys(leaving, event.day))
    along = case.without_a_part
    case.left.update(dict.fromkeys(along, event.day))
    case.left_along |= along
    forsake(case)
    remain = case.held.debtors
    if len(remain) < (2 if case.sides.mutual else 1):
        case.to(Lifecycle.CANCELLED, event.day, event.entry, "the debtor called it off")
    else:
        lawfully = " lawfully" if event.made.is_lawful else ""
        names = ", ".join(sorted(leaving))
        case.note(event.day, event.entry, f"left{lawfully} by {names}; the others stay bound")
    return DONE
