"""A question for an entry that is not there, or of another type, tells which type it asks for,
and names all that are not there.
"""

from __future__ import annotations

from typing import Any

import grpc
import pytest
from diplomatic_ledger.v1 import audit_service_pb2 as audit
from diplomatic_ledger.v1 import history_service_pb2 as history
from diplomatic_ledger.v1 import standing_service_pb2 as pb
from diplomatic_ledger.v1.audit_service_pb2_grpc import AuditServiceStub
from diplomatic_ledger.v1.filters_pb2 import (
    ActFilter,
    CommitmentFilter,
    InstrumentFilter,
    PartyFilter,
)

from tests.support.wire import NAME, Api, Refusal, SeeingApi, refused, refused_stream

PARTY, COMMITMENT, INSTRUMENT, REPORT = "party", "commitment", "instrument", "report"
#: Questions with one entry that is none of the type: method, what is asked by its id, the type.
ASKED: list[tuple[str, Any, str]] = [
    ("GetParty", lambda x: pb.GetPartyRequest(entry_id=x), PARTY),
    ("GetCommitment", lambda x: pb.GetCommitmentRequest(entry_id=x), COMMITMENT),
    ("GetInstrument", lambda x: pb.GetInstrumentRequest(entry_id=x), INSTRUMENT),
    ("GetBalance", lambda x: pb.GetBalanceRequest(party_a=x, party_b="us"), PARTY),
    ("GetBalance", lambda x: pb.GetBalanceRequest(party_a="us", party_b=x), PARTY),
    ("GetSeries", lambda x: pb.GetSeriesRequest(party_a=x, party_b="us"), PARTY),
    ("Agenda", lambda x: pb.AgendaRequest(parties=[x]), PARTY),
    *(
        ("ListCommitments", lambda x, f=f: pb.ListCommitmentsRequest(filter=f(x)), PARTY)
        for f in (
            lambda x: CommitmentFilter(parties=[x]),
            lambda x: CommitmentFilter(debtors=[x]),
            lambda x: CommitmentFilter(creditors=[x]),
            lambda x: CommitmentFilter(makers=[x]),
            lambda x: CommitmentFilter(asserted_by=[x]),
        )
    ),
    *(
        ("ListActs", lambda x, f=f: pb.ListActsRequest(filter=f(x)), PARTY)
        for f in (
            lambda x: ActFilter(parties=[x]),
            lambda x: ActFilter(actors=[x]),
            lambda x: ActFilter(counterparties=[x]),
            lambda x: ActFilter(asserted_by=[x]),
        )
    ),
    *(
        ("ListInstruments", lambda x, f=f: pb.ListInstrumentsRequest(filter=f(x)), PARTY)
        for f in (
            lambda x: InstrumentFilter(parties=[x]),
            lambda x: InstrumentFilter(participants=[x]),
            lambda x: InstrumentFilter(third_parties=[x]),
            lambda x: InstrumentFilter(asserted_by=[x]),
        )
    ),
    *(
        ("ListParties", lambda x, f=f: pb.ListPartiesRequest(filter=f(x)), PARTY)
        for f in (
            lambda x: PartyFilter(represents=[x]),
            lambda x: PartyFilter(members_of=[x]),
        )
    ),
    (
        "ListCommitments",
        lambda x: pb.ListCommitmentsRequest(filter=CommitmentFilter(instrument=x)),
        INSTRUMENT,
    ),
    (
        "ListCommitments",
        lambda x: pb.ListCommitmentsRequest(filter=CommitmentFilter(reports=[x])),
        REPORT,
    ),
    ("ListActs", lambda x: pb.ListActsRequest(filter=ActFilter(reports=[x])), REPORT),
    ("ListActs", lambda x: pb.ListActsRequest(filter=ActFilter(related_to=x)), ""),
]
#: An entry of another type than each of those that are asked for.
OTHERS = {PARTY: "C1", COMMITMENT: "us", INSTRUMENT: "us", REPORT: "us"}


@pytest.fixture
async def api(channel: grpc.aio.Channel) -> SeeingApi:
    api = SeeingApi(channel)
    await api.open_ledger()
    await api.record()
    return api


async def refusal_of(api: Api, method: str, request: Any) -> Refusal:
    request.ledger = NAME
    refusal = await refused(getattr(api.standing, method)(request))
    assert (refusal.code, refusal.reason) == (grpc.StatusCode.NOT_FOUND, "ENTRY_NOT_FOUND")
    return refusal


@pytest.mark.parametrize(("method", "asked", "wanted"), ASKED)
async def test_the_type_that_is_asked_for_is_told(
    api: Api, method: str, asked: Any, wanted: str
) -> None:
    for entry_id in ("nobody", *([OTHERS[wanted]] if wanted else [])):
        told = (await refusal_of(api, method, asked(entry_id))).metadata
        assert told == {"entry_id": entry_id} | ({"wanted": wanted} if wanted else {})


async def test_an_export_of_a_part_tells_it_too(api: Api, channel: grpc.aio.Channel) -> None:
    for select, told in (
        (
            audit.ExportSelection(parties=["nobody", "C1"]),
            {"entry_id": "nobody", "wanted": PARTY, "others": "C1"},
        ),
        (audit.ExportSelection(commitment="us"), {"entry_id": "us", "wanted": COMMITMENT}),
    ):
        request = audit.ExportRequest(ledger=NAME, select=select)
        _, refusal = await refused_stream(AuditServiceStub(channel).Export(request))
        assert refusal.metadata == told


async def test_who_asks_for_an_entry_of_any_type_is_told_none(api: Api) -> None:
    request = history.GetEntryRequest(ledger=NAME, entry_id="nobody")
    assert (await refused(api.history.GetEntry(request))).metadata == {"entry_id": "nobody"}


async def test_all_that_are_not_there_are_named(api: Api) -> None:
    asked = CommitmentFilter(parties=["us", "x2", "x1"], reports=["C1"], instrument="x3")
    refusal = await refusal_of(api, "ListCommitments", pb.ListCommitmentsRequest(filter=asked))
    assert refusal.text == (
        "The entry 'x1' is not a party of this ledger at these cuts. "
        "The entry 'x2' is not a party of this ledger at these cuts. "
        "The entry 'C1' is of type commitment, not a report. "
        "The entry 'x3' is not an instrument of this ledger at these cuts."
    )
    assert refusal.metadata == {"entry_id": "x1", "wanted": PARTY, "others": "x2, C1, x3"}


async def test_of_many_that_are_not_there_the_rest_is_counted(api: Api) -> None:
    asked = ActFilter(parties=[f"x{n}" for n in range(8)])
    refusal = await refusal_of(api, "ListActs", pb.ListActsRequest(filter=asked))
    assert refusal.text.endswith(" 3 more that are asked for are not there either.")
    both = pb.GetBalanceRequest(party_a="nobody", party_b="no-one")
    found = (await refusal_of(api, "GetBalance", both)).metadata
    assert found == {"entry_id": "no-one", "wanted": PARTY, "others": "nobody"}
