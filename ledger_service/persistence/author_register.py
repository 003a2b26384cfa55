"""The register of authors: which id names which user in records. It lies beside the logs, so
that somebody can be forgotten while the logs stay as they are.

Each call has a connection of its own: an author is looked up once, and then remembered.
"""

from __future__ import annotations

import secrets
import sqlite3
from collections.abc import Callable, Collection, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from ledger_service.domain.values.refusals import StorageFailed
from ledger_service.persistence.private import make_file, make_folder

_FILE = "authors.sqlite"
#: Of PostgreSQL; no ledger has a schema of this name.
_SCHEMA = "users_of_ledgers"

_CREATE = """
    CREATE TABLE IF NOT EXISTS authors (
        author TEXT PRIMARY KEY, issuer TEXT NOT NULL, subject TEXT NOT NULL,
        name TEXT NOT NULL, UNIQUE (issuer, subject)
    )
"""
_INSERT = """
    INSERT INTO authors (author, issuer, subject, name) VALUES ({0}, {0}, {0}, {0})
    ON CONFLICT (issuer, subject) DO NOTHING
"""
_RENAME = "UPDATE authors SET name = {0} WHERE author = {0} AND name <> {0}"
_SELECT = "SELECT author, name FROM authors WHERE issuer = {0} AND subject = {0}"
_SELECT_SOME = "SELECT author, issuer, subject, name FROM authors WHERE author IN ({1})"
_SELECT_ALL = "SELECT author, issuer, subject, name FROM authors ORDER BY issuer, subject"
_FORGET = "DELETE FROM authors WHERE author = {0}"


class Author(NamedTuple):
    """Who recorded something: the id in records, and whom it names."""

    author: str
    issuer: str
    subject: str
    name: str


class _Way(Protocol):
    """How a database is reached: the sign for a value, and a connection that commits."""

    sign: str

    def open(self) -> AbstractContextManager[Any]:
        """A connection to the table, which is made where it is not there."""
        ...

    def clean(self, connection: Any) -> None:
        """Has the database drop for good what was deleted."""
        ...


class AuthorRegister:
    """Any thread may use it. Everything raises StorageFailed."""

    def __init__(self, way: _Way) -> None:
        self._way = way

    def register(self, issuer: str, subject: str, name: str) -> str:
        """The author that names a user, from now on under this name; a new random one for a
        user who has none.
        """
        with self._run() as run:
            run(_INSERT, secrets.token_hex(16), issuer, subject, name)
            found = run(_SELECT, issuer, subject)
            if not found:  # forgotten at this moment, or never there on a replica
                raise StorageFailed
            author, told = found[0]
            if name and told != name:
                run(_RENAME, name, author, name)
            return str(author)

    def find(self, issuer: str, subject: str) -> str:
        """The author that names a user; empty if none does."""
        with self._run() as run:
            found = run(_SELECT, issuer, subject)
        return str(found[0][0]) if found else ""

    def some(self, authors: Collection[str]) -> list[Author]:
        """Those of these authors who are in the register."""
        if not authors:
            return []
        with self._run() as run:
            return [Author(*row) for row in run(_SELECT_SOME, *authors)]

    def all(self) -> list[Author]:
        with self._run() as run:
            return [Author(*row) for row in run(_SELECT_ALL)]

    def restore(self, authors: Collection[Author]) -> bool:
        """Fills an empty register. False when somebody is in it: whoever was forgotten there
        must not come back.
        """
        with self._run() as run:
            if run(_SELECT_ALL):
                return False
            for each in authors:
                run(_INSERT, *each)
        return True

    def forget(self, author: str) -> bool:
        """Takes an author out of the register for good: nobody can tell any more whom it names.
        False when it was not there.
        """
        with self._run() as run:
            was_there = bool(run(_SELECT_SOME, author))
            run(_FORGET, author)
        with self._errors(), self._way.open() as connection:
            self._way.clean(connection)
        return was_there

    @contextmanager
    def _run(self) -> Iterator[Callable[..., list[Any]]]:
        with self._errors(), self._way.open() as connection:

            def run(sql: str, *values: str) -> list[Any]:
                signs = ", ".join([self._way.sign] * len(values))
                found = connection.execute(sql.format(self._way.sign, signs), values)
                return found.fetchall() if found.description else []

            yield run

    @contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except Exception as error:
            is_of_a_database = type(error).__module__.startswith("psycopg")
            if is_of_a_database or isinstance(error, sqlite3.Error | OSError):
                raise StorageFailed from error
            raise


class SqliteWay:
    """A file that only its owner can use."""

    sign = "?"

    def __init__(self, path: Path) -> None:
        self._path = path

    @contextmanager
    def open(self) -> Iterator[Any]:
        make_folder(self._path.parent)
        make_file(self._path)
        with closing(sqlite3.connect(self._path)) as connection, connection:
            connection.execute("PRAGMA secure_delete = ON")
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute(_CREATE)  # also where the file was lost while the service runs
            yield connection

    def clean(self, connection: Any) -> None:
        """Does nothing: what is deleted is overwritten."""


class PostgresWay:
    """A schema of its own, in the database of the logs."""

    sign = "%s"

    def __init__(self, url: str) -> None:
        self._url = url
        # Set by whoever finds the table made; twice does no harm.
        self._is_made = False

    @contextmanager
    def open(self) -> Iterator[Any]:
        import psycopg  # noqa: PLC0415 - an extra has it

        with psycopg.connect(self._url, autocommit=True) as connection:
            connection.execute(f"SET search_path TO {_SCHEMA}")
            if not self._is_made:
                self._is_made = _is_there(connection) or self._make(connection)
            try:
                yield connection if self._is_made else _NobodyYet()
            except psycopg.errors.UndefinedTable:
                self._is_made = False
                raise

    def _make(self, connection: Any) -> bool:
        """Whether the table could be made: a replica gets it from its primary."""
        if connection.execute("SELECT pg_is_in_recovery()").fetchone()[0]:
            return False
        connection.execute(f"CREATE SCHEMA IF NOT EXISTS {_SCHEMA}")
        connection.execute(_CREATE)
        return True

    def clean(self, connection: Any) -> None:
        connection.execute("VACUUM authors")


class _NobodyYet:
    """In place of the connection to a replica whose primary has not registered anybody."""

    description = None

    def execute(self, *_: object) -> _NobodyYet:
        return self


def _is_there(connection: Any) -> bool:
    return connection.execute("SELECT to_regclass('authors')").fetchone()[0] is not None


def register(data_dir: Path, store: str) -> AuthorRegister:
    """The register of a service: in its data folder, or in the database of its logs."""
    return AuthorRegister(
        SqliteWay(data_dir / _FILE) if store == "sqlite" else PostgresWay(store)
    )
