"""A file of views is closed though somebody reads it."""

from __future__ import annotations

import sqlite3
import threading
from pathlib import Path

import pytest

from ledger_service.domain.values.refusals import ViewsFailed
from ledger_service.projections.database import ViewsDatabase

#: Far more than it should take: what counts is that it ends at all.
_SOON = 20.0
_WITHOUT_END = (
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n"
)


class Reading:
    """A read that does not look whether it is wanted, in a thread of its own."""

    def __init__(self, database: ViewsDatabase, statements: list[str]) -> None:
        self.begun, self.released = threading.Event(), threading.Event()
        self.error: Exception | None = None
        self._database = database
        self._statements = statements
        self.thread = threading.Thread(target=self._read, daemon=True)
        self.thread.start()

    def _look(self) -> bool:
        self.begun.set()
        return self.released.is_set()

    def _read(self) -> None:
        try:
            with self._database.reading() as connection:
                connection.set_progress_handler(self._look, 1_000)
                for statement in self._statements:
                    try:
                        connection.execute(statement).fetchall()
                    except sqlite3.OperationalError:
                        if statement is self._statements[-1]:
                            raise
        except ViewsFailed as error:
            self.error = error


@pytest.fixture
def failures() -> list[sqlite3.Error]:
    return []


@pytest.fixture
def database(tmp_path: Path, failures: list[sqlite3.Error]) -> ViewsDatabase:
    return ViewsDatabase(tmp_path / "views.sqlite", failures.append)


@pytest.mark.parametrize("many", [1, 2], ids=["one statement", "another one after it"])
def test_closing_interrupts_what_reads(
    database: ViewsDatabase, failures: list[sqlite3.Error], many: int
) -> None:
    reads = [Reading(database, [_WITHOUT_END + " " * n for n in range(many)]) for _ in range(3)]
    closing = threading.Thread(target=database.close, daemon=True)
    try:
        for each in reads:
            assert each.begun.wait(_SOON)
        closing.start()
        closing.join(_SOON)
        assert not closing.is_alive()
    finally:
        for each in reads:
            each.released.set()
            each.thread.join(_SOON)
    assert [type(each.error) for each in reads] == [ViewsFailed] * 3
    # Nothing is wrong with the file, so it need not be made anew.
    assert failures == []
    with pytest.raises(ViewsFailed), database.reading():
        pass
