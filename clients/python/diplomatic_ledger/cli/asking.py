"""The options by which a command states its cuts and how it weighs and counts."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time
from typing import Any

import click

from diplomatic_ledger import dates, words
from diplomatic_ledger.cli.commands import Option
from diplomatic_ledger.cli.files import read_entries
from diplomatic_ledger.cli.session import Session, Supposed
from diplomatic_ledger.cuts import Cuts
from diplomatic_ledger.v1 import cuts_pb2
from diplomatic_ledger.v1.items_pb2 import RecordItem

SECTION = "What to see"
_TIME = re.compile(r"\d{4}-\d{2}-\d{2}([T ].+)?")
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
        if value.isdecimal():
            return int(value)
        if _TOKEN.fullmatch(value):
            return value
        if not _TIME.fullmatch(value):
            self.fail(
                f"{value!r} is not a position, a time or a token. "
                "Write 141, 2026-11-23T20:15:00Z or the token of an answer.",
                param,
                ctx,
            )
        try:
            when = datetime.fromisoformat(value)
        except ValueError:
            self.fail(f"{value!r} is not a time. Write it as 2026-11-23T20:15:00Z.", param, ctx)
        if len(value) == len("2018-06-12"):
            return _end_of_day(when)
        return when if when.tzinfo else when.replace(tzinfo=UTC)


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
        help="What this ledger held then. [all]",
    ),
    option(
        "--dates",
        type=click.Choice(words.words(cuts_pb2.DatePolicy.DESCRIPTOR)),
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
        type=click.Choice(words.words(cuts_pb2.EvidenceFilter.DESCRIPTOR)),
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
