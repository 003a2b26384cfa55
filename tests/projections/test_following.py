"""How views follow a log: in batches, once, from wherever they stood."""

from __future__ import annotations

import shutil
import signal
import sqlite3
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

import pytest

from ledger_service.application.ledger import Ledger
from ledger_service.projections.projector import VERSION, VIEWS, Projector
from ledger_service.projections.record_projection import ProjectedRecords
from tests.support.examples import a_command, a_party, entry
from tests.support.following import follow_all, history_of, open_ledgers, record_parties, rows
from tests.support.ledgers_on_disk import bring_home

ROOT = Path(__file__).parents[2]


class Stumbling:
    """A view that fails in its n-th batch, after all others changed their rows."""

    SCHEMA = ""

    def __init__(self, batch: int) -> None:
        self.left = batch

    def apply(self, connection: sqlite3.Connection, told: ProjectedRecords, /) -> None:
        self.left -= 1
        if self.left == 0:
            raise OSError("No space is left.")


async def test_views_reach_the_head_batch_by_batch(ledger: Ledger, folder: Path) -> None:
    await record_parties(ledger, 1, 24)
    follower = Projector(ledger, folder, batch=10)

    assert follow_all(follower) == 3
    assert follower.position == ledger.head.position == 25
    assert len(list(history_of(ledger, follower, 25).parties())) == 24
    follower.close()


async def test_at_the_head_nothing_is_left_to_do(ledger: Ledger, folder: Path) -> None:
    follower = Projector(ledger, folder)
    follow_all(follower)

    assert not follower.advance()
    follower.close()


async def test_followed_in_any_steps_the_rows_are_the_same(
    ledger: Ledger, folder: Path, tmp_path: Path
) -> None:
    step_by_step = Projector(ledger, folder, batch=3)
    await ledger.record(a_command())
    follow_all(step_by_step)
    await record_parties(ledger, 1, 10)
    follow_all(step_by_step)
    at_once = Projector(ledger, _new(tmp_path / "other"))
    follow_all(at_once)
    step_by_step.close()
    at_once.close()

    assert rows(step_by_step.path) == rows(at_once.path)


async def test_views_resume_where_they_stopped(ledger: Ledger, folder: Path) -> None:
    await record_parties(ledger, 1, 10)
    before = Projector(ledger, folder)
    follow_all(before)
    before.close()
    await record_parties(ledger, 11, 12)
    after = Projector(ledger, folder, batch=1)
    after.open()

    assert after.position == 11
    assert follow_all(after) == 2
    after.close()


async def test_a_failed_batch_changes_nothing_and_is_taken_again(
    ledger: Ledger, folder: Path
) -> None:
    await record_parties(ledger, 1, 24)
    follower = Projector(ledger, folder, views=(*VIEWS, Stumbling(2)), batch=10)
    follower.advance()
    with pytest.raises(OSError, match="space"):
        follower.advance()

    assert follower.position == 10
    assert _last_row(follower.path) == 10
    assert follow_all(follower) == 2
    assert _last_row(follower.path) == 25
    follower.close()


async def test_a_process_killed_between_rows_and_commit_leaves_whole_batches(
    tmp_path: Path, folder: Path
) -> None:
    ledgers = open_ledgers(tmp_path / "data")
    await record_parties(await ledgers.create("talks", "Talks"), 1, 99)
    await ledgers.close()
    _kill_in_third_batch(tmp_path / "data", folder, batch=10)

    ledgers = open_ledgers(tmp_path / "data")
    follower = Projector(ledgers.get("talks"), folder)
    follower.open()
    assert follower.position == 20
    assert _last_row(follower.path) == 20
    follow_all(follower)
    follower.close()
    fresh = Projector(ledgers.get("talks"), _new(tmp_path / "fresh"))
    follow_all(fresh)
    fresh.close()
    assert rows(follower.path) == rows(fresh.path)
    await ledgers.close()


async def test_views_ahead_of_a_restored_log_are_built_anew(
    tmp_path: Path, folder: Path
) -> None:
    await _backed_up_then_recorded(tmp_path, folder)
    ledgers = open_ledgers(tmp_path / "backup")
    follower = Projector(ledgers.get("talks"), folder)
    follower.open()

    assert follower.position == 0
    follow_all(follower)
    assert sorted(history_of(ledgers.get("talks"), follower, 2).parties()) == ["party-1"]
    follower.close()
    await ledgers.close()


async def test_views_of_a_log_that_went_another_way_are_built_anew(
    tmp_path: Path, folder: Path
) -> None:
    await _backed_up_then_recorded(tmp_path, folder)
    bring_home(tmp_path / "backup")
    ledgers = open_ledgers(tmp_path / "backup")
    ledger = ledgers.get("talks")
    await ledger.record(a_command(*(entry(f"other-{n}", a_party()) for n in range(5))))
    follower = Projector(ledger, folder)
    follow_all(follower)

    known = set(history_of(ledger, follower, ledger.head.position).parties())
    assert known == {"party-1", *(f"other-{n}" for n in range(5))}
    follower.close()
    await ledgers.close()


