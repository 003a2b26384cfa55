"""What the visible evidence on an act, or on the existence of a commitment or an instrument,
amounts to.

Checks are knowledge: who verifies, refutes, denies or contradicts does so on every day that is
asked about, once that is known.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ledger_service.domain.values.answers import EvidenceStatus, Finding
from ledger_service.domain.values.entries import (
    About,
    Act,
    ActKind,
    Commitment,
    Instrument,
    Mandate,
    Relation,
    RelationKind,
)
from tests.reference.sides import (
    debtors,
    interested,
    is_neutral,
    near,
    neutral_to,
    only_word_of,
    rolled,
)
from tests.reference.world import Seen, World

#: An act of these kinds is somebody's word: its voice is its actor's.
SPOKEN = {
    ActKind.DENIAL,
    ActKind.CLAIM,
    ActKind.DEMAND,
    ActKind.REFUSAL,
    ActKind.THREAT,
    ActKind.STATEMENT,
    ActKind.ASSESSMENT,
    ActKind.EXPECTATION,
}

JUDGING = {RelationKind.VERIFIES, RelationKind.REFUTES, RelationKind.DENIES}


def finding_on_existence(world: World, seen: Seen) -> Finding:
    """Of a commitment or an instrument. Neutral is who is on no side; the debtor's, or a
    participant's, own word attests."""
    judges = [
        (judge, kind)
        for judge, kind, target, about in judgements(world)
        if target == seen.id and about in (About.EXISTENCE, None)
    ]
    return _finding(world, seen, judges, own_word=_own_word(world, seen))


def finding_on_act(world: World, act: Seen) -> Finding:
    """What is aimed at the act itself, and what is said of a fulfilment that it tells of,
    from its own day on. A claim or denial is not attested by the report that it was said."""
    told = told_fulfilments(world, act)
    judges = [
        (judge, kind)
        for judge, kind, target, about in judgements(world)
        if judge.id != act.id
        and (
            target == act.id
            or (target in told and about is About.FULFILMENT and judge.day >= act.day)
        )
    ]
    return _finding(world, act, judges, own_word=False)


def judgements(world: World) -> Iterator[tuple[Seen, RelationKind, str, About | None]]:
    """Every check and denial that is known."""
    for act in world.known_acts():
        for relation in act.state.relations:
            if relation.kind in JUDGING:
                yield act, relation.kind, relation.target, relation.about


def told_fulfilments(world: World, act: Seen) -> set[str]:
    """Commitments of which the act is a fulfilment or claims one."""
    return {
        relation.target
        for relation in act.state.relations
        if relation.target in world.commitments
        and (
            relation.kind is RelationKind.FULFILS
            or (relation.about is About.FULFILMENT and asserts(world, act, relation))
        )
    }


def asserts(world: World, act: Seen, relation: Relation) -> bool:
    """Verifying by an interested side counts as asserting."""
    kind, target = relation.kind, relation.target
    if kind is RelationKind.VERIFIES and target in world.commitments:
        return not neutral_to(world, act, world.commitments[target])
    return kind is RelationKind.ASSERTS


def _own_word(world: World, seen: Seen) -> bool:
    """In its evidence, or by an act that says so. A mutual commitment needs every party's."""
    if isinstance(seen.state, Instrument):
        parties = rolled(world, seen.state.participants, seen)
        return any(vouched(world, seen, p) or said_by(world, seen, p) for p in parties)
    assert isinstance(seen.state, Commitment)
    own = [
        vouched(world, seen, d) or bool(asserted_by(world, seen, d))
        for d in debtors(world, seen)
    ]
    return all(own) if seen.state.mutual else any(own)


def said_by(world: World, instrument: Seen, participant: str) -> bool:
    """By an act of a participant, with a mandate to promise, that asserts or verifies it."""
    return any(
        relation.kind in (RelationKind.ASSERTS, RelationKind.VERIFIES)
        and relation.target == instrument.id
        and not refuted(world, act)
        and any(
            world.mandated(a, participant, Mandate.PROMISE, act.day) for a in act.state.actors
        )
        for act in world.acts.values()
        if isinstance(act.state, Act)
        for relation in act.state.relations
    )


def vouched(world: World, seen: Seen, debtor: str) -> bool:
    """The evidence gives the debtor's own mandated word; a body has no mandate."""
    return any(
        e.asserted_by and world.mandated(e.asserted_by, debtor, Mandate.PROMISE, seen.day)
        for e in seen.evidence
    )


def asserted_by(world: World, commitment: Seen, debtor: str) -> list[Seen]:
    """Acts by which the debtor, or who speaks for it with a mandate, says that the
    commitment exists, if that is neither refuted nor known from the other side only."""
    return [
        act
        for act in world.acts.values()
        for relation in act.state.relations
        if relation.target == commitment.id
        and relation.about is not About.FULFILMENT
        and asserts(world, act, relation)
        and is_debtors_own(world, commitment, act, debtor)
        and not refuted(world, act)
    ]


