"""A ledger goes on after a loss, as its callers, its operator and those who verify meet it."""

import os
import shutil
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from diplomatic_ledger import StoredRecord, SyncLedgerClient
from diplomatic_ledger.verify import (
    Anchor,
    Broken,
    Checkpoint,
    VerificationKey,
    verify_bag,
    verify_receipt,
)
from diplomatic_ledger.verify.witness import Seen, accept

from tests.support import programs
from tests.support.examples import a_party, entry
from tests.support.go_program import NOT_INSTALLED, build
from tests.support.own_address import own_address
from tests.support.wire import message

NAME = "us-dprk"


def command(folder: Path, *arguments: str) -> str:
    given = {
        "LEDGER_DATA_DIR": str(folder / "data"),
        "LEDGER_KEYS_DIR": str(folder / "keys"),
    }
    done = programs.ledger_service(*arguments, env={**os.environ, **given})
    assert done.returncode == 0, done.stderr
    return done.stdout


def export(address: str, ledger: str, to: Path) -> None:
    done = programs.ledgerctl("--server", address, "--ledger", ledger, "export", to)
    assert done.returncode == 0, done.stderr


def log_in(folder: Path) -> Path:
    return folder / "data/ledgers" / NAME / "log.sqlite"


def item(entry_id: str) -> Any:
    return message(entry(entry_id, a_party()))


def test_a_ledger_goes_on_after_an_old_backup_was_restored(start: Any, tmp_path: Path) -> None:
    address = own_address()
    process = start(LEDGER_CHECKPOINT_SECONDS="0", LEDGER_LISTEN=address)
    process.address()
    with SyncLedgerClient(address) as client:
        client.create_ledger(NAME, "Talks")
        for each in ("a", "b", "c"):
            client.record(NAME, [item(each)])
        old = client.ledger(NAME)
        at_4 = (client.checkpoint(NAME)).checkpoint.encode()
        receipt = client.receipt(NAME, "b")
        assert process.stop() == 0
        backup = tmp_path / "backup.sqlite"
        shutil.copy(log_in(tmp_path), backup)
        process = start(LEDGER_CHECKPOINT_SECONDS="0", LEDGER_LISTEN=address)
        process.address()
        kept = client.record(NAME, [item("lost")])
        at_5 = (client.checkpoint(NAME)).checkpoint.encode()
        assert process.stop() == 0
        backup.replace(log_in(tmp_path))
        process = start(LEDGER_CHECKPOINT_SECONDS="0", LEDGER_LISTEN=address)
        process.address()

        # While the service runs: its callers wait for a moment.
        found = programs.ledger_service(
            "ledger",
            "adopt",
            NAME,
            env={
                **os.environ,
                "LEDGER_DATA_DIR": str(tmp_path / "data"),
                "LEDGER_KEYS_DIR": str(tmp_path / "keys"),
            },
        )
        assert "a checkpoint over 5 records was signed" in found.stdout
        told = command(tmp_path, "ledger", "succeed", NAME, "--reason", "An old backup.")
        assert "goes on with 4 records" in told
        assert "Of 5 records that were signed, 1 is lost." in told
        new = client.ledger(NAME)
        assert new.position == 5
        again = client.record(NAME, [item("lost")])  # what was lost is recorded anew
        assert again.recorded[0].position == 6
        assert kept.token != again.token
        entry_b = client.entry(NAME, "b")
        assert entry_b.entry_id == "b"
        export(address, NAME, tmp_path / "export")
        proof = (client.consistency_proof(NAME, 4, 6)).hashes
        newest = (client.checkpoint(NAME)).checkpoint.encode()
    assert process.stop() == 0

    key, old_key = (VerificationKey.parse(each.verification_key) for each in (new, old))
    before, lost = Checkpoint.parse(at_4), Checkpoint.parse(at_5)
    # Who kept a checkpoint of what was inherited verifies it with the new key.
    anchor = Anchor(keys=(key,), old_checkpoints=(before,))
    report = verify_bag(tmp_path / "export", anchor)
    assert report.findings == []
    assert any("of which it inherited the first 4 records" in each for each in report.notes)
    readme = (tmp_path / "export/data/README.txt").read_text()
    assert f"It was begun under other origins: {old.origin}." in readme
    # Who kept one of what was lost is told so.
    anchor = Anchor(keys=(key,), old_checkpoints=(lost,))
    (finding,) = verify_bag(tmp_path / "export", anchor).findings
    assert "of which only 4 were inherited" in str(finding)
    # An old receipt stays what it is: one of the old key.
    raw, line = receipt.receipt.encode(), receipt.record
    assert verify_receipt(raw, line, Anchor(keys=(old_key,)), "r").findings == []
    assert verify_receipt(raw, line, Anchor(keys=(key,)), "r").findings != []
    # A witness that saw no more than what was inherited goes on; another one objects.
    seen = Seen(before.origin, before.size, before.root)
    assert accept(newest, [key], seen, lambda *_: proof).size == 6
    with pytest.raises(Broken, match="does not extend"):
        accept(newest, [key], Seen(lost.origin, lost.size, lost.root), lambda *_: proof)
    if not NOT_INSTALLED:
        keys = f"{new.verification_key},{old.verification_key}"
        program = build(tmp_path)
        done = subprocess.run(
            [program, keys, tmp_path / "export"], capture_output=True, text=True, check=False
        )
        assert done.stdout.startswith(f"VERIFIED: 6 records of {new.origin}, root "), done
        assert done.stdout.endswith(" and 5 earlier checkpoints\n")


