"""Rules of a request that depend on the entries it aims at.

They look at whether a target exists, of which type it is and what it says, never
at what else was recorded about it. What an entry says may change: once it was amended
it is not held against those that aim at it, since they might have been recorded before.
What no longer fits is recorded without effect: the order of recording must not matter.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import cache, partial
from typing import NamedTuple, TypeAlias

from ledger_service.domain.checks.fast_references import aims_plainly
from ledger_service.domain.checks.fields import Enough, Violations
from ledger_service.domain.checks.paths import placed_conditions, placed_states
from ledger_service.domain.checks.references import Lookup, Reference, references
from ledger_service.domain.checks.ties import SAYS
from ledger_service.domain.values.commands import Amendment, Annulment, NewEntry, RecordCommand
from ledger_service.domain.values.entries import (
    TYPE_NAMES,
    Act,
    ActKind,
    ActOccurred,
    Antecedent,
    Commitment,
    Instrument,
    Nature,
    Relation,
    RelationKind,
    State,
    Words,
)
from ledger_service.domain.values.limits import VIOLATIONS
from ledger_service.domain.values.refusals import (
    Invalid,
    UnknownReference,
    Violation,
    invalid,
)


@dataclass(frozen=True)
class TargetFindings:
    """What is wrong with the targets of a request. `unknown`: an id that is nowhere or
    of another type; `broken`: a rule about a known target. Where there are very many, the
    first of each, and how many `more` there are.
    """

    unknown: tuple[Violation, ...]
    broken: tuple[Violation, ...]
    more: int = 0

    def refusal(self) -> Invalid | None:
        """The refusal that the findings call for, listing all of them, or None. It is
        an UnknownReference when no rule is broken beside.
        """
        if self.broken:
            return invalid(self.unknown + self.broken, self.more)
        return UnknownReference(self.unknown, self.more) if self.unknown else None


NOTHING_FOUND = TargetFindings((), ())


def check_targets(
    command: RecordCommand,
    lookup: Lookup,
    was_amended: Callable[[str], bool] = lambda _: False,
) -> TargetFindings:
    """Holds the request against the entries that it mentions or amends.

    `lookup` gives the last full state of an entry before this request (of an annulled
    entry: the state that was withdrawn), or None; `was_amended` tells whether it has
    another version before that. The request's own states go before it. Amending or
    annulling an id that is nowhere is left to the caller.
    """
    find = _within(command, lookup)
    closely = [n for n, item in enumerate(command.items) if not aims_plainly(item, find)]
    if not closely:  # nothing is amended either
        return NOTHING_FOUND
    changed = {item.entry_id for item in command.items if isinstance(item, Amendment)}

    def first(entry_id: str) -> State | None:
        """The state of an entry that never said anything else."""
        return None if entry_id in changed or was_amended(entry_id) else find(entry_id)

    unknown, broken = Violations(), Violations()
    for ref in references(command, closely):
        unknown.extend(_unknown(ref, find(ref.id)))
        if len(unknown) == VIOLATIONS:
            unknown.append(Violation("", "Further references were not looked up."))
            return TargetFindings(tuple(unknown), ())
    broken.extend(_changed_types(command, lookup))
    words = cache(partial(_words_of, first))
    with suppress(Enough):
        for path, _, state in placed_states(command, closely):
            if isinstance(state, Act | Commitment | Instrument):
                broken.extend(_broken_relations(path, state, find, first, words))
            if isinstance(state, Commitment):
                for name, tree in trees_of(state):
                    broken.extend(_broken_tree(f"{path}.{name}", tree, first))
    return TargetFindings(tuple(unknown), tuple(broken), unknown.more + broken.more)


def _within(command: RecordCommand, lookup: Lookup) -> Lookup:
    """`lookup` as it is after the request. Each id is looked up once."""
    known = _KnownStates(lookup)
    for item in command.items:
        if not isinstance(item, Annulment) and item.state is not None:
            known[item.entry_id] = item.state
    known[""] = None
    return known.__getitem__


class _KnownStates(dict[str, State | None]):
    """Looks up what it does not hold."""

    def __init__(self, lookup: Lookup) -> None:
        super().__init__()
        self._lookup = lookup

    def __missing__(self, entry_id: str) -> State | None:
        state = self[entry_id] = self._lookup(entry_id)
        return state


def _unknown(ref: Reference, target: State | None) -> Iterator[Violation]:
    if target is None:
        yield Violation(
            ref.field,
            f"There is no entry {ref.id!r} in this ledger or this request. "
            "Record it first, or correct the id.",
        )
    elif not isinstance(target, ref.allowed):
        wanted = " or ".join(_a(kind) for kind in ref.allowed)
        yield Violation(ref.field, f"{ref.id!r} is {_a(type(target))}. Name {wanted} here.")


def _a(kind: type) -> str:
    name = TYPE_NAMES[kind]
    return f"an {name}" if name[0] in "aeiou" else f"a {name}"


def _changed_types(command: RecordCommand, lookup: Lookup) -> Iterator[Violation]:
    """The type of an entry must be the same in all of its versions."""
    if not any(isinstance(item, Amendment) for item in command.items):
        return
    made = {
        i.entry_id: i.state for i in command.items if isinstance(i, NewEntry) and i.entry_id
    }
    for number, item in enumerate(command.items):
        if not isinstance(item, Amendment):
            continue
        before = made.get(item.entry_id) or lookup(item.entry_id)
        if item.state is None or before is None:
            continue
        if type(before) is not type(item.state):
            yield Violation(
                f"items[{number}].amendment.state",
                f"{item.entry_id!r} is {_a(type(before))} and cannot become "
                f"{_a(type(item.state))}. Annul it and record a new entry.",
            )


def _broken_relations(
    path: str,
    state: Act | Commitment | Instrument,
    find: Lookup,
    first: Lookup,
    words: _FindWords,
) -> Iterator[Violation]:
    for number, relation in enumerate(state.relations):
        at = f"{path}.relations[{number}]"
        match relation.kind:
            case RelationKind.SAME_AS:
                yield from _same_type(at, relation, state, find(relation.target))
            case RelationKind.MEETS:
                yield from _met_words(at, relation, words(relation.target))
            case RelationKind.RESCHEDULES:
                yield from _new_term(at, relation, first(relation.target))
            case RelationKind.REVERSES:
                yield from _reversed(at, relation, first(relation.target))
            case kind if kind in SAYS:
                yield from _about(at, relation, find(relation.target))


def _same_type(
    at: str, relation: Relation, source: State, target: State | None
) -> Iterator[Violation]:
    if isinstance(target, Act | Commitment | Instrument) and type(target) is not type(source):
        yield Violation(
            f"{at}.target",
            f"{relation.target!r} is {_a(type(target))}, this is {_a(type(source))}: "
            "they cannot be the same. Use refers_to.",
        )


def _about(at: str, relation: Relation, target: State | None) -> Iterator[Violation]:
    if isinstance(target, Commitment) and relation.about is None:
        yield Violation(
            f"{at}.about",
            f"{relation.target!r} is a commitment: say whether its existence or its "
            "fulfilment is meant.",
        )
    elif isinstance(target, Act | Instrument) and relation.about is not None:
        yield Violation(
            f"{at}.about", f"{relation.target!r} is {_a(type(target))}. Leave about out."
        )


def _new_term(at: str, relation: Relation, target: State | None) -> Iterator[Violation]:
    """The new term must be of the kind that the commitment has."""
    if not isinstance(target, Commitment):
        return
    if relation.due is not None and target.nature is Nature.MAINTENANCE:
        yield Violation(
            f"{at}.due",
            f"{relation.target!r} is something to be kept, which does not fall due. Give until.",
        )
    if relation.until is not None and target.nature is not Nature.MAINTENANCE:
        yield Violation(
            f"{at}.until",
            f"{relation.target!r} is to be brought about, not kept until a day. Give due.",
        )


def _reversed(at: str, relation: Relation, target: State | None) -> Iterator[Violation]:
    if isinstance(target, Act) and target.kind in WANTS_ONLY:
        yield Violation(
            f"{at}.target",
            f"{relation.target!r} is of kind {target.kind}, which brings nothing about that could "
            "be taken back. Use refers_to.",
        )


def _met_words(
    at: str, relation: Relation, words: _ConditionWords | None
) -> Iterator[Violation]:
    if words is None:
        return
    if not words.conditions:
        yield Violation(
            f"{at}.target", f"{relation.target!r} states no condition in words to meet."
        )
    elif relation.condition and relation.condition not in words.labels:
        yield Violation(
            f"{at}.condition",
            f"{relation.target!r} has no condition {relation.condition!r}.{words.known}",
        )
    elif not relation.condition and words.conditions > 1:
        yield Violation(
            f"{at}.condition",
            f"{relation.target!r} states several conditions in words: name the one that "
            f"is met.{words.known}",
        )


class _ConditionWords(NamedTuple):
    """The conditions in words of a commitment: their number, their labels, and the labels as
    they are shown in messages.
    """

    conditions: int
    labels: frozenset[str]
    known: str


_FindWords: TypeAlias = Callable[[str], _ConditionWords | None]


def _words_of(find: Lookup, entry_id: str) -> _ConditionWords | None:
    """None for an entry that is no commitment, or was amended."""
    commitment = find(entry_id)
    if not isinstance(commitment, Commitment):
        return None
    words = [
        node.condition
        for _, tree in trees_of(commitment)
        for node in placed_conditions(tree.condition, "")
        if isinstance(node.condition, Words)
    ]
    labels = frozenset(each.label for each in words if each.label)
    known = f" Its labels: {', '.join(sorted(labels))}." if labels else ""
    return _ConditionWords(len(words), labels, known)


def trees_of(commitment: Commitment) -> Iterator[tuple[str, Antecedent]]:
    """The trees of conditions of a commitment, each with its field."""
    if commitment.antecedent is not None:
        yield "antecedent", commitment.antecedent
    if commitment.until_condition is not None:
        yield "until_condition", commitment.until_condition


def _broken_tree(path: str, tree: Antecedent, first: Lookup) -> Iterator[Violation]:
    for field, condition, _ in placed_conditions(tree.condition, f"{path}.condition"):
        if isinstance(condition, ActOccurred):
            target = first(condition.act)
            if isinstance(target, Act) and target.kind in WANTS_ONLY:
                yield Violation(
                    field,
                    f"{condition.act!r} is of kind {target.kind}, which brings nothing about. "
                    "Name the act that does, or state the condition in words.",
                )


#: Acts that only want something; that they occurred is no condition of anything.
WANTS_ONLY = frozenset({ActKind.DEMAND, ActKind.EXPECTATION})
