"""How calls are made: their time and metadata, options and interceptors of the channel, and
addresses that take turns. The services here are scripted.
"""

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Any

import grpc
import pytest
from diplomatic_ledger import (
    InvalidArgument,
    LedgerClient,
    NoAnswer,
    Silent,
    SyncLedgerClient,
    json_form,
)
from diplomatic_ledger.addresses import target
from diplomatic_ledger.v1 import (
    history_service_pb2,
    history_service_pb2_grpc,
    ledger_service_pb2,
    ledger_service_pb2_grpc,
)
from grpc_health.v1 import health, health_pb2, health_pb2_grpc

US = json_form.read_item({"id": "us", "party": {"name": "US", "kind": "state"}})
TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


class Service(
    ledger_service_pb2_grpc.LedgerServiceServicer,
    history_service_pb2_grpc.HistoryServiceServicer,
):
    """Notes the metadata and the time of each call."""

    def __init__(self) -> None:
        self.calls: list[dict[str, Any]] = []
        self.seconds: list[float | None] = []
        self.delay = 0.0
        self.health = health.aio.HealthServicer()
        self.address = ""

    def note(self, context: Any) -> None:
        self.calls.append(dict(context.invocation_metadata()))
        self.seconds.append(context.time_remaining())

    async def GetServerInfo(self, request, context):  # noqa: N802
        return ledger_service_pb2.GetServerInfoResponse(
            max_entries=1000, max_message_bytes=2**24, max_list_members=20_000
        )

    async def GetLedger(self, request, context):  # noqa: N802
        self.note(context)
        await asyncio.sleep(self.delay)
        return ledger_service_pb2.GetLedgerResponse()

    async def ListLedgers(self, request, context):  # noqa: N802
        self.note(context)
        return ledger_service_pb2.ListLedgersResponse()

    async def Record(self, request, context):  # noqa: N802
        self.note(context)
        recorded = [
            ledger_service_pb2.Recorded(entry_id="x", position=2) for _ in request.items
        ]
        return ledger_service_pb2.RecordResponse(recorded=recorded)

    async def ReadLog(self, request, context):  # noqa: N802
        self.note(context)
        yield history_service_pb2.ReadLogResponse(head=1)


async def serve() -> tuple[Service, Any]:
    service, server = Service(), grpc.aio.server()
    ledger_service_pb2_grpc.add_LedgerServiceServicer_to_server(service, server)
    history_service_pb2_grpc.add_HistoryServiceServicer_to_server(service, server)
    health_pb2_grpc.add_HealthServicer_to_server(service.health, server)
    await service.health.set("", health_pb2.HealthCheckResponse.SERVING)
    service.address = f"127.0.0.1:{server.add_insecure_port('127.0.0.1:0')}"
    await server.start()
    return service, server


@pytest.fixture
async def service() -> AsyncIterator[Service]:
    started, server = await serve()
    yield started
    await server.stop(None)


@pytest.fixture
async def two() -> AsyncIterator[tuple[Service, Service]]:
    (one, first), (other, second) = await serve(), await serve()
    yield one, other
    await first.stop(None)
    await second.stop(None)


async def call_each(client: LedgerClient) -> None:
    await client.ledger("talks")
    await client.ledgers().all()
    await client.record("talks", [US])
    await client.record_one("talks", US)
    _ = [answer async for answer in client.record_all("talks", [US])]
    _ = [record async for record in client.read_log("talks")]


async def test_every_call_bears_the_metadata_that_it_was_given(service: Service) -> None:
    async with LedgerClient(service.address) as client:
        traced = client.with_options(
            metadata={"traceparent": TRACE, "x-request-id": "order-17"}
        )
        await call_each(traced)
    assert len(service.calls) == 6
    assert all(call["traceparent"] == TRACE for call in service.calls)
    assert all(call["x-request-id"] == "order-17" for call in service.calls)


