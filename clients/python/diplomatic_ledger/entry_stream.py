"""Reads an entry file item by item, and holds no more of it than what it looks back at.

YAML: one document, a list of items or a mapping {ledger, items}. JSON Lines: one item on each
line. All problems are collected, up to a bound, and each names item, field, value, remedy and
line.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from importlib import import_module
from types import ModuleType
from typing import Any, NamedTuple

from diplomatic_ledger import json_form, meanings, words
from diplomatic_ledger.entry_problems import (
    EntryFileError,
    Written,
    ids_of,
    sentence,
    sentence_of_item,
)
from diplomatic_ledger.entry_severally import Severally
from diplomatic_ledger.json_form import scalars
from diplomatic_ledger.json_form.problems import Path, PlainError, Problem
from diplomatic_ledger.scanned_text import (
    ScannedText,
    Text,
    hint,
)
from diplomatic_ledger.v1.items_pb2 import RecordItem
from diplomatic_ledger.v1.ledger_service_pb2 import CreateLedgerRequest

_LEDGER, _ITEMS = "ledger", "items"
_TOP = {_LEDGER, _ITEMS}
#: Of a file that is wrong throughout, more would help nobody.
_MOST_PROBLEMS = 1000
#: The id of a new entry where nothing else is known of it: in YAML, or in a line of JSON.
_ID = re.compile(r"""\bid["']?[ \t]*:[ \t]*["']?([A-Za-z0-9][A-Za-z0-9._-]{0,127})""")
#: A line that begins and ends as an item in JSON.
_BROKEN_ITEM = re.compile(r'\{"(?!ledger"|items").*\}', re.DOTALL)


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
    the file says so. `partly` has what can be read of items that are wrong, `unread` what is wrong
    with each of them, and `unreadable` are the ids that these give, and those of what stands behind
    the place where reading ended early.
    """

    def __init__(self, text: Text) -> None:
        self._text = ScannedText(text)
        self.ledger: CreateLedgerRequest | None = None
        self.unreadable: set[str] = set()
        self.partly: list[Meant] = []
        self.unread: list[Sequence[Problem]] = []
        #: Whether nobody can tell what stands behind the place where reading ended.
        self.is_cut_off = False
        self._problems: list[str] = []
        self._severally = Severally()
        #: What is said of the first line where others follow that no YAML has there.
        self._head_of_lines = ""

    def __iter__(self) -> Iterator[Meant]:
        """The items that are right. Raises EntryFileError at the end of a file in which
        something is wrong.
        """
        try:
            for written in self._written():
                yield from self._meant(written)
                if len(self._problems) >= _MOST_PROBLEMS:
                    self._end_early("What comes then was not read any more.")
                    break
        except RecursionError:
            self._end_early("The file is nested too deeply.")
        except EntryFileError as error:
            self._end_early(*error.lines)
        if self._problems:
            raise EntryFileError(self._problems)

    def _end_early(self, *problems: str) -> None:
        """Notes the ids of the new entries that were not read, since others may name them."""
        self._problems.extend(problems)
        try:
            self.unreadable.update(self._text.found_ahead(_ID))
        except EntryFileError:
            self.is_cut_off = True

    def _meant(self, written: Written) -> Iterator[Meant]:
        place: Path = (written.source,)
        problems = self._text.unseen(written.value, place)
        items: list[RecordItem] = []
        try:
            items = json_form.read_items(written.value, place)
        except PlainError as error:
            problems += error.problems
        if problems:
            self._refuse(problems, written)
            self.unreadable.update(ids_of(written.value))
            items = json_form.read_partly(written.value, place)
            self.partly.append(Meant(written.source, items, written.lines, False))
            self.unread.append(problems)
            return
        for refused, problem in self._severally.look(written, items):
            self._refuse([problem], refused)
        yield Meant(written.source, items, written.lines, json_form.says_more(written.value))

    def _refuse(self, problems: Iterable[Problem], written: Written) -> None:
        self._problems.extend(sentence_of_item(each, written) for each in problems)

    def _written(self) -> Iterator[Written]:
        first = self._text.first_line()
        if _is_json_lines(first):
            yield from self._json_lines()
        else:
            self._head_of_lines = _head_of_lines(first)
            yield from self._yaml()

    def _json_lines(self) -> Iterator[Written]:
        for source, (number, line) in enumerate(self._text.lines()):
            try:
                value = json.loads(line, parse_float=Decimal, object_pairs_hook=_once)
            except ValueError as error:
                self._problems.append(
                    f"line {number}: this is not JSON: {_of_json(error, line)}"
                )
                self.unreadable.update(_ID.findall(line))
            else:
                yield Written(source, value, {(source,): number})

    def _yaml(self) -> Iterator[Written]:
        yaml_text = yaml()
        has_list = False
        try:
            for part in yaml_text.parts(self._text, _ITEMS):
                if not part.path:
                    has_list = has_list or isinstance(part.value, list)
                elif isinstance(source := part.path[0], int):
                    yield Written(source, part.value, part.lines)
                elif source == _LEDGER:
                    self._read_ledger(part.value, part.lines)
                elif source != _ITEMS or part.value is not None:
                    self._problems.append(_at_the_top(source, part.value, part.lines))
        except yaml_text.YamlError as error:
            told = self._head_of_lines or self._text.of_form(error)
            raise EntryFileError([told]) from None
        if not has_list:
            self._problems.append(
                "The file holds no items. Write a list, or a mapping with items."
            )

    def _read_ledger(self, value: Any, lines: dict[Path, int]) -> None:
        if value is None:
            return
        problems = self._text.unseen(value, ())
        ledger = CreateLedgerRequest()
        if isinstance(value, str):
            name_alone = f"{scalars.shown(value)} stands alone. Write ledger: {{ledger: NAME, title: TITLE}}"
            self._problems.append(sentence(Problem((_LEDGER,), name_alone), lines))
            return
        json_form.fill(ledger, value, (), problems)
        for each in problems:
            found = Problem((_LEDGER, *each.path), each.problem)
            self._problems.append(sentence(found, lines))
        if not ledger.ledger:
            return
        if self.ledger is not None and self.ledger != ledger:
            other = f"this is another ledger than {self.ledger.ledger} above. Write one file for each"
            self._problems.append(sentence(Problem((_LEDGER,), other), lines))
        self.ledger = self.ledger or ledger


def _at_the_top(key: str, value: Any, lines: dict[Path, int]) -> str:
    """What is wrong with a field that stands beside the items."""
    if key == _ITEMS:
        problem = (
            f"{scalars.shown(value)} stands where a list is wanted. Write each item after a -"
        )
    else:
        problem = f"there is no such field. {words.advice(key, (_LEDGER, _ITEMS))}"
        if told := meanings.of("EntryState", key):
            problem = f"there is no such field here. In an item of the list: {told}"
    return sentence(Problem((key,), problem), lines)


def _of_json(error: ValueError, line: str) -> str:
    """What is wrong with a line of JSON."""
    if "\ufeff" in line:
        return (
            "a byte order mark stands inside of it, as where files are joined of which one has no "
            "newline at its end. Put a newline in its place."
        )
    if isinstance(error, json.JSONDecodeError):
        at_end = error.pos >= len(line.rstrip())
        place = "at its end" if at_end else f"at character {error.colno}"
        told = f"{error.msg} {place}."
        return f"{told} {hint(line)}".rstrip()
    return f"{error}."


def _is_json_lines(line: str) -> bool:
    """Whether the first line that says something is an item in JSON, perhaps a broken one."""
    try:
        value = json.loads(line)
    except ValueError:
        return _BROKEN_ITEM.match(line.strip()) is not None
    return isinstance(value, dict) and not value.keys() & _TOP


def _head_of_lines(line: str) -> str:
    """What is wrong with the first line, where it is a head in JSON and lines of JSON follow."""
    try:
        value = json.loads(line)
    except ValueError:
        return ""
    if not isinstance(value, dict) or value.keys() != {_LEDGER}:
        return ""
    told = value[_LEDGER]
    named = told.get("ledger") if isinstance(told, dict) else told
    name = named if isinstance(named, str) and named else "NAME"
    return (
        "The first line describes a ledger, and JSON Lines has no such head: each line is an "
        f"item. Take it out, create the ledger with `ledgerctl ledgers create {name} --title "
        f"TITLE`, and record with --ledger {name}."
    )


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
