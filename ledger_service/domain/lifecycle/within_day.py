"""Conditions within a day: words are met in the turn of the act that meets them, and are met no
longer once that was taken back.
"""

from __future__ import annotations

from datetime import date

from ledger_service.domain.lifecycle.antecedents import Level
from ledger_service.domain.lifecycle.case import DONE, Case
from ledger_service.domain.lifecycle.conditions import Conditions, Counts, TakenBack, Tree
from ledger_service.domain.lifecycle.events import Event
from ledger_service.domain.picture.visible_entry import VisibleEntry
from ledger_service.domain.values.leaves import Leaf

_Key = tuple[str, Tree, Leaf]


class WithinDay:
    """How the acts that conditions are about differ, at some moment of a day, from what they
    are at its end.
    """

    def __init__(self, conditions: Conditions) -> None:
        self._conditions = conditions
        self._beside: dict[_Key, Counts] = {}
        self._early: set[_Key] = set()

    def clear(self) -> None:
        """Forgets the moment: the day is at its end."""
        self._beside.clear()
        self._early.clear()

    def beside(self, key: _Key) -> Counts | None:
        """What to add to the numbers of acts of each level that a leaf has; None for nothing."""
        return self._beside.get(key)

    def hold_back(self, case: Case, event: Event, times: int = 1) -> None:
        """Lets words be met only once the move of an act of this day has its turn; with `times`
        -1 it has.
        """
        made = event.made
        assert made is not None
        for met in self._conditions.met_leaves(case, made.act, made.relation.condition):
            if _was_met_early(case, made.act, met.deadline):
                continue
            counts = self._counts((case.id, met.tree, met.leaf))
            counts[met.after] -= times
            counts[met.before] += times

    def take_back(self, case: Case, taken: TakenBack) -> None:
        """Lets a condition be met no longer by what was wholly taken back on the day."""
        counts = self._counts(taken.leaf)
        counts[self._conditions.level_of(case, taken)] -= 1
        counts[Level.PENDING] += 1

    def meet(self, case: Case, event: Event) -> None:
        """Applies an act that meets words. It changes something when these hold through it."""
        assert event.made is not None
        act, label = event.made.act, event.made.relation.condition
        if claim := self._conditions.claim(case, act, label):
            case.became(event, claim)
            return
        before = self._that_hold(case, event)
        self.hold_back(case, event, -1)
        new = self._that_hold(case, event) > before or self._met_early(case, event)
        case.became(event, DONE if new and not case.ended else case.nothing)

    def _met_early(self, case: Case, event: Event) -> bool:
        """Whether an act is the first to tell that words had been met before the promise."""
        assert event.made is not None
        act, label = event.made.act, event.made.relation.condition
        early = {
            (case.id, met.tree, met.leaf)
            for met in self._conditions.met_leaves(case, act, label)
            if met.after is Level.HOLDS and _was_met_early(case, act, met.deadline)
            if met.last is None or met.last >= case.day
        }
        first = not early <= self._early
        self._early |= early
        return first

    def _that_hold(self, case: Case, event: Event) -> int:
        """How many of the words that an act meets hold."""
        assert event.made is not None
        act, label = event.made.act, event.made.relation.condition
        levels = [
            self._conditions.level(
                case,
                met.leaf,
                met.deadline,
                event.day,
                met.tree,
                self._beside.get((case.id, met.tree, met.leaf)),
            )
            for met in self._conditions.met_leaves(case, act, label)
        ]
        return levels.count(Level.HOLDS)

    def _counts(self, key: _Key) -> Counts:
        return self._beside.setdefault(key, [0] * len(Level))


def _was_met_early(case: Case, act: VisibleEntry, deadline: date | None) -> bool:
    """Whether words were met in time, before there was a promise that waits for them."""
    return act.day < case.day and deadline is not None and deadline < case.day
