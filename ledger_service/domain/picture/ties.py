"""The ties of a party to other parties that count at the cuts of a picture.

Parties are read by the recording clock only: the last recorded version of a party answers. A
tie that names reports counts once one of them is visible.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from typing import NamedTuple, TypeVar

from ledger_service.domain.picture.history import BODIES, History
from ledger_service.domain.picture.memo import CutPoint
from ledger_service.domain.values.entries import (
    Identity,
    Membership,
    Party,
    PartyCode,
    PartyName,
    Representation,
    Succession,
    Version,
)
from ledger_service.domain.values.stopping import looking

_Tie = TypeVar("_Tie", Representation, Succession, Membership, Identity)


@dataclass(frozen=True, slots=True)
class PartyTies:
    """The ties of a party that count. `same` are the parties that are directly said to be the
    same, by either of the two; `succeeded_by` are those that succeed it, with their ties.

    `stands_alone`: it is nobody else and represents nobody, on any day. `reaches_further`:
    more than representations tie it: it is the same as another one, is succeeded, or is a body,
    on some day. Both are asked for with every act.
    """

    represents: tuple[Representation, ...] = ()
    same: tuple[str, ...] = ()
    succeeds: tuple[Succession, ...] = ()
    succeeded_by: tuple[tuple[str, Succession], ...] = ()
    composed_of: tuple[Membership, ...] = ()
    stands_alone: bool = field(init=False)
    reaches_further: bool = field(init=False)

    def __post_init__(self) -> None:
        further = self.same or self.succeeded_by or self.composed_of
        object.__setattr__(self, "stands_alone", not (self.represents or self.same))
        object.__setattr__(self, "reaches_further", bool(further))


_NONE = PartyTies()


class _Recorded(NamedTuple):
    """All ties of a party, whether they count or not; `told`: some name reports."""

    ties: PartyTies
    own: Party | None
    others: tuple[tuple[str, Party], ...]
    told: bool


class Ties:
    """The ties of the parties of a history. `is_out` tells whether a report is visible, under
    the reading of dates that `reading` names; without it every tie counts. Any thread may ask.
    """

    def __init__(
        self,
        history: History,
        at: CutPoint,
        is_out: Callable[[str], bool] | None,
        reading: str,
    ) -> None:
        self._history = history
        self._memo = history.memo
        self._at = at
        self._is_out = is_out
        self._reading = reading

    def of(self, party: str) -> PartyTies:
        """The ties of a party that count."""
        found = self._memo.memoised(
            ("recorded ties", party), self._at, partial(self._recorded, party), _weight
        )
        if not found.told or self._is_out is None:
            return found.ties
        key = ("ties", self._reading, party)
        return self._memo.memoised(key, self._at, partial(self._counted, party))

    def _all(self, party: str) -> _Recorded:
        return self._memo.memoised(
            ("recorded ties", party), self._at, partial(self._recorded, party), _weight
        )

    def bodies(self) -> tuple[str, ...]:
        """All parties that are composed of others, by id, whether these ties count or not."""
        return self._memo.memoised(
            ("bodies",), self._at, lambda: tuple(self._sources(BODIES)), len
        )

    def _recorded(self, party: str) -> _Recorded:
        own = self._last(party)
        others = [
            (other, state)
            for other in looking(self._sources(party))
            if (state := self._last(other)) is not None
        ]
        if own is None and not others:
            return _Recorded(_NONE, None, (), told=False)
        states = [state for _, state in others]
        told = any(any(reports_of_ties(state)) for state in (own, *states) if state)
        ties = _ties(party, own, others, lambda _: True)
        return _Recorded(ties, own, tuple(others), told)

    def _counted(self, party: str) -> PartyTies:
        assert self._is_out is not None
        is_out, found = self._is_out, self._all(party)
        return _ties(party, found.own, found.others, lambda reports: any(map(is_out, reports)))

    def _last(self, party: str) -> Party | None:
        if region := self._memo.region:
            region.narrow_to_entry(party, self._history.versions_hold(party))
        versions: Sequence[Version] = self._history.versions(party)
        state = versions[-1].state if versions else None
        return state if isinstance(state, Party) else None

    def _sources(self, party: str) -> list[str]:
        if region := self._memo.region:
            region.narrow_to_entry(party, self._history.sources_hold(party))
        return sorted(self._history.sources(party))


def _ties(
    party: str,
    own: Party | None,
    others: Iterable[tuple[str, Party]],
    told: Callable[[tuple[str, ...]], bool],
) -> PartyTies:
    def counted(ties: Iterable[_Tie]) -> Iterator[_Tie]:
        return (tie for tie in ties if not tie.reports or told(tie.reports))

    same = {tie.party for tie in counted(own.same_as)} if own else set[str]()
    succeeded_by: list[tuple[str, Succession]] = []
    for other, state in others:
        same.update(other for tie in counted(state.same_as) if tie.party == party)
        succeeded_by += (
            (other, tie) for tie in counted(state.succeeds) if tie.predecessor == party
        )
    return PartyTies(
        tuple(counted(own.represents)) if own else (),
        tuple(sorted(same)),
        tuple(counted(own.succeeds)) if own else (),
        tuple(succeeded_by),
        tuple(counted(own.composed_of)) if own else (),
    )


def reports_of_ties(party: Party) -> Iterator[str]:
    """The reports that the ties of a party name."""
    for ties in (party.represents, party.succeeds, party.composed_of, party.same_as):
        for tie in ties:
            yield from tie.reports


def holds(said: Representation | Membership | PartyName | PartyCode, day: date) -> bool:
    """Whether a tie, a name or a code of a party is so on a day; an end that is not told is
    open.
    """
    return (said.from_day or day) <= day <= (said.to_day or day)


def _weight(found: _Recorded) -> int:
    return 1 + len(found.others)
