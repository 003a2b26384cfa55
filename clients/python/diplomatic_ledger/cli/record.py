"""`ledgerctl record`: record the entries of a file, once, however often it is run, or check
them without recording any.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from tempfile import SpooledTemporaryFile
from typing import Any, NamedTuple, Self

import click

from diplomatic_ledger import json_form, yaml_text
from diplomatic_ledger.case_file import request_prefix
from diplomatic_ledger.cli import case_target, placed, progress
from diplomatic_ledger.cli.case_plans import Place, Plan, compared
from diplomatic_ledger.cli.case_target import Target
from diplomatic_ledger.cli.commands import PLAIN, command
from diplomatic_ledger.cli.failures import (
    Failure,
    exit_code,
    failure,
    usage,
)
from diplomatic_ledger.cli.files import spooled
from diplomatic_ledger.cli.interrupts import INTERRUPTED
from diplomatic_ledger.cli.nearest import Ids
from diplomatic_ledger.cli.session import Session
from diplomatic_ledger.cli.spoken import plural
from diplomatic_ledger.entry_problems import by_line
from diplomatic_ledger.entry_spool import EntrySpool
from diplomatic_ledger.errors import InvalidRequest, LedgerError, Remarked, TooLarge
from diplomatic_ledger.recording import Checked, IfRemarkedWord
from diplomatic_ledger.v1.ledger_service_pb2 import RecordResponse, Remark, RemarkReason

#: No request has more items.
_REQUEST_ITEMS = 1000
_BYTES_IN_MEMORY = 4 * 1024 * 1024


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
    same is found, also amendments and annulments; what is new is recorded. What is changed is
    told field by field and refused, unless --amend records it. What was amended or annulled by
    something else since is named, and stays so. An entry without an id gets one that follows from what it says. Of sealed
    texts only those are compared that you may read.

    The file is read as a whole before anything is recorded. Up to 1000 entries are recorded
    all or none. Larger files, of any size, go in several requests, each all or none, of which
    some are under way at a time: put each entry after those that it names. A refusal names the
    lines, and how many items are recorded. Run it again after a failure or a Ctrl-C.
    `ledgerctl undo` takes back what was recorded.

    A file that describes its ledger creates it if it is not there and the service finds
    nothing wrong with the file.

    A text that shall be sealed is written {seal: TEXT}; in an amendment, {sealed: keep}
    leaves a seal as it is.

    A commitment of several debtors with severally: true is recorded as one for each of them.
    instalments: {every: month, from: 1995-11, to: 1996-10, quantity: 500000 t} are recorded
    one by one. --check shows what these become.

    What breaks no rule and is odd all the same is told beside the answer, with the line: a
    year far from all others, a report older than what it tells, a relation that changes
    nothing, and the like. With --strict it is refused.
    """
    if report and reason is None:
        raise usage("--report names the report that told of changes: say --amend REASON, too.")
    if reason is not None and not reason.strip():
        raise usage("--amend is empty. Say why it is amended.")
    with _read(file, all_the_same=check) as entries:
        if not entries.count and not entries.problems:
            raise usage(f"{file} holds no items.")
        target = case_target.target(session, file, entries.ledger)
        amending = _Amending(reason, report, "refuse" if strict else "tell")
        if check:
            _only_check(session, file, entries, target, amending, keep_description)
            return
        target.settle_description(session, keep=keep_description)
        with _plan(session, target, file, entries, amending) as plan:
            plan.refuse(session, file, target.ledger)
            if not target.is_there:
                _create(session, target, file, plan, amending)
            plan.tell(session)
            with Recorded(plan) as recorded:
                for answer, before in _answers(session, target.ledger, file, plan, amending):
                    recorded.add(answer, before)
                _tell(session, target.ledger, recorded)


class _Amending(NamedTuple):
    """Why what is changed is to be amended, None where it is not, and which report told it; and
    what becomes of what may be a slip.
    """

    reason: str | None
    report: str
    odd: IfRemarkedWord


def _plan(
    session: Session, target: Target, file: str, entries: EntrySpool, amending: _Amending
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
    session: Session, target: Target, file: str, plan: Plan, amending: _Amending
) -> None:
    """Creates the ledger that the file describes; after a check of the file, so that a refused
    one leaves no empty ledger.
    """
    described = target.described
    try:
        session.client.check(described.ledger, plan.items(), if_remarked=amending.odd)
    except LedgerError as error:
        raise _refused(session, error, file, plan, 0) from None
    session.client.create_ledger(
        described.ledger,
        described.title,
        purpose=described.purpose,
        opens_on=described.opens_on or None,
    )
    session.tell(f"Created the ledger {described.ledger}.")


