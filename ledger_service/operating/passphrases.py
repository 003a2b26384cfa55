"""The passphrase of the encrypted keys: from a file or asked for, never from the command line."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from ledger_service.operating.options import give_up


def passphrase_option(command: Any) -> Any:
    return click.option(
        "--passphrase-file",
        type=click.Path(path_type=Path, dir_okay=False),
        help="File whose first line is the passphrase of the encrypted keys.",
    )(command)


def passphrase_in(file: Path | None, *, new: bool = False) -> bytes:
    """The passphrase, from a file or asked for; never from the command line."""
    if file is not None:
        lines = file.read_bytes().splitlines()
        return lines[0] if lines else b""
    if not sys.stdin.isatty():
        give_up("give the passphrase of the keys with --passphrase-file.")
    asked = click.prompt("Passphrase", hide_input=True, confirmation_prompt=new, err=True)
    return str(asked).encode()
