"""Keys that are put beside backups open with their passphrase and nothing else."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from ledger_service.application import keys_apart
from ledger_service.application.ledger import Ledger
from ledger_service.persistence.backup import keys_file
from ledger_service.persistence.backup.keys_file import KEYS_FILE, KeysUnusable
from tests.support.backups import backed_up, newest
from tests.support.ledgers_on_disk import Clock

WORDS = b"correct horse battery staple"


@pytest.fixture(autouse=True)
def cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keys_file, "_COST", 1 << 10)


async def test_keys_come_back_as_they_were(
    tmp_path: Path, clock: Clock, ledger: Ledger
) -> None:
    await ledger.rotate_key("Yearly change.")
    await backed_up(tmp_path, clock, ledger)
    path = keys_apart.put(tmp_path / "keys", ledger.name, tmp_path / "sets", WORDS)
    assert path.stat().st_mode & 0o777 == 0o600
    before = {key.name: key.read_bytes() for key in (tmp_path / "keys").glob("*.key")}
    assert all(content not in path.read_bytes() for content in before.values())
    folder = path.parent
    assert keys_apart.missing(newest(tmp_path).manifest(), folder, WORDS) == []
    names = keys_apart.take(ledger.name, folder, tmp_path / "elsewhere", WORDS)
    assert names == sorted(before)
    assert {key.name: key.read_bytes() for key in (tmp_path / "elsewhere").iterdir()} == before
    keys_apart.take(
        ledger.name, folder, tmp_path / "elsewhere", WORDS
    )  # the same are no matter


async def test_a_key_that_was_made_since_is_missed(
    tmp_path: Path, clock: Clock, ledger: Ledger
) -> None:
    path = keys_apart.put(tmp_path / "keys", ledger.name, tmp_path / "sets", WORDS)
    key, _ = await ledger.rotate_key("Yearly change.")
    await backed_up(tmp_path, clock, ledger)
    assert keys_apart.missing(newest(tmp_path).manifest(), path.parent, WORDS) == [key]


async def test_another_passphrase_or_a_changed_file_opens_nothing(
    tmp_path: Path, ledger: Ledger
) -> None:
    path = keys_apart.put(tmp_path / "keys", ledger.name, tmp_path / "sets", WORDS)
    good = json.loads(path.read_bytes())
    with pytest.raises(KeysUnusable, match="do not open"):
        keys_apart.take(ledger.name, path.parent, tmp_path / "elsewhere", WORDS + b"!")
    changed = {
        "salt": good["nonce"],
        "content": good["content"][:-8] + "AAAAAAA=",
        "n": 2048,
    }
    for field, value in changed.items():
        path.write_text(json.dumps({**good, field: value}))
        with pytest.raises(KeysUnusable, match="do not open"):
            keys_apart.take(ledger.name, path.parent, tmp_path / "elsewhere", WORDS)
    path.write_text(json.dumps({**good, "n": 1 << 40}))
    with pytest.raises(KeysUnusable, match="form"):
        keys_apart.take(ledger.name, path.parent, tmp_path / "elsewhere", WORDS)
    assert not (tmp_path / "elsewhere").exists()


async def test_another_key_is_not_overwritten(tmp_path: Path, ledger: Ledger) -> None:
    path = keys_apart.put(tmp_path / "keys", ledger.name, tmp_path / "sets", WORDS)
    there = tmp_path / "elsewhere" / f"{ledger.name}.key"
    there.parent.mkdir()
    there.write_text("another")
    with pytest.raises(KeysUnusable, match="Nothing is overwritten"):
        keys_apart.take(ledger.name, path.parent, there.parent, WORDS)
    assert there.read_text() == "another"


def test_a_file_that_names_a_path_elsewhere_is_refused(tmp_path: Path) -> None:
    (tmp_path / KEYS_FILE).write_bytes(keys_file.locked("talks", {"../x.key": b"x"}, WORDS))
    with pytest.raises(KeysUnusable, match="no keys of the ledger"):
        keys_apart.take("talks", tmp_path, tmp_path / "keys", WORDS)


def test_a_short_passphrase_is_refused() -> None:
    with pytest.raises(KeysUnusable, match="at least 12"):
        keys_file.locked("talks", {}, b"short")


def test_a_short_passphrase_is_refused_before_a_backup_is_made(tmp_path: Path) -> None:
    (tmp_path / "words").write_bytes(b"short\n")
    folders = [f"--{each}={tmp_path / each}" for each in ("data-dir", "keys-dir", "to")]
    given = ["--with-keys", f"--passphrase-file={tmp_path / 'words'}"]
    # In a process of its own, since a command sets up logging for good.
    done = subprocess.run(
        [sys.executable, "-m", "ledger_service", "backup", "talks", *folders, *given],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, "at least 12" in done.stderr) == (1, True)
    assert not (tmp_path / "to").exists()
