"""The field paths of the API at which the states and conditions of a request stand."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import NamedTuple

from ledger_service.domain.values.commands import Amendment, NewEntry, RecordCommand
from ledger_service.domain.values.entries import (
    TYPE_NAMES,
    ActOccurred,
    AllOf,
    AnyOf,
    AtLeast,
    CommitmentFulfilled,
    Condition,
    State,
    Words,
)


class StateAtPath(NamedTuple):
    """A state of a request, the id of its entry (empty when it is yet to be made) and its
    path.
    """

    path: str
    entry_id: str
    state: State


def placed_states(
    command: RecordCommand, numbers: Collection[int] | None = None
) -> Iterator[StateAtPath]:
    """The states that the request, or some of its items, state in full, in order."""
    for number in range(len(command.items)) if numbers is None else numbers:
        match command.items[number]:
            case NewEntry(entry_id=entry_id, state=state):
                yield StateAtPath(_state_path(number, "entry", state), entry_id, state)
            case Amendment(entry_id=entry_id, state=state) if state is not None:
                yield StateAtPath(_state_path(number, "amendment", state), entry_id, state)


def _state_path(number: int, item: str, state: State) -> str:
    return f"items[{number}].{item}.state.{TYPE_NAMES[type(state)]}"


class ConditionAtPath(NamedTuple):
    """A node of a tree, its path and its depth; the root has depth 1."""

    path: str
    condition: Condition
    depth: int


def placed_conditions(
    condition: Condition, path: str, depth: int = 1
) -> Iterator[ConditionAtPath]:
    """The node itself and all nodes below it, in preorder."""
    path = f"{path}.{NODE_FIELDS[type(condition)]}"
    yield ConditionAtPath(path, condition, depth)
    if isinstance(condition, AllOf | AnyOf):
        for number, inner in enumerate(condition.conditions):
            yield from placed_conditions(inner, f"{path}.conditions[{number}]", depth + 1)
    elif isinstance(condition, AtLeast):
        for number, inner in enumerate(condition.of):
            yield from placed_conditions(inner, f"{path}.of[{number}]", depth + 1)


#: The name of each kind of condition in the API.
NODE_FIELDS: dict[type, str] = {
    AllOf: "all",
    AnyOf: "any",
    AtLeast: "at_least",
    ActOccurred: "act",
    CommitmentFulfilled: "commitment",
    Words: "words",
}
