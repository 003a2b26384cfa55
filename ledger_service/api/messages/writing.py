"""Writes entries from values into messages.

Acts and commitments, of which lists are long, are written in their places, and of what is rare in
them only what is there: a message that is given to the constructor of another one is serialized
and parsed again, and each field that is named takes its time.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import assert_never

from diplomatic_ledger.v1 import entries_pb2 as pb
from google.protobuf.internal.containers import RepeatedCompositeFieldContainer
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
    message = pb.EntryState()
    match value:
        case domain.Party():
            return pb.EntryState(party=party(value))
        case domain.Report():
            return pb.EntryState(report=report(value))
        case domain.Instrument():
            return pb.EntryState(instrument=instrument(value))
        case domain.Commitment():
            write_commitment(message.commitment, value)
            return message
        case domain.Act():
            write_act(message.act, value)
            return message
        case domain.Scale():
            return pb.EntryState(scale=_scale(value))
        case _:
            assert_never(value)


def interval(value: domain.IntervalDate) -> pb.IntervalDate:
    message = pb.IntervalDate()
    write_interval(message, value)
    return message


def write_interval(message: pb.IntervalDate, value: domain.IntervalDate) -> None:
    message.precision = names.PRECISION.number(value.precision)
    if value.from_day:
        message.from_day = value.from_day.isoformat()
    if value.to_day:
        message.to_day = value.to_day.isoformat()
    if value.basis:
        message.basis = names.DATE_BASIS.number(value.basis)
    if value.words:
        message.words = value.words


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


def add_evidence(
    messages: RepeatedCompositeFieldContainer[pb.Evidence], values: Iterable[domain.Evidence]
) -> None:
    for each in values:
        message = messages.add(
            report=each.report, credibility=each.credibility, hedged=each.hedged
        )
        if each.asserted_by:
            message.asserted_by = each.asserted_by
        if each.quote:
            message.quote = text(each.quote)
        if each.locator:
            message.locator = text(each.locator)
        if each.attribution:
            message.attribution = text(each.attribution)


def _write_code(message: pb.EventCode, value: domain.EventCode) -> None:
    message.cameo = value.cameo
    if value.plover is not None:
        plover = value.plover
        message.plover.type = plover.type
        message.plover.mode = plover.mode
        message.plover.contexts.extend(plover.contexts)


def _add_relations(
    messages: RepeatedCompositeFieldContainer[pb.Relation], values: Iterable[domain.Relation]
) -> None:
    for each in values:
        message = messages.add(
            kind=names.RELATION_KIND.number(each.kind), target=each.target, extent=each.extent
        )
        if each.about:
            message.about = names.ABOUT.number(each.about)
        if each.condition:
            message.condition = each.condition
        if each.takes_effect:
            message.takes_effect = each.takes_effect.isoformat()
        if each.until:
            message.until = each.until.isoformat()
        if each.due:
            write_interval(message.due, each.due)
        if each.note:
            message.note = text(each.note)


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


def _antecedent(value: domain.Antecedent) -> pb.Antecedent:
    return pb.Antecedent(condition=_condition(value.condition), deadline=day(value.deadline))


def _write_quantity(message: pb.Quantity, value: domain.Quantity) -> None:
    message.value = value.value
    message.unit = value.unit


def _withdrawal(value: domain.Withdrawal) -> pb.Withdrawal:
    message = pb.Withdrawal(not_before=day(value.not_before))
    if value.notice_days is not None:
        message.notice_days = value.notice_days
    elif value.notice_months is not None:
        message.notice_months = value.notice_months
    return message


def _due_after(value: domain.DueAfter) -> pb.DueAfter:
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
    message = pb.Instrument(
        title=text(value.title),
        kind=names.INSTRUMENT_KIND.number(value.kind),
        participants=value.participants,
        third_parties=value.third_parties,
        occurred=interval(value.occurred),
        withdrawal=_withdrawal(value.withdrawal) if value.withdrawal else None,
        topics=value.topics,
        summary=text(value.summary),
        note=text(value.note),
    )
    _add_relations(message.relations, value.relations)
    add_evidence(message.evidence, value.evidence)
    return message


def write_commitment(message: pb.Commitment, value: domain.Commitment) -> None:
    message.debtors.extend(value.debtors)
    message.creditors.extend(value.creditors)
    message.consequent = text(value.consequent)
    message.nature = names.NATURE.number(value.nature)
    write_interval(message.occurred, value.occurred)
    if value.mutual:
        message.mutual = True
    if value.made_by:
        message.made_by.extend(value.made_by)
    if value.consequent_code:
        _write_code(message.consequent_code, value.consequent_code)
    if value.instrument:
        message.instrument = value.instrument
    if value.provision:
        message.provision = value.provision
    if value.offer:
        message.offer = True
    if value.topics:
        message.topics.extend(value.topics)
    if value.summary:
        message.summary = text(value.summary)
    if value.note:
        message.note = text(value.note)
    _write_terms(message, value)
    _add_relations(message.relations, value.relations)
    add_evidence(message.evidence, value.evidence)


def _write_terms(message: pb.Commitment, value: domain.Commitment) -> None:
    """How much is promised, when and under which conditions; of most nothing is said."""
    if value.quantity:
        _write_quantity(message.quantity, value.quantity)
    if value.due:
        write_interval(message.due, value.due)
    if value.due_after:
        message.due_after.CopyFrom(_due_after(value.due_after))
    if value.instalments:
        message.instalments.extend(_instalments(value.instalments))
    if value.until:
        message.until = value.until.isoformat()
    if value.until_condition:
        message.until_condition.CopyFrom(_antecedent(value.until_condition))
    if value.antecedent:
        message.antecedent.CopyFrom(_antecedent(value.antecedent))
    if value.withdrawal:
        message.withdrawal.CopyFrom(_withdrawal(value.withdrawal))


def _write_place(message: pb.Place, value: domain.Place) -> None:
    message.name = text(value.name)
    message.country = text(value.country)
    message.latitude = text(value.latitude)
    message.longitude = text(value.longitude)
    message.geonames = text(value.geonames)


def write_act(message: pb.Act, value: domain.Act) -> None:
    message.kind = names.ACT_KIND.number(value.kind)
    message.actor = value.actor
    message.title = text(value.title)
    message.counterparties.extend(value.counterparties)
    write_interval(message.occurred, value.occurred)
    if value.co_actors:
        message.co_actors.extend(value.co_actors)
    if value.joint:
        message.joint = True
    if value.place:
        _write_place(message.place, value.place)
    if value.quantity:
        _write_quantity(message.quantity, value.quantity)
    if value.code:
        _write_code(message.code, value.code)
    if value.topics:
        message.topics.extend(value.topics)
    if value.attributes:
        message.attributes.extend(_attributes(value.attributes))
    if value.summary:
        message.summary = text(value.summary)
    if value.note:
        message.note = text(value.note)
    _add_relations(message.relations, value.relations)
    add_evidence(message.evidence, value.evidence)


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
