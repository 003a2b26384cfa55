"""Waits for what other processes write to a log.

A notification of the database is only a hint that comes soon; without any, the log is
looked at all the same after a moment.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import psycopg
from psycopg.sql import SQL, Identifier

from ledger_service.persistence.database import connect

#: How long others' records stay unseen where hints are lost, at most.
POLL_SECONDS = 0.5
_REPLICA_POLL_SECONDS = 0.05
_RETRY_SECONDS = 1.0
_SLICES = 5
_SLICE = POLL_SECONDS / _SLICES

_log = logging.getLogger(__name__)


class Watch:
    """`look` is called from a thread of its own, again and again, until `stop`. It blocks
    and may fail: then it is called again later.
    """

    def __init__(self, url: str, channel: str, *, hints: bool = True) -> None:
        self._url = url
        self._channel = channel
        self._hints = hints
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self, look: Callable[[], object]) -> None:
        name = f"watch-{self._channel}"
        self._thread = threading.Thread(target=self._run, args=(look,), name=name, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Blocks until the last look is over."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join()

    def _run(self, look: Callable[[], object]) -> None:
        troubled = False
        while not self._stopping.is_set():
            try:
                self._follow(look)
                troubled = False
            except Exception as error:  # noqa: BLE001 -- whatever it is, look again later
                if not troubled:
                    _log.warning("The log in %s is out of reach: %s", self._channel, error)
                troubled = True
                self._stopping.wait(_RETRY_SECONDS)

    def _follow(self, look: Callable[[], object]) -> None:
        if not self._hints:
            while not self._stopping.wait(_REPLICA_POLL_SECONDS):
                look()
            return
        with connect(self._url) as connection:
            self._listen(connection)
            while not self._stopping.is_set():
                look()
                self._await_hint(connection)

    def _listen(self, connection: psycopg.Connection[Any]) -> None:
        with suppress(psycopg.NotSupportedError, psycopg.errors.SyntaxError):
            connection.execute(SQL("LISTEN {}").format(Identifier(self._channel)))

    def _await_hint(self, connection: psycopg.Connection[Any]) -> None:
        for _ in range(_SLICES):
            hinted = any(True for _ in connection.notifies(timeout=_SLICE, stop_after=1))
            if hinted or self._stopping.is_set():
                return
