"""What is stored of one ledger, and how it is read. Reads block and may be made from any
thread, unless they are to be awaited.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Iterator, Sequence
from datetime import datetime
from typing import NamedTuple

from ledger_service.application.opened import OpenedLedger
from ledger_service.application.tokens import read_token, write_token
from ledger_service.audit.tree import EMPTY_ROOT
from ledger_service.domain.checks import EntryHead
from ledger_service.domain.checks.fields import ID
from ledger_service.domain.values.entries import Version
from ledger_service.domain.values.refusals import CutOutOfRange, LedgerDistrusted
from ledger_service.domain.values.stopping import looking
from ledger_service.persistence.recording.erasure import erasures
from ledger_service.persistence.records import (
    LedgerOpened,
    Record,
    decode,
    microseconds_of,
    time_of,
    version_of,
)
from ledger_service.persistence.sealing.sealed_values import (
    Disclosure,
    SealedPlace,
    SealedValues,
    sealed_places,
)
from ledger_service.persistence.signing.trust import Trust
from ledger_service.persistence.storage.log import RequestRow, held
from ledger_service.persistence.storage.reader import LogReader
from ledger_service.persistence.storage.stores import Store


class HeadSummary(NamedTuple):
    """The end of a log: its last position, the tree's root there, and when it was
    recorded.
    """

    position: int
    root_hash: bytes
    recorded_at: datetime


class End(NamedTuple):
    """The end of a whole request, the tree's root there, and when it was recorded: never
    for the empty log.
    """

    position: int
    root_hash: bytes
    recorded_at: datetime | None


class StoredLedger(OpenedLedger):
    """`head` is the end of the log as this process knows it. Each record that is read is
    held against its leaf hash, unless said otherwise; one that does not fit withdraws the
    trust in the log, and LedgerDistrusted is raised.
    """

    _trust: Trust

    def __init__(
        self,
        name: str,
        store: Store,
        clock: Callable[[], datetime],
        opening: LedgerOpened | None = None,
    ) -> None:
        super().__init__(name, store, clock, opening)
        self._reader = LogReader(self._log)
        self._values = SealedValues(self._log)
        self._head = self._read_head()

    @property
    def head(self) -> HeadSummary:
        return self._head

    def token(self, position: int) -> str:
        return write_token(self.identity, position)

    def position_of(self, token: str) -> int:
        """Raises InvalidToken or CutOutOfRange."""
        position = read_token(self.identity, token)
        head = self._head.position
        if position > head:
            raise CutOutOfRange("The position of the token", str(position), head)
        return position

    def boundary(self, position: int) -> int:
        """The end of the last request that ends at or before a position."""
        if position >= (head := self._head.position):
            return head
        row = self._log.request_ending_by(position)
        return row.last_position if row else 0

    def boundary_after(self, position: int) -> int:
        """The end of the first request that ends after a position, which is not the head."""
        end = self._reader.next_end(position)
        assert end is not None
        return end

    async def end_by(self, position: int) -> End:
        """The end of the last request that ends at or before a position."""
        if position >= self._head.position:
            return End(*self._head)
        row = await self._found(lambda: self._log.request_ending_by(position))
        if row is None:
            return End(0, EMPTY_ROOT, None)
        return End(row.last_position, row.root_hash, time_of(row.recorded_at))

    async def position_at(self, when: datetime) -> int:
        """The end of the last request recorded at or before a time."""
        time = microseconds_of(when)
        row = await self._found(lambda: self._log.request_recorded_by(time))
        return row.last_position if row else 0

    @property
    def is_local(self) -> bool:
        """Whether a few records are read sooner than a thread begins to."""
        return not self._log.is_remote

    def root_at(self, position: int) -> bytes:
        """The tree's root over the records up to a position of the log."""
        if position == (head := self._head).position:
            return head.root_hash
        row = self._log.request_ending_by(position)
        if row is not None and row.last_position == position:
            return row.root_hash
        return self._log.root(position)

    def recorded_at(self, position: int) -> datetime | None:
        """When a position was recorded; None for position 0."""
        if position == 0:
            return None
        row = self._log.request_ending_by(position)
        if row is not None and row.last_position == position:
            return time_of(row.recorded_at)
        return datetime.fromisoformat(self._record_at(position).time)

    def records(self, first: int, last: int) -> list[tuple[int, bytes]]:
        """The stored bytes from one position to another, both inclusive."""
        return self._held(self._reader.between(first, last))

    def held_lines(self, first: int, last: int) -> bytes:
        """The same bytes, with line feeds between the records; empty if there is none."""
        return b"\n".join(record for _, record in self.records(first, last))

    def lines(self, first: int, last: int) -> bytes:
        """The same, not held against anything."""
        return self.counted_lines(first, last)[1]

    def hold(self, positions: Sequence[int]) -> None:
        """Only holds the records at some positions against their leaf hashes."""
        self._held(self._reader.at(positions))

    def counted_lines(self, first: int, last: int) -> tuple[int, bytes]:
        """As `lines`, and how many records that are."""
        return self._reader.lines(first, last)

    def versions_at(self, positions: Sequence[int]) -> list[Version]:
        """The versions that stand at some positions."""
        rows = self._held(self._reader.at(positions))
        found = {row[0]: self._version(*row) for row in looking(rows)}
        return [found[position] for position in positions]

    def versions(self, entry_id: str) -> list[Version]:
        """All versions of an entry, oldest first; none if there is no such entry. What
        cannot be an id, such as that of the ledger's own records, is none.
        """
        if not ID.fullmatch(entry_id):
            return []
        rows = self._held(self._reader.of_entry(entry_id))
        return [self._version(*row) for row in rows]

    def entry_head(self, entry_id: str) -> EntryHead | None:
        """The last committed version of an entry and its last state; None if there is no
        such entry.
        """
        versions = self.versions(entry_id)
        for each in reversed(versions):
            if each.state is not None:
                return EntryHead(versions[-1].version, each.state)
        return None

    def unsealed(self, commitments: Collection[str]) -> dict[str, str]:
        """The values of sealed texts by their commitments; none for those erased."""
        return self._values.values(commitments)

    def disclosures(self, position: int) -> Iterator[Disclosure]:
        """What was sealed up to a position and is not erased, with what proves it."""
        return self._values.kept(position)

    def sealed_fields(self, position: int) -> Iterator[SealedPlace]:
        """Every sealed field of every version up to a position, in order, as the log up
        to there tells it: what is erased later is not erased there.
        """
        gone = {each.commitment for each in erasures(self._log, position)}
        return sealed_places(self._log, position, gone)

    def _read_head(self) -> HeadSummary:
        head = self._log.head
        return HeadSummary(head.position, head.tree.root(), time_of(head.recorded_at))

    async def _found(self, look: Callable[[], RequestRow | None]) -> RequestRow | None:
        """A row by its key is there sooner than a thread is, in a database that is near."""
        return look() if self.is_local else await asyncio.to_thread(look)

    def _held(self, rows: Sequence[tuple[int, bytes, bytes]]) -> list[tuple[int, bytes]]:
        """Rows of positions, records and leaf hashes, without these."""
        with self._trust.guarding():
            return [(row[0], held(*row)) for row in rows]

    def _version(self, position: int, record: bytes) -> Version:
        try:
            return version_of(decode(record))
        except (ValueError, KeyError) as error:
            finding = f"The record at position {position} cannot be read: it was changed."
            raise LedgerDistrusted(self.name, finding) from error

    def _record_at(self, position: int) -> Record:
        ((_, record),) = self.records(position, position)
        return decode(record)
