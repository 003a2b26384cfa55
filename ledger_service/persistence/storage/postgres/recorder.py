"""The log of one ledger in a schema of a PostgreSQL database, which any number of processes
may write.

A writer first locks the one row of `head`. So positions have no gaps, no record appears behind
a position that somebody has read, and each decision rests on what all processes wrote before
it. What is inserted under one lock is sent to the database together. Nothing here uses
sequences, table locks, advisory locks, savepoints or pipelines.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

import psycopg
from eventsourcing.persistence import (
    IntegrityError,
    NotSupportedError,
    OperationalError,
    PersistenceError,
    ProgrammingError,
    StoredEvent,
)
from eventsourcing.postgres import PostgresApplicationRecorder, PostgresFactory
from eventsourcing.utils import Environment, EnvType
from psycopg.rows import tuple_row
from psycopg.sql import SQL, Identifier

from ledger_service.persistence.storage.log import (
    Changed,
    LogHead,
    LogRecorder,
    LogReplaced,
    LogShrunk,
    grown,
)
from ledger_service.persistence.storage.postgres.datastore import PostgresLogDatastore
from ledger_service.persistence.storage.postgres.dialect import POSTGRES
from ledger_service.persistence.storage.postgres.migrations import (
    migrate_postgres,
    refuse_other_forms,
    statements_of_model,
)
from ledger_service.persistence.storage.postgres.shape import postgres_misfits
from ledger_service.persistence.storage.postgres.writing import Writing

#: What the variable of the environment is called that holds the URL of the database.
URL = "LOG_DATABASE_URL"
READ_ONLY = "LOG_IS_REPLICA"

_TABLE = "stored_events"
#: A head that lies further behind is taken from the stored nodes.
_LEAVES_TO_CATCH_UP = 10_000

_SELECT_HEAD = "SELECT position, recorded_at, tableoid::int8 FROM head"
_SELECT_TIME = "SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::int8"
_SELECT_DATABASE = "SELECT current_database()::text"
_SELECT_CLUSTER = "SELECT system_identifier::text FROM pg_control_system()"
_SELECT_NEW = """
    SELECT originator_id, leaf_hash FROM stored_events
    WHERE {position} > {value} AND {position} <= {value} ORDER BY {position}
"""
_VACUUM = "VACUUM sealed_values, requests"
_SELECT_OLD_ROWS = """
    SELECT SUM(n_dead_tup) > 0 FROM pg_stat_all_tables WHERE relid IN (
        SELECT UNNEST(ARRAY[oid, reltoastrelid]) FROM pg_class
        WHERE oid IN (to_regclass('sealed_values'), to_regclass('requests'))
    )
