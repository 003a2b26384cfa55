"""What was erased from an SQLite file is in no file afterwards, also where something came
between.
"""

import asyncio
import json
import shutil
import threading

import pytest

from ledger_service.domain.values.refusals import ErasureIncomplete
from ledger_service.persistence.storage.sqlite.recorder import SqliteLog
from ledger_service.projections.views import Views
from tests.support.examples import a_ledgerful
from tests.support.ledgers_on_disk import all_ledgers
from tests.support.sealed_acts import (
    SECRET,
    SOURCE,
    WHY,
    files_with,
    record,
    sealed_act,
)


def forms(value: str) -> list[bytes]:
    """How a text may lie in a file."""
    escaped = (json.dumps(value), json.dumps(value, ensure_ascii=False))
    inner = [text[1:-1].encode() for text in escaped]
    return [*inner, value.encode(), value.encode("utf-16-le"), value.encode("utf-16-be")]


@pytest.fixture
async def act(ledger):
    await record(ledger, *a_ledgerful()[:4])
    await record(ledger, sealed_act(), request_id="r-1")
    return ledger


async def test_value_and_salt_are_in_no_file_afterwards(act, ledgers, tmp_path) -> None:
    views = Views(act, ledgers.folder(act.name))
    views.start()
    await views.reach(act.head.position)
    assert views.history(act.head.position).versions("F001")
    (kept,) = act.reader.disclosures(act.head.position)
    assert files_with(tmp_path, *forms(SECRET)) != []
    assert files_with(tmp_path, kept.salt) != []
    await act.erase("F001", SOURCE, WHY)
    await views.reach(act.head.position)
    secrets = (*forms(SECRET), kept.salt, kept.salt.hex().encode())
    assert files_with(tmp_path, *secrets) == []
    assert files_with(tmp_path, b"colonel", "colonel".encode("utf-16-le")) == []
    await views.stop()
    await ledgers.close()
    assert files_with(tmp_path, *secrets) == []


async def test_a_reader_that_keeps_old_pages_is_told_of_and_waited_for(
    act, tmp_path, monkeypatch
) -> None:
    monkeypatch.setattr("ledger_service.persistence.recording.erasure._WAITS_SECONDS", ())
    reading, done = threading.Event(), threading.Event()

    def read() -> None:
        with act.log.datastore.transaction(commit=False) as cursor:
            cursor.execute("SELECT COUNT(*) FROM sealed_values")
            reading.set()
            done.wait(20)

    monkeypatch.setattr(
        "ledger_service.persistence.storage.sqlite.connections.LOCK_TIMEOUT_SECONDS", 0.1
    )
    act.log.datastore.pool.drop_idle()
    reader = asyncio.create_task(asyncio.to_thread(read))
    await asyncio.to_thread(reading.wait)
    with pytest.raises(ErasureIncomplete):
        await act.erase("F001", SOURCE, WHY)
    done.set()
    await reader
    assert (await act.erase("F001", SOURCE, WHY)).already_erased
    assert files_with(tmp_path, b"colonel") == []


async def test_an_erasure_that_was_cut_off_is_finished_at_the_next_start(
    act, tmp_path, clock, monkeypatch
) -> None:
    """The files as they are after the commit, before they are cleaned, are opened."""
    clean = SqliteLog.clean

    def copied_first(recorder: SqliteLog) -> bool:
        for part in ("data", "keys"):
            shutil.copytree(tmp_path / part, tmp_path / "cut off" / part)
        return clean(recorder)

    with monkeypatch.context() as patched:
        patched.setattr(SqliteLog, "clean", copied_first)
        await act.erase("F001", SOURCE, WHY)
    assert files_with(tmp_path / "data", b"colonel") == []
    assert files_with(tmp_path / "cut off", b"colonel") == ["log.sqlite-wal"]
    ledgers = all_ledgers(tmp_path / "cut off", clock)
    ledgers.open()
    ledger = ledgers.get(act.name)
    assert files_with(tmp_path / "cut off", b"colonel") == []
    assert [each.state for each in ledger.reader.sealed_fields(ledger.head.position)] == [
        "erased"
    ]
    await ledgers.close()
