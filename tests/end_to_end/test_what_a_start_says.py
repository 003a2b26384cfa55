"""What a service does to the tables of a log stands in its own log."""

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
    made = "Migrating the schema ledger_us_dprk to version 2: makes the tables of the log."
    assert said(service).count(("info", made)) == 1


@pytest.mark.parametrize(("level", "told"), [("info", True), ("warning", False)])
def test_a_migration_at_the_start_is_told_of_at_level_info(
    start: Any, tmp_path: Path, level: str, told: bool
) -> None:
    log = tmp_path / "data/ledgers" / NAME / "log.sqlite"
    log.parent.mkdir(parents=True, mode=0o700)
    log.touch(mode=0o600)  # as a start leaves it that is cut off before the tables are made

    service = start(LEDGER_LOG_LEVEL=level)
    service.address()
    assert service.stop() == 0
    moved = f"Migrating the file {log} to version 2: makes the tables of the log."
    assert (("info", moved) in said(service)) is told
