"""All moves that are aimed at a commitment, or at the instrument to which it belongs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date

from msgspec.structs import replace

from ledger_service.domain.lifecycle.countermeasures import with_answered
from ledger_service.domain.lifecycle.evidence import act_finding
from ledger_service.domain.lifecycle.moves import (
    ANNOUNCED,
    AUTHORITY_DOUBTFUL,
    NOT_ENTITLED,
    REFUTED,
    Move,
    judge,
    move,
)
from ledger_service.domain.lifecycle.neutrality import is_neutral
from ledger_service.domain.lifecycle.retractions import retractions
from ledger_service.domain.lifecycle.reversals import reversals
from ledger_service.domain.lifecycle.sides import sides
from ledger_service.domain.lifecycle.withdrawal_terms import are_kept, terms_of
from ledger_service.domain.picture.picture import Picture
from ledger_service.domain.picture.visible_entry import VisibleEntry
from ledger_service.domain.values.answers import EvidenceStatus
from ledger_service.domain.values.entries import Mandate, Relation, RelationKind
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


def moves_on(picture: Picture, commitment: VisibleEntry) -> list[Move]:
    """All moves that concern a commitment: those aimed at it, those that take back what fulfils
    it, those aimed at its instrument, and those that withdraw one of these.
    """
    found = [
        _completed(picture, commitment, move(picture, source, relation, commitment))
        for source, relation in picture.relations_to(commitment.id)
        if _moves(picture, source, relation, commitment)
    ]
    found += list(reversals(picture, commitment, found))
    found += through_instrument(picture, commitment)
    found += retractions(picture, commitment, found)
    return found


def answered(picture: Picture, commitment: VisibleEntry) -> list[str]:
    """The commitments whose breach a suspension of this one answers, so that it depends on
    them.
    """
    suspensions = [
        _completed(picture, commitment, move(picture, source, relation, commitment))
        for source, relation in picture.relations_to(commitment.id)
        if relation.kind is RelationKind.SUSPENDS and source.is_act and _responds(source)
    ]
    if commitment.commitment.instrument:
        suspensions += [
            made
            for made in through_instrument(picture, commitment)
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


def through_instrument(picture: Picture, commitment: VisibleEntry) -> Iterator[Move]:
    """The moves that are aimed at the instrument of a commitment and concern it: those that
    their maker is entitled to make, on what had begun by the day on which they take effect.
    """
    named = commitment.commitment.instrument
    instrument = picture.instrument(named) if named else None
    if instrument is None:
        return
    made_for = aimed_at_instrument(picture, instrument)
    if not made_for:
        return
    everybody = sides(picture, commitment).on(date.max).all
    found = {
        (act.id, relation.kind): (act, relation)
        for party in everybody
        for act, relation in made_for.get(party, ())
    }
    for _, (act, relation) in sorted(found.items()):
        made = move(picture, act, relation, commitment, instrument)
        if commitment.day > day_of_effect(act, relation, instrument):
            continue
        if made.flags and made.flags[-1] in (NOT_ENTITLED, AUTHORITY_DOUBTFUL):
            if released := _letting_go(picture, made, commitment, instrument):
                yield released
        else:
            yield _completed(picture, commitment, made)


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


def _completed(picture: Picture, commitment: VisibleEntry, made: Move) -> Move:
    """A move with what else decides about its effect."""
    if made.kind is RelationKind.CANCELS and made.effective:
        terms = terms_of(picture, commitment)
        return replace(made, is_lawful=are_kept(terms, made.act, made.day))
    if made.kind is RelationKind.SUSPENDS:
        return with_answered(picture, commitment, made)
    return made


def _letting_go(
    picture: Picture, made: Move, commitment: VisibleEntry, instrument: VisibleEntry
) -> Move | None:
    """The move of who lawfully leaves an instrument on what is owed to it alone: this is
    released. None for every other move.
    """
    lawful = are_kept(instrument.instrument.withdrawal, made.act, made.day)
    if made.kind is not RelationKind.CANCELS or commitment.commitment.mutual or not lawful:
        return None
    parties = sides(picture, commitment)
    now = parties.on(made.given)
    leaving = replace(made, flags=(), effective=True, is_lawful=True, lets_go=True)
    leaving = judge(picture, leaving, now.creditors, now, Mandate.CANCEL)
    released = dict.fromkeys(leaving.movers, made.given)
    if not released or parties.held(made.day, released).creditors:
        return None
    refuted = act_finding(picture, made.act).status is EvidenceStatus.REFUTED
    return leaving.because(REFUTED) if refuted else leaving
