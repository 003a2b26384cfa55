"""The wheel and the sdist: the same bytes wherever and whenever they are built."""

import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCES = (
    "CHANGELOG.md",
    "GLOSSARY.md",
    "LICENSE",
    "NOTICE",
    "README.md",
    "SECURITY.md",
    "pyproject.toml",
)
FOLDERS = ("clients/python/diplomatic_ledger", "ledger_service", "requirements")
SECONDS = 60


def build(folder, *, mode, time):
    """Builds from a copy whose files have that mode and time, beside files of somebody's own."""
    copy = folder / "project"
    for each in SOURCES:
        copy.mkdir(exist_ok=True, parents=True)
        shutil.copy(ROOT / each, copy / each)
    for each in FOLDERS:
        shutil.copytree(ROOT / each, copy / each, ignore=shutil.ignore_patterns("__pycache__"))
    (copy / "ledger_service/commit.txt").write_text("1234567890ab\n", encoding="utf-8")
    (copy / "notes of mine.txt").write_text("private", encoding="utf-8")
    for path in copy.rglob("*"):
        if path.is_file():
            path.chmod(mode)
        os.utime(path, (time, time))
    subprocess.run(
        [ROOT / "deploy/development/build_dist", sys.executable, folder / "dist"],
        cwd=copy,
        env={**os.environ, "SOURCE_DATE_EPOCH": "1795000000"},
        check=True,
        capture_output=True,
        timeout=SECONDS,
    )
    return {path.name: path.read_bytes() for path in (folder / "dist").iterdir()}


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    here = build(tmp_path_factory.mktemp("here"), mode=0o644, time=1_700_000_000)
    there = build(tmp_path_factory.mktemp("there"), mode=0o640, time=1_790_000_000)
    return here, there


def test_two_builds_in_other_folders_at_other_times_are_the_same_bytes(built):
    here, there = built
    assert sorted(name.rpartition(".")[2] for name in here) == ["gz", "whl"]
    assert here == there


def test_a_wheel_names_the_commit_of_which_it_was_built(built, tmp_path):
    name, content = next((n, c) for n, c in built[0].items() if n.endswith(".whl"))
    (tmp_path / name).write_bytes(content)
    with zipfile.ZipFile(tmp_path / name) as packed:
        assert packed.read("ledger_service/commit.txt") == b"1234567890ab\n"


def test_a_wheel_brings_what_help_and_schema_tell_from(built, tmp_path):
    name, content = next((n, c) for n, c in built[0].items() if n.endswith(".whl"))
    (tmp_path / name).write_bytes(content)
    with zipfile.ZipFile(tmp_path / name) as packed:
        glossary = packed.read("diplomatic_ledger/cli/GLOSSARY.md")
        held = set(packed.namelist())
    assert glossary == (ROOT / "GLOSSARY.md").read_bytes()
    assert "diplomatic_ledger/cli/entry-file.schema.json" in held
    assert "diplomatic_ledger/cli/first_entries.yaml" in held


def test_an_sdist_holds_nothing_that_only_lies_in_the_folder(built, tmp_path):
    name, content = next((n, c) for n, c in built[0].items() if n.endswith(".tar.gz"))
    (tmp_path / name).write_bytes(content)
    with tarfile.open(tmp_path / name) as packed:
        names = packed.getnames()
    assert any(each.endswith("/ledger_service/__main__.py") for each in names)
    assert not [each for each in names if "notes of mine" in each]
