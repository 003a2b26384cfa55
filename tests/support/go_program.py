"""Builds the Go program that verifies exports, where Go and its packages are installed."""

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


def build(folder: Path) -> Path:
    program = folder / "verify-bag"
    subprocess.run([ROOT / "deploy/verify-go/build", program], check=True, timeout=300)
    return program
