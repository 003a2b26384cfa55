"""The balances of some parties, and all of them from the last one to the first."""

from __future__ import annotations

from datetime import date
from typing import Any

import grpc
import pytest
from diplomatic_ledger.v1 import standing_service_pb2 as pb
from diplomatic_ledger.v1.cuts_pb2 import Cuts

from ledger_service.domain.balance import balance
from ledger_service.domain.values.entries import ActKind, Identity, Succession
from tests.support.examples import (
    a_commitment,
    a_party,
    a_representation,
    a_representative,
    an_act,
    entry,
    on,
)
from tests.support.wire import NAME, Api, SeeingApi, message, refused


@pytest.fixture
async def api(channel: grpc.aio.Channel) -> SeeingApi:
    """Five states of which each gave the next one something, and an envoy of the first."""
    api = SeeingApi(channel)
    await api.open_ledger()
    await api.record()
    states = [f"s{n}" for n in range(5)]
    until_june = a_representation(
        principal="s0", from_day=date(2018, 5, 1), to_day=date(2018, 6, 30)
    )
    await api.record(
        *(entry(each, a_party()) for each in states),
        entry("envoy", a_representative(represents=(until_june,))),
        *(
            entry(f"aid{n}", aid(states[n], states[n + 1], "2018-06-12"))
            for n in range(len(states) - 1)
        ),
    )
    return api


def aid(actor: str, counterparty: str, day: str) -> Any:
    return an_act(
        kind=ActKind.AID,
        actor=actor,
        counterparties=(counterparty,),
        occurred=on(day),
        relations=(),
    )


def about(**asked: Any) -> pb.ListBalancesRequest:
    return pb.ListBalancesRequest(ledger=NAME, **asked)


async def listed(api: Api, **asked: Any) -> list[tuple[str, str]]:
    answer = await api.standing.ListBalances(about(**asked))
    return [(each.party_a, each.party_b) for each in answer.balances]


async def test_those_of_a_party_are_those_of_all_in_which_it_is(api: Api) -> None:
    every = await api.standing.ListBalances(about())
    assert len(every.balances) > 4
    for wanted in (["s1"], ["s4"], ["s0", "s3"], ["dprk"], ["us", "s2", "s2"]):
        found = await api.standing.ListBalances(about(parties=wanted))
        assert list(found.balances) == [
            each for each in every.balances if {each.party_a, each.party_b}.intersection(wanted)
        ]
        assert found.balances
    assert await listed(api, parties=[" s4 "]) == [("s3", "s4")]


async def test_all_of_them_or_some_come_backwards(api: Api) -> None:
    every = await listed(api)
    assert await listed(api, descending=True) == every[::-1]
    some = await listed(api, parties=["s1", "s3"])
    assert await listed(api, parties=["s1", "s3"], descending=True) == some[::-1] != some


async def test_a_page_token_holds_for_its_parties_and_its_order(api: Api) -> None:
    asked = {"parties": ["s1", "s3"], "descending": True}
    expected, found = await listed(api, **asked), list[tuple[str, str]]()
    request = about(page_size=1, **asked)
    first = (await api.standing.ListBalances(request)).next_page_token
    while not found or request.page_token:
        page = await api.standing.ListBalances(request)
        found += [(each.party_a, each.party_b) for each in page.balances]
        request.page_token = page.next_page_token
    assert found == expected
    for other in ({"parties": ["s1", "s3"]}, {**asked, "parties": ["s1"]}):
        refusal = await refused(api.standing.ListBalances(about(page_token=first, **other)))
        assert refusal.reason == "INVALID_PAGE_TOKEN"


async def test_who_represents_somebody_is_asked_for_as_that_one_on_the_day(api: Api) -> None:
    await api.record(entry("gift", aid("envoy", "s4", "2018-07-04")))
    of_s0, of_its_own = ("s0", "s1"), ("envoy", "s4")
    for day, expected in (("2018-06-30", [of_s0]), ("2018-07-04", [of_its_own])):
        assert await listed(api, parties=["envoy"], cuts=Cuts(as_of=day)) == expected
    await api.record(entry("early", aid("envoy", "s4", "2018-04-01")))
    assert await listed(api, parties=["envoy"], cuts=Cuts(as_of="2018-06-30")) == [
        of_its_own,
        of_s0,
    ]


async def test_a_party_is_found_under_each_of_its_ids(api: Api) -> None:
    await api.record(entry("z4", a_party(same_as=(Identity("s4"),))))
    for each in ("s4", "z4"):
        assert await listed(api, parties=[each]) == [("s3", "s4")]


async def test_who_succeeded_somebody_has_what_that_one_is_owed(api: Api) -> None:
    promise = a_commitment(debtors=("s0",), creditors=("s4",))
    heir = a_party(succeeds=(Succession("s4", from_day=date(2018, 7, 1)),))
    await api.record(entry("promise", promise), entry("heir", heir))
    before, after = Cuts(as_of="2018-06-30"), Cuts(as_of="2018-07-01")
    assert await listed(api, parties=["heir"], cuts=before) == []
    assert await listed(api, parties=["heir"], cuts=after) == [("heir", "s0")]
    assert await listed(api, parties=["s4"], cuts=after) == [("s3", "s4")]


async def test_what_is_supposed_counts(api: Api) -> None:
    supposed = Cuts(suppose=[message(entry("more", aid("s4", "s0", "2018-06-12")))])
    assert await listed(api, parties=["s4"], cuts=supposed) == [("s0", "s4"), ("s3", "s4")]


async def test_a_party_that_is_not_recorded_is_refused(api: Api) -> None:
    refusal = await refused(listed(api, parties=["s1", "nobody"]))
    assert refusal.reason == "ENTRY_NOT_FOUND"
    assert "nobody" in refusal.text
    assert set((await refused(listed(api, parties=["s1", " "]))).fields) == {"parties[1]"}


async def test_the_pairs_of_others_are_not_looked_at(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked_at, deal = [], balance._deal

    def noting(picture: Any, a: str, b: str) -> bool:
        looked_at.append((a, b))
        return deal(picture, a, b)

    monkeypatch.setattr(balance, "_deal", noting)
    assert await listed(api, parties=["s4"]) == [("s3", "s4")] == looked_at
