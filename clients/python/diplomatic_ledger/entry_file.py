"""Entry files: what a person writes and `ledgerctl record` reads.

YAML: one document, a list of items or a mapping {ledger, items}. JSON Lines: one item
on each line. Scalars are kept as they are written (`0.10`, `010`, `2018-06-12`): the
field says what they mean. An item may stand for several (`severally: true`). Every problem
names item, field, value, remedy and line.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from diplomatic_ledger import json_form
from diplomatic_ledger.json_form.problems import Path, PlainError, Problem, spoken
from diplomatic_ledger.v1.items_pb2 import Amendment, RecordItem
from diplomatic_ledger.v1.ledger_service_pb2 import CreateLedgerRequest

_TOP = {"ledger", "items"}


class EntryFileError(ValueError):
    """The file cannot be read; `lines` has one sentence for each problem."""

    def __init__(self, lines: list[str]) -> None:
        self.lines = tuple(lines)
        super().__init__("\n".join(lines))


@dataclass(frozen=True)
class EntryFile:
    """The items of a file; `ledger` is the ledger that they are meant for, if it says so.
    `lines` tells on which line each field stands, by its path from the list of items as it is
    written, and `sources` which item of that list each item comes from. `spelled_out` are the
    indices of items that say more than what is written.
    """

    items: tuple[RecordItem, ...]
    lines: dict[Path, int]
    ledger: CreateLedgerRequest | None = None
    sources: tuple[int, ...] = ()
    spelled_out: frozenset[int] = frozenset()


def parse(text: str) -> EntryFile:
    """Reads the text of a file, YAML or JSON Lines. Raises EntryFileError."""
    try:
        document, lines = _json_lines(text) if _is_json_lines(text) else _yaml(text)
        return _entry_file(document, lines)
    except RecursionError:
        raise EntryFileError(["The file is nested too deeply."]) from None


def parse_state(text: str) -> Amendment:
    """Reads the new state of an entry, `{act: {...}}` in YAML or JSON, into an amendment
    that has nothing else yet. Raises EntryFileError.
    """
    document, lines = _yaml(text)
    try:
        return json_form.read_state(document)
    except PlainError as error:
        raise EntryFileError(
            [_sentence(p, ("items",), [], lines) for p in error.problems]
        ) from None


def name_of(item: RecordItem) -> str:
    """The id that an item speaks of; empty for a new entry without one."""
    match item.WhichOneof("item"):
        case "amendment":
            return item.amendment.entry_id
        case "annulment":
            return item.annulment.entry_id
        case _:
            return item.entry.entry_id


def _entry_file(document: Any, lines: dict[Path, int]) -> EntryFile:
    problems: list[Problem] = []
    ledger = None
    values: Any = document
    base: Path = ()
    if isinstance(document, dict):
        ledger = _ledger(document, problems)
        values, base = document.get("items"), ("items",)
    if not isinstance(values, list):
        raise EntryFileError(
            ["The file holds no items. Write a list, or a mapping with items."]
        )
    meant = [_items(value, (*base, index), problems) for index, value in enumerate(values)]
    problems.extend(_named_together(values, meant, base))
    if problems:
        raise EntryFileError([_sentence(p, base, values, lines) for p in problems])
    depth = len(base)
    found = {path[depth:]: line for path, line in lines.items() if path[:depth] == base}
    sources = [index for index, items in enumerate(meant) for _ in items]
    return EntryFile(
        tuple(item for items in meant for item in items),
        found,
        ledger,
        tuple(sources),
        frozenset(
            place for place, source in enumerate(sources) if json_form.says_more(values[source])
        ),
    )


def _named_together(
    values: list[Any], meant: list[list[RecordItem]], base: Path
) -> Iterator[Problem]:
    """Items that name commitments which are recorded one by one as if they were one."""
    apart = {
        str(value["id"]): [name_of(item) for item in items]
        for value, items in zip(values, meant, strict=True)
        if len(items) > 1
    }
    for path, name in _mentions(values, base) if apart else ():
        if name in apart:
            problem = f"{name} is recorded severally. Name {' or '.join(apart[name])}"
            yield Problem(path, problem)


def _mentions(value: Any, path: Path) -> Iterator[tuple[Path, str]]:
    """The commitments that items name, with the places at which they do."""
    if isinstance(value, list):
        for index, each in enumerate(value):
            yield from _mentions(each, (*path, index))
    elif isinstance(value, dict):
        for key, each in value.items():
            if key in ("target", "commitment", "amend", "annul") and isinstance(each, str):
                yield (*path, key), each
            else:
                yield from _mentions(each, (*path, key))


def _ledger(document: dict[str, Any], problems: list[Problem]) -> CreateLedgerRequest | None:
    problems.extend(
        Problem((key,), "there is no such field. Known: ledger, items.")
        for key in document
        if key not in _TOP
    )
    if document.get("ledger") is None:
        return None
    try:
        return json_form.read(CreateLedgerRequest, document["ledger"])
    except PlainError as error:
        problems.extend(Problem(("ledger", *p.path), p.problem) for p in error.problems)
        return None


def _items(value: Any, path: Path, problems: list[Problem]) -> list[RecordItem]:
    try:
        return json_form.read_items(value, path)
    except PlainError as error:
        problems.extend(error.problems)
        return []


def _sentence(problem: Problem, base: Path, values: list[Any], lines: dict[Path, int]) -> str:
    line = nearest(problem.path, lines)
    where = f"line {line}: " if line else ""
    depth = len(base)
    if problem.path[:depth] != base or len(problem.path) <= depth:
        return f"{where}{problem}"
    index = problem.path[depth]
    assert isinstance(index, int)
    field = spoken(problem.path[depth + 1 :])
    middle = f": {field}" if field else ""
    return f"{where}item {index + 1}{_named(values[index])}{middle}: {problem.problem}"


def _named(value: Any) -> str:
    if not isinstance(value, dict):
        return ""
    entry = value.get("entry")
    inner = entry if isinstance(entry, dict) else value
    name = inner.get("id") or inner.get("amend") or inner.get("annul")
    return f" ({name})" if isinstance(name, str) else ""


def nearest(path: Path, lines: dict[Path, int]) -> int:
    """The line of a field, or of the nearest that has it and stands in the file; 0 for none."""
    while path and path not in lines:
        path = path[:-1]
    return lines.get(path, 0)


def _is_json_lines(text: str) -> bool:
    first = next((line for line in text.splitlines() if line.strip()), "")
    try:
        value = json.loads(first)
    except ValueError:
        return False
    return isinstance(value, dict) and not value.keys() & _TOP


def _json_lines(text: str) -> tuple[list[Any], dict[Path, int]]:
    values: list[Any] = []
    lines: dict[Path, int] = {}
    problems: list[str] = []
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        lines[(len(values),)] = number
        try:
            values.append(json.loads(line, parse_float=str, object_pairs_hook=_once))
        except ValueError as error:
            problems.append(f"line {number}: this is not JSON: {error}.")
    if problems:
        raise EntryFileError(problems)
    return values, lines


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    fields = dict(pairs)
    if len(fields) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"the key {twice!r} stands twice")
    return fields


def _yaml(text: str) -> tuple[Any, dict[Path, int]]:
    try:
        from diplomatic_ledger import yaml_text  # noqa: PLC0415 - PyYAML may be absent
    except ModuleNotFoundError as error:
        sentence = (
            f"YAML cannot be read without the package {error.name!r}. Install it with: "
            "pip install 'diplomatic-ledger[cli]'. Or give JSON Lines."
        )
        raise EntryFileError([sentence]) from None
    try:
        return yaml_text.parse(text)
    except yaml_text.YamlError as error:
        raise EntryFileError([str(error)]) from None
