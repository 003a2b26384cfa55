"""Checks how many members the lists of a request have, against the limits of the domain. The
lists in the items of a Record request are checked where the items are read.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from google.protobuf.descriptor import Descriptor

from ledger_service.domain.values.limits import LISTS
from ledger_service.domain.values.refusals import Invalid, Violation


def check(request: Any) -> None:
    """Raises Invalid when a list has more members than it may have; lists in items are not
    looked at.
    """
    descriptor = getattr(request, "DESCRIPTOR", None)
    for holder, name, at_most in _lists(descriptor):
        held = getattr(request, holder) if holder else request
        if (count := len(getattr(held, name))) > at_most:
            field = f"{holder}.{name}" if holder else name
            problem = f"At most {at_most:,} are allowed, and {count:,} are given."
            raise Invalid((Violation(field, problem),))


@cache
def _lists(descriptor: Descriptor | None) -> tuple[tuple[str, str, int], ...]:
    """The limited lists of a message type and of the message types in it: for each the field
    that holds its message (empty for the outermost one), its name and its limit.
    """
    if descriptor is None:  # a large Record, whose items are counted
        return ()
    found = []
    for field in descriptor.fields:
        if field.is_repeated:
            if field.name != "items":
                found.append(("", field.name, _bound(descriptor, field.name)))
        elif field.message_type is not None:
            found += [
                (field.name, inner.name, _bound(field.message_type, inner.name))
                for inner in field.message_type.fields
                if inner.is_repeated
            ]
    return tuple(found)


def _bound(message: Descriptor, field: str) -> int:
    return LISTS[f"{message.name}.{field}"]
