"""The program that plays many rounds: its table, its page and its help."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.reliability.checker import Finding, Kind
from tests.reliability.faults import FAULTS
from tests.reliability.faults.kills import Kill
from tests.reliability.rounds import Round
from tests.reliability.table import PAGE, Row, Run, about, marked_down, plain, write

LOST = [Finding(Kind.LOST, "a"), Finding(Kind.LOST, "b"), Finding(Kind.STALE, "c")]
QUIET = Round("kill", 10, 3, 1, [], [0.5, 2.25], 4.0)
LOUD = Round("kill", 20, 0, 0, LOST, [1.0], 4.0)


class NeedsRoot(Kill):
    def lacking(self) -> str:
        return "needs root"


def test_a_row_counts_what_its_rounds_found() -> None:
    row = Row.of(Kill(), [QUIET, LOUD])
    others = f"{Kind.STALE.value} (1 of 2 rounds)"
    assert row.cells() == ("kill", "2", "30", "3", "2", "0", others, "2.2")
    assert not row.held
    assert Row.of(Kill(), [QUIET]).held


def test_what_could_not_be_tried_says_so_loudly() -> None:
    row = Row.of(NeedsRoot(), [])
    assert not row.held
    run = Run([row], about(1, 20.0))
    assert "NOT RUN: needs root" in plain(run)
    assert "NOT RUN: needs root" in marked_down(run)


def test_the_table_goes_into_the_page_and_leaves_the_rest(tmp_path: Path) -> None:
    run = Run([Row.of(Kill(), [QUIET])], about(1, 20.0))
    run.save(tmp_path / "last.json")
    assert Run.load(tmp_path / "last.json") == run
    page = tmp_path / "reliability.md"
    page.write_text(PAGE.read_text())
    write(run, page)
    before, _, after = PAGE.read_text().partition("<!-- table: begin -->")
    assert page.read_text().startswith(before)
    assert page.read_text().endswith(after.partition("<!-- table: end -->")[2])
    assert "| kill | 1 | 10 | 3 | 0 | 0 | none | 2.2 |" in page.read_text()
    with pytest.raises(ValueError, match="has no"):
        write(run, tmp_path / "last.json")


def test_the_page_shows_every_fault() -> None:
    text = PAGE.read_text()
    assert [name for name in FAULTS if f"| {name} |" not in text] == []


def test_the_program_plays_rounds_and_prints_the_table(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tests.reliability", "--rounds", "1", "--only", "no fault"]
    done = subprocess.run(
        [*command, "--cache", str(tmp_path)],
        cwd=PAGE.parents[1],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("fault")
    assert (tmp_path / "last.json").exists()
