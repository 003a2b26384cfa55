"""A service opens a ledger when it is asked for, and closes one that nobody uses for its place."""

import asyncio
import sqlite3
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import closing, suppress
from inspect import isawaitable
from pathlib import Path
from typing import Any

import grpc
import pytest
from diplomatic_ledger.admin.v1 import admin_service_pb2 as admin
from diplomatic_ledger.admin.v1.admin_service_pb2_grpc import AdminServiceStub
from diplomatic_ledger.v1 import history_service_pb2 as history
from diplomatic_ledger.v1 import ledger_service_pb2 as pb
from diplomatic_ledger.v1.cuts_pb2 import Cuts
from diplomatic_ledger.v1.standing_service_pb2 import ListActsRequest
from grpc_health.v1 import health_pb2, health_pb2_grpc

from ledger_service import closed_checks, ledger_registry
from ledger_service.application.backing_up import LastGood
from ledger_service.observing import readings
from ledger_service.service import Service
from ledger_service.settings import Settings
from tests.api.conftest import Clock
from tests.support.examples import a_party, entry
from tests.support.wire import Api, refused, refused_stream

#: So many are open at once, of twice as many and one more.
MOST = 3
NAMES = [f"l{count}" for count in range(2 * MOST + 1)]


@pytest.fixture
def changes() -> dict[str, Any]:
    return {
        "open_ledgers": MOST,
        "checkpoint_seconds": 3600.0,
        "drain_seconds": 10.0,
        "admin_socket": Path("s"),
    }


@pytest.fixture
async def api(channel: grpc.aio.Channel) -> Api:
    """The API, with more ledgers than are open at once."""
    api = Api(channel)
    for name in NAMES:
        await api.open_ledger(name)
        await api.record(entry("us", a_party()), ledger=name)
    return api


@pytest.fixture
async def restart(
    service: Service, settings: Any, clock: Clock
) -> AsyncIterator[Callable[[], Awaitable[Service]]]:
    """Stops the service that runs, and starts another one."""
    running = [service]

    async def again() -> Service:
        await running.pop().stop()
        running.append(Service(settings, clock))
        await running[0].start()
        return running[0]

    yield again
    await running[0].stop()


def are_open(folder: Path) -> list[str]:
    """The ledgers under a folder whose logs this process has open."""
    links = list[str]()
    for each in Path("/proc/self/fd").iterdir():
        with suppress(FileNotFoundError):  # other threads close files meanwhile
            links.append(str(each.readlink()))
    logs = {Path(each) for each in links if each.endswith("log.sqlite")}
    return sorted(each.parent.name for each in logs if each.is_relative_to(folder))


async def until(happened: Callable[[], Awaitable[bool]] | Callable[[], bool]) -> None:
    """Returns once something has happened."""
    async with asyncio.timeout(20):
        while not (  # noqa: ASYNC110 - nobody tells
            await told if isawaitable(told := happened()) else told
        ):
            await asyncio.sleep(0.01)


async def listed(api: Api, **page: Any) -> list[pb.LedgerInfo]:
    return list((await api.ledgers.ListLedgers(pb.ListLedgersRequest(**page))).ledgers)


async def test_more_ledgers_are_served_than_are_open(api: Api, tmp_path: Path) -> None:
    assert len(are_open(tmp_path)) == MOST
    for name in NAMES:
        assert await api.head(name) == 2
        assert (await api.record(entry("ru", a_party()), ledger=name)).recorded[0].position == 3
    assert len(are_open(tmp_path)) == MOST
    for name in NAMES:
        cuts = Cuts(position=3)
        await api.standing.ListActs(ListActsRequest(ledger=name, cuts=cuts))


async def test_what_is_recorded_is_signed_before_its_ledger_is_closed(
    api: Api, tmp_path: Path
) -> None:
    closed = set(NAMES) - {*are_open(tmp_path)}
    assert len(closed) == len(NAMES) - MOST
    for name in closed:
        log = tmp_path / "data/ledgers" / name / "log.sqlite"
        assert not log.with_name("log.sqlite-wal").exists()
        with closing(sqlite3.connect(log)) as file:
            assert file.execute("SELECT MAX(size) FROM checkpoints").fetchone() == (2,)