def is_debtors_own(world: World, commitment: Seen, act: Seen, debtor: str) -> bool:
    """Said by the debtor, or by who has succeeded it, and not known from the others only."""
    assert isinstance(act.state, Act)
    assert isinstance(commitment.state, Commitment)
    state = commitment.state

    def standing(parties: Iterable[str]) -> list[str]:
        base = rolled(world, parties, commitment)
        return sorted(world.side(base, commitment.day, act.day).standing)

    owing, owed = standing(state.debtors), standing(state.creditors)
    movers = [
        d
        for d in owing
        if any(world.mandated(a, d, Mandate.PROMISE, act.day) for a in act.state.actors)
    ]
    line = world.side([debtor], commitment.day, act.day).standing
    if not set(movers) & line:
        return False
    if state.mutual:
        others = [c for c in owing if c not in movers]
        return not only_word_of(world, act, others, movers, movers)
    return not only_word_of(world, act, owed, owing, owing)


def refuted(world: World, act: Seen) -> bool:
    """A refuted act moves nothing."""
    return finding_on_act(world, act).status is EvidenceStatus.REFUTED


def _finding(
    world: World,
    seen: Seen,
    judges: list[tuple[Seen, RelationKind]],
    *,
    own_word: bool,
) -> Finding:
    """The first that fits: verified, refuted, disputed, attested, claimed."""
    verifiers, refuters, deniers = [], [], []
    for judge, kind in judges:
        neutral = is_neutral(world, judge, sides_of(world, seen, judge))
        if kind is RelationKind.VERIFIES and neutral:
            verifiers.append(judge)
        elif kind is RelationKind.REFUTES and neutral:
            refuters.append(judge)
        elif kind is not RelationKind.VERIFIES and distinct(world, judge, seen):
            deniers.append(judge)
    deniers += [s for s in contradicting(world, seen) if are_two(world, s, seen)]
    found = sorted({(s.day, s.id) for s in [*verifiers, *refuters, *deniers]})
    because = tuple(entry_id for _, entry_id in found)
    status = EvidenceStatus.CLAIMED
    if verifiers and not refuters:
        status = EvidenceStatus.VERIFIED
    elif refuters and not verifiers:
        status = EvidenceStatus.REFUTED
    elif verifiers or deniers:
        status = EvidenceStatus.DISPUTED
    elif own_word or _publisher_attests(seen):
        status = EvidenceStatus.ATTESTED
    return Finding(status, hedged(world, seen), because)


def sides_of(world: World, seen: Seen, judge: Seen) -> set[str]:
    """Whose judgement of an entry is not neutral on the day of a judge."""
    if isinstance(seen.state, Act):
        return interested(world, seen, judge.day)
    return near(world, seen, judge.day)


def _publisher_attests(seen: Seen) -> bool:
    if isinstance(seen.state, Act) and seen.state.kind in (ActKind.CLAIM, ActKind.DENIAL):
        return False
    return any(not e.asserted_by and not e.hedged for e in seen.evidence)


def hedged(world: World, seen: Seen) -> bool:
    """Some evidence is hedged, and none of the publisher's or a neutral's is unhedged."""
    return any(e.hedged for e in seen.evidence) and not plain(world, seen)


def plain(world: World, seen: Seen) -> bool:
    """A publisher or a neutral says so without a hedge."""
    sides = sides_of(world, seen, seen)
    return any(
        not e.hedged and (not e.asserted_by or world.is_neutral(e.asserted_by, sides, seen.day))
        for e in seen.evidence
    )


def contradicting(world: World, seen: Seen) -> list[Seen]:
    """Contradiction disputes both ends, whichever of them says so, once it is known."""
    return [
        other
        for other in world.reported.values()
        if other.id != seen.id and (contradicts(seen, other) or contradicts(other, seen))
    ]


def contradicts(one: Seen, two: Seen) -> bool:
    return any(
        r.kind is RelationKind.CONTRADICTS and r.target == two.id for r in one.state.relations
    )


def distinct(world: World, denier: Seen, seen: Seen) -> bool:
    """Those who deny differ from the voice of some visible evidence; a publisher differs
    from every party, and who is not known denies nothing."""
    assert isinstance(denier.state, Act)
    deniers = {p for a in denier.state.actors for p in world.voices(a, denier.day)}
    return bool(deniers) and any(not voice <= deniers for voice in _voices(world, seen))


def are_two(world: World, one: Seen, other: Seen) -> bool:
    """Two who say what cannot both be true, and not one party twice."""
    said = [voice for seen in (one, other) for voice in _voices(world, seen)]
    return any(voice != said[0] or voice == {""} for voice in said)


def _voices(world: World, seen: Seen) -> list[set[str]]:
    """Whose words the evidence gives, rolled up: the empty name is a publisher's, unless
    the act consists of words; then they are its actors', where these are known."""
    found = []
    for evidence in seen.evidence:
        if evidence.asserted_by:
            found.append(world.voices(evidence.asserted_by, seen.day))
        elif isinstance(seen.state, Act) and seen.state.kind in SPOKEN and seen.state.actors:
            found.append({p for a in seen.state.actors for p in world.voices(a, seen.day)})
        else:
            found.append({""})
    return found
