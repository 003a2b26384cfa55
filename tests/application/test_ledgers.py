"""Many ledgers in one folder, owned by one process."""

import asyncio
import os
import shutil
import stat
from datetime import date
from pathlib import Path

import pytest

from ledger_service.application.ledgers import Ledgers
from ledger_service.application.ownership import FolderInUse
from ledger_service.domain.values.refusals import (
    Invalid,
    LedgerExists,
    LedgerNotFound,
    LedgerNotServed,
    UnusableKey,
)
from tests.support.examples import a_command, a_party, entry
from tests.support.ledgers_on_disk import all_ledgers
from tests.support.slow_tree import check_log


async def test_a_new_ledger_knows_what_it_is(ledgers, tmp_path: Path) -> None:
    ledger = await ledgers.create("us-dprk", "Title", "Purpose", date(2018, 1, 1))
    assert (ledger.name, ledger.opening.title, ledger.opening.purpose) == (
        "us-dprk",
        "Title",
        "Purpose",
    )
    assert ledger.opens_on == date(2018, 1, 1)
    assert ledger.opening.origin == "ledger.example/us-dprk"
    assert ledger.opening.verification_key.startswith("ledger.example/us-dprk+")
    assert ledger.head.position == 1
    assert ledger.identity == ledger.head.root_hash  # the root of one leaf is that leaf
    assert (tmp_path / "data/ledgers/us-dprk/log.sqlite").is_file()
    assert stat.S_IMODE((tmp_path / "keys/us-dprk.key").stat().st_mode) == 0o600


async def test_nobody_else_reads_the_log_whatever_the_operator_s_mask(tmp_path, clock) -> None:
    mask = os.umask(0o022)
    try:
        ledgers = all_ledgers(tmp_path, clock)
        ledgers.open()
        await ledgers.create("us-dprk", "Talks")
        paths = list((tmp_path / "data/ledgers/us-dprk").glob("log.sqlite*"))
        assert len(paths) == 3
        assert {stat.S_IMODE(path.stat().st_mode) for path in paths} == {0o600}
        await ledgers.close()
    finally:
        os.umask(mask)


async def test_a_key_file_that_holds_no_key_makes_no_ledger_and_says_what_helps(
    ledgers, tmp_path: Path
) -> None:
    await ledgers.create("first", "First")
    key = tmp_path / "keys/second.key"
    key.write_text("no key")
    key.chmod(0o600)
    with pytest.raises(UnusableKey, match=r"second\.key holds no Ed25519 key\. Restore it"):
        await ledgers.create("second", "Second")
    key.unlink()
    assert (await ledgers.create("second", "Second")).head.position == 1


async def test_ledgers_are_listed_by_name_and_do_not_share_entries(ledgers) -> None:
    for name in ("b", "c", "a"):
        await ledgers.create(name, name.upper())
    await ledgers.get("b").record(a_command(entry("us", a_party())))
    assert [ledger.name for ledger in ledgers.list()] == ["a", "b", "c"]
    assert ledgers.get("a").reader.versions("us") == []
    with pytest.raises(LedgerNotFound):
        ledgers.get("d")


async def test_the_same_ledger_is_made_once(ledgers) -> None:
    made = await asyncio.gather(*(ledgers.create("a", "A", "For b") for _ in range(3)))
    assert made[0] is made[1] is made[2]
    assert made[0].head.position == 1
    for other in (("B", "For b", None), ("A", "", None), ("A", "For b", date(2018, 1, 1))):
        with pytest.raises(LedgerExists):
            await ledgers.create("a", *other)


@pytest.mark.parametrize("name", ["", "A", "1a", "a_b", "../a", "a" * 41, "a\n"])
async def test_a_wrong_name_is_refused(ledgers, name: str) -> None:
    with pytest.raises(Invalid) as refusal:
        await ledgers.create(name, "Title")
    assert refusal.value.violations[0].field == "ledger"


async def test_a_second_process_is_refused_in_plain_words(ledgers, tmp_path, clock) -> None:
    with pytest.raises(FolderInUse, match="Another process uses the data folder"):
        all_ledgers(tmp_path, clock).open()


async def test_two_copies_of_a_log_do_not_grow_apart_under_one_key(tmp_path, clock) -> None:
    before = all_ledgers(tmp_path, clock)
    before.open()
    await before.create("us-dprk", "Talks")
    shutil.copytree(tmp_path / "data", tmp_path / "copy")
    copy = Ledgers(tmp_path / "copy", tmp_path / "keys", "ledger.example", clock)
    copy.open()
    with pytest.raises(LedgerNotServed, match="Another process signs the ledger 'us-dprk'"):
        copy.get("us-dprk")
    assert before.get("us-dprk").audit.distrusted == ""
    await before.close()
    assert [each.name for each in await copy.find()] == ["us-dprk"]
    await copy.close()


async def test_everything_is_there_after_a_restart(tmp_path: Path, clock) -> None:
    before = all_ledgers(tmp_path, clock)
    before.open()
    ledger = await before.create("us-dprk", "Title", "Purpose", date(2018, 1, 1))
    command = a_command(request_id="r1")
    first = await ledger.record(command)
    head, token = ledger.head, ledger.positions.token(8)
    await before.close()

    after = all_ledgers(tmp_path, clock)
    after.open()
    ledger = await after.create("us-dprk", "Title", "Purpose", date(2018, 1, 1))
    assert ledger.head == head
    assert ledger.positions.position_of(token) == 8
    again = await ledger.record(command)
    assert again.already_recorded
    assert again.recorded == first.recorded
    await ledger.record(a_command(entry("ru", a_party())))
    check_log(ledger)
    await after.close()


async def test_a_creation_that_was_cut_off_is_taken_up_again(tmp_path: Path, clock) -> None:
    before = all_ledgers(tmp_path, clock)
    before.open()
    await before.create("whole", "Whole")
    key = (tmp_path / "keys/whole.key").read_bytes()
    await before.close()
    for file in (tmp_path / "data/ledgers/whole").iterdir():
        file.unlink()
    (tmp_path / "keys/whole.seen").unlink()
    (tmp_path / "data/ledgers/whole/log.sqlite").touch()

    after = all_ledgers(tmp_path, clock)
    after.open()
    assert after.list() == []
    ledger = await after.create("whole", "Other words")
    assert ledger.head.position == 1
    assert (tmp_path / "keys/whole.key").read_bytes() == key
    await after.close()


@pytest.mark.parametrize("harm", ["open to others", "missing", "of another ledger"])
async def test_a_ledger_is_not_opened_without_its_own_key(tmp_path, clock, harm: str) -> None:
    before = all_ledgers(tmp_path, clock)
    before.open()
    await before.create("a", "A")
    await before.create("b", "B")
    await before.close()
    key = tmp_path / "keys/a.key"
    if harm == "open to others":
        key.chmod(0o644)
    elif harm == "missing":
        key.unlink()
    else:
        key.write_bytes((tmp_path / "keys/b.key").read_bytes())
    after = all_ledgers(tmp_path, clock)
    after.open()
    with pytest.raises(LedgerNotServed):
        after.get("a")
    assert after.get("b").audit.distrusted == ""
    await after.close()
