"""What the service makes is its owner's alone from the first byte, and what is open to
others is complained of.
"""

import os
import re
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from ledger_service.domain.values.refusals import UnusableKey
from ledger_service.health import SERVICE
from ledger_service.projections.views import Views
from tests.support.ledgers_on_disk import Clock, all_ledgers


@pytest.fixture
def open_umask() -> Iterator[None]:
    before = os.umask(0)
    yield
    os.umask(before)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.lstat().st_mode)


def wider(folder: Path) -> dict[str, str]:
    """What under a folder others may use, with its mode."""
    found = [folder, *folder.rglob("*")]
    return {str(each): oct(mode(each)) for each in found if mode(each) & 0o077}


@pytest.mark.usefixtures("open_umask")
@pytest.mark.parametrize("at", ["sqlite", "postgres"])
async def test_whatever_the_process_may_make(
    tmp_path: Path, at: str, request: pytest.FixtureRequest
) -> None:
    store = request.getfixturevalue("postgres") if at == "postgres" else "sqlite"
    ledgers = all_ledgers(tmp_path / "a", Clock(), store=store)
    ledgers.open()
    ledger = await ledgers.create("talks", "Talks")
    views = Views(ledger, ledgers.folder("talks"))
    views.start()
    await views.reach(1)
    await ledger.audit.checkpoint(1)
    assert wider(tmp_path / "a/data") == {}
    assert wider(tmp_path / "a/keys") == {}
    assert ledgers.health.problems() == []
    await views.stop()
    await ledgers.close()
    assert {each.suffix for each in (tmp_path / "a").rglob("*")} >= {".key", ".seen"}


@pytest.mark.usefixtures("open_umask")
def test_no_file_is_open_for_a_moment(tmp_path: Path) -> None:
    """Each file has its mode by the call that makes it."""
    strace = "/usr/bin/strace"
    if not Path(strace).exists():
        pytest.skip("needs strace")
    script = f"""
import asyncio, os
os.umask(0)
from pathlib import Path
from tests.support.ledgers_on_disk import Clock, all_ledgers
async def main():
    ledgers = all_ledgers(Path({str(tmp_path)!r}), Clock())
    ledgers.open()
    await ledgers.create("talks", "Talks")
    await ledgers.close()
asyncio.run(main())
"""
    done = subprocess.run(
        [strace, "-f", "-e", "trace=openat,mkdir", sys.executable, "-c", script],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    if "Operation not permitted" in done.stderr:
        pytest.skip("may not trace")
    assert done.returncode == 0, done.stderr[-2000:]
    made = dict[str, str]()
    for line in done.stderr.splitlines():
        at = re.search(rf'"({tmp_path}[^"]*)"', line)
        if at and ("O_CREAT" in line or "mkdir(" in line) and "= -1" not in line:
            made.setdefault(at[1], line)
    assert any(path.endswith("log.sqlite-wal") for path in made)
    wide = [each for each in made.values() if ", 0600)" not in each and ", 0700)" not in each]
    assert wide == []


async def test_what_is_open_to_others_is_a_problem_of_the_service(tmp_path: Path) -> None:
    ledgers = all_ledgers(tmp_path, Clock())
    ledgers.open()
    await ledgers.create("talks", "Talks")
    await ledgers.close()
    log = tmp_path / "data/ledgers/talks/log.sqlite"
    log.chmod(0o644)
    ledgers = all_ledgers(tmp_path, Clock())
    ledgers.open()
    assert ledgers.health.problems() == []  # nobody reaches it
    await ledgers.close()

    for folder in (log.parent, log.parent.parent, tmp_path / "data", tmp_path / "keys"):
        folder.chmod(0o755)
    ledgers = all_ledgers(tmp_path, Clock())
    ledgers.open()
    (problem,) = ledgers.health.problems()
    assert (problem.ledger, problem.part, problem.usable) == (SERVICE, "files", True)
    for path in (tmp_path / "data", log.parent.parent, log.parent):
        assert str(path) in problem.text
    assert "and 4 more" in problem.text
    assert "chmod go=" in problem.text
    assert [each.name for each in ledgers.list()] == ["talks"]
    await ledgers.close()


@pytest.mark.parametrize("folder_mode", [0o777, 0o770, 0o702, 0o1777])
async def test_keys_that_others_can_put_there_are_refused(
    tmp_path: Path, folder_mode: int
) -> None:
    keys = tmp_path / "keys"
    ledgers = all_ledgers(tmp_path, Clock())
    ledgers.open()
    await ledgers.create("talks", "Talks")
    keys.chmod(folder_mode)
    with pytest.raises(UnusableKey, match="Others can put keys of theirs into"):
        await ledgers.create("more", "Talks")
    await ledgers.close()
    keys.chmod(0o700)
    keys.joinpath("talks.key").chmod(0o640)
    ledgers = all_ledgers(tmp_path, Clock())
    ledgers.open()
    ((name, problem),) = ledgers.left_out()
    await ledgers.close()
    assert name == "talks"
    assert "Others can read the key" in problem


@pytest.mark.usefixtures("open_umask")
@pytest.mark.parametrize("command", [("ledger", "list"), ("migrate",)])
def test_the_operators_commands_make_nothing_for_others(
    tmp_path: Path, command: tuple[str, ...]
) -> None:
    data = tmp_path / "data"
    data.mkdir(mode=0o700)
    flags = ["--data-dir", str(data)]
    if command[0] == "ledger":
        flags += ["--keys-dir", str(tmp_path / "keys")]
    subprocess.run(
        [sys.executable, "-m", "ledger_service", *command, *flags],
        check=True,
        timeout=60,
        capture_output=True,
    )
    assert wider(data) == {}
