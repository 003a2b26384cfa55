"""What suspensions and resumptions do: by whose right a commitment is put on hold, who may take
it off hold, and what holds it next.
"""

from __future__ import annotations

from datetime import date

from ledger_service.domain.lifecycle.case import DONE, NOT_OPEN, Case
from ledger_service.domain.lifecycle.events import Event, Purpose
from ledger_service.domain.lifecycle.holds import Hold, Right
from ledger_service.domain.lifecycle.joined import Joined
from ledger_service.domain.lifecycle.moves import NO_CHANGE, NOT_ENTITLED
from ledger_service.domain.picture.successions import side
from ledger_service.domain.values.answers import Lifecycle
from ledger_service.domain.values.entries import Nature

COUNTERMEASURE_CLAIMED = "countermeasure_claimed"

_OPEN = frozenset({Lifecycle.CONDITIONAL, Lifecycle.ACTIVE, Lifecycle.SUSPENDED})


def suspend(case: Case, event: Event, *, is_answer: bool) -> None:
    """Applies a suspension. `is_answer`: it responds to an effective breach by the creditor's
    side of what is owed to the suspender.
    """
    assert event.made is not None
    if case.lifecycle not in _OPEN:
        proposed = case.lifecycle is Lifecycle.PROPOSED
        case.became(event, NOT_OPEN if proposed else case.nothing)
        if not _is_agreed(case, event):
            case.wait(event)
    else:
        _suspend(case, event, is_answer=is_answer)


def _suspend(case: Case, event: Event, *, is_answer: bool) -> None:
    assert event.made is not None
    if not _lasts(event):
        case.became(event, NO_CHANGE)
        return
    creditors, debtors = case.creditors, case.debtors
    new = case.sides.newly(case.suspending, event.movers & creditors, event.given)
    right = _right(case, event, is_answer=is_answer)
    if right is not None:
        _hold(case, event, right)
        return
    case.wait(event)
    if event.made.responds and event.movers & debtors:
        case.became(event, COUNTERMEASURE_CLAIMED)
    else:
        # What is on hold already needs no debtor's word for it.
        on_hold = case.lifecycle is Lifecycle.SUSPENDED
        waits = new or not (on_hold or event.movers & creditors)
        case.join(event, [Purpose.SUSPEND] if waits else [])


def _hold(case: Case, event: Event, right: Right) -> None:
    """Puts a commitment on hold. By a right by which it is on hold already, its end is set
    anew, in which all who take that right join again; by another right nothing changes until
    the first ends.
    """
    assert event.made is not None
    together = [event]
    if right is Right.CREDITORS:
        joined = case.joining.pop(Purpose.SUSPEND, ())
        together += [each for each in joined if each.made is not event.made]
        case.suspending.clear()
    outcome = _take_hold(
        case, Hold(right, event.movers, event.made.relation.until, (*together,))
    )
    for each in together:
        case.became(each, outcome)
        assert each.made is not None
        case.waits.pop(each.made.key, None)


def _take_hold(case: Case, new: Hold) -> str:
    event = new.event
    same = next((each for each in case.holds if each.right is new.right), None)
    if same and same.until == new.until:
        return NO_CHANGE
    if same:
        same.until, same.takers = new.until, same.takers | new.takers
        if same is not case.holds[0]:
            return NO_CHANGE
        case.note(event.day, event.entry, _until(same))
        return DONE
    case.holds.append(new)
    if len(case.holds) > 1:
        return NO_CHANGE
    case.to(Lifecycle.SUSPENDED, event.day, event.entry, _REASONS[new.right])
    return DONE


_REASONS = {
    Right.CREDITORS: "it was put on hold",
    Right.AGREED: "it was put on hold with the creditor's acceptance",
    Right.COUNTERMEASURE: "it was put on hold in answer to a breach",
}


def _until(hold: Hold) -> str:
    end = f"until {hold.until}" if hold.until else "without a last day"
    return f"it stays on hold {end}"


def _lasts(event: Event) -> bool:
    """Whether the last day of a suspension is still to come when it takes effect."""
    assert event.made is not None
    until = event.made.relation.until
    return until is None or event.day <= until


def _right(case: Case, event: Event, *, is_answer: bool) -> Right | None:
    """The right by which an event suspends, None while others have to join."""
    creditors = event.movers & case.creditors
    case.suspending.add(event.given, creditors)
    if creditors and not case.lacking_creditors(case.suspending):
        return Right.CREDITORS
    if _is_agreed(case, event):
        by_debtor = event.movers & case.debtors and not _is_by_all(case, event)
        return Right.AGREED if by_debtor else Right.CREDITORS
    owes = event.movers & case.debtors  # who left owes nothing here that it could hold back
    return Right.COUNTERMEASURE if is_answer and owes else None


def _is_agreed(case: Case, event: Event) -> bool:
    """Whether everybody who is owed made a move or accepted its act."""
    return not case.lacking_creditors(case.agreed_by(event))


def _is_by_all(case: Case, event: Event) -> bool:
    """Whether everybody who is owed made a move."""
    return not case.lacking_creditors(Joined.on(event.given, event.movers))


def resume(case: Case, event: Event, binding: Lifecycle) -> None:
    """Applies a resumption: a commitment on hold binds again, active or conditional; a
    maintenance commitment that was broken is kept again.
    """
    case.became(event, _resume(case, event, binding))


def _resume(case: Case, event: Event, binding: Lifecycle) -> str:
    if case.lifecycle is Lifecycle.SUSPENDED:
        if not _may_end(case, case.holds[0], event):
            return NOT_ENTITLED
        end_hold(case, event.day, event.entry, "it was taken off hold", binding)
        return DONE
    if case.lifecycle is Lifecycle.BREACHED and case.terms.nature is Nature.MAINTENANCE:
        if not event.movers & _debtors(case, event.given):
            return NOT_ENTITLED
        case.was_breached = True
        case.to(Lifecycle.ACTIVE, event.day, event.entry, "the debtor keeps it again")
        return DONE
    return case.nothing


def _may_end(case: Case, hold: Hold, event: Event) -> bool:
    """Whether a suspension is some parties' to end, by the rights of the day on which they say
    so: it is that of who suspended, and, but for a countermeasure, always the creditor's. Where
    a debtor suspended too it is the debtors', also once that one has left.
    """
    day = event.given
    creditors = _debtors(case, day) if case.sides.mutual else case.sides.on(day).creditors
    if hold.right is Right.COUNTERMEASURE:
        own = side(hold.takers, case.sides.later, day).standing
    elif hold.right is Right.AGREED or hold.takers & case.standing_on(day).debtors:
        own = _debtors(case, day) | creditors
    else:
        own = creditors
    return not own.isdisjoint(event.movers)


def _debtors(case: Case, day: date) -> frozenset[str]:
    """Who stood on the debtors' side on a day, without those who have left by now."""
    return case.sides.on(day, case.left).debtors - case.left.keys()


def end_hold(case: Case, day: date, entry: str, reason: str, binding: Lifecycle) -> None:
    """Ends a suspension: another one that waited for that holds now, or the commitment binds
    again.
    """
    if case.holds[0].right is Right.CREDITORS:
        case.suspending.clear()
        case.joining.pop(Purpose.SUSPEND, None)
    case.holds = [each for each in case.holds[1:] if each.lasts(day)]
    if not case.holds:
        case.to(binding, day, entry, reason)
        return
    next_one = case.holds[0]
    case.note(day, next_one.event.entry, f"another suspension holds: {_until(next_one)}")
    for event in next_one.events:
        case.became(event, DONE)
