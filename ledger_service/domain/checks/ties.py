"""Rules of relations and evidence, which acts and commitments share."""

from __future__ import annotations

from ledger_service.domain.checks.fields import LABEL, Violations
from ledger_service.domain.values import exact
from ledger_service.domain.values.entries import (
    Act,
    Commitment,
    Evidence,
    Relation,
    RelationKind,
)
from ledger_service.domain.values.limits import ATTRIBUTION, EVIDENCE, RELATIONS, TIE_NOTE

#: What is said of another entry; of a commitment it must be said about what.
SAYS = frozenset(
    {
        RelationKind.ASSERTS,
        RelationKind.DENIES,
        RelationKind.VERIFIES,
        RelationKind.REFUTES,
    }
)

#: What describes a tie and moves nothing; besides superseding, all that a commitment
#: can do to another entry.
DESCRIPTIVE = frozenset(
    {
        RelationKind.RESPONDS_TO,
        RelationKind.IN_EXCHANGE_FOR,
        RelationKind.PART_OF,
        RelationKind.SAME_AS,
        RelationKind.CONTRADICTS,
        RelationKind.REFERS_TO,
    }
)


def check_relations(
    found: Violations, path: str, entry_id: str, state: Act | Commitment
) -> None:
    """`entry_id` is empty while the entry has none."""
    field = f"{path}.relations"
    found.size(field, state.relations, RELATIONS)
    seen: dict[object, int] = {}
    for number, relation in enumerate(state.relations):
        at = f"{field}[{number}]"
        _check_kind(found, at, relation, state)
        _check_target(found, at, entry_id, relation)
        _check_details(found, at, relation)
        tie = (relation.kind, relation.target, relation.about, relation.condition)
        first = seen.setdefault(tie, number)
        if first != number:
            found.add(at, f"This tie stands at {field}[{first}] already.")


def _check_kind(
    found: Violations, at: str, relation: Relation, state: Act | Commitment
) -> None:
    kind = relation.kind
    if isinstance(state, Act):
        if kind is RelationKind.SUPERSEDES:
            found.add(
                f"{at}.kind",
                "An act supersedes nothing. Record the commitment that takes the place "
                "of the other, with this relation.",
            )
    elif kind is not RelationKind.SUPERSEDES and kind not in DESCRIPTIVE:
        found.add(f"{at}.kind", f"A commitment cannot have {kind}. Record an act that has it.")


def _check_target(found: Violations, at: str, entry_id: str, relation: Relation) -> None:
    found.present(f"{at}.target", relation.target)
    if entry_id and relation.target == entry_id:
        found.add(f"{at}.target", f"{entry_id!r} is this entry itself.")


def _check_details(found: Violations, at: str, relation: Relation) -> None:
    if relation.extent:
        _check_extent(found, f"{at}.extent", relation)
    if relation.about is not None and relation.kind not in SAYS:
        found.add(
            f"{at}.about", "Only asserts, denies, verifies and refutes are about something."
        )
    if relation.condition and relation.kind is not RelationKind.MEETS:
        found.add(f"{at}.condition", "Only meets names a condition.")
    found.spelling(
        f"{at}.condition",
        relation.condition,
        LABEL,
        "a label: small letters, digits and hyphens",
    )
    found.text(f"{at}.note", relation.note, TIE_NOTE)


def _check_extent(found: Violations, field: str, relation: Relation) -> None:
    if relation.kind is not RelationKind.FULFILS:
        found.add(field, "Only fulfils has an extent.")
    extent = found.exact(field, relation.extent, exact.number)
    if extent is not None and not 0 < extent <= 1:
        found.add(field, f"{relation.extent} is not above 0 and up to 1.")


def check_evidence(found: Violations, path: str, evidence: tuple[Evidence, ...]) -> None:
    field = f"{path}.evidence"
    found.size(field, evidence, EVIDENCE, at_least=1)
    for number, told in enumerate(evidence):
        at = f"{field}[{number}]"
        found.present(f"{at}.report", told.report)
        found.text(f"{at}.attribution", told.attribution, ATTRIBUTION)
        if not 0 <= told.credibility <= 6:
            found.add(
                f"{at}.credibility",
                f"{told.credibility} is no Admiralty credibility: 1 to 6, or 0 for not graded.",
            )
