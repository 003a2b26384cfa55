"""A secret of a source, from the entry file to its erasure: real processes, real exports."""

import os
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from tests.support import programs
from tests.support.processes import Process

LEDGER = "us-dprk"
SECRET = "colonel Vasquez"
OTHER = "counsellor Brandt"
FIELD = "evidence[0].attribution"
ENTRIES = f"""
ledger: {{ledger: {LEDGER}, title: Talks}}
items:
- {{id: us, party: {{name: United States, kind: state}}}}
- {{id: A1, report: {{title: A report, publisher: A paper, published: 2018-06-13}}}}
- id: F1
  act:
    kind: claim
    actor: us
    title: Says so
    occurred: 2018-06-12
    evidence:
      - report: A1
        attribution: {{seal: {SECRET}}}
- id: F2
  act:
    kind: claim
    actor: us
    title: Says so again
    occurred: 2018-06-12
    evidence:
      - report: A1
        attribution: {{seal: {OTHER}}}
- amend: F1
  reason: a better title
  correction: true
  act:
    kind: claim
    actor: us
    title: Says it
    occurred: 2018-06-12
    evidence:
      - report: A1
        attribution: {{sealed: keep}}
"""


class Desk:
    """A service, and the programs that speak to it."""

    def __init__(self, folder: Path, process: Process) -> None:
        self.folder = folder
        self.process = process
        self.address = process.address()

    def ledgerctl(self, *arguments: str) -> str:
        given = {"LEDGERCTL_SERVER": self.address, "LEDGERCTL_LEDGER": LEDGER}
        given["COLUMNS"] = "120"
        done = programs.ledgerctl(*arguments, env={**os.environ, **given})
        assert done.returncode == 0, done.stderr
        return done.stdout

    def operator(self, *arguments: str, code: int = 0) -> str:
        given = {
            "LEDGER_DATA_DIR": str(self.folder / "data"),
            "LEDGER_KEYS_DIR": str(self.folder / "keys"),
        }
        done = programs.ledger_service(*arguments, env={**os.environ, **given})
        assert done.returncode == code, done.stderr
        return done.stdout

    def export(self, name: str, *options: str) -> Path:
        """An export that verifies."""
        bag = self.folder / name
        self.ledgerctl("export", str(bag), *options)
        key = self.operator("key", "show", LEDGER).splitlines()[-1]
        self.ledgerctl("verify", str(bag), "--key", key)
        return bag


def files_with(folder: Path, *texts: str) -> list[str]:
    wanted = [text.encode() for text in texts] + [text.encode("utf-16-le") for text in texts]
    return [
        str(path.relative_to(folder))
        for path in sorted(folder.rglob("*"))
        if path.is_file() and any(each in path.read_bytes() for each in wanted)
    ]


@pytest.fixture
def desk(start: Any, tmp_path: Path) -> Desk:
    desk = Desk(tmp_path, start(LEDGER_DISCLOSE_SEALED="true"))
    entries = tmp_path / "entries.yaml"
    entries.write_text(ENTRIES)
    desk.ledgerctl("record", str(entries))
    entries.unlink()
    return desk


def test_a_sealed_source_is_shown_withheld_and_erased(desk: Desk, tmp_path: Path) -> None:
    assert desk.ledgerctl("entry", "F1").count(f"{SECRET} [sealed]") == 2
    assert SECRET not in desk.ledgerctl("log", "--format", "records")

    disclosed = desk.export("disclosed")
    assert files_with(disclosed, SECRET, OTHER) == ["data/disclosed.jsonl"]
    redacted = desk.export("redacted", "--redacted")
    assert files_with(redacted, SECRET, OTHER) == []

    said = desk.operator("erase", LEDGER, "F1", FIELD, "--reason", "at risk")
    first, left = said.splitlines()
    assert first == f"F1 {FIELD} is erased in version 1, 2."
    assert left.startswith("Not reached: backups, exports")
    assert desk.ledgerctl("entry", "F1").count("[erased]") == 2
    assert f"{OTHER} [sealed]" in desk.ledgerctl("entry", "F2")
    assert files_with(tmp_path / "data", SECRET) == []
    erased = desk.export("erased")
    assert files_with(erased, SECRET) == []
    assert files_with(erased, OTHER) == ["data/disclosed.jsonl"]
    assert (erased / "data/withheld.csv").read_text().count("erased") == 2
    assert desk.process.stop() == 0
    assert files_with(tmp_path / "data", SECRET) == []


def test_the_operator_erases_without_a_service_too(desk: Desk, tmp_path: Path) -> None:
    assert desk.process.stop() == 0
    assert files_with(tmp_path / "data", OTHER) != []
    desk.operator("erase", LEDGER, "F2", FIELD, "--reason", "at risk")
    assert files_with(tmp_path / "data", OTHER) == []
    assert files_with(tmp_path / "data", SECRET) != []


def test_an_operator_states_that_a_sealed_value_is_lost(desk: Desk, tmp_path: Path) -> None:
    """Of two lost values each is settled by itself; then the ledger is writable again."""
    with sqlite3.connect(tmp_path / "data/ledgers" / LEDGER / "log.sqlite") as connection:
        connection.execute("DELETE FROM sealed_values")
    connection.close()
    desk.operator("ledger", "check", LEDGER, code=1)
    lost = ("erase", LEDGER, "F1", FIELD, "--lost", "--reason", "A bad sector.")
    desk.operator("erase", LEDGER, "F1", FIELD, "--reason", "at risk", code=1)
    said = desk.operator(*lost, code=1)
    assert f"F1 {FIELD} is recorded as lost in version 1, 2.\n" in said
    assert "is gone" in said
    desk.operator("erase", LEDGER, "F2", FIELD, "--lost", "--reason", "The same.")
    assert "fit" in desk.operator("ledger", "check", LEDGER)
    assert "Lost: A bad sector." in desk.ledgerctl("log")
    assert desk.ledgerctl("entry", "F1").count("[erased]") == 2
