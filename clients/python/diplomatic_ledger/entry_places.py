"""Where in an entry file the fields of a request stand, and what they are called there.

A service names fields by their paths in the request: `items[3].entry.state.act.title`. A person
wants the line, and the keys that are written: `line 88: item 4 (F013): act.title`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from diplomatic_ledger import words
from diplomatic_ledger.entry_file import EntryFile, name_of, nearest
from diplomatic_ledger.json_form.problems import Path, spoken, steps
from diplomatic_ledger.v1.items_pb2 import RecordItem

#: A field of an item that is to be recorded or supposed, without what a file leaves unsaid.
_FIELD = re.compile(
    r"(?:items|(?:cuts|before|after)\.suppose)\[(\d+)\](?:\.(?:entry|amendment|annulment))?"
    r"(?:\.state)?((?:\.\w+|\[\d+\])*)"
)
#: What a sentence calls the only item.
_THE_ITEM = "this item"
#: The keys by which a file names the entry of an item.
_ENTRY_ID = {"entry": "id", "amendment": "amend", "annulment": "annul"}
#: Fields that may stand as a text.
_IN_SHORT = frozenset({"occurred", "published", "due", "quantity", "plover"})
_SEALED = re.compile(r"(seal|keep_sealed)\[(\d+)\]")
_CODE = re.compile(r"(party\.codes)\[(\d+)\]")
_INSTALMENT = re.compile(r"(commitment\.instalments)\[\d+\].*")
#: What has another form in a file, where nothing but the form of the request says so.
_SHORTER = (
    (re.compile(r"(?<=\.(?:all|any))\.conditions(?=\[)"), ""),
    (re.compile(r"(?<=\.words)\.text$"), ""),
    (re.compile(r"\.words(?=\.label$)"), ""),
    (re.compile(r"^new_information\.report$"), "new_information"),
    (re.compile(r"^expected_version\.exactly$"), "expected_version"),
)


def place(entries: EntryFile, field: str, skipped: int = 0) -> tuple[int, str]:
    """Where in the file a field of a request stands: its line, and in words
    `line 88: item 4 (F013): act.title`.

    `skipped` items of the file stood in requests before this one; of a part of a file, whose
    fields have the numbers of the whole file, it is less than nothing.
    """
    match = _FIELD.fullmatch(field)
    index = int(match[1]) + skipped if match else -1
    if match is None or not 0 <= index < len(entries.items):
        return 0, field
    inner = _written(entries, index, match[2])
    line = _line(entries, entries.sources[index], (match[2], inner))
    return line, f"line {line}: {_item(entries, index)}" + (f": {inner}" if inner else "")


def value(entries: EntryFile, field: str, skipped: int = 0) -> str:
    """The text in a field of a request; empty where there is none."""
    match = _FIELD.fullmatch(field)
    index = int(match[1]) + skipped if match else -1
    if match is None or not 0 <= index < len(entries.items):
        return ""
    found: Any = entries.items[index]
    for step in steps(field[match.end(1) :]):
        if isinstance(step, int):
            found = found[step] if step < len(found) else None
        else:
            found = getattr(found, step, None)
        if found is None:
            return ""
    return found if isinstance(found, str) else ""


def item_of(field: str) -> tuple[int, Path]:
    """The index of the item that a field of a request belongs to, -1 for none, and its path within
    the state or the change.
    """
    match = _FIELD.fullmatch(field)
    return (int(match[1]), steps(match[2])) if match else (-1, ())


def retold(entries: EntryFile, sentence: str, field: str = "", skipped: int = 0) -> str:
    """A sentence about a field of a request, with the fields that it names called as they are
    in the file; those of another item with the item.
    """
    about = _FIELD.fullmatch(field)

    def called(match: re.Match[str]) -> str:
        index = int(match[1]) + skipped
        if not 0 <= index < len(entries.items):
            return match[0]
        inner = _written(entries, index, match[2])
        if about and about[1] == match[1] and inner:
            return inner
        item = _item(entries, index)
        return f"{inner} of {item}" if inner else item

    return words.in_words(_FIELD.sub(called, sentence))


def without_item(text: str) -> str:
    """A field of a request with one item, or a sentence about it, as if that were written
    alone. Empty for the item as a whole.
    """
    found = _FIELD.sub(lambda match: _shorter(match[2].removeprefix(".")) or _THE_ITEM, text)
    return "" if found == _THE_ITEM else words.in_words(found)


def _item(entries: EntryFile, index: int) -> str:
    name = name_of(entries.items[index])
    return f"item {entries.sources[index] + 1}" + (f" ({name})" if name else "")


def _written(entries: EntryFile, index: int, field: str) -> str:
    """A field by the keys that the file has for it."""
    item, source = entries.items[index], entries.sources[index]
    field = _as_deep(entries, source, field.removeprefix("."))
    if field == "new_information.report":
        field = "new_information"
    if field.startswith("new_information") and (source, field) not in entries.lines:
        return ""  # it was said elsewhere that all of the file is new information
    if field == "entry_id":
        return _ENTRY_ID[item.WhichOneof("item") or "entry"]
    if sealed := _SEALED.fullmatch(field):
        return _sealed(item, sealed[1], int(sealed[2])) or field

    def has(*path: str) -> bool:
        long_form = ("entry",) if (source, "entry") in entries.lines else ()
        return (source, *long_form, *path) in entries.lines

    if has("act", "counterparty"):
        field = field.replace("act.counterparties[0]", "act.counterparty")
    if field == "act.place.name" and has("act", "place") and not has("act", "place", "name"):
        return "act.place"
    if has("commitment", "instalments", "every"):
        field = _INSTALMENT.sub(r"\1", field)
    if code := _CODE.match(field):
        scheme = item.entry.state.party.codes[int(code[2])].scheme
        if has("party", "codes", scheme):
            return f"{code[1]}.{scheme}"
    return _shorter(field)


def _as_deep(entries: EntryFile, source: int, field: str) -> str:
    """A field up to where the file has a text for it: `occurred: 2018` has no `to_day`."""
    inner = steps(field)
    start: Path = (source, "entry") if (source, "entry") in entries.lines else (source,)
    for depth in range(1, len(inner)):
        path = (*start, *inner[:depth])
        if path in entries.lines and not _goes_on(entries, path, inner[depth - 1]):
            return spoken(inner[:depth])
    return field


def _goes_on(entries: EntryFile, path: Path, last: str | int) -> bool:
    """Whether something is written inside of a field; of any but those with a short form that is
    taken for granted.
    """
    if last not in _IN_SHORT:
        return True
    return any(each[: len(path)] == path and len(each) > len(path) for each in entries.lines)


def _shorter(field: str) -> str:
    for longer, short in _SHORTER:
        field = longer.sub(short, field)
    return field


def _sealed(item: RecordItem, key: str, number: int) -> str:
    """The text that is to be sealed, or to stay so: the service names its place in a list."""
    change = item.amendment if item.HasField("amendment") else item.entry
    texts = getattr(change, key)
    if number >= len(texts):
        return ""
    text: str = texts[number]
    kind = change.state.WhichOneof("state")
    return f"{kind}.{text}" if kind and text != "reason" else text


def _line(entries: EntryFile, index: int, names: Iterable[str]) -> int:
    """The line of a field, under whichever of its names stands deepest in the file."""
    start: Path = (index, "entry") if (index, "entry") in entries.lines else (index,)
    paths = ((*start, *steps(name)) for name in names)
    return max(nearest(path, entries.lines) for path in paths)
