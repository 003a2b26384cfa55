"""Services that share ledgers in one database answer alike, whoever recorded what. Two
sets of ledgers in this process stand for two services.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import psycopg
import pytest

from ledger_service.application.ledger import Ledger
from ledger_service.application.ledgers import Ledgers
from ledger_service.application.log_application import LogApplication
from ledger_service.domain.values.refusals import (
    CutOutOfRange,
    EntryExists,
    LedgerDistrusted,
    LedgerExists,
    LedgerNotFound,
    ShuttingDown,
    VersionConflict,
)
from tests.support.examples import a_command, a_party, an_amendment, entry
from tests.support.ledgers_on_disk import Clock, all_ledgers
from tests.support.slow_tree import check_log

Two = tuple[Ledger, Ledger]


@pytest.fixture
async def services(
    tmp_path: Path, clock: Clock, postgres: str
) -> AsyncIterator[tuple[Ledgers, Ledgers]]:
    """Each has a data folder of its own; they share the keys."""
    (tmp_path / "keys").mkdir(mode=0o700)
    both = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "keys").symlink_to(tmp_path / "keys")
        both.append(all_ledgers(tmp_path / name, clock, checkpoint_seconds=0, store=postgres))
        both[-1].open()
    yield both[0], both[1]
    for each in both:
        await each.close()


@pytest.fixture
async def two(services: tuple[Ledgers, Ledgers]) -> Two:
    """One ledger as both see it."""
    first = await services[0].create("us-dprk", "US and North Korea")
    (second,) = services[1].open_new()
    return first, second


def party(name: str):
    return a_command(entry(name, a_party()))


async def test_a_ledger_that_one_made_is_found_by_the_other(services) -> None:
    made = await services[0].create("us-dprk", "US and North Korea")
    found = await services[1].create("us-dprk", "US and North Korea")
    assert found.identity == made.identity
    with pytest.raises(LedgerExists):
        await services[1].create("us-dprk", "Something else")


async def test_a_ledger_that_one_made_is_looked_for_by_the_other_when_it_is_asked_for(
    services,
) -> None:
    one, two = services
    made = await one.create("us-dprk", "US and North Korea")
    assert await two.look_for("us-dprk")
    assert two.is_closed("us-dprk")
    assert not await two.look_for("us-dprk"), "it is known by now"
    await two.open_closed("us-dprk")
    assert two.get("us-dprk").identity == made.identity
    await made.record(party("us"))
    assert await two.get("us-dprk").positions.reached(made.positions.token(2)) == 2


async def test_what_is_no_name_of_a_ledger_is_not_looked_for(
    services, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, two = services
    await one.create("us-dprk", "US and North Korea")
    asked = list[str]()

    def there(names: Sequence[str]) -> set[str]:
        asked.extend(names)
        return set()

    monkeypatch.setattr(two._looks, "_there", there)
    for name in ("us_dprk", "US-DPRK", "us-dprk ", "us%", "", "*", "a" * 41, "us-dprk\0"):
        assert not await two.look_for(name)
    assert asked == []
    assert not await two.look_for("us-dpr")
    assert asked == ["us-dpr"]


@pytest.mark.parametrize("name", ["us-dprk", "lost", "going", "left-out"])
async def test_what_is_known_here_is_not_looked_for(
    services, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    _, ledgers = services
    await ledgers.create("us-dprk", "US and North Korea")
    ledgers._unserved._lost["lost"] = None
    ledgers._going.add("going")
    ledgers._unserved.leave_out("left-out", OSError("No."))
    monkeypatch.setattr(ledgers._looks, "_there", lambda _: {name})
    assert not await ledgers.look_for(name)


async def test_a_table_of_another_kind_is_no_ledger_that_is_looked_for(
    services, postgres: str
) -> None:
    with psycopg.connect(postgres, autocommit=True) as connection:
        connection.execute("CREATE SCHEMA ledger_other")
        connection.execute("CREATE TABLE ledger_other.head (single INTEGER, other INTEGER)")
    assert not await services[1].look_for("other")


async def test_a_ledger_whose_first_record_is_not_written_is_not_there_and_then_it_is(
    services, tmp_path: Path, postgres: str, clock: Clock
) -> None:
    one, two = services
    log = LogApplication("us-dprk", one.store.environment("us-dprk"))
    log.close()  # its tables are there
    assert await two.look_for("us-dprk")
    await two.open_closed("us-dprk")
    with pytest.raises(LedgerNotFound):
        two.get("us-dprk")
    assert two.names() == []
    assert two.health.ledgers() == {}
    await one.create("us-dprk", "US and North Korea")
    assert await two.look_for("us-dprk")
    await two.open_closed("us-dprk")
    assert two.get("us-dprk").head.position == 1


async def test_a_service_that_is_closing_says_so_of_what_it_finds_and_opens_nothing(
    services,
) -> None:
    one, two = services
    await one.create("us-dprk", "US and North Korea")
    two.stop_opening()
    with pytest.raises(ShuttingDown):
        await two.look_for("us-dprk")
    assert not await two.look_for("nobody")
    assert two.names() == []


async def test_one_that_is_being_found_just_now_is_opened_once(
    services, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, two = services
    await one.create("us-dprk", "US and North Korea")
    opened, open_ = list[str](), two._ledger

    def opening(name: str, *how: Any) -> Ledger:
        opened.append(name)
        time.sleep(0.2)
        return open_(name, *how)

    monkeypatch.setattr(two, "_ledger", opening)

    async def ask() -> None:
        await asyncio.sleep(0.05)
        await two.look_for("us-dprk")
        await two.open_closed("us-dprk")

    await asyncio.gather(two.find(), *(ask() for _ in range(4)))
    assert opened == ["us-dprk"]
    assert two.names() == ["us-dprk"]


async def test_both_record_in_one_order(two: Two) -> None:
    first, second = two
    answers = [
        await (first, second)[number % 2].record(party(f"p{number}")) for number in range(6)
    ]
    assert [answer.position for answer in answers] == list(range(2, 8))
    for each in two:
        await each.follower.look_for(7)
        assert each.head.position == 7
        check_log(each)
    assert first.head == second.head
    assert first.reader.records(1, 7) == second.reader.records(1, 7)


async def test_each_decides_on_what_the_other_recorded(two: Two) -> None:
    first, second = two
    await first.record(party("us"))
    await second.record(a_command(an_amendment("us", a_party(name="USA"), expected_version=1)))
    with pytest.raises(VersionConflict) as conflict:
        await first.record(a_command(an_amendment("us", a_party(), expected_version=1)))
    assert conflict.value.actual == 2
    with pytest.raises(EntryExists):
        await second.record(party("us"))


async def test_a_request_is_recorded_once_whoever_gets_it(two: Two) -> None:
    _, second = two
    command = a_command(entry("", a_party()), request_id="r1")
    answers = await asyncio.gather(*(two[number % 2].record(command) for number in range(8)))
    assert len({answer.recorded for answer in answers}) == 1
    assert sum(not answer.already_recorded for answer in answers) == 1
    await second.follower.look_for(2)
    assert second.head.position == 2


async def test_who_waits_at_one_is_woken_by_the_other(two: Two) -> None:
    first, second = two
    second.follow_others()
    waiting = asyncio.create_task(second.wait_beyond(1))
    await asyncio.sleep(0.05)
    await first.record(party("us"))
    await asyncio.wait_for(waiting, 20)
    assert second.head == first.head


async def test_who_waits_is_woken_where_no_notification_comes(two: Two) -> None:
    first, second = two
    second.follow_others()
    await asyncio.sleep(0.3)  # until it listens
    first.log._notifies = False
    for position in (1, 2, 3):
        waiting = asyncio.create_task(second.wait_beyond(position))
        await first.record(party(f"p{position}"))
        await asyncio.wait_for(waiting, 20)
    assert second.head == first.head


async def test_who_waits_is_woken_though_the_listening_connection_is_lost(
    two: Two, postgres: str
) -> None:
    first, second = two
    second.follow_others()
    await asyncio.sleep(0.3)
    with psycopg.connect(postgres) as connection:
        ended = connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE query LIKE 'LISTEN %' AND pid <> pg_backend_pid()"
        ).fetchall()
    assert ended == [(True,)]
    for position in (1, 2):
        waiting = asyncio.create_task(second.wait_beyond(position))
        await first.record(party(f"p{position}"))
        await asyncio.wait_for(waiting, 20)
    assert second.head == first.head


async def test_a_token_of_one_is_known_to_the_other_at_once(two: Two) -> None:
    first, second = two
    await first.record(party("us"))
    token = first.positions.token(2)
    with pytest.raises(CutOutOfRange):
        second.positions.position_of(token)
    assert await second.positions.reached(token) == 2
    with pytest.raises(CutOutOfRange):
        await second.positions.reached(first.positions.token(3))


async def test_each_signs_on_from_what_the_other_signed(two: Two) -> None:
    first, second = two
    for number in range(4):
        await two[number % 2].record(party(f"p{number}"))
    sizes = [each.size for each in first.audit._signing._checkpoints.between(1, 99)]
    assert sizes == [1, 2, 3, 4, 5]
    assert not first.audit.distrusted
    assert not second.audit.distrusted
    assert (await first.audit.checkpoint(5)).note == (await second.audit.checkpoint(5)).note


async def test_a_key_that_one_made_signs_at_the_other_too(two: Two) -> None:
    first, second = two
    key, position = await first.rotate_key("Yearly change.")
    await second.record(party("us"))
    signed = await second.audit.checkpoint(position + 1)
    assert key in second.verification_keys
    assert len(signed.signatures) == 2
    assert not first.audit.distrusted


async def test_a_database_that_lost_records_is_read_only(two: Two, services) -> None:
    first, second = two
    await first.record(party("us"))
    await second.record(party("dprk"))
    log = second.log
    with log.head_lock():
        log.write("DELETE FROM stored_events WHERE {position} = {value}", 3)
        log.write("DELETE FROM requests WHERE last_position = {value}", 3)
        log.write("DELETE FROM checkpoints WHERE size = {value}", 3)
        log.write("UPDATE head SET position = {value}", 2)
    second.follow_others()
    async with asyncio.timeout(20):
        while not second.audit.distrusted:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    with pytest.raises(LedgerDistrusted):
        await second.record(party("cn"))


@pytest.mark.parametrize("entries", [1, 2, 3, 8])
async def test_the_entries_that_a_request_names_are_looked_up_by_one_query(
    two: Two, monkeypatch: pytest.MonkeyPatch, entries: int
) -> None:
    """Under the head lock each query is a way to the database that everybody waits for."""
    first, second = two
    names = [f"p{number}" for number in range(entries)]
    await first.record(a_command(*(entry(name, a_party()) for name in names)))
    await second.record(party("other"))
    log, looked_up = second.log, []
    read = log.read

    def reading(statement: str, *parameters: object) -> list[object]:
        if "originator_id" in statement.rsplit("WHERE", maxsplit=1)[-1] or "MAX(" in statement:
            looked_up.append(statement)
        return read(statement, *parameters)

    monkeypatch.setattr(log, "read", reading)
    await second.record(
        a_command(*(an_amendment(name, a_party(name="again")) for name in names))
    )
    assert len(looked_up) == 1
