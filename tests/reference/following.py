"""In which order the acts of one day come, where they say so themselves."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ledger_service.domain.values.entries import RelationKind
from tests.reference.kin import closure
from tests.reference.world import World

AFTER = {RelationKind.FOLLOWS, RelationKind.RESPONDS_TO}


class Following:
    """Which acts come after which: by `follows` and `responds_to`, in turn, also through acts
    that move nothing. A circle is broken at its smallest id: that act follows nobody in it."""

    def __init__(self, world: World) -> None:
        self.after = unwound(
            {
                act.id: {
                    r.target
                    for r in act.state.relations
                    if r.kind in AFTER and r.target in world.acts
                }
                for act in world.acts.values()
            }
        )

    def before(self, act: str) -> set[str]:
        """All acts that come before an act."""
        return closure(self.after.get(act, ()), lambda a: self.after.get(a, set()))

    def is_before(self, some: Iterable[str], others: Iterable[str]) -> bool:
        """An act of the others says that it comes after one of some."""
        some, others = set(some), set(others)
        return not some & others and any(some & self.before(other) for other in others)

    def are_ordered(self, one: str, two: str) -> bool:
        return self.is_before([one], [two]) or self.is_before([two], [one])


def unwound(after: Mapping[str, set[str]]) -> dict[str, set[str]]:
    """Without circles: each is broken at its smallest id, until none is left."""
    ties = {act: set(others) for act, others in after.items()}
    while True:
        circle = next((c for act in sorted(ties) if (c := circle_of(act, ties))), None)
        if circle is None:
            return ties
        ties[min(circle)] -= circle


def circle_of(act: str, ties: Mapping[str, set[str]]) -> set[str]:
    """The acts that come both before and after an act, and itself; empty if it is in no
    circle."""

    def step(a: str) -> set[str]:
        return ties.get(a, set())

    before = closure(step(act), step)
    return {a for a in before if act in closure(step(a), step)} if act in before else set()
