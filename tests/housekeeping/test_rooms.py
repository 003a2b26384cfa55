"""What stands in one place only."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

SERVICE = Path(__file__).parents[2] / "ledger_service"
#: The beginnings of statements, which none of our sentences begins with.
STATEMENT = re.compile(
    r"\s*(SELECT|INSERT|UPDATE|DELETE|CREATE|ALTER|DROP|PRAGMA|VACUUM|BEGIN|COPY|NOTIFY)\s"
)


def texts(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def test_sql_stands_in_persistence_and_in_the_views() -> None:
    found = {
        path.relative_to(SERVICE).parts[0]
        for path in SERVICE.rglob("*.py")
        if any(map(STATEMENT.match, texts(path)))
    }
    assert found == {"persistence", "projections"}
