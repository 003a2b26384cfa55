"""A backup is whole by itself, however busy its ledger is, and what is restored from it is what
was recorded, byte for byte.
"""

import asyncio
import json
from datetime import timedelta
from pathlib import Path

import pytest

from ledger_service.application import moving, restoring
from ledger_service.application.backing_up import BackupImpossible, Backups, Plan
from ledger_service.application.ledger import Ledger
from ledger_service.application.ledgers import Ledgers
from ledger_service.application.restoring import RestoreRefused
from ledger_service.application.successions import Successions
from ledger_service.domain.values.refusals import LedgerDistrusted, LedgerElsewhere
from ledger_service.persistence.author_register import register
from ledger_service.persistence.backup.sets import MANIFEST, BackupSet, SetUnusable, sets_in
from ledger_service.persistence.backup.taking import OtherLog
from ledger_service.persistence.integrity import copying
from tests.support.backups import (
    backed_up,
    backups,
    newest,
    place,
    restored,
    unpacked,
    verified,
)
from tests.support.examples import a_command, a_ledgerful, a_party, entry
from tests.support.ledgers_on_disk import EVERY_STORE, Clock, all_ledgers
from tests.support.sealed_acts import SECRET, SOURCE, WHY, record, sealed_act

NAME = "us-dprk"
SEALED = json.dumps(SECRET).encode()


@pytest.fixture
async def ledger(ledgers: Ledgers) -> Ledger:
    ledger = await ledgers.create(NAME, "Talks")
    for number, item in enumerate([*a_ledgerful()[:4], sealed_act()]):
        await record(ledger, item, request_id=f"r-{number}")
    return ledger


async def record_parties(ledger: Ledger, count: int, begin: str = "p") -> None:
    for number in range(count):
        await ledger.record(a_command(entry(f"{begin}{number}", a_party())))


def sets(folder: Path) -> list[BackupSet]:
    return sets_in(folder / "sets" / NAME)


@EVERY_STORE
async def test_what_is_restored_from_a_backup_under_load_is_the_log_as_it_was_then(
    tmp_path: Path, clock: Clock, ledger: Ledger, store: str, postgres: str
) -> None:
    recording = asyncio.create_task(record_parties(ledger, 60))
    await asyncio.sleep(0)
    first = await backed_up(tmp_path, clock, ledger)
    await recording
    made = await backed_up(tmp_path, clock, ledger)
    assert (made.backup, made.whole, made.position) == (first.backup, False, 66)
    into = "sqlite" if store != "sqlite" else postgres
    drill = restored(newest(tmp_path), place(tmp_path, into))
    assert drill.verdict.findings == []
    with moving.opened(moving.store(into, tmp_path / "restored"), NAME) as copy:
        for _ in copying.check(ledger.log, copy):  # all rows of all tables
            pass
        assert copy.head.position == 66


async def test_a_later_backup_adds_what_is_new_and_changes_no_file(
    tmp_path: Path, clock: Clock, ledger: Ledger
) -> None:
    first = await backed_up(tmp_path, clock, ledger)
    before = {path: path.read_bytes() for path in newest(tmp_path).folder.glob("*.gz")}
    await record_parties(ledger, 3)
    await ledger.audit.checkpoint(3)  # of an earlier position, but signed now
    clock.time += timedelta(hours=1)
    second = await backed_up(tmp_path, clock, ledger)
    assert (first.position, second.position, second.whole) == (6, 9, False)
    assert before == {path: path.read_bytes() for path in before}
    records = [text for name, text in unpacked(tmp_path).items() if "records" in name]
    assert [text.count(b"\n") for text in records] == [6, 3]
    drill = verified(newest(tmp_path), place(tmp_path))
    assert drill.verdict.findings == []
    noted = b"".join(text for name, text in unpacked(tmp_path).items() if "checkp" in name)
    assert [json.loads(line)["size"] for line in noted.splitlines()] == [1, 6, 3, 9]


async def test_a_backup_of_a_ledger_that_did_not_grow_says_that_it_was_made_again(
    tmp_path: Path, clock: Clock, ledger: Ledger
) -> None:
    await backed_up(tmp_path, clock, ledger)
    before = newest(tmp_path).manifest()
    clock.time += timedelta(hours=1)
    made = await backed_up(tmp_path, clock, ledger)
    after = newest(tmp_path).manifest()
    assert (made.added, after.files) == (0, before.files)
    assert after.made_at > before.made_at == after.begun_at


async def test_a_new_set_is_begun_when_the_newest_is_old_and_the_oldest_go(
    tmp_path: Path, clock: Clock, ledger: Ledger
) -> None:
    names = []
    for _ in range(4):
        made = await backed_up(tmp_path, clock, ledger, whole_days=7, keep=2)
        names.append(made.backup)
        clock.time += timedelta(days=6)
    assert [each == names[0] for each in names] == [True, True, False, False]
    made = await backed_up(tmp_path, clock, ledger, whole_days=7, keep=2)
    assert made.removed == [names[0]]
    assert [each.name for each in sets(tmp_path)] == [names[2], made.backup]


