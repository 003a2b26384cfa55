"""The command `ledgerctl` itself: where its commands are, and how a run ends."""

from __future__ import annotations

import contextlib
import io
import os
import sys
from collections.abc import Sequence
from importlib import import_module

import click

from diplomatic_ledger.cli import nearest, placed, usages
from diplomatic_ledger.cli.commands import Group
from diplomatic_ledger.cli.counted import counted
from diplomatic_ledger.cli.failures import UNREACHABLE, Failure, failure, usage
from diplomatic_ledger.cli.harmless import harmless
from diplomatic_ledger.cli.interrupts import INTERRUPTED
from diplomatic_ledger.cli.session import Session
from diplomatic_ledger.cli.spoken import plural
from diplomatic_ledger.entry_file import EntryFile
from diplomatic_ledger.errors import LedgerError

#: The module that has each command.
_MODULES = {
    "login": "login",
    "logout": "login",
    "profiles": "login",
    "whoami": "login",
    "ledgers": "ledgers",
    "init": "beginning",
    "schema": "beginning",
    "help": "topics",
    "completion": "completing",
    "record": "record",
    "parties": "registers",
    "reports": "registers",
    "entry": "entry",
    "log": "log",
    "watch": "watch",
    "commitments": "commitments",
    "commitment": "commitments",
    "agenda": "agenda",
    "alert": "alert",
    "search": "search",
    "sources": "resting",
    "accounts": "accounts",
    "instrument": "instruments",
    "instruments": "instruments",
    "rubrics": "rubrics",
    "scales": "scales",
    "party": "parties",
    "acts": "acts",
    "balance": "balances",
    "balances": "all_balances",
    "series": "series",
    "replay": "replay",
    "diff": "diff",
    "amend": "amend",
    "annul": "amend",
    "edit": "edit",
    "undo": "undo",
    "checkpoint": "checkpoints",
    "receipt": "checkpoints",
    "export": "export",
    "verify": "verify",
    "witness": "witness",
}


class _Root(Group):
    """Imports a command with what it needs when it is asked for: what all of them need
    takes a third of the time of a start.
    """

    def list_commands(self, _: click.Context) -> list[str]:
        return sorted(_MODULES)

    def get_command(self, _: click.Context, name: str) -> click.Command | None:
        if name not in self.commands and name in _MODULES:
            for each in import_module(f"diplomatic_ledger.cli.{_MODULES[name]}").COMMANDS:
                self.add_command(each)
        return self.commands.get(name)


@click.group(
    "ledgerctl",
    cls=_Root,
    invoke_without_command=True,
    context_settings={
        "auto_envvar_prefix": "LEDGERCTL",
        "help_option_names": ["--help", "-h"],
        "max_content_width": 80,
    },
    examples=[
        "ledgerctl record clients/examples/us_dprk_2018.yaml",
        "ledgerctl replay --at 2018-07-23",
        "ledgerctl balance dprk us --sensitivity",
        "ledgerctl commitment F051 --as-of 2018-08-18",
    ],
)
@click.version_option(package_name="diplomatic-ledger", message="%(prog)s %(version)s")
@click.pass_context
def root(context: click.Context) -> None:
    """Who has promised what to whom, what was delivered, who gave fewer, and what was known
    on which day.

    Exit codes: 0 answered, 1 refused or the output cannot be written, 2 wrong usage, 3 not
    found, 4 the service is unreachable or ran out of time, 5 `alert --exit-code` has something
    to tell.
    """
    if context.invoked_subcommand is None:
        click.echo(context.get_help())


_LONGEST_ODDITY = 300


def main(args: Sequence[str] | None = None) -> None:
    """Runs ledgerctl and exits."""
    _hold_standard_streams()
    if "_LEDGERCTL_COMPLETE" in os.environ:
        root.main()
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")
    sys.exit(run(sys.argv[1:] if args is None else list(args)))


def run(args: list[str]) -> int:
    """Runs ledgerctl; returns its exit code."""
    code = 0
    try:
        code = _run(args)
        sys.stdout.flush()
    except BrokenPipeError:
        _write_no_more()
    except OSError as error:
        _write_no_more()
        return _fail(Failure(f"The output cannot be written: {error.strerror}."))
    return code


