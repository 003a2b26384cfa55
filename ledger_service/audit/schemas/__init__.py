"""JSON Schema 2020-12 of every type of record, as files beside this one."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from importlib.resources import files

_SUFFIX = ".schema.json"


def schemas() -> Iterator[tuple[str, bytes]]:
    """Each type of record with its schema, by name."""
    yield from _read()


@cache
def _read() -> tuple[tuple[str, bytes], ...]:
    found = (each for each in files(__name__).iterdir() if each.name.endswith(_SUFFIX))
    return tuple(sorted((each.name.removesuffix(_SUFFIX), each.read_bytes()) for each in found))
