"""The API as a test calls it: requests from values, refusals taken apart."""

from __future__ import annotations

from collections.abc import Awaitable, Iterable
from dataclasses import dataclass
from typing import Any

import grpc
from diplomatic_ledger.v1 import items_pb2
from diplomatic_ledger.v1 import ledger_service_pb2 as pb
from diplomatic_ledger.v1.cuts_pb2 import Cuts
from diplomatic_ledger.v1.history_service_pb2_grpc import HistoryServiceStub
from diplomatic_ledger.v1.ledger_service_pb2_grpc import LedgerServiceStub
from diplomatic_ledger.v1.standing_service_pb2 import ListActsRequest
from diplomatic_ledger.v1.standing_service_pb2_grpc import StandingServiceStub
from google.rpc import error_details_pb2
from google.rpc.status_pb2 import Status
from grpc_status.rpc_status import GRPC_DETAILS_METADATA_KEY

from ledger_service.api.messages import writing
from ledger_service.domain.values.commands import Amendment, Annulment, Item, NewEntry
from tests.support.examples import a_ledgerful

NAME = "us-dprk"


class Api:
    """The three services over one channel, and the one ledger that most tests use."""

    def __init__(self, channel: grpc.aio.Channel) -> None:
        self.channel = channel
        self.ledgers: Any = LedgerServiceStub(channel)
        self.history: Any = HistoryServiceStub(channel)
        self.standing: Any = StandingServiceStub(channel)

    async def open_ledger(self, name: str = NAME) -> pb.LedgerInfo:
        request = pb.CreateLedgerRequest(ledger=name, title="Talks", purpose="To test.")
        return (await self.ledgers.CreateLedger(request)).ledger

    async def record(
        self, *items: Item, request_id: str = "", ledger: str = NAME, **call: Any
    ) -> pb.RecordResponse:
        return await self.ledgers.Record(
            record_request(*items, request_id=request_id, ledger=ledger), **call
        )

    async def served(self) -> list[str]:
        """The names of the ledgers of the first page that are served."""
        listed = await self.ledgers.ListLedgers(pb.ListLedgersRequest())
        return [each.ledger for each in listed.ledgers if not each.untold]

    async def head(self, ledger: str = NAME) -> int:
        answer = await self.ledgers.GetLedger(pb.GetLedgerRequest(ledger=ledger))
        return answer.ledger.position

    async def seen(self, recorded: pb.RecordResponse) -> pb.RecordResponse:
        """What was recorded, once questions that name no token see it too."""
        cuts = Cuts(at_least=recorded.token)
        await self.standing.ListActs(ListActsRequest(ledger=NAME, cuts=cuts, page_size=1))
        return recorded


class SeeingApi(Api):
    """The same for tests that ask for what they have just recorded."""

    async def record(self, *items: Item, **how: Any) -> pb.RecordResponse:
        return await self.seen(await super().record(*items, **how))


def record_request(*items: Item, request_id: str = "", ledger: str = NAME) -> pb.RecordRequest:
    """A request for the items; without any, one that records `a_ledgerful`."""
    return pb.RecordRequest(
        ledger=ledger, request_id=request_id, items=map(message, items or a_ledgerful())
    )


def message(item: Item) -> items_pb2.RecordItem:
    match item:
        case NewEntry():
            return items_pb2.RecordItem(
                entry=items_pb2.NewEntry(
                    entry_id=item.entry_id, state=writing.state(item.state)
                )
            )
        case Annulment():
            return items_pb2.RecordItem(
                annulment=items_pb2.Annulment(
                    entry_id=item.entry_id,
                    reason=item.reason,
                    expected_version=_expected(item.expected_version),
                )
            )
        case Amendment():
            told = item.report is not None
            amended = items_pb2.RecordItem(
                amendment=items_pb2.Amendment(
                    entry_id=item.entry_id,
                    reason=item.reason,
                    expected_version=_expected(item.expected_version),
                    correction=None if told else items_pb2.Correction(),
                    new_information=items_pb2.NewInformation(report=item.report)
                    if told
                    else None,
                    state=None if item.state is None else writing.state(item.state),
                )
            )
            writing.add_evidence(amended.amendment.evidence_added, item.evidence_added)
            return amended


def _expected(version: int | None) -> items_pb2.ExpectedVersion | None:
    return None if version is None else items_pb2.ExpectedVersion(exactly=version)


@dataclass(frozen=True)
class Refusal:
    """An error of the API, taken apart. `fields` holds the violations by their path."""

    code: grpc.StatusCode
    text: str
    reason: str
    domain: str
    metadata: dict[str, str]
    fields: dict[str, str]
    request_id: str
    retry_seconds: int | None


async def refused(call: Awaitable[Any]) -> Refusal:
    """The refusal that `call` meets; fails when it is answered."""
    try:
        answer = await call
    except grpc.aio.AioRpcError as error:
        return taken_apart(error)
    raise AssertionError(f"It was answered: {answer}")


async def refused_stream(stream: Any) -> tuple[list[Any], Refusal]:
    """What a stream said before it ended with a refusal."""
    said = []
    try:
        async for each in stream:
            said.append(each)  # noqa: PERF401 - kept when the stream breaks off
    except grpc.aio.AioRpcError as error:
        return said, taken_apart(error)
    raise AssertionError(f"It ended without a refusal after {said}")


def taken_apart(error: grpc.aio.AioRpcError) -> Refusal:
    status = _status(error.trailing_metadata() or ())
    info, request, bad, retry = (
        error_details_pb2.ErrorInfo(),
        error_details_pb2.RequestInfo(),
        error_details_pb2.BadRequest(),
        error_details_pb2.RetryInfo(),
    )
    kinds = [any_.TypeName() for any_ in status.details]
    assert len(kinds) == len(set(kinds)), "each kind of detail stands once"
    for any_ in status.details:
        for detail in (info, request, bad, retry):
            any_.Unpack(detail)
    return Refusal(
        code=error.code(),
        text=error.details() or "",
        reason=info.reason,
        domain=info.domain,
        metadata=dict(info.metadata),
        fields={each.field: each.description for each in bad.field_violations},
        request_id=request.request_id,
        retry_seconds=retry.retry_delay.seconds if "google.rpc.RetryInfo" in kinds else None,
    )


def _status(metadata: Iterable[Any]) -> Status:
    for key, value in metadata:
        if key == GRPC_DETAILS_METADATA_KEY:
            return Status.FromString(value)
    raise AssertionError("The error carries no details.")
