"""Reads what is stored of one ledger. Reads block and may be made from any thread."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence

from ledger_service.domain.checks import EntryHead, head_of
from ledger_service.domain.checks.fields import ID
from ledger_service.domain.values.entries import Version
from ledger_service.domain.values.refusals import LedgerDistrusted
from ledger_service.domain.values.stopping import looking
from ledger_service.persistence.entry_versions import versions_from
from ledger_service.persistence.own_records import erasures
from ledger_service.persistence.records import Told, decode, told_by
from ledger_service.persistence.sealing.sealed_values import (
    Disclosure,
    SealedPlace,
    SealedValues,
    sealed_places,
)
from ledger_service.persistence.signing.trust import Trust
from ledger_service.persistence.storage.log import LogRecorder, held
from ledger_service.persistence.storage.reader import LogReader, Row


class LedgerReader:
    """Each record that is read is checked against its leaf hash, unless said otherwise. One
    that does not fit withdraws the trust in the log, and LedgerDistrusted is raised. It has no
    state that changes: any thread may use it.
    """

    def __init__(self, name: str, log: LogRecorder, trust: Trust) -> None:
        self._name = name
        self._log = log
        self._rows = LogReader(log)
        self._values = SealedValues(log)
        self._trust = trust

    @property
    def is_local(self) -> bool:
        """Whether a local key look-up is cheaper than a thread hop."""
        return not self._log.is_remote

    def records(self, first: int, last: int) -> list[tuple[int, bytes]]:
        """The stored records from one position to another, both inclusive."""
        return self._held(self._rows.between(first, last))

    def records_at(self, positions: Sequence[int]) -> list[tuple[int, bytes]]:
        """The stored records at some positions, in this order."""
        found = dict(self._held(self._rows.at(positions)))
        if lost := [position for position in positions if position not in found]:
            finding = f"There is no record at position {lost[0]}: it was removed."
            raise LedgerDistrusted(self._name, finding, of_a_read=True)
        return [(position, found[position]) for position in positions]

    def first_type(self, entry_id: str) -> str:
        """The type of the first record of an entry; empty if there is no such entry."""
        return dict(self._rows.first_types([entry_id])).get(entry_id, "")

    def first_authors(self, entries: Iterable[str]) -> dict[str, str]:
        """Who recorded the first version of each of these entries that is there."""
        named = [each for each in entries if ID.fullmatch(each)]
        rows = self._held(self._rows.first_records(named))
        records = [decode(record) for _, record in rows]
        return {record.subject: record.recordedby for record in records}

    def has_request(self, request_id: str) -> bool:
        """Whether a request of this id was recorded."""
        return bool(request_id) and self._log.request(request_id) is not None

    def sealed_by(self, author: str, commitments: Collection[str]) -> set[str]:
        """Those of these sealed texts that this author sealed."""
        places = self._values.positions(commitments)
        records = dict(self.records_at(sorted({*places.values()})))
        return {
            commitment
            for commitment, position in places.items()
            if decode(records[position]).recordedby == author
        }

    def held_lines(self, first: int, last: int) -> bytes:
        """The records from one position to another, joined by line feeds; empty if there is
        none.
        """
        return b"\n".join(record for _, record in self.records(first, last))

    def lines(self, first: int, last: int) -> bytes:
        """The records from one position to another, joined by line feeds, without checking
        their leaf hashes.
        """
        return self.counted_lines(first, last)[1]

    def counted_lines(self, first: int, last: int) -> tuple[int, bytes]:
        """The number of records from one position to another, and the records as `lines`
        returns them.
        """
        return self._rows.lines(first, last)

    def hold(self, positions: Sequence[int]) -> None:
        """Checks the records at some positions against their leaf hashes."""
        self._held(self._rows.at(positions))

    def told_at(self, positions: Sequence[int]) -> list[Told]:
        """What the records at some positions tell of versions."""
        rows = self._held(self._rows.at(positions))
        found = {row[0]: self.told(*row) for row in looking(rows)}
        return [found[position] for position in positions]

    def versions(self, entry_id: str) -> Sequence[Version]:
        """All versions of an entry, oldest first; empty if there is no such entry, or the text
        cannot be an id.
        """
        if not ID.fullmatch(entry_id):
            return []
        rows = self._held(self._rows.of_entry(entry_id))
        return versions_from([self.told(*row) for row in rows])

    def entry_head(self, entry_id: str) -> EntryHead | None:
        """The last committed version of an entry and its last state; None if there is no
        such entry.
        """
        return head_of(self.versions(entry_id))

    def unsealed(self, commitments: Collection[str]) -> dict[str, str]:
        """The values of sealed texts by their commitments, without those that were erased."""
        return self._values.values(commitments)

    def disclosures(self, position: int) -> Iterator[Disclosure]:
        """The values sealed up to a position that are not erased, with what proves them."""
        return self._values.kept(position)

    def sealed_fields(self, position: int) -> Iterator[SealedPlace]:
        """Every sealed field of every version up to a position, in order. A field that is
        erased by a later record counts as not erased.
        """
        gone = {each.commitment for each in erasures(self._log, position)}
        return sealed_places(self._log, position, gone)

    def told(self, position: int, record: bytes) -> Told:
        """What a record that was read tells of its version. Raises LedgerDistrusted."""
        try:
            return told_by(decode(record))
        except (ValueError, KeyError) as error:
            finding = f"The record at position {position} cannot be read: it was changed."
            raise LedgerDistrusted(self._name, finding, of_a_read=True) from error

    def _held(self, rows: Sequence[Row]) -> list[tuple[int, bytes]]:
        """Rows of position, record and leaf hash, without the hash, which is checked."""
        with self._trust.reading():
            return [(row[0], held(*row)) for row in rows]
