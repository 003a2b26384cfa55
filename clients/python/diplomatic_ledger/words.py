"""Converts enum values to words and back: small letters without the prefix of their enum, as
in entry files and on the command line (`RELATION_KIND_FULFILS` is `fulfils`).
"""

from __future__ import annotations

import pkgutil
import re
from collections.abc import Iterable
from functools import cache
from importlib import import_module
from typing import Any

from google.protobuf.descriptor import EnumDescriptor
from google.protobuf.message import Message

from diplomatic_ledger import likeness, meanings, v1

#: Such as ACT_KIND_AID.
_NAME = re.compile(r"\b[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+\b")
_CHOICES = re.compile(rf"Choose one of ({_NAME.pattern}).*", re.DOTALL)
#: Grades are capitals in the Admiralty system and stay so.
_IN_CAPITALS = frozenset({"SourceGrade"})


def prefix(enum: EnumDescriptor) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", enum.name).upper() + "_"


def words(enum: EnumDescriptor) -> list[str]:
    """All words of the enum but the unspecified one, in the order of the protocol."""
    return [word(enum, value.number) for value in enum.values if value.number]


def word(enum: EnumDescriptor, number: int) -> str:
    """The word for a value; empty for the unspecified one, the digits for a number that
    this client does not know yet.
    """
    if number == 0:
        return ""
    value = enum.values_by_number.get(number)
    if value is None:
        return str(number)
    bare = value.name.removeprefix(prefix(enum))
    return bare if enum.name in _IN_CAPITALS else bare.lower()


def in_words(text: str) -> str:
    """A sentence with each name of an enum's value as its word: `ACT_KIND_AID` as `aid`. A list
    of names to choose from may be cut off, and is told whole.
    """
    known = _enums()
    if (listed := _CHOICES.search(text)) and listed[1] in known:
        return f"{text[: listed.start()]}Choose one of {', '.join(words(known[listed[1]]))}."
    return _NAME.sub(
        lambda found: _word_of(known[found[0]], found[0]) if found[0] in known else found[0],
        text,
    )


def _word_of(enum: EnumDescriptor, name: str) -> str:
    """The word for the name of a value."""
    return word(enum, enum.values_by_name[name].number)


@cache
def _enums() -> dict[str, EnumDescriptor]:
    """The enum of each name of a value in the protocol."""
    found: dict[str, EnumDescriptor] = {}
    for module in pkgutil.iter_modules(v1.__path__, f"{v1.__name__}."):
        if module.name.endswith("_pb2"):
            for enum in import_module(module.name).DESCRIPTOR.enum_types_by_name.values():
                found |= dict.fromkeys(enum.values_by_name, enum)
    return found


def flags(message: Message) -> list[str]:
    """The words of the flags of an answer, such as a standing or a delivery, in its order."""
    field = message.DESCRIPTOR.fields_by_name["flags"]
    enum: Any = field.enum_type
    return [word(enum, each) for each in getattr(message, field.name)]


def number(enum: EnumDescriptor, text: str) -> Any:
    """The value for a word. Raises ValueError that names the nearest words.

    Typed loosely because every enum of the generated code has its own type.
    """
    # A name that is no UTF-8 is not looked up: that raises SystemError.
    value = enum.values_by_name.get(prefix(enum) + text.upper()) if text.isascii() else None
    if value is None or value.number == 0 or word(enum, value.number) != text:
        known = words(enum)
        remedy = meanings.of(enum.name, text) or advice(text, known)
        raise ValueError(f"{text!r} is not {_article(enum)}. {remedy}")
    return value.number


def advice(text: str, known: Iterable[str]) -> str:
    """A sentence that names what to write instead of an unknown word."""
    choices = list(known)
    if near := likeness.among(text, choices):
        return f"Did you mean {' or '.join(near)}?"
    return f"Known: {', '.join(choices)}."


def _article(enum: EnumDescriptor) -> str:
    spoken = prefix(enum).rstrip("_").replace("_", " ").lower()
    return f"an {spoken}" if spoken[0] in "aeiou" else f"a {spoken}"
