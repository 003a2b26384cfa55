"""Three nodes of PostgreSQL that Patroni looks after, and the etcd by which it agrees who leads,
on this machine. A node is its Patroni with the database below it, as on a machine of its own.
"""

from __future__ import annotations

import json
import os
import pwd
import shutil
import signal
import subprocess
import time
import urllib.error
import urllib.request
from contextlib import suppress
from pathlib import Path
from typing import Any, Self

import psycopg
import yaml

from clients.examples.local_service import free_address

NODES = ("one", "two", "three")
DATABASE = "ledgers"
#: After so many seconds without a word of it a leader is taken for lost; Patroni takes no less.
LEASE_SECONDS = 20
_LOOP_SECONDS = 2
_RETRY_SECONDS = 3
_START_SECONDS = 90
#: PostgreSQL does not run as root; Debian's package brings this user.
_USER = "postgres"


def missing() -> str:
    """What has to be installed, or nothing."""
    tools = [name for name in ("patroni", "etcd") if shutil.which(name) is None]
    if _binaries() is None:
        tools.append("postgresql")
    if not tools:
        return ""
    return f"{', '.join(tools)} are not here: run deploy/development/install_failover_tools"


def _binaries() -> Path | None:
    found = sorted(
        Path("/usr/lib/postgresql").glob("*/bin"), key=lambda each: int(each.parts[-2])
    )
    return found[-1] if found else None


class Node:
    def __init__(self, folder: Path, name: str) -> None:
        self.name = name
        self.address = free_address()
        self.rest = free_address()
        self.folder = folder / name
        self.data = self.folder / "data"
        self.settings = self.folder / "patroni.yaml"
        self.log = self.folder / "log"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self, user: str | None) -> None:
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                ["patroni", str(self.settings)],
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=self.folder,
                user=user,
                start_new_session=True,
            )

    def says(self, what: str) -> dict[str, Any] | None:
        """The answer of the node's Patroni where it says yes; None where it says no or nothing."""
        try:
            with urllib.request.urlopen(f"http://{self.rest}/{what}", timeout=2) as answer:
                return dict(json.load(answer))
        except (OSError, urllib.error.HTTPError, ValueError):
            return None

    def stall_replication(self) -> None:
        """Nothing goes to the replicas any more, as on a network that swallows it."""
        for pid in self._processes():
            if b"walsender" in Path(f"/proc/{pid}/cmdline").read_bytes():
                os.kill(pid, signal.SIGSTOP)

    def lose(self) -> None:
        """SIGKILL to all of its processes, as if the machine had lost power."""
        assert self.process is not None
        pids = self._processes()
        self.process.kill()
        for pid in pids:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.process.wait()

    def _processes(self) -> list[int]:
        """The processes of its database."""
        try:
            first = int((self.data / "postmaster.pid").read_text().splitlines()[0])
        except FileNotFoundError:
            return []
        children = Path(f"/proc/{first}/task/{first}/children")
        with suppress(FileNotFoundError):
            return [first, *map(int, children.read_text().split())]
        return []


