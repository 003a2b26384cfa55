"""The options by which a caller states whose signatures it trusts."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from diplomatic_ledger.cli.commands import Option

#: The section of the help in which they stand.
TRUST = "Whom you trust"


def trusted_keys(function: Callable[..., Any]) -> Callable[..., Any]:
    """Adds `--key` and `--key-file`, given to the command as `keys` and `key_files`."""
    key = click.option(
        "--key",
        "keys",
        metavar="VKEY",
        multiple=True,
        cls=Option,
        section=TRUST,
        help="A verification key of the ledger, name+id+key. May be given several times.",
    )
    key_file = click.option(
        "--key-file",
        "key_files",
        metavar="FILE",
        multiple=True,
        type=click.Path(path_type=Path),
        cls=Option,
        section=TRUST,
        help="A file with such keys, one a line.",
    )
    return key(key_file(function))
