"""Calls of the operating system that fail, by libfiu (https://blitiri.com.ar/p/libfiu/):
its library is loaded into the service, and told by a pipe which calls shall fail.
"""

from __future__ import annotations

import asyncio
import ctypes.util
import errno
import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from tests.reliability.service import Tortured

_FOLDERS = ("/usr/lib/fiu", "/usr/lib/x86_64-linux-gnu/fiu", "/usr/local/lib/fiu")
_LIBRARIES = ("fiu_run_preload.so", "fiu_posix_preload.so")

FSYNC, FDATASYNC = "posix/io/sync/fsync", "posix/io/sync/fdatasync"
PWRITE, FTRUNCATE = "posix/io/rw/pwrite", "posix/io/rw/ftruncate"
OPEN = "posix/io/oc/open"


def _folder() -> Path | None:
    return next((Path(each) for each in _FOLDERS if Path(each, _LIBRARIES[1]).exists()), None)


def lacking() -> str:
    if _folder() is None or not shutil.which("fiu-ctrl"):
        return "libfiu is not installed: apt-get install fiu-utils libfiu0"
    if ctypes.util.find_library("sqlite3") is None:
        return "SQLite is built into this Python, where libfiu cannot reach it"
    return ""


def prepare(scratch: Path, service: Tortured, *, before: Sequence[str] = ()) -> None:
    """Has the service load the libraries, after those `before`."""
    folder = _folder()
    assert folder is not None
    libraries = [*before, *(str(folder / each) for each in _LIBRARIES)]
    service.settings |= {
        "LD_PRELOAD": " ".join(libraries),
        "FIU_CTRL_FIFO": str(scratch / "fiu"),
        "FIU_ENABLE": "",
    }


async def fail(
    scratch: Path, service: Tortured, *calls: str, share: float = 1.0, error: int = errno.EIO
) -> None:
    """Lets these calls of the running service fail, or a share of them by chance."""
    kind = "enable" if share == 1 else "enable_random"
    more = "" if share == 1 else f",probability={share}"
    await _tell(
        scratch, service, *(f"{kind} name={each},failinfo={error}{more}" for each in calls)
    )


async def mend(scratch: Path, service: Tortured, *calls: str) -> None:
    await _tell(scratch, service, *(f"disable name={each}" for each in calls))


async def _tell(scratch: Path, service: Tortured, *orders: str) -> None:
    options = [part for order in orders for part in ("-c", order)]
    command = ["fiu-ctrl", "-f", str(scratch / "fiu"), *options, str(service.pid)]
    await asyncio.to_thread(
        subprocess.run, command, check=True, capture_output=True, env=_plain(), timeout=20
    )


def _plain() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name != "LD_PRELOAD"}
