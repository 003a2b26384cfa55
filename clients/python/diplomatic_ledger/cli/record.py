"""`ledgerctl record`: record the entries of a file, once, however often it is run, or check
them without recording any.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import click

from diplomatic_ledger.batches import Limits
from diplomatic_ledger.case_file import request_prefix
from diplomatic_ledger.cli import case_target, progress, record_check, record_requests, recorded
from diplomatic_ledger.cli.case_plans import Amending, Plan, compared
from diplomatic_ledger.cli.case_target import Target
from diplomatic_ledger.cli.commands import PLAIN, command
from diplomatic_ledger.cli.failures import usage
from diplomatic_ledger.cli.files import spooled, wrong
from diplomatic_ledger.cli.session import Session
from diplomatic_ledger.entry_spool import EntrySpool
from diplomatic_ledger.errors import LedgerError


@command(
    "record",
    formats=PLAIN,
    examples=[
        "ledgerctl record clients/examples/us_dprk_2018.yaml",
        "ledgerctl record --ledger us-dprk-2018 entries.jsonl",
        "cat entries.jsonl | ledgerctl record -l us-dprk-2018 -",
        "ledgerctl record --check clients/examples/us_dprk_2018.yaml",
        "ledgerctl record --check --strict entries.yaml",
        'ledgerctl record entries.yaml --amend "wrong day"',
        'ledgerctl record entries.yaml --amend "the date became known" --report PR1',
    ],
)
@click.argument("file")
@click.option(
    "--check",
    is_flag=True,
    help="Record nothing: say whether it could be, and spell out what was written in short.",
)
@click.option(
    "--strict",
    is_flag=True,
    help="Refuse what may be a slip too, such as a second party of one name.",
)
@click.option(
    "--amend",
    "reason",
    metavar="REASON",
    help="Record what is changed in the file as amendments, for this reason.",
)
@click.option(
    "--report",
    default="",
    metavar="ID",
    help="With --amend: this report told it, so it is new information. [corrections]",
)
@click.option(
    "--keep-description",
    is_flag=True,
    help="Leave the ledger's title, purpose and first day though the file says others.",
)
def record(
    session: Session,
    file: str,
    *,
    check: bool,
    strict: bool,
    reason: str | None,
    report: str,
    keep_description: bool,
) -> None:
    """Record the entries of FILE (YAML or JSON Lines; - reads standard input).

    Keep a case in a file, add to it, and run this again and again: what is there and says the
    same is found, also amendments and annulments; what is new is recorded. Behind a new change of
    an entry, the other changes that the file has of it are recorded anew, so that the file has
    the last word. What is changed is told field by field and refused, unless --amend records it.
    What was amended or annulled by something else since is named, and stays so, also with --amend,
    but for what you took back yourself with `ledgerctl undo`. An entry without
    an id gets one that follows from what it says. Of sealed texts only those are compared that
    you may read.

    The file is read as a whole before anything is recorded. Where something cannot be read, what
    the service would refuse of a file of up to 1000 items is told with it. Up to 1000 entries are
    recorded all or none. Larger files, of any size, go in several requests, each all or none, of which
    some are under way at a time: put each entry after those that it names. A refusal names the
    lines, and how many items are recorded. Run it again after a failure or a Ctrl-C.
    `ledgerctl undo` takes back what was recorded.

    A file that describes its ledger creates it if it is not there and the service finds
    nothing wrong with the file.

    A text that shall be sealed is written {seal: TEXT}; in an amendment, {sealed: keep}
    leaves a seal as it is.

    A commitment of several debtors with severally: true is recorded as one for each of them.
    instalments: {every: month, from: 1995-11, to: 1996-10, quantity: 500000 t} are recorded
    one by one. --check shows what these become, and tells at once all that would be refused, of
    a file of any size: what cannot be read, and what the service refuses of all else.

    What breaks no rule and is odd all the same is told beside the answer, with the line: a
    year far from all others, a report older than what it tells, a relation that changes
    nothing, and the like. With --strict it is refused.
    """
    if report and reason is None:
        raise usage("--report names the report that told of changes: say --amend REASON, too.")
    if reason is not None and not reason.strip():
        raise usage("--amend is empty. Say why it is amended.")
    amending = Amending(reason, report, "refuse" if strict else "tell")
    with ExitStack() as stack:
        entries = stack.enter_context(_read(file))
        if not entries.count and not entries.problems:
            raise usage(f"{file} holds no items.")
        if entries.problems:
            _hold(file, entries, check=check)
        stack.enter_context(record_check.if_stopped(file, entries))
        with record_check.if_not_asked(session, file, entries):
            target = case_target.target(session, file, entries.ledger)
            if not check and not entries.problems:
                target.settle_description(session, keep=keep_description)
            plan = stack.enter_context(_plan(session, target, file, entries, amending))
        if check or entries.problems:
            record_check.check(
                session,
                file,
                entries,
                target,
                plan,
                amending,
                keep_description=keep_description,
            )
        else:
            _record(session, target, file, plan, amending)


def _hold(file: str, entries: EntrySpool, *, check: bool) -> None:
    """Raises Failure where the service is not asked about a file in which something is wrong: to
    ask about a large one takes long.
    """
    is_large = entries.count > Limits.items
    holds_nothing = not entries.count and not entries.partly(0, 1).items
    if entries.is_cut_off or holds_nothing or (is_large and not check):
        raise wrong(file, entries.problems)


def _record(
    session: Session, target: Target, file: str, plan: Plan, amending: Amending
) -> None:
    plan.telling.hold(session, file, target.ledger)
    if not target.is_there:
        _create(session, target, file, plan, amending)
    plan.tell(session, file, whole=False)
    with recorded.Recorded(plan) as found:
        answers = record_requests.answers(
            session, target.ledger, file, _prefix(file), plan, amending
        )
        for answer, before in answers:
            found.add(answer, before)
        recorded.tell(session, target.ledger, file, found)


def _plan(
    session: Session, target: Target, file: str, entries: EntrySpool, amending: Amending
) -> Plan:
    if not target.is_there:
        return Plan(entries)
    amends = amending.reason is not None
    return compared(
        session, target.ledger, entries, request_prefix=_prefix(file), amends=amends
    )


def _prefix(file: str) -> str:
    """How the ids of the requests begin that record from this file."""
    return request_prefix(Path(file).name) if file != "-" else ""


def _create(
    session: Session, target: Target, file: str, plan: Plan, amending: Amending
) -> None:
    """Creates the ledger that the file describes; after a check of the file, so that a refused
    one leaves no empty ledger.
    """
    described = target.described
    try:
        session.client.check(described.ledger, plan.items(amending), if_remarked=amending.odd)
    except LedgerError as error:
        raise record_requests.refused(session, error, file, plan, 0) from None
    session.client.create_ledger(
        described.ledger,
        described.title,
        purpose=described.purpose,
        opens_on=described.opens_on or None,
    )
    session.tell(f"Created the ledger {described.ledger}.")


@contextmanager
def _read(file: str) -> Iterator[EntrySpool]:
    with ExitStack() as stack:
        with progress.bytes_read(f"Reading {file}") as reached:
            entries = stack.enter_context(spooled(file, reached, all_the_same=True))
        yield entries


COMMANDS = (record,)
