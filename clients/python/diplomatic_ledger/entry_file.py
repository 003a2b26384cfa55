"""Entry files: what a person writes and `ledgerctl record` reads.

YAML: one document, a list of items or a mapping {ledger, items}. JSON Lines: one item
on each line. Scalars are kept as they are written (`0.10`, `010`, `2018-06-12`): the
field says what they mean. An item may stand for several (`severally: true`). Every problem
names item, field, value, remedy and line. What is here holds a file as a whole; `entry_stream`
reads a large one item by item.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from diplomatic_ledger import json_form
from diplomatic_ledger.entry_problems import EntryFileError, nearest, sentence
from diplomatic_ledger.entry_severally import name_of
from diplomatic_ledger.entry_stream import EntryStream, Meant, yaml
from diplomatic_ledger.json_form.problems import Path, PlainError
from diplomatic_ledger.scanned_text import ScannedText
from diplomatic_ledger.v1.items_pb2 import Amendment, RecordItem
from diplomatic_ledger.v1.ledger_service_pb2 import CreateLedgerRequest

__all__ = [
    "EntryFile",
    "EntryFileError",
    "entry_file",
    "name_of",
    "nearest",
    "parse",
    "parse_state",
    "parse_state_partly",
]


@dataclass(frozen=True)
class EntryFile:
    """The items of a file, or of a part of one; `ledger` is the ledger that they are meant for,
    if it says so. `lines` tells on which line each field stands, by its path from the list of
    items as it is written, and `sources` which item of that list each item comes from.
    `spelled_out` are the indices of items that say more than what is written.
    """

    items: tuple[RecordItem, ...]
    lines: dict[Path, int]
    ledger: CreateLedgerRequest | None = None
    sources: tuple[int, ...] = ()
    spelled_out: frozenset[int] = frozenset()


def parse(text: str) -> EntryFile:
    """Reads the text of a file, YAML or JSON Lines. Raises EntryFileError."""
    stream = EntryStream(io.StringIO(text))
    meant = list(stream)
    return entry_file(meant, stream.ledger)


def entry_file(meant: Iterable[Meant], ledger: CreateLedgerRequest | None = None) -> EntryFile:
    """The items of a stream as a whole."""
    items: list[RecordItem] = []
    lines: dict[Path, int] = {}
    sources: list[int] = []
    spelled_out: set[int] = set()
    for each in meant:
        if each.is_spelled_out:
            spelled_out.update(range(len(items), len(items) + len(each.items)))
        items.extend(each.items)
        sources.extend(each.source for _ in each.items)
        lines.update(each.lines)
    return EntryFile(tuple(items), lines, ledger, tuple(sources), frozenset(spelled_out))


def parse_state(text: str) -> Amendment:
    """Reads the new state of an entry, `{act: {...}}` in YAML or JSON, into an amendment
    that has nothing else yet. Raises EntryFileError.
    """
    return _state(text, json_form.read_state)


def parse_state_partly(text: str) -> Amendment:
    """What can be read of a text in which `parse_state` finds something wrong."""
    try:
        return _state(text, json_form.read_state_partly)
    except EntryFileError:
        return Amendment()


def _state(text: str, read: Callable[[Any], Amendment]) -> Amendment:
    yaml_text = yaml()
    scanned = ScannedText(io.StringIO(text))
    try:
        document, lines = yaml_text.parse(scanned)
    except yaml_text.YamlError as error:
        raise EntryFileError([scanned.of_form(error)]) from None
    try:
        scanned.hold(document, ())
        return read(document)
    except PlainError as error:
        told = [sentence(each, lines) for each in error.problems]
        raise EntryFileError(told, error.problems) from None
