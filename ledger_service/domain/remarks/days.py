"""What a state says of itself that is odd: codes that are unknown, and days that do not fit one
another: a report that is older than what it tells, or that lies
ahead, and a promise of which the end lies before it was made.

A day of difference is no slip: it may be one by the clock of another place.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from ledger_service.domain.remarks.codes import unknown
from ledger_service.domain.remarks.said import RemarkedRequest, Said
from ledger_service.domain.values.entries import (
    Act,
    Commitment,
    Instrument,
    IntervalDate,
    Report,
)
from ledger_service.domain.values.remarks import Remark, RemarkReason

_DAY = timedelta(days=1)


def unknown_code(_request: RemarkedRequest, said: Said) -> Iterator[Remark]:
    state = said.state
    if isinstance(state, Act):
        field, code = "code", state.code
    elif isinstance(state, Commitment):
        field, code = "consequent_code", state.consequent_code
    else:
        return
    if code is not None:
        for part, text in unknown(code):
            yield Remark(f"{said.path}.{field}.{part}", RemarkReason.UNKNOWN_CODE, text)


def future_report(request: RemarkedRequest, said: Said) -> Iterator[Remark]:
    report = said.state
    if not isinstance(report, Report):
        return
    day = report.published.from_day
    if day and day > request.today + _DAY:
        yield Remark(
            f"{said.path}.published.from_day",
            RemarkReason.FUTURE_REPORT,
            f"{day} lies ahead: today is {request.today}. Correct the day on which this was "
            "published.",
        )


def report_before_event(request: RemarkedRequest, said: Said) -> Iterator[Remark]:
    """Evidence of which no piece can tell of it, since all was published before it can have
    happened. One that is older than the others may have announced it, or state its words.
    """
    state = said.state
    if not isinstance(state, Act | Commitment | Instrument):
        return
    first = state.occurred.from_day
    published = [_published(request, told.report) for told in state.evidence]
    if first is None or not published:
        return
    last = max(day or date.max for day in published)
    if last < first - _DAY:
        number = published.index(last)
        yield Remark(
            f"{said.evidence_path(number)}.report",
            RemarkReason.REPORT_BEFORE_EVENT,
            f"{state.evidence[number].report!r} was published on {last}, before this can have "
            f"happened ({first}), and no other report tells of it. Correct one of the days, or "
            "name another report.",
        )


def _published(request: RemarkedRequest, report_id: str) -> date | None:
    """The last day on which a report can have been published; None where that is not known."""
    report = request.state_of(report_id) if report_id in request.named else None
    return report.published.to_day if isinstance(report, Report) else None


def ends_before_promise(_request: RemarkedRequest, said: Said) -> Iterator[Remark]:
    promise = said.state
    if not isinstance(promise, Commitment) or (made := promise.occurred.from_day) is None:
        return
    for field, day in _ends(promise):
        if day < made:
            yield Remark(
                f"{said.path}.{field}",
                RemarkReason.ENDS_BEFORE_PROMISE,
                f"{day} lies before the promise, which was made on {made} at the earliest. "
                "Correct one of the days.",
            )


def _ends(promise: Commitment) -> Iterator[tuple[str, date]]:
    """The last days of the terms of a promise, each with its field."""
    yield from _end("due", promise.due)
    for number, part in enumerate(promise.instalments):
        yield from _end(f"instalments[{number}].due", part.due)
    if promise.until:
        yield "until", promise.until
    for field, tree in (
        ("antecedent", promise.antecedent),
        ("until_condition", promise.until_condition),
    ):
        if tree and tree.deadline:
            yield f"{field}.deadline", tree.deadline


def _end(field: str, when: IntervalDate | None) -> Iterator[tuple[str, date]]:
    if when and when.to_day:
        yield f"{field}.to_day", when.to_day
