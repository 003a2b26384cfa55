"""Refuses messages with fields that this service does not know.

A newer client may say more than an older service understands. Protobuf would drop that in
silence; a ledger that loses nothing must not.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any

from google.protobuf.message import Message
from google.protobuf.unknown_fields import UnknownFieldSet

from ledger_service.domain.values.limits import VIOLATIONS
from ledger_service.domain.values.refusals import Invalid, Violation

#: So many unknown fields of one message are looked at: there may be as many as there are bytes.
_LOOKED_AT = 1_000


def check(message: Message, body: bytes, at: str = "") -> None:
    """Raises Invalid when the message that was read from `body` has unknown fields anywhere;
    `at` is the path of the message. Otherwise it costs half of what reading did.

    Without its unknown fields a message is as long as what it was read from, unless there were
    some, or the client writes in another way than all known libraries do; then it is read
    again. (Only a list of numbers that is written one by one is shorter than it would be
    written here; that alone hides nothing.)
    """
    if is_whole(message, body):
        return
    again = type(message).FromString(body)
    if again.ByteSize() == message.ByteSize():
        return
    found = islice(_unknown(again, at), VIOLATIONS)
    raise Invalid(tuple(Violation(path, _problem(number)) for path, number in found))


def is_whole(message: Message, body: bytes) -> bool:
    """Whether the message says certainly all that is in the `body` from which it was read. It
    loses its unknown fields.
    """
    message.DiscardUnknownFields()
    return message.ByteSize() == len(body)


def _unknown(message: Any, at: str) -> Iterator[tuple[str, int]]:
    """The path of each unknown field, and its number."""
    unknown: Any = UnknownFieldSet(message)
    numbers = {each.field_number for each in islice(unknown, _LOOKED_AT)}
    for number in sorted(numbers):
        yield _joined(at, str(number)), number
    for field, value in message.ListFields():
        if field.message_type is None:
            continue
        path = _joined(at, field.name)
        if field.is_repeated:
            for place, each in enumerate(value):
                yield from _unknown(each, f"{path}[{place}]")
        else:
            yield from _unknown(value, path)


def _joined(at: str, name: str) -> str:
    return f"{at}.{name}" if at else name


def _problem(number: int) -> str:
    return (
        f"This service knows no field {number} here, and would lose what it says. Leave it out, "
        "or ask a service of the client's version."
    )
