"""Whether an act moves a commitment: entitlement, mandate, and whose word it is.

A move in words needs a mandate, and the word of more than the other side. A deed needs
neither, but the lack of a mandate is flagged.
"""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from typing import TypeAlias

import msgspec
from msgspec.structs import replace

from ledger_service.domain.lifecycle.evidence import act_finding
from ledger_service.domain.lifecycle.shares import UNIT_DIFFERS, UNKNOWN, Extent, extent
from ledger_service.domain.lifecycle.sides import Sides, all_told_against, doers, sides
from ledger_service.domain.picture.picture import Picture
from ledger_service.domain.picture.visible_entry import VisibleEntry
from ledger_service.domain.values.answers import EvidenceStatus
from ledger_service.domain.values.entries import About, Mandate, Relation, RelationKind

NOT_ENTITLED = "not_entitled"
AUTHORITY_DOUBTFUL = "authority_doubtful"
FULFILMENT_CLAIMED = "fulfilment_claimed"
BREACH_CLAIMED = "breach_claimed"
REFUTED = "refuted"
NO_CHANGE = "no_change"

#: The mandate that a move in words needs.
MANDATES = {
    RelationKind.ASSERTS: Mandate.PROMISE,
    RelationKind.VERIFIES: Mandate.PROMISE,
    RelationKind.ACCEPTS: Mandate.ACCEPT,
    RelationKind.CANCELS: Mandate.CANCEL,
    RelationKind.RELEASES: Mandate.RELEASE,
    RelationKind.SUSPENDS: Mandate.SUSPEND,
    RelationKind.RESUMES: Mandate.SUSPEND,
}

#: What tells a move on a commitment from all others: its act, its relation, and the entry at
#: which that is aimed.
MoveKey: TypeAlias = tuple[str, RelationKind, str]

#: Moves that need no mandate, but are flagged where there is none.
DEEDS = frozenset({RelationKind.FULFILS, RelationKind.BREACHES})

#: Findings on which a breach or a reversal may rest.
PROVEN = frozenset({EvidenceStatus.ATTESTED, EvidenceStatus.VERIFIED})

#: What ties a deed to an earlier one without doing anything to it.
FOLLOWING = frozenset({RelationKind.FOLLOWS, RelationKind.RESPONDS_TO})

#: What a move in words sets when only the other side tells of it.
CLAIMED = {kind: f"{kind}_claimed" for kind in MANDATES} | {
    RelationKind.VERIFIES: f"{RelationKind.ASSERTS}_claimed",
    RelationKind.RESCHEDULES: f"{RelationKind.RESCHEDULES}_claimed",
    RelationKind.WITHDRAWS: f"{RelationKind.WITHDRAWS}_claimed",
}


#: Moves that may be announced before the day on which they take effect.
ANNOUNCED = frozenset(
    {
        RelationKind.CANCELS,
        RelationKind.RELEASES,
        RelationKind.SUSPENDS,
        RelationKind.RESUMES,
    }
)


class Move(msgspec.Struct, frozen=True):
    """What an act does to a commitment. `movers` are the principals for whom it counts. `given`
    is the day from which on it is known, `day` the one on which it takes effect. When it is
    not effective, `flags` say why, the reason itself last. `aim` is the entry at which it is
    aimed: the commitment, its instrument, or an act. `is_lawful`: as a cancellation it keeps
    the terms of withdrawal. `lets_go`: it releases what its maker alone is owed under the
    instrument that it lawfully leaves. `undoes` are the moves that it withdraws. `responds`: as
    a suspension it responds to something; `answered` are the acts to which it responds, each
    with the commitment that it would have to breach for a countermeasure. `extent` is the
    share that it makes up, or takes back, as far as one is known.
    """

    act: VisibleEntry
    relation: Relation
    movers: frozenset[str]
    effective: bool
    given: date
    day: date
    flags: tuple[str, ...] = ()
    is_lawful: bool = False
    lets_go: bool = False
    undoes: tuple[MoveKey, ...] = ()
    responds: bool = False
    answered: tuple[tuple[str, str], ...] = ()
    extent: Fraction | None = None

    @property
    def kind(self) -> RelationKind:
        return self.relation.kind

    @property
    def aim(self) -> str:
        return self.relation.target

    @property
    def key(self) -> MoveKey:
        """What tells it from all other moves on the commitment."""
        return (self.act.id, self.relation.kind, self.relation.target)

    @property
    def is_notice(self) -> bool:
        """Whether it is announced before it takes effect."""
        return self.given < self.day

    @property
    def follows(self) -> tuple[str, ...]:
        """The entries that its act follows, or to which it responds."""
        return followed(self.act)

    def because(self, *flags: str) -> Move:
        """The same move without effect, for these reasons."""
        return replace(self, effective=False, flags=(*self.flags, *flags))

    def measured(self, found: Extent) -> Move:
        """The same move with its extent. If it has no effect, the reason stays the last flag."""
        if found is UNKNOWN or not self.effective:
            return self
        flags = (*self.flags, UNIT_DIFFERS) if found.unit_differs else self.flags
        return replace(self, flags=flags, extent=found.share)


