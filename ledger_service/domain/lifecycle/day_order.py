"""The order in which moves take effect within a day.

By phase, then by entry id; but what follows something, in turn and also through acts that move
nothing, comes after it. So again and again the first move is taken of those whose predecessors
are taken. Acts that follow one another in a circle begin with the one with the smallest id.
Nothing is taken back before it was done: a deed waits for nothing that comes after its reversal,
whatever it is said to follow.
The order of two moves depends on what they follow alone, never on which other commitments are
looked at: what these acts move elsewhere on the day takes its turn too.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from heapq import heapify, heappop, heappush
from itertools import count, islice
from typing import NamedTuple

from ledger_service.domain.lifecycle.elsewhere import BESIDE, behind_an_act, moved_by
from ledger_service.domain.lifecycle.events import PHASES, Event, Phase
from ledger_service.domain.lifecycle.moves import ANNOUNCED, followed
from ledger_service.domain.picture.circles import circles
from ledger_service.domain.picture.picture import Picture
from ledger_service.domain.picture.visible_entry import VisibleEntry
from ledger_service.domain.values.entries import RelationKind
from ledger_service.domain.values.stopping import look, looking

#: A move in its turn: phase, entry, commitment, deed, number, event.
_Turn = tuple[Phase, str, str, str, int, Event]

#: So many acts behind one are looked through before all of a day is put in order.
_NEAR = 16

#: Leads to all acts of a day; no act has it as its id.
_ROOT = ""


def in_order(
    picture: Picture, day: date, happening: Sequence[Event], known: Collection[str]
) -> list[Event]:
    """The events of a day on some known commitments in the order in which they take effect."""
    plain = sorted(happening, key=lambda e: e.order)
    if len(plain) < 2 or not any(event.follows for event in plain):
        return plain
    taken_back = _taken_back(plain)
    in_a_row = None if taken_back else _one_by_one(picture, plain)
    return in_a_row or _Day(picture, day, plain, known).in_order()


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


def is_behind(picture: Picture, event: Event, others: Sequence[Event]) -> bool:
    """Whether an event of a day follows some others of that day, in turn."""
    if not event.follows or not others:
        return False
    behind = set(_walk(picture, event.day, event.follows)) - set(event.acts)
    return any(not behind.isdisjoint(other.acts) for other in others)


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
    return [i for i in followed(act) if picture.act(i) and _past(picture, i).latest >= first]


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
        not set(earlier.acts).isdisjoint(_walk(picture, later.day, later.follows))
        for later, earlier in ((other, one), (one, other))
    )


def _one_by_one(picture: Picture, plain: Sequence[Event]) -> list[Event] | None:
    """The events of a day where the acts behind them follow one another in a row, as nearly
    always; None where they do not, or only in ways that take long to find.
    """
    rows: dict[tuple[str, ...], list[Event]] = defaultdict(list)
    for event in plain:
        rows[event.acts].append(event)
    row_of = {act_id: acts for acts in rows for act_id in acts}
    behind: dict[tuple[str, ...], set[tuple[str, ...]]] = {}
    for acts, events in rows.items():
        if any(_past(picture, act_id).in_circle for act_id in acts if picture.act(act_id)):
            return None
        follows = [each for event in events for each in event.follows]
        found = islice(_walk(picture, events[0].day, follows), _NEAR)
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
    """The moves of a day, by the acts that make them, and which acts follow which."""

    def __init__(
        self,
        picture: Picture,
        day: date,
        happening: Sequence[Event],
        known: Collection[str],
    ) -> None:
        self._known = known
        self._number = count()
        self._waiting: dict[str, int] = {}
        self._turns: dict[str, list[_Turn]] = defaultdict(list)
        self._ready: list[_Turn] = []
        self._follows: dict[str, set[str]] = {}
        every = [*happening, *self._elsewhere(picture, day, happening)]
        # An event that several acts tell of waits for what each of them follows.
        told = [(event, _node(event)) for event in every]
        for event, node in told:
            self._turns[node].append(self._turn(event))
            self._follows.setdefault(node, set()).update(event.follows)
        for event, node in told:
            for act_id in event.acts:
                if act_id != node:
                    self._follows.setdefault(act_id, set()).add(node)
        self._break_circles()
        if taken_back := _taken_back(every):
            self._put_apart(taken_back)

    def _elsewhere(
        self, picture: Picture, day: date, happening: Iterable[Event]
    ) -> Iterable[Event]:
        """What the acts that are followed, in turn, move on the day of other commitments, as
        far as any behind them may move something then. Notes which acts these follow.
        """
        elsewhere: dict[Hashable, Event] = {}
        waiting = deque(dict.fromkeys(each for event in happening for each in event.follows))
        passed = set(waiting)
        while waiting:
            look()
            act = picture.act(waiting.popleft())
            if act is None or _past(picture, act.id).latest < day:
                continue
            behind = list(followed(act))
            self._follows.setdefault(act.id, set()).update(behind)
            for event in moved_by(picture, act):
                if event.day != day or event.commitment in self._known:
                    continue
                elsewhere[*event.order, event.kind, event.aim] = event
                behind += event.follows
                if event.deed:
                    behind.append(event.deed)  # it comes before its reversal
            new = [each for each in behind if each not in passed]
            passed.update(new)
            waiting += new
        return elsewhere.values()

    def in_order(self) -> list[Event]:
        """The events of the known commitments, each in its turn."""
        self._followers: dict[str, list[str]] = defaultdict(list)
        for node, follows in self._follows.items():
            self._waiting[node] = len(follows)
            for each in follows:
                self._followers[each].append(node)
        self._left = {node: len(turns) for node, turns in self._turns.items()}
        self._free([node for node, waiting in self._waiting.items() if not waiting])
        heapify(self._ready)
        node_of = {turn[4]: node for node, turns in self._turns.items() for turn in turns}
        left = {turn[4]: turn for turns in self._turns.values() for turn in turns}
        order = []
        while left:
            # Where each waits for another one, it is the one with the smallest id.
            turn = heappop(self._ready) if self._ready else min(left.values(), key=_by_entry)
            if left.pop(turn[4], None) is None:
                continue  # it was its turn before
            if turn[5].commitment in self._known:
                order.append(turn[5])
            node = node_of[turn[4]]
            self._left[node] -= 1
            if not self._left[node]:
                self._free(self._passed(node))
        return order

    def _turn(self, event: Event) -> _Turn:
        return (*event.order[1:], next(self._number), event)

    def _free(self, nodes: list[str]) -> None:
        """Lets the moves of some acts take their turn; what moves nothing is passed at once."""
        for node in nodes:
            turns = self._turns.get(node)
            if not turns:
                nodes += self._passed(node)
            for turn in turns or ():
                heappush(self._ready, turn)

    def _passed(self, node: str) -> list[str]:
        """Those that waited for an act, and for nothing more."""
        freed = []
        for each in self._followers[node]:
            self._waiting[each] -= 1
            if not self._waiting[each]:
                freed.append(each)
        return freed

    def _put_apart(self, taken_back: Sequence[_TakenBack]) -> None:
        """Lets deeds come before their reversals, apart from what else their acts do: a deed
        waits for nothing behind an act that takes it back.
        """
        reversed_by: dict[int, set[str]] = defaultdict(set)
        apart: dict[str, dict[str, Event]] = defaultdict(dict)
        for each in taken_back:
            reversed_by[id(each.deed)].add(_node(each.by))
            for event in each:
                apart[_node(event)][_apart(event)] = event
        follows = {node: set(others) for node, others in self._follows.items()}
        for node, others in self._follows.items():
            self._follows[node] = _with_parts(others, apart)
        for node, parts in apart.items():
            for name, event in parts.items():
                before = follows[node]
                if behind := reversed_by.get(id(event)):
                    before = {n for n in before if behind.isdisjoint(_reached(n, follows))}
                self._follows[name] = _with_parts(before, apart)
            moved = {id(event): name for name, event in parts.items()}
            for turn in self._turns[node]:
                if id(turn[5]) in moved:
                    self._turns[moved[id(turn[5])]].append(turn)
            self._turns[node] = [t for t in self._turns[node] if id(t[5]) not in moved]
        for each in taken_back:
            self._follows[_apart(each.by)].add(_apart(each.deed))

    def _break_circles(self) -> None:
        """Lets each circle begin with its smallest id: that one follows no other of them."""
        for node, follows in self._follows.items():
            follows.intersection_update(self._follows)
            follows.discard(node)
        groups = [list(self._follows)]
        while groups:
            among = set(groups.pop())

            def leads_to(node: str, among: Collection[str] = among) -> Sequence[str]:
                if node == _ROOT:
                    return sorted(among)
                return sorted(self._follows[node].intersection(among))

            for circle in circles(_ROOT, leads_to):
                if len(circle) > 1:
                    self._follows[min(circle)].difference_update(circle)
                    groups.append(circle)


def _by_entry(turn: _Turn) -> tuple[str, _Turn]:
    return turn[1], turn


def _node(event: Event) -> str:
    return "\n".join(event.acts)


def _apart(event: Event) -> str:
    """The name of a move that takes its turn apart from all else that its acts do."""
    return f"{_node(event)}\n{event.phase}\n{event.commitment}\n{event.deed}"


def _with_parts(nodes: Iterable[str], apart: Mapping[str, Collection[str]]) -> set[str]:
    """Some acts with what takes its turn apart from them."""
    found = set(nodes)
    return found.union(*[apart[node] for node in found if node in apart])


def _reached(node: str, follows: Mapping[str, Collection[str]]) -> set[str]:
    """An act and all that it follows, in turn."""
    found, waiting = {node}, [node]
    while waiting:
        look()
        new = set(follows[waiting.pop()]) - found
        found |= new
        waiting += new
    return found


def _walk(picture: Picture, day: date, follows: Iterable[str]) -> Iterator[str]:
    waiting = deque(follows)
    found = set(waiting)
    while waiting:
        look()
        act_id = waiting.popleft()
        act = picture.act(act_id)
        if act is None or _past(picture, act_id).latest < day:
            continue
        yield act_id
        new = [each for each in followed(act) if each not in found]
        found.update(new)
        waiting += new


class _Past(NamedTuple):
    """A day after which neither an act nor any that it follows, in turn, moves anything, and
    whether it follows itself, in turn.
    """

    latest: date
    in_circle: bool


def _past(picture: Picture, act_id: str) -> _Past:
    def find() -> dict[Hashable, _Past]:
        known: dict[str, date] = {}
        computed: dict[Hashable, _Past] = {}

        def leads_to(each: str) -> list[str]:
            act = picture.act(each)
            found = [i for i in followed(act) if picture.act(i)] if act else []
            for other in found:
                if other not in known and picture.remembers("past", other):
                    known[other] = _past(picture, other).latest
            return [other for other in found if other not in known]

        for circle in circles(act_id, leads_to):
            acts = [act for each in circle if (act := picture.act(each))]
            behind = {i for act in acts for i in followed(act) if i in known}
            latest = max(
                *(_last_move(picture, act) for act in acts),
                *(known[i] for i in behind),
                date.min,
            )
            known.update(dict.fromkeys(circle, latest))
            computed.update(dict.fromkeys(circle, _Past(latest, len(circle) > 1)))
        return computed

    return picture.memoised_together("past", act_id, find)


def _last_move(picture: Picture, act: VisibleEntry) -> date:
    """A day after which an act moves nothing by itself."""
    last = act.span.last
    for relation in act.relations:
        if relation.kind in PHASES:
            target = picture.entry(relation.target)
            named = relation.takes_effect or last
            last = max(last, named, target.day if target else last)
            last = max([last, *(aim.day for aim in behind_an_act(picture, relation))])
    return last
