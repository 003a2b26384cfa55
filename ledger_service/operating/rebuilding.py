"""The command `ledger-service rebuild`, which builds views anew."""

from __future__ import annotations

import asyncio

import click

from ledger_service.operating.ledger_access import REFUSED, LedgerAccess, operator
from ledger_service.operating.options import in_sentences, say
from ledger_service.operating.progress import progress


@click.command("rebuild")
@click.argument("ledgers", nargs=-1, metavar="[LEDGER]...")
@operator
def rebuild(access: LedgerAccess, ledgers: tuple[str, ...]) -> None:
    """Build views anew, of all ledgers if none is named.

    Views are derived: nothing can be lost. While the service runs, questions of a ledger wait
    until its views are whole again.

    \b
    Examples:
      ledger-service rebuild
      ledger-service rebuild us-dprk-2018 --data-dir /var/lib/ledger
      ledger-service rebuild us-dprk-2018 --profile ops
    """  # noqa: D301 - \b is meant: it keeps the lines
    access.prepare()
    with in_sentences(REFUSED):
        for name in list(ledgers) or _all_ledgers(access):
            position = asyncio.run(_rebuilt(access, name))
            say(f"{name}: the views are whole, up to position {position}.")


async def _rebuilt(access: LedgerAccess, name: str) -> int:
    position = 0
    with progress(f"rebuilding the views of {name}") as shown:
        async for each in access.follow("RebuildViews", ledger=name):
            position = each.position
            shown(position, each.upto)
    return position


def _all_ledgers(access: LedgerAccess) -> list[str]:
    shown = access.answer("ShowLedgers")
    left_out = [*shown.lost, *shown.left_out]
    return sorted(each.ledger for each in [*shown.ledgers, *left_out])


COMMANDS = (rebuild,)
