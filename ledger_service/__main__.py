"""The command `ledger-service`: runs the service, shows its settings, tends its ledgers."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

if find_spec("click") is None or find_spec("platformdirs") is None:
    sys.exit(
        "ledger-service: the server needs more packages. Install them with: "
        "pip install 'diplomatic-ledger[server]'"
    )

import click

from ledger_service import __version__, settings, usual_folders
from ledger_service.operating import (
    access,
    backup,
    commands,
    moving,
    probing,
    rebuilding,
    restoring,
)
from ledger_service.operating.doctor.command import doctor
from ledger_service.operating.options import (
    WHERE_SETTINGS_COME_FROM,
    give_up,
    keep_private,
    load,
    need_the_server,
    say,
    sentence,
    with_settings,
)
from ledger_service.operating.program import Program


@click.group(cls=Program, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="ledger-service")
def main() -> None:
    """The Diplomatic Ledger: who promised what, what was delivered, who owes the next
    step.

    \b
    Examples:
      ledger-service serve
      ledger-service serve --data-dir /var/lib/ledger --keys-dir /etc/ledger/keys
      ledger-service key rotate us-dprk-2018 --reason "Yearly change."
      ledger-service ledger list
      ledger-service doctor
    """  # noqa: D301 - \b is meant: it keeps the lines


@main.command(epilog=WHERE_SETTINGS_COME_FROM)
@with_settings()
@click.option(
    "--ready-file",
    type=click.Path(path_type=Path, dir_okay=False),
    help="File that holds HOST:PORT while calls are answered.",
)
def serve(config: Path | None, ready_file: Path | None, **flags: Any) -> None:
    """Run the service until SIGTERM or Ctrl-C.

    Prints HOST:PORT on a line of its own once it answers calls; logs go to stderr, and say
    where the ledgers and their keys lie.

    \b
    Examples:
      ledger-service serve
      ledger-service serve --listen 127.0.0.1:0 --ready-file /tmp/address
      LEDGER_DATA_DIR=/var/lib/ledger ledger-service serve --log-format json
    """  # noqa: D301 - \b is meant: it keeps the lines
    need_the_server()
    loaded = load(config, flags)
    _serve(loaded, ready_file)


def _serve(loaded: settings.Loaded, ready_file: Path | None) -> None:
    from ledger_service import logging_setup, service  # noqa: PLC0415 - an extra has it
    from ledger_service.domain.values.refusals import LedgerError  # noqa: PLC0415

    chosen, written = loaded.settings, list[Path]()

    def ready(address: str) -> None:
        try:
            click.echo(address)
        except OSError as error:
            raise OSError(
                f"The address cannot be written to stdout: {error.strerror}."
            ) from None
        if chosen.socket_file is not None and _tell_where(chosen, service.log):
            written.append(chosen.socket_file)
        if ready_file is not None:
            _write_whole(ready_file, f"{address}\n")
            written.append(ready_file)

    lines = logging_setup.configure(chosen.log_format, chosen.log_level)
    keep_private()
    if unknown := settings.unknown_variables(os.environ):
        told = [f"{name} (did you mean {nearest}?)" for name, nearest in unknown.items()]
        service.log.warning("environment variables that are no setting", variables=told)
    if loaded.origins["data_dir"] == "default" and (former := usual_folders.left_behind()):
        service.log.warning(former)
    try:
        asyncio.run(service.run(chosen, ready, lines))
    except (LedgerError, OSError) as error:
        give_up(sentence(error))
    finally:
        for path in written:
            path.unlink(missing_ok=True)


def _tell_where(chosen: settings.Settings, log: Any) -> bool:
    """Writes which socket to ask about the health of the service. Where that fails the service
    serves all the same.
    """
    assert chosen.socket_file is not None
    try:
        _write_whole(chosen.socket_file, f"{chosen.admin_path.absolute()}\n")
    except OSError as error:
        log.warning(
            "the socket_file cannot be written, so ledger-service health does not go by it",
            path=str(chosen.socket_file),
            why=error.strerror,
        )
        return False
    return True


def _write_whole(path: Path, text: str) -> None:
    """Writes the file so that a reader sees all of it or nothing."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    draft.write_text(text, encoding="utf-8")
    draft.replace(path)


@main.command("settings", epilog=WHERE_SETTINGS_COME_FROM)
@with_settings()
@click.option(
    "--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True
)
def show_settings(config: Path | None, form: str, **flags: Any) -> None:
    """Show each setting with its value and where the value came from.

    \b
    Examples:
      ledger-service settings
      ledger-service settings --config ledger.toml --format json
    """  # noqa: D301 - \b is meant: it keeps the lines
    loaded = load(config, flags)
    rows = [
        {
            "name": name,
            "value": settings.shown(getattr(loaded.settings, name)),
            "origin": loaded.origins[name],
            "meaning": settings.MEANINGS[name],
        }
        for name in settings.NAMES
    ]
    if form == "json":
        click.echo(json.dumps(rows, indent=2))
        return
    for row in rows:
        say(f"{row['name']} = {_toml(row['value'])}  ({row['origin']})")
        say(f"    {row['meaning']}")


def _toml(value: object) -> str:
    """The value as it would be written in the file."""
    return json.dumps(value)


for command in (
    *commands.COMMANDS,
    *access.COMMANDS,
    *moving.COMMANDS,
    *backup.COMMANDS,
    *restoring.COMMANDS,
    *rebuilding.COMMANDS,
    probing.health,
    doctor,
):
    main.add_command(command)


if __name__ == "__main__":
    main()
