"""Reads an entry file item by item, and holds no more of it than what it looks back at.

YAML: one document, a list of items or a mapping {ledger, items}. JSON Lines: one item on each
line. All problems are collected, up to a bound, and each names item, field, value, remedy and
line.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from importlib import import_module
from types import ModuleType
from typing import Any, NamedTuple, TextIO

from diplomatic_ledger import json_form
from diplomatic_ledger.entry_problems import (
    EntryFileError,
    Written,
    ids_of,
    sentence,
    sentence_of_item,
)
from diplomatic_ledger.entry_severally import Severally
from diplomatic_ledger.json_form.problems import Path, PlainError, Problem
from diplomatic_ledger.v1.items_pb2 import RecordItem
from diplomatic_ledger.v1.ledger_service_pb2 import CreateLedgerRequest

_LEDGER, _ITEMS = "ledger", "items"
_TOP = {_LEDGER, _ITEMS}
#: Of a file that is wrong throughout, more would help nobody.
_MOST_PROBLEMS = 1000
#: No item that can be recorded needs a longer line.
_LINE_CHARACTERS = 16 * 1024 * 1024


class Meant(NamedTuple):
    """The items that one written item stands for, mostly one; `is_spelled_out` when they say
    more than what is written.
    """

    source: int
    items: list[RecordItem]
    lines: dict[Path, int]
    is_spelled_out: bool


class EntryStream:
    """The items of a file. When all were read, `ledger` is the one that they are meant for, if
    the file says so, and `unreadable` are the ids of those that are wrong.
    """

    def __init__(self, text: TextIO) -> None:
        self._text = _Text(text)
        self.ledger: CreateLedgerRequest | None = None
        self.unreadable: set[str] = set()
        self._problems: list[str] = []
        self._severally = Severally()

    def __iter__(self) -> Iterator[Meant]:
        """The items that are right. Raises EntryFileError at the end of a file in which
        something is wrong.
        """
        try:
            for written in self._written():
                yield from self._meant(written)
                if len(self._problems) >= _MOST_PROBLEMS:
                    self._problems.append("What comes then was not read any more.")
                    break
        except RecursionError:
            raise EntryFileError(["The file is nested too deeply."]) from None
        if self._problems:
            raise EntryFileError(self._problems)

    def _meant(self, written: Written) -> Iterator[Meant]:
        try:
            items = json_form.read_items(written.value, (written.source,))
        except PlainError as error:
            self._refuse(error.problems, written)
            self.unreadable.update(ids_of(written.value))
            return
        for refused, problem in self._severally.look(written, items):
            self._refuse([problem], refused)
        yield Meant(written.source, items, written.lines, json_form.says_more(written.value))

    def _refuse(self, problems: Iterable[Problem], written: Written) -> None:
        self._problems.extend(sentence_of_item(each, written) for each in problems)

    def _written(self) -> Iterator[Written]:
        if self._text.is_json_lines():
            yield from self._json_lines()
        else:
            yield from self._yaml()

    def _json_lines(self) -> Iterator[Written]:
        source = 0
        for number, line in self._text.lines():
            try:
                value = json.loads(line, parse_float=str, object_pairs_hook=_once)
            except ValueError as error:
                self._problems.append(f"line {number}: this is not JSON: {error}.")
                continue
            yield Written(source, value, {(source,): number})
            source += 1

    def _yaml(self) -> Iterator[Written]:
        yaml_text = yaml()
        has_list = False
        try:
            for part in yaml_text.parts(self._text, _ITEMS):
                if not part.path:
                    has_list = isinstance(part.value, list)
                elif isinstance(source := part.path[0], int):
                    yield Written(source, part.value, part.lines)
                elif source == _LEDGER:
                    self._read_ledger(part.value, part.lines)
                elif source != _ITEMS:
                    known = "there is no such field. Known: ledger, items."
                    self._problems.append(sentence(Problem((source,), known), part.lines))
        except yaml_text.YamlError as error:
            raise EntryFileError([str(error)]) from None
        if not has_list:
            self._problems.append(
                "The file holds no items. Write a list, or a mapping with items."
            )

    def _read_ledger(self, value: Any, lines: dict[Path, int]) -> None:
        if value is None:
            return
        try:
            self.ledger = json_form.read(CreateLedgerRequest, value)
        except PlainError as error:
            for each in error.problems:
                found = Problem((_LEDGER, *each.path), each.problem)
                self._problems.append(sentence(found, lines))


class _Text:
    """The text of a file, whose first line that says something is looked at before."""

    def __init__(self, text: TextIO) -> None:
        self._text = text
        self._ahead = line = text.readline(_LINE_CHARACTERS)
        while line and not line.strip():
            self._ahead += (line := text.readline(_LINE_CHARACTERS))
        self._first = line

    def is_json_lines(self) -> bool:
        try:
            value = json.loads(self._first)
        except ValueError:
            return False
        return isinstance(value, dict) and not value.keys() & _TOP

    def lines(self) -> Iterator[tuple[int, str]]:
        """The lines that say something, with their numbers. Raises EntryFileError."""
        number = self._ahead[: len(self._ahead) - len(self._first)].count("\n") + 1
        line = self._first
        while line:
            if len(line) >= _LINE_CHARACTERS:
                raise EntryFileError([f"line {number}: this is longer than any item may be."])
            if line.strip():
                yield number, line
            line = self._text.readline(_LINE_CHARACTERS)
            number += 1

    def read(self, size: int, /) -> str:
        if not self._ahead:
            return self._text.read(size)
        ahead, self._ahead = self._ahead[:size], self._ahead[size:]
        return ahead


def yaml() -> ModuleType:
    """The module that reads YAML. Raises EntryFileError where PyYAML is absent."""
    try:
        return import_module("diplomatic_ledger.yaml_text")
    except ModuleNotFoundError as error:
        absent = (
            f"YAML cannot be read without the package {error.name!r}. Install it with: "
            "pip install 'diplomatic-ledger[cli]'. Or give JSON Lines."
        )
        raise EntryFileError([absent]) from None


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    fields = dict(pairs)
    if len(fields) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"the key {twice!r} stands twice")
    return fields
