"""Rules of an act."""

from __future__ import annotations

from datetime import date, timedelta

from ledger_service.domain.checks.fields import Violations
from ledger_service.domain.checks.ties import check_evidence, check_relations
from ledger_service.domain.values import exact
from ledger_service.domain.values.entries import Act
from ledger_service.domain.values.limits import PLACE, REMARK, TITLE, UNIT


def check_act(found: Violations, path: str, entry_id: str, act: Act, today: date) -> None:
    found.required(f"{path}.title", act.title, TITLE)
    _check_sides(found, path, act)
    found.interval(f"{path}.occurred", act.occurred)
    _check_past(found, path, act, today)
    found.text(f"{path}.place", act.place, PLACE)
    if act.quantity is not None:
        found.exact(f"{path}.quantity.value", act.quantity.value, exact.decimal)
        found.required(f"{path}.quantity.unit", act.quantity.unit, UNIT)
    found.code(f"{path}.code", act.code)
    check_relations(found, path, entry_id, act)
    check_evidence(found, path, act.evidence)
    found.text(f"{path}.summary", act.summary, REMARK)
    found.text(f"{path}.note", act.note, REMARK)


def _check_sides(found: Violations, path: str, act: Act) -> None:
    found.present(f"{path}.actor", act.actor)
    found.parties(f"{path}.co_actors", act.co_actors)
    if act.actor in act.co_actors:
        at = f"{path}.co_actors[{act.co_actors.index(act.actor)}]"
        found.add(at, f"{act.actor!r} is the actor already.")
    if act.counterparty and act.counterparty in (act.actor, *act.co_actors):
        found.add(
            f"{path}.counterparty",
            f"{act.counterparty!r} is an actor too: nobody acts toward himself. "
            "Leave it out, or name the other side.",
        )
    if act.joint and not act.counterparty and not act.co_actors:
        found.add(f"{path}.joint", "A joint act needs a counterparty or co-actors.")


def _check_past(found: Violations, path: str, act: Act, today: date) -> None:
    """A day of grace, since it may be tomorrow already where it happened."""
    first = act.occurred.from_day
    if first is not None and first > today + timedelta(days=1):
        found.add(
            f"{path}.occurred.from_day",
            f"{first} is more than one day after today, {today}. A plan is a commitment: "
            "record it as one.",
        )
