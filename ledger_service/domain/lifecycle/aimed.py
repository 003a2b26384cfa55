"""All moves that are aimed at a commitment, or at the instrument to which it belongs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from functools import partial
from typing import NamedTuple

from msgspec.structs import replace

from ledger_service.domain.lifecycle.countermeasures import with_answered
from ledger_service.domain.lifecycle.events import PHASES, Phase
from ledger_service.domain.lifecycle.evidence import act_finding
from ledger_service.domain.lifecycle.moves import (
    ANNOUNCED,
    AUTHORITY_DOUBTFUL,
    NOT_ENTITLED,
    REFUTED,
    Move,
    judge,
    move,
    move_through,
)
from ledger_service.domain.lifecycle.neutrality import is_neutral
from ledger_service.domain.lifecycle.retractions import retractions
from ledger_service.domain.lifecycle.reversals import reversals
from ledger_service.domain.lifecycle.sides import Sides, sides
from ledger_service.domain.lifecycle.withdrawal_terms import are_kept, terms_of
from ledger_service.domain.picture.picture import Picture
from ledger_service.domain.picture.visible_entry import VisibleEntry
from ledger_service.domain.values.answers import EvidenceStatus
from ledger_service.domain.values.entries import Mandate, Relation, RelationKind, Withdrawal
from ledger_service.domain.values.stopping import looking

_Aimed = tuple[VisibleEntry, Relation]

#: So many moves take about as much memory as a result.
_MOVES_PER_WEIGHT = 8


#: Relations of acts that are judged as moves.
_JUDGED = frozenset(
    {
        RelationKind.FULFILS,
        RelationKind.BREACHES,
        RelationKind.ACCEPTS,
        RelationKind.CANCELS,
        RelationKind.RELEASES,
        RelationKind.SUSPENDS,
        RelationKind.RESUMES,
        RelationKind.RESCHEDULES,
        RelationKind.ASSERTS,
        RelationKind.VERIFIES,
        RelationKind.MEETS,
    }
)


def moves_on(
    picture: Picture, commitment: VisibleEntry, related: Sequence[_Aimed]
) -> list[Move]:
    """All moves that concern a commitment: those aimed at it, by what is `related` to it, those
    that take back what fulfils it, those aimed at its instrument, and those that withdraw one
    of these.
    """
    found = [
        _aimed(picture, source, relation, commitment)
        for source, relation in related
        if _moves(picture, source, relation, commitment)
    ]
    if not found and not commitment.commitment.instrument:
        return found
    through = through_instrument(picture, commitment)
    found += list(reversals(picture, commitment, found))
    taken_back = [*found, *through.withdrawn]
    found += through.moves
    found += retractions(picture, commitment, taken_back)
    return found


def answered(picture: Picture, commitment: VisibleEntry) -> list[str]:
    """The commitments whose breach a suspension of this one answers, so that it depends on
    them.
    """
    suspensions = [
        _aimed(picture, source, relation, commitment)
        for source, relation in picture.relations_to(commitment.id)
        if relation.kind is RelationKind.SUSPENDS and source.is_act and _responds(source)
    ]
    if commitment.commitment.instrument:
        suspensions += [
            made
            for made in through_instrument(picture, commitment).moves
            if made.kind is RelationKind.SUSPENDS
        ]
    return [breached for made in suspensions for _, breached in made.answered]


def answering(picture: Picture, breached: VisibleEntry) -> Iterator[str]:
    """The visible commitments that acts may suspend in answer to a breach of one."""
    for breach, relation in picture.relations_to(breached.id):
        if relation.kind is RelationKind.BREACHES and breach.is_act:
            for act, answers in picture.relations_to(breach.id):
                if answers.kind is RelationKind.RESPONDS_TO and act.is_act:
                    yield from _suspended(picture, act)


def _suspended(picture: Picture, act: VisibleEntry) -> Iterator[str]:
    for relation in act.relations:
        target = picture.entry(relation.target)
        if relation.kind is not RelationKind.SUSPENDS or not target:
            continue
        if target.is_commitment:
            yield target.id
        elif target.is_instrument:
            yield from (each.id for each in picture.under(target.id))


def _responds(act: VisibleEntry) -> bool:
    return any(r.kind is RelationKind.RESPONDS_TO for r in act.relations)


def _moves(
    picture: Picture, source: VisibleEntry, relation: Relation, commitment: VisibleEntry
) -> bool:
    """Whether a relation of an entry moves the commitment. Verifying is a move only if an
    interested party does it, which asserts; what a neutral verifies is evidence.
    """
    if not source.is_act or relation.kind not in _JUDGED:
        return False
    if relation.kind is not RelationKind.VERIFIES:
        return True
    return not is_neutral(picture, source, sides(picture, commitment).interested)


class Bond(NamedTuple):
    """What of a commitment under an instrument decides which moves that are aimed at the
    instrument concern it, and how: its sides, its day, and its own terms of withdrawal. Most
    commitments under an instrument have it in common.
    """

    instrument: str
    sides: Sides
    day: date
    withdrawal: Withdrawal | None


class Through(NamedTuple):
    """The moves that are aimed at an instrument, as moves on what has a bond; `withdrawn` are
    those of acts that others withdraw.
    """

    moves: tuple[Move, ...] = ()
    withdrawn: tuple[Move, ...] = ()


_NOTHING = Through()


def bond_of(picture: Picture, commitment: VisibleEntry) -> Bond | None:
    """The bond of a commitment; None if it is under no visible instrument at which any move is
    aimed.
    """
    terms = commitment.commitment
    instrument = picture.instrument(terms.instrument) if terms.instrument else None
    if instrument is None or not aimed_at_instrument(picture, instrument):
        return None
    parties = sides(picture, commitment)
    return Bond(instrument.id, parties, commitment.day, terms.withdrawal)


def through_instrument(picture: Picture, commitment: VisibleEntry) -> Through:
    """The moves that are aimed at the instrument of a commitment and concern it: those that
    their maker is entitled to make, on what had begun by the day on which they take effect.
    """
    bond = bond_of(picture, commitment) if commitment.commitment.instrument else None
    return through(picture, bond) if bond else _NOTHING


def through(picture: Picture, bond: Bond) -> Through:
    """The moves that are aimed at an instrument and concern what has a bond to it."""
    find = partial(_find_through, picture, bond)
    return picture.memoised("through instrument", bond, find, _weight_of_through)


def _find_through(picture: Picture, bond: Bond) -> Through:
    moves = tuple(_through(picture, bond))
    withdrawn = [
        made
        for made in moves
        if any(r.kind is RelationKind.WITHDRAWS for _, r in picture.relations_to(made.act.id))
    ]
    return Through(moves, tuple(withdrawn))


def _weight_of_through(found: Through) -> int:
    return 1 + len(found.moves) // _MOVES_PER_WEIGHT


def _through(picture: Picture, bond: Bond) -> Iterator[Move]:
    instrument = picture.instrument(bond.instrument)
    assert instrument is not None
    made_for = aimed_at_instrument(picture, instrument)
    found = {
        (act.id, relation.kind): (act, relation)
        for party in bond.sides.on(date.max).all
        for act, relation in made_for.get(party, ())
    }
    terms = bond.withdrawal or instrument.instrument.withdrawal
    since = max(bond.day, instrument.day)
    for act, relation in looking(sorted(found.values(), key=_in_turn)):
        if bond.day > day_of_effect(act, relation, instrument):
            continue
        made = move_through(picture, act, relation, bond.sides, since)
        if made.flags and made.flags[-1] in (NOT_ENTITLED, AUTHORITY_DOUBTFUL):
            if released := _letting_go(picture, made, bond.sides, instrument):
                yield released
        elif made.kind is RelationKind.CANCELS:
            yield _leaving(made, terms)
        elif made.kind is RelationKind.SUSPENDS:
            yield with_answered(picture, bond.sides, made)
        else:
            yield made


def _in_turn(aimed: _Aimed) -> tuple[str, Phase]:
    """Of one act a release comes before a cancellation, which may release too."""
    act, relation = aimed
    return act.id, PHASES[relation.kind]


def day_of_effect(act: VisibleEntry, relation: Relation, instrument: VisibleEntry) -> date:
    """The day on which a move that is aimed at an instrument takes effect."""
    return max(act.day, relation.takes_effect or act.day, instrument.day)


def aimed_at_instrument(
    picture: Picture, instrument: VisibleEntry
) -> Mapping[str, Sequence[_Aimed]]:
    """The moves that are aimed at an instrument, by the parties for whom they may be made."""
    return picture.memoised_of("aimed at instrument", instrument, _by_party, _weight)


def _by_party(picture: Picture, instrument: VisibleEntry) -> Mapping[str, Sequence[_Aimed]]:
    found: dict[str, list[_Aimed]] = defaultdict(list)
    for act, relation in looking(picture.relations_to(instrument.id)):
        if act.is_act and relation.kind in ANNOUNCED:
            for party in picture.parties.paths(act.act.actors, act.day):
                found[party].append((act, relation))
    return dict(found)


def _weight(found: Mapping[str, Sequence[_Aimed]]) -> int:
    return 1 + sum(map(len, found.values())) // _MOVES_PER_WEIGHT


def _aimed(
    picture: Picture, act: VisibleEntry, relation: Relation, commitment: VisibleEntry
) -> Move:
    """A move that is aimed at a commitment, with what else decides about its effect."""
    made = move(picture, act, relation, commitment)
    return _completed(picture, commitment, made, sides(picture, commitment))


def anew(picture: Picture, commitment: VisibleEntry, made: Move, parties: Sides) -> Move:
    """A move on a commitment, made by the rights of who stood on these sides on its day."""
    if made.aim == commitment.id:
        again = move(picture, made.act, made.relation, commitment, parties)
    else:
        again = move_through(picture, made.act, made.relation, parties, made.given)
    return _completed(picture, commitment, again, parties)


def _completed(
    picture: Picture, commitment: VisibleEntry, made: Move, beginning: Sides
) -> Move:
    """A move with whether it leaves lawfully, and which breaches it answers."""
    if made.kind is RelationKind.CANCELS:
        return _leaving(made, terms_of(picture, commitment))
    if made.kind is RelationKind.SUSPENDS:
        return with_answered(picture, beginning, made)
    return made


def _leaving(made: Move, terms: Withdrawal | None) -> Move:
    """A cancellation that has effect, lawful by the terms of withdrawal or not."""
    lawful = made.effective and are_kept(terms, made.act, made.day)
    return replace(made, is_lawful=True) if lawful else made


def _letting_go(
    picture: Picture, made: Move, parties: Sides, instrument: VisibleEntry
) -> Move | None:
    """The move of who lawfully leaves an instrument on what is owed to it alone: this is
    released. None for every other move.
    """
    lawful = are_kept(instrument.instrument.withdrawal, made.act, made.day)
    if made.kind is not RelationKind.CANCELS or parties.mutual or not lawful:
        return None
    now = parties.on(made.given)
    leaving = replace(made, flags=(), effective=True, is_lawful=True, lets_go=True)
    leaving = judge(picture, leaving, now.creditors, now, Mandate.CANCEL)
    released = dict.fromkeys(leaving.movers, made.given)
    if not released or parties.held(made.day, released).creditors:
        return None
    refuted = act_finding(picture, made.act).status is EvidenceStatus.REFUTED
    return leaving.because(REFUTED) if refuted else leaving
