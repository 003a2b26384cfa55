"""What is wrong with a field is said in one grammar: whole sentences, from a capital letter, a
quoted value or a number to a full stop.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CODE = [
    path
    for path in sorted((ROOT / "ledger_service").rglob("*.py"))
    if re.search("Violation|ReadingProblems", path.read_text(encoding="utf-8"))
]
#: Modules whose errors are told of a field as they are.
READ = [ROOT / "ledger_service/domain/values" / name for name in ("dates.py", "exact.py")]
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_BEGINS = re.compile(r"[A-Z0-9'\"]")


@pytest.mark.parametrize("path", [*CODE, *READ], ids=lambda path: path.stem)
def test_what_is_wrong_is_told_in_whole_sentences(path: Path) -> None:
    for begin, end in told(path):
        assert _BEGINS.match(begin), begin
        assert end.endswith("."), end


def test_the_texts_are_found() -> None:
    assert sum(1 for path in (*CODE, *READ) for _ in told(path)) > 90


def told(path: Path) -> Iterator[tuple[str, str]]:
    """How each text of a module that is told of a field begins and ends."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for scope in (each for each in ast.walk(tree) if isinstance(each, _FUNCTIONS)):
        for call in (each for each in ast.walk(scope) if isinstance(each, ast.Call)):
            for text in _texts(call):
                yield from _ends(text, scope, tree)


def _texts(call: ast.Call) -> list[ast.expr]:
    name = ast.unparse(call.func).rpartition(".")[2]
    if name in {"Violation", "add", "_invalid"} and len(call.args) >= 2:
        return call.args[1:2]
    return call.args[:1] if name in {"ValueError", "_refusal"} else []


def _ends(text: ast.expr, scope: ast.AST, tree: ast.AST) -> Iterator[tuple[str, str]]:
    """Each way in which an expression may begin and end, where it says so itself."""
    match text:
        case ast.Constant(value=str(said)):
            yield said, said
        case ast.JoinedStr(values=parts):
            begins = [begin for begin, _ in _part(parts[0], scope, tree)]
            ends = [end for _, end in _part(parts[-1], scope, tree)]
            yield from ((begin, end) for begin in begins for end in ends)
        case ast.IfExp(body=one, orelse=other):
            yield from _ends(one, scope, tree)
            yield from _ends(other, scope, tree)
        case ast.Name(id=name):
            for value in [*_assigned(name, scope)] or [*_assigned(name, tree)]:
                yield from _ends(value, scope, tree)
        case ast.Call(func=ast.Name(id=name)):
            for each in ast.walk(tree):
                if isinstance(each, _FUNCTIONS) and each.name == name:
                    for ended in (e for e in ast.walk(each) if isinstance(e, ast.Return)):
                        if ended.value is not None:
                            yield from _ends(ended.value, each, tree)


def _part(part: ast.expr, scope: ast.AST, tree: ast.AST) -> Iterator[tuple[str, str]]:
    if isinstance(part, ast.FormattedValue):
        said = [pair for pair in _ends(part.value, scope, tree) if all(pair)]
        yield from said or [("'value'", "value.")]  # a number or what a caller said, quoted
    else:
        yield from _ends(part, scope, tree)


def _assigned(name: str, scope: ast.AST) -> Iterator[ast.expr]:
    for each in ast.walk(scope):
        match each:
            case ast.Assign(targets=[ast.Name(id=found)], value=value) if found == name:
                yield value
            case ast.NamedExpr(target=ast.Name(id=found), value=value) if found == name:
                yield value
