"""The command `ledger-service health`, for the probes of containers and clusters: what the
running service says of itself, asked through its admin socket, so that neither TLS nor access
control stands in the way.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Any

import click

from ledger_service.operating.options import (
    give_up,
    in_sentences,
    load,
    need_the_server,
    say,
    with_settings,
)
from ledger_service.settings import Settings

_NOT_WELL = 1
_SECONDS = 4.0


@click.command("health")
@click.option(
    "--alive", is_flag=True, help="Only whether it answers: for what would start it anew."
)
@with_settings(("data_dir", "keys_dir", "admin_socket", "socket_file"))
def health(config: Path | None, *, alive: bool, **flags: Any) -> None:
    """Say whether the service on this data folder serves.

    Exit codes: 0 it does, 1 it does not, 2 wrong settings. With --alive a service that
    answers and cannot serve, for want of disk space say, is 0: to start it anew does not help.

    Where the setting socket_file names a file, as in the container, the service that wrote it is
    asked, whatever it was started with; --data-dir and --admin-socket go before that. Keys do
    not matter: --keys-dir is taken so that the same flags fit all commands.

    \b
    Examples:
      ledger-service health
      ledger-service health --alive --data-dir /var/lib/ledger/data
    """  # noqa: D301 - \b is meant: it keeps the lines
    need_the_server()
    path = _socket(load(config, flags).settings, flags)
    with in_sentences(_NOT_WELL):
        serves = _asked(path)
    if serves:
        say("The service answers calls.")
    elif alive:
        say("The service runs and says that it cannot serve.")
    else:
        give_up(
            "The service runs and says that it cannot serve. Its log says why.", code=_NOT_WELL
        )


def _socket(chosen: Settings, flags: dict[str, Any]) -> Path:
    """The admin socket: by the flags that name it, else as the running service tells, else by
    the other settings.
    """
    if chosen.socket_file is not None and not (flags["data_dir"] or flags["admin_socket"]):
        with suppress(OSError, ValueError):  # none runs that tells where
            if told := chosen.socket_file.read_text(encoding="utf-8").strip():
                return Path(told)
    return chosen.admin_path


def _asked(path: Path) -> bool:
    """Whether the service behind the socket says that it serves. Ends the run when none does."""
    from ledger_service.operating import health_of  # noqa: PLC0415 - an extra has it

    if not path.is_socket():
        give_up(
            f"No service runs here: there is no socket {path}. If one does, name its folder "
            "with --data-dir, or its socket with --admin-socket.",
            code=_NOT_WELL,
        )
    try:
        return health_of.serves(path, _SECONDS)
    except health_of.SaysNothing as code:
        give_up(f"No service answers at {path} ({code}).", code=_NOT_WELL)
