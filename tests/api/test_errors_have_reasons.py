"""Every error has a reason and the id of its call, whoever raises it."""

import grpc
import pytest
from diplomatic_ledger import LedgerClient, LimitReached, TooLarge, UnknownMethod, json_form
from diplomatic_ledger.v1 import ledger_service_pb2 as pb

from ledger_service.domain.values.limits import MESSAGE_BYTES
from ledger_service.service import Service
from tests.support.wire import NAME, Api, refused, taken_apart

MINE = (("x-request-id", "my-call-7"),)


@pytest.mark.parametrize(
    "method",
    [
        "/diplomatic_ledger.v1.LedgerService/RecordAll",
        "/diplomatic_ledger.v2.LedgerService/Record",
        "/nobody.knows.This/Method",
    ],
)
async def test_a_method_that_is_not_there_is_refused_with_a_reason(
    api: Api, method: str
) -> None:
    refusal = await refused(api.channel.unary_unary(method)(b"", metadata=MINE))
    assert refusal.code is grpc.StatusCode.UNIMPLEMENTED
    assert refusal.reason == "UNKNOWN_METHOD"
    assert refusal.metadata == {"method": method}
    assert refusal.request_id == "my-call-7"
    assert method in refusal.text


async def test_a_long_name_of_a_method_is_cut(api: Api) -> None:
    refusal = await refused(api.channel.unary_unary("/" + "x" * 5000 + "/y")(b""))
    assert len(refusal.metadata["method"]) == 120


async def test_a_stream_that_is_not_there_is_refused_alike(api: Api) -> None:
    call = api.channel.unary_stream("/diplomatic_ledger.v1.HistoryService/Watch")(b"")
    with pytest.raises(grpc.aio.AioRpcError) as error:
        async for _ in call:
            pass
    assert taken_apart(error.value).reason == "UNKNOWN_METHOD"


async def test_an_error_goes_back_with_the_id_that_the_caller_gave_its_call(api: Api) -> None:
    request = pb.GetLedgerRequest(ledger="nowhere")
    with pytest.raises(grpc.aio.AioRpcError) as error:
        await api.ledgers.GetLedger(request, metadata=MINE)
    trailing = dict(error.value.trailing_metadata() or ())
    assert trailing["x-request-id"] == "my-call-7"
    assert taken_apart(error.value).request_id == "my-call-7"


async def test_an_error_has_an_id_also_when_the_caller_gave_none(api: Api) -> None:
    with pytest.raises(grpc.aio.AioRpcError) as error:
        await api.ledgers.GetLedger(pb.GetLedgerRequest(ledger="nowhere"))
    trailing = dict(error.value.trailing_metadata() or ())
    assert trailing["x-request-id"] == taken_apart(error.value).request_id != ""


async def test_an_answer_goes_back_with_it_as_before(api: Api) -> None:
    call = api.ledgers.GetServerInfo(pb.GetServerInfoRequest(), metadata=MINE)
    await call
    assert dict(await call.trailing_metadata())["x-request-id"] == "my-call-7"


async def test_who_sends_a_little_too_much_is_told_the_bounds(service: Service) -> None:
    options = (("grpc.max_send_message_length", -1),)
    async with grpc.aio.insecure_channel(service.address, options) as channel:
        api = Api(channel)
        await api.open_ledger()
        request = pb.RecordRequest(ledger=NAME, request_id="x" * MESSAGE_BYTES)
        refusal = await refused(api.ledgers.Record(request))
    assert refusal.reason == "VALIDATION_FAILED"
    assert "It may have 16,777,216 at most." in refusal.fields[""]


async def test_a_client_does_not_send_what_is_too_large(service: Service, api: Api) -> None:
    party = {"id": "us", "party": {"name": "US", "kind": "state", "note": "x" * 200_000}}
    items = [json_form.read_item(party)] * 90
    async with LedgerClient(service.address) as client:
        with pytest.raises(TooLarge, match="the service takes 16,777,216 at most"):
            await client.record(NAME, items)
    assert await api.head() == 1


async def test_what_the_transport_refuses_for_its_size_is_not_to_be_tried_again(
    service: Service,
) -> None:
    async with LedgerClient(service.address) as client:
        client._line.most_bytes = 2**40
        party = {"id": "us", "party": {"name": "US", "kind": "state", "note": "x" * 200_000}}
        with pytest.raises(LimitReached) as refused_:
            await client.record(NAME, [json_form.read_item(party)] * 100)
    assert refused_.value.code is grpc.StatusCode.RESOURCE_EXHAUSTED


async def test_a_client_tells_the_id_of_a_call_that_failed(service: Service) -> None:
    async with LedgerClient(service.address) as client:
        with pytest.raises(Exception, match="nowhere") as error:
            await client.ledger("nowhere")
        assert len(error.value.call_id) == 32
        with pytest.raises(UnknownMethod) as unknown:
            await client._call(
                client._line.services.channel.unary_unary(
                    "/diplomatic_ledger.v1.LedgerService/Later",
                    request_serializer=pb.GetLedgerRequest.SerializeToString,
                ),
                pb.GetLedgerRequest(),
            )
    assert unknown.value.reason == "UNKNOWN_METHOD"
