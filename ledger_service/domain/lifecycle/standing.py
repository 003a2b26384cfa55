"""The standing of a commitment: where it stands, why, and how it came there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date
from fractions import Fraction
from functools import partial
from itertools import chain

from ledger_service.domain.lifecycle.antecedents import Level
from ledger_service.domain.lifecycle.binding import without_authority
from ledger_service.domain.lifecycle.case import (
    AFTER_END,
    DONE,
    NOT_OPEN,
    NOTICE_GIVEN,
    WAITING,
    Case,
)
from ledger_service.domain.lifecycle.changing import essence
from ledger_service.domain.lifecycle.conditions import CLAIMS, Tree
from ledger_service.domain.lifecycle.course import Course
from ledger_service.domain.lifecycle.events import Purpose
from ledger_service.domain.lifecycle.evidence import act_finding
from ledger_service.domain.lifecycle.falling_due import progress
from ledger_service.domain.lifecycle.grounds import ListedGrounds, listed
from ledger_service.domain.lifecycle.handing_over import with_successions
from ledger_service.domain.lifecycle.happening import AGREED, consents
from ledger_service.domain.lifecycle.holds import Right
from ledger_service.domain.lifecycle.leaving import TOO_LATE, WITHDRAWN
from ledger_service.domain.lifecycle.moves import (
    ANNOUNCED,
    AUTHORITY_DOUBTFUL,
    BREACH_CLAIMED,
    NO_CHANGE,
    NOT_ENTITLED,
    REFUTED,
    Move,
    MoveKey,
    superseded,
)
from ledger_service.domain.lifecycle.needed import needed_from
from ledger_service.domain.lifecycle.running import run
from ledger_service.domain.lifecycle.sides import Sides, sides
from ledger_service.domain.lifecycle.strangers import judged, withdrawn_by
from ledger_service.domain.lifecycle.succession import end_places, took_place
from ledger_service.domain.lifecycle.supersessions import supersessions
from ledger_service.domain.lifecycle.time_flags import time_flags
from ledger_service.domain.picture.picture import Picture
from ledger_service.domain.picture.visible_entry import VisibleEntry
from ledger_service.domain.values.answers import (
    CommitmentStanding,
    Conduct,
    EvidenceStatus,
    Lifecycle,
    Standing,
)
from ledger_service.domain.values.entries import (
    RelationKind,
)
from ledger_service.domain.values.exact import number
from ledger_service.domain.values.excerpt import size

ONE = Fraction(1)

#: About as much memory as a result takes.
_BYTES_PER_WEIGHT = 512

#: Flags that only tell why an act changed nothing.
_UNREMARKABLE = frozenset(
    {REFUTED, NO_CHANGE, AFTER_END, NOT_OPEN, NOTICE_GIVEN, WITHDRAWN, TOO_LATE}
)
_ALSO = {RelationKind.RESCHEDULES: frozenset({WAITING})}


def commitment_standing(picture: Picture, commitment_id: str) -> CommitmentStanding | None:
    """A commitment with its standing, one value at all cuts at which it is the same; None if
    it is not visible.
    """
    find = partial(_commitment_standing, picture, commitment_id)
    return picture.memoised("commitment_standing", commitment_id, find)


def _commitment_standing(picture: Picture, commitment_id: str) -> CommitmentStanding | None:
    known = picture.commitment(commitment_id)
    if known is None:
        return None
    answer, day = lasting_standing(picture, commitment_id)
    picture.is_so_before(day)
    # Of most no later day is another, and a copy takes its time.
    if day is not None and (changes := changes_on(picture, commitment_id)) is not None:
        answer = replace(answer, changes_on=changes)
    return CommitmentStanding(known.id, known.version.version, known.commitment, answer)


def standing(picture: Picture, commitment_id: str) -> Standing:
    """The standing of a visible commitment, but for the day on which it changes.

    Raises KeyError if the commitment is not visible.
    """
    find = partial(_standing, picture, commitment_id)
    return picture.memoised("standing", commitment_id, find, _weight)


def changes_on(picture: Picture, commitment_id: str) -> date | None:
    """The next day on which time alone changes the standing of a visible commitment: asked as
    of any day before it, at the same other cuts, it is the same, on that day it is not. None
    when it stays so for good.
    """
    find = partial(_changes_on, picture, commitment_id)
    return picture.memoised("changes on", commitment_id, find)


def _changes_on(picture: Picture, commitment_id: str) -> date | None:
    now, day = lasting_standing(picture, commitment_id)
    while day is not None:
        then, after = lasting_standing(picture.on(day), commitment_id)
        if essence(then) != essence(now):
            break
        day = after
    picture.is_so_before(day)
    return day


def lasting_standing(picture: Picture, commitment_id: str) -> tuple[Standing, date | None]:
    """The standing of a visible commitment, and the first later day on which it may be
    another; None when there is none.
    """
    find = partial(_standing, picture, commitment_id)
    return picture.lasting("standing", commitment_id, find, _weight)


def _standing(picture: Picture, commitment_id: str) -> Standing:
    course = run(picture, commitment_id)
    case = course.cases[commitment_id]
    if Purpose.REPLACE in case.joining:
        case = _joined_for_places(picture, case.apart())
    assert case.lifecycle is not None
    conduct = _conduct(picture, case)
    at_least = _share_at_least(case)
    unknown = case.share_unknown and at_least < 1
    due = course.awaiting.due(case)
    parts = progress(picture, case.terms, at_least) if case.terms.instalments else None
    reviews, meeting = list[date](), list[VisibleEntry]()
    for act, relation in case.aimed:
        if relation.kind is RelationKind.REVIEWS and act.is_act:
            reviews.append(act.span.last)
        elif relation.kind is RelationKind.MEETS and act.is_act:
            meeting.append(act)
    flags = {*_flags(picture, course, case, meeting), *time_flags(picture, case, due, parts)}
    held_by = _held_by(picture, case)
    if held_by.are_one_party:
        flags.add("one_party")
    places = tuple(supersessions(picture, course, case))
    rests_on = _rests_on(picture, course, case)
    return Standing(
        lifecycle=case.lifecycle,
        flags=tuple(sorted({*flags, *_remarkable(conduct)})),
        share=None if unknown else at_least,
        share_at_least=at_least,
        debtors=tuple(sorted(case.sides.debtors)),
        creditors=tuple(sorted(case.sides.creditors)),
        day=case.day,
        existence=case.existence,
        conduct=conduct,
        steps=with_successions(picture, case),
        against=tuple(sorted(case.against)),
        superseded_by=case.superseded_by,
        why=rests_on.why,
        in_doubt=rests_on.in_doubt,
        held_by=held_by.as_holders,
        left_by=tuple(sorted(case.left.keys() - case.left_along)),
        notice_given=min(notices(case).values(), default=None),
        due=due,
        until=case.until,
        due_share=parts.due_share if parts else None,
        behind=parts.behind if parts else None,
        last_reviewed=max(reviews, default=None),
        supersessions=places,
    )


def _rests_on(picture: Picture, course: Course, case: Case) -> ListedGrounds:
    """The entries on which the standing rests: from those that are shared by the course of it,
    or of one whose place it would take, which has this one in it too.
    """
    olds = (old.id for old in superseded(picture, case.known))
    asked = (run(picture, old) for old in olds if picture.remembers("course", old))
    for each in chain((course,), asked):
        if each.grounds and (found := each.grounds.of(case.id)):
            return found
    return listed(picture, case.id)


def _share_at_least(case: Case) -> Fraction:
    """The share that was certainly delivered. What was to be kept up, and was, is whole."""
    return ONE if case.is_kept else case.share_at_least


def _weight(found: Standing) -> int:
    names = size(found.why) // _BYTES_PER_WEIGHT
    return 2 + names + (len(found.conduct) + len(found.steps)) // 4


def _conduct(picture: Picture, case: Case) -> tuple[Conduct, ...]:
    """What acts do to the commitment, by the day on which they do it, then id."""
    if not case.moves:
        return ()
    found = (judged(picture, case, made) for made in case.moves)
    moves = sorted(found, key=lambda m: (m.day, m.act.id, m.relation.kind))
    return tuple(
        _acted(picture, case, each) for each in moves if not _is_nothing(picture, case, each)
    )


def _is_nothing(picture: Picture, case: Case, made: Move) -> bool:
    """Whether a move that is aimed at the instrument turned out not to be its maker's to make:
    it left the commitment before, or the suspension that it would end is not its own. Then it
    is nothing either to withdraw its notice.
    """
    if made.kind is RelationKind.WITHDRAWS:
        notices = (judged(picture, case, each) for each in withdrawn_by(case, made))
        return all(_is_nothing(picture, case, each) for each in notices)
    through = made.aim != case.id and made.kind in ANNOUNCED
    return through and _why_not(case, made) in (NOT_ENTITLED, AUTHORITY_DOUBTFUL)


def _why_not(case: Case, made: Move) -> str:
    """Why a move changed nothing; empty when it did."""
    return case.outcome(made) if made.effective else made.flags[-1]


def _joined_for_places(picture: Picture, case: Case) -> Case:
    """The case, with the acceptances by which the commitment took the place of another one
    marked as effective; the course of the other commitment tells whether they were, and
    whether any waits still.
    """
    owed = frozenset[str]()
    for old in superseded(picture, case.known):
        cases = run(picture, old.id).cases
        replaced = cases[old.id]
        if replaced.superseded_by == case.id:
            took_place(case, cases[case.id])
        elif not replaced.ended:
            owed |= replaced.creditors
    end_places(case, owed)
    return case


def _acted(picture: Picture, case: Case, made: Move) -> Conduct:
    why_not = _why_not(case, made)
    # Of who left before, while others are bound, it is an accusation: it needs no mandate.
    had_left = made.effective or (
        not case.had_ended(made.day)
        and all(case.left.get(each, date.max) <= made.day for each in made.movers)
    )
    accuses = why_not == BREACH_CLAIMED and had_left
    own = () if accuses else made.flags
    flags = {*own, *_prior(case, made.act), *filter(None, [why_not])}
    return Conduct(
        act=made.act.id,
        day=made.day,
        relation=made.kind,
        extent=made.extent or (number(made.relation.extent) if made.relation.extent else None),
        effective=why_not == DONE,
        flags=tuple(sorted(flags)),
        evidence=act_finding(picture, made.act),
        target=made.aim,
        why_not=why_not,
        needed_from=tuple(sorted(needed_from(picture, case, made, why_not))),
    )


def holders(picture: Picture, commitment_id: str) -> Sides:
    """Who holds each side of a visible commitment on the picture's day, also in the picture of
    everything that may have happened.
    """
    known = picture.commitment(commitment_id)
    assert known is not None
    parties = sides(picture, known)
    if not parties.later and len(parties.debtors) == 1:
        return parties  # nobody can leave it without ending it
    find = partial(_find_holders, picture, commitment_id)
    return picture.memoised("holders", commitment_id, find)


def _find_holders(picture: Picture, commitment_id: str) -> Sides:
    return _held_by(picture, run(picture, commitment_id).cases[commitment_id])


def _held_by(picture: Picture, case: Case) -> Sides:
    """Who holds each side on the picture's day; of what was cancelled, who held it last."""
    if case.lifecycle is Lifecycle.CANCELLED and case.held_last:
        return case.held_last
    day = case.day
    for turn in case.sides.later:
        if not picture.has_come(turn.day):
            break
        day = turn.day
    return case.held_on(day)


