"""What LedgerService offers: ledgers, and recording in them."""

from __future__ import annotations

import uuid
from collections.abc import AsyncGenerator, Iterable, Sequence
from functools import partial

from diplomatic_ledger.batches import Limits, batches
from diplomatic_ledger.batches import request_id as content_id
from diplomatic_ledger.connection import DEFAULT_SERVER, DEFAULT_TIMEOUT_SECONDS, Connection
from diplomatic_ledger.cuts import Day, iso
from diplomatic_ledger.gathering import Gathering
from diplomatic_ledger.listing import Listing
from diplomatic_ledger.v1.ledger_service_pb2 import (
    CreateLedgerRequest,
    GetLedgerRequest,
    GetServerInfoRequest,
    GetServerInfoResponse,
    LedgerInfo,
    ListLedgersRequest,
    Recorded,
    RecordItem,
    RecordRequest,
    RecordResponse,
)


class Recording(Connection):
    def __init__(
        self, server: str = DEFAULT_SERVER, *, timeout: float = DEFAULT_TIMEOUT_SECONDS
    ) -> None:
        super().__init__(server, timeout=timeout)
        self._gatherings: dict[str, Gathering] = {}

    async def close(self) -> None:
        """Ends the connection, after what `record_one` still has to send."""
        for gathering in self._gatherings.values():
            await gathering.close()
        await super().close()

    async def server_info(self) -> GetServerInfoResponse:
        """Version and limits of the service."""
        return await self._call(self._ledger_service.GetServerInfo, GetServerInfoRequest())

    async def create_ledger(
        self, name: str, title: str, *, purpose: str = "", opens_on: Day | None = None
    ) -> LedgerInfo:
        """Opens a ledger; one with the same name and content is simply returned."""
        request = CreateLedgerRequest(
            name=name, title=title, purpose=purpose, opens_on=iso(opens_on)
        )
        answer = await self._call(self._ledger_service.CreateLedger, request)
        return self._remember_ledger(answer.ledger)

    async def ledger(self, name: str) -> LedgerInfo:
        """A ledger with its head: position, root hash, token."""
        request = GetLedgerRequest(ledger=name)
        answer = await self._call(self._ledger_service.GetLedger, request)
        return self._remember_ledger(answer.ledger)

    def ledgers(self) -> Listing[LedgerInfo]:
        """All ledgers by name."""
        request = ListLedgersRequest()
        return self._listing(
            self._ledger_service.ListLedgers, request, lambda page: page.ledgers
        )

    async def record(
        self,
        ledger: str,
        items: Iterable[RecordItem],
        *,
        request_id: str = "",
        receipts: bool = False,
    ) -> RecordResponse:
        """Records items, all or none; returns once they are durable, with a receipt for
        each when `receipts` are asked for.

        Without a request id one is made, so that a repeated attempt records once. To find
        out what became of a call that ran out of time, call again with the same id.
        """
        request = RecordRequest(
            ledger=ledger,
            request_id=request_id or str(uuid.uuid4()),
            items=items,
            receipts=receipts,
        )
        answer = await self._call(self._ledger_service.Record, request)
        if answer.recorded:
            self._remember(ledger, answer.recorded[-1].position, answer.token)
        return answer

    async def record_one(self, ledger: str, item: RecordItem) -> Recorded:
        """Records one item; returns once it is durable. Many callers at a time share
        requests, and each gets the answer to its own item.

        Give a new entry an id of your own: then a repetition after a failure is told from
        a second entry.
        """
        gathering = self._gatherings.get(ledger)
        if gathering is None:
            gathering = self._gatherings[ledger] = Gathering(partial(self.record, ledger))
        return await gathering.record(item)

    async def record_all(
        self, ledger: str, items: Sequence[RecordItem]
    ) -> AsyncGenerator[RecordResponse]:
        """Records any number of items in as few requests as fit the service's limits.

        Each request is all or none. Its id follows from its content: run again after a
        failure, what was recorded is found and not recorded twice. Raises TooLarge, before
        anything is recorded, when items that refer to one another do not fit together.
        """
        for batch in list(batches(items, await self._limits())):
            yield await self.record(ledger, batch, request_id=content_id(ledger, batch))

    async def check(self, ledger: str, items: Sequence[RecordItem]) -> None:
        """Raises what recording these items would, without recording any, as the ledger is
        now or as if it were new. Of what needs several requests the first one is checked.
        """
        limits = await self._limits()
        first = next(iter(batches(items, limits)), [])
        request = RecordRequest(ledger=ledger, items=first, validate_only=True)
        await self._call(self._ledger_service.Record, request)

    async def _limits(self) -> Limits:
        info = await self.server_info()
        return Limits(items=info.max_entries, message_bytes=info.max_message_bytes)

    def _remember_ledger(self, info: LedgerInfo) -> LedgerInfo:
        self._remember(info.name, info.position, info.token)
        return info
