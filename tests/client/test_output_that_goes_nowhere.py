"""Where the output cannot be written, ledgerctl ends with an exit code and no traceback."""

import subprocess
import sys
from pathlib import Path

import pytest

COMMANDS = ("--help", "ledgers", "nonsense", "verify /nowhere", "export /nowhere/export")
WAYS = (">/dev/full", "2>/dev/full", ">/dev/full 2>/dev/full", ">&-", "2>&-", ">&- 2>&-")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
@pytest.mark.parametrize("command", COMMANDS)
def test_it_ends_plainly(command: str) -> None:
    program = f'"{sys.executable}" -c "from diplomatic_ledger.cli.root import main; main()"'
    for way in WAYS:
        done = subprocess.run(
            ["/bin/sh", "-c", f"{program} --server 127.0.0.1:1 --timeout 0.3 {command} {way}"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        said = done.stdout + done.stderr
        assert "Traceback" not in said, f"{way}: {said}"
        assert "Exception ignored" not in said, f"{way}: {said}"
        assert done.returncode in range(5), f"{way}: {done.returncode}"
