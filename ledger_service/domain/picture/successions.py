"""Who stands in the place of whom, from which day on.

A state dissolves, merges, is renamed, or a part of it splits off. Successions apply in order of
their days. Several on one day apply from the predecessors to the successors; parties that
succeed one another in a circle on one day change nothing among themselves.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from types import MappingProxyType
from typing import NamedTuple

from ledger_service.domain.picture.circles import circles
from ledger_service.domain.picture.parties import Parties
from ledger_service.domain.values.stopping import looking

#: Leads to all parties of a day; no party has it as its id.
_ROOT = ""


class Turn(NamedTuple):
    """From `day` on, `successors` stand in the place of `predecessor`, which goes on beside
    them if all of their ties say that it `continues`. Parties go by their smallest ids.
    """

    day: date
    predecessor: str
    successors: frozenset[str]
    continues: bool


def turns(
    parties: Parties, among: Iterable[str], after: date | None = None
) -> tuple[Turn, ...]:
    """The successions that concern some parties, and those who succeed them in turn, in the
    order in which they apply; with `after`, only those behind that day.
    """
    found: dict[date, dict[str, dict[str, bool]]] = {}
    waiting = [party for party in among if is_succeeded(parties, party)]
    seen = set(waiting)
    while waiting:
        predecessor = waiting.pop()
        for day, successor, continues in looking(_of(parties, predecessor)):
            if after and day <= after:
                continue
            heirs = found.setdefault(day, {}).setdefault(predecessor, {})
            heirs[successor] = heirs.get(successor, True) and continues
            if successor not in seen:
                seen.add(successor)
                waiting.append(successor)
    return tuple(turn for day in sorted(found) for turn in _in_order(day, found[day]))


def is_succeeded(parties: Parties, party: str) -> bool:
    """Whether some party succeeds one on some day."""
    return bool(parties.whole(party).succeeded_by)


class Side(NamedTuple):
    """All who stand on a side on a day, and those of them who hold it."""

    standing: frozenset[str]
    holding: frozenset[str]


def side(
    named: frozenset[str],
    after: Sequence[Turn],
    day: date,
    left: Mapping[str, date] = MappingProxyType({}),
) -> Side:
    """A side on a day, of which some parties were named at first. Successors stand beside
    their predecessor; who was succeeded does not hold it any more, unless it continues. Those
    who `left`, each on its day, hold nothing, and are not succeeded there later.
    """
    standing = holding = named
    for turn in after:
        if turn.day > day:
            break
        predecessor = turn.predecessor
        if predecessor in standing and left.get(predecessor, turn.day) >= turn.day:
            standing |= turn.successors
            holding |= turn.successors
            if not turn.continues:
                holding -= {predecessor}
    if left:
        holding = frozenset(party for party in holding if left.get(party, date.max) > day)
    return Side(standing, holding)


def became(parties: Parties, party: str, day: date) -> frozenset[str]:
    """Who a party is by a day: the principal that it represents, or who holds the place of
    that one.
    """
    found = frozenset({parties.principal(party, day)})
    return side(found, turns(parties, found), day).holding


def successors(parties: Parties, party: str, day: date) -> frozenset[str]:
    """The parties that succeeded one by a day, in turn."""
    if not is_succeeded(parties, party):
        return frozenset()

    def following(here: str) -> Iterator[tuple[date, str]]:
        return ((since, heir) for since, heir, _ in _of(parties, here))

    return _in_turn(parties.one(party), day, following)


def predecessors(parties: Parties, party: str, day: date) -> frozenset[str]:
    """The parties that one succeeded by a day, in turn."""
    if not parties.whole(party).succeeds:
        return frozenset()

    def before(here: str) -> Iterator[tuple[date, str]]:
        for tie in parties.whole(here).succeeds:
            if (predecessor := parties.one(tie.predecessor)) != here:
                yield tie.from_day, predecessor

    return _in_turn(parties.one(party), day, before)


def _in_turn(
    start: str, day: date, leads_to: Callable[[str], Iterable[tuple[date, str]]]
) -> frozenset[str]:
    """All to which the successions up to a day lead, in turn, but for those within a circle of
    one day.
    """
    edges: dict[date, dict[str, dict[str, bool]]] = {}
    waiting = [start]
    seen = {start}
    while waiting:
        here = waiting.pop()
        for since, there in looking(leads_to(here)):
            if since <= day:
                edges.setdefault(since, {}).setdefault(here, {})[there] = True
                if there not in seen:
                    seen.add(there)
                    waiting.append(there)
    after: dict[str, set[str]] = {}
    for when, on_that_day in edges.items():
        for turn in _in_order(when, on_that_day):
            after.setdefault(turn.predecessor, set()).update(turn.successors)
    found = {start}
    waiting = [start]
    while waiting:
        new = after.get(waiting.pop(), set()) - found
        found |= new
        waiting += new
    return frozenset(found - {start})


def _of(parties: Parties, predecessor: str) -> Iterator[tuple[date, str, bool]]:
    for successor, tie in parties.whole(predecessor).succeeded_by:
        if (heir := parties.one(successor)) != predecessor:
            yield tie.from_day, heir, tie.continues


def _in_order(day: date, edges: Mapping[str, Mapping[str, bool]]) -> Iterator[Turn]:
    """The successions of one day, predecessors first, without those within a circle."""
    group: dict[str, int] = {}
    order: list[list[str]] = []
    if len(edges) == 1:  # as nearly always
        order = [[predecessor] for predecessor in edges]
    else:

        def leads_to(party: str) -> Sequence[str]:
            return sorted(edges if party == _ROOT else edges.get(party, ()))

        order = [*circles(_ROOT, leads_to)][::-1]
        group = {party: n for n, members in enumerate(order) for party in members}
    for members in order:
        for predecessor in sorted(members):
            heirs = {
                heir: continues
                for heir, continues in edges.get(predecessor, {}).items()
                if not group or group[heir] != group[predecessor]
            }
            if heirs:
                yield Turn(day, predecessor, frozenset(heirs), all(heirs.values()))
