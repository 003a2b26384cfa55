"""The command `ledger-service`: runs the service, and shows its settings."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NoReturn

import click

from ledger_service import __version__, settings

_NEEDED = (
    "cryptography",
    "eventsourcing",
    "grpc_health",
    "grpc_reflection",
    "msgspec",
    "structlog",
)

_EXAMPLES = """
Each setting is read from its flag, else from the environment variable LEDGER_ and its
name in capitals, else from the file of --config (or LEDGER_CONFIG), a TOML file with
one line for each setting.
"""


def _with_settings(command: Any) -> Any:
    """Gives `command` a flag for each setting."""
    for name in reversed(settings.NAMES):
        flag = f"--{name.replace('_', '-')}"
        command = click.option(flag, name, metavar="VALUE", help=_help(name))(command)
    path = click.Path(path_type=Path, dir_okay=False)
    return click.option("--config", type=path, help="TOML file with settings.")(command)


def _help(name: str) -> str:
    default = getattr(settings.Settings(), name)
    shown = str(default).lower() if isinstance(default, bool) else f"{default}"
    return f"{settings.MEANINGS[name]}  [default: {shown}]"


def _load(config: Path | None, flags: dict[str, Any]) -> settings.Loaded:
    try:
        return settings.load(config, os.environ, flags)
    except settings.SettingsRefused as refused:
        _give_up(*refused.problems)


def _give_up(*sentences: str) -> NoReturn:
    for sentence in sentences:
        click.echo(f"ledger-service: {sentence}", err=True)
    sys.exit(2)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="ledger-service")
def main() -> None:
    """The Diplomatic Ledger: who promised what, what was delivered, who owes the next
    step.

    \b
    Examples:
      ledger-service serve
      ledger-service serve --data-dir /var/lib/ledger --keys-dir /etc/ledger/keys
      ledger-service settings --format json
    """  # noqa: D301 - \b is meant: it keeps the lines


@main.command(epilog=_EXAMPLES)
@_with_settings
@click.option(
    "--ready-file",
    type=click.Path(path_type=Path, dir_okay=False),
    help="File that holds HOST:PORT while calls are answered.",
)
def serve(config: Path | None, ready_file: Path | None, **flags: Any) -> None:
    """Run the service until SIGTERM or Ctrl-C.

    Prints HOST:PORT on a line of its own once it answers calls; logs go to stderr.

    \b
    Examples:
      ledger-service serve
      ledger-service serve --listen 127.0.0.1:0 --ready-file /tmp/address
      LEDGER_DATA_DIR=/var/lib/ledger ledger-service serve --log-format json
    """  # noqa: D301 - \b is meant: it keeps the lines
    if missing := [name for name in _NEEDED if find_spec(name) is None]:
        _give_up(
            f"the server needs more packages ({', '.join(missing)}). "
            "Install them with: pip install 'diplomatic-ledger[server]'"
        )
    loaded = _load(config, flags)
    _serve(loaded.settings, ready_file)


def _serve(chosen: settings.Settings, ready_file: Path | None) -> None:
    from ledger_service import service, telemetry  # noqa: PLC0415 - needs the server extra
    from ledger_service.domain.refusals import LedgerError  # noqa: PLC0415

    written: list[Path] = []

    def ready(address: str) -> None:
        click.echo(address)
        if ready_file is not None:
            _write_whole(ready_file, f"{address}\n")
            written.append(ready_file)

    telemetry.configure(chosen.log_format, chosen.log_level)
    try:
        asyncio.run(service.run(chosen, ready))
    except (LedgerError, OSError) as error:
        _give_up(str(error))
    finally:
        for path in written:
            path.unlink(missing_ok=True)


def _write_whole(path: Path, text: str) -> None:
    """Whoever waits for the file sees all of it or nothing."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    draft.write_text(text, encoding="utf-8")
    draft.replace(path)


@main.command("settings", epilog=_EXAMPLES)
@_with_settings
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
    loaded = _load(config, flags)
    rows = [
        {
            "name": name,
            "value": _plain(getattr(loaded.settings, name)),
            "origin": loaded.origins[name],
            "meaning": settings.MEANINGS[name],
        }
        for name in settings.NAMES
    ]
    if form == "json":
        click.echo(json.dumps(rows, indent=2))
        return
    for row in rows:
        click.echo(f"{row['name']} = {_toml(row['value'])}  ({row['origin']})")
        click.echo(f"    {row['meaning']}")


def _plain(value: object) -> object:
    return str(value) if isinstance(value, Path) else value


def _toml(value: object) -> str:
    """As it would stand in the file."""
    return json.dumps(value)


if __name__ == "__main__":
    main()
