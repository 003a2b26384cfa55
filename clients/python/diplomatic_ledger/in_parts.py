"""What is more than one call has room for, cut into parts that it has room for. What is recorded
is cut by `batches`, which looks at what items name.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TypeVar

Thing = TypeVar("Thing")

#: So many ids of the longest that there are, 128 bytes each, narrow a list in a request of
#: 64 KiB.
MOST_IDS = 400


def in_parts(things: Iterable[Thing], most: int) -> Iterator[list[Thing]]:
    """The things in their order, `most` at a time."""
    rest = iter(things)
    while part := list(islice(rest, most)):
        yield part
