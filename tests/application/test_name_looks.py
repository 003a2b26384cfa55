"""Ledgers that calls name and nobody here knows are looked for in the store: soon, together,
and no more often than a database stands.
"""

import asyncio
import threading
import time
from collections.abc import Callable, Collection, Sequence

import pytest
from eventsourcing.persistence import OperationalError

from ledger_service.application import name_looks
from ledger_service.application.name_looks import NameLooks, pause_after
from ledger_service.health import Health


class Store:
    """Tells which of the names that it is asked for it has, and what it was asked."""

    def __init__(self, *names: str) -> None:
        self.names = {*names}
        self.asked: list[list[str]] = []
        self.before: Callable[[], object] = lambda: None

    def there(self, names: Sequence[str]) -> Collection[str]:
        there = self.names & {*names}  # as it was when the look began
        self.asked.append([*names])
        self.before()
        return there


@pytest.fixture
def store() -> Store:
    return Store("talks")


@pytest.fixture
async def looks(store: Store):
    looks = NameLooks(store.there, Health())
    yield looks
    await looks.stop()


async def test_what_the_store_has_is_found_and_what_it_has_not_is_not(
    store: Store, looks: NameLooks
) -> None:
    assert await looks.found("talks")
    assert not await looks.found("nobody")
    store.names.add("nobody")
    assert await looks.found("nobody"), "nothing is remembered of what was not there"


async def test_calls_that_name_the_same_share_a_look_and_all_others_have_it_with_them(
    store: Store, looks: NameLooks
) -> None:
    names = ["talks", "nobody", "talks", "other", "nobody"]
    told = await asyncio.gather(*map(looks.found, names))
    assert told == [True, False, True, False, False]
    assert store.asked == [["talks", "nobody", "other"]]


async def test_who_comes_while_it_is_looked_has_a_look_that_begins_afterwards(
    store: Store, looks: NameLooks
) -> None:
    begun, goes_on = threading.Event(), threading.Event()
    store.before = lambda: (begun.set(), goes_on.wait(10))
    before = asyncio.create_task(looks.found("new"))
    await asyncio.to_thread(begun.wait, 10)
    store.names.add("new")  # as who calls from now on has been told
    after = asyncio.create_task(looks.found("new"))
    await asyncio.sleep(0)
    goes_on.set()
    assert not await before
    assert await after


async def test_names_that_are_not_there_are_looked_for_so_often_and_no_more(
    store: Store, looks: NameLooks
) -> None:
    began, end = time.monotonic(), time.monotonic() + 0.5
    store.before = lambda: time.sleep(0.02)

    async def ask(caller: int) -> None:
        number = 0
        while time.monotonic() < end:
            number += 1
            await looks.found(f"no-{caller}-{number}")

    await asyncio.gather(*map(ask, range(20)))
    took = time.monotonic() - began
    assert len(store.asked) <= 1 + took / 0.1, "a fifth of the time at most"
    assert max(map(len, store.asked)) == 20


@pytest.mark.parametrize(
    ("took", "pause"), [(0.001, 0.05), (0.02, 0.1), (0.1, 0.5), (60.0, 1.0)]
)
def test_looks_take_a_fifth_of_the_time_where_they_are_not_quick(
    took: float, pause: float
) -> None:
    assert pause_after(took) == pytest.approx(pause)


async def test_a_look_is_for_so_many_names_and_calls_wait_for_so_many(
    store: Store, looks: NameLooks, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(name_looks, "_NAMES_AT_ONCE", 2)
    monkeypatch.setattr(name_looks, "_MOST_NAMES", 3)
    names = ["a", "b", "talks", "beyond", "talks"]
    store.names.add("beyond")
    told = await asyncio.gather(*map(looks.found, names))
    assert told == [False, False, True, False, True]
    assert store.asked == [["a", "b"], ["talks"]]
    assert await looks.found("beyond")


async def test_a_store_that_fails_or_hangs_finds_nothing_and_holds_nobody_for_long(
    store: Store, looks: NameLooks, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> None:
        raise OperationalError("The server closed the connection.")

    store.before = fail
    assert not await looks.found("talks")
    monkeypatch.setattr(name_looks, "_PATIENCE_SECONDS", 0.1)
    looks._next_at = 0.0
    goes_on = threading.Event()
    store.before = lambda: goes_on.wait(10)
    began = time.monotonic()
    assert not any(await asyncio.gather(*(looks.found(name) for name in ("talks", "a"))))
    assert not await looks.found("b")
    assert time.monotonic() - began < 5
    goes_on.set()


async def test_who_gives_up_takes_the_look_from_nobody(store: Store, looks: NameLooks) -> None:
    first, second = (asyncio.create_task(looks.found("talks")) for _ in range(2))
    await asyncio.sleep(0)
    first.cancel()
    assert await second


async def test_who_waits_when_all_ends_is_told_that_nothing_was_found(
    store: Store, looks: NameLooks
) -> None:
    begun, goes_on = threading.Event(), threading.Event()
    store.before = lambda: (begun.set(), goes_on.wait(10))
    looked = asyncio.create_task(looks.found("talks"))
    await asyncio.to_thread(begun.wait, 10)
    waits = asyncio.create_task(looks.found("talks"))
    await asyncio.sleep(0)
    await looks.stop()
    assert not await looked
    assert not await waits
    goes_on.set()
