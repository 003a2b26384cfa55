"""The Go program takes what is right and refuses what is broken. It is built here from
Debian's packages and shares no code with us.
"""

import shutil
import subprocess
from pathlib import Path

import pytest

from ledger_service.audit.notes import Checkpoint, sign
from ledger_service.audit.receipts import receipt
from tests.support.go_program import NOT_INSTALLED, build
from tests.support.logs_in_memory import KEY, ORIGIN, PUBLIC, MemoryLog, planned, write

pytestmark = pytest.mark.skipif(bool(NOT_INSTALLED), reason=NOT_INSTALLED)


@pytest.fixture(scope="module")
def program(tmp_path_factory) -> Path:
    return build(tmp_path_factory.mktemp("go"))


@pytest.fixture(scope="module")
def log() -> MemoryLog:
    log = MemoryLog()
    log.add_acts(600)
    return log


def verify(program: Path, *arguments: object) -> tuple[int, str]:
    done = subprocess.run(
        [program, *map(str, arguments)], capture_output=True, text=True, timeout=60, check=False
    )
    return done.returncode, done.stdout + done.stderr


@pytest.mark.parametrize("size", [1, 2, 3, 255, 256, 257, 512, 604])
def test_it_verifies_a_bag_of_any_size(program, log, size, tmp_path):
    folder = write(planned(log, log.extent(size=size)), tmp_path)
    code, said = verify(program, PUBLIC.text, folder)
    assert (code, said.split(",")[0]) == (0, f"VERIFIED: {size} records of {ORIGIN}")


def test_it_verifies_a_selection(program, log, tmp_path):
    folder = write(planned(log, log.extent(selected=(1, 300, 604))), tmp_path)
    assert verify(program, PUBLIC.text, folder)[1].startswith(
        "VERIFIED: a selection of 3 of 604"
    )


@pytest.mark.parametrize(
    ("path", "says"),
    [
        ("data/log/checkpoint", "checkpoint"),
        ("data/log/tile/0/001", "tile"),
        ("data/log/tile/1/000.p/2", "tile"),
        ("data/log/tile/entries/000", "record at position"),
        ("data/records/000000001.jsonl", "line of position"),
    ],
)
def test_it_finds_a_changed_byte(program, log, tmp_path, path, says):
    folder = write(planned(log, log.extent()), tmp_path)
    content = bytearray((folder / path).read_bytes())
    content[len(content) // 2] ^= 1
    (folder / path).write_bytes(content)
    code, said = verify(program, PUBLIC.text, folder)
    assert (code, says in said) == (1, True), said


def test_it_finds_a_record_too_many(program, log, tmp_path):
    folder = write(planned(log, log.extent()), tmp_path)
    with (folder / "data/records/000000001.jsonl").open("ab") as file:
        file.write(b"{}\n")
    assert verify(program, PUBLIC.text, folder)[0] == 1


def test_it_finds_a_lost_tile(program, log, tmp_path):
    folder = write(planned(log, log.extent()), tmp_path)
    shutil.rmtree(folder / "data/log/tile/1")
    assert verify(program, PUBLIC.text, folder)[0] == 1


def test_it_takes_no_other_key(program, log, tmp_path):
    folder = write(planned(log, log.extent()), tmp_path)
    other = PUBLIC._replace(public=bytes(32))
    assert verify(program, other.text, folder)[0] == 1
    assert verify(program, "no key", folder)[0] == 2


@pytest.mark.parametrize(
    ("index", "size"), [(0, 1), (0, 3), (254, 255), (255, 256), (256, 257), (300, 604)]
)
def test_it_verifies_a_receipt_and_refuses_it_for_another_record(
    program, log, index, size, tmp_path
):
    root = Checkpoint(ORIGIN, size, planned_root(log, size))
    note = sign(root, [(PUBLIC, KEY.sign)]).note
    proof = tmp_path / "proof"
    proof.write_text(receipt(index, log.inclusion(index + 1, size), note))
    record, other = tmp_path / "record", tmp_path / "other"
    record.write_bytes(log.records[index] + b"\n")
    other.write_bytes(log.records[index] + b" \n")
    code, said = verify(program, PUBLIC.text, proof, record)
    assert (code, f"position {index + 1} of {ORIGIN}" in said) == (0, True), said
    assert verify(program, PUBLIC.text, proof, other)[0] == 1


def planned_root(log: MemoryLog, size: int) -> bytes:
    return log.extent(size=size).checkpoint.root