async def test_calls_of_the_client_itself_stay_as_they_are(service: Service) -> None:
    async with LedgerClient(service.address, timeout=20) as client:
        client.with_options(timeout=3, metadata={"traceparent": TRACE})
        await call_each(client)
    assert not any("traceparent" in call for call in service.calls)
    assert all(each is None or each > 15 for each in service.seconds)


async def test_options_add_up_and_the_last_of_a_key_counts(service: Service) -> None:
    async with LedgerClient(service.address, compress=True) as client:
        traced = client.with_options(metadata=[("a", "1"), ("b", "1"), ("c-bin", b"\0")])
        await traced.with_options(timeout=3, metadata={"b": "2"}).ledger("talks")
    (call,) = service.calls
    assert (call["a"], call["b"], call["c-bin"]) == ("1", "2", b"\0")
    assert call["ledger-accept-compression"] == "gzip"
    assert service.seconds[0] is not None
    assert service.seconds[0] < 4


async def test_a_call_may_take_another_time_than_the_others(service: Service) -> None:
    service.delay = 0.5
    async with LedgerClient(service.address) as client:
        with pytest.raises(NoAnswer, match=r"0\.1"):
            await client.with_options(timeout=0.1).ledger("talks")
        await client.ledger("talks")


async def test_record_one_shares_requests_only_with_calls_that_are_made_alike(
    service: Service,
) -> None:
    async with LedgerClient(service.address) as client:
        traced = client.with_options(metadata={"traceparent": TRACE})
        alike = client.with_options(metadata={"traceparent": TRACE})
        calls = [each.record_one("talks", US) for each in (client, traced, alike, client)]
        await asyncio.gather(*calls)
    assert sorted("traceparent" in call for call in service.calls) == [False, True]


async def test_what_was_seen_is_shared_and_the_end_too(service: Service) -> None:
    client = LedgerClient(service.address)
    other = client.with_options(timeout=1)
    await other.ledger("talks")
    await client.close()
    with pytest.raises(Exception, match="closed"):
        await other.ledger("talks")


async def test_the_client_without_asyncio_has_options_too(service: Service) -> None:
    def ask() -> None:
        with SyncLedgerClient(service.address) as client:
            client.with_options(metadata={"traceparent": TRACE}).ledger("talks")
            client.ledger("talks")

    await asyncio.to_thread(ask)
    assert ["traceparent" in call for call in service.calls] == [True, False]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"timeout": 0}, "no time for a call"),
        ({"timeout": float("nan")}, "no time for a call"),
        ({"timeout": float("inf")}, "no time for a call"),
        ({"metadata": {"X-Request-Id": "a"}}, "'X-Request-Id' is no key"),
        ({"metadata": {"grpc-timeout": "1S"}}, "'grpc-timeout' is no key"),
        ({"metadata": {"a": "Zürich"}}, "the value of a is not"),
        ({"metadata": {"a": "two\nlines"}}, "of a is not"),
        ({"metadata": {"a-bin": "text"}}, "of a-bin is not bytes"),
        ({"metadata": {"a": b"bytes"}}, "of a is not a text"),
    ],
)
async def test_options_that_cannot_be_sent_are_refused_at_once(options, said) -> None:
    async with LedgerClient("127.0.0.1:1") as client:
        with pytest.raises(InvalidArgument, match=said):
            client.with_options(**options)


@pytest.mark.parametrize("timeout", [0, -1, float("nan"), float("inf")])
def test_a_client_is_not_made_with_a_time_for_calls_that_is_none(timeout: float) -> None:
    with pytest.raises(InvalidArgument, match="no time for a call"):
        LedgerClient("127.0.0.1:1", timeout=timeout)


class Counting(grpc.aio.UnaryUnaryClientInterceptor):
    def __init__(self) -> None:
        self.methods: list[str] = []

    async def intercept_unary_unary(self, continuation, details, request):
        self.methods.append(details.method.decode().rpartition("/")[2])
        return await continuation(details, request)


async def test_interceptors_see_every_call(service: Service) -> None:
    counting = Counting()
    async with LedgerClient(service.address, interceptors=[counting]) as client:
        await client.ledger("talks")
    assert counting.methods == ["GetLedger"]


