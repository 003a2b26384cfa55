"""Relations that move nothing, as if the request were recorded, and why.

What only waits for others, for a day or for nothing any more is as it should be: a notice, an
act in which others must join, one that was taken back or found untrue. What says that another
entry is so or not so moves nothing by intention.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from ledger_service.domain.instruments.standing import instrument_standing
from ledger_service.domain.lifecycle.standing import standing
from ledger_service.domain.remarks.counting import all_counts
from ledger_service.domain.remarks.said import RemarkedRequest, Said
from ledger_service.domain.values.answers import Conduct, Supersession
from ledger_service.domain.values.entries import (
    Act,
    ActKind,
    Commitment,
    Instrument,
    Relation,
    RelationKind,
)
from ledger_service.domain.values.flags import ConductFlag, SupersessionFlag
from ledger_service.domain.values.remarks import Remark, RemarkReason

#: At most so many commitments and instruments are looked at in a request.
MOST_LOOKED_AT = 50
_SHOWN = 3
#: At what more entries than that are aimed is not looked at.
MOST_AIMED = 200

_MOVES = {
    RelationKind.FULFILS: "its debtor",
    RelationKind.REVERSES: "who did the deed",
    RelationKind.BREACHES: "its debtor",
    RelationKind.ACCEPTS: "its creditor",
    RelationKind.CANCELS: "its debtor",
    RelationKind.RELEASES: "its creditor",
    RelationKind.SUSPENDS: "its creditor or debtor",
    RelationKind.RESUMES: "who may suspend it",
    RelationKind.RESCHEDULES: "its debtor or creditor",
    RelationKind.WITHDRAWS: "who gave the notice",
    RelationKind.MEETS: "anybody",
}
_CLAIMS = frozenset(flag for flag in ConductFlag if flag.endswith("_claimed"))
_REASONS = {
    ConductFlag.NOT_ENTITLED: RemarkReason.NOT_ENTITLED,
    ConductFlag.AUTHORITY_DOUBTFUL: RemarkReason.NO_MANDATE,
    ConductFlag.AFTER_END: RemarkReason.AFTER_END,
    ConductFlag.NOT_OPEN: RemarkReason.NOT_OPEN,
    ConductFlag.TOO_LATE: RemarkReason.TOO_LATE,
    ConductFlag.NO_CHANGE: RemarkReason.NO_CHANGE,
    **dict.fromkeys(_CLAIMS, RemarkReason.CLAIMED_ONLY),
}
#: Why a promise does not take the place of another one. Of one for which others have still to
#: agree nothing is said.
_NOT_REPLACED = {
    SupersessionFlag.NOT_BINDING: RemarkReason.NOT_BINDING,
    SupersessionFlag.FAILED: RemarkReason.FAILED,
    SupersessionFlag.AFTER_END: RemarkReason.AFTER_END,
    SupersessionFlag.IN_A_CIRCLE: RemarkReason.IN_A_CIRCLE,
}
_WHY_NOT_REPLACED = {
    RemarkReason.NOT_BINDING: "this binds nobody, since it is known from others only, or was "
    "made without a mandate. Add evidence of the debtor's own word, or the mandate.",
    RemarkReason.FAILED: "this ended otherwise than by being kept or replaced. Correct how it "
    "ended, or take the relation away.",
    RemarkReason.AFTER_END: "that was over by then. Correct the day or the target.",
    RemarkReason.IN_A_CIRCLE: "that took the place of this one, at once or by steps. Take one "
    "of the relations away.",
}
#: Moves that undo what another act does, and what that is.
_UNDOES = {
    RelationKind.REVERSES: frozenset({RelationKind.FULFILS}),
    RelationKind.WITHDRAWS: frozenset(
        {
            RelationKind.CANCELS,
            RelationKind.RELEASES,
            RelationKind.SUSPENDS,
            RelationKind.RESUMES,
        }
    ),
}


class _Found(NamedTuple):
    """What was done about a commitment or an instrument, and what takes the place of what."""

    conduct: Sequence[Conduct] = ()
    supersessions: Sequence[Supersession] = ()


_NOTHING = _Found()


class Effects:
    """What the relations of a request do to commitments and instruments. Of very many, some
    are looked at: the first in the order of the request.
    """

    def __init__(self, request: RemarkedRequest) -> None:
        self._request = request
        self._found: dict[str, _Found] = {}
        self._left = MOST_LOOKED_AT
        targets = dict.fromkeys(
            relation.target
            for each in request.said
            if isinstance(each.state, Act)
            for relation in each.state.relations
            if relation.kind in _MOVES
        )
        if targets:
            request.history.expect(list(targets)[:MOST_LOOKED_AT])

    def of(self, said: Said) -> Iterator[Remark]:
        """What the relations of an act or a commitment fail to do."""
        if isinstance(said.state, Commitment):
            yield from self._of_commitment(said, said.state)
        else:
            yield from self._of_act(said)

    def _of_commitment(self, said: Said, successor: Commitment) -> Iterator[Remark]:
        """The promises whose place another one does not take."""
        if isinstance(said.before, Commitment) and _replaces_alike(successor, said.before):
            return
        for number, relation in enumerate(successor.relations):
            if relation.kind is not RelationKind.SUPERSEDES:
                continue
            for each in self._look_at(said.entry_id).supersessions:
                if (each.successor, each.predecessor) != (said.entry_id, relation.target):
                    continue
                reason = _not_replaced(each, successor)
                if reason is not None:
                    at = f"{said.path}.relations[{number}].target"
                    yield Remark(at, reason, _still_there(reason, relation.target))

    def _of_act(self, said: Said) -> Iterator[Remark]:
        act = said.state
        if not isinstance(act, Act) or (
            isinstance(said.before, Act) and _moves_alike(act, said.before)
        ):
            return
        for number, relation in enumerate(act.relations):
            if relation.kind not in _MOVES:
                continue
            did = [
                each
                for aim in self._aimed_at(relation)
                for each in self._look_at(aim).conduct
                if (each.act, each.relation, each.target)
                == (said.entry_id, relation.kind, relation.target)
            ]
            if did:
                at = f"{said.path}.relations[{number}]"
                yield from self._remarks(at, act, relation, did)

    def _remarks(
        self, at: str, act: Act, relation: Relation, did: Sequence[Conduct]
    ) -> Iterator[Remark]:
        if any(each.effective for each in did):
            if any(ConductFlag.UNIT_DIFFERS in each.flags for each in did):
                yield Remark(
                    f"{at}.target", RemarkReason.UNIT_DIFFERS, self._unit(act, relation)
                )
            return
        first = did[0]
        reason = _REASONS.get(ConductFlag(first.why_not))
        if reason is RemarkReason.CLAIMED_ONLY and act.kind is ActKind.CLAIM:
            return  # it says so itself
        if reason is not None:
            yield Remark(f"{at}.target", reason, self._text(reason, relation, first))

    def _text(self, reason: RemarkReason, relation: Relation, did: Conduct) -> str:
        whose, target = _MOVES[relation.kind], self._request.state_of(relation.target)
        if isinstance(target, Commitment):
            named = {"its debtor": target.debtors, "its creditor": target.creditors}
            if whose in named:
                whose += f" ({', '.join(named[whose][:_SHOWN])})"
        return _text(reason, relation, did, whose)

    def _unit(self, act: Act, relation: Relation) -> str:
        target = self._request.state_of(relation.target)
        promised = target.quantity if isinstance(target, Commitment) else None
        given = act.quantity.unit if act.quantity else ""
        unit = promised.unit if promised else ""
        return (
            f"This delivers in {given!r}, and {relation.target!r} promises {unit!r}: it counts "
            "as a part of unknown size. Give the amount in the unit that was promised, or an "
            "extent."
        )

    def _aimed_at(self, relation: Relation) -> Iterator[str]:
        """The commitments and instruments that a relation would move, as far as they are looked
        at.
        """
        if (
            not self._left
            and relation.target not in self._found
            and relation.kind not in _UNDOES
        ):
            return
        target = self._request.state_of(relation.target)
        if isinstance(target, Commitment | Instrument):
            yield relation.target
        elif isinstance(target, Act):
            for other in target.relations:
                if other.kind in _UNDOES.get(relation.kind, ()):
                    yield other.target

    def _look_at(self, aim: str) -> _Found:
        """Where a commitment or an instrument stands, as if the request were recorded; nothing
        where that is not looked at.
        """
        if aim not in self._found:
            self._found[aim] = self._look(aim)
        return self._found[aim]

    def _look(self, aim: str) -> _Found:
        picture = self._request.picture
        if not self._left or len(picture.history.sources(aim)) > MOST_AIMED:
            return _NOTHING
        self._left -= 1
        if all_counts(picture, aim):
            return _NOTHING
        if picture.commitment(aim):
            stands = standing(picture, aim)
            return _Found(stands.conduct, stands.supersessions)
        if picture.instrument(aim):
            found = instrument_standing(picture, aim)
            return _Found(found.conduct) if found else _NOTHING
        return _NOTHING


def _moves_alike(act: Act, before: Act) -> bool:
    """Whether an amended act would move the same as before, so that nothing new is said."""

    def moving(each: Act) -> tuple[object, ...]:
        return (each.actors, each.occurred, each.relations, each.evidence, each.quantity)

    return moving(act) == moving(before)


def _replaces_alike(successor: Commitment, before: Commitment) -> bool:
    """The same of an amended commitment that takes the place of others."""

    def replacing(each: Commitment) -> tuple[object, ...]:
        sides = (each.debtors, each.creditors, each.made_by, each.mutual)
        return (*sides, each.occurred, each.offer, each.relations, each.evidence)

    return replacing(successor) == replacing(before)


def _not_replaced(found: Supersession, successor: Commitment) -> RemarkReason | None:
    """Why a promise does not take the place of another one, if that may be a slip: an offer
    waits to be accepted.
    """
    if found.effective or (found.why_not == SupersessionFlag.NOT_BINDING and successor.offer):
        return None
    return _NOT_REPLACED.get(SupersessionFlag(found.why_not))


def _still_there(reason: RemarkReason, target: str) -> str:
    return f"This does not take the place of {target!r}: {_WHY_NOT_REPLACED[reason]}"


def _text(reason: RemarkReason, relation: Relation, did: Conduct, whose: str) -> str:
    kind, target = relation.kind, relation.target
    if reason is RemarkReason.CLAIMED_ONLY and kind is RelationKind.BREACHES:
        return (
            f"This stays an accusation: {target!r} is shown as breach claimed and is not broken "
            "by it. If that is what is meant, leave it so. Otherwise add evidence in the "
            "publisher's own voice or of the side that did it; or record it as a claim of who "
            "says so."
        )
    match reason:
        case RemarkReason.NOT_ENTITLED:
            what = (
                f"{kind} takes {whose}, and nobody who did this is that on {did.day}, or stands "
                "for them. Correct who did it, or the target."
            )
        case RemarkReason.NO_MANDATE:
            what = (
                f"{kind} takes {whose}, and who stands for them here has no mandate for it on "
                f"{did.day}. Add the mandate to the party if it had one."
            )
        case RemarkReason.CLAIMED_ONLY if did.why_not == ConductFlag.COUNTERMEASURE_CLAIMED:
            what = "it answers no breach that took effect. Correct the act that it answers."
        case RemarkReason.CLAIMED_ONLY:
            what = (
                "it is only claimed. Add evidence in the publisher's own voice or of the side "
                "that did it, or record it as a claim of who says so."
            )
        case RemarkReason.AFTER_END:
            what = f"by {did.day} it was over. Correct the day or the target."
        case RemarkReason.NOT_OPEN:
            what = f"on {did.day} it bound nobody yet, or was on hold. Correct the day or the target."
        case RemarkReason.TOO_LATE:
            what = f"by {did.day} it had taken effect. Correct the day."
        case _:
            what = (
                f"on {did.day} it was so already, or others had to join and never did. Correct "
                "the day or the target."
            )
    return f"This changes nothing about {target!r}: {what}"
