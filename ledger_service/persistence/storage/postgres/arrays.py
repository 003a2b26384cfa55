"""Encodes columns of rows as arrays in PostgreSQL's binary format, so that one prepared
statement inserts any number of rows into several tables.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from struct import pack
from typing import Any, NamedTuple

from psycopg.abc import AdaptContext
from psycopg.adapt import Dumper
from psycopg.pq import Format

_OIDS = {"int8": (20, 1016), "text": (25, 1009), "bytea": (17, 1001)}
_NULL = b"\xff\xff\xff\xff"


class _Integers(NamedTuple):
    data: bytes


class _Texts(NamedTuple):
    data: bytes


class _Bytes(NamedTuple):
    data: bytes


_KINDS = {"int8": _Integers, "text": _Texts, "bytea": _Bytes}


def columns(rows: Sequence[tuple[Any, ...]], types: Sequence[str]) -> list[object]:
    """A parameter for each column of rows. None becomes NULL where bytes may stand."""
    found = zip(*rows, strict=True) if rows else ((),) * len(types)
    return [
        _KINDS[kind](_array(kind, column)) for kind, column in zip(types, found, strict=True)
    ]


def register(context: AdaptContext) -> None:
    """Lets a connection send such parameters."""
    for kind, made in _KINDS.items():
        content = {"format": Format.BINARY, "oid": _OIDS[kind][1], "dump": _dumped}
        dumper: type[Dumper] = type(f"{made.__name__}Dumper", (Dumper,), content)
        context.adapters.register_dumper(made, dumper)


def _dumped(_dumper: Dumper, column: Any) -> bytes:
    data: bytes = column.data
    return data


def _array(kind: str, values: Sequence[Any]) -> bytes:
    """The array: dimensions, whether there are NULLs, type; then each value after its length."""
    element = _OIDS[kind][0]
    if not values:
        return pack("!iiI", 0, 0, element)
    head = pack("!iiIii", 1, 1, element, len(values), 1)
    if kind == "int8":
        lengths_too = [number for value in values for number in (8, value)]
        return head + pack("!" + "iq" * len(values), *lengths_too)
    if kind == "text":
        values = [value.encode() for value in values]
    return head + b"".join(_with_lengths(values))


def _with_lengths(values: Iterable[bytes | None]) -> Iterable[bytes]:
    return [
        _NULL if value is None else len(value).to_bytes(4, "big") + value for value in values
    ]
