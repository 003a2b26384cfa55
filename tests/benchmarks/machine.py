"""The machine of a run, since figures mean little without it."""

from __future__ import annotations

import os
import platform
import sqlite3
from importlib.metadata import version
from pathlib import Path
from typing import Any

import grpc


def machine() -> dict[str, Any]:
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
    }


def in_words(machine: dict[str, Any]) -> str:
    return (
        f"{machine['cores']} cores ({machine['processor']}), {machine['memory_gb']} GB, "
        f"{machine['system']}, Python {machine['python']}, grpcio {machine['grpcio']}, "
        f"SQLite {machine['sqlite']} in WAL mode with `synchronous=FULL`, eventsourcing "
        f"{machine['eventsourcing']}; load average at the start {machine['load_before']}"
    )


def _after(path: str, name: str) -> str:
    """A value from a file of lines such as `name : value`; empty where there is none."""
    try:
        lines = Path(path).read_text(encoding="utf-8").splitlines()
    except OSError:
        return ""
    return next((li.split(":", 1)[1].strip() for li in lines if li.startswith(name)), "")
