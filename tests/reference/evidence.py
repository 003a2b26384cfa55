"""What the visible evidence on an act or on the existence of a commitment amounts to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ledger_service.domain.values.answers import EvidenceStatus, Finding
from ledger_service.domain.values.entries import (
    About,
    Act,
    ActKind,
    Commitment,
    Mandate,
    RelationKind,
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

#: Relations by which an act moves a commitment.
MOVES = {
    RelationKind.FULFILS,
    RelationKind.BREACHES,
    RelationKind.ACCEPTS,
    RelationKind.CANCELS,
    RelationKind.RELEASES,
    RelationKind.SUSPENDS,
    RelationKind.RESUMES,
    RelationKind.MEETS,
    RelationKind.ASSERTS,
}

JUDGING = {RelationKind.VERIFIES, RelationKind.REFUTES, RelationKind.DENIES}


def debtors(world: World, commitment: Seen) -> tuple[str, ...]:
    """Rolled up on the commitment's own effective day, for good."""
    assert isinstance(commitment.state, Commitment)
    return _rolled(world, commitment.state.debtors, commitment)


def creditors(world: World, commitment: Seen) -> tuple[str, ...]:
    """Rolled up on the commitment's own effective day, for good."""
    assert isinstance(commitment.state, Commitment)
    return _rolled(world, commitment.state.creditors, commitment)


def _rolled(world: World, parties: Iterable[str], seen: Seen) -> tuple[str, ...]:
    return tuple(sorted({world.principal(p, seen.day) for p in parties}))


def finding_on_existence(world: World, commitment: Seen) -> Finding:
    """Neutral is who is on neither side; the debtor's own word attests."""
    sides = near(world, commitment)
    judges = [
        (judge, relation)
        for judge, kind, target, about in relations(world)
        if target == commitment.id
        and about in (About.EXISTENCE, None)
        and (relation := kind) in JUDGING
    ]
    return _finding(world, commitment, sides, judges, _debtors_word(world, commitment))


def finding_on_act(world: World, act: Seen) -> Finding:
    """What is aimed at the act itself, and what is said of a fulfilment that it tells of,
    from its own day on. A claim or denial is not attested by the report that it was said."""
    assert isinstance(act.state, Act)
    told = told_fulfilments(world, act)
    judges = [
        (judge, kind)
        for judge, kind, target, about in relations(world)
        if kind in JUDGING
        and judge.id != act.id
        and (
            target == act.id
            or (target in told and about is About.FULFILMENT and judge.day >= act.day)
        )
    ]
    return _finding(world, act, interested(world, act), judges, own_word=False)


def relations(world: World) -> Iterator[tuple[Seen, RelationKind, str, About | None]]:
    """Every relation of a visible act."""
    for act in world.acts.values():
        for relation in act.state.relations:
            yield act, relation.kind, relation.target, relation.about


def told_fulfilments(world: World, act: Seen) -> set[str]:
    """Commitments of which the act is a fulfilment or claims one. A verification by an
    interested side is a claim."""
    told = set()
    for relation in act.state.relations:
        if relation.target not in world.commitments:
            continue
        claims = relation.kind is RelationKind.ASSERTS or (
            relation.kind is RelationKind.VERIFIES
            and not neutral_to(world, act, world.commitments[relation.target])
        )
        if relation.kind is RelationKind.FULFILS or (
            claims and relation.about is About.FULFILMENT
        ):
            told.add(relation.target)
    return told


def neutral_to(world: World, act: Seen, commitment: Seen) -> bool:
    """No actor is on the debtor's or the creditor's side."""
    assert isinstance(act.state, Act)
    sides = near(world, commitment)
    return not any(world.on_side(a, sides, act.day) for a in act.state.actors)


def interested(world: World, act: Seen) -> set[str]:
    """Its actors, its counterparty, and both sides of the commitments that it moves, and
    all for whom these stood."""
    assert isinstance(act.state, Act)
    ends = [*act.state.actors, *([act.state.counterparty] if act.state.counterparty else [])]
    found = {principal for p in ends for principal in world.chain(p, act.day)}
    for relation in act.state.relations:
        commitment = world.commitments.get(relation.target)
        if commitment is not None and relation.kind in MOVES:
            found |= near(world, commitment)
    return found


def near(world: World, commitment: Seen) -> set[str]:
    """Who is not neutral toward a commitment: who is named on a side, and all for whom
    they stood on its day."""
    assert isinstance(commitment.state, Commitment)
    named = (*commitment.state.debtors, *commitment.state.creditors)
    return {principal for p in named for principal in world.chain(p, commitment.day)}


def _debtors_word(world: World, commitment: Seen) -> bool:
    """The debtor's own word: in its evidence, or by an act that asserts it; of a mutual
    commitment the word of every party."""
    assert isinstance(commitment.state, Commitment)
    said = [
        vouched(world, commitment, d) or bool(asserted_by(world, commitment, d))
        for d in debtors(world, commitment)
    ]
    return all(said) if commitment.state.mutual else any(said)


