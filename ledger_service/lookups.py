"""How often a cache had what was looked for."""

from __future__ import annotations


class Lookups:
    """Belongs to one cache, which counts. Where several threads look something up without a
    lock, one may be lost now and then.
    """

    __slots__ = ("hits", "misses")

    def __init__(self) -> None:
        self.hits = self.misses = 0
