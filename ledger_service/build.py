"""Of which commit this program was built."""

from __future__ import annotations

import subprocess
from functools import cache
from pathlib import Path

_UNKNOWN = "unknown"
_HERE = Path(__file__).parent
#: What the build of an image or of a wheel leaves here.
_FILE = _HERE / "commit.txt"
_GIT = ("git", "rev-parse", "--short=12", "HEAD")
_SECONDS = 2.0


@cache
def commit() -> str:
    """As the build wrote it; in a checkout, what git says; else `unknown`."""
    try:
        return _FILE.read_text(encoding="ascii").strip() or _UNKNOWN
    except (OSError, ValueError):
        pass
    if not (_HERE.parent / ".git").exists():
        return _UNKNOWN
    try:
        said = subprocess.run(  # noqa: S603 - what it runs stands above
            _GIT, cwd=_HERE, capture_output=True, timeout=_SECONDS, check=True, text=True
        )
    except (OSError, subprocess.SubprocessError):
        return _UNKNOWN
    return said.stdout.strip() or _UNKNOWN