def followed(act: VisibleEntry) -> tuple[str, ...]:
    """The entries that an act follows, or to which it responds."""
    return tuple([r.target for r in act.relations if r.kind in FOLLOWING])


def move(
    picture: Picture,
    act: VisibleEntry,
    relation: Relation,
    commitment: VisibleEntry,
    parties: Sides | None = None,
) -> Move:
    """The move of an act that relates to a commitment by a lifecycle relation. It takes effect
    on its act's day or on the day that it names, never before the commitment's own, and is its
    maker's to make by the rights of its act's day: those of `parties`, if they are given.
    """
    made = _dated(act, relation, commitment.day)
    if act_finding(picture, act).status is EvidenceStatus.REFUTED:
        return made.because(REFUTED)
    if relation.kind is RelationKind.MEETS:  # which anybody may say
        return made
    parties = parties or sides(picture, commitment).on(made.given)
    match relation.kind:
        case RelationKind.FULFILS:
            found = extent(picture, act.act, relation, commitment.commitment.quantity)
            return _fulfilment(picture, made, parties, found)
        case RelationKind.BREACHES:
            return _breach(picture, made, parties)
        case RelationKind.ASSERTS | RelationKind.VERIFIES:
            return _assertion(picture, made, parties)
        case RelationKind.RESCHEDULES:
            return _rescheduling(picture, made, parties)
        case _:
            entitled = rightful(relation.kind, parties)
            if relation.kind is RelationKind.ACCEPTS:
                for old in superseded(picture, commitment):
                    entitled |= sides(picture, old).on(made.given).creditors
            return judge(picture, made, entitled, parties)


def move_through(
    picture: Picture, act: VisibleEntry, relation: Relation, beginning: Sides, since: date
) -> Move:
    """The move of an act that is aimed at an instrument, on what has these sides under it at
    its beginning. It takes effect `since` a day at the earliest, and concerns only what its
    maker may move.
    """
    made = _dated(act, relation, since)
    parties = beginning.on(made.given)
    judged = judge(picture, made, rightful(relation.kind, parties), parties)
    refuted = judged.movers and act_finding(picture, act).status is EvidenceStatus.REFUTED
    return made.because(REFUTED) if refuted else judged


def _dated(act: VisibleEntry, relation: Relation, since: date) -> Move:
    """A move with its days, neither before the one since which something can be moved."""
    given = max(act.day, since)
    day = given
    if relation.takes_effect and relation.kind in ANNOUNCED:
        day = max(given, relation.takes_effect)
    return Move(act, relation, frozenset(), effective=True, given=given, day=day)


def consent(
    picture: Picture,
    act: VisibleEntry,
    relation: Relation,
    commitment: VisibleEntry,
    parties: Sides | None = None,
) -> Move:
    """The move of an acceptance that is aimed at an act which suspends or reschedules a
    commitment, by the rights of its day: those of `parties`, if they are given.
    """
    given = max(act.day, commitment.day)
    made = Move(act, relation, frozenset(), effective=True, given=given, day=given)
    if act_finding(picture, act).status is EvidenceStatus.REFUTED:
        return made.because(REFUTED)
    parties = parties or sides(picture, commitment).on(given)
    return judge(picture, made, parties.creditors, parties)


