"""The export of the worked example, from a real service through the command line, holds
against four programs; it is the same whenever it is made, and goes on where it stopped.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import pytest
from diplomatic_ledger import SyncLedgerClient
from diplomatic_ledger.export_folder import ExportFailed, ExportFolder
from diplomatic_ledger.exporting import Wanted
from diplomatic_ledger.json_form import read_item
from diplomatic_ledger.v1.audit_service_pb2 import ExportChunk
from diplomatic_ledger.verify import Anchor, VerificationKey, verify_bag

from clients.examples.example import ARTICLES, LEDGER, PUBLIC_RECORD, record
from tests.benchmarks.corpus import items
from tests.support import programs
from tests.support.go_program import NOT_INSTALLED, build
from tests.support.own_address import own_address
from tests.support.processes import Process

BIN = Path(sys.executable).parent
#: How many entries the larger ledger has: 300000 takes a minute or two.
ENTRIES = int(os.environ.get("LEDGER_EXPORT_ENTRIES", "20000"))


class Case:
    """A running service with the example, and the command line."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.process = Process(folder)
        self.address = self.process.address()
        with self.client() as client:
            record(client, ARTICLES)
            self.position = record(client, PUBLIC_RECORD)
            self.key = client.ledger(LEDGER).verification_key

    def client(self) -> SyncLedgerClient:
        return SyncLedgerClient(self.address)

    def ledgerctl(self, *arguments: object) -> subprocess.CompletedProcess[str]:
        given = {"LEDGERCTL_SERVER": self.address, "LEDGERCTL_LEDGER": LEDGER}
        return programs.ledgerctl(*arguments, env={**os.environ, **given}, timeout=300)

    def export(self, folder: Path, *options: object) -> Path:
        done = self.ledgerctl("export", folder, *options)
        assert done.returncode == 0, done.stderr
        return folder

    def restart(self) -> None:
        assert self.process.stop() == 0
        self.process = Process(self.folder)
        self.address = self.process.address()


def run(command: list[object], **more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        list(map(str, command)),
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
        cwd=more.pop("cwd", None),
        env={**os.environ, **more},
    )


def content(folder: Path) -> dict[str, bytes]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Case]:
    case = Case(tmp_path_factory.mktemp("service"))
    yield case
    case.process.stop()


