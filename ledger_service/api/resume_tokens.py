"""Resume tokens of watches: where a watch stands, as opaque text. A token belongs to one ledger
and to one filter. It tells nothing of what is recorded up to its position: where the log was
restored from an older copy and is long enough again, it is taken.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable
from datetime import date
from hashlib import sha256
from typing import Any, NamedTuple

from google.protobuf.message import Message

from ledger_service.application.tokens import as_text, body_of
from ledger_service.application.watching import Moment
from ledger_service.domain.values.refusals import InvalidResumeToken

_FORM = 1
#: The form, the ledger, the filter, a moment; then the moment after it and a count.
_FIXED = struct.Struct(">B8s8sQIQII")


class ResumePoint(NamedTuple):
    """Behind a moment; with `told`, behind so many changes of the step that leads from it to
    `following`.
    """

    moment: Moment
    following: Moment | None = None
    told: int = 0


class ResumeTokens:
    """Those of the ledger that has these identities (`identity_at` a position), for watches with
    this filter.
    """

    def __init__(self, identity_at: Callable[[int], bytes], wanted: Message) -> None:
        self._identity_at = identity_at
        self._filter = sha256(_plainly(wanted)).digest()[:8]

    def write(self, place: ResumePoint) -> str:
        here, following = place.moment, place.following or place.moment
        ledger = self._identity_at(max(here.position, following.position))[:8]
        body = _FIXED.pack(
            _FORM, ledger, self._filter, *_packed(here), *_packed(following), place.told
        )
        return as_text(body)

    def read(self, token: str) -> ResumePoint:
        """Raises InvalidResumeToken for one that is damaged, or of another ledger or filter."""
        try:
            form, ledger, wanted, *numbers, told = _FIXED.unpack(body_of(token))
            if form != _FORM:
                raise InvalidResumeToken("is damaged")
            here, following = (
                Moment(n, date.fromordinal(d)) for n, d in (numbers[:2], numbers[2:])
            )
        except (struct.error, ValueError, OverflowError):
            raise InvalidResumeToken("is damaged") from None
        if ledger != self._identity_at(max(here.position, following.position))[:8]:
            raise InvalidResumeToken("was given by another ledger")
        if wanted != self._filter:
            raise InvalidResumeToken("belongs to a watch with another filter")
        return ResumePoint(here, following, told) if told else ResumePoint(here)


def _plainly(wanted: Message) -> bytes:
    """A filter in bytes that are the same for all that choose the same by their lists, however
    these are ordered, and whatever stands in them twice.
    """
    plain = type(wanted)()
    plain.CopyFrom(wanted)
    for field, value in wanted.ListFields():
        if field.is_repeated:
            plain.ClearField(field.name)
            getattr(plain, field.name).extend(_once(value))
        elif field.message_type and not value.ByteSize():
            plain.ClearField(field.name)
    return plain.SerializeToString(deterministic=True)


def _once(values: Iterable[Any]) -> Iterable[Any]:
    """Each value once, in an order that is the same for the same values."""
    found = {_bytes(each): each for each in values}
    return [found[key] for key in sorted(found)]


def _bytes(value: object) -> bytes:
    if isinstance(value, Message):
        return value.SerializeToString(deterministic=True)
    return str(value).encode()


def _packed(moment: Moment) -> tuple[int, int]:
    return moment.position, moment.day.toordinal()