async def test_what_is_erased_is_overwritten_in_every_set_with_the_next_backup(
    tmp_path: Path, clock: Clock, ledger: Ledger
) -> None:
    await backed_up(tmp_path, clock, ledger)
    await backed_up(tmp_path, clock, ledger, whole=True)
    assert len(sets(tmp_path)) == 2
    files = unpacked(tmp_path / "sets")
    sealed = [name for name, text in files.items() if b"commitment" in text]
    assert len(sealed) == 2
    await ledger.erase("F001", SOURCE, WHY)
    made = await backed_up(tmp_path, clock, ledger)
    assert made.forgotten == 1
    lines = [
        json.loads(text)
        for name, text in unpacked(tmp_path / "sets").items()
        if "sealed" in name
    ]
    assert [(each["erased"], set(each["value"])) for each in lines] == [(1, {"A", "="})] * 2
    for each in sets(tmp_path):
        assert verified(each, place(tmp_path)).verdict.findings == []


async def test_what_is_erased_while_a_backup_is_made_is_not_in_it(
    tmp_path: Path, clock: Clock, ledger: Ledger
) -> None:
    plan, is_erased = Plan(tmp_path / "sets"), False
    async for _ in backups(tmp_path, clock).back_up(ledger, plan):
        if not is_erased:
            await ledger.erase("F001", SOURCE, WHY)
            is_erased = True
    drill = verified(newest(tmp_path), place(tmp_path))
    assert (drill.verdict.findings, drill.manifest.position) == ([], 7)
    assert drill.manifest.erased == 1


async def test_values_of_sealed_fields_can_be_left_out(
    tmp_path: Path, clock: Clock, ledger: Ledger
) -> None:
    await backed_up(tmp_path, clock, ledger, sealed=False)
    assert not list(newest(tmp_path).folder.glob("sealed-*"))
    assert verified(newest(tmp_path), place(tmp_path)).verdict.findings == []


@pytest.mark.parametrize("kind", ["records", "requests", "checkpoints", "sealed"])
async def test_a_changed_byte_in_any_file_is_found(
    tmp_path: Path, clock: Clock, ledger: Ledger, kind: str
) -> None:
    await backed_up(tmp_path, clock, ledger)
    [path] = newest(tmp_path).folder.glob(f"{kind}-*")
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    with pytest.raises(SetUnusable, match=path.name):
        verified(newest(tmp_path), place(tmp_path))
    with pytest.raises(SetUnusable, match=path.name):
        restored(newest(tmp_path), place(tmp_path))
    assert not (tmp_path / "restored" / "ledgers").exists()


