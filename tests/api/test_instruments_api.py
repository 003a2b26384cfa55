"""Instruments, ratings, parties by day, and balances by commitments, as callers get them."""

from __future__ import annotations

from datetime import date
from typing import Any

import grpc
import pytest
from diplomatic_ledger.v1 import balances_pb2, differences_pb2, entries_pb2, standings_pb2
from diplomatic_ledger.v1 import standing_service_pb2 as pb
from diplomatic_ledger.v1.cuts_pb2 import Cuts
from diplomatic_ledger.v1.filters_pb2 import CommitmentFilter, InstrumentFilter
from diplomatic_ledger.v1.ledger_service_pb2 import RecordRequest

from ledger_service.domain.instruments.rubrics import NOT_RATED, RUBRICS
from ledger_service.domain.values.answers import Rubric
from ledger_service.domain.values.entries import (
    ActKind,
    Instalment,
    PartyCode,
    PartyKind,
    PartyName,
    Quantity,
    Relation,
    RelationKind,
    Succession,
    Withdrawal,
)
from tests.support.examples import (
    a_commitment,
    a_party,
    an_act,
    an_annulment,
    an_instrument,
    entry,
    on,
)
from tests.support.wire import NAME, Api, SeeingApi, message, refused

TREATY = an_instrument(occurred=on("2018-06-10"), withdrawal=Withdrawal(notice_days=90))


@pytest.fixture
async def api(channel: grpc.aio.Channel) -> SeeingApi:
    api = SeeingApi(channel)
    await api.open_ledger()
    return api


async def with_a_treaty(api: Api) -> None:
    """A ledger with a treaty of three promises, of which one is kept and one in part."""
    await api.record()
    await api.record(
        entry("T1", TREATY),
        entry("T0", an_instrument(participants=("us",), third_parties=("pompeo",))),
        entry("art-10", a_commitment(instrument="T1", provision="Art. 10")),
        entry("art-2", a_commitment(instrument="T1", provision="Art. 2")),
        entry("apart", a_commitment()),
        entry("art-1", a_commitment(instrument="T1", provision="Art. 1")),
        entry("keeps", kept("art-1", "1")),
        entry("begins", kept("art-2", "0.5")),
    )


def kept(target: str, extent: str) -> Any:
    fulfils = Relation(RelationKind.FULFILS, target, extent=extent)
    return an_act(occurred=on("2018-07-20"), relations=(fulfils,))


@pytest.mark.rule("10.1", "10.4")
async def test_an_instrument_comes_with_what_it_holds(api: Api) -> None:
    await with_a_treaty(api)
    request = pb.GetInstrumentRequest(ledger=NAME, entry_id="T1")
    found = (await api.standing.GetInstrument(request)).instrument
    assert [(each.provision, each.entry_id) for each in found.commitments] == [
        ("Art. 1", "art-1"),
        ("Art. 2", "art-2"),
        ("Art. 10", "art-10"),
    ]
    first = found.commitments[0]
    assert (first.lifecycle, first.share, first.share_at_least) == (
        standings_pb2.LIFECYCLE_FULFILLED,
        "1",
        "1",
    )
    assert (list(first.debtors), list(first.creditors)) == (["dprk"], ["us"])
    assert {each.lifecycle: each.count for each in found.counts} == {
        standings_pb2.LIFECYCLE_ACTIVE: 2,
        standings_pb2.LIFECYCLE_FULFILLED: 1,
    }
    assert [each.rating for each in found.commitments] == ["+1", "0", "not rated"]
    assert (found.rubric, found.rated, found.average) == ("g20", 2, "0.5")
    assert found.evidence.status == standings_pb2.EVIDENCE_STATUS_ATTESTED
    assert (found.day, found.version) == ("2018-06-10", 1)
    assert found.instrument.withdrawal.notice_days == 90
    assert {"T1", "art-1", "keeps"} <= set(found.why)


@pytest.mark.rule("10.4", "11.1", "11.4")
@pytest.mark.parametrize(
    ("rubric", "ratings", "rated", "average"),
    [
        ("polimetre", ["kept", "pending", "pending"], 0, ""),
        ("pam", ["3", "2", "0"], 3, "5/3"),
    ],
)
async def test_another_rubric_rates_otherwise(
    api: Api, rubric: str, ratings: list[str], rated: int, average: str
) -> None:
    await with_a_treaty(api)
    request = pb.GetInstrumentRequest(ledger=NAME, entry_id="T1", rubric=rubric)
    found = (await api.standing.GetInstrument(request)).instrument
    assert [each.rating for each in found.commitments] == ratings
    assert (found.rubric, found.rated, found.average) == (rubric, rated, average)


