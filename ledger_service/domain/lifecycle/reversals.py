"""Deeds that were taken back: by whom, how much of each, and from which day on.

What was taken down is built up again. Whoever did the deed can take it back, and so can its
side; when somebody else is said to have done it, or the evidence does not attest it, this is a
claim. A reversal of one of several acts that tell of one event takes back that event.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from fractions import Fraction
from functools import partial
from typing import NamedTuple, TypeAlias

from ledger_service.domain.lifecycle.clusters import Cluster, SameEvent, clusters, tied
from ledger_service.domain.lifecycle.evidence import act_finding
from ledger_service.domain.lifecycle.moves import (
    FULFILMENT_CLAIMED,
    NO_CHANGE,
    PROVEN,
    REFUTED,
    Move,
    MoveKey,
    deed,
    move,
)
from ledger_service.domain.lifecycle.shares import Extent, extent, largest
from ledger_service.domain.lifecycle.sides import Sides, actors, doers, sides
from ledger_service.domain.picture.picture import Picture
from ledger_service.domain.picture.successions import side, turns
from ledger_service.domain.picture.visible_entry import VisibleEntry
from ledger_service.domain.values.answers import EvidenceStatus
from ledger_service.domain.values.entries import Relation, RelationKind

REVERSAL_CLAIMED = "reversal_claimed"

_WHOLE = Fraction(1)


class Taking(NamedTuple):
    """What took back a part of a deed on a day: `moves` of acts that tell of one event. `share`
    is None for all of the deed.
    """

    day: date
    by: Cluster
    share: Fraction | None
    moves: tuple[Move, ...]


class Undone(NamedTuple):
    """The day from which on some of a deed was taken back, and that from which on nothing of
    it is left; None where that did not happen.
    """

    partly: date | None = None
    wholly: date | None = None


_NEVER = Undone()

#: Who left a commitment, each on its day.
Left: TypeAlias = Mapping[str, date]
_NOBODY: Left = {}

#: The deeds that fulfil a commitment, and what takes them back, as they turned out in its
#: course where that is otherwise than they seem to who does not know who left it.
Turned: TypeAlias = Mapping[MoveKey, Move]
_NOTHING: Turned = {}
_NOWHERE: Mapping[str, Turned] = {}
_UNDOES = frozenset({RelationKind.REVERSES, RelationKind.SAME_AS})


def reversals(
    picture: Picture, commitment: VisibleEntry, moves: Iterable[Move], left: Left = _NOBODY
) -> Iterator[Move]:
    """The moves that take back deeds which fulfil a commitment, or are said to, by other moves
    on it. Of a deed that does not count nothing is taken back. Who `left`, or succeeds
    somebody that had, is none of the debtors.
    """
    parties = sides(picture, commitment)
    counted: dict[str, bool] = {}
    events: dict[str, SameEvent] = {}
    for made in moves:
        if made.kind is RelationKind.FULFILS:
            same = tied(picture, made.act)
            if same.is_reversed:
                events[same.first] = same
                counts = made.effective or _may_turn_out_to_count(made, parties)
                counted[same.first] = counted.get(same.first, False) or counts
    for first, same in events.items():
        for source, relation, undoing in _aimed_at(picture, same):
            counts = counted[first] and _is_another(picture, same, source, undoing)
            whole = commitment.commitment.quantity
            found = extent(picture, source.act, relation, whole) if counts else None
            entitled = _may_undo(picture, undoing, source, parties, left)
            since = max(commitment.day, undoing.day)
            yield _judge(picture, source, relation, entitled, found, since)


def _may_turn_out_to_count(made: Move, parties: Sides) -> bool:
    """Whether it may be known later that not only the other side tells of a deed, of a joint
    promise of which some may be succeeded.
    """
    claimed = made.flags[-1:] == (FULFILMENT_CLAIMED,)
    return claimed and parties.mutual and bool(parties.later)


def by_event(picture: Picture, moves: Iterable[Move]) -> dict[str, list[Move]]:
    """Effective reversals, by the first act that tells of the event which they take back. An
    act that is refuted tells of nothing.
    """
    found: dict[str, list[Move]] = defaultdict(list)
    for made in moves:
        act = picture.act(made.aim)
        if made.effective and act and _counts(picture, act):
            found[tied(picture, act).first].append(made)
    return found


def takings(picture: Picture, undoing: Cluster, moves: Iterable[Move]) -> list[Taking]:
    """What took back parts of a deed, by day, then id, by the effective reversals of it.
    Reversals that are the same event count once, with the largest extent. None takes effect
    before the deed.
    """
    made: dict[str, list[Move]] = defaultdict(list)
    for each in moves:
        made[each.act.id].append(each)
    found = []
    for by in clusters(picture, [each[0].act for each in made.values()]):
        told = [m for act_id in by.ids for m in made[act_id]]
        whole = any(m.extent is None for m in told)
        share = None if whole else largest([m.extent for m in told])
        found.append(Taking(max(undoing.day, by.day), by, share, tuple(told)))
    return sorted(found, key=lambda t: (t.day, t.by.first.id))


def may_be_undone(picture: Picture, act: VisibleEntry) -> bool:
    """Whether anything says that an act was taken back, or that it is the same event as another
    one: a quick look.
    """
    return any(r.kind in _UNDOES for r in act.relations) or any(
        relation.kind in _UNDOES for _, relation in picture.known_relations_to(act.id)
    )


def undone(
    picture: Picture, act: VisibleEntry, turned: Mapping[str, Turned] = _NOWHERE
) -> Undone:
    """From which days on the event of which a visible act tells is undone, by what turned out
    in the courses of commitments that it fulfils, by the ids of these.
    """
    same = tied(picture, act)
    if not same.is_reversed:
        return _NEVER
    if turned:
        return _undone(picture, same.first, turned)
    return picture.memoised("undone", same.first, partial(_undone, picture, same.first, turned))


def days_of_taking(picture: Picture, act: VisibleEntry) -> frozenset[date]:
    """The days on which anything may have been taken back of the event of a visible act."""
    same = tied(picture, act)
    members = [m for i in same.acts if (m := picture.act(i)) and _counts(picture, m)]
    return frozenset(
        taking.day
        for each, moves, _ in _deeds(picture, same, members, _NOWHERE)
        for made in moves
        for taking in takings(picture, each, [made])
    )


def left_of(
    picture: Picture,
    acts: Sequence[VisibleEntry],
    commitment: VisibleEntry,
    turned: Turned = _NOTHING,
) -> Fraction | None:
    """The share of a commitment that acts make up which tell of one event, less what was taken
    back of it; None when it is not known.
    """
    told = [
        made
        for act in acts
        for relation in act.relations_to(commitment.id)
        if relation.kind is RelationKind.FULFILS
        and (made := _fulfilment(picture, act, relation, commitment, turned)).effective
    ]
    share = largest([m.extent for m in told], mutual=commitment.commitment.mutual)
    taken = _taken(picture, commitment, told, turned)
    whole = _WHOLE if share is None else share
    for each in clusters(picture, acts):
        for taking in takings(picture, each, taken[tied(picture, each.first).first]):
            whole -= whole if taking.share is None else taking.share
    if whole <= 0:
        return Fraction(0)
    return None if share is None else whole


def _fulfilment(
    picture: Picture,
    act: VisibleEntry,
    relation: Relation,
    commitment: VisibleEntry,
    turned: Turned,
) -> Move:
    """The move of an act that fulfils a commitment, as it turned out."""
    made = move(picture, act, relation, commitment)
    return turned.get(made.key, made)


def _taken(
    picture: Picture, commitment: VisibleEntry, told: Iterable[Move], turned: Turned
) -> dict[str, list[Move]]:
    """What takes back the deeds of some moves on a commitment, as it turned out, by the event
    that each takes back.
    """
    made = reversals(picture, commitment, told)
    return by_event(picture, [turned.get(each.key, each) for each in made])


def _undone(picture: Picture, first: str, turned: Mapping[str, Turned]) -> Undone:
    start = picture.act(first)
    assert start is not None
    same = tied(picture, start)
    members = [m for i in same.acts if (m := picture.act(i)) and _counts(picture, m)]
    found = [
        _since(takings(picture, each, moves), whole)
        for each, moves, whole in _deeds(picture, same, members, turned)
    ]
    partly = [day for each in found if (day := each.partly)]
    wholly = [day for each in found if (day := each.wholly)]
    return Undone(
        min(partly, default=None),
        max(wholly) if wholly and len(wholly) == len(found) else None,
    )


def _deeds(
    picture: Picture,
    same: SameEvent,
    members: Sequence[VisibleEntry],
    turned: Mapping[str, Turned],
) -> Iterator[tuple[Cluster, list[Move], Fraction]]:
    """What a deed is for each commitment that it fulfils, with all that is said to take it
    back, and with its share; or for itself, if it fulfils none.
    """
    fulfilling: dict[str, list[Move]] = {}
    for member in members:
        for relation in member.relations:
            target = picture.commitment(relation.target)
            if relation.kind is RelationKind.FULFILS and target:
                known = turned.get(target.id, _NOTHING)
                made = _fulfilment(picture, member, relation, target, known)
                if made.effective:
                    fulfilling.setdefault(target.id, []).append(made)
    for commitment_id, told in fulfilling.items():
        commitment = picture.commitment(commitment_id)
        assert commitment is not None
        share = largest([m.extent for m in told], mutual=commitment.commitment.mutual)
        for each in clusters(picture, [m.act for m in told]):
            known = turned.get(commitment_id, _NOTHING)
            taken = _taken(picture, commitment, told, known)
            yield each, taken[same.first], _WHOLE if share is None else min(share, _WHOLE)
    if not fulfilling:
        for each in clusters(picture, members):
            yield each, by_event(picture, _for_itself(picture, same))[same.first], _WHOLE


def _for_itself(picture: Picture, same: SameEvent) -> Iterator[Move]:
    """The moves that take back a deed which fulfils nothing: a share of the deed itself."""
    for source, relation, undoing in _aimed_at(picture, same):
        counts = _is_another(picture, same, source, undoing)
        whole = undoing.act.quantity
        found = extent(picture, source.act, relation, whole) if counts else None
        entitled = _since_then(picture, undoing, source)
        yield _judge(picture, source, relation, entitled, found, undoing.day)


def _since(found: Iterable[Taking], whole: Fraction) -> Undone:
    """The days on which parts of a deed, and the whole of it, were taken back."""
    partly, taken = None, Fraction(0)
    for each in found:
        partly = partly or each.day
        taken += each.share or 0
        if each.share is None or taken >= whole:
            return Undone(partly, each.day)
    return Undone(partly)


def _aimed_at(
    picture: Picture, same: SameEvent
) -> Iterator[tuple[VisibleEntry, Relation, VisibleEntry]]:
    """The acts that say that they take back an event, each with its relation and the act at
    which it is aimed.
    """
    for each in same.acts:
        act = picture.act(each)
        if act is None:
            continue
        for source, relation in picture.relations_to(each):
            if relation.kind is RelationKind.REVERSES and source.is_act:
                yield source, relation, act


def _judge(
    picture: Picture,
    act: VisibleEntry,
    relation: Relation,
    entitled: frozenset[str],
    found: Extent | None,
    since: date,
) -> Move:
    """The move of an act that takes back an extent of a deed, which counts `since` a day at the
    earliest; None of a deed that does not count.
    """
    day = max(act.day, since)
    made = Move(act, relation, frozenset(), effective=True, given=day, day=day)
    finding = act_finding(picture, act).status
    if finding is EvidenceStatus.REFUTED:
        return made.because(REFUTED)
    if not doers(picture, act, entitled):
        return made.because(REVERSAL_CLAIMED)
    if found is not None:
        made = deed(picture, made, entitled)
    if finding not in PROVEN:
        return made.because(REVERSAL_CLAIMED)
    return made.because(NO_CHANGE) if found is None else made.measured(found)


def _may_undo(
    picture: Picture,
    undoing: VisibleEntry,
    later: VisibleEntry,
    parties: Sides,
    left: Left,
) -> frozenset[str]:
    """Who can take back a deed by a later act: whoever did it, who succeeded that party, and
    the debtors that have not left. In a mutual commitment each party is a debtor of its own
    deed only.
    """
    did = _since_then(picture, undoing, later)
    if parties.mutual:
        return did
    return did | (parties.on(later.day, left).debtors - left.keys())


def _since_then(picture: Picture, act: VisibleEntry, later: VisibleEntry) -> frozenset[str]:
    """Those who did an act, and who succeeded them by the day of a later one."""
    did = actors(picture, act)
    return side(did, turns(picture.parties, did, after=act.day), later.day).standing


def _is_another(
    picture: Picture, same: SameEvent, act: VisibleEntry, undoing: VisibleEntry
) -> bool:
    """Whether an act may take back a deed that is not refuted: what tells of the same event
    takes back nothing of it.
    """
    return act.id not in same.acts and _counts(picture, undoing)


def _counts(picture: Picture, act: VisibleEntry) -> bool:
    return act_finding(picture, act).status is not EvidenceStatus.REFUTED
