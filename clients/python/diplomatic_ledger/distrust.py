"""Where an answer says that the log it comes from is not trusted."""

from __future__ import annotations

from functools import cache
from typing import Any

from google.protobuf.descriptor import Descriptor

_FIELD = "distrusted"
#: The fields of answers that hold a basis; of two, both say the same.
_BASES = ("basis", "after", "header")


def finding_in(answer: Any) -> tuple[str, bool]:
    """Why the log of an answer is not trusted, empty when it is; and whether the basis of the
    answer says so.
    """
    place = _place(answer.DESCRIPTOR)
    if place is None:
        return "", False
    told = getattr(answer, place) if place else answer
    return told.distrusted, place in _BASES[:2]


@cache
def _place(answer: Descriptor) -> str | None:
    """The field of an answer whose message says it; empty for the answer itself, None where
    nothing does.
    """
    for name in _BASES:
        field = answer.fields_by_name.get(name)
        held = field.message_type if field is not None else None
        if held is not None and _FIELD in held.fields_by_name:
            return name
    return "" if _FIELD in answer.fields_by_name else None
