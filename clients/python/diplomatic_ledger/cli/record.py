"""`ledgerctl record`: record the entries of a file, once, however often it is run, or check
them without recording any.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import click
from rich.console import Console
from rich.progress import Progress

from diplomatic_ledger import json_form, yaml_text
from diplomatic_ledger.cli import placed
from diplomatic_ledger.cli.commands import command
from diplomatic_ledger.cli.failures import (
    INTERRUPTED,
    Failure,
    exit_code,
    failure,
    usage,
)
from diplomatic_ledger.cli.files import read_entries
from diplomatic_ledger.cli.session import Session
from diplomatic_ledger.cli.spoken import plural
from diplomatic_ledger.entry_file import EntryFile
from diplomatic_ledger.errors import LedgerError, LedgerNotFound, TooLarge
from diplomatic_ledger.recording import Checked
from diplomatic_ledger.v1.ledger_service_pb2 import RecordResponse, Remark


@command(
    "record",
    examples=[
        "ledgerctl record clients/examples/us_dprk_2018.yaml",
        "ledgerctl record --ledger us-dprk-2018 entries.jsonl",
        "cat entries.jsonl | ledgerctl record -l us-dprk-2018 -",
        "ledgerctl record --check clients/examples/us_dprk_2018.yaml",
    ],
)
@click.argument("file")
@click.option(
    "--check",
    is_flag=True,
    help="Record nothing: say whether it could be, and spell out what was written in short.",
)
def record(session: Session, file: str, *, check: bool) -> None:
    """Record the entries of FILE (YAML or JSON Lines; - reads standard input).

    Up to 1000 entries are recorded all or none. Larger files go in several requests, each
    all or none. A refusal names the lines, and how many items were recorded before. Run it
    again after a failure, or after you added entries anywhere in the file: what is there and
    says the same is found, not recorded twice. What is there and says something else is
    refused; amend it. Say of amendments which version they expect.

    A file that describes its ledger creates it if it is not there and the service finds
    nothing wrong with the file.

    A text that shall be sealed is written {seal: TEXT}; in an amendment, {sealed: keep}
    leaves a seal as it is.

    A commitment of several debtors with severally: true is recorded as one for each of them.
    instalments: {every: month, from: 1995-11, to: 1996-10, quantity: 500000 t} are recorded
    one by one. --check shows what these become.
    """
    entries = read_entries(file)
    if not entries.items:
        raise usage(f"{file} holds no items.")
    if check:
        _only_check(session, file, entries)
        return
    ledger = _ledger(session, file, entries)
    answers = list(_answers(session, ledger, file, entries))
    _tell(session, ledger, answers)


def _ledger(session: Session, file: str, entries: EntryFile) -> str:
    """The ledger to record in; one that the file describes is created when it is missing."""
    described = entries.ledger
    if described is None or session.ledger_name not in ("", described.ledger):
        return session.ledger
    try:
        session.client.ledger(described.ledger)
    except LedgerNotFound:
        _check(session, described.ledger, file, entries)
        session.client.create_ledger(
            described.ledger,
            described.title,
            purpose=described.purpose,
            opens_on=described.opens_on or None,
        )
        session.tell(f"Created the ledger {described.ledger}.")
    return described.ledger


def _only_check(session: Session, file: str, entries: EntryFile) -> None:
    """Checks the file as far as that goes without recording any of it."""
    named = entries.ledger.ledger if entries.ledger is not None else ""
    ledger = session.ledger_name or named or session.ledger
    found = _check(session, ledger, file, entries)
    checked = found.items
    _tell_remarks(session, entries, found.remarks, 0)
    if session.as_json:
        items = [json_form.write_item(item) for item in entries.items]
        session.screen.json({"ledger": ledger, "checked": checked, "items": items})
        return
    short = [entries.items[index] for index in sorted(entries.spelled_out)]
    if short:
        session.screen.heading("Written in short, and recorded as")
        for item in short:
            for line in yaml_text.write([json_form.write_item(item)]).splitlines():
                session.screen.line(line)
        session.screen.show("")
    session.screen.show(
        f"Nothing is wrong with {plural(checked, 'item')} of {file} for {ledger}. "
        "Nothing was recorded."
    )
    if checked < len(entries.items):
        session.screen.show(
            f"Its other {plural(len(entries.items) - checked, 'item')} can be checked once "
            "these are recorded, since they may name them."
        )


def _check(session: Session, ledger: str, file: str, entries: EntryFile) -> Checked:
    """Checks the file, as far as that goes. Before its ledger is created, so that a refused
    file leaves no empty ledger.
    """
    try:
        return session.client.check(ledger, entries.items)
    except TooLarge as error:
        raise Failure(str(error)) from None
    except LedgerError as error:
        raise _refused(session, error, file, entries, 0) from None


def _answers(
    session: Session, ledger: str, file: str, entries: EntryFile
) -> Iterator[RecordResponse]:
    console = Console(stderr=True, highlight=False)
    done = 0
    with Progress(console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("Recording", total=len(entries.items))
        try:
            for answer in session.client.record_all(ledger, entries.items):
                if new_items(answer):
                    _tell_remarks(session, entries, answer.remarks, done)
                done += len(answer.recorded)
                bar.update(task, completed=done)
                yield answer
        except TooLarge as error:
            raise Failure(str(error)) from None
        except KeyboardInterrupt:
            told = f"Stopped: {done} of {len(entries.items)} items are recorded."
            raise Failure(f"{told} Run it again to go on.", code=INTERRUPTED) from None
        except LedgerError as error:
            raise _refused(session, error, file, entries, done) from None


def _tell_remarks(
    session: Session, entries: EntryFile, remarks: Iterable[Remark], skipped: int
) -> None:
    """Tells beside the answer what may be a slip, and where in the file it stands."""
    for remark in remarks:
        session.tell(placed.remark(entries, remark.path, remark.text, skipped))


def _refused(
    session: Session, error: LedgerError, file: str, entries: EntryFile, done: int
) -> Failure:
    """The failure for a refused file: where in the file the refused fields stand, in order,
    and what of the file is recorded.
    """
    became = (
        f"its first {plural(done, 'item')} are recorded" if done else "nothing was recorded"
    )
    lines = placed.lines(error, entries, done)
    if lines:
        count = plural(len(lines), "problem")
        sentence = f"The service found {count} in {file}; {became}:"
        return Failure(sentence, lines, code=exit_code(error))
    told = failure(error, server=session.server, timeout=session.timeout)
    if not done:
        return told
    going_on = f"Of {file}, {became}. Run it again to go on."
    return Failure(told.sentence, (*told.lines, going_on), code=told.code)


def _tell(session: Session, ledger: str, answers: list[RecordResponse]) -> None:
    new = sum(map(new_items, answers))
    old = sum(len(a.recorded) for a in answers) - new
    position = max(recorded.position for a in answers for recorded in a.recorded)
    if session.as_json:
        recorded = [
            {"entry_id": r.entry_id, "version": r.version, "position": r.position}
            for a in answers
            for r in a.recorded
        ]
        session.screen.json(
            {
                "ledger": ledger,
                "recorded": new,
                "already_recorded": old,
                "token": answers[-1].token,
                "items": recorded,
            }
        )
        return
    there = f" {old} were there already." if old else ""
    session.screen.show(
        f"Recorded {plural(new, 'item')} in {ledger}, up to position {position}.{there}"
    )


def new_items(answer: RecordResponse) -> int:
    """How many items this run recorded, and did not find."""
    if answer.already_recorded:
        return 0
    return sum(not each.already_recorded for each in answer.recorded)


COMMANDS = (record,)
