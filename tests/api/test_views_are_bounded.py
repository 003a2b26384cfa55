"""No answer of StandingService has more than 4 MB, whatever is asked of large entries with the
largest page: pages hold fewer items than asked, long lists are left out of the basic view, and
what is too much all the same is refused with what helps. A channel with the bound of most
libraries reads all of it.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date, timedelta

import grpc
import pytest
from diplomatic_ledger.v1 import cuts_pb2
from diplomatic_ledger.v1 import standing_service_pb2 as pb

from ledger_service.domain.values.commands import NewEntry
from ledger_service.domain.values.entries import Evidence, Relation, RelationKind
from ledger_service.service import Service
from tests.support.examples import an_act, an_addition, entry, on
from tests.support.wire import NAME, Api, refused

FOUR_MB = 4_194_304
DAY = date(2018, 6, 12)


@pytest.fixture
async def api(service: Service) -> AsyncIterator[Api]:
    """Over a channel as Go, Java and Node open it."""
    options = [("grpc.max_receive_message_length", FOUR_MB)]
    async with grpc.aio.insecure_channel(service.address, options=options) as channel:
        api = Api(channel)
        await api.open_ledger()
        yield api


def large(entry_id: str, bytes_: int = 50_000, **more: object) -> NewEntry:
    """An act with so many bytes of quotes."""
    told = tuple(Evidence("A1", quote=f"{n}: ".ljust(1900, "x")) for n in range(bytes_ // 1900))
    return entry(entry_id, an_act(evidence=told, **more))


async def pages_of(method: object, request: object, items: str) -> list[int]:
    """The sizes of all pages of a list, and at the end the number of items."""
    sizes, count = [], 0
    while True:
        page = await method(request)  # type: ignore[operator]
        sizes.append(page.ByteSize())
        count += len(getattr(page, items))
        request.page_token = page.next_page_token  # type: ignore[attr-defined]
        if not page.next_page_token:
            return [*sizes, count]


async def test_a_page_of_acts_holds_fewer_where_they_are_large(api: Api) -> None:
    await api.record()
    for turn in range(4):
        recorded = await api.record(*(large(f"L{turn}-{n}") for n in range(25)))
    request = pb.ListActsRequest(
        ledger=NAME, page_size=1000, cuts=cuts_pb2.Cuts(at_least=recorded.token)
    )
    *sizes, count = await pages_of(api.standing.ListActs, request, "acts")
    assert count == 101
    assert sum(sizes) > FOUR_MB
    assert len(sizes) == 2
    assert all(size < FOUR_MB for size in sizes)


@pytest.mark.parametrize("view", [cuts_pb2.VIEW_BASIC, cuts_pb2.VIEW_FULL])
async def test_so_does_a_page_of_a_replay(api: Api, view: cuts_pb2.View.ValueType) -> None:
    await api.record()
    for turn in range(4):
        recorded = await api.record(*(large(f"L{turn}-{n}") for n in range(25)))
    cuts = cuts_pb2.Cuts(at_least=recorded.token)
    request = pb.ReplayRequest(ledger=NAME, page_size=1000, cuts=cuts, view=view)
    *sizes, count = await pages_of(api.standing.Replay, request, "items")
    assert count > 101
    assert sum(sizes) > FOUR_MB
    assert all(size < FOUR_MB for size in sizes)


async def test_an_act_with_much_evidence_leaves_out_the_last_of_it(api: Api) -> None:
    await api.record()
    for turn in range(80):
        told = (Evidence("A1", quote=f"{turn}, {n}: ".ljust(1900, "x")) for n in range(30))
        recorded = await api.record(an_addition("F001", *told))
    cuts = cuts_pb2.Cuts(at_least=recorded.token)
    (found,) = (await api.standing.ListActs(pb.ListActsRequest(ledger=NAME, cuts=cuts))).acts
    assert found.act.ByteSize() <= 1024 * 1024
    assert len(found.act.evidence) + found.evidence_left_out == 1 + 80 * 30


async def many_deliveries(api: Api, count: int) -> str:
    """So many deliveries on the commitment C1, each with a long id."""
    await api.record()
    for start in range(0, count, 500):
        acts = (
            entry(
                f"delivery-{n}-".ljust(128, "x"),
                an_act(
                    occurred=on(str(DAY + timedelta(days=n // 30))),
                    relations=(Relation(RelationKind.FULFILS, "C1", extent="1/9999"),),
                ),
            )
            for n in range(start, start + 500)
        )
        recorded = await api.record(*acts)
    return recorded.token


async def test_the_basic_view_tells_the_lengths_of_lists_and_the_full_one_the_lists(
    api: Api,
) -> None:
    cuts = cuts_pb2.Cuts(at_least=await many_deliveries(api, 500))
    asked = pb.GetCommitmentRequest(ledger=NAME, entry_id="C1", cuts=cuts)
    full = (await api.standing.GetCommitment(asked)).commitment.standing
    asked.view = cuts_pb2.VIEW_BASIC
    basic = (await api.standing.GetCommitment(asked)).commitment.standing
    assert (len(full.conduct), len(basic.conduct)) == (full.conduct_act_count, 0)
    assert (len(full.why), len(basic.why)) == (full.why_entry_count, 0)
    assert basic.conduct_act_count == full.conduct_act_count >= 500
    assert basic.why_entry_count == full.why_entry_count > 500
    assert (basic.lifecycle, basic.flags) == (full.lifecycle, full.flags)
    listed = pb.ListCommitmentsRequest(ledger=NAME, cuts=cuts)
    (found,) = (await api.standing.ListCommitments(listed)).commitments
    assert found.standing == basic


@pytest.mark.parametrize("changes", [{"max_answer_bytes": 100_000}], indirect=True)
async def test_a_whole_that_is_too_large_is_refused_with_what_helps(api: Api) -> None:
    cuts = cuts_pb2.Cuts(at_least=await many_deliveries(api, 1000))
    pair = {"ledger": NAME, "party_a": "us", "party_b": "dprk", "cuts": cuts}
    for call, request in (
        (
            api.standing.GetCommitment,
            pb.GetCommitmentRequest(ledger=NAME, entry_id="C1", cuts=cuts),
        ),
        (api.standing.GetBalance, pb.GetBalanceRequest(**pair)),
        (api.standing.GetSeries, pb.GetSeriesRequest(**pair)),
        (
            api.standing.ListCommitments,
            pb.ListCommitmentsRequest(ledger=NAME, cuts=cuts, view=2),
        ),
        (api.standing.ListBalances, pb.ListBalancesRequest(ledger=NAME, cuts=cuts, view=2)),
        (api.standing.Replay, pb.ReplayRequest(ledger=NAME, cuts=cuts, view=2)),
    ):
        refusal = await refused(call(request))
        assert refusal.code is grpc.StatusCode.RESOURCE_EXHAUSTED
        assert (refusal.reason, refusal.retry_seconds) == ("LIMIT_REACHED", None)
        assert "Ask for the basic view" in refusal.text
        request.view = cuts_pb2.VIEW_BASIC
        assert (await call(request)).ByteSize() < 100_000


async def test_a_view_that_is_none_is_refused(api: Api) -> None:
    await api.record()
    request = pb.ListBalancesRequest(ledger=NAME, view=9)  # type: ignore[arg-type]
    assert list((await refused(api.standing.ListBalances(request))).fields) == ["view"]
