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
    Coding,
    Commitment,
    CommitmentFulfilled,
    Condition,
    EventCode,
    Evidence,
    IntervalDate,
    Mandate,
    Nature,
    Party,
    PartyCodes,
    PartyKind,
    Quantity,
    Relation,
    RelationKind,
    Report,
    Representation,
    Scale,
    SealableText,
    SourceGrade,
    State,
    Weight,
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
        if isinstance(item, Amendment) and item.report is not None:
            field = f"items[{number}].amendment.new_information.report"
            found.append(Reference(field, item.report, (Report,)))
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
    """What an act or a commitment without an antecedent mentions, with empty ids; None for
    any other item.
    """
    if type(item) is not NewEntry:
        return None
    state = item.state
    if type(state) is Act:
        return _mentions_of_act(*astuple(state))
    if type(state) is Commitment and state.antecedent is None:
        return _mentions_of_commitment(*astuple(state))
    return None


@every_field(Act)
def _mentions_of_act(
    _kind: ActKind,
    actor: str,
    _title: SealableText,
    co_actors: tuple[str, ...],
    counterparty: str,
    _joint: bool,
    _occurred: IntervalDate,
    _place: str,
    _quantity: Quantity | None,
    _code: EventCode | None,
    relations: tuple[Relation, ...],
    evidence: tuple[Evidence, ...],
    _summary: SealableText,
    _note: SealableText,
) -> Mentions:
    return (actor, *co_actors, counterparty), relations, evidence


@every_field(Commitment)
def _mentions_of_commitment(
    debtors: tuple[str, ...],
    creditors: tuple[str, ...],
    _consequent: str,
    _mutual: bool,
    made_by: tuple[str, ...],
    _consequent_code: EventCode | None,
    _occurred: IntervalDate,
    _nature: Nature,
    _due: IntervalDate | None,
    _until: date | None,
    _offer: bool,
    _antecedent: Antecedent | None,  # there is none
    relations: tuple[Relation, ...],
    evidence: tuple[Evidence, ...],
    _summary: SealableText,
    _note: SealableText,
) -> Mentions:
    return debtors + creditors + made_by, relations, evidence


@every_field(Relation)
def target_of(
    _kind: RelationKind,
    target: str,
    _extent: str,
    _about: About | None,
    _condition: str,
    _note: SealableText,
) -> str:
    """The id that a relation mentions."""
    return target


@every_field(Evidence)
def told_by(
    report: str, _attribution: SealableText, asserted_by: str, _credibility: int, _hedged: bool
) -> tuple[str, str]:
    """The ids that a piece of evidence mentions: its report, and who asserts, if anybody."""
    return report, asserted_by


def _of_state(path: str, _entry_id: str, state: State) -> Iterator[Reference]:
    match state:
        case Party():
            return _of_party(path, *astuple(state))
        case Report():
            return _of_report(path, *astuple(state))
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
    _name: str,
    _kind: PartyKind,
    _aliases: tuple[str, ...],
    _codes: PartyCodes | None,
    represents: tuple[Representation, ...],
    _note: SealableText,
) -> Iterator[Reference]:
    for number, representation in enumerate(represents):
        yield _of_representation(f"{path}.represents[{number}]", *astuple(representation))


@every_field(Representation)
def _of_representation(
    path: str,
    /,
    principal: str,
    _from_day: date | None,
    _to_day: date | None,
    _mandate: tuple[Mandate, ...],
    _note: SealableText,
) -> Reference:
    return Reference(f"{path}.principal", principal, (Party,))


@every_field(Report)
def _of_report(
    _path: str,
    /,
    _title: SealableText,
    _publisher: str,
    _url: SealableText,
    _published: IntervalDate,
    _source_grade: SourceGrade | None,
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


@every_field(Commitment)
def _of_commitment(
    path: str,
    /,
    debtors: tuple[str, ...],
    creditors: tuple[str, ...],
    _consequent: str,
    _mutual: bool,
    made_by: tuple[str, ...],
    _consequent_code: EventCode | None,
    _occurred: IntervalDate,
    _nature: Nature,
    _due: IntervalDate | None,
    _until: date | None,
    _offer: bool,
    antecedent: Antecedent | None,
    relations: tuple[Relation, ...],
    evidence: tuple[Evidence, ...],
    _summary: SealableText,
    _note: SealableText,
) -> Iterator[Reference]:
    yield from _parties(f"{path}.debtors", debtors)
    yield from _parties(f"{path}.creditors", creditors)
    yield from _parties(f"{path}.made_by", made_by)
    if antecedent is not None:
        yield from _of_antecedent(f"{path}.antecedent", *astuple(antecedent))
    yield from _ties(path, relations, evidence)


@every_field(Antecedent)
def _of_antecedent(
    path: str, /, condition: Condition, _deadline: date | None
) -> Iterator[Reference]:
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
    counterparty: str,
    _joint: bool,
    _occurred: IntervalDate,
    _place: str,
    _quantity: Quantity | None,
    _code: EventCode | None,
    relations: tuple[Relation, ...],
    evidence: tuple[Evidence, ...],
    _summary: SealableText,
    _note: SealableText,
) -> Iterator[Reference]:
    yield Reference(f"{path}.actor", actor, (Party,))
    yield from _parties(f"{path}.co_actors", co_actors)
    yield Reference(f"{path}.counterparty", counterparty, (Party,))
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
    for number, told in enumerate(evidence):
        report, asserted_by = told_by(*astuple(told))
        yield Reference(f"{path}.evidence[{number}].report", report, (Report,))
        yield Reference(f"{path}.evidence[{number}].asserted_by", asserted_by, (Party,))


def aims(kind: RelationKind) -> Types:
    """The types of entry that a relation of this kind may have as its target."""
    return (Commitment,) if kind in _AIMED_AT_COMMITMENTS else (Commitment, Act)


#: What moves a commitment aims at one; only an acceptance may also aim at an act,
#: the one that suspends.
_AIMED_AT_COMMITMENTS = frozenset(
    {
        RelationKind.FULFILS,
        RelationKind.BREACHES,
        RelationKind.CANCELS,
        RelationKind.RELEASES,
        RelationKind.SUSPENDS,
        RelationKind.RESUMES,
        RelationKind.SUPERSEDES,
        RelationKind.MEETS,
    }
)
