"""Reads answers that come in pages as one sequence."""

from __future__ import annotations

from collections.abc import (
    AsyncGenerator,
    AsyncIterator,
    Awaitable,
    Callable,
    Iterable,
    Sequence,
)
from typing import Any, Generic, TypeVar

from diplomatic_ledger.arguments import Count, checked
from diplomatic_ledger.v1.cuts_pb2 import Basis
from diplomatic_ledger.v1.filters_pb2 import FacetCounts

Item = TypeVar("Item")


class Listing(Generic[Item]):
    """All items of an answer, fetched page by page as they are read.

    Every page has the same basis, so the whole is one picture. `basis` is known once
    the first item was asked for.
    """

    def __init__(
        self,
        fetch: Callable[..., Awaitable[Any]],
        items: Callable[[Any], Iterable[Item]],
    ) -> None:
        self._fetch = fetch
        self._items = items
        self._basis: Basis | None = None
        self._first: Any = None

    @property
    def basis(self) -> Basis:
        """What the answer rests on."""
        if self._basis is None:
            raise RuntimeError("The basis is known once the first page was read.")
        return self._basis

    @property
    def match_count(self) -> int:
        """How many items there are, where facets were asked for. Known as `basis` is."""
        return int(self._first_page.match_count)

    @property
    def facets(self) -> Sequence[FacetCounts]:
        """What all items were counted by, in the order in which it was asked for. Known as
        `basis` is.
        """
        return list(getattr(self._first_page, "facets", ()))

    @property
    def _first_page(self) -> Any:
        if self._first is None:
            raise RuntimeError("What was found is known once the first page was read.")
        return self._first

    async def __aiter__(self) -> AsyncIterator[Item]:
        async for block in self.blocks():
            for item in block:
                yield item

    async def blocks(self) -> AsyncGenerator[Sequence[Item]]:
        """The items page by page."""
        token = ""
        while True:
            page = await self._fetch(token)
            if "basis" in page.DESCRIPTOR.fields_by_name:
                self._basis = page.basis
            if not token:
                self._first = page
            yield list(self._items(page))
            token = page.next_page_token
            if not token:
                return

    @checked
    async def first(self, count: Count) -> list[Item]:
        """The first items, so many at most; the others are not fetched."""
        page = self._first = await self._fetch("", count)
        self._basis = page.basis
        return list(self._items(page))[:count]

    async def all(self) -> list[Item]:
        """Every item, in one list."""
        return [item async for item in self]
