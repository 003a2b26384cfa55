"""What acts move, for the order of a day: of commitments that are not asked about the same as if
these were, and nobody had left them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from ledger_service.domain.lifecycle.aimed import Bond, bond_of, through
from ledger_service.domain.lifecycle.case import open_case
from ledger_service.domain.lifecycle.clusters import tied
from ledger_service.domain.lifecycle.events import PHASES, Event
from ledger_service.domain.lifecycle.happening import AGREED, events
from ledger_service.domain.lifecycle.moves import ANNOUNCED
from ledger_service.domain.lifecycle.strangers import seems_effective
from ledger_service.domain.picture.picture import Picture
from ledger_service.domain.picture.visible_entry import VisibleEntry
from ledger_service.domain.values.entries import Relation, RelationKind
from ledger_service.domain.values.stopping import looking

#: What moves something by being aimed at an act, and which moves of that act it concerns.
BESIDE = {
    RelationKind.ACCEPTS: AGREED,
    RelationKind.REVERSES: frozenset({RelationKind.FULFILS}),
    RelationKind.WITHDRAWS: ANNOUNCED,
}

_EVENTS_PER_WEIGHT = 8


def moved_by(picture: Picture, act: VisibleEntry) -> Sequence[Event]:
    """What an act moves of any commitments, each move on its day. Of all under an instrument
    those are left out that would take the same turn as another one.
    """
    return picture.memoised_of("moved by", act, _moved_by, _weight_of_moved)


def _moved_by(picture: Picture, act: VisibleEntry) -> Sequence[Event]:
    found: list[Event] = []
    for relation in act.relations:
        if relation.kind not in PHASES:
            continue
        for aim, by in _aims(picture, relation, act):
            if aim.is_commitment:
                found += _on(picture, act, aim)
                continue
            on_one_day = by is act and not relation.takes_effect
            for each in _under(picture, aim, by):
                found += (moved := _on(picture, act, each))
                if on_one_day and any(e.phase is PHASES[relation.kind] for e in moved):
                    break
    return tuple(found)


def _weight_of_moved(found: Sequence[Event]) -> int:
    return 1 + len(found) // _EVENTS_PER_WEIGHT


def behind_an_act(picture: Picture, relation: Relation) -> Iterator[VisibleEntry]:
    """The commitments and instruments that a relation would move by being aimed at an act; of
    what takes an event back, those that any act fulfils which tells of it.
    """
    for aim, _ in _beside(picture, relation):
        yield aim


def _aims(
    picture: Picture, relation: Relation, act: VisibleEntry
) -> Iterator[tuple[VisibleEntry, VisibleEntry]]:
    """The commitments and instruments at which a relation of an act is aimed, at once or by
    way of another act, each with the act that is aimed at it itself.
    """
    target = picture.entry(relation.target)
    if target is None:
        return
    if target.is_act:
        yield from _beside(picture, relation)
    elif target.is_commitment or relation.kind in ANNOUNCED:
        yield target, act


def _beside(
    picture: Picture, relation: Relation
) -> Iterator[tuple[VisibleEntry, VisibleEntry]]:
    target, concerned = picture.act(relation.target), BESIDE.get(relation.kind)
    if target is None or concerned is None:
        return
    together = tied(picture, target).acts if relation.kind is RelationKind.REVERSES else ()
    for member in filter(None, map(picture.act, together or (target.id,))):
        for other in member.relations:
            aim = picture.entry(other.target) if other.kind in concerned else None
            if aim and (aim.is_commitment or (aim.is_instrument and other.kind in ANNOUNCED)):
                yield aim, member


def _under(
    picture: Picture, instrument: VisibleEntry, by: VisibleEntry
) -> Iterator[VisibleEntry]:
    """Commitments under an instrument that an act concerns which is aimed at that: one of those
    that have the same bond to it.
    """
    passed = set[Bond]()
    for each in looking(picture.under(instrument.id)):
        bond = bond_of(picture, each)
        if bond is None or bond in passed:
            continue
        passed.add(bond)
        if any(made.act.id == by.id for made in through(picture, bond).moves):
            yield each


def _on(picture: Picture, act: VisibleEntry, commitment: VisibleEntry) -> Sequence[Event]:
    """The events of a commitment that an act makes."""
    found = picture.memoised_of("events by act", commitment, _by_act, _weight)
    return found.get(act.id, ())


def _by_act(picture: Picture, commitment: VisibleEntry) -> Mapping[str, Sequence[Event]]:
    """The events of a commitment that would take effect, by the acts that make them."""
    case = open_case(picture, commitment)
    found: dict[str, list[Event]] = defaultdict(list)
    for event in looking(events(picture, case)):
        if event.kind is not None and seems_effective(case, event):
            for act_id in event.acts:
                found[act_id].append(event)
    return dict(found)


def _weight(found: Mapping[str, Sequence[Event]]) -> int:
    return 1 + sum(map(len, found.values())) // _EVENTS_PER_WEIGHT
