"""A disk that answers with errors."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.reliability.faults import fiu
from tests.reliability.rounds import Arena
from tests.reliability.service import Tortured


class _CallsFail:
    """Some calls fail for a while; sometimes each of them, sometimes a part by chance."""

    calls: tuple[str, ...]
    errors: tuple[int, ...] = (errno.EIO,)
    #: Fail now and then meanwhile, so that the service comes to make the others.
    others: tuple[str, ...] = ()

    def lacking(self) -> str:
        return fiu.lacking()

    @contextmanager
    def place(self, scratch: Path, service: Tortured) -> Iterator[None]:
        fiu.prepare(scratch, service)
        yield

    async def strike(self, arena: Arena) -> None:
        share = arena.chance.choice((1.0, 0.3))
        error = arena.chance.choice(self.errors)
        arena.history.note(f"{share:.0%} of {self.calls} fail with {errno.errorcode[error]}")
        if self.others:
            await fiu.fail(arena.scratch, arena.service, *self.others, share=0.3)
        await fiu.fail(arena.scratch, arena.service, *self.calls, share=share, error=error)
        await arena.work()
        await fiu.mend(arena.scratch, arena.service, *self.calls, *self.others)
        await arena.recovered(arena.history.note("calls succeed again"))


class SyncErrors(_CallsFail):
    name = "sync errors"
    what = (
        "`fsync` and `fdatasync` fail with EIO for a while, each of them or a third by chance "
        "(libfiu); then they succeed again."
    )
    calls = (fiu.FSYNC, fiu.FDATASYNC)


class WriteErrors(_CallsFail):
    name = "write errors"
    what = (
        "`pwrite` and `ftruncate`, with which SQLite writes, fail with EIO or ENOSPC for a "
        "while, each of them or a third by chance (libfiu)."
    )
    calls = (fiu.PWRITE, fiu.FTRUNCATE)
    errors = (errno.EIO, errno.ENOSPC)


class OpenErrors(_CallsFail):
    name = "open errors"
    what = (
        "`open` fails with EMFILE, EIO or ENOSPC for a while, as when no descriptor is left, "
        "and a third of all `pwrite` by chance (libfiu)."
    )
    calls = (fiu.OPEN,)
    errors = (errno.EMFILE, errno.EIO, errno.ENOSPC)
    #: A commit that fails has the next one look at the file anew.
    others = (fiu.PWRITE,)