async def test_a_move_that_is_aimed_at_it_is_told(api: Api) -> None:
    await with_a_treaty(api)
    leaves = Relation(RelationKind.CANCELS, "T1", takes_effect=date(2018, 11, 1))
    await api.record(
        entry(
            "leaves",
            an_act(kind=ActKind.NOTICE, occurred=on("2018-08-01"), relations=(leaves,)),
        )
    )
    request = pb.GetInstrumentRequest(ledger=NAME, entry_id="T1", cuts=Cuts(as_of="2018-11-01"))
    found = (await api.standing.GetInstrument(request)).instrument
    (move,) = found.conduct
    assert (move.act, move.target, move.relation) == (
        "leaves",
        "T1",
        entries_pb2.RELATION_KIND_CANCELS,
    )
    assert (move.effective, move.why_not, move.day) == (True, 0, "2018-11-01")
    left = {each.entry_id: each.lifecycle for each in found.commitments}
    assert left["art-10"] == standings_pb2.LIFECYCLE_CANCELLED


@pytest.mark.rule("1.5")
async def test_instruments_are_listed_by_day_without_their_commitments(api: Api) -> None:
    await with_a_treaty(api)
    request = pb.ListInstrumentsRequest(ledger=NAME, page_size=1)
    first = await api.standing.ListInstruments(request)
    request.page_token = first.next_page_token
    second = await api.standing.ListInstruments(request)
    found = [*first.instruments, *second.instruments]
    assert [each.entry_id for each in found] == ["T1", "T0"]
    assert not second.next_page_token
    assert [len(each.commitments) for each in found] == [0, 0]
    assert sum(each.count for each in found[0].counts) == 3
    assert (found[0].rated, found[1].rated, found[1].average) == (2, 0, "")


@pytest.mark.parametrize(
    ("parties", "ids"),
    [
        (["us"], ["T1", "T0"]),
        (["dprk"], ["T1"]),
        (["us", "dprk"], ["T1"]),
        (["pompeo"], ["T0"]),
        (["dprk", "pompeo"], []),
    ],
)
async def test_instruments_are_found_by_who_takes_part(
    api: Api, parties: list[str], ids: list[str]
) -> None:
    await with_a_treaty(api)
    request = pb.ListInstrumentsRequest(ledger=NAME, filter=InstrumentFilter(parties=parties))
    found = await api.standing.ListInstruments(request)
    assert [each.entry_id for each in found.instruments] == ids


@pytest.mark.rule("1.5", "11.1")
async def test_commitments_are_listed_by_their_instrument_and_rated(api: Api) -> None:
    await with_a_treaty(api)
    request = pb.ListCommitmentsRequest(
        ledger=NAME,
        filter=CommitmentFilter(instrument="T1"),
        rubrics=["g20", "politifact", "g20"],
    )
    found = (await api.standing.ListCommitments(request)).commitments
    assert [each.entry_id for each in found] == ["art-1", "art-10", "art-2"]
    assert [[(r.rubric, r.rating) for r in each.ratings] for each in found] == [
        [("g20", "+1"), ("politifact", "kept")],
        [("g20", "not rated"), ("politifact", "not yet rated")],
        [("g20", "0"), ("politifact", "in the works")],
    ]
    request.filter.lifecycles.append(standings_pb2.LIFECYCLE_FULFILLED)
    request.filter.parties.append("us")
    found = (await api.standing.ListCommitments(request)).commitments
    assert [each.entry_id for each in found] == ["art-1"]
    one = pb.GetCommitmentRequest(ledger=NAME, entry_id="art-2", rubrics=["pam"])
    (rating,) = (await api.standing.GetCommitment(one)).commitment.ratings
    assert (rating.rubric, rating.rating) == ("pam", "2")


@pytest.mark.parametrize(
    ("method", "request_"),
    [
        ("GetInstrument", pb.GetInstrumentRequest(ledger=NAME, entry_id="T1", rubric="stars")),
        ("ListInstruments", pb.ListInstrumentsRequest(ledger=NAME, rubric="stars")),
        (
            "GetCommitment",
            pb.GetCommitmentRequest(ledger=NAME, entry_id="C1", rubrics=["stars"]),
        ),
        ("ListCommitments", pb.ListCommitmentsRequest(ledger=NAME, rubrics=["stars"])),
    ],
)
async def test_a_rubric_that_is_none_is_refused(api: Api, method: str, request_: Any) -> None:
    refusal = await refused(getattr(api.standing, method)(request_))
    (problem,) = refusal.fields.values()
    assert problem == (
        "There is no rubric 'stars'. Choose one of polimetre, politifact, g20, pam."
    )