async def test_views_of_another_ledger_are_built_anew(
    ledger: Ledger, tmp_path: Path, folder: Path
) -> None:
    ledgers = open_ledgers(tmp_path / "elsewhere")
    other = await ledgers.create("talks", "Talks")
    await record_parties(other, 1, 3)
    await record_parties(ledger, 7, 9)
    of_other = Projector(other, folder)
    follow_all(of_other)
    of_other.close()
    follower = Projector(ledger, folder)
    follow_all(follower)

    known = set(history_of(ledger, follower, 4).parties())
    assert known == {"party-7", "party-8", "party-9"}
    follower.close()
    await ledgers.close()


@pytest.mark.parametrize("content", [b"", b"no database at all" * 100])
async def test_a_file_that_is_no_database_is_built_anew(
    ledger: Ledger, folder: Path, content: bytes
) -> None:
    await record_parties(ledger, 1, 3)
    follower = Projector(ledger, folder)
    follower.path.write_bytes(content)
    follow_all(follower)

    assert follower.position == 4
    follower.close()


async def test_a_new_version_is_built_beside_the_old_one(ledger: Ledger, folder: Path) -> None:
    await record_parties(ledger, 1, 24)
    old = Projector(ledger, folder, version="0")
    follow_all(old)
    old.close()
    new = Projector(ledger, folder, version="1", batch=20)

    assert new.advance()
    assert old.path.exists(), "the old one stays until the new one has caught up"
    follow_all(new)
    assert not old.path.exists()
    assert _files(folder) == ["views-1.sqlite"]
    new.close()


async def test_a_renamed_file_of_another_version_is_built_anew(
    ledger: Ledger, folder: Path
) -> None:
    old = Projector(ledger, folder, version="0")
    follow_all(old)
    old.close()
    new = Projector(ledger, folder, version="1")
    old.path.rename(new.path)
    new.open()

    assert new.position == 0
    new.close()


def test_other_tables_are_another_version() -> None:
    """When this fails, raise VERSION and put down the new digest: files of the old shape
    are out there.
    """
    tables = "".join(view.SCHEMA for view in VIEWS)

    assert (VERSION, sha256(tables.encode()).hexdigest()[:16]) == ("17", "3334880c0e7fbe40")


def _new(folder: Path) -> Path:
    folder.mkdir()
    return folder


def _files(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.glob("*.sqlite"))


def _last_row(path: Path) -> int:
    connection = sqlite3.connect(path)
    last = connection.execute("SELECT max(position) FROM versions").fetchone()[0]
    connection.close()
    return int(last)


async def _backed_up_then_recorded(tmp_path: Path, folder: Path) -> None:
    """A backup at position 2, and views of position 4 of the log that went on."""
    ledgers = open_ledgers(tmp_path / "data")
    ledger = await ledgers.create("talks", "Talks")
    await record_parties(ledger, 1, 1)
    await ledgers.close()
    shutil.copytree(tmp_path / "data", tmp_path / "backup")
    ledgers = open_ledgers(tmp_path / "data")
    await record_parties(ledgers.get("talks"), 2, 3)
    follower = Projector(ledgers.get("talks"), folder)
    follow_all(follower)
    follower.close()
    await ledgers.close()


_FOLLOW_AND_GET_STUCK = """
import sys, time
from pathlib import Path
from tests.support.following import open_ledgers
from ledger_service.logging_setup import configure
from ledger_service.projections.projector import VIEWS, Projector

class Stuck:
    SCHEMA = ""
    batches = 0

    def apply(self, connection, told, /):
        self.batches += 1
        if self.batches == 3:
            print("stuck", flush=True)
            time.sleep(60)

configure("auto", "warning")  # to stderr
data, folder, batch = sys.argv[1:]
ledger = open_ledgers(Path(data)).get("talks")
follower = Projector(ledger, Path(folder), views=(*VIEWS, Stuck()), batch=int(batch))
while follower.advance():
    pass
"""


def _kill_in_third_batch(data: Path, folder: Path, *, batch: int) -> None:
    arguments = [
        sys.executable,
        "-c",
        _FOLLOW_AND_GET_STUCK,
        str(data),
        str(folder),
        str(batch),
    ]
    path = str(ROOT)
    with subprocess.Popen(
        arguments, stdout=subprocess.PIPE, text=True, env={"PYTHONPATH": path}
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "stuck\n"
        process.send_signal(signal.SIGKILL)
        assert process.wait(timeout=10) == -signal.SIGKILL