def mandated_makers(picture: Picture, commitment: VisibleEntry) -> frozenset[str]:
    """The principals of either side for whom somebody with a mandate made the promise."""
    return doers(picture, commitment, sides(picture, commitment).all, Mandate.PROMISE)


def superseded(picture: Picture, commitment: VisibleEntry) -> list[VisibleEntry]:
    """The visible commitments whose place this one takes."""
    if not (relations := commitment.relations):  # as of most
        return []
    targets = (
        picture.commitment(r.target) for r in relations if r.kind is RelationKind.SUPERSEDES
    )
    return [t for t in targets if t]


def rightful(kind: RelationKind, parties: Sides) -> frozenset[str]:
    """Whose move in words a relation is, on the day by whose rights it is made."""
    match kind:
        case RelationKind.ACCEPTS | RelationKind.RELEASES:
            return parties.creditors
        case RelationKind.SUSPENDS | RelationKind.RESUMES:
            return parties.all
        case _:
            return parties.debtors


def judge(
    picture: Picture,
    made: Move,
    entitled: frozenset[str],
    parties: Sides,
    mandate: Mandate | None = None,
) -> Move:
    """A move in words with those of the entitled for whom it was made, by somebody with the
    mandate for it; without effect where there are none, or where all that is known of it is
    the other side's word.
    """
    needed = mandate or MANDATES[made.kind]
    movers = doers(picture, made.act, entitled, needed)
    made = replace(made, movers=movers)
    if not movers:
        missing = bool(doers(picture, made.act, entitled))
        return made.because(AUTHORITY_DOUBTFUL if missing else NOT_ENTITLED)
    if all_told_against(picture, made.act, movers, parties):
        return made.because(CLAIMED[made.kind])
    return made


def _assertion(picture: Picture, made: Move, parties: Sides) -> Move:
    """The move of an assertion. Anybody may assert a promise or its delivery; only the word of
    the debtor moves the commitment.
    """
    if made.relation.about is About.FULFILMENT:
        return made.because(FULFILMENT_CLAIMED)
    if not doers(picture, made.act, parties.debtors):
        return made.because(NO_CHANGE)
    return judge(picture, made, parties.debtors, parties)


def _rescheduling(picture: Picture, made: Move, parties: Sides) -> Move:
    """The move of an act that would change a term. Creditors that join a debtor's act accept
    it; alone they give something up. Who is said to have done it by the other side alone did
    not do it.
    """
    if not doers(picture, made.act, parties.all):
        return made.because(NOT_ENTITLED)
    promising = doers(picture, made.act, parties.debtors, Mandate.PROMISE)
    said = promising | doers(picture, made.act, parties.creditors, Mandate.RELEASE)
    if promising and not parties.mutual:
        said |= doers(picture, made.act, parties.creditors, Mandate.ACCEPT)
    if not said:
        return made.because(AUTHORITY_DOUBTFUL)
    claimed = frozenset(
        m for m in said if all_told_against(picture, made.act, frozenset({m}), parties)
    )
    made = replace(made, movers=said - claimed)
    if not made.movers:
        return made.because(CLAIMED[made.kind])
    return replace(made, flags=(CLAIMED[made.kind],)) if claimed else made


def _fulfilment(picture: Picture, made: Move, parties: Sides, found: Extent) -> Move:
    made = deed(picture, made, parties.debtors)
    if made.effective and all_told_against(picture, made.act, made.movers, parties):
        return made.because(FULFILMENT_CLAIMED)
    return made.measured(found)


def _breach(picture: Picture, made: Move, parties: Sides) -> Move:
    """The move of a breach. Of an act that the debtor's side did not do it is an accusation."""
    made = deed(picture, made, parties.debtors)
    if not made.movers:
        return replace(made, flags=()).because(BREACH_CLAIMED)
    if act_finding(picture, made.act).status not in PROVEN:
        return made.because(BREACH_CLAIMED)
    return made


def deed(picture: Picture, made: Move, side: frozenset[str]) -> Move:
    """A deed of a side. It needs no mandate, but the lack of one is flagged."""
    movers = doers(picture, made.act, side)
    if not movers:
        return made.because(NOT_ENTITLED)
    mandated = doers(picture, made.act, movers, Mandate.FULFIL)
    flags = () if mandated else (AUTHORITY_DOUBTFUL,)
    return replace(made, movers=movers, flags=flags)
