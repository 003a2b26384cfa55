"""The options by which a command states its cuts and how it weighs and counts."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time
from typing import Any

import click

from diplomatic_ledger import dates, words, written_days
from diplomatic_ledger.cli.choices import WordType
from diplomatic_ledger.cli.commands import Option
from diplomatic_ledger.cli.files import read_entries
from diplomatic_ledger.cli.session import Session, Supposed
from diplomatic_ledger.cuts import Cuts
from diplomatic_ledger.v1 import cuts_pb2
from diplomatic_ledger.v1.items_pb2 import RecordItem

SECTION = "What to see"
_TIME = re.compile(r"\d{4}-\d{2}-\d{2}([T ].+)?")
#: What says which of the three is meant.
_NAMED = re.compile(r"(position|time|token):(.*)")
_YEAR = re.compile(r"(?:1[5-9]|20|21)\d\d", re.ASCII)
_MONTH = re.compile(r"((?:1[5-9]|20|21)\d\d)(0[1-9]|1[0-2])", re.ASCII)
#: What no word that somebody types by mistake looks like.
_TOKEN = re.compile(r"[A-Za-z0-9_=-]{16,}")


class DayType(click.ParamType):  # type: ignore[type-arg]
    name = "day"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> str:
        try:
            return dates.day(str(value)).isoformat()
        except dates.DateError as error:
            self.fail(str(error), param, ctx)


class RecordedByType(click.ParamType):  # type: ignore[type-arg]
    """A position, a time, or else a consistency token. A day means its end in UTC, `today`
    means now.
    """

    name = "position, time or token"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> int | str | datetime:
        if not isinstance(value, str):
            return value  # type: ignore[no-any-return]
        named = _NAMED.fullmatch(value)
        kind, said = named.groups() if named else ("", value)
        if not kind and (told := _ambiguous(said)):
            self.fail(told, param, ctx)
        if kind in ("", "position") and said.isascii() and said.isdecimal():
            return int(said)
        if kind == "token" or (not kind and _TOKEN.fullmatch(said)):
            return str(said)
        if kind == "position" or not _TIME.fullmatch(said):
            days = written_days.days(said)
            meant = f"{days[0]}, " if len(days) == 1 else ""
            self.fail(
                f"{value!r} is not a position, a time or a token. "
                f"Write {meant}141, 2026-11-23T20:15:00Z or the token of an answer.",
                param,
                ctx,
            )
        return self._time(said, param, ctx)

    def _time(
        self, said: str, param: click.Parameter | None, ctx: click.Context | None
    ) -> datetime:
        try:
            when = datetime.fromisoformat(said)
        except ValueError:
            self.fail(f"{said!r} is not a time. Write it as 2026-11-23T20:15:00Z.", param, ctx)
        if len(said) == len("2018-06-12"):
            when = _end_of_day(when)
        when = when if when.tzinfo else when.replace(tzinfo=UTC)
        if ctx is not None:
            ctx.ensure_object(Session).times.append(when)
        return when


def _ambiguous(said: str) -> str:
    """What is said of a number that may be a position, or a year, a month or a day."""
    days = written_days.days(said)
    if not said.isascii() or not said.isdecimal():
        return ""
    if days:
        what, day = "a day", " or ".join(map(str, days))
    elif _YEAR.fullmatch(said):
        what, day = "a year", f"{said}-12-31"
    elif month := _MONTH.fullmatch(said):
        what = "a month"
        day = written_days.last_of_month(int(month[1]), int(month[2])).isoformat()
    else:
        return ""
    return (
        f"{said!r} may be a position or {what}. Write position:{said} for the position; {day}, or a "
        f"time such as {day[:10]}T12:00:00Z, for what was recorded by then; token:{said} for the "
        f"token of an answer. What could be read by then is --reported-by {day}."
    )


def _end_of_day(day: datetime) -> datetime:
    now = datetime.now(UTC)
    return now if day.date() == now.date() else datetime.combine(day, time.max, UTC)


DAY = DayType()
RECORDED_BY = RecordedByType()


@dataclass(frozen=True)
class Question:
    """The cuts of a question, and how it weighs and counts."""

    cuts: Cuts
    scale: str
    evidence: str


def option(
    *names: str, **attributes: Any
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """An option in the help section on cuts."""
    return click.option(*names, cls=Option, section=SECTION, **attributes)


def looks(function: Callable[..., Any]) -> Callable[..., Any]:
    """Gives a command the options of the cuts; its function gets them as `cuts`."""
    return _with(_cut(function), _CUTS)


def supposes(function: Callable[..., Any]) -> Callable[..., Any]:
    """Gives a command the options of the cuts, and one for entries to suppose; its function
    gets all of them as `cuts`.
    """
    return _with(_cut(function), (*_CUTS, _SUPPOSE))


def _cut(function: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        return function(*args, cuts=_cuts(kwargs), **kwargs)

    return call


def asks(function: Callable[..., Any]) -> Callable[..., Any]:
    """Gives a command the options of cuts, weighing and counting; its function gets them as
    `question`.
    """

    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        question = Question(_cuts(kwargs), kwargs.pop("scale"), kwargs.pop("evidence"))
        return function(*args, question=question, **kwargs)

    return _with(call, (*_CUTS, _SUPPOSE, *_MEASURE))


def _cuts(options: dict[str, Any]) -> Cuts:
    return Cuts(
        as_of=options.pop("as_of"),
        reported_by=options.pop("reported_by"),
        recorded_by=options.pop("recorded_by"),
        dates=options.pop("dates"),
        suppose=_supposed(options.pop("suppose", "")),
    )


def _supposed(file: str) -> Sequence[RecordItem]:
    if not file:
        return ()
    entries = read_entries(file, became="so nothing was asked")
    click.get_current_context().ensure_object(Session).supposed = Supposed(file, entries)
    return entries.items


def _with(call: Callable[..., Any], options: Sequence[Any]) -> Callable[..., Any]:
    for decorate in reversed(options):
        call = decorate(call)
    return call


_CUTS = (
    option("--as-of", type=DAY, metavar="DAY", help="What had happened by then. [today]"),
    option("--reported-by", type=DAY, metavar="DAY", help="What could be read by then. [all]"),
    option(
        "--recorded-by",
        type=RECORDED_BY,
        metavar="POSITION|TIME|TOKEN",
        help="What this ledger held then; position:2018 where a number may be a year. [all]",
    ),
    option(
        "--dates",
        type=WordType(words.words(cuts_pb2.DatePolicy.DESCRIPTOR), "DatePolicy"),
        default="certain",
        help="Whether an uncertain date counts from its last or its first day. [certain]",
    ),
)
_SUPPOSE = option(
    "--suppose",
    default="",
    metavar="FILE",
    help="Answer as if the entries of FILE were recorded, too. [nothing]",
)
_MEASURE = (
    option("--scale", default="", metavar="ID", help="By which weights. [unit]"),
    option(
        "--evidence",
        type=WordType(words.words(cuts_pb2.EvidenceFilter.DESCRIPTOR), "EvidenceFilter"),
        default="any",
        help="Which deliveries count. [any]",
    ),
)


def pinned(basis: cuts_pb2.Basis, suppose: Sequence[RecordItem] = ()) -> Cuts:
    """Cuts that show the same picture as an answer with this basis, which supposed so much."""
    policy: Any = words.word(cuts_pb2.DatePolicy.DESCRIPTOR, basis.dates) or "certain"
    return Cuts(
        as_of=basis.as_of,
        reported_by=basis.reported_by or None,
        recorded_by=basis.position,
        dates=policy,
        suppose=suppose,
    )
