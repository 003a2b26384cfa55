"""The pictures that were asked about last, so that the questions of one basis share what
was found out once. A picture is a pure function of its basis: what it remembers is right
for good.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from datetime import date
from typing import TypeAlias

from ledger_service.domain.cuts import Policy
from ledger_service.domain.history import History
from ledger_service.domain.picture import Picture

_PICTURES = 32
_REMEMBERED = 60_000
_REMEMBERED_BY_ONE = 500_000

_Cuts: TypeAlias = tuple[int, date, date | None, Policy]


class Pictures:
    """At most `limit` pictures, which remember about `remembered` things together: a
    picture grows with what it is asked. Only the last one may have grown beyond that,
    for the pages that are read next. Any thread may use it.
    """

    def __init__(self, limit: int = _PICTURES, remembered: int = _REMEMBERED) -> None:
        self._limit = limit
        self._remembered = remembered
        self._kept: OrderedDict[_Cuts, Picture] = OrderedDict()
        self._lock = threading.Lock()

    def at(
        self,
        history: History,
        position: int,
        as_of: date,
        reported_by: date | None,
        policy: Policy,
    ) -> Picture:
        """The picture of a history, which ends at `position`, at its cuts."""
        cuts = (position, as_of, reported_by, policy)
        with self._lock:
            picture = self._kept.get(cuts)
            # Views that were built anew have another history, and the old one is closed.
            if picture is None or picture.history is not history:
                self._forget()
                parties = next(
                    (p.parties for p in self._kept.values() if p.history is history), None
                )
                picture = Picture(history, as_of, reported_by, policy, parties=parties)
                self._kept[cuts] = picture
            self._kept.move_to_end(cuts)
            return picture

    def _forget(self) -> None:
        size = sum(picture.size for picture in self._kept.values())
        while len(self._kept) >= self._limit or size > self._remembered:
            if len(self._kept) == 1 and size <= _REMEMBERED_BY_ONE:
                return
            _, picture = self._kept.popitem(last=False)
            size -= picture.size
