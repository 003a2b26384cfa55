"""Tells the log what runs long, and the log and health when questions wait for their turn too
long. Never what is asked, and at most one line in some seconds.
"""

from __future__ import annotations

import structlog

from ledger_service.api.callers import Caller
from ledger_service.health import SERVICE, Health

#: A question that has computed that long is told, once.
_LONG_SECONDS = 10.0
#: A light question that waits that long, or a heavy one without a turn in that time, starves.
_LIGHT_SECONDS, _HEAVY_SECONDS = 2.0, 15.0
_BETWEEN_LINES_SECONDS = 10.0
#: So long nobody starves until the problem is over.
_OVER_SECONDS = 10.0
_PART = "questions"
_ADVICE_LONG = (
    "Ask for less at once: bases that lie nearer, one pair or one commitment, smaller pages."
)
_ADVICE_WAITING = (
    "More is asked than this service computes. See in the log who asks for what runs long; "
    "let other services on the same database answer a part, or lower max_heavy_questions."
)

_log = structlog.get_logger(__name__)


class Starving:
    """Belongs to the event loop; times are those of its clock."""

    def __init__(self, health: Health) -> None:
        self._health = health
        self._next_line = 0.0
        self._left_out = 0
        self._starved_at: float | None = None

    def look_at(self, caller: Caller, uncharged: float, now: float) -> None:
        """Tells of a call for which was computed for long, once."""
        seconds = caller.computed + uncharged
        if caller.is_told or seconds < _LONG_SECONDS:
            return
        caller.is_told = True
        if now < self._next_line:
            self._left_out += 1
            return
        _log.warning(
            "question_runs_long",
            method=caller.method.rpartition(".")[2],
            ledger=caller.ledger,
            peer=caller.peer,
            request_id=caller.call_id,
            computed_seconds=round(seconds, 1),
            others_not_listed=self._left_out,
            advice=_ADVICE_LONG,
        )
        self._next_line, self._left_out = now + _BETWEEN_LINES_SECONDS, 0

    def wait(
        self, light: float, light_count: int, heavy: float, heavy_count: int, now: float
    ) -> None:
        """Tells health and the log when the longest waits of the lanes are too long, and when
        that is over.
        """
        if light > _LIGHT_SECONDS or heavy > _HEAVY_SECONDS:
            if self._starved_at is None:
                _log.warning(
                    "questions_starve",
                    light_waiting=light_count,
                    light_seconds=round(light, 1),
                    heavy_waiting=heavy_count,
                    heavy_seconds=round(heavy, 1),
                    advice=_ADVICE_WAITING,
                )
                text = (
                    f"Questions wait for their turn: {light_count} light ones up to "
                    f"{light:.0f} s, {heavy_count} heavy ones up to {heavy:.0f} s. "
                    f"{_ADVICE_WAITING}"
                )
                self._health.tell(SERVICE, _PART, text)
            self._starved_at = now
        elif self._starved_at is not None and now - self._starved_at > _OVER_SECONDS:
            self._starved_at = None
            self._health.clear(SERVICE, _PART)
