"""What the reference answers to the questions of a case file, in the form of its answers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from fractions import Fraction

from ledger_service.domain.values.answers import CountBy, Rubric
from ledger_service.domain.values.cuts import EvidenceFilter
from ledger_service.domain.values.entries import RelationKind, Version
from ledger_service.domain.values.scales import built_in, from_entry, weigh
from tests.reference.balance import Books
from tests.reference.case_files import Case, Cuts, Data, versions_of
from tests.reference.course import Key, Stand
from tests.reference.evidence import finding_on_act, finding_on_existence
from tests.reference.instruments import conduct, instrument_stand, rating
from tests.reference.standing import lived, standings
from tests.reference.world import World

RATED = (Rubric.POLIMETRE, Rubric.POLITIFACT, Rubric.G20, Rubric.PAM)


def answer(case: Case, asked: Data, cuts: Cuts) -> Data | str:
    """What the reference answers about a case; the items to suppose stand behind the cut."""
    versions: Sequence[Version] = case.versions
    if cuts.position is not None:
        versions = [v for v in versions if v.position <= cuts.position]
    if "suppose" in asked:
        moment = versions[-1].recorded_at + timedelta(seconds=1)
        versions = versions_of(asked["suppose"], versions, moment)
        asked = asked["then"]
    world = World(versions, case.opens_on, cuts.as_of, cuts.reported_by, cuts.policy)
    return _answer(world, asked)


def _answer(world: World, asked: Data) -> Data | str:
    match asked:
        case {"standing": entry_id}:
            stand = standings(world).get(entry_id)
            return "not visible" if stand is None else of_standing(stand)
        case {"evidence": entry_id}:
            return of_evidence(world, entry_id)
        case {"effect": act, "on": target, "relation": kind}:
            return of_effect(world, act, target, RelationKind(kind))
        case {"balance": [a, b]}:
            return of_balance(world, a, b, asked)
        case {"outstanding": [a, b]}:
            return of_outstanding(books(world, asked), a, b)
        case {"instrument": entry_id}:
            return of_instrument(world, entry_id, Rubric(asked.get("rubric", "g20")))
        case {"rating": entry_id}:
            life = lived(world)
            stand = standings(world)[entry_id]
            return {r.value: rating(r, life.courses[entry_id], stand) for r in RATED}
        case {"name": entry_id}:
            return {"name": world.name(entry_id, world.as_of)}
    raise ValueError(f"no such question: {asked}")


def of_standing(stand: Stand) -> Data:
    return {
        "lifecycle": stand.lifecycle.value,
        "flags": sorted(stand.flags),
        "share": exact(stand.share),
        "share_at_least": exact(stand.share_at_least),
        "held_by": {"debtors": list(stand.held_by[0]), "creditors": list(stand.held_by[1])},
        "left_by": list(stand.left_by),
        "against": list(stand.against),
        "due_share": exact(stand.due_share),
        "behind": exact(stand.behind),
        "notice_given": stand.notice_given and stand.notice_given.isoformat(),
        "last_reviewed": stand.last_reviewed and stand.last_reviewed.isoformat(),
        "due": stand.due
        and {
            "from": stand.due.from_day and stand.due.from_day.isoformat(),
            "to": stand.due.to_day and stand.due.to_day.isoformat(),
        },
        "until": stand.until and stand.until.isoformat(),
    }


def of_evidence(world: World, entry_id: str) -> Data:
    if entry_id in world.acts:
        found = finding_on_act(world, world.acts[entry_id])
    elif entry_id in {**world.commitments, **world.instruments}:
        found = finding_on_existence(
            world, {**world.commitments, **world.instruments}[entry_id]
        )
    else:
        return {"evidence": None, "hedged": None}
    return {"evidence": found.status.value, "hedged": found.hedged}


def of_effect(world: World, act: str, target: str, kind: RelationKind) -> Data:
    life = lived(world)
    outcomes: dict[Key, str] = {}
    if target in life.courses:
        outcomes = {key: why for key, (why, _) in life.courses[target].conduct().items()}
    elif target in world.instruments:
        outcomes = conduct(life, world.instruments[target])
    found = [why for key, why in outcomes.items() if key[:2] == (act, kind)]
    if not found:
        return {"effective": None, "flag": None}
    return {"effective": "" in found, "flag": min(found) or None}


def books(world: World, asked: Data) -> Books:
    name = asked.get("scale", "unit")
    scale = from_entry(name, world.scales[name]) if name in world.scales else built_in()[name]
    return Books(
        world,
        lambda code: weigh(scale, code),
        EvidenceFilter(asked.get("filter", "any")),
        CountBy(asked.get("count_by", "deeds")),
        with_predecessors=asked.get("with_predecessors") == "true",
    )


def of_balance(world: World, a: str, b: str, asked: Data) -> Data:
    kept = books(world, asked)
    day = world.as_of
    one, two = world.principal(a, day), world.principal(b, day)
    given, received = of_given(kept, one, two), of_given(kept, two, one)
    net = kept.weight(kept.deliveries(one, two)) - kept.weight(kept.deliveries(two, one))
    return {
        "given": given,
        "received": received,
        "net": exact(net),
        "became": {p: world.became(p, day) for p in (a, b)},
        "predecessors": {
            p: sorted(world.predecessors(world.principal(p, day), day)) for p in (a, b)
        },
        "successors": {
            p: sorted(world.successors(world.principal(p, day), day)) for p in (a, b)
        },
    }


def of_given(kept: Books, giver: str, receiver: str) -> Data:
    deliveries = kept.deliveries(giver, receiver)
    return {
        "count": len(deliveries),
        "weight": exact(kept.weight(deliveries)),
        "quantities": {u: exact(v) for u, v in kept.quantities(deliveries).items()},
        "why": [d.commitment or d.weighed_by for d in deliveries],
        "flags": sorted({flag for d in deliveries for flag in d.flags}),
    }


def of_outstanding(kept: Books, a: str, b: str) -> Data:
    day = kept.world.as_of
    found = kept.outstanding(kept.world.principal(a, day), kept.world.principal(b, day))
    return {
        name: {
            "count": len(owed.commitments),
            "weight": exact(owed.weight),
            "quantities": {u: exact(v) for u, v in owed.quantities.items()},
        }
        for name, owed in found.items()
    }


def of_instrument(world: World, entry_id: str, rubric: Rubric) -> Data | str:
    found = instrument_stand(world, entry_id, rubric)
    if found is None:
        return "not visible"
    return {
        "evidence": found.evidence.status.value,
        "hedged": found.evidence.hedged,
        "count": {lifecycle.value: n for lifecycle, n in found.count.items()},
        "ratings": found.ratings,
        "rated": found.rated,
        "average": exact(found.average),
    }


def exact(value: Fraction | int | None) -> str | None:
    return None if value is None else str(Fraction(value))
