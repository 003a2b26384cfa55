"""When a log is signed, and when it is signed no more."""

import asyncio
import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from ledger_service.application import auditing
from ledger_service.application.successions import Successions
from ledger_service.audit.notes import Checkpoint, VerificationKey, parse, sign
from ledger_service.audit.tree import leaf_hash
from ledger_service.domain.values.commands import NewEntry
from ledger_service.domain.values.refusals import (
    Invalid,
    LedgerDistrusted,
    LedgerNotServed,
    StorageFailed,
)
from ledger_service.persistence.signing.checkpoints import Checkpoints
from ledger_service.persistence.storage.sqlite.connections import SqliteLogConnection
from tests.support.examples import a_command, a_party, entry
from tests.support.ledgers_on_disk import all_ledgers
from tests.support.slow_tree import root_by_definition


def one(entry_id: str):
    return a_command(entry(entry_id, a_party()))


def stored_sizes(ledger, *, regular_below: int | None = None) -> list[int]:
    checkpoints = Checkpoints(ledger.log)
    if regular_below is not None:
        return [each.size for each in checkpoints.regular_below(regular_below)]
    return [each.size for each in checkpoints.between(0, 10_000)]


def change(folder: Path, statement: str, *parameters: object) -> None:
    """Changes the log's file behind the back of its ledger."""
    path = folder / "data/ledgers/us-dprk/log.sqlite"
    with closing(sqlite3.connect(path)) as connection, connection:
        assert connection.execute(statement, parameters).rowcount == 1


async def opened_again(folder: Path, clock):
    ledgers = all_ledgers(folder, clock)
    ledgers.open()
    return ledgers, ledgers.get("us-dprk")


async def test_a_ledger_is_signed_when_it_opens_and_when_it_closes(
    ledger, ledgers, tmp_path, clock
) -> None:
    assert stored_sizes(ledger) == [1]
    await ledger.record(one("us"))
    assert ledger.audit.newest.checkpoint.size == 1  # the interval is long in these tests
    await ledgers.close()
    ledgers, ledger = await opened_again(tmp_path, clock)
    assert stored_sizes(ledger) == [1, 2]
    signed = ledger.audit.newest
    assert signed.checkpoint == (ledger.opening.origin, 2, ledger.head.root_hash)
    assert signed.signed_by([VerificationKey.parse(ledger.opening.verification_key)])
    assert (tmp_path / "keys/us-dprk.seen").read_text() == signed.note
    await ledgers.close()


async def test_a_growing_log_is_signed_once_in_an_interval(tmp_path, clock) -> None:
    ledgers = all_ledgers(tmp_path, clock, checkpoint_seconds=2)
    ledgers.open()
    ledger = await ledgers.create("us-dprk", "Talks")
    for number in range(5):
        await ledger.record(one(f"p{number}"))
    assert stored_sizes(ledger) == [1]
    for _ in range(200):
        if ledger.audit.newest.checkpoint.size == 6:
            break
        await asyncio.sleep(0.05)
    assert stored_sizes(ledger) == [1, 6]  # the last of them, without another request
    await ledgers.close()


async def test_each_group_is_signed_where_that_is_wanted(tmp_path, clock) -> None:
    ledgers = all_ledgers(tmp_path, clock, checkpoint_seconds=0)
    ledgers.open()
    ledger = await ledgers.create("us-dprk", "Talks")
    for number in range(3):
        await ledger.record(one(f"p{number}"))
        assert ledger.audit.newest.checkpoint.size == number + 2
    assert stored_sizes(ledger, regular_below=4) == [1, 2, 3]
    await ledgers.close()


async def test_what_was_asked_for_is_kept_and_never_signed_twice(ledger) -> None:
    for number in range(4):
        await ledger.record(one(f"p{number}"))
    leaves = [leaf_hash(record) for _, record in ledger.reader.records(1, 5)]
    asked = await asyncio.gather(*(ledger.audit.checkpoint(3) for _ in range(8)))
    assert len({signed.note for signed in asked}) == 1
    assert asked[0].checkpoint.root == root_by_definition(leaves[:3])
    older = await ledger.audit.checkpoint(2)  # smaller than the last one signed
    assert older.checkpoint.root == root_by_definition(leaves[:2])
    assert ledger.audit.newest.checkpoint.size == 3
    assert stored_sizes(ledger, regular_below=10) == [1]


