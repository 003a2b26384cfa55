"""Who represents whom on a day, and with what mandate.

Parties are read by the recording clock only: the last recorded version of a party answers. A
representation holds on its own days.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from functools import partial
from typing import NamedTuple, cast

from ledger_service.domain.picture.history import History
from ledger_service.domain.picture.memo import END, CutPoint, Result
from ledger_service.domain.values.entries import Mandate, Party, Representation
from ledger_service.domain.values.stopping import look

_LAST_DAY = date.max.toordinal()


class _Chain(NamedTuple):
    """Whom a party represents, and so on upwards. Links share the chain above them."""

    principal: str
    link: Representation | None = None
    above: _Chain | None = None

    def links(self) -> Iterator[Representation]:
        chain: _Chain | None = self
        while chain and chain.link:
            yield chain.link
            chain = chain.above


class Parties:
    """The representations of a history. Any thread may ask."""

    def __init__(self, history: History) -> None:
        self._history = history
        self._memo = history.memo
        self._at = CutPoint(history.position, 0, 0, history.touched)

    def principal(self, party: str, day: date) -> str:
        """The principal for whom a party stands in the end on a day: itself if it represents
        nobody. The members of a circle stand for the one with the smallest id.
        """
        return self._chain(party, day).principal if self._links(party) else party

    def principals(self, parties: Iterable[str], day: date) -> frozenset[str]:
        """The principals of several parties."""
        return frozenset(self.principal(p, day) for p in parties)

    def paths(self, parties: Iterable[str], day: date) -> frozenset[str]:
        """Several parties and everybody for whom they stand on a day."""
        found = set(parties)
        for party in filter(self._links, list(found)):
            found.update(link.principal for link in self._chain(party, day).links())
        return frozenset(found)

    def representation(self, party: str, day: date) -> Representation | None:
        """The representation of a party that holds on a day, or None."""
        return self._link_on(party, day)

    def mandated(self, party: str, day: date, move: Mandate) -> bool:
        """Whether a party may make a move for its principal: it always may for itself, and a
        representative when every link of the chain carries the mandate.
        """
        if not self._links(party):
            return True
        links = self._chain(party, day).links()
        return all(move in link.mandate or Mandate.ALL in link.mandate for link in links)

    def backs(
        self, party: str, day: date, among: frozenset[str], move: Mandate | None = None
    ) -> frozenset[str]:
        """The members of `among` for whom a party stands on a day: itself, and those further
        up its chain. With `move`, only those up to whom every link carries the mandate for it.
        """
        found = {party} & among
        if not self._links(party):
            return frozenset(found)
        for link in self._chain(party, day).links():
            if move and not {move, Mandate.ALL} & set(link.mandate):
                break
            found |= {link.principal} & among
        return frozenset(found)

    def together(self, one: str, other: str) -> frozenset[tuple[str, str]]:
        """The pairs of principals for whom two parties stand on one and the same day, over all
        days.
        """
        found, day = set[tuple[str, str]](), date.min.toordinal()
        while day <= _LAST_DAY:
            here, until = self._until(one, day)
            there, also = self._until(other, day)
            found.add((here, there))
            day = min(until, also)
        return frozenset(found)

    def members(self, principal: str) -> frozenset[str]:
        """All parties that stand for a principal on some day, itself included."""
        return self._memo.memoised(
            ("members", principal), self._at, partial(self._members, principal)
        )

    def _members(self, principal: str) -> frozenset[str]:
        if region := self._memo.region:
            region.narrow_positions(self._history.position, self._history.position + 1)
        found = {principal}
        waiting = [principal]
        while waiting:
            of = waiting.pop()
            for party in self._history.tied_parties(of):
                if party not in found and any(x.principal == of for x in self._links(party)):
                    found.add(party)
                    waiting.append(party)
        return frozenset(found)

    def _links(self, party: str) -> tuple[Representation, ...]:
        find = partial(self._represented, party)
        return self._memo.memoised(("represents", party), self._at, find)

    def _represented(self, party: str) -> tuple[Representation, ...]:
        if region := self._memo.region:
            region.narrow_to_entry(party, self._history.versions_hold(party))
        versions = self._history.versions(party)
        state = versions[-1].state if versions else None
        return state.represents if isinstance(state, Party) else ()

    def _chain(self, party: str, day: date) -> _Chain:
        if not self._links(party):
            return _Chain(party)
        result = self._result(party, day.toordinal())
        return cast("_Chain", self._memo.use(result.on_any_day()))

    def _until(self, party: str, day: int) -> tuple[str, int]:
        """For whom a party stands on a day, and the first day after it on which that may
        change.
        """
        if not self._links(party):
            return party, END
        result = self._result(party, day)
        return cast("_Chain", result.value).principal, result.day_end

    def _result(self, party: str, day: int) -> Result:
        """The chain of a party, as a result that is valid on the days on which it is the same."""
        at = self._at._replace(day=day)
        result = self._memo.recall(_key(party), at)
        if result is None:
            found = self._memo.compute_together(partial(self._walk, party, at))
            for each, told in found.items():
                self._memo.keep(_key(each), told)
            result = found[party]
        return result

    def _walk(self, party: str, at: CutPoint) -> dict[str, _Chain]:
        """The chains of a party and of all above it that are not known yet. A circle ends at
        its smallest id, which stands for itself.
        """
        day = date.fromordinal(at.day)
        found: dict[str, _Chain] = {}
        path: list[str] = []
        place: dict[str, int] = {}
        links: list[Representation] = []
        here = party
        while here not in place and here not in found:
            look()
            link = self._link_on(here, day)
            self._holds_about(here, at.day)
            if path and (result := self._memo.recall(_key(here), at)):
                found[here] = self._memo.use(result)
            elif link is None:
                found[here] = _Chain(here)
            else:
                place[here] = len(path)
                path.append(here)
                links.append(link)
                here = link.principal
        order = [*reversed(range(len(path)))]
        if here in place:
            head = min(path[place[here] :])
            found[head] = _Chain(head)
            end = place[head]
            order = [*reversed(range(end)), *reversed(range(end + 1, len(path)))]
        for n in order:
            above = found[links[n].principal]
            found[path[n]] = _Chain(above.principal, links[n], above)
        return found

    def _holds_about(self, party: str, day: int) -> None:
        """Narrows the region of the result that is being computed to the days around one on
        which the links of a party are the same.
        """
        region = self._memo.region
        assert region is not None
        for link in self._links(party):
            begins = link.from_day.toordinal() if link.from_day else 0
            ends = link.to_day.toordinal() + 1 if link.to_day else END
            for change in (begins, ends):
                region.narrow_days(*((change, END) if change <= day else (0, change)))

    def _link_on(self, party: str, day: date) -> Representation | None:
        for link in self._links(party):
            if (link.from_day or day) <= day <= (link.to_day or day):
                return link
        return None


def _key(party: str) -> tuple[str, str]:
    return ("stands for", party)
