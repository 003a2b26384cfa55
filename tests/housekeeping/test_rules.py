"""Each rule of docs/rules.md is shown by tests, which name it by its number."""

import ast
import re
from collections import defaultdict
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
RULES = (ROOT / "docs/rules.md").read_text(encoding="utf-8").splitlines()


def numbers() -> list[str]:
    """The numbers of all rules; that of its part where a part is one rule."""
    rules = [m[1] for line in RULES if (m := re.match(r"(?:### )?(\d+(?:\.\d+)+) ", line))]
    parts = [m[1] for line in RULES if (m := re.match(r"## (\d+)\. ", line))]
    return rules + [part for part in parts if not any(n.startswith(f"{part}.") for n in rules)]


@cache
def named() -> dict[str, list[str]]:
    """Where tests name a rule by its number: `pytest.mark.rule("5.1", "5.2")`."""
    found = defaultdict[str, list[str]](list)
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        text = path.read_text(encoding="utf-8")
        if "mark.rule" not in text:
            continue
        for call in ast.walk(ast.parse(text)):
            if isinstance(call, ast.Call) and ast.unparse(call.func) == "pytest.mark.rule":
                for each in call.args:
                    assert isinstance(each, ast.Constant), ast.unparse(call)
                    found[str(each.value)].append(f"{path.relative_to(ROOT)}:{call.lineno}")
    return found


def test_no_two_rules_have_one_number() -> None:
    assert len(numbers()) == len({*numbers()})


@pytest.mark.parametrize("number", numbers())
def test_each_rule_is_shown_by_a_test(number: str) -> None:
    assert named().get(number)


def test_each_test_names_rules_that_there_are() -> None:
    unknown = {number: tests for number, tests in named().items() if number not in numbers()}
    assert not unknown
