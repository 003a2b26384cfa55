"""Whoever is killed in the midst leaves nothing half done that passes as whole: no export,
and no copy of a ledger.
"""

import asyncio
import subprocess
import sys
import time
from collections.abc import Callable
from itertools import islice
from pathlib import Path
from typing import Any

import psycopg
import pytest
from diplomatic_ledger import SyncLedgerClient
from diplomatic_ledger.verify import Anchor, VerificationKey, verify_bag

from tests.benchmarks.corpus import items
from tests.support.examples import a_command, a_party, entry
from tests.support.ledgers_on_disk import Clock, all_ledgers
from tests.support.own_address import own_address

BIN = Path(sys.executable).parent
REQUESTS = 4_000
SCHEMA = "ledger_us_dprk"


def begin(*command: object) -> subprocess.Popen[str]:
    return subprocess.Popen(
        list(map(str, command)), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def kill_when(process: subprocess.Popen[Any], ripe: Callable[[], bool]) -> None:
    """Kills a process in the midst of its work."""
    end = time.monotonic() + 30
    while not ripe():
        assert process.poll() is None, process.stderr and process.stderr.read()
        assert time.monotonic() < end
        time.sleep(0.001)
    process.kill()
    assert process.wait(10) == -9


@pytest.fixture
def large(start: Any, tmp_path: Path) -> tuple[Any, VerificationKey]:
    """A service with a ledger whose export takes a while."""
    service = start(LEDGER_LISTEN=own_address())
    with SyncLedgerClient(service.address(), timeout=120) as client:
        client.create_ledger("large", "A large one")
        entries = items(5_000)
        while batch := list(islice(entries, 1_000)):
            client.record("large", batch)
        return service, VerificationKey.parse(client.ledger("large").verification_key)


def export(service: Any, bag: Path) -> subprocess.Popen[str]:
    return begin(BIN / "ledgerctl", "export", bag, "--server", service.address())


def test_an_export_whose_service_was_killed_is_no_export_until_it_went_on(
    large: Any, start: Any, tmp_path: Path
) -> None:
    service, key = large
    bag, partial = tmp_path / "bag", tmp_path / "bag.partial"
    address = service.address()
    exporting = export(service, bag)
    kill_when(service.process, (partial / "data/log/tile/0/003").exists)
    assert not bag.exists()
    assert verify_bag(partial, Anchor(keys=(key,))).findings

    assert start(LEDGER_LISTEN=address).address() == address
    _, told = exporting.communicate(timeout=60)
    assert exporting.returncode == 0, told
    assert verify_bag(bag, Anchor(keys=(key,))).findings == []


def test_an_export_that_was_killed_is_no_export_until_it_is_repeated(
    large: Any, tmp_path: Path
) -> None:
    service, key = large
    bag, partial = tmp_path / "bag", tmp_path / "bag.partial"
    kill_when(export(service, bag), (partial / "data/log/tile/0/003").exists)
    assert not bag.exists()
    assert verify_bag(partial, Anchor(keys=(key,))).findings

    again = export(service, bag)
    _, told = again.communicate(timeout=60)
    assert again.returncode == 0, told
    assert verify_bag(bag, Anchor(keys=(key,))).findings == []
    assert not partial.exists()


async def filled(folder: Path) -> int:
    """A ledger of many requests; its length."""
    ledgers = all_ledgers(folder, Clock())
    ledgers.open()
    ledger = await ledgers.create("us-dprk", "US and North Korea")
    commands = [a_command(entry(f"p{n}", a_party())) for n in range(REQUESTS)]
    for first in range(0, REQUESTS, 1_000):
        await asyncio.gather(*map(ledger.record, commands[first : first + 1_000]))
    await ledgers.close()
    return ledger.head.position


def copied(postgres: str) -> tuple[int, int]:
    """How far a copy is, and the version of its tables; 0 while it is not begun."""
    with psycopg.connect(postgres) as database:
        there = database.execute("SELECT to_regclass(%s)", (f"{SCHEMA}.head",)).fetchone()
        if there == (None,):
            return 0, 0
        found = database.execute(f"SELECT position, schema_version FROM {SCHEMA}.head")
        position, version = found.fetchall()[0]
        return int(position), int(version)


async def test_a_copy_that_was_killed_is_not_opened_and_goes_on(
    start: Any, tmp_path: Path, postgres: str
) -> None:
    position = await filled(tmp_path)
    source = f"sqlite:{tmp_path}/data/us-dprk"
    command = (BIN / "ledger-service", "copy", "--from", source, "--to", postgres)

    kill_when(begin(*command), lambda: copied(postgres)[0] > 0)
    reached, version = copied(postgres)
    assert 0 < reached < position
    assert version < 0
    service = start(LEDGER_STORE=postgres, LEDGER_DATA_DIR=str(tmp_path / "other"))
    service.address()
    assert service.stop() == 0
    assert "is not finished" in service.said()

    kill_when(begin(*command), lambda: copied(postgres)[0] == position)  # while it checks
    assert copied(postgres) == (position, version)

    done = begin(*command)
    said, told = done.communicate(timeout=60)
    assert said == f"{position} records lie in both, with the same hashes.\n", told
    assert copied(postgres) == (position, -version)
