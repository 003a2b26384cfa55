"""An agenda as callers get it: its days, its parties, its kinds and its pages."""

from __future__ import annotations

from datetime import date
from typing import Any

import grpc
import pytest
from diplomatic_ledger.v1 import agenda_pb2, standings_pb2
from diplomatic_ledger.v1 import standing_service_pb2 as pb
from diplomatic_ledger.v1.cuts_pb2 import Cuts
from diplomatic_ledger.v1.ledger_service_pb2 import RecordRequest

from ledger_service.domain.values.entries import Nature, Relation, RelationKind
from tests.support.examples import (
    a_commitment,
    a_party,
    a_report,
    a_representation,
    a_representative,
    an_act,
    an_instrument,
    entry,
    on,
)
from tests.support.wire import NAME, Api, SeeingApi, message, refused

#: The day of the service's clock in these tests.
TODAY = "2018-08-18"


@pytest.fixture
async def api(channel: grpc.aio.Channel) -> SeeingApi:
    api = SeeingApi(channel)
    await api.open_ledger()
    await api.record(entry("us", a_party()), entry("dprk", a_party()), entry("A1", a_report()))
    return api


def due(day: str, **changes: Any) -> Any:
    return a_commitment(due=on("2018-07-02", day), **changes)


async def asked(api: Api, **request: Any) -> pb.AgendaResponse:
    return await api.standing.Agenda(pb.AgendaRequest(ledger=NAME, **request))


def lines(items: Any) -> list[str]:
    """`2018-08-31 falls_due c1`."""
    return [
        f"{item.day} {agenda_pb2.AgendaKind.Name(item.kind).removeprefix('AGENDA_KIND_').lower()} "
        f"{item.commitment or item.instrument}"
        for item in items
    ]


async def test_it_is_of_thirty_days_from_today(api: Api) -> None:
    await api.record(
        entry("first", due(TODAY)),
        entry("last", due("2018-09-16")),
        entry("beyond", due("2018-09-17")),
    )
    answer = await asked(api)
    assert (answer.from_day, answer.to_day) == (TODAY, "2018-09-16")
    assert lines(answer.items) == [f"{TODAY} falls_due first", "2018-09-16 falls_due last"]
    assert answer.basis.as_of == TODAY


@pytest.mark.rule("14.3")
async def test_what_is_overdue_comes_apart_with_the_day_that_passed(api: Api) -> None:
    await api.record(entry("c1", due("2018-07-31")), entry("c2", due("2018-08-31")))
    answer = await asked(api)
    assert lines(answer.overdue) == ["2018-07-31 overdue c1"]
    assert lines(answer.items) == ["2018-08-31 falls_due c2"]
    later = await asked(api, from_day="2018-09-01")
    assert lines(later.overdue) == ["2018-07-31 overdue c1", "2018-08-31 overdue c2"]
    assert lines(later.items) == []


async def test_an_item_says_for_whom_and_where_it_stands(api: Api) -> None:
    kept = a_commitment(
        nature=Nature.MAINTENANCE, until=date(2018, 8, 31), consequent="hold the line"
    )
    await api.record(entry("T1", an_instrument()), entry("c1", kept))
    (item,) = (await asked(api)).items
    assert (item.text, item.entry_id, item.instrument) == ("hold the line", "c1", "")
    assert (list(item.held_by.debtors), list(item.held_by.creditors)) == (["dprk"], ["us"])
    assert (item.lifecycle, item.becomes) == (
        standings_pb2.LIFECYCLE_ACTIVE,
        standings_pb2.LIFECYCLE_FULFILLED,
    )


async def test_a_treaty_that_is_to_be_left_is_on_it(api: Api) -> None:
    leaves = Relation(RelationKind.CANCELS, "T1", takes_effect=date(2018, 9, 1))
    await api.record(
        entry("T1", an_instrument(title="the treaty")),
        entry("c1", a_commitment(instrument="T1")),
        entry("notice", an_act(occurred=on("2018-08-01"), relations=(leaves,))),
    )
    treaty, promise = (await asked(api)).items
    assert lines([treaty, promise]) == [
        "2018-09-01 notice_takes_effect T1",
        "2018-09-01 notice_takes_effect c1",
    ]
    assert (treaty.text, treaty.entry_id, promise.instrument) == ("the treaty", "notice", "T1")
    assert list(treaty.held_by.debtors) == ["us", "dprk"]
    assert treaty.lifecycle == standings_pb2.LIFECYCLE_UNSPECIFIED


