"""What is done to logs as a whole while nobody uses them: bringing their tables up to
date, and copying one into a database. Everything here blocks.
"""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, cast

from eventsourcing.persistence import InfrastructureFactory, PersistenceError
from eventsourcing.utils import Environment

from ledger_service.application.ledgers import FolderInUse
from ledger_service.persistence import copying
from ledger_service.persistence.log import LogRecorder
from ledger_service.persistence.migrations import Migration, missing
from ledger_service.persistence.stores import (
    DatabaseStore,
    FolderStore,
    Store,
    StoreUnusable,
    schema_of,
)

if TYPE_CHECKING:
    from ledger_service.persistence.postgres import PostgresLog


class Pending(NamedTuple):
    """A log, and the steps that its tables still need."""

    ledger: str
    steps: list[Migration]


def store(url: str, data_dir: Path) -> Store:
    """Where the logs of a setting lie. Raises StoreUnusable."""
    folder = data_dir / "ledgers"
    return FolderStore(folder) if url == "sqlite" else DatabaseStore(url, folder)


def pending(logs: Store) -> Iterator[Pending]:
    """What each log still needs. Raises SchemaTooNew, CopyUnfinished or StoreUnusable."""
    try:
        for name in logs.names():
            yield Pending(name, missing(logs.version(name), logs.place(name)))
    except PersistenceError as error:
        raise StoreUnusable(f"The logs cannot be reached: {error}") from error


def migrate(logs: Store, name: str) -> None:
    """Brings the tables of a log up to date; others may do so at the same time."""
    with _opened(logs, name):
        pass


def copy(data_dir: Path, name: str, url: str) -> Iterator[tuple[str, int]]:
    """Copies a ledger out of a data folder into a database, then checks both; what it is
    at and the position reached, after each step. Raises CopyImpossible, FolderInUse or
    StoreUnusable.
    """
    files = FolderStore(data_dir / "ledgers")
    if name not in files.names():
        raise copying.CopyImpossible(f"There is no ledger {name!r} in {data_dir}.")
    with ExitStack() as open_:
        open_.enter_context(_owned(data_dir))
        source = open_.enter_context(_opened(files, name))
        target = open_.enter_context(_target(url, name))
        for position in copying.copy(source, target):
            yield "copied", position
        for position in copying.check(source, target):
            yield "checked", position
        target.end_copy()


@contextmanager
def _owned(data_dir: Path) -> Iterator[None]:
    with (data_dir / "lock").open("ab") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise FolderInUse(f"A service uses the data folder {data_dir}. Stop it.") from None
        yield


@contextmanager
def _opened(logs: Store, name: str) -> Iterator[LogRecorder]:
    environment = {**logs.environment(name), "ORIGINATOR_ID_TYPE": "text"}
    factory = InfrastructureFactory.construct(Environment("Ledger", environment))
    with closing(factory):
        log = cast(LogRecorder, factory.application_recorder())
        log.reopen()
        yield log


@contextmanager
def _target(url: str, name: str) -> Iterator[PostgresLog]:
    DatabaseStore(url, Path())  # says what is missing
    from ledger_service.persistence.database import PostgresLogDatastore  # noqa: PLC0415
    from ledger_service.persistence.postgres import PostgresLog  # noqa: PLC0415

    with closing(PostgresLogDatastore(url, schema_of(name))) as datastore:
        try:
            log = PostgresLog(datastore)
            log.begin_copy()
        except PersistenceError as error:
            raise StoreUnusable(f"The database cannot be used: {error}") from error
        log.reopen()
        yield log