async def test_closed_ledgers_are_listed_as_they_stand_and_are_not_opened_for_it(
    api: Api, tmp_path: Path
) -> None:
    before = are_open(tmp_path)
    shown = await listed(api)
    assert [each.ledger for each in shown] == NAMES
    assert are_open(tmp_path) == before
    signed = [each.checkpoint_position for each in shown if each.ledger not in before]
    assert signed == [2] * (len(NAMES) - MOST)
    for each in shown:
        each.checkpoint_position = 0
        opened = (await api.ledgers.GetLedger(pb.GetLedgerRequest(ledger=each.ledger))).ledger
        opened.checkpoint_position = 0
        assert each == opened


async def test_the_operator_has_a_closed_ledger_opened_as_callers_have(
    api: Api, tmp_path: Path, settings: Settings
) -> None:
    closed = next(name for name in NAMES if name not in are_open(tmp_path))
    async with grpc.aio.insecure_channel(f"unix:{settings.admin_path}") as channel:
        operator: Any = AdminServiceStub(channel)
        shown = await operator.ShowKeys(admin.ShowKeysRequest(ledger=closed))
        assert [each.signs for each in shown.keys] == [True]
    assert len(are_open(tmp_path)) == MOST


async def test_pages_of_open_and_closed_ledgers_show_each_once(api: Api) -> None:
    names, token = list[str](), ""
    while not names or token:
        page = await api.ledgers.ListLedgers(
            pb.ListLedgersRequest(page_size=2, page_token=token)
        )
        names += [each.ledger for each in page.ledgers]
        token = page.next_page_token
    assert names == NAMES


async def test_calls_that_arrive_together_wait_for_one_opening(
    api: Api, service: Service, tmp_path: Path
) -> None:
    (name, *_) = set(NAMES) - {*are_open(tmp_path)}
    heads = await asyncio.gather(*(api.head(name) for _ in range(20)))
    assert heads == [2] * 20
    assert len(are_open(tmp_path)) == MOST


async def test_all_ledgers_at_once_are_served_in_turns(api: Api) -> None:
    calls = [
        api.record(entry(f"p{count}", a_party()), ledger=name)
        for count in range(3)
        for name in NAMES
    ]
    answers = await asyncio.gather(*calls)
    assert all(each.recorded[0].position > 2 for each in answers)
    assert [await api.head(name) for name in NAMES] == [5] * len(NAMES)


async def test_a_caller_who_gives_up_leaves_the_opening_to_others(
    api: Api, tmp_path: Path
) -> None:
    (name, *_) = set(NAMES) - {*are_open(tmp_path)}
    request = pb.GetLedgerRequest(ledger=name)
    impatient = api.ledgers.GetLedger(request, timeout=0.002)
    with pytest.raises(grpc.aio.AioRpcError):
        await impatient
    assert await api.head(name) == 2


async def test_ledgers_with_a_stream_stay_open_and_one_more_is_refused_in_plain_words(
    api: Api, service: Service
) -> None:
    streams, channels = [], []
    for name in NAMES[:MOST]:
        channels.append(a_caller_of_its_own(service))
        stream = Api(channels[-1]).history.Subscribe(history.SubscribeRequest(ledger=name))
        await stream.read()
        streams.append(stream)

    refusal = await refused(api.ledgers.GetLedger(pb.GetLedgerRequest(ledger=NAMES[-1])))
    assert refusal.code is grpc.StatusCode.RESOURCE_EXHAUSTED
    assert refusal.reason == "LIMIT_REACHED"
    assert f"{MOST} ledgers" in refusal.text
    assert "open_ledgers" in refusal.text
    assert refusal.retry_seconds == 1
    (problem,) = (await api.ledgers.GetServerInfo(pb.GetServerInfoRequest())).problems
    assert (problem.ledger, problem.part) == ("", "ledgers")

    assert await api.head(NAMES[0]) == 2  # those that are open go on
    await api.record(entry("cn", a_party()), ledger=NAMES[1])

    streams.pop().cancel()

    async def is_over() -> bool:
        return not (await api.ledgers.GetServerInfo(pb.GetServerInfoRequest())).problems

    await until(is_over)
    assert await api.head(NAMES[-1]) == 2
    for channel in channels:
        await channel.close()


