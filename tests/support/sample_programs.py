"""Builds the samples in clients/node and clients/go, where their tools are installed."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parents[2]
_BUILD_SECONDS = 500
_GO_PACKAGES = Path("/usr/share/gocode/src")
_GO_FILES = (
    "google.golang.org/genproto/googleapis/rpc/errdetails",
    "google.golang.org/grpc/status",
    "github.com/golang/protobuf/proto/registry.go",  # there since 1.4; 1.3 does not fit
)
_GO_PROGRAMS = ("go", "protoc", "protoc-gen-go", "protoc-gen-go-grpc")


@dataclass(frozen=True)
class Sample:
    """A sample program. `missing` says why it cannot be built here; empty when it can."""

    name: str
    missing: str
    build: Callable[[], list[str]]  # Returns the command that runs it.
    environment: dict[str, str] = field(default_factory=dict)

    @property
    def folder(self) -> Path:
        return ROOT / "clients" / self.name


def node() -> Sample:
    return Sample("node", _missing("node", _node_is_there()), _build_node)


def go() -> Sample:
    """This grpc for Go, of Debian 12, makes calls again only where it is told so."""
    environment = {"GRPC_GO_RETRY": "on"}
    return Sample("go", _missing("go", _go_is_there()), _build_go, environment)


def _missing(name: str, there: bool) -> str:
    what = f"THE SAMPLE clients/{name} WAS NOT BUILT AND NOT TESTED"
    return "" if there else f"{what}: run deploy/development/install_samples"


def _node_is_there() -> bool:
    folder = ROOT / "clients/node"
    installed = folder / "node_modules/.installed-lock.json"
    if not (shutil.which("node") and installed.exists()):
        return False
    return installed.read_bytes() == (folder / "package-lock.json").read_bytes()


def _go_is_there() -> bool:
    packages = all((_GO_PACKAGES / each).exists() for each in _GO_FILES)
    return packages and all(shutil.which(each) for each in _GO_PROGRAMS)


def _build_node() -> list[str]:
    _run(ROOT / "clients/node/build")
    return ["node", str(ROOT / "clients/node/dist/src/main.js")]


def _build_go() -> list[str]:
    _run(ROOT / "clients/go/build")
    return [str(ROOT / "clients/go/ledger-walk")]


def _run(program: Path) -> None:
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    done = subprocess.run(
        [program],
        env={**os.environ, "PATH": path},
        capture_output=True,
        check=False,
        text=True,
        timeout=_BUILD_SECONDS,
    )
    assert done.returncode == 0, done.stdout + done.stderr
