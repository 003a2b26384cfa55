"""The conditions at the ends of an antecedent, on which its tree stands."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias

from ledger_service.domain.values.entries import (
    ActOccurred,
    AllOf,
    AnyOf,
    AtLeast,
    CommitmentFulfilled,
    Condition,
    Words,
)

Leaf: TypeAlias = ActOccurred | CommitmentFulfilled | Words


def leaves(condition: Condition) -> Iterator[Leaf]:
    """The conditions at the ends of a tree, from left to right."""
    if isinstance(condition, AllOf | AnyOf):
        for inner in condition.conditions:
            yield from leaves(inner)
    elif isinstance(condition, AtLeast):
        for inner in condition.of:
            yield from leaves(inner)
    else:
        yield condition
