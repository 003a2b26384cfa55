"""Who is who on a day: for whom a party stands, and with what mandate.

A party that was found out to be another one is that one. A representative stands for its
principal on the days of the representation. Which of these ties count is settled in `ties`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import date
from functools import partial
from typing import NamedTuple, TypeAlias, TypeVar, cast

from ledger_service.domain.picture.history import History
from ledger_service.domain.picture.identities import Identities
from ledger_service.domain.picture.memo import ALL_OUT, END, CutPoint, Result
from ledger_service.domain.picture.ties import PartyTies, Ties
from ledger_service.domain.values.entries import Mandate, Party, Representation
from ledger_service.domain.values.stopping import look, looking

T = TypeVar("T")

#: For whom a party stands: principals, each up to before a day, as an ordinal.
Stretches: TypeAlias = tuple[tuple[int, str], ...]

_LAST_DAY = date.max.toordinal()
_NOBODY = frozenset[str]()


class Circle(NamedTuple):
    """Some parties and everybody for whom they stand on a day. `reaches_further`: one of these
    has ties that are no representations, on this day or another.
    """

    everybody: frozenset[str]
    reaches_further: bool


class _Chain(NamedTuple):
    """Whom a party represents, and so on upwards. Links share the chain above them. `party`
    and `principal` are the ids by which these go. `reaches_further` as of a `Circle`.
    """

    principal: str
    party: str
    reaches_further: bool
    link: Representation | None = None
    above: _Chain | None = None

    def links(self) -> Iterator[tuple[Representation, str]]:
        """Each link with the party to which it leads."""
        chain: _Chain | None = self
        while chain and chain.link and chain.above:
            yield chain.link, chain.above.party
            chain = chain.above


class Parties:
    """The parties of a history. `is_out` tells whether a report is visible under the reading
    of dates that `reading` names; without it all ties count. Any thread may ask.
    """

    def __init__(
        self,
        history: History,
        is_out: Callable[[str], bool] | None = None,
        published: int = ALL_OUT,
        reading: str = "",
    ) -> None:
        self._history = history
        self._memo = history.memo
        self._at = CutPoint(history.position, 0, published, history.touched)
        self._reading = reading
        self._ties = Ties(history, self._at, is_out, reading)
        self._identities = Identities(self._memo, self._at, self._ties, reading)

    def ties(self, party: str) -> PartyTies:
        """The ties of a party that count, whatever their days."""
        return self._ties.of(party)

    def whole(self, party: str) -> PartyTies:
        """The ties of a party under all of its ids; of representations those of the smallest."""
        ties = self._ties.of(party)
        if not ties.same:
            return ties
        party = self.one(party)
        key = ("whole", self._reading, party)
        return self._memo.memoised(key, self._at, partial(self._whole, party))

    def _whole(self, party: str) -> PartyTies:
        found = [self._ties.of(each) for each in looking(self.ids(party))]
        return PartyTies(
            found[0].represents,
            self.ids(party)[1:],
            tuple(tie for ties in found for tie in ties.succeeds),
            tuple(tie for ties in found for tie in ties.succeeded_by),
            tuple(tie for ties in found for tie in ties.composed_of),
        )

    def bodies(self) -> tuple[str, ...]:
        """All parties that are composed of others on some day."""
        return self._ties.bodies()

    def ids(self, party: str) -> tuple[str, ...]:
        """All ids of a party, the smallest first: that by which it goes."""
        return self._identities.ids(party)

    def one(self, party: str) -> str:
        """The id by which a party goes: the smallest of those that were found out to be one."""
        return self.ids(party)[0]

    def principal(self, party: str, day: date) -> str:
        """The principal for whom a party stands in the end on a day: itself if it represents
        nobody. The members of a circle stand for the one with the smallest id.
        """
        if self._ties.of(party).stands_alone:
            return party
        return self._chain(party, day).principal

    def principals(self, parties: Iterable[str], day: date) -> frozenset[str]:
        """The principals of several parties."""
        return frozenset([self.principal(p, day) for p in parties])

    def stands_for(self, party: str, day: date) -> tuple[str, bool]:
        """The principal of a party on a day, and whether one on the way to it has ties that
        are no representations.
        """
        ties = self._ties.of(party)
        if ties.stands_alone:
            return party, ties.reaches_further
        chain = self._chain(party, day)
        return chain.principal, chain.reaches_further

    def circle(self, parties: Iterable[str], day: date) -> Circle:
        """Several parties and everybody for whom they stand on a day."""
        found, further = set(parties), False
        for party in list(found):
            ties = self._ties.of(party)
            further = further or ties.reaches_further
            if not ties.stands_alone:
                chain = self._chain(party, day)
                further = further or chain.reaches_further
                found.add(chain.party)
                found.update(above for _, above in chain.links())
        return Circle(frozenset(found), further)

    def memoised(self, name: str, day: date, find: Callable[[], T]) -> T:
        """A cached result about the parties on a day, which must depend on them alone."""
        return self._memo.memoised((name, self._reading, day), self._at, find)

    def paths(self, parties: Iterable[str], day: date) -> frozenset[str]:
        """Several parties and everybody for whom they stand on a day."""
        return self.circle(parties, day).everybody

    def representation(self, party: str, day: date) -> Representation | None:
        """The representation of a party that holds on a day, or None."""
        return self._link_on(self.one(party), day)

    def mandated(self, party: str, day: date, move: Mandate) -> bool:
        """Whether a party may make a move for its principal: it always may for itself, and a
        representative when every link of the chain carries the mandate.
        """
        if self._ties.of(party).stands_alone:
            return True
        links = self._chain(party, day).links()
        return all(move in link.mandate or Mandate.ALL in link.mandate for link, _ in links)

    def backs(
        self, party: str, day: date, among: frozenset[str], move: Mandate | None = None
    ) -> frozenset[str]:
        """The members of `among` for whom a party stands on a day: itself, and those further
        up its chain. With `move`, only those up to whom every link carries the mandate for it.
        """
        if self._ties.of(party).stands_alone:
            return frozenset((party,)) if party in among else _NOBODY
        chain = self._chain(party, day)
        found = {party, chain.party} & among
        for link, above in chain.links():
            if move and not {move, Mandate.ALL} & set(link.mandate):
                break
            found |= {above} & among
        return frozenset(found)

    def over_time(self, party: str) -> Stretches:
        """For whom a party stands, day by day over all days."""
        if self._ties.of(party).stands_alone:
            return ((END, party),)
        key = ("over time", self._reading, party)
        return self._memo.memoised(key, self._at, partial(self._over_time, party), len)

    def together(self, one: str, other: str) -> frozenset[tuple[str, str]]:
        """The pairs of principals for whom two parties stand on one and the same day, over all
        days.
        """
        here, there = self.over_time(one), self.over_time(other)
        found, i, j = set[tuple[str, str]](), 0, 0
        while i < len(here) and j < len(there):
            (ends, principal), (also, partner) = here[i], there[j]
            found.add((principal, partner))
            i, j = i + (ends <= also), j + (also <= ends)
        return frozenset(found)

    def _over_time(self, party: str) -> Stretches:
        found, day = list[tuple[int, str]](), date.min.toordinal()
        while day <= _LAST_DAY:
            principal, day = self._until(party, day)
            if found and found[-1][1] == principal:
                found.pop()
            found.append((day, principal))
        return tuple(found)

    def members(self, principal: str) -> frozenset[str]:
        """All parties that stand for a principal, or are the same, on some day and at some
        cut of publication, itself included.
        """
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
            state = self._last(of)
            near = [tie.party for tie in state.same_as] if state else []
            near += [p for p in self._history.tied_parties(of) if self._leads_to(p, of)]
            for party in looking(near):
                if party not in found:
                    found.add(party)
                    waiting.append(party)
        return frozenset(found)

    def _leads_to(self, party: str, of: str) -> bool:
        """Whether a party represents another one, or is said to be the same."""
        state = self._last(party)
        return state is not None and (
            any(tie.principal == of for tie in state.represents)
            or any(tie.party == of for tie in state.same_as)
        )

    def _last(self, party: str) -> Party | None:
        versions = self._history.versions(party)
        state = versions[-1].state if versions else None
        return state if isinstance(state, Party) else None

    def _chain(self, party: str, day: date) -> _Chain:
        ties = self._ties.of(party)
        if ties.same:
            party = self.one(party)
            ties = self._ties.of(party)
        if not ties.represents:
            return self._end(party)
        result = self._result(party, day.toordinal())
        return cast("_Chain", self._memo.use_on_any_day(result))

    def _until(self, party: str, day: int) -> tuple[str, int]:
        """For whom a party stands on a day, and the first day after it on which that may
        change.
        """
        party = self.one(party)
        if not self._ties.of(party).represents:
            return party, END
        result = self._result(party, day)
        chain = cast("_Chain", self._memo.use_on_any_day(result))
        return chain.principal, result.day_end

    def _result(self, party: str, day: int) -> Result:
        """The chain of a party, as a result that is valid on the days on which it is the same."""
        at = self._at._replace(day=day)
        result = self._memo.recall(self._key(party), at)
        if result is None:
            found = self._memo.compute_together(partial(self._walk, party, at))
            for each, told in found.items():
                self._memo.keep(self._key(each), told)
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
        links: list[tuple[Representation, str]] = []
        here = party
        while here not in place and here not in found:
            look()
            link = self._link_on(here, day)
            self._holds_about(here, at.day)
            if path and (result := self._memo.recall(self._key(here), at)):
                found[here] = self._memo.use(result)
            elif link is None:
                found[here] = self._end(here)
            else:
                place[here] = len(path)
                path.append(here)
                here = self.one(link.principal)
                links.append((link, here))
        order = [*reversed(range(len(path)))]
        if here in place:
            head = min(path[place[here] :])
            found[head] = self._end(head)
            end = place[head]
            order = [*reversed(range(end)), *reversed(range(end + 1, len(path)))]
        for n in order:
            link, principal = links[n]
            above = found[principal]
            further = above.reaches_further or self._ties.of(path[n]).reaches_further
            found[path[n]] = _Chain(above.principal, path[n], further, link, above)
        return found

    def _end(self, party: str) -> _Chain:
        return _Chain(party, party, self._ties.of(party).reaches_further)

    def _holds_about(self, party: str, day: int) -> None:
        """Narrows the region of the result that is being computed to the days around one on
        which the links of a party are the same.
        """
        region = self._memo.region
        assert region is not None
        for link in self._ties.of(party).represents:
            begins = link.from_day.toordinal() if link.from_day else 0
            ends = link.to_day.toordinal() + 1 if link.to_day else END
            for change in (begins, ends):
                region.narrow_days(*((change, END) if change <= day else (0, change)))

    def _link_on(self, party: str, day: date) -> Representation | None:
        for link in self._ties.of(party).represents:
            if (link.from_day or day) <= day <= (link.to_day or day):
                return link
        return None

    def _key(self, party: str) -> tuple[str, str, str]:
        return ("stands for", self._reading, party)