async def test_many_receipts_share_one_signature(ledger) -> None:
    await ledger.record(a_command(*[entry(f"p{number}", a_party()) for number in range(20)]))
    signed = await asyncio.gather(
        *(ledger.audit.covering(position) for position in range(2, 22))
    )
    assert {each.checkpoint.size for each in signed} == {21}
    assert stored_sizes(ledger) == [1, 21]


async def test_a_checkpoint_that_cannot_be_stored_harms_no_request(
    tmp_path, clock, monkeypatch
) -> None:
    ledgers = all_ledgers(tmp_path, clock, checkpoint_seconds=0.01)
    ledgers.open()
    ledger = await ledgers.create("us-dprk", "Talks")
    remember = "ledger_service.persistence.signing.last_signed.LastSigned.remember"
    with monkeypatch.context() as broken:
        broken.setattr(remember, lambda *_: (_ for _ in ()).throw(OSError("disk full")))
        await ledger.record(one("us"))
        await ledger.record(one("dprk"))
        await asyncio.sleep(0.05)
        assert ledger.audit.newest.checkpoint.size == 1  # never handed out before it is kept
    async with asyncio.timeout(20):
        while ledger.audit.newest.checkpoint.size < 3:  # noqa: ASYNC110 -- it tells nobody
            await asyncio.sleep(0.05)
    await ledgers.close()


async def test_a_checkpoint_that_was_committed_but_not_remembered_is_taken_up(
    ledger, ledgers, tmp_path, clock, monkeypatch
) -> None:
    seen = tmp_path / "keys/us-dprk.seen"
    before = seen.read_text()
    await ledger.record(one("us"))
    await ledgers.close()
    seen.write_text(before)
    ledgers, ledger = await opened_again(tmp_path, clock)
    assert ledger.audit.newest.checkpoint.size == 2
    assert ledger.audit.distrusted == ""
    assert seen.read_text() == ledger.audit.newest.note, "so that a loss is noticed"
    await ledgers.close()


@pytest.mark.parametrize(
    ("statement", "finding"),
    [
        ("UPDATE stored_events SET leaf_hash = zeroblob(32) WHERE rowid = 2", "were changed"),
        ("UPDATE requests SET root_hash = zeroblob(32) WHERE last_position = 3", "position 3"),
        ("UPDATE stored_events SET state = x'7b7d' WHERE rowid = 2", "position 2"),
        ("DELETE FROM stored_events WHERE rowid = 2", "missing"),
        ("UPDATE checkpoints SET note = 'x' || note WHERE size = 1", "position 1"),
        ("UPDATE checkpoints SET note = 'x' WHERE size = 3", "forged"),
        ("UPDATE stored_events SET originator_id = 'iran' WHERE rowid = 2", "as another one"),
        ("UPDATE stored_events SET originator_version = 2 WHERE rowid = 2", "as another one"),
        ("UPDATE stored_events SET topic = 'key.rotated.v1' WHERE rowid = 2", "as another one"),
        ("DELETE FROM requests WHERE last_position = 1", "ends at position 1"),
        ("DELETE FROM requests WHERE last_position = 3", "ends at position 3"),
        ("UPDATE requests SET request_id = 'x' WHERE last_position = 3", "ends at position 3"),
        (
            "UPDATE requests SET first_position = 3 WHERE last_position = 3",
            "ends at position 3",
        ),
        ("UPDATE requests SET recorded_at = 1 WHERE last_position = 1", "ends at position 1"),
        (
            "UPDATE requests SET content_hash = zeroblob(32) WHERE last_position = 3",
            "ends at position 3",
        ),
        ("UPDATE requests SET mark = NULL WHERE last_position = 3", "ends at position 3"),
        (
            "INSERT INTO requests SELECT 2, 2, 'x', content_hash, 2, root_hash, mark FROM requests LIMIT 1",
            "ends at position 2",
        ),
    ],
)
async def test_a_check_finds_every_change_and_ends_the_writing(
    ledger, ledgers, tmp_path, clock, statement: str, finding: str
) -> None:
    await ledger.record(a_command(entry("us", a_party()), entry("dprk", a_party())))
    await ledgers.close()
    change(tmp_path, statement)
    ledgers, ledger = await opened_again(tmp_path, clock)
    checked = await ledger.audit.check()
    assert any(finding in each for each in checked.findings), checked
    with pytest.raises(LedgerDistrusted):
        await ledger.record(one("late"))
    with pytest.raises(LedgerDistrusted):
        await ledger.rotate_key("x")
    assert (tmp_path / "keys/us-dprk.distrusted").read_text().strip() == ledger.audit.distrusted
    await ledgers.close()


