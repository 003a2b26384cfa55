"""One run of ledgerctl: which service and ledger are meant, and how to answer."""

from __future__ import annotations

import contextlib
import shlex
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from typing import NamedTuple

import click

from diplomatic_ledger.cli import forms, profiles
from diplomatic_ledger.cli.counted import counted
from diplomatic_ledger.cli.document import Document
from diplomatic_ledger.cli.failures import Failure, usage
from diplomatic_ledger.cli.harmless import harmless
from diplomatic_ledger.cli.profiles import Profile
from diplomatic_ledger.cli.screen import Screen, distrust_line
from diplomatic_ledger.connection import DEFAULT_SERVER, DEFAULT_TIMEOUT_SECONDS
from diplomatic_ledger.cuts import Cuts, ViewWord
from diplomatic_ledger.entry_file import EntryFile, name_of
from diplomatic_ledger.notices import Distrusted, Notice, Retrying
from diplomatic_ledger.sync import SyncLedgerClient

#: Who waits no longer than this is not told of it.
_SOON_SECONDS = 2.0


class Supposed(NamedTuple):
    """What is supposed, and the name of the file that says so."""

    file: str
    entries: EntryFile


@dataclass
class Session:
    #: As it was said; see `address`.
    server: str = ""
    profile_name: str = ""
    ledger_name: str = ""
    output: str = "table"
    #: Columns of a line; 0: those of the terminal.
    width: int = 0
    #: With what a spreadsheet program is told that CSV is UTF-8.
    bom: bool = False
    timeout: float = DEFAULT_TIMEOUT_SECONDS
    screen: Screen = field(default_factory=Screen)
    supposed: Supposed | None = None
    #: The times by which it is asked what was recorded.
    times: list[datetime] = field(default_factory=list)
    #: With what the run exits when the answer is complete.
    code: int = 0
    #: What is done once the answer was printed, and only then.
    afterwards: Callable[[], None] | None = None
    #: Which of `server`, `profile_name` and `ledger_name` hold for this run only: they were typed,
    #: or come from a file, and not from the environment.
    said_here: set[str] = field(default_factory=set)
    #: The name of the command that runs.
    running: str = ""
    #: Nothing is said beside the answer.
    is_quiet: bool = False
    _waited: bool = False
    #: The ledgers whose logs are not trusted, of which was not told yet.
    _distrusted: dict[str, str] = field(default_factory=dict)

    def begin(self, command: str, about: Sequence[str] = ()) -> None:
        """Prepares what prints the answer of a command that is asked about an entry or parties."""
        self.running = command
        if self.width:
            self.screen.narrow(self.width)
        is_page = self.output in forms.PAGES
        self.screen.document = (
            Document(command, tuple(about), bom=self.bom) if is_page else None
        )

    def end(self) -> None:
        """Prints what was collected of an answer that is complete, and does what is to be done
        once somebody has it.
        """
        if self.screen.document is not None:
            forms.write(self.output, self.screen.document)
        if self.afterwards is not None:
            sys.stdout.flush()
            self.afterwards()

    def say_nothing(self) -> None:
        """Has the run print nothing at all, whatever the form: no page, no heading."""
        self.screen.document = None

    @cached_property
    def client(self) -> SyncLedgerClient:
        profile = self.profile
        return SyncLedgerClient(
            self.address,
            timeout=self.timeout,
            on_notice=self.notice,
            credentials=profile.credentials() if profile is not None else None,
        )

    @cached_property
    def profile(self) -> Profile | None:
        """The profile that was named; else the one in use, unless another server was named:
        what shows who calls goes to the service that it is for. Raises Failure.
        """
        if self.profile_name:
            return profiles.read().get(self.profile_name)
        found = profiles.read()
        if not found.current:
            return None
        current = found.get(found.current)
        return current if self.server in ("", current.server) else None

    @property
    def address(self) -> str:
        """Where the service is: as it was said, else as the profile says."""
        if self.server or self.profile is None:
            return self.server or DEFAULT_SERVER
        return self.profile.server

    @property
    def ledger(self) -> str:
        """The ledger that was named, or the only one of the service."""
        if not self.ledger_name:
            told = self.profile.ledger if self.profile is not None else ""
            self.ledger_name = told or self._only_ledger()
        return self.ledger_name

    def command(
        self, name: str, *args: str, cuts: Cuts | None = None, of_ledger: bool = True
    ) -> str:
        """A command to paste: it asks the same service of the same ledger, unless it is not one
        `of_ledger`, and by the same cuts, as far as it takes them.
        """
        words = ["ledgerctl", *name.split(), *args]
        if cuts is not None:
            words += self._spelled(cuts, _options_of(name))
        if of_ledger and "ledger_name" in self.said_here:
            words += ["--ledger", self.ledger_name]
        if "server" in self.said_here:
            words += ["--server", self.server]
        if "profile_name" in self.said_here:
            words += ["--profile", self.profile_name]
        return shlex.join(words)

    def _spelled(self, cuts: Cuts, known: set[str]) -> list[str]:
        supposed = self.supposed.file if cuts.suppose and self.supposed is not None else ""
        said = {
            "--as-of": str(cuts.as_of or ""),
            "--reported-by": str(cuts.reported_by or ""),
            "--recorded-by": _recorded_by(cuts.recorded_by),
            "--dates": cuts.dates if cuts.dates != "certain" else "",
            "--suppose": supposed,
        }
        given = [(option, word) for option, word in said.items() if word and option in known]
        return [word for pair in given for word in pair]

    @property
    def view(self) -> ViewWord:
        """How much of the items of a list is asked for: all where a program reads it."""
        return "full" if self.as_json else "basic"

    def check_known(self, entry_ids: Iterable[str], cuts: Cuts) -> None:
        """Raises EntryNotFound when there is no such entry, so that a mistyped id is told from
        an empty answer.
        """
        items = self.supposed.entries.items if self.supposed is not None else ()
        supposed = {name_of(item) for item in items if item.HasField("entry")}
        for entry_id in entry_ids:
            if entry_id not in supposed:
                self.client.entry(self.ledger, entry_id, replace(cuts, suppose=()))

    def tell(self, sentence: str) -> None:
        """Writes a sentence to stderr, beside the answer."""
        if not self.is_quiet:
            click.echo(harmless(counted(sentence)), err=True)

    def notice(self, notice: Notice) -> None:
        """Says once for how long the service is waited for. Of a stream that is for its command
        to say. Says too that a log is not trusted: in a table beside the basis, if that has it.
        """
        if isinstance(notice, Distrusted):
            self._distrusted[notice.ledger] = notice.finding
            if self.output != "table" or not notice.has_basis:
                self._tell_of_distrust()
            return
        if isinstance(notice, Retrying) and notice.seconds_left is not None:
            if not self._waited and notice.seconds_left > notice.pause_seconds + _SOON_SECONDS:
                self.tell(
                    f"{self.address} does not answer. Trying again for "
                    f"{notice.seconds_left:.0f} s; Ctrl-C ends."
                )
            self._waited = True

    @property
    def as_json(self) -> bool:
        return self.output == "json"

    def close(self) -> None:
        client = self.__dict__.pop("client", None)
        if client is not None:
            client.close()
        with contextlib.suppress(OSError):  # nobody reads any more
            self._tell_of_distrust()

    def _tell_of_distrust(self) -> None:
        """Says of each log that is not trusted, once, that it is not."""
        for ledger in [*self._distrusted]:
            finding = self._distrusted.pop(ledger)
            if ledger not in self.screen.distrust_shown:
                self.screen.distrust_shown.add(ledger)
                self.tell(distrust_line(ledger, finding))

    def _only_ledger(self) -> str:
        names = [info.ledger for info in self.client.ledgers()]
        if len(names) == 1:
            return names[0]
        if not names:
            raise Failure(
                "The service has no ledger yet. Create one with: "
                + self.command("ledgers create", "NAME", "--title", "TITLE", of_ledger=False),
                code=3,
            )
        raise usage(f"Say which ledger with --ledger: {', '.join(names)}.")


def _recorded_by(cut: int | str | datetime | None) -> str:
    """As --recorded-by takes it, whatever the number looks like."""
    match cut:
        case None:
            return ""
        case int():
            return f"position:{cut}"
        case datetime():
            return cut.isoformat()
        case _:
            return f"token:{cut}"


def _options_of(name: str) -> set[str]:
    """The options of a command."""
    context = click.get_current_context().find_root()
    root = context.command
    command = root.get_command(context, name) if isinstance(root, click.Group) else None
    return {option for each in (command.params if command else ()) for option in each.opts}
