"""Where the logs of all ledgers lie: each in a file of the data folder, or each in a schema of
one PostgreSQL database.
"""

from __future__ import annotations

import heapq
import logging
import os
import re
import sqlite3
from collections.abc import Collection, Sequence
from contextlib import closing, suppress
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Protocol
from urllib.parse import quote

from eventsourcing.persistence import InterfaceError, OperationalError

from ledger_service.domain.values.limits import LEDGER_NAME
from ledger_service.domain.values.refusals import Invalid, LedgerError, Violation
from ledger_service.persistence.files import names_in, sync_folder
from ledger_service.persistence.private import make_folder
from ledger_service.persistence.storage.glance import LogGlance, ServerGlance
from ledger_service.persistence.storage.postgres.migrations import postgres_version
from ledger_service.persistence.storage.sqlite.glances import sqlite_glance
from ledger_service.persistence.storage.sqlite.migrations import sqlite_version
from ledger_service.persistence.write_counts import WriteCounts

if TYPE_CHECKING:
    from ledger_service.persistence.storage.postgres.notifications import (
        LogWatch,
        NotificationListener,
    )

_LOG_FILE = "log.sqlite"
_HEIR_FILE = "heir.sqlite"
_SCHEMA_PREFIX = "ledger_"
_HEIR_PREFIX = "heir_of_"
#: What PostgreSQL says of a lock that was not had in time: lock_not_available.
_LOCKED = "55P03"
_SCHEMA = re.compile(rf"{_SCHEMA_PREFIX}[a-z][a-z0-9_]{{0,39}}")

_NO_NAME = (
    "no ledger has such a name. One begins with a small letter and has small letters, digits "
    "and hyphens, 40 at most."
)

_log = logging.getLogger(__name__)


class StoreUnusable(LedgerError):
    """The store cannot be reached or used. The text says the remedy."""


class Store(Protocol):
    """What differs between the kinds of stores."""

    #: Whether other processes write the same logs.
    shared: bool
    #: What this process writes into them.
    counts: WriteCounts

    def names(self) -> list[str]:
        """The ledgers that have a log, in order. Raises StoreUnusable."""
        ...

    def there(self, names: Sequence[str]) -> Collection[str]:
        """Those of these ledgers that have a log, without a look at any other. Blocks. Raises
        PersistenceError.
        """
        ...

    def prepare(self, name: str) -> None:
        """Makes room for a new log. Raises Invalid when something else lies there."""
        ...

    def version(self, name: str) -> int:
        """The version of the tables of a log. Raises StoreUnusable."""
        ...

    def last_written(self, names: Sequence[str], count: int) -> list[str]:
        """So many of these ledgers, those that were written last as far as that is known."""
        ...

    def glances(self, names: Sequence[str]) -> dict[str, LogGlance]:
        """What can be seen of these logs without opening them, by name; without those that
        cannot be read. Blocks. Raises PersistenceError.
        """
        ...

    def size(self, names: Sequence[str]) -> int:
        """The bytes that the logs of these ledgers take. Raises PersistenceError."""
        ...

    def glance(self, name: str) -> LogGlance:
        """The same of one log. Raises StoreUnusable where it cannot be read, or
        PersistenceError.
        """
        ...

    def glance_around(self) -> ServerGlance | None:
        """What the server of the logs says of itself; None where there is none. Raises
        StoreUnusable.
        """
        ...

    def settle(self, name: str) -> None:
        """Makes the name of a new log durable."""
        ...

    def environment(self, name: str) -> dict[str, str]:
        """The settings by which the event sourcing library opens the log of a ledger."""
        ...

    def heir(self, name: str) -> dict[str, str]:
        """The same for a new, empty log, which is no ledger's before it takes the place of one.
        What is left of one that never did is removed.
        """
        ...

    def take_place(self, name: str, aside: str = "") -> None:
        """Puts the heir in the place of the log of a ledger, at once; that log lies `aside` from
        then on, if there is one. Both must be closed. Raises PersistenceError or OSError.
        """
        ...

    def place(self, name: str) -> str:
        """Where a log lies, in words."""
        ...

    def remedy(self, error: Exception) -> str:
        """What to do about a log that cannot be opened."""
        ...

    def failover_risk(self) -> str:
        """What can be lost when another machine takes over, with the remedy; empty for
        nothing.
        """
        ...

    def seen_folder(self, name: str, keys_dir: Path) -> Path:
        """The folder of what was last signed of a ledger, apart from its log."""
        ...

    def seen_folders(self, keys_dir: Path) -> list[Path]:
        """All folders with what was last signed of any ledger."""
        ...

    def watch(self, name: str) -> LogWatch | None:
        """Tells when other processes may have written a log; None where no other process does."""
        ...