def _only_check(
    session: Session,
    file: str,
    entries: EntrySpool,
    target: Target,
    amending: _Amending,
    keep_description: bool,
) -> None:
    """Checks the file as far as that goes without recording any of it. All that is wrong with it
    is told in one round.
    """
    problems = [] if keep_description else list(target.differences)
    with _plan(session, target, file, entries, amending) as plan:
        differing = plan.lines(session) if plan.differs else []
        found, refused, are_remarks = _checked(session, target.ledger, plan, entries, amending)
        by_service = len(refused)
        problems += by_line([*entries.problems, *differing, *refused])
        if problems:
            only = len(problems) == by_service
            count = plural(len(problems), "problem")
            sentence = (
                f"{_found(by_service, file, are_remarks=are_remarks)}; nothing was recorded:"
                if only
                else f"{file} has {count}; nothing was recorded:"
            )
            raise Failure(sentence, problems)
        _tell_remarks(session, plan, found.remarks, 0)
        plan.tell(session)
        _tell_checked(session, file, entries, target.ledger, plan, found)


def _checked(
    session: Session, ledger: str, plan: Plan, entries: EntrySpool, amending: _Amending
) -> tuple[Checked, list[str], bool]:
    """What the service says of what could be read, and what it refuses, and whether it refuses
    it for remarks. What follows from items that could not be read is left out.
    """
    reason, report = amending.reason or "", amending.report
    nothing = Checked(0, ())
    if not plan.new:
        return nothing, [], False
    try:
        checked = session.client.check(
            ledger, plan.items(reason, report), if_remarked=amending.odd
        )
    except LedgerError as error:
        return nothing, _lines(session, error, plan, entries), isinstance(error, Remarked)
    return checked, [], False


def _lines(session: Session, error: LedgerError, plan: Plan, entries: EntrySpool) -> list[str]:
    """A line for each thing that is refused in a check."""
    part = plan.part(0, _REQUEST_ITEMS)
    if isinstance(error, InvalidRequest) and error.violations:
        ids = Ids(session, part)
        return placed.lines(error, part, beside=entries.unreadable, ids=ids)
    if lines := placed.lines(error, part):
        return lines
    told = failure(error, server=session.address, timeout=session.timeout)
    if not entries.problems:
        raise Failure(told.sentence, told.lines, code=told.code) from None
    return [f"The service could not be asked about the rest: {told.sentence}"]


def _found(count: int, file: str, *, are_remarks: bool) -> str:
    """How many problems or remarks there are."""
    if are_remarks:
        return f"The service has {plural(count, 'remark')} on {file}"
    return f"The service found {plural(count, 'problem')} in {file}"


def _tell_checked(
    session: Session, file: str, entries: EntrySpool, ledger: str, plan: Plan, found: Checked
) -> None:
    checked = found.items
    if session.as_json:
        items = (json_form.write_item(item) for item in entries.items())
        head = {
            "ledger": ledger,
            "checked": checked + plan.there,
            "new": plan.new - plan.amended,
            "amended": plan.amended,
            "there": plan.there,
            "remarks": [_as_json(plan, each) for each in found.remarks],
        }
        session.screen.json_list(head, "items", items)
        return
    for number, item in enumerate(entries.spelled_out()):
        if not number:
            session.screen.heading("Written in short, and recorded as")
        for line in yaml_text.write([json_form.write_item(item)]).splitlines():
            session.screen.line(line)
    session.screen.show("")
    there = f" {plan.there} of them are there already." if plan.there else ""
    changed = f" {plan.amended} would be amended." if plan.amended else ""
    odd = f", with {plural(len(found.remarks), 'remark')}" if found.remarks else ""
    session.screen.show(
        f"Nothing is wrong with {plural(checked + plan.there, 'item')} of {file} for {ledger}{odd}."
        f"{there}{changed} Nothing was recorded."
    )
    if checked < plan.new:
        session.screen.show(
            f"Its other {plural(plan.new - checked, 'item')} can be checked once "
            "these are recorded, since they may name them."
        )


def _answers(
    session: Session, ledger: str, file: str, plan: Plan, amending: _Amending
) -> Iterator[tuple[RecordResponse, int]]:
    """The answer to each request, and how many items were in those before it."""
    done = 0
    items = plan.items(amending.reason or "", amending.report)
    with (
        progress.items("Recording", plan.new) as reached,
        closing(
            session.client.record_all(
                ledger, items, request_prefix=_prefix(file), if_remarked=amending.odd
            )
        ) as answers,
    ):
        try:
            for answer in answers:
                if new_items(answer):
                    _tell_remarks(session, plan, answer.remarks, done)
                before, done = done, done + len(answer.recorded)
                reached(done)
                yield answer, before
        except KeyboardInterrupt:
            count = plan.new + plan.there
            told = f"Stopped: at least {done + plan.there} of {count} items are recorded."
            raise Failure(f"{told} Run it again to go on.", code=INTERRUPTED) from None
        except LedgerError as error:
            raise _refused(session, error, file, plan, done) from None


def _as_json(plan: Plan, remark: Remark, skipped: int = 0) -> dict[str, str]:
    """A remark as a program reads it, with its place in the file; `skipped` as in
    `_tell_remarks`.
    """
    word = RemarkReason.Name(remark.reason).removeprefix("REMARK_REASON_").lower()
    return {
        "path": remark.path,
        "place": placed.place(plan.part(skipped, _REQUEST_ITEMS), remark.path),
        "reason": word,
        "text": remark.text,
    }


