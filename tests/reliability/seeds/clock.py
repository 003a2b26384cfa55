"""No bug: the clock of the service is ahead or behind by what a file says, in seconds."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

from ledger_service import service


def plant() -> None:
    ahead = Path(os.environ.pop("TORTURE_CLOCK"))

    def now() -> datetime:
        try:
            seconds = float(ahead.read_text())
        except ValueError:  # it is being written
            seconds = 0.0
        return datetime.now(UTC) + timedelta(seconds=seconds)

    service.Service.__init__.__defaults__ = (now,)
