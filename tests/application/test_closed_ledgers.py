"""Of a closed ledger only its name is held; what others record in it meanwhile is there when it
is opened.
"""

import asyncio
import sqlite3
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path

import pytest

from ledger_service.application.ledgers import Ledgers
from ledger_service.application.successions import Successions
from ledger_service.application.summaries import Summaries
from ledger_service.domain.values.refusals import LedgerNotServed, TooManyLedgers
from ledger_service.persistence.signing.keys import KeyFolder
from tests.support.examples import a_command, a_party, entry
from tests.support.ledgers_on_disk import EVERY_STORE, Clock

NAMES = ("a", "b", "c")


def ledgers_of(folder: Path, clock: Clock, store: str, **how: int) -> Ledgers:
    folder.mkdir(exist_ok=True)
    keys = folder.parent / "keys"
    return Ledgers(folder / "data", keys, "ledger.example", clock, 3600, store, **how)


async def made(ledgers: Ledgers, names: Iterable[str] = NAMES) -> None:
    for name in names:
        await (await ledgers.create(name, name.upper())).record(
            a_command(entry("us", a_party()))
        )


@EVERY_STORE
async def test_closed_ledgers_are_told_of_as_open_ones_are(
    tmp_path: Path, clock: Clock, store: str
) -> None:
    ledgers = ledgers_of(tmp_path / "one", clock, store)
    ledgers.open()
    await made(ledgers)
    before = await Summaries(ledgers).of(NAMES)
    for name in NAMES:
        await ledgers.close_one(name)
    assert ledgers.list() == []
    assert ledgers.names() == [*NAMES]
    told = await Summaries(ledgers).of(NAMES)
    assert ledgers.list() == []
    assert [each._replace(signed=1) for each in told] == before
    assert {each.signed for each in told} == {2}
    await ledgers.open_closed("b")
    assert ledgers.get("b").summary() == told[1]
    await ledgers.close()


@EVERY_STORE
async def test_what_logs_take_is_told_of_those_that_are_asked_for(
    tmp_path: Path, clock: Clock, store: str
) -> None:
    ledgers = ledgers_of(tmp_path / "one", clock, store)
    ledgers.open()
    await made(ledgers)
    one, all_ = ledgers.size(["a"]), ledgers.size([*NAMES])
    assert 16 * 1024 < one < all_ / 2
    assert ledgers.size([]) == ledgers.size(["nobody"]) == 0
    await ledgers.close()


async def test_a_closed_ledger_whose_first_record_was_changed_keeps_no_other_from_being_listed(
    tmp_path: Path, clock: Clock
) -> None:
    ledgers = ledgers_of(tmp_path / "one", clock, "sqlite")
    ledgers.open()
    await made(ledgers)
    for name in NAMES:
        await ledgers.close_one(name)
    log = tmp_path / "one/data/ledgers/b/log.sqlite"
    with closing(sqlite3.connect(log)) as file, file:
        file.execute("UPDATE stored_events SET state = x'7b' WHERE rowid = 1")
    a, b, c = await Summaries(ledgers).of(NAMES)
    assert (a.untold, c.untold) == ("", "")
    assert (b.name, b.position) == ("b", 0)
    assert "The first record of the ledger 'b' cannot be read" in b.untold
    assert [name for name, _ in ledgers.left_out()] == ["b"]
    await ledgers.close()


@EVERY_STORE
async def test_a_closed_successor_is_told_of_without_opening_it(
    tmp_path: Path, clock: Clock, store: str
) -> None:
    ledgers = ledgers_of(tmp_path / "one", clock, store)
    ledgers.open()
    await made(ledgers, ["a"])
    await Successions(ledgers).fork("a", "b", "To try something.")
    open_ = ledgers.get("b").summary()
    await ledgers.close_one("b")
    (told,) = await Summaries(ledgers).of(["b"])
    assert told == open_
    assert told.opened.origin == "ledger.example/b"
    assert ledgers.is_closed("b")
    await ledgers.close()


