"""`ledgerctl watch`: what is recorded, or how standings change, as it comes."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator
from typing import Any

import click

from diplomatic_ledger import json_form, words
from diplomatic_ledger.cli import spoken
from diplomatic_ledger.cli.commands import PLAIN, command
from diplomatic_ledger.cli.failures import Failure
from diplomatic_ledger.cli.log import POSITION, filters, log_row
from diplomatic_ledger.cli.narrowing import MORE_OF_COMMITMENTS, in_section
from diplomatic_ledger.cli.session import Session
from diplomatic_ledger.cuts import Cuts
from diplomatic_ledger.errors import EntryNotFound
from diplomatic_ledger.filters import commitment_filter
from diplomatic_ledger.history import CaughtUp, StoredRecord
from diplomatic_ledger.log_filter import LogFilter
from diplomatic_ledger.v1 import standings_pb2, watching_pb2
from diplomatic_ledger.v1.filters_pb2 import CommitmentFilter
from diplomatic_ledger.v1.history_service_pb2 import Change
from diplomatic_ledger.watching import StandingsChanged

_LOST, _BACK = "Connection lost, trying again.", "Back."
_LIFECYCLE = standings_pb2.Lifecycle.DESCRIPTOR
#: What both records and commitments are chosen by, and what only records are.
_OF_BOTH = ("entry_ids", "parties")
_OF_RECORDS = ("record_types", "entry_types", "changes", "id_prefixes", "related_to")


@command(
    "watch",
    formats=(*PLAIN, "records"),
    examples=[
        "ledgerctl watch",
        "ledgerctl watch --after 0",
        "ledgerctl watch --type act.recorded.v1 --format records",
        "ledgerctl watch --standings --party dprk --lifecycle breached",
        "ledgerctl watch --standings --debtor dprk --flag overdue --due 2018",
        "ledgerctl watch --standings --after 0 --format json",
    ],
)
@click.option(
    "--after",
    type=POSITION,
    metavar="POSITION",
    help="Only what comes behind this position. [what comes now]",
)
@click.option(
    "--standings",
    is_flag=True,
    help="Print how commitments change, with records and with days that begin.",
)
@click.option(
    "--resume",
    "resume_token",
    default="",
    metavar="TOKEN",
    help="With --standings: go on behind the line with this resume_token.",
)
@filters
@in_section("Which commitments, with --standings", MORE_OF_COMMITMENTS)
def watch(
    session: Session,
    after: int | None,
    standings: bool,
    resume_token: str,
    **wanted: Any,
) -> None:
    """Print each record as it comes, or each change of a standing, until Ctrl-C. When the
    service goes away for a moment, that is told on stderr, and nothing is left out.
    """
    of_records = {name: wanted.pop(name) for name in _OF_RECORDS}
    shared = {name: wanted.pop(name) for name in _OF_BOTH}
    if after is not None:
        last = session.client.ledger(session.ledger).position
        if after > last:
            raise Failure(f"The log ends at position {last}. Watch after {last} at the latest.")
    if standings:
        if any(of_records.values()) or session.output == "records":
            raise Failure(
                "With --standings commitments are chosen, as by `ledgerctl commitments`. What "
                "chooses records (--type, --entry-type, --change, --prefix and --related-to), "
                "and --format records, go without it."
            )
        chosen = commitment_filter(**shared, **wanted)
        _watch_standings(session, chosen, after, resume_token)
    elif resume_token or any(wanted.values()):
        raise Failure(
            "--resume and what chooses commitments, such as --lifecycle, go with --standings. "
            "Add it."
        )
    else:
        _watch_log(session, after, LogFilter(**shared, **of_records))


def _watch_log(session: Session, after: int | None, wanted: LogFilter) -> None:
    if after is None:
        after = session.client.ledger(session.ledger).position
    _note_unknown(session, (*wanted.entry_ids, *wanted.parties))
    events = session.client.subscribe(
        session.ledger,
        after_position=after,
        wanted=wanted,
        on_connection=lambda there: session.tell(_BACK if there else _LOST),
    )
    with contextlib.suppress(KeyboardInterrupt):
        for event in events:
            if isinstance(event, StoredRecord):
                _print_event(session, event)
            elif isinstance(event, CaughtUp) and session.output == "table":
                session.screen.note(f"Position {event.position}. Waiting; Ctrl-C ends.")
            session.screen.flush()


def _watch_standings(
    session: Session, wanted: CommitmentFilter, after: int | None, resume_token: str
) -> None:
    if after is not None and resume_token:
        raise Failure("--after and --resume both say where to begin. Leave one of them out.")
    told = session.client.watch_standings(
        session.ledger,
        wanted=wanted,
        resume_token=resume_token,
        after=None if after is None else (after, _day_of(session, after)),
        on_connection=lambda there: session.tell(_BACK if there else _LOST),
    )
    with contextlib.suppress(KeyboardInterrupt):
        for each in told:
            if isinstance(each, StandingsChanged):
                _print_step(session, each)
            elif each.is_caught_up and session.output == "table":
                session.screen.note(
                    f"Position {each.position}, {each.day}. Waiting; Ctrl-C ends."
                )
            session.screen.flush()


def _day_of(session: Session, position: int) -> str:
    """The day on which a position was recorded; of position 0 that of the first record."""
    records = session.client.read_log(
        session.ledger, after_position=max(position - 1, 0), limit=1
    )
    with contextlib.closing(records):
        return str(next(records).decoded().get("time", ""))[:10]


def _print_step(session: Session, told: StandingsChanged) -> None:
    if session.as_json:
        step = json_form.write(told.step)
        session.screen.json({"resume_token": told.resume_token, **step}, indent=None)
        return
    step = told.step
    when = (
        json_form.write(step.recorded_at)[:16].replace("T", " ")
        if step.HasField("recorded_at")
        else f"{step.after.day} begins"
    )
    for change in step.changes:
        session.screen.line("  ".join((when, *change_line(change))))


def change_line(change: watching_pb2.StandingChange) -> Iterator[str]:
    """A commitment that changed, in parts of a line: its id, how it changed, from what to
    what, and why.
    """
    yield change.entry_id
    yield words.word(watching_pb2.WatchedChange.DESCRIPTOR, change.change)
    before = _stands(change.before) if change.HasField("before") else "-"
    after = _stands(change.after.standing) if change.HasField("after") else "-"
    yield f"{before} → {after}"
    because = [
        f"{cause.entry_id} v{cause.version} "
        f"{spoken.spaced(words.word(Change.DESCRIPTOR, cause.change))}"
        for cause in change.because
    ]
    yield f"because of {', '.join(because)}" if because else "time alone"


def _stands(standing: standings_pb2.Standing) -> str:
    lifecycle = words.word(_LIFECYCLE, standing.lifecycle)
    return ", ".join((lifecycle, *map(spoken.spaced, words.flags(standing))))


def _note_unknown(session: Session, entry_ids: Iterable[str]) -> None:
    """Notes on stderr which ids do not exist: such entries may be recorded later, or the ids
    are mistyped.
    """
    for entry_id in entry_ids:
        try:
            session.check_known([entry_id], Cuts())
        except EntryNotFound:
            session.tell(f"There is no entry {entry_id!r} yet. Waiting for it.")


def _print_event(session: Session, record: StoredRecord) -> None:
    if session.output == "records":
        session.screen.raw(record.record.decode())
    elif session.as_json:
        session.screen.json(record.decoded(), indent=None)
    else:
        position, when, entry, what, title = log_row(record)
        session.screen.line(f"{position}  {when}  {entry.text}  {what}  {title}")


COMMANDS = (watch,)
