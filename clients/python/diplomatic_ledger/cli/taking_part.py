"""As what parties take part in an entry, where a list was narrowed by them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from diplomatic_ledger import words
from diplomatic_ledger.cli.sheet import Cell, Kind
from diplomatic_ledger.cli.spoken import spaced
from diplomatic_ledger.v1.taking_part_pb2 import Part, PartBy, TakingPart

_BY = {
    "itself": "",
    "same_as": ", as {}",
    "represented": ", by {}",
    "member": ", as a member of {}",
    "successor": ", after {}",
}
_TEXT: Kind = "text"


def columns(items: Iterable[Any]) -> list[tuple[str, Kind]]:
    """A column that says it; none where the list was not narrowed so."""
    return [("takes part as", _TEXT)] if any(each.taking_part for each in items) else []


def cells(item: Any, items: Sequence[Any]) -> list[Cell]:
    """The cell of an item in that column."""
    return [told(item.taking_part)] if columns(items) else []


def told(found: Sequence[TakingPart]) -> str:
    """`debtor`, or `us: debtor, by pompeo` where more than one party was asked for."""
    several = len({each.party for each in found}) > 1
    return "\n".join(_told(each, several=several) for each in found)


def _told(each: TakingPart, *, several: bool) -> str:
    part = spaced(words.word(Part.DESCRIPTOR, each.part))
    by = words.word(PartBy.DESCRIPTOR, each.by)
    how = _BY.get(by, f", {spaced(by)} {{}}").format(each.named)
    return f"{each.party}: {part}{how}" if several else f"{part}{how}"
