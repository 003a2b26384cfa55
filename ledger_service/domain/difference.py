"""What differs between two pictures, and which entries made the difference."""

from __future__ import annotations

from collections.abc import Iterator

from ledger_service.domain.answers import (
    Balance,
    BalanceDiff,
    CommitmentDiff,
    CommitmentStanding,
    Diff,
    Difference,
    EntryDiff,
)
from ledger_service.domain.balance import balance_of_principals, pairs
from ledger_service.domain.deliveries import Measure
from ledger_service.domain.picture import Picture
from ledger_service.domain.standing import commitment_standing


def diff(before: Picture, after: Picture, measure_before: Measure, measure: Measure) -> Diff:
    """Entries that are visible in one picture only or in another version, commitments
    that stand elsewhere, balances that read otherwise.
    """
    entries = sorted(_entries(before, after), key=lambda e: (e.day, e.id))
    changed = [e.id for e in entries]
    return Diff(
        entries=tuple(entries),
        commitments=tuple(_commitments(before, after, changed)),
        balances=tuple(_balances(before, after, measure_before, measure, changed)),
    )


def _entries(before: Picture, after: Picture) -> Iterator[EntryDiff]:
    ids = {
        i
        for picture in (before, after)
        for found in (picture.history.acts(), picture.history.commitments())
        for i in found
    }
    for entry_id in ids:
        then, now = before.entry(entry_id), after.entry(entry_id)
        if then and now:
            if then.version.version != now.version.version:
                yield EntryDiff(
                    entry_id,
                    Difference.AMENDED,
                    then.version.state,
                    now.version.state,
                    now.day,
                )
        elif now:
            yield EntryDiff(entry_id, Difference.APPEARED, None, now.version.state, now.day)
        elif then:
            yield EntryDiff(entry_id, Difference.VANISHED, then.version.state, None, then.day)


def _commitments(
    before: Picture, after: Picture, changed: list[str]
) -> Iterator[CommitmentDiff]:
    ids = {*before.history.commitments(), *after.history.commitments()}
    for commitment_id in sorted(ids):
        then = commitment_standing(before, commitment_id)
        now = commitment_standing(after, commitment_id)
        if _reads(then) != _reads(now):
            grounds = {i for c in (then, now) if c for i in c.standing.why}
            because = tuple(i for i in changed if i in grounds)
            yield CommitmentDiff(commitment_id, then, now, because)


def _reads(found: CommitmentStanding | None) -> object:
    """What a reader would call another standing: not the grounds, nor how it came there."""
    if found is None:
        return None
    s = found.standing
    return (
        s.lifecycle,
        s.flags,
        s.share,
        s.share_at_least,
        s.existence.status,
        s.existence.hedged,
        s.superseded_by,
        s.counted_against,
        s.day,
        tuple(
            (c.act, c.relation, c.effective, c.flags, c.evidence.status, c.evidence.hedged)
            for c in s.conduct
        ),
    )


def _balances(
    before: Picture,
    after: Picture,
    measure_before: Measure,
    measure: Measure,
    changed: list[str],
) -> Iterator[BalanceDiff]:
    had, has = set(pairs(before)), set(pairs(after))
    for a, b in sorted(had | has):
        then, now = None, None
        if (a, b) in had:
            then = balance_of_principals(before, a, b, measure_before)
        if (a, b) in has:
            now = balance_of_principals(after, a, b, measure)
        if _totals(then) != _totals(now):
            grounds = {i for x in (then, now) if x for i in x.why}
            yield BalanceDiff(then, now, tuple(i for i in changed if i in grounds))


def _totals(found: Balance | None) -> object:
    if found is None:
        return None
    owed = [
        (b.count, b.weight)
        for o in (found.outstanding_ab, found.outstanding_ba)
        for b in (o.undated, o.due, o.overdue, o.contingent)
    ]
    return (
        found.given_ab.count,
        found.given_ab.weight,
        found.given_ba.count,
        found.given_ba.weight,
        owed,
    )
