"""Runs the service with the example recorded, until Ctrl-C.

LEDGER_EXAMPLE_DIR names the folder that keeps it, by default one beside that of your own
ledgers; started again, it finds its ledger there. LEDGER_EXAMPLE_LISTEN names another HOST:PORT;
port 0 takes a free one.
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

import click
import platformdirs
from diplomatic_ledger import LedgerError, SyncLedgerClient
from diplomatic_ledger.connection import DEFAULT_SERVER
from example import ARTICLES, LEDGER, PUBLIC_RECORD, record
from local_service import NotStarted, free_address, local_service

_FORMER = Path(".cache/example")


def main() -> None:
    signal.signal(signal.SIGTERM, _stop)
    signal.signal(signal.SIGINT, _stop)
    beside = platformdirs.user_data_path("ledger-service")
    folder = Path(os.environ.get("LEDGER_EXAMPLE_DIR") or beside / "example")
    address = os.environ.get("LEDGER_EXAMPLE_LISTEN", DEFAULT_SERVER)
    if address == "127.0.0.1:0":
        address = free_address()
    try:
        with local_service(folder, address):
            with SyncLedgerClient(address) as client:
                record(client, ARTICLES)
                record(client, PUBLIC_RECORD)
            click.echo(_greeting(folder, address) + _former(folder))
            signal.pause()
    except NotStarted as error:
        sys.exit(str(error))
    except LedgerError as error:
        sys.exit(
            f"{error}\nThe example cannot go on with what is in {folder}. Move that folder away, "
            "and it begins anew there."
        )


def _stop(_number: int, _frame: object) -> None:
    click.echo("Stopping.")
    sys.exit()


def _greeting(folder: Path, address: str) -> str:
    ledgerctl = Path(sys.executable).with_name("ledgerctl")
    command = os.path.relpath(ledgerctl) if ledgerctl.exists() else "ledgerctl"
    elsewhere = address != DEFAULT_SERVER
    there = f"  export LEDGERCTL_SERVER={address}\n" if elsewhere else ""
    return f"""\
The service listens on {address}.
It keeps the ledger {LEDGER} in {folder},
and there too what you record here: apart from your own ledgers, which ledger-service serve
keeps, and safe from make clean.
Try, in another terminal:

{there}  {command} replay --at 2018-07-23
  {command} commitment F051
  {command} balance dprk us --as-of 2018-08-18 --scale plover-2.0

Ctrl-C stops it."""


def _former(folder: Path) -> str:
    """That what was recorded by earlier programs lies elsewhere."""
    if folder == _FORMER or not any(_FORMER.glob("data/ledgers/*/log.sqlite")):
        return ""
    return (
        f"\n\nThe example lay in {_FORMER} before. What you recorded there is there still; to go "
        f"on with it, start this with LEDGER_EXAMPLE_DIR={_FORMER}, or move that folder to {folder} "
        "in place of the new one."
    )


if __name__ == "__main__":
    main()
