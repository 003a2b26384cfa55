"""Runs the course of commitments day by day, from what is visible on the picture's day.

A course is always run from its beginning: a refutation that has become visible takes away what
it refutes, and with it what that triggered. What follows of itself, such as antecedents that
hold, is applied at the beginning of a day and after each of its moves.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Collection, Iterable, Sequence
from copy import copy
from dataclasses import dataclass, field
from datetime import date, timedelta
from heapq import heappop, heappush

from msgspec.structs import replace

from ledger_service.domain.lifecycle.awaiting import Awaiting
from ledger_service.domain.lifecycle.binding import proposed_because
from ledger_service.domain.lifecycle.case import DONE, Case
from ledger_service.domain.lifecycle.conditions import Conditions, TakenBack
from ledger_service.domain.lifecycle.day_order import TurnOfDay, in_doubt, in_order
from ledger_service.domain.lifecycle.effects import reverse, take_effect
from ledger_service.domain.lifecycle.events import Event, Phase
from ledger_service.domain.lifecycle.following import begin, binding, follow
from ledger_service.domain.lifecycle.grounds import SharedGrounds
from ledger_service.domain.lifecycle.joining import AWAITING_OTHERS, agree, complete, waiting
from ledger_service.domain.lifecycle.leaving import announce, movers_by_now
from ledger_service.domain.lifecycle.moves import BREACH_CLAIMED, NO_CHANGE, NOT_ENTITLED
from ledger_service.domain.lifecycle.rescheduling import reschedule
from ledger_service.domain.lifecycle.saying_after import is_behind
from ledger_service.domain.lifecycle.strangers import (
    seems_effective,
    taken_back,
    taking_effect,
)
from ledger_service.domain.lifecycle.succession import (
    Successors,
    fulfilled_by_awaited,
    has_failed,
    successors,
    take_place,
    takes_over,
)
from ledger_service.domain.lifecycle.suspending import resume, suspend
from ledger_service.domain.lifecycle.within_day import WithinDay
from ledger_service.domain.picture.picture import Picture
from ledger_service.domain.values.answers import Lifecycle
from ledger_service.domain.values.entries import (
    IntervalDate,
    Nature,
    RelationKind,
)
from ledger_service.domain.values.stopping import looking

_TOMORROW = timedelta(days=1)

#: After these moves nobody may be missing any more in what waits for others.
_JOINING = frozenset({RelationKind.ACCEPTS, RelationKind.CANCELS})


@dataclass
class Course:
    """Commitments that depend on one another, and what becomes of them. `today` is the
    last day on which anything could change. `grounds` are those of each, where many share
    the course and are not too many.

    What nothing has happened to is not looked at again: `_due` are those that something
    may follow for, `_offers` the successors that may take the place of each by now.
    """

    picture: Picture
    opened: Iterable[Case]
    happening: Iterable[Event]
    conditions: Conditions
    failed: frozenset[str]
    cases: dict[str, Case] = field(init=False)
    today: date = date.min
    grounds: SharedGrounds | None = None

    def __post_init__(self) -> None:
        self.cases = {case.id: case for case in self.opened}
        self.conditions.within(self.cases)
        self._heirs = Successors()
        self._due: set[str] = set()
        self._offers: dict[str, set[str]] = defaultdict(set)
        # The breaches of today, and the resumptions that took place or would have.
        self._met: dict[str, list[Event]] = defaultdict(list)
        self._taken_back: dict[date, list[TakenBack]] = defaultdict(list)
        self._within_day = WithinDay(self.conditions)
        self.awaiting = Awaiting(
            self.picture, self.conditions, self.cases, self._heirs, self._within_day
        )
        # Those in which others may have joined in what waits for them.
        self._joining: set[str] = set()
        self._waiting: dict[str, set[str]] = defaultdict(set)
        self._replaces: dict[str, list[str]] = defaultdict(list)
        self._successors: dict[str, list[str]] = {}
        for case in self.cases.values():
            also = fulfilled_by_awaited(self.picture, case.known)
            for named in (*case.known.rests_on, *also):
                self._waiting[named].add(case.id)
            self._successors[case.id] = successors(case)
            for each in self._successors[case.id]:
                self._replaces[each].append(case.id)

    def play(self) -> None:
        """Runs every day up to the picture's day."""
        agenda: dict[date, list[Event]] = defaultdict(list)
        marked: dict[date, list[str]] = defaultdict(list)
        for event in self.happening:
            agenda[event.day].append(event)
        for case in self.cases.values():
            if case.terms.antecedent or case.terms.until_condition:
                for each in self.conditions.taken_back(case):
                    self._taken_back[each.day].append(each)
                    marked[each.day].append(case.id)
            for day in self._marked_days(case):
                marked[day].append(case.id)
        for day in looking(sorted({*agenda, *marked})):
            if not self.picture.has_come(day):
                break
            self.today = self.awaiting.today = day
            for case_id in marked.get(day, ()):
                self._due.add(case_id)
                if self.cases[case_id].sides.later:
                    self._offer(self.cases[case_id])
                    self._joining.add(case_id)
            self._day(day, agenda.get(day, []))

    def seen_in(self, picture: Picture) -> Course:
        """The course, run in another picture, as that of a picture in which it is valid too.
        Later questions to it are looked up in the new picture.
        """
        seen = copy(self)
        seen.picture, seen.conditions = picture, Conditions(picture).within(self.cases)
        seen.awaiting = copy(self.awaiting)
        seen.awaiting.picture, seen.awaiting.conditions = picture, seen.conditions
        return seen

    def failed_for_good(self, failing: frozenset[str]) -> frozenset[str]:
        """Successors that failed, and would have failed too if those in `failing` had
        superseded nothing: nothing on which they depend was superseded by these.
        """
        other = {case.id for case in self.cases.values() if case.superseded_by in failing}
        waiting = list(other)
        while waiting:
            each = waiting.pop()
            more = {*self._waiting[each], *self._replaces[each]} - other
            other |= more
            waiting += more
        return frozenset(
            i for i in self._replaces if i not in other and has_failed(self.cases[i])
        )

    def _marked_days(self, case: Case) -> Iterable[date]:
        """The days on which time alone may change something, and those on which an act that
        a condition awaits takes effect.
        """
        renewing = (RelationKind.SUSPENDS, RelationKind.RESCHEDULES)
        marked = [case.until]
        marked += [made.relation.until for made in case.moves if made.relation.kind in renewing]
        if case.terms.antecedent:
            marked.append(case.terms.antecedent.deadline)
        if case.terms.antecedent or case.terms.until_condition:
            yield from self.conditions.days(case)
        if case.sides.later:
            yield from (turn.day for turn in case.sides.later if turn.day >= case.day)
        yield from (day + _TOMORROW for day in marked if day and day < date.max)

    def _day(self, day: date, happening: list[Event]) -> None:
        """Applies the moves of a day, and after each what follows of itself."""
        within, taken_back = self._within_day, self._taken_back.get(day, ())
        turns = self._in_order(day, happening, self._between(happening, taken_back))
        # Who had left before a succession of today is known by now.
        ahead = deque((turn, self._by_now(turn.event)) for turn in turns)
        within.clear()
        differs = bool(taken_back)  # at some moment of the day from its end
        for _, event in ahead:
            if event and event.kind is RelationKind.MEETS:
                differs = True
                within.hold_back(self.cases[event.commitment], event)
        self._settle(day)
        reversed_by_now = not taken_back
        while (arisen := self._arisen(day, ahead)) or ahead:
            next_ = arisen or ahead[0][0].event
            if next_.phase > Phase.REVERSE and not reversed_by_now:
                self._take_back(taken_back)
                self._settle(day)
                reversed_by_now = True
                continue
            waits = not arisen and ahead[0][0].is_forced
            if self._offers and (next_.phase > Phase.SUPERSEDE or waits):
                self._supersede(day)
                continue
            if event := arisen or ahead.popleft()[1]:
                self._apply(event)
                if arisen and arisen.made:
                    self.cases[arisen.commitment].waits.pop(arisen.made.key, None)
                self._settle(day)
        if self._met:
            self._doubt_order()
        if differs:
            within.clear()
            self._take_back(taken_back)
            self._settle(day)
        self._supersede(day)
        self._settle(day)

    def _between(
        self, happening: Sequence[Event], taken_back: Collection[TakenBack]
    ) -> list[Event] | None:
        """What has waited for others, and may take effect today; None if nothing can come in
        between the moves of the day, so that no others matter but those of the course.
        """
        asked = {each.commitment for each in happening if each.kind in _JOINING} | self._joining
        arising = [each for case_id in asked for each in waiting(self.cases[case_id])]
        made = any(
            each.kind in AWAITING_OTHERS and each.commitment in asked for each in happening
        )
        if arising or made or taken_back or any(self._successors.values()):
            return arising
        return None

    def _in_order(
        self, day: date, happening: Sequence[Event], between: list[Event] | None
    ) -> list[TurnOfDay]:
        """The events of a day in their order, which goes by who would move something if nobody
        had left, as it does elsewhere. What only then turns out to have effect is followed by
        nothing, and follows nothing.
        """
        if len(happening) < 2 and between is None:
            return [TurnOfDay(event) for event in happening]
        seeming, others = list[Event](), list[Event]()
        for event in happening:
            seems = seems_effective(self.cases[event.commitment], event)
            (seeming if seems else others).append(event)
        order = in_order(self.picture, day, seeming, self.cases, between)
        others.sort(key=lambda event: event.order, reverse=True)
        found = list[TurnOfDay]()
        for turn in order:
            while others and (turn.is_forced or others[-1].order < turn.event.order):
                found.append(TurnOfDay(others.pop()))
            found.append(turn)
        return found + [TurnOfDay(event) for event in others[::-1]]

    def _take_back(self, taken_back: Iterable[TakenBack]) -> None:
        """Lets conditions be met no longer by what was taken back today: what was in doubt
        until then may be too late now.
        """
        for each in taken_back:
            if not self.conditions.is_taken_back(each):
                continue
            case_id = each.leaf[0]
            self._within_day.take_back(self.cases[case_id], each)
            self._due.add(case_id)

    def _by_now(self, event: Event) -> Event | None:
        """An event as it turned out; None if that has no effect, or is one elsewhere."""
        case = self.cases.get(event.commitment)
        if case is None:
            return None
        found = taking_effect(self.picture, case, event)
        if case.turned:
            self._turned(case)
        return found

    def _turned(self, case: Case) -> None:
        """Called when deeds, or what takes them back, may have turned out to be others than
        they seemed: what waits for them is looked at again.
        """
        self.conditions.forget()
        self._due |= self._waiting[case.id]

    def _arisen(
        self, day: date, ahead: Sequence[tuple[TurnOfDay, Event | None]]
    ) -> Event | None:
        """What has waited for others, waits for nobody any more, and comes before all that is
        still ahead on a day; None when there is nothing.
        """
        found = list[Event]()
        for case_id in sorted(self._joining):
            case = self.cases[case_id]
            case.now = day
            arisen = [*complete(case, day)] if case.lifecycle else []
            if not arisen:
                self._joining.discard(case_id)
            found += arisen
        if found and ahead:
            others = [turn.event for turn, _ in ahead]
            found = [each for each in found if not is_behind(self.picture, each, others)]
        first = min(found, key=lambda event: event.order, default=None)
        if first is None or not ahead:
            return first
        turn, _ = ahead[0]
        return first if turn.is_forced or first.order < turn.event.order else None

    def _doubt_order(self) -> None:
        """Marks the commitments that were broken and resumed on one day when nothing says
        which came after the other.
        """
        for case_id, met in self._met.items():
            if in_doubt(self.picture, met):
                self.cases[case_id].order_in_doubt = True
        self._met.clear()

    def _settle(self, day: date) -> None:
        """Applies what follows of itself until nothing changes any more: again and again in
        the order of ids, leaving out commitments to which nothing has happened.
        """
        while self._due:
            waiting, self._due = self._due, set()
            order = sorted(waiting)  # which is a heap
            while order:
                case_id = heappop(order)
                case = self.cases[case_id]
                if not case.lifecycle or case.ended or not follow(self.awaiting, case, day):
                    continue
                for other in self._changed(case):
                    if other <= case_id:
                        self._due.add(other)
                    elif other not in waiting:
                        waiting.add(other)
                        heappush(order, other)

    def _changed(self, case: Case) -> Iterable[str]:
        """Marks the commitments that a change of one may affect."""
        self._offer(case)
        return (case.id, *self._waiting[case.id])

    def _offer(self, case: Case) -> None:
        """Marks a commitment whose place may be taken by now, or that may take the place of
        others.
        """
        for old in self._replaces[case.id]:
            self._offers[old].add(case.id)
        if not case.ended:
            self._offers[case.id].update(self._successors[case.id])

    def _supersede(self, day: date) -> None:
        """Lets commitments take others' places, in the order of their own ids."""
        if not self._offers:
            return
        order = sorted(
            (successor_id, old_id)
            for old_id, offered in self._offers.items()
            for successor_id in offered - self.failed
        )  # which is a heap
        self._offers.clear()
        while order:
            successor_id, old_id = heappop(order)
            case = self.cases[old_id]
            if case.lifecycle is None or case.ended:
                continue
            case.now = self.cases[successor_id].now = day
            if takes_over(self.picture, self._heirs, self.cases[successor_id], case):
                self._replace(case, successor_id, day)
                for older in self._replaces[old_id]:
                    if old_id > successor_id:
                        heappush(order, (old_id, older))
                    else:
                        self._offers[older].add(old_id)
        self._settle(day)

    def _replace(self, case: Case, successor_id: str, day: date) -> None:
        case.superseded_by = successor_id
        reason = "another commitment took its place"
        take_place(self.cases[successor_id], case)
        case.to(Lifecycle.SUPERSEDED, day, successor_id, reason)
        self._heirs.succeed(case.id, successor_id)
        # Who waited for the one waits for the other now; the fewer move to the more.
        heir = self._heirs.of(successor_id)
        few, more = sorted((self._waiting[case.id], self._waiting[heir]), key=len)
        more |= few
        self._waiting[case.id] = self._waiting[heir] = more
        self._due |= more

    def _apply(self, event: Event) -> None:
        case = self.cases[event.commitment]
        before = case.lifecycle
        case.now = event.day
        if event.kind is None:
            self._create(case, event)
        else:
            self._move(case, event)
        self._due.add(case.id)
        if case.lifecycle is not before:
            self._due.update(self._changed(case))
        elif event.kind in _JOINING:
            self._offer(case)
        if event.kind in _JOINING:
            self._joining.add(case.id)
        if case.turned:
            self._turned(case)

    def _move(self, case: Case, event: Event) -> None:
        if event.announces:
            announce(case, event)
            return
        if event.made:
            case.pending.pop(event.made.key, None)
            if event.made.key in case.undone:
                return
        if event.kind is RelationKind.REVERSES:
            found = taken_back(self.picture, case, event)  # some may have left today
            if found is None:
                return
            event = found
        movers = movers_by_now(case, event)
        if event.movers and not movers:
            _turn_away(case, event)
            return
        if movers != event.movers:
            event = replace(event, movers=movers)
        match event.kind:
            case RelationKind.SUSPENDS:
                suspend(case, event, is_answer=self._answers_breach(event))
            case RelationKind.RESUMES:
                kept = case.terms.nature is Nature.MAINTENANCE and not case.ended
                resume(case, event, binding(self.awaiting, case, event.day))
                if case.was_effective(event) or (kept and movers & case.debtors):
                    self._met[case.id].append(event)
            case RelationKind.MEETS:
                self._within_day.meet(case, event)
            case RelationKind.REVERSES:
                reverse(case, event, binding(self.awaiting, case, event.day))
            case RelationKind.ACCEPTS if event.aim != case.id:
                agree(case, event)
            case RelationKind.RESCHEDULES:
                reschedule(case, event, self._due_by(case, event.day))
            case _:
                take_effect(case, event)
                if event.kind is RelationKind.BREACHES and case.was_effective(event):
                    self._met[case.id].append(event)

    def _answers_breach(self, event: Event) -> bool:
        """Whether a suspension responds to a breach of what is owed to the suspender."""
        assert event.made is not None
        return any(
            answered.outcomes.get((act, RelationKind.BREACHES, commitment)) == DONE
            for act, commitment in event.made.answered
            if (answered := self.cases.get(commitment))
        )

    def _due_by(self, case: Case, day: date) -> IntervalDate | None:
        """When a commitment is due, by what has happened up to a day."""
        due = self.awaiting.due(case)
        if case.due is None and due and due.from_day and due.from_day > day:
            return None
        return due

    def _create(self, case: Case, event: Event) -> None:
        proposed = proposed_because(case)
        if proposed:
            case.to(Lifecycle.PROPOSED, event.day, event.entry, proposed)
        else:
            begin(self.awaiting, case, event.day, event.entry, "it was made")


def _turn_away(case: Case, event: Event) -> None:
    """Lets nothing come of a move by somebody who is no longer on that side."""
    case.became(event, _of_who_left(event))
    if event.kind is RelationKind.FULFILS:
        for each in (made for act_id in event.acts for made in case.moves_by[act_id]):
            if each.kind is RelationKind.FULFILS:
                case.turn(each, each.because(NOT_ENTITLED))


def _of_who_left(event: Event) -> str:
    """What becomes of a move by somebody who is no longer on that side."""
    if event.made and event.made.is_notice:
        return NO_CHANGE
    return BREACH_CLAIMED if event.kind is RelationKind.BREACHES else NOT_ENTITLED