class FolderStore:
    """Logs in the files `<name>/log.sqlite` of a folder."""

    shared = False

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.counts = WriteCounts()
        # Of who looks for ledgers, one at a time.
        self._foreign: set[str] = set()

    def names(self) -> list[str]:
        found = set(filter(self._has_log, names_in(self._folder)))
        names = {each for each in found if LEDGER_NAME.fullmatch(each)}
        for each in sorted(found - names - self._foreign):
            _log.warning("The folder %r is left alone: %s", each, _NO_NAME)
        self._foreign = found - names
        return sorted(names)

    def there(self, names: Sequence[str]) -> Collection[str]:
        return {*filter(self._has_log, names)}

    def prepare(self, name: str) -> None:
        make_folder(self._folder / name)
        sync_folder(self._folder)

    def version(self, name: str) -> int:
        path = quote(self.place(name))
        try:
            with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as file:
                return sqlite_version(file.cursor())
        except sqlite3.Error as error:
            raise StoreUnusable(
                f"The log {self.place(name)} cannot be read: {error}. {self.remedy(error)}"
            ) from error

    def last_written(self, names: Sequence[str], count: int) -> list[str]:
        return heapq.nlargest(count, names, key=self._written)

    def glances(self, names: Sequence[str]) -> dict[str, LogGlance]:
        found = {}
        for name in names:
            with suppress(StoreUnusable):
                found[name] = self.glance(name)
        return found

    def size(self, names: Sequence[str]) -> int:
        logs = (Path(self.place(name)) for name in names)
        return sum(
            _size(file) for log in logs for file in (log, log.with_name(f"{_LOG_FILE}-wal"))
        )

    def _has_log(self, name: str) -> bool:
        return os.path.exists(self.place(name))  # noqa: PTH110 - there may be many

    def _written(self, name: str) -> float:
        try:
            return os.stat(self.place(name)).st_mtime  # noqa: PTH116 - as above
        except OSError:
            return 0.0

    def glance(self, name: str) -> LogGlance:
        try:
            return sqlite_glance(Path(self.place(name)))
        except sqlite3.Error as error:
            raise StoreUnusable(
                f"The log {self.place(name)} cannot be read: {error}."
            ) from error

    def glance_around(self) -> None:
        """None: there is no server."""

    def settle(self, name: str) -> None:
        sync_folder(self._folder / name)

    def environment(self, name: str) -> dict[str, str]:
        return {
            "PERSISTENCE_MODULE": "ledger_service.persistence.storage.sqlite.recorder:SqliteLogFactory",
            "SQLITE_DBNAME": str(self._folder / name / _LOG_FILE),
        }

    def heir(self, name: str) -> dict[str, str]:
        make_folder(self._folder / name)
        heir = self._folder / name / _HEIR_FILE
        for each in (heir, *_beside(heir)):
            each.unlink(missing_ok=True)
        return {**self.environment(name), "SQLITE_DBNAME": str(heir)}

    def take_place(self, name: str, aside: str = "") -> None:
        log = self._folder / name / _LOG_FILE
        if aside:
            make_folder(self._folder / aside)
            old = self._folder / aside / _LOG_FILE
            old.unlink(missing_ok=True)
            old.hardlink_to(log)
            for here, there in zip(_beside(log), _beside(old), strict=True):
                if here.exists():
                    here.replace(there)
            sync_folder(old.parent)
        (self._folder / name / _HEIR_FILE).replace(log)
        sync_folder(log.parent)
        sync_folder(self._folder)

    def place(self, name: str) -> str:
        return f"{self._folder}/{name}/{_LOG_FILE}"

    def remedy(self, error: Exception) -> str:
        del error
        return "Restore it from a backup."

    def failover_risk(self) -> str:
        """Nothing: no other machine takes over."""
        return ""

    def seen_folder(self, name: str, keys_dir: Path) -> Path:
        del name
        return keys_dir

    def seen_folders(self, keys_dir: Path) -> list[Path]:
        return [keys_dir]

    def watch(self, name: str) -> None:
        """None: one process owns the folder."""


