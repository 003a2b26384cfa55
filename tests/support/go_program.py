"""Builds the Go program that verifies exports, where Go and its packages are installed."""

import fcntl
import os
import shutil
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[2]
_PACKAGES = Path("/usr/share/gocode/src/golang.org/x/mod/sumdb")

#: Why it cannot be built here; empty when it can.
NOT_INSTALLED = (
    ""
    if shutil.which("go") and _PACKAGES.exists()
    else "THE GO VERIFIER WAS NOT BUILT AND NOT TESTED: run deploy/development/install_go as root"
)


#: Where Go keeps what it compiled, for the samples too.
_COMPILED = ROOT / ".cache/go"


def build(folder: Path) -> Path:
    """Build it in the folder; who comes second waits, and finds most of it compiled."""
    program = folder / "verify-bag"
    _COMPILED.mkdir(parents=True, exist_ok=True)
    with (_COMPILED.parent / "go.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        subprocess.run(
            [ROOT / "deploy/verify-go/build", program],
            check=True,
            timeout=300,
            env={**os.environ, "GOCACHE": str(_COMPILED)},
        )
    return program