def vouched(world: World, commitment: Seen, debtor: str) -> bool:
    """The evidence gives the debtor's own mandated word."""
    return any(
        e.asserted_by and world.mandated(e.asserted_by, debtor, Mandate.PROMISE, commitment.day)
        for e in commitment.evidence
    )


def asserted_by(world: World, commitment: Seen, debtor: str) -> list[Seen]:
    """Acts by which the debtor, or who speaks for it with a mandate, says that the
    commitment exists, if that is neither refuted nor known from the other side only."""
    found = []
    for act, kind, target, about in relations(world):
        says = kind is RelationKind.ASSERTS or (
            kind is RelationKind.VERIFIES and not neutral_to(world, act, commitment)
        )
        if not says or target != commitment.id or about is About.FULFILMENT:
            continue
        if is_debtors_own(world, commitment, act, debtor) and not refuted(world, act):
            found.append(act)
    return found


def is_debtors_own(world: World, commitment: Seen, act: Seen, debtor: str) -> bool:
    assert isinstance(act.state, Act)
    assert isinstance(commitment.state, Commitment)
    movers = [
        d
        for d in debtors(world, commitment)
        if any(world.mandated(a, d, Mandate.PROMISE, act.day) for a in act.state.actors)
    ]
    if commitment.state.mutual:
        others = [c for c in creditors(world, commitment) if c not in movers]
        return debtor in movers and not only_word_of(world, act, others, movers)
    own, others = list(debtors(world, commitment)), list(creditors(world, commitment))
    return debtor in movers and not only_word_of(world, act, others, own)


def only_word_of(world: World, seen: Seen, those: Iterable[str], not_of: Iterable[str]) -> bool:
    """All the visible evidence is the word of those, and of nobody who speaks for these."""
    those, not_of = list(those), list(not_of)
    return all(
        e.asserted_by
        and world.on_side(e.asserted_by, those, seen.day)
        and not world.on_side(e.asserted_by, not_of, seen.day)
        for e in seen.evidence
    )


def refuted(world: World, act: Seen) -> bool:
    """A refuted act moves nothing."""
    return finding_on_act(world, act).status is EvidenceStatus.REFUTED


def _finding(
    world: World,
    seen: Seen,
    sides: set[str],
    judges: list[tuple[Seen, RelationKind]],
    own_word: bool,
) -> Finding:
    """The first that fits: verified, refuted, disputed, attested, claimed."""
    verifiers, refuters, deniers = [], [], []
    for judge, kind in judges:
        assert isinstance(judge.state, Act)
        neutral = not any(world.on_side(a, sides, judge.day) for a in judge.state.actors)
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
    return Finding(status, hedged(world, seen, sides), because)


def _publisher_attests(seen: Seen) -> bool:
    if isinstance(seen.state, Act) and seen.state.kind in (ActKind.CLAIM, ActKind.DENIAL):
        return False
    return any(not e.asserted_by and not e.hedged for e in seen.evidence)


def hedged(world: World, seen: Seen, sides: set[str]) -> bool:
    """Some evidence is hedged, and none of the publisher's or a neutral's is unhedged."""
    return any(e.hedged for e in seen.evidence) and not plain(world, seen, sides)


def plain(world: World, seen: Seen, sides: set[str]) -> bool:
    """A publisher or a neutral says so without a hedge."""
    return any(
        not e.hedged
        and (not e.asserted_by or not world.on_side(e.asserted_by, sides, seen.day))
        for e in seen.evidence
    )


def contradicting(world: World, seen: Seen) -> list[Seen]:
    """Contradiction disputes both ends, whichever of them says so."""
    found = []
    for other in [*world.acts.values(), *world.commitments.values()]:
        if other.id == seen.id:
            continue
        for one, two in ((seen, other), (other, seen)):
            if any(
                r.kind is RelationKind.CONTRADICTS and r.target == two.id
                for r in one.state.relations
            ):
                found.append(other)
    return found


def distinct(world: World, denier: Seen, seen: Seen) -> bool:
    """Those who deny differ from the voice of some visible evidence; a publisher differs
    from every party."""
    deniers = {world.principal(p, denier.day) for p in _speakers(denier)}
    return any(not voice <= deniers for voice in _voices(world, seen))


def are_two(world: World, one: Seen, other: Seen) -> bool:
    """Two who say what cannot both be true, and not one party twice."""
    said = [voice for seen in (one, other) for voice in _voices(world, seen)]
    return any(voice != said[0] or voice == {""} for voice in said)


def _speakers(seen: Seen) -> tuple[str, ...]:
    if isinstance(seen.state, Act):
        return seen.state.actors
    return seen.state.made_by or seen.state.debtors


def _voices(world: World, seen: Seen) -> list[set[str]]:
    """Whose words the evidence gives, rolled up: the empty name is a publisher's, unless
    the act consists of words; then they are its actors'."""
    found = []
    for evidence in seen.evidence:
        if evidence.asserted_by:
            found.append({world.principal(evidence.asserted_by, seen.day)})
        elif isinstance(seen.state, Act) and seen.state.kind in SPOKEN:
            found.append({world.principal(a, seen.day) for a in seen.state.actors})
        else:
            found.append({""})
    return found
