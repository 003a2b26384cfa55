"""A log in each store."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ledger_service.persistence.storage.log import LogRecorder
from ledger_service.persistence.storage.postgres.datastore import PostgresLogDatastore
from ledger_service.persistence.storage.postgres.recorder import PostgresLog
from ledger_service.persistence.storage.sqlite.connections import SqliteLogDatastore
from ledger_service.persistence.storage.sqlite.recorder import SqliteLog


@pytest.fixture(params=["sqlite", "postgres"])
def recorder(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[LogRecorder]:
    datastore: SqliteLogDatastore | PostgresLogDatastore
    if request.param == "sqlite":
        datastore = SqliteLogDatastore(str(tmp_path / "log.sqlite"))
        recorder: LogRecorder = SqliteLog(datastore)
    else:
        url = request.getfixturevalue("postgres")
        datastore = PostgresLogDatastore(url, "ledger_test")
        recorder = PostgresLog(datastore)
    recorder.create_table()
    recorder.reopen()
    yield recorder
    datastore.close()
