"""Carries out the steps of a Containerfile in empty folders, since there is no container engine
here: the image's folders are folders of ours. What runs in it may write where a read-only root
lets it, and has no capability of root.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

#: What a container on a read-only root may write.
WRITABLE = ("var/lib/ledger", "var/lib/ledger-backups", "var/lib/ledger-keys", "tmp")


class Image:
    """What a Containerfile makes, below `folder`/root. Each stage is made there, so that paths
    are in all of them what they are in the image.
    """

    def __init__(self, folder: Path, sources: Path, seconds: float) -> None:
        self.root = folder / "root"
        self._aside = folder / "stages"
        self._sources = sources
        self._seconds = seconds
        self._stage = ""
        self.user = ""
        self.command: list[str] = []
        self.check: list[str] = []

    def build(self, containerfile: Path) -> None:
        for line in containerfile.read_text(encoding="utf-8").splitlines():
            if line and not line.startswith("#"):
                name, _, text = line.partition(" ")
                self._step(name, text)
        self._seal()

    def held(self) -> dict[str, tuple[int, int]]:
        """What is in the image, but where a container may write."""
        return {
            str(path.relative_to(self.root)): (found.st_size, found.st_mtime_ns)
            for path in self.root.rglob("*")
            if not any(path.relative_to(self.root).is_relative_to(each) for each in WRITABLE)
            for found in [path.lstat()]
        }

    def start(self, command: list[str], **more: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            self._confined(command),
            cwd=self.workdir,
            env=self.environment | more,
            stdout=subprocess.PIPE,
            text=True,
        )

    def run(self, command: list[str], **more: str) -> subprocess.CompletedProcess[str]:
        """Runs a command in the image, as a container does."""
        return subprocess.run(
            self._confined(command),
            cwd=self.workdir,
            env=self.environment | more,
            capture_output=True,
            check=False,
            text=True,
            timeout=self._seconds,
        )

    def inside(self, text: str) -> str:
        """A text of the image with its own folders put below ours."""
        for folder in ("/srv/", "/var/lib/"):
            text = text.replace(folder, f"{self.root}{folder}")
        return text

    def _step(self, name: str, text: str) -> None:
        match name:
            case "ARG" | "VOLUME" | "STOPSIGNAL":
                pass
            case "FROM":
                self._begin(text.partition(" AS ")[2])
            case "USER":
                self.user = text
            case "WORKDIR":
                self.workdir = Path(self.inside(text))
                self.workdir.mkdir(parents=True)
            case "COPY" if text.startswith("--from="):
                stage, source, target = shlex.split(text.removeprefix("--from="))
                self._copy(self._aside / stage / source[1:], target)
            case "COPY":
                *sources, target = shlex.split(text)
                for source in sources:
                    self._copy(self._sources / source, target)
            case "RUN" if text.startswith("groupadd "):
                (self.root / "var/lib/ledger").mkdir(parents=True, mode=0o700)
            case "RUN" if text.startswith("install --directory "):
                for folder in re.findall(r"(/var/lib/\S+)", text):
                    Path(self.inside(folder)).mkdir(parents=True, mode=0o700)
            case "RUN":
                self._install(self.inside(text))
            case "ENV":
                key, _, value = text.partition("=")
                self.environment[key] = self.inside(value)
            case "HEALTHCHECK":
                self.check = json.loads(text[text.index("CMD ") + 4 :])
            case "CMD":
                self.command = json.loads(text)
            case _:
                raise AssertionError(f"nobody here knows the step {name}")

    def _begin(self, stage: str) -> None:
        """Puts the stage before this one aside, and begins with the base image's bare Python:
        the one below any environment of ours.
        """
        if self._stage:
            self._aside.mkdir()
            self.root.rename(self._aside / self._stage)
        self._stage = stage
        (self.root / "python").mkdir(parents=True)
        (self.root / "python/python").symlink_to(Path(sys.base_prefix) / "bin/python3")
        (self.root / "tmp").mkdir()
        self.workdir = self.root
        self.environment = {
            k: v for k, v in os.environ.items() if k.startswith(("PIP_", "SSL_"))
        }
        self.environment |= {
            "HOME": str(self.root),
            "PATH": f"{self.root}/python:/usr/bin:/bin",
            "TMPDIR": str(self.root / "tmp"),
        }

    def _copy(self, source: Path, target: str) -> None:
        to = self.workdir / target
        if source.is_dir():
            # Compiled code of a stage before is part of it; that of our own tree is not.
            ours = source.is_relative_to(self._sources)
            ignored = shutil.ignore_patterns("__pycache__") if ours else None
            shutil.copytree(source, to, symlinks=True, ignore=ignored)
            return
        inside = to / source.name if target.endswith("/") else to
        inside.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(source, inside)

    def _install(self, command: str) -> None:
        result = subprocess.run(
            ["bash", "-c", command],
            cwd=self.workdir,
            env=self.environment,
            capture_output=True,
            check=False,
            text=True,
            timeout=self._seconds,
        )
        assert result.returncode == 0, f"{command}\n{result.stdout}{result.stderr}"

    def _seal(self) -> None:
        writable = {self.root / each for each in WRITABLE}
        for folder, _, names in os.walk(self.root):
            if Path(folder) not in writable:
                for path in (Path(folder), *(Path(folder) / each for each in names)):
                    if not path.is_symlink() and path not in writable:
                        path.chmod(path.stat().st_mode & 0o555)

    def _confined(self, command: list[str]) -> list[str]:
        """Root could write where the mode forbids it, but not without its capabilities."""
        found = shutil.which(command[0], path=self.environment["PATH"])
        assert found is not None, f"{command[0]} is not in the image"
        drop = ["setpriv", "--bounding-set=-all", "--inh-caps=-all", "--no-new-privs"]
        return [*(drop if os.geteuid() == 0 else ()), found, *command[1:]]
