"""What a state says of itself that is odd: codes that are unknown, and days that do not fit one
another: a report that is older than what it tells, or that lies
ahead, and a promise of which the end lies before it was made.

A day of difference is no slip: it may be one by the clock of another place.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from ledger_service.domain.remarks.codes import unknown
from ledger_service.domain.remarks.said import Request, Said
from ledger_service.domain.values.entries import (
    Act,
    Commitment,
    Instrument,
    IntervalDate,
    Report,
)
from ledger_service.domain.values.remarks import Remark, RemarkReason

_DAY = timedelta(days=1)


def unknown_code(_request: Request, said: Said) -> Iterator[Remark]:
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


def future_report(request: Request, said: Said) -> Iterator[Remark]:
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


def report_before_event(request: Request, said: Said) -> Iterator[Remark]:
    """Evidence cannot tell of what happened after it was published."""
    state = said.state
    if not isinstance(state, Act | Commitment | Instrument):
        return
    first = state.occurred.from_day
    if first is None:
        return
    for number, told in enumerate(state.evidence):
        if told.report not in request.named:
            continue
        report = request.state_of(told.report)
        if not isinstance(report, Report) or report.published.to_day is None:
            continue
        if report.published.to_day + _DAY < first:
            yield Remark(
                f"{said.evidence_path(number)}.report",
                RemarkReason.REPORT_BEFORE_EVENT,
                f"{told.report!r} was published on {report.published.to_day}, before this can "
                f"have happened ({first}). Correct one of the days, or name another report.",
            )


def ends_before_promise(_request: Request, said: Said) -> Iterator[Remark]:
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
