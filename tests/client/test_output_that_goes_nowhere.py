"""Where the output cannot be written, ledgerctl ends with an exit code and no traceback."""

import subprocess
import sys
from pathlib import Path

import pytest

COMMANDS = ("--help", "ledgers", "nonsense", "verify /nowhere", "export /nowhere/export")
WAYS = (">/dev/full", "2>/dev/full", ">/dev/full 2>/dev/full", ">&-", "2>&-", ">&- 2>&-")


#: Begins once with the streams of its way, since that takes long, and then runs each command in a
#: process of its own, which ends as any Python does. It tells the exit codes in a file.
PROGRAM = """
import os, sys
from diplomatic_ledger.cli.root import main
codes, *commands = sys.argv[1:]
for command in commands:
    if not (child := os.fork()):
        sys.argv[1:] = ["--server", "127.0.0.1:1", "--timeout", "0.3", *command.split()]
        main()
        sys.exit()
    with open(codes, "a") as told:
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), file=told)
"""


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
@pytest.mark.parametrize("way", WAYS)
def test_it_ends_plainly(way: str, tmp_path: Path) -> None:
    codes = tmp_path / "codes"
    program = [sys.executable, "-c", PROGRAM, str(codes), *COMMANDS]
    done = subprocess.run(
        ["/bin/sh", "-c", f'"$@" {way}', "sh", *program],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    said = done.stdout + done.stderr
    assert "Traceback" not in said
    assert "Exception ignored" not in said
    ended = [int(code) for code in codes.read_text().split()]
    assert len(ended) == len(COMMANDS)
    assert set(ended) <= {*range(5)}
