"""What the domain answers to the questions of a case file, in the form of its answers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta
from fractions import Fraction

from ledger_service.domain.balance.balance import balance
from ledger_service.domain.balance.deliveries import Measure
from ledger_service.domain.instruments.rubrics import rating
from ledger_service.domain.instruments.standing import instrument_standing
from ledger_service.domain.lifecycle.acts import act_view
from ledger_service.domain.lifecycle.standing import commitment_standing
from ledger_service.domain.picture.party_view import party_view
from ledger_service.domain.picture.picture import Picture
from ledger_service.domain.values.answers import (
    AskedParty,
    Bucket,
    Conduct,
    CountBy,
    Finding,
    Given,
    Outstanding,
    Rubric,
    Standing,
)
from ledger_service.domain.values.cuts import EvidenceFilter
from ledger_service.domain.values.entries import Version
from ledger_service.domain.values.scales import built_in, from_entry
from tests.reference.case_files import Case, Cuts, Data, versions_of
from tests.support.histories import MemoryHistory

RATED = (Rubric.POLIMETRE, Rubric.POLITIFACT, Rubric.G20, Rubric.PAM)


def answer(case: Case, asked: Data, cuts: Cuts) -> Data | str:
    """What the domain answers about a case; the items to suppose stand behind the cut."""
    versions: Sequence[Version] = case.versions
    if cuts.position is not None:
        versions = [v for v in versions if v.position <= cuts.position]
    if "suppose" in asked:
        moment = versions[-1].recorded_at + timedelta(seconds=1)
        versions = versions_of(asked["suppose"], versions, moment)
        asked = asked["then"]
    history = MemoryHistory(case.opens_on, versions)
    picture = Picture(history.at(history.head), cuts.as_of, cuts.reported_by, cuts.policy)
    return _answer(picture, asked)


def _answer(picture: Picture, asked: Data) -> Data | str:
    match asked:
        case {"standing": entry_id}:
            stands = commitment_standing(picture, entry_id)
            return "not visible" if stands is None else of_standing(stands.standing)
        case {"evidence": entry_id}:
            return of_finding(_finding(picture, entry_id))
        case {"effect": act, "on": target, "relation": kind}:
            return of_effect(_conduct(picture, target), act, kind)
        case {"balance": [a, b]}:
            return _balance(picture, a, b, asked)
        case {"outstanding": [a, b]}:
            return of_outstanding(
                balance(picture, a, b, _measure(picture, asked)).outstanding_ab
            )
        case {"instrument": entry_id}:
            return _instrument(picture, entry_id, Rubric(asked.get("rubric", "g20")))
        case {"rating": entry_id}:
            return {rubric.value: _rating(picture, entry_id, rubric) for rubric in RATED}
        case {"name": entry_id}:
            return {"name": _name(picture, entry_id)}
    raise ValueError(f"no such question: {asked}")


def of_standing(stands: Standing) -> Data:
    return {
        "lifecycle": stands.lifecycle.value,
        "flags": sorted(stands.flags),
        "share": exact(stands.share),
        "share_at_least": exact(stands.share_at_least),
        "held_by": {
            "debtors": list(stands.held_by.debtors),
            "creditors": list(stands.held_by.creditors),
        },
        "left_by": sorted(stands.left_by),
        "against": sorted(stands.against),
        "due_share": exact(stands.due_share),
        "behind": exact(stands.behind),
        "notice_given": stands.notice_given and stands.notice_given.isoformat(),
        "last_reviewed": stands.last_reviewed and stands.last_reviewed.isoformat(),
        "due": stands.due
        and {
            "from": stands.due.from_day and stands.due.from_day.isoformat(),
            "to": stands.due.to_day and stands.due.to_day.isoformat(),
        },
        "until": stands.until and stands.until.isoformat(),
        "in_doubt": stands.in_doubt,
    }


def of_finding(finding: Finding | None) -> Data:
    if finding is None:
        return {"evidence": None, "hedged": None}
    return {"evidence": finding.status.value, "hedged": finding.hedged}


def of_effect(conduct: Iterable[Conduct], act: str, kind: str) -> Data:
    """Of an act with several relations of one kind, the best that came of them."""
    found = [c for c in conduct if c.act == act and c.relation.value == kind]
    if not found:
        return {"effective": None, "flag": None}
    best = max(found, key=lambda c: c.effective)
    return {"effective": best.effective, "flag": best.why_not or None}


def of_given(given: Given) -> Data:
    return {
        "count": given.count,
        "weight": exact(given.weight),
        "quantities": {unit: exact(amount) for unit, amount in given.quantities},
        "why": [d.commitment or d.entry_ids[0] for d in given.deliveries],
        "flags": sorted(given.flags),
    }


def of_outstanding(owed: Outstanding) -> Data:
    names = (
        "active",
        "undated",
        "scheduled",
        "due",
        "overdue",
        "not_yet_dated",
        "maintenance",
        "contingent",
    )
    return {name: _bucket(getattr(owed, name)) for name in names}


def _bucket(bucket: Bucket) -> Data:
    return {
        "count": bucket.count,
        "weight": exact(bucket.weight),
        "quantities": {unit: exact(amount) for unit, amount in bucket.quantities},
    }


def exact(value: Fraction | int | None) -> str | None:
    return None if value is None else str(Fraction(value))


def _measure(picture: Picture, asked: Data) -> Measure:
    name = asked.get("scale", "unit")
    registered = picture.scale(name)
    scale = from_entry(name, registered) if registered else built_in()[name]
    return Measure(
        scale,
        EvidenceFilter(asked.get("filter", "any")),
        count_by=CountBy(asked.get("count_by", "deeds")),
        with_predecessors=asked.get("with_predecessors") == "true",
    )


def _balance(picture: Picture, a: str, b: str, asked: Data) -> Data:
    found = balance(picture, a, b, _measure(picture, asked))
    parties = [each for each in (found.asked_a, found.asked_b) if each]
    return {
        "given": of_given(found.given_ab),
        "received": of_given(found.given_ba),
        "net": exact(found.net_weight),
        **_of_asked(parties),
        "in_doubt": found.in_doubt,
    }


def _of_asked(parties: Sequence[AskedParty]) -> Data:
    return {
        "became": {p.entry_id: list(p.became) for p in parties},
        "predecessors": {p.entry_id: list(p.predecessors) for p in parties},
        "successors": {p.entry_id: list(p.successors) for p in parties},
    }


def _finding(picture: Picture, entry_id: str) -> Finding | None:
    act = picture.act(entry_id)
    if act is not None:
        return act_view(picture, act).evidence
    stands = commitment_standing(picture, entry_id)
    if stands is not None:
        return stands.standing.existence
    instrument = instrument_standing(picture, entry_id)
    return instrument.evidence if instrument else None


def _conduct(picture: Picture, target: str) -> Sequence[Conduct]:
    stands = commitment_standing(picture, target)
    if stands is not None:
        return stands.standing.conduct
    instrument = instrument_standing(picture, target)
    return instrument.conduct if instrument else ()


def _instrument(picture: Picture, entry_id: str, rubric: Rubric) -> Data | str:
    found = instrument_standing(picture, entry_id, rubric)
    if found is None:
        return "not visible"
    return {
        **of_finding(found.evidence),
        "count": {lifecycle.value: n for lifecycle, n in found.counts},
        "ratings": {each.entry_id: each.rating for each in found.commitments},
        "rated": found.rated,
        "average": exact(found.average),
    }


def _rating(picture: Picture, entry_id: str, rubric: Rubric) -> str | None:
    stands = commitment_standing(picture, entry_id)
    return rating(rubric, stands.commitment, stands.standing) if stands else None


def _name(picture: Picture, entry_id: str) -> str | None:
    found = party_view(picture, entry_id)
    return found and found.name