def _prior(case: Case, act: VisibleEntry) -> Iterator[str]:
    """The flag of an act that certainly happened before the commitment was made, whichever
    days count.
    """
    if act.span.last < case.known.span.earliest:
        yield "prior_conduct"


def _flags(
    picture: Picture, course: Course, case: Case, meeting: Iterable[VisibleEntry]
) -> Iterator[str]:
    for act in meeting:
        yield from _prior(case, act)
    yield from _acceptance_flags(picture, case)
    yield from _state_flags(case)
    if course.conditions.claimed(case):
        yield CLAIMS[Tree.ANTECEDENT]
    if case.terms.until_condition and course.conditions.claimed(case, Tree.UNTIL):
        yield CLAIMS[Tree.UNTIL]
    if (
        case.lifecycle is Lifecycle.CONDITIONAL
        and course.awaiting.level(case, course.today) is Level.DOUBT
    ):
        yield "antecedent_in_doubt"


def _remarkable(conduct: Iterable[Conduct]) -> Iterator[str]:
    """The flags of acts that also say something about the commitment: not those that only tell
    why an act changed nothing, and not that a term would be other if somebody agreed.
    """
    for each in conduct:
        yield from set(each.flags) - _UNREMARKABLE - _ALSO.get(each.relation, frozenset())