async def test_options_of_the_channel_take_the_place_of_ours(service: Service) -> None:
    options = [("grpc.primary_user_agent", "a-newsroom"), ("grpc.keepalive_time_ms", 60_000)]
    async with LedgerClient(service.address, channel_options=options) as client:
        await client.ledger("talks")
    assert service.calls[0]["user-agent"].startswith("a-newsroom")


SOON = {"grpc.keepalive_time_ms": 2000, "grpc.http2.ping_timeout_ms": 4000}
LATE = {"grpc.keepalive_time_ms": 25_000, "grpc.http2.ping_timeout_ms": 10_000}
CHOSEN = {**SOON, "grpc.keepalive_time_ms": 60_000}


@pytest.mark.parametrize(
    ("server", "options", "expected"),
    [
        (["10.0.0.7:1", "10.0.0.8:1"], {}, SOON),
        ("dns:///ledgers.example:1", {}, SOON),
        ("10.0.0.7:1", {}, LATE),
        (["10.0.0.7:1", "10.0.0.8:1"], {"grpc.keepalive_time_ms": 60_000}, CHOSEN),
    ],
)
async def test_only_who_has_another_address_leaves_a_silent_one_soon(
    server, options, expected, monkeypatch
) -> None:
    opened = []
    channel = grpc.aio.insecure_channel("127.0.0.1:1")
    monkeypatch.setattr(
        grpc.aio,
        "insecure_channel",
        lambda _, options, interceptors: opened.append(dict(options)) or channel,
    )
    async with LedgerClient(server, channel_options=[*options.items()]):
        assert {name: opened[0][name] for name in expected} == expected


async def asked_until(client: LedgerClient, done: Any) -> None:
    """Asks until it is so, which takes gRPC a moment."""
    async with asyncio.timeout(20):
        while not done():
            await client.ledger("talks")
            await asyncio.sleep(0.01)


async def test_several_addresses_take_turns(two: tuple[Service, Service]) -> None:
    one, other = two
    async with LedgerClient([one.address, other.address]) as client:
        await asked_until(client, lambda: one.calls and other.calls)
        before = len(one.calls), len(other.calls)
        for _ in range(10):
            await client.ledger("talks")
    assert (len(one.calls), len(other.calls)) == (before[0] + 5, before[1] + 5)


async def test_an_address_that_is_not_well_is_left_out_until_it_is(
    two: tuple[Service, Service],
) -> None:
    one, other = two
    await one.health.set("", health_pb2.HealthCheckResponse.NOT_SERVING)
    async with LedgerClient([one.address, other.address]) as client:
        for _ in range(20):
            await client.ledger("talks")
        assert not one.calls
        await one.health.set("", health_pb2.HealthCheckResponse.SERVING)
        await asked_until(client, lambda: one.calls)
        await other.health.set("", health_pb2.HealthCheckResponse.NOT_SERVING)
        reached = len(other.calls)
        await asyncio.sleep(0.5)
        for _ in range(20):
            await client.ledger("talks")
        assert len(other.calls) == reached


