"""The disk after a loss of power, from what a process did to it."""

import os
import random
import subprocess
import sys
from pathlib import Path

import pytest

from tests.reliability.faults.power_cuts import PowerCut
from tests.reliability.power import Disk, built, fresh

pytestmark = pytest.mark.skipif(bool(PowerCut().lacking()), reason="needs gcc")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    found = tmp_path / "folder"
    found.mkdir()
    (found / "old").write_bytes(b"0123456789")
    return found


def after_a_cut(folder: Path, program: str, chance: random.Random | None = None) -> None:
    disk, log = Disk(folder), fresh(folder.parent)
    environment = {
        **os.environ,
        "LD_PRELOAD": str(built(folder.parent)),
        "POWER_FOLDER": str(folder),
        "POWER_LOG": str(log),
    }
    command = [sys.executable, "-c", f"import os\n{program}"]
    subprocess.run(command, env=environment, cwd=folder, check=True, timeout=20)
    disk.follow(log)
    disk.cut(chance)


WRITE = "f = os.open('old', os.O_RDWR); os.pwrite(f, b'ab', 2); "


def test_what_was_not_synced_is_gone(folder: Path) -> None:
    after_a_cut(folder, WRITE)
    assert (folder / "old").read_bytes() == b"0123456789"


def test_what_was_synced_stays(folder: Path) -> None:
    after_a_cut(folder, f"{WRITE} os.fdatasync(f); os.ftruncate(f, 1)")
    assert (folder / "old").read_bytes() == b"01ab456789"


def test_a_new_name_is_there_once_its_folder_was_synced(folder: Path) -> None:
    new = "f = os.open({name!r}, os.O_RDWR | os.O_CREAT); os.write(f, b'x'); os.fsync(f)\n"
    synced = "os.fsync(os.open('.', os.O_RDONLY))\n"
    after_a_cut(folder, new.format(name="one") + synced + new.format(name="two"))
    assert sorted(path.name for path in folder.iterdir()) == ["old", "one"]
    assert (folder / "one").read_bytes() == b"x"


def test_a_name_that_was_replaced_comes_back_until_its_folder_was_synced(folder: Path) -> None:
    replaced = (
        "f = os.open('new', os.O_RDWR | os.O_CREAT); os.write(f, b'new'); os.fsync(f)\n"
        "os.rename('new', 'old')\n"
    )
    after_a_cut(folder, replaced)
    assert (folder / "old").read_bytes() == b"0123456789"
    after_a_cut(folder, f"{replaced}os.fsync(os.open('.', os.O_RDONLY))")
    assert (folder / "old").read_bytes() == b"new"


def test_of_what_was_not_synced_any_part_may_be_there(folder: Path) -> None:
    (folder / "old").write_bytes(bytes(4096))
    write = "f = os.open('old', os.O_RDWR); os.pwrite(f, b'x' * 4096, 0)"
    after_a_cut(folder, write, random.Random(1))
    sectors = [(folder / "old").read_bytes()[n : n + 512] for n in range(0, 4096, 512)]
    assert set(sectors) == {bytes(512), b"x" * 512}
