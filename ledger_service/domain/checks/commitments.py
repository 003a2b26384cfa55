"""Rules of a commitment."""

from __future__ import annotations

from datetime import date

from ledger_service.domain.checks.every_field import every_field
from ledger_service.domain.checks.fields import Violations
from ledger_service.domain.checks.terms import check_due, check_kept, check_withdrawal
from ledger_service.domain.checks.ties import check_evidence, check_relations
from ledger_service.domain.checks.trees import check_trees
from ledger_service.domain.values.entries import (
    Antecedent,
    Commitment,
    DueAfter,
    EventCode,
    Evidence,
    Instalment,
    IntervalDate,
    Nature,
    Quantity,
    Relation,
    SealableText,
    Withdrawal,
)
from ledger_service.domain.values.limits import CONSEQUENT, PARTIES, PROVISION, REMARK


@every_field(Commitment)
def check_commitment(
    found: Violations,
    path: str,
    entry_id: str,
    /,
    debtors: tuple[str, ...],
    creditors: tuple[str, ...],
    consequent: SealableText,
    mutual: bool,
    made_by: tuple[str, ...],
    consequent_code: EventCode | None,
    quantity: Quantity | None,
    instrument: str,
    provision: str,
    occurred: IntervalDate,
    nature: Nature,
    due: IntervalDate | None,
    due_after: DueAfter | None,
    instalments: tuple[Instalment, ...],
    until: date | None,
    until_condition: Antecedent | None,
    _offer: bool,
    antecedent: Antecedent | None,
    withdrawal: Withdrawal | None,
    topics: tuple[str, ...],
    relations: tuple[Relation, ...],
    evidence: tuple[Evidence, ...],
    summary: SealableText,
    note: SealableText,
) -> None:
    found.ids(f"{path}.debtors", debtors, PARTIES, at_least=1)
    found.ids(f"{path}.creditors", creditors, PARTIES, at_least=1)
    found.ids(f"{path}.made_by", made_by)
    check_sides = _check_mutual if mutual else _check_apart
    check_sides(found, path, debtors, creditors)
    found.required(f"{path}.consequent", consequent, CONSEQUENT)
    found.code(f"{path}.consequent_code", consequent_code)
    found.quantity(f"{path}.quantity", quantity, promised=True)
    if provision and not instrument:
        found.add(
            f"{path}.provision",
            "This is the place in an instrument, and none is named. Name it, or leave this out.",
        )
    found.text(f"{path}.provision", provision, PROVISION)
    found.interval(f"{path}.occurred", occurred)
    check_due(found, path, entry_id, nature, quantity, due, due_after, instalments)
    check_kept(found, path, nature, until, until_condition)
    check_trees(
        found,
        entry_id,
        (
            (f"{path}.antecedent", antecedent),
            (f"{path}.until_condition", until_condition),
        ),
    )
    check_withdrawal(found, path, withdrawal)
    found.topics(f"{path}.topics", topics)
    check_relations(found, path, entry_id, relations, of=Commitment)
    check_evidence(found, f"{path}.evidence", evidence)
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
                "If each owes the same to the other, say mutual: true, and name all of them in "
                "both lists.",
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
