"""Parses Record requests: the items of a large one are parsed a few at a time, while they are
checked.

A parsed message has an object for each of its parts, which for parts of two bytes needs fifty
times their memory. So of a large request only the outermost fields are parsed at first.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple, TypeAlias

from diplomatic_ledger.v1.items_pb2 import RecordItem
from diplomatic_ledger.v1.ledger_service_pb2 import RecordRequest
from google.protobuf.message import DecodeError

from ledger_service.api import unknown_fields
from ledger_service.api.sizes import Sizes
from ledger_service.domain.values.limits import ENTRIES, ITEM_BYTES, REQUEST_BYTES
from ledger_service.domain.values.refusals import Invalid, Violation

#: Field 3 of RecordRequest, of a known length.
_ITEM = 0x1A
#: Bytes of the items that are parsed at once: some fifty of usual size, for which a call each
#: would cost more than the parsing.
_STRETCH = 16 * 1024
#: Items are counted so far, and told exactly.
_COUNTED = 2 * ENTRIES
_USUAL = Sizes()
#: A request has a handful of fields besides its items, of which a client may repeat some.
_OTHER_FIELDS = 100
_VARINT_BYTES = 10
#: Bytes of a field of a known size, by its wire type.
_SIZES = {1: 8, 5: 4}


class LargeRequest(NamedTuple):
    """A RecordRequest whose items are parsed when they are accessed. Each access raises
    Invalid for an item that cannot be parsed, or has fields that are unknown.
    """

    ledger: str
    request_id: str
    validate_only: bool
    receipts: bool
    if_exists: int
    if_remarked: int
    items: Items
    size: int

    def ByteSize(self) -> int:  # noqa: N802 - as a message says it
        return self.size


Request: TypeAlias = RecordRequest | LargeRequest


#: Where the field of an item starts in a body, where its message begins, and where both end.
_Span: TypeAlias = tuple[int, int, int]


class Items:
    """The items of a request. Each access parses the items anew, so that the parsed ones are
    not all in memory.
    """

    def __init__(self, body: bytes, spans: list[_Span]) -> None:
        self._body = body
        self._spans = spans

    def __len__(self) -> int:
        return len(self._spans)

    def __iter__(self) -> Iterator[RecordItem]:
        for numbers in self._stretches():
            yield from self._together(numbers) or self._one_by_one(numbers)

    def _stretches(self) -> Iterator[range]:
        """The items in stretches of such that follow one another in the body."""
        first = before = 0
        for number, (start, _, end) in enumerate(self._spans):
            if number and (start != before or end - self._spans[first][0] > _STRETCH):
                yield range(first, number)
                first = number
            before = end
        yield range(first, len(self._spans))

    def _together(self, numbers: range) -> Sequence[RecordItem]:
        """The items of a stretch; none where something is wrong with one of them, or might
        be.
        """
        if not numbers:
            return ()
        body = self._body[self._spans[numbers[0]][0] : self._spans[numbers[-1]][2]]
        try:
            stretch = RecordRequest.FromString(body)
        except DecodeError:
            return ()
        return stretch.items if unknown_fields.is_whole(stretch, body) else ()

    def _one_by_one(self, numbers: range) -> Iterator[RecordItem]:
        for number in numbers:
            _, begin, end = self._spans[number]
            body = self._body[begin:end]
            try:
                item = RecordItem.FromString(body)
            except DecodeError:
                raise _unreadable(f"items[{number}]") from None
            unknown_fields.check(item, body, f"items[{number}]")
            yield item


def read(body: bytes, sizes: Sizes = _USUAL) -> Request:
    """The request in `body`. Raises Invalid when it is too large or has fields that are
    unknown, and DecodeError.
    """
    if len(body) <= REQUEST_BYTES:
        request = RecordRequest.FromString(body)
        unknown_fields.check(request, body)
        return request
    if len(body) > sizes.max_message_bytes:
        problem = (
            f"The request has {len(body):,} bytes. It may have {sizes.max_message_bytes:,} at "
            "most. Send fewer entries at once."
        )
        raise Invalid((Violation("", problem),))
    spans, rest = _taken_apart(body)
    if len(spans) > (most := sizes.max_entries_per_request):
        raise too_many(len(spans), most)
    _check_sizes(spans)
    if len(rest) > REQUEST_BYTES:
        problem = (
            f"The request has {len(rest):,} bytes beside its items. At most "
            f"{REQUEST_BYTES:,} are read."
        )
        raise Invalid((Violation("", problem),))
    head = RecordRequest.FromString(rest)
    unknown_fields.check(head, rest)
    items = Items(body, spans)
    return LargeRequest(
        head.ledger,
        head.request_id,
        head.validate_only,
        head.receipts,
        head.if_exists,
        head.if_remarked,
        items,
        len(body),
    )


def too_many(count: int, most: int) -> Invalid:
    told = f"{count:,}" if count < _COUNTED else f"{_COUNTED:,} or more"
    problem = f"{told} entries are too many. Send at most {most} at once."
    return Invalid((Violation("items", problem),))


def _check_sizes(spans: list[_Span]) -> None:
    for number, (_, begin, end) in enumerate(spans):
        if end - begin > ITEM_BYTES:
            problem = (
                f"This item has {end - begin:,} bytes. At most {ITEM_BYTES:,} are allowed."
            )
            raise Invalid((Violation(f"items[{number}]", problem),))


def _unreadable(field: str) -> Invalid:
    return Invalid((Violation(field, "This is no valid message."),))


def _taken_apart(body: bytes) -> tuple[list[_Span], bytes]:
    """Where each item of the request stands, up to the limit that is counted, and the
    bytes of its other fields. Raises DecodeError.
    """
    spans: list[_Span] = []
    others: list[bytes] = []
    at, end = 0, len(body)
    while at < end and len(spans) < _COUNTED:
        if body[at] == _ITEM:
            length, begin = _varint(body, at + 1)
            spans.append((at, begin, begin + length))
            at = begin + length
        else:
            begin, at = at, _behind(body, at)
            others.append(body[begin:at])
        if at > end or len(others) > _OTHER_FIELDS:
            raise DecodeError
    return spans, b"".join(others)


def _behind(body: bytes, at: int) -> int:
    """The offset behind the field that begins at `at`. Raises DecodeError."""
    tag, at = _varint(body, at)
    kind = tag & 7
    if kind == 0:
        return _varint(body, at)[1]
    if kind == 2:
        length, at = _varint(body, at)
        return at + length
    if kind not in _SIZES:
        raise DecodeError
    return at + _SIZES[kind]


def _varint(body: bytes, at: int) -> tuple[int, int]:
    """The number at `at`, and the offset behind it. Raises DecodeError."""
    if at + 1 < len(body) and (low := body[at]) >= 0x80 > (high := body[at + 1]):
        return low & 0x7F | high << 7, at + 2  # as nearly all items are long
    number = 0
    for place, byte in enumerate(body[at : at + _VARINT_BYTES]):
        number |= (byte & 0x7F) << 7 * place
        if byte < 0x80:
            return number, at + place + 1
    raise DecodeError
