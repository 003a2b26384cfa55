"""Which acts come after which, as they say themselves: what follows or responds to something
comes after it, in turn, also through acts that move nothing. Of acts that follow one another in a
circle the one with the smallest id comes after no other of them.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import NamedTuple

from ledger_service.domain.lifecycle.elsewhere import behind_an_act
from ledger_service.domain.lifecycle.events import PHASES, Event
from ledger_service.domain.lifecycle.moves import followed
from ledger_service.domain.picture.circles import circles
from ledger_service.domain.picture.picture import Picture
from ledger_service.domain.picture.visible_entry import VisibleEntry
from ledger_service.domain.values.stopping import look

#: Leads to all acts of a circle; no act has it as its id.
_ROOT = ""

_NOTHING = frozenset[str]()


class Past(NamedTuple):
    """A day after which neither an act nor any that it follows, in turn, moves anything, and
    what it is said to follow, but does not come after, since they follow one another.
    """

    latest: date
    besides: frozenset[str] = _NOTHING


def comes_after(picture: Picture, act: VisibleEntry) -> Sequence[str]:
    """The entries after which an act comes by its own word."""
    said = followed(act)
    if not said:
        return said
    besides = past(picture, act.id).besides
    return [each for each in said if each not in besides] if besides else said


def all_before(picture: Picture, day: date, acts: Iterable[str]) -> Iterator[str]:
    """All acts after which some acts come, in turn, as far as any behind them may move
    something on a day or later.
    """
    waiting = deque(acts)
    found = set[str]()
    while waiting:
        look()
        act = picture.act(waiting.popleft())
        for each in comes_after(picture, act) if act else ():
            if each in found or not picture.act(each) or past(picture, each).latest < day:
                continue
            found.add(each)
            waiting.append(each)
            yield each


def is_behind(picture: Picture, event: Event, others: Sequence[Event]) -> bool:
    """Whether an event of a day comes after any of some others of that day."""
    if not event.follows or not others:
        return False
    before = set(all_before(picture, event.day, event.acts))
    return bool(before) and any(is_after(event, other, before) for other in others)


def is_after(event: Event, other: Event, before: set[str]) -> bool:
    """Whether an event comes after another one, of all acts `before` its own. Of what one act
    does nothing comes after the rest.
    """
    return not before.isdisjoint(other.acts) and set(event.acts).isdisjoint(other.acts)


def past(picture: Picture, act_id: str) -> Past:
    """What lies before a visible act."""

    def find() -> dict[Hashable, Past]:
        known: dict[str, date] = {}
        computed: dict[Hashable, Past] = {}

        def leads_to(each: str) -> list[str]:
            act = picture.act(each)
            found = [i for i in followed(act) if picture.act(i)] if act else []
            for other in found:
                if other not in known and picture.remembers("past", other):
                    known[other] = past(picture, other).latest
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
            computed.update({i: Past(latest, besides) for i, besides in _unwound(acts)})
        return computed

    return picture.memoised_together("past", act_id, find)


def _last_move(picture: Picture, act: VisibleEntry) -> date:
    """A day after which an act moves nothing by itself."""
    last = act.span.last
    for relation in act.relations:
        if relation.kind in PHASES:
            target = picture.entry(relation.target)
            named = relation.takes_effect or last
            last = max(last, named, target.span.last if target else last)
            last = max([last, *(aim.day for aim in behind_an_act(picture, relation))])
    return last


def _unwound(acts: Sequence[VisibleEntry]) -> Iterator[tuple[str, frozenset[str]]]:
    """What each act that follows others in a circle does not come after: the one with the
    smallest id none of them, and so on with the circles that are left.
    """
    if len(acts) == 1:
        [act] = acts
        yield act.id, frozenset((act.id,)) if act.id in followed(act) else _NOTHING
        return
    follows = {act.id: set(followed(act)) for act in acts}
    kept = {each: others.intersection(follows) - {each} for each, others in follows.items()}
    groups = [list(kept)]
    while groups:
        for circle in circles(_ROOT, _leading(groups.pop(), kept)):
            if len(circle) > 1:
                kept[min(circle)].difference_update(circle)
                groups.append(circle)
    for each, others in follows.items():
        yield each, frozenset(others.intersection(follows) - kept[each])


def _leading(
    among: Sequence[str], follows: Mapping[str, set[str]]
) -> Callable[[str], Sequence[str]]:
    inside = set(among)

    def leads_to(each: str) -> Sequence[str]:
        if each == _ROOT:
            return sorted(among)
        return sorted(follows[each].intersection(inside))

    return leads_to
