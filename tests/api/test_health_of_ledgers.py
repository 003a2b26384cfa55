"""Each ledger has a name of its own in the standard health service, and what is wrong with
it is told in words.
"""

import asyncio
import threading
from typing import Any

import grpc
from diplomatic_ledger.v1 import ledger_service_pb2 as pb
from grpc_health.v1 import health_pb2, health_pb2_grpc

from ledger_service.service import Service
from tests.support.wire import Api

SERVING = health_pb2.HealthCheckResponse.SERVING
NOT_SERVING = health_pb2.HealthCheckResponse.NOT_SERVING


def watched(api: Api, name: str) -> Any:
    stub: Any = health_pb2_grpc.HealthStub(api.channel)
    return aiter(stub.Watch(health_pb2.HealthCheckRequest(service=name), timeout=10))


async def health(api: Api, name: str) -> int:
    stub: Any = health_pb2_grpc.HealthStub(api.channel)
    return (await stub.Check(health_pb2.HealthCheckRequest(service=name))).status  # type: ignore[no-any-return]


async def problems(api: Api) -> list[Any]:
    return list((await api.ledgers.GetServerInfo(pb.GetServerInfoRequest())).problems)


async def test_a_ledger_that_is_made_gets_its_name(api: Api, service: Service) -> None:
    await api.open_ledger("another")
    said = watched(api, "ledger/another")
    while (await anext(said)).status != SERVING:
        pass
    stub: Any = health_pb2_grpc.HealthStub(api.channel)
    try:
        await stub.Check(health_pb2.HealthCheckRequest(service="ledger/nobody"))
    except grpc.aio.AioRpcError as error:
        assert error.code() is grpc.StatusCode.NOT_FOUND  # noqa: PT017
    else:
        raise AssertionError


async def test_a_problem_of_one_ledger_is_shown_and_goes_away(
    api: Api, service: Service
) -> None:
    await api.open_ledger("another")
    said = watched(api, "ledger/us-dprk")
    while (await anext(said)).status != SERVING:
        pass
    ledger = service.registry.get("us-dprk").ledger

    finding = "The record at position 1 does not fit its leaf hash."
    telling = threading.Thread(target=ledger.audit.withdraw, args=(finding,))
    telling.start()
    assert (await anext(said)).status == NOT_SERVING
    assert await health(api, "ledger/another") == SERVING
    assert await health(api, "") == SERVING, "the service serves as before"
    (problem,) = await problems(api)
    assert (problem.ledger, problem.part) == ("us-dprk", "trust")
    assert problem.text == f"The ledger is read only. {finding}"
    assert problem.since.ToDatetime().isoformat() == "2018-08-18T12:00:00"

    await ledger.audit.check()
    assert (await anext(said)).status == SERVING
    assert await problems(api) == []
    await asyncio.to_thread(telling.join)
