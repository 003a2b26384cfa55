"""Rules of an act."""

from __future__ import annotations

import re
from datetime import date
from fractions import Fraction

from msgspec.structs import astuple

from ledger_service.domain.checks.every_field import every_field
from ledger_service.domain.checks.fields import Violations, is_ahead
from ledger_service.domain.checks.ties import check_evidence, check_relations
from ledger_service.domain.values import exact
from ledger_service.domain.values.entries import (
    Act,
    ActKind,
    Attribute,
    EventCode,
    Evidence,
    IntervalDate,
    Place,
    Quantity,
    Relation,
    RelationKind,
    SealableText,
    Sealed,
)
from ledger_service.domain.values.limits import PARTIES, PLACE, REMARK, TITLE

COUNTRY = re.compile(r"[A-Z]{3}")
GEONAMES = re.compile(r"[1-9][0-9]{0,9}")
NORTHERNMOST, EASTERNMOST = 90, 180

#: What nobody but a known actor can do: deeds that count only as somebody's, words that are
#: somebody's, and checks that count only when a neutral made them.
NEEDS_ACTOR = frozenset(
    {
        RelationKind.FULFILS,
        RelationKind.REVERSES,
        RelationKind.ACCEPTS,
        RelationKind.CANCELS,
        RelationKind.RELEASES,
        RelationKind.SUSPENDS,
        RelationKind.RESUMES,
        RelationKind.RESCHEDULES,
        RelationKind.WITHDRAWS,
        RelationKind.ASSERTS,
        RelationKind.DENIES,
        RelationKind.VERIFIES,
        RelationKind.REFUTES,
    }
)


@every_field(Act)
def check_act(
    found: Violations,
    path: str,
    entry_id: str,
    today: date | None,
    /,
    _kind: ActKind,
    actor: str,
    title: SealableText,
    co_actors: tuple[str, ...],
    counterparties: tuple[str, ...],
    joint: bool,
    occurred: IntervalDate,
    place: Place | None,
    quantity: Quantity | None,
    code: EventCode | None,
    topics: tuple[str, ...],
    attributes: tuple[Attribute, ...],
    relations: tuple[Relation, ...],
    evidence: tuple[Evidence, ...],
    summary: SealableText,
    note: SealableText,
) -> None:
    """`today` is None where acts may lie ahead."""
    found.required(f"{path}.title", title, TITLE)
    _check_actors(found, path, actor, co_actors)
    _check_counterparties(found, path, (actor, *co_actors), counterparties)
    if joint and not counterparties and not co_actors:
        found.add(f"{path}.joint", "A joint act needs counterparties or co-actors.")
    if not actor:
        _check_nobody(found, path, co_actors, joint, relations)
    found.interval(f"{path}.occurred", occurred)
    if today is not None:
        _check_past(found, f"{path}.occurred", today, *astuple(occurred))
    if place is not None:
        _check_place(found, f"{path}.place", *astuple(place))
    found.quantity(f"{path}.quantity", quantity, promised=False)
    found.code(f"{path}.code", code)
    found.topics(f"{path}.topics", topics)
    found.attributes(f"{path}.attributes", attributes)
    check_relations(found, path, entry_id, relations, of=Act, first_day=occurred.from_day)
    check_evidence(found, f"{path}.evidence", evidence)
    found.text(f"{path}.summary", summary, REMARK)
    found.text(f"{path}.note", note, REMARK)


def _check_actors(found: Violations, path: str, actor: str, co_actors: tuple[str, ...]) -> None:
    found.ids(f"{path}.co_actors", co_actors)
    if actor and actor in co_actors:
        at = f"{path}.co_actors[{co_actors.index(actor)}]"
        found.add(at, f"{actor!r} is the actor already.")


def _check_counterparties(
    found: Violations, path: str, actors: tuple[str, ...], counterparties: tuple[str, ...]
) -> None:
    found.ids(f"{path}.counterparties", counterparties, PARTIES)
    acting = set(actors)
    for number, party in enumerate(counterparties):
        if party and party in acting:
            found.add(
                f"{path}.counterparties[{number}]",
                f"{party!r} is an actor too: nobody acts toward himself. "
                "Leave it out, or name the other side.",
            )


def _check_nobody(
    found: Violations,
    path: str,
    co_actors: tuple[str, ...],
    joint: bool,
    relations: tuple[Relation, ...],
) -> None:
    """An act that nobody is known to have done is a mere event: it moves nothing that only
    somebody can move.
    """
    if co_actors:
        found.add(f"{path}.actor", "There are co-actors: make the first of them the actor.")
    if joint:
        found.add(f"{path}.joint", "An act without a known actor is not joint. Name an actor.")
    for number, relation in enumerate(relations):
        if relation.kind in NEEDS_ACTOR:
            found.add(
                f"{path}.relations[{number}].kind",
                f"Nobody is known to have done this act, and {relation.kind} takes somebody. "
                "Name the actor, or use refers_to.",
            )


@every_field(IntervalDate)
def _check_past(
    found: Violations,
    field: str,
    today: date,
    /,
    from_day: date | None,
    to_day: date | None,
    _precision: object,
    _basis: object,
    _words: object,
) -> None:
    """An act must not lie in the future, in no part of its interval."""
    if from_day is not None and is_ahead(from_day, today):
        found.add(
            f"{field}.from_day",
            f"{from_day} is more than one day after today, {today}. A plan is a commitment: "
            "record it as one.",
        )
    elif to_day is not None and is_ahead(to_day, today):
        found.add(
            f"{field}.to_day",
            f"{to_day} is more than one day after today, {today}. A plan is a commitment: "
            "record it as one. Of what has happened give today as the last day.",
        )


@every_field(Place)
def _check_place(
    found: Violations,
    path: str,
    /,
    name: SealableText,
    country: SealableText,
    latitude: SealableText,
    longitude: SealableText,
    geonames: SealableText,
) -> None:
    if not (name or country or latitude or longitude or geonames):
        found.add(path, "This place says nothing. Leave it out, or give its name.")
    found.text(f"{path}.name", name, PLACE)
    found.spelling(
        f"{path}.country", country, COUNTRY, "an ISO 3166-1 alpha-3 code such as PRK"
    )
    found.spelling(
        f"{path}.geonames", geonames, GEONAMES, "an id of GeoNames: digits such as 1871859"
    )
    _check_degrees(found, f"{path}.latitude", latitude, NORTHERNMOST)
    _check_degrees(found, f"{path}.longitude", longitude, EASTERNMOST)
    for given, missing in (("latitude", longitude), ("longitude", latitude)):
        said = latitude if given == "latitude" else longitude
        if said and not missing:
            other = "longitude" if given == "latitude" else "latitude"
            found.add(f"{path}.{other}", f"There is a {given}. Give both, or none.")


def _check_degrees(found: Violations, field: str, written: SealableText, at_most: int) -> None:
    if not written or isinstance(written, Sealed):
        return
    degrees: Fraction | None = found.exact(field, written, exact.decimal)
    if degrees is not None and abs(degrees) > at_most:
        found.add(
            field,
            f"{written} is not on the earth: it goes from -{at_most} to {at_most} degrees.",
        )
