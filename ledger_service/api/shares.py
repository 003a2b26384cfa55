"""What one caller may have of the service, so that no one can have all of it: so many calls,
streams and bytes at once, and so many calls of each class in a second.

Who comes too fast waits at the door, before a request is taken in. Who would wait too long, or
has too much at once, is refused and told when to come again. A caller is a user, by whatever
connections; where nobody is asked who calls, it is a connection.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from functools import partial
from typing import NamedTuple

from ledger_service.access.pace import Pace
from ledger_service.api.method_classes import MethodClass
from ledger_service.api.taken import Taken
from ledger_service.domain.values.limits import MESSAGE_BYTES
from ledger_service.domain.values.refusals import TooFast, TooMuchAtOnce

#: So long a call waits at the door at most.
_LONGEST_WAIT_SECONDS = 1.0
#: A refusal is held back for so long, and no more of them are told in a second to one caller:
#: each costs what an answer does, and who does not heed them has his connections full of calls
#: that wait to be refused. So many are held back at a time.
_HELD_BACK_SECONDS = 0.5
_REFUSALS_PER_SECOND = 50.0
_MOST_HELD_BACK = 2_000
#: A request with more entries than this counts as more than one: so many cost what a call does.
_ENTRIES_OF_A_WRITE = 20
#: Callers that are remembered before those are forgotten that do nothing.
_REMEMBERED = 4_000


class ShareLimits(NamedTuple):
    """What one caller may have at once, and make in a second; named like the settings."""

    max_calls_per_user: int = 256
    max_streams_per_user: int = 100
    max_waiting_bytes_per_user: int = MESSAGE_BYTES
    questions_per_second: float = 300.0
    heavy_questions_per_second: float = 20.0
    writes_per_second: float = 200.0


class Shares:
    """Those of all callers. Belongs to the event loop; `now` is its clock."""

    def __init__(self, limits: ShareLimits, now: Callable[[], float]) -> None:
        self._limits = limits
        self._now = now
        self._by_caller: dict[str, Share] = {}

    def of(self, caller: str) -> Share:
        share = self._by_caller.get(caller)
        if share is None:
            if len(self._by_caller) >= _REMEMBERED:
                self._forget_idle()
            share = self._by_caller[caller] = Share(self._limits, self._now)
        return share

    def _forget_idle(self) -> None:
        kept = {name: each for name, each in self._by_caller.items() if not each.is_idle}
        self._by_caller = kept


class Share:
    """What one caller has."""

    def __init__(self, limits: ShareLimits, now: Callable[[], float]) -> None:
        self._limits = limits
        self._now = now
        self._calls = self._streams = self._bytes = self._held_back = 0
        self._followed = Counter[str]()
        self._refusals = Pace(_REFUSALS_PER_SECOND)
        self._paces = {each: Pace(getattr(limits, each.value)) for each in MethodClass}

    @property
    def is_idle(self) -> bool:
        now = self._now()
        return not (self._calls or self._held_back) and all(
            each.is_idle(now) for each in self._paces.values()
        )

    def call(self) -> Taken:
        """Counts a call until it is given back. Raises TooMuchAtOnce."""
        most = self._limits.max_calls_per_user
        if self._calls >= most:
            raise TooMuchAtOnce("calls", "max_calls_per_user", most)
        self._calls += 1
        return Taken(self._end_call)

    def _end_call(self) -> None:
        self._calls -= 1

    def stream(self) -> Taken:
        """Counts a call that is answered in parts, as `call` does. Raises TooMuchAtOnce."""
        most = self._limits.max_streams_per_user
        if self._streams >= most:
            raise TooMuchAtOnce("streams", "max_streams_per_user", most)
        self._streams += 1
        return Taken(self._end_stream)

    def _end_stream(self) -> None:
        self._streams -= 1

    def follows(self, ledger: str, most: int | None) -> Taken:
        """Counts a ledger that a stream keeps open, where not all can be: so many at `most`,
        each once. Raises TooMuchAtOnce.
        """
        if most is not None and ledger not in self._followed and len(self._followed) >= most:
            raise TooMuchAtOnce("ledgers with streams", "open_ledgers", most)
        self._followed[ledger] += 1
        return Taken(partial(self._follow_no_more, ledger))

    def _follow_no_more(self, ledger: str) -> None:
        self._followed[ledger] -= 1
        if not self._followed[ledger]:
            del self._followed[ledger]

    def body(self, size: int) -> Taken:
        """Counts the bytes of a request. Raises TooMuchAtOnce."""
        most = self._limits.max_waiting_bytes_per_user
        counted = min(size, MESSAGE_BYTES)  # what is larger is refused for that, a moment later
        if self._bytes + counted > most:
            raise TooMuchAtOnce("bytes of requests", "max_waiting_bytes_per_user", most)
        self._bytes += counted
        return Taken(partial(self._end_body, counted))

    def _end_body(self, counted: int) -> None:
        self._bytes -= counted

    async def turn(self, kind: MethodClass, left: float | None) -> None:
        """Returns when a call of its class may come in. Raises TooFast where that would take
        too long, or longer than the `left` seconds of the call.
        """
        now = self._now()
        wait = self._paces[kind].wait(now)
        if wait > _LONGEST_WAIT_SECONDS or (left is not None and wait > left):
            raise TooFast(kind.value, getattr(self._limits, kind.value), wait)
        self._paces[kind].count(now)
        if wait:
            await asyncio.sleep(wait)

    def count_entries(self, entries: int) -> None:
        """Counts what a request brings beyond one of usual size; later ones wait for it."""
        more = entries / _ENTRIES_OF_A_WRITE - 1
        if more > 0:
            self._paces[MethodClass.WRITE].count(self._now(), more)

    async def hold_back(self, left: float | None) -> None:
        """Returns when the caller is to learn of a refusal; `left` are the seconds of the call."""
        if self._held_back >= _MOST_HELD_BACK:
            return
        now = self._now()
        wait = max(_HELD_BACK_SECONDS, self._refusals.wait(now))
        self._refusals.count(now)
        self._held_back += 1
        try:
            await asyncio.sleep(wait if left is None else min(wait, left / 2))
        finally:
            self._held_back -= 1
