"""Which parties and which reports a list has: those that its filter lets through."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from functools import partial

from ledger_service.application.listing import LazyList, MappedSequence
from ledger_service.domain.picture.bodies import members
from ledger_service.domain.picture.found_by import texts_of
from ledger_service.domain.picture.party_view import codes_on
from ledger_service.domain.picture.picture import Picture
from ledger_service.domain.picture.ties import holds
from ledger_service.domain.values.answers import ReportView
from ledger_service.domain.values.entries import Party, Report, Version
from ledger_service.domain.values.filters import FORWARDS, Arrangement, Asked, DayRange
from ledger_service.domain.values.register_filters import PartyFilter, ReportFilter
from ledger_service.domain.values.stopping import looking
from ledger_service.domain.values.words import fold, has_all


def parties(picture: Picture, asked: PartyFilter, how: Arrangement = FORWARDS) -> LazyList[str]:
    """The parties that are wanted, by id."""

    def draw() -> Iterator[str]:
        some = sorted(_may_be_parties(picture, asked), reverse=how.descending)
        for each in looking(picture.looked_up(some)):
            version = picture.answering(each)
            if version and _is_wanted_party(picture, asked, version):
                yield each

    return picture.keep((asked, how), partial(LazyList[str], draw))


def _may_be_parties(picture: Picture, asked: PartyFilter) -> Iterable[str]:
    """Entries among which are all parties that are wanted."""
    among = [
        {party for each in wanted for party in find(picture, each)}
        for wanted, find in ((asked.represents, _representing), (asked.members_of, _members))
        if wanted
    ]
    if asked.entry_ids:
        among.append(set(asked.entry_ids))
    if asked.text and (found := _matching(picture, asked.text)) is not None:
        among.append(found)
    return set.intersection(*among) if among else picture.history.parties()


def _representing(picture: Picture, principal: str) -> Iterator[str]:
    """The parties that represent another one, under any of its ids, on the day of a picture, by
    a tie of their own.
    """
    names, day = set(picture.parties.ids(principal)), picture.as_of
    for name in names:
        for each in picture.history.tied_parties(name):
            if any(
                tie.principal in names and holds(tie, day)
                for tie in picture.parties.ties(each).represents
            ):
                yield each


def _members(picture: Picture, body: str) -> Iterator[str]:
    return members(picture.parties, body, picture.as_of)


def _is_wanted_party(picture: Picture, asked: PartyFilter, version: Version) -> bool:
    party = version.state
    if not isinstance(party, Party):
        return False
    if asked.kinds and party.kind not in asked.kinds:
        return False
    if not _is_on(asked.recorded, version.recorded_at.date()):
        return False
    if asked.text and not has_all(asked.text, texts_of(party)):
        return False
    return not asked.codes or any(
        code.scheme == wanted.scheme and code.value.startswith(wanted.prefix)
        for code in codes_on(party, picture.as_of)
        for wanted in asked.codes
    )


def reports(
    picture: Picture, asked: ReportFilter, how: Arrangement = FORWARDS
) -> Sequence[tuple[date, str]]:
    """The visible reports that are wanted, each with the day from which it counts, by day, then
    id.
    """
    if how.descending:
        found = reports(picture, asked)
        return MappedSequence(range(len(found) - 1, -1, -1), found.__getitem__)

    def draw() -> Sequence[tuple[date, str]]:
        some = picture.looked_up(sorted(_may_be_reports(picture, asked)))
        found = (_wanted_report(picture, asked, each) for each in looking(some))
        return sorted(each for each in found if each)

    return picture.keep(asked, draw)


def _may_be_reports(picture: Picture, asked: ReportFilter) -> set[str]:
    """Entries among which are all reports that are wanted."""
    if asked.entry_ids:
        return set(asked.entry_ids)
    if asked.text and (found := _matching(picture, asked.text)) is not None:
        return found
    days, history = asked.published or DayRange(), picture.history
    out = set(history.published(*days.ends))
    if history.opens_on and days.has(history.opens_on):
        out.update(history.published(date.min, date.min))
    return out


def _matching(picture: Picture, asked: Asked) -> set[str] | None:
    """Entries among which are all that have some words; None where too many have."""
    found = picture.history.matching([[each] for each in asked])
    return None if found is None else set(found)


def _wanted_report(
    picture: Picture, asked: ReportFilter, report_id: str
) -> tuple[date, str] | None:
    span, version = picture.published(report_id), picture.answering(report_id)
    if span is None or version is None or not isinstance(version.state, Report):
        return None
    report, day = version.state, span.day(picture.policy)
    if not (
        _is_on(asked.published, day) and _is_on(asked.recorded, version.recorded_at.date())
    ):
        return None
    if asked.publishers and not (
        isinstance(report.publisher, str) and fold(report.publisher) in asked.publishers
    ):
        return None
    if asked.text and not has_all(asked.text, texts_of(report)):
        return None
    if asked.languages and report.language not in asked.languages:
        return None
    if asked.topics and asked.topics.isdisjoint(report.topics):
        return None
    return day, report_id


def states_of_parties(picture: Picture, asked: PartyFilter) -> Iterator[Party]:
    """What is said of each party that is wanted. These are not kept."""
    for each in parties(picture, asked).anew():
        version = picture.answering(each)
        assert version is not None
        assert isinstance(version.state, Party)
        yield version.state


def states_of_reports(picture: Picture, asked: ReportFilter) -> Iterator[tuple[date, Report]]:
    """What is said of each report that is wanted, with the day from which it counts."""
    found = reports(picture, asked)
    ids = picture.looked_up(each for _, each in found)
    for (day, _), each in zip(found, ids, strict=True):
        version = picture.answering(each)
        assert version is not None
        assert isinstance(version.state, Report)
        yield day, version.state


def report_view(picture: Picture, day: date, report_id: str) -> ReportView:
    """A visible report, with the day from which it counts."""
    version = picture.answering(report_id)
    assert version is not None
    assert isinstance(version.state, Report)
    told = picture.history.told_by([report_id], open_only=False)
    return ReportView(report_id, version.version, version.state, day, len(set(told)))


def _is_on(days: DayRange | None, day: date) -> bool:
    return days is None or days.has(day)
