"""The operator's commands say what they found, and where."""

import asyncio
import json
import os
import pwd
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import pytest

from ledger_service.application.ledgers import Ledgers
from tests.support import programs


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data"


class Said(NamedTuple):
    exit_code: int
    output: str


def run(data: Path, *command: str) -> Said:
    folders = ["--data-dir", str(data)]
    if command[0] == "ledger":
        folders += ["--keys-dir", str(data.with_name("keys"))]
    done = programs.ledger_service(*command, *folders)
    return Said(done.returncode, done.stdout + done.stderr)


def make(data: Path, *names: str) -> None:
    """Ledgers as a service makes them."""

    async def make() -> None:
        keys = data.with_name("keys")
        ledgers = Ledgers(data, keys, "localhost/test", lambda: datetime.now(UTC))
        ledgers.open()
        for name in names:
            await ledgers.create(name, "Talks", "", None)
        await ledgers.close()

    asyncio.run(make())


@pytest.mark.parametrize("command", [("ledger", "list"), ("migrate",), ("migrate", "--check")])
def test_a_folder_that_is_not_there_is_no_answer(data: Path, command: tuple[str, ...]) -> None:
    done = run(data, *command)
    assert done.exit_code == 1
    assert done.output == (
        f"ledger-service: There is no data folder {data}. Name it with --data-dir.\n"
    )


@pytest.mark.parametrize("command", [("ledger", "list"), ("migrate",), ("migrate", "--check")])
def test_a_folder_without_a_ledger_is_told_so(data: Path, command: tuple[str, ...]) -> None:
    data.mkdir()
    done = run(data, *command)
    assert done == (0, f"There is no ledger in {data}.\n")


def test_a_check_says_of_how_many_ledgers_it_speaks(data: Path) -> None:
    make(data, "first")
    assert run(data, "migrate", "--check").output == f"1 ledger in {data} is up to date.\n"
    make(data, "second")
    for command in (("migrate", "--check"), ("migrate",)):
        done = run(data, *command)
        assert done == (0, f"2 ledgers in {data} are up to date.\n")
    assert run(data, "ledger", "list").exit_code == 0


def test_a_list_with_a_ledger_that_is_lost_or_read_only_has_exit_code_1(data: Path) -> None:
    make(data, "first", "second")
    data.with_name("keys").joinpath("first.distrusted").write_text("It was changed.")
    done = run(data, "ledger", "list")
    assert "Read only. It was changed." in done.output
    assert done.exit_code == 1
    data.with_name("keys").joinpath("first.distrusted").unlink()
    assert run(data, "ledger", "list").exit_code == 0

    (data / "ledgers/second/log.sqlite").unlink()
    done = run(data, "ledger", "list")
    assert "second: lost" in done.output
    assert done.exit_code == 1


def test_a_log_that_was_emptied_is_listed_as_lost_and_left_as_it_is(data: Path) -> None:
    make(data, "first")
    log = data / "ledgers" / "first" / "log.sqlite"
    log.write_bytes(b"")
    done = run(data, "ledger", "list")
    assert done.exit_code == 1
    assert done.output.startswith("first: lost, 1 signed")
    assert log.read_bytes() == b""


def test_what_an_operator_does_without_a_service_stands_in_the_trail(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make(data, "first")
    monkeypatch.setenv("LEDGER_ACCESS_DIR", str(tmp_path / "access"))
    assert run(data, "ledger", "fork", "first", "trial", "--reason", "To try.").exit_code == 0
    monkeypatch.setenv("LEDGER_KEYS_DIR", str(data.with_name("keys")))
    assert run(data, "backup", "--to", str(tmp_path / "sets"), "first").exit_code == 0
    assert run(data, "erase", "first", "F1", "note", "--reason", "Asked for.").exit_code == 1
    run(data, "user", "forget", "a00000000000000000000")
    lines = [json.loads(line) for line in (data / "trail.jsonl").read_text().splitlines()]
    assert [(each["event"], each["user"]) for each in lines] == [
        ("forked", None),
        ("backed_up", None),
        ("erased", None),
        ("forgotten", None),
    ]
    assert {each["system_user"] for each in lines} == {pwd.getpwuid(os.getuid()).pw_name}
    assert lines[0]["fork"] == "trial"
    assert lines[3]["author"] == "a00000000000000000000"


def test_a_log_that_another_goes_on_for_is_left_out_of_the_backup_of_all(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make(data, "first")
    data.with_name("keys").joinpath("first.distrusted").write_text("It was changed.")
    reason = ("--reason", "To go on.", "--aside", "before")
    assert run(data, "ledger", "succeed", "first", *reason).exit_code == 0
    monkeypatch.setenv("LEDGER_KEYS_DIR", str(data.with_name("keys")))
    sets = tmp_path / "sets"
    done = run(data, "backup", "--to", str(sets))
    assert done.exit_code == 0
    assert "before is not backed up: " in done.output
    assert [each.name for each in sets.iterdir() if each.is_dir()] == ["first"]


def test_a_backup_is_verified_with_the_keys_that_key_show_prints(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make(data, "first", "second")
    monkeypatch.setenv("LEDGER_KEYS_DIR", str(data.with_name("keys")))
    assert run(data, "backup", "--to", str(tmp_path / "sets")).exit_code == 0
    files = {name: tmp_path / f"{name}.vkey" for name in ("first", "second")}
    for name, file in files.items():
        file.write_text(run(data, "key", "show", name).output)
    monkeypatch.setenv("LEDGER_KEYS_DIR", str(tmp_path / "elsewhere"))
    verify = ("backup", "verify", "--from", str(tmp_path / "sets"), "first")
    assert "Nothing here says whose log it is" in run(data, *verify).output
    done = run(data, *verify, "--key-file", str(files["first"]))
    assert done.exit_code == 0
    assert "Nothing here says" not in done.output
    assert run(data, *verify, "--key-file", str(files["second"])).exit_code == 1


def test_what_a_file_says_commands_no_terminal(data: Path) -> None:
    make(data, "first")
    evil = "It was \x1b]0;owned\x07\x1b[2J\x9b31m changed \u202e."
    data.with_name("keys").joinpath("first.distrusted").write_text(evil)
    done = run(data, "ledger", "list")
    assert r"It was \x1b]0;owned\x07\x1b[2J\x9b31m changed \u202e." in done.output
    odd = data.with_name("none\x1b[2J")
    assert r"There is no data folder" in run(odd, "ledger", "list").output
    assert "\x1b" not in run(odd, "ledger", "list").output + run(odd, "migrate").output
