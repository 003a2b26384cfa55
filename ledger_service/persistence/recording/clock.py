"""Whether the clock of the service can be trusted to date records.

The times of a log never go backwards, so a single record from a clock that is a year ahead
would date all later ones there for good.
"""

from __future__ import annotations

from ledger_service.domain.values.refusals import ClockAhead
from ledger_service.health import LedgerHealth
from ledger_service.persistence.records import time_of
from ledger_service.persistence.storage.log import LogRecorder

#: Microseconds. Longer than any zone of the world is from another.
_AHEAD = 24 * 3600 * 1_000_000
#: How far the last record may lie ahead of the clock before somebody is told.
_BEHIND = 60 * 1_000_000
_PART = "clock"


class ClockCheck:
    """Used by the thread that writes. A clock that is `trusted` is never refused. Times are in
    microseconds since 1970.
    """

    def __init__(self, recorder: LogRecorder, health: LedgerHealth, *, trusted: bool) -> None:
        self._recorder = recorder
        self._health = health
        self._trusted = trusted
        # Written by the thread that writes; any thread may read it.
        self._told = False

    @property
    def told(self) -> bool:
        """Whether the last look found something wrong."""
        return self._told

    def refusal(self, now: int, last: int) -> ClockAhead | None:
        """Why the time `now` must not date a record after one of the time `last`; None when it
        may. A clock more than a day after the last record is compared with the clock of where
        the log lies, since nothing may have been recorded for a while.
        """
        if now - last > _AHEAD and not self._trusted:
            other = max(last, self._recorder.time_there())
            if now - other > _AHEAD:
                refusal = ClockAhead(time_of(now), time_of(other))
                self._tell(str(refusal), usable=False)
                return refusal
        if last - now > _BEHIND:
            self._tell(_frozen(now, last), usable=True)
        elif self._told:
            self._told = False
            self._health.clear(_PART)
        return None

    def _tell(self, text: str, *, usable: bool) -> None:
        self._told = True
        self._health.tell(_PART, text, usable=usable)


def _frozen(now: int, last: int) -> str:
    return (
        f"The last record bears the time {_shown(last)}, and the clock of the service says "
        f"{_shown(now)}: it was ahead then, or is behind now. Until it is later than that, "
        "each record gets the time of the one before it and a microsecond."
    )


def _shown(time: int) -> str:
    return time_of(time).isoformat(timespec="seconds").replace("+00:00", "Z")
