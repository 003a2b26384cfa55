"""Which ledgers cannot be served, and why: those that cannot be opened are left out, and of lost
ones the log is gone.
"""

from __future__ import annotations

import logging
from collections.abc import Collection
from pathlib import Path

from eventsourcing.persistence import OperationalError, PersistenceError

from ledger_service.application.lost_logs import LostLog, lost_logs
from ledger_service.domain.values.refusals import (
    LedgerDistrusted,
    LedgerError,
    LedgerNotServed,
    UnusableKey,
)
from ledger_service.health import Health
from ledger_service.persistence.signing.last_signed import remembered
from ledger_service.persistence.storage.stores import Store

_log = logging.getLogger(__name__)

#: The part of a ledger that has a problem when it cannot be opened.
_OPENING = "opening"


class Unserved:
    """Changed by whoever opens ledgers, also on a thread; the event loop reads it meanwhile."""

    def __init__(self, store: Store, health: Health) -> None:
        self._store = store
        self._health = health
        self._left_out: dict[str, str] = {}
        self._again: set[str] = set()
        self._lost: dict[str, LostLog] = {}

    def names(self) -> set[str]:
        """All of them."""
        return {*self._left_out, *self._lost}

    def __contains__(self, name: str) -> bool:
        return name in self._left_out or name in self._lost

    def left_out(self) -> dict[str, str]:
        """The ledgers that cannot be opened, each with the reason."""
        return dict(self._left_out)

    def to_try_again(self) -> set[str]:
        """Those that are left out, and may be opened once what is around them is mended."""
        return {*self._again}

    def lost(self) -> list[LostLog]:
        """The ledgers whose log is lost, by name."""
        return list(self._lost.values())

    def lost_log(self, name: str) -> LostLog | None:
        """What is left of a ledger whose log is lost; None for others."""
        return self._lost.get(name)

    def refuse_left_out(self, name: str) -> None:
        """Raises LedgerNotServed when a ledger cannot be opened."""
        if (problem := self._left_out.get(name)) is not None:
            raise LedgerNotServed(name, problem)

    def refuse(self, name: str) -> None:
        """Raises LedgerNotServed when a ledger cannot be opened, and LedgerDistrusted when its
        log is lost.
        """
        self.refuse_left_out(name)
        if (lost := self._lost.get(name)) is not None:
            raise LedgerDistrusted(name, lost.finding)

    def with_remedy(self, error: Exception) -> str:
        """What an error says, with what the store knows to do about it."""
        text = str(error).strip().rstrip(".") or type(error).__name__
        return f"{text}. {self._store.remedy(error)}".strip()

    def leave_out(self, name: str, error: Exception) -> None:
        """Notes why a ledger cannot be opened. An error that is neither a refusal nor one of
        the storage is logged with its traceback, once.
        """
        problem = str(error)
        if not isinstance(error, LedgerError):
            place = self._store.place(name)
            problem = f"The log {place} cannot be opened: {self.with_remedy(error)}"
            storage = isinstance(error, PersistenceError | OSError)
            if not storage and self._left_out.get(name) != problem:
                _log.error("The ledger %r cannot be opened.", name, exc_info=error)
        if isinstance(error, UnusableKey | OSError | OperationalError):
            self._again.add(name)
        else:
            self._again.discard(name)
        self._left_out[name] = problem
        self._health.tell(name, _OPENING, f"The ledger is not served. {problem}")

    def look_for_lost(self, keys_dir: Path, here: Collection[str]) -> None:
        """Finds the ledgers that were signed and are not among these, nor left out."""
        there = {*here, *self._left_out}
        self._lost = lost_logs(remembered(self._store.seen_folders(keys_dir), there))
        self._tell_of_lost()

    def note_lost(self, name: str, note: str) -> None:
        """Notes that a log is lost, if something was signed of it; `note` is its last
        checkpoint.
        """
        self._lost |= lost_logs({name: note})
        self._tell_of_lost()

    def found(self, name: str) -> None:
        """From now on the log of a ledger is not lost."""
        self._lost.pop(name, None)

    def opened(self, name: str) -> None:
        """Forgets why a ledger could not be served."""
        self._lost.pop(name, None)  # a replica may have been behind
        self._left_out.pop(name, None)
        self._again.discard(name)
        self._health.clear(name, _OPENING)

    def forget(self, name: str) -> None:
        """Holds nothing more of a ledger that is gone."""
        self._left_out.pop(name, None)
        self._again.discard(name)
        self._health.forget(name)

    def _tell_of_lost(self) -> None:
        for lost in self._lost.values():
            self._health.tell(
                lost.name, _OPENING, f"The ledger cannot be served. {lost.finding}"
            )
