"""A cache of pictures, so that the pages of one list share a picture: a list that was computed
for one page is not computed again for the next.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from datetime import date
from typing import TypeAlias

from ledger_service.application.finding import LookedUp
from ledger_service.application.listing import LazyList
from ledger_service.domain.picture.history import History
from ledger_service.domain.picture.picture import Picture
from ledger_service.domain.picture.supposing import SupposedHistory
from ledger_service.domain.values.cuts import Policy
from ledger_service.lookups import Lookups

_PICTURES = 32
_LISTED = 60_000
_LISTED_BY_ONE = 200_000
#: One picture has at most so many lists, each of which takes as much as some items, with what was
#: asked for.
_LISTS_OF_ONE, _BESIDE_ITEMS = 100, 50
#: All lists are measured for every so many new pictures, sooner where the last one has many items.
_MEASURED_AFTER = 8

#: Of these it counts how far they were looked at. By their very types, which have no others
#: below them: to ask whether something is a sequence of a kind takes ten times as long.
_GROWING = frozenset((LazyList, LookedUp))

_Cuts: TypeAlias = tuple[int, date, date | None, Policy, bytes]


class Pictures:
    """At most `limit` pictures, whose lists have about `listed` items together; a list grows
    as it is accessed, and what was found out with a supposition counts like its items. Only the
    last picture may exceed that, for the pages that follow, up to a bound of its own, beyond
    which it forgets the lists that were not asked for lately. Any thread may use it.
    """

    def __init__(self, limit: int = _PICTURES, listed: int = _LISTED) -> None:
        self._limit = limit
        self._listed = listed
        self.lookups = Lookups()
        # Guards `_kept`. The lists of a picture have locks of their own.
        self._lock = threading.Lock()
        self._kept: OrderedDict[_Cuts, Picture] = OrderedDict()
        self._since_measured = 0

    def at(
        self,
        history: History,
        as_of: date,
        reported_by: date | None,
        policy: Policy,
        supposed: bytes = b"",
    ) -> Picture:
        """The picture of a history at its cuts; `supposed` tells apart those in which other
        things are supposed.
        """
        cuts = (history.position, as_of, reported_by, policy, supposed)
        with self._lock:
            picture = self._kept.get(cuts)
            # Views that were built anew have another history, and the old one is closed.
            if picture is not None and picture.history is history:
                self.lookups.hits += 1
                _shrink(picture)
            else:
                self.lookups.misses += 1
                self._forget()
                picture = self._kept[cuts] = Picture(history, as_of, reported_by, policy)
            self._kept.move_to_end(cuts)
            return picture

    @property
    def size(self) -> int:
        return len(self._kept)

    def _forget(self) -> None:
        self._since_measured += 1
        last = next(reversed(self._kept.values()), None)
        if (
            last is not None
            and self._since_measured < _MEASURED_AFTER
            and _size(last) * self._limit <= self._listed
        ):
            while len(self._kept) >= self._limit:
                self._kept.popitem(last=False)
            return
        self._since_measured = 0
        size = sum(map(_size, self._kept.values()))
        while len(self._kept) >= self._limit or size > self._listed:
            if len(self._kept) == 1 and size <= _LISTED_BY_ONE:
                return
            _, picture = self._kept.popitem(last=False)
            size -= _size(picture)


def _shrink(picture: Picture) -> None:
    """Has a picture forget lists that were not asked for lately, but never the last one: a list
    that is too long by itself would be begun anew for each of its pages.
    """
    while (lists := len(picture.kept)) > 1 and (
        lists > _LISTS_OF_ONE or _size(picture) > _LISTED_BY_ONE
    ):
        picture.forget_oldest()


def _size(picture: Picture) -> int:
    history = picture.history
    supposed = history.memo.size if isinstance(history, SupposedHistory) else 0
    if not picture.kept:  # as of most that are asked for one entry
        return supposed
    lists = list(picture.kept)
    items = sum([x.looked_at if type(x) in _GROWING else len(x) for x in lists])
    return supposed + items + _BESIDE_ITEMS * len(lists)
