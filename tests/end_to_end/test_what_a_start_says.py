"""What a service does to the tables of a log stands in its own log."""

import sqlite3
from pathlib import Path
from typing import Any

import pytest
from diplomatic_ledger import SyncLedgerClient

from tests.support.processes import Process

NAME = "us-dprk"


def said(process: Process) -> list[tuple[str, str]]:
    return [(line["level"], line["event"]) for line in process.lines()]


def test_tables_that_are_made_in_a_database_are_told_of(start: Any, postgres: str) -> None:
    service = start(LEDGER_STORE=postgres)
    with SyncLedgerClient(service.address()) as client:
        client.create_ledger(NAME, "Talks")
    assert service.stop() == 0
    made = "Migrating the schema ledger_us_dprk to version 1: makes the tables of the log."
    assert said(service).count(("info", made)) == 1


@pytest.mark.parametrize(("level", "told"), [("info", True), ("warning", False)])
def test_a_migration_at_the_start_is_told_of_at_level_info(
    start: Any, tmp_path: Path, level: str, told: bool
) -> None:
    service = start()
    with SyncLedgerClient(service.address()) as client:
        client.create_ledger(NAME, "Talks")
    assert service.stop() == 0
    log = tmp_path / "data/ledgers" / NAME / "log.sqlite"
    with sqlite3.connect(log) as file:
        file.execute("PRAGMA user_version = 0")  # as it was made before there were versions

    service = start(LEDGER_LOG_LEVEL=level)
    service.address()
    assert service.stop() == 0
    moved = f"Migrating the file {log} to version 1: makes the tables of the log."
    assert (("info", moved) in said(service)) is told
