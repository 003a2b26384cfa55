"""A log remembers where it lives. Found elsewhere it is only read, until an operator says that it
moved there for good.
"""

import asyncio
import shutil
import sqlite3
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import psycopg
import pytest

from ledger_service.application import home_watch, moving
from ledger_service.application.ledger import Ledger
from ledger_service.application.ledgers import Ledgers
from ledger_service.application.successions import Successions
from ledger_service.domain.values.refusals import LedgerElsewhere, UnusableKey
from ledger_service.persistence.signing.home import mark_as_copy
from tests.support.examples import a_command, a_party, entry
from tests.support.ledgers_on_disk import Clock, all_ledgers

NAME = "us-dprk"
Opening = Callable[..., Awaitable[Ledger]]


@pytest.fixture
async def opening(clock: Clock) -> Any:
    """Opens the ledger of a folder, and closes it in the end. One of a folder that has none is
    made.
    """
    opened: list[Ledgers] = []

    async def open_(folder: Path, store: str = "sqlite") -> Ledger:
        ledgers = all_ledgers(folder, clock, checkpoint_seconds=0, store=store)
        ledgers.open()
        opened.append(ledgers)
        if not ledgers.list() and not ledgers.left_out():
            await ledgers.create(NAME, "Talks")
        return ledgers.get(NAME)

    async def close() -> None:
        while opened:
            await opened.pop().close()

    open_.close = close  # type: ignore[attr-defined]
    yield open_
    await close()


async def recorded(ledger: Ledger, entry_id: str) -> int:
    answer = await ledger.record(a_command(entry(entry_id, a_party())))
    return answer.position


async def a_ledger_in(folder: Path, opening: Any) -> Path:
    """A closed ledger of two records, both signed."""
    await recorded(await opening(folder), "us")
    await opening.close()
    return folder


def log_in(folder: Path) -> Path:
    return folder / "data/ledgers" / NAME / "log.sqlite"


def copy_of(folder: Path, to: Path, *, keys: bool = True) -> Path:
    shutil.copytree(folder / "data", to / "data")
    if keys:
        shutil.copytree(folder / "keys", to / "keys")
    return to


def what_the_keys_say(folder: Path) -> dict[str, bytes]:
    return {each.name: each.read_bytes() for each in sorted((folder / "keys").iterdir())}


async def test_a_staging_copy_is_read_and_neither_recorded_in_nor_signed(
    tmp_path: Path, opening: Any
) -> None:
    original = await a_ledger_in(tmp_path / "live", opening)
    staging = copy_of(original, tmp_path / "staging")
    before = what_the_keys_say(staging)
    copy = await opening(staging)
    with pytest.raises(LedgerElsewhere) as refused:
        await recorded(copy, "dprk")
    assert "ledger-service ledger adopt us-dprk; to try" in str(refused.value)
    assert "its file is another one" in str(refused.value)
    with pytest.raises(LedgerElsewhere):
        await copy.rotate_key("Yearly change.")
    assert copy.head.position == 2
    assert (await copy.audit.checkpoint(2)).checkpoint.size == 2  # it was signed at home
    (problem,) = copy.health.health.problems()
    assert (problem.part, problem.usable) == ("home", False)
    assert "ledger adopt" in problem.text
    await opening.close()
    assert what_the_keys_say(staging) == before
    assert await recorded(await opening(original), "dprk") == 3  # where it lives it goes on


async def test_a_log_that_moved_goes_on_once_an_operator_says_so(
    tmp_path: Path, opening: Any
) -> None:
    original = await a_ledger_in(tmp_path / "old", opening)
    moved = await opening(copy_of(original, tmp_path / "new"))
    await moved.adopt()
    assert await recorded(moved, "dprk") == 3
    assert moved.audit.newest.checkpoint.size == 3
    assert moved.health.health.problems() == []
    await moved.adopt()  # once more changes nothing
    await opening.close()
    assert await recorded(await opening(tmp_path / "new"), "un") == 4


async def test_where_a_copy_was_adopted_with_the_same_keys_its_original_stops(
    tmp_path: Path, opening: Any
) -> None:
    original = await a_ledger_in(tmp_path / "old", opening)
    moved = copy_of(original, tmp_path / "new", keys=False)
    (moved / "keys").symlink_to(original / "keys")
    await (await opening(moved)).adopt()
    await opening.close()
    with pytest.raises(LedgerElsewhere, match="the keys have another mark"):
        await recorded(await opening(original), "dprk")


