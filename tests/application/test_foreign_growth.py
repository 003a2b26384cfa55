"""Where one service writes a log, what somebody else added to it is neither signed nor
recorded behind, whether the service runs or not. What the service itself recorded and could
not sign any more is taken up as before.
"""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from ledger_service.audit.tree import Frontier, leaf_hash
from ledger_service.domain.values.refusals import LedgerDistrusted
from ledger_service.persistence.signing.checkpoints import Checkpoints
from tests.support.examples import a_command, a_party, entry
from tests.support.ledgers_on_disk import all_ledgers, bring_home

ADDED = "by what this service did not record: somebody added it behind the back"
_NODES = "SELECT hash FROM tree_nodes WHERE level = ? AND idx >= ? AND idx < ? ORDER BY idx"
_LEAVES = "SELECT leaf_hash FROM stored_events WHERE rowid > ? AND rowid <= ? ORDER BY rowid"


def log_of(folder: Path) -> Path:
    return folder / "data/ledgers/us-dprk/log.sqlite"


def one(entry_id: str):
    return a_command(entry(entry_id, a_party()))


def append(folder: Path, entry_id: str, *, mark: bytes | None = None) -> None:
    """Adds a record that is right in all that can be known without the key."""
    with closing(sqlite3.connect(log_of(folder))) as log, log:
        position, state, topic = log.execute(
            "SELECT rowid, state, topic FROM stored_events ORDER BY rowid DESC LIMIT 1"
        ).fetchone()
        columns = [name for _, name, *_ in log.execute("PRAGMA table_info(requests)")]
        last = log.execute("SELECT * FROM requests ORDER BY 1 DESC LIMIT 1").fetchone()
        row = dict(zip(columns, last, strict=True))
        subject = log.execute(
            "SELECT originator_id FROM stored_events ORDER BY rowid DESC LIMIT 1"
        ).fetchone()[0]
        record = (
            state.replace(f'"subject":"{subject}"'.encode(), f'"subject":"{entry_id}"'.encode())
            .replace(
                f'"position":"{position}"'.encode(), f'"position":"{position + 1}"'.encode()
            )
            .replace(row["request_id"].encode(), b"r-forged")
            .replace(b'"time":"2018', b'"time":"2019')
        )
        nodes = lambda level, first, count: [  # noqa: E731
            each[0]
            for each in (
                log.execute(_NODES, (level, first, first + count))
                if level
                else log.execute(_LEAVES, (first, first + count))
            )
        ]
        tree = Frontier.restore(position, nodes)
        completed = tree.append(leaf_hash(record))
        log.execute(
            "INSERT INTO stored_events VALUES (?, ?, 1, ?, ?, ?)",
            (position + 1, entry_id, topic, leaf_hash(record), record),
        )
        for node in completed:
            log.execute("INSERT INTO tree_nodes VALUES (?, ?, ?)", node)
        row |= {
            "last_position": position + 1,
            "first_position": position + 1,
            "request_id": "r-forged",
            "recorded_at": row["recorded_at"] + 365 * 86_400 * 1_000_000,
            "root_hash": tree.root(),
        }
        if mark is not None or "mark" in row:
            row["mark"] = mark or row["mark"]  # that of another request
        places = ", ".join("?" * len(row))
        log.execute(f"INSERT INTO requests VALUES ({places})", list(row.values()))


def killed(folder: Path) -> Path:
    """A copy of the folders as they are now: what a kill of the service would leave."""
    copy = folder / "killed"
    for name in ("data", "keys"):
        shutil.copytree(folder / name, copy / name, ignore=shutil.ignore_patterns("*.sock"))
    bring_home(copy)
    return copy


def opened(folder: Path, clock):
    ledgers = all_ledgers(folder, clock)
    ledgers.open()
    return ledgers, ledgers.get("us-dprk")


async def check_refused(ledger, signed: int) -> None:
    assert ADDED in ledger.audit.distrusted
    with pytest.raises(LedgerDistrusted, match=ADDED):
        await ledger.record(one("late"))
    newest = Checkpoints(ledger.log).newest()
    assert newest is not None
    assert newest.size == signed
    assert any(ADDED in finding for finding in (await ledger.audit.check()).findings)
    assert ledger.audit.distrusted