def _tell_remarks(
    session: Session, plan: Plan, remarks: Collection[Remark], skipped: int
) -> None:
    """Tells beside the answer what may be a slip, and where in the file it stands. `skipped`
    new items of the file stood in requests before this one.
    """
    if not remarks:
        return
    part = plan.part(skipped, _REQUEST_ITEMS)
    for remark in remarks:
        session.tell(placed.remark(part, remark.path, remark.text))


def _refused(session: Session, error: LedgerError, file: str, plan: Plan, done: int) -> Failure:
    """The failure for a refused file: where in the file the refused fields stand, in order,
    and what of the file is recorded.
    """
    became = _became(done, error.recorded_behind, new="new " if plan.there else "")
    if isinstance(error, TooLarge):
        return Failure(error.message, [f"Of {file}, {became}."] if done else [])
    part = plan.part(done, _REQUEST_ITEMS)
    lines = placed.lines(error, part, ids=Ids(session, part))
    if lines:
        found = _found(len(lines), file, are_remarks=isinstance(error, Remarked))
        sentence = f"{found}; {became}:"
        return Failure(sentence, lines, code=exit_code(error))
    told = failure(error, server=session.address, timeout=session.timeout)
    if not done:
        return told
    going_on = f"Of {file}, {became}. Run it again to go on."
    return Failure(told.sentence, (*told.lines, going_on), code=told.code)


def _became(done: int, behind: int, new: str = "") -> str:
    """What is recorded of a file of which something was refused: what stood before, and what
    was under way behind it.
    """
    if not done and not behind:
        return "nothing was recorded"
    first = f"its first {plural(done, f'{new}item')} are recorded" if done else ""
    others = f"{plural(behind, 'item')} behind it" if behind else ""
    if first and others:
        return f"{first}, and {others}"
    return first or f"{others} are recorded"


class Recorded:
    """What was recorded of a file, beside what was there; a context manager. The answer for each
    item is kept on the disk, for who wants to have it printed.
    """

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.new, self.old, self.position = 0, plan.there, plan.position
        self.token = ""
        self.request_ids: list[str] = []
        self.remarks: list[dict[str, str]] = []
        self._items = SpooledTemporaryFile(max_size=_BYTES_IN_MEMORY, mode="w+")  # noqa: SIM115

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._items.close()

    def add(self, answer: RecordResponse, skipped: int) -> None:
        """Takes the answer to a request; `skipped` items were in those before it."""
        new = new_items(answer)
        if new:
            self.remarks += [_as_json(self.plan, each, skipped) for each in answer.remarks]
        self.new += new
        self.old += len(answer.recorded) - new
        self.position = max(self.position, *(each.position for each in answer.recorded))
        self.token = answer.token
        if new:
            self.request_ids.append(answer.request_id)
        self._items.writelines(
            f"{each.entry_id} {each.version} {each.position}\n" for each in answer.recorded
        )

    def items(self) -> Iterator[dict[str, Any]]:
        return (place._asdict() for place in self.plan.places(self._new()))

    def _new(self) -> Iterator[Place]:
        self._items.seek(0)
        for line in self._items:
            entry_id, version, position = line.split(" ")
            yield Place(entry_id, int(version), int(position))


def _tell(session: Session, ledger: str, recorded: Recorded) -> None:
    plan = recorded.plan
    if session.as_json:
        head = {
            "ledger": ledger,
            "recorded": recorded.new,
            "already_recorded": recorded.old,
            "token": recorded.token or session.client.ledger(ledger).token,
            "request_ids": recorded.request_ids,
            "amended_since": plan.since("amended"),
            "annulled_since": plan.since("annulled"),
            "remarks": recorded.remarks,
        }
        session.screen.json_list(head, "items", recorded.items())
        return
    there = f" {plural(recorded.old, 'was', 'were')} there already." if recorded.old else ""
    annulled = plural(len(plan.since("annulled")), "is", "are")
    gone = f" {annulled} annulled." if plan.since("annulled") else ""
    upto = f", up to position {recorded.position}" if recorded.new else ""
    session.screen.show(
        f"Recorded {plural(recorded.new, 'item')} in {ledger}{upto}.{there}{gone}"
    )
    if len(recorded.request_ids) == 1:
        back = session.command("undo", recorded.request_ids[0])
        session.screen.line(f"Taken back by: {back}")


@contextmanager
def _read(file: str, *, all_the_same: bool) -> Iterator[EntrySpool]:
    with ExitStack() as stack:
        with progress.bytes_read(f"Reading {file}") as reached:
            entries = stack.enter_context(spooled(file, reached, all_the_same=all_the_same))
        yield entries


def new_items(answer: RecordResponse) -> int:
    """How many items this run recorded, and did not find."""
    if answer.already_recorded:
        return 0
    return sum(not each.already_recorded for each in answer.recorded)


COMMANDS = (record,)
