"""Disks without room: small ones, mounted for the round and filled to the last byte."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from tests.reliability.checker import Finding, Kind
from tests.reliability.rounds import Arena
from tests.reliability.service import Tortured

_MEGABYTE = 1 << 20
_SIZE = 24 * _MEGABYTE
_BLOWS = 3
_LEFT = 100_000


class FullExt4:
    name = "full ext4"
    what = (
        "The data lie on an ext4 file system of 24 MB in a loop device. It is filled to the "
        "last block, or nearly, at three random moments and freed again. There a store to "
        "mapped memory that finds no block is SIGBUS, which would end the service."
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
        for _ in range(arena.blows(_BLOWS)):
            await self._fill_for_a_while(arena)

    async def _fill_for_a_while(self, arena: Arena) -> None:
        ballast = arena.service.folder / self.part / "ballast"
        left = arena.chance.choice((0, arena.chance.randrange(_LEFT)))
        arena.history.note(f"the disk of {self.part} is full but for {left} bytes")
        _fill(ballast, left)
        await arena.work()
        with suppress(FileNotFoundError):
            ballast.unlink()
        freed = arena.history.note("there is room again")
        if arena.service.running:
            await arena.recovered(freed)
        else:
            arena.findings.append(Finding(Kind.ENDED, "while the disk was full"))
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
    name = "full tmpfs"
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


def _fill(path: Path, left: int) -> None:
    """Takes all the room that there is, but for some bytes."""
    with suppress(OSError), path.open("wb", buffering=0) as file:
        for size in (_MEGABYTE, 4096, 512, 1):
            with suppress(OSError):
                while file.write(bytes(size)):
                    pass
        file.truncate(max(0, file.tell() - left))
        os.fsync(file.fileno())


def _unmount(where: Path) -> None:
    subprocess.run(["umount", "--lazy", str(where)], check=False, capture_output=True)


def _run(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True)
