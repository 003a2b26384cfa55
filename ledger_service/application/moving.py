"""Works on whole logs while nobody uses them: brings their tables up to date, and copies one
into a database. Everything here blocks.
"""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, cast

from eventsourcing.persistence import InfrastructureFactory, PersistenceError
from eventsourcing.utils import Environment

from ledger_service.application.ownership import FolderInUse
from ledger_service.domain.values.refusals import LedgerError
from ledger_service.persistence.integrity import copying
from ledger_service.persistence.private import open_lock
from ledger_service.persistence.signing.home import mark_as_copy
from ledger_service.persistence.storage.log import LogRecorder
from ledger_service.persistence.storage.migrations import Migration, missing
from ledger_service.persistence.storage.postgres.migrations import (
    begin_copy,
    end_copy,
    postgres_version,
)
from ledger_service.persistence.storage.stores import (
    DatabaseStore,
    FolderStore,
    Store,
    StoreUnusable,
    schema_of,
)

if TYPE_CHECKING:
    from ledger_service.persistence.storage.postgres.datastore import PostgresLogDatastore


class Pending(NamedTuple):
    """A log, and the steps that its tables still need; or why these are not known."""

    ledger: str
    steps: list[Migration]
    problem: str = ""


def store(url: str, data_dir: Path) -> Store:
    """The store of a setting. Raises StoreUnusable."""
    folder = data_dir / "ledgers"
    return FolderStore(folder) if url == "sqlite" else DatabaseStore(url, folder)


def pending(logs: Store) -> Iterator[Pending]:
    """What each log still needs. A log that cannot be read does not affect the others. Raises
    StoreUnusable when none can be reached.
    """
    try:
        names = logs.names()
    except PersistenceError as error:
        raise StoreUnusable(f"The logs cannot be reached: {error}") from error
    for name in names:
        try:
            yield Pending(name, missing(logs.version(name), logs.place(name)))
        except Exception as error:  # noqa: BLE001 - a damaged file may do anything
            yield Pending(name, [], _problem(logs, name, error))


def migrate(logs: Store, name: str) -> str:
    """Brings the tables of a log up to date; other processes may do so at the same time.
    Returns why it failed; empty when it did not.
    """
    try:
        with opened(logs, name):
            return ""
    except Exception as error:  # noqa: BLE001 - as above
        return _problem(logs, name, error)


def _problem(logs: Store, name: str, error: Exception) -> str:
    if isinstance(error, LedgerError):
        return str(error)
    text = str(error).strip().rstrip(".") or type(error).__name__
    return f"The log {logs.place(name)} cannot be read: {text}. {logs.remedy(error)}".strip()


def copy(data_dir: Path, name: str, url: str) -> Iterator[tuple[str, int]]:
    """Copies a ledger out of a data folder into a database, then checks both. Yields, after
    each step, what it does and the position reached. A complete copy, which services may use
    already, is only checked. Raises CopyImpossible, FolderInUse, SchemaTooNew or
    StoreUnusable.
    """
    files = FolderStore(data_dir / "ledgers")
    if name not in files.names():
        raise copying.CopyImpossible(f"There is no ledger {name!r} in {data_dir}.")
    with ExitStack() as open_:
        open_.enter_context(owned(data_dir))
        source = open_.enter_context(opened(files, name))
        datastore = open_.enter_context(database_of(url, name))
        copies, target = copy_target(datastore)
        if copies:
            for position in copying.copy(source, target):
                yield "copied", position
        else:
            copying.refuse_to_go_on(source, target)
        for position in copying.check(source, target):
            yield "checked", position
        if copies:
            mark_as_copy(target)
            end_copy(datastore)


@contextmanager
def owned(data_dir: Path) -> Iterator[None]:
    """Locks a data folder, so that no service uses it. Raises FolderInUse."""
    with open_lock(data_dir / "lock") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise FolderInUse(f"A service uses the data folder {data_dir}. Stop it.") from None
        yield


@contextmanager
def opened(logs: Store, name: str) -> Iterator[LogRecorder]:
    """Opens a log by itself; its tables are made or brought up to date."""
    environment = {**logs.environment(name), "ORIGINATOR_ID_TYPE": "text"}
    factory = InfrastructureFactory.construct(Environment("Ledger", environment))
    with closing(factory):
        log = cast(LogRecorder, factory.application_recorder())
        log.reopen()
        yield log


def database_of(url: str, name: str) -> closing[PostgresLogDatastore]:
    """The schema of a ledger in a database. Raises StoreUnusable."""
    DatabaseStore(url, Path())  # says what is missing
    from ledger_service.persistence.storage.postgres.datastore import PostgresLogDatastore  # noqa: PLC0415

    return closing(PostgresLogDatastore(url, schema_of(name)))


def copy_target(datastore: PostgresLogDatastore) -> tuple[bool, LogRecorder]:
    """Whether something is to be copied, and where to. Raises StoreUnusable."""
    from ledger_service.persistence.storage.postgres.recorder import PostgresLog  # noqa: PLC0415

    try:
        copies = begin_copy(datastore)
        place = f"the schema {datastore.schema}"
        if not copies and missing(postgres_version(datastore) or 0, place):
            raise copying.CopyImpossible(
                f"The tables of {place} are older than this program. Run it first: "
                "ledger-service migrate"
            )
        log = PostgresLog(datastore)
        log.reopen()
    except PersistenceError as error:
        raise StoreUnusable(f"The database cannot be used: {error}") from error
    return copies, log
