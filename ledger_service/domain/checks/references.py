"""Finds which other entries a request mentions, and of which types they may be."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from datetime import date
from typing import NamedTuple, TypeAlias, assert_never

from msgspec.structs import astuple

from ledger_service.domain.checks.every_field import every_field
from ledger_service.domain.checks.paths import placed_conditions, placed_states
from ledger_service.domain.values.commands import Amendment, Item, NewEntry, RecordCommand
from ledger_service.domain.values.entries import (
    About,
    Act,
    ActKind,
    ActOccurred,
    Antecedent,
    Attribute,
    Coding,
    Commitment,
    CommitmentFulfilled,
    Condition,
    DueAfter,
    EventCode,
    Evidence,
    Identity,
    Instalment,
    Instrument,
    InstrumentKind,
    IntervalDate,
    Mandate,
    Membership,
    Nature,
    Party,
    PartyCode,
    PartyKind,
    PartyName,
    Place,
    Quantity,
    Relation,
    RelationKind,
    Report,
    Representation,
    Scale,
    SealableText,
    SourceGrade,
    State,
    Succession,
    Weight,
    Withdrawal,
)

Types: TypeAlias = tuple[type, ...]

#: Finds the last state of an entry, if there is one.
Lookup: TypeAlias = Callable[[str], State | None]


class Reference(NamedTuple):
    """An id that is mentioned, the path of the field that mentions it, and the types of entry
    that it may name.
    """

    field: str
    id: str
    allowed: Types


def references(
    command: RecordCommand, numbers: Collection[int] | None = None
) -> list[Reference]:
    """Every id that the request, or some of its items, mentions beside those of its own
    items, in order.

    An entry of the same request may be meant, earlier or later. Empty ids are left
    out; whether a field may be empty is checked elsewhere. The ids of amended and
    annulled entries are not references.
    """
    found = [ref for placed in placed_states(command, numbers) for ref in _of_state(*placed)]
    for number in range(len(command.items)) if numbers is None else numbers:
        item = command.items[number]
        if not isinstance(item, Amendment):
            continue
        path = f"items[{number}].amendment"
        if item.report is not None:
            found.append(Reference(f"{path}.new_information.report", item.report, (Report,)))
        found += _of_evidence(f"{path}.evidence_added", item.evidence_added)
    return [ref for ref in found if ref.id]


def mentioned(command: RecordCommand) -> set[str]:
    """The ids of all references of a request, found without their fields."""
    found: set[str] = set()
    others = []
    for number, item in enumerate(command.items):
        mentions = plain_mentions(item)
        if mentions is None:
            others.append(number)
            continue
        parties, relations, evidence = mentions
        found.update(parties)
        for relation in relations:
            found.add(target_of(*astuple(relation)))
        for told in evidence:
            found.update(told_by(*astuple(told)))
    found.update([ref.id for ref in references(command, others)])
    found.discard("")
    return found


#: The parties that an act or a commitment mentions, its relations, and its evidence.
Mentions: TypeAlias = tuple[tuple[str, ...], tuple[Relation, ...], tuple[Evidence, ...]]


def plain_mentions(item: Item) -> Mentions | None:
    """What an act, or a commitment that mentions nothing else, mentions, with empty ids; None
    for any other item.
    """
    if type(item) is not NewEntry:
        return None
    state = item.state
    if type(state) is Act:
        return _mentions_of_act(*astuple(state))
    if type(state) is Commitment:
        return _mentions_of_commitment(*astuple(state))
    return None


@every_field(Act)
def _mentions_of_act(
    _kind: ActKind,
    actor: str,
    _title: SealableText,
    co_actors: tuple[str, ...],
    counterparties: tuple[str, ...],
    _joint: bool,
    _occurred: IntervalDate,
    _place: Place | None,
    _quantity: Quantity | None,
    _code: EventCode | None,
    _topics: tuple[str, ...],
    _attributes: tuple[Attribute, ...],
    relations: tuple[Relation, ...],
    evidence: tuple[Evidence, ...],
    _summary: SealableText,
    _note: SealableText,
) -> Mentions:
    return (actor, *co_actors, *counterparties), relations, evidence


@every_field(Commitment)
def _mentions_of_commitment(
    debtors: tuple[str, ...],
    creditors: tuple[str, ...],
    _consequent: SealableText,
    _mutual: bool,
    made_by: tuple[str, ...],
    _consequent_code: EventCode | None,
    _quantity: Quantity | None,
    instrument: str,
    _provision: str,
    _occurred: IntervalDate,
    _nature: Nature,
    _due: IntervalDate | None,
    due_after: DueAfter | None,
    _instalments: tuple[Instalment, ...],
    _until: date | None,
    until_condition: Antecedent | None,
    _offer: bool,
    antecedent: Antecedent | None,
    _withdrawal: Withdrawal | None,
    _topics: tuple[str, ...],
    relations: tuple[Relation, ...],
    evidence: tuple[Evidence, ...],
    _summary: SealableText,
    _note: SealableText,
) -> Mentions | None:
    if instrument or due_after or until_condition or antecedent:
        return None
    return debtors + creditors + made_by, relations, evidence


@every_field(Relation)
def target_of(
    _kind: RelationKind,
    target: str,
    _extent: str,
    _about: About | None,
    _condition: str,
    _takes_effect: date | None,
    _until: date | None,
    _due: IntervalDate | None,
    _note: SealableText,
) -> str:
    """The id that a relation mentions."""
    return target


@every_field(Evidence)
def told_by(
    report: str,
    _quote: SealableText,
    _locator: SealableText,
    _attribution: SealableText,
    asserted_by: str,
    _credibility: int,
    _hedged: bool,
) -> tuple[str, str]:
    """The ids that a piece of evidence mentions: its report, and who asserts, if anybody."""
    return report, asserted_by


def _of_state(path: str, _entry_id: str, state: State) -> Iterator[Reference]:
    match state:
        case Party():
            return _of_party(path, *astuple(state))
        case Report():
            return _of_report(path, *astuple(state))
        case Instrument():
            return _of_instrument(path, *astuple(state))
        case Commitment():
            return _of_commitment(path, *astuple(state))
        case Act():
            return _of_act(path, *astuple(state))
        case Scale():
            return _of_scale(path, *astuple(state))
        case _:
            assert_never(state)


@every_field(Party)
def _of_party(
    path: str,
    /,
    _name: SealableText,
    _kind: PartyKind,
    _names: tuple[PartyName, ...],
    _aliases: tuple[SealableText, ...],
    _codes: tuple[PartyCode, ...],
    represents: tuple[Representation, ...],
    succeeds: tuple[Succession, ...],
    composed_of: tuple[Membership, ...],
    same_as: tuple[Identity, ...],
    _attributes: tuple[Attribute, ...],
    _note: SealableText,
) -> Iterator[Reference]:
    for number, representation in enumerate(represents):
        yield from _of_representation(f"{path}.represents[{number}]", *astuple(representation))
    for number, succession in enumerate(succeeds):
        yield from _of_succession(f"{path}.succeeds[{number}]", *astuple(succession))
    for number, membership in enumerate(composed_of):
        yield from _of_membership(f"{path}.composed_of[{number}]", *astuple(membership))
    for number, identity in enumerate(same_as):
        yield from _of_identity(f"{path}.same_as[{number}]", *astuple(identity))


@every_field(Representation)
def _of_representation(
    path: str,
    /,
    principal: str,
    _from_day: date | None,
    _to_day: date | None,
    _mandate: tuple[Mandate, ...],
    reports: tuple[str, ...],
    _note: SealableText,
) -> Iterator[Reference]:
    return _of_tie(path, "principal", principal, reports)


@every_field(Succession)
def _of_succession(
    path: str,
    /,
    predecessor: str,
    _from_day: date,
    _continues: bool,
    reports: tuple[str, ...],
    _note: SealableText,
) -> Iterator[Reference]:
    return _of_tie(path, "predecessor", predecessor, reports)


@every_field(Membership)
def _of_membership(
    path: str,
    /,
    member: str,
    _from_day: date | None,
    _to_day: date | None,
    reports: tuple[str, ...],
    _note: SealableText,
) -> Iterator[Reference]:
    return _of_tie(path, "member", member, reports)


@every_field(Identity)
def _of_identity(
    path: str, /, party: str, reports: tuple[str, ...], _note: SealableText
) -> Iterator[Reference]:
    return _of_tie(path, "party", party, reports)


def _of_tie(path: str, name: str, party: str, reports: tuple[str, ...]) -> Iterator[Reference]:
    yield Reference(f"{path}.{name}", party, (Party,))
    for number, report in enumerate(reports):
        yield Reference(f"{path}.reports[{number}]", report, (Report,))


@every_field(Report)
def _of_report(
    _path: str,
    /,
    _title: SealableText,
    _publisher: SealableText,
    _url: SealableText,
    _archived_url: SealableText,
    _digest: str,
    _language: str,
    _published: IntervalDate,
    _retrieved: date | None,
    _source_grade: SourceGrade | None,
    _topics: tuple[str, ...],
    _attributes: tuple[Attribute, ...],
    _summary: SealableText,
    _note: SealableText,
) -> Iterator[Reference]:
    return iter(())


@every_field(Scale)
def _of_scale(
    _path: str,
    /,
    _title: SealableText,
    _version: str,
    _source: str,
    _licence: str,
    _coding: Coding,
    _weights: tuple[Weight, ...],
    _note: SealableText,
) -> Iterator[Reference]:
    return iter(())


@every_field(Instrument)
def _of_instrument(
    path: str,
    /,
    _title: SealableText,
    _kind: InstrumentKind,
    participants: tuple[str, ...],
    third_parties: tuple[str, ...],
    _occurred: IntervalDate,
    _withdrawal: Withdrawal | None,
    _topics: tuple[str, ...],
    relations: tuple[Relation, ...],
    evidence: tuple[Evidence, ...],
    _summary: SealableText,
    _note: SealableText,
) -> Iterator[Reference]:
    yield from _parties(f"{path}.participants", participants)
    yield from _parties(f"{path}.third_parties", third_parties)
    yield from _ties(path, relations, evidence)


@every_field(Commitment)
def _of_commitment(
    path: str,
    /,
    debtors: tuple[str, ...],
    creditors: tuple[str, ...],
    _consequent: SealableText,
    _mutual: bool,
    made_by: tuple[str, ...],
    _consequent_code: EventCode | None,
    _quantity: Quantity | None,
    instrument: str,
    _provision: str,
    _occurred: IntervalDate,
    _nature: Nature,
    _due: IntervalDate | None,
    due_after: DueAfter | None,
    _instalments: tuple[Instalment, ...],
    _until: date | None,
    until_condition: Antecedent | None,
    _offer: bool,
    antecedent: Antecedent | None,
    _withdrawal: Withdrawal | None,
    _topics: tuple[str, ...],
    relations: tuple[Relation, ...],
    evidence: tuple[Evidence, ...],
    _summary: SealableText,
    _note: SealableText,
) -> Iterator[Reference]:
    yield from _parties(f"{path}.debtors", debtors)
    yield from _parties(f"{path}.creditors", creditors)
    yield from _parties(f"{path}.made_by", made_by)
    yield Reference(f"{path}.instrument", instrument, (Instrument,))
    if due_after is not None:
        yield from _of_due_after(f"{path}.due_after", *astuple(due_after))
    if until_condition is not None:
        yield from _of_tree(f"{path}.until_condition", *astuple(until_condition))
    if antecedent is not None:
        yield from _of_tree(f"{path}.antecedent", *astuple(antecedent))
    yield from _ties(path, relations, evidence)


@every_field(DueAfter)
def _of_due_after(
    path: str,
    /,
    act: str,
    commitment: str,
    _days: int | None,
    _months: int | None,
) -> Iterator[Reference]:
    yield Reference(f"{path}.act", act, (Act,))
    yield Reference(f"{path}.commitment", commitment, (Commitment,))


@every_field(Antecedent)
def _of_tree(path: str, /, condition: Condition, _deadline: date | None) -> Iterator[Reference]:
    for field, each, _ in placed_conditions(condition, f"{path}.condition"):
        if isinstance(each, ActOccurred):
            yield Reference(field, each.act, (Act,))
        elif isinstance(each, CommitmentFulfilled):
            yield Reference(field, each.commitment, (Commitment,))


@every_field(Act)
def _of_act(
    path: str,
    /,
    _kind: ActKind,
    actor: str,
    _title: SealableText,
    co_actors: tuple[str, ...],
    counterparties: tuple[str, ...],
    _joint: bool,
    _occurred: IntervalDate,
    _place: Place | None,
    _quantity: Quantity | None,
    _code: EventCode | None,
    _topics: tuple[str, ...],
    _attributes: tuple[Attribute, ...],
    relations: tuple[Relation, ...],
    evidence: tuple[Evidence, ...],
    _summary: SealableText,
    _note: SealableText,
) -> Iterator[Reference]:
    yield Reference(f"{path}.actor", actor, (Party,))
    yield from _parties(f"{path}.co_actors", co_actors)
    yield from _parties(f"{path}.counterparties", counterparties)
    yield from _ties(path, relations, evidence)


def _parties(path: str, ids: tuple[str, ...]) -> Iterator[Reference]:
    for number, party in enumerate(ids):
        yield Reference(f"{path}[{number}]", party, (Party,))


def _ties(
    path: str, relations: tuple[Relation, ...], evidence: tuple[Evidence, ...]
) -> Iterator[Reference]:
    for number, relation in enumerate(relations):
        field = f"{path}.relations[{number}].target"
        yield Reference(field, target_of(*astuple(relation)), aims(relation.kind))
    yield from _of_evidence(f"{path}.evidence", evidence)


def _of_evidence(field: str, evidence: tuple[Evidence, ...]) -> Iterator[Reference]:
    for number, told in enumerate(evidence):
        report, asserted_by = told_by(*astuple(told))
        yield Reference(f"{field}[{number}].report", report, (Report,))
        yield Reference(f"{field}[{number}].asserted_by", asserted_by, (Party,))


def aims(kind: RelationKind) -> Types:
    """The types of entry that a relation of this kind may have as its target."""
    return _AIMS.get(kind, (Commitment, Act, Instrument))


#: What delivers on, or changes the terms of, one commitment aims at it; what ends or halts may
#: aim at all commitments of an instrument at once. An acceptance may also aim at an act, the
#: one that suspends or reschedules; what undoes an act aims at the act. All others aim at any
#: of the three.
_AIMS: dict[RelationKind, Types] = {
    RelationKind.FULFILS: (Commitment,),
    RelationKind.BREACHES: (Commitment,),
    RelationKind.MEETS: (Commitment,),
    RelationKind.SUPERSEDES: (Commitment,),
    RelationKind.RESCHEDULES: (Commitment,),
    RelationKind.REVIEWS: (Commitment,),
    RelationKind.ACCEPTS: (Commitment, Act),
    RelationKind.REVERSES: (Act,),
    RelationKind.WITHDRAWS: (Act,),
    RelationKind.CANCELS: (Commitment, Instrument),
    RelationKind.RELEASES: (Commitment, Instrument),
    RelationKind.SUSPENDS: (Commitment, Instrument),
    RelationKind.RESUMES: (Commitment, Instrument),
}
