"""Sets up what is compared with, under .cache/bench: UmaDB and py-spy by pip in an
environment of its own, message-db by npm, h2load by apt. What cannot be had is said
loudly; its rows are then left out.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import click

_REQUIREMENTS = Path(__file__).parents[2] / "requirements/bench.txt"
_MESSAGE_DB = "@eventide/message-db"
_SECONDS = 300


@dataclass(frozen=True)
class Installed:
    """None for what is not there. `python` has UmaDB, `message_db` is the folder of its
    SQL files.
    """

    python: Path | None
    py_spy: Path | None
    message_db: Path | None
    h2load: str | None


NOTHING = Installed(python=None, py_spy=None, message_db=None, h2load=None)


def install(cache: Path) -> Installed:
    python = _environment(cache / "venv")
    return Installed(
        python=python if python and _runs(str(python), "-c", "import umadb") else None,
        py_spy=_existing(cache / "venv/bin/py-spy"),
        message_db=_message_db(cache / "npm"),
        h2load=_h2load(),
    )


def _environment(folder: Path) -> Path | None:
    python, stamp = folder / "bin/python", folder / "installed"
    wanted = sha256(_REQUIREMENTS.read_bytes() + sys.version.encode()).hexdigest()
    if stamp.exists() and stamp.read_text() == wanted:
        return python
    click.echo(f"Installing {_REQUIREMENTS.name} into {folder} ...", err=True)
    pip = (str(python), "-m", "pip", "--disable-pip-version-check", "install", "--quiet")
    if not (
        _runs(sys.executable, "-m", "venv", "--clear", str(folder))
        and _runs(*pip, "--requirement", str(_REQUIREMENTS))
    ):
        _warn("UmaDB and py-spy could not be installed by pip")
        return None
    stamp.write_text(wanted)
    return python


def _message_db(folder: Path) -> Path | None:
    sql = folder / "node_modules" / _MESSAGE_DB / "database"
    if sql.exists():
        return sql
    npm = shutil.which("npm")
    if npm is None:
        _warn("message-db is left out: there is no npm")
        return None
    click.echo(f"Installing {_MESSAGE_DB} into {folder} ...", err=True)
    folder.mkdir(parents=True, exist_ok=True)
    quietly = ("--no-audit", "--no-fund", "--silent")
    if not _runs(npm, "install", "--prefix", str(folder), *quietly, _MESSAGE_DB):
        _warn("message-db could not be installed by npm")
    return _existing(sql)


def _h2load() -> str | None:
    if found := shutil.which("h2load"):
        return found
    apt = shutil.which("apt-get")
    if apt and os.geteuid() == 0:
        click.echo("Installing nghttp2-client for h2load ...", err=True)
        _runs(apt, "update", "-qq")
        _runs(apt, "install", "-qq", "--yes", "--no-install-recommends", "nghttp2-client")
    if not (found := shutil.which("h2load")):
        _warn("h2load is not there; on Debian: apt-get install nghttp2-client")
    return found


def _existing(path: Path) -> Path | None:
    return path if path.exists() else None


def _runs(*command: str) -> bool:
    try:
        done = subprocess.run(command, stdout=subprocess.DEVNULL, timeout=_SECONDS, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        click.echo(f"  {error}", err=True)
        return False
    return done.returncode == 0


def _warn(text: str) -> None:
    click.secho(f"NOT MEASURED: {text}.", err=True, fg="red")
