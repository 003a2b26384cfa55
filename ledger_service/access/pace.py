"""How fast calls are let in: as many in a second as may be, a few at once where there were
none before (the generic cell rate algorithm, which keeps one number).
"""

from __future__ import annotations

#: What nobody used in that time may be used at once, and as many calls in any case.
_SAVED_SECONDS = 0.1
_AT_ONCE = 10


class Pace:
    """Times are in seconds by one clock that never goes back."""

    __slots__ = ("_ahead", "_due", "_seconds")

    def __init__(self, per_second: float) -> None:
        self._seconds = 1 / per_second
        self._ahead = max(_SAVED_SECONDS, (_AT_ONCE - 1) * self._seconds)
        # When the next call is due if all came evenly; that of a good while ago is as good as
        # none.
        self._due = float("-inf")

    def wait(self, now: float) -> float:
        """Seconds until a call may come in."""
        return max(0.0, self._due - self._ahead - now)

    def count(self, now: float, calls: float = 1.0) -> None:
        """Counts what comes in, also what may only come in later."""
        self._due = max(self._due, now) + calls * self._seconds

    def is_idle(self, now: float) -> bool:
        """Whether it is as if no call had ever been made."""
        return self._due <= now
