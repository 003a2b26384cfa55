"""`ledgerctl instrument` and `instruments`: treaties and the like, and where what was promised
in them stands.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any, TypeAlias

import click
from rich.console import RenderableType

from diplomatic_ledger import json_form, words
from diplomatic_ledger.cli import days, nothing, spoken, taking_part
from diplomatic_ledger.cli.asking import pinned, supposes
from diplomatic_ledger.cli.cells import Cell, Parts
from diplomatic_ledger.cli.citing import Citations, Noting, names_sources, unnoted
from diplomatic_ledger.cli.commands import command
from diplomatic_ledger.cli.conduct import conduct_table
from diplomatic_ledger.cli.deciding import Deciding
from diplomatic_ledger.cli.narrowing import (
    INSTRUMENTS,
    RUBRICS,
    listed,
    named,
    narrowed,
    rated_by,
    rubrics_named,
    show_counts,
)
from diplomatic_ledger.cli.reasons import Course
from diplomatic_ledger.cli.screen import owes, table
from diplomatic_ledger.cli.session import Session
from diplomatic_ledger.cli.sheet import Kind
from diplomatic_ledger.cli.terms import withdrawal
from diplomatic_ledger.cli.titles import acts_named, commitments_named, titles
from diplomatic_ledger.cuts import Cuts
from diplomatic_ledger.v1 import cuts_pb2, entries_pb2, instruments_pb2, standings_pb2

FACETS = ("kind", "evidence_status", "topic", "year", "participant", "publisher")
#: So few provisions stand side by side, where there are more parties.
_MOST_COLUMNS = 5
#: A column takes so many characters at least.
_CELL = 16
_NO_RATINGS: Mapping[str, Sequence[tuple[str, str]]] = MappingProxyType({})
_NO_AVERAGES: Mapping[str, Mapping[str, str]] = MappingProxyType({})
#: Flags that a cell of a matrix shows.
_SHOWN = ("overdue", "late", "counts_as_breach", "partially_fulfilled")
#: By which those of a list are rated where nothing else is said.
_DEFAULT = ("g20",)
#: What stands for a commitment without a provision.
_NONE = "-"


@command(
    "instrument",
    examples=[
        "ledgerctl instrument singapore-statement",
        "ledgerctl instrument singapore-statement --as-of 2018-07-01",
        "ledgerctl instrument singapore-statement --rubric polimetre",
        "ledgerctl instrument singapore-statement --rubric g20 --format json",
    ],
)
@click.argument("entry_id", metavar="ID")
@rated_by("all")
@names_sources(by_default=False)
@supposes
def instrument(
    session: Session,
    entry_id: str,
    rubrics: tuple[str, ...],
    named_sources: bool,
    cuts: Cuts,
) -> None:
    """Show an instrument, such as a treaty: its provisions and parties, and where each of its
    commitments stands, with its rating by each rubric; --rubric narrows these.
    """
    first, *others = rubrics_named(rubrics, RUBRICS)
    found = session.client.instrument(session.ledger, entry_id, cuts, rubric=first)
    pinned_cuts = pinned(found.basis, cuts.suppose)
    beside = [
        session.client.instrument(session.ledger, entry_id, pinned_cuts, rubric=each).instrument
        for each in others
    ]
    item, screen = found.instrument, session.screen
    citations = Citations(session, found, cuts, wanted=named_sources)
    views: dict[str, Any] = {}
    promised = _promised(session, found.basis, [item], cuts) if named_sources else {}
    if named_sources:
        views |= acts_named(session, found.basis, {each.act for each in item.conduct}, cuts)
        views |= promised
    deciding = Deciding(session, citations, cuts)
    if session.as_json:
        told = json_form.write(found)
        if beside:
            told["ratings"] = [_ratings(each) for each in (found.instrument, *beside)]
        decided = deciding.look_up(promised.values(), found.basis, most=None)
        session.screen.json(citations.add(told, item, *views.values(), *decided))
        return
    citations.look_up(item, *views.values())
    deciding.look_up(promised.values(), found.basis)
    noted = citations.of(views)
    screen.heading(f"{item.entry_id}  {title(item)}")
    known = [
        (name, citations.noted(text, item) if name == "existence" else text)
        for name, text in facts(item, beside)
    ]
    screen.show(table([("", "word"), ("", "text")], known))
    if item.commitments:
        ratings = ratings_of([item, *beside])
        screen.heading("Provisions and parties")
        for rank, grid in enumerate(matrices(item.commitments, screen.width, ratings)):
            screen.show(*([""] if rank else []), grid)
        screen.heading("What was promised in it")
        by_standing = deciding.of(promised)
        screen.show(promises_table(item.commitments, ratings, noted, by_standing))
    if item.conduct:
        screen.heading("What was done about it")
        names = titles(session, found.basis, {each.act for each in item.conduct}, cuts)
        course = Course(item.conduct, names=names)
        screen.show(conduct_table(item.conduct, item.entry_id, course, noted))
    screen.note("")
    screen.basis(found.basis, item.in_doubt)


def title(item: instruments_pb2.InstrumentStanding) -> str:
    return item.instrument.title or spoken.hidden(item.sealed, "title")


def facts(
    item: instruments_pb2.InstrumentStanding,
    beside: Iterable[instruments_pb2.InstrumentStanding] = (),
) -> Iterator[tuple[str, str]]:
    """What is to be known of an instrument at once, each with its name; `beside` has what it is
    by more rubrics.
    """
    text = item.instrument
    yield "kind", _kind(text)
    yield "concluded", spoken.when(text.occurred)
    if text.participants:
        yield "participants", spoken.ids(text.participants)
    if text.third_parties:
        yield "third parties", spoken.ids(text.third_parties)
    if text.HasField("withdrawal"):
        yield "may be left", withdrawal(text.withdrawal)
    if text.topics:
        yield "topics", spoken.ids(text.topics)
    yield "existence", spoken.evidence(item.evidence)
    yield "commitments", counts(item)
    yield from ((f"rated by {each.rubric}", rated(each)) for each in (item, *beside))
    yield "version", str(item.version)


def counts(item: instruments_pb2.InstrumentStanding) -> str:
    """`2 active, 1 breached`."""
    told = [f"{each.count} {spoken.lifecycle(each.lifecycle)}" for each in item.counts]
    return spoken.ids(told) or "none"


def _average(number: str) -> Cell:
    """An average; programs are told the exact one."""
    return Parts(spoken.figure(number), (number,)) if number else "none"


def rated(item: instruments_pb2.InstrumentStanding) -> str:
    """`0.5 on average of 4`; nothing where no rating is a number."""
    if not item.rated:
        return "no number"
    return f"{spoken.figure(item.average)} on average of {item.rated}"


#: The ratings of each commitment, by its id: each rubric with what it says.
Ratings: TypeAlias = Mapping[str, Sequence[tuple[str, str]]]


def ratings_of(rated_by: Iterable[instruments_pb2.InstrumentStanding]) -> Ratings:
    """The ratings of commitments by each rubric by which an instrument was rated."""
    found: dict[str, list[tuple[str, str]]] = {}
    for item in rated_by:
        for each in item.commitments:
            found.setdefault(each.entry_id, []).append((item.rubric, each.rating))
    return found


def _ratings(item: instruments_pb2.InstrumentStanding) -> dict[str, Any]:
    return {
        "rubric": item.rubric,
        "rated": item.rated,
        **({"average": item.average} if item.average else {}),
        "commitments": {each.entry_id: each.rating for each in item.commitments},
    }


def matrices(
    found: Sequence[instruments_pb2.InstrumentCommitment],
    width: int,
    ratings: Ratings = _NO_RATINGS,
) -> Iterator[RenderableType]:
    """Where the commitments stand, by provision and by who owes; of many parties so many side
    by side as there is room for, and the others below.
    """
    provisions = list(dict.fromkeys(each.provision or _NONE for each in found))
    parties = sorted({debtor for each in found for debtor in each.debtors})
    cells: dict[tuple[str, str], list[str]] = {}
    for each in found:
        for debtor in each.debtors:
            told = _cell(each, ratings.get(each.entry_id, ()))
            cells.setdefault((each.provision or _NONE, debtor), []).append(told)
    rows, columns, name = provisions, parties, "provision"
    if len(provisions) < len(parties) and len(provisions) <= _MOST_COLUMNS:
        rows, columns, name = parties, provisions, "who owes"
        cells = {(party, provision): told for (provision, party), told in cells.items()}
    at_once = max(1, width // _CELL - 1)
    for start in range(0, len(columns), at_once):
        some = columns[start : start + at_once]
        yield table(
            [(name, "who"), *((column, "text") for column in some)],
            [
                [row, *("\n".join(cells.get((row, column), ())) for column in some)]
                for row in rows
            ],
        )


def _cell(
    each: instruments_pb2.InstrumentCommitment, ratings: Sequence[tuple[str, str]]
) -> str:
    """`active (0)`, or by several rubrics `active, overdue`: their ratings stand below, one
    beside the other.
    """
    told = [spoken.lifecycle(each.lifecycle)]
    told += [spoken.spaced(flag) for flag in words.flags(each) if flag in _SHOWN]
    rating = "" if len(ratings) > 1 else f" ({each.rating})"
    return f"{', '.join(told)}{rating}"


def promises_table(
    found: Iterable[instruments_pb2.InstrumentCommitment],
    ratings: Ratings = _NO_RATINGS,
    noted: Noting = unnoted,
    decided: Noting = unnoted,
) -> RenderableType:
    """The promises of an instrument; `noted` writes who owes whom with the sources of the promise,
    `decided` where it stands with those of that.
    """
    items = list(found)
    told = [ratings.get(each.entry_id) or [("", each.rating)] for each in items]
    rubrics = [rubric for rubric, _ in told[0]] if told else []
    kind: Kind = "text" if len(rubrics) > 1 else "word"
    return table(
        [
            ("provision", "text"),
            ("id", "id"),
            ("who", "who"),
            ("stands", "text"),
            *((name, kind) for name in (rubrics if len(rubrics) > 1 else ["rating"])),
        ],
        [
            (
                each.provision or _NONE,
                each.entry_id,
                noted(owes(each.debtors, each.creditors), each.entry_id),
                decided(_stands(each), each.entry_id),
                *(said for _, said in rated_so),
            )
            for each, rated_so in zip(items, told, strict=True)
        ],
        name="promises",
    )


def _stands(each: instruments_pb2.InstrumentCommitment) -> str:
    """`active, overdue, partially fulfilled (1/2)`."""
    flags = {"partially_fulfilled": f"partially fulfilled ({_share(each)})"}
    told = [flags.get(flag, spoken.spaced(flag)) for flag in words.flags(each)]
    return spoken.ids([spoken.lifecycle(each.lifecycle), *told])


def _share(each: instruments_pb2.InstrumentCommitment) -> str:
    return spoken.part(each.share).replace(" (", ", ").rstrip(")") if each.share else "unknown"


def _kind(text: entries_pb2.Instrument) -> str:
    return spoken.spaced(words.word(entries_pb2.InstrumentKind.DESCRIPTOR, text.kind))


@command(
    "instruments",
    examples=[
        "ledgerctl instruments",
        "ledgerctl instruments --party dprk --party us --as-of 2018-08-18",
        "ledgerctl instruments --rubric polimetre --format json",
        "ledgerctl instruments --text denuclear* --kind joint_statement --facet year",
    ],
)
@narrowed(INSTRUMENTS, FACETS)
@rated_by(*_DEFAULT)
@names_sources(by_default=False)
@supposes
def instruments(
    session: Session,
    backwards: bool,
    facets: tuple[str, ...],
    rubrics: tuple[str, ...],
    named_sources: bool,
    cuts: Cuts,
    **wanted: Any,
) -> None:
    """List treaties, joint statements and the like, with how many of their commitments stand
    where.
    """
    first, *others = rubrics_named(rubrics, _DEFAULT)
    found = session.client.instruments(
        session.ledger,
        cuts,
        descending=backwards,
        facets=facets,
        rubric=first,
        view="full" if named_sources else session.view,
        **wanted,
    )
    ids = named(wanted)
    citations = Citations(session, found, cuts, wanted=named_sources)
    deciding = Deciding(session, citations, cuts)

    def why_nothing() -> list[nothing.Cause]:
        return nothing.causes(session, session.client.instruments, wanted, cuts)

    if session.as_json:
        every = found.all()
        told = listed(found, "instruments", every)
        if averages := _averages(session, found, cuts, others, wanted):
            told["averages"] = averages
        if not every:
            session.check_known(ids, cuts)
            told["why_nothing"] = nothing.written(why_nothing())
        promised = _promised(session, found.basis, every, cuts) if named_sources else {}
        decided = deciding.look_up(promised.values(), found.basis, most=None)
        session.screen.json(citations.add(told, *every, *promised.values(), *decided))
        return
    items = found.all() if others else found
    averages = _averages(session, found, cuts, others, wanted)

    def draw(some: Sequence[instruments_pb2.InstrumentStanding]) -> RenderableType:
        citations.look_up(*some)
        promised = _promised(session, found.basis, some, cuts) if named_sources else {}
        deciding.look_up(promised.values(), found.basis)
        return instruments_table(
            some, averages, citations.noted, by_promises(deciding, promised)
        )

    if not session.screen.tables(items, draw):
        session.check_known(ids, cuts)
        session.screen.show("No instrument is found.")
        nothing.tell(session, why_nothing())
    show_counts(session, found)
    session.screen.note("")
    session.screen.basis(found.basis)


def _promised(
    session: Session,
    basis: cuts_pb2.Basis,
    items: Iterable[instruments_pb2.InstrumentStanding],
    cuts: Cuts,
) -> dict[str, standings_pb2.CommitmentStanding]:
    """What was promised in some instruments, with all that moved it, by id."""
    ids = {promised.entry_id for each in items for promised in each.commitments}
    return commitments_named(session, basis, ids, cuts, view="full")


def by_promises(
    deciding: Deciding, promised: Mapping[str, standings_pb2.CommitmentStanding]
) -> Noting:
    """Notes a cell by the id of an instrument, with the sources of where its promises stand."""
    under: dict[str, list[standings_pb2.CommitmentStanding]] = {}
    for each in promised.values():
        under.setdefault(each.commitment.instrument, []).append(each)

    def noted(cell: Cell, instrument: str) -> Cell:
        return deciding.noted(cell, *under.get(instrument, ()))

    return noted


def _averages(
    session: Session, found: Any, cuts: Cuts, rubrics: Iterable[str], wanted: Mapping[str, Any]
) -> dict[str, dict[str, str]]:
    """The averages of what was found by some more rubrics."""
    told: dict[str, dict[str, str]] = {}
    for rubric in rubrics:
        items = session.client.instruments(
            session.ledger, pinned(found.basis, cuts.suppose), rubric=rubric, **wanted
        )
        told[rubric] = {each.entry_id: each.average for each in items}
    return told


def instruments_table(
    items: Sequence[instruments_pb2.InstrumentStanding],
    averages: Mapping[str, Mapping[str, str]] = _NO_AVERAGES,
    noted: Noting = unnoted,
    decided: Noting = unnoted,
) -> RenderableType:
    """The instruments; `noted` writes a title with its sources, `decided` where the promises stand
    with those of that.
    """
    word: Kind = "word"
    average = f"by {items[0].rubric}" if items and averages else "average"
    return table(
        [
            ("day", "day"),
            ("id", "id"),
            *taking_part.columns(items),
            ("title", "text"),
            ("commitments", "text"),
            (average, word),
            *((f"by {rubric}", word) for rubric in averages),
        ],
        [
            (
                days.cell(item.instrument.occurred),
                item.entry_id,
                *taking_part.cells(item, items),
                noted(title(item), item),
                decided(counts(item), item.entry_id),
                _average(item.average),
                *(_average(told.get(item.entry_id, "")) for told in averages.values()),
            )
            for item in items
        ],
    )


COMMANDS = (instrument, instruments)