class DatabaseStore:
    """Logs in the schemas `ledger_<name>`, with `_` for each hyphen, of a PostgreSQL database.
    What is local to this process lies in a folder. Raises StoreUnusable.
    """

    shared = True

    def __init__(self, url: str, folder: Path, *, replica: bool = False) -> None:
        if find_spec("psycopg") is None or find_spec("psycopg_pool") is None:
            raise StoreUnusable(
                "A ledger in PostgreSQL needs more packages. Install them with: "
                "pip install 'diplomatic-ledger[server,postgres]'"
            )
        if url == "sqlite":
            raise StoreUnusable(
                "A service that only reads needs a replica: name its URL with --store."
            )
        self._url = url
        self._folder = folder
        self._replica = replica
        self.counts = WriteCounts()
        # Of who looks for ledgers, one at a time.
        self._foreign: set[str] = set()
        # Made by who opens the first ledger; it guards itself.
        self._listener: NotificationListener | None = None

    def names(self) -> list[str]:
        from ledger_service.persistence.storage.postgres.datastore import schemas  # noqa: PLC0415

        found, foreign = schemas(self._url, _SCHEMA_PREFIX)
        names = [each for each in found if _SCHEMA.fullmatch(each)]
        misnamed = {*found} - {*names}
        for each in sorted(foreign - misnamed - self._foreign):
            _log.warning(
                "The schema %r is not that of a ledger: its table head has other columns. It "
                "is left alone; rename it if a ledger shall have its name.",
                each,
            )
        for each in sorted(misnamed - self._foreign):
            _log.warning("The schema %r is left alone: %s", each, _NO_NAME)
        self._foreign = foreign | misnamed
        return [each.removeprefix(_SCHEMA_PREFIX).replace("_", "-") for each in names]

    def there(self, names: Sequence[str]) -> Collection[str]:
        from ledger_service.persistence.storage.postgres.datastore import schemas_among  # noqa: PLC0415

        by_schema = {schema_of(name): name for name in names}
        return {by_schema[schema] for schema in schemas_among(self._url, [*by_schema])}

    def prepare(self, name: str) -> None:
        if schema_of(name) in self._foreign:
            problem = (
                f"{name!r} cannot be had, since the schema {schema_of(name)} is not that of a "
                "ledger. Choose another name."
            )
            raise Invalid((Violation("ledger", problem),))
        make_folder(self._folder / name)

    def version(self, name: str) -> int:
        from ledger_service.persistence.storage.postgres.datastore import PostgresLogDatastore  # noqa: PLC0415

        with closing(PostgresLogDatastore(self._url, schema_of(name))) as datastore:
            return postgres_version(datastore) or 0

    def last_written(self, names: Sequence[str], count: int) -> list[str]:
        """The first ones: to ask each log takes as long as to open it."""
        return list(names[:count])

    def glances(self, names: Sequence[str]) -> dict[str, LogGlance]:
        from ledger_service.persistence.storage.postgres.glances import postgres_glances  # noqa: PLC0415

        by_schema = {schema_of(name): name for name in names}
        seen = postgres_glances(self._url, by_schema)
        return {by_schema[schema]: glance for schema, glance in seen.items()}

    def size(self, names: Sequence[str]) -> int:
        from ledger_service.persistence.storage.postgres.sizes import size_of_schemas  # noqa: PLC0415

        return size_of_schemas(self._url, [schema_of(name) for name in names])

    def glance(self, name: str) -> LogGlance:
        from ledger_service.persistence.storage.postgres.glances import postgres_glance  # noqa: PLC0415

        return postgres_glance(self._url, schema_of(name))

    def glance_around(self) -> ServerGlance:
        import psycopg  # noqa: PLC0415 - an extra has it

        from ledger_service.persistence.storage.postgres.glances import glance_at_server  # noqa: PLC0415

        try:
            return glance_at_server(self._url)
        except psycopg.Error as error:
            raise StoreUnusable(f"The database cannot be reached: {error}") from error

    def settle(self, name: str) -> None:
        """Does nothing: the database has done it."""

    def heir(self, name: str) -> dict[str, str]:
        from ledger_service.persistence.storage.postgres.datastore import drop_schema  # noqa: PLC0415

        schema = f"{_HEIR_PREFIX}{schema_of(name)}"
        drop_schema(self._url, schema)
        make_folder(self._folder / name)
        return {**self.environment(name), "POSTGRES_SCHEMA": schema}

    def take_place(self, name: str, aside: str = "") -> None:
        from ledger_service.persistence.storage.postgres.datastore import rename_schemas  # noqa: PLC0415

        schema = schema_of(name)
        renamed = [(f"{_HEIR_PREFIX}{schema}", schema)]
        if aside:
            make_folder(self._folder / aside)
            renamed.insert(0, (schema, schema_of(aside)))
        rename_schemas(self._url, renamed)

    def environment(self, name: str) -> dict[str, str]:
        from ledger_service.persistence.storage.postgres import recorder as postgres  # noqa: PLC0415

        return {
            "PERSISTENCE_MODULE": "ledger_service.persistence.storage.postgres.recorder:PostgresLogFactory",
            postgres.URL: self._url,
            postgres.READ_ONLY: "yes" if self._replica else "",
            "POSTGRES_SCHEMA": schema_of(name),
            # The library asks for these; the URL has them.
            "POSTGRES_DBNAME": "",
            "POSTGRES_HOST": "",
            "POSTGRES_USER": "",
            "POSTGRES_PASSWORD": "",
        }

    def place(self, name: str) -> str:
        return f"the schema {schema_of(name)} of the database"

    def remedy(self, error: Exception) -> str:
        if "max_connections" in str(error):
            return ""  # it stands there
        if getattr(error.__cause__, "sqlstate", None) == _LOCKED:
            return "Somebody holds a lock on its tables. It is opened once that is given up."
        if isinstance(error, InterfaceError | OperationalError):
            return "See that the server runs and that the role of the URL may connect."
        return (
            "See that the role of the URL may use the schema, and that its tables are whole; "
            "if they are not, restore the database from a backup."
        )

    def failover_risk(self) -> str:
        from ledger_service.persistence.storage.postgres.standbys import standby_risk  # noqa: PLC0415

        return "" if self._replica else standby_risk(self._url)

    def seen_folder(self, name: str, keys_dir: Path) -> Path:
        """A folder of this process: each process keeps what it has seen by itself."""
        del keys_dir
        return self._folder / name

    def seen_folders(self, keys_dir: Path) -> list[Path]:
        del keys_dir
        return sorted(self._folder.iterdir())

    def watch(self, name: str) -> LogWatch:
        from ledger_service.persistence.storage.postgres.notifications import (  # noqa: PLC0415
            LogWatch,
            NotificationListener,
        )

        if self._listener is None and not self._replica:
            self._listener = NotificationListener(self._url)
        return LogWatch(schema_of(name), self._listener)


def _beside(file: Path) -> list[Path]:
    """What SQLite has beside a file while it is open."""
    return [file.with_name(f"{file.name}{suffix}") for suffix in ("-wal", "-shm")]


def _size(file: Path) -> int:
    try:
        return file.stat().st_size
    except OSError:
        return 0  # removed just now


def schema_of(name: str) -> str:
    """The schema of a ledger. No two ledgers share one, since names of ledgers have no `_`."""
    return f"{_SCHEMA_PREFIX}{name.replace('-', '_')}"