@pytest.mark.parametrize(
    ("statement", "finding"),
    [
        ("UPDATE sealed_values SET value = x'6c6965'", "not the one that was sealed"),
        ("UPDATE sealed_values SET value = x'ff'", "not the one that was sealed"),
        ("UPDATE sealed_values SET salt = zeroblob(16)", "not the one that was sealed"),
        ("UPDATE sealed_values SET erased = 1", "marked as erased"),
        ("DELETE FROM sealed_values", "is gone"),
    ],
)
async def test_a_text_in_the_place_of_a_sealed_one_is_found_and_never_shown(
    ledger, tmp_path, statement: str, finding: str
) -> None:
    sealed = NewEntry("kr", a_party(note="the truth"), seal=("note",))
    await ledger.record(a_command(sealed))
    change(tmp_path, statement)
    (place,) = ledger.reader.sealed_fields(2)
    assert ledger.reader.unsealed([place.commitment]) == {}
    assert list(ledger.reader.disclosures(2)) == []
    checked = await ledger.audit.check()
    assert [each for each in checked.findings if finding in each], checked


async def test_what_somebody_put_behind_the_last_request_is_never_signed(
    ledger, ledgers, tmp_path, clock
) -> None:
    await ledger.record(one("us"))
    await ledgers.close()
    change(
        tmp_path,
        "INSERT INTO stored_events VALUES (3, 'x', 1, 'party.registered.v1', ?, x'7b7d')",
        leaf_hash(b"{}"),
    )
    ledgers, ledger = await opened_again(tmp_path, clock)
    assert "its last request at 2" in ledger.audit.distrusted
    assert ledger.audit.newest is None or ledger.audit.newest.checkpoint.size == 2
    await ledgers.close()


async def test_a_forged_checkpoint_is_not_handed_out(ledger, tmp_path) -> None:
    await ledger.record(one("us"))
    asked = await ledger.audit.checkpoint(2)
    await ledger.record(one("dprk"))
    await ledger.audit.checkpoint(3)
    forged = asked.note[:-12] + "AAAAAAAAAA=\n"
    change(tmp_path, "UPDATE checkpoints SET note = ? WHERE size = 2", forged)
    with pytest.raises(LedgerDistrusted, match="stored at position 2 is forged"):
        await ledger.audit.checkpoint(2)


async def test_a_check_of_a_sound_log_finds_nothing(ledger) -> None:
    for number in range(3):
        await ledger.record(
            a_command(*[entry(f"p{number}-{each}", a_party()) for each in range(300)])
        )
    checked = await ledger.audit.check()
    assert checked == (901, [])


async def test_only_a_check_that_was_asked_for_restores_trust(ledger) -> None:
    ledger.audit.withdraw("Something did not fit.")
    ledger.audit.watch(3600)
    await until(lambda: ledger.audit.passes == 1)
    with pytest.raises(LedgerDistrusted, match="Something did not fit"):
        await ledger.record(one("us"))
    assert (await ledger.audit.check()).findings == []
    await ledger.record(one("us"))


