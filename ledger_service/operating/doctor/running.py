"""Looks whether a service runs on the data folder, what it says of itself, and how many files
it may still open.
"""

from __future__ import annotations

import os
import re
import resource
import socket
import struct
from collections.abc import Collection, Iterator
from pathlib import Path

from ledger_service.application.descriptors import Descriptors
from ledger_service.operating.doctor.findings import DoctorFinding, fault, note, ok, warning
from ledger_service.operating.health_of import SaysNothing, problems, serves
from ledger_service.settings import Settings

_SECONDS = 4.0
#: All ledgers are looked at for the answer.
_SECONDS_FOR_PROBLEMS = 30.0
#: With a smaller part of them free it is time to raise the limit.
_FEW = 0.1
_PEER = struct.Struct("3i")


class Running:
    """The service behind the admin socket. `runs` is whether one answers there."""

    def __init__(self, chosen: Settings) -> None:
        self._chosen = chosen
        self._path = chosen.admin_path
        self.runs = False
        self.found = [*self._look()]

    def _look(self) -> Iterator[DoctorFinding]:
        process = _behind(self._path)
        if process is None:
            yield note(
                "service",
                f"No service runs here: nobody listens on {self._path}.",
                "If one does, name its folder with --data-dir, or its socket with "
                "--admin-socket. Else start it.",
            )
            return
        self.runs = True
        yield self._says()
        yield from _files(process)

    def _says(self) -> DoctorFinding:
        try:
            it_serves = serves(self._path, _SECONDS)
        except SaysNothing as code:
            return fault(
                "service",
                f"The service runs and does not answer ({code}).",
                "See its log; if it says nothing, start it anew.",
            )
        if it_serves:
            return ok("service", "It runs and serves.")
        return fault(
            "service",
            "The service runs and says that it cannot serve.",
            "What else is found here, and its log, say why.",
        )

    def reported(self, aside: Collection[str]) -> Iterator[DoctorFinding]:
        """What the service reports itself, as `ledgerctl ledgers` shows it, but of the ledgers
        that lie `aside` for others: that they only read is meant.
        """
        if not self.runs:
            return
        try:
            found = problems(self._path, _SECONDS_FOR_PROBLEMS)
        except SaysNothing as code:
            yield warning(
                "service",
                f"The service does not say which problems it has ({code}).",
                "See its log, and run doctor again.",
            )
            return
        for each in found:
            if each.ledger in aside:
                continue
            whose = f"{each.ledger} ({each.part})" if each.ledger else each.part
            yield fault(
                "reported",
                f"{whose}: {each.text}",
                "See docs/operating.md, Health, for what this part is.",
            )


def look_at_limits(chosen: Settings, ledgers: int, *, runs: bool) -> Iterator[DoctorFinding]:
    """Whether as many ledgers can be open at once as are to be (open_ledgers), by the open files
    that this user may have. Of a service that runs its own limit counts.
    """
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    if runs or hard == resource.RLIM_INFINITY:
        return
    threads = chosen.read_threads + chosen.heavy_threads
    room = Descriptors(hard, chosen.max_connections, threads).ledgers
    wanted = min(ledgers, chosen.open_ledgers)
    if wanted > room:
        yield warning(
            "descriptors",
            f"With {hard} open files {room} ledgers can be open at once, and {wanted} are to be "
            "(open_ledgers); the others wait until one is closed.",
            "Raise the hard limit (ulimit -Hn, LimitNOFILE), or set open_ledgers lower.",
        )
    else:
        yield ok("descriptors", f"{hard} files may be open, enough for {room} open ledgers.")


def _files(process: int) -> Iterator[DoctorFinding]:
    proc = Path("/proc") / str(process)
    try:
        limits = (proc / "limits").read_text(encoding="ascii")
        used = sum(1 for _ in (proc / "fd").iterdir())
    except OSError:
        return  # of another user, or a system without it
    found = re.search(r"^Max open files\s+(\d+)", limits, re.MULTILINE)
    if found is None:
        return
    most = int(found[1])
    told = f"The service has {used} of {most} files open."
    if most - used < _FEW * most:
        remedy = "Raise the limit (LimitNOFILE), or let fewer connections in (max_connections)."
        yield warning("descriptors", told, remedy)
    else:
        yield ok("descriptors", told)


def _behind(path: Path) -> int | None:
    """The process that listens on a socket, 0 where the system does not say; None for none."""
    with socket.socket(socket.AF_UNIX) as probe:
        probe.settimeout(_SECONDS)
        try:
            probe.connect(os.fspath(path))
            told = probe.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _PEER.size)
        except OSError:
            return None
        except AttributeError:
            return 0
    return int(_PEER.unpack(told)[0])
