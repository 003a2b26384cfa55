"""Who stands for whom on a day, and with what mandate.

Parties obey the recording clock only: the last recorded version answers, and a
representation also its own days.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from functools import partial

from ledger_service.domain.entries import Mandate, Party, Representation
from ledger_service.domain.facts import Point
from ledger_service.domain.history import History


class Parties:
    """The representations of a history. Any thread may ask."""

    def __init__(self, history: History) -> None:
        self._history = history
        self._facts = history.facts
        self._at = Point(history.position, 0, 0, history.touched)

    def principal(self, party: str, day: date) -> str:
        """Whom a party stands for in the end on a day; itself if for nobody. A circle
        of representatives stands for its smallest id.
        """
        return self._chain(party, day)[1]

    def principals(self, parties: Iterable[str], day: date) -> frozenset[str]:
        """The principals of several parties."""
        return frozenset(self.principal(p, day) for p in parties)

    def paths(self, parties: Iterable[str], day: date) -> frozenset[str]:
        """Several parties and everybody for whom they stand on a day."""
        found = set(parties)
        for party in list(found):
            links, _ = self._chain(party, day)
            found.update(link.principal for link in links)
        return frozenset(found)

    def representation(self, party: str, day: date) -> Representation | None:
        """How a party represents another one on a day; None when it does not."""
        return self._link_on(party, day)

    def mandated(self, party: str, day: date, move: Mandate) -> bool:
        """Whether a party may make a move for its principal: itself always, a
        representative when every link of the chain carries the mandate.
        """
        links, _ = self._chain(party, day)
        return all(move in link.mandate or Mandate.ALL in link.mandate for link in links)

    def backs(
        self, party: str, day: date, among: frozenset[str], move: Mandate | None = None
    ) -> frozenset[str]:
        """The principals in `among` for whom a party stands on a day: itself, and whoever
        is further up its chain. With `move`, only those up to whom every link carries
        the mandate for it.
        """
        found = {party} & among
        links, _ = self._chain(party, day)
        for link in links:
            if move and not {move, Mandate.ALL} & set(link.mandate):
                break
            found |= {link.principal} & among
        return frozenset(found)

    def ever(self, party: str) -> frozenset[str]:
        """Everybody for whom a party stands on some day, itself included."""
        found, waiting = {party}, [party]
        while waiting:
            for link in self._links(waiting.pop()):
                if link.principal not in found:
                    found.add(link.principal)
                    waiting.append(link.principal)
        return frozenset(found)

    def members(self, principal: str) -> frozenset[str]:
        """All parties that stand for a principal on some day, itself included."""
        if stretch := self._facts.stretch:
            stretch.positions(self._history.position, self._history.position + 1)
        found = {principal}
        waiting = [principal]
        while waiting:
            of = waiting.pop()
            for party in self._history.representatives(of):
                if party not in found and any(x.principal == of for x in self._links(party)):
                    found.add(party)
                    waiting.append(party)
        return frozenset(found)

    def _links(self, party: str) -> tuple[Representation, ...]:
        find = partial(self._represented, party)
        return self._facts.once(("represents", party), self._at, find)

    def _represented(self, party: str) -> tuple[Representation, ...]:
        if stretch := self._facts.stretch:
            stretch.entry(party, self._history.versions_hold(party))
        versions = self._history.versions(party)
        state = versions[-1].state if versions else None
        return state.represents if isinstance(state, Party) else ()

    def _chain(self, party: str, day: date) -> tuple[tuple[Representation, ...], str]:
        if not self._links(party):
            return (), party
        key = ("stands for", party, day)
        return self._facts.once(key, self._at, partial(self._walk, party, day))

    def _walk(self, party: str, day: date) -> tuple[tuple[Representation, ...], str]:
        passed = [party]
        links: list[Representation] = []
        while link := self._link_on(passed[-1], day):
            if link.principal in passed:
                circle = passed[passed.index(link.principal) :]
                head = min(circle)
                return tuple(links[: passed.index(head)]), head
            links.append(link)
            passed.append(link.principal)
        return tuple(links), passed[-1]

    def _link_on(self, party: str, day: date) -> Representation | None:
        for link in self._links(party):
            if (link.from_day or day) <= day <= (link.to_day or day):
                return link
        return None
