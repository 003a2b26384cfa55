"""What a picture knows of an entry: the version that answers, and when it can have happened."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import NamedTuple

import msgspec

from ledger_service.domain.values.cuts import Policy
from ledger_service.domain.values.entries import (
    Act,
    Commitment,
    CommitmentFulfilled,
    Evidence,
    Instrument,
    IntervalDate,
    Relation,
    Version,
    Words,
)
from ledger_service.domain.values.leaves import Leaf, leaves

#: A version that takes so many characters weighs twice as much as one that takes none.
_CHARACTERS = 500
#: More relations are looked up rather than looked through.
_FEW_RELATIONS = 8


@dataclass(frozen=True)
class PossibleDays:
    """The first and last day on which something can have happened. `unbounded`: nothing bounds
    the start, and `first` is the last day too.
    """

    first: date
    last: date
    unbounded: bool = False

    def day(self, policy: Policy) -> date:
        """The day from which it counts under a policy."""
        return self.last if policy is Policy.CERTAIN else self.first

    @property
    def is_exact(self) -> bool:
        """Whether it counts from the same day under every policy."""
        return self.first == self.last and not self.unbounded

    @property
    def earliest(self) -> date:
        """The first day; the beginning of time when nothing bounds the start."""
        return date.min if self.unbounded else self.first


@dataclass(frozen=True)
class VisibleEntry:
    """An act, commitment or instrument that a picture knows: the version that answers, the evidence that
    counts, when it happened, and since when it is visible.
    """

    id: str
    version: Version
    evidence: tuple[Evidence, ...]
    span: PossibleDays
    day: date
    since: date

    @property
    def act(self) -> Act:
        assert isinstance(self.version.state, Act)
        return self.version.state

    @property
    def commitment(self) -> Commitment:
        assert isinstance(self.version.state, Commitment)
        return self.version.state

    @property
    def instrument(self) -> Instrument:
        assert isinstance(self.version.state, Instrument)
        return self.version.state

    @property
    def is_act(self) -> bool:
        return isinstance(self.version.state, Act)

    @property
    def is_commitment(self) -> bool:
        return isinstance(self.version.state, Commitment)

    @property
    def is_instrument(self) -> bool:
        return isinstance(self.version.state, Instrument)

    @property
    def occurred(self) -> IntervalDate:
        """When it happened, as the version that answers says it."""
        assert isinstance(self.version.state, (Act, Commitment, Instrument))
        return self.version.state.occurred

    @property
    def relations(self) -> tuple[Relation, ...]:
        assert isinstance(self.version.state, (Act, Commitment, Instrument))
        return self.version.state.relations

    def relations_to(self, target: str) -> Sequence[Relation]:
        """Its relations to one entry, in order."""
        relations = self.relations
        if len(relations) > _FEW_RELATIONS:
            return self._by_target.get(target, ())
        return [relation for relation in relations if relation.target == target]

    @cached_property
    def _by_target(self) -> dict[str, list[Relation]]:
        found: dict[str, list[Relation]] = defaultdict(list)
        for relation in self.relations:
            found[relation.target].append(relation)
        return dict(found)

    @property
    def has_conditions(self) -> bool:
        """Whether its terms wait for something, or are kept until something comes."""
        terms = self.commitment
        return terms.antecedent is not None or terms.until_condition is not None

    @property
    def leaves(self) -> tuple[Leaf, ...]:
        """The conditions at the ends of its antecedent, from left to right."""
        return self._leaves if self.commitment.antecedent else ()

    @property
    def awaited(self) -> tuple[str, ...]:
        """The commitments that its antecedent waits for."""
        return self._awaited if self.commitment.antecedent else ()

    @property
    def until_leaves(self) -> tuple[Leaf, ...]:
        """The conditions at the ends of its `until_condition`, from left to right."""
        return self._until_leaves if self.commitment.until_condition else ()

    @property
    def has_words(self) -> bool:
        """Whether its conditions have words, which acts may meet."""
        return any(isinstance(leaf, Words) for leaf in (*self.leaves, *self.until_leaves))

    @property
    def ended_by(self) -> tuple[str, ...]:
        """The commitments for which its `until_condition` waits."""
        return _commitments(self.until_leaves)

    @property
    def rests_on(self) -> tuple[str, ...]:
        """The commitments that it names in its terms, so that its standing depends on theirs."""
        terms = self.commitment
        if terms.until_condition is None and terms.due_after is None:
            return self.awaited
        after = terms.due_after.commitment if terms.due_after else ""
        named = [*self.awaited, *self.ended_by, *([after] if after else ())]
        return tuple(dict.fromkeys(named))

    # What is kept costs a lock when it is found, and most have no antecedent.

    @cached_property
    def _leaves(self) -> tuple[Leaf, ...]:
        antecedent = self.commitment.antecedent
        return tuple(leaves(antecedent.condition)) if antecedent else ()

    @cached_property
    def _until_leaves(self) -> tuple[Leaf, ...]:
        until = self.commitment.until_condition
        return tuple(leaves(until.condition)) if until else ()

    @cached_property
    def _awaited(self) -> tuple[str, ...]:
        return _commitments(self._leaves)

    @cached_property
    def order(self) -> tuple[date, str]:
        """The sort key of entries: day, then id."""
        return (self.day, self.id)

    @property
    def weight(self) -> int:
        """Its weight in a cache, beyond that of an empty entry."""
        return 1 + len(msgspec.json.encode(self.version.state)) // _CHARACTERS


class RestsOn(NamedTuple):
    """The entries on which an answer rests in one reading of dates: `events` because they
    happened, `checks` because they say something about others, which counts once it is known.
    """

    events: set[str]
    checks: set[str]

    def add(self, other: RestsOn) -> None:
        """Takes over what another one rests on."""
        self.events.update(other.events)
        self.checks.update(other.checks)


def _commitments(found: Sequence[Leaf]) -> tuple[str, ...]:
    named = [leaf.commitment for leaf in found if isinstance(leaf, CommitmentFulfilled)]
    return tuple(dict.fromkeys(named))


class Grounds(NamedTuple):
    """The entries on which an answer rests, and those of which the dates leave open whether it
    rests on them.
    """

    why: frozenset[str]
    in_doubt: frozenset[str]


#: Of what rests on nothing, or says elsewhere on what it rests.
NO_GROUNDS = Grounds(frozenset(), frozenset())
