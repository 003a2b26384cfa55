"""What PostgreSQL's processes do when they are killed."""

from __future__ import annotations

import time
from pathlib import Path


def await_end(pid: int, seconds: float = 10) -> None:
    """Returns once the process runs no more, whether or not anybody has buried it. A postmaster
    lives on for a moment after it has taken its files away, and who signals it then may find
    nobody.
    """
    end = time.monotonic() + seconds
    while True:
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except (FileNotFoundError, ProcessLookupError):
            return
        if state == "Z":
            return
        assert time.monotonic() < end, f"Process {pid} does not end."
        time.sleep(0.01)
