"""A service under load is backed up, its disk is lost, and the ledger goes on from the backup:
with the commands of an operator, and nothing else.
"""

import asyncio
import os
import re
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from diplomatic_ledger import LedgerClient
from diplomatic_ledger.v1.entries_pb2 import EntryState, Party
from diplomatic_ledger.v1.items_pb2 import NewEntry, RecordItem

from tests.support import programs
from tests.support.processes import Process

NAME = "talks"


class Said(NamedTuple):
    code: int
    text: str


def run(folder: Path, *command: str) -> Said:
    env = {
        **os.environ,
        "LEDGER_DATA_DIR": str(folder / "data"),
        "LEDGER_KEYS_DIR": str(folder / "keys"),
    }
    done = programs.ledger_service(*command, env=env, timeout=120)
    return Said(done.returncode, done.stdout + done.stderr)


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Process]:
    process = Process(tmp_path, LEDGER_BACKUP_DIR=str(tmp_path / "own"))
    yield process
    if process.process.poll() is None:
        process.stop()


def a_party(number: int) -> RecordItem:
    state = EntryState(party=Party(name=f"Party {number}", kind="PARTY_KIND_STATE"))
    return RecordItem(entry=NewEntry(entry_id=f"p{number}", state=state))


def wait_for(folder: Path) -> None:
    """Returns once there is a set in a folder of backups."""
    end = time.monotonic() + 60
    while not list(folder.glob("*/manifest.json")):
        assert time.monotonic() < end
        time.sleep(0.1)


async def test_a_ledger_goes_on_from_a_backup_that_was_made_under_load(
    tmp_path: Path, service: Process
) -> None:
    sets = str(tmp_path / "sets")
    recorded = 0
    async with LedgerClient(service.address()) as client:
        await client.create_ledger(NAME, title="Talks")

        async def load() -> None:
            nonlocal recorded
            while True:
                await client.record(NAME, [a_party(recorded)])
                recorded += 1

        loading = asyncio.create_task(load())
        said = await asyncio.to_thread(run, tmp_path, "backup", "--to", sets)
        loading.cancel()
        assert said.code == 0, said
        await asyncio.to_thread(wait_for, tmp_path / "own" / NAME)
    service.stop()
    last = int((tmp_path / "keys" / f"{NAME}.seen").read_text().splitlines()[1])
    shutil.rmtree(tmp_path / "data" / "ledgers" / NAME)  # the disk is lost

    verified = run(tmp_path, "backup", "verify", "--from", sets)
    assert verified.code == 0, verified
    assert run(tmp_path, "backup", "verify", "--from", str(tmp_path / "own")).code == 0
    restored = run(tmp_path, "restore", "--from", sets)
    position = int(restored.text.partition(" records of the set")[0].rpartition(" ")[2])
    assert 1 <= position <= last
    if position < last:
        assert restored.code == 3, restored
        assert re.search(
            rf"\b{last - position} records? at least (is|are) missing", restored.text
        )
    again = run(tmp_path, "restore", "--from", sets)
    assert (again.code, "Nothing is overwritten" in again.text) == (1, True)

    second = Process(tmp_path)
    try:
        async with LedgerClient(second.address()) as client:
            assert (await client.ledger(NAME)).position == position
            party = await client.entry(NAME, f"p{position - 2}")
            assert party.last_version == 1
    finally:
        second.stop()
