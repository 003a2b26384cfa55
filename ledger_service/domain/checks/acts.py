"""Rules of an act."""

from __future__ import annotations

from datetime import date, timedelta

from msgspec.structs import astuple

from ledger_service.domain.checks.every_field import every_field
from ledger_service.domain.checks.fields import Violations
from ledger_service.domain.checks.ties import check_evidence, check_relations
from ledger_service.domain.values import exact
from ledger_service.domain.values.entries import (
    Act,
    ActKind,
    EventCode,
    Evidence,
    IntervalDate,
    Quantity,
    Relation,
    SealableText,
)
from ledger_service.domain.values.limits import PLACE, REMARK, TITLE, UNIT


@every_field(Act)
def check_act(
    found: Violations,
    path: str,
    entry_id: str,
    today: date,
    /,
    _kind: ActKind,
    actor: str,
    title: SealableText,
    co_actors: tuple[str, ...],
    counterparty: str,
    joint: bool,
    occurred: IntervalDate,
    place: str,
    quantity: Quantity | None,
    code: EventCode | None,
    relations: tuple[Relation, ...],
    evidence: tuple[Evidence, ...],
    summary: SealableText,
    note: SealableText,
) -> None:
    found.required(f"{path}.title", title, TITLE)
    _check_actors(found, path, actor, co_actors)
    _check_counterparty(found, path, (actor, *co_actors), counterparty)
    if joint and not counterparty and not co_actors:
        found.add(f"{path}.joint", "A joint act needs a counterparty or co-actors.")
    found.interval(f"{path}.occurred", occurred)
    _check_past(found, path, occurred.from_day, today)
    found.text(f"{path}.place", place, PLACE)
    if quantity is not None:
        _check_quantity(found, f"{path}.quantity", *astuple(quantity))
    found.code(f"{path}.code", code)
    check_relations(found, path, entry_id, relations, of_act=True)
    check_evidence(found, path, evidence)
    found.text(f"{path}.summary", summary, REMARK)
    found.text(f"{path}.note", note, REMARK)


def _check_actors(found: Violations, path: str, actor: str, co_actors: tuple[str, ...]) -> None:
    found.present(f"{path}.actor", actor)
    found.parties(f"{path}.co_actors", co_actors)
    if actor in co_actors:
        at = f"{path}.co_actors[{co_actors.index(actor)}]"
        found.add(at, f"{actor!r} is the actor already.")


def _check_counterparty(
    found: Violations, path: str, actors: tuple[str, ...], counterparty: str
) -> None:
    if counterparty and counterparty in actors:
        found.add(
            f"{path}.counterparty",
            f"{counterparty!r} is an actor too: nobody acts toward himself. "
            "Leave it out, or name the other side.",
        )


def _check_past(found: Violations, path: str, first: date | None, today: date) -> None:
    """An act must not lie in the future. One day of grace is given, since it may be tomorrow
    already where it happened.
    """
    if first is not None and first > today + timedelta(days=1):
        found.add(
            f"{path}.occurred.from_day",
            f"{first} is more than one day after today, {today}. A plan is a commitment: "
            "record it as one.",
        )


@every_field(Quantity)
def _check_quantity(found: Violations, path: str, /, value: str, unit: str) -> None:
    found.exact(f"{path}.value", value, exact.decimal)
    found.required(f"{path}.unit", unit, UNIT)
