"""Which deeds fulfil a commitment, and what was taken back of them, as the courses of commitments
tell where somebody may have left: who has delivers nothing there, and takes back nothing of others.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from functools import partial

from ledger_service.domain.lifecycle import reversals
from ledger_service.domain.lifecycle.clusters import tied
from ledger_service.domain.lifecycle.moves import move
from ledger_service.domain.lifecycle.reversals import Turned, Undone
from ledger_service.domain.lifecycle.running import run
from ledger_service.domain.lifecycle.sides import sides
from ledger_service.domain.picture.picture import Picture
from ledger_service.domain.picture.visible_entry import VisibleEntry
from ledger_service.domain.values.entries import Relation, RelationKind

_NOTHING: Turned = {}


def undone(picture: Picture, act: VisibleEntry) -> Undone:
    """From which days on the event of which a visible act tells is undone."""
    fulfilled = _fulfilled(picture, map(picture.act, tied(picture, act).acts))
    found = {each.id: known for each in fulfilled if (known := _turned(picture, each))}
    return reversals.undone(picture, act, found)


def left_of(
    picture: Picture, acts: Sequence[VisibleEntry], commitment: VisibleEntry
) -> Fraction | None:
    """The share of a commitment that acts make up which tell of one event, less what was taken
    back of it; None when it is not known.
    """
    return reversals.left_of(picture, acts, commitment, _turned(picture, commitment))


def does_fulfil(
    picture: Picture, act: VisibleEntry, relation: Relation, commitment: VisibleEntry
) -> bool:
    """Whether a visible act that says so effectively fulfils a commitment."""
    made = move(picture, act, relation, commitment)
    return _turned(picture, commitment).get(made.key, made).effective


def may_be_left(picture: Picture, commitment: VisibleEntry) -> bool:
    """Whether an act is aimed at a commitment, or at its instrument, that calls it off."""
    return picture.memoised_of("may be left", commitment, _may_be_left)


def _may_be_left(picture: Picture, commitment: VisibleEntry) -> bool:
    aims = [commitment.id]
    instrument = commitment.commitment.instrument
    if instrument and picture.instrument(instrument):
        aims.append(instrument)
    return any(
        relation.kind is RelationKind.CANCELS and source.is_act
        for aim in aims
        for source, relation in picture.relations_to(aim)
    )


def _fulfilled(picture: Picture, acts: Iterator[VisibleEntry | None]) -> Iterator[VisibleEntry]:
    for act in filter(None, acts):
        for relation in act.relations:
            if relation.kind is RelationKind.FULFILS:
                target = picture.commitment(relation.target)
                if target:
                    yield target


def _turned(picture: Picture, commitment: VisibleEntry) -> Turned:
    """The deeds of a commitment, and what takes them back, that turned out to be others than
    they would be if nobody had left it.
    """
    if not may_be_left(picture, commitment):
        return _NOTHING
    parties = sides(picture, commitment)
    if len(parties.debtors) == 1 and not parties.later:
        return _NOTHING  # who leaves it ends it, and everybody who did anything is that one
    find = partial(_find_turned, picture, commitment.id)
    return picture.memoised("turned", commitment.id, find, _weight)


def _weight(found: Turned) -> int:
    return 1 + len(found)


def _find_turned(picture: Picture, commitment_id: str) -> Turned:
    return run(picture, commitment_id).cases[commitment_id].turned
