"""Rules of a commitment and its antecedent."""

from __future__ import annotations

from datetime import date

from msgspec.structs import astuple

from ledger_service.domain.checks.every_field import every_field
from ledger_service.domain.checks.fields import LABEL, Violations
from ledger_service.domain.checks.paths import ConditionAtPath, placed_conditions
from ledger_service.domain.checks.ties import check_evidence, check_relations
from ledger_service.domain.values.entries import (
    ActOccurred,
    AllOf,
    Antecedent,
    AnyOf,
    Commitment,
    CommitmentFulfilled,
    Condition,
    EventCode,
    Evidence,
    IntervalDate,
    Nature,
    Relation,
    SealableText,
    Words,
)
from ledger_service.domain.values.limits import (
    CONDITION_LEVELS,
    CONDITIONS,
    CONSEQUENT,
    REMARK,
    WORDS,
)


@every_field(Commitment)
def check_commitment(
    found: Violations,
    path: str,
    entry_id: str,
    /,
    debtors: tuple[str, ...],
    creditors: tuple[str, ...],
    consequent: str,
    mutual: bool,
    made_by: tuple[str, ...],
    consequent_code: EventCode | None,
    occurred: IntervalDate,
    nature: Nature,
    due: IntervalDate | None,
    until: date | None,
    _offer: bool,
    antecedent: Antecedent | None,
    relations: tuple[Relation, ...],
    evidence: tuple[Evidence, ...],
    summary: SealableText,
    note: SealableText,
) -> None:
    found.parties(f"{path}.debtors", debtors, at_least=1)
    found.parties(f"{path}.creditors", creditors, at_least=1)
    found.parties(f"{path}.made_by", made_by)
    check_sides = _check_mutual if mutual else _check_apart
    check_sides(found, path, debtors, creditors)
    found.required(f"{path}.consequent", consequent, CONSEQUENT)
    found.code(f"{path}.consequent_code", consequent_code)
    found.interval(f"{path}.occurred", occurred)
    if due is not None:
        _check_due(found, f"{path}.due", due, nature)
    if until is not None and nature is not Nature.MAINTENANCE:
        found.add(
            f"{path}.until", "Only what is maintained is kept until a day. Say when it is due."
        )
    if antecedent is not None:
        _check_antecedent(found, f"{path}.antecedent", entry_id, *astuple(antecedent))
    check_relations(found, path, entry_id, relations, of_act=False)
    check_evidence(found, path, evidence)
    found.text(f"{path}.summary", summary, REMARK)
    found.text(f"{path}.note", note, REMARK)


def _check_apart(
    found: Violations, path: str, debtors: tuple[str, ...], creditors: tuple[str, ...]
) -> None:
    owing = set(debtors)
    for number, creditor in enumerate(creditors):
        if creditor and creditor in owing:
            found.add(
                f"{path}.creditors[{number}]",
                f"{creditor!r} is a debtor too: nobody promises to himself. "
                "If each owes the same to the other, it is mutual.",
            )


def _check_mutual(
    found: Violations, path: str, debtors: tuple[str, ...], creditors: tuple[str, ...]
) -> None:
    if set(debtors) != set(creditors):
        found.add(
            f"{path}.creditors",
            "In a mutual commitment debtors and creditors are the same parties. "
            "Name all of them in both lists.",
        )
    elif len(set(debtors)) == 1:
        found.add(f"{path}.debtors", "A mutual commitment needs at least two parties.")


def _check_due(found: Violations, field: str, due: IntervalDate, nature: Nature) -> None:
    found.interval(field, due)
    if nature is not Nature.ACHIEVEMENT:
        found.add(field, "Only an achievement falls due. Say until when it is to be kept.")


@every_field(Antecedent)
def _check_antecedent(
    found: Violations,
    path: str,
    entry_id: str,
    /,
    condition: Condition,
    _deadline: date | None,
) -> None:
    field = f"{path}.condition"
    nodes = list(placed_conditions(condition, field))
    _check_tree(found, field, nodes)
    _check_leaves(found, entry_id, nodes)
    _check_labels(found, nodes)


def _check_tree(found: Violations, field: str, nodes: list[ConditionAtPath]) -> None:
    if len(nodes) > CONDITIONS:
        found.add(
            field, f"At most {CONDITIONS} conditions are allowed, and {len(nodes)} are given."
        )
    depth = max(node.depth for node in nodes)
    if depth > CONDITION_LEVELS:
        found.add(
            field,
            f"At most {CONDITION_LEVELS} levels of conditions are allowed, and {depth} are given.",
        )
    for at, condition, _ in nodes:
        if isinstance(condition, AllOf | AnyOf):
            _check_members(found, at, *astuple(condition))


@every_field(AllOf)
@every_field(AnyOf)
def _check_members(found: Violations, at: str, /, conditions: tuple[Condition, ...]) -> None:
    found.size(f"{at}.conditions", conditions, CONDITIONS, at_least=1)


def _check_leaves(found: Violations, entry_id: str, nodes: list[ConditionAtPath]) -> None:
    for at, condition, _ in nodes:
        match condition:
            case ActOccurred():
                _check_occurred(found, at, entry_id, *astuple(condition))
            case CommitmentFulfilled():
                _check_fulfilled(found, at, entry_id, *astuple(condition))
            case Words():
                _check_words(found, at, *astuple(condition))


@every_field(ActOccurred)
def _check_occurred(found: Violations, at: str, entry_id: str, /, act: str) -> None:
    _check_awaited(found, at, entry_id, act)


@every_field(CommitmentFulfilled)
def _check_fulfilled(found: Violations, at: str, entry_id: str, /, commitment: str) -> None:
    _check_awaited(found, at, entry_id, commitment)


def _check_awaited(found: Violations, at: str, entry_id: str, target: str) -> None:
    found.present(at, target)
    if entry_id and target == entry_id:
        found.add(at, f"{entry_id!r} is this commitment itself: it waits for ever.")


@every_field(Words)
def _check_words(found: Violations, at: str, /, text: str, _label: str) -> None:
    found.required(f"{at}.text", text, WORDS)


def _check_labels(found: Violations, nodes: list[ConditionAtPath]) -> None:
    words = [(at, node) for at, node, _ in nodes if isinstance(node, Words)]
    seen: set[str] = set()
    for at, node in words:
        field = f"{at}.label"
        if not node.label and len(words) > 1:
            found.add(field, "Where several conditions are in words, each needs a label.")
        found.spelling(field, node.label, LABEL, "a label: small letters, digits and hyphens")
        if node.label and node.label in seen:
            found.add(field, f"{node.label!r} labels another condition already.")
        seen.add(node.label)