async def test_a_manifest_that_was_changed_or_is_of_a_newer_program_is_refused(
    tmp_path: Path, clock: Clock, ledger: Ledger
) -> None:
    await backed_up(tmp_path, clock, ledger)
    path = newest(tmp_path).folder / MANIFEST
    good = path.read_text()
    path.write_text(good.replace('"position": 6', '"position": 5'))
    with pytest.raises(SetUnusable, match="not as it was written"):
        verified(newest(tmp_path), place(tmp_path))
    path.write_text(good[: len(good) // 2])
    with pytest.raises(SetUnusable, match="is damaged"):
        verified(newest(tmp_path), place(tmp_path))
    path.write_text(good.replace('"form": 1', '"form": 2'))
    with pytest.raises(SetUnusable, match=r"made by version 1\.2\.3"):
        verified(newest(tmp_path), place(tmp_path))


async def test_a_set_that_lacks_a_file_is_not_added_to_but_left_and_told_of(
    tmp_path: Path, clock: Clock, ledger: Ledger
) -> None:
    first = await backed_up(tmp_path, clock, ledger)
    [path] = newest(tmp_path).folder.glob("records-*")
    path.unlink()
    second = await backed_up(tmp_path, clock, ledger, keep=1)
    assert second.whole
    assert second.removed == []
    assert first.backup in second.findings[0]
    assert verified(newest(tmp_path), place(tmp_path)).verdict.findings == []


async def test_a_log_that_is_shorter_than_its_backup_is_not_backed_up_over_it(
    tmp_path: Path, clock: Clock
) -> None:
    long, short = (all_ledgers(tmp_path / each, clock) for each in ("long", "short"))
    long.open()
    ledger = await long.create(NAME, "Talks")
    await record_parties(ledger, 3)
    await backed_up(tmp_path / "long", clock, ledger)
    await long.close()
    (tmp_path / "short").mkdir()
    (tmp_path / "sets").symlink_to(tmp_path / "long" / "sets")
    short.open()
    other = await short.create(NAME, "Talks")
    with pytest.raises(OtherLog, match="position 1, and its newest backup at 4"):
        await backed_up(tmp_path, clock, other)
    await record_parties(other, 3)
    with pytest.raises(OtherLog, match="of another log"):
        await backed_up(tmp_path, clock, other)
    assert (await backed_up(tmp_path, clock, other, whole=True)).whole
    await short.close()


async def test_a_log_that_is_not_trusted_is_not_backed_up(
    tmp_path: Path, clock: Clock, ledger: Ledger
) -> None:
    with ledger.log.head_lock():
        ledger.log.write("UPDATE stored_events SET state = {value} WHERE {position} = 3", b"{}")
    with pytest.raises(LedgerDistrusted, match="position 3"):
        await backed_up(tmp_path, clock, ledger)
    assert "position 3" in ledger.audit.distrusted
    assert sets(tmp_path) == []


async def test_two_backups_into_one_folder_are_not_made_at_once(
    tmp_path: Path, clock: Clock, ledger: Ledger
) -> None:
    steps = backups(tmp_path, clock).back_up(ledger, Plan(tmp_path / "sets"))
    await anext(steps)
    with pytest.raises(BackupImpossible, match="just now"):
        await backed_up(tmp_path, clock, ledger)
    await steps.aclose()
    assert (await backed_up(tmp_path, clock, ledger)).position == 6


async def test_nothing_is_ever_overwritten(
    tmp_path: Path, clock: Clock, ledgers: Ledgers, ledger: Ledger
) -> None:
    await backed_up(tmp_path, clock, ledger)
    await ledgers.close()
    log = tmp_path / "data" / "ledgers" / NAME / "log.sqlite"
    before = log.read_bytes()
    with pytest.raises(RestoreRefused, match="Nothing is overwritten"):
        restored(newest(tmp_path), place(tmp_path, data="data"))
    assert log.read_bytes() == before


async def test_an_old_write_ahead_file_is_not_mixed_into_a_restored_log(
    tmp_path: Path, clock: Clock, ledger: Ledger
) -> None:
    await backed_up(tmp_path, clock, ledger)
    stale = tmp_path / "restored" / "ledgers" / NAME / "log.sqlite-wal"
    stale.parent.mkdir(parents=True)
    stale.write_bytes(b"x")
    with pytest.raises(RestoreRefused, match=r"log\.sqlite-wal is there"):
        restored(newest(tmp_path), place(tmp_path))


async def test_nothing_is_restored_where_no_key_says_whose_log_it_is(
    tmp_path: Path, clock: Clock, ledger: Ledger
) -> None:
    await backed_up(tmp_path, clock, ledger)
    where = place(tmp_path)._replace(keys_dir=tmp_path / "none")
    with pytest.raises(RestoreRefused, match="Restore the keys first"):
        restored(newest(tmp_path), where)


async def test_a_set_that_somebody_made_with_keys_of_their_own_is_refused(
    tmp_path: Path, clock: Clock, ledger: Ledger
) -> None:
    forged = all_ledgers(tmp_path / "forged", clock)
    forged.open()
    other = await forged.create(NAME, "Talks")
    await backed_up(tmp_path / "forged", clock, other)
    await forged.close()
    assert verified(newest(tmp_path / "forged"), place(tmp_path)).verdict.findings
    with pytest.raises(SetUnusable, match="forged"):
        restored(newest(tmp_path / "forged"), place(tmp_path))


async def test_what_was_signed_behind_the_end_of_a_backup_is_told(
    tmp_path: Path, clock: Clock, ledgers: Ledgers, ledger: Ledger
) -> None:
    await backed_up(tmp_path, clock, ledger)
    await record_parties(ledger, 2)
    kept = tmp_path / "kept"
    kept.write_text((await ledger.audit.checkpoint(7)).note)
    await ledgers.close()
    assert verified(newest(tmp_path), place(tmp_path)).verdict.newer == 2
    (tmp_path / "keys" / f"{NAME}.seen").unlink()
    assert verified(newest(tmp_path), place(tmp_path)).verdict.newer == 0
    drill = restored(newest(tmp_path), place(tmp_path), kept)
    assert drill.verdict.newer == 1
    assert (tmp_path / "keys" / f"{NAME}.seen").read_text() == kept.read_text()


async def test_a_checkpoint_that_somebody_kept_of_another_history_stops_a_restore(
    tmp_path: Path, clock: Clock, ledger: Ledger
) -> None:
    await backed_up(tmp_path, clock, ledger)
    kept = tmp_path / "kept"
    note = (await ledger.audit.checkpoint(3)).note
    kept.write_text(note.replace("\n3\n", "\n4\n"))
    with pytest.raises(SetUnusable, match="kept does not fit the log"):
        restored(newest(tmp_path), place(tmp_path), kept)


def test_a_folder_without_a_whole_set_is_named(tmp_path: Path) -> None:
    (tmp_path / NAME / "20260101T000000Z").mkdir(parents=True)
    with pytest.raises(SetUnusable, match="no whole backup set"):
        restoring.found_in(tmp_path)


@EVERY_STORE
async def test_a_restored_ledger_records_nothing_until_it_is_adopted_and_then_goes_on(
    tmp_path: Path, clock: Clock, ledgers: Ledgers, ledger: Ledger, store: str, postgres: str
) -> None:
    await backed_up(tmp_path, clock, ledger)
    await ledgers.close()
    into = "sqlite" if store != "sqlite" else postgres
    (tmp_path / "there").mkdir()
    (tmp_path / "there/keys").symlink_to(tmp_path / "keys")
    restored(newest(tmp_path), place(tmp_path / "there", into, "data"))
    there = all_ledgers(tmp_path / "there", clock, store=into)
    there.open()
    found = there.get(NAME)
    assert found.head.position == 6
    with pytest.raises(LedgerElsewhere):
        await record_parties(found, 1)
    with pytest.raises(BackupImpossible, match="taken for those of the ledger at home"):
        await backed_up(tmp_path, clock, found)
    await found.adopt()
    await record_parties(found, 1)
    assert found.head.position == 7
    assert (await found.audit.check()).findings == []
    assert (await backed_up(tmp_path, clock, found)).position == 7
    await there.close()


async def test_an_adopted_log_that_lacks_what_was_signed_stays_read_only(
    tmp_path: Path, clock: Clock, ledgers: Ledgers, ledger: Ledger
) -> None:
    await backed_up(tmp_path, clock, ledger)
    await record_parties(ledger, 2)
    await ledgers.close()
    (tmp_path / "data/ledgers" / NAME).rename(tmp_path / "kept")
    assert restored(newest(tmp_path), place(tmp_path, data="data")).verdict.newer == 2
    there = all_ledgers(tmp_path, clock)
    there.open()
    await there.get(NAME).adopt()
    assert "a checkpoint over 8 records was signed" in there.get(NAME).audit.distrusted
    with pytest.raises(LedgerDistrusted):
        await record_parties(there.get(NAME), 1)
    await there.close()


@EVERY_STORE
async def test_who_recorded_comes_back_but_nobody_who_was_forgotten(
    tmp_path: Path, clock: Clock, ledger: Ledger, store: str
) -> None:
    users = register(tmp_path / "data", store)
    ann, bob = (users.register("https://issuer", each, each) for each in ("ann", "bob"))
    users.forget(bob)
    making = Backups(tmp_path / "keys", {}, "sqlite", "1.2.3", clock, users.all)
    async for _ in making.back_up(ledger, Plan(tmp_path / "sets")):
        pass
    assert "bob" not in (tmp_path / "sets/users.json").read_text()
    there = place(tmp_path)
    assert restoring.restore_users(tmp_path / "sets", there) == 1
    assert [each.author for each in register(there.data_dir, "sqlite").all()] == [ann]
    register(there.data_dir, "sqlite").register("https://issuer", "carl", "carl")
    assert restoring.restore_users(tmp_path / "sets", there) == 0
    text = (tmp_path / "sets/users.json").read_text()
    (tmp_path / "sets/users.json").write_text(text.replace("ann", "eve"))
    with pytest.raises(SetUnusable, match="not as it was written"):
        restoring.restore_users(tmp_path / "sets", there)


async def test_a_ledger_that_goes_on_after_a_loss_is_backed_up_and_restored_like_any_other(
    tmp_path: Path, clock: Clock, ledgers: Ledgers, ledger: Ledger
) -> None:
    await backed_up(tmp_path, clock, ledger)
    await record_parties(ledger, 2)
    await ledgers.close()
    (tmp_path / "data/ledgers" / NAME).rename(tmp_path / "kept")
    restored(newest(tmp_path), place(tmp_path, data="data"))
    there = all_ledgers(tmp_path, clock)
    there.open()
    await there.get(NAME).adopt()
    heir = (await Successions(there).succeed(NAME, "The disk was lost.")).ledger
    await record_parties(heir, 1, "q")
    made = await backed_up(tmp_path, clock, heir)
    assert (made.whole, made.position) == (False, heir.head.position)
    again = await backed_up(tmp_path, clock, heir, whole=True)
    await there.close()
    for each in sets(tmp_path):
        assert verified(each, place(tmp_path)).verdict.findings == []
    [needed] = [each for each in newest(tmp_path).manifest().keys if each.signs]
    assert (tmp_path / "keys" / needed.file).exists()
    drill = restored(newest(tmp_path), place(tmp_path))
    assert (drill.verdict.newer, again.position) == (0, drill.manifest.position)
