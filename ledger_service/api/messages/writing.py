"""Writes entries from values into messages."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime
from typing import assert_never

from diplomatic_ledger.v1 import entries_pb2 as pb
from google.protobuf.timestamp_pb2 import Timestamp

from ledger_service.api.messages import names
from ledger_service.domain.values import entries as domain

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def day(value: date | None) -> str:
    return value.isoformat() if value else ""


def moment(value: datetime | None) -> Timestamp | None:
    if value is None:
        return None
    since = value - _EPOCH
    seconds = since.days * 86_400 + since.seconds
    return Timestamp(seconds=seconds, nanos=since.microseconds * 1000)


def text(value: domain.SealableText) -> str:
    """The text; an empty one for a seal that was not opened."""
    return value if isinstance(value, str) else ""


def state(value: domain.State) -> pb.EntryState:
    match value:
        case domain.Party():
            return pb.EntryState(party=_party(value))
        case domain.Report():
            return pb.EntryState(report=_report(value))
        case domain.Commitment():
            return pb.EntryState(commitment=commitment(value))
        case domain.Act():
            return pb.EntryState(act=act(value))
        case domain.Scale():
            return pb.EntryState(scale=_scale(value))
        case _:
            assert_never(value)


def interval(value: domain.IntervalDate) -> pb.IntervalDate:
    return pb.IntervalDate(
        from_day=day(value.from_day),
        to_day=day(value.to_day),
        precision=names.PRECISION.number(value.precision),
        basis=names.DATE_BASIS.number(value.basis),
    )


def _party(value: domain.Party) -> pb.Party:
    codes = value.codes
    return pb.Party(
        name=value.name,
        kind=names.PARTY_KIND.number(value.kind),
        aliases=value.aliases,
        codes=pb.PartyCodes(iso3=codes.iso3, cow=codes.cow, cameo=codes.cameo)
        if codes
        else None,
        represents=map(_representation, value.represents),
        note=text(value.note),
    )


def _representation(value: domain.Representation) -> pb.Representation:
    return pb.Representation(
        principal=value.principal,
        from_day=day(value.from_day),
        to_day=day(value.to_day),
        mandate=[names.MANDATE.number(each) for each in value.mandate],
        note=text(value.note),
    )


def _report(value: domain.Report) -> pb.Report:
    return pb.Report(
        title=text(value.title),
        publisher=value.publisher,
        url=text(value.url),
        published=interval(value.published),
        source_grade=names.SOURCE_GRADE.number(value.source_grade),
        summary=text(value.summary),
        note=text(value.note),
    )


def _evidence(values: Iterable[domain.Evidence]) -> list[pb.Evidence]:
    return [
        pb.Evidence(
            report=each.report,
            attribution=text(each.attribution),
            asserted_by=each.asserted_by,
            credibility=each.credibility,
            hedged=each.hedged,
        )
        for each in values
    ]


def _code(value: domain.EventCode | None) -> pb.EventCode | None:
    if value is None:
        return None
    return pb.EventCode(cameo=value.cameo, plover=_plover(value.plover))


def _plover(value: domain.PloverCode | None) -> pb.PloverCode | None:
    if value is None:
        return None
    return pb.PloverCode(type=value.type, mode=value.mode, contexts=value.contexts)


def _relations(values: Iterable[domain.Relation]) -> list[pb.Relation]:
    return [
        pb.Relation(
            kind=names.RELATION_KIND.number(each.kind),
            target=each.target,
            extent=each.extent,
            about=names.ABOUT.number(each.about),
            condition=each.condition,
            note=text(each.note),
        )
        for each in values
    ]


def _condition(value: domain.Condition) -> pb.Condition:
    match value:
        case domain.AllOf():
            return pb.Condition(all=_conditions(value.conditions))
        case domain.AnyOf():
            return pb.Condition(any=_conditions(value.conditions))
        case domain.ActOccurred():
            return pb.Condition(act=value.act)
        case domain.CommitmentFulfilled():
            return pb.Condition(commitment=value.commitment)
        case domain.Words():
            return pb.Condition(words=pb.WordsCondition(text=value.text, label=value.label))
        case _:
            assert_never(value)


def _conditions(values: Iterable[domain.Condition]) -> pb.ConditionList:
    return pb.ConditionList(conditions=map(_condition, values))


def _antecedent(value: domain.Antecedent | None) -> pb.Antecedent | None:
    if value is None:
        return None
    return pb.Antecedent(condition=_condition(value.condition), deadline=day(value.deadline))


def commitment(value: domain.Commitment) -> pb.Commitment:
    return pb.Commitment(
        debtors=value.debtors,
        creditors=value.creditors,
        mutual=value.mutual,
        made_by=value.made_by,
        consequent=value.consequent,
        consequent_code=_code(value.consequent_code),
        occurred=interval(value.occurred),
        nature=names.NATURE.number(value.nature),
        due=interval(value.due) if value.due else None,
        until=day(value.until),
        offer=value.offer,
        antecedent=_antecedent(value.antecedent),
        relations=_relations(value.relations),
        evidence=_evidence(value.evidence),
        summary=text(value.summary),
        note=text(value.note),
    )


def act(value: domain.Act) -> pb.Act:
    quantity = value.quantity
    return pb.Act(
        kind=names.ACT_KIND.number(value.kind),
        actor=value.actor,
        co_actors=value.co_actors,
        counterparty=value.counterparty,
        joint=value.joint,
        title=text(value.title),
        occurred=interval(value.occurred),
        place=value.place,
        quantity=pb.Quantity(value=quantity.value, unit=quantity.unit) if quantity else None,
        code=_code(value.code),
        relations=_relations(value.relations),
        evidence=_evidence(value.evidence),
        summary=text(value.summary),
        note=text(value.note),
    )


def _scale(value: domain.Scale) -> pb.Scale:
    return pb.Scale(
        title=text(value.title),
        version=value.version,
        source=value.source,
        licence=value.licence,
        coding=names.CODING.number(value.coding),
        weights=[pb.Weight(code=each.code, weight=each.weight) for each in value.weights],
        note=text(value.note),
    )
