"""Retired ledgers: taken out of service with all their files, so that each can be brought back.

The folder of a log, with the views in it, lies in `retired/<name>-<time>` of the data folder. What
lay beside its keys lies in a folder of the same name under `retired` of the folder of keys: keys
never come to lie with data. Everything is moved within its disk, and nothing is copied or deleted,
so a log that is brought back finds itself at home.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from ledger_service.domain.values.refusals import Invalid, Violation
from ledger_service.persistence.files import names_in, sync_folder
from ledger_service.persistence.private import make_folder
from ledger_service.persistence.signing.keys import KeyFolder

_RETIRED = "retired"
_SECOND = "%Y%m%dT%H%M%SZ"
_ARCHIVE = re.compile(r"([a-z][a-z0-9-]{0,39})-\d{8}T\d{6}Z")
#: What lies beside the keys of a ledger and is no key.
_BESIDE_KEYS = ("seen", "distrusted", "home")


class Archive(NamedTuple):
    """Where a retired ledger lies: its log, and its keys, in folders of one name."""

    ledger: str
    name: str
    log: Path
    keys: Path


class Retired:
    """Those of one data folder. Blocks. Raises OSError."""

    def __init__(self, data_dir: Path, keys_dir: Path) -> None:
        self._logs = data_dir / _RETIRED
        self._keys_dir = keys_dir

    def all(self) -> list[Archive]:
        """By ledger, those first that were retired first."""
        found = (self._archive(name) for name in sorted(names_in(self._logs)))
        return sorted(each for each in found if each is not None)

    def of(self, ledger: str) -> list[Archive]:
        """Those of a ledger, the last one last."""
        return [each for each in self.all() if each.ledger == ledger]

    def put(self, ledger: str, folder: Path, now: datetime) -> Archive:
        """Moves the folder of a closed log here, and what lies beside its keys. Where it breaks
        off between the two, the log is here, and can be brought back.
        """
        archive = self._free(ledger, now.astimezone(UTC))
        make_folder(archive.log.parent)
        _move(folder, archive.log)
        for file in self._beside_keys(ledger):
            make_folder(archive.keys)
            _move(file, archive.keys / file.name)
        return archive

    def take(self, archive: Archive, folder: Path) -> None:
        """Moves everything back, the log last. Raises Invalid where something is in the way."""
        files = [archive.keys / name for name in names_in(archive.keys)]
        for there in (folder, *(self._keys_dir / file.name for file in files)):
            if there.exists():
                problem = f"{there} is in the way. Move it away, then repeat this."
                raise Invalid((Violation("ledger", problem),))
        for file in files:
            _move(file, self._keys_dir / file.name)
        if archive.keys.exists():
            archive.keys.rmdir()
        _move(archive.log, folder)

    def _free(self, ledger: str, now: datetime) -> Archive:
        """Named by the first second from now on that comes after all in which one of the ledger
        was retired, so that they keep their order.
        """
        second = now.replace(microsecond=0)
        if there := self.of(ledger):
            second = max(second, _second(there[-1]) + timedelta(seconds=1))
        archive = self._archive(f"{ledger}-{second:{_SECOND}}")
        assert archive is not None
        if archive.keys.exists():
            return self._free(ledger, second + timedelta(seconds=1))
        return archive

    def _archive(self, name: str) -> Archive | None:
        found = _ARCHIVE.fullmatch(name)
        keys = self._keys_dir / _RETIRED / name
        return Archive(found[1], name, self._logs / name, keys) if found else None

    def _beside_keys(self, ledger: str) -> Iterator[Path]:
        yield from KeyFolder(self._keys_dir, ledger).files()
        others = (self._keys_dir / f"{ledger}.{each}" for each in _BESIDE_KEYS)
        yield from (each for each in others if each.exists())


def _second(archive: Archive) -> datetime:
    told = archive.name.removeprefix(f"{archive.ledger}-")
    return datetime.strptime(told, _SECOND).replace(tzinfo=UTC)


def _move(path: Path, to: Path) -> None:
    path.rename(to)
    sync_folder(to.parent)
    sync_folder(path.parent)
