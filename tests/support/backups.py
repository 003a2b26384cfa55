"""Backups of ledgers in a folder of a test."""

import gzip
from pathlib import Path

from ledger_service.application import restoring
from ledger_service.application.backing_up import BackupMade, Backups, Plan
from ledger_service.application.ledger import Ledger
from ledger_service.application.restoring import Drill, RestoreTarget
from ledger_service.persistence.backup.sets import BackupSet
from tests.support.ledgers_on_disk import Clock


def backups(folder: Path, clock: Clock) -> Backups:
    return Backups(folder / "keys", {"store": "sqlite"}, "sqlite", "1.2.3", clock)


async def backed_up(folder: Path, clock: Clock, ledger: Ledger, **how: object) -> BackupMade:
    """Backs up a ledger into `sets` of the folder."""
    plan = Plan(folder / "sets")._replace(**how)
    made = [each async for each in backups(folder, clock).back_up(ledger, plan)]
    last = made[-1]
    assert isinstance(last, BackupMade)
    return last


def newest(folder: Path) -> BackupSet:
    [found] = restoring.found_in(folder / "sets")
    return found


def place(folder: Path, store: str = "sqlite", data: str = "restored") -> RestoreTarget:
    return RestoreTarget(folder / data, folder / "keys", store)


def verified(backup: BackupSet, where: RestoreTarget, *kept: Path) -> Drill:
    """The drill of a set, run to its end."""
    anchors = restoring.kept_elsewhere(where, backup.manifest(), kept)
    drill = Drill(backup, anchors)
    for _ in drill.run():
        pass
    return drill


def restored(backup: BackupSet, where: RestoreTarget, *kept: Path) -> Drill:
    """Restores from a set."""
    anchors = restoring.kept_elsewhere(where, backup.manifest(), kept)
    drill = Drill(backup, anchors)
    for _ in restoring.restore(where, drill, anchors):
        pass
    return drill


def unpacked(folder: Path) -> dict[str, bytes]:
    """The packed files under a folder, unpacked."""
    return {
        str(path.relative_to(folder)): gzip.decompress(path.read_bytes())
        for path in sorted(folder.rglob("*.gz"))
    }
