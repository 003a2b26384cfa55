"""The connections of this process to PostgreSQL databases: few for each database, and shared
by all ledgers in it. A connection that is taken is set to the schema of its ledger.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import closing
from typing import Any, NamedTuple, TypeVar

import psycopg
from eventsourcing.postgres import ConnectionPool
from psycopg import Connection, IsolationLevel
from psycopg.conninfo import conninfo_to_dict
from psycopg.rows import DictRow, dict_row
from psycopg.sql import SQL, Composed, Identifier

from ledger_service.persistence.storage.postgres.arrays import register

#: So many connections are kept, and so many are open at once at most.
MIN_CONNECTIONS = 1
MAX_CONNECTIONS = 16
CONNECT_SECONDS = 10
_IDLE_SECONDS = 60.0
_LEND_SECONDS = 1.0

Found = TypeVar("Found")

#: A host that is lost without a word is noticed, from both sides.
_KEEPALIVES = {
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 4,
    "tcp_user_timeout": 30_000,
}
_SET_UP = """
    SET lock_timeout = {lock};
    SET idle_in_transaction_session_timeout = {idle};
    SET tcp_keepalives_idle = 10;
    SET tcp_keepalives_interval = 5;
    SET tcp_keepalives_count = 4;
    SET tcp_user_timeout = 30000;
    SELECT set_config('synchronous_commit', 'on', false)
    WHERE current_setting('synchronous_commit') = 'off'
"""
_NO_CONNECTION_LEFT = ("too many clients", "too many connections", "connection slots")
_REMEDY = (
    "The server has no connection left: raise its max_connections, or run fewer services "
    f"on it. Each service takes up to {MAX_CONNECTIONS + 1}."
)
_UNREADABLE = (
    "The URL of the database cannot be read. Write / @ : % ? & in a name or a password as "
    "%2F %40 %3A %25 %3F %26."
)


class ConnectionSettings(NamedTuple):
    """A database, how long to wait for a lock there, and how long the holder of a lock may
    hang.
    """

    url: str
    lock_seconds: float
    hang_seconds: float

    def __repr__(self) -> str:
        """Leaves out the URL, which may hold a password."""
        return f"{type(self).__name__}(...)"


class PostgresLogConnection(Connection[DictRow]):
    #: To which schema it is turned. Of the thread that has the connection from its pool.
    schema = ""

    def turn_to(self, schema: str) -> None:
        if schema != self.schema:
            self.execute(SQL("SET search_path TO {}").format(Identifier(schema)))
            self.schema = schema


class Pools:
    """One connection pool for each database, for as long as somebody uses it."""

    def __init__(self) -> None:
        # Guards `_held`; no pool is opened or closed under it.
        self._lock = threading.Lock()
        self._held: dict[
            ConnectionSettings, tuple[ConnectionPool[PostgresLogConnection], int]
        ] = {}

    def take(self, place: ConnectionSettings) -> ConnectionPool[PostgresLogConnection]:
        with self._lock:
            pool, holders = self._held.get(place) or (_pool(place), 0)
            self._held[place] = (pool, holders + 1)
        return pool

    def read(
        self, place: ConnectionSettings, read: Callable[[Connection[Any]], Found]
    ) -> Found:
        """What `read` finds over a connection of the pool, if there is one. A pool that is just
        being opened or closed, whose connections are all in use, or whose connection was lost
        keeps nobody from reading: then it is read once more, over a new connection. Raises
        psycopg.Error.
        """
        with self._lock:
            held = self._held.get(place)
        lent: Connection[Any] | None = None
        if held:
            try:
                with held[0].connection(_LEND_SECONDS) as lent:
                    return read(lent)
            except psycopg.OperationalError:
                if lent is not None and not lent.closed:
                    raise  # what was read is the matter, and not the way there
        with closing(connect(place.url)) as own:
            own.execute(_set_up(place))
            return read(own)

    def give_back(self, place: ConnectionSettings) -> None:
        """Ends the use of a pool. The last user closes it."""
        with self._lock:
            pool, holders = self._held.pop(place)
            if holders > 1:
                self._held[place] = (pool, holders - 1)
                return
        pool.close()


#: Of this process: the library makes a recorder for each ledger from texts alone.
POOLS = Pools()


def connect(url: str) -> Connection[Any]:
    """A new connection outside of the pools."""
    return psycopg.connect(url, autocommit=True, **_parameters(url))


def told(error: psycopg.Error) -> str:
    """The message of the database in sentences, with the remedy when connections ran out."""
    text = str(error).strip().rstrip(".")
    if any(words in text for words in _NO_CONNECTION_LEFT):
        return f"{text}. {_REMEDY}"
    return f"{text}."


def why_none(place: ConnectionSettings) -> str:
    """Why a pool had no connection in time."""
    try:
        connect(place.url).close()
    except psycopg.Error as error:
        return told(error)
    return f"All {MAX_CONNECTIONS} connections of this service to the database are in use."


def _set_up(place: ConnectionSettings) -> Composed:
    return SQL(_SET_UP).format(
        lock=int(place.lock_seconds * 1000), idle=int(place.hang_seconds * 1000)
    )


def _pool(place: ConnectionSettings) -> ConnectionPool[PostgresLogConnection]:
    set_up = _set_up(place)

    def configure(connection: PostgresLogConnection) -> None:
        connection.autocommit = True
        connection.isolation_level = IsolationLevel.READ_COMMITTED
        register(connection)
        connection.execute(set_up)

    return ConnectionPool(
        connection_class=PostgresLogConnection,
        kwargs={**_parameters(place.url), "row_factory": dict_row},
        min_size=MIN_CONNECTIONS,
        max_size=MAX_CONNECTIONS,
        open=False,
        configure=configure,
        timeout=CONNECT_SECONDS,
        # Attempts to connect come at ever longer intervals until this, then begin anew with who
        # asks next; with the pool's five minutes a database that is back after four is found
        # two minutes later.
        reconnect_timeout=CONNECT_SECONDS,
        max_idle=_IDLE_SECONDS,
    )


def _parameters(url: str) -> dict[str, Any]:
    """The connection parameters of a URL, with our defaults where it says nothing. Raises
    ProgrammingError for one that cannot be read.
    """
    try:
        said = conninfo_to_dict(url)
    except psycopg.Error:  # it quotes the URL, and may quote the password
        raise psycopg.ProgrammingError(_UNREADABLE) from None
    return {"connect_timeout": CONNECT_SECONDS, **_KEEPALIVES, **said}
