"""`ledgerctl record` takes files of any size, in little memory, and goes on where it was stopped."""

import json
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from diplomatic_ledger import SyncLedgerClient

from tests.support.processes import Process

#: Runs ledgerctl and says at its end how large it ever was.
MEASURED = """
import atexit, pathlib, re, sys
status = pathlib.Path("/proc/self/status")
size = lambda: re.search(r"VmHWM:\\s+(\\d+)", status.read_text())[1]
atexit.register(lambda: print("kilobytes:", size(), file=sys.stderr))
from diplomatic_ledger.cli import main
main()
"""
MOST_MEGABYTES = 110
MANY = 30_000


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Process]:
    process = Process(tmp_path, afresh=True)
    with SyncLedgerClient(process.address()) as client:
        client.create_ledger("much", "Much")
    yield process
    process.stop()


def ledgerctl(service: Process, *args: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-c", MEASURED, "--server", service.address(), *args],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def written(path: Path, count: int) -> str:
    """A file of acts that all rest on one report."""
    with path.open("w") as file:
        report = {"title": "A day", "publisher": "A paper", "published": "2018-07"}
        file.write(json.dumps({"id": "A1", "report": report}) + "\n")
        for number in range(count - 1):
            file.write(json.dumps(act(number)) + "\n")
    return str(path)


def act(number: int) -> dict[str, Any]:
    said = {
        "kind": "statement",
        "title": f"Says something, number {number}",
        "occurred": "2018-06-12",
        "attributes": [{"name": "story", "value": str(number)}],
        "evidence": [{"report": "A1", "quote": "We shall meet again."}],
    }
    return {"id": f"a{number}", "act": said}


def head(service: Process) -> int:
    with SyncLedgerClient(service.address()) as client:
        return client.ledger("much").position


def test_a_large_file_takes_little_memory(service: Process, tmp_path: Path) -> None:
    file = written(tmp_path / "much.jsonl", MANY)
    told, beside = ledgerctl(service, "record", "-l", "much", file).communicate(timeout=240)
    assert f"Recorded {MANY} items in much, up to position {MANY + 1}." in told, beside
    assert int(beside.split("kilobytes:")[1]) / 1024 < MOST_MEGABYTES


def test_a_recording_that_is_stopped_says_how_far_it_came_and_goes_on(
    service: Process, tmp_path: Path
) -> None:
    file = written(tmp_path / "much.jsonl", MANY)
    recording = ledgerctl(service, "record", "-l", "much", file)
    end = time.monotonic() + 120
    while head(service) < 3000:
        assert time.monotonic() < end
        time.sleep(0.05)
    recording.send_signal(signal.SIGINT)
    _, beside = recording.communicate(timeout=60)
    assert recording.returncode == 130
    told = re.search(r"Stopped: at least (\d+) of 30000 items are recorded\.", beside)
    assert told, beside
    assert "Run it again to go on." in beside
    assert 0 < int(told[1]) < head(service) <= MANY
    again, beside = ledgerctl(service, "record", "-l", "much", file).communicate(timeout=240)
    assert "were there already" in again, beside
    assert head(service) == MANY + 1


def test_a_file_that_is_wrong_at_its_end_records_nothing(
    service: Process, tmp_path: Path
) -> None:
    file = Path(written(tmp_path / "much.jsonl", 3000))
    with file.open("a") as more:
        more.write(json.dumps({"id": "x", "act": {"knd": "claim"}}) + "\n")
    recording = ledgerctl(service, "record", "-l", "much", str(file))
    _, beside = recording.communicate(timeout=60)
    assert recording.returncode == 1
    assert "has 1 problem; nothing was recorded:" in beside
    assert "line 3001: item 3001 (x): act.knd: there is no such field." in beside
    assert head(service) == 1
