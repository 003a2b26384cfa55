"""Learns what other processes write to logs.

A notification of the database is only a hint that comes early; without any, each log is looked
at after a moment all the same.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import psycopg
from psycopg.sql import SQL, Identifier

from ledger_service.persistence.storage.postgres.pools import connect

#: How long others' records stay unseen where hints are lost, at most.
POLL_SECONDS = 0.5
_REPLICA_POLL_SECONDS = 0.05
_RETRY_SECONDS = 1.0
#: How soon a log that is new here is listened to.
_SLICE_SECONDS = 0.1

_log = logging.getLogger(__name__)


class NotificationListener:
    """One connection that listens to the channels of all logs of a database. Its thread runs
    as long as somebody waits for a hint.
    """

    def __init__(self, url: str) -> None:
        self._url = url
        # Guards the two below. Those who wait and the thread that listens take it for a few
        # instructions.
        self._lock = threading.Lock()
        self._waiting: dict[str, threading.Event] = {}
        self._thread: threading.Thread | None = None

    def begin(self, channel: str, hint: threading.Event) -> None:
        """Sets `hint` from now on each time the channel is notified."""
        with self._lock:
            self._waiting[channel] = hint
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(
                    target=self._run, name="notifications", daemon=True
                )
                self._thread.start()

    def end(self, channel: str) -> None:
        with self._lock:
            self._waiting.pop(channel, None)

    def _run(self) -> None:
        troubled = False
        while not self._over():
            try:
                self._listen()
                troubled = False
            except Exception as error:  # noqa: BLE001 -- as for looking
                if not troubled:
                    _log.warning("Logs are looked at without hints for now: %s", error)
                troubled = True
                time.sleep(_RETRY_SECONDS)

    def _over(self) -> bool:
        with self._lock:
            if not self._waiting:
                self._thread = None
            return not self._waiting

    def _listen(self) -> None:
        with connect(self._url) as connection:
            heard: set[str] = set()
            while waiting := self._now():
                for channel in waiting.keys() - heard:
                    _say(connection, "LISTEN {}", channel)
                    waiting[channel].set()  # what came before may have been missed
                for channel in heard - waiting.keys():
                    _say(connection, "UNLISTEN {}", channel)
                heard = {*waiting}
                for hint in connection.notifies(timeout=_SLICE_SECONDS, stop_after=1):
                    if hint.channel in waiting:
                        waiting[hint.channel].set()

    def _now(self) -> dict[str, threading.Event]:
        with self._lock:
            return dict(self._waiting)


class LogWatch:
    """Calls `look` on a thread of its own, again and again, until `stop`. It may block and
    fail: then `troubled` is called with the reason, and with an empty text when it works
    again. Without `listener` it is called more often.
    """

    def __init__(self, channel: str, listener: NotificationListener | None) -> None:
        self._channel = channel
        self._listener = listener
        # Set by the listener and by `stop`; cleared by the thread below.
        self._hint = threading.Event()
        # Set once, by `stop`; read by the thread below.
        self._stopping = False
        # Of who starts and stops it.
        self._thread: threading.Thread | None = None

    def start(
        self, look: Callable[[], object], troubled: Callable[[str], object] = lambda _: None
    ) -> None:
        name = f"watch-{self._channel}"
        arguments = (look, troubled)
        self._thread = threading.Thread(
            target=self._run, args=arguments, name=name, daemon=True
        )
        self._thread.start()
        if self._listener is not None:
            self._listener.begin(self._channel, self._hint)

    def stop(self) -> None:
        """Returns when the last call of `look` has ended. Blocks."""
        if self._listener is not None:
            self._listener.end(self._channel)
        self._stopping = True
        self._hint.set()
        if self._thread is not None:
            self._thread.join()

    def _run(self, look: Callable[[], object], troubled: Callable[[str], object]) -> None:
        while not self._stopping:
            try:
                look()
                troubled("")
                self._rest(_REPLICA_POLL_SECONDS if self._listener is None else POLL_SECONDS)
            except Exception as error:  # noqa: BLE001 -- whatever it is, look again later
                troubled(str(error) or type(error).__name__)
                self._rest(_RETRY_SECONDS)

    def _rest(self, seconds: float) -> None:
        self._hint.wait(seconds)
        if not self._stopping:
            self._hint.clear()


def _say(connection: psycopg.Connection[Any], words: str, channel: str) -> None:
    with suppress(psycopg.NotSupportedError, psycopg.errors.SyntaxError):
        connection.execute(SQL(words).format(Identifier(channel)))