async def test_what_was_added_while_the_service_was_down_is_not_signed(
    ledger, ledgers, tmp_path, clock
) -> None:
    await ledger.record(one("us"))
    await ledgers.close()
    append(tmp_path, "forged")
    ledgers, ledger = opened(tmp_path, clock)
    await check_refused(ledger, signed=2)
    await ledgers.close()
    ledgers, ledger = opened(tmp_path, clock)
    await check_refused(ledger, signed=2)
    await ledgers.close()


async def test_what_was_added_under_a_running_service_is_not_recorded_behind(
    ledger, tmp_path
) -> None:
    await ledger.record(one("us"))
    append(tmp_path, "forged")
    with pytest.raises(LedgerDistrusted, match=ADDED):
        await ledger.record(one("dprk"))
    assert ledger.head.position == 2
    await check_refused(ledger, signed=1)
    assert ledger.reader.versions("dprk") == []


async def test_what_was_added_under_an_idle_service_is_found_by_a_check(
    ledger, tmp_path
) -> None:
    await ledger.record(one("us"))
    append(tmp_path, "forged")
    assert any(ADDED in finding for finding in (await ledger.audit.check()).findings)
    await check_refused(ledger, signed=1)


async def test_other_writes_of_the_operator_are_refused_too(ledger, tmp_path) -> None:
    await ledger.record(one("us"))
    append(tmp_path, "forged")
    with pytest.raises(LedgerDistrusted, match=ADDED):
        await ledger.rotate_key("yearly")
    await check_refused(ledger, signed=1)


async def test_what_the_service_recorded_and_did_not_sign_any_more_is_taken_up(
    ledger, tmp_path, clock
) -> None:
    await ledger.record(one("us"))
    await ledger.record(one("dprk"))
    assert ledger.audit.newest.checkpoint.size == 1
    ledgers, again = opened(killed(tmp_path), clock)
    assert again.audit.distrusted == ""
    assert again.audit.newest.checkpoint.size == 3
    await again.record(one("kr"))
    await ledgers.close()


async def test_a_ledger_that_was_only_just_made_is_taken_up(ledger, tmp_path, clock) -> None:
    folder = killed(tmp_path)
    (folder / "keys/us-dprk.seen").unlink()
    with closing(sqlite3.connect(log_of(folder))) as log, log:
        log.execute("DELETE FROM checkpoints")
    ledgers, again = opened(folder, clock)
    assert (again.audit.distrusted, again.audit.newest.checkpoint.size) == ("", 1)
    await ledgers.close()


async def test_a_request_that_was_not_signed_yet_cannot_be_changed(
    ledger, tmp_path, clock
) -> None:
    await ledger.record(one("us"))
    folder = killed(tmp_path)
    with closing(sqlite3.connect(log_of(folder))) as log, log:
        log.execute("UPDATE requests SET content_hash = zeroblob(32) WHERE last_position = 2")
    ledgers, again = opened(folder, clock)
    assert ADDED in again.audit.distrusted
    await ledgers.close()


async def test_growth_is_taken_up_over_a_rotation_and_a_retirement(
    ledger, tmp_path, clock
) -> None:
    await ledger.record(one("us"))
    await ledger.rotate_key("yearly")
    await ledger.record(one("dprk"))
    await ledger.retire_key(ledger.verification_keys[0])
    await ledger.record(one("kr"))
    ledgers, again = opened(killed(tmp_path), clock)
    assert (again.audit.distrusted, again.audit.newest.checkpoint.size) == ("", 5)
    assert (await again.audit.check()).findings == []
    await ledgers.close()


async def test_a_rotation_that_was_cut_off_is_taken_up(
    ledger, tmp_path, clock, monkeypatch
) -> None:
    await ledger.record(one("us"))
    copies = []
    monkeypatch.setattr(ledger._signing, "sign", lambda **_: copies.append(killed(tmp_path)))
    await ledger.rotate_key("yearly")
    monkeypatch.undo()
    ledgers, again = opened(copies[0], clock)
    assert (again.audit.distrusted, again.audit.newest.checkpoint.size) == ("", 3)
    await ledgers.close()
