"""The difference between two pictures, and which entries caused it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import NamedTuple

from ledger_service.domain.balance.balance import balance_of_principals, pairs
from ledger_service.domain.balance.causes import Causes
from ledger_service.domain.balance.deliveries import Measure
from ledger_service.domain.lifecycle.changing import essence
from ledger_service.domain.lifecycle.standing import commitment_standing, standing
from ledger_service.domain.picture.picture import Picture
from ledger_service.domain.picture.visible_entry import VisibleEntry
from ledger_service.domain.values.answers import (
    Balance,
    BalanceDiff,
    Bucket,
    CommitmentDiff,
    Diff,
    Difference,
    EntryDiff,
    Given,
    Standing,
)


class _Side(NamedTuple):
    """One of the two pictures, and how deliveries are weighed in it."""

    picture: Picture
    measure: Measure


def diff(before: Picture, after: Picture, measure_before: Measure, measure: Measure) -> Diff:
    """What differs: entries that are visible in one picture only or in another version,
    commitments with another standing, balances with other figures.
    """
    changes = [*_changes(before, after)]
    shown = [entry for change in changes if (entry := _shown(change))]
    causes = Causes(before, after, (change.order for change in changes))
    entries = sorted(shown, key=lambda e: (e.day, e.entry_id))
    sides = _Side(before, measure_before), _Side(after, measure)
    return Diff(
        entries=tuple(entries),
        commitments=tuple(_commitments(before, after, causes)),
        balances=tuple(_balances(*sides, causes)),
    )


class _Change(NamedTuple):
    """An entry that is visible or known on one side only, or in another version; of each side
    what is known of it, and whether it is visible.
    """

    then: VisibleEntry | None
    now: VisibleEntry | None
    was_visible: bool
    is_visible: bool

    @property
    def order(self) -> tuple[date, str]:
        known = self.now or self.then
        assert known is not None
        return known.order


def _changes(before: Picture, after: Picture) -> Iterator[_Change]:
    """The acts, commitments and instruments that are not the same on both sides."""
    ids = {
        i
        for history in (before.history, after.history)
        for found in (history.acts(), history.commitments(), history.instruments())
        for i in found
    }
    for entry_id in ids:
        then, now = before.known(entry_id), after.known(entry_id)
        was_visible = then is not None and before.has_come(then.since)
        is_visible = now is not None and after.has_come(now.since)
        same = then and now and then.version.version == now.version.version
        if (then or now) and (not same or was_visible != is_visible):
            yield _Change(then, now, was_visible, is_visible)


def _shown(change: _Change) -> EntryDiff | None:
    """What a reader sees of a change; nothing where the entry is visible on neither side."""
    then, now = change.then, change.now
    if then and now and change.was_visible and change.is_visible:
        return EntryDiff(
            now.id, Difference.AMENDED, then.version.state, now.version.state, now.day
        )
    if now and change.is_visible:
        return EntryDiff(now.id, Difference.APPEARED, None, now.version.state, now.day)
    if then and change.was_visible:
        return EntryDiff(then.id, Difference.VANISHED, then.version.state, None, then.day)
    return None


def _commitments(before: Picture, after: Picture, causes: Causes) -> Iterator[CommitmentDiff]:
    ids = {*before.history.commitments(), *after.history.commitments()}
    for commitment_id in sorted(ids):
        then, now = (_standing(picture, commitment_id) for picture in (before, after))
        if essence(then) != essence(now):
            grounds = set[str]().union(*(stands.why for stands in (then, now) if stands))
            yield CommitmentDiff(
                commitment_id,
                commitment_standing(before, commitment_id),
                commitment_standing(after, commitment_id),
                causes.of(grounds),
            )


def _standing(picture: Picture, commitment_id: str) -> Standing | None:
    return standing(picture, commitment_id) if picture.commitment(commitment_id) else None


def _balances(before: _Side, after: _Side, causes: Causes) -> Iterator[BalanceDiff]:
    had, has = set(pairs(before.picture)), set(pairs(after.picture))
    for a, b in sorted(had | has):
        then, now = None, None
        if (a, b) in had:
            then = balance_of_principals(before.picture, a, b, before.measure)
        if (a, b) in has:
            now = balance_of_principals(after.picture, a, b, after.measure)
        if _figures(then) != _figures(now):
            because = causes.of(i for x in (then, now) if x for i in x.why)
            scale = _scale(before, after, now) if then and now else ()
            yield BalanceDiff(then, now, (*because, *scale))


def _figures(found: Balance | None) -> object:
    """The parts of a balance that are compared: not its grounds, nor weights that decay with
    time alone.
    """
    if found is None:
        return None
    owed = [
        _owed(bucket)
        for o in (found.outstanding_ab, found.outstanding_ba)
        for bucket in (
            o.undated,
            o.scheduled,
            o.due,
            o.overdue,
            o.not_yet_dated,
            o.maintenance,
            o.contingent,
        )
    ]
    return _given(found.given_ab), _given(found.given_ba), owed


def _given(given: Given) -> object:
    return [(d.entry_ids, d.weight, d.flags) for d in given.deliveries], given.quantities


def _owed(bucket: Bucket) -> object:
    return (
        bucket.commitments,
        bucket.weight,
        bucket.at_most,
        bucket.unweighted,
        bucket.quantities,
    )


def _scale(before: _Side, after: _Side, now: Balance) -> Iterator[str]:
    """The scale, if it weighed the same deeds otherwise in the picture before."""
    if before.measure.scale == after.measure.scale:
        return
    as_before = balance_of_principals(after.picture, now.party_a, now.party_b, before.measure)
    if _figures(as_before) != _figures(now):
        yield after.measure.scale.id
