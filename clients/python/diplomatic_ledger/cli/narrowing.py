"""The options by which commands narrow lists, order them and count what is found: one spelling
for all of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import click
from rich.console import RenderableType

from diplomatic_ledger import dates, json_form, words
from diplomatic_ledger.cli import spoken
from diplomatic_ledger.cli.cells import Parts
from diplomatic_ledger.cli.choices import WordType
from diplomatic_ledger.cli.commands import Option, Said, or_empty
from diplomatic_ledger.cli.screen import listing, table
from diplomatic_ledger.cli.session import Session
from diplomatic_ledger.errors import InvalidArgument
from diplomatic_ledger.filters import code_prefix
from diplomatic_ledger.v1 import entries_pb2, filters_pb2, standings_pb2

_SECTION = "Which ones"
ORDER = "In what order"
#: So many values of a facet are shown.
_MOST_VALUES = 10


class DaysType(click.ParamType):  # type: ignore[type-arg]
    """A day, or days from one to another."""

    name = "days"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> str:
        try:
            return dates.text(dates.parse(str(value)))
        except dates.DateError as error:
            self.fail(str(error), param, ctx)


class CodeType(click.ParamType):  # type: ignore[type-arg]
    """The beginning of a code in a vocabulary."""

    name = "code"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> str:
        try:
            code_prefix(str(value))
        except InvalidArgument as error:
            self.fail(error.message, param, ctx)
        return str(value)


def _days(name: str, help_: str) -> Any:
    return click.option(
        f"--{name}",
        cls=Option,
        section=_SECTION,
        type=DaysType(),
        metavar="DAYS",
        help=f"{help_} 2018-06-12, 2018-06, 2018-06-12/2018-06-20, ../2018-06-20.",
    )


def _many(option: str, field: str, metavar: str, help_: str, **more: Any) -> Any:
    return click.option(
        option,
        field,
        cls=Option,
        section=_SECTION,
        multiple=True,
        metavar=metavar,
        help=help_,
        **more,
    )


def _words(option: str, field: str, enum: Any, help_: str) -> Any:
    known = words.words(enum)
    return _many(
        option, field, "WORD", f"{help_} {', '.join(known)}.", type=WordType(known, enum.name)
    )


def _one(option: str, field: str, metavar: str, help_: str) -> Any:
    return click.option(
        option,
        field,
        cls=Option,
        section=_SECTION,
        type=Said(),
        callback=or_empty,
        metavar=metavar,
        help=help_,
    )


_TEXT = _one(
    "--text",
    "text",
    "WORDS",
    "With all of these words in its texts; denuclear* for what begins so.",
)
ENTRY = _many("--entry", "entry_ids", "ID", "One of these.")
_RECORDED = _days("recorded", "Was recorded as it reads now on one of these days:")
_OF_ENTRIES = [
    _days("occurred", "Counts from one of these days on:"),
    _days("reported", "A report of it came out on one of these days:"),
    _RECORDED,
    _many("--topic", "topics", "WORD", "With this topic."),
    _words(
        "--evidence-status",
        "evidence_statuses",
        standings_pb2.EvidenceStatus.DESCRIPTOR,
        "Of which the evidence is",
    ),
    _many("--report", "reports", "ID", "Told by this report."),
    _many("--publisher", "publishers", "NAME", "Told by a report that this one published."),
    _many("--asserted-by", "asserted_by", "ID", "On the word of this party."),
    _many("--attribution", "attributions", "WORDS", "Whose source a report names like this."),
]


def entry(whose: str) -> list[Any]:
    """The options that every list of entries has. `whose` says what the parties are of it."""
    return [
        _TEXT,
        ENTRY,
        _many("--party", "parties", "ID", whose),
        *_OF_ENTRIES,
    ]


def codes(of_what: str) -> Any:
    return _many(
        "--code",
        "codes",
        "CODE",
        f"{of_what} begins like this: cameo:05, plover:RETREAT.",
        type=CodeType(),
    )


_OF_COMMITMENTS = [
    _many(
        "--debtor",
        "debtors",
        "ID",
        "Owed by this party, by itself or through who represents it.",
    ),
    _many("--creditor", "creditors", "ID", "Owed to this party, likewise."),
    _many("--maker", "makers", "ID", "Spoken by this party."),
    _one("--instrument", "instrument", "ID", "Under this instrument."),
    _many("--provision", "provisions", "TEXT", "Under this provision of it."),
    _words("--lifecycle", "lifecycles", standings_pb2.Lifecycle.DESCRIPTOR, "That is"),
    _words("--flag", "flags", standings_pb2.StandingFlag.DESCRIPTOR, "With a flag:"),
    _days("due", "Falls due, as it stands, by one of these days:"),
    codes("What is promised has a code that"),
]
COMMITMENTS = [
    *entry("Which owes, is owed or spoke; the answer says as what it takes part."),
    *_OF_COMMITMENTS,
]
#: The same, for a command that chooses by `--entry` and `--party` already.
MORE_OF_COMMITMENTS = [_TEXT, *_OF_ENTRIES, *_OF_COMMITMENTS]
ACTS = [
    *entry("At one end; the answer says as what it takes part."),
    _many("--actor", "actors", "ID", "Done by this party, likewise."),
    _many("--counterparty", "counterparties", "ID", "With this party at the other end."),
    _one("--related-to", "related_to", "ID", "With a relation to this entry."),
    _words("--kind", "kinds", entries_pb2.ActKind.DESCRIPTOR, "Of a kind:"),
    codes("Has a code that"),
    _many("--country", "countries", "CODE", "In this country: PRK."),
    _many("--place", "places", "NAME", "At this place: its name, or its id of GeoNames."),
]
INSTRUMENTS = [
    *entry("Which takes part, or stands by; the answer says how."),
    _many("--participant", "participants", "ID", "Which takes part."),
    _many("--third-party", "third_parties", "ID", "A guarantor or a depositary."),
    _words("--kind", "kinds", entries_pb2.InstrumentKind.DESCRIPTOR, "Of a kind:"),
]
PARTIES = [
    _TEXT,
    ENTRY,
    _words("--kind", "kinds", entries_pb2.PartyKind.DESCRIPTOR, "Of a kind:"),
    _many(
        "--code", "codes", "SCHEME[:PREFIX]", "With a code that begins so on that day: iso3:P."
    ),
    _many("--represents", "represents", "ID", "Who represents this party on that day."),
    _many("--member-of", "members_of", "ID", "Who is a member of this body on that day."),
    _RECORDED,
]
BALANCES = [
    _many(
        "--party", "parties", "ID", "Of this party, or of somebody whom it represents that day."
    )
]
REPORTS = [
    _TEXT,
    ENTRY,
    _days("published", "Came out on one of these days:"),
    _many("--publisher", "publishers", "NAME", "Published by this one."),
    _many("--topic", "topics", "WORD", "With this topic."),
    _many("--language", "languages", "TAG", "In this language, such as ko."),
    _RECORDED,
]


#: Ways to rate what was promised, and the word for all of them.
RUBRICS = ("polimetre", "politifact", "g20", "pam")
_ALL = "all"


def rated_by(*otherwise: str) -> Callable[..., Any]:
    """The option by which promises are rated, and by what where it is not said."""
    return click.option(
        "--rubric",
        "rubrics",
        multiple=True,
        type=WordType((*RUBRICS, _ALL)),
        metavar="NAME",
        help=f"Rate by {', '.join(RUBRICS)}; more than once, or by all. "
        f"[{', '.join(otherwise) or 'none'}]",
    )


def rubrics_named(said: Sequence[str], otherwise: Sequence[str] = ()) -> tuple[str, ...]:
    """The rubrics that are asked for, each once; others where none is."""
    return RUBRICS if _ALL in said else tuple(dict.fromkeys(said or otherwise))


def options(some: Sequence[Any]) -> Callable[..., Any]:
    """Adds options to a command, in their order."""

    def add(function: Callable[..., Any]) -> Callable[..., Any]:
        for option in reversed(some):
            function = option(function)
        return function

    return add


BACKWARDS = click.option(
    "--backwards",
    cls=Option,
    section=ORDER,
    is_flag=True,
    help="From the last one to the first.",
)


def narrowed(narrowing: Sequence[Any], facets: Sequence[str]) -> Callable[..., Any]:
    """Adds the options that narrow a list, turn it round and count what is found."""
    all_of_them = [
        *narrowing,
        BACKWARDS,
        click.option(
            "--facet",
            "facets",
            cls=Option,
            section=ORDER,
            multiple=True,
            type=WordType(facets),
            metavar="WORD",
            help=f"Count all that is found by {', '.join(facets)}.",
        ),
    ]
    return options(all_of_them)


def in_section(section: str, some: Sequence[Any]) -> Callable[..., Any]:
    """Adds options, in a section of the help of their own."""

    def add(function: Any) -> Any:
        for option in reversed(some):
            function = option(function)
            function.__click_params__[-1].section = section
        return function

    return add


def named(wanted: dict[str, Any]) -> list[str]:
    """The ids of parties, reports and entries that somebody asked by: where nothing is found,
    one of them may be a slip.
    """
    lists = ("parties", "debtors", "creditors", "makers", "actors", "counterparties")
    more = ("participants", "third_parties", "asserted_by", "reports")
    ids = [each for field in (*lists, *more) for each in wanted.get(field, ())]
    return [*ids, *filter(None, (wanted.get("instrument"), wanted.get("related_to")))]


def listed(found: Any, name: str, items: Iterable[Any]) -> dict[str, Any]:
    """The JSON form of a list, with its counts where there are some."""
    told = listing(found.basis, name, items)
    if found.facets:
        told["match_count"] = found.match_count
        told["facets"] = [json_form.write(each) for each in found.facets]
    return told


def show_counts(session: Session, found: Any) -> None:
    """How often the values of each facet were found, the most frequent ones first."""
    if not found.facets:
        return
    session.screen.heading(f"{found.match_count:,} found")
    for rank, counts in enumerate(found.facets):
        if rank:
            session.screen.note("")
        session.screen.show(_counted(counts))
        left_out = counts.value_count - min(len(counts.values), _MOST_VALUES)
        if left_out:
            session.screen.note(f"{left_out:,} more values")


def _counted(counts: filters_pb2.FacetCounts) -> RenderableType:
    name = words.word(filters_pb2.Facet.DESCRIPTOR, counts.facet)
    return table(
        [(spoken.spaced(name), "text"), ("how many", "word")],
        [
            (_value(name, each.value), Parts(f"{each.count:,}", (str(each.count),)))
            for each in counts.values[:_MOST_VALUES]
        ],
        name=f"by {spoken.spaced(name)}",
    )


#: The values of these are names of an enum, which begin with its own.
_ENUMS = {
    "lifecycle": ("LIFECYCLE_",),
    "flag": ("STANDING_FLAG_",),
    "evidence_status": ("EVIDENCE_STATUS_",),
    "kind": ("ACT_KIND_", "INSTRUMENT_KIND_", "PARTY_KIND_"),
}


def _value(facet: str, value: str) -> str:
    for begin in _ENUMS.get(facet, ()):
        if value.startswith(begin):
            return spoken.spaced(value.removeprefix(begin).lower())
    return value
