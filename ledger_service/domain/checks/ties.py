"""Rules of relations and evidence, which acts and commitments share."""

from __future__ import annotations

from msgspec.structs import astuple

from ledger_service.domain.checks.every_field import every_field
from ledger_service.domain.checks.fields import LABEL, Violations
from ledger_service.domain.values import exact
from ledger_service.domain.values.entries import (
    About,
    Evidence,
    Relation,
    RelationKind,
    SealableText,
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
    found: Violations,
    path: str,
    entry_id: str,
    relations: tuple[Relation, ...],
    *,
    of_act: bool,
) -> None:
    """The relations of an act or else of a commitment; `entry_id` is empty while the entry
    has none.
    """
    field = f"{path}.relations"
    found.size(field, relations, RELATIONS)
    seen: dict[object, int] = {}
    for number, relation in enumerate(relations):
        at = f"{field}[{number}]"
        _check_kind(found, at, relation.kind, of_act=of_act)
        _check_relation(found, at, entry_id, *astuple(relation))
        tie = (relation.kind, relation.target, relation.about, relation.condition)
        first = seen.setdefault(tie, number)
        if first != number:
            found.add(at, f"This tie stands at {field}[{first}] already.")


def _check_kind(found: Violations, at: str, kind: RelationKind, *, of_act: bool) -> None:
    if of_act:
        if kind is RelationKind.SUPERSEDES:
            found.add(
                f"{at}.kind",
                "An act supersedes nothing. Record the commitment that takes the place "
                "of the other, with this relation.",
            )
    elif kind is not RelationKind.SUPERSEDES and kind not in DESCRIPTIVE:
        found.add(f"{at}.kind", f"A commitment cannot have {kind}. Record an act that has it.")


@every_field(Relation)
def _check_relation(
    found: Violations,
    at: str,
    entry_id: str,
    /,
    kind: RelationKind,
    target: str,
    extent: str,
    about: About | None,
    condition: str,
    note: SealableText,
) -> None:
    found.present(f"{at}.target", target)
    if entry_id and target == entry_id:
        found.add(f"{at}.target", f"{entry_id!r} is this entry itself.")
    if extent:
        _check_extent(found, f"{at}.extent", kind, extent)
    if about is not None and kind not in SAYS:
        found.add(
            f"{at}.about", "Only asserts, denies, verifies and refutes are about something."
        )
    if condition and kind is not RelationKind.MEETS:
        found.add(f"{at}.condition", "Only meets names a condition.")
    found.spelling(
        f"{at}.condition",
        condition,
        LABEL,
        "a label: small letters, digits and hyphens",
    )
    found.text(f"{at}.note", note, TIE_NOTE)


def _check_extent(found: Violations, field: str, kind: RelationKind, written: str) -> None:
    if kind is not RelationKind.FULFILS:
        found.add(field, "Only fulfils has an extent.")
    extent = found.exact(field, written, exact.number)
    if extent is not None and not 0 < extent <= 1:
        found.add(field, f"{written} is not above 0 and up to 1.")


def check_evidence(found: Violations, path: str, evidence: tuple[Evidence, ...]) -> None:
    field = f"{path}.evidence"
    found.size(field, evidence, EVIDENCE, at_least=1)
    for number, told in enumerate(evidence):
        _check_told(found, f"{field}[{number}]", *astuple(told))


@every_field(Evidence)
def _check_told(
    found: Violations,
    at: str,
    /,
    report: str,
    attribution: SealableText,
    _asserted_by: str,  # its spelling is checked with the references
    credibility: int,
    _hedged: bool,
) -> None:
    found.present(f"{at}.report", report)
    found.text(f"{at}.attribution", attribution, ATTRIBUTION)
    if not 0 <= credibility <= 6:
        found.add(
            f"{at}.credibility",
            f"{credibility} is no Admiralty credibility. It is 1 to 6, or 0 for not graded.",
        )