def a_caller_of_its_own(service: Service) -> grpc.aio.Channel:
    own = (("grpc.use_local_subchannel_pool", 1),)
    return grpc.aio.insecure_channel(service.address, options=own)


async def test_who_follows_many_ledgers_leaves_half_of_the_places_to_others(
    api: Api, service: Service
) -> None:
    stream = api.history.Subscribe(history.SubscribeRequest(ledger="l0"))
    again = api.history.Subscribe(history.SubscribeRequest(ledger="l0"))
    assert await stream.read()
    assert await again.read()
    one_more = history.SubscribeRequest(ledger="l1")
    refusal = await refused(api.history.Subscribe(one_more).read())
    assert (refusal.code.name, refusal.reason) == ("RESOURCE_EXHAUSTED", "SHARE_USED_UP")
    assert refusal.metadata == {"limit": "open_ledgers", "most": "1"}
    assert await api.head("l1") == 2
    async with a_caller_of_its_own(service) as channel:
        assert await Api(channel).history.Subscribe(one_more).read()


async def test_a_closed_ledger_is_healthy_unless_something_is_known_against_it(
    api: Api, service: Service, tmp_path: Path
) -> None:
    health: Any = health_pb2_grpc.HealthStub(api.channel)

    async def status(name: str) -> int:
        said = await health.Check(health_pb2.HealthCheckRequest(service=f"ledger/{name}"))
        return said.status  # type: ignore[no-any-return]

    assert {await status(name) for name in NAMES} == {health_pb2.HealthCheckResponse.SERVING}
    assert await api.head("l0") == 2
    service.registry.get("l0").ledger.audit.withdraw("A record was changed.")
    for name in NAMES[1:]:
        await api.head(name)
    assert "l0" not in are_open(tmp_path)
    (found,) = [each for each in await listed(api) if each.ledger == "l0"]
    assert found.distrusted == "A record was changed."

    async def is_told() -> bool:
        return await status("l0") == health_pb2.HealthCheckResponse.NOT_SERVING

    await until(is_told)
    again = api.record(entry("kp", a_party()), ledger="l0")
    assert (await refused(again)).reason == "LEDGER_DISTRUSTED"


async def test_a_closed_ledger_that_was_damaged_is_left_out_when_it_is_asked_for(
    api: Api, tmp_path: Path
) -> None:
    (name, *_) = set(NAMES) - {*are_open(tmp_path)}
    log = tmp_path / "data/ledgers" / name / "log.sqlite"
    log.write_bytes(b"no database" * 1000)
    for _ in range(2):
        shown = await listed(api)
        assert [each.ledger for each in shown] == NAMES
        assert {each.ledger for each in shown if each.untold} == {name}
        refusal = await refused(api.ledgers.GetLedger(pb.GetLedgerRequest(ledger=name)))
        assert refusal.reason == "LEDGER_NOT_SERVED"
        assert "Restore it from a backup" in refusal.text


async def test_an_older_copy_put_in_the_place_of_a_closed_log_is_noticed(
    api: Api, tmp_path: Path
) -> None:
    await api.head("l0")
    for name in NAMES[1:]:
        await api.head(name)
    log = tmp_path / "data/ledgers/l0/log.sqlite"
    older = log.read_bytes()
    await api.record(entry("cn", a_party()), ledger="l0")
    for name in NAMES[1:]:
        await api.head(name)
    log.write_bytes(older)
    await api.head("l0")
    again = await refused(api.record(entry("kp", a_party()), ledger="l0"))
    assert again.reason == "LEDGER_DISTRUSTED"
    assert "old copy" in again.text


