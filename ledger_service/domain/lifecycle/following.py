"""What follows of itself for a commitment on a day: from time, from what it waits for, and from
what was delivered.
"""

from __future__ import annotations

from datetime import date

from ledger_service.domain.lifecycle.antecedents import Level
from ledger_service.domain.lifecycle.awaiting import Awaiting
from ledger_service.domain.lifecycle.binding import proposed_because
from ledger_service.domain.lifecycle.case import Case
from ledger_service.domain.lifecycle.conditions import Tree
from ledger_service.domain.lifecycle.suspending import end_hold
from ledger_service.domain.values.answers import Lifecycle
from ledger_service.domain.values.entries import Nature


def follow(awaiting: Awaiting, case: Case, day: date) -> bool:
    """Applies what follows of itself, and returns whether it moved the commitment."""
    before = case.lifecycle
    case.now = day
    if case.lifecycle is Lifecycle.SUSPENDED and not case.holds[0].lasts(day):
        end_hold(case, day, "", "its last day on hold passed", binding(awaiting, case, day))
    if case.lifecycle is Lifecycle.PROPOSED and not proposed_because(case):
        begin(awaiting, case, day, case.id, "it is binding now")
    _complete(case, day)
    if case.lifecycle in (Lifecycle.CONDITIONAL, Lifecycle.ACTIVE):
        _run_out(awaiting, case, day)
    if case.lifecycle is Lifecycle.CONDITIONAL:
        level = awaiting.level(case, day)
        if level is Level.HOLDS:
            reason = "what it waits for holds"
            case.to(Lifecycle.ACTIVE, day, awaiting.trigger(case, day), reason)
        elif level is Level.NEVER:
            reason = "what it waits for can no longer hold"
            case.to(Lifecycle.EXPIRED, day, awaiting.trigger(case, day), reason)
    return case.lifecycle is not before


def begin(awaiting: Awaiting, case: Case, day: date, entry: str, reason: str) -> None:
    """Lets a commitment bind from a day on."""
    # What it waits for had to hold while it was to be kept.
    held_on = min(day, case.until or day)
    case.to(binding(awaiting, case, held_on), day, entry, reason)


def binding(awaiting: Awaiting, case: Case, day: date) -> Lifecycle:
    """The lifecycle in which a commitment binds on a day: active or conditional, by its
    antecedent.
    """
    holds = awaiting.level(case, day) is Level.HOLDS
    return Lifecycle.ACTIVE if holds else Lifecycle.CONDITIONAL


def _run_out(awaiting: Awaiting, case: Case, day: date) -> None:
    """Ends a maintenance commitment once its last day has passed, or what it is kept until
    has come.
    """
    if case.until is not None and day > case.until:
        entry, what = "", "its last day passed"
    elif case.terms.until_condition and awaiting.is_ended(case, day):
        entry, what = awaiting.trigger(case, day, Tree.UNTIL), "what ends it came"
    else:
        return
    if case.lifecycle is Lifecycle.CONDITIONAL:
        case.to(Lifecycle.EXPIRED, day, entry, f"{what} while it was conditional")
    elif case.was_breached:
        case.to(Lifecycle.BREACHED, day, entry, f"{what} after a breach")
    else:
        kept = (
            "what it was to be kept until came" if entry else "it was kept until its last day"
        )
        case.to(Lifecycle.FULFILLED, day, entry, kept)


def _complete(case: Case, day: date) -> None:
    """Fulfils an achievement when its known shares reach the whole."""
    waiting = case.lifecycle not in (None, Lifecycle.PROPOSED) and not case.ended
    if waiting and case.terms.nature is Nature.ACHIEVEMENT and case.share_at_least == 1:
        case.to(Lifecycle.FULFILLED, day, case.completed_by, "it was delivered whole")