class Cluster:
    """Use as a context. With `synchronous` a commit is acknowledged when a replica has it."""

    def __init__(self, folder: Path, *, synchronous: bool) -> None:
        self._folder = folder
        self._synchronous = synchronous
        self._user = _USER if os.geteuid() == 0 else None
        self._etcd_address = free_address()
        self._etcd: subprocess.Popen[bytes] | None = None
        self.nodes = {name: Node(folder, name) for name in NODES}

    def __enter__(self) -> Self:
        try:
            self._start()
        except BaseException:
            self._stop()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._stop()

    @property
    def url(self) -> str:
        """The URL by which services find the node that takes writes."""
        hosts = ",".join(node.address for node in self.nodes.values())
        return f"postgresql://ledger@{hosts}/{DATABASE}?target_session_attrs=read-write"

    def leader(self) -> Node | None:
        return next((each for each in self.nodes.values() if each.says("primary")), None)

    def wait_for_leader(self) -> Node:
        return _patiently("there is no leader", self.leader)

    def wait_for_replicas(self, count: int) -> list[str]:
        """The names of the replicas that follow the leader, once there are so many. With a
        synchronous cluster one of them is waited for by each commit.
        """

        def following() -> list[str] | None:
            rows = self.ask(
                "SELECT application_name, sync_state FROM pg_stat_replication "
                "WHERE state = 'streaming' ORDER BY 1"
            )
            waited_for = any(state in ("sync", "quorum") for _, state in rows)
            enough = len(rows) >= count and (waited_for or not self._synchronous)
            return [name for name, _ in rows] if enough else None

        return _patiently(f"there are no {count} replicas", following)

    def ask(self, statement: str) -> list[tuple[Any, ...]]:
        """Asks the leader about the cluster."""
        url = self.url.replace(f"/{DATABASE}", "/postgres")
        with suppress(psycopg.OperationalError), self._connected(url) as connection:
            return connection.execute(statement.encode()).fetchall()
        return []

    def ask_node(self, node: Node, statement: str) -> list[tuple[Any, ...]]:
        url = f"postgresql://postgres@{node.address}/{DATABASE}"
        with suppress(psycopg.OperationalError), self._connected(url) as connection:
            return connection.execute(statement.encode()).fetchall()
        return []

    def start(self, node: Node) -> None:
        node.start(self._user)

    def _connected(self, url: str) -> psycopg.Connection[tuple[Any, ...]]:
        return psycopg.connect(url, autocommit=True, connect_timeout=3, user="postgres")

    def _start(self) -> None:
        self._folder.mkdir()
        self._folder.parent.chmod(0o755)
        for node in self.nodes.values():
            node.folder.mkdir(mode=0o700)
            node.settings.write_text(yaml.safe_dump(self._settings(node)), encoding="utf-8")
        if self._user is not None:
            self._folder.chmod(0o755)
            owner = pwd.getpwnam(self._user)
            for path in (self._folder, *self._folder.rglob("*")):
                os.chown(path, owner.pw_uid, owner.pw_gid)
        self._start_etcd()
        first, *others = self.nodes.values()
        self.start(first)
        self.wait_for_leader()
        for node in others:
            self.start(node)
        self.wait_for_replicas(len(others))
        with self._connected(f"postgresql://{first.address}/postgres") as connection:
            connection.execute("CREATE ROLE ledger LOGIN")
            connection.execute(f"CREATE DATABASE {DATABASE} OWNER ledger".encode())

    def _start_etcd(self) -> None:
        client, peer = f"http://{self._etcd_address}", f"http://{free_address()}"
        with (self._folder / "etcd.log").open("wb") as log:
            self._etcd = subprocess.Popen(
                [
                    *("etcd", "--name", "only", "--data-dir", str(self._folder / "etcd")),
                    *("--listen-client-urls", client, "--advertise-client-urls", client),
                    *("--listen-peer-urls", peer, "--initial-advertise-peer-urls", peer),
                    *("--initial-cluster", f"only={peer}"),
                ],
                stdout=log,
                stderr=subprocess.STDOUT,
                user=self._user,
            )

        def healthy() -> bool:
            with suppress(OSError), urllib.request.urlopen(f"{client}/health", timeout=2):
                return True
            return False

        _patiently("etcd does not answer", healthy)

    def _settings(self, node: Node) -> dict[str, Any]:
        host, port = node.address.split(":")
        role = {"username": "postgres"}
        return {
            "scope": "ledgers",
            "name": node.name,
            "restapi": {"listen": node.rest, "connect_address": node.rest},
            "etcd3": {"host": self._etcd_address},
            "bootstrap": {
                "dcs": {
                    "ttl": LEASE_SECONDS,
                    "loop_wait": _LOOP_SECONDS,
                    "retry_timeout": _RETRY_SECONDS,
                    "synchronous_mode": self._synchronous,
                    # Rather no commit than one that a single machine has.
                    "synchronous_mode_strict": self._synchronous,
                    "postgresql": {"use_pg_rewind": True},
                },
                "initdb": [{"encoding": "UTF8"}, {"locale": "C.UTF-8"}, "data-checksums"],
            },
            "postgresql": {
                "listen": f"{host}:{port}",
                "connect_address": f"{host}:{port}",
                "bin_dir": str(_binaries()),
                "data_dir": str(node.data),
                "pgpass": str(node.folder / "pgpass"),
                "authentication": {
                    "superuser": role,
                    "replication": role,
                    "rewind": role,
                },
                "parameters": {
                    "unix_socket_directories": str(node.folder),
                    "max_connections": 100,
                },
                "pg_hba": [
                    "local all all trust",
                    "host all all 127.0.0.1/32 trust",
                    "host replication all 127.0.0.1/32 trust",
                ],
            },
        }

    def _stop(self) -> None:
        for node in self.nodes.values():
            if node.process is not None and node.process.poll() is None:
                node.lose()
        if self._etcd is not None:
            self._etcd.kill()
            self._etcd.wait()


def _patiently(what: str, look: Any) -> Any:
    """What `look` finds, as soon as it finds something. Raises TimeoutError."""
    end = time.monotonic() + _START_SECONDS
    while time.monotonic() < end:
        if found := look():
            return found
        time.sleep(0.1)
    raise TimeoutError(f"After {_START_SECONDS} seconds {what}.")
