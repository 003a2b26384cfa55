"""`ledgerctl verify`: what it prints, and its exit codes."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from diplomatic_ledger.cli.root import run

from tests.support.small_bags import (
    OTHER_KEY,
    SmallBag,
    checkpoint,
    leaf,
    log_of,
    receipt,
    vkey,
)

RECORDS = log_of(5)
LEAVES = [leaf(each) for each in RECORDS]
Ledgerctl = Callable[..., tuple[int, str, str]]


@pytest.fixture
def bag(tmp_path: Path) -> str:
    return str(SmallBag(RECORDS).write(tmp_path / "bag"))


@pytest.fixture
def ledgerctl(capsys: pytest.CaptureFixture[str]) -> Ledgerctl:
    def call(*args: object) -> tuple[int, str, str]:
        code = run(list(map(str, args)))
        printed = capsys.readouterr()
        return code, printed.out, printed.err

    return call


def test_a_good_export(ledgerctl: Ledgerctl, bag: str):
    code, out, err = ledgerctl("verify", bag, "--key", vkey())
    assert (code, err) == (0, "")
    assert out.splitlines()[0].startswith("VERIFIED: 5 records of ledger.example/small")
    assert out.splitlines()[1].startswith(
        "Nothing but the digests of the package itself vouches"
    )
    assert out.splitlines()[2] == f"Signed by {vkey()}"


def test_a_changed_record_is_named(ledgerctl: Ledgerctl, bag: str):
    path = Path(bag) / "data/records/000000001.jsonl"
    path.write_bytes(path.read_bytes().replace(b"Says F4", b"says F4"))
    code, out, _ = ledgerctl("verify", bag, "--key", vkey())
    assert code == 1
    assert out.splitlines()[0].startswith("NOT VERIFIED")
    assert "data/records/000000001.jsonl line 4 (position 4, entry F4): The record was" in out


def test_as_json(ledgerctl: Ledgerctl, bag: str):
    code, out, _ = ledgerctl("verify", bag, "--key", vkey(OTHER_KEY), "--format", "json")
    found = json.loads(out)
    assert (code, found["verified"], found["size"]) == (1, False, 5)
    assert found["findings"][0]["place"] == "data/log/checkpoint"


def test_without_a_key(ledgerctl: Ledgerctl, bag: str):
    code, _, err = ledgerctl("verify", bag)
    assert code == 3
    assert "Ask whoever keeps the ledger for its verification key" in err


def test_nothing_there(ledgerctl: Ledgerctl, tmp_path: Path):
    assert ledgerctl("verify", tmp_path / "none", "--key", vkey())[0] == 3


def test_wrong_usage(ledgerctl: Ledgerctl, bag: str, tmp_path: Path):
    empty = tmp_path / "empty"
    empty.write_text("")
    assert ledgerctl("verify", bag, "--key", "x")[0] == 2
    assert ledgerctl("verify", bag, "--key-file", tmp_path / "none")[0] == 2
    assert ledgerctl("verify", bag, "--checkpoint", empty)[0] == 2
    assert ledgerctl("verify")[0] == 2


def test_keys_from_a_file_and_checkpoints(ledgerctl: Ledgerctl, bag: str, tmp_path: Path):
    keys, old, later = (tmp_path / name for name in ("keys", "old", "later"))
    keys.write_text(f"# ours\n{vkey()}\n")
    old.write_bytes(checkpoint(LEAVES[:3]))
    later.write_bytes(checkpoint([*LEAVES, leaf(b"x")]))
    assert ledgerctl("verify", bag, "--key-file", keys, "--old-checkpoint", old)[0] == 0
    assert ledgerctl("verify", bag, "--checkpoint", old)[0] == 0
    code, out, _ = ledgerctl("verify", bag, "--key-file", keys, "--old-checkpoint", later)
    assert code == 1
    assert "the old checkpoint: It covers 6 records, and the export only 5" in out


def test_a_receipt(ledgerctl: Ledgerctl, tmp_path: Path):
    path, record = tmp_path / "F4.tlog-proof", tmp_path / "other.txt"
    path.write_bytes(receipt(3, LEAVES, checkpoint(LEAVES)))
    code, _, err = ledgerctl("verify", path, "--key", vkey())
    assert (code, "A receipt proves a record, which is not in it" in err) == (3, True)
    record.write_bytes(RECORDS[3] + b"\n")
    assert ledgerctl("verify", path, "--key", vkey(), "--record", record)[0] == 0
    record.write_bytes(RECORDS[2])
    assert ledgerctl("verify", path, "--key", vkey(), "--record", record)[0] == 1
    (tmp_path / "F4.json").write_bytes(RECORDS[3])
    assert ledgerctl("verify", path, "--key", vkey())[0] == 0


def test_witnessing_needs_a_key_and_a_memory(ledgerctl: Ledgerctl, tmp_path: Path):
    state = tmp_path / "seen"
    assert ledgerctl("witness", "--key", vkey())[0] == 2
    assert ledgerctl("witness", "--state", state)[0] == 3
    assert ledgerctl("witness", "--key", vkey(), "--state", state, "--sign-as", "x")[0] == 2


def test_the_verifier_needs_neither_grpc_nor_the_service():
    """Its own modules import the standard library and cryptography, nothing else."""
    script = (
        "import sys, types, pathlib\n"
        "package = types.ModuleType('diplomatic_ledger')\n"
        f"package.__path__ = [{str(Path('clients/python/diplomatic_ledger').resolve())!r}]\n"
        "sys.modules['diplomatic_ledger'] = package\n"
        "import diplomatic_ledger.verify.witness, diplomatic_ledger.verify\n"
        "bad = {'grpc', 'google', 'ledger_service', 'msgspec', 'click', 'rich'}\n"
        "print(sorted(bad & {name.partition('.')[0] for name in sys.modules}))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.strip() == "[]"