async def test_another_number_of_the_device_is_no_other_place(
    tmp_path: Path, opening: Any
) -> None:
    folder = await a_ledger_in(tmp_path, opening)
    with sqlite3.connect(log_in(folder)) as file:
        changed = file.execute(
            "UPDATE home SET place = json_set(place, '$.device', '9:99')"
        ).rowcount
    assert changed == 1
    assert await recorded(await opening(folder), "dprk") == 3


async def test_what_is_copied_back_into_the_file_is_at_home(
    tmp_path: Path, opening: Any
) -> None:
    folder = await a_ledger_in(tmp_path, opening)
    backup = tmp_path / "backup.sqlite"
    shutil.copy(log_in(folder), backup)
    shutil.copy(backup, log_in(folder))
    assert await recorded(await opening(folder), "dprk") == 3


async def test_a_file_that_takes_the_place_of_another_is_a_copy(
    tmp_path: Path, opening: Any
) -> None:
    folder = await a_ledger_in(tmp_path, opening)
    backup = tmp_path / "backup.sqlite"
    shutil.copy(log_in(folder), backup)
    backup.replace(log_in(folder))
    with pytest.raises(LedgerElsewhere):
        await recorded(await opening(folder), "dprk")


async def test_a_copy_without_keys_is_read_and_not_adopted(
    tmp_path: Path, opening: Any
) -> None:
    original = await a_ledger_in(tmp_path / "live", opening)
    copy = await opening(copy_of(original, tmp_path / "staging", keys=False))
    assert len(copy.reader.records(1, 2)) == 2
    with pytest.raises(UnusableKey, match="is missing"):
        await copy.adopt()
    with pytest.raises(LedgerElsewhere):
        await recorded(copy, "dprk")


async def test_an_adopted_copy_that_lacks_what_was_signed_is_not_trusted(
    tmp_path: Path, opening: Any
) -> None:
    folder = await a_ledger_in(tmp_path, opening)
    backup = tmp_path / "backup.sqlite"
    shutil.copy(log_in(folder), backup)
    await recorded(await opening(folder), "dprk")
    await opening.close()
    backup.replace(log_in(folder))
    restored = await opening(folder)
    assert restored.audit.distrusted == ""  # what was signed at home is not held against a copy
    await restored.adopt()
    assert "a checkpoint over 3 records was signed" in restored.audit.distrusted
    assert restored.not_recording == ""


async def test_what_a_copy_finds_wrong_is_not_held_against_the_log_at_home(
    tmp_path: Path, opening: Any
) -> None:
    original = await a_ledger_in(tmp_path / "live", opening)
    staging = copy_of(original, tmp_path / "staging", keys=False)
    (staging / "keys").symlink_to(original / "keys")
    with sqlite3.connect(log_in(staging)) as file:
        file.execute("UPDATE stored_events SET leaf_hash = zeroblob(32) WHERE rowid = 2")
    file.close()
    assert "were changed" in (await opening(staging)).audit.distrusted
    await opening.close()
    assert await recorded(await opening(original), "dprk") == 3


async def test_a_log_of_older_tables_takes_the_place_where_it_is_opened_first(
    tmp_path: Path, opening: Any
) -> None:
    folder = await a_ledger_in(tmp_path / "old", opening)
    (folder / "keys" / f"{NAME}.home").unlink()
    with sqlite3.connect(log_in(folder)) as file:
        file.execute("DROP TABLE home")
        file.execute("PRAGMA user_version = 2")
    file.close()
    assert await recorded(await opening(folder), "dprk") == 3
    await opening.close()
    with pytest.raises(LedgerElsewhere):
        await recorded(await opening(copy_of(folder, tmp_path / "new")), "un")


async def test_a_log_that_was_marked_as_a_copy_waits_for_its_operator(
    tmp_path: Path, opening: Any
) -> None:
    folder = await a_ledger_in(tmp_path, opening)
    with moving.opened(moving.store("sqlite", folder / "data"), NAME) as log:
        mark_as_copy(log)
    restored = await opening(folder)
    with pytest.raises(LedgerElsewhere, match="copied or restored here"):
        await recorded(restored, "dprk")
    await restored.adopt()
    assert await recorded(restored, "dprk") == 3