def _acceptance_flags(picture: Picture, case: Case) -> Iterator[str]:
    """The flags of the acceptances for which a suspension or a new term waits. What nobody
    could make, or nobody is known to have made, waits for none.
    """
    for made in case.moves:
        if made.kind in AGREED and judged(picture, case, made).effective:
            for accepting in consents(picture, case, made):
                accepted = judged(picture, case, accepting)
                flags = set(accepted.flags) or {case.outcome(accepted)}
                yield from flags - _UNREMARKABLE - {DONE}


def notices(case: Case) -> dict[MoveKey, date]:
    """The notices of which the day is still to come, each with it. Those of who left, or about
    what is over, have nothing more to do.
    """
    if not case.pending or case.ended:
        return {}
    movers = {made.key: made.movers for made in case.moves if made.is_notice}
    return {
        key: day for key, day in case.pending.items() if not movers[key] <= case.left.keys()
    }


def _state_flags(case: Case) -> Iterator[str]:
    if case.existence.status is EvidenceStatus.REFUTED:
        yield "existence_refuted"
    if without_authority(case):
        yield "authority_doubtful"
    if case.was_breached:
        yield "was_breached"
    if case.was_fulfilled:
        yield "was_fulfilled"
    if case.order_in_doubt:
        yield "order_in_doubt"
    suspended = case.lifecycle is Lifecycle.SUSPENDED
    if suspended and case.holds[0].right is Right.COUNTERMEASURE:
        yield "countermeasure"
    pending = notices(case)
    if pending:
        yield NOTICE_GIVEN
    lawful = [made for made in case.moves if made.is_lawful]
    if any(made.key in pending or case.outcomes.get(made.key) == DONE for made in lawful):
        yield "on_notice"
    if case.counts_as_breach:
        yield "counts_as_breach"
    if case.lifecycle is Lifecycle.FULFILLED:
        return
    share = case.share_at_least
    if share < 1 and (share > 0 or case.share_unknown):
        yield "partially_fulfilled"
