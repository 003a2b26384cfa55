"""Watching standings through the API: what is told, when, and how a watch goes on."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import grpc
import pytest
from diplomatic_ledger.v1 import history_service_pb2, standings_pb2
from diplomatic_ledger.v1 import standing_service_pb2 as pb
from diplomatic_ledger.v1 import watching_pb2 as watching
from diplomatic_ledger.v1.entries_pb2 import CODING_CAMEO
from diplomatic_ledger.v1.filters_pb2 import CodePrefix, CommitmentFilter, DayRange

from ledger_service.api import standing_watches
from ledger_service.application.watching import Moment, StepBatch, Watching
from ledger_service.domain.values.commands import Item
from ledger_service.domain.values.entries import ActKind, Relation, RelationKind, Succession
from ledger_service.domain.values.stopping import look
from ledger_service.service import Service
from tests.api.conftest import Clock
from tests.support.examples import (
    a_commitment,
    a_party,
    a_report,
    an_act,
    an_amendment,
    an_annulment,
    an_evidence,
    entry,
    on,
)
from tests.support.wire import NAME, Api, Refusal, refused_stream

RECORDED, DAY_BEGAN = watching.STEP_KIND_RECORDED, watching.STEP_KIND_DAY_BEGAN
#: Behind the record that opens the ledger, on the day on which tests begin.
BEGINNING = watching.Moment(position=1, day="2018-08-18")

CODES = (
    CodePrefix(system=CODING_CAMEO, prefix="05"),
    CodePrefix(system=CODING_CAMEO, prefix="1"),
)
BREACHED = CommitmentFilter(lifecycles=[standings_pb2.LIFECYCLE_BREACHED])


@asynccontextmanager
async def watched(api: Api, **fields: Any) -> AsyncIterator[Any]:
    """A watch that is still open."""
    call = api.standing.WatchStandings(pb.WatchStandingsRequest(ledger=NAME, **fields))
    try:
        yield call
    finally:
        call.cancel()


async def event(call: Any) -> pb.WatchStandingsResponse:
    """The next thing that is told, but for heartbeats."""
    async with asyncio.timeout(20):
        while True:
            told = await anext(aiter(call))
            if told.WhichOneof("event") != "heartbeat":
                return told


async def changes(call: Any) -> watching.StandingChanges:
    told = await event(call)
    assert told.WhichOneof("event") == "changes", told
    return told.changes


async def caught_up(call: Any) -> pb.WatchStandingsResponse:
    told = await event(call)
    assert told.WhichOneof("event") == "caught_up", told
    return told


async def refused_watch(api: Api, **fields: Any) -> Refusal:
    request = pb.WatchStandingsRequest(ledger=NAME, **fields)
    said, refusal = await refused_stream(api.standing.WatchStandings(request, timeout=10))
    assert not said
    return refusal


def words(change: watching.StandingChange) -> tuple[str, str, str, str]:
    """The id of a commitment, how it changed, and its lifecycle before and after."""
    return (
        change.entry_id,
        watching.WatchedChange.Name(change.change).removeprefix("WATCHED_CHANGE_").lower(),
        _lifecycle(change.before) if change.HasField("before") else "",
        _lifecycle(change.after.standing) if change.HasField("after") else "",
    )


def _lifecycle(standing: standings_pb2.Standing) -> str:
    return standings_pb2.Lifecycle.Name(standing.lifecycle).removeprefix("LIFECYCLE_").lower()


def sides() -> Sequence[Item]:
    return (entry("us", a_party(name="United States")), entry("dprk", a_party()))


def promise(entry_id: str, due: str = "", **fields: Any) -> Item:
    terms = {"due": on(due)} if due else {}
    return entry(entry_id, a_commitment(**terms | fields))


def deed(entry_id: str, kind: RelationKind, target: str, day: str = "2018-07-01") -> Item:
    is_delivery = kind is RelationKind.FULFILS
    relation = Relation(kind=kind, target=target, extent="1" if is_delivery else "")
    act_kind = ActKind.FULFILMENT if is_delivery else ActKind.STATEMENT
    act = an_act(
        kind=act_kind,
        relations=(relation,),
        occurred=on(day),
        quantity=None,
        evidence=(an_evidence(attribution=""),),
    )
    return entry(entry_id, act)


async def begun(api: Api, *items: Item) -> None:
    """Both parties, a report, and what else is given, in one request."""
    await api.record(*sides(), entry("A1", a_report()), *items)


async def test_what_is_recorded_is_told_with_what_it_changed_and_why(api: Api) -> None:
    async with watched(api) as call:
        first = await caught_up(call)
        assert first.caught_up.reached == BEGINNING
        await begun(api, promise("C1"))
        told = await changes(call)
        assert told.kind == RECORDED
        assert (told.before, told.after.position) == (BEGINNING, 5)
        assert told.HasField("recorded_at")
        assert [words(each) for each in told.changes] == [("C1", "entered", "", "active")]
        await api.record(deed("F1", RelationKind.FULFILS, "C1"))
        told = await changes(call)
        (change,) = told.changes
        assert words(change) == ("C1", "changed", "active", "fulfilled")
        assert list(change.because) == [
            watching.ChangeCause(
                entry_id="F1",
                version=1,
                position=6,
                change=history_service_pb2.CHANGE_RECORDED,
            )
        ]


async def test_what_changes_no_lifecycle_and_no_flag_is_not_told(api: Api) -> None:
    await begun(api, promise("C1"))
    async with watched(api) as call:
        await caught_up(call)
        await api.record(deed("F1", RelationKind.REFERS_TO, "C1"))
        await api.record(promise("C2"))
        told = await changes(call)
        assert [each.entry_id for each in told.changes] == ["C2"]


async def test_a_day_that_begins_is_told_though_nobody_records(api: Api, clock: Clock) -> None:
    await begun(api, promise("C1", due="2018-08-18"), promise("C2", due="2018-09-30"))
    async with watched(api) as call:
        await caught_up(call)
        clock.time = datetime(2018, 8, 19, tzinfo=UTC)
        told = await changes(call)
        assert told.kind == DAY_BEGAN
        assert (told.before.day, told.after.day) == ("2018-08-18", "2018-08-19")
        assert told.before.position == told.after.position == 6
        assert not told.HasField("recorded_at")
        (change,) = told.changes
        assert words(change) == ("C1", "changed", "active", "active")
        assert standings_pb2.STANDING_FLAG_OVERDUE in change.after.standing.flags
        assert standings_pb2.STANDING_FLAG_OVERDUE not in change.before.flags
        assert not change.because, "time alone did it"


async def test_what_was_missed_is_told_day_by_day_in_the_order_in_which_it_came(
    api: Api, clock: Clock
) -> None:
    await begun(api, promise("C1", due="2018-08-20"), promise("C2", due="2018-08-25"))
    clock.time = datetime(2018, 8, 22, 9, tzinfo=UTC)
    await api.record(deed("F1", RelationKind.FULFILS, "C1"))
    clock.time = datetime(2018, 9, 1, tzinfo=UTC)
    async with watched(api, after=BEGINNING) as call:
        told = []
        while (step := await event(call)).HasField("changes"):
            day = step.changes.after.day
            told += [(step.changes.kind, day, *words(c)[:2]) for c in step.changes.changes]
    assert told == [
        (RECORDED, "2018-08-18", "C1", "entered"),
        (RECORDED, "2018-08-18", "C2", "entered"),
        (DAY_BEGAN, "2018-08-20", "C1", "changed"),
        (DAY_BEGAN, "2018-08-21", "C1", "changed"),
        (RECORDED, "2018-08-22", "C1", "changed"),
        (DAY_BEGAN, "2018-08-25", "C2", "changed"),
        (DAY_BEGAN, "2018-08-26", "C2", "changed"),
    ]


async def test_a_filter_tells_what_enters_it_and_what_leaves_it(api: Api) -> None:
    await begun(api, promise("C1"), promise("C2"))
    async with watched(api, filter=BREACHED) as call:
        await caught_up(call)
        await api.record(deed("F1", RelationKind.BREACHES, "C1"))
        (change,) = (await changes(call)).changes
        assert words(change) == ("C1", "entered", "active", "breached")
        await api.record(an_annulment("F1"))
        (change,) = (await changes(call)).changes
        assert words(change) == ("C1", "left", "breached", "active")
        assert [(c.entry_id, c.version) for c in change.because] == [("F1", 2)]


async def test_a_commitment_that_is_amended_out_of_a_filter_or_annulled_has_left(
    api: Api,
) -> None:
    await begun(api, entry("kr", a_party(name="South Korea")), promise("C1"), promise("C2"))
    async with watched(api, filter=CommitmentFilter(parties=["us"])) as call:
        await caught_up(call)
        await api.record(an_amendment("C1", a_commitment(creditors=("kr",))))
        (change,) = (await changes(call)).changes
        assert words(change) == ("C1", "left", "active", "active")
        await api.record(an_annulment("C2"))
        (change,) = (await changes(call)).changes
        assert words(change) == ("C2", "left", "active", "")


async def test_who_succeeds_a_side_of_what_has_ended_is_told_that_it_enters(
    api: Api, clock: Clock
) -> None:
    heir = a_party(
        name="Heir", succeeds=(Succession(predecessor="dprk", from_day=date(2018, 8, 19)),)
    )
    await begun(api, entry("heir", heir), promise("C1"))
    await api.record(deed("F1", RelationKind.CANCELS, "C1"))
    wanted = CommitmentFilter(parties=["heir"])
    async with watched(api, filter=wanted) as call:
        await caught_up(call)
        clock.time = datetime(2018, 8, 19, tzinfo=UTC)
        told = await changes(call)
        assert (told.kind, told.after.day) == (DAY_BEGAN, "2018-08-19")
        (change,) = told.changes
        assert words(change) == ("C1", "entered", "cancelled", "cancelled")
    request = pb.ListCommitmentsRequest(ledger=NAME, filter=wanted)
    listed = await api.standing.ListCommitments(request)
    assert [each.entry_id for each in listed.commitments] == ["C1"]


async def a_long_story(api: Api, clock: Clock) -> None:
    """Some days on which commitments are made, fall due, are kept and broken."""
    await begun(api, *(promise(f"C{n}", due=f"2018-08-{20 + n}") for n in range(1, 8)))
    for n, kind in enumerate((RelationKind.FULFILS, RelationKind.BREACHES) * 2, 1):
        clock.time += timedelta(days=2)
        await api.record(deed(f"F{n}", kind, f"C{n}"), promise(f"D{n}", due="2018-08-24"))
    clock.time += timedelta(days=1)
    await api.record(an_annulment("F2"), an_annulment("C6"))
    clock.time += timedelta(days=3)


async def told_up_to_now(api: Api, **fields: Any) -> list[pb.WatchStandingsResponse]:
    """Everything that a watch tells until it is caught up."""
    found = []
    async with watched(api, **fields) as call:
        while (told := await event(call)).HasField("changes"):
            found.append(told)
    return found


@pytest.mark.parametrize("wanted", [CommitmentFilter(), BREACHED], ids=["all", "breached"])
async def test_wherever_a_watch_breaks_off_it_goes_on_without_gap_or_repeat(
    api: Api, clock: Clock, monkeypatch: pytest.MonkeyPatch, wanted: CommitmentFilter
) -> None:
    monkeypatch.setattr(standing_watches, "_MESSAGE_BYTES", 600)  # steps of several messages
    await a_long_story(api, clock)
    whole = await told_up_to_now(api, filter=wanted, after=BEGINNING)
    assert len(whole) > (20 if wanted == CommitmentFilter() else 1)
    assert any(told.changes.more_follow for told in whole) or wanted == BREACHED
    for n, told in enumerate(whole):
        rest = await told_up_to_now(api, filter=wanted, resume_token=told.resume_token)
        assert rest == whole[n + 1 :]


@pytest.mark.parametrize("hour", [time(12), time(23, 59, 45)], ids=str)
async def test_who_watches_live_is_told_the_same_as_who_catches_up(
    api: Api, clock: Clock, hour: time
) -> None:
    """Shortly before midnight what the next day changes is computed ahead."""
    clock.time = datetime.combine(clock.time.date(), hour, UTC)
    async with watched(api) as call:
        begin = await caught_up(call)
        await a_long_story(api, clock)
        later = await told_up_to_now(api, resume_token=begin.resume_token)
        assert [await event(call) for _ in later] == later


async def test_a_list_and_a_watch_behind_its_basis_leave_no_gap(api: Api, clock: Clock) -> None:
    await begun(api, promise("C1"), promise("C2", due="2018-08-19"))
    request = pb.ListCommitmentsRequest(ledger=NAME, filter=BREACHED)
    basis = (await api.standing.ListCommitments(request)).basis
    clock.time += timedelta(days=1)
    await api.record(deed("F1", RelationKind.BREACHES, "C1"))
    after = watching.Moment(position=basis.position, day=basis.as_of)
    async with watched(api, filter=BREACHED, after=after) as call:
        (change,) = (await changes(call)).changes
    assert words(change) == ("C1", "entered", "active", "breached")


async def test_a_heartbeat_tells_how_far_it_came_though_nothing_passes_the_filter(
    api: Api,
) -> None:
    await begun(api, promise("C1"))
    async with watched(api, filter=BREACHED) as call:
        await caught_up(call)
        await api.record(promise("C2"))
        async with asyncio.timeout(20):
            while True:
                told = await anext(aiter(call))
                assert told.WhichOneof("event") == "heartbeat"
                if told.heartbeat.reached.position == 6:
                    break
        assert told.heartbeat.head == 6
    await api.record(deed("F1", RelationKind.BREACHES, "C1"))
    async with watched(api, filter=BREACHED, resume_token=told.resume_token) as call:
        assert [c.entry_id for c in (await changes(call)).changes] == ["C1"]


async def test_when_the_service_stops_it_ends_with_where_to_resume(
    api: Api, service: Service
) -> None:
    await begun(api)
    call = api.standing.WatchStandings(pb.WatchStandingsRequest(ledger=NAME), timeout=10)
    first = await caught_up(call)
    ending = asyncio.create_task(refused_stream(call))
    await service.stop()
    _, refusal = await ending
    assert refusal.code is grpc.StatusCode.UNAVAILABLE
    assert refusal.reason == "SHUTTING_DOWN"
    assert refusal.metadata == {"resume_token": first.resume_token}
    assert refusal.retry_seconds == 1


async def test_a_resume_token_is_for_its_ledger_and_its_filter(api: Api) -> None:
    async with watched(api) as call:
        token = (await caught_up(call)).resume_token
    other = await refused_watch(api, resume_token=token, filter=BREACHED)
    assert other.reason == "INVALID_TOKEN"
    assert "another filter" in other.text
    damaged = await refused_watch(api, resume_token=token[:-2] + "xx")
    assert (damaged.reason, damaged.code) == (
        "INVALID_TOKEN",
        grpc.StatusCode.INVALID_ARGUMENT,
    )
    await api.open_ledger("another")
    request = pb.WatchStandingsRequest(ledger="another", resume_token=token)
    _, elsewhere = await refused_stream(api.standing.WatchStandings(request, timeout=10))
    assert "another ledger" in elsewhere.text


async def test_a_resume_token_is_for_what_a_filter_chooses_however_it_is_written(
    api: Api,
) -> None:
    await begun(api)
    wanted = CommitmentFilter(
        parties=["us", "dprk"],
        lifecycles=[standings_pb2.LIFECYCLE_BREACHED, standings_pb2.LIFECYCLE_ACTIVE],
        codes=CODES,
    )
    async with watched(api, filter=wanted) as call:
        token = (await caught_up(call)).resume_token
    otherwise = CommitmentFilter(
        parties=["dprk", "us", "us"],
        lifecycles=[standings_pb2.LIFECYCLE_ACTIVE, standings_pb2.LIFECYCLE_BREACHED],
        codes=reversed(CODES),
        due=DayRange(),
    )
    async with watched(api, filter=otherwise, resume_token=token) as call:
        await caught_up(call)
    fewer = CommitmentFilter(parties=["us"])
    assert (await refused_watch(api, resume_token=token, filter=fewer)).reason == (
        "INVALID_TOKEN"
    )


async def test_a_start_that_is_not_there_is_refused(api: Api) -> None:
    await begun(api)
    beyond = await refused_watch(api, after=watching.Moment(position=99, day="2018-08-18"))
    assert (beyond.reason, beyond.metadata) == ("CUT_OUT_OF_RANGE", {"head": "4"})
    no_day = await refused_watch(api, after=watching.Moment(position=1))
    assert list(no_day.fields) == ["after.day"]
    bad_day = await refused_watch(api, after=watching.Moment(position=1, day="18 August"))
    assert list(bad_day.fields) == ["after.day"]
    stranger = await refused_watch(api, filter=CommitmentFilter(parties=["nobody"]))
    assert stranger.reason == "ENTRY_NOT_FOUND"


async def test_a_start_on_a_day_that_has_not_come_is_refused(api: Api, clock: Clock) -> None:
    await begun(api)
    future = watching.Moment(position=1, day="2030-01-01")
    refused = await refused_watch(api, after=future)
    assert refused.reason == "VALIDATION_FAILED"
    assert refused.fields["after.day"].startswith(
        "'2030-01-01' is after 2018-08-19, which is tomorrow by the clock of the service."
    )
    clock.time = datetime(2018, 8, 25, 12, tzinfo=UTC)
    async with watched(api) as call:
        token = (await caught_up(call)).resume_token
    clock.time = datetime(2018, 8, 18, 12, tzinfo=UTC)
    set_back = await refused_watch(api, resume_token=token)
    assert set_back.reason == "INVALID_TOKEN"
    assert "stands on 2018-08-25, after 2018-08-19" in set_back.text


async def test_a_watch_may_begin_on_the_day_that_comes_next(api: Api, clock: Clock) -> None:
    await begun(api)
    tomorrow = watching.Moment(position=4, day="2018-08-19")
    async with watched(api, after=tomorrow) as call:
        assert (await caught_up(call)).caught_up.reached == tomorrow


async def test_what_was_computed_ahead_is_not_told_when_something_is_recorded_before_midnight(
    api: Api, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked_ahead, whole = threading.Event(), Watching.run

    def run(self: Watching, begin: Moment, upto: Moment) -> StepBatch:
        found = whole(self, begin, upto)
        if upto.day > clock.time.date() and found.steps:
            looked_ahead.set()
        return found

    monkeypatch.setattr(Watching, "run", run)
    clock.time = datetime(2018, 8, 18, 23, 59, 45, tzinfo=UTC)
    await begun(api, promise("C1", due="2018-08-18"), promise("C2", due="2018-08-18"))
    async with watched(api) as call:
        await caught_up(call)
        assert await asyncio.to_thread(looked_ahead.wait, 20)
        await api.record(deed("F1", RelationKind.FULFILS, "C1"))
        (change,) = (await changes(call)).changes
        assert words(change) == ("C1", "changed", "active", "fulfilled")
        clock.time = datetime(2018, 8, 19, tzinfo=UTC)
        assert [each.entry_id for each in (await changes(call)).changes] == ["C2"]


async def test_what_is_computed_for_a_watch_ends_with_it(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_work, stopped = threading.Event(), threading.Event()

    def endless(*_: Any) -> StepBatch:
        at_work.set()
        try:
            while True:
                look()
        finally:
            stopped.set()

    monkeypatch.setattr(Watching, "run", endless)
    await begun(api, promise("C1"))
    async with watched(api, after=BEGINNING) as call:
        assert (await anext(aiter(call))).HasField("heartbeat")
        assert await asyncio.to_thread(at_work.wait, 20)
    assert await asyncio.to_thread(stopped.wait, 20)


async def test_many_watches_are_told_each_what_its_filter_sees(api: Api, clock: Clock) -> None:
    names = [f"p{n}" for n in range(20)]
    await begun(api, *(entry(name, a_party(name=name)) for name in names))
    await api.record(
        *(promise(f"C-{name}", due="2018-08-18", creditors=(name,)) for name in names)
    )

    async def told(n: int, name: str) -> str:
        chosen = (
            CommitmentFilter(parties=[name]) if n % 2 else CommitmentFilter(creditors=[name])
        )
        async with watched(api, filter=chosen) as call:
            await caught_up(call)
            ready.release()
            (change,) = (await changes(call)).changes
            return change.entry_id

    ready = asyncio.Semaphore(0)
    watches = [asyncio.create_task(told(n, name)) for n, name in enumerate(names)]
    for _ in names:
        await ready.acquire()
    clock.time = datetime(2018, 8, 19, tzinfo=UTC)
    assert await asyncio.gather(*watches) == [f"C-{name}" for name in names]


async def test_what_a_watch_tells_is_what_a_list_shows(api: Api, clock: Clock) -> None:
    await a_long_story(api, clock)
    table: dict[str, standings_pb2.CommitmentStanding] = {}
    for told in await told_up_to_now(api, after=BEGINNING):
        for change in told.changes.changes:
            if change.change == watching.WATCHED_CHANGE_LEFT:
                del table[change.entry_id]
            else:
                table[change.entry_id] = change.after
    request = pb.ListCommitmentsRequest(ledger=NAME)
    listed = (await api.standing.ListCommitments(request)).commitments
    assert table == {each.entry_id: each for each in listed}