async def until(so: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not so():  # noqa: ASYNC110 - nobody tells
            await asyncio.sleep(0.005)


async def test_the_check_beside_the_service_never_ends(ledger, tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(auditing, "_SHORTEST_PERIOD", 0.01)
    await ledger.record(a_command(*[entry(f"p{each}", a_party()) for each in range(300)]))
    ledger.audit.watch(0.05)
    await until(lambda: ledger.audit.passes >= 3)
    assert ledger.audit.distrusted == ""
    change(tmp_path, "UPDATE stored_events SET state = x'7b7d' WHERE rowid = 299")
    await until(lambda: "position 299 does not fit" in ledger.audit.distrusted)
    with pytest.raises(LedgerDistrusted):
        await ledger.record(one("us"))


async def test_a_slow_check_tells_at_once_what_it_finds(ledger, tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(auditing, "_STEP_RECORDS", 1)
    monkeypatch.setattr(auditing, "_REST", 100.0)  # times what a step took
    await ledger.record(a_command(*[entry(f"p{each}", a_party()) for each in range(300)]))
    change(tmp_path, "UPDATE stored_events SET state = x'7b7d' WHERE rowid = 2")
    ledger.audit.watch(3600)
    await until(lambda: "position 2 does not fit" in ledger.audit.distrusted)
    assert ledger.audit.passes == 0


async def test_keys_that_are_made_during_a_slow_check_are_taken_in(ledger, monkeypatch) -> None:
    monkeypatch.setattr(auditing, "_STEP_RECORDS", 1)
    monkeypatch.setattr(auditing, "_REST", 0.001)
    await ledger.record(a_command(*[entry(f"p{each}", a_party()) for each in range(300)]))
    ledger.audit.watch(3600)
    await ledger.rotate_key("yearly")
    await ledger.retire_key(ledger.verification_keys[0])
    await ledger.audit.checkpoint(301)
    await until(lambda: ledger.audit.passes == 1)
    assert ledger.audit.distrusted == ""


async def test_a_node_that_was_changed_is_found(ledger, tmp_path) -> None:
    await ledger.record(a_command(*[entry(f"p{each}", a_party()) for each in range(600)]))
    change(tmp_path, "UPDATE tree_nodes SET hash = zeroblob(32) WHERE level = 8 AND idx = 1")
    checked = await ledger.audit.check()
    assert "The hash stored over positions 257 to 512" in checked.findings[-1]
    with pytest.raises(LedgerDistrusted):
        await ledger.audit.checkpoint(601)


async def test_no_receipt_is_given_that_would_not_verify(ledger, tmp_path) -> None:
    await ledger.record(one("us"))
    signed = await ledger.audit.covering(2)
    change(tmp_path, "UPDATE stored_events SET state = x'7b7d' WHERE rowid = 2")
    with pytest.raises(LedgerDistrusted, match="position 2"):
        ledger.audit.proofs.receipts([2], signed)


async def test_a_larger_checkpoint_under_the_right_key_is_an_old_backup(
    ledger, ledgers, tmp_path, clock
) -> None:
    key, make = ledger._signing._signers[0]
    larger = sign(Checkpoint(ledger.opening.origin, 99, bytes(32)), [(key, make)])
    await ledgers.close()
    (tmp_path / "keys/us-dprk.seen").write_text(larger.note)
    ledgers, ledger = await opened_again(tmp_path, clock)
    assert "a checkpoint over 99 records was signed" in ledger.audit.distrusted
    made = await Successions(ledgers).succeed("us-dprk", "Lost.")
    assert made.bequest.signed[:2] == (ledger.opening.origin, 99)
    assert made.ledger.opening.title == ledger.opening.title
    with pytest.raises(Invalid, match="needs no successor"):
        await Successions(ledgers).succeed("us-dprk", "Another reason.")
    await ledgers.close()


@pytest.mark.parametrize(
    "harm", ["first record gone", "first record garbled", "a time beyond all", "no database"]
)
async def test_a_log_that_does_not_say_what_it_is_is_refused_in_plain_words(
    ledger, ledgers, tmp_path, clock, harm: str
) -> None:
    await ledger.record(one("us"))
    await ledgers.close()
    if harm == "first record gone":
        change(tmp_path, "DELETE FROM stored_events WHERE rowid = 1")
    elif harm == "first record garbled":
        change(tmp_path, "UPDATE stored_events SET state = x'00' WHERE rowid = 1")
    elif harm == "a time beyond all":
        change(tmp_path, "UPDATE requests SET recorded_at = 9e18 WHERE last_position = 2")
    else:
        (tmp_path / "data/ledgers/us-dprk/log.sqlite").write_bytes(b"garbage" * 1000)
    ledgers = all_ledgers(tmp_path, clock)
    ledgers.open()
    with pytest.raises(LedgerNotServed, match="from a backup"):
        ledgers.get("us-dprk")
    await ledgers.close()


async def test_a_name_that_was_signed_is_not_used_for_another_log(
    ledger, ledgers, tmp_path, clock
) -> None:
    await ledgers.close()
    for file in (tmp_path / "data/ledgers/us-dprk").iterdir():
        file.unlink()
    ledgers = all_ledgers(tmp_path, clock)
    ledgers.open()
    with pytest.raises(Invalid, match="its log is gone"):
        await ledgers.create("us-dprk", "US and North Korea", "To test.", None)
    await ledgers.close()


async def test_keys_overlap_and_the_newest_must_be_there(
    ledger, ledgers, tmp_path, clock
) -> None:
    old = ledger.opening.verification_key
    new, position = await ledger.rotate_key("Yearly change.")
    assert (position, ledger.head.position) == (2, 2)
    assert ledger.verification_keys == [old, new]
    newest = parse(ledger.audit.newest.note)
    assert [each.key_id for each in newest.signatures] == [
        VerificationKey.parse(each).id for each in (old, new)
    ]
    for wrong in (new, "nonsense", old.replace("+A", "+B")):
        with pytest.raises(Invalid):
            await ledger.retire_key(wrong)
    assert await ledger.retire_key(old) == [new]
    assert not (tmp_path / "keys/us-dprk.key").exists()
    await ledger.record(one("us"))
    await ledgers.close()

    ledgers, ledger = await opened_again(tmp_path, clock)
    assert ledger.audit.distrusted == ""
    assert (ledger.named_keys, ledger.verification_keys) == ([old, new], [new])
    assert (await ledger.audit.check()).findings == []
    await ledgers.close()
    key_id = VerificationKey.parse(new).id.hex()
    os.unlink(tmp_path / f"keys/us-dprk.{key_id}.key")  # noqa: PTH108
    ledgers = all_ledgers(tmp_path, clock)
    ledgers.open()
    with pytest.raises(LedgerNotServed, match=f"us-dprk.{key_id}.key is missing"):
        ledgers.get("us-dprk")
    await ledgers.close()


async def test_an_old_copy_from_before_a_rotation_is_read_though_its_key_is_gone(
    ledger, ledgers, tmp_path, clock
) -> None:
    await ledgers.close()
    log = tmp_path / "data/ledgers/us-dprk/log.sqlite"
    copy = log.read_bytes()
    ledgers, ledger = await opened_again(tmp_path, clock)
    old = ledger.opening.verification_key
    await ledger.rotate_key("Yearly change.")
    await ledger.retire_key(old)
    await ledgers.close()
    log.write_bytes(copy)
    ledgers, ledger = await opened_again(tmp_path, clock)
    assert "a checkpoint over 2 records was signed" in ledger.audit.distrusted
    assert ledger.verification_keys == []
    made = await Successions(ledgers).succeed("us-dprk", "Lost.")
    assert (made.bequest.upto, made.bequest.signed.size) == (1, 2)
    await ledgers.close()


async def test_a_failed_commit_of_a_new_key_leaves_the_old_one_signing(
    ledger, monkeypatch
) -> None:
    commit = SqliteLogConnection.commit

    def fail_once(_connection: SqliteLogConnection) -> None:
        monkeypatch.setattr(SqliteLogConnection, "commit", commit)
        raise sqlite3.OperationalError("disk I/O error")

    monkeypatch.setattr(SqliteLogConnection, "commit", fail_once)
    with pytest.raises(StorageFailed):
        await ledger.rotate_key("x")
    assert ledger.verification_keys == [ledger.opening.verification_key]
    await ledger.record(one("us"))
    assert (await ledger.audit.checkpoint(2)).checkpoint.root == ledger.head.root_hash


@pytest.fixture
async def each_signed(tmp_path, clock):
    """A ledger of which each group of requests is signed before it is answered."""
    ledgers = all_ledgers(tmp_path, clock, checkpoint_seconds=0)
    ledgers.open()
    yield await ledgers.create("us-dprk", "Talks")
    await ledgers.close()


async def test_nothing_is_acknowledged_unsigned_where_each_group_is_to_be_signed(
    each_signed, monkeypatch
) -> None:
    def command(number: int):
        return a_command(entry(f"p{number}", a_party()), request_id=f"r{number}")

    ledger = each_signed
    await ledger.record(one("known"))

    def fail(_path: Path, _content: bytes) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr("ledger_service.persistence.signing.last_signed.write_whole", fail)
        for number in range(5):
            with pytest.raises(StorageFailed):
                await ledger.record(command(number))
        with pytest.raises(StorageFailed):
            await ledger.rotate_key("Yearly change.")
        assert ledger.head.position == 3, "one met it unawares, the others were not written"
        assert ledger.health.health.ledgers()["us-dprk"] is False
    answers = [await ledger.record(command(number)) for number in range(5)]
    assert [each.already_recorded for each in answers] == [True] + [False] * 4
    assert [each.position for each in answers] == [3, 4, 5, 6, 7]
    assert ledger.audit.newest.checkpoint.size == ledger.head.position
    assert ledger.health.health.problems() == []
