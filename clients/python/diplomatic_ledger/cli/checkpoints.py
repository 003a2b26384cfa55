"""`ledgerctl checkpoint` and `receipt`: what one keeps to check a ledger later."""

from __future__ import annotations

import shlex
from pathlib import Path

import click

from diplomatic_ledger.cli.commands import PLAIN, Whole, command
from diplomatic_ledger.cli.failures import Failure, usage
from diplomatic_ledger.cli.session import Session


@command(
    "checkpoint",
    formats=PLAIN,
    examples=[
        "ledgerctl checkpoint > us-dprk-2018.checkpoint",
        "ledgerctl checkpoint 141",
    ],
)
@click.argument("position", type=Whole(min=0), default=0)
def checkpoint(session: Session, position: int) -> None:
    """Print the signed checkpoint of POSITION, which ends a request, or the newest one.

    It says what the log is at that size. Keep it: whoever has it can show later that the
    log was changed.
    """
    found = session.client.checkpoint(session.ledger, position)
    if session.as_json:
        session.screen.json({"position": found.position, "checkpoint": found.checkpoint})
    else:
        session.screen.raw(found.checkpoint.removesuffix("\n"))


@command(
    "receipt",
    formats=PLAIN,
    examples=[
        "ledgerctl receipt F016 -o F016.tlog-proof",
        "ledgerctl receipt F016 --version 1 -o F016-1.tlog-proof",
        "ledgerctl receipt --position 1 -o opening.tlog-proof",
    ],
)
@click.argument("entry", metavar="[ENTRY]", default="")
@click.option("--version", type=Whole(min=1), help="Which version. [the last one]")
@click.option("--position", type=Whole(min=1), help="A position instead of ENTRY.")
@click.option(
    "--output",
    "-o",
    metavar="FILE",
    required=True,
    type=click.Path(path_type=Path, dir_okay=False),
    help="Where to write it; by custom it ends in .tlog-proof.",
)
def receipt(
    session: Session, entry: str, version: int | None, position: int | None, output: Path
) -> None:
    """Write a receipt of an entry to FILE, and its record beside it, ending in .json.

    Both together prove to anybody, without the service, that the entry is in the log.
    """
    if bool(entry) == bool(position):
        raise usage("Name an entry, or a position with --position.")
    record = output.with_suffix(".json")
    if record == output:
        raise usage("The record goes to the file that ends in .json; name another one.")
    found = session.client.receipt(
        session.ledger, entry, version=version or 0, position=position or 0
    )
    try:
        output.write_bytes(found.receipt.encode())
        record.write_bytes(found.record)
    except OSError as error:
        raise Failure(f"{output} cannot be written: {error.strerror}.") from None
    if session.as_json:
        files = {"receipt": str(output), "record": str(record)}
        session.screen.json({"position": found.position, **files})
        return
    session.screen.show(f"The receipt of position {found.position} is in {output},")
    session.screen.show(f"its record in {record}. Check them with the key of the ledger:")
    session.screen.line(shlex.join(["ledgerctl", "verify", str(output), "--key", "KEY"]))


COMMANDS = (checkpoint, receipt)
