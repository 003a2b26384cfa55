"""Where ledgers lie when nobody says where: in the folder of the user's data, where no cleaning
of caches reaches them.
"""

import json
import os
import shutil
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import takewhile
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from diplomatic_ledger import SyncLedgerClient

from clients.examples.example import LEDGER
from tests.support import programs
from tests.support.own_address import own_address

ROOT = Path(__file__).parents[2]
NAME = "talks"
SECONDS = 60


class Shell:
    """Where somebody types commands: a folder, and a home."""

    def __init__(self, folder: Path) -> None:
        self.here, self.home = folder / "here", folder / "home"
        self.here.mkdir()
        self.home.mkdir()
        self.usual = self.home / "ledger-service"

    def environment(self, **settings: str) -> dict[str, str]:
        given = {"XDG_DATA_HOME": str(self.home), "PYTHONPATH": os.pathsep.join(sys.path)}
        inherited = {k: v for k, v in os.environ.items() if not k.startswith("LEDGER_")}
        return {**inherited, **given, **settings}

    def run(self, *arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
        return programs.ledger_service(
            *arguments, env=self.environment(**settings), cwd=self.here, timeout=SECONDS
        )

    @contextmanager
    def serving(self, *arguments: str, **settings: str) -> Iterator[tuple[str, list[Any]]]:
        """The address of a service, and the lines of its log, once it has stopped."""
        ready, log, lines = self.here / "ready", self.here / "log", []
        command = [sys.executable, "-m", "ledger_service", "serve", "--listen", "127.0.0.1:0"]
        with log.open("wb") as file:
            process = subprocess.Popen(
                [*command, "--ready-file", str(ready), *arguments],
                cwd=self.here,
                env=self.environment(**settings),
                stdout=subprocess.DEVNULL,
                stderr=file,
            )
        try:
            end = time.monotonic() + SECONDS
            while not ready.exists():
                assert process.poll() is None, log.read_text()
                assert time.monotonic() < end
                time.sleep(0.02)
            yield ready.read_text().strip(), lines
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(SECONDS)
            lines += [json.loads(line) for line in log.read_text().splitlines()]


@pytest.fixture
def shell() -> Iterator[Shell]:
    """In a folder with a short path, as that of a socket must be."""
    with TemporaryDirectory(prefix="sh") as folder:
        yield Shell(Path(folder))


def make_ledger(address: str) -> None:
    with SyncLedgerClient(address) as client:
        client.create_ledger(NAME, "Talks")


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_without_settings_they_lie_in_the_folder_of_the_users_data(shell: Shell) -> None:
    with shell.serving() as (address, lines):
        make_ledger(address)
    assert (shell.usual / "data/ledgers" / NAME / "log.sqlite").exists()
    assert (shell.usual / f"keys/{NAME}.key").exists()
    assert [mode(shell.usual / each) for each in ("", "data", "keys")] == [0o700] * 3
    (opening,) = [each for each in lines if each["event"] == "opening"]
    assert opening["data_dir"] == str(shell.usual / "data")
    assert opening["keys_dir"] == str(shell.usual / "keys")
    assert {each.name for each in shell.here.iterdir()} == {"log"}

    # From another folder the same ones are found.
    shell.here = shell.home
    assert shell.run("ledger", "list").stdout == f"{NAME}: 1 record, 1 signed\n"
    settings = shell.run("settings").stdout
    assert f'data_dir = "{shell.usual}/data"  (default)' in settings
    assert f'keys_dir = "{shell.usual}/keys"  (default)' in settings


def test_what_the_environment_names_goes_before(shell: Shell, tmp_path: Path) -> None:
    folders = {"LEDGER_DATA_DIR": f"{tmp_path}/d", "LEDGER_KEYS_DIR": f"{tmp_path}/k"}
    with shell.serving(**folders) as (address, _):
        make_ledger(address)
    assert (tmp_path / "k" / f"{NAME}.key").exists()
    assert not shell.usual.exists()


def test_keys_of_data_that_lie_elsewhere_lie_beside_them(shell: Shell, tmp_path: Path) -> None:
    with shell.serving("--data-dir", f"{tmp_path}/mine") as (address, _):
        make_ledger(address)
    assert (tmp_path / "mine-keys" / f"{NAME}.key").exists()
    assert not shell.usual.exists()
    told = shell.run("settings", "--data-dir", "../mine").stdout
    assert f'keys_dir = "{shell.here.parent}/mine-keys"  (beside data_dir)' in told


def test_ledgers_of_the_former_folder_are_told_of_and_moved_as_it_is_said(shell: Shell) -> None:
    former = ("--data-dir", "ledger-data", "--keys-dir", "ledger-keys")
    with shell.serving(*former) as (address, lines):
        make_ledger(address)
    assert "which was the folder" not in str(lines)
    with shell.serving() as (_, lines):
        pass
    (told,) = [each["event"] for each in lines if each["level"] == "warning"]
    here = shell.here
    assert told == (
        f"Ledgers lie in {here}/ledger-data, which was the folder for them before, and are not "
        f"served from there any more. Give --data-dir {here}/ledger-data --keys-dir "
        f"{here}/ledger-keys, or move both folders, while no service runs, to "
        f"{shell.usual}/data and {shell.usual}/keys."
    )
    shutil.rmtree(shell.usual)
    assert told in shell.run("ledger", "list").stderr
    shell.usual.mkdir()
    (here / "ledger-data").rename(shell.usual / "data")
    (here / "ledger-keys").rename(shell.usual / "keys")
    with shell.serving() as (address, lines), SyncLedgerClient(address) as client:
        assert client.ledger(NAME).not_recording == ""
    assert [each["event"] for each in lines if each["level"] == "warning"] == []


def test_the_served_example_lies_apart_from_the_users_own_ledgers(shell: Shell) -> None:
    environment = shell.environment(LEDGER_EXAMPLE_LISTEN=own_address())
    with subprocess.Popen(
        [sys.executable, "-u", str(ROOT / "clients/examples/serve_example.py")],
        cwd=shell.here,
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
    ) as served:
        try:
            assert served.stdout is not None
            greeting = "".join(takewhile(lambda line: "Ctrl-C" not in line, served.stdout))
        finally:
            served.send_signal(signal.SIGINT)
            served.communicate(timeout=SECONDS)
    assert [each.name for each in shell.usual.iterdir()] == ["example"]
    assert mode(shell.usual / "example") == 0o700
    assert (shell.usual / f"example/data/ledgers/{LEDGER}/log.sqlite").exists()
    assert f"{LEDGER} in {shell.usual}/example" in greeting
    assert list(shell.here.iterdir()) == []


def test_make_clean_deletes_no_ledger(shell: Shell) -> None:
    shutil.copy(ROOT / "Makefile", shell.here)
    for each in ("ledger_service", "clients", "tests", ".cache/example/data", ".cache/bench"):
        (shell.here / each).mkdir(parents=True)
    own = shell.usual / "data/ledgers/talks"
    own.mkdir(parents=True)
    command = ["make", "--no-print-directory", "clean"]
    subprocess.run(
        command, cwd=shell.here, env=shell.environment(), timeout=SECONDS, check=True
    )
    assert not (shell.here / ".cache/bench").exists()
    assert (shell.here / ".cache/example/data").exists()
    assert own.exists()
