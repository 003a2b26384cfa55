"""Reads the responses of a streaming call, which hold several items each, item by item."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from typing import Generic, TypeVar

Item = TypeVar("Item")


class Stream(Generic[Item]):
    """The items of a streaming call, one by one, or in the blocks in which they come:
    `async for block in stream.blocks()` costs a step of the loop for each block, not for
    each item. It is read once, one way or the other; `aclose` ends the call.
    """

    def __init__(self, blocks: AsyncGenerator[Sequence[Item]]) -> None:
        self._blocks = blocks
        self._items = _one_by_one(blocks)

    def __aiter__(self) -> AsyncIterator[Item]:
        return self._items

    async def __anext__(self) -> Item:
        return await anext(self._items)

    def blocks(self) -> AsyncGenerator[Sequence[Item]]:
        """The items in the order of the stream, at least one in each block."""
        return self._blocks

    async def aclose(self) -> None:
        """Ends the call; ending it again does nothing."""
        await self._items.aclose()
        await self._blocks.aclose()


async def _one_by_one(blocks: AsyncGenerator[Sequence[Item]]) -> AsyncGenerator[Item]:
    async for block in blocks:
        for item in block:
            yield item
