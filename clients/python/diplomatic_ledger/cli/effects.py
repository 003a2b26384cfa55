"""What came of what entries do to commitments, where they had no effect."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from diplomatic_ledger.cli.asking import pinned
from diplomatic_ledger.cli.conduct import aimed
from diplomatic_ledger.cli.reasons import of_commitment, superseded, without_effect
from diplomatic_ledger.cli.session import Session
from diplomatic_ledger.cli.titles import Named, titles
from diplomatic_ledger.cuts import Cuts
from diplomatic_ledger.in_parts import MOST_IDS, in_parts
from diplomatic_ledger.v1 import acts_pb2, cuts_pb2, entries_pb2, standings_pb2

#: What an act may do to a commitment, or through an act to the commitments of that one.
_MOVES = frozenset(
    {
        entries_pb2.RELATION_KIND_FULFILS,
        entries_pb2.RELATION_KIND_REVERSES,
        entries_pb2.RELATION_KIND_BREACHES,
        entries_pb2.RELATION_KIND_ACCEPTS,
        entries_pb2.RELATION_KIND_CANCELS,
        entries_pb2.RELATION_KIND_RELEASES,
        entries_pb2.RELATION_KIND_SUSPENDS,
        entries_pb2.RELATION_KIND_RESUMES,
        entries_pb2.RELATION_KIND_RESCHEDULES,
        entries_pb2.RELATION_KIND_WITHDRAWS,
    }
)


@dataclass(frozen=True)
class Effect:
    """That an act does not do what it says to a commitment, and why."""

    what: str
    commitment: str
    why: str

    def __str__(self) -> str:
        """`suspends F052: not yet: dprk has still to join`."""
        on = "" if self.what.endswith(f" {self.commitment}") else f", on {self.commitment}"
        return f"{self.what}{on}, {self.why}"


def came_of(
    session: Session, basis: cuts_pb2.Basis, acts: Iterable[acts_pb2.ActView], cuts: Cuts
) -> dict[str, list[Effect]]:
    """What some acts do without effect, as it stands on the basis of an answer to a question
    with these cuts.
    """
    named = {act.entry_id: Named.of_act(act) for act in acts}
    pictured = pinned(basis, cuts.suppose)
    targets = {target for act in named.values() for target in _targets(act.act)}
    if not targets:
        return {}
    for part in in_parts(sorted(targets), MOST_IDS):
        beyond = session.client.acts(session.ledger, pictured, entry_ids=part)
        targets = targets.union(*(_targets(act) for act in beyond))
    items = [
        item
        for part in in_parts(sorted(targets), MOST_IDS)
        for item in session.client.commitments(
            session.ledger, pictured, entry_ids=part, view="full"
        )
    ]
    vain = [
        (item, did)
        for item in items
        for did in item.standing.conduct
        if did.act in named and not did.effective
    ]
    steps = {step.entry_id for item, _ in vain for step in item.standing.steps} - {""}
    names = titles(session, basis, steps - named.keys(), cuts) | named
    found: dict[str, list[Effect]] = defaultdict(list)
    for item, did in vain:
        why = without_effect(did, of_commitment(item, names))
        found[did.act].append(Effect(aimed(did), item.entry_id, why))
    return found


def effects_of(session: Session, entry_id: str, basis: cuts_pb2.Basis) -> Iterator[str]:
    """What one entry does without effect; nothing where it is no act and no commitment."""
    pictured = pinned(basis)
    acts = list(session.client.acts(session.ledger, pictured, entry_ids=[entry_id]))
    if acts:
        yield from map(str, came_of(session, basis, acts, Cuts()).get(entry_id, ()))
        return
    for item in session.client.commitments(
        session.ledger, pictured, entry_ids=[entry_id], view="full"
    ):
        yield from _replacing(item)


def _replacing(item: standings_pb2.CommitmentStanding) -> Iterator[str]:
    for each in item.standing.supersessions:
        if why := superseded(each):
            yield f"{each.successor} supersedes {each.predecessor}, {why}"


def _targets(act: acts_pb2.ActView | None) -> Sequence[str]:
    if act is None:
        return ()
    return [each.target for each in act.act.relations if each.kind in _MOVES]
