"""Which parties may have dealt with one another, whatever the cuts.

The pairs of principals between whom there may be something are known, in order, without
looking at what there is. This names too many rather than too few: whether two parties dealt
with one another at some cuts is for the rules to say.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from itertools import product

from ledger_service.domain.values.entries import DELIVERIES, Act, Commitment, Party, State
from ledger_service.domain.values.stopping import look, looking

#: Of more parties than these is not remembered who stands for them: in a long chain of
#: representatives all together would take the square of its length.
_REMEMBERED = 200_000
#: Of a party with more principals it is found out again where these lead.
_FEW = 64
_NOBODY: frozenset[str] = frozenset()
_NO_DEALINGS: Mapping[str, int] = {}


class Dealings:
    """The parties that may stand for one another, and those that some act or commitment ties
    to one another, each two from a position on. It only grows: one thread at a time adds to
    it, and others that read meanwhile may or may not see what is being added.
    """

    def __init__(self) -> None:
        self._above: dict[str, set[str]] = defaultdict(set)
        self._below: dict[str, set[str]] = defaultdict(set)
        self._succeeded = set[str]()
        self._dealt: dict[str, dict[str, int]] = defaultdict(dict)
        # Replaced when something is added on which they rest.
        self._members: dict[str, frozenset[str]] = {}
        self._left = _REMEMBERED
        self._order: tuple[str, ...] | None = None

    def tie(self, represents: Iterable[tuple[str, str]]) -> None:
        """Adds parties that may stand for others, each with the other one."""
        for party, principal in represents:
            self._above[party].add(principal)
            self._below[principal].add(party)
            self._forget()

    def succeed(self, predecessors: Iterable[str]) -> None:
        """Adds parties that others may succeed."""
        self._succeeded.update(predecessors)

    def deal(self, dealings: Iterable[tuple[str, str, int]]) -> None:
        """Adds pairs of parties that are tied to one another from a position on."""
        for party, other, since in dealings:
            for one, two in ((party, other), (other, party)):
                if one not in self._dealt:
                    self._order = None
                known = self._dealt[one].get(two)
                if known is None or since < known:
                    self._dealt[one][two] = since

    def copy(self) -> Dealings:
        """A copy that can be added to without changing this one."""
        other = Dealings()
        other._above.update((party, set(those)) for party, those in self._above.items())
        other._below.update((party, set(those)) for party, those in self._below.items())
        other._succeeded.update(self._succeeded)
        other._dealt.update((party, dict(dealt)) for party, dealt in self._dealt.items())
        return other

    def members(self, party: str) -> frozenset[str]:
        """All who may stand for a party or be the same on some day, itself included."""
        found = self._members.get(party)
        if found is None:
            found = _closure(party, self._below)
            if 1 < len(found) <= self._left:
                self._left -= len(found)
                self._members[party] = found
        return found

    def pairs(
        self,
        position: int,
        may_end: Callable[[str], bool],
        among: AbstractSet[str] | None = None,
        *,
        backwards: bool = False,
    ) -> Iterator[tuple[str, str]]:
        """The pairs of principals between whom something may have been given or promised at a
        position, each in order of its ids, in the order of these or backwards. `may_end` tells
        whether a party stands for itself on some day. Of those with one `among` some parties
        nobody else's dealings are looked at.
        """
        ends: dict[str, bool] = {}

        def is_end(party: str) -> bool:
            if party not in ends:
                ends[party] = may_end(party)
            return ends[party]

        reached: dict[str, frozenset[str]] = {}

        def faced(one: str) -> set[str]:
            found = set[str]()
            for each in self.members(one):
                for other in looking(self._dealt_with(each, position)):
                    up = reached.get(other)
                    if up is None:
                        up = _closure(other, self._above)
                        if len(up) <= _FEW:
                            reached[other] = up
                    found |= up
            return found

        if among is not None:
            ones = filter(is_end, looking(among))
            chosen = {
                (one, other) if one < other else (other, one)
                for one in ones
                for other in faced(one)
                if one != other
            }
            in_order = sorted(chosen, reverse=backwards)
            yield from (pair for pair in looking(in_order) if all(map(is_end, pair)))
            return
        everybody = self._in_order()
        for one in reversed(everybody) if backwards else everybody:
            look()
            if is_end(one):
                behind = sorted((o for o in faced(one) if o > one), reverse=backwards)
                yield from ((one, other) for other in behind if is_end(other))

    def handed_on(
        self, position: int, among: AbstractSet[str] | None = None
    ) -> Iterator[tuple[str, str]]:
        """The pairs of parties that were tied to one another by a position, of which one may
        stand for somebody who may be succeeded: another one may hold by now what it promised.
        Of those with one `among` some parties this one comes first.
        """
        concerned = set[str]()
        for party in list(self._succeeded):
            if party not in concerned:
                concerned |= self.members(party)
        for party in looking(concerned if among is None else among):
            for other in self._dealt_with(party, position):
                if among is None or party in concerned or other in concerned:
                    yield party, other

    def _dealt_with(self, party: str, position: int) -> Iterator[str]:
        # A copy, since another thread may add to it.
        dealt = list(self._dealt.get(party, _NO_DEALINGS).items())
        return (other for other, since in dealt if since <= position)

    def _in_order(self) -> tuple[str, ...]:
        """All parties for whom somebody may stand who dealt with another one."""
        found = self._order
        if found is None:
            everybody = set[str]()
            for party in looking(list(self._dealt)):
                if party not in everybody:
                    everybody |= _closure(party, self._above)
            found = self._order = tuple(sorted(everybody))
        return found

    def _forget(self) -> None:
        self._members, self._left = {}, _REMEMBERED
        self._order = None


def add(dealings: Dealings, entry_id: str, state: State, position: int) -> None:
    """Adds what a version of an entry tells."""
    if isinstance(state, Party):
        dealings.tie((entry_id, tie.principal) for tie in state.represents)
        dealings.tie((entry_id, tie.party) for tie in state.same_as)
        dealings.tie((tie.party, entry_id) for tie in state.same_as)
        dealings.succeed(tie.predecessor for tie in state.succeeds)
    elif isinstance(state, Act) and state.kind in DELIVERIES:
        pairs = product(state.actors, state.counterparties)
        dealings.deal((actor, other, position) for actor, other in pairs)
    elif isinstance(state, Commitment):
        pairs = product(state.debtors, state.creditors)
        dealings.deal((debtor, creditor, position) for debtor, creditor in pairs)


def _closure(start: str, leads_to: Mapping[str, set[str]]) -> frozenset[str]:
    found, waiting = {start}, [start]
    while waiting:
        new = leads_to.get(waiting.pop(), _NOBODY) - found
        if new:
            look()
            found |= new
            waiting += new
    return frozenset(found)
