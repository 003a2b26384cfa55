"""The command `ledger-service rebuild`, which builds views anew."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import click

from ledger_service.operating.options import (
    in_sentences,
    keep_private,
    load,
    need_the_server,
    say,
    with_settings,
)
from ledger_service.operating.progress import progress

_REFUSED = 1
_WHERE = ("data_dir", "keys_dir", "store", "origin_base", "admin_socket", "checkpoint_seconds")


@click.command("rebuild")
@click.argument("ledgers", nargs=-1, metavar="[LEDGER]...")
@with_settings(_WHERE)
def rebuild(config: Path | None, ledgers: tuple[str, ...], **flags: Any) -> None:
    """Build views anew, of all ledgers if none is named.

    Views are derived: nothing can be lost. While the service runs, questions of a ledger wait
    until its views are whole again.

    \b
    Examples:
      ledger-service rebuild
      ledger-service rebuild us-dprk-2018 --data-dir /var/lib/ledger
    """  # noqa: D301 - \b is meant: it keeps the lines
    need_the_server()
    keep_private()
    from ledger_service import logging_setup  # noqa: PLC0415 - needs the server's packages

    logging_setup.configure("human", "error", tracebacks=False)
    chosen = load(config, flags).settings
    with in_sentences(_REFUSED):
        for name in list(ledgers) or asyncio.run(_all_ledgers(chosen)):
            position = asyncio.run(_rebuilt(chosen, name))
            say(f"{name}: the views are whole, up to position {position}.")


async def _rebuilt(chosen: Any, name: str) -> int:
    from ledger_service.operating.reach import follow  # noqa: PLC0415 - as above

    position = 0
    with progress(f"rebuilding the views of {name}") as shown:
        async for each in follow(chosen, "RebuildViews", {"ledger": name}):
            position = each.position
            shown(position, each.upto)
    return position


async def _all_ledgers(chosen: Any) -> list[str]:
    from ledger_service.operating.reach import ask  # noqa: PLC0415 - as above

    shown = await ask(chosen, "ShowLedgers", {})
    left_out = [*shown.lost, *shown.left_out]
    return sorted(each.ledger for each in [*shown.ledgers, *left_out])


COMMANDS = (rebuild,)
