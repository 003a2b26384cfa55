"""`ledgerctl export`: a ledger as a folder that others can verify without us."""

from __future__ import annotations

import time
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TaskID, TextColumn

from diplomatic_ledger.cli.asking import RECORDED_BY
from diplomatic_ledger.cli.choices import WordType
from diplomatic_ledger.cli.commands import PLAIN, command
from diplomatic_ledger.cli.failures import Failure, usage
from diplomatic_ledger.cli.session import Session
from diplomatic_ledger.errors import LedgerError
from diplomatic_ledger.export_folder import ExportFailed, ExportFolder
from diplomatic_ledger.exporting import Wanted
from diplomatic_ledger.retries import Patience
from diplomatic_ledger.v1.audit_service_pb2 import ExportHeader


@command(
    "export",
    formats=PLAIN,
    examples=[
        "ledgerctl export us-dprk-2018",
        "ledgerctl export for-the-archive --redacted --recorded-by 2018-12-31",
        "ledgerctl export engine-site --select commitment F052",
        "ledgerctl export two-sides --select parties us dprk",
    ],
)
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.argument("selected", metavar="[ID...]", nargs=-1)
@click.option(
    "--recorded-by",
    type=RECORDED_BY,
    metavar="POSITION|TIME|TOKEN",
    help="What this ledger held then. [all]",
)
@click.option("--redacted", is_flag=True, help="Leave the values of sealed fields out.")
@click.option(
    "--select",
    type=WordType(["commitment", "parties"]),
    help="Only the records about a commitment, or between two parties; name them after DIR.",
)
def export(
    session: Session,
    folder: Path,
    selected: tuple[str, ...],
    recorded_by: int | str | datetime | None,
    redacted: bool,
    select: str | None,
) -> None:
    """Write a ledger to DIR: a BagIt bag with the log, its proofs, and how to verify it.

    The same position and options give the same bytes, whenever it is exported. An
    interrupted export goes on from DIR.partial when it is repeated.
    """
    wanted = _wanted(selected, recorded_by, select, redacted=redacted)
    try:
        with closing(ExportFolder(folder, session.ledger, wanted)) as target:
            header = _Transfer(session, target, wanted).run()
    except ExportFailed as failed:
        raise Failure(str(failed)) from None
    except OSError as error:
        raise Failure(f"{folder} cannot be written: {error.strerror}.") from None
    _tell(session, folder, header)


def _wanted(
    selected: tuple[str, ...],
    recorded_by: int | str | datetime | None,
    select: str | None,
    *,
    redacted: bool,
) -> Wanted:
    needed = {None: 0, "commitment": 1, "parties": 2}[select]
    if len(selected) != needed:
        raise usage(
            "Name one commitment after DIR for --select commitment, two parties for --select "
            "parties, and nothing otherwise."
        )
    commitment = selected[0] if select == "commitment" else ""
    parties = selected if select == "parties" else ()
    return Wanted(recorded_by, redacted, commitment, parties)


class _Transfer:
    """One export while it is received; it is resumed when the service was away for a moment."""

    def __init__(self, session: Session, target: ExportFolder, wanted: Wanted) -> None:
        self._session = session
        self._target = target
        self._wanted = wanted
        self._patience = Patience("Export", session.timeout, session.notice)
        console = Console(stderr=True)
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            DownloadColumn(),
            console=console,
            disable=not console.is_terminal,
            transient=True,
        )

    def run(self) -> ExportHeader:
        with self._progress:
            task = self._progress.add_task("Waiting for the service", total=None)
            while (header := self._attempt(task)) is None:
                pass
            self._progress.update(task, description="Checking", completed=0)
            self._target.finish(lambda size: self._progress.advance(task, size))
        return header

    def _attempt(self, task: TaskID) -> ExportHeader | None:
        """The header once everything is received; None when it must be resumed."""
        client, ledger = self._session.client, self._session.ledger
        header = None
        frames = client.export(ledger, self._wanted, reached=self._target.reached)
        try:
            with closing(frames):
                for frame in frames:
                    self._target.take(frame)
                    if isinstance(frame, ExportHeader):
                        header = frame
                        self._show(task, header)
                    else:
                        self._patience.refresh()
                        self._progress.advance(task, len(frame.data))
        except LedgerError as error:
            pause = self._patience.pause(error)
            self._target.close()
            time.sleep(pause)
            return None
        return header

    def _show(self, task: TaskID, header: ExportHeader) -> None:
        self._progress.update(
            task,
            description="Exporting",
            total=header.bytes,
            completed=self._target.received,
        )


def _tell(session: Session, folder: Path, header: ExportHeader) -> None:
    if session.as_json:
        told: dict[str, Any] = {
            "folder": str(folder),
            "origin": header.origin,
            "position": header.position,
            "files": header.files,
            "bytes": header.bytes,
        }
        session.screen.json(told)
        return
    session.screen.show(
        f"Exported {header.origin} up to position {header.position} to {folder}: "
        f"{header.files} files, {header.bytes:,} bytes."
    )
    session.screen.note(
        f"Whoever has the key of the ledger verifies it: see {folder}/data/README.txt"
    )


COMMANDS = (export,)
