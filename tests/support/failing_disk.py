"""A disk under a service whose syncs fail when the test says so, and what is left of it
after a loss of power: see failing_disk.c.
"""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.support.ledgers_on_disk import bring_home
from tests.support.processes import Process

_SOURCE = Path(__file__).with_name("failing_disk.c")


class FailingDisk:
    """The folder `disk`; what would be left of it is kept in another one."""

    def __init__(self, folder: Path) -> None:
        self.folder = (folder / "disk").resolve()
        self.kept = folder / "kept"
        self._fails = folder / "fails"
        self._library = folder / "failing_disk.so"
        self.folder.mkdir()
        self.kept.mkdir()
        if shutil.which("gcc") is None:
            pytest.skip("needs gcc: without it no sync can be made to fail")
        command = ["gcc", "-shared", "-fPIC", "-O1", "-o", self._library, _SOURCE, "-ldl"]
        subprocess.run(command, check=True)

    def fail(self) -> None:
        """From now on no sync succeeds."""
        self._fails.touch()

    def mend(self) -> None:
        self._fails.unlink()

    def start(self, **settings: str) -> Process:
        """A service on the disk."""
        return Process(
            self.folder,
            afresh=True,
            LD_PRELOAD=str(self._library),
            DISK=str(self.folder),
            DISK_KEPT=str(self.kept),
            DISK_FAILS=str(self._fails),
            **settings,
        )

    def start_after_loss_of_power(self) -> Process:
        """A service on what would be left of the disk, once the one before was killed."""
        bring_home(self.kept)
        return Process(self.kept)
