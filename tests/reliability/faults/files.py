"""Files that somebody removes, moves or damages under the running service."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from tests.reliability.rounds import Arena, PlainFault
from tests.reliability.workload import LEDGER


class _Removed(PlainFault):
    """The file is moved aside under the load, and put back in the end, the service being
    stopped in good order or killed in between.
    """

    puts_back = True

    def paths(self, arena: Arena) -> list[Path]:
        raise NotImplementedError

    async def strike(self, arena: Arena) -> None:
        moved = []
        for path in self.paths(arena):
            aside = path.with_name(f"{path.name}.aside")
            with suppress(FileNotFoundError):
                path.rename(aside)
                moved.append((aside, path))
        arena.history.note(f"removed {[path.name for _, path in moved]}")
        await arena.work()
        if self.puts_back:
            for aside, path in moved:
                if not path.exists():
                    aside.rename(path)
        began = arena.history.note("put back" if self.puts_back else "left away")
        if arena.service.running:
            await arena.recovered(began)
        else:
            await arena.restarted()
        await arena.work()
        if arena.chance.random() < 0.5:
            arena.history.note("stopped in good order")
            await arena.service.stop()
        else:
            arena.history.note("killed")
            await arena.service.kill()
        await arena.restarted()


class LogRemoved(_Removed):
    name = "log.sqlite removed"
    what = "`log.sqlite` is moved aside for a while and put back."

    def paths(self, arena: Arena) -> list[Path]:
        return [arena.service.log_file]


class WalRemoved(_Removed):
    name = "log.sqlite-wal removed"
    what = "`log.sqlite-wal` is moved aside for a while and put back."

    def paths(self, arena: Arena) -> list[Path]:
        return [_metadata_check(arena.service.log_file, "-wal")]


class ShmRemoved(_Removed):
    name = "log.sqlite-shm removed"
    what = "`log.sqlite-shm`, which SQLite makes anew by itself, is removed for good."
    puts_back = False

    def paths(self, arena: Arena) -> list[Path]:
        return [_metadata_check(arena.service.log_file, "-shm")]


class ViewsRemoved(_Removed):
    name = "views removed"
    what = "All files of the views are removed for good."
    puts_back = False

    def paths(self, arena: Arena) -> list[Path]:
        return sorted(arena.service.log_file.parent.glob("views-*"))


class KeysRemoved(_Removed):
    name = "keys removed"
    what = "The signing key and what was signed last are moved aside for a while and put back."

    def paths(self, arena: Arena) -> list[Path]:
        keys = arena.service.folder / "keys"
        return [keys / f"{LEDGER}.key", keys / f"{LEDGER}.seen"]


def _metadata_check(path: Path, suffix: str) -> Path:
    return path.with_name(f"{path.name}{suffix}")
