"""`ledgerctl edit`: the next version of an entry, written in the editor. What was typed is never
lost: it stays in its file until it is recorded.
"""

from __future__ import annotations

import os
import re
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import click

from diplomatic_ledger import entry_file, json_form, yaml_text
from diplomatic_ledger.case_file import Difference, forms
from diplomatic_ledger.cli import placed, state_text, undo_telling
from diplomatic_ledger.cli.commands import PLAIN, command
from diplomatic_ledger.cli.counted import counted
from diplomatic_ledger.cli.failures import Failure, failure, usage
from diplomatic_ledger.cli.interrupts import INTERRUPTED
from diplomatic_ledger.cli.session import Session
from diplomatic_ledger.cli.written import change
from diplomatic_ledger.entry_file import EntryFileError
from diplomatic_ledger.entry_problems import by_line
from diplomatic_ledger.errors import (
    DeadlineExceeded,
    InvalidRequest,
    LedgerError,
    Unavailable,
    VersionConflict,
)
from diplomatic_ledger.v1.history_service_pb2 import EntryVersion
from diplomatic_ledger.v1.items_pb2 import Amendment, RecordItem

#: How a line begins that tells of a problem; the others are whoever's who writes.
_PROBLEM = "#! "
_LINE = re.compile(r"\bline (\d+)")
_UNNAMEABLE = re.compile(r"[^A-Za-z0-9._-]")


@command(
    "edit",
    formats=PLAIN,
    examples=[
        'ledgerctl edit F016 --reason "wrong day"',
        'ledgerctl edit F016 --reason "the date became known" --report PR1',
        "ledgerctl edit F016",
    ],
)
@click.argument("entry_id", metavar="ID")
@click.option("--reason", help="Why. [asked for]")
@click.option(
    "--report", default="", metavar="ID", help="This report told something new. [a correction]"
)
def edit(session: Session, entry_id: str, reason: str | None, report: str) -> None:
    """Open an entry in the editor ($VISUAL or $EDITOR), and record what you make of it as its
    next version.

    What is refused opens again, with what is wrong as comments; leave it as it is to stop. What
    you wrote then stays in a file that is named. {sealed: keep} leaves a sealed text as it is;
    write {seal: TEXT} for another one. A text that was not changed records nothing. An entry
    that is annulled is brought back by what you write.
    """
    if reason is not None and not reason.strip():
        raise usage("--reason is empty. Say why it is amended.")
    if reason is None and not _can_ask():
        raise usage("Say why with --reason.")
    session.client.ledger(session.ledger)  # what comes is as new as that
    found = session.client.entry(session.ledger, entry_id)
    entry = _Entry(session.ledger, found.versions)
    _Editing(session, entry, reason, report).run()


class _Entry:
    """An entry as it is to be edited."""

    def __init__(self, ledger: str, versions: Sequence[EntryVersion]) -> None:
        self.last = versions[-1]
        self.is_annulled = not self.last.HasField("state")
        self.told = next(each for each in reversed(versions) if each.HasField("state"))
        self.id = self.last.entry_id or self.told.entry_id
        keep = {each.path: {"sealed": "keep"} for each in self.told.sealed}
        self.text = "".join(f"# {line}\n" for line in self._head(ledger))
        self.text += yaml_text.write(json_form.write_state(self.told.state, keep))

    def _head(self, ledger: str) -> Iterator[str]:
        yield f"{self.id}, version {self.last.version}, in {ledger}."
        if self.is_annulled:
            yield "It is annulled. What you change and save brings it back."
        yield "Change what is wrong, save, and leave the editor. If nothing is changed, nothing"
        yield "is recorded."

    def differences(self, amendment: Amendment) -> tuple[Difference, ...]:
        ours = forms.offered(amendment.state, amendment.seal, amendment.keep_sealed)
        return forms.differences(ours, forms.recorded(self.told.state, self.told.sealed))


