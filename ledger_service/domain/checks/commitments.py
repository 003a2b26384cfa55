"""Rules of a commitment and its antecedent."""

from __future__ import annotations

from ledger_service.domain.checks.fields import LABEL, Violations
from ledger_service.domain.checks.paths import ConditionAtPath, placed_conditions
from ledger_service.domain.checks.ties import check_evidence, check_relations
from ledger_service.domain.values.entries import (
    ActOccurred,
    AllOf,
    AnyOf,
    Commitment,
    CommitmentFulfilled,
    Nature,
    Words,
)
from ledger_service.domain.values.limits import (
    CONDITION_LEVELS,
    CONDITIONS,
    CONSEQUENT,
    REMARK,
    WORDS,
)


def check_commitment(
    found: Violations, path: str, entry_id: str, commitment: Commitment
) -> None:
    _check_sides(found, path, commitment)
    found.required(f"{path}.consequent", commitment.consequent, CONSEQUENT)
    found.code(f"{path}.consequent_code", commitment.consequent_code)
    found.interval(f"{path}.occurred", commitment.occurred)
    _check_nature(found, path, commitment)
    if commitment.antecedent is not None:
        field = f"{path}.antecedent.condition"
        nodes = list(placed_conditions(commitment.antecedent.condition, field))
        _check_tree(found, field, nodes)
        _check_leaves(found, entry_id, nodes)
        _check_labels(found, nodes)
    check_relations(found, path, entry_id, commitment)
    check_evidence(found, path, commitment.evidence)
    found.text(f"{path}.summary", commitment.summary, REMARK)
    found.text(f"{path}.note", commitment.note, REMARK)


def _check_sides(found: Violations, path: str, commitment: Commitment) -> None:
    debtors, creditors = commitment.debtors, commitment.creditors
    found.parties(f"{path}.debtors", debtors, at_least=1)
    found.parties(f"{path}.creditors", creditors, at_least=1)
    found.parties(f"{path}.made_by", commitment.made_by)
    if commitment.mutual:
        _check_mutual(found, path, commitment)
        return
    owing = set(debtors)
    for number, creditor in enumerate(creditors):
        if creditor and creditor in owing:
            found.add(
                f"{path}.creditors[{number}]",
                f"{creditor!r} is a debtor too: nobody promises to himself. "
                "If each owes the same to the other, it is mutual.",
            )


def _check_mutual(found: Violations, path: str, commitment: Commitment) -> None:
    if set(commitment.debtors) != set(commitment.creditors):
        found.add(
            f"{path}.creditors",
            "In a mutual commitment debtors and creditors are the same parties. "
            "Name all of them in both lists.",
        )
    elif len(set(commitment.debtors)) == 1:
        found.add(f"{path}.debtors", "A mutual commitment needs at least two parties.")


def _check_nature(found: Violations, path: str, commitment: Commitment) -> None:
    if commitment.due is not None:
        found.interval(f"{path}.due", commitment.due)
        if commitment.nature is not Nature.ACHIEVEMENT:
            found.add(
                f"{path}.due", "Only an achievement falls due. Say until when it is to be kept."
            )
    if commitment.until is not None and commitment.nature is not Nature.MAINTENANCE:
        found.add(
            f"{path}.until", "Only what is maintained is kept until a day. Say when it is due."
        )


def _check_tree(found: Violations, field: str, nodes: list[ConditionAtPath]) -> None:
    if len(nodes) > CONDITIONS:
        found.add(field, f"At most {CONDITIONS} conditions allowed, {len(nodes)} given.")
    depth = max(node.depth for node in nodes)
    if depth > CONDITION_LEVELS:
        found.add(
            field, f"At most {CONDITION_LEVELS} levels of conditions allowed, {depth} given."
        )
    for at, condition, _ in nodes:
        if isinstance(condition, AllOf | AnyOf):
            found.size(f"{at}.conditions", condition.conditions, CONDITIONS, at_least=1)


def _check_leaves(found: Violations, entry_id: str, nodes: list[ConditionAtPath]) -> None:
    for at, condition, _ in nodes:
        match condition:
            case ActOccurred(act=target) | CommitmentFulfilled(commitment=target):
                found.present(at, target)
                if entry_id and target == entry_id:
                    found.add(at, f"{entry_id!r} is this commitment itself: it waits for ever.")
            case Words():
                found.required(f"{at}.text", condition.text, WORDS)


def _check_labels(found: Violations, nodes: list[ConditionAtPath]) -> None:
    words = [(at, node) for at, node, _ in nodes if isinstance(node, Words)]
    seen: set[str] = set()
    for at, node in words:
        field = f"{at}.label"
        if not node.label and len(words) > 1:
            found.add(field, "Several conditions in words: each needs a label.")
        found.spelling(field, node.label, LABEL, "a label: small letters, digits and hyphens")
        if node.label and node.label in seen:
            found.add(field, f"{node.label!r} labels another condition already.")
        seen.add(node.label)
