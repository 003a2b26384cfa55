"""One service with one ledger of which one pair promises nearly everything, asked one thing after
the other: lists by where commitments stand, counts over all of them and over all acts, agendas,
differences, one commitment after the other, by one caller and by 64, the balance of the pair; and
what it holds in memory after all of it.
"""

from __future__ import annotations

import asyncio
import os
import statistics
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from datetime import timedelta
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

import grpc
from diplomatic_ledger.v1 import agenda_pb2, filters_pb2, standings_pb2
from diplomatic_ledger.v1 import standing_service_pb2 as pb
from diplomatic_ledger.v1.cuts_pb2 import Cuts
from diplomatic_ledger.v1.standing_service_pb2_grpc import StandingServiceStub

from tests.benchmarks import filled, one_pair, servers
from tests.benchmarks.bench import Bench
from tests.benchmarks.differing import Asked as Differences
from tests.benchmarks.filled import LEDGER, answered
from tests.benchmarks.measuring import stopwatch
from tests.benchmarks.one_pair import A, B
from tests.benchmarks.programs.floor_server import METHOD
from tests.benchmarks.report import Row

_CALLERS = 64
_OVERDUE = agenda_pb2.AGENDA_KIND_OVERDUE
_LARGE = [("grpc.max_receive_message_length", 64 * 1024 * 1024)]
_AFTER = one_pair.FIRST_DAY + timedelta(days=one_pair.DAYS + 1_000)
# The first check of the log goes on beside, for a fifth of a processor at most.
_IDLE_SHARE, _IDLE_LOOKS, _LOOK_SECONDS, _MOST_SECONDS = 0.3, 5, 2.0, 1_200.0

_AHEAD = [each for each in agenda_pb2.AgendaKind.values() if each > _OVERDUE]

Ask = Callable[[], Awaitable[Any]]


async def measure(bench: Bench) -> None:
    folder = await filled.folder_of(bench.size, bench.cache, filled.ONE_PAIR)
    with servers.service(folder) as service, servers.floor() as floor:
        async with (
            grpc.aio.insecure_channel(service.address, options=_LARGE) as channel,
            grpc.aio.insecure_channel(floor.address) as floor_channel,
        ):
            echo = floor_channel.unary_unary(METHOD)
            await echo(b"", wait_for_ready=True)
            asked = _Asked(channel, await answered(channel), bench.size)
            turns = _Turns(bench, echo)
            await _lists(bench, asked, turns, service.pid)
            await turns.row("agenda of 30 days, first page", asked.agenda, "agenda", 30)
            await turns.row(
                "agenda of 30 days without what is overdue, first page",
                lambda: asked.agenda(_AHEAD),
                "agenda",
                30,
            )
            await _facets(bench, asked, turns)
            differences = Differences(channel, asked.head)
            for what, ask, key in zip(
                differences.questions,
                differences.questions.values(),
                ("difference-positions", "difference-days", "by-lifecycle"),
                strict=True,
            ):
                await turns.row(what, ask, key, 30)
            what = "another commitment each time, cuts nobody asked for yet"
            await turns.row(what, asked.one, "other", 60)
            await _many_callers(bench, asked, echo, service.pid, floor.pid)
            await turns.row("balance of the pair", asked.balance, "", 4)
            whole = f"memory after all of this, {bench.size:,} entries"
            bench.add(Row(whole, "MB", service.memory, key="asked-memory"))


