"""Where an instrument stands: the evidence on it, what acts do to it, and the promises under
it, each with its standing and a rating. An instrument has no lifecycle of its own.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from functools import partial

from ledger_service.domain.instruments.provisions import reading_order
from ledger_service.domain.instruments.rubrics import number, rating
from ledger_service.domain.lifecycle.aimed import Bond, bond_of, day_of_effect
from ledger_service.domain.lifecycle.case import AFTER_END
from ledger_service.domain.lifecycle.evidence import (
    act_finding,
    add_grounds,
    existence_finding,
)
from ledger_service.domain.lifecycle.grounds import OwnGrounds, of_standings, own
from ledger_service.domain.lifecycle.moves import (
    AUTHORITY_DOUBTFUL,
    NOT_ENTITLED,
    REFUTED,
    move_through,
)
from ledger_service.domain.lifecycle.neutrality import MOVES_OF_INSTRUMENTS
from ledger_service.domain.lifecycle.standing import standing
from ledger_service.domain.lifecycle.statements import ASSERTING
from ledger_service.domain.picture.picture import Picture, by_day
from ledger_service.domain.picture.visible_entry import RestsOn, VisibleEntry
from ledger_service.domain.values.answers import (
    Conduct,
    EvidenceStatus,
    InstrumentCommitment,
    InstrumentStanding,
    Lifecycle,
    Rubric,
    Standing,
)
from ledger_service.domain.values.entries import Relation, RelationKind
from ledger_service.domain.values.stopping import looking

#: Relations of acts on which an instrument rests: those that move what is under it, and those
#: by which a participant says that it was concluded. A neutral that verifies it speaks for it.
_RESTS_ON = MOVES_OF_INSTRUMENTS | ASSERTING

_Key = tuple[str, RelationKind]


def instrument_standing(
    picture: Picture, instrument_id: str, rubric: Rubric = Rubric.G20
) -> InstrumentStanding | None:
    """An instrument with its commitments, rated by a rubric; None if it is not visible."""
    known = picture.instrument(instrument_id)
    if known is None:
        return None
    stands = list[tuple[VisibleEntry, Standing]]()
    alone: dict[str, OwnGrounds] = {}  # kept, since so many may not be remembered to the end
    for each in looking(picture.under(known.id)):
        stands.append((each, standing(picture, each.id)))
        alone[each.id] = own(picture, each.id)
    commitments = [_commitment(each, stood, rubric) for each, stood in stands]
    commitments.sort(key=lambda each: (reading_order(each.provision), each.entry_id))
    lifecycles = Counter(each.lifecycle for each in commitments)
    rated = [n for each in commitments if (n := number(rubric, each.rating)) is not None]
    why, in_doubt = _rests_on(picture, known.id, alone)
    return InstrumentStanding(
        entry_id=known.id,
        version=known.version.version,
        instrument=known.instrument,
        day=known.day,
        evidence=existence_finding(picture, known),
        conduct=tuple(_conduct(picture, known, [stood for _, stood in stands])),
        commitments=tuple(commitments),
        counts=tuple((each, lifecycles[each]) for each in Lifecycle if lifecycles[each]),
        rubric=rubric,
        rated=len(rated),
        average=sum(rated, Fraction(0)) / len(rated) if rated else None,
        why=why,
        in_doubt=in_doubt,
    )


def _commitment(known: VisibleEntry, stood: Standing, rubric: Rubric) -> InstrumentCommitment:
    return InstrumentCommitment(
        entry_id=known.id,
        provision=known.commitment.provision,
        debtors=stood.debtors,
        creditors=stood.creditors,
        lifecycle=stood.lifecycle,
        flags=stood.flags,
        share=stood.share,
        share_at_least=stood.share_at_least,
        rating=rating(rubric, known.commitment, stood),
    )


def _conduct(
    picture: Picture, instrument: VisibleEntry, stands: Iterable[Standing]
) -> Iterator[Conduct]:
    """What each move that is aimed at the instrument does, by the day of its effect, then id:
    it is effective when it moved one of the commitments.
    """
    came_of = _what_came(instrument.id, stands)
    participants = tuple(sorted(instrument.instrument.participants))
    aimed = [
        (day_of_effect(act, relation, instrument), act, relation)
        for act, relation in _aimed_at(picture, instrument.id)
    ]
    for day, act, relation in sorted(
        aimed, key=lambda each: (each[0], each[1].id, each[2].kind)
    ):
        why_not = _why_not(picture, instrument, act, relation, came_of)
        yield Conduct(
            act=act.id,
            day=day,
            relation=relation.kind,
            extent=None,
            effective=not why_not,
            flags=(why_not,) if why_not else (),
            evidence=act_finding(picture, act),
            target=instrument.id,
            why_not=why_not,
            needed_from=participants if why_not == NOT_ENTITLED else (),
        )


def _aimed_at(picture: Picture, instrument_id: str) -> Iterator[tuple[VisibleEntry, Relation]]:
    for source, relation in picture.relations_to(instrument_id):
        if source.is_act and relation.kind in MOVES_OF_INSTRUMENTS:
            yield source, relation


def _what_came(instrument_id: str, stands: Iterable[Standing]) -> Mapping[_Key, list[str]]:
    """Of each move that is aimed at the instrument why it did not move a commitment, for each
    that it concerns; empty where it moved one.
    """
    found: dict[_Key, list[str]] = defaultdict(list)
    for stood in looking(stands):
        for did in stood.conduct:
            if did.target == instrument_id:
                found[did.act, did.relation].append(did.why_not)
    return found


def _why_not(
    picture: Picture,
    instrument: VisibleEntry,
    act: VisibleEntry,
    relation: Relation,
    came_of: Mapping[_Key, list[str]],
) -> str:
    if act_finding(picture, act).status is EvidenceStatus.REFUTED:
        return REFUTED
    came = came_of.get((act.id, relation.kind), [])
    if came:
        return "" if "" in came else next((w for w in came if w != AFTER_END), AFTER_END)
    by = day_of_effect(act, relation, instrument)
    for bond in looking(_bonds(picture, instrument.id)):
        if bond.day <= by:
            since = max(bond.day, instrument.day)
            made = move_through(picture, act, relation, bond.sides, since)
            if AUTHORITY_DOUBTFUL in made.flags:
                return AUTHORITY_DOUBTFUL
    return NOT_ENTITLED


def _bonds(picture: Picture, instrument_id: str) -> Sequence[Bond]:
    """All different bonds of the commitments under an instrument."""

    def find() -> Sequence[Bond]:
        bonds = (bond_of(picture, each) for each in looking(picture.under(instrument_id)))
        return tuple(dict.fromkeys(filter(None, bonds)))

    return picture.memoised("bonds under", instrument_id, find, len)


def _rests_on(
    picture: Picture, instrument_id: str, alone: Mapping[str, OwnGrounds]
) -> tuple[Sequence[str], int]:
    """The entries on which the answer rests, by day, then id, and how many lie in doubt.
    `alone` are the own grounds of its commitments.
    """
    found, under, may = picture.rests_on(partial(_own, instrument_id))
    beside = of_standings(picture, under, may, alone)
    why = by_day(picture, found.why | beside.why)
    return why, len(found.in_doubt | beside.in_doubt)


def _own(instrument_id: str, picture: Picture) -> tuple[RestsOn, frozenset[str]]:
    known = picture.instrument(instrument_id)
    if known is None:
        return RestsOn(set(), set()), frozenset()
    found = RestsOn({known.id}, set(existence_finding(picture, known).because))
    for act, relation in picture.relations_to(known.id):
        if act.is_act and relation.kind in _RESTS_ON and act.id not in found.checks:
            found.events.add(act.id)
            add_grounds(picture, act, found)
    return found, frozenset(each.id for each in picture.under(known.id))
