"""JSON Schema 2020-12 of each record type, in files beside this module."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from importlib.resources import files

_SUFFIX = ".schema.json"


def schemas() -> Iterator[tuple[str, bytes]]:
    """The schemas by record type."""
    yield from _read()


@cache
def _read() -> tuple[tuple[str, bytes], ...]:
    found = (each for each in files(__name__).iterdir() if each.name.endswith(_SUFFIX))
    return tuple(sorted((each.name.removesuffix(_SUFFIX), each.read_bytes()) for each in found))
