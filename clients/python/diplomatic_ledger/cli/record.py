"""`ledgerctl record`: record the entries of a file, once, however often it is run, or check
them without recording any.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import ExitStack, closing, contextmanager
from tempfile import SpooledTemporaryFile
from typing import Any, Self

import click

from diplomatic_ledger import json_form, yaml_text
from diplomatic_ledger.cli import placed, progress
from diplomatic_ledger.cli.commands import command
from diplomatic_ledger.cli.failures import (
    INTERRUPTED,
    Failure,
    exit_code,
    failure,
    usage,
)
from diplomatic_ledger.cli.files import spooled
from diplomatic_ledger.cli.session import Session
from diplomatic_ledger.cli.spoken import plural
from diplomatic_ledger.entry_spool import EntrySpool
from diplomatic_ledger.errors import LedgerError, LedgerNotFound, TooLarge
from diplomatic_ledger.recording import Checked
from diplomatic_ledger.v1.ledger_service_pb2 import RecordResponse, Remark

#: No request has more items.
_REQUEST_ITEMS = 1000
_BYTES_IN_MEMORY = 4 * 1024 * 1024


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

    The file is read as a whole before anything is recorded. Up to 1000 entries are recorded
    all or none. Larger files, of any size, go in several requests, each all or none, of which
    some are under way at a time: put each entry after those that it names. A refusal names the
    lines, and how many items are recorded. Run it again after a failure or a Ctrl-C, or after
    you added entries anywhere in the file: what is there and says the same is found, not
    recorded twice. What is there and says something else is refused; amend it. Say of
    amendments which version they expect.

    A file that describes its ledger creates it if it is not there and the service finds
    nothing wrong with the file.

    A text that shall be sealed is written {seal: TEXT}; in an amendment, {sealed: keep}
    leaves a seal as it is.

    A commitment of several debtors with severally: true is recorded as one for each of them.
    instalments: {every: month, from: 1995-11, to: 1996-10, quantity: 500000 t} are recorded
    one by one. --check shows what these become.
    """
    with _read(file) as entries:
        if not entries.count:
            raise usage(f"{file} holds no items.")
        if check:
            _only_check(session, file, entries)
            return
        ledger = _ledger(session, file, entries)
        with Recorded() as recorded:
            for answer in _answers(session, ledger, file, entries):
                recorded.add(answer)
            _tell(session, ledger, recorded)


def _ledger(session: Session, file: str, entries: EntrySpool) -> str:
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


def _only_check(session: Session, file: str, entries: EntrySpool) -> None:
    """Checks the file as far as that goes without recording any of it."""
    named = entries.ledger.ledger if entries.ledger is not None else ""
    ledger = session.ledger_name or named or session.ledger
    found = _check(session, ledger, file, entries)
    checked = found.items
    _tell_remarks(session, entries, found.remarks, 0)
    if session.as_json:
        items = (json_form.write_item(item) for item in entries.items())
        session.screen.json_list({"ledger": ledger, "checked": checked}, "items", items)
        return
    for number, item in enumerate(entries.spelled_out()):
        if not number:
            session.screen.heading("Written in short, and recorded as")
        for line in yaml_text.write([json_form.write_item(item)]).splitlines():
            session.screen.line(line)
    session.screen.show("")
    session.screen.show(
        f"Nothing is wrong with {plural(checked, 'item')} of {file} for {ledger}. "
        "Nothing was recorded."
    )
    if checked < entries.count:
        session.screen.show(
            f"Its other {plural(entries.count - checked, 'item')} can be checked once "
            "these are recorded, since they may name them."
        )


def _check(session: Session, ledger: str, file: str, entries: EntrySpool) -> Checked:
    """Checks the file, as far as that goes. Before its ledger is created, so that a refused
    file leaves no empty ledger.
    """
    try:
        return session.client.check(ledger, entries.items())
    except LedgerError as error:
        raise _refused(session, error, file, entries, 0) from None


