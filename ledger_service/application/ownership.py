"""Which process owns a data folder, and which one signs with the keys of its ledgers."""

from __future__ import annotations

import fcntl
from pathlib import Path
from typing import IO

from ledger_service.domain.values.refusals import LedgerError
from ledger_service.persistence.private import make_folder, open_lock
from ledger_service.persistence.signing.keys import KeyFolder


class FolderInUse(LedgerError):
    """Another process owns the data folder."""


class Ownership:
    """Locks, held from when they are taken until they are given back. Belongs to whoever opens
    and closes ledgers.
    """

    def __init__(self, data_dir: Path, keys_dir: Path) -> None:
        self._data_dir = data_dir
        self._keys_dir = keys_dir
        self._folder: IO[bytes] | None = None
        self._keys: dict[str, IO[bytes]] = {}

    def take_folder(self) -> None:
        """Locks the data folder. Raises FolderInUse."""
        make_folder(self._data_dir)
        lock = open_lock(self._data_dir / "lock")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.close()
            raise FolderInUse(
                f"Another process uses the data folder {self._data_dir}. "
                "Stop it, or choose another folder."
            ) from None
        self._folder = lock

    def take_keys(self, name: str) -> None:
        """Locks the keys of a ledger, unless they are. Raises UnusableKey where another process
        signs with them.
        """
        if name not in self._keys:
            self._keys[name] = KeyFolder(self._keys_dir, name).own()

    def give_keys_back(self, name: str) -> None:
        """Unlocks the keys of a ledger, if they are locked."""
        if (lock := self._keys.pop(name, None)) is not None:
            lock.close()

    def hand_keys_on(self, name: str) -> IO[bytes]:
        """The lock on the keys of a ledger, which is the caller's from now on. Raises as
        `take_keys`.
        """
        return self._keys.pop(name, None) or KeyFolder(self._keys_dir, name).own()

    def close(self) -> None:
        """Gives everything back."""
        for lock in self._keys.values():
            lock.close()
        if self._folder is not None:
            self._folder.close()
