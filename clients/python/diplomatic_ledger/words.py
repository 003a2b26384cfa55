"""Converts enum values to words and back: small letters without the prefix of their enum, as
in entry files and on the command line (`RELATION_KIND_FULFILS` is `fulfils`).
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from typing import Any

from google.protobuf.descriptor import EnumDescriptor
from google.protobuf.message import Message

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


def flags(message: Message) -> list[str]:
    """The words of the flags of an answer, such as a standing or a delivery, in its order."""
    field = message.DESCRIPTOR.fields_by_name["flags"]
    enum: Any = field.enum_type
    return [word(enum, each) for each in getattr(message, field.name)]


def number(enum: EnumDescriptor, text: str) -> Any:
    """The value for a word. Raises ValueError that names the nearest words.

    Typed loosely because every enum of the generated code has its own type.
    """
    value = enum.values_by_name.get(prefix(enum) + text.upper())
    if value is None or value.number == 0 or word(enum, value.number) != text:
        known = words(enum)
        raise ValueError(f"{text!r} is not {_article(enum)}. {advice(text, known)}")
    return value.number


def advice(text: str, known: Iterable[str]) -> str:
    """A sentence that names what to write instead of an unknown word."""
    choices = list(known)
    near = difflib.get_close_matches(text, choices, n=1)
    if near:
        return f"Did you mean {near[0]}?"
    return f"Known: {', '.join(choices)}."


def _article(enum: EnumDescriptor) -> str:
    spoken = prefix(enum).rstrip("_").replace("_", " ").lower()
    return f"an {spoken}" if spoken[0] in "aeiou" else f"a {spoken}"