async def test_a_dump_in_another_database_of_the_cluster_does_not_sign(
    tmp_path: Path, postgres: str, opening: Any
) -> None:
    await recorded(await opening(tmp_path, postgres), "us")
    await opening.close()
    other = another_database(postgres)
    (tmp_path / "other").mkdir()
    (tmp_path / "other/keys").symlink_to(tmp_path / "keys")
    copy = await opening(tmp_path / "other", other)
    with pytest.raises(LedgerElsewhere, match="the database has another name"):
        await recorded(copy, "dprk")
    await copy.adopt()
    assert await recorded(copy, "dprk") == 3


async def test_a_log_that_was_copied_into_a_database_goes_on_there_and_nowhere_else(
    tmp_path: Path, postgres: str, opening: Any
) -> None:
    folder = await a_ledger_in(tmp_path, opening)
    list(moving.copy(folder / "data", NAME, postgres))
    (tmp_path / "other").mkdir()
    (tmp_path / "other/keys").symlink_to(folder / "keys")
    copy = await opening(tmp_path / "other", postgres)
    with pytest.raises(LedgerElsewhere, match="copied or restored here"):
        await recorded(copy, "dprk")
    await copy.adopt()
    assert await recorded(copy, "dprk") == 3
    await opening.close()
    with pytest.raises(LedgerElsewhere, match="the keys have another mark"):
        await recorded(await opening(folder), "dprk")


def another_database(url: str) -> str:
    """The same database once more, under another name."""
    base, _, name = url.partition("?")[0].rpartition("/")
    query = url.partition("?")[2]
    with psycopg.connect(url, autocommit=True, dbname="template1") as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {name}_copy".encode())
        connection.execute(f"CREATE DATABASE {name}_copy TEMPLATE {name}".encode())
    return f"{base}/{name}_copy" + (f"?{query}" if query else "")


async def test_what_one_service_adopts_in_a_database_the_others_take_up(
    tmp_path: Path, postgres: str, opening: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(home_watch, "_SECONDS", 0.01)
    await recorded(await opening(tmp_path, postgres), "us")
    await opening.close()
    with moving.opened(moving.store(postgres, tmp_path / "data"), NAME) as log:
        mark_as_copy(log)
    (tmp_path / "other").mkdir()
    (tmp_path / "other/keys").symlink_to(tmp_path / "keys")
    one, another = (
        await opening(tmp_path, postgres),
        await opening(tmp_path / "other", postgres),
    )
    another.follow_others()
    await one.adopt()
    async with asyncio.timeout(10):
        while another.not_recording:  # noqa: ASYNC110 - nobody tells
            await asyncio.sleep(0.01)
    assert await recorded(another, "dprk") == 3
    assert another.audit.newest.checkpoint.size == 3


async def test_another_file_that_is_taken_for_the_log_while_it_is_open_is_a_copy(
    tmp_path: Path, opening: Any
) -> None:
    ledger = await opening(tmp_path)
    await recorded(ledger, "us")
    backup = tmp_path / "backup.sqlite"
    with sqlite3.connect(log_in(tmp_path)) as file, sqlite3.connect(backup) as copy:
        file.backup(copy)
    file.close()
    copy.close()
    backup.replace(log_in(tmp_path))
    ledger.audit.withdraw("Another file lies there.")
    assert (await ledger.audit.check()).findings == []  # the operator takes it for the log
    with pytest.raises(LedgerElsewhere):
        await recorded(ledger, "dprk")
    await ledger.adopt()
    assert await recorded(ledger, "dprk") == 3


async def test_a_copy_without_keys_can_be_forked(
    tmp_path: Path, opening: Any, clock: Clock
) -> None:
    original = await a_ledger_in(tmp_path / "live", opening)
    copy_of(original, tmp_path / "staging", keys=False)
    ledgers = all_ledgers(tmp_path / "staging", clock, checkpoint_seconds=0)
    ledgers.open()
    made = await Successions(ledgers).fork(NAME, "trial", "For trying.")
    assert made.bequest.upto == 2
    assert await recorded(made.ledger, "dprk") == 4
    with pytest.raises(LedgerElsewhere):
        await recorded(ledgers.get(NAME), "dprk")
    await ledgers.close()
