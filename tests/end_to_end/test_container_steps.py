"""The steps of the Containerfile, carried out in empty folders, since the tests have no
container engine: the image's folders are folders of the test, its user is ours.
"""

import json
import os
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CONTAINERFILE = ROOT / "deploy/Containerfile"
INSTALL_SECONDS = 300
START_SECONDS = 60
STOP_SECONDS = 30


class Image:
    """What a Containerfile makes, below a folder."""

    def __init__(self, folder):
        self.folder = folder
        self.workdir = folder
        self.environment = {
            k: v for k, v in os.environ.items() if k.startswith(("PIP_", "SSL_"))
        }
        self.environment |= {"HOME": str(folder), "PATH": f"{folder}/python:/usr/bin:/bin"}
        self.command = self.check = None
        # The base image brings a bare Python; ours is the one below any environment.
        (folder / "python").mkdir()
        (folder / "python/python").symlink_to(Path(sys.base_prefix) / "bin/python3")

    def inside(self, text):
        """A text of the image with its own folders put below ours."""
        return text.replace("/srv/", f"{self.folder}/srv/").replace(
            "/var/lib/", f"{self.folder}/var/lib/"
        )

    def step(self, name, text):
        match name:
            case "FROM" | "USER" | "VOLUME" | "STOPSIGNAL":
                pass
            case "WORKDIR":
                self.workdir = Path(self.inside(text))
                self.workdir.mkdir(parents=True)
            case "COPY":
                *sources, target = shlex.split(text)
                for source in sources:
                    self.copy(ROOT / source, self.workdir / target, target)
            case "RUN" if text.startswith("useradd "):
                (self.folder / "var/lib/ledger").mkdir(parents=True)
            case "RUN":
                self.run(["bash", "-c", self.inside(text)], INSTALL_SECONDS)
            case "ENV":
                key, _, value = text.partition("=")
                self.environment[key] = self.inside(value)
            case "HEALTHCHECK":
                self.check = json.loads(text[text.index("CMD ") + 4 :])
            case "CMD":
                self.command = json.loads(text)
            case _:
                pytest.fail(f"this test does not know {name}")

    def copy(self, source, target, written):
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
            return
        inside = target / source.name if written.endswith("/") else target
        inside.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(source, inside)

    def run(self, command, seconds):
        result = subprocess.run(
            command,
            cwd=self.workdir,
            env=self.environment,
            capture_output=True,
            check=False,
            text=True,
            timeout=seconds,
        )
        assert result.returncode == 0, f"{command}\n{result.stdout}{result.stderr}"
        return result.stdout


def steps():
    for line in CONTAINERFILE.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            name, _, text = line.partition(" ")
            yield name, text


def free_address():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"127.0.0.1:{probe.getsockname()[1]}"


def test_the_image_serves_the_example_and_stops_in_good_order(tmp_path):
    image = Image(tmp_path)
    for name, text in steps():
        image.step(name, text)
    address = free_address()
    image.environment |= {"LEDGER_EXAMPLE_LISTEN": address, "LEDGERCTL_SERVER": address}
    executable = shutil.which(image.command[0], path=image.environment["PATH"])
    process = subprocess.Popen(
        [executable, *image.command[1:]],
        cwd=image.workdir,
        env=image.environment,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert wait_until_healthy(image)
        assert "8 deliveries" in image.run(
            [
                f"{image.workdir}/.venv/bin/ledgerctl",
                *["balance", "dprk", "us", "--as-of", "2018-08-18"],
            ],
            START_SECONDS,
        )
        process.send_signal(signal.SIGTERM)
        assert process.wait(STOP_SECONDS) == 0
    finally:
        process.kill()
        process.wait()
    kept = {p.name for p in (tmp_path / "var/lib/ledger/keys").iterdir()}
    assert {"us-dprk-2018.key", "us-dprk-2018.seen"} <= kept


def wait_until_healthy(image):
    end = time.monotonic() + START_SECONDS
    command = [shutil.which(image.check[0], path=image.environment["PATH"]), *image.check[1:]]
    while time.monotonic() < end:
        result = subprocess.run(
            command, env=image.environment, capture_output=True, check=False, timeout=10
        )
        if b"us-dprk-2018" in result.stdout:
            return True
        time.sleep(0.2)
    return False
