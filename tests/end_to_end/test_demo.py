"""The demo shows the main job within its time, in eighty columns, and leaves nothing; the
served example answers until it is interrupted.
"""

import os
import signal
import socket
import sqlite3
import subprocess
import sys
from contextlib import closing
from itertools import takewhile
from pathlib import Path

from diplomatic_ledger import SyncLedgerClient

from clients.examples.example import LEDGER
from tests.support.own_address import own_address

ROOT = Path(__file__).parents[2]
BOUND_SECONDS = 60


def test_the_demo_runs_through(tmp_path: Path):
    done = subprocess.run(
        [sys.executable, "clients/examples/demo.py"],
        cwd=ROOT,
        env={**os.environ, "TMPDIR": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=BOUND_SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert max(len(line) for line in done.stdout.splitlines()) <= 80
    assert "\x1b" not in done.stdout
    assert "2018-08-18" in done.stdout
    assert "67.5 to 10 on plover-2.0" in done.stdout
    assert "VERIFIED: 157 records" in done.stdout
    assert "NOT VERIFIED" in done.stdout
    assert "(position 59, entry F015): The record" in done.stdout
    assert list(tmp_path.iterdir()) == []


def test_the_served_example_answers_until_it_is_interrupted(tmp_path: Path):
    address = own_address()
    places = {"LEDGER_EXAMPLE_DIR": str(tmp_path), "LEDGER_EXAMPLE_LISTEN": address}
    with subprocess.Popen(
        [sys.executable, "-u", "clients/examples/serve_example.py"],
        cwd=ROOT,
        env={**os.environ, **places},
        stdout=subprocess.PIPE,
        text=True,
    ) as served:
        try:
            greeting = "".join(takewhile(lambda line: "Ctrl-C" not in line, served.stdout))
            with SyncLedgerClient(address) as client:
                assert client.ledger(LEDGER).position == 156
            served.send_signal(signal.SIGINT)
            said, _ = served.communicate(timeout=BOUND_SECONDS)
        finally:
            served.kill()
    assert address in greeting
    assert greeting.count("ledgerctl") == 3
    assert said == "Stopping.\n"
    assert served.returncode == 0


def test_an_example_of_another_program_is_left_alone_and_a_way_out_is_said(tmp_path: Path):
    ledger = tmp_path / "data/ledgers" / LEDGER
    ledger.mkdir(parents=True, mode=0o700)
    with closing(sqlite3.connect(ledger / "log.sqlite")) as log:
        log.executescript((ROOT / "tests/golden/log-of-2d91251.sql").read_text())
    places = {"LEDGER_EXAMPLE_DIR": str(tmp_path), "LEDGER_EXAMPLE_LISTEN": "127.0.0.1:0"}
    done = subprocess.run(
        [sys.executable, "clients/examples/serve_example.py"],
        check=False,
        capture_output=True,
        cwd=ROOT,
        env={**os.environ, **places},
        text=True,
        timeout=BOUND_SECONDS,
    )
    assert done.returncode == 1
    assert "earlier form" in done.stderr
    assert f"what is in {tmp_path}. Move that folder away" in done.stderr
    assert "Traceback" not in done.stderr
    assert (ledger / "log.sqlite").exists()


def test_a_taken_address_is_refused_with_a_way_out(tmp_path: Path):
    with socket.create_server(("127.0.0.1", 0)) as other:
        address = f"127.0.0.1:{other.getsockname()[1]}"
        places = {"LEDGER_EXAMPLE_DIR": str(tmp_path), "LEDGER_EXAMPLE_LISTEN": address}
        done = subprocess.run(
            [sys.executable, "clients/examples/serve_example.py"],
            check=False,
            capture_output=True,
            cwd=ROOT,
            env={**os.environ, **places},
            text=True,
            timeout=BOUND_SECONDS,
        )
    assert done.returncode == 1
    assert address in done.stderr
    assert "LEDGER_EXAMPLE_LISTEN" in done.stderr
