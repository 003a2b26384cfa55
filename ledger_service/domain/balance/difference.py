"""The difference between two pictures, and which entries caused it.

Only what may differ is looked at: see `touched`. Balances are compared delivery by delivery and
commitment by commitment, so that a difference costs what differs, not what the balances hold.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from datetime import date
from functools import cached_property
from itertools import product
from typing import NamedTuple

from ledger_service.domain.balance.candidates import Candidates, candidates
from ledger_service.domain.balance.causes import Causes
from ledger_service.domain.balance.debts import OwedCommitment
from ledger_service.domain.balance.deliveries import (
    Contribution,
    Delivered,
    Measure,
    delivery,
    part,
)
from ledger_service.domain.balance.entry_changes import entry_changes, entry_diffs
from ledger_service.domain.balance.given import counted, given
from ledger_service.domain.balance.outstanding import outstanding, owing
from ledger_service.domain.balance.register_changes import register_diffs
from ledger_service.domain.balance.touched import Touched, everything, touched
from ledger_service.domain.lifecycle.changing import essence
from ledger_service.domain.lifecycle.clusters import direction
from ledger_service.domain.lifecycle.grounds import grounds
from ledger_service.domain.lifecycle.standing import commitment_standing, holders, standing
from ledger_service.domain.picture.picture import Picture
from ledger_service.domain.values.answers import (
    BalanceDiff,
    BalanceSide,
    Bucket,
    CommitmentDiff,
    Diff,
    EntryDiff,
    Given,
    Outstanding,
    Standing,
)
from ledger_service.domain.values.stopping import looking


class ComparedSide(NamedTuple):
    """One of the two pictures, and how deliveries are weighed in it."""

    picture: Picture
    measure: Measure


def diff(before: Picture, after: Picture, measure_before: Measure, measure: Measure) -> Diff:
    """What differs: entries that are visible in one picture only or in another version (acts,
    commitments and instruments by day, then id, then all others by id), commitments with another standing, balances with other figures.
    """
    found = Comparison(ComparedSide(before, measure_before), ComparedSide(after, measure))
    return Diff(
        (*found.entries(), *found.registers()),
        tuple(found.commitments()),
        tuple(found.balances()),
    )


class Comparison:
    """Two sides, of which what may differ is compared; that is found out unless it is given.
    Each part of the difference is computed as it is drawn.
    """

    def __init__(
        self, before: ComparedSide, after: ComparedSide, among: Touched | None = None
    ) -> None:
        self._before = before
        self._after = after
        self._given = among

    @property
    def _pictures(self) -> tuple[Picture, Picture]:
        return self._before.picture, self._after.picture

    @cached_property
    def _candidates(self) -> Candidates:
        return candidates(*self._pictures)

    @cached_property
    def _touched(self) -> Touched:
        return self._given or touched(*self._pictures, self._candidates)

    @cached_property
    def _causes(self) -> Causes:
        changes = entry_changes(*self._pictures, self._touched.entries)
        return Causes(*self._pictures, (change.order for change in changes))

    def entries(self) -> Iterator[EntryDiff]:
        """The entries that are seen otherwise, by day, then id. What rests on them is not
        looked at before that is drawn.
        """
        earliest = self._candidates.earliest
        if self._given:
            earliest = dict.fromkeys(self._given.entries, date.min)
        yield from entry_diffs(*self._pictures, earliest)

    def registers(self) -> Iterator[EntryDiff]:
        """The parties, reports and scales that are seen otherwise, by id."""
        yield from register_diffs(*self._pictures, self._candidates.registers)

    def commitments(self) -> Iterator[CommitmentDiff]:
        """The commitments that stand otherwise, by id."""
        before, after = self._pictures
        wanted = sorted(self._touched.commitments)
        for commitment_id in after.looked_up(looking(wanted)):
            then, now = (_standing(picture, commitment_id) for picture in (before, after))
            if essence(then) != essence(now):
                rests_on = set[str]().union(*(stands.why for stands in (then, now) if stands))
                yield CommitmentDiff(
                    commitment_id,
                    commitment_standing(before, commitment_id),
                    commitment_standing(after, commitment_id),
                    self._causes.of(rests_on),
                )

    def balances(self) -> Iterator[BalanceDiff]:
        """The balances in which something counts or is owed otherwise, by party_a, then
        party_b.
        """
        among = self._touched
        if self._before.measure != self._after.measure:
            among = everything(*self._pictures)
        pairs = _pairs(*self._pictures, among)
        for (a, b), members in sorted(looking(pairs.items())):
            found = self._balance(a, b, members)
            if found:
                yield found

    def _balance(self, a: str, b: str, members: _Members) -> BalanceDiff | None:
        then, now = (_Books(side, a, b, members) for side in (self._before, self._after))
        acts = [i for i in members.acts if then.counts(i) != now.counts(i)]
        owed = [i for i in members.commitments if then.owes(i) != now.owes(i)]
        if not acts and not owed:
            return None
        rests_on = then.grounds(acts, owed) | now.grounds(acts, owed)
        because = self._causes.of(rests_on)
        if self._before.measure.scale != self._after.measure.scale:
            as_before = _Books(
                ComparedSide(self._after.picture, self._before.measure), a, b, members
            )
            if any(as_before.counts(i) != now.counts(i) for i in acts) or any(
                as_before.owes(i) != now.owes(i) for i in owed
            ):
                because = (*because, self._after.measure.scale.id)
        return BalanceDiff(a, b, then.side(acts, owed), now.side(acts, owed), because)


class _Members(NamedTuple):
    """What may count otherwise between two principals: acts and commitments, by id."""

    acts: Collection[str]
    commitments: Collection[str]


def _pairs(before: Picture, after: Picture, among: Touched) -> dict[tuple[str, str], _Members]:
    """The pairs of principals that some acts and commitments concern on either side."""
    found: dict[tuple[str, str], tuple[set[str], set[str]]] = defaultdict(
        lambda: (set(), set())
    )
    for picture in (before, after):
        for act_id in picture.looked_up(sorted(looking(among.acts))):
            act = delivery(picture, act_id)
            for pair in _pairs_of(*direction(picture, act)) if act else ():
                found[pair][0].add(act_id)
        for commitment_id in picture.looked_up(sorted(looking(among.commitments))):
            known = picture.commitment(commitment_id)
            if known and not known.commitment.mutual:
                held = holders(picture, commitment_id)
                for pair in _pairs_of(held.debtors, held.creditors):
                    found[pair][1].add(commitment_id)
    return {
        pair: _Members(sorted(acts), sorted(commitments))
        for pair, (acts, commitments) in found.items()
    }


def _pairs_of(ends: Iterable[str], others: Iterable[str]) -> Iterator[tuple[str, str]]:
    for p, q in product(ends, others):
        if p != q:
            yield (p, q) if p < q else (q, p)


class _Books:
    """What some acts and commitments count for between two principals, on one side."""

    def __init__(self, side: ComparedSide, a: str, b: str, members: _Members) -> None:
        self._picture, self._how = side
        self._a, self._b = a, b
        found = {i: part(self._picture, i, a, b) for i in looking(members.acts)}
        self._parts: dict[str, Contribution] = {i: each for i, each in found.items() if each}
        owed = {i: owing(self._picture, a, b, i) for i in looking(members.commitments)}
        self._owed: dict[str, OwedCommitment] = {i: each for i, each in owed.items() if each}

    def counts(self, act_id: str) -> object:
        """What an act counts for, but for weights that decay with time alone."""
        return [_figures(each) for each in self._given(self._told([act_id]))]

    def owes(self, commitment_id: str) -> object:
        """What a commitment counts for as owed."""
        return [_owed(each) for each in self._outstanding([commitment_id])]

    def grounds(self, acts: Iterable[str], owed: Iterable[str]) -> set[str]:
        """The entries on which these rest."""
        found, kept = set[str](), set(owed)
        for each in (self._parts[i] for i in acts if i in self._parts):
            found |= each.rests_on.why
            kept |= each.kept
        known = [i for i in kept if self._picture.commitment(i)]
        return found | grounds(self._picture, known).why

    def side(self, acts: Iterable[str], owed: Iterable[str]) -> BalanceSide:
        """What these count for together."""
        return BalanceSide(*self._given(self._told(acts)), *self._outstanding(owed))

    def _told(self, acts: Iterable[str]) -> list[Delivered]:
        return counted((self._parts[i] for i in acts if i in self._parts), self._how)

    def _given(self, told: list[Delivered]) -> tuple[Given, Given]:
        a, b, today = self._a, self._b, self._picture.as_of
        return given(told, a, b, self._how, today), given(told, b, a, self._how, today)

    def _outstanding(self, owed: Iterable[str]) -> tuple[Outstanding, Outstanding]:
        found = (self._owed[i].debt for i in owed if i in self._owed)
        debts = sorted((debt for debt in found if debt), key=lambda debt: debt.order)
        a, b, how = self._a, self._b, self._how
        return (
            outstanding(a, b, [debt for debt in debts if debt.forth], how),
            outstanding(b, a, [debt for debt in debts if debt.back], how),
        )


def _standing(picture: Picture, commitment_id: str) -> Standing | None:
    return standing(picture, commitment_id) if picture.commitment(commitment_id) else None


def _figures(found: Given) -> object:
    return [(d.entry_ids, d.weight, d.flags) for d in found.deliveries], found.quantities


def _owed(found: Outstanding) -> object:
    return [
        _bucket(bucket)
        for bucket in (
            found.undated,
            found.scheduled,
            found.due,
            found.overdue,
            found.not_yet_dated,
            found.maintenance,
            found.contingent,
        )
    ]


def _bucket(bucket: Bucket) -> object:
    return (
        bucket.commitments,
        bucket.weight,
        bucket.at_most,
        bucket.unweighted,
        bucket.quantities,
    )
