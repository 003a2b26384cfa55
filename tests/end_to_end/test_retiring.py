"""A ledger that was for practice is retired: nobody is answered about it any more, nothing of it
is deleted, and it comes back as it was.
"""

import os
import pty
import re
import shlex
import stat
import subprocess
from pathlib import Path
from typing import Any

import grpc
import psycopg
import pytest
from diplomatic_ledger import LedgerNotFound, LedgerNotServed, SyncLedgerClient
from diplomatic_ledger.json_form import read_item
from grpc_health.v1 import health_pb2
from grpc_health.v1.health_pb2_grpc import HealthStub

from tests.support import programs

NAME, OTHER = "practice", "real"
UNKNOWN = health_pb2.HealthCheckResponse.SERVICE_UNKNOWN
SERVING = health_pb2.HealthCheckResponse.SERVING


def command(
    folder: Path, *arguments: str, stdin: int = subprocess.DEVNULL, **settings: str
) -> subprocess.CompletedProcess[str]:
    places = {"LEDGER_DATA_DIR": f"{folder}/data", "LEDGER_KEYS_DIR": f"{folder}/keys"}
    environment = {**os.environ, **places, **settings}
    if stdin == subprocess.DEVNULL:
        return programs.ledger_service(*arguments, env=environment)
    return subprocess.run(
        [*programs.LEDGER_SERVICE, *arguments],
        env=environment,
        stdin=stdin,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def retire(folder: Path, name: str = NAME) -> list[str]:
    """Retires a ledger. Returns the arguments of the command that is said to bring it back."""
    done = command(folder, "ledger", "retire", name, "--yes")
    assert done.returncode == 0, done.stderr
    told, log, keys, back = done.stdout.splitlines()
    assert told == f"The ledger {name} is retired. Nothing was deleted."
    assert Path(log.removeprefix("Its log lies in ").rstrip("."), "log.sqlite").exists()
    assert Path(keys.removeprefix("Its keys lie in ").rstrip("."), f"{name}.key").exists()
    program, *arguments = shlex.split(back.removeprefix("To bring it back: "))
    assert program == "ledger-service"
    return arguments


def bring_back(folder: Path, arguments: list[str]) -> None:
    done = command(folder, *arguments)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(f"The ledger {NAME} is back, up to position ")


def a_party(entry_id: str) -> Any:
    return read_item({"id": entry_id, "party": {"name": entry_id, "kind": "state"}})


def health(address: str, name: str) -> int:
    with grpc.insecure_channel(address) as channel:
        request = health_pb2.HealthCheckRequest(service=f"ledger/{name}")
        return HealthStub(channel).Check(request).status


@pytest.fixture
def folder(start: Any, tmp_path: Path) -> Path:
    """Of a stopped service with two ledgers."""
    process = start()
    with SyncLedgerClient(process.address()) as client:
        for name in (NAME, OTHER):
            client.create_ledger(name, "Talks")
            client.record(name, [a_party("us"), a_party("dprk")])
    assert process.stop() == 0
    return tmp_path


def test_a_running_service_answers_no_more_and_then_as_before(start: Any, folder: Path) -> None:
    process = start()
    address = process.address()
    with SyncLedgerClient(address) as client:
        before, checkpoint = client.ledger(NAME), client.checkpoint(NAME).checkpoint
        assert [each.entry_id for each in client.parties(NAME)] == ["dprk", "us"]
        back = retire(folder)

        for ask in (client.ledger, client.checkpoint, lambda name: client.parties(name).all()):
            with pytest.raises(LedgerNotFound):
                ask(NAME)
        assert [each.ledger for each in client.ledgers()] == [OTHER]
        assert client.record(OTHER, [a_party("rok")]).recorded[0].position == 4
        assert (health(address, NAME), health(address, OTHER)) == (UNKNOWN, SERVING)
        assert client.server_info().problems == []

        bring_back(folder, back)
        assert client.ledger(NAME) == before
        assert client.checkpoint(NAME).checkpoint == checkpoint
        assert [each.entry_id for each in client.parties(NAME)] == ["dprk", "us"]
        assert client.record(NAME, [a_party("rok")]).recorded[0].position == 4
        assert health(address, NAME) == SERVING
    assert process.stop() == 0
    assert command(folder, "ledger", "check", NAME).stdout == "4 records fit.\n"


def test_who_follows_the_log_is_told_that_it_is_gone(start: Any, folder: Path) -> None:
    process = start()
    with SyncLedgerClient(process.address(), timeout=10) as client:
        events = client.subscribe(NAME, give_up_after=5)
        assert len([next(events) for _ in range(3)]) == 3
        retire(folder)
        with pytest.raises(LedgerNotFound):
            list(events)


def test_without_a_service_the_command_takes_the_folder_itself(folder: Path) -> None:
    back = retire(folder)
    archive = folder / "data/retired"
    assert [
        stat.S_IMODE(each.stat().st_mode) for each in (archive, folder / "keys/retired")
    ] == [
        0o700,
        0o700,
    ]
    listed = command(folder, "ledger", "list")
    (place,) = archive.iterdir()
    assert (listed.returncode, listed.stdout) == (
        0,
        f"{OTHER}: 3 records, 3 signed\n{NAME}: retired, in {place}\n",
    )
    bring_back(folder, back)
    assert list(archive.iterdir()) == list((folder / "keys/retired").iterdir()) == []
    assert command(folder, "ledger", "list").stdout == (
        f"{NAME}: 3 records, 3 signed\n{OTHER}: 3 records, 3 signed\n"
    )


def test_nothing_is_done_without_a_yes(folder: Path) -> None:
    refused = command(folder, "ledger", "retire", NAME)
    assert refused.returncode == 2
    assert "nothing was done. Give --yes" in refused.stderr
    typed, terminal = pty.openpty()
    for answer, code in ((b"n\n", 2), (b"y\n", 0)):
        os.write(typed, answer)
        done = command(folder, "ledger", "retire", NAME, stdin=terminal)
        assert "Take the ledger practice out of service?" in done.stderr
        assert done.returncode == code
        assert (folder / "data/ledgers" / NAME).exists() is bool(code)
    for each in (typed, terminal):
        os.close(each)


def test_a_new_ledger_of_the_name_is_another_one_and_keeps_it(start: Any, folder: Path) -> None:
    back = retire(folder)
    process = start()
    with SyncLedgerClient(process.address()) as client:
        made = client.create_ledger(NAME, "Talks, once more")
        assert made.origin.startswith(f"localhost/diplomatic-ledger/{NAME}/2-")
        refused = command(folder, *back)
        assert refused.returncode == 1
        assert "There is a ledger 'practice' already" in refused.stderr
        assert "Retire the one that is there first" in " ".join(refused.stderr.split())
        assert client.ledger(NAME).title == "Talks, once more"
        retire(folder)
        bring_back(folder, back)
        assert client.ledger(NAME).title == "Talks"
        # The name alone means the one that was retired last.
        retire(folder)
        bring_back(folder, ["ledger", "bring-back", NAME])
        assert client.ledger(NAME).title == "Talks"


def test_one_that_cannot_be_opened_is_retired_too(start: Any, folder: Path) -> None:
    log = folder / "data/ledgers" / NAME / "log.sqlite"
    log.write_bytes(b"no database" * 1000)
    process = start()
    with SyncLedgerClient(process.address()) as client:
        with pytest.raises(LedgerNotServed):
            client.ledger(NAME)
        back = retire(folder)
        with pytest.raises(LedgerNotFound):
            client.ledger(NAME)
        assert client.server_info().problems == []
        again = command(folder, *back)
        assert again.returncode == 1
        assert "cannot be opened" in again.stderr
    assert log.read_bytes().startswith(b"no database")


def test_what_broke_off_half_way_is_brought_back(start: Any, folder: Path) -> None:
    """The log was moved and the keys were not."""
    retire(folder)
    (archive,) = (folder / "keys/retired").iterdir()
    for file in [*archive.iterdir()]:
        file.rename(folder / "keys" / file.name)
    archive.rmdir()
    start().address()
    assert f"{NAME}: lost, 3 signed" in command(folder, "ledger", "list").stdout
    bring_back(folder, ["ledger", "bring-back", NAME])
    assert f"{NAME}: 3 records, 3 signed" in command(folder, "ledger", "list").stdout


def test_what_is_not_there_or_lost_is_refused_in_a_sentence(folder: Path) -> None:
    unknown = command(folder, "ledger", "retire", "nobody", "--yes")
    assert (unknown.returncode, "'nobody'" in unknown.stderr) == (1, True)
    unknown = command(folder, "ledger", "bring-back", NAME)
    assert (unknown.returncode, f"'{NAME}'" in unknown.stderr) == (1, True)
    assert "ledger-service ledger list" in unknown.stderr
    assert "create" not in unknown.stderr
    (folder / "data/ledgers" / NAME).rename(folder / "elsewhere")
    lost = command(folder, "ledger", "retire", NAME, "--yes")
    assert (lost.returncode, "Its log is lost" in lost.stderr) == (1, True)
    assert (folder / "keys" / f"{NAME}.seen").exists()


def test_in_a_database_the_steps_are_told_and_lead_there_and_back(
    start: Any, tmp_path: Path, postgres: str
) -> None:
    """Beside another ledger whose name begins alike."""
    name, other = "my-practice", "my-practice-2"
    process = start(LEDGER_STORE=postgres)
    with SyncLedgerClient(process.address()) as client:
        for each in (name, other):
            client.create_ledger(each, "Talks")
        before = client.ledger(name)
        away, back = (
            command(tmp_path, "ledger", verb, name, *yes, LEDGER_STORE=postgres).stderr
            for verb, yes in (("retire", ["--yes"]), ("bring-back", []))
        )
        unknown = command(tmp_path, "ledger", "retire", "no", "--yes", LEDGER_STORE=postgres)
    assert "There is no ledger 'no'" in unknown.stderr
    assert process.stop() == 0
    assert away.endswith("A new ledger needs another name.\n"), "it is told to its end"
    assert f"move away {name}.* in keys_dir, and its folder under ledgers in data_dir" in away
    assert f"move back {name}.* into keys_dir, and its folder under ledgers" in back

    def run(told: str) -> None:
        statement = re.search("ALTER SCHEMA [a-z_]+ RENAME TO [a-z_]+", told)
        assert statement is not None
        with psycopg.connect(postgres, autocommit=True) as connection:
            connection.execute(statement[0].encode())

    keys, logs, kept = tmp_path / "keys", tmp_path / "data/ledgers", tmp_path / "kept"
    kept.mkdir()
    run(away)
    files = list(keys.glob(f"{name}.*"))
    for file in files:
        file.rename(kept / file.name)
    (logs / name).rename(kept / name)
    process = start(LEDGER_STORE=postgres)
    with SyncLedgerClient(process.address()) as client:
        assert [each.ledger for each in client.ledgers()] == [other]
        assert client.server_info().problems == []
    assert process.stop() == 0

    run(back)
    for file in files:
        (kept / file.name).rename(file)
    (kept / name).rename(logs / name)
    process = start(LEDGER_STORE=postgres)
    with SyncLedgerClient(process.address()) as client:
        assert client.ledger(name) == before
        assert client.record(name, [a_party("us")]).recorded[0].position == 2


def test_in_a_database_the_steps_are_told_whole_for_the_longest_name(
    start: Any, tmp_path: Path, postgres: str
) -> None:
    name = "n" * 40
    process = start(LEDGER_STORE=postgres)
    with SyncLedgerClient(process.address()) as client:
        client.create_ledger(name, "Talks")
        told = command(tmp_path, "ledger", "retire", name, "--yes", LEDGER_STORE=postgres)
    assert told.stderr.endswith("A new ledger needs another name.\n")
