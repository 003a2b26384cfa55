"""The unit of systemd under deploy/systemd: well formed, confined, and at one with its settings."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from ledger_service import settings

FOLDER = Path(__file__).parents[2] / "deploy/systemd"
UNIT = FOLDER / "ledger-service.service"
#: What systemd counts as exposed, from 0 to 100; under 20 is what it calls OK. What is left is
#: the network and the user that is not made for each start.
EXPOSED = 15

needs_systemd = pytest.mark.skipif(
    shutil.which("systemd-analyze") is None,
    reason="there is no systemd-analyze: the unit is not verified",
)


def analyze(*arguments):
    return subprocess.run(
        ["systemd-analyze", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
        text=True,
        timeout=60,
    )


@pytest.fixture
def unit(tmp_path):
    """The unit with a program that is there, since it is looked for."""
    text = UNIT.read_text(encoding="utf-8")
    program = re.search(r"^ExecStart=(\S+)", text, re.MULTILINE)[1]
    path = tmp_path / UNIT.name
    path.write_text(text.replace(program, sys.executable), encoding="utf-8")
    return path


@needs_systemd
def test_systemd_finds_nothing_wrong_with_the_unit(unit):
    told = analyze("verify", "--man=no", str(unit))
    assert (told.returncode, told.stdout) == (0, "")


@needs_systemd
def test_the_unit_is_exposed_to_little(unit):
    told = analyze("security", "--offline=true", f"--threshold={EXPOSED}", str(unit))
    assert told.returncode == 0, told.stdout


def test_the_settings_of_the_unit_are_ones_with_which_the_service_starts():
    text = UNIT.read_text(encoding="utf-8")
    assert "--config /etc/ledger/ledger.toml" in text
    chosen = settings.load(FOLDER / "ledger.toml", {}, {}).settings
    held = [*re.search(r"^StateDirectory=(.*)$", text, re.MULTILINE)[1].split()]
    writable = {Path("/var/lib") / each for each in held} | {Path("/run/ledger")}
    for path in (chosen.data_dir, chosen.keys_dir, chosen.admin_path):
        assert path.parent in writable, f"the unit may not write {path}"
    assert f"ReadWritePaths=-{chosen.backup_dir}\n" in text
    stops = int(re.search(r"^TimeoutStopSec=(\d+)$", text, re.MULTILINE)[1])
    assert stops >= chosen.drain_seconds + 10


def test_the_environment_of_the_unit_is_one_with_which_the_service_starts():
    lines = (FOLDER / "environment").read_text(encoding="utf-8").splitlines()
    offered = dict(re.findall(r"^#([A-Z_]+)=(\S+)$", "\n".join(lines), re.MULTILINE))
    assert settings.unknown_variables(offered) == {}
    loaded = settings.load(FOLDER / "ledger.toml", offered, {}).settings
    assert loaded.store.startswith("postgresql://")
