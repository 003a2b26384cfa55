"""What the commands of `ledger-service` share: settings as flags, and how they end with an
error.

This module does not import the packages of the server.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NoReturn

import click

from ledger_service import settings
from ledger_service.harmless import harmless

WHERE_SETTINGS_COME_FROM = """
Each setting is read from its flag, else from the environment variable LEDGER_ and its
name in capitals, else from the file of --config (or LEDGER_CONFIG), a TOML file with
one line for each setting.
"""

_LONGEST_REASON = 300
_NEEDED = (
    "cryptography",
    "eventsourcing",
    "grpc_health",
    "grpc_reflection",
    "jwt",
    "msgspec",
    "platformdirs",
    "structlog",
)


def with_settings(names: Collection[str] = settings.NAMES) -> Callable[[Any], Any]:
    """Gives a command a flag for each of these settings."""

    def decorate(command: Any) -> Any:
        for name in reversed([each for each in settings.NAMES if each in names]):
            command = _option(name)(command)
        path = click.Path(path_type=Path, dir_okay=False)
        return click.option("--config", type=path, help="TOML file with settings.")(command)

    return decorate


def _option(name: str) -> Callable[[Any], Any]:
    flag, form = f"--{name.replace('_', '-')}", settings.FORMS[name]
    if form == settings.FLAG:  # alone it says true
        return click.option(
            flag, name, is_flag=False, flag_value="true", metavar=f"[{form}]", help=_help(name)
        )
    return click.option(flag, name, metavar=form, help=_help(name))


def load(config: Path | None, flags: dict[str, Any]) -> settings.Loaded:
    try:
        return settings.load(config, os.environ, flags)
    except settings.SettingsRefused as refused:
        give_up(*refused.problems)


def place(chosen: settings.Settings) -> str:
    """Where the ledgers lie, without secrets."""
    where = chosen.data_dir if chosen.store == "sqlite" else chosen.store
    return str(settings.shown(where))


def need_the_server() -> None:
    """Ends the run when only the client is installed."""
    if missing := [name for name in _NEEDED if find_spec(name) is None]:
        give_up(
            f"the server needs more packages ({', '.join(missing)}). "
            "Install them with: pip install 'diplomatic-ledger[server]'"
        )


def keep_private() -> None:
    """Sets the umask so that only the owner can use files that this process makes."""
    os.umask(0o077)


@contextmanager
def in_sentences(code: int) -> Iterator[None]:
    """Ends the run with a sentence and an exit code for every error in the block, since
    damaged files can raise any.
    """
    from ledger_service.domain.values.refusals import LedgerError  # noqa: PLC0415 - not for others

    try:
        yield
    except BrokenPipeError:
        raise  # who reads has seen enough, as of `ledger-service token list | head`
    except (LedgerError, OSError) as error:
        give_up(sentence(error), code=code)
    except Exception as error:  # noqa: BLE001 - as it says
        why = f"{type(error).__name__}: {str(error).strip().rstrip('.')}"[:_LONGEST_REASON]
        give_up(
            f"It cannot be done ({why}). The files of a ledger may be damaged: run "
            "ledger-service ledger check, or restore them from a backup.",
            code=code,
        )


def sentence(error: Exception) -> str:
    """What an error says; of a file that cannot be used, its path and why."""
    if isinstance(error, OSError) and error.filename is not None:
        return f"{error.filename} cannot be used: {error.strerror}."
    return str(error)


def give_up(*sentences: str, code: int = 2) -> NoReturn:
    for each in sentences:
        note(f"ledger-service: {each}")
    sys.exit(code)


def note(text: str) -> None:
    """Writes a line to stderr. A line that cannot be written is dropped, since what the
    command did is done.
    """
    with suppress(OSError):
        click.echo(harmless(text), err=True)


def say(text: str) -> None:
    """Writes a line to stdout, escaped: names and findings may come from others."""
    click.echo(harmless(text))


def _help(name: str) -> str:
    default = getattr(settings.Settings(), name)
    shown = str(default).lower() if isinstance(default, bool) else f"{default}"
    if isinstance(default, Path):
        shown = shown.replace(f"{os.path.expanduser('~')}/", "~/", 1)  # noqa: PTH111 - it may be none
    return f"{settings.MEANINGS[name]}  [default: {shown}]"
