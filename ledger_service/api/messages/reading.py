"""Reads entries from messages into values.

Only what a value cannot hold is judged here (unknown numbers, unreadable days, missing parts);
the rules of the domain are checked afterwards.
"""

from __future__ import annotations

from typing import assert_never

from diplomatic_ledger.v1 import entries_pb2 as pb

from ledger_service.api.messages import names
from ledger_service.api.messages import reading_parts as parts
from ledger_service.api.messages.problems import ReadingProblems
from ledger_service.api.messages.reading_parties import party
from ledger_service.domain.values import entries as domain
from ledger_service.domain.values import limits

_act_kind = names.ACT_KIND.word
_NOTHING = domain.Party(name="?", kind=domain.PartyKind.STATE)


def state(message: pb.EntryState, field: str, problems: ReadingProblems) -> domain.State:
    """The state in a message; a missing one is noted as a problem, and a stand-in returned."""
    chosen = message.WhichOneof("state")
    path = f"{field}.{chosen}"
    match chosen:
        case "act":
            return _act(message.act, path, problems)
        case "commitment":
            return _commitment(message.commitment, path, problems)
        case "report":
            return _report(message.report, path, problems)
        case "instrument":
            return _instrument(message.instrument, path, problems)
        case "party":
            return party(message.party, path, problems)
        case "scale":
            return _scale(message.scale, path, problems)
        case None:
            problems.add(
                field,
                "This is required. Set exactly one of party, report, instrument, commitment, "
                "act, scale.",
            )
            return _NOTHING
        case _:
            assert_never(chosen)


def _report(message: pb.Report, field: str, problems: ReadingProblems) -> domain.Report:
    return domain.Report(
        title=message.title,
        publisher=message.publisher,
        url=message.url,
        archived_url=message.archived_url,
        digest=message.digest,
        language=message.language,
        published=parts.required_interval(
            message.published if message.HasField("published") else None,
            field,
            ".published",
            problems,
        ),
        retrieved=problems.day(read_on, field, ".retrieved")
        if (read_on := message.retrieved)
        else None,
        source_grade=names.SOURCE_GRADE.optional(
            message.source_grade, field, problems, ".source_grade"
        ),
        topics=problems.texts(topics, limits.TOPICS, field, ".topics")
        if (topics := message.topics)
        else (),
        attributes=parts.attributes(pairs, field, problems)
        if (pairs := message.attributes)
        else (),
        summary=message.summary,
        note=message.note,
    )


def _instrument(
    message: pb.Instrument, field: str, problems: ReadingProblems
) -> domain.Instrument:
    return domain.Instrument(
        title=message.title,
        kind=names.INSTRUMENT_KIND.required(
            message.kind, field, problems, domain.InstrumentKind.OTHER, ".kind"
        ),
        participants=problems.texts(
            message.participants, limits.PARTICIPANTS, field, ".participants"
        ),
        third_parties=problems.texts(
            message.third_parties, limits.PARTIES, field, ".third_parties"
        ),
        occurred=parts.required_interval(
            message.occurred if message.HasField("occurred") else None,
            field,
            ".occurred",
            problems,
        ),
        withdrawal=parts.withdrawal(message.withdrawal, f"{field}.withdrawal", problems)
        if message.HasField("withdrawal")
        else None,
        topics=problems.texts(topics, limits.TOPICS, field, ".topics")
        if (topics := message.topics)
        else (),
        relations=parts.relations(ties, field, problems) if (ties := message.relations) else (),
        evidence=parts.evidence(message.evidence, field, ".evidence", problems),
        summary=message.summary,
        note=message.note,
    )