@pytest.mark.parametrize(
    ("entry_id", "why"),
    [
        ("nothing", "is not in this ledger"),
        ("C1", "is of type commitment, not an instrument"),
        ("T1", "was annulled"),
        ("late", "takes effect on 2018-08-18, after the day that was asked for"),
    ],
)
async def test_what_is_no_instrument_says_why(api: Api, entry_id: str, why: str) -> None:
    await with_a_treaty(api)
    await api.record(
        entry("late", an_instrument(occurred=on("2018-08-18"))),
        *(an_annulment(each) for each in ("art-1", "art-2", "art-10", "T1")),
    )
    request = pb.GetInstrumentRequest(
        ledger=NAME, entry_id=entry_id, cuts=Cuts(as_of="2018-08-17")
    )
    refusal = await refused(api.standing.GetInstrument(request))
    assert refusal.code is grpc.StatusCode.NOT_FOUND
    assert why in refusal.text


async def test_a_mistyped_instrument_is_told_from_one_without_commitments(api: Api) -> None:
    await with_a_treaty(api)
    empty = pb.ListCommitmentsRequest(ledger=NAME, filter=CommitmentFilter(instrument="T0"))
    assert not (await api.standing.ListCommitments(empty)).commitments
    for name, why in (("T2", "not an instrument"), ("C1", "is of type commitment")):
        request = pb.ListCommitmentsRequest(
            ledger=NAME, filter=CommitmentFilter(instrument=name)
        )
        refusal = await refused(api.standing.ListCommitments(request))
        assert refusal.code is grpc.StatusCode.NOT_FOUND
        assert why in refusal.text


async def test_a_sealed_title_of_an_instrument_is_withheld(api: Api) -> None:
    await api.record()
    item = message(entry("T1", TREATY))
    item.entry.seal.append("title")
    await api.seen(await api.ledgers.Record(RecordRequest(ledger=NAME, items=[item])))
    one = await api.standing.GetInstrument(pb.GetInstrumentRequest(ledger=NAME, entry_id="T1"))
    listed = await api.standing.ListInstruments(pb.ListInstrumentsRequest(ledger=NAME))
    diff = await api.standing.Diff(pb.DiffRequest(ledger=NAME, before=Cuts(position=1)))
    (entry_,) = [each for each in diff.entries if each.entry_id == "T1"]
    seals = [
        (one.instrument.instrument.title, one.instrument.sealed),
        (listed.instruments[0].instrument.title, listed.instruments[0].sealed),
        (entry_.after.instrument.title, entry_.sealed_after),
    ]
    for title, (seal,) in seals:
        assert (title, seal.path, seal.state) == (
            "",
            "title",
            entries_pb2.SEAL_STATE_WITHHELD,
        )


async def test_a_difference_tells_of_instruments(api: Api) -> None:
    await api.record()
    before = await api.head()
    await api.record(entry("T1", TREATY))
    request = pb.DiffRequest(ledger=NAME, before=Cuts(position=before))
    (found,) = (await api.standing.Diff(request)).entries
    assert (found.entry_id, found.difference) == (
        "T1",
        differences_pb2.ENTRY_DIFFERENCE_APPEARED,
    )
    assert found.after.instrument.title == TREATY.title
    assert found.day == "2018-06-10"


async def test_the_whole_picture_ends_with_its_instruments(api: Api) -> None:
    await with_a_treaty(api)
    found = (await api.standing.Replay(pb.ReplayRequest(ledger=NAME))).items
    kinds = [each.WhichOneof("item") for each in found]
    assert kinds == ["commitment"] * 5 + ["balance"] + ["act"] * 3 + ["instrument"] * 2
    treaty = found[-2].instrument
    assert (treaty.entry_id, len(treaty.commitments), treaty.average) == ("T1", 0, "0.5")


# Parties


