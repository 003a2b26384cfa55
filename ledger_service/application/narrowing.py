"""Which entries a filter lets through, each judged as it reads at the cuts of a picture: what is
cheap to tell comes first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import date
from functools import partial
from typing import TypeAlias

from ledger_service.application.taking_part import makers, on_side, stood_for
from ledger_service.domain.lifecycle.evidence import act_finding, existence_finding
from ledger_service.domain.lifecycle.standing import standing
from ledger_service.domain.picture.found_by import (
    codes_of,
    places_of,
    texts_of,
    texts_of_evidence,
)
from ledger_service.domain.picture.picture import Picture
from ledger_service.domain.picture.taking_part import Sought
from ledger_service.domain.picture.visible_entry import VisibleEntry
from ledger_service.domain.values.answers import Finding, Standing
from ledger_service.domain.values.entries import Act, Commitment, Instrument, Report
from ledger_service.domain.values.filters import (
    ActFilter,
    CodePrefix,
    CommitmentFilter,
    DayRange,
    EntryFilter,
    InstrumentFilter,
)
from ledger_service.domain.values.words import fold, has_all

Test: TypeAlias = Callable[[VisibleEntry], bool]


def commitment_tests(picture: Picture, asked: CommitmentFilter) -> list[Test]:
    """What a visible commitment must pass, apart from where it stands."""
    tests = list(_of_entry(picture, asked))
    if asked.instrument:
        tests.append(lambda known: known.commitment.instrument == asked.instrument)
    if asked.provisions:
        tests.append(lambda known: known.commitment.provision in asked.provisions)
    if asked.codes:
        tests.append(lambda known: _has_code(known.commitment, asked.codes))
    if asked.parties:
        tests.append(Sought(picture, asked.parties).all_take_part)
    if asked.debtors:
        debtors = _ones(picture, asked.debtors)
        tests.append(lambda known: bool(on_side(picture, known, debtors, "debtors")))
    if asked.creditors:
        creditors = _ones(picture, asked.creditors)
        tests.append(lambda known: bool(on_side(picture, known, creditors, "creditors")))
    if asked.makers:
        some = _ones(picture, asked.makers)
        tests.append(lambda known: bool(makers(picture, known, some)))
    if asked.evidence_statuses:
        tests.append(partial(_is_told_so, picture, asked))
    return tests


def standing_tests(picture: Picture, asked: CommitmentFilter) -> list[Test]:
    """What it must pass besides, by where it stands."""
    tests = list[Test]()
    if asked.lifecycles:
        tests.append(lambda known: standing(picture, known.id).lifecycle in asked.lifecycles)
    if asked.flags:
        tests.append(
            lambda known: not asked.flags.isdisjoint(standing(picture, known.id).flags)
        )
    if asked.due:
        due = asked.due
        tests.append(
            lambda known: (
                (day := due_day(standing(picture, known.id))) is not None and due.has(day)
            )
        )
    return tests


def act_tests(picture: Picture, asked: ActFilter) -> list[Test]:
    """What a visible act must pass."""
    tests = list(_of_entry(picture, asked))
    if asked.kinds:
        tests.append(lambda known: known.act.kind in asked.kinds)
    if asked.related_to:
        tests.append(lambda known: bool(known.relations_to(asked.related_to)))
    if asked.codes:
        tests.append(lambda known: _has_code(known.act, asked.codes))
    if asked.countries:
        tests.append(
            lambda known: (
                known.act.place is not None and known.act.place.country in asked.countries
            )
        )
    if asked.places:
        tests.append(
            lambda known: (
                known.act.place is not None
                and not asked.places.isdisjoint(places_of(known.act.place))
            )
        )
    if asked.parties:
        tests.append(Sought(picture, asked.parties).all_take_part)
    if asked.actors:
        actors = _ones(picture, asked.actors)
        tests.append(
            lambda known: bool(stood_for(picture, known.act.actors, known.day, actors))
        )
    if asked.counterparties:
        others = _ones(picture, asked.counterparties)
        tests.append(
            lambda known: bool(stood_for(picture, _others(known.act), known.day, others))
        )
    if asked.evidence_statuses:
        tests.append(partial(_is_told_so, picture, asked))
    return tests


def instrument_tests(picture: Picture, asked: InstrumentFilter) -> list[Test]:
    """What a visible instrument must pass."""
    tests = list(_of_entry(picture, asked))
    if asked.kinds:
        tests.append(lambda known: known.instrument.kind in asked.kinds)
    if asked.parties:
        tests.append(Sought(picture, asked.parties).all_take_part)
    if asked.participants:
        some = _ones(picture, asked.participants)
        tests.append(
            lambda known: bool(
                stood_for(picture, known.instrument.participants, known.day, some)
            )
        )
    if asked.third_parties:
        others = _ones(picture, asked.third_parties)
        tests.append(
            lambda known: bool(
                stood_for(picture, known.instrument.third_parties, known.day, others)
            )
        )
    if asked.evidence_statuses:
        tests.append(partial(_is_told_so, picture, asked))
    return tests


def finding_of(picture: Picture, known: VisibleEntry) -> Finding:
    """What the evidence amounts to: on what was done, or on that it was promised or concluded."""
    return act_finding(picture, known) if known.is_act else existence_finding(picture, known)


def publishers_of(picture: Picture, known: VisibleEntry) -> Iterator[str]:
    """The publishers of the reports that count, as they are written there, without those that
    are sealed.
    """
    for each in known.evidence:
        version = picture.answering(each.report)
        if version and isinstance(version.state, Report):
            publisher = version.state.publisher
            if isinstance(publisher, str):
                yield publisher


def due_day(stands: Standing) -> date | None:
    """The last day on which something falls due, as it stands; None where none is known."""
    return stands.due.to_day if stands.due else None


def _of_entry(picture: Picture, asked: EntryFilter) -> Iterator[Test]:
    if asked.entry_ids:
        yield lambda known: known.id in asked.entry_ids
    if asked.occurred:
        occurred = asked.occurred
        yield lambda known: occurred.has(known.day)
    if asked.recorded:
        recorded = asked.recorded
        yield lambda known: recorded.has(known.version.recorded_at.date())
    if asked.topics:
        yield lambda known: not asked.topics.isdisjoint(_dated(known).topics)
    if asked.reports:
        yield lambda known: any(each.report in asked.reports for each in known.evidence)
    if asked.asserted_by:
        speakers = _ones(picture, asked.asserted_by)
        yield lambda known: any(
            picture.parties.one(each.asserted_by) in speakers
            for each in known.evidence
            if each.asserted_by
        )
    if asked.reported:
        yield partial(_came_out, picture, asked.reported)
    if asked.publishers:
        yield lambda known: any(
            fold(each) in asked.publishers for each in publishers_of(picture, known)
        )
    if asked.attributions:
        yield lambda known: any(
            has_all(wanted, [each.attribution])
            for each in known.evidence
            if isinstance(each.attribution, str)
            for wanted in asked.attributions
        )
    if asked.text:
        yield lambda known: has_all(asked.text, _texts(known))


def _ones(picture: Picture, parties: Iterable[str]) -> frozenset[str]:
    return frozenset(map(picture.parties.one, parties))


def _is_told_so(picture: Picture, asked: EntryFilter, known: VisibleEntry) -> bool:
    return finding_of(picture, known).status in asked.evidence_statuses


def _came_out(picture: Picture, days: DayRange, known: VisibleEntry) -> bool:
    spans = (picture.published(each.report) for each in known.evidence)
    return any(days.has(span.day(picture.policy)) for span in spans if span)


def _has_code(state: Act | Commitment, wanted: Iterable[CodePrefix]) -> bool:
    codes = list(codes_of(state))
    return any(
        system is each.system and code.startswith(each.prefix)
        for system, code in codes
        for each in wanted
    )


def _others(act: Act) -> tuple[str, ...]:
    """Those at the other end; of a joint act everybody stands at both."""
    return (*act.actors, *act.counterparties) if act.joint else act.counterparties


def _texts(known: VisibleEntry) -> Iterator[str]:
    yield from texts_of(known.version.state)
    yield from texts_of_evidence(known.evidence)


def _dated(known: VisibleEntry) -> Act | Commitment | Instrument:
    state = known.version.state
    assert isinstance(state, Act | Commitment | Instrument)
    return state