@pytest.mark.parametrize(
    ("server", "address", "takes_turns"),
    [
        ("127.0.0.1:50551", "127.0.0.1:50551", False),
        (["ledger.example:50551"], "ledger.example:50551", False),
        ("dns:///ledgers.example:50551", "dns:///ledgers.example:50551", True),
        (["10.0.0.7:50551", "10.0.0.8:50551"], "ipv4:10.0.0.7:50551,10.0.0.8:50551", True),
        (["[::1]:1", "[::1]:2"], "ipv6:[::1]:1,[::1]:2", True),
        ("[::1]:50551", "[::1]:50551", False),
        ("[fe80::1%eth0]:50551", "[fe80::1%eth0]:50551", False),
        ("my_host-1.example.:65535", "my_host-1.example.:65535", False),
        ("dns:ledgers.example:1", "dns:ledgers.example:1", True),
        ("dns://1.1.1.1:53/ledgers.example:1", "dns://1.1.1.1:53/ledgers.example:1", True),
        ("ipv4:10.0.0.7:1,10.0.0.8:2", "ipv4:10.0.0.7:1,10.0.0.8:2", False),
        ("unix:///run/ledger.sock", "unix:///run/ledger.sock", False),
        ("unix:ledger.sock", "unix:ledger.sock", False),
        ("xds:///ledgers", "xds:///ledgers", False),
        ("127.0.0.1:50551\n", "127.0.0.1:50551", False),
        ([" 10.0.0.7:1", "10.0.0.8:1 "], "ipv4:10.0.0.7:1,10.0.0.8:1", True),
    ],
)
def test_addresses_are_targets_of_grpc(server, address, takes_turns) -> None:
    assert target(server) == (address, takes_turns)


@pytest.mark.parametrize(
    ("server", "said"),
    [
        ([], "names no address"),
        (["ledger.example:50551", "10.0.0.8:50551"], "dns:///NAME:PORT"),
        (["10.0.0.7", "10.0.0.8:50551"], "'10.0.0.7' is not an IP address with a port"),
        (["10.0.0.7:1", "[::1]:1"], "Name one kind"),
        (["10.0.0.7:1", "10.0.0.8:99999"], "'10.0.0.8:99999' is not an IP address with a port"),
        ("localhost:notaport", "'localhost:notaport' has the port 'notaport'.* HOST:PORT"),
        (["localhost:notaport"], "the port 'notaport'"),
        ("host:99999", "the port '99999', which is no number from 1 to 65535"),
        ("host:0", "the port '0'"),
        ("host:-1", "the port '-1'"),
        ("host:", "the port ''"),
        ("http://127.0.0.1:50551", "begins with http://. Leave that out"),
        ("https://ledger.example", "begins with https://. Leave that out"),
        ("ledger.example", "has no port. Add it"),
        ("", "has no port"),
        (":50551", "has no host"),
        ("::1:50551", "Put an address of IPv6 into brackets"),
        ("[::x]:50551", "more than a host and a port"),
        ("a host:50551", "the host 'a host'"),
        ("me@host:50551", "'host:50551' has something before an @"),
        ("host/path:50551", "the host 'host/path'"),
        ("dns:///ledgers.example:none", "the port 'none'"),
        ("dns:///ledgers.example", "has no port"),
        ("ipv4:10.0.0.7:1,10.0.0.8", "has no port"),
    ],
)
async def test_what_is_no_address_is_refused_at_once(server, said) -> None:
    with pytest.raises(InvalidArgument, match=said):
        LedgerClient(server)


@pytest.fixture
async def silent() -> AsyncIterator[str]:
    """The address of somebody who takes connections and never says a word."""
    kept = []
    server = await asyncio.start_server(lambda _, writer: kept.append(writer), "127.0.0.1", 0)
    host, port = server.sockets[0].getsockname()
    yield f"{host}:{port}"
    for each in kept:
        each.close()
    server.close()


@pytest.mark.parametrize("read", ["subscribe", "read_log", "watch_standings"])
async def test_a_stream_is_given_up_when_the_time_is_over_and_not_a_silence_later(
    silent: str, read: str
) -> None:
    async with LedgerClient(silent, timeout=1, longest_silence=2) as client:
        more = {} if read == "read_log" else {"give_up_after": 1}
        begun = time.monotonic()
        with pytest.raises(Silent):
            await anext(getattr(client, read)("talks", **more))
        assert 2.9 < time.monotonic() - begun < 4.9  # one more silence would make five


@pytest.mark.parametrize("seconds", [1e9, 9e9, 1e18, 1e308])
async def test_a_time_of_centuries_is_a_very_long_one(service: Service, seconds: float) -> None:
    async with LedgerClient(service.address, timeout=seconds) as client:
        await client.ledger("talks")
        _ = [record async for record in client.read_log("talks")]