async def test_a_party_is_told_as_it_was_on_a_day(api: Api) -> None:
    old = a_party(
        name="Macedonia",
        names=(
            PartyName("FYROM", date(1993, 4, 8), date(2019, 2, 11)),
            PartyName("North Macedonia", date(2019, 2, 12)),
        ),
        codes=(
            PartyCode("iso3", "MKD"),
            PartyCode("cow", "343", None, date(2016, 12, 31)),
        ),
    )
    heir = a_party(kind=PartyKind.STATE, succeeds=(Succession("mkd", date(2030, 1, 1)),))
    await api.record(entry("mkd", old), entry("heir", heir))

    async def told(day: str) -> Any:
        request = pb.GetPartyRequest(ledger=NAME, entry_id="mkd", cuts=Cuts(as_of=day))
        return (await api.standing.GetParty(request)).party

    found = [await told(day) for day in ("1990-01-01", "2010-01-01", "2020-01-01")]
    assert [each.name for each in found] == ["Macedonia", "FYROM", "North Macedonia"]
    assert [[c.scheme for c in each.codes] for each in found] == [
        ["iso3", "cow"],
        ["iso3", "cow"],
        ["iso3"],
    ]
    assert [list(each.became) for each in found] == [["mkd"]] * 3
    later = await told("2030-01-01")
    assert (list(later.became), list(later.successors)) == (["heir"], ["heir"])
    assert later.party.names[0].to_day == "2019-02-11"
    for entry_id, why in (("nobody", "is not in this ledger"), ("A1", "is not in this ledger")):
        request = pb.GetPartyRequest(ledger=NAME, entry_id=entry_id)
        refusal = await refused(api.standing.GetParty(request))
        assert refusal.code is grpc.StatusCode.NOT_FOUND
        assert why in refusal.text


# Balances


async def test_deliveries_on_one_commitment_may_count_as_one(api: Api) -> None:
    await api.record()
    oil = a_commitment(
        debtors=("us",),
        creditors=("dprk",),
        quantity=Quantity("4", "t"),
        instalments=(
            Instalment(on("2018-07-01"), share="1/2"),
            Instalment(on("2018-09-01"), share="1/2"),
        ),
    )
    await api.record(entry("oil", oil))
    shipment = an_act(
        actor="us",
        counterparties=("dprk",),
        occurred=on("2018-07-01"),
        quantity=Quantity("1", "t"),
        relations=(Relation(RelationKind.FULFILS, "oil"),),
    )
    await api.record(entry("ship", shipment))
    request = pb.GetBalanceRequest(ledger=NAME, party_a="us", party_b="dprk")
    by_deeds = (await api.standing.GetBalance(request)).balance
    request.count_by = balances_pb2.COUNT_BY_COMMITMENTS
    request.with_predecessors = True
    by_commitments = (await api.standing.GetBalance(request)).balance
    assert by_deeds.count_by == balances_pb2.COUNT_BY_DEEDS
    assert (by_commitments.count_by, by_commitments.with_predecessors) == (
        balances_pb2.COUNT_BY_COMMITMENTS,
        True,
    )
    assert [each.commitment for each in by_deeds.given_ab.deliveries] == [""]
    assert [each.commitment for each in by_commitments.given_ab.deliveries] == ["oil"]
    amounts = [(each.unit, each.value) for each in by_deeds.given_ab.quantities]
    assert amounts == [("t", "1")]
    assert by_deeds.outstanding_ab.active.count == 1
    assert [(a.unit, a.value) for a in by_deeds.outstanding_ab.active.quantities] == [
        ("t", "3")
    ]
    assert (by_deeds.asked_a.entry_id, list(by_deeds.asked_a.became)) == ("us", ["us"])
    standing = pb.GetCommitmentRequest(ledger=NAME, entry_id="oil")
    told = (await api.standing.GetCommitment(standing)).commitment.standing
    assert (told.share, told.due_share, told.behind) == ("0.25", "0.5", "0.25")
    refusal = await refused(
        api.standing.GetBalance(
            pb.GetBalanceRequest(ledger=NAME, party_a="us", party_b="dprk", count_by=9)  # type: ignore[arg-type]
        )
    )
    assert set(refusal.fields) == {"count_by"}


@pytest.mark.rule("11.1")
async def test_each_rubric_tells_its_source_and_what_its_ratings_mean(api: Api) -> None:
    found = (await api.standing.ListRubrics(pb.ListRubricsRequest())).rubrics
    named = {each.name: each for each in found}
    assert list(named) == ["polimetre", "politifact", "g20", "pam"]
    g20 = named["g20"]
    assert g20.title == "Compliance scores of the G20 Research Group"
    assert "University of Toronto" in g20.source
    assert g20.is_numeric
    assert not named["polimetre"].is_numeric
    assert [(each.rating, each.definition) for each in g20.ratings] == [
        ("+1", "Full compliance: the goal that was set is reached."),
        ("0", "Work in progress: it has begun and is not complete, or it is held up."),
        ("-1", "Failure to comply, or action contrary to what was promised."),
    ]


async def test_every_rating_that_a_promise_can_get_is_explained(api: Api) -> None:
    found = (await api.standing.ListRubrics(pb.ListRubricsRequest())).rubrics
    for each in found:
        given = {rating for row in RUBRICS[Rubric(each.name)].rates.values() for rating in row}
        assert given - {NOT_RATED} == {rating.rating for rating in each.ratings}
        assert all(rating.definition for rating in each.ratings)
