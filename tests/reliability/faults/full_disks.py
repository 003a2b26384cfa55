"""Disks without room: small ones, mounted for the round and filled to the last byte."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from tests.reliability.rounds import Arena
from tests.reliability.service import Tortured

_MEGABYTE = 1 << 20
_SIZE = 24 * _MEGABYTE


class FullExt4:
    name = "full disk, ext4"
    what = (
        "The data lie on an ext4 file system of 24 MB in a loop device. It is filled to the "
        "last block at a random moment and freed again. A store to mapped memory that finds "
        "no block is SIGBUS there: the service may have to be started again."
    )
    part = "data"

    def lacking(self) -> str:
        if os.geteuid() != 0:
            return "needs root, to mount a small disk"
        needed = [each for each in self._tools() if not shutil.which(each)]
        return f"{' and '.join(needed)} are missing: apt-get install e2fsprogs" * bool(needed)

    @contextmanager
    def place(self, scratch: Path, service: Tortured) -> Iterator[None]:
        where = service.folder / self.part
        where.mkdir(mode=0o700)
        with ExitStack() as afterwards:
            self._mount(scratch, where)
            afterwards.callback(_unmount, where)
            where.chmod(0o700)
            yield

    async def strike(self, arena: Arena) -> None:
        ballast = arena.service.folder / self.part / "ballast"
        arena.history.note(f"the disk of {self.part} is full")
        _fill(ballast)
        await arena.work()
        with suppress(FileNotFoundError):
            ballast.unlink()
        freed = arena.history.note("there is room again")
        if arena.service.running:
            await arena.recovered(freed)
        else:
            arena.history.note("the process had ended")
            await arena.restarted()

    def _tools(self) -> tuple[str, ...]:
        return ("mkfs.ext4", "mount", "umount")

    def _mount(self, scratch: Path, where: Path) -> None:
        image = scratch / "disk.img"
        with image.open("wb") as file:
            file.truncate(_SIZE)
        _run("mkfs.ext4", "-q", "-m", "0", str(image))
        _run("mount", "-o", "loop", str(image), str(where))


class FullTmpfs(FullExt4):
    name = "full disk, tmpfs"
    what = "The same on a tmpfs, which gives no room by another way."

    def _tools(self) -> tuple[str, ...]:
        return ("mount", "umount")

    def _mount(self, scratch: Path, where: Path) -> None:
        del scratch
        _run("mount", "-t", "tmpfs", "-o", f"size={_SIZE}", "tmpfs", str(where))


class FullKeys(FullExt4):
    name = "full disk of the keys"
    what = (
        "Only the keys and what was signed last lie on the full disk, and each group of "
        "requests is signed before it is answered (`checkpoint_seconds` 0)."
    )
    part = "keys"

    @contextmanager
    def place(self, scratch: Path, service: Tortured) -> Iterator[None]:
        service.settings["LEDGER_CHECKPOINT_SECONDS"] = "0"
        with super().place(scratch, service):
            yield


def _fill(path: Path) -> None:
    """Takes all the room that there is."""
    with suppress(OSError), path.open("wb", buffering=0) as file:
        for size in (_MEGABYTE, 4096, 512, 1):
            with suppress(OSError):
                while file.write(bytes(size)):
                    pass
        os.fsync(file.fileno())


def _unmount(where: Path) -> None:
    subprocess.run(["umount", "--lazy", str(where)], check=False, capture_output=True)


def _run(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True)
