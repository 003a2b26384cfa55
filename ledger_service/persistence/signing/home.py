"""Where a log lives. A log that finds itself in another place than it remembers is a copy, or was
moved: it is read, and neither written nor signed, until an operator says which of the two it is.

What a copy and its original sign under one key would be two histories of one log. The log keeps
its place in its table `home`. A log in a file has a random mark there too, which lies beside the
keys in `<name>.home`: where a copy is adopted the mark changes, and with the same keys the
original no longer signs.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from pathlib import Path

from ledger_service.domain.values.refusals import LedgerElsewhere, LedgerError, LedgerSucceeded
from ledger_service.health import LedgerHealth
from ledger_service.persistence.disk import place_of_file
from ledger_service.persistence.files import write_whole
from ledger_service.persistence.private import make_folder
from ledger_service.persistence.storage.log import LogRecorder

#: What has a problem when a log is not at home.
PART = "home"
_SELECT = "SELECT place, successor FROM home"
_SET_PLACE = "UPDATE home SET place = {value}"
_SET_SUCCESSOR = "UPDATE home SET successor = {value}"
_INSERT = "INSERT INTO home (single, place, successor) VALUES (1, {value}, {value})"
_MARK_BYTES = 16
#: What is told of a place, and does not tell it from another.
_ONLY_TOLD = frozenset({"device"})
_COPY = {"copied": "yes"}
_WORDS = {
    "mark": "the keys have another mark than the log, or none",
    "inode": "its file is another one",
    "folder": "its folder is another one",
    "cluster": "the PostgreSQL cluster is another one",
    "database": "the database has another name",
}


class Home:
    """The place of one log. `mark` is the file of the mark beside the keys, which counts for a
    log in a file. `adopt` belongs to the thread that writes; any thread may ask.
    """

    def __init__(
        self, name: str, recorder: LogRecorder, mark: Path, health: LedgerHealth
    ) -> None:
        # Set for good:
        self._name = name
        self._recorder = recorder
        self._mark = mark
        self._health = health
        # Replaced as a whole, while the log is opened and by whoever looks again; any thread
        # may read them.
        self._finding = ""
        self._successor = ""

    @property
    def away(self) -> bool:
        """Whether the log lies elsewhere than it remembers."""
        return bool(self._finding)

    @property
    def successor(self) -> str:
        """The origin of the ledger that goes on for this one; empty when none does."""
        return self._successor

    def open(self) -> None:
        """Looks where the log is, and tells nobody yet. One that remembers no place takes this
        one. Raises PersistenceError or OSError.
        """
        if not self._recorder.writable:
            return
        row = self._recorder.read(_SELECT)
        if row and not row[0][0]:
            self._settle(self._read_mark() or _new_mark())
        self._look()

    def look(self) -> None:
        """Looks again where the log is, and tells of it. Raises PersistenceError."""
        if self._recorder.writable:
            self._look()
            self.tell()

    def follow(self, changed: object) -> None:
        """Looks again when all that is known may be another: the log was reopened."""
        if changed is None:
            self.look()

    def adopt(self) -> None:
        """Makes this the place of the log for good. Whoever signs with the same keys elsewhere
        finds another mark and stops. Raises PersistenceError or OSError.
        """
        self._settle(_new_mark())
        self.look()

    def succeed(self, successor: str) -> None:
        """Notes which ledger goes on for this one, by its origin; from now on it is only read.
        Raises PersistenceError.
        """
        with self._recorder.head_lock():
            self._recorder.write(_SET_SUCCESSOR, successor)
        self._successor = successor
        self.tell()

    def tell(self) -> None:
        """Tells health whether something is wrong with the place."""
        if (refusal := self.refusal()) is not None:
            self._health.tell(PART, f"The ledger is read only. {refusal}")
        else:
            self._health.clear(PART)

    def refusal(self) -> LedgerError | None:
        """Why nothing is recorded or signed here; None when nothing speaks against it."""
        if self._successor:
            return LedgerSucceeded(self._name, self._successor)
        return LedgerElsewhere(self._name, self._finding) if self._finding else None

    def _look(self) -> None:
        rows = self._recorder.read(_SELECT)
        place, self._successor = rows[0] if rows else ("", "")
        differing = _differing(_decoded(place), self._found(self._read_mark()))
        self._finding = self._told(_decoded(place), differing) if differing else ""

    def _settle(self, mark: str) -> None:
        if self._recorder.alone or self._mark.exists():
            make_folder(self._mark.parent)
            write_whole(self._mark, f"{mark}\n".encode())
        write_place(self._recorder, self._found(mark))

    def _found(self, mark: str) -> dict[str, str]:
        here = self._recorder.whereabouts()
        return {"mark": mark, **here} if self._recorder.alone else here

    def _read_mark(self) -> str:
        try:
            return self._mark.read_text(encoding="ascii", errors="replace").strip()
        except FileNotFoundError:
            return ""

    def _told(self, place: Mapping[str, str], differing: list[str]) -> str:
        if place == _COPY:
            return "It was copied or restored here."
        why = " and ".join(_WORDS.get(each, each) for each in differing)
        lived = ", ".join(f"{key} {value}" for key, value in place.items() if key != "mark")
        return f"It lies elsewhere than it remembers ({lived or 'nothing'}): {why}."


def write_place(recorder: LogRecorder, place: Mapping[str, str]) -> None:
    """Has a log remember a place. Raises PersistenceError."""
    text = json.dumps(place)
    with recorder.head_lock():
        if recorder.read(_SELECT):
            recorder.write(_SET_PLACE, text)
        else:
            recorder.write(_INSERT, text, "")


def mark_as_copy(recorder: LogRecorder) -> None:
    """Has a log that was copied or restored remember that, so that it is only read until an
    operator adopts or forks it. Raises PersistenceError.
    """
    write_place(recorder, _COPY)


def lies_elsewhere(place: str, path: Path, mark: Path) -> bool:
    """Whether the file of a log lies elsewhere than the place that it remembers, for who only
    looks at it. One that remembers none takes the next. Raises OSError.
    """
    there = mark.read_text(encoding="ascii", errors="replace").strip() if mark.exists() else ""
    found = {"mark": there, **place_of_file(path)}
    return bool(place) and bool(_differing(_decoded(place), found))


def _new_mark() -> str:
    return secrets.token_hex(_MARK_BYTES)


def _decoded(place: str) -> dict[str, str]:
    try:
        found = json.loads(place)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _differing(remembered: Mapping[str, str], found: Mapping[str, str]) -> list[str]:
    """In what two places differ; nothing when they are one."""
    both = {**found, **remembered}
    return [
        each
        for each in both
        if each not in _ONLY_TOLD and remembered.get(each, "") != found.get(each, "")
    ]
