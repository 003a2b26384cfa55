"""`ledgerctl log` and `entry`: what was recorded, as it was recorded."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any

import click
from rich.console import RenderableType

from diplomatic_ledger import json_form, words
from diplomatic_ledger.cli import spoken
from diplomatic_ledger.cli.asking import looks
from diplomatic_ledger.cli.cells import Cell, Parts
from diplomatic_ledger.cli.commands import FORMATS, Said, Whole, command, or_empty
from diplomatic_ledger.cli.effects import effects_of
from diplomatic_ledger.cli.fields import fields
from diplomatic_ledger.cli.screen import table
from diplomatic_ledger.cli.session import Session
from diplomatic_ledger.cuts import Cuts
from diplomatic_ledger.history import StoredRecord
from diplomatic_ledger.log_filter import LogFilter
from diplomatic_ledger.v1.history_service_pb2 import Change, EntryType, EntryVersion

#: The author where nobody was asked who recorded; it stands for no user.
_LOCAL = "local"
_NO_NAMES: Mapping[str, str] = MappingProxyType({})

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
        type=click.Choice(words.words(EntryType.DESCRIPTOR)),
        help="Only of entries of a type, with what amends or annuls them.",
    ),
    click.option(
        "--change",
        "changes",
        multiple=True,
        type=click.Choice(words.words(Change.DESCRIPTOR)),
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
        help="Only of entries that name this party, or did.",
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
def log(
    session: Session,
    after: int,
    up_to: int | None,
    backwards: bool,
    limit: int,
    **wanted: Any,
) -> None:
    """Print the log. `--format records` prints the stored records themselves, one line
    each: the very bytes that are hashed.
    """
    session.check_known((*wanted["entry_ids"], *wanted["parties"]), Cuts())
    records = session.client.read_log(
        session.ledger,
        after_position=after,
        up_to_position=up_to,
        backwards=backwards,
        limit=limit,
        wanted=LogFilter(**wanted),
    )
    with contextlib.closing(records):
        if session.output == "records":
            _print_lines(session, records)
        elif session.as_json:
            session.screen.json([record.decoded() for record in records])
        elif not session.screen.tables(map(log_row, records), log_table):
            session.screen.show("No such record.")


def _print_lines(session: Session, records: Iterable[StoredRecord]) -> None:
    for record in records:
        session.screen.raw(record.record.decode())


def log_table(rows: Iterable[Sequence[Cell]]) -> RenderableType:
    return table(
        [
            ("position", "number"),
            ("recorded, UTC", "word"),
            ("entry", "id", ("entry", "version")),
            ("what", "word"),
            ("title", "line"),
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


@command(
    "entry",
    examples=[
        "ledgerctl entry F013",
        "ledgerctl entry F016 --recorded-by 141",
        "ledgerctl entry F016 --format json",
    ],
)
@click.argument("entry_id", metavar="ID")
@looks
def entry(session: Session, entry_id: str, cuts: Cuts) -> None:
    """Show an entry with all its versions, and which of them answers."""
    found = session.client.entry(session.ledger, entry_id, cuts)
    if session.as_json:
        session.screen.json(json_form.write(found))
        return
    names = session.client.authors(
        session.ledger, {each.recorded_by for each in found.versions} - {_LOCAL}
    )
    for version in found.versions:
        session.screen.heading(version_heading(found.entry_id, version))
        session.screen.show(*version_lines(version, names))
    if not any(version.answers for version in found.versions):
        session.screen.show("", "No version answers at these cuts.")
    if lines := list(effects_of(session, found.entry_id, found.basis)):
        session.screen.heading("What has no effect")
        session.screen.show(*lines)
    session.screen.note("")
    session.screen.basis(found.basis)


def version_heading(entry_id: str, version: EntryVersion) -> str:
    change = spoken.spaced(words.word(Change.DESCRIPTOR, version.change))
    answers = "  ← answers" if version.answers else ""
    return f"{entry_id} version {version.version}: {change}{answers}"


def version_lines(
    version: EntryVersion, names: Mapping[str, str] = _NO_NAMES
) -> Iterator[RenderableType]:
    """`names` has whom authors stand for, as far as anybody can tell."""
    when = json_form.write(version.recorded_at)[:19]
    author = names.get(version.recorded_by) or version.recorded_by
    yield f"position {version.position}, recorded {when} UTC by {author}"
    plain = json_form.write(version)
    if (reason := plain.get("reason")) is not None:
        report = f" (report {version.report})" if version.report else ""
        told = spoken.sealed(reason) if isinstance(reason, dict) else reason
        yield f"reason: {told}{report}"
    if version.HasField("state"):
        (state,) = plain["state"].values() or ({},)
        yield table([("", "word"), ("", "text")], fields(state))
    elif version.evidence_added:
        added = {"evidence_added": plain["evidence_added"]}
        yield table([("", "word"), ("", "text")], fields(added))


COMMANDS = (entry, log)
