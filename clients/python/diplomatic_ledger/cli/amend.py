"""`ledgerctl amend` and `annul`: the next version of an entry, or its withdrawal."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import click

from diplomatic_ledger import json_form
from diplomatic_ledger.case_file.comparing import id_of
from diplomatic_ledger.cli import placed, state_text, undo_telling
from diplomatic_ledger.cli.commands import PLAIN, Whole, command
from diplomatic_ledger.cli.failures import if_stopped, usage
from diplomatic_ledger.cli.files import read_change
from diplomatic_ledger.cli.session import Session
from diplomatic_ledger.errors import LedgerError
from diplomatic_ledger.json_form.problems import Problem
from diplomatic_ledger.v1.history_service_pb2 import CHANGE_ANNULMENT, EntryVersion
from diplomatic_ledger.v1.items_pb2 import Amendment, Annulment, RecordItem

_expected_version = click.option(
    "--expected-version",
    type=Whole(min=1),
    metavar="N",
    help="Refuse unless the entry is at this version.",
)


@command(
    "amend",
    formats=PLAIN,
    examples=[
        'ledgerctl amend F016 --state f016.yaml --reason "wrong day" --correction',
        'ledgerctl amend F016 --state - --reason "the date became known" --report PR1',
    ],
)
@click.argument("entry_id", metavar="ID")
@click.option(
    "--state",
    "file",
    required=True,
    metavar="FILE",
    help="The full new state, as {act: {...}}.",
)
@click.option("--reason", required=True, help="Why.")
@click.option("--correction", is_flag=True, help="The ledger had it wrong.")
@click.option("--report", default="", metavar="ID", help="This report told something new.")
@_expected_version
def amend(
    session: Session,
    entry_id: str,
    file: str,
    reason: str,
    correction: bool,
    report: str,
    expected_version: int | None,
) -> None:
    """Record the next version of an entry: its full new state.

    A correction applies to every question. New information counts from the day on which
    its report could be read.
    """
    if correction == bool(report):
        raise usage("Say either --correction or --report ID.")

    def fill(amendment: Amendment) -> None:
        amendment.entry_id, amendment.reason = entry_id, reason
        if correction:
            amendment.correction.SetInParent()
        else:
            amendment.new_information.report = report
        _expect(amendment, expected_version)

    def of_rest(partly: Amendment, unread: Iterable[Problem], text: str) -> list[str]:
        fill(partly)
        return state_text.of_rest(session, partly, unread, text)

    amendment = read_change(file, of_rest)
    fill(amendment)
    _record(session, RecordItem(amendment=amendment))


@command(
    "annul",
    formats=PLAIN,
    examples=[
        'ledgerctl annul F016 --reason "recorded twice"',
        'ledgerctl annul F016 --reason "recorded twice" --expected-version 1',
    ],
)
@click.argument("entry_id", metavar="ID")
@click.option("--reason", required=True, help="Why.")
@_expected_version
def annul(session: Session, entry_id: str, reason: str, expected_version: int | None) -> None:
    """Withdraw an entry. It stays in the log, and can be amended back.

    An entry that is annulled already may be annulled again: what may be recorded never
    depends on the order. You are told so.
    """
    annulment = Annulment(entry_id=entry_id, reason=reason)
    _expect(annulment, expected_version)
    _record(session, RecordItem(annulment=annulment))


def _expect(change: Any, version: int | None) -> None:
    if version is not None:
        change.expected_version.exactly = version


def _record(session: Session, item: RecordItem) -> None:
    entry_id = id_of(item)
    look = session.command("entry", entry_id)
    unknown = f"it may be recorded all the same. Look with `{look}` first."
    with if_stopped(unknown):
        answer = session.client.record(session.ledger, [item])
    for line in placed.without_file(answer.remarks):
        session.tell(line)
    if session.as_json:
        session.screen.json(json_form.write(answer))
        return
    (recorded,) = answer.recorded
    session.screen.show(
        f"{recorded.entry_id} is at version {recorded.version}, position {recorded.position}."
    )
    odd: list[str] = []
    # It is recorded, whether or not the versions before can be read now.
    with contextlib.suppress(LedgerError):
        versions = session.client.entry(session.ledger, recorded.entry_id).versions
        odd = list(remarks(versions[: recorded.version]))
        session.screen.show(*odd)
    if not odd:
        session.screen.line(undo_telling.to_take_back(session, answer.request_id))


def remarks(versions: Sequence[EntryVersion]) -> Iterator[str]:
    """What is odd about the last one of an entry's versions, beside the one before."""
    if len(versions) < 2:
        return
    before, last = versions[-2:]
    if last.change == CHANGE_ANNULMENT:
        if before.change == CHANGE_ANNULMENT:
            yield f"It was annulled already, by version {before.version}."
    elif (before.state, list(before.sealed)) == (last.state, list(last.sealed)):
        yield f"Version {before.version} said the same: nothing changed but the reason."


COMMANDS = (amend, annul)
