"""Terms that are changed by agreement: when something is due, or until when it is to be kept.

Both sides agree by a joint act, or a debtor's act that every creditor accepts. Every creditor
alone may ease a term, which means to put off what is due, or to shorten what is to be kept. An
extension is an event: until its day the old term answers.
"""

from __future__ import annotations

from datetime import date

from ledger_service.domain.lifecycle.case import AFTER_END, DONE, WAITING, Case, term_set_by
from ledger_service.domain.lifecycle.events import Event
from ledger_service.domain.lifecycle.moves import NO_CHANGE, NOT_ENTITLED
from ledger_service.domain.values.entries import IntervalDate, Nature, Relation


def reschedule(case: Case, event: Event, due: IntervalDate | None) -> None:
    """Applies a rescheduling of what has been due within `due` so far."""
    assert event.made is not None
    outcome = _reschedule(case, event, due)
    case.became(event, outcome)
    if outcome == WAITING:
        case.wait(event)
    elif eased := case.easing.get(term_set_by(event.made.relation)):
        eased.pop(event.made.key, None)


def _reschedule(case: Case, event: Event, due: IntervalDate | None) -> str:
    assert event.made is not None
    relation = event.made.relation
    if case.ended:
        return AFTER_END
    if not _changes(case, relation, due):
        return NO_CHANGE
    alone = {event.made.key: event}
    together, term = alone, term_set_by(relation)
    if not case.sides.mutual and not event.movers & case.standing_on(event.given).debtors:
        if not _eases(case, relation, due):
            return NOT_ENTITLED
        together = case.easing.setdefault(term, {})
        together |= alone
    if case.lacking_creditors(case.agreed_by(event)):
        return WAITING
    for each in together.values():
        case.became(each, DONE)
    if together is not alone:
        del case.easing[term]
    if case.terms.nature is Nature.MAINTENANCE:
        case.until = relation.until
        case.note(event.day, event.entry, f"it is to be kept until {case.until} now")
    else:
        case.due, _ = term
        case.note(event.day, event.entry, f"it is due {_spelled(relation.due)} now")
    return DONE


def _spelled(due: IntervalDate | None) -> str:
    """`by 2012-04-29`, `from 2012-01-01 to 2012-04-29`."""
    first, last = (due.from_day, due.to_day) if due else (None, None)
    if first == last:
        return f"on {last}" if last else "on an unknown day"
    if first is None:
        return f"by {last}"
    return f"from {first} to {last}" if last else f"from {first} on"


def _changes(case: Case, relation: Relation, due: IntervalDate | None) -> bool:
    """Whether a commitment has the term that is set anew, and has it otherwise. Instalments are
    replaced by another commitment, not put off.
    """
    if case.terms.nature is Nature.MAINTENANCE:
        return relation.until is not None and relation.until != case.until
    new = relation.due
    if new is None or case.terms.instalments:
        return False
    return due is None or (due.from_day, due.to_day) != (new.from_day, new.to_day)


def _eases(case: Case, relation: Relation, due: IntervalDate | None) -> bool:
    if case.terms.nature is Nature.MAINTENANCE:
        return relation.until is not None and relation.until < (case.until or date.max)
    return relation.due is not None and _is_later(relation.due, due)


def _is_later(new: IntervalDate, old: IntervalDate | None) -> bool:
    """Whether the last day is later, or the first one if the last is the same. What has no day
    yet is never put off by one.
    """
    return old is not None and _ends(new) > _ends(old)


def _ends(due: IntervalDate) -> tuple[date, date]:
    return due.to_day or date.max, due.from_day or date.min