async def test_after_a_start_closed_ledgers_are_there_and_are_checked_one_by_one(
    api: Api,
    restart: Callable[[], Awaitable[Service]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """One of them was changed beside the service."""
    service = await restart()
    async with grpc.aio.insecure_channel(service.address) as channel:
        assert [each.ledger for each in await listed(Api(channel))] == NAMES
    assert "l0" not in are_open(tmp_path)
    with closing(sqlite3.connect(tmp_path / "data/ledgers/l0/log.sqlite")) as file:
        file.execute(
            "UPDATE stored_events SET state = "
            "CAST(replace(CAST(state AS TEXT), 'local', 'rival') AS BLOB) WHERE rowid = 2"
        )
        file.commit()
    monkeypatch.setattr(closed_checks, "_FIRST_SECONDS", 0.0)
    monkeypatch.setattr(closed_checks, "_REST", 0.1)
    service = await restart()
    await until(lambda: any(each.ledger == "l0" for each in service.health.problems()))
    await until(lambda: not service.registry.unchecked(0))
    # Where the machine is busy there may be problems of waiting, too.
    distrusted = [each.ledger for each in service.health.problems() if each.part == "trust"]
    assert distrusted == ["l0"]
    assert len(are_open(tmp_path)) <= MOST


async def test_nothing_acknowledged_is_lost_when_the_service_stops_while_ledgers_change_places(
    api: Api, restart: Callable[[], Awaitable[Service]]
) -> None:
    acknowledged = dict.fromkeys(NAMES, 2)
    refusals = set[grpc.StatusCode]()

    async def record(name: str) -> None:
        count = 0
        while True:
            count += 1
            try:
                said = await api.record(entry(f"e{count}", a_party()), ledger=name)
            except grpc.aio.AioRpcError as error:
                if error.code() is grpc.StatusCode.RESOURCE_EXHAUSTED:
                    continue  # no place within two seconds, on a machine that is busy
                refusals.add(error.code())
                return
            acknowledged[name] = said.recorded[0].position

    recording = [asyncio.create_task(record(name)) for name in NAMES]
    await until(lambda: min(acknowledged.values()) >= 4)
    service = await restart()
    await asyncio.gather(*recording)
    # gRPC itself cancels what reaches it in the moment in which it stops.
    assert refusals - {grpc.StatusCode.CANCELLED} == {grpc.StatusCode.UNAVAILABLE}
    async with grpc.aio.insecure_channel(service.address) as channel:
        for name in NAMES:
            assert await Api(channel).head(name) >= acknowledged[name]


async def test_a_subscription_to_a_ledger_that_was_closed_goes_on(api: Api) -> None:
    request = history.SubscribeRequest(ledger="l0", after_position=1)
    stream = api.history.Subscribe(request)
    assert list((await stream.read()).batch.positions) == [2]
    stream.cancel()
    for name in NAMES[1:]:
        await api.head(name)
    again = api.history.Subscribe(request)
    assert list((await again.read()).batch.positions) == [2]
    again.cancel()
    _, end = await refused_stream(api.history.Subscribe(history.SubscribeRequest(ledger="x")))
    assert end.reason == "LEDGER_NOT_FOUND"


async def test_a_closed_ledger_that_is_let_go_while_it_is_checked_holds_up_no_other_check(
    api: Api, service: Service, tmp_path: Path
) -> None:
    (name, *_) = set(NAMES) - {*are_open(tmp_path)}
    registry = service.registry
    registry._checked_at[name] = time.monotonic()  # so it is not over before
    checking = asyncio.create_task(registry.check_closed(name))
    async with asyncio.timeout(10):
        while name not in registry._served or not registry._served[name].uses:  # noqa: ASYNC110 - nobody tells
            await asyncio.sleep(0)
        await registry.let_go(name)  # another log is put in its place
        await checking


async def test_the_backups_of_closed_ledgers_count_as_those_of_open_ones(
    api: Api, service: Service, clock: Clock, tmp_path: Path
) -> None:
    closed = {*NAMES} - {*are_open(tmp_path)}
    for name in closed:
        service.backups.last[name] = LastGood(clock(), 1, 2, 0.0)
    found = readings.on_the_loop(service.view._parts)
    assert found["ledger_backup_missing_ledgers"] == [((), MOST)]
    made_at = clock().timestamp()
    assert found["ledger_backup_last_good_timestamp_seconds"] == [((), made_at)]


async def test_a_ledger_that_was_found_just_now_is_there_at_once(
    restart: Callable[[], Awaitable[Service]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ledger_registry, "_FIND_SECONDS", 1_000.0)
    service = await restart()
    await service.registry._ledgers.create("found", "Found between two looks")
    async with grpc.aio.insecure_channel(service.address) as channel:
        api = Api(channel)
        answer = await api.ledgers.GetLedger(pb.GetLedgerRequest(ledger="found"))
    assert answer.ledger.title == "Found between two looks"
