"""Ctrl-C ends ledgerctl without a trace of the program, once or twice, wherever it is."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.own_address import own_address

RUN = "from diplomatic_ledger.cli import main; main()"
#: Sends a Ctrl-C when a module is imported, before ledgerctl is asked to run.
AT_IMPORT = """
import os, signal, sys

class CtrlC:
    def find_spec(self, name, path=None, target=None):
        if name == {module!r}:
            sys.meta_path.remove(self)
            os.kill(os.getpid(), signal.SIGINT)

sys.meta_path.insert(0, CtrlC())
"""
ITEM = "- {id: a, party: {name: A, kind: state}}\n"


def start(*args: str, address: str, first: str = "") -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", first + RUN, *args],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={
            **os.environ,
            "LEDGERCTL_SERVER": address,
            "PYTHONPATH": os.pathsep.join(sys.path),
        },
    )


def holds_quiet(process: subprocess.Popen[str]) -> None:
    _, said = process.communicate(timeout=60)
    # A shell says 130 of both: a second Ctrl-C may come when the interpreter has ended already.
    assert process.returncode in (130, -signal.SIGINT), said
    assert "Traceback" not in said
    assert "Exception" not in said
    assert "Error" not in said


@pytest.mark.parametrize("module", ["click", "diplomatic_ledger.cli.root", "rich", "grpc"])
def test_while_it_is_imported(module):
    first = AT_IMPORT.format(module=module)
    holds_quiet(start("ledgers", address=own_address(), first=first))


@pytest.mark.parametrize("times", [1, 2])
@pytest.mark.parametrize("command", ["record", "ledgers", "commitments"])
def test_while_it_waits_for_a_service_that_is_not_there(tmp_path: Path, command, times):
    file = tmp_path / "file.yaml"
    file.write_text("ledger: {ledger: a, title: A}\nitems:\n" + ITEM)
    args = [command, str(file)] if command == "record" else [command]
    process = start(*args, "--timeout", "60", address=own_address())
    assert process.stderr is not None
    assert "does not answer. Trying again" in process.stderr.readline()
    for _ in range(times):
        process.send_signal(signal.SIGINT)
    holds_quiet(process)


def test_what_is_known_to_be_wrong_with_a_file_is_told(tmp_path: Path):
    file = tmp_path / "file.yaml"
    file.write_text("ledger: {ledger: a, title: A}\nitems:\n" + ITEM.replace("state", "stat"))
    process = start("record", str(file), "--timeout", "60", address=own_address())
    assert process.stderr is not None
    assert "does not answer. Trying again" in process.stderr.readline()
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 130, said
    assert "has 1 problem; stopped, and nothing was recorded:" in said
    assert "Did you mean state?" in said


@pytest.mark.parametrize("times", [1, 2])
def test_while_it_reads_a_file(tmp_path: Path, times):
    pipe = tmp_path / "file.yaml"
    os.mkfifo(pipe)
    process = start("record", str(pipe), address=own_address())
    with pipe.open("w") as writing:  # as soon as it reads
        writing.write(ITEM)
        writing.flush()
        for _ in range(times):
            process.send_signal(signal.SIGINT)
    # Closed, since a signal that comes just before the program waits does not wake it.
    holds_quiet(process)
