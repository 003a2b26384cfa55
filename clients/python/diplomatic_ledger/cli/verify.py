"""`ledgerctl verify`: check an export or a receipt, offline and trusting nobody."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.progress import Progress

from diplomatic_ledger.cli.commands import PLAIN, Option, command
from diplomatic_ledger.cli.failures import Failure, usage
from diplomatic_ledger.cli.session import Session
from diplomatic_ledger.cli.trusted import TRUST, trusted_keys
from diplomatic_ledger.verify import (
    Anchor,
    Broken,
    CannotCheck,
    Checkpoint,
    Report,
    VerificationKey,
    verify_bag,
    verify_receipt,
)
from diplomatic_ledger.verify.notes import MAX_NOTE_BYTES
from diplomatic_ledger.verify.receipts import MAX_RECEIPT_BYTES
from diplomatic_ledger.verify.records import MAX_RECORD_BYTES

BROKEN, CANNOT_CHECK = 1, 3
_MAX_KEY_FILE_BYTES = 1 << 16


@command(
    "verify",
    formats=PLAIN,
    examples=[
        "ledgerctl verify export --key ledger.example/talks+3b2a9c1d+AQxk...",
        "ledgerctl verify export --key-file talks.vkey --old-checkpoint may.checkpoint",
        "ledgerctl verify export --checkpoint witnessed.checkpoint",
        "ledgerctl verify F016.tlog-proof --record F016.json --key-file talks.vkey",
    ],
)
@click.argument("path", metavar="DIR|FILE", type=click.Path(path_type=Path))
@trusted_keys
@click.option(
    "--checkpoint",
    metavar="FILE",
    type=click.Path(path_type=Path),
    cls=Option,
    section=TRUST,
    help="A checkpoint that you trust, instead of a key or beside it.",
)
@click.option(
    "--old-checkpoint",
    "old_checkpoints",
    metavar="FILE",
    multiple=True,
    type=click.Path(path_type=Path),
    cls=Option,
    section=TRUST,
    help="A checkpoint that you kept: the log must extend it.",
)
@click.option(
    "--record",
    metavar="FILE",
    type=click.Path(path_type=Path, allow_dash=True),
    help="The record of a receipt, byte for byte; FILE.json beside FILE.tlog-proof if there.",
)
def verify(
    session: Session,
    path: Path,
    keys: tuple[str, ...],
    key_files: tuple[Path, ...],
    checkpoint: Path | None,
    old_checkpoints: tuple[Path, ...],
    record: Path | None,
) -> None:
    """Verify an export (DIR) or a receipt (FILE) without asking any service.

    Every record is hashed again, every tile of the log is built again, every signature is
    checked, and the records must keep the rules of a ledger. What is wrong is named with
    its file and position.

    The key must come from where you trust it, never from the export: `ledgerctl ledgers
    --format json` shows it to those who reach the service, and whoever keeps the ledger
    can read it to you.

    Exit codes: 0 verified, 1 broken, 2 wrong usage, 3 it cannot be checked (no key, or
    nothing there).
    """
    anchor = Anchor(
        keys=tuple(read_keys(keys, key_files)),
        checkpoint=_checkpoint(checkpoint) if checkpoint else None,
        old_checkpoints=tuple(map(_checkpoint, old_checkpoints)),
    )
    try:
        report = _verify(path, anchor, record)
    except CannotCheck as reason:
        raise Failure(str(reason), code=CANNOT_CHECK) from None
    except OSError as error:
        raise Failure(f"{path} cannot be read: {error.strerror}.", code=CANNOT_CHECK) from None
    _tell(session, report)
    if not report.verified:
        raise click.exceptions.Exit(BROKEN)


def read_keys(texts: tuple[str, ...], files: tuple[Path, ...]) -> list[VerificationKey]:
    """The keys that the caller trusts. Raises Failure for what is none."""
    lines = list(texts)
    for path in files:
        content = read(path, _MAX_KEY_FILE_BYTES).decode(errors="replace")
        lines += [line.strip() for line in content.splitlines()]
    try:
        wanted = [line for line in lines if line and not line.startswith("#")]
        return [VerificationKey.parse(line) for line in wanted]
    except Broken as broken:
        raise usage(str(broken)) from None


def read(path: Path, limit: int) -> bytes:
    """A file of at most `limit` bytes. Raises Failure."""
    try:
        if str(path) == "-":
            content = sys.stdin.buffer.read(limit + 1)
        else:
            with path.open("rb") as file:
                content = file.read(limit + 1)
    except OSError as error:
        raise usage(f"{path} cannot be read: {error.strerror}.") from None
    if len(content) > limit:
        raise usage(f"{path} has more than {limit:,} bytes.")
    return content


def _checkpoint(path: Path) -> Checkpoint:
    try:
        return Checkpoint.parse(read(path, MAX_NOTE_BYTES))
    except Broken as broken:
        raise usage(f"{path} is no checkpoint: {broken}") from None


def _verify(path: Path, anchor: Anchor, record: Path | None) -> Report:
    if path.is_file():
        return _verify_receipt(path, anchor, record)
    if not path.exists():
        raise CannotCheck(f"There is no file or folder {path}.")
    console = Console(stderr=True, highlight=False)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("Verifying", total=None)

        def show(step: str, done: int, total: int) -> None:
            bar.update(task, description=step, completed=done, total=max(total, 1))

        return verify_bag(path, anchor, progress=show)


def _verify_receipt(path: Path, anchor: Anchor, record: Path | None) -> Report:
    beside = path.with_suffix(".json")
    if record is None and path.suffix == ".tlog-proof" and beside.is_file():
        record = beside
    line = read(record, MAX_RECORD_BYTES + 1).removesuffix(b"\n") if record else None
    # One byte more than is allowed, so that the check itself says what is wrong.
    with path.open("rb") as file:
        raw = file.read(MAX_RECEIPT_BYTES + 1)
    return verify_receipt(raw, line, anchor, path.name)


def _tell(session: Session, report: Report) -> None:
    if session.as_json:
        session.screen.json(_plain(report))
        return
    for line in report.lines():
        session.screen.line(line)
    if report.verified:
        for key in report.signed_by:
            session.screen.line(f"Signed by {key}")


def _plain(report: Report) -> dict[str, Any]:
    return {
        "verified": report.verified,
        "origin": report.origin,
        "size": report.size,
        "root": report.root.hex(),
        "records": report.records,
        "checkpoints": report.checkpoints,
        "signed_by": report.signed_by,
        "findings": [{"place": f.place, "problem": f.problem} for f in report.findings],
        "more_findings": report.untold.total(),
        "notes": report.notes,
    }


COMMANDS = (verify,)
