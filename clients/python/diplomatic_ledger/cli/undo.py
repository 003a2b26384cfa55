"""`ledgerctl undo`: take back what one request recorded, or what was recorded from a file."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import click

from diplomatic_ledger.case_file import Undoing, request_prefix
from diplomatic_ledger.case_file.comparing import id_of
from diplomatic_ledger.cli import case_target, placed, progress, undo_telling
from diplomatic_ledger.cli.commands import PLAIN, command
from diplomatic_ledger.cli.failures import Failure, failure, usage
from diplomatic_ledger.cli.files import spooled
from diplomatic_ledger.cli.interrupts import INTERRUPTED
from diplomatic_ledger.cli.session import Session
from diplomatic_ledger.cli.spoken import plural
from diplomatic_ledger.errors import LedgerError
from diplomatic_ledger.v1.ledger_service_pb2 import RecordResponse

#: What ends like this is meant as a file, also where there is none.
_FILES = (".yaml", ".yml", ".json", ".jsonl")


@command(
    "undo",
    formats=PLAIN,
    examples=[
        "ledgerctl undo file-1f0e9c2a7b-content-6d0c2f",
        "ledgerctl undo undo-5b0d2a91c4-",
        'ledgerctl undo my-talks.yaml --reason "entered into the wrong ledger"',
        'ledgerctl undo my-talks.yaml --reason "a trial" --yes --format json',
    ],
)
@click.argument("what", metavar="REQUEST|FILE")
@click.option("--reason", help="Why. [asked for]")
@click.option("--yes", is_flag=True, help="Do not ask whether to go on.")
def undo(session: Session, what: str, reason: str | None, *, yes: bool) -> None:
    """Take back what one request recorded, or what `ledgerctl record FILE` recorded of the
    entries that FILE has. A REQUEST that ends with - stands for all whose ids begin so.

    New entries are annulled; what was amended or annulled is amended back to what it said
    before. It is shown first. What stands in the log stays there, and what was taken back can be
    taken back in the same way. New entries on which others rest stay. Nothing is taken back
    where something was amended since and is so still: that goes first.

    It is done as a whole or not at all where one request has room for it: 1000 entries of
    usual size, unless the service takes fewer. More goes in several requests, each as a whole
    or not at all: stopped between them, the rest stays as it is, nothing that stands rests on
    what was annulled, and the same command goes on.

    `ledgerctl record` tells the id of its request; `ledgerctl entry ID` tells which request
    recorded each version of an entry.
    """
    if reason is not None and not reason.strip():
        raise usage("--reason is empty. Say why it is taken back.")
    ledger, undoing = _planned(session, what)
    undo_telling.hold(session, what, undoing)
    if not undoing.taken_back:
        undo_telling.tell_nothing(session, ledger, what, undoing)
        return
    undo_telling.hold_rights(session, ledger, undoing)
    if not session.as_json:
        undo_telling.show(session, undoing)
    can_ask = sys.stdin.isatty() and sys.stderr.isatty()
    if reason is None and can_ask:
        reason = str(click.prompt("Why", err=True))
    undo_telling.tell_size(session, undoing, reason or "")
    reason = _settled(reason, yes=yes, can_ask=can_ask)
    answers = _take_back(session, ledger, undoing, reason)
    if session.as_json:
        session.screen.json(
            {
                **undo_telling.as_json(ledger, undoing),
                "request_ids": [each.request_id for each in answers],
                "token": answers[-1].token,
            }
        )
        return
    session.screen.show(
        f"Took back {plural(len(undoing.taken_back), 'entry', 'entries')} in {ledger}, up to "
        f"position {answers[-1].recorded[-1].position}."
    )
    session.screen.line(_to_reverse(session, undoing, answers))


def _take_back(
    session: Session, ledger: str, undoing: Undoing, reason: str
) -> list[RecordResponse]:
    """The answers to the requests. Raises Failure that says how far it came."""
    answers: list[RecordResponse] = []
    done = 0
    with (
        progress.items("Taking back", len(undoing.taken_back)) as reached,
        closing(session.client.take_back(ledger, undoing, reason)) as told,
    ):
        try:
            for answer in told:
                answers.append(answer)
                done += len(answer.recorded)
                reached(done)
                for line in placed.without_file(answer.remarks):
                    session.tell(line)
        except KeyboardInterrupt:
            if not done:
                sentence = "it may have been taken back all the same. Run it again to see."
                raise Failure(f"Stopped; {sentence}", code=INTERRUPTED) from None
            sentence = "Stopped: at least "
            raise _stopped(session, sentence, (), undoing, answers, INTERRUPTED) from None
        except LedgerError as error:
            if not done:
                raise
            why = failure(error, server=session.address, timeout=session.timeout)
            sentence = f"{why.sentence} So "
            raise _stopped(session, sentence, why.lines, undoing, answers, why.code) from None
    return answers


def _stopped(
    session: Session,
    begins: str,
    lines: Sequence[str],
    undoing: Undoing,
    answers: Sequence[RecordResponse],
    code: int,
) -> Failure:
    """How far it came."""
    done = sum(len(each.recorded) for each in answers)
    return Failure(
        f"{begins}{done} of {plural(len(undoing.taken_back), 'entry', 'entries')} are taken "
        "back; the others stay as they are. Run it again to go on.",
        [*lines, _to_reverse(session, undoing, answers)],
        code=code,
    )


def _to_reverse(session: Session, undoing: Undoing, answers: Sequence[RecordResponse]) -> str:
    request = answers[0].request_id
    if len(answers) > 1:
        request = request[: request.rindex("-") + 1]
    return undo_telling.to_reverse(session, undoing, request)


def _planned(session: Session, what: str) -> tuple[str, Undoing]:
    path = Path(what)
    if not path.exists() and not what.endswith(_FILES):
        meant = "request_prefix" if what.endswith("-") else "request_id"
        return session.ledger, session.client.plan_undo(session.ledger, **{meant: what})
    with spooled(what, lambda *_: None) as entries:
        target = case_target.target(session, what, entries.ledger)
        if not target.is_there:
            raise Failure(f"There is no ledger {target.ledger}.", code=3)
        ids = dict.fromkeys(map(id_of, entries.items()))
        undoing = session.client.plan_undo(
            target.ledger, request_prefix=request_prefix(path.name), entry_ids=ids
        )
    if not undoing.request_ids:
        raise Failure(
            f"Nothing in {target.ledger} was recorded from a file that is called {path.name}. "
            f"If it had another name then, `{session.command('entry', 'ID')}` "
            "tells which request recorded an entry: take that back, or by its first 16 characters, "
            "such as file-1f0e9c2a7b-, all that was recorded from the file.",
            code=3,
        )
    return target.ledger, undoing


def _settled(reason: str | None, *, yes: bool, can_ask: bool) -> str:
    """The reason, once somebody agreed. Raises Failure where nobody can be asked."""
    if not reason or not (yes or can_ask):
        missing = [] if yes else ["--yes"]
        missing += [] if reason else ["--reason WHY"]
        raise usage(f"Nothing was taken back. Say {' and '.join(missing)} to do it.")
    if not yes and not click.confirm("Take it back?", err=True):
        raise Failure("Nothing was taken back.")
    return reason


COMMANDS = (undo,)
