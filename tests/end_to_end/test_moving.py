"""A ledger moves from files into PostgreSQL and stays what it is, to the byte."""

import sys
from pathlib import Path
from typing import Any

import psycopg
import pytest
from diplomatic_ledger import SyncLedgerClient
from diplomatic_ledger.json_form import read_item
from diplomatic_ledger.verify import Anchor, VerificationKey, verify_bag

from clients.examples.example import ARTICLES, LEDGER, PUBLIC_RECORD, record
from ledger_service.persistence.integrity import copying
from tests.support import programs

BIN = Path(sys.executable).parent


def export(address: str, folder: Path) -> dict[str, bytes]:
    done = programs.ledgerctl("--server", address, "--ledger", LEDGER, "export", folder)
    assert done.returncode == 0, done.stderr
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def test_a_copied_ledger_goes_on_and_exports_the_same_bytes(
    start: Any, tmp_path: Path, postgres: str
) -> None:
    service = start(LEDGER_CHECKPOINT_SECONDS="0")
    with SyncLedgerClient(service.address()) as client:
        record(client, ARTICLES)
        position = record(client, PUBLIC_RECORD)
        key = client.ledger(LEDGER).verification_key
    before = export(service.address(), tmp_path / "before")
    source = f"sqlite:{tmp_path}/data/{LEDGER}"
    copy = ("copy", "--from", source, "--to", postgres)

    refused = programs.ledger_service(*copy)
    assert refused.returncode == 1
    assert "Stop it." in refused.stderr
    assert service.stop() == 0
    for _ in range(2):  # a repetition only checks
        done = programs.ledger_service(*copy)
        assert done.returncode == 0, done.stderr
        assert done.stdout == f"{position} records lie in both, with the same hashes.\n"

    service = start(LEDGER_STORE=postgres, LEDGER_DATA_DIR=str(tmp_path / "other"))
    after = export(service.address(), tmp_path / "after")
    assert after == before
    key = VerificationKey.parse(key)
    assert verify_bag(tmp_path / "after", Anchor(keys=[key])).findings == []
    there = (
        "--store",
        postgres,
        "--data-dir",
        tmp_path / "other",
        "--keys-dir",
        tmp_path / "keys",
    )
    assert programs.ledger_service("ledger", "adopt", LEDGER, *there).returncode == 0
    with SyncLedgerClient(service.address()) as client:
        party = {"id": "later", "party": {"kind": "state", "name": "Later"}}
        again = client.record(LEDGER, [read_item(party)])
        assert again.recorded[0].position == position + 1
    assert service.stop() == 0


def test_an_interrupted_copy_is_not_served_and_goes_on(
    start: Any, tmp_path: Path, postgres: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ledger_service.application import moving

    service = start()
    with SyncLedgerClient(service.address()) as client:
        record(client, ARTICLES)
        position = record(client, PUBLIC_RECORD)
    assert service.stop() == 0
    monkeypatch.setattr(copying, "_REQUESTS_AT_ONCE", 1)
    going = moving.copy(tmp_path / "data", LEDGER, postgres)
    assert next(going) == ("copied", 1)
    next(going)
    going.close()

    service = start(LEDGER_STORE=postgres, LEDGER_DATA_DIR=str(tmp_path / "other"))
    with SyncLedgerClient(service.address()) as client:
        (listed,) = client.ledgers()
        assert "is not finished" in listed.untold
    assert service.stop() == 0
    assert "is not finished" in service.said()

    *_, last = moving.copy(tmp_path / "data", LEDGER, postgres)
    assert last == ("checked", position)


def test_a_copy_takes_no_more_records_at_once_than_it_must(
    start: Any, tmp_path: Path, postgres: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ledger_service.application import moving

    service = start()
    with SyncLedgerClient(service.address()) as client:
        first = record(client, ARTICLES)
        position = record(client, PUBLIC_RECORD)
    assert service.stop() == 0
    monkeypatch.setattr(copying, "_RECORDS_AT_ONCE", 2)
    steps = list(moving.copy(tmp_path / "data", LEDGER, postgres))
    reached = [at for done, at in steps if done == "copied"]
    assert reached == [1, first, position]
    assert steps[-1] == ("checked", position)


def test_a_copy_that_was_changed_is_found_out(
    start: Any, tmp_path: Path, postgres: str
) -> None:
    service = start()
    with SyncLedgerClient(service.address()) as client:
        record(client, ARTICLES)
    assert service.stop() == 0
    from ledger_service.application import moving

    assert list(moving.copy(tmp_path / "data", LEDGER, postgres))
    with psycopg.connect(postgres, autocommit=True) as database:
        database.execute(
            f"UPDATE ledger_{LEDGER.replace('-', '_')}.stored_events "
            "SET state = state || '!' WHERE notification_id = 3"
        )
    with pytest.raises(copying.CopyImpossible, match="position 3"):
        list(moving.copy(tmp_path / "data", LEDGER, postgres))


def test_migrations_are_told_before_they_are_made(tmp_path: Path, start: Any) -> None:
    import sqlite3

    service = start()
    with SyncLedgerClient(service.address()) as client:
        record(client, ARTICLES)
    assert service.stop() == 0
    migrate = ("migrate", "--data-dir", tmp_path / "data")
    up_to_date = f"1 ledger in {tmp_path / 'data'} is up to date.\n"
    assert programs.ledger_service(*migrate, "--check").stdout == up_to_date
    log = tmp_path / "data/ledgers" / LEDGER / "log.sqlite"

    def set_version(version: int) -> None:
        with sqlite3.connect(log) as file:
            file.execute(f"PRAGMA user_version = {version}")

    for earlier in (0, 1):  # with records, also as they were made before there were versions
        set_version(earlier)
        told = programs.ledger_service(*migrate, "--check")
        assert told.returncode == 1
        assert "commit 2d91251" in told.stderr
    for path in log.parent.glob("log.sqlite*"):
        path.unlink()
    log.touch(mode=0o600)
    told = programs.ledger_service(*migrate, "--check")
    assert told.returncode == 1
    assert told.stdout == (
        f"{LEDGER}: version 2 makes the tables of the log.\n"
        f"{LEDGER}: version 3 lets the log remember where it lives.\n"
    )
    assert programs.ledger_service(*migrate).returncode == 0
    assert programs.ledger_service(*migrate, "--check").returncode == 0
    set_version(7)
    newer = programs.ledger_service(*migrate, "--check")
    assert newer.returncode == 1
    assert "Run a newer program" in newer.stderr
