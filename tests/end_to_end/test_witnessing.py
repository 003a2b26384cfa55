"""The other side watches a real service with `ledgerctl witness`: a log that grows is
signed, a log that shows another history is found out, whatever the service says of itself.
"""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from diplomatic_ledger import SyncLedgerClient
from diplomatic_ledger.cli.root import run
from diplomatic_ledger.json_form import read_item
from diplomatic_ledger.verify.notes import Note, VerificationKey

from tests.support.ledgers_on_disk import bring_home

LEDGER = "talks"


def record(address: str, *ids: str) -> int:
    items = [read_item({"id": each, "party": {"name": each, "kind": "state"}}) for each in ids]
    with SyncLedgerClient(address) as client:
        return max(each.position for each in client.record(LEDGER, items).recorded)


def test_a_witness_sees_growth_and_finds_a_fork(
    start: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    process = start(LEDGER_CHECKPOINT_SECONDS="0")
    with SyncLedgerClient(process.address()) as client:
        key = client.create_ledger(LEDGER, "Talks").verification_key
    state, signed, pem = tmp_path / "seen", tmp_path / "signed", tmp_path / "witness.pem"
    command = ["openssl", "genpkey", "-algorithm", "ed25519", "-out", str(pem)]
    subprocess.run(command, check=True, timeout=30)
    pem.chmod(0o600)

    def witness() -> tuple[int, str, str]:
        arguments = ["witness", "--server", process.address(), "--key", key]
        arguments += ["--state", str(state), "-o", str(signed)]
        code = run([*arguments, "--sign-as", "other.example", "--signing-key", str(pem)])
        printed = capsys.readouterr()
        return code, printed.out, printed.err

    record(process.address(), "us")
    code, out, err = witness()
    assert (code, err) == (0, "")
    assert "size 2" in out
    assert "seen for the first time" in out
    code, out, _ = witness()
    assert (code, "size 2" in out) == (0, True)
    assert out.strip().endswith("unchanged: nothing was recorded since it was seen last.")
    process.stop()
    for name in ("data", "keys"):
        shutil.copytree(tmp_path / name, tmp_path / "kept" / name)

    process = start(LEDGER_CHECKPOINT_SECONDS="0")
    record(process.address(), "dprk", "rok")
    code, out, _ = witness()
    assert (code, "size 4" in out, "extends size 2" in out) == (0, True, True)
    note = Note.parse(signed.read_bytes())
    assert note.signers([VerificationKey.parse(key)])
    assert [line.name for line in note.signatures][-1] == "other.example"
    process.stop()

    # The keeper goes back to a copy, all traces included, and writes another history.
    for name in ("data", "keys"):
        shutil.rmtree(tmp_path / name)
        shutil.copytree(tmp_path / "kept" / name, tmp_path / name)
    bring_home(tmp_path / "data")
    process = start(LEDGER_CHECKPOINT_SECONDS="0")
    code, _, err = witness()
    assert (code, "NOT CONSISTENT: The log went back" in err) == (1, True)
    record(process.address(), "prc", "russia", "japan")
    code, _, err = witness()
    assert (code, "forked or rewritten" in err) == (1, True)
    assert Note.parse(signed.read_bytes()) == note
