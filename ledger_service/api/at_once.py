"""Computes on the event loop what is over sooner than a thread would have begun: the way to a
thread and back, under the one lock of Python, costs more than a light answer.

What takes longer ends at its next look. It is then for a thread, which finds what was found out
so far. What is asked in the same way goes there at once for a while, unless that is rare: now
and then somebody meets a processor that others use. What the collector of garbage takes does not
count.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable
from typing import TypeVar

from ledger_service.collecting import CollectorTime, collected
from ledger_service.domain.values.stopping import Stop, Stopped, heeding

Answer = TypeVar("Answer")

#: What waits ends after so many times that. It may wait for a disk, and for a processor that
#: others use, which is no reason to go to a thread.
_WAITS = 30
#: What those that took longer may take of the time of the event loop: one part in so many.
_PAUSES = 30
#: A kind may be so many seconds ahead of that.
_AHEAD_SECONDS = 0.5
#: So many kinds are known to take longer.
_KINDS = 1_000


class AtOnce:
    """Computes for `most_seconds`, by the clock of the thread: some turns of the interpreter
    lock, for which others would wait with a thread too. Belongs to the event loop.
    """

    def __init__(self, most_seconds: float) -> None:
        self._most_seconds = most_seconds
        # By when a kind has had time enough for all of its that took longer.
        self._even: dict[Hashable, float] = {}

    def compute(
        self, kind: Hashable, work: Callable[[], Answer], times: int = 1
    ) -> Answer | None:
        """The result of `work`, which is not None; None where it takes too long, or such work
        took too long just now. It may take so many `times` as long as what one caller asks for.
        """
        now = time.perf_counter()
        if self._even and self._even.get(kind, 0.0) > now + _AHEAD_SECONDS:
            return None
        brief = _Brief(times * self._most_seconds, now)
        try:
            return heeding(brief, work)
        except Stopped:
            self._charge(kind, now + brief.collected.clock)
            return None

    def _charge(self, kind: Hashable, began: float) -> None:
        now = time.perf_counter()
        if len(self._even) >= _KINDS:
            self._even = {k: until for k, until in self._even.items() if until > now}
        self._even[kind] = max(now, self._even.get(kind, now)) + _PAUSES * (now - began)


class _Brief(Stop):
    """A flag that is set when some time has passed, as the looks of the work find out, or when
    the work meets what another thread holds.
    """

    __slots__ = ("_at_most", "_began", "_collected_before", "_look_at", "_seconds")

    def __init__(self, seconds: float, now: float) -> None:
        super().__init__()
        self.calls = True
        self.waits = False
        self._seconds = seconds
        self._began = time.thread_time()
        self._collected_before = collected()
        # The clock of a thread is dear: it is read when that much can have passed.
        self._look_at = now + seconds
        self._at_most = now + _WAITS * seconds

    @property
    def collected(self) -> CollectorTime:
        """What the collector of garbage took in the midst of this."""
        return collected().since(self._collected_before)

    def look(self) -> bool:
        now = time.perf_counter()
        if not self.is_set and now >= self._look_at:
            not_counted = self.collected
            spent = time.thread_time() - self._began - not_counted.processor
            left, at_most = self._seconds - spent, self._at_most + not_counted.clock
            if left <= 0 or now >= at_most:
                self.set()
            self._look_at = min(now + left, at_most)
        return self.is_set

    def heed(self) -> None:
        # Nearly every time it is too early to look.
        if (self.is_set or time.perf_counter() >= self._look_at) and self.look():
            raise Stopped
