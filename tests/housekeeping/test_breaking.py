"""A change of the protos that breaks callers is found, and lands only with a reason."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


class Copy:
    """A repository of its own with the protos and what holds them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        shutil.copytree(ROOT / "protos", folder / "protos")
        shutil.copytree(ROOT / "deploy/development", folder / "deploy/development")
        self.allowed = folder / "protos/allowed_breaks.json"
        self.allowed.write_text("[]")
        (folder / "protos/landed.binpb").unlink()
        self.git("init", "--quiet")
        assert self.breaking("write") == []
        self.commit()

    def git(self, *words: str) -> None:
        who = ["-c", "user.name=t", "-c", "user.email=t@example.org"]
        subprocess.run(["git", *who, *words], cwd=self.folder, check=True)

    def commit(self) -> None:
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", "A change")

    def breaking(self, what: str) -> list[str]:
        """What the script complains of."""
        tools = str(Path(sys.executable).parent)
        done = subprocess.run(
            [sys.executable, "deploy/development/breaking", what],
            cwd=self.folder,
            env=os.environ | {"PATH": f"{tools}:{os.environ['PATH']}"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.stderr == ""
        lines = done.stdout.splitlines()
        assert done.returncode == (1 if lines else 0)
        return lines

    def change(self, old: str, new: str) -> None:
        path = self.folder / "protos/diplomatic_ledger/v1/acts.proto"
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, new))

    def allow(self, *breaks: tuple[str, str]) -> None:
        known = json.loads(self.allowed.read_text())
        known += [{"break": each, "reason": why, "image": ""} for each, why in breaks]
        self.allowed.write_text(json.dumps(known))


@pytest.fixture
def copy(tmp_path: Path) -> Copy:
    return Copy(tmp_path)


def test_the_image_of_the_protos_is_fresh_and_breaks_nothing_without_a_reason() -> None:
    done = subprocess.run(
        [sys.executable, "deploy/development/breaking", "check"],
        cwd=ROOT,
        env=os.environ | {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout + done.stderr == ""


def test_an_addition_only_needs_a_new_image(copy: Copy) -> None:
    copy.change(
        "  // Version that answers.", "  // New.\n  bool new = 99;\n  // Version that answers."
    )
    (stale,) = copy.breaking("check")
    assert stale.endswith("Run: make image")
    assert copy.breaking("write") == []
    assert copy.breaking("check") == []


def test_a_break_lands_with_its_reason_only(copy: Copy) -> None:
    copy.change("string entry_id = 1;", "string act_id = 1;")
    refused = copy.breaking("write")
    assert refused
    assert all("has no reason" in each for each in refused)
    copy.allow(*((each.split(": ", 1)[1], "Named as elsewhere.") for each in refused))
    assert copy.breaking("write") == []
    assert copy.breaking("check") == []
    copy.commit()
    assert copy.breaking("check") == []


def test_a_break_that_another_image_was_allowed_is_not_allowed_again(copy: Copy) -> None:
    copy.change("string entry_id = 1;", "string act_id = 1;")
    deploy = copy.folder / "deploy/development"
    subprocess.run(
        [str(deploy / "image"), sys.executable, "protos/landed.binpb"],
        cwd=copy.folder,
        check=True,
    )
    (found, *_) = copy.breaking("check")
    assert "is not allowed in" in found


def test_a_reason_for_nothing_is_found(copy: Copy) -> None:
    copy.allow(("FIELD_SAME_NAME nowhere", "For nothing."))
    (found,) = copy.breaking("check")
    assert "and not there" in found
    assert copy.breaking("write") == [found]
