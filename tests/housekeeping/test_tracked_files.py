"""What is in the repository: nothing of the machine on which it was made."""

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
#: Written so that this file does not hold what it looks for.
FORBIDDEN = {
    "a path of a machine": r"(?<![\w.~-])/(?:work|root|home|Users|farm|opt)/[a-z]",
    "a registry host": r"py[p]i\.org|python[h]osted\.org|npm[j]s\.(?:org|com)|deb\.[d]ebian",
    "a private key": r"-----BEGIN [A-Z ]*PRIVATE [K]EY",
    "a conflict that was not resolved": r"(?m)^[<>]{7} ",
}
MAX_BYTES = 600_000


def tracked():
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False, text=True
    )
    if listed.returncode:
        pytest.skip("this is not a git repository")
    return [
        path for name in listed.stdout.split("\0") if name and (path := ROOT / name).is_file()
    ]


@pytest.mark.parametrize("what", FORBIDDEN)
def test_no_file_holds(what):
    pattern = re.compile(FORBIDDEN[what])
    found = {
        str(path.relative_to(ROOT)): match[0]
        for path in tracked()
        if (match := pattern.search(path.read_text(encoding="utf-8", errors="replace")))
    }
    assert found == {}


def test_no_file_is_a_link():
    """One that leads out of the repository is of one machine."""
    command = ["git", "ls-files", "--stage"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, check=False, text=True)
    assert [line for line in listed.stdout.splitlines() if line.startswith("120000")] == []


def test_no_file_is_large():
    assert [str(path) for path in tracked() if path.stat().st_size > MAX_BYTES] == []


def test_the_top_level_holds_only_what_a_reader_expects():
    expected = {
        ".ci", ".gitignore", "ARCHITECTURE.md", "CHANGELOG.md", "CONTRIBUTING.md",
        "GLOSSARY.md", "LICENSE", "Makefile", "NOTICE", "README.md", "SECURITY.md", "clients", "decisions",
        "deploy", "docs", "ledger_service", "protos", "pyproject.toml", "requirements",
        "tests",
    }  # fmt: skip
    assert {path.relative_to(ROOT).parts[0] for path in tracked()} <= expected
