"""What LedgerService offers: ledgers, and recording in them."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import AsyncGenerator, Iterable, Sequence
from contextlib import aclosing
from functools import partial
from typing import Annotated, Literal, TypeAlias

import grpc

from diplomatic_ledger.arguments import AsRead
from diplomatic_ledger.batches import Batch, Limits, batches, said_once
from diplomatic_ledger.batches import request_id as content_id
from diplomatic_ledger.batching import Batching
from diplomatic_ledger.connection import Connection
from diplomatic_ledger.cuts import Day, iso, number
from diplomatic_ledger.errors import (
    EntryExists,
    InvalidArgument,
    InvalidRequest,
    LedgerError,
    Violation,
)
from diplomatic_ledger.in_flight import in_order
from diplomatic_ledger.item_numbers import renumber_error, renumbered_remarks
from diplomatic_ledger.pagination import Listing
from diplomatic_ledger.v1.items_pb2 import RecordItem
from diplomatic_ledger.v1.ledger_service_pb2 import (
    BatchGetAuthorsRequest,
    CreateLedgerRequest,
    GetLedgerRequest,
    GetServerInfoRequest,
    GetServerInfoResponse,
    GetUserRequest,
    GetUserResponse,
    IfExists,
    IfRemarked,
    LedgerInfo,
    ListLedgersRequest,
    Recorded,
    RecordRequest,
    RecordResponse,
)

#: What becomes of a new entry whose id is taken.
IfExistsWord: TypeAlias = Literal["fail", "accept_identical"]
#: What becomes of a request on which something is remarked.
IfRemarkedWord: TypeAlias = Literal["tell", "refuse"]
#: Any number of items.
ManyItems: TypeAlias = Annotated[Iterable[RecordItem], AsRead]


class Recording(Connection):
    async def close(self) -> None:
        """Ends the connection, after what `record_one` still has to send. Closing it again
        does nothing.
        """
        if self._home.is_elsewhere:
            self._gatherings.clear()  # they wait in a loop that is not ours
        for gathering in self._gatherings.values():
            await gathering.close()
        await super().close()

    async def server_info(self) -> GetServerInfoResponse:
        """Version of the service, its limits and its built-in scales.

        Returns:
            The versions, the largest request in entries and bytes, and ids of scales.
        """
        info = await self._call(self._ledger_service.GetServerInfo, GetServerInfoRequest())
        self._silence.learn(info)
        self._line.most_bytes = info.max_message_bytes or self._line.most_bytes
        return info

    async def user(self) -> GetUserResponse:
        """Who calls, as the service knows it: issuer, subject, name, author in records, and
        what the user may do in which ledger.

        Returns:
            The user; empty but for the rights where the service asks nobody who calls.

        Raises:
            NotIdentified: the service asks who calls, and does not know it.
        """
        return await self._call(self._ledger_service.GetUser, GetUserRequest())

    async def authors(self, ledger: str, authors: Iterable[str]) -> dict[str, str]:
        """The names of those whom authors stand for, as records name them in `recorded_by`.

        Args:
            ledger: Name of the ledger whose records name them.
            authors: Authors; up to 500 different ones.

        Returns:
            The name for each author; an empty one where nobody can tell.

        Raises:
            LedgerNotFound: there is no ledger of this name.
        """
        wanted = list(dict.fromkeys(authors))
        if not wanted:
            return {}
        request = BatchGetAuthorsRequest(ledger=ledger, authors=wanted)
        answer = await self._call(self._ledger_service.BatchGetAuthors, request)
        return {each.author: each.name for each in answer.authors}

    async def create_ledger(
        self, ledger: str, title: str, *, purpose: str = "", opens_on: Day | None = None
    ) -> LedgerInfo:
        """Opens a ledger. One that is there already, with the same title, purpose and opening
        day, is returned as it is, so a repeated call does no harm.

        Args:
            ledger: Name of the ledger: 1 to 40 of a-z, 0-9 and `-`, beginning with a letter.
            title: Title for people, at most 500 bytes.
            purpose: What it is kept for, at most 4,000 bytes. Default: nothing.
            opens_on: First day that the ledger looks at; it bounds dates with an open start.
                Default: none.

        Returns:
            The ledger with its origin, first key and head.

        Raises:
            LedgerExists: the name is taken by a ledger with another title, purpose or day.
            InvalidRequest: a field breaks a rule; `violations` lists all of them.
        """
        request = CreateLedgerRequest(
            ledger=ledger, title=title, purpose=purpose, opens_on=iso(opens_on)
        )
        answer = await self._call(self._ledger_service.CreateLedger, request)
        return self._remember_ledger(answer.ledger)

    async def ledger(self, ledger: str) -> LedgerInfo:
        """A ledger with its head: last position, root hash of the tree there, and token.

        Args:
            ledger: Name of the ledger.

        Raises:
            LedgerNotFound: there is no ledger of this name.
        """
        request = GetLedgerRequest(ledger=ledger)
        answer = await self._call(self._ledger_service.GetLedger, request)
        return self._remember_ledger(answer.ledger)

    def ledgers(self) -> Listing[LedgerInfo]:
        """All ledgers of the service, by name. Of one that is not served no more is told than
        the name, and in `untold` why.

        Returns:
            A Listing: iterate over it, or call `all()`.
        """
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
        if_exists: IfExistsWord = "fail",
        if_remarked: IfRemarkedWord = "tell",
    ) -> RecordResponse:
        """Records items, all or none; returns once they are durable.

        Args:
            ledger: Name of the ledger, such as `us-dprk-2018`.
            items: New entries, amendments and annulments, at most 1,000; see
                `diplomatic_ledger.json_form.read_item` for items from plain values.
            request_id: Your name for this attempt. The same id with the same items is recorded
                once, however often it is sent. An attempt that recorded nothing leaves its id
                free, also where all of it was there already. Default: a random one, so that the retries
                within this call record once.
            receipts: Whether to return a C2SP tlog-proof for each item. Default: no.
            if_exists: What becomes of a new entry whose id is taken. `fail` (default) refuses the
                request. `accept_identical` answers with the entry that is there, if its newest
                version says the same, and with `already_recorded` for this item.
            if_remarked: What becomes of a request of which something may be a slip, though no
                rule is broken. `tell` (default) records it and tells in `remarks` what that is;
                `refuse` refuses it with `Remarked`.

        Returns:
            For each item its id, version and position; a token for later questions; and remarks.

        Raises:
            InvalidRequest, UnknownReference: an item breaks a rule, or names an entry that is
                not there. Nothing was recorded; `violations` lists all that is wrong.
            Remarked: with `if_remarked="refuse"`; `violations` lists what may be a slip.
            EntryExists, EntryNotFound, VersionConflict: an id is taken, is unknown, or the entry
                is at another version than expected.
            TooLarge: the items have more bytes than the service takes at once.
            RequestIdReused: the request id was used with other items.
            DeadlineExceeded, Unavailable: whether it was recorded is not known. Call again with
                the `request_id` of the exception: the answer tells, and nothing is recorded twice.
            LedgerDistrusted, ReadOnlyService: nothing can be recorded there.

        Example:
            >>> from diplomatic_ledger.json_form import read_item
            >>> item = read_item({"id": "a", "party": {"name": "A", "kind": "state"}})
            >>> answer = await client.record("my-talks", [item], request_id="first-1")
            >>> answer.recorded[0].position
        """
        request = RecordRequest(
            ledger=ledger,
            request_id=request_id or str(uuid.uuid4()),
            items=items,
            receipts=receipts,
            if_exists=number(IfExists.DESCRIPTOR, if_exists),
            if_remarked=number(IfRemarked.DESCRIPTOR, if_remarked),
        )
        try:
            answer = await self._call(self._ledger_service.Record, request)
        except LedgerError as error:
            error.request_id = request.request_id
            raise
        if answer.recorded:
            reached = max(each.position for each in answer.recorded)
            self._remember(ledger, reached, answer.token)
        return answer

    async def record_one(self, ledger: str, item: RecordItem) -> Recorded:
        """Records one item; returns once it is durable. Calls that wait at the same time share
        requests, and each gets the answer to its own item.

        Args:
            ledger: Name of the ledger, such as `us-dprk-2018`.
            item: A new entry with an id of its own, an amendment or an annulment. An entry may be
                recorded again: what is there and says the same is accepted. Say of an amendment
                or annulment which version it expects, so that a repetition is refused.

        Returns:
            Its id, version and position, and whether it was there before (`already_recorded`).

        Raises:
            InvalidArgument: the entry has no id, so that a repetition would be a second entry.
            InvalidRequest, EntryNotFound, VersionConflict: this item is refused. Items that
                shared its request are recorded all the same.
            EntryExists: the id is taken by an entry that says something else.
            DeadlineExceeded, Unavailable: whether it was recorded is not known. Record it again.
        """
        if item.WhichOneof("item") == "entry" and not item.entry.entry_id:
            raise InvalidArgument(
                "The entry has no id. Give it one of your own, so that a repetition is told "
                "from a second entry."
            )
        self._home.check()
        together = (ledger, self._options)
        gathering = self._gatherings.get(together)
        if gathering is None:
            gathering = self._gatherings[together] = Batching(
                partial(self.record, ledger, if_exists="accept_identical"), self._limits
            )
        return await gathering.record(item)

    async def record_all(
        self,
        ledger: str,
        items: ManyItems,
        *,
        if_exists: IfExistsWord = "accept_identical",
        request_prefix: str = "",
        if_remarked: IfRemarkedWord = "tell",
    ) -> AsyncGenerator[RecordResponse]:
        """Records any number of items in as few requests as fit the service's limits, several
        of them under way at a time.

        Each request is all or none, and its id follows from its content: run again after a
        failure, what was recorded is found and not recorded twice. Entries that are there and
        say the same are accepted, so more items may be added before it is run again, in any
        place. Items that refer to later ones share a request with them.

        An entry that stands there twice and says the same is recorded once, however far apart,
        and so often answered as it stands there. With `if_exists="fail"`, or where it says
        something else, it is refused as `InvalidRequest` by its number. A change that stands
        there twice is made twice, unless it says which version it expects.

        Args:
            ledger: Name of the ledger, such as `us-dprk-2018`.
            items: The items, each after those that it names where it can be; a generator will
                do, since only a few thousand are held at a time. It is drawn from on the event
                loop. Items of different requests that do not name one another may come to stand
                in the log in another order. Say of amendments and annulments which version they
                expect: then none is recorded twice either.
            if_exists: What becomes of a new entry whose id is taken, as in `record`.
            request_prefix: How the ids of the requests begin, at most 80 characters, so that what
                was recorded together is found again; see `plan_undo`. Default: nothing.
            if_remarked: What becomes of a request on which something is remarked, as in `record`.

        Yields:
            The answer to each request, in order. `already_recorded` says of the request that it
            had been recorded as a whole, and of an item that its entry was there. Paths of
            remarks have the numbers of all items: `items[1200].entry.state`.

        Raises:
            TooLarge: items that refer to one another do not fit into one request. Of items that
                are further apart than two requests the service says UnknownReference.
            LedgerError: as `record`; paths of violations have the numbers of all items. The
                requests before the refused one stay recorded, and so do those behind it that were
                under way, with `recorded_behind` items.

        Example:
            >>> async for answer in client.record_all("my-talks", items):
            ...     print("recorded up to position", answer.recorded[-1].position)
        """
        sent = Counter[str]()

        async def send(batch: Batch) -> RecordResponse:
            places: Sequence[int] = range(len(batch.items))
            if if_exists == "accept_identical":
                places = said_once(batch.looked)
            some = [batch.items[place] for place in places]
            alike = content_id(ledger, some, if_exists)
            named = content_id(ledger, some, if_exists, sent[alike]) if sent[alike] else alike
            sent[alike] += 1
            numbers = [batch.first + place for place in places]
            try:
                answer = await self.record(
                    ledger,
                    some,
                    request_id=request_prefix + named,
                    if_exists=if_exists,
                    if_remarked=if_remarked,
                )
            except LedgerError as error:
                renumber_error(error, numbers)
                raise _as_in_one_request(error, batch) from None
            remarks = renumbered_remarks(answer.remarks, numbers)
            del answer.remarks[:]
            answer.remarks.extend(remarks)
            return _for_each(answer, batch, places)

        planned = batches(items, await self._limits())
        async with aclosing(in_order(planned, send)) as answers:
            async for answer in answers:
                yield answer

    async def _limits(self) -> Limits:
        info = await self.server_info()
        return Limits(
            items=info.max_entries,
            message_bytes=info.max_message_bytes,
            list_members=info.max_list_members,
        )

    def _remember_ledger(self, info: LedgerInfo) -> LedgerInfo:
        self._remember(info.ledger, info.position, info.token)
        return info


def _as_in_one_request(error: LedgerError, batch: Batch) -> LedgerError:
    """What an error would be if all items were in one request: an entry that is there already,
    since an earlier item has its id, is told as such, wherever they are cut apart.
    """
    entry_id = error.metadata.get("entry_id", "")
    if not isinstance(error, EntryExists) or entry_id not in batch.again:
        return error
    place = next(n for n, each in enumerate(batch.looked) if each.defines == entry_id)
    field = f"items[{batch.first + place}].entry.entry_id"
    problem = f"{entry_id!r} is the id of an earlier item already. Choose another."
    told = InvalidRequest(
        f"{field}: {problem}",
        code=grpc.StatusCode.INVALID_ARGUMENT,
        reason="VALIDATION_FAILED",
        violations=(Violation(field, problem),),
        call_id=error.call_id,
    )
    told.request_id = error.request_id
    return told


def _for_each(answer: RecordResponse, batch: Batch, places: Sequence[int]) -> RecordResponse:
    """The answer with an outcome for each item of the batch, of which those at these places were
    sent: the others say what an earlier one said.
    """
    if len(places) == len(batch.looked) or len(answer.recorded) != len(places):
        return answer
    told = dict(zip(places, answer.recorded, strict=True))
    first = {batch.looked[place].defines: each for place, each in told.items()}
    for place in range(len(batch.looked)):
        if place not in told:
            again = told[place] = Recorded()
            again.CopyFrom(first[batch.looked[place].defines])
            again.already_recorded = True
    whole = [told[place] for place in range(len(batch.looked))]
    del answer.recorded[:]
    answer.recorded.extend(whole)
    return answer
