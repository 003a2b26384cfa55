"""Writes entries from values into messages."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import assert_never

from diplomatic_ledger.v1 import entries_pb2 as pb
from google.protobuf.timestamp_pb2 import Timestamp

from ledger_service.api.messages import names
from ledger_service.domain.values import entries as domain

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def day(value: date | None) -> str:
    return _written(value) if value else ""


@lru_cache(10_000)
def _written(value: date) -> str:
    # An answer tells the same days again and again: to look one up takes a fifth of the time.
    return value.isoformat()


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
            return pb.EntryState(party=party(value))
        case domain.Report():
            return pb.EntryState(report=report(value))
        case domain.Instrument():
            return pb.EntryState(instrument=instrument(value))
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
        words=value.words,
    )


def party(value: domain.Party) -> pb.Party:
    return pb.Party(
        name=text(value.name),
        kind=names.PARTY_KIND.number(value.kind),
        names=[
            pb.PartyName(
                name=text(each.name),
                from_day=day(each.from_day),
                to_day=day(each.to_day),
                language=each.language,
            )
            for each in value.names
        ],
        aliases=map(text, value.aliases),
        codes=party_codes(value.codes),
        represents=map(_representation, value.represents),
        succeeds=[
            pb.Succession(
                predecessor=each.predecessor,
                from_day=day(each.from_day),
                continues=each.continues,
                reports=each.reports,
                note=text(each.note),
            )
            for each in value.succeeds
        ],
        composed_of=[
            pb.Membership(
                member=each.member,
                from_day=day(each.from_day),
                to_day=day(each.to_day),
                reports=each.reports,
                note=text(each.note),
            )
            for each in value.composed_of
        ],
        same_as=[
            pb.Identity(party=each.party, reports=each.reports, note=text(each.note))
            for each in value.same_as
        ],
        attributes=_attributes(value.attributes),
        note=text(value.note),
    )


def party_codes(values: Iterable[domain.PartyCode]) -> list[pb.PartyCode]:
    return [
        pb.PartyCode(
            scheme=each.scheme,
            value=each.value,
            from_day=day(each.from_day),
            to_day=day(each.to_day),
        )
        for each in values
    ]


def _representation(value: domain.Representation) -> pb.Representation:
    return pb.Representation(
        principal=value.principal,
        from_day=day(value.from_day),
        to_day=day(value.to_day),
        mandate=[names.MANDATE.number(each) for each in value.mandate],
        reports=value.reports,
        note=text(value.note),
    )


def _attributes(values: Iterable[domain.Attribute]) -> list[pb.Attribute]:
    return [pb.Attribute(name=each.name, value=each.value) for each in values]


def report(value: domain.Report) -> pb.Report:
    return pb.Report(
        title=text(value.title),
        publisher=text(value.publisher),
        url=text(value.url),
        archived_url=text(value.archived_url),
        digest=value.digest,
        language=value.language,
        published=interval(value.published),
        retrieved=day(value.retrieved),
        source_grade=names.SOURCE_GRADE.number(value.source_grade),
        topics=value.topics,
        attributes=_attributes(value.attributes),
        summary=text(value.summary),
        note=text(value.note),
    )


def evidence(values: Iterable[domain.Evidence]) -> list[pb.Evidence]:
    return [
        pb.Evidence(
            report=each.report,
            quote=text(each.quote),
            locator=text(each.locator),
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
            takes_effect=day(each.takes_effect),
            until=day(each.until),
            due=interval(each.due) if each.due else None,
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
        case domain.AtLeast():
            at_least = pb.AtLeastCondition(n=value.n, of=map(_condition, value.of))
            return pb.Condition(at_least=at_least)
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


def _quantity(value: domain.Quantity | None) -> pb.Quantity | None:
    return pb.Quantity(value=value.value, unit=value.unit) if value else None


def _withdrawal(value: domain.Withdrawal | None) -> pb.Withdrawal | None:
    if value is None:
        return None
    message = pb.Withdrawal(not_before=day(value.not_before))
    if value.notice_days is not None:
        message.notice_days = value.notice_days
    elif value.notice_months is not None:
        message.notice_months = value.notice_months
    return message


def _due_after(value: domain.DueAfter | None) -> pb.DueAfter | None:
    if value is None:
        return None
    message = pb.DueAfter()
    if value.act:
        message.act = value.act
    else:
        message.commitment = value.commitment
    if value.days is not None:
        message.days = value.days
    elif value.months is not None:
        message.months = value.months
    return message


def _instalments(values: Iterable[domain.Instalment]) -> list[pb.Instalment]:
    return [
        pb.Instalment(due=interval(each.due), share=each.share)
        if each.share
        else pb.Instalment(due=interval(each.due), quantity=each.quantity)
        for each in values
    ]


def instrument(value: domain.Instrument) -> pb.Instrument:
    return pb.Instrument(
        title=text(value.title),
        kind=names.INSTRUMENT_KIND.number(value.kind),
        participants=value.participants,
        third_parties=value.third_parties,
        occurred=interval(value.occurred),
        withdrawal=_withdrawal(value.withdrawal),
        topics=value.topics,
        relations=_relations(value.relations),
        evidence=evidence(value.evidence),
        summary=text(value.summary),
        note=text(value.note),
    )


def commitment(value: domain.Commitment) -> pb.Commitment:
    return pb.Commitment(
        debtors=value.debtors,
        creditors=value.creditors,
        mutual=value.mutual,
        made_by=value.made_by,
        consequent=text(value.consequent),
        consequent_code=_code(value.consequent_code),
        quantity=_quantity(value.quantity),
        instrument=value.instrument,
        provision=value.provision,
        occurred=interval(value.occurred),
        nature=names.NATURE.number(value.nature),
        due=interval(value.due) if value.due else None,
        due_after=_due_after(value.due_after),
        instalments=_instalments(value.instalments),
        until=day(value.until),
        until_condition=_antecedent(value.until_condition),
        offer=value.offer,
        antecedent=_antecedent(value.antecedent),
        withdrawal=_withdrawal(value.withdrawal),
        topics=value.topics,
        relations=_relations(value.relations),
        evidence=evidence(value.evidence),
        summary=text(value.summary),
        note=text(value.note),
    )


def _place(value: domain.Place | None) -> pb.Place | None:
    if value is None:
        return None
    return pb.Place(
        name=text(value.name),
        country=text(value.country),
        latitude=text(value.latitude),
        longitude=text(value.longitude),
        geonames=text(value.geonames),
    )


def act(value: domain.Act) -> pb.Act:
    return pb.Act(
        kind=names.ACT_KIND.number(value.kind),
        actor=value.actor,
        co_actors=value.co_actors,
        counterparties=value.counterparties,
        joint=value.joint,
        title=text(value.title),
        occurred=interval(value.occurred),
        place=_place(value.place),
        quantity=_quantity(value.quantity),
        code=_code(value.code),
        topics=value.topics,
        attributes=_attributes(value.attributes),
        relations=_relations(value.relations),
        evidence=evidence(value.evidence),
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
