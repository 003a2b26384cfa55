"""What cannot be printed is said in one line, and no answer is lost in silence."""

import subprocess
from pathlib import Path

import pytest

from tests.support.programs import LEDGERCTL

FULL = Path("/dev/full")


@pytest.mark.skipif(not FULL.exists(), reason="This system has no /dev/full.")
@pytest.mark.parametrize("args", [["--help"], ["--version"], ["log", "--help"]])
def test_a_full_disk_is_said_in_one_line(args):
    with FULL.open("w") as full:
        done = subprocess.run(
            [*LEDGERCTL, *args],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            timeout=60,
            check=False,
        )
    said = "ledgerctl: The output cannot be written: No space left on device.\n"
    assert (done.returncode, done.stderr) == (1, said)
