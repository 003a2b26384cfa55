"""Acts with a sealed attribution, and where a text of them is still found on disk."""

from pathlib import Path

import pytest

from ledger_service.domain.values.commands import NewEntry
from ledger_service.domain.values.sealing import sealed_fields
from tests.support.examples import a_command, an_act, an_evidence

SECRET = 'A "colonel" of the 2nd bureau \\ Zürich\nin person'


SOURCE = "evidence[0].attribution"


def sealed_act(secret: str = SECRET, title: str = "Remains are handed over") -> NewEntry:
    act = an_act(title=title, evidence=(an_evidence(attribution=secret),))
    return NewEntry("F001", act, seal=(SOURCE,))


async def record(ledger, *items, request_id=""):
    return await ledger.record(a_command(*items, request_id=request_id))


def seal_of(ledger, entry_id="F001", version=-1, path=SOURCE) -> str:
    fields = sealed_fields(ledger.reader.versions(entry_id)[version].state)
    return {field.path: field.sealed.sealed for field in fields}[path]


def fields(refusal: pytest.ExceptionInfo) -> list[str]:
    return [violation.field for violation in refusal.value.violations]


WHY = "The source asked for it."


def files_with(folder: Path, *wanted: bytes) -> list[str]:
    """The files under a folder in which one of these stands."""
    files = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    assert files
    return [path.name for path in files if any(each in content(path) for each in wanted)]


def content(path: Path) -> bytes:
    """PostgreSQL may remove a file of its own meanwhile: it has none of ours."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return b""