class _Editing:
    """The turns of an editor and the service."""

    def __init__(
        self, session: Session, entry: _Entry, reason: str | None, report: str
    ) -> None:
        self._session = session
        self._entry = entry
        self._reason = reason
        self._report = report
        #: Whether the service may have recorded it, as far as is known here.
        self._is_sent = False
        self._file = _file_for(entry.id, entry.text)

    def run(self) -> None:
        refused = None
        try:
            while True:
                click.edit(filename=str(self._file))
                said = "".join(_without_problems(self._read()))
                if said == refused:
                    raise self._kept("Nothing was recorded.")
                if (problems := self._try(said)) is None:
                    break
                refused = said
                self._replace(_with_problems(said, problems))
                self._session.tell(f"{_count(problems)} Look at the lines that begin with #!")
        except click.ClickException as error:
            raise self._kept(error.format_message()) from None
        except UnicodeDecodeError:
            raise self._kept("The text is not UTF-8.") from None
        except LedgerError as error:
            raise self._kept_for(error) from None
        except (KeyboardInterrupt, click.Abort):
            became = self._unknown() if self._is_sent else "nothing was recorded."
            raise self._kept(f"Stopped; {became}", code=INTERRUPTED) from None
        self._file.unlink(missing_ok=True)

    def _read(self) -> str:
        try:
            return self._file.read_text(encoding="utf-8")
        except OSError as error:
            raise self._kept(
                f"The editor left nothing to read at {self._file}: {error.strerror}. Nothing "
                "was recorded."
            ) from None

    def _replace(self, text: str) -> None:
        """Writes the file anew, as a whole: what was typed outlives a full disk."""
        try:
            _file_for(self._entry.id, text).replace(self._file)
        except Failure as error:
            raise self._kept(error.sentence) from None

    def _unknown(self) -> str:
        return (
            "it may have been recorded all the same. Look at it with "
            f"`{self._session.command('entry', self._entry.id)}` before you amend it."
        )

    def _try(self, text: str) -> list[str] | None:
        """Records what was written; returns what is wrong with it, None when that is over."""
        try:
            amendment = entry_file.parse_state(text)
        except EntryFileError as error:
            partly = entry_file.parse_state_partly(text)
            self._fill(partly)
            rest = state_text.of_rest(self._session, partly, error.problems, text)
            return by_line([*error.lines, *rest])
        session, entry = self._session, self._entry
        found = entry.differences(amendment) if not amendment.evidence_added else ()
        if not found and not amendment.evidence_added and not amendment.seal:
            if not entry.is_annulled:
                session.screen.show("Nothing was changed, so nothing was recorded.")
                return None
            session.screen.show(
                f"Nothing was changed, so nothing was recorded: {entry.id} stays annulled. It is "
                "brought back as it was by:"
            )
            session.screen.line(f"  {session.command('undo', entry.last.request_id)}")
            return None
        _tell(session, found)
        if self._reason is None:
            self._reason = str(click.prompt("Why", err=True))
        self._fill(amendment)
        self._is_sent = True
        try:
            answer = session.client.record(session.ledger, [RecordItem(amendment=amendment)])
        except InvalidRequest as error:
            self._is_sent = False
            if not error.violations:
                raise
            return list(state_text.of_service(session, error.violations, text))
        for line in placed.without_file(answer.remarks):
            session.tell(line)
        if session.as_json:
            session.screen.json(json_form.write(answer))
            return None
        (recorded,) = answer.recorded
        session.screen.show(
            f"{recorded.entry_id} is at version {recorded.version}, position "
            f"{recorded.position}."
        )
        session.screen.line(undo_telling.to_take_back(session, answer.request_id))
        return None

    def _fill(self, amendment: Amendment) -> None:
        amendment.entry_id, amendment.reason = self._entry.id, self._reason or ""
        amendment.expected_version.exactly = self._entry.last.version
        if self._report:
            amendment.new_information.report = self._report
        else:
            amendment.correction.SetInParent()

    def _kept(self, sentence: str, lines: Iterable[str] = (), code: int = 1) -> Failure:
        if _is_as_written(self._file, self._entry.text):
            self._file.unlink(missing_ok=True)
        if not self._file.is_file():
            return Failure(sentence, tuple(lines), code=code)
        how = ("--report", self._report) if self._report else ("--correction",)
        state = ("--state", str(self._file), "--reason", self._reason or "REASON")
        amend = self._session.command("amend", self._entry.id, *state, *how)
        told = f"What you wrote is in {self._file}; record it with `{amend}`."
        return Failure(sentence, (*lines, told), code=code)

    def _kept_for(self, error: LedgerError) -> Failure:
        if isinstance(error, VersionConflict):
            return self._kept(
                f"{self._entry.id} was amended meanwhile, and is at version {error.actual}; "
                f"nothing was recorded. Look at it with "
                f"`{self._session.command('entry', self._entry.id)}` before you amend it."
            )
        told = failure(error, server=self._session.address, timeout=self._session.timeout)
        is_unknown = self._is_sent and isinstance(error, DeadlineExceeded | Unavailable)
        lines = (*told.lines, f"So {self._unknown()}") if is_unknown else told.lines
        return self._kept(told.sentence, lines, told.code)


def _file_for(entry_id: str, text: str) -> Path:
    """A file of its own with this text, that nobody else may read. Raises Failure."""
    name = _UNNAMEABLE.sub("-", entry_id)[:40]
    path = None
    try:
        number, path = tempfile.mkstemp(prefix=f"ledgerctl-{name}-", suffix=".yaml")
        with os.fdopen(number, "w", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        if path is not None:
            Path(path).unlink(missing_ok=True)
        folder = Path(tempfile.gettempdir()) if path else "the folder for temporary files"
        raise Failure(
            f"The text cannot be written into {folder}: {error.strerror}. Nothing was recorded."
        ) from None
    return Path(path)


def _is_as_written(file: Path, text: str) -> bool:
    try:
        return file.read_text(encoding="utf-8") == text
    except (OSError, UnicodeDecodeError):
        return False


def _can_ask() -> bool:
    return sys.stdin.isatty() and sys.stderr.isatty()


def _without_problems(text: str) -> Iterator[str]:
    return (line for line in text.splitlines(keepends=True) if not line.startswith(_PROBLEM))


def _with_problems(text: str, problems: Sequence[str]) -> str:
    """The text below what is wrong with it; the lines that are named are those that one sees."""
    told = [counted(line) for problem in problems for line in problem.splitlines()]

    def moved(match: re.Match[str]) -> str:
        return f"line {int(match[1]) + len(told)}"

    return "".join(f"{_PROBLEM}{_LINE.sub(moved, line)}\n" for line in told) + text


def _count(problems: Sequence[str]) -> str:
    return (
        "There is 1 problem." if len(problems) == 1 else f"There are {len(problems)} problems."
    )


def _tell(session: Session, found: Sequence[Difference]) -> None:
    """What is about to change, beside the answer."""
    for each in found:
        session.tell(f"{each.path}: {change(each)}")


COMMANDS = (edit,)
