"""Rules of relations and evidence, which acts, commitments and instruments share."""

from __future__ import annotations

from datetime import date
from typing import Final

from msgspec.structs import astuple

from ledger_service.domain.checks.every_field import every_field
from ledger_service.domain.checks.fields import LABEL, Violations
from ledger_service.domain.values import exact
from ledger_service.domain.values.entries import (
    About,
    Act,
    Commitment,
    Evidence,
    Instrument,
    IntervalDate,
    Relation,
    RelationKind,
    SealableText,
)
from ledger_service.domain.values.limits import (
    ATTRIBUTION,
    EVIDENCE,
    LOCATOR,
    QUOTE,
    RELATIONS,
    TIE_NOTE,
)

#: What is said of another entry; of a commitment it must be said about what.
SAYS = frozenset(
    {
        RelationKind.ASSERTS,
        RelationKind.DENIES,
        RelationKind.VERIFIES,
        RelationKind.REFUTES,
    }
)

#: What describes or orders and moves nothing: all that an instrument can do to another entry.
DESCRIPTIVE = frozenset(
    {
        RelationKind.FOLLOWS,
        RelationKind.RESPONDS_TO,
        RelationKind.IN_EXCHANGE_FOR,
        RelationKind.PART_OF,
        RelationKind.SAME_AS,
        RelationKind.CONTRADICTS,
        RelationKind.REFERS_TO,
    }
)

#: Which relations each type of entry may carry.
CARRIES: Final[dict[type, frozenset[RelationKind]]] = {
    Act: frozenset(RelationKind) - {RelationKind.SUPERSEDES},
    Commitment: DESCRIPTIVE | {RelationKind.SUPERSEDES},
    Instrument: DESCRIPTIVE,
}

WITH_EXTENT = frozenset({RelationKind.FULFILS, RelationKind.REVERSES})
#: What may be given notice of.
WITH_NOTICE = frozenset(
    {
        RelationKind.CANCELS,
        RelationKind.RELEASES,
        RelationKind.SUSPENDS,
        RelationKind.RESUMES,
    }
)


def check_relations(
    found: Violations,
    path: str,
    entry_id: str,
    relations: tuple[Relation, ...],
    *,
    of: type[Act | Commitment | Instrument],
    first_day: date | None = None,
) -> None:
    """The relations of an entry of a type; `entry_id` is empty while the entry has none, and
    `first_day` the first possible day of an act.
    """
    field = f"{path}.relations"
    found.size(field, relations, RELATIONS)
    seen: dict[object, int] = {}
    for number, relation in enumerate(relations):
        at = f"{field}[{number}]"
        _check_carried(found, at, relation.kind, of)
        _check_relation(found, at, entry_id, first_day, *astuple(relation))
        tie = (relation.kind, relation.target, relation.about, relation.condition)
        first = seen.setdefault(tie, number)
        if first == number:
            continue
        if relation.kind is RelationKind.FULFILS:
            found.add(
                at,
                f"This act fulfils {relation.target!r} at {field}[{first}] already. State the "
                "whole extent there.",
            )
        else:
            found.add(at, f"This tie stands at {field}[{first}] already.")


def _check_carried(
    found: Violations, at: str, kind: RelationKind, of: type[Act | Commitment | Instrument]
) -> None:
    if kind in CARRIES[of]:
        return
    if kind is RelationKind.SUPERSEDES:
        who = "An act" if of is Act else "An instrument"
        found.add(
            f"{at}.kind",
            f"{who} supersedes nothing. Record the commitment that takes the place "
            "of the other, with this relation.",
        )
    else:
        who = "A commitment" if of is Commitment else "An instrument"
        found.add(f"{at}.kind", f"{who} cannot have {kind}. Record an act that has it.")


@every_field(Relation)
def _check_relation(
    found: Violations,
    at: str,
    entry_id: str,
    first_day: date | None,
    /,
    kind: RelationKind,
    target: str,
    extent: str,
    about: About | None,
    condition: str,
    takes_effect: date | None,
    until: date | None,
    due: IntervalDate | None,
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
    if takes_effect is not None:
        _check_notice(found, f"{at}.takes_effect", kind, takes_effect, first_day)
    if kind is RelationKind.RESCHEDULES:
        _check_new_term(found, at, until, due)
    else:
        _check_other_terms(found, at, kind, takes_effect or first_day, until, due)
    found.text(f"{at}.note", note, TIE_NOTE)


def _check_extent(found: Violations, field: str, kind: RelationKind, written: str) -> None:
    if kind not in WITH_EXTENT:
        found.add(field, "Only fulfils and reverses have an extent.")
    extent = found.exact(field, written, exact.number)
    if extent is not None and not 0 < extent <= 1:
        found.add(field, f"{written} is not above 0 and up to 1.")


def _check_notice(
    found: Violations,
    field: str,
    kind: RelationKind,
    takes_effect: date,
    first_day: date | None,
) -> None:
    if kind not in WITH_NOTICE:
        found.add(
            field,
            f"Only cancels, releases, suspends and resumes take effect on a later day, and this "
            f"is {kind}. Leave it out.",
        )
    elif first_day is not None and takes_effect < first_day:
        found.add(
            field,
            f"{takes_effect} is before the act's first day, {first_day}. Nothing takes effect "
            "before it was done: correct one of the days.",
        )


def _check_new_term(
    found: Violations, at: str, until: date | None, due: IntervalDate | None
) -> None:
    """Rescheduling must say what the new term is."""
    if due is not None:
        found.interval(f"{at}.due", due)
    if (until is None) == (due is None):
        found.add(
            at,
            "Say the new term: exactly one of due, for an achievement, and until, for what is "
            "to be kept.",
        )
    elif due is not None and due.from_day is None and due.to_day is None:
        found.add(f"{at}.due", "This says no day. Give the new interval.")


def _check_other_terms(
    found: Violations,
    at: str,
    kind: RelationKind,
    begins: date | None,
    until: date | None,
    due: IntervalDate | None,
) -> None:
    """What takes no new term; a suspension may have a last day."""
    if due is not None:
        found.add(f"{at}.due", f"Only reschedules has a due interval, and this is {kind}.")
    if until is None:
        return
    if kind is not RelationKind.SUSPENDS:
        found.add(
            f"{at}.until",
            f"Only suspends and reschedules have a last day, and this is {kind}. Leave it out.",
        )
    elif begins is not None and until < begins:
        found.add(
            f"{at}.until",
            f"{until} is before {begins}, on which the suspension begins at the earliest. "
            "Correct one of the days.",
        )


def check_evidence(found: Violations, field: str, evidence: tuple[Evidence, ...]) -> None:
    found.size(field, evidence, EVIDENCE, at_least=1)
    for number, told in enumerate(evidence):
        _check_told(found, f"{field}[{number}]", *astuple(told))


@every_field(Evidence)
def _check_told(
    found: Violations,
    at: str,
    /,
    report: str,
    quote: SealableText,
    locator: SealableText,
    attribution: SealableText,
    _asserted_by: str,  # its spelling is checked with the references
    credibility: int,
    _hedged: bool,
) -> None:
    found.present(f"{at}.report", report)
    found.text(f"{at}.quote", quote, QUOTE)
    found.text(f"{at}.locator", locator, LOCATOR)
    found.text(f"{at}.attribution", attribution, ATTRIBUTION)
    if not 0 <= credibility <= 6:
        found.add(
            f"{at}.credibility",
            f"{credibility} is no Admiralty credibility. It is 1 to 6, or 0 for not graded.",
        )
