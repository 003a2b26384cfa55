"""Reads what stands in one field: a text, a number, a truth value, a word or a day.

Programs that read YAML or spreadsheets before us turn texts into numbers, days and truth values,
and what a text was then is lost: 010 became 10, and `no` false. So no such value is taken for
a text, but for those texts that are numbers anyhow.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from google.protobuf.descriptor import FieldDescriptor

from diplomatic_ledger import dates, likeness, words

#: Fields that hold one day, ISO 8601.
DAY_FIELDS = frozenset(
    {
        "deadline",
        "from_day",
        "not_before",
        "opens_on",
        "retrieved",
        "takes_effect",
        "to_day",
        "until",
    }
)
#: Texts of which only the number counts.
_NUMBERS_IN_TEXT = frozenset(
    {
        "Instalment.quantity",
        "Instalment.share",
        "Place.geonames",
        "Place.latitude",
        "Place.longitude",
        "Quantity.value",
        "Relation.extent",
        "Weight.weight",
    }
)
_SEALS = ("seal", "sealed")
_SHARES = frozenset({"Instalment.share", "Relation.extent"})
_TRUTH = {"true": True, "false": False}
_MEANT_TRUTH = {
    **dict.fromkeys(("yes", "y", "on", "1", "true", "t", "x"), "true"),
    **dict.fromkeys(("no", "n", "off", "0", "false", "f"), "false"),
}
_WHOLE = (
    FieldDescriptor.CPPTYPE_UINT32,
    FieldDescriptor.CPPTYPE_UINT64,
    FieldDescriptor.CPPTYPE_INT32,
    FieldDescriptor.CPPTYPE_INT64,
)
_PERCENT = re.compile(r"(\d+(?:\.\d+)?)\s*(?:%|percent|per cent)", re.ASCII)
_GROUPED = re.compile(r"\d{1,3}(?:([ ,_'\u00a0\u202f])\d{3})(?:\1\d{3})*(?:\.\d+)?", re.ASCII)
_POWER = re.compile(r"\d+(?:\.\d+)?[eE][+-]?\d{1,3}", re.ASCII)
_PARTS = {
    **dict.fromkeys(("half", "a half"), "1/2"),
    **dict.fromkeys(("third", "a third"), "1/3"),
    **dict.fromkeys(("quarter", "a quarter"), "1/4"),
    **dict.fromkeys(("all", "whole", "full"), "1"),
}


class ScalarError(ValueError):
    """The value is not of the kind that its field wants; the message says what helps."""


def scalar(field: Any, value: Any) -> Any:
    """The value of a field of generated code. Raises ScalarError, or DateError."""
    if field.enum_type is not None:
        return words.number(field.enum_type, text(value))
    if field.cpp_type == FieldDescriptor.CPPTYPE_BOOL:
        return _truth(value)
    if field.cpp_type in _WHOLE:
        return _number(value)
    if is_number(field):
        return _written_number(value, shares=_name(field) in _SHARES)
    if field.name in DAY_FIELDS:
        return _day(value)
    return text(value)


def is_number(field: Any) -> bool:
    """Whether only the number counts of what stands in a field of text."""
    return _name(field) in _NUMBERS_IN_TEXT


def _name(field: Any) -> str:
    return f"{field.containing_type.name}.{field.name}"


def text(value: Any) -> str:
    """A text as it was written. Raises ScalarError for what is none, or no longer."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        meant = "true, yes and on" if value else "false, no and off"
        raise ScalarError(
            f"{shown(value)} is a truth value, and this is a text: some programs read {meant} so. "
            "Write it in quotes, as it is in the source"
        )
    if isinstance(value, int | float | Decimal):
        raise ScalarError(
            f"{value} is a number, and this is a text: 10 is not 010. Write it in quotes, as it "
            f'is in the source: "{value}"'
        )
    if isinstance(value, date):
        raise ScalarError(
            f"{value.isoformat()} was read as a day, and this is a text. Write it in quotes, as it "
            "is in the source"
        )
    if value is None:
        raise ScalarError("nothing stands here. Leave it out, or write it in quotes: 'null'")
    remedy = "Write it in quotes"
    if isinstance(value, Mapping) and any(likeness.among(str(key), _SEALS) for key in value):
        remedy = "To seal a text, write {seal: TEXT}"
    raise ScalarError(f"{shown(value)} stands where text is wanted. {remedy}")


def date_text(value: Any) -> str:
    """The text of a date, which a program may have read as a day or as the number of a year."""
    if isinstance(value, datetime):
        raise ScalarError(f"{value.isoformat()} is a time. Write its day: {value.date()}")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return text(value)


def _day(value: Any) -> str:
    said = date_text(value)
    return dates.day(said).isoformat() if said else said


def _written_number(value: Any, *, shares: bool) -> str:
    if isinstance(value, int | Decimal) and not isinstance(value, bool):
        return str(value)
    said = text(value)
    if shares and (percent := _PERCENT.fullmatch(said.strip())):
        part = (Decimal(percent[1]) / 100).normalize()
        if not 0 < part <= 1:
            raise ScalarError(
                f"{said!r} is no share: that is above 0 and at most 1. Write 1 for all of it, or "
                "a part such as 1/2"
            )
        above, below = part.as_integer_ratio()
        raise ScalarError(f"{said!r} is a percentage. Write {above}/{below} or {part:f}")
    if shares and (part_of := _PARTS.get(said.strip().casefold())):
        raise ScalarError(f"{said!r} is a word. Write {part_of}")
    if _GROUPED.fullmatch(said.strip()):
        plain = re.sub(r"[^\d.]", "", said)
        raise ScalarError(f"{said!r} has its digits in groups. Write {plain}")
    if _POWER.fullmatch(said.strip()):
        raise ScalarError(f"{said!r} has a power of ten. Write {Decimal(said.strip()):f}")
    return said


def _truth(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value in _TRUTH:
        return _TRUTH[value]
    meant = _MEANT_TRUTH.get(str(value).casefold())
    remedy = f"Write {meant}" if meant else "Write true or false"
    raise ScalarError(f"{shown(value)} is neither true nor false. {remedy}")


def _number(value: Any) -> int:
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**32:
        return value
    if isinstance(value, str) and value.isascii() and value.isdecimal() and len(value) < 10:
        if len(value) > 1 and value.startswith("0"):
            raise ScalarError(f"{value!r} has a zero before it. Write {int(value)}")
        return int(value)
    raise ScalarError(f"{shown(value)} is not a whole number. Write digits only, such as 12")


def shown(value: Any) -> str:
    if isinstance(value, Mapping):
        return "a mapping"
    if isinstance(value, bool):
        return str(value).lower()
    return "a list" if isinstance(value, list | tuple) else f"{value!r}"
