"""`ledgerctl log`: what was recorded, as it was recorded."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import click
from rich.console import RenderableType

from diplomatic_ledger import words
from diplomatic_ledger.cli import nothing, spoken
from diplomatic_ledger.cli.cells import Cell, Parts
from diplomatic_ledger.cli.choices import WordType
from diplomatic_ledger.cli.cited_records import cited
from diplomatic_ledger.cli.citing import (
    Citations,
    names_sources,
)
from diplomatic_ledger.cli.commands import FORMATS, Said, Whole, command, or_empty
from diplomatic_ledger.cli.failures import usage
from diplomatic_ledger.cli.screen import log_line, table
from diplomatic_ledger.cli.session import Session
from diplomatic_ledger.cuts import Cuts
from diplomatic_ledger.history import StoredRecord
from diplomatic_ledger.log_filter import LogFilter
from diplomatic_ledger.v1.history_service_pb2 import Change, EntryType

POSITION = Whole(min=0)
_FILTERS = (
    click.option(
        "--type",
        "record_types",
        multiple=True,
        metavar="TYPE",
        help="Only records of a type: party.registered.v1, report.filed.v1, "
        "instrument.recorded.v1, commitment.recorded.v1, act.recorded.v1, "
        "scale.registered.v1, entry.amended.v1, entry.annulled.v1, field.erased.v1, and "
        "ledger.opened.v1 and key.rotated.v1 of the log itself.",
    ),
    click.option(
        "--entry-type",
        "entry_types",
        multiple=True,
        type=WordType(words.words(EntryType.DESCRIPTOR), "EntryType"),
        help="Only of entries of a type, with what amends or annuls them.",
    ),
    click.option(
        "--change",
        "changes",
        multiple=True,
        type=WordType(words.words(Change.DESCRIPTOR), "Change"),
        help="Only versions that did this to their entry.",
    ),
    click.option(
        "--entry", "entry_ids", multiple=True, metavar="ID", help="Only of this entry."
    ),
    click.option(
        "--prefix",
        "id_prefixes",
        multiple=True,
        metavar="PREFIX",
        help="Only of entries whose ids begin like this.",
    ),
    click.option(
        "--party",
        "parties",
        multiple=True,
        metavar="ID",
        help="Only of entries that name this party, or did; lists find what others did for it, too.",
    ),
    click.option(
        "--related-to",
        type=Said(),
        callback=or_empty,
        metavar="ID",
        help="Only of entries that point at this one, or did.",
    ),
)


def filters(wrapped: Callable[..., Any]) -> Callable[..., Any]:
    """Adds the options that choose records."""
    for option in reversed(_FILTERS):
        wrapped = option(wrapped)
    return wrapped


@command(
    "log",
    formats=(*FORMATS, "records"),
    examples=[
        "ledgerctl log --backwards --limit 10",
        "ledgerctl log --after 50 --up-to 70 --type act.recorded.v1",
        "ledgerctl log --entry F013",
        "ledgerctl log --entry-type commitment --party dprk",
        "ledgerctl log --format records > us-dprk-2018.jsonl",
    ],
)
@click.option(
    "--after",
    type=POSITION,
    default=0,
    metavar="POSITION",
    help="Only what stands behind this position.",
)
@click.option(
    "--up-to",
    type=POSITION,
    metavar="POSITION",
    help="Only what stands up to this position, inclusive.",
)
@click.option("--backwards", is_flag=True, help="From the newest to the oldest.")
@click.option("--limit", type=Whole(min=0), default=0, metavar="N", help="Records at most.")
@filters
@names_sources(by_default=False)
def log(
    session: Session,
    after: int,
    up_to: int | None,
    backwards: bool,
    limit: int,
    named_sources: bool,
    **wanted: Any,
) -> None:
    """Print the log. `--format records` prints the stored records themselves, one line
    each: the very bytes that are hashed. --sources names the reports as they read today.
    """
    if named_sources and session.output == "records":
        raise usage(
            "--format records prints what is hashed, and nothing beside it. Leave out --sources, "
            "or take another --format."
        )
    session.check_known((*wanted["entry_ids"], *wanted["parties"]), Cuts())
    chosen = LogFilter(**wanted)
    is_data = session.as_json or session.output == "records"
    there = None if is_data else session.client.ledger(session.ledger)
    records = session.client.read_log(
        session.ledger,
        after_position=after,
        up_to_position=there.position if there is not None and up_to is None else up_to,
        backwards=backwards,
        limit=limit,
        wanted=chosen,
    )
    with contextlib.closing(records):
        if session.output == "records":
            _print_lines(session, records)
        else:
            _tell(session, records, chosen, named_sources=named_sources)
            if there is not None:
                basis = log_line(there.position, there.root_hash)
                session.screen.rests_on(basis, session.ledger)


def _tell(
    session: Session,
    records: Iterable[StoredRecord],
    wanted: LogFilter,
    *,
    named_sources: bool,
) -> None:
    citations = Citations(session, None, Cuts(), wanted=named_sources)
    if session.as_json:
        events = [record.decoded() for record in records]
        told = citations.add({"records": events}, *map(cited, events))
        session.screen.json(told if named_sources else events)
        for each in nothing.in_log(session, wanted) if not events else ():
            session.tell(f"{each.sentence} {each.command}".rstrip())
        return

    def draw(some: Sequence[StoredRecord]) -> RenderableType:
        rows = map(log_row, some)
        if not named_sources:
            return log_table(rows)
        told = [cited(each.decoded()) for each in some]
        citations.look_up(*told)
        noted = [
            (*row[:-1], citations.noted(row[-1], of_it))
            for row, of_it in zip(rows, told, strict=True)
        ]
        return log_table(noted, whole=True)

    if not session.screen.tables(records, draw):
        session.screen.show("No such record.")
        nothing.tell(session, nothing.in_log(session, wanted))
    session.screen.note("")


def _print_lines(session: Session, records: Iterable[StoredRecord]) -> None:
    for record in records:
        session.screen.raw(record.record.decode())


def log_table(rows: Iterable[Sequence[Cell]], *, whole: bool = False) -> RenderableType:
    """The records; with `whole` titles are wrapped and not shortened, so that what is noted
    of them is seen.
    """
    return table(
        [
            ("position", "number"),
            ("recorded, UTC", "word"),
            ("entry", "id", ("entry", "version")),
            ("what", "word"),
            ("title", "text" if whole else "line"),
        ],
        rows,
    )


def log_row(record: StoredRecord) -> tuple[str, str, Parts, str, str]:
    """A row for a record. A malformed one is shown as the service sent it."""
    event = record.decoded()
    data = event.get("data")
    facts = data if isinstance(data, dict) else {}
    version = str(event.get("entryversion", "1"))
    named = str(event.get("subject") or facts.get("entry", ""))
    entry = Parts(f"{named} v{version}" if version != "1" else named, (named, version))
    when = str(event.get("time", ""))[:16]
    return (str(record.position), when, entry, _what(str(event.get("type"))), _title(facts))


def _what(kind: str) -> str:
    """`act` for act.recorded.v1, `amended` for entry.amended.v1."""
    noun, _, rest = kind.partition(".")
    return rest.partition(".")[0] if noun in ("entry", "field") else noun


def _title(data: dict[str, Any]) -> str:
    known = ("reason", "title", "consequent", "name")
    found = next((data[key] for key in known if key in data), "")
    return spoken.sealed(found) if isinstance(found, dict) else str(found)


COMMANDS = (log,)
