"""Lost logs: ledgers of which something was signed and whose log is gone. What is left of each
is a checkpoint beside its keys.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from ledger_service.audit.notes import NoteUnusable, parse
from ledger_service.domain.values.refusals import Invalid, Violation
from ledger_service.persistence.records import Predecessor
from ledger_service.persistence.signing.keys import KeyFolder

if TYPE_CHECKING:
    from ledger_service.application.ledger import Ledger


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

    def finding(self, ledgers: Iterable[Ledger]) -> str:
        """What is known of it, in a sentence or two."""
        told = f"Its log is lost: {self.size} records of it were signed, and none is there."
        for each in ledgers:
            if (
                each.opening.predecessor is not None
                and each.opening.predecessor.origin == self.origin
            ):
                return f"{told} The ledger {each.name!r} goes on for it."
        return told

    def predecessor(self, keys_dir: Path, reason: str) -> Predecessor:
        """What the first record of a successor says of this log. Raises Invalid when none of
        the keys that are here signed the note, and UnusableKey.
        """
        try:
            signed = parse(self.note)
            keys = KeyFolder(keys_dir, self.name).read(signed.checkpoint.origin).public
            ours = signed.signed_by(keys)
        except NoteUnusable:
            ours = False
        if not ours:
            raise Invalid((Violation("ledger", _unsigned(self.name)),))
        origin, size, root = signed.checkpoint
        return Predecessor(
            origin=origin, size=str(size), root=b64encode(root).decode(), reason=reason
        )


def lost_logs(remembered: Mapping[str, str]) -> dict[str, LostLog]:
    """The lost logs by name, from what is remembered of logs that are not here."""
    return {name: LostLog(name, note) for name, note in sorted(remembered.items()) if note}


def _unsigned(name: str) -> str:
    return (
        f"What is remembered of the ledger {name!r} was not signed with a key that is here. "
        "Restore its keys from a backup."
    )
