"""Positions of one log: where its requests end, when they were recorded, and which one a token
names. No answer shows half of a request, so the position of each answer is the end of one.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import NamedTuple

from ledger_service.application.ledger_reader import LedgerReader
from ledger_service.application.log_follower import LogFollower
from ledger_service.application.tokens import read_token, write_token
from ledger_service.audit.tree import EMPTY_ROOT
from ledger_service.domain.values.cuts import Cuts
from ledger_service.domain.values.refusals import CutOutOfRange, ReplicaBehind
from ledger_service.persistence.records import decode, microseconds_of, time_of
from ledger_service.persistence.storage.log import LogRecorder, RequestRow
from ledger_service.persistence.storage.reader import LogReader

_POSITIONS_AT_ONCE = 1_000


class End(NamedTuple):
    """The end of a whole request: its position, the root of the tree there, and when it was
    recorded (None for the empty log).
    """

    position: int
    root_hash: bytes
    recorded_at: datetime | None


class Positions:
    """Positions of the ledger that has these identities (`identity_at` a position). Methods that are no coroutines block, and
    may be called from any thread. It has no state that changes.
    """

    def __init__(
        self,
        log: LogRecorder,
        reader: LedgerReader,
        follower: LogFollower,
        identity_at: Callable[[int], bytes],
    ) -> None:
        self._log = log
        self._rows = LogReader(log)
        self._reader = reader
        self._follower = follower
        self._identity_at = identity_at

    def token(self, position: int) -> str:
        return write_token(self._identity_at(position), position)

    def position_of(self, token: str, field: str = "") -> int:
        """The position in a token, which stands in this field of some cuts. Raises InvalidToken
        or CutOutOfRange.
        """
        position = read_token(self._identity_at, token, field)
        head = self._follower.head.position
        if position > head:
            raise CutOutOfRange("The position of the token", str(position), head)
        return position

    async def reached(self, token: str, field: str = "") -> int:
        """The position in a token, which another process may have issued just now. Raises
        InvalidToken or CutOutOfRange.
        """
        await self._follower.look_for(read_token(self._identity_at, token, field))
        return self.position_of(token, field)

    def refuse_when_behind(self, cuts: Cuts) -> None:
        """Raises ReplicaBehind when the log of a replica does not reach the cuts yet."""
        tokens = {"at_least": cuts.at_least, "token": cuts.token}
        wanted = [
            read_token(self._identity_at, token, field)
            for field, token in tokens.items()
            if token
        ]
        position = self._follower.head.position
        if not self._log.writable and max((*wanted, cuts.position or 0)) > position:
            raise ReplicaBehind(position)

    def boundary(self, position: int) -> int:
        """The end of the last request that ends at or before a position."""
        if position >= (head := self._follower.head.position):
            return head
        row = self._log.request_ending_by(position)
        return row.last_position if row else 0

    def boundary_after(self, position: int) -> int:
        """The end of the first request that ends after a position, which must lie before the
        head.
        """
        end = self._rows.next_end(position)
        assert end is not None
        return end

    async def end_by(self, position: int) -> End:
        """The end of the last request that ends at or before a position, with the time and the
        root hash there. Looks into the log on a thread where the database is remote.
        """
        head = self._follower.head
        if position >= head.position:
            return End(*head)
        return _end(await self._found(lambda: self._log.request_ending_by(position)))

    def end_at_once(self, position: int) -> End | None:
        """The same for a position before the head; None where the database is remote."""
        if self._log.is_remote:
            return None
        return _end(self._log.request_ending_by(position))

    def ends_between(self, after: int, upto: int) -> Iterator[End]:
        """The ends of the requests that end behind a position and at or before another one, in
        order; some are looked up at a time.
        """
        for first in range(after, upto, _POSITIONS_AT_ONCE):
            last = min(first + _POSITIONS_AT_ONCE, upto)
            for row in self._log.requests_between(first, last):
                yield End(row.last_position, row.root_hash, time_of(row.recorded_at))

    async def position_at(self, when: datetime) -> int:
        """The end of the last request recorded at or before a time."""
        time = microseconds_of(when)
        row = await self._found(lambda: self._log.request_recorded_by(time))
        return row.last_position if row else 0

    def recorded_at(self, position: int) -> datetime | None:
        """When a position was recorded; None for position 0."""
        if position == 0:
            return None
        row = self._log.request_ending_by(position)
        if row is not None and row.last_position == position:
            return time_of(row.recorded_at)
        ((_, record),) = self._reader.records(position, position)
        return datetime.fromisoformat(decode(record).time)

    async def _found(self, look: Callable[[], RequestRow | None]) -> RequestRow | None:
        """A local key look-up is cheaper than a thread hop."""
        return await asyncio.to_thread(look) if self._log.is_remote else look()


def _end(row: RequestRow | None) -> End:
    if row is None:
        return End(0, EMPTY_ROOT, None)
    return End(row.last_position, row.root_hash, time_of(row.recorded_at))