def _told(session: Session, error: LedgerError) -> Failure:
    """What a person is told of an error; of what is supposed, with the lines of its file."""
    ids = nearest.Ids(session, EntryFile((), {}))
    told = failure(error, server=session.address, timeout=session.timeout, advice=ids.advice)
    if session.supposed is None:
        return told
    entries = session.supposed.entries
    if not (lines := placed.lines(error, entries, ids=nearest.Ids(session, entries))):
        return told
    count = plural(len(lines), "problem")
    sentence = f"The service found {count} in {session.supposed.file}; so nothing was asked:"
    return Failure(sentence, lines, code=told.code)


def _run(args: list[str]) -> int:
    session = Session()
    try:
        code = _invoke(args, session)
        _tell_of_early_times(session)
    except LedgerError as error:
        if isinstance(error.__cause__, UnicodeEncodeError) and (wrong := _no_text(args)):
            return _fail(wrong)
        told = _told(session, error)
        remedy = nearest.advice(session, error)
        sentence = f"{told.sentence} {remedy}".rstrip()
        code = _fail(Failure(sentence, told.lines, code=told.code))
        if told.code != UNREACHABLE:
            _tell_of_early_times(session)
        return code
    except Failure as error:
        return _fail(error)
    except (KeyboardInterrupt, click.Abort):
        click.echo("", err=True)
        return INTERRUPTED
    except OSError:
        raise
    except UnicodeEncodeError as error:
        return _fail(_no_text(args) or _odd(error, session))
    except Exception as error:  # noqa: BLE001 - a service may answer anything
        return _fail(_odd(error, session))
    else:
        return code
    finally:
        session.close()


def _tell_of_early_times(session: Session) -> None:
    if session.times:
        with contextlib.suppress(LedgerError):  # the answer was given without it
            import_module("diplomatic_ledger.cli.early_times").tell(session)


def _no_text(args: list[str]) -> Failure | None:
    """The failure for what was typed in another encoding, if something was."""
    for each in args:
        if any("\ud800" <= character <= "\udfff" for character in each):
            return usage(f"{each} is not UTF-8 text.")
    return None


def _odd(error: Exception, session: Session) -> Failure:
    """The failure for an unexpected error."""
    sentence = f"The answer of {session.address} cannot be shown; it is odd, or ledgerctl is."
    return Failure(sentence, [str(error)[:_LONGEST_ODDITY]] if str(error) else [])


def _invoke(args: list[str], session: Session) -> int:
    try:
        with root.make_context("ledgerctl", args, obj=session) as context:
            root.invoke(context)
        session.end()
    except click.exceptions.Exit as end:
        return int(end.exit_code)
    except click.ClickException as error:
        return _fail(usage(_remedied(error)))
    return session.code


def _remedied(error: click.ClickException) -> str:
    """The sentence on a wrong usage, with where to read on."""
    context = getattr(error, "ctx", None)
    path = context.command_path if context else "ledgerctl"
    told = " ".join(error.format_message().split())
    if not told.endswith((".", "?")):
        told += "."
    if isinstance(error, click.NoSuchOption):
        told = usages.no_option(error)
    return f"{told} See {path} --help."


def _fail(error: Failure) -> int:
    with contextlib.suppress(OSError):  # the exit code says it too
        click.echo(harmless(counted(f"ledgerctl: {error.sentence}")), err=True)
        for line in error.lines:
            click.echo(harmless(counted(f"  {line}")), err=True)
    return error.code


def _hold_standard_streams() -> None:
    """Opens the null device for each standard stream that is closed. Otherwise a file of an
    export would get its number.
    """
    for number in (0, 1, 2):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # takes the lowest number that is free
    sys.stdout = sys.stdout or open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115, PTH123
    sys.stderr = sys.stderr or open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115, PTH123


def _write_no_more() -> None:
    """Drops what could not be written, so that the end of the interpreter prints no error."""
    with contextlib.suppress(OSError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