class _Asked:
    """The questions, each at other cuts with each call."""

    def __init__(self, channel: grpc.aio.Channel, head: int, size: int) -> None:
        self.stub = StandingServiceStub(channel)
        self.head = head
        self._chance = Random(head)
        self._size = size

    def cuts(self) -> Cuts:
        """Cuts on all three clocks, in the later half of the log and of the days."""
        days = self._chance.randrange(one_pair.DAYS // 2, one_pair.DAYS + 1_000)
        day = one_pair.FIRST_DAY + timedelta(days=days)
        return Cuts(
            as_of=day.isoformat(),
            reported_by=(day + timedelta(days=self._chance.randrange(60))).isoformat(),
            position=self._chance.randrange(self.head // 2, self.head),
        )

    def listed(self, wanted: filters_pb2.CommitmentFilter, cuts: Cuts) -> Any:
        return self.stub.ListCommitments(
            pb.ListCommitmentsRequest(ledger=LEDGER, cuts=cuts, filter=wanted)
        )

    def counted(self, facet: filters_pb2.Facet.ValueType, **how: Any) -> Awaitable[Any]:
        """Commitments at other cuts each time, counted by a facet."""
        asked = pb.ListCommitmentsRequest(
            ledger=LEDGER, cuts=self.cuts(), facets=[facet], page_size=1, **how
        )
        return self.stub.ListCommitments(asked, timeout=900)

    def acts_counted(self, facet: filters_pb2.Facet.ValueType) -> Awaitable[Any]:
        """Acts at other cuts each time, counted by a facet."""
        asked = pb.ListActsRequest(ledger=LEDGER, cuts=self.cuts(), facets=[facet], page_size=1)
        return self.stub.ListActs(asked, timeout=900)

    def by_due_day(self) -> Awaitable[Any]:
        asked = pb.ListCommitmentsRequest(
            ledger=LEDGER,
            cuts=self.cuts(),
            order=filters_pb2.COMMITMENT_ORDER_DUE_DAY,
            descending=True,
        )
        return self.stub.ListCommitments(asked, timeout=900)

    def some(self) -> str:
        """One of the commitments; every twentieth entry is one."""
        last = (self._size - self._size // 100) // 20 - 20
        return f"c-{20 * self._chance.randrange(last)}"

    def agenda(self, kinds: Sequence[agenda_pb2.AgendaKind.ValueType] = ()) -> Awaitable[Any]:
        """An agenda of 30 days that begin when nearly everything is told and half is due."""
        day = one_pair.FIRST_DAY + timedelta(days=one_pair.DAYS + self._chance.randrange(300))
        cuts = Cuts(as_of=day.isoformat())
        return self.stub.Agenda(pb.AgendaRequest(ledger=LEDGER, cuts=cuts, kinds=kinds))

    def one(self) -> Awaitable[Any]:
        day = _AFTER + timedelta(days=self._chance.randrange(1_000))
        cuts = Cuts(as_of=day.isoformat())
        return self._one(self.some(), cuts)

    def one_now(self) -> Awaitable[Any]:
        return self._one(self.some(), Cuts())

    def balance(self) -> Awaitable[Any]:
        asked = pb.GetBalanceRequest(ledger=LEDGER, party_a=A, party_b=B, cuts=self.cuts())
        return self.stub.GetBalance(asked, timeout=900)

    def _one(self, entry_id: str, cuts: Cuts) -> Awaitable[Any]:
        asked = pb.GetCommitmentRequest(ledger=LEDGER, entry_id=entry_id, cuts=cuts)
        return self.stub.GetCommitment(asked)


class _Turns:
    """Asks in turns with a call that does nothing."""

    def __init__(self, bench: Bench, echo: Any) -> None:
        self._bench = bench
        self._echo = echo

    async def row(self, what: str, ask: Ask, key: str, calls: int) -> None:
        ours, floor = list[float](), list[float]()
        for _ in range(self._bench.calls(calls, 3)):
            ours.append(await _milliseconds(ask))
            floor.append(await _milliseconds(lambda: self._echo(b"x" * 100)))
        self._add(what, key, ours, floor)

    async def both(
        self, one: tuple[str, str], other: tuple[str, str], first: Ask, again: Ask, calls: int
    ) -> None:
        """Two rows, each with its key, of which the second one asks each thing again."""
        ours, repeated, floor = list[float](), list[float](), list[float]()
        for _ in range(calls):
            ours.append(await _milliseconds(first))
            repeated.append(await _milliseconds(again))
            floor.append(await _milliseconds(lambda: self._echo(b"x" * 100)))
        self._add(*one, ours, floor)
        self._add(*other, repeated, floor)

    def _add(self, what: str, key: str, ours: list[float], floor: list[float]) -> None:
        medians = statistics.median(ours), statistics.median(floor)
        said = f"{what}, p50, {self._bench.size:,} entries"
        self._bench.add(
            Row(said, "ms", *medians, "a no-op call", key, rounds=len(ours), taken=(*ours,))
        )


async def _lists(bench: Bench, asked: _Asked, turns: _Turns, pid: int) -> None:
    """First ever, which finds nothing kept, then when what was asked for is kept."""
    overdue = filters_pb2.CommitmentFilter(flags=[standings_pb2.STANDING_FLAG_OVERDUE])
    expired = filters_pb2.CommitmentFilter(lifecycles=[standings_pb2.LIFECYCLE_EXPIRED])
    size = f"{bench.size:,} entries"
    for what, wanted in (("overdue", overdue), ("expired", expired)):
        taken = await _milliseconds(partial(asked.listed, wanted, Cuts()))
        said = f"{what} commitments, first page, the very first time, {size}"
        bench.add(Row(said, "ms", taken))
    with stopwatch() as elapsed:
        spent = await _until_it_rests(pid)
        bench.remark(
            f"Of a ledger with {size} all facts that lists need were found out "
            f"{elapsed():.0f} s later, with {spent:.0f} s of processor time."
        )
    for what, wanted in (("overdue", overdue), ("expired", expired)):
        said = f"{what} commitments, first page"
        some = [asked.cuts() for _ in range(bench.calls(20, 3))]
        await turns.both(
            (f"{said}, cuts nobody asked for yet", "by-lifecycle"),
            (f"{said}, asked again", "listed-again"),
            partial(_next, asked, wanted, iter(some)),
            partial(_next, asked, wanted, iter(some)),
            len(some),
        )


async def _facets(bench: Bench, asked: _Asked, turns: _Turns) -> None:
    """Counts over all commitments, or all acts, at cuts nobody asked for yet; of acts first what
    is kept nowhere.
    """
    unasked = "cuts nobody asked for yet"
    facets = filters_pb2.Facet
    for facet in (facets.FACET_LIFECYCLE, facets.FACET_FLAG, facets.FACET_DEBTOR):
        name = facets.Name(facet).removeprefix("FACET_").lower()
        what = f"commitments counted by {name}, {unasked}"
        await turns.row(what, partial(asked.counted, facet), "", 10)
    await turns.row(f"commitments by due day, descending, {unasked}", asked.by_due_day, "", 10)
    taken = await _milliseconds(lambda: asked.acts_counted(facets.FACET_KIND))
    said = f"acts counted by kind, the very first time, {bench.size:,} entries"
    bench.add(Row(said, "ms", taken))
    for facet in (facets.FACET_KIND, facets.FACET_ACTOR):
        name = facets.Name(facet).removeprefix("FACET_").lower()
        what = f"acts counted by {name}, {unasked}"
        await turns.row(what, partial(asked.acts_counted, facet), "", 10)


def _next(
    asked: _Asked, wanted: filters_pb2.CommitmentFilter, cuts: Iterator[Cuts]
) -> Awaitable[Any]:
    answer: Awaitable[Any] = asked.listed(wanted, next(cuts))
    return answer


async def _many_callers(
    bench: Bench, asked: _Asked, echo: Any, pid: int, floor_pid: int
) -> None:
    """By processor time of the services, since the callers share the machine with them."""
    count = bench.calls(20_000, 200)
    for often in ("most of them not asked for before", "asked for before"):
        names = [asked.some() for _ in range(count if "most" in often else 500)]
        chance = Random(often)

        def one(names: list[str] = names, chance: Random = chance) -> Awaitable[Any]:
            named = pb.GetCommitmentRequest(ledger=LEDGER, entry_id=chance.choice(names))
            return asked.stub.GetCommitment(named)

        if "most" not in often:
            await _seconds_of(pid, one, 5 * len(names))
        ours = count / await _seconds_of(pid, one, count)
        floor = count / await _seconds_of(floor_pid, lambda: echo(b"x" * 100), count)
        what = f"64 callers, commitments at random, {often}, for a second of one processor"
        bench.add(Row(what, "requests/s", ours, floor, "no-op calls"))


async def _seconds_of(pid: int, ask: Ask, count: int) -> float:
    """The processor time that a process took for so many calls of 64 callers."""
    left = iter(range(count))

    async def caller() -> None:
        for _ in left:
            await ask()

    before = _processor_seconds(pid)
    await asyncio.gather(*(caller() for _ in range(_CALLERS)))
    return max(_processor_seconds(pid) - before, 0.01)


async def _until_it_rests(pid: int) -> float:
    """Returns once a process does little; the processor time that it took."""
    begun = before = _processor_seconds(pid)
    end = time.monotonic() + _MOST_SECONDS
    idle = 0
    while time.monotonic() < end and idle < _IDLE_LOOKS:
        await asyncio.sleep(_LOOK_SECONDS)
        now = _processor_seconds(pid)
        # Once is not enough: on a machine that others use too it may just not get its turn.
        idle = idle + 1 if now - before < _IDLE_SHARE * _LOOK_SECONDS else 0
        before = now
    return _processor_seconds(pid) - begun


def _processor_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


async def _milliseconds(ask: Ask) -> float:
    with stopwatch() as elapsed:
        await ask()
        return 1000 * elapsed()
