"""What `ledger-service key show` prints is what `ledgerctl` takes as a file of keys."""

import os
from pathlib import Path
from typing import Any

from diplomatic_ledger import SyncLedgerClient
from diplomatic_ledger.json_form import read_item

from tests.support import programs

NAME = "us-dprk"


def ledger_service(folder: Path, *arguments: str) -> str:
    places = {"LEDGER_DATA_DIR": f"{folder}/data", "LEDGER_KEYS_DIR": f"{folder}/keys"}
    done = programs.ledger_service(*arguments, env={**os.environ, **places})
    assert done.returncode == 0, done.stderr
    return done.stdout


def ledgerctl(address: str, *arguments: str, given: str = "") -> str:
    done = programs.ledgerctl(
        *arguments,
        env={**os.environ, "LEDGERCTL_SERVER": address, "LEDGERCTL_LEDGER": NAME},
        given=given,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def verified(address: str, folder: Path, number: int) -> str:
    """What is said of a new export by the keys that are shown, as a pipe and as a file."""
    export, keys = folder / f"export{number}", folder / f"keys{number}"
    ledgerctl(address, "export", str(export))
    shown = ledger_service(folder, "key", "show", NAME)
    told = ledgerctl(address, "verify", str(export), "--key-file", "-", given=shown)
    keys.write_text(shown)
    assert ledgerctl(address, "verify", str(export), "--key-file", str(keys)) == told
    watched = ("witness", "--key-file", str(keys), "--state", str(folder / f"seen{number}"))
    assert "seen for the first time" in ledgerctl(address, *watched)
    return told


def test_they_verify_an_export_also_after_a_rotation_and_for_a_fork(
    start: Any, tmp_path: Path
) -> None:
    process = start(LEDGER_CHECKPOINT_SECONDS="0")
    address = process.address()
    with SyncLedgerClient(address) as client:
        client.create_ledger(NAME, "Talks")
        client.record(NAME, [read_item({"id": "us", "party": {"name": "US", "kind": "state"}})])
    assert "VERIFIED: 2 records" in verified(address, tmp_path, 1)
    ledger_service(tmp_path, "key", "rotate", NAME, "--reason", "Yearly change.")
    assert "VERIFIED: 3 records" in verified(address, tmp_path, 2)
    lines = ledger_service(tmp_path, "key", "show", NAME).splitlines()
    assert lines[::2] == ["# signs", "# signs"]


def test_the_keys_of_a_log_before_are_remarks(start: Any, tmp_path: Path) -> None:
    process = start(LEDGER_CHECKPOINT_SECONDS="0")
    address = process.address()
    with SyncLedgerClient(address) as client:
        client.create_ledger("talks", "Talks")
    ledger_service(tmp_path, "ledger", "fork", "talks", NAME)
    lines = ledger_service(tmp_path, "key", "show", NAME).splitlines()
    assert lines[0] == "# Of the log before, which this one goes on for:"
    assert lines[1].startswith("# localhost/diplomatic-ledger/talks+")
    assert lines[2] == "# signs"
    assert "VERIFIED: 2 records" in verified(address, tmp_path, 1)
