"""`ledger-service health` finds a service whose settings it does not have, by the file that the
service writes for it.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.support import programs
from tests.support.processes import Process


def health(*flags: str, **settings: str) -> tuple[int | None, str]:
    done = programs.ledger_service("health", *flags, env={**os.environ, **settings})
    return done.returncode, done.stdout + done.stderr


def test_a_check_that_has_the_environment_only_asks_the_service_that_runs(
    tmp_path: Path,
) -> None:
    told = tmp_path / "socket"
    known = {"LEDGER_DATA_DIR": str(tmp_path / "other"), "LEDGER_SOCKET_FILE": str(told)}
    service = Process(tmp_path, LEDGER_SOCKET_FILE=str(told), LEDGER_ADMIN_SOCKET="door")
    try:
        service.address()
        assert told.read_text() == f"{tmp_path / 'data' / 'door'}\n"
        assert told.stat().st_mode & 0o777 == 0o600
        assert health(**known) == (0, "The service answers calls.\n")
        code, said = health(f"--data-dir={tmp_path / 'third'}", **known)
        assert code == 1, "who names a folder asks about that one"
        assert str(tmp_path / "third" / "admin.sock") in said
        assert health(LEDGER_DATA_DIR=known["LEDGER_DATA_DIR"])[0] == 1, "nothing tells it"
    finally:
        assert service.stop() == 0
    assert not told.exists()
    code, said = health(**known)
    assert code == 1
    assert f"there is no socket {tmp_path / 'other' / 'admin.sock'}" in said


@pytest.mark.parametrize("text", ["", "/nowhere/admin.sock\n", "\x00\n"])
def test_a_file_that_was_left_behind_is_no_service(tmp_path: Path, text: str) -> None:
    told = tmp_path / "socket"
    told.write_text(text)
    code, said = health(f"--socket-file={told}")
    assert code == 1
    assert "Traceback" not in said


def test_a_service_that_cannot_tell_where_it_is_serves_all_the_same(tmp_path: Path) -> None:
    service = Process(tmp_path, LEDGER_SOCKET_FILE=str(tmp_path / "no/such/folder/socket"))
    try:
        service.address()
        assert health(LEDGER_DATA_DIR=str(tmp_path / "data"))[0] == 0
    finally:
        assert service.stop() == 0
    (told,) = [line for line in service.lines() if "socket_file" in line["event"]]
    assert told["path"] == str(tmp_path / "no/such/folder/socket")
    assert told["why"] == "No such file or directory"


def test_the_same_flags_fit_commands_that_use_no_key(tmp_path: Path) -> None:
    where = (f"--data-dir={tmp_path / 'data'}", f"--keys-dir={tmp_path / 'keys'}")
    service = Process(tmp_path)
    try:
        service.address()
        assert health(*where)[0] == 0
    finally:
        assert service.stop() == 0
    for command in (["migrate", "--check"], ["ledger", "list"]):
        done = programs.ledger_service(*command, *where)
        assert (done.returncode, done.stderr) == (0, "")