async def test_only_what_the_parties_take_part_in_is_told(api: Api) -> None:
    await api.record(
        entry("rok", a_party()),
        entry("envoy", a_representative(represents=(a_representation(principal="rok"),))),
    )
    await api.record(
        entry("c1", due("2018-07-31", debtors=("rok",))),
        entry("c2", due("2018-08-31", debtors=("envoy",))),
        entry("c3", due("2018-08-31")),
        entry("T1", an_instrument(participants=("rok", "us"), occurred=on("2018-08-20"))),
        entry("T2", an_instrument(participants=("dprk", "us"), occurred=on("2018-08-20"))),
    )
    answer = await asked(api, parties=["rok", "us"])
    assert lines(answer.overdue) == ["2018-07-31 overdue c1"]
    assert lines(answer.items) == ["2018-08-20 begins T1", "2018-08-31 falls_due c2"]
    refusal = await refused(asked(api, parties=["nobody"]))
    assert refusal.reason == "ENTRY_NOT_FOUND"


async def test_only_the_kinds_that_are_wanted_are_told(api: Api) -> None:
    await api.record(
        entry("c1", due("2018-07-31")),
        entry("c2", due("2018-08-31")),
        entry("c3", a_commitment(occurred=on("2018-08-20"))),
    )
    answer = await asked(api, kinds=["AGENDA_KIND_BEGINS"])
    assert lines([*answer.overdue, *answer.items]) == ["2018-08-20 begins c3"]
    answer = await asked(api, kinds=["AGENDA_KIND_OVERDUE", "AGENDA_KIND_FALLS_DUE"])
    assert lines([*answer.overdue, *answer.items]) == [
        "2018-07-31 overdue c1",
        "2018-08-31 falls_due c2",
    ]


async def test_it_comes_in_pages_of_which_the_first_tell_what_is_overdue(api: Api) -> None:
    await api.record(
        *(entry(f"over-{n}", due("2018-07-31")) for n in range(3)),
        *(entry(f"c{n}", due("2018-08-31")) for n in range(4)),
    )
    whole = await asked(api)
    request = pb.AgendaRequest(ledger=NAME, page_size=2)
    pages = list[pb.AgendaResponse]()
    while not pages or request.page_token:
        pages.append(await api.standing.Agenda(request))
        request.page_token = pages[-1].next_page_token
    assert [len(each.overdue) + len(each.items) for each in pages] == [2, 2, 2, 1]
    assert [item for each in pages for item in each.overdue] == list(whole.overdue)
    assert [item for each in pages for item in each.items] == list(whole.items)
    assert {each.basis.position for each in pages} == {whole.basis.position}


@pytest.mark.rule("14.1")
async def test_it_looks_ahead_from_the_day_of_the_cuts(api: Api) -> None:
    await api.record(entry("c1", due("2018-07-31")))
    refusal = await refused(asked(api, from_day="2018-07-01"))
    assert refusal.fields == {
        "from_day": "2018-07-01 is before 2018-08-18, the day of the cuts, and an agenda looks "
        "ahead. Ask as of this day too."
    }
    answer = await asked(api, cuts=Cuts(as_of="2018-07-02"))
    assert lines(answer.items) == ["2018-07-02 due_begins c1", "2018-07-31 falls_due c1"]
    refusal = await refused(asked(api, to_day="2018-08-17"))
    assert refusal.fields == {
        "to_day": "2018-08-17 is before 2018-08-18, the first day. Name that day or a later one."
    }
    refusal = await refused(asked(api, from_day="tomorrow", kinds=[99, 0]))
    assert set(refusal.fields) == {"from_day", "kinds[0]", "kinds[1]"}


async def test_what_is_supposed_is_on_it(api: Api) -> None:
    supposed = Cuts(suppose=[message(entry("c1", due("2018-08-31")))])
    assert lines((await asked(api, cuts=supposed)).items) == ["2018-08-31 falls_due c1"]
    assert lines((await asked(api)).items) == []


async def test_a_text_that_is_sealed_is_told_as_sealed(api: Api) -> None:
    item = message(entry("c1", due("2018-08-31")))
    item.entry.seal.append("consequent")
    answer = await api.ledgers.Record(RecordRequest(ledger=NAME, items=[item]))
    (told,) = (await asked(api, cuts=Cuts(at_least=answer.token))).items
    assert (told.text, [each.path for each in told.sealed]) == ("", ["consequent"])


async def test_an_empty_ledger_has_an_empty_agenda(api: Api) -> None:
    answer = await asked(api, cuts=Cuts(position=0), to_day="9999-12-31", parties=["us"])
    assert (list(answer.overdue), list(answer.items), answer.next_page_token) == ([], [], "")
