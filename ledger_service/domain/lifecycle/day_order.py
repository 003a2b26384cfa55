"""The order in which moves take effect within a day.

By phase, then by entry id; but what follows something, in turn and also through acts that move
nothing, comes after it. So again and again the first move is taken of those whose predecessors
are taken.
Nothing is taken back before it was done: a deed waits for nothing that comes after its reversal,
whatever it is said to follow.
The order of two moves depends on what they follow alone, never on which other commitments are
looked at: what these acts move elsewhere on the day takes its turn too.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from heapq import heapify, heappop, heappush
from itertools import islice
from typing import NamedTuple

from ledger_service.domain.lifecycle.elsewhere import BESIDE, behind_an_act, moved_by
from ledger_service.domain.lifecycle.events import PHASES, Event, Phase
from ledger_service.domain.lifecycle.moves import ANNOUNCED, followed
from ledger_service.domain.lifecycle.saying_after import (
    all_before,
    comes_after,
    is_after,
    past,
)
from ledger_service.domain.picture.circles import circles
from ledger_service.domain.picture.picture import Picture
from ledger_service.domain.picture.visible_entry import VisibleEntry
from ledger_service.domain.values.entries import RelationKind
from ledger_service.domain.values.stopping import look, looking

#: So many acts behind one are looked through before all of a day is put in order.
_NEAR = 16


class TurnOfDay(NamedTuple):
    """An event in its turn. `is_forced`: it was taken since each that was left waited for
    another one, as what takes back several deeds may.
    """

    event: Event
    is_forced: bool = False


def in_order(
    picture: Picture,
    day: date,
    happening: Sequence[Event],
    known: Collection[str],
    arising: Sequence[Event] | None = None,
) -> list[TurnOfDay]:
    """The events of a day on some known commitments in the order in which they take effect. If
    something may come in between, of which the `arising` events may be known, also those on
    other commitments that come before any of these.
    """
    plain = sorted(happening, key=lambda e: e.order)
    if not any(event.follows for event in (*plain, *(arising or ()))):
        return [TurnOfDay(event) for event in plain]
    if arising is None:
        if len(plain) < 2:
            return [TurnOfDay(event) for event in plain]
        in_a_row = None if _taken_back(plain) else _one_by_one(picture, plain)
        if in_a_row:
            return [TurnOfDay(event) for event in in_a_row]
    return list(_Day(picture, day, plain, known, arising or ()).in_order())


class _TakenBack(NamedTuple):
    """A deed of a day, and its reversal on the same day."""

    deed: Event
    by: Event


def _taken_back(happening: Iterable[Event]) -> list[_TakenBack]:
    deeds = {(e.commitment, e.entry): e for e in happening if e.phase is Phase.FULFIL}
    return [
        _TakenBack(deeds[event.commitment, event.deed], event)
        for event in happening
        if event.phase is Phase.REVERSE and (event.commitment, event.deed) in deeds
    ]


def moving_days(picture: Picture, act: VisibleEntry) -> dict[date, set[str]]:
    """The days on which an act may move something, with the entries at which it is aimed; where
    that is an act, with those too that are moved by way of it.
    """
    found: dict[date, set[str]] = {}
    for relation in act.relations:
        target = picture.entry(relation.target) if relation.kind in PHASES else None
        if target is None or not _may_move(relation.kind, target):
            continue
        given = max(act.day, target.day)
        for day in {given, max(given, relation.takes_effect or given)}:
            found.setdefault(day, set()).add(target.id)
        for aim in behind_an_act(picture, relation):
            found.setdefault(max(given, aim.day), set()).update((target.id, aim.id))
    return found


def _may_move(kind: RelationKind, target: VisibleEntry) -> bool:
    if target.is_act:
        return kind in BESIDE
    return target.is_commitment or kind in ANNOUNCED


def ordering(
    picture: Picture, of_day: Mapping[date, Sequence[VisibleEntry]]
) -> Iterator[tuple[VisibleEntry, Collection[str]]]:
    """What some acts of each day follow, in turn, as far as that may move something on the
    same day, each with what it may move then, and the acts in between.
    """
    if not of_day:
        return
    starts = {act.id: act for acts in of_day.values() for act in acts}
    levels = _levels(picture, min(of_day), starts)
    acts = {each: act for each in levels if (act := picture.act(each))}
    moves: dict[date, dict[str, set[str]]] = defaultdict(dict)
    for each, act in looking(acts.items()):
        for day, targets in moving_days(picture, act).items():
            if day in of_day:
                moves[day][each] = targets
    for day, moved in moves.items():
        # What stands below all that moves something on the day leads to nothing of that.
        lowest = min(levels[each] for each in moved)
        waiting = [each for act in of_day[day] for each in followed(act)]
        behind = set[str]()
        followers: dict[str, list[str]] = defaultdict(list)
        for each in looking(waiting):
            if each not in behind and levels.get(each, -1) >= lowest:
                behind.add(each)
                for earlier in followed(acts[each]):
                    followers[earlier].append(each)
                    waiting.append(earlier)
        leading = [each for each in moved if each in behind]
        found = set(leading)
        for each in looking(leading):
            yield acts[each], moved.get(each, ())
            new = [later for later in followers[each] if later not in found]
            found.update(new)
            leading += new


def _levels(picture: Picture, first: date, starts: Iterable[str]) -> dict[str, int]:
    """Some visible acts and those that they follow, in turn, as far as any of those behind
    them may move something from a day on. Each stands above what it follows, but for those
    that follow one another in a circle.
    """
    levels: dict[str, int] = {}

    def new(each: str) -> list[str]:
        act = picture.act(each)
        return [i for i in _lasting(picture, act, first) if i not in levels] if act else []

    for start in looking(starts):
        if start in levels:
            continue
        for circle in looking(circles(start, new)):
            below = {
                levels[i]
                for each in circle
                if (act := picture.act(each))
                for i in followed(act)
                if i in levels
            }
            levels.update(dict.fromkeys(circle, max(below, default=-1) + 1))
    return levels


def _lasting(picture: Picture, act: VisibleEntry, first: date) -> list[str]:
    """What an act follows, where that or any behind it may move something from a day on."""
    return [i for i in followed(act) if picture.act(i) and past(picture, i).latest >= first]


def in_doubt(picture: Picture, met: Sequence[Event]) -> bool:
    """Whether nothing says of some breach and some resumption of a day, which are given in
    their order, which of them came after the other.
    """
    return any(not _is_ordered(picture, one, other) for one, other in _meetings(met))


def _meetings(met: Sequence[Event]) -> Iterator[tuple[Event, Event]]:
    """The breaches and resumptions of a day that stand beside one another, in their order:
    where it is said of each two which came after the other, it is said of all.
    """
    breach: Event | None = None
    resumed: list[Event] = []
    for event in met:
        if event.kind is RelationKind.RESUMES:
            if breach:
                yield breach, event
            resumed.append(event)
        else:
            yield from ((each, event) for each in resumed)
            breach, resumed = event, []


def _is_ordered(picture: Picture, one: Event, other: Event) -> bool:
    """Whether it is said of two events of one day which of them came after the other."""
    return any(
        not set(earlier.acts).isdisjoint(all_before(picture, later.day, later.acts))
        for later, earlier in ((other, one), (one, other))
        if set(later.acts).isdisjoint(earlier.acts)
    )


def _one_by_one(picture: Picture, plain: Sequence[Event]) -> list[Event] | None:
    """The events of a day where the acts behind them follow one another in a row, as nearly
    always; None where they do not, or only in ways that take long to find.
    """
    rows: dict[tuple[str, ...], list[Event]] = defaultdict(list)
    for event in plain:
        rows[event.acts].append(event)
    row_of = {act_id: acts for acts in rows for act_id in acts}
    if len(row_of) < sum(map(len, rows)):
        return None  # of one act something is told by others too
    behind: dict[tuple[str, ...], set[tuple[str, ...]]] = {}
    for acts, events in rows.items():
        found = islice(all_before(picture, events[0].day, acts), _NEAR)
        behind[acts] = {row_of[each] for each in found if each in row_of} - {acts}
    order: list[tuple[str, ...]] = []
    first = [acts for acts, others in behind.items() if not others]
    ahead: dict[tuple[str, ...], list[tuple[str, ...]]] = defaultdict(list)
    for acts, others in behind.items():
        for other in others:
            ahead[other].append(acts)
    missing = {acts: len(others) for acts, others in behind.items()}
    while len(first) == 1:
        order += first
        first = []
        for acts in ahead[order[-1]]:
            missing[acts] -= 1
            if not missing[acts]:
                first.append(acts)
    if len(order) < len(rows):
        return None
    return [event for acts in order for event in rows[acts]]


class _Day:
    """The moves of a day, by the acts that make them, and which of them wait for which.

    A move waits for the acts after which those come that tell of it, and these are over once
    all moves are of which they tell, and all acts after which they come. Which moves a few of
    them wait for is found one by one: a deed that is taken back, and what is told by acts that
    come after one another.
    """

    def __init__(
        self,
        picture: Picture,
        day: date,
        happening: Sequence[Event],
        known: Collection[str],
        arising: Sequence[Event],
    ) -> None:
        self._follows: dict[str, Sequence[str]] = {}
        elsewhere = self._elsewhere(picture, day, known, (*happening, *arising))
        self._events = [*happening, *elsewhere]
        self._by_act: dict[str, list[int]] = defaultdict(list)
        #: By act, the moves of which it tells together with others.
        self._shared: dict[str, list[int]] = defaultdict(list)
        for number, event in enumerate(self._events):
            for act_id in event.acts:
                self._by_act[act_id].append(number)
                if len(event.acts) > 1:
                    self._shared[act_id].append(number)
        #: For how many moves and acts a move or an act waits, and what waits for each.
        self._waiting: dict[int | str, int] = defaultdict(int)
        self._followers: dict[int | str, list[int | str]] = defaultdict(list)
        for act_id, others in self._follows.items():
            self._wait(act_id, [i for i in others if i in self._follows])
            self._wait(act_id, self._by_act.get(act_id, ()))
        taken_back = self._taken_back()
        for number, event in enumerate(self._events):
            undoing = taken_back.get(number, ())
            if undoing or self._is_entangled(event):
                self._wait(number, self._looked_through(number, undoing))
            else:
                behind = {i for act_id in event.acts for i in self._follows.get(act_id, ())}
                self._wait(number, behind.intersection(self._follows))
        for deed, undoing in taken_back.items():
            for by in undoing:
                self._wait(by, (deed,))

    def _elsewhere(
        self,
        picture: Picture,
        day: date,
        known: Collection[str],
        some: Iterable[Event],
    ) -> Collection[Event]:
        """What the acts that come before some events, in turn, move on the day of commitments
        that are not known. Notes which acts come after which, as far as any behind them may
        move something then.
        """
        elsewhere: dict[Hashable, Event] = {}
        waiting = list[str]()
        for act_id in {act_id: None for event in some for act_id in event.acts}:
            waiting += self._note(picture, day, act_id)
        waiting = list(dict.fromkeys(waiting))
        passed = set(waiting)
        for act_id in looking(waiting):
            behind = [*self._note(picture, day, act_id)]
            act = picture.act(act_id) if act_id in self._follows else None
            for event in moved_by(picture, act) if act else ():
                if event.day != day or event.commitment in known:
                    continue
                elsewhere[*event.order, event.kind, event.aim] = event
                behind += event.acts
                if event.deed:
                    behind.append(event.deed)  # it comes before its reversal
            new = [each for each in dict.fromkeys(behind) if each not in passed]
            passed.update(new)
            waiting += new
        return elsewhere.values()

    def _note(self, picture: Picture, day: date, act_id: str) -> Sequence[str]:
        """Notes after which acts one comes, if any of them may move something on the day."""
        act = picture.act(act_id)
        if act is None or past(picture, act_id).latest < day:
            return ()
        return self._follows.setdefault(act_id, comes_after(picture, act))

    def in_order(self) -> Iterator[TurnOfDay]:
        """The events, each in its turn."""
        left = dict(enumerate(self._events))
        ready = [
            (event.order, number) for number, event in left.items() if self._is_free(number)
        ]
        heapify(ready)
        self._pass([act_id for act_id in self._follows if self._is_free(act_id)], ready)
        while left:
            look()
            forced = not ready
            if forced:
                # Where each waits for another one, it is the one with the smallest id.
                _, _, number = min((e.entry, e.order, number) for number, e in left.items())
            else:
                _, number = heappop(ready)
            event = left.pop(number, None)
            if event is None:
                continue  # it was its turn before
            yield TurnOfDay(event, forced)
            self._pass([number], ready)

    def _wait(self, one: int | str, others: Iterable[int | str]) -> None:
        """Lets a move or an act wait for others, each of which is named once."""
        for other in others:
            self._waiting[one] += 1
            self._followers[other].append(one)

    def _is_free(self, one: int | str) -> bool:
        return not self._waiting.get(one)

    def _pass(
        self,
        passed: list[int | str],
        ready: list[tuple[tuple[date, Phase, str, str, str], int]],
    ) -> None:
        """Lets what waited for some moves and acts that are over, and for nothing more, take
        its turn; what moves nothing is over at once.
        """
        for one in passed:
            for each in self._followers[one]:
                self._waiting[each] -= 1
                if self._waiting[each]:
                    continue
                if isinstance(each, str):
                    passed.append(each)
                else:
                    heappush(ready, (self._events[each].order, each))

    def _taken_back(self) -> dict[int, list[int]]:
        """The reversals of each deed, where it was done on the same day."""
        numbers = {id(event): number for number, event in enumerate(self._events)}
        found: dict[int, list[int]] = defaultdict(list)
        for each in _taken_back(self._events):
            found[numbers[id(each.deed)]].append(numbers[id(each.by)])
        return dict(found)

    def _is_entangled(self, event: Event) -> bool:
        """Whether acts that tell of an event, or of others together with them, come after one
        another.
        """
        numbers = {i for act_id in event.acts for i in self._shared.get(act_id, ())}
        together = {act_id for number in numbers for act_id in self._events[number].acts}
        return bool(together) and not together.isdisjoint(self._before(event.acts))

    def _looked_through(self, number: int, undoing: Iterable[int]) -> Iterator[int]:
        """The moves for which one waits: a deed for nothing that comes after its reversals."""
        event = self._events[number]
        taking = {act_id for by in undoing for act_id in self._events[by].acts}
        before = self._before(event.acts)
        found = {i for act_id in before for i in self._by_act.get(act_id, ())}
        for each in looking(sorted(found)):
            other = self._events[each]
            if not is_after(event, other, before):
                continue
            if taking.isdisjoint(other.acts) and taking.isdisjoint(self._before(other.acts)):
                yield each

    def _before(self, acts: Iterable[str]) -> set[str]:
        """All acts after which some acts come, in turn."""
        found, waiting = set[str](), list(acts)
        for each in looking(waiting):
            new = [i for i in self._follows.get(each, ()) if i not in found]
            found.update(new)
            waiting += new
        return found
