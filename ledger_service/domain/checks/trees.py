"""Rules of the trees of conditions of a commitment: what it waits for, and until when it is
kept.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from msgspec.structs import astuple

from ledger_service.domain.checks.every_field import every_field
from ledger_service.domain.checks.fields import LABEL, Violations
from ledger_service.domain.checks.paths import ConditionAtPath, placed_conditions
from ledger_service.domain.values.entries import (
    ActOccurred,
    AllOf,
    Antecedent,
    AnyOf,
    AtLeast,
    CommitmentFulfilled,
    Condition,
    Words,
)
from ledger_service.domain.values.limits import CONDITION_LEVELS, CONDITIONS, WORDS


def check_trees(
    found: Violations, entry_id: str, trees: Sequence[tuple[str, Antecedent | None]]
) -> None:
    """The trees of one commitment, each with its path. An act that meets words names their
    label only, so the labels of all trees must differ.
    """
    words: list[tuple[str, Words]] = []
    for path, tree in trees:
        if tree is not None:
            words += _check_tree(found, path, entry_id, *astuple(tree))
    _check_labels(found, words)


@every_field(Antecedent)
def _check_tree(
    found: Violations,
    path: str,
    entry_id: str,
    /,
    condition: Condition,
    _deadline: date | None,
) -> list[tuple[str, Words]]:
    """Returns its conditions in words, with their paths."""
    field = f"{path}.condition"
    nodes = list(placed_conditions(condition, field))
    _check_size(found, field, nodes)
    seen: dict[object, str] = {}
    for at, node, _ in nodes:
        match node:
            case AllOf() | AnyOf():
                _check_members(found, at, *astuple(node))
            case AtLeast():
                _check_at_least(found, at, *astuple(node))
            case ActOccurred():
                _check_occurred(found, at, entry_id, *astuple(node))
            case CommitmentFulfilled():
                _check_fulfilled(found, at, entry_id, *astuple(node))
            case Words():
                _check_words(found, at, *astuple(node))
        _check_once(found, seen, at, node)
    return [(at, node) for at, node, _ in nodes if isinstance(node, Words)]


def _check_size(found: Violations, field: str, nodes: list[ConditionAtPath]) -> None:
    if len(nodes) > CONDITIONS:
        found.add(
            field, f"At most {CONDITIONS} conditions are allowed, and {len(nodes)} are given."
        )
    depth = max(node.depth for node in nodes)
    if depth > CONDITION_LEVELS:
        found.add(
            field,
            f"At most {CONDITION_LEVELS} levels of conditions are allowed, and {depth} are "
            "given.",
        )


def _check_once(found: Violations, seen: dict[object, str], at: str, node: Condition) -> None:
    """A tree must not have the same condition twice at its ends, under whatever label."""
    match node:
        case ActOccurred(act=named) | CommitmentFulfilled(commitment=named):
            same = named
        case Words(text=named):
            same = named
        case _:
            return
    first = seen.setdefault((type(node), same), at)
    if same and first != at:
        found.add(at, f"This condition stands at {first} already. Say it once.")


@every_field(AllOf)
@every_field(AnyOf)
def _check_members(found: Violations, at: str, /, conditions: tuple[Condition, ...]) -> None:
    found.size(f"{at}.conditions", conditions, CONDITIONS, at_least=1)


@every_field(AtLeast)
def _check_at_least(found: Violations, at: str, /, n: int, of: tuple[Condition, ...]) -> None:
    found.size(f"{at}.of", of, CONDITIONS, at_least=1)
    if not 1 <= n <= max(1, len(of)):
        found.add(
            f"{at}.n",
            f"{n} of {len(of)} conditions cannot be asked for. Say a number from 1 to "
            f"{max(1, len(of))}.",
        )


@every_field(ActOccurred)
def _check_occurred(found: Violations, at: str, entry_id: str, /, act: str) -> None:
    check_awaited(found, at, entry_id, act)


@every_field(CommitmentFulfilled)
def _check_fulfilled(found: Violations, at: str, entry_id: str, /, commitment: str) -> None:
    check_awaited(found, at, entry_id, commitment)


def check_awaited(found: Violations, at: str, entry_id: str, target: str) -> None:
    """A commitment must wait for something else than itself."""
    found.present(at, target)
    if entry_id and target == entry_id:
        found.add(at, f"{entry_id!r} is this commitment itself: it waits for ever.")


@every_field(Words)
def _check_words(found: Violations, at: str, /, text: str, _label: str) -> None:
    found.required(f"{at}.text", text, WORDS)


def _check_labels(found: Violations, words: list[tuple[str, Words]]) -> None:
    seen: set[str] = set()
    for at, node in words:
        field = f"{at}.label"
        if not node.label and len(words) > 1:
            found.add(field, "Where several conditions are in words, each needs a label.")
        found.spelling(field, node.label, LABEL, "a label: small letters, digits and hyphens")
        if node.label and node.label in seen:
            found.add(field, f"{node.label!r} labels another condition already.")
        seen.add(node.label)
