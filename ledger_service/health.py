"""The current problems of the service and of its ledgers, for everybody who asks for its
health.

Any part may report a problem from any thread, and clears it when it is over. A problem that is
reported again is the same one: the service's log has one line when it begins and one when it
ends.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime

_log = logging.getLogger(__name__)

#: In place of a ledger's name: a problem of the service as a whole.
SERVICE = ""


@dataclass(frozen=True)
class Problem:
    """A problem that exists since `since` (UTC). `part` is one word for the part of the
    service that has it; `text` says in sentences what is wrong and what helps. With `usable`
    False the ledger does not take reads and writes as it should.
    """

    ledger: str
    part: str
    text: str
    since: datetime
    usable: bool = False

    @property
    def place(self) -> str:
        whose = f"the ledger {self.ledger!r}" if self.ledger else "the service"
        return f"{whose} ({self.part})"


class Health:
    """The ledgers of a service and their problems: at most one for each part of each ledger.
    Any thread may report and ask.
    """

    def __init__(self, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._now = now
        # Guards the three below, for a few instructions. Listeners are called without it.
        self._lock = threading.RLock()
        self._ledgers: set[str] = set()
        self._problems: dict[tuple[str, str], Problem] = {}
        self._listeners: list[Callable[[], object]] = []

    def of(self, ledger: str) -> LedgerHealth:
        """Where the parts of one ledger report their problems."""
        return LedgerHealth(self, ledger)

    def serve(self, ledger: str) -> None:
        """Adds a ledger to those of the service."""
        with self._lock:
            if ledger in self._ledgers:
                return
            self._ledgers.add(ledger)
        self._changed()

    def forget(self, ledger: str) -> None:
        """Takes a ledger, with its problems, from those of the service."""
        with self._lock:
            self._ledgers.discard(ledger)
            for key in [each for each in self._problems if each[0] == ledger]:
                del self._problems[key]
        self._changed()

    def tell(self, ledger: str, part: str, text: str, *, usable: bool = False) -> None:
        """Reports a problem of a part. Reported again, the newest text counts. A ledger with a
        problem is listed as one of the service, also when it cannot be opened.
        """
        key = (ledger, part)
        with self._lock:
            before = self._problems.get(key)
            if before is None:
                told = Problem(ledger, part, text, self._now(), usable)
            else:
                told = replace(before, text=text, usable=usable)
            if told == before:
                return
            self._problems[key] = told
            if ledger != SERVICE:
                self._ledgers.add(ledger)
        if before is None:
            _log.warning("A problem of %s: %s", told.place, text)
        self._changed()

    def clear(self, ledger: str, part: str) -> None:
        """Ends the problem of a part; does nothing if it had none."""
        with self._lock:
            over = self._problems.pop((ledger, part), None)
        if over is not None:
            _log.info("The problem of %s is over.", over.place)
            self._changed()

    def problems(self) -> list[Problem]:
        """All problems, by ledger and part; those of the service itself come first."""
        with self._lock:
            return [problem for _, problem in sorted(self._problems.items())]

    def ledgers(self) -> dict[str, bool]:
        """All ledgers by name, and whether each takes reads and writes."""
        with self._lock:
            held_up = {each.ledger for each in self._problems.values() if not each.usable}
            return {name: name not in held_up for name in sorted(self._ledgers)}

    @property
    def serves(self) -> bool:
        """Whether the service as a whole takes reads and writes."""
        with self._lock:
            return not any(
                each.ledger == SERVICE and not each.usable for each in self._problems.values()
            )

    def listen(self, listener: Callable[[], object]) -> None:
        """Has `listener` called after each change, on the thread that reported it. It must not
        block.
        """
        with self._lock:
            self._listeners.append(listener)

    def _changed(self) -> None:
        for listener in tuple(self._listeners):
            try:
                listener()
            except Exception:  # noqa: BLE001 - who tells has trouble enough
                _log.exception("A problem could not be passed on.")


@dataclass(frozen=True)
class LedgerHealth:
    """Where the parts of one ledger report their problems, from any thread."""

    health: Health
    ledger: str

    def tell(self, part: str, text: str, *, usable: bool = False) -> None:
        """Reports a problem of a part."""
        self.health.tell(self.ledger, part, text, usable=usable)

    def clear(self, part: str) -> None:
        """Ends the problem of a part; does nothing if it had none."""
        self.health.clear(self.ledger, part)
