"""What the days bring for one commitment, told from its standings on these days."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from itertools import pairwise

from ledger_service.domain.agenda.due_parts import due_parts
from ledger_service.domain.agenda.walking import Days, Stretch, before, behind
from ledger_service.domain.lifecycle.case import NOTICE_GIVEN, TERMINAL
from ledger_service.domain.picture.visible_entry import VisibleEntry
from ledger_service.domain.values.agenda import LAST_DAYS, AgendaItem, AgendaKind
from ledger_service.domain.values.answers import Lifecycle, Standing
from ledger_service.domain.values.cuts import Policy
from ledger_service.domain.values.entries import Antecedent, Commitment, Nature

_NO_ENTRY = ""
_FALLING_DUE = frozenset({AgendaKind.FALLS_DUE, AgendaKind.INSTALMENT_FALLS_DUE})
_BINDING = frozenset({Lifecycle.ACTIVE, Lifecycle.CONDITIONAL})


def items(days: Days, known: VisibleEntry, first: date, last: date) -> Iterator[AgendaItem]:
    """What the days from `first` to `last` bring for a commitment, in no order. `known` is the
    commitment, which may lie ahead. What is due on one day alone has that day once.
    """
    walk = [*days.stretches(known.id, before(first), behind(last)), None]
    lifecycle = _now(days, known)
    readers = [
        _Reader(days.picture.policy, known, lifecycle, here, there)
        for here, there in pairwise(walk)
        if here is not None
    ]
    found = [item for reader in readers for item in reader.named()]
    explained = {_since(item.kind, item.day) for item in found}
    changes = (reader.change() for reader in readers)
    found += [item for item in changes if item and item.day not in explained]
    whole = {(item.day, item.instalment) for item in found if item.kind in _FALLING_DUE}
    for item in found:
        is_the_same = (
            item.kind is AgendaKind.DUE_BEGINS and (item.day, item.instalment) in whole
        )
        if first <= item.day <= last and not is_the_same:
            yield item


def _since(kind: AgendaKind, day: date) -> date:
    """The first day on which something is otherwise because of what a day brings."""
    return behind(day) if kind in LAST_DAYS else day


def _now(days: Days, known: VisibleEntry) -> Lifecycle | None:
    """Where a commitment stands on the day of the cuts."""
    for stretch in days.stretches(known.id, days.picture.as_of, days.picture.as_of):
        return stretch.standing.lifecycle if stretch.standing else None
    return None


def overdue(days: Days, known: VisibleEntry, on: date) -> AgendaItem:
    """That a commitment is overdue on a day."""
    (here,) = list(days.stretches(known.id, on, on))[:1]
    assert here.standing is not None
    reader = _Reader(days.picture.policy, known, _now(days, known), here, None)
    return reader.overdue(here.standing)


class _Reader:
    """Reads what a stretch of days brings, and the day on which the next one begins."""

    def __init__(
        self,
        policy: Policy,
        known: VisibleEntry,
        lifecycle: Lifecycle | None,
        here: Stretch,
        there: Stretch | None,
    ) -> None:
        self._policy = policy
        self._known = known
        self._lifecycle = lifecycle
        self._here = here
        self._then = there.standing if there else None
        self._end = there.first if there else None

    @property
    def _terms(self) -> Commitment:
        return self._known.commitment

    def named(self) -> Iterator[AgendaItem]:
        """What is named on the days of the stretch, and on the day after it."""
        stands = self._here.standing
        if stands is not None:
            yield from self._named_days(stands)
        if self._end is None or self._then is None:
            return
        if stands is None:
            yield self._item(AgendaKind.BEGINS, self._end)
        else:
            yield from self._moves(stands, self._end, self._then)

    def change(self) -> AgendaItem | None:
        """That the standing is another one after the stretch, whatever may be why."""
        stands, then, day = self._here.standing, self._then, self._end
        if stands is None or then is None or day is None or _told(stands) == _told(then):
            return None
        return self._item(AgendaKind.CHANGES, day, _moved_by(then, day))

    def _named_days(self, stands: Standing) -> Iterator[AgendaItem]:
        """What the terms name on days of the stretch, by where it stands on these days."""
        if self._terms.nature is Nature.MAINTENANCE:
            if stands.lifecycle in _BINDING:
                yield from self._on(AgendaKind.ENDS, stands.until)
            if stands.lifecycle is Lifecycle.ACTIVE:
                yield from self._deadline(self._terms.until_condition)
        elif stands.lifecycle is Lifecycle.ACTIVE:
            yield from self._due(stands)
        if stands.lifecycle is Lifecycle.CONDITIONAL:
            yield from self._deadline(self._terms.antecedent)

    def _due(self, stands: Standing) -> Iterator[AgendaItem]:
        for part in due_parts(self._policy, self._terms, stands):
            falls = AgendaKind.INSTALMENT_FALLS_DUE if part.number else AgendaKind.FALLS_DUE
            yield from self._on(falls, part.ends, part.number)
            yield from self._on(AgendaKind.DUE_BEGINS, part.begins, part.number)

    def overdue(self, stands: Standing) -> AgendaItem:
        """That it is overdue. Raises ValueError when it is not."""
        parts = due_parts(self._policy, self._terms, stands)
        ended = [(part.ends, part.number) for part in parts if part.ends]
        day, number = min(ended)
        return self._item(AgendaKind.OVERDUE, day, instalment=number)

    def _deadline(self, awaited: Antecedent | None) -> Iterator[AgendaItem]:
        if awaited is not None:
            yield from self._on(AgendaKind.DEADLINE, awaited.deadline)

    def _moves(self, stands: Standing, day: date, then: Standing) -> Iterator[AgendaItem]:
        """What is moved as the stretch ends: by a notice, or since a suspension ends."""
        if stands.notice_given == day and stands.lifecycle not in TERMINAL:
            noticed = (
                each.act
                for each in stands.conduct
                if each.why_not == NOTICE_GIVEN and each.day == day
            )
            # An act may aim at the commitment and at its instrument.
            for act in dict.fromkeys(noticed):
                yield self._item(AgendaKind.NOTICE_TAKES_EFFECT, day, act)
        if stands.lifecycle is Lifecycle.SUSPENDED and any(
            step.day == day
            and step.before is Lifecycle.SUSPENDED
            and step.entry_id == _NO_ENTRY
            for step in then.steps
        ):
            yield self._item(AgendaKind.SUSPENSION_ENDS, before(day))

    def _on(
        self, kind: AgendaKind, day: date | None, instalment: int = 0
    ) -> Iterator[AgendaItem]:
        """An item on a day, if that is one of the stretch."""
        if day is not None and self._here.has(day):
            yield self._item(kind, day, instalment=instalment)

    def _item(
        self, kind: AgendaKind, day: date, entry: str = "", instalment: int = 0
    ) -> AgendaItem:
        here, then = self._here.standing or self._then, self._then
        assert here is not None
        becomes = then if then and self._end and _since(kind, day) >= self._end else here
        return AgendaItem(
            kind=kind,
            day=day,
            entry_id=entry or self._known.id,
            commitment=self._known.id,
            instrument=self._terms.instrument,
            text=self._terms.consequent,
            held_by=here.held_by,
            lifecycle=self._lifecycle,
            becomes=becomes.lifecycle,
            instalment=instalment,
        )


def _told(stands: Standing) -> object:
    """The parts of a standing that an agenda tells of when they change."""
    return (
        stands.lifecycle,
        stands.flags,
        stands.held_by,
        stands.left_by,
        stands.due,
        stands.until,
        stands.notice_given,
    )


def _moved_by(stands: Standing, day: date) -> str:
    """The entry that moved a commitment on a day; empty when none did."""
    steps = (step.entry_id for step in stands.steps if step.day == day)
    acts = (each.act for each in stands.conduct if each.day == day)
    return next(filter(None, (*steps, *acts)), _NO_ENTRY)
