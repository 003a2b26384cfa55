"""Bounds how many wrong secrets of a token are looked at: each costs what twenty answers do.

Counted is by token and by the host that it came from, so that whoever guesses keeps nobody else
out: not other tokens, and not the holder of this one elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable

from ledger_service.access.pace import Pace
from ledger_service.access.refusals import TooManyGuesses

#: Wrong secrets of one token from one host that are looked at in a second, after some at once.
_PER_SECOND = 1.0
_REMEMBERED = 10_000


class Guesses:
    """Belongs to the event loop; `now` is its clock in seconds."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._paces: dict[tuple[str, str], Pace] = {}

    def check(self, host: str, token: str) -> None:
        """Raises TooManyGuesses for a token of which too many secrets were wrong just now."""
        pace = self._paces.get((host, token))
        if pace is not None and (wait := pace.wait(self._now())):
            raise TooManyGuesses(wait)

    def count(self, host: str, token: str) -> None:
        """A secret was wrong."""
        now = self._now()
        if len(self._paces) >= _REMEMBERED:
            self._paces = {k: each for k, each in self._paces.items() if not each.is_idle(now)}
        self._paces.setdefault((host, token), Pace(_PER_SECOND)).count(now)
