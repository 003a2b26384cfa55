"""The glossary, and what entry files hold, as they come with the package: by name."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from diplomatic_ledger.json_form import items

SCHEMA_NAME = "entry-file.schema.json"
_HERE = Path(__file__).parent
#: In a package it lies here, in a checkout at the top.
_GLOSSARIES = (_HERE / "GLOSSARY.md", _HERE.parents[3] / "GLOSSARY.md")
#: The part of the glossary that is for who reads the code.
_IN_THE_CODE = "In the code"


class Term(NamedTuple):
    """A line of the glossary: its names, and what they mean, in Markdown."""

    section: str
    names: tuple[str, ...]
    means: str


class Field(NamedTuple):
    """A field, or a word of a field, of what entry files hold."""

    holder: str
    name: str
    means: str


@cache
def terms() -> tuple[Term, ...]:
    """The glossary in its order, but for what is only about the code. Raises OSError where the
    package is not whole.
    """
    file = next((each for each in _GLOSSARIES if each.exists()), _GLOSSARIES[0])
    return tuple(_terms(file.read_text(encoding="utf-8")))


def schema_text() -> str:
    """The JSON Schema of entry files."""
    return (_HERE / SCHEMA_NAME).read_text(encoding="utf-8")


@cache
def fields() -> tuple[Field, ...]:
    """Every field of every kind of entry and of its parts, then the words of fields."""
    definitions = json.loads(schema_text())["definitions"]
    found = [
        Field(holder, name, field.get("description", ""))
        for holder, definition in definitions.items()
        for name, field in _properties(definition).items()
    ]
    return (*found, *_words(definitions))


def kinds() -> tuple[str, ...]:
    """What an entry is one of."""
    return items.TYPES


def _terms(text: str) -> Iterator[Term]:
    section = ""
    for line in text.splitlines():
        if line.startswith("## "):
            section = line.removeprefix("## ")
        cells = [each.strip() for each in line.strip().strip("|").split(" | ")]
        is_row = line.startswith("| ") and len(cells) > 1 and cells[0] not in ("name", "what")
        if is_row and section != _IN_THE_CODE:
            names = tuple(each.strip().strip("`") for each in cells[0].split(","))
            yield Term(section, names, " | ".join(cells[1:]).replace("\\|", "|"))


def _properties(definition: dict[str, Any]) -> dict[str, Any]:
    """The fields of a mapping, also where a text may stand in its place."""
    for each in (definition, *definition.get("anyOf", ())):
        if "properties" in each:
            return dict(each["properties"])
    return {}


def _words(definitions: dict[str, Any]) -> Iterator[Field]:
    for holder, definition in definitions.items():
        for name, field in _properties(definition).items():
            inner = field.get("items", field)
            means = inner.get("markdownEnumDescriptions", ())
            for word, meaning in zip(inner.get("enum", ()), means, strict=False):
                yield Field(f"{holder}.{name}", word, meaning)