"""


class PostgresLog(LogRecorder, PostgresApplicationRecorder):
    datastore: PostgresLogDatastore
    is_remote = True

    def __init__(
        self, datastore: PostgresLogDatastore, *, events_table_name: str = _TABLE
    ) -> None:
        del events_table_name  # the schema tells ledgers apart
        super().__init__(datastore, events_table_name=_TABLE)
        datastore.db_type_names.clear()  # no composite types
        # Set for good:
        self.channel_name = datastore.schema
        self.writable = not datastore.replica
        # Held by the one thread of this process that has the head lock or waits for it; the
        # row of `head` in the database keeps other processes out.
        self._turn = threading.Lock()
        # The head as this thread's lock left it, from which the next one catches up. Whoever
        # has the turn, and `reopen` on the thread that writes.
        self._held = LogHead()
        # Of the thread that has the turn: its transaction.
        self._locked = threading.local()
        # Whether the database knows NOTIFY. Whoever has the turn.
        self._notifies = True
        # Guards the two below, which only grow but where a loss was accepted. A few
        # instructions; nothing else is locked under it.
        self._publishing = threading.Lock()
        # The head that this process shows. Replaced as a whole and never changed after that,
        # so any thread may read it.
        self._head = LogHead()
        # The furthest position that this process has seen. Any thread may read it.
        self._longest = 0
        # Which table is the head, by what the database calls it inside; 0 before it was read.
        # It never changes, so it does not matter who reads it first.
        self._table = 0
        # Added to while the ledger is opened. Told by whoever has the turn; on a replica,
        # where nobody has it, by whoever refreshes.
        self._listeners: list[Changed] = []
        # Whoever has the turn, and `reopen`. Any thread may read it.
        self._doubtful = self.writable

    def create_table(self) -> None:
        if self.datastore.replica:
            refuse_other_forms(self.datastore)
        else:
            migrate_postgres(self.datastore)

    @contextmanager
    def head_lock(self) -> Iterator[LogHead]:
        with self._turn, self.datastore.get_connection() as connection:
            writing = Writing(connection, self.datastore.hang_seconds)
            self._locked.writing = writing
            try:
                before = self._lock(writing)
                yield writing.head
                self._commit(writing, moved=writing.head.position != before)
            except BaseException:
                writing.roll_back()
                raise
            finally:
                self._locked.writing = None
            self._held = writing.head.copy()
            self._publish(writing.head)
            if writing.head.position != before:
                self._notify(connection)

    def insert_events(
        self, stored_events: Iterable[StoredEvent], **kwargs: Any
    ) -> Sequence[int] | None:
        if (writing := self._writing) is not None:
            return self._added(writing, stored_events, **kwargs)
        with self.head_lock():
            return self._added(self._locked.writing, stored_events, **kwargs)

    def read(self, template: str, *parameters: object) -> list[Any]:
        statement = POSTGRES.statement(template)
        if (writing := self._writing) is not None:
            with _as_the_library_says():
                writing.flush()
                return writing.cursor.execute(statement, parameters, binary=True).fetchall()
        with (
            self.datastore.get_connection() as connection,
            connection.cursor(row_factory=tuple_row) as cursor,
        ):
            return cursor.execute(statement, parameters, binary=True).fetchall()

    def write(self, template: str, *parameters: object) -> None:
        with _as_the_library_says():
            writing: Writing = self._locked.writing
            writing.flush()
            writing.cursor.execute(POSTGRES.statement(template), parameters)

    def clean(self) -> bool:
        """Frees the space of overwritten rows. False while a transaction still sees them.
        Copies that the database keeps (in free space, its write-ahead log, replicas, backups)
        are left to the operator.
        """
        if self.datastore.replica:
            return True
        try:
            with self.datastore.get_connection() as connection:
                connection.execute(_VACUUM)
        except NotSupportedError:
            return True
        except OperationalError:  # another one that vacuums has the tables
            return False
        return not self.read(_SELECT_OLD_ROWS)[0][0]

    @property
    def head(self) -> LogHead:
        writing = self._writing
        return self._head if writing is None else writing.head

    def refresh(self) -> LogHead:
        """Raises LogShrunk."""
        if (writing := self._writing) is not None:
            return writing.head
        position, recorded_at = self._checked(lambda: self.read(_SELECT_HEAD))
        if self._doubtful:
            return self._head
        if position > (known := self._head).position:
            head, changed = self._caught_up(known, position, recorded_at)
            self._publish(head)
            if not self.writable:  # where nobody takes the lock, this is when it is told
                self._tell(changed)
        return self._head

    def reopen(self, *, accept_loss: bool = False) -> None:
        """Waits also for a commit whose outcome is not known yet."""
        self._doubtful = self.writable
        self.datastore.check()
        if accept_loss:
            self._longest = 0
        self._held = LogHead()
        self._tell(None)
        if self.writable:
            with self.head_lock() as head:
                found = head.copy()
        else:
            position, recorded_at = self._checked(lambda: self.read(_SELECT_HEAD))
            found = LogHead(recorded_at, self.restored(position))
        if accept_loss:
            self._head = found
        self._publish(found)

    def misfits(self) -> list[str]:
        """Nothing on a replica, which has the tables of its primary, and cannot make others to
        compare with.
        """
        if not self.writable:
            return []
        with _as_the_library_says(), self.datastore.get_connection() as connection:
            return postgres_misfits(connection, statements_of_model())

    def tell_of_others(self, changed: Changed) -> None:
        self._listeners.append(changed)

    def time_there(self) -> int:
        return int(self.read(_SELECT_TIME)[0][0])

    def whereabouts(self) -> dict[str, str]:
        """The cluster, which its replicas share, and the database. A database that only speaks
        like PostgreSQL may not tell its cluster.
        """
        database = str(self.read(_SELECT_DATABASE)[0][0])
        try:
            return {"cluster": str(self.read(_SELECT_CLUSTER)[0][0]), "database": database}
        except (NotSupportedError, ProgrammingError):
            return {"cluster": "", "database": database}

    @property
    def doubtful(self) -> bool:
        return self._doubtful

    def settle(self) -> None:
        if self._doubtful:
            self.reopen()

    @property
    def _writing(self) -> Writing | None:
        return getattr(self._locked, "writing", None)

    def _added(
        self, writing: Writing, stored_events: Iterable[StoredEvent], **kwargs: Any
    ) -> list[int]:
        first = writing.head.position + 1
        requests = kwargs.get("requests", ())
        with _as_the_library_says():
            for rows in grown(writing.head, stored_events, requests, self.marks):
                writing.add(rows)
        return list(range(first, writing.head.position + 1))

    def _commit(self, writing: Writing, *, moved: bool) -> None:
        """Commits. This settles the doubt about earlier commits: the transaction has locked
        the row of the head, so that the database writes something for it, and waits with it
        for all that came before, also on the standbys that it waits for. That a commit is
        visible would not be enough: one that is interrupted while it waits for a standby is
        committed all the same.
        """
        began = time.perf_counter()
        try:
            writing.commit(moved=moved)
        except BaseException:
            self._doubtful = True
            raise
        self.counts.sync_seconds.add(time.perf_counter() - began)
        self._doubtful = False

    def _lock(self, writing: Writing) -> int:
        position, recorded_at = self._checked(writing.begin)
        writing.head, changed = self._caught_up(self._held, position, recorded_at)
        self._tell(changed)
        return position

    def _tell(self, changed: set[str] | None) -> None:
        if changed is None or changed:
            for listener in self._listeners:
                listener(changed)

    def _checked(self, read_head: Callable[[], list[Any]]) -> tuple[int, int]:
        longest = self._longest  # before: meanwhile this process may record
        rows = read_head()
        if not rows:
            raise OperationalError("The row of the head of the log is missing.")
        position, recorded_at, table = rows[0]
        if table != (self._table or table):
            raise LogReplaced
        self._table = table
        if position < longest:
            raise LogShrunk(position, longest)
        return position, recorded_at

    def _caught_up(
        self, known: LogHead, position: int, recorded_at: int
    ) -> tuple[LogHead, set[str] | None]:
        """The head, and the entries of the records between it and a known one; None for all."""
        head = LogHead(recorded_at, known.tree.copy())
        gap = position - known.position
        if 0 <= gap <= _LEAVES_TO_CATCH_UP:
            rows = self.read(_SELECT_NEW, known.position, position) if gap else []
            if len(rows) == gap:
                for _, leaf in rows:
                    head.tree.append(leaf)
                return head, {entry_id for entry_id, _ in rows}
        return LogHead(recorded_at, self.restored(position)), None

    def _publish(self, head: LogHead) -> None:
        with self._publishing:
            if head.position > self._head.position:
                self._head = head
            self._longest = max(self._longest, head.position)

    def _notify(self, connection: psycopg.Connection[Any]) -> None:
        """Notifies waiting processes, which also look by themselves."""
        if self._notifies:
            try:
                connection.execute(SQL("NOTIFY {}").format(Identifier(self.channel_name)))
            except psycopg.NotSupportedError:
                self._notifies = False
            except psycopg.Error:
                with suppress(psycopg.Error):
                    connection.close()


class PostgresLogFactory(PostgresFactory):
    application_recorder_class: type[PostgresApplicationRecorder] = PostgresLog

    def __init__(self, env: Environment | EnvType | None) -> None:
        super().__init__(env)
        self.datastore = PostgresLogDatastore(
            self.env[URL], self.env["POSTGRES_SCHEMA"], replica=bool(self.env.get(READ_ONLY))
        )


@contextmanager
def _as_the_library_says() -> Iterator[None]:
    """Raises errors in the midst of a transaction as the library's exceptions."""
    try:
        yield
    except psycopg.IntegrityError as error:
        raise IntegrityError(str(error)) from error
    except psycopg.OperationalError as error:
        raise OperationalError(str(error)) from error
    except psycopg.Error as error:
        raise PersistenceError(str(error)) from error