def _commitment(
    message: pb.Commitment, field: str, problems: ReadingProblems
) -> domain.Commitment:
    nature = names.NATURE.optional(message.nature, field, problems, ".nature")
    return domain.Commitment(
        debtors=problems.texts(message.debtors, limits.PARTIES, field, ".debtors"),
        creditors=problems.texts(message.creditors, limits.PARTIES, field, ".creditors"),
        consequent=message.consequent,
        mutual=message.mutual,
        made_by=problems.texts(makers, limits.PARTIES, field, ".made_by")
        if (makers := message.made_by)
        else (),
        consequent_code=parts.code(message.consequent_code, field, ".consequent_code", problems)
        if message.HasField("consequent_code")
        else None,
        quantity=parts.quantity(message.quantity) if message.HasField("quantity") else None,
        instrument=message.instrument,
        provision=message.provision,
        occurred=parts.required_interval(
            message.occurred if message.HasField("occurred") else None,
            field,
            ".occurred",
            problems,
        ),
        nature=nature or domain.Nature.ACHIEVEMENT,
        due=parts.interval(message.due, f"{field}.due", problems)
        if message.HasField("due")
        else None,
        due_after=parts.due_after(message.due_after) if message.HasField("due_after") else None,
        instalments=parts.instalments(due_parts, field, problems)
        if (due_parts := message.instalments)
        else (),
        until=problems.day(until, field, ".until") if (until := message.until) else None,
        until_condition=parts.antecedent(
            message.until_condition, f"{field}.until_condition", problems
        )
        if message.HasField("until_condition")
        else None,
        offer=message.offer,
        antecedent=parts.antecedent(message.antecedent, f"{field}.antecedent", problems)
        if message.HasField("antecedent")
        else None,
        withdrawal=parts.withdrawal(message.withdrawal, f"{field}.withdrawal", problems)
        if message.HasField("withdrawal")
        else None,
        topics=problems.texts(topics, limits.TOPICS, field, ".topics")
        if (topics := message.topics)
        else (),
        relations=parts.relations(ties, field, problems) if (ties := message.relations) else (),
        evidence=parts.evidence(message.evidence, field, ".evidence", problems),
        summary=message.summary,
        note=message.note,
    )


def _act(message: pb.Act, field: str, problems: ReadingProblems) -> domain.Act:
    return domain.Act(
        kind=_act_kind(kind := message.kind)
        or names.ACT_KIND.required(kind, field, problems, domain.ActKind.STATEMENT, ".kind"),
        actor=message.actor,
        title=message.title,
        co_actors=problems.texts(others, limits.PARTIES, field, ".co_actors")
        if (others := message.co_actors)
        else (),
        counterparties=problems.texts(
            message.counterparties, limits.PARTIES, field, ".counterparties"
        ),
        joint=message.joint,
        occurred=parts.required_interval(
            message.occurred if message.HasField("occurred") else None,
            field,
            ".occurred",
            problems,
        ),
        place=_place(message.place) if message.HasField("place") else None,
        quantity=parts.quantity(message.quantity) if message.HasField("quantity") else None,
        code=parts.code(message.code, field, ".code", problems)
        if message.HasField("code")
        else None,
        topics=problems.texts(topics, limits.TOPICS, field, ".topics")
        if (topics := message.topics)
        else (),
        attributes=parts.attributes(pairs, field, problems)
        if (pairs := message.attributes)
        else (),
        relations=parts.relations(ties, field, problems) if (ties := message.relations) else (),
        evidence=parts.evidence(message.evidence, field, ".evidence", problems),
        summary=message.summary,
        note=message.note,
    )


def _place(message: pb.Place) -> domain.Place:
    return domain.Place(
        message.name,
        message.country,
        message.latitude,
        message.longitude,
        message.geonames,
    )


def _scale(message: pb.Scale, field: str, problems: ReadingProblems) -> domain.Scale:
    return domain.Scale(
        title=message.title,
        version=message.version,
        source=message.source,
        licence=message.licence,
        coding=names.CODING.required(
            message.coding,
            f"{field}.coding",
            problems,
            domain.Coding.CAMEO,
            hides=f"{field}.weights",
        ),
        weights=tuple(
            domain.Weight(each.code, each.weight)
            for each in problems.members(message.weights, limits.WEIGHTS, field, ".weights")
        ),
        note=message.note,
    )
