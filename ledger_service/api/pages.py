"""Pagination: all pages of one question rest on the same basis.

A page token holds the cuts that the first page resolved, and where the next page begins. It is
valid for the same question only.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import date
from itertools import islice
from operator import methodcaller
from typing import Annotated, Any, TypeAlias, TypeVar

import msgspec
from google.protobuf.message import Message

from ledger_service.domain.values.cuts import Basis, Cuts
from ledger_service.domain.values.refusals import InvalidPageToken
from ledger_service.domain.values.stopping import looking

DEFAULT_SIZE = 100
Item = TypeVar("Item")
Said = TypeVar("Said", bound=Message)
Shown = TypeVar("Shown")
#: What a token says is the caller's word: anybody can make one.
_Count: TypeAlias = Annotated[int, msgspec.Meta(ge=0, le=2**53)]


class Pin(msgspec.Struct, frozen=True, array_like=True):
    """The cuts that the first page resolved."""

    position: _Count
    as_of: date
    provisional: bool

    def pinned(self, cuts: Cuts) -> Cuts:
        """The cuts of the question, replaced by these."""
        return replace(
            cuts,
            position=self.position,
            as_of=self.as_of,
            token="",
            recorded_at=None,
            at_least="",
        )


class Page(msgspec.Struct, frozen=True, array_like=True):
    """Where a page begins, and the cuts that the first page resolved. For a question without
    cuts (the list of ledgers) only `after` is used.
    """

    question: str
    start: _Count = 0
    position: _Count | None = None
    as_of: date | None = None
    provisional: bool = False
    after: str = ""
    #: The first of two bases, of a question about both.
    before: Pin | None = None

    @property
    def is_first(self) -> bool:
        return self.start == 0 and not self.after

    def pinned(self, cuts: Cuts) -> Cuts:
        """The cuts of the question, replaced by those that the first page resolved."""
        if self.position is None or self.as_of is None:
            return cuts
        return Pin(self.position, self.as_of, self.provisional).pinned(cuts)

    def pinned_before(self, cuts: Cuts) -> Cuts:
        """The cuts of the first of two sides, replaced likewise."""
        return cuts if self.before is None else self.before.pinned(cuts)

    def marked_before(self, basis: Basis) -> Basis:
        """The first of two bases, marked likewise."""
        if self.before is None:
            return basis
        return replace(basis, provisional=self.before.provisional)

    def marked(self, basis: Basis) -> Basis:
        """The basis, marked as provisional when the basis of the first page was."""
        return basis if self.is_first else replace(basis, provisional=self.provisional)

    def take(self, items: Iterable[Item], size: int, basis: Basis) -> tuple[list[Item], str]:
        """The items of this page, and the token of the next page: empty when there is none. Of
        a sequence only the items of this page, and one more, are accessed.
        """
        end = self.start + size
        if isinstance(items, Sequence):
            found = list(items[self.start : end + 1])
        else:
            found = list(islice(items, self.start, end + 1))
        return found[:size], self.behind(end, basis) if len(found) > size else ""

    def take_fitting(
        self,
        items: Iterable[Item],
        size: int,
        basis: Basis,
        show: Callable[[Item], Shown],
        most_bytes: int,
        measure: Callable[[Shown], int] = methodcaller("ByteSize"),
    ) -> tuple[list[Shown], str]:
        """The items of this page as they are shown, as many as fit, and the token of the next
        page. `measure` tells how many bytes one takes; a message tells it itself.
        """
        found, following = self.take(items, size, basis)
        shown = fitting(map(show, looking(found)), most_bytes, measure)
        if len(shown) < len(found):
            following = self.behind(self.start + len(shown), basis)
        return shown, following

    def behind(self, end: int, basis: Basis) -> str:
        """The token of the page that begins with the item number `end`, from 0."""
        pinned = Page(self.question, end, basis.position, basis.as_of, basis.provisional)
        return pinned.token()

    def take_between(
        self,
        items: Sequence[Item],
        size: int,
        show: Callable[[Item], Said],
        bases: tuple[Basis, Basis],
        most_bytes: int,
    ) -> tuple[list[Said], str]:
        """The items of this page as messages, as many as fit, and the token of the next page."""
        found = items[self.start : self.start + size + 1]
        shown = fitting(map(show, looking(found[:size])), most_bytes)
        if len(shown) == len(found):
            return shown, ""
        before, after = bases
        pin = Pin(before.position, before.as_of, before.provisional)
        start = self.start + len(shown)
        pinned = Page(
            self.question, start, after.position, after.as_of, after.provisional, before=pin
        )
        return shown, pinned.token()

    def following(self, after: str) -> str:
        """The token of the page that begins after the item named `after`."""
        return Page(self.question, after=after).token()

    def token(self) -> str:
        return base64.urlsafe_b64encode(_sealed(msgspec.json.encode(self))).decode()


def fitting(
    shown: Iterable[Shown],
    most_bytes: int,
    measure: Callable[[Shown], int] = methodcaller("ByteSize"),
) -> list[Shown]:
    """The messages from the first on that have `most_bytes` together, and at least one if there
    is any. `measure` as in `take_fitting`.
    """
    found: list[Shown] = []
    left = most_bytes
    for each in shown:
        left -= measure(each)
        if found and left < 0:
            break
        found.append(each)
    return found


def size(asked: int, most: int) -> int:
    """The number of items on a page when the request asks for `asked`, `most` at the most."""
    return min(asked or DEFAULT_SIZE, most)


def page(request: Message) -> Page:
    """The page that `request` asks for. Raises InvalidPageToken when its token is malformed or
    was made for another question.
    """
    question = _question(request)
    token: str = request.page_token  # type: ignore[attr-defined]
    if not token:
        return Page(question)
    found = _read(token)
    if found.question != question:
        raise InvalidPageToken("belongs to another question")
    return found


def _question(request: Message) -> str:
    """A hash of the request without its page fields and without `at_least`, which a client may
    raise from page to page.
    """
    bare: Any = type(request)()
    bare.CopyFrom(request)
    for cuts in ("cuts", "before", "after"):
        if cuts in type(request).DESCRIPTOR.fields_by_name:
            getattr(bare, cuts).at_least = ""
    bare.ClearField("page_token")
    bare.ClearField("page_size")
    named = type(request).DESCRIPTOR.full_name.encode()
    asked = bare.SerializeToString(deterministic=True)
    return hashlib.sha256(named + b"\0" + asked).hexdigest()[:32]


def _sealed(payload: bytes) -> bytes:
    """The payload with a checksum, by which a truncated or changed token is recognised."""
    return hashlib.sha256(payload).digest()[:6] + payload


def _read(token: str) -> Page:
    try:
        sealed = base64.b64decode(token.encode(), altchars=b"-_", validate=True)
        if _sealed(sealed[6:]) != sealed:
            raise InvalidPageToken("is malformed")
        return msgspec.json.decode(sealed[6:], type=Page)
    except (ValueError, UnicodeEncodeError, msgspec.MsgspecError):
        raise InvalidPageToken("is malformed") from None