def test_a_subscriber_goes_on_with_the_successor(start: Any, tmp_path: Path) -> None:
    address = own_address()
    process = start(LEDGER_CHECKPOINT_SECONDS="0", LEDGER_LISTEN=address)
    process.address()
    with SyncLedgerClient(address) as client:
        client.create_ledger(NAME, "Talks")
        client.record(NAME, [item("a")])
        assert process.stop() == 0
        with sqlite3.connect(log_in(tmp_path)) as file:
            file.execute("DELETE FROM checkpoints WHERE size = 2")
        file.close()
        process = start(LEDGER_CHECKPOINT_SECONDS="0", LEDGER_LISTEN=address)
        process.address()
        with closing(client.subscribe(NAME)) as events:
            records = (each.position for each in events if isinstance(each, StoredRecord))
            assert [next(records) for _ in range(2)] == [1, 2]
            assert "checkpoints were removed" in client.ledger(NAME).distrusted
            command(
                tmp_path, "ledger", "succeed", NAME, "--reason", "Checkpoints were removed."
            )
            assert client.record(NAME, [item("b")]).recorded[0].position == 4
            assert [next(records) for _ in range(2)] == [3, 4]


def test_a_fork_is_no_ledger_of_the_old_key(start: Any, tmp_path: Path) -> None:
    process = start(LEDGER_CHECKPOINT_SECONDS="0")
    with SyncLedgerClient(process.address()) as client:
        client.create_ledger(NAME, "Talks")
        client.record(NAME, [item("a")])
        old = client.ledger(NAME)
        receipt = client.receipt(NAME, "a")
        command(tmp_path, "ledger", "fork", NAME, "trial")
        client.record("trial", [item("b")])
        new = client.ledger("trial")
        assert (new.position, new.origin) == (4, "localhost/diplomatic-ledger/trial")
        export(process.address(), "trial", tmp_path / "export")
        assert (client.ledger(NAME)).position == 2
    assert process.stop() == 0
    key, old_key = (VerificationKey.parse(each.verification_key) for each in (new, old))
    assert verify_bag(tmp_path / "export", Anchor(keys=(key,))).findings == []
    assert verify_bag(tmp_path / "export", Anchor(keys=(old_key,))).findings != []
    raw, line = receipt.receipt.encode(), receipt.record
    assert verify_receipt(raw, line, Anchor(keys=(key,)), "r").findings != []
