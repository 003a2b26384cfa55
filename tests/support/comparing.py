"""Where the answers of the domain and of the reference differ, in lines for people."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields

from ledger_service.domain.lifecycle.acts import act_view
from ledger_service.domain.lifecycle.standing import commitment_standing
from ledger_service.domain.picture.picture import Picture
from ledger_service.domain.values.answers import Standing
from ledger_service.domain.values.entries import RelationKind
from tests.reference.course import Key, Stand
from tests.reference.evidence import finding_on_act
from tests.reference.same_as import direction
from tests.reference.standing import standings
from tests.reference.world import World
from tests.support.random_ledgers import ACTS, COMMITMENTS, Look, Recorded

#: Fields of a standing that have the same name and form on both sides.
ALIKE = [f.name for f in fields(Stand) if f.name not in ("flags", "conduct", "held_by", "rest")]


def picture_of(book: Recorded, look: Look) -> Picture:
    history = book.history()
    return Picture(history.at(history.head), look.as_of, look.reported_by, look.policy)


def world_of(book: Recorded, look: Look) -> World:
    return World(book.versions, book.opens_on, look.as_of, look.reported_by, look.policy)


def in_standings(picture: Picture, world: World) -> Iterator[str]:
    expected = standings(world)
    for entry_id in COMMITMENTS:
        found, stand = commitment_standing(picture, entry_id), expected.get(entry_id)
        if found is None or stand is None:
            if (found is None) != (stand is None):
                yield f"{entry_id}: visible to one only"
            continue
        for line in in_standing(found.standing, stand):
            yield f"{entry_id}: {line}"


def in_standing(found: Standing, stand: Stand) -> Iterator[str]:
    """What the domain says, and what the reference says."""
    for name in ALIKE:
        if getattr(found, name) != getattr(stand, name):
            yield f"{name}: {getattr(found, name)!r}, not {getattr(stand, name)!r}"
    held = (found.held_by.debtors, found.held_by.creditors)
    if held != stand.held_by:
        yield f"held_by: {held}, not {stand.held_by}"
    if set(found.flags) != stand.flags:
        yield (
            f"flags: {sorted(set(found.flags) - stand.flags)} too many, "
            f"{sorted(stand.flags - set(found.flags))} missing"
        )
    told, right = conduct(found), {k: why for k, (why, _) in stand.conduct.items()}
    for key in sorted({*told, *right}):
        if told.get(key) != right.get(key):
            yield f"conduct {key}: {told.get(key)!r}, not {right.get(key)!r}"


def conduct(standing: Standing) -> dict[Key, str]:
    """Of every act why it changed nothing, empty when it did. Of what an act asserts twice,
    of existence and of fulfilment, what came of the better."""
    found: dict[tuple[str, RelationKind, str], str] = {}
    for each in standing.conduct:
        key = (each.act, each.relation, each.target)
        why = "" if each.effective else each.why_not or "?"
        found[key] = min(found.get(key, why), why)
    return found


def in_acts(picture: Picture, world: World) -> Iterator[str]:
    for entry_id in ACTS:
        visible, act = picture.act(entry_id), world.acts.get(entry_id)
        if visible is None or act is None:
            if (visible is None) != (act is None):
                yield f"{entry_id}: visible to one only"
            continue
        view = act_view(picture, visible)
        givers, receivers = direction(world, act)
        expected = (act.day, finding_on_act(world, act), givers, receivers)
        found = (view.day, view.evidence, set(view.actors), set(view.counterparties))
        for one, two in zip(found, expected, strict=True):
            if one != two:
                yield f"{entry_id}: {one}, not {two}"
