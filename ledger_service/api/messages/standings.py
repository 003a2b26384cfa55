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
from google.protobuf.internal.containers import RepeatedCompositeFieldContainer

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
    message = standings_pb2.EvidenceFinding()
    _write_finding(message, value)
    return message


def _write_finding(message: standings_pb2.EvidenceFinding, value: answers.Finding) -> None:
    message.status = names.EVIDENCE_STATUS.number(value.status)
    if value.hedged:
        message.hedged = True
    if value.because:
        message.because.extend(value.because)


def _add_conduct(
    messages: RepeatedCompositeFieldContainer[standings_pb2.Conduct],
    values: Iterable[answers.Conduct],
) -> None:
    for each in looking(values):
        message = messages.add(
            act=each.act,
            day=each.day.isoformat(),
            relation=names.RELATION_KIND.number(each.relation),
            target=each.target,
        )
        if each.extent is not None:
            message.extent = exact.text(each.extent)
        if each.effective:
            message.effective = True
        if each.flags:
            message.flags.extend(names.CONDUCT_FLAG.numbers(each.flags))
        _write_finding(message.evidence, each.evidence)
        if each.why_not:
            message.why_not = names.CONDUCT_FLAG.number_of(each.why_not)
        if each.needed_from:
            message.needed_from.extend(each.needed_from)


def standing(value: answers.Standing) -> standings_pb2.Standing:
    message = standings_pb2.Standing()
    _write_standing(message, value)
    return message


def _write_standing(message: standings_pb2.Standing, value: answers.Standing) -> None:
    # Of what is rare only what is there is written, since lists have many of these.
    message.lifecycle = names.LIFECYCLE.number(value.lifecycle)
    message.share_at_least = exact.text(value.share_at_least)
    message.debtors.extend(value.debtors)
    message.creditors.extend(value.creditors)
    message.day = value.day.isoformat()
    message.why.extend(value.why)
    message.in_doubt = value.in_doubt
    if value.flags:
        message.flags.extend(names.STANDING_FLAG.numbers(value.flags))
    if value.share is not None:
        message.share = exact.text(value.share)
    _write_finding(message.existence, value.existence)
    if value.conduct:
        _add_conduct(message.conduct, value.conduct)
    for step in value.steps:
        message.steps.add(
            day=step.day.isoformat(),
            before=names.LIFECYCLE.number(step.before),
            after=names.LIFECYCLE.number(step.after),
            entry_id=step.entry_id,
            reason=step.reason,
        )
    if value.against:
        message.against.extend(value.against)
    if value.superseded_by:
        message.superseded_by = value.superseded_by
    message.held_by.debtors.extend(value.held_by.debtors)
    message.held_by.creditors.extend(value.held_by.creditors)
    message.held_by.SetInParent()
    if value.left_by:
        message.left_by.extend(value.left_by)
    _write_terms(message, value)
    for each in looking(value.supersessions):
        message.supersessions.add(
            successor=each.successor,
            predecessor=each.predecessor,
            effective=each.effective,
            why_not=names.SUPERSESSION_FLAG.number_of(each.why_not),
            needed_from=each.needed_from,
        )


def _write_terms(message: standings_pb2.Standing, value: answers.Standing) -> None:
    """The terms as they stand, and the days beside them."""
    if value.due:
        writing.write_interval(message.due, value.due)
    if value.until:
        message.until = value.until.isoformat()
    if value.due_share is not None:
        message.due_share = exact.text(value.due_share)
    if value.behind is not None:
        message.behind = exact.text(value.behind)
    if value.notice_given:
        message.notice_given = value.notice_given.isoformat()
    if value.last_reviewed:
        message.last_reviewed = value.last_reviewed.isoformat()
    if value.changes_on:
        message.changes_on = value.changes_on.isoformat()


def commitment(
    value: answers.CommitmentStanding,
    seals: Seals,
    ratings: Iterable[tuple[answers.Rubric, str]] = (),
) -> standings_pb2.CommitmentStanding:
    message = standings_pb2.CommitmentStanding()
    write_commitment(message, value, seals, ratings)
    return message


def write_commitment(
    message: standings_pb2.CommitmentStanding,
    value: answers.CommitmentStanding,
    seals: Seals,
    ratings: Iterable[tuple[answers.Rubric, str]] = (),
) -> None:
    state, sealed = seals.read(value.commitment)
    message.entry_id = value.entry_id
    message.version = value.version
    writing.write_commitment(message.commitment, state)
    _write_standing(message.standing, value.standing)
    if sealed:
        message.sealed.extend(sealed)
    for by, found in ratings:
        message.ratings.add(rubric=by, rating=found)
    if value.taking_part:
        message.taking_part.extend(taking_part(value.taking_part))
    message.evidence_left_out = shorten(message.commitment, message.sealed)


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
    _add_conduct(message.conduct, value.conduct)
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
    message = acts_pb2.ActView()
    write_act(message, value, seals)
    return message


def write_act(message: acts_pb2.ActView, value: answers.ActView, seals: Seals) -> None:
    state, sealed = seals.read(value.act)
    message.entry_id = value.entry_id
    message.version = value.version
    writing.write_act(message.act, state)
    message.day = value.day.isoformat()
    _write_finding(message.evidence, value.evidence)
    message.actors.extend(value.actors)
    message.counterparties.extend(value.counterparties)
    if sealed:
        message.sealed.extend(sealed)
    if value.taking_part:
        message.taking_part.extend(taking_part(value.taking_part))
    message.evidence_left_out = shorten(message.act, message.sealed)