@pytest.fixture(scope="module")
def bag(case: Case, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return case.export(tmp_path_factory.mktemp("exports") / "bag")


# Four ways to verify


def way(bag: Path, number: int) -> str:
    """The lines that the README of the bag shows for a way to verify."""
    text = (bag / "data/README.txt").read_text(encoding="utf-8")
    part = re.split(r"^\d\. ", text, flags=re.MULTILINE)[number]
    return "\n".join(line[5:] for line in part.splitlines() if line.startswith("     "))


def verify(bag: Path, number: int, *programs: Path) -> subprocess.CompletedProcess[str]:
    path = ":".join(map(str, [*programs, BIN, os.environ["PATH"]]))
    return run(["bash", "-euo", "pipefail", "-c", way(bag, number)], cwd=str(bag), PATH=path)


def test_our_verifier_takes_it(bag: Path):
    done = verify(bag, 1)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "VERIFIED: 156 records" in done.stdout


@pytest.mark.skipif(bool(NOT_INSTALLED), reason=NOT_INSTALLED)
def test_the_go_program_takes_it(bag: Path, tmp_path: Path):
    done = verify(bag, 2, build(tmp_path).parent)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "VERIFIED: 156 records" in done.stdout


def test_sha256sum_and_openssl_take_it(bag: Path):
    done = verify(bag, 3)
    assert (done.returncode, done.stdout) == (0, "Signature Verified Successfully\n")


def test_bagit_python_takes_it(bag: Path):
    done = verify(bag, 4)
    assert done.returncode == 0, done.stderr
    assert "is valid" in done.stderr


@pytest.mark.parametrize("number", [1, 3, 4])
def test_none_of_them_takes_it_with_a_byte_changed(bag: Path, number: int, tmp_path: Path):
    copy = tmp_path / "copy"
    run(["cp", "-r", bag, copy])
    lines = copy / "data/records/000000001.jsonl"
    lines.write_bytes(lines.read_bytes().replace(b"Kim", b"Kin", 1))
    assert verify(copy, number).returncode != 0


def test_a_forged_checkpoint_is_refused_by_openssl(bag: Path, tmp_path: Path):
    copy = tmp_path / "copy"
    run(["cp", "-r", bag, copy])
    checkpoint = copy / "data/log/checkpoint"
    checkpoint.write_bytes(checkpoint.read_bytes().replace(b"\n156\n", b"\n157\n"))
    commands = "\n".join(way(copy, 3).splitlines()[2:])
    done = run(["bash", "-euo", "pipefail", "-c", commands], cwd=str(copy))
    assert done.returncode != 0
    assert "Signature Verification Failure" in done.stdout + done.stderr


# The same bytes


def test_the_same_position_gives_the_same_bytes_twice_later_and_after_a_restart(
    case: Case, bag: Path, tmp_path: Path
):
    before = content(bag)
    assert content(case.export(tmp_path / "again")) == before
    with case.client() as client:
        late = {"id": "late", "party": {"name": "Late", "kind": "state"}}
        client.record(LEDGER, [read_item(late)])
    at = ("--recorded-by", case.position)
    assert content(case.export(tmp_path / "later", *at)) == before
    case.restart()
    assert content(case.export(tmp_path / "restarted", *at)) == before
    assert content(case.export(tmp_path / "longer")) != before


def test_a_redacted_bag_differs_in_nothing_while_nothing_is_sealed(case: Case, tmp_path: Path):
    at = ("--recorded-by", case.position)
    whole = content(case.export(tmp_path / "whole", *at))
    redacted = content(case.export(tmp_path / "redacted", *at, "--redacted"))
    differing = {path for path in whole if whole[path] != redacted[path]}
    assert {path for path in differing if path.startswith("data/")} <= {
        "data/README.txt",
        "data/metadata.csv",
    }


def test_no_key_material_is_in_a_bag(case: Case, bag: Path):
    (key,) = (case.folder / "keys").glob("*.key")
    secret = key.read_text().splitlines()[1].encode()
    for path, inner in content(bag).items():
        assert b"PRIVATE" not in inner, path
        assert secret not in inner, path


# Interrupted


def test_it_goes_on_after_any_chunk(case: Case, bag: Path, tmp_path: Path):
    wanted = Wanted(recorded_by=case.position)
    with case.client() as client:
        count = sum(isinstance(frame, ExportChunk) for frame in client.export(LEDGER, wanted))
        for number in range(0, count, 3):
            folder = tmp_path / str(number)
            _receive(client, folder, wanted, chunks=number)
            assert not folder.exists()
            _receive(client, folder, wanted)
            assert content(folder) == content(bag)


def _receive(client, folder: Path, wanted: Wanted, chunks: int | None = None) -> None:
    """Takes some chunks, the last of them but its last bytes, or else all of them."""
    target = ExportFolder(folder, LEDGER, wanted)
    header, *frames = client.export(LEDGER, wanted, reached=target.reached)
    target.begin(header)
    if chunks is None:
        for frame in frames:
            target.write(frame)
        target.finish()
        return
    for frame in frames[:chunks]:
        target.write(frame)
    half = frames[chunks]
    cut = half.data[: len(half.data) // 2]
    target.write(ExportChunk(path=half.path, offset=half.offset, data=cut))
    target.close()


def test_a_damaged_part_is_found_at_the_end(case: Case, tmp_path: Path):
    wanted, folder = Wanted(recorded_by=case.position), tmp_path / "bag"
    with case.client() as client:
        _receive(client, folder, wanted, chunks=12)
        first = tmp_path / "bag.partial/bag-info.txt"
        first.write_bytes(first.read_bytes().replace(b"1", b"2"))
        with pytest.raises(ExportFailed, match=r"damaged: bag-info\.txt"):
            _receive(client, folder, wanted)
    assert not folder.exists()


def test_an_interrupted_export_with_other_options_is_not_mixed_with(case: Case, tmp_path: Path):
    with case.client() as client:
        _receive(client, tmp_path / "bag", Wanted(recorded_by=case.position), chunks=3)
    done = case.ledgerctl("export", tmp_path / "bag", "--redacted")
    assert done.returncode == 1
    assert "interrupted export with other options" in done.stderr


def test_a_folder_that_is_there_is_left_alone(case: Case, bag: Path):
    before = content(bag)
    done = case.ledgerctl("export", bag)
    assert (done.returncode, "is there already" in done.stderr) == (1, True)
    assert content(bag) == before


# Selections


@pytest.mark.parametrize(
    "options", [("commitment", "F052"), ("parties", "us", "dprk")], ids=lambda each: each[0]
)
def test_a_selection_verifies_and_says_what_it_is(case: Case, options, tmp_path: Path):
    kind, *named = options
    folder = case.export(tmp_path / "part", *named, "--select", kind)
    done = verify(folder, 1)
    assert done.returncode == 0, done.stdout
    assert "This is a selection" in done.stdout
    assert verify(folder, 3).returncode == 0
    assert verify(folder, 4).returncode == 0


# A larger ledger


def test_a_large_ledger_is_exported_in_its_time_and_memory(tmp_path: Path):
    process = Process(tmp_path)
    try:
        with SyncLedgerClient(process.address(), timeout=120) as client:
            client.create_ledger("large", "A large one")
            entries = items(ENTRIES)
            while batch := list(islice(entries, 1_000)):
                client.record("large", batch)
            key = VerificationKey.parse(client.ledger("large").verification_key)
            before = _peak_memory(process)
            began = time.monotonic()
            wanted = Wanted()
            target = ExportFolder(tmp_path / "bag", "large", wanted)
            for frame in client.export("large", wanted):
                target.take(frame)
            exported = time.monotonic() - began
            target.finish()
            grown = _peak_memory(process) - before
    finally:
        process.stop()
    print(  # noqa: T201 - shown with pytest -s
        f"\n{ENTRIES} entries exported in {exported:.1f} s, {ENTRIES / exported:,.0f} a second; "
        f"the service grew by {grown / 1e6:.0f} MB."
    )
    report = verify_bag(tmp_path / "bag", Anchor(keys=(key,)))
    assert report.findings == []
    assert report.records == ENTRIES + 1
    assert grown < 100e6


def test_it_goes_on_by_itself_when_the_service_comes_back(tmp_path: Path):
    process = Process(tmp_path, LEDGER_LISTEN=own_address())
    try:
        address = process.address()
        with SyncLedgerClient(address, timeout=120) as client:
            client.create_ledger("large", "A large one")
            entries = items(5_000)
            while batch := list(islice(entries, 1_000)):
                client.record("large", batch)
            key = client.ledger("large").verification_key
        command = [BIN / "ledgerctl", "export", tmp_path / "bag", "--server", address]
        with subprocess.Popen(list(map(str, command)), stderr=subprocess.PIPE) as exporting:
            part = tmp_path / "bag.partial/data/log/tile/0/003"
            end = time.monotonic() + 20
            while not part.exists() and exporting.poll() is None and time.monotonic() < end:
                time.sleep(0.001)
            process.stop()
            process = Process(tmp_path, LEDGER_LISTEN=address)
            process.address()
            assert exporting.wait(60) == 0, exporting.stderr.read().decode()
    finally:
        process.stop()
    anchor = Anchor(keys=(VerificationKey.parse(key),))
    assert verify_bag(tmp_path / "bag", anchor).findings == []


def _peak_memory(process: Process) -> int:
    status = Path(f"/proc/{process.process.pid}/status").read_text()
    return int(re.search(r"VmHWM:\s+(\d+) kB", status)[1]) * 1024
