"""What SECURITY.md says is shown by tests, by tests that exist."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "SECURITY.md").read_text(encoding="utf-8")
NAMED = sorted(set(re.findall(r"`(tests/[\w/]+\.py)(?:::(\w+))?`", TEXT)))
#: Who is looked at, by the heading.
ATTACKERS = (
    "A thief of the database",
    "A thief of the signing key",
    "A thief of both, who can also write",
    "A thief of a token",
    "An evil operator",
    "An evil admin",
    "An evil recorder",
    "An evil client",
    "An evil database administrator",
    "Who feeds us packages",
)


@cache
def defined_in(path):
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    return {each.name for each in ast.walk(tree) if isinstance(each, kinds)}


@pytest.mark.parametrize(("path", "name"), NAMED)
def test_a_test_that_is_named_exists(path, name):
    assert not name or name in defined_in(path)


def test_of_everybody_it_is_said_what_they_can_and_cannot_do():
    assert tuple(re.findall(r"^### (.*)$", TEXT, re.MULTILINE)) == ATTACKERS
    for section in TEXT.split("\n### ")[1:]:
        rows = re.findall(r"^\| (can|cannot) \| .* \| (.*)\|$", section, re.MULTILINE)
        assert {can for can, _ in rows} == {"can", "cannot"}
        assert any("`tests/" in shown for can, shown in rows if can == "cannot")
