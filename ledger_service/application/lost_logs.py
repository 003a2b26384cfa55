"""Lost logs: ledgers of which something was signed and whose log is gone. What is left of each
is a checkpoint beside its keys.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from ledger_service.application.heirs import Bequest
from ledger_service.audit.notes import NoteUnusable, parse
from ledger_service.domain.values.refusals import Invalid, Violation
from ledger_service.persistence.signing.keys import KeyFolder


class LostLog(NamedTuple):
    """A log that is gone: its name, and the note of the largest checkpoint that was signed."""

    name: str
    note: str

    @property
    def origin(self) -> str:
        """The origin of the log; empty when the note cannot be read."""
        try:
            return parse(self.note).checkpoint.origin
        except NoteUnusable:
            return ""

    @property
    def size(self) -> int:
        """How many of its records were signed; 0 when the note cannot be read."""
        try:
            return parse(self.note).checkpoint.size
        except NoteUnusable:
            return 0

    @property
    def finding(self) -> str:
        """What is known of it, in a sentence."""
        return f"Its log is lost: {self.size} records of it were signed, and none is there."

    def bequest(self, keys_dir: Path) -> Bequest:
        """What is left of the log for a successor. Raises Invalid when none of the keys that
        are here signed the note, and UnusableKey.
        """
        try:
            signed = parse(self.note)
            keys = KeyFolder(keys_dir, self.name).read(signed.checkpoint.origin).public
            ours = signed.signed_by(keys)
        except NoteUnusable:
            ours = False
        if not ours:
            raise Invalid((Violation("ledger", _unsigned(self.name)),))
        return Bequest(signed.checkpoint)


def lost_logs(remembered: Mapping[str, str]) -> dict[str, LostLog]:
    """The lost logs by name, from what is remembered of logs that are not here."""
    return {name: LostLog(name, note) for name, note in sorted(remembered.items()) if note}


def _unsigned(name: str) -> str:
    return (
        f"What is remembered of the ledger {name!r} was not signed with a key that is here. "
        "Restore its keys from a backup."
    )
