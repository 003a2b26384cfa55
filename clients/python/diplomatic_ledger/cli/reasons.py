"""Why a move or a supersession had no effect, in a sentence with its cause."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from diplomatic_ledger import words
from diplomatic_ledger.cli import spoken
from diplomatic_ledger.cli.titles import Names, when
from diplomatic_ledger.v1 import acts_pb2, entries_pb2, standings_pb2

#: What may come to have an effect.
_PENDING = frozenset({"notice_given", "waiting"})
#: What whoever makes a move does.
_DEEDS = {
    "fulfils": "deliver it",
    "breaches": "break it",
    "accepts": "accept it",
    "cancels": "call it off",
    "releases": "let the debtor go",
    "suspends": "put it on hold",
    "resumes": "take it up again",
    "reschedules": "move its day",
    "withdraws": "take the notice back",
    "reverses": "take the deed back",
    "asserts": "give its word for it",
    "verifies": "give its word for it",
}
#: What leads to a lifecycle, which may be reached already.
_TO_A_LIFECYCLE = frozenset(
    {
        entries_pb2.RELATION_KIND_ACCEPTS,
        entries_pb2.RELATION_KIND_SUSPENDS,
        entries_pb2.RELATION_KIND_RESUMES,
    }
)
_OVER = frozenset(
    {
        standings_pb2.LIFECYCLE_FULFILLED,
        standings_pb2.LIFECYCLE_BREACHED,
        standings_pb2.LIFECYCLE_EXPIRED,
        standings_pb2.LIFECYCLE_CANCELLED,
        standings_pb2.LIFECYCLE_RELEASED,
        standings_pb2.LIFECYCLE_SUPERSEDED,
    }
)


@dataclass(frozen=True)
class Course:
    """What is known beside a move: what the commitment went through, and what else was done
    about it; of an instrument only the latter.
    """

    conduct: Iterable[standings_pb2.Conduct] = ()
    steps: Iterable[standings_pb2.StandingStep] = ()
    promised: entries_pb2.Quantity | None = None
    names: Names = field(default_factory=dict)

    def on(self, day: str) -> standings_pb2.StandingStep | None:
        """The step that led to where the commitment stood on a day."""
        passed = [step for step in self.steps if step.day <= day]
        return passed[-1] if passed else None

    def when(self, day: str, entry_id: str) -> str:
        """The day on which an entry counts, in words where it is no single day."""
        return when(day, self.names.get(entry_id)).partition("\n")[0]


class _Move(NamedTuple):
    """What an act did, the act as far as it is known, and what is known beside it."""

    did: standings_pb2.Conduct
    act: acts_pb2.ActView | None
    course: Course


def of_commitment(item: standings_pb2.CommitmentStanding, names: Names) -> Course:
    promised = item.commitment.quantity if item.commitment.HasField("quantity") else None
    return Course(item.standing.conduct, item.standing.steps, promised, names)


def without_effect(act: standings_pb2.Conduct, course: Course) -> str:
    """`without effect: only dprk may call it off, and us did`; nothing where it had effect."""
    flag = words.word(standings_pb2.ConductFlag.DESCRIPTOR, act.why_not)
    if not flag:
        return ""
    known = course.names.get(act.act)
    view = known.act if known else None
    find = _CAUSES.get(flag)
    cause = find(_Move(act, view, course)) if find else ""
    if not cause and flag.endswith("_claimed"):
        cause = _claimed(flag, view)
    still = "not yet" if flag in _PENDING else "without effect"
    return f"{still}: {cause or spoken.flag(flag)}"


def remark(flag: str, act: standings_pb2.Conduct, course: Course) -> str:
    """A flag of a move that had effect all the same, with its cause where that is known."""
    known = course.names.get(act.act)
    amount = known.act.act.quantity if known and known.act else None
    if flag == "unit_differs" and amount and amount.unit and course.promised:
        return f"unit differs: given in {amount.unit}, promised in {course.promised.unit}"
    return spoken.spaced(flag)


def superseded(found: standings_pb2.Supersession) -> str:
    """`without effect: us has not agreed`; nothing where it had effect."""
    flag = words.word(standings_pb2.SupersessionFlag.DESCRIPTOR, found.why_not)
    match flag:
        case "":
            return ""
        case "not_binding":
            return f"not yet: {found.successor} binds nobody yet"
        case "failed":
            cause = (
                f"{found.successor} ended otherwise than by being kept or replaced, so "
                f"{found.predecessor} stands again"
            )
        case "waiting":
            who = spoken.ids(found.needed_from) or "somebody who is owed"
            return f"not yet: {who} {_has(found.needed_from)} not agreed to it"
        case "after_end":
            cause = f"{found.predecessor} was over already"
        case "in_a_circle":
            cause = f"{found.successor} was itself replaced by {found.predecessor}"
        case _:
            cause = spoken.flag(flag)
    return f"without effect: {cause}"


def _not_entitled(move: _Move) -> str:
    if not move.did.needed_from:
        return ""
    did = f", and {spoken.ids(makers)} did" if (makers := _principals(move.act)) else ""
    return f"only {_or(move.did.needed_from)} may {_deed(move.did)}{did}"


def _authority_doubtful(move: _Move) -> str:
    if not move.did.needed_from or move.act is None:
        return ""
    makers = [move.act.act.actor, *move.act.act.co_actors]
    principals = spoken.ids(move.did.needed_from)
    return f"{spoken.ids(makers)} acted for {principals} without a mandate to {_deed(move.did)}"


def _waiting(move: _Move) -> str:
    if not move.did.needed_from:
        return ""
    return f"{spoken.ids(move.did.needed_from)} {_has(move.did.needed_from)} still to join"


def _refuted(move: _Move) -> str:
    checks = spoken.ids(move.did.evidence.because)
    return f"a neutral party found it untrue ({checks})" if checks else ""


def _no_change(move: _Move) -> str:
    step = move.course.on(move.did.day)
    if step is None or move.did.relation not in _TO_A_LIFECYCLE:
        return ""
    return f"it changed nothing, since it was {spoken.lifecycle(step.after)} already"


def _after_end(move: _Move) -> str:
    step = move.course.on(move.did.day)
    if step is None or step.after not in _OVER:
        return ""
    by = f" by {step.entry_id}" if step.entry_id else ""
    return f"by then it was {spoken.lifecycle(step.after)}, since {move.course.when(step.day, step.entry_id)}{by}"


def _not_open(move: _Move) -> str:
    step = move.course.on(move.did.day)
    return f"it was {spoken.lifecycle(step.after)} then" if step else ""


def _notice_given(move: _Move) -> str:
    return f"it takes effect on {move.did.day}" if move.did.day else ""


def _withdrawn(move: _Move) -> str:
    for each in move.course.conduct:
        if (
            each.relation == entries_pb2.RELATION_KIND_WITHDRAWS
            and each.target == move.did.act
            and each.effective
        ):
            day = move.course.when(each.day, each.act)
            return f"taken back by {each.act} ({day}), before it took effect"
    return ""


def _too_late(move: _Move) -> str:
    for each in move.course.conduct:
        if each.act == move.did.target:
            day = move.course.when(each.day, each.act)
            return f"{each.act} had taken effect already ({day})"
    return ""


def _countermeasure(move: _Move) -> str:
    if move.act is None:
        return ""
    answered = [
        each.target
        for each in move.act.act.relations
        if each.kind == entries_pb2.RELATION_KIND_RESPONDS_TO
    ]
    return f"it answers {spoken.ids(answered)}, which is no proven breach" if answered else ""


def _claimed(flag: str, act: acts_pb2.ActView | None) -> str:
    """Whose word alone it is."""
    if act is None:
        return ""
    said = {each.asserted_by for each in act.act.evidence}
    if not said or "" in said:
        return ""
    return f"{spoken.flag(flag)} (told by {spoken.ids(sorted(said))} alone)"


_CAUSES: dict[str, Callable[[_Move], str]] = {
    "not_entitled": _not_entitled,
    "authority_doubtful": _authority_doubtful,
    "waiting": _waiting,
    "refuted": _refuted,
    "no_change": _no_change,
    "after_end": _after_end,
    "not_open": _not_open,
    "notice_given": _notice_given,
    "withdrawn": _withdrawn,
    "too_late": _too_late,
    "countermeasure_claimed": _countermeasure,
}


def _deed(act: standings_pb2.Conduct) -> str:
    kind = words.word(entries_pb2.RelationKind.DESCRIPTOR, act.relation)
    return _DEEDS.get(kind, "do it")


def _principals(act: acts_pb2.ActView | None) -> Iterable[str]:
    return act.actors if act else ()


def _or(parties: Iterable[str]) -> str:
    return " or ".join(parties)


def _has(parties: Iterable[str]) -> str:
    return "has" if len(list(parties)) < 2 else "have"