def _answers(
    session: Session, ledger: str, file: str, entries: EntrySpool
) -> Iterator[RecordResponse]:
    done = 0
    with (
        progress.items("Recording", entries.count) as reached,
        closing(session.client.record_all(ledger, entries.items())) as answers,
    ):
        try:
            for answer in answers:
                if new_items(answer):
                    _tell_remarks(session, entries, answer.remarks, done)
                done += len(answer.recorded)
                reached(done)
                yield answer
        except KeyboardInterrupt:
            told = f"Stopped: at least {done} of {entries.count} items are recorded."
            raise Failure(f"{told} Run it again to go on.", code=INTERRUPTED) from None
        except LedgerError as error:
            raise _refused(session, error, file, entries, done) from None


def _tell_remarks(
    session: Session, entries: EntrySpool, remarks: Collection[Remark], skipped: int
) -> None:
    """Tells beside the answer what may be a slip, and where in the file it stands. `skipped`
    items of the file stood in requests before this one.
    """
    if not remarks:
        return
    part = entries.part(skipped, _REQUEST_ITEMS)
    for remark in remarks:
        session.tell(placed.remark(part, remark.path, remark.text))


def _refused(
    session: Session, error: LedgerError, file: str, entries: EntrySpool, done: int
) -> Failure:
    """The failure for a refused file: where in the file the refused fields stand, in order,
    and what of the file is recorded.
    """
    became = _became(done, error.recorded_behind)
    if isinstance(error, TooLarge):
        return Failure(error.message, [f"Of {file}, {became}."] if done else [])
    lines = placed.lines(error, entries.part(done, _REQUEST_ITEMS))
    if lines:
        count = plural(len(lines), "problem")
        sentence = f"The service found {count} in {file}; {became}:"
        return Failure(sentence, lines, code=exit_code(error))
    told = failure(error, server=session.address, timeout=session.timeout)
    if not done:
        return told
    going_on = f"Of {file}, {became}. Run it again to go on."
    return Failure(told.sentence, (*told.lines, going_on), code=told.code)


def _became(done: int, behind: int) -> str:
    """What is recorded of a file of which something was refused: what stood before, and what
    was under way behind it.
    """
    if not done and not behind:
        return "nothing was recorded"
    first = f"its first {plural(done, 'item')} are recorded" if done else ""
    others = f"{plural(behind, 'item')} behind it" if behind else ""
    if first and others:
        return f"{first}, and {others}"
    return first or f"{others} are recorded"


class Recorded:
    """What was recorded of a file; a context manager. The answer for each item is kept on the
    disk, for who wants to have it printed.
    """

    def __init__(self) -> None:
        self.new = self.old = self.position = 0
        self.token = ""
        self._items = SpooledTemporaryFile(max_size=_BYTES_IN_MEMORY, mode="w+")  # noqa: SIM115

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._items.close()

    def add(self, answer: RecordResponse) -> None:
        new = new_items(answer)
        self.new += new
        self.old += len(answer.recorded) - new
        self.position = max(self.position, *(each.position for each in answer.recorded))
        self.token = answer.token
        self._items.writelines(
            f"{each.entry_id} {each.version} {each.position}\n" for each in answer.recorded
        )

    def items(self) -> Iterator[dict[str, Any]]:
        self._items.seek(0)
        for line in self._items:
            entry_id, version, position = line.split(" ")
            yield {"entry_id": entry_id, "version": int(version), "position": int(position)}


def _tell(session: Session, ledger: str, recorded: Recorded) -> None:
    if session.as_json:
        head = {
            "ledger": ledger,
            "recorded": recorded.new,
            "already_recorded": recorded.old,
            "token": recorded.token,
        }
        session.screen.json_list(head, "items", recorded.items())
        return
    there = f" {recorded.old} were there already." if recorded.old else ""
    session.screen.show(
        f"Recorded {plural(recorded.new, 'item')} in {ledger}, up to position "
        f"{recorded.position}.{there}"
    )


@contextmanager
def _read(file: str) -> Iterator[EntrySpool]:
    with ExitStack() as stack:
        with progress.bytes_read(f"Reading {file}") as reached:
            entries = stack.enter_context(spooled(file, reached))
        yield entries


def new_items(answer: RecordResponse) -> int:
    """How many items this run recorded, and did not find."""
    if answer.already_recorded:
        return 0
    return sum(not each.already_recorded for each in answer.recorded)


COMMANDS = (record,)
