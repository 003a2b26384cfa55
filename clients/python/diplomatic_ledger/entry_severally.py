"""Finds items of an entry file that name commitments which are recorded one by one (`severally:
true`) as if they were one.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from typing import Any

from diplomatic_ledger.entry_problems import Written
from diplomatic_ledger.json_form.problems import Path, Problem
from diplomatic_ledger.v1.items_pb2 import RecordItem

#: An item that names another one further on than this is refused by the service.
_LOOKED_BACK = 1000
#: The keys under which commitments are named.
_NAMING = ("target", "commitment", "amend", "annul")


class Severally:
    """Looks back at the last items, which may have named a commitment before it came."""

    def __init__(self) -> None:
        self._apart: dict[str, list[str]] = {}
        self._last: deque[Written] = deque(maxlen=_LOOKED_BACK)

    def look(
        self, written: Written, items: list[RecordItem]
    ) -> Iterator[tuple[Written, Problem]]:
        """What is wrong with the next item, and with those before it."""
        if self._apart:
            for problem in self._named(written):
                yield written, problem
        self._last.append(written)
        if len(items) > 1:
            name = str(written.value["id"])
            self._apart[name] = [name_of(item) for item in items]
            for each in self._last:
                for problem in self._named(each, name):
                    yield each, problem

    def _named(self, written: Written, only: str = "") -> Iterator[Problem]:
        for path, name in _mentions(written.value, (written.source,)):
            if name == only or (not only and name in self._apart):
                names = " or ".join(self._apart[name])
                yield Problem(path, f"{name} is recorded severally. Name {names}")


def name_of(item: RecordItem) -> str:
    """The id that an item speaks of; empty for a new entry without one."""
    match item.WhichOneof("item"):
        case "amendment":
            return item.amendment.entry_id
        case "annulment":
            return item.annulment.entry_id
        case _:
            return item.entry.entry_id


def _mentions(value: Any, path: Path) -> Iterator[tuple[Path, str]]:
    """The commitments that an item names, with the places at which it does."""
    if isinstance(value, list):
        for index, each in enumerate(value):
            yield from _mentions(each, (*path, index))
    elif isinstance(value, dict):
        for key, each in value.items():
            if key in _NAMING and isinstance(each, str):
                yield (*path, key), each
            else:
                yield from _mentions(each, (*path, key))