async def test_a_list_names_those_for_which_there_is_no_place_to_look_into_them(
    tmp_path: Path, clock: Clock
) -> None:
    ledgers = ledgers_of(tmp_path / "one", clock, "sqlite")
    ledgers.open()
    await made(ledgers)
    await ledgers.close()
    for name in "bc":  # as if the service had been killed
        (tmp_path / f"one/data/ledgers/{name}/log.sqlite-wal").touch()
    ledgers = ledgers_of(tmp_path / "one", clock, "sqlite", unasked=0, most=1)
    ledgers.open()
    await ledgers.open_closed("a")
    a, b, c = await Summaries(ledgers).of(NAMES)
    assert (a.name, a.untold, a.position) == ("a", "", 2)
    assert [each.name for each in (b, c)] == ["b", "c"]
    for each in (b, c):
        assert "as many as it may" in each.untold
    await ledgers.close_one("a")
    assert [each.position for each in await Summaries(ledgers).of("b")] == [2]
    await ledgers.close()


@EVERY_STORE
async def test_only_some_are_opened_unasked_and_not_more_than_may_be(
    tmp_path: Path, clock: Clock, store: str
) -> None:
    ledgers = ledgers_of(tmp_path / "one", clock, store)
    ledgers.open()
    await made(ledgers)
    await ledgers.close()
    ledgers = ledgers_of(tmp_path / "one", clock, store, unasked=1, most=2)
    ledgers.open()
    (first,) = ledgers.list()
    second, third = (name for name in NAMES if name != first.name)
    await asyncio.gather(*(ledgers.open_closed(second) for _ in range(5)))
    assert ledgers.get(second).head.position == 2
    with pytest.raises(TooManyLedgers):
        await ledgers.open_closed(third)
    await ledgers.close_one(second)
    await ledgers.open_closed(third)
    assert ledgers.get(third).head.position == 2
    await ledgers.close()


@pytest.mark.parametrize("store", ["postgres"], indirect=True)
async def test_what_another_service_records_in_a_closed_ledger_is_seen_at_once(
    tmp_path: Path, clock: Clock, store: str
) -> None:
    ours = ledgers_of(tmp_path / "ours", clock, store, unasked=0)
    theirs = ledgers_of(tmp_path / "theirs", clock, store)
    ours.open()
    theirs.open()
    await made(theirs)
    assert await ours.find() == []
    assert {*ours.closed()} == {*NAMES}
    assert [each.position for each in await Summaries(ours).of(NAMES)] == [2, 2, 2]
    await ours.open_closed("a")
    await ours.close_one("a")
    await theirs.get("a").record(a_command(entry("ru", a_party())))
    assert [each.position for each in await Summaries(ours).of(NAMES)] == [3, 2, 2]
    assert ours.list() == []
    await ours.open_closed("a")
    assert ours.get("a").head.position == 3
    assert (await ours.get("a").record(a_command(entry("cn", a_party())))).position == 4
    await asyncio.gather(ours.close(), theirs.close())


async def test_keys_that_another_process_took_meanwhile_are_told_of(
    tmp_path: Path, clock: Clock
) -> None:
    ledgers = ledgers_of(tmp_path / "one", clock, "sqlite")
    ledgers.open()
    await made(ledgers)
    await ledgers.close_one("a")
    lock = KeyFolder(tmp_path / "keys", "a").own()
    await ledgers.open_closed("a")
    with pytest.raises(LedgerNotServed, match="Another process signs the ledger 'a'"):
        ledgers.get("a")
    lock.close()
    assert [each.name for each in await ledgers.find()] == ["a"]
    await ledgers.close()


@pytest.mark.parametrize("state", [b"{", b"[]", b"{}"])
async def test_a_log_that_does_not_say_which_ledger_it_is_says_that_its_first_record_was_changed(
    tmp_path: Path, clock: Clock, state: bytes
) -> None:
    ledgers = ledgers_of(tmp_path / "one", clock, "sqlite")
    ledgers.open()
    await made(ledgers, "a")
    await ledgers.close_one("a")
    log = tmp_path / "one/data/ledgers/a/log.sqlite"
    with closing(sqlite3.connect(log)) as file, file:
        file.execute("UPDATE stored_events SET state = ? WHERE rowid = 1", (state,))
    (told,) = await Summaries(ledgers).of("a")
    assert "its log was changed" in told.untold
    ((_, told),) = ledgers.left_out()
    assert told.startswith("The first record of the ledger 'a' cannot be read")
    await ledgers.close()
