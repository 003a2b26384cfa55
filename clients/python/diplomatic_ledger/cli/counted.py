"""Which of several values a sentence is about, as people count: from the first."""

from __future__ import annotations

import re

from diplomatic_ledger.v1 import entries_pb2, items_pb2

_NOUNS = entries_pb2.EntryState.DESCRIPTOR.fields
_SEVERAL = {
    field.name
    for file in (entries_pb2.DESCRIPTOR, items_pb2.DESCRIPTOR)
    for message in file.message_types_by_name.values()
    for field in message.fields
    if field.is_repeated
}
#: A field of an entry that has one of several values on its way: `act.relations[0].target`, or
#: without the noun `relations[0].target`.
_FIELD = re.compile(
    rf"(?<![\w.])(?:(?:{'|'.join(noun.name for noun in _NOUNS)})(?:\.\w+|\[\d+\])*\[\d+\]"
    rf"|(?:{'|'.join(sorted(_SEVERAL))})\[\d+\])(?:\.\w+|\[\d+\])*"
)
_PLACE = re.compile(r"\[(\d+)\](\.?)")
_TEENS = range(11, 14)
_ENDS = {1: "st", 2: "nd", 3: "rd"}


def counted(text: str) -> str:
    """A text in which fields are told by the rank of a value, as in
    `act.relations (the 1st): target`, and not by its number from 0.
    """
    return _FIELD.sub(lambda field: _PLACE.sub(_ranked, field[0]), text)


def _ranked(place: re.Match[str]) -> str:
    inner = ": " if place[2] else ""
    return f" (the {_ordinal(int(place[1]) + 1)}){inner}"


def _ordinal(rank: int) -> str:
    end = "th" if rank % 100 in _TEENS else _ENDS.get(rank % 10, "th")
    return f"{rank}{end}"
