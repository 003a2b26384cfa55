"""Views while a service runs: the ledger wakes them, whoever needs a position waits."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import closing
from pathlib import Path
from sqlite3 import Connection, connect
from typing import Any

import pytest

from ledger_service.application.ledger import Ledger
from ledger_service.domain.values.refusals import LedgerDistrusted, ShuttingDown, StorageFailed
from ledger_service.projections import versions
from ledger_service.projections.record_projection import ProjectedRecords
from ledger_service.projections.views import Views
from tests.support.examples import a_command
from tests.support.following import record_parties

PATIENCE_SECONDS = 10


@pytest.fixture
async def views(ledger: Ledger, folder: Path) -> AsyncIterator[Views]:
    views = Views(ledger, folder)
    views.start()
    yield views
    await views.stop()


async def reached(views: Views, position: int) -> None:
    await asyncio.wait_for(views.reach(position), PATIENCE_SECONDS)


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not holds():  # noqa: ASYNC110  # this state is only for looking at
            await asyncio.sleep(0.005)


async def test_views_follow_what_is_recorded(ledger: Ledger, views: Views) -> None:
    position = await record_parties(ledger, 1, 3)
    await reached(views, position)

    assert views.position == position
    assert list(views.history(position).parties()) == ["party-1", "party-2", "party-3"]


async def test_reach_waits_for_what_is_not_recorded_yet(ledger: Ledger, views: Views) -> None:
    waiting = asyncio.create_task(views.reach(4))
    await reached(views, ledger.head.position)
    await asyncio.sleep(0)
    assert not waiting.done()
    await record_parties(ledger, 1, 3)

    await asyncio.wait_for(waiting, PATIENCE_SECONDS)


async def test_each_waits_for_its_own_position(ledger: Ledger, views: Views) -> None:
    near, far = (asyncio.create_task(views.reach(position)) for position in (2, 3))
    await record_parties(ledger, 1, 1)
    await asyncio.wait_for(near, PATIENCE_SECONDS)

    assert not far.done()
    far.cancel()


async def test_what_comes_is_taken_in_together_but_at_once_when_somebody_waits(
    ledger: Ledger, views: Views, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ledger_service.projections.views._LINGER_SECONDS", 60)
    await reached(views, await record_parties(ledger, 1, 1_000))
    for n in range(1_001, 1_021):
        position = await record_parties(ledger, n, n)
    assert views.position < position
    await reached(views, position)

    assert len(list(views.history(position).parties())) == 1_020


async def test_waiting_can_be_given_up(ledger: Ledger, views: Views) -> None:
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(views.reach(1_000), 0.01)
    position = await record_parties(ledger, 1, 1)

    await reached(views, position)
    assert views._waiting == {}


async def test_a_position_reached_is_no_wait(ledger: Ledger, views: Views) -> None:
    await reached(views, 1)
    waiting = views.reach(1)
    with pytest.raises(StopIteration):
        waiting.send(None)


async def test_a_history_stays_what_it_was(ledger: Ledger, views: Views) -> None:
    await ledger.record(a_command())
    await reached(views, 8)
    history = views.history(8)
    await record_parties(ledger, 1, 3)
    await reached(views, 11)

    assert sorted(history.parties()) == ["dprk", "pompeo", "us"]
    assert history.versions("party-1") == []
    assert len(list(views.history(11).parties())) == 6


async def test_the_empty_log_has_an_empty_history(views: Views) -> None:
    await reached(views, 0)

    assert list(views.history(0).parties()) == []


async def test_a_history_beyond_the_views_is_an_error(views: Views) -> None:
    await reached(views, 1)
    with pytest.raises(ValueError, match="not reached 2"):
        views.history(2)


async def test_views_resume_in_the_next_process(ledger: Ledger, folder: Path) -> None:
    for numbers in ((1, 3), (4, 5)):
        views = Views(ledger, folder)
        views.start()
        position = await record_parties(ledger, *numbers)
        await reached(views, position)
        assert len(list(views.history(position).parties())) == numbers[1]
        await views.stop()


async def test_who_waits_is_told_of_the_stop(ledger: Ledger, folder: Path) -> None:
    views = Views(ledger, folder)
    views.start()
    waiting = asyncio.create_task(views.reach(1_000))
    await reached(views, 1)
    await views.stop()

    with pytest.raises(ShuttingDown):
        await waiting


async def test_a_record_changed_past_reading_is_told_and_the_rest_still_answers(
    ledger: Ledger, folder: Path, tmp_path: Path
) -> None:
    views = Views(ledger, folder)
    views.start()
    position = await record_parties(ledger, 1, 3)
    await reached(views, position)
    await views.stop()
    await record_parties(ledger, 4, 3)
    log = next((tmp_path / "data").rglob("log.sqlite"))
    with closing(connect(log)) as connection, connection:
        connection.execute(
            "UPDATE stored_events SET state = '{' WHERE rowid = ?", [position + 1]
        )

    views = Views(ledger, folder)
    views.start()
    with pytest.raises(LedgerDistrusted, match=f"after position {position} cannot be read"):
        await reached(views, ledger.head.position)
    await reached(views, position)
    assert list(views.history(position).parties()) == ["party-1", "party-2", "party-3"]
    await views.stop()


@pytest.mark.parametrize("damaged", [2, 7, 1_500, 1_501])
async def test_views_that_are_built_anew_have_all_before_a_record_that_cannot_be_read(
    ledger: Ledger, folder: Path, tmp_path: Path, damaged: int
) -> None:
    for first in range(1, 1_500, 250):
        await record_parties(ledger, first, first + 249)
    log = next((tmp_path / "data").rglob("log.sqlite"))
    with closing(connect(log)) as connection, connection:
        connection.execute("UPDATE stored_events SET state = '?' WHERE rowid = ?", [damaged])

    views = Views(ledger, folder)
    views.start()
    await reached(views, damaged - 1)
    assert len(list(views.history(damaged - 1).parties())) == damaged - 2
    with pytest.raises(LedgerDistrusted, match=f"after position {damaged - 1} cannot be read"):
        await reached(views, damaged)
    await views.stop()


async def test_views_that_are_built_anew_have_all_before_a_record_that_is_gone(
    ledger: Ledger, folder: Path, tmp_path: Path
) -> None:
    await record_parties(ledger, 1, 20)
    log = next((tmp_path / "data").rglob("log.sqlite"))
    with closing(connect(log)) as connection, connection:
        connection.execute("DELETE FROM stored_events WHERE rowid = 12")

    views = Views(ledger, folder)
    views.start()
    await reached(views, 11)
    assert len(list(views.history(11).parties())) == 10
    await views.stop()


async def test_a_record_that_a_question_finds_changed_is_told_to_who_asks(
    ledger: Ledger, folder: Path, tmp_path: Path
) -> None:
    position = await record_parties(ledger, 1, 1)
    log = next((tmp_path / "data").rglob("log.sqlite"))
    with closing(connect(log)) as connection, connection:
        connection.execute(
            "UPDATE stored_events SET state = CAST(replace(CAST(state AS TEXT),"
            ' \'"kind":"\', \'"kind":"un\') AS BLOB) WHERE rowid = ?',
            [position],
        )

    views = Views(ledger, folder)
    views.start()
    await reached(views, position)
    with pytest.raises(
        LedgerDistrusted, match=f"position {position} does not fit its leaf hash"
    ):
        views.history(position).versions("party-1")
    await views.stop()


async def test_views_that_never_started_can_be_stopped(ledger: Ledger, folder: Path) -> None:
    await Views(ledger, folder).stop()


async def test_rebuilt_while_others_wait(ledger: Ledger, views: Views) -> None:
    position = await record_parties(ledger, 1, 3)
    await reached(views, position)
    old = views.history(position)
    waiting = asyncio.create_task(views.reach(position + 1))
    await views.rebuild()
    assert views.position == position, "nobody goes back in time"
    await record_parties(ledger, 4, 4)

    await asyncio.wait_for(waiting, PATIENCE_SECONDS)
    assert len(list(views.history(position + 1).parties())) == 4
    with pytest.raises(StorageFailed):
        old.versions("party-1")


async def test_after_a_failure_views_go_on(
    ledger: Ledger, views: Views, monkeypatch: pytest.MonkeyPatch
) -> None:
    await reached(views, 1)
    with monkeypatch.context() as patch:
        patch.setattr(versions, "apply", _fail)
        position = await record_parties(ledger, 1, 3)
        await until(lambda: views.following.failures > 0)
        state = views.following
        assert (state.position, state.running) == (1, True)
        assert state.problem == "OSError: No space is left."

    await reached(views, position)
    await until(lambda: views.following.failures == 0)
    assert views.following.problem == ""


async def test_nobody_waits_for_views_that_cannot_be_written(
    ledger: Ledger, views: Views, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ledger_service.projections.views._PATIENCE_SECONDS", 0.2)
    await reached(views, 1)
    with monkeypatch.context() as patch:
        patch.setattr(versions, "apply", _fail)
        position = await record_parties(ledger, 1, 3)
        with pytest.raises(StorageFailed):
            await reached(views, position)
        with pytest.raises(StorageFailed):  # and who comes later is told at once
            await asyncio.wait_for(views.reach(position), 0.1)
        await reached(views, 1)
        assert list(views.history(1).parties()) == [], "what was reached is answered"

    await until(lambda: views.following.failures == 0)
    await reached(views, position)


async def test_who_comes_after_the_stop_is_told_so(ledger: Ledger, folder: Path) -> None:
    views = Views(ledger, folder)
    views.start()
    await views.stop()
    with pytest.raises(ShuttingDown):
        await asyncio.wait_for(views.reach(1), 1)


async def test_a_file_damaged_while_in_use_is_built_anew(
    ledger: Ledger, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = Views(ledger, folder)
    first.start()
    position = await record_parties(ledger, 1, 200)
    await reached(first, position)
    await first.stop()
    _overwrite_all_but_the_first_page(folder / f"views-{Views.VERSION}.sqlite")
    views = Views(ledger, folder)
    views.start()
    position = await record_parties(ledger, 201, 400)
    await reached(views, position)

    assert len(list(views.history(position).parties())) == 400
    await views.stop()


async def test_stopping_waits_for_a_question_at_work(ledger: Ledger, folder: Path) -> None:
    views = Views(ledger, folder)
    views.start()
    await reached(views, 1)
    database = views.history(1).database

    def ask_slowly() -> Any:
        with database.reading() as connection:
            time.sleep(0.05)
            return connection.execute("SELECT count(*) FROM versions").fetchone()

    asked = asyncio.create_task(asyncio.to_thread(ask_slowly))
    await asyncio.sleep(0.01)
    await views.stop()
    assert await asked == (0,)


def _fail(connection: Connection, told: ProjectedRecords) -> None:
    raise OSError("No space is left.")


def _overwrite_all_but_the_first_page(path: Path) -> None:
    page = 4096
    whole = path.read_bytes()
    path.write_bytes(whole[:page] + b"\xff" * (len(whole) - page))
