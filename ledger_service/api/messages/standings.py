"""Converts answers about commitments and acts to messages."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction

from diplomatic_ledger.v1 import (
    acts_pb2,
    instruments_pb2,
    ledger_service_pb2,
    parties_pb2,
    reports_pb2,
    rubrics_pb2,
    standings_pb2,
    taking_part_pb2,
)

from ledger_service.api.messages import names, writing
from ledger_service.api.messages.large_states import shorten
from ledger_service.api.messages.seals import Seals
from ledger_service.api.messages.writing import day
from ledger_service.domain.instruments.rubrics import RubricTable, rating
from ledger_service.domain.values import answers, exact
from ledger_service.domain.values.commands import RecordAnswer
from ledger_service.domain.values.entries import (
    Party,
)
from ledger_service.domain.values.stopping import looking
from ledger_service.domain.values.taking_part import TakingPart


def fraction(value: Fraction | None) -> str:
    """An exact number as text; empty for None."""
    return "" if value is None else exact.text(value)


def approximate(value: float | None) -> str:
    """A number rounded to 9 significant digits, as text; empty for None."""
    return "" if value is None else f"{value:.9g}"


def recorded(answer: RecordAnswer, token: str) -> ledger_service_pb2.RecordResponse:
    response = ledger_service_pb2.RecordResponse(
        request_id=answer.request_id, token=token, already_recorded=answer.already_recorded
    )
    for each in answer.recorded:
        place = response.recorded.add()  # filled field by field, in a third of the time
        place.entry_id = each.entry_id
        place.version = each.version
        place.position = each.position
        if each.already_recorded:
            place.already_recorded = True
        seconds, microseconds = divmod(each.microseconds, 1_000_000)
        stamp = place.recorded_at
        stamp.seconds = seconds
        stamp.nanos = microseconds * 1000
    return response


def finding(value: answers.Finding) -> standings_pb2.EvidenceFinding:
    return standings_pb2.EvidenceFinding(
        status=names.EVIDENCE_STATUS.number(value.status),
        hedged=value.hedged,
        because=value.because,
    )


def _conduct(values: Iterable[answers.Conduct]) -> list[standings_pb2.Conduct]:
    return [
        standings_pb2.Conduct(
            act=each.act,
            day=day(each.day),
            relation=names.RELATION_KIND.number(each.relation),
            extent=fraction(each.extent),
            effective=each.effective,
            flags=names.CONDUCT_FLAG.numbers(each.flags),
            evidence=finding(each.evidence),
            target=each.target,
            why_not=names.CONDUCT_FLAG.number_of(each.why_not),
            needed_from=each.needed_from,
        )
        for each in looking(values)
    ]


def _steps(values: Iterable[answers.Step]) -> list[standings_pb2.StandingStep]:
    return [
        standings_pb2.StandingStep(
            day=day(each.day),
            before=names.LIFECYCLE.number(each.before),
            after=names.LIFECYCLE.number(each.after),
            entry_id=each.entry_id,
            reason=each.reason,
        )
        for each in values
    ]


def standing(value: answers.Standing) -> standings_pb2.Standing:
    return standings_pb2.Standing(
        lifecycle=names.LIFECYCLE.number(value.lifecycle),
        flags=names.STANDING_FLAG.numbers(value.flags),
        share=fraction(value.share),
        share_at_least=fraction(value.share_at_least),
        debtors=value.debtors,
        creditors=value.creditors,
        day=day(value.day),
        existence=finding(value.existence),
        conduct=_conduct(value.conduct),
        steps=_steps(value.steps),
        against=value.against,
        superseded_by=value.superseded_by,
        why=value.why,
        in_doubt=value.in_doubt,
        held_by=standings_pb2.HeldBy(
            debtors=value.held_by.debtors, creditors=value.held_by.creditors
        ),
        left_by=value.left_by,
        due=writing.interval(value.due) if value.due else None,
        until=day(value.until),
        due_share=fraction(value.due_share),
        behind=fraction(value.behind),
        notice_given=day(value.notice_given),
        last_reviewed=day(value.last_reviewed),
        changes_on=day(value.changes_on),
        supersessions=[
            standings_pb2.Supersession(
                successor=each.successor,
                predecessor=each.predecessor,
                effective=each.effective,
                why_not=names.SUPERSESSION_FLAG.number_of(each.why_not),
                needed_from=each.needed_from,
            )
            for each in looking(value.supersessions)
        ],
    )


def commitment(
    value: answers.CommitmentStanding,
    seals: Seals,
    ratings: Iterable[tuple[answers.Rubric, str]] = (),
) -> standings_pb2.CommitmentStanding:
    state, sealed = seals.read(value.commitment)
    message = standings_pb2.CommitmentStanding(
        entry_id=value.entry_id,
        version=value.version,
        commitment=writing.commitment(state),
        standing=standing(value.standing),
        sealed=sealed,
        ratings=[
            rubrics_pb2.Rating(rubric=rubric, rating=rating) for rubric, rating in ratings
        ],
        taking_part=taking_part(value.taking_part),
    )
    message.evidence_left_out = shorten(message.commitment, message.sealed)
    return message


def rated(
    found: answers.CommitmentStanding, seals: Seals, rubrics: Iterable[answers.Rubric]
) -> standings_pb2.CommitmentStanding:
    """A commitment with its ratings by the rubrics that were asked for."""
    ratings = [(each, rating(each, found.commitment, found.standing)) for each in rubrics]
    return commitment(found, seals, ratings)


def rubric(name: answers.Rubric, table: RubricTable) -> rubrics_pb2.Rubric:
    return rubrics_pb2.Rubric(
        name=name,
        title=table.title,
        source=table.source,
        is_numeric=table.is_numeric,
        ratings=[
            rubrics_pb2.RubricRating(rating=rating, definition=definition)
            for rating, definition in table.ratings
        ],
    )


def instrument(
    value: answers.InstrumentStanding, seals: Seals, *, full: bool = True
) -> instruments_pb2.InstrumentStanding:
    state, sealed = seals.read(value.instrument)
    message = instruments_pb2.InstrumentStanding(
        entry_id=value.entry_id,
        version=value.version,
        instrument=writing.instrument(state),
        day=day(value.day),
        evidence=finding(value.evidence),
        conduct=_conduct(value.conduct),
        commitments=[
            instruments_pb2.InstrumentCommitment(
                entry_id=each.entry_id,
                provision=each.provision,
                debtors=each.debtors,
                creditors=each.creditors,
                lifecycle=names.LIFECYCLE.number(each.lifecycle),
                flags=names.STANDING_FLAG.numbers(each.flags),
                share=fraction(each.share),
                share_at_least=fraction(each.share_at_least),
                rating=each.rating,
            )
            for each in looking(value.commitments if full else ())
        ],
        counts=[
            instruments_pb2.LifecycleCount(
                lifecycle=names.LIFECYCLE.number(lifecycle), count=count
            )
            for lifecycle, count in value.counts
        ],
        rubric=value.rubric,
        rated=value.rated,
        average=fraction(value.average),
        why=value.why,
        in_doubt=value.in_doubt,
        sealed=sealed,
        commitment_count=len(value.commitments),
        taking_part=taking_part(value.taking_part),
    )
    message.evidence_left_out = shorten(message.instrument, message.sealed)
    return message


def party(value: answers.PartyView, seals: Seals) -> parties_pb2.PartyView:
    state, sealed = seals.read(value.party)
    return parties_pb2.PartyView(
        entry_id=value.entry_id,
        version=value.version,
        party=writing.party(state),
        name=_name(value, state),
        codes=writing.party_codes(value.codes),
        became=value.became,
        predecessors=value.predecessors,
        successors=value.successors,
        sealed=sealed,
    )


def _name(value: answers.PartyView, seen: Party) -> str:
    """The name of the day as the reader sees it: that of the party, read through its seals."""
    held = (value.party.name, *(each.name for each in value.party.names))
    texts = (seen.name, *(each.name for each in seen.names))
    return writing.text(dict(zip(held, texts, strict=True))[value.name])


def report(value: answers.ReportView, seals: Seals) -> reports_pb2.ReportView:
    state, sealed = seals.read(value.report)
    return reports_pb2.ReportView(
        entry_id=value.entry_id,
        version=value.version,
        report=writing.report(state),
        day=day(value.day),
        cited_by_count=value.cited_by_count,
        sealed=sealed,
    )


def taking_part(values: Iterable[TakingPart]) -> list[taking_part_pb2.TakingPart]:
    return [
        taking_part_pb2.TakingPart(
            party=each.party,
            part=names.PART.number(each.part),
            named=each.named,
            by=names.PART_BY.number(each.by),
        )
        for each in values
    ]


def act(value: answers.ActView, seals: Seals) -> acts_pb2.ActView:
    state, sealed = seals.read(value.act)
    message = acts_pb2.ActView(
        entry_id=value.entry_id,
        version=value.version,
        act=writing.act(state),
        day=day(value.day),
        evidence=finding(value.evidence),
        actors=value.actors,
        counterparties=value.counterparties,
        sealed=sealed,
        taking_part=taking_part(value.taking_part),
    )
    message.evidence_left_out = shorten(message.act, message.sealed)
    return message
