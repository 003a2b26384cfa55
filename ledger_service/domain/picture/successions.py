"""Who stands in the place of whom, from which day on.

A state dissolves, merges, is renamed, or a part of it splits off. Successions apply in order of
their days. Several on one day apply from the predecessors to the successors; parties that
succeed one another in a circle on one day change nothing among themselves.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import NamedTuple

from ledger_service.domain.picture.circles import circles
from ledger_service.domain.picture.parties import Parties
from ledger_service.domain.values.stopping import looking

#: Leads to all parties of a day; no party has it as its id.
_ROOT = ""


class Turn(NamedTuple):
    """From `day` on, `successors` stand in the place of `predecessor`; beside it, where it
    `continues`. Parties go by their smallest ids.
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
            heirs[successor] = heirs.get(successor, False) or continues
            if successor not in seen:
                seen.add(successor)
                waiting.append(successor)
    return tuple(turn for day in sorted(found) for turn in _in_order(day, found[day]))


def is_succeeded(parties: Parties, party: str) -> bool:
    """Whether some party succeeds one on some day."""
    ties = parties.ties(party)
    if not ties.same:
        return bool(ties.succeeded_by)
    return any(parties.ties(each).succeeded_by for each in parties.ids(party))


def beside(named: frozenset[str], after: Sequence[Turn], day: date) -> frozenset[str]:
    """Some parties and those who came to stand beside them by a day, predecessors included."""
    found = named
    for turn in after:
        if turn.day > day:
            break
        if turn.predecessor in found:
            found |= turn.successors
    return found


def holding(
    named: frozenset[str], after: Sequence[Turn], day: date, left: Mapping[str, date]
) -> frozenset[str]:
    """Those who hold the place of some parties on a day: a predecessor that was succeeded is
    replaced by its successors, unless it continues. Who left by then, each on its day, holds
    nothing any more, and leaves nothing to who succeeds it later.
    """
    found = named
    for turn in after:
        if turn.day > day:
            break
        predecessor = turn.predecessor
        if predecessor in found and left.get(predecessor, turn.day) >= turn.day:
            found |= turn.successors
            if not turn.continues:
                found -= {predecessor}
    return frozenset(party for party in found if left.get(party, date.max) > day)


def became(parties: Parties, party: str, day: date) -> frozenset[str]:
    """Who a party is by a day: those who stand in its place if it does not go on itself, each
    as the principal that it represents.
    """
    found = frozenset({parties.one(party)})
    for turn in turns(parties, found):
        if turn.day <= day and turn.predecessor in found and not turn.continues:
            found = found - {turn.predecessor} | turn.successors
    return parties.principals(found, day)


def successors(parties: Parties, party: str, day: date) -> frozenset[str]:
    """The parties that succeeded one by a day, in turn."""
    asked = frozenset({parties.one(party)})
    return beside(asked, turns(parties, asked), day) - asked


def predecessors(parties: Parties, party: str, day: date) -> frozenset[str]:
    """The parties that one succeeded by a day, in turn."""
    asked = parties.one(party)
    edges: dict[date, dict[str, dict[str, bool]]] = {}
    waiting = [asked]
    seen = {asked}
    while waiting:
        heir = waiting.pop()
        for each in parties.ids(heir):
            for tie in looking(parties.ties(each).succeeds):
                predecessor = parties.one(tie.predecessor)
                if tie.from_day > day or predecessor == heir:
                    continue
                edges.setdefault(tie.from_day, {}).setdefault(predecessor, {})[heir] = True
                if predecessor not in seen:
                    seen.add(predecessor)
                    waiting.append(predecessor)
    found = {asked}
    for when in sorted(edges, reverse=True):
        for turn in reversed([*_in_order(when, edges[when])]):
            if not found.isdisjoint(turn.successors):
                found.add(turn.predecessor)
    return frozenset(found - {asked})


def _of(parties: Parties, predecessor: str) -> Iterator[tuple[date, str, bool]]:
    for each in parties.ids(predecessor):
        for successor, tie in parties.ties(each).succeeded_by:
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
                yield Turn(day, predecessor, frozenset(heirs), any(heirs.values()))
