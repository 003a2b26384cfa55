"""Which acts take back what others announced about a commitment."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from types import MappingProxyType

from msgspec.structs import replace

from ledger_service.domain.lifecycle.evidence import act_finding
from ledger_service.domain.lifecycle.moves import (
    ANNOUNCED,
    MANDATES,
    NO_CHANGE,
    REFUTED,
    Move,
    judge,
)
from ledger_service.domain.lifecycle.sides import sides
from ledger_service.domain.picture.picture import Picture
from ledger_service.domain.picture.successions import side
from ledger_service.domain.picture.visible_entry import VisibleEntry
from ledger_service.domain.values.answers import EvidenceStatus
from ledger_service.domain.values.entries import Relation, RelationKind


def retractions(
    picture: Picture, commitment: VisibleEntry, moves: Iterable[Move]
) -> Iterator[Move]:
    """The moves by which acts withdraw those of `moves` that may be announced."""
    announced: dict[str, list[Move]] = {}
    for made in moves:
        if made.kind in ANNOUNCED and made.relation.takes_effect:
            announced.setdefault(made.act.id, []).append(made)
    for act_id, notices in announced.items():
        for source, relation in picture.relations_to(act_id):
            if source.is_act and relation.kind is RelationKind.WITHDRAWS:
                yield retraction(picture, source, relation, commitment, notices)


def retraction(
    picture: Picture,
    act: VisibleEntry,
    relation: Relation,
    commitment: VisibleEntry,
    notices: Sequence[Move],
    left: Mapping[str, date] = MappingProxyType({}),
) -> Move:
    """The move of an act that withdraws another act, with all that it may undo; who `left` the
    commitment before it was succeeded left nothing to its successors.
    """
    given = max(act.day, *(notice.given for notice in notices))
    made = Move(act, relation, frozenset(), effective=True, given=given, day=given)
    if act_finding(picture, act).status is EvidenceStatus.REFUTED:
        return made.because(REFUTED)
    judged = [_undoing(picture, made, commitment, notice, left) for notice in notices]
    undoing = [each for each in judged if each.effective]
    if not undoing:
        # Rather why it does not undo what counts than that there is nothing to undo.
        of_what_counts = zip(judged, notices, strict=True)
        return next((each for each, notice in of_what_counts if notice.effective), judged[0])
    return replace(
        made,
        movers=frozenset().union(*(each.movers for each in undoing)),
        undoes=tuple(key for each in undoing for key in each.undoes),
    )


def _undoing(
    picture: Picture,
    made: Move,
    commitment: VisibleEntry,
    notice: Move,
    left: Mapping[str, date],
) -> Move:
    """The move as one that withdraws a single notice. It is for the same side to make, with
    the mandate for what was announced; in a mutual commitment, for the same party.
    """
    if not notice.effective:
        return made.because(NO_CHANGE)
    parties = sides(picture, commitment)
    then = parties.for_good(notice.given, left)
    # By the rights of its act's day, also where the notice was given later.
    now = parties.for_good(max(made.act.day, commitment.day), left)
    if parties.mutual:
        entitled = side(notice.movers, parties.later, made.act.day, left).standing
    elif notice.kind is RelationKind.CANCELS and not notice.lets_go:
        entitled = now.debtors
    elif notice.kind is RelationKind.RELEASES:
        entitled = now.creditors
    else:
        by_debtor = not notice.movers.isdisjoint(then.debtors) and not notice.lets_go
        entitled = now.debtors if by_debtor else now.creditors
    undoing = replace(made, undoes=(notice.key,))
    return judge(picture, undoing, entitled, now, MANDATES[notice.kind])
