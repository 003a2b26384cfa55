"""What one principal gave to another: the deliveries behind a balance.

Only acts of kind concession or fulfilment count, not joint, not refuted, both ends
rolled up on their day. Entries that tell of one event count once.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from math import fsum

from ledger_service.domain.answers import Delivery, EvidenceStatus, Finding, Given, Lifecycle
from ledger_service.domain.clusters import ACROSS, Cluster, clusters, direction
from ledger_service.domain.course import run
from ledger_service.domain.cuts import EvidenceFilter
from ledger_service.domain.entries import ActKind, Mandate, Nature, RelationKind
from ledger_service.domain.evidence import act_finding
from ledger_service.domain.moves import AUTHORITY_DOUBTFUL, move
from ledger_service.domain.picture import Known, Picture
from ledger_service.domain.scales import ScaleTable, weigh
from ledger_service.domain.sides import actors, mandated_actors

DELIVERIES = frozenset({ActKind.CONCESSION, ActKind.FULFILMENT})

_PASSES = {
    EvidenceFilter.ANY: frozenset(EvidenceStatus),
    EvidenceFilter.ATTESTED: frozenset({EvidenceStatus.ATTESTED, EvidenceStatus.VERIFIED}),
    EvidenceFilter.VERIFIED: frozenset({EvidenceStatus.VERIFIED}),
}


@dataclass(frozen=True)
class Measure:
    """How deliveries are filtered and weighed. Gestures decay by `half_life_days`."""

    scale: ScaleTable
    evidence: EvidenceFilter = EvidenceFilter.ANY
    half_life_days: Fraction | None = None


def passes(evidence: EvidenceFilter, finding: Finding) -> bool:
    """Whether evidence satisfies a filter; what is verified is attested too."""
    return finding.status in _PASSES[evidence]


def told(picture: Picture, among: Collection[str] | None = None) -> Iterator[Known]:
    """The visible deliveries, all or those between some parties, refuted ones too, in no
    order.
    """
    for act_id in picture.history.acts(among, DELIVERIES):
        act = picture.act(act_id)
        if act and act.act.kind in DELIVERIES and not act.act.joint:
            yield act


def delivered(picture: Picture, among: Collection[str] | None = None) -> Iterator[Known]:
    """The same without those that are refuted."""
    return (act for act in told(picture, among) if _stands(picture, act))


def _stands(picture: Picture, act: Known) -> bool:
    return act_finding(picture, act).status is not EvidenceStatus.REFUTED


def heads(picture: Picture, act: Known, giver: str, receiver: str) -> bool:
    """Whether an act goes from one principal to another one."""
    givers, to = direction(picture, act)
    return giver != receiver and giver in givers and to == receiver


def given(
    picture: Picture, found: list[Known], giver: str, receiver: str, how: Measure
) -> Given:
    """What a principal gave to another, out of visible deliveries."""
    one_way = [act for act in found if heads(picture, act, giver, receiver)]
    events = [c for c in clusters(picture, one_way) if _counts(picture, c, how.evidence)]
    deliveries = tuple(_delivery(picture, event, how) for event in events)
    decayed = None
    if how.half_life_days is not None:
        decayed = nine_digits(fsum(_decayed(picture, e, how) or 0.0 for e in events))
    weight = sum((d.weight for d in deliveries if d.weight is not None), Fraction(0))
    return Given(giver, receiver, deliveries, weight, decayed)


def _counts(picture: Picture, event: Cluster, evidence: EvidenceFilter) -> bool:
    if not any(passes(evidence, act_finding(picture, m)) for m in event.members):
        return False
    return all(kept for _, kept in _stocks(picture, event))


def _stocks(picture: Picture, event: Cluster) -> Iterator[tuple[str, bool]]:
    """The maintenance commitments on which an event delivers, and whether each is kept.
    Such a delivery counts whole while the commitment is kept, and not at all once it is
    broken or called off.
    """
    for member in event.members:
        for relation in member.relations:
            commitment = picture.commitment(relation.target)
            if (
                relation.kind is RelationKind.FULFILS
                and commitment
                and commitment.commitment.nature is Nature.MAINTENANCE
                and move(picture, member, relation, commitment).effective
            ):
                case = run(picture, commitment.id).cases[commitment.id]
                lost = (Lifecycle.BREACHED, Lifecycle.CANCELLED)
                yield commitment.id, case.lifecycle not in lost


def stocks(picture: Picture, acts: list[Known]) -> set[str]:
    """The maintenance commitments on which acts deliver."""
    return {
        commitment
        for event in clusters(picture, acts)
        for commitment, _ in _stocks(picture, event)
    }


def _delivery(picture: Picture, event: Cluster, how: Measure) -> Delivery:
    decayed = _decayed(picture, event, how)
    return Delivery(
        entries=event.ids,
        weighed_by=event.first.id,
        day=event.day,
        weight=weigh(how.scale, event.first.act.code),
        decayed_weight=None if decayed is None else nine_digits(decayed),
        flags=tuple(sorted(_flags(picture, event))),
    )


def _decayed(picture: Picture, event: Cluster, how: Measure) -> float | None:
    weight = weigh(how.scale, event.first.act.code)
    if weight is None or how.half_life_days is None:
        return None
    if any(True for _ in _stocks(picture, event)):
        return float(weight)
    return float(weight) * decay(picture.as_of, event.day, how.half_life_days)


def decay(today: date, day: date, half_life_days: Fraction) -> float:
    """2^(-(t - t_e) / h): what is left of a gesture after some days (Brandes, Lerner and
    Snijders 2009).
    """
    return float(2.0 ** (-(today - day).days / float(half_life_days)))


def nine_digits(value: float) -> float:
    """A number rounded to 9 significant digits."""
    return float(f"{value:.9g}")


def _flags(picture: Picture, event: Cluster) -> set[str]:
    found = {"stock"} if any(True for _ in _stocks(picture, event)) else set()
    if event.across:
        found.add(ACROSS)
    for member in event.members:
        finding = act_finding(picture, member)
        if finding.hedged:
            found.add("hedged")
        if finding.status in (EvidenceStatus.DISPUTED, EvidenceStatus.CLAIMED):
            found.add(str(finding.status))
        if actors(picture, member) - mandated_actors(picture, member, Mandate.FULFIL):
            found.add(AUTHORITY_DOUBTFUL)
    return found
