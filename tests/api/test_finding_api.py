"""Lists that are narrowed, put in order and counted, as a caller asks for them."""

from __future__ import annotations

from typing import Any

import grpc
import pytest
from diplomatic_ledger.v1 import entries_pb2, filters_pb2, standings_pb2
from diplomatic_ledger.v1 import ledger_service_pb2 as ledgers
from diplomatic_ledger.v1 import standing_service_pb2 as pb
from diplomatic_ledger.v1.cuts_pb2 import Cuts
from diplomatic_ledger.v1.filters_pb2 import (
    ActFilter,
    CodePrefix,
    CommitmentFilter,
    DayRange,
    InstrumentFilter,
)

from ledger_service.api.messages import filters
from ledger_service.api.messages.problems import ReadingProblems
from ledger_service.application import finding
from ledger_service.domain.values.entries import (
    ActKind,
    EventCode,
    Instrument,
    InstrumentKind,
    Place,
    PloverCode,
)
from tests.support.examples import (
    a_commitment,
    a_ledgerful,
    a_report,
    an_act,
    an_amendment,
    an_evidence,
    entry,
    on,
)
from tests.support.wire import NAME, Api, message, refused


async def recorded(api: Api) -> None:
    """Acts X1 to X5, commitments C1 to C3 and an instrument T1, each unlike the others."""
    told = (an_evidence(quote="Yongbyon was shut down", attribution="an aide of Mr. Kim"),)
    await api.seen(await api.record(*a_ledgerful()[:4]))
    await api.seen(
        await api.record(
            entry("kcna", a_report(publisher="Agence Française")),
            entry(
                "T1",
                Instrument(
                    title="Déclaration commune",
                    kind=InstrumentKind.JOINT_STATEMENT,
                    participants=("us", "dprk"),
                    occurred=on("2018-06-12"),
                    topics=("nuclear",),
                    evidence=(an_evidence(),),
                ),
            ),
            entry("C2", a_commitment(consequent="Dismantle the reactor", topics=("nuclear",))),
            entry(
                "C3",
                a_commitment(
                    consequent="return more",
                    instrument="T1",
                    provision="Art. IV",
                    due=on("2018-07-01"),
                    consequent_code=EventCode(cameo="0871"),
                ),
            ),
            entry("X1", an_act(title="Remains are returned", topics=("remains",))),
            entry("X2", an_act(title="A réacteur stands still", code=EventCode(cameo="057"))),
            entry(
                "X3",
                an_act(
                    title="김정은은 평양에서 말했다",
                    kind=ActKind.MEETING,
                    place=Place(name="Genève", country="CHE", geonames="2660646"),
                    code=EventCode(plover=PloverCode("CONSULT", "visit")),
                    occurred=on("2018-07-20"),
                ),
            ),
            entry("X4", an_act(title="Another one", evidence=told, occurred=on("2018-07-21"))),
            entry("X5", an_act(title="By wire", evidence=(an_evidence(report="kcna"),))),
        )
    )


async def acts(api: Api, **asked: Any) -> list[str]:
    request = pb.ListActsRequest(ledger=NAME, filter=ActFilter(**asked))
    return [each.entry_id for each in (await api.standing.ListActs(request)).acts]


async def commitments(api: Api, **asked: Any) -> list[str]:
    request = pb.ListCommitmentsRequest(ledger=NAME, filter=CommitmentFilter(**asked))
    found = await api.standing.ListCommitments(request)
    return [each.entry_id for each in found.commitments]


CAMEO, PLOVER = entries_pb2.CODING_CAMEO, entries_pb2.CODING_PLOVER


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"text": "REMAINS"}, ["X1"]),
        ({"text": "return* remains"}, ["X1"]),
        ({"text": "return remains"}, []),
        ({"text": "reacteur"}, ["X2"]),
        ({"text": "Réacteur"}, ["X2"]),
        ({"text": "김정은"}, ["X3"]),
        ({"text": "정은 평양"}, ["X3"]),
        ({"text": "geneve"}, ["X3"]),
        ({"text": "yongbyon"}, ["X4"]),
        ({"attributions": ["aide kim"]}, ["X4"]),
        ({"attributions": ["yongbyon", "aide"]}, ["X4"]),
        ({"topics": ["remains", "missiles"]}, ["X1"]),
        ({"codes": [CodePrefix(system=CAMEO, prefix="05")]}, ["X2"]),
        ({"codes": [CodePrefix(system=PLOVER, prefix="CONSULT")]}, ["X3"]),
        ({"codes": [CodePrefix(system=PLOVER, prefix="CONSULT/v")]}, ["X3"]),
        ({"countries": ["CHE"]}, ["X3"]),
        ({"places": ["GENEVE"]}, ["X3"]),
        ({"places": ["GENEVE "]}, ["X3"]),
        ({"places": ["\u00a0Genève\t"], "entry_ids": [" X3 "], "parties": ["us "]}, ["X3"]),
        ({"places": ["2660646"]}, ["X3"]),
        ({"kinds": ["ACT_KIND_MEETING"]}, ["X3"]),
        ({"occurred": DayRange(from_day="2018-08-01")}, ["X1", "X2", "X5"]),
        ({"occurred": DayRange(from_day="2018-07-20", to_day="2018-07-20")}, ["X3"]),
        ({"publishers": ["agence francaise"]}, ["X5"]),
        ({"reports": ["kcna"]}, ["X5"]),
        ({"entry_ids": ["X2", "nobody"]}, ["X2"]),
        ({"text": "one", "occurred": DayRange(to_day="2018-07-20")}, []),
        ({"recorded": DayRange(from_day="2018-08-19")}, []),
    ],
    ids=str,
)
async def test_acts_are_found_by_what_they_say(
    api: Api, asked: dict[str, Any], found: list[str]
) -> None:
    await recorded(api)
    assert await acts(api, **asked) == found


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"text": "dismantle"}, ["C2"]),
        ({"text": "art."}, ["C3"]),
        ({"provisions": ["Art. IV"]}, ["C3"]),
        ({"instrument": "T1"}, ["C3"]),
        ({"topics": ["nuclear"]}, ["C2"]),
        ({"due": DayRange(from_day="2018-07-01", to_day="2018-07-31")}, ["C3"]),
        ({"flags": ["STANDING_FLAG_OVERDUE"]}, ["C3"]),
        ({"codes": [CodePrefix(system=CAMEO, prefix="087")]}, ["C3"]),
        ({"lifecycles": ["LIFECYCLE_BREACHED"]}, []),
        ({"debtors": ["us"]}, []),
        ({"creditors": ["us"], "topics": ["nuclear"]}, ["C2"]),
        ({"makers": ["dprk"], "topics": ["nuclear"]}, ["C2"]),
    ],
    ids=str,
)
async def test_commitments_are_found_by_what_they_say_and_where_they_stand(
    api: Api, asked: dict[str, Any], found: list[str]
) -> None:
    await recorded(api)
    assert await commitments(api, **asked) == found


async def test_instruments_are_found_by_what_they_say(api: Api) -> None:
    await recorded(api)

    async def found(**asked: Any) -> int:
        request = pb.ListInstrumentsRequest(ledger=NAME, filter=InstrumentFilter(**asked))
        return len((await api.standing.ListInstruments(request)).instruments)

    assert await found(text="declaration") == 1
    assert await found(kinds=["INSTRUMENT_KIND_JOINT_STATEMENT"], participants=["us"]) == 1
    assert await found(third_parties=["us"]) == 0
    assert await found(kinds=["INSTRUMENT_KIND_TREATY"]) == 0


async def test_a_text_is_found_as_it_read_at_the_cuts(api: Api) -> None:
    await recorded(api)
    head = await api.head()
    amended = an_amendment("X1", an_act(title="Coffins are returned"))
    await api.seen(await api.record(amended))
    assert await acts(api, text="remains") == []
    assert await acts(api, text="coffins returned") == ["X1"]
    before = pb.ListActsRequest(
        ledger=NAME, cuts=Cuts(position=head), filter=ActFilter(text="remains")
    )
    assert [each.entry_id for each in (await api.standing.ListActs(before)).acts] == ["X1"]


async def test_what_evidence_adds_is_found_together_with_what_stood_there(api: Api) -> None:
    await recorded(api)
    told = (an_evidence(report="kcna", quote="fifty-five boxes"),)
    added = an_amendment("X1", None, evidence_added=told)
    await api.seen(await api.record(added))
    assert await acts(api, text="remains boxes") == ["X1"]
    assert await acts(api, text="fifty-five") == ["X1"]
    assert await acts(api, text="five-fifty") == []
    assert await acts(api, text="remains", reports=["kcna"]) == ["X1"]


@pytest.mark.parametrize("changes", [{}, {"disclose_sealed": True}], ids=["sealed", "shown"])
async def test_what_is_sealed_is_found_by_nothing(api: Api) -> None:
    items = [message(item) for item in a_ledgerful()[:4]]
    sealed = message(
        entry(
            "S1",
            an_act(
                title="A colonel speaks",
                place=Place(name="Wonsan", country="PRK"),
                evidence=(an_evidence(attribution="second bureau"),),
            ),
        )
    )
    sealed.entry.seal.extend(["title", "place.country", "evidence[0].attribution"])
    recorded = await api.ledgers.Record(
        ledgers.RecordRequest(ledger=NAME, items=[*items, sealed])
    )
    await api.seen(recorded)
    assert await acts(api, text="wonsan") == ["S1"]
    assert await acts(api, text="colonel") == []
    assert await acts(api, attributions=["bureau"]) == []
    assert await acts(api, countries=["PRK"]) == []
    request = pb.ListActsRequest(
        ledger=NAME, facets=[filters_pb2.FACET_COUNTRY, filters_pb2.FACET_PUBLISHER]
    )
    countries, publishers = (await api.standing.ListActs(request)).facets
    assert not countries.values
    assert publishers.values


async def test_what_is_supposed_is_found_too(api: Api) -> None:
    await recorded(api)
    cuts = Cuts(suppose=[message(entry("X9", an_act(title="A parade", topics=("parades",))))])
    for asked in (ActFilter(text="parade"), ActFilter(topics=["parades"])):
        request = pb.ListActsRequest(ledger=NAME, cuts=cuts, filter=asked)
        found = await api.standing.ListActs(request)
        assert [each.entry_id for each in found.acts] == ["X9"]


@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize("order", ["COMMITMENT_ORDER_DAY", "COMMITMENT_ORDER_DUE_DAY"])
async def test_pages_join_to_the_whole_list_in_any_order(
    api: Api, order: str, descending: bool
) -> None:
    await recorded(api)
    more = [
        entry(f"D{n}", a_commitment(due=on(f"2018-09-{10 - n:02}") if n % 2 else None))
        for n in range(1, 6)
    ]
    await api.seen(await api.record(*more))
    request = pb.ListCommitmentsRequest(ledger=NAME, order=order, descending=descending)
    whole = [
        each.entry_id for each in (await api.standing.ListCommitments(request)).commitments
    ]
    request.page_size, joined = 2, []
    while True:
        page = await api.standing.ListCommitments(request)
        joined += [each.entry_id for each in page.commitments]
        if not page.next_page_token:
            break
        request.page_token = page.next_page_token
    assert joined == whole
    if order == "COMMITMENT_ORDER_DUE_DAY":
        dated = ["C3", "D5", "D3", "D1"]
        assert whole[:4] == (dated[::-1] if descending else dated)
    other = pb.ListCommitmentsRequest(
        ledger=NAME, order=order, descending=not descending, page_token=request.page_token
    )
    assert (await refused(api.standing.ListCommitments(other))).reason == "INVALID_PAGE_TOKEN"


async def test_a_page_that_is_asked_again_is_not_looked_for_again(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    await recorded(api)
    overdue = CommitmentFilter(flags=[standings_pb2.STANDING_FLAG_OVERDUE])
    cuts = Cuts(as_of="2018-09-01")
    request = pb.ListCommitmentsRequest(ledger=NAME, filter=overdue, cuts=cuts)
    first = await api.standing.ListCommitments(request)
    assert [each.entry_id for each in first.commitments] == ["C3"]

    def refuse(*_: object) -> None:
        raise AssertionError("This was looked for.")

    monkeypatch.setattr(finding, "commitments", refuse)
    assert await api.standing.ListCommitments(request) == first
    request.cuts.as_of = "2018-09-02"
    with pytest.raises(grpc.aio.AioRpcError):
        await api.standing.ListCommitments(request)


async def test_a_page_goes_on_in_the_words_in_which_it_was_asked_for(api: Api) -> None:
    """Also where other words meant the same, and were answered before."""
    await recorded(api)
    plain = pb.ListActsRequest(ledger=NAME, page_size=2)
    basis = (await api.standing.ListActs(plain)).basis
    exact = Cuts(as_of=basis.as_of, position=basis.position)
    for request in (plain, pb.ListActsRequest(ledger=NAME, page_size=2, cuts=exact)):
        found = list[str]()
        while not found or request.page_token:
            page = await api.standing.ListActs(request)
            found += [each.entry_id for each in page.acts]
            assert page.basis.position == basis.position
            request.page_token = page.next_page_token
        assert found == ["X3", "X4", "X1", "X2", "X5"]


async def test_facets_count_all_that_is_found_and_stand_on_the_first_page(api: Api) -> None:
    await recorded(api)
    request = pb.ListActsRequest(
        ledger=NAME,
        page_size=2,
        facets=[filters_pb2.FACET_KIND, filters_pb2.FACET_TOPIC, filters_pb2.FACET_KIND],
        filter=ActFilter(entry_ids=["X1", "X2", "X3"]),
    )
    first = await api.standing.ListActs(request)
    assert first.match_count == 3
    kinds, topics = first.facets
    assert [(each.value, each.count) for each in kinds.values] == [
        ("ACT_KIND_FULFILMENT", 2),
        ("ACT_KIND_MEETING", 1),
    ]
    assert kinds.value_count == 2
    assert [(each.value, each.count) for each in topics.values] == [("remains", 1)]
    request.page_token = first.next_page_token
    second = await api.standing.ListActs(request)
    assert not second.facets
    assert not second.HasField("match_count")


async def test_of_many_values_the_most_frequent_are_told_and_how_many_there_are(
    api: Api,
) -> None:
    await recorded(api)
    many = [entry(f"M{n:02}", an_act(topics=(f"t{n:02}", "all"))) for n in range(60)]
    await api.seen(await api.record(*many))
    request = pb.ListActsRequest(ledger=NAME, facets=[filters_pb2.FACET_TOPIC])
    (topics,) = (await api.standing.ListActs(request)).facets
    assert (topics.values[0].value, topics.values[0].count) == ("all", 60)
    assert len(topics.values) == 50
    assert topics.value_count == 62


REFUSED = [
    ({"text": "?!"}, "filter.text", "'?!' has no letter and no digit. Write words to look for"),
    ({"text": " ".join("abcdefghijklmnopqrstu")}, "filter.text", "These are 21 words."),
    ({"text": "x" * 501}, "filter.text", "This has more than 500 bytes."),
    (
        {"occurred": DayRange(from_day="2018-13-01")},
        "filter.occurred.from_day",
        "'2018-13-01' is not a day. Write it as 2018-06-12.",
    ),
    (
        {"recorded": DayRange(from_day="2018-02-01", to_day="2018-01-01")},
        "filter.recorded.to_day",
        "'2018-01-01' lies before '2018-02-01', the first day. Swap them.",
    ),
    ({"topics": ["Nuclear Tests"]}, "filter.topics[0]", "'Nuclear Tests' is not a topic"),
    ({"countries": ["KOR", "Korea"]}, "filter.countries[1]", "'Korea' is not a country"),
    ({"codes": [CodePrefix(prefix="05")]}, "filter.codes[0].system", "This is required."),
    (
        {"codes": [CodePrefix(system=CAMEO, prefix="5x")]},
        "filter.codes[0].prefix",
        "'5x' is not the first digits of a CAMEO code, such as 05.",
    ),
    ({"actors": [""]}, "filter.actors[0]", "This is empty. Leave it out."),
    ({"places": ["\u00a0 "]}, "filter.places[0]", "This is empty. Leave it out."),
    ({"evidence_statuses": [77]}, "filter.evidence_statuses[0]", "There is no number 77 here."),
]


@pytest.mark.parametrize(
    ("asked", "field", "problem"), REFUSED, ids=lambda each: str(each)[:40]
)
async def test_a_field_that_cannot_be_read_is_named_with_what_helps(
    api: Api, asked: dict[str, Any], field: str, problem: str
) -> None:
    request = pb.ListActsRequest(ledger=NAME, filter=ActFilter(**asked))
    refusal = await refused(api.standing.ListActs(request))
    assert refusal.code is grpc.StatusCode.INVALID_ARGUMENT
    assert list(refusal.fields) == [field]
    assert problem.rstrip(".") in refusal.fields[field]


async def test_a_facet_that_does_not_count_a_list_is_refused_with_those_that_do(
    api: Api,
) -> None:
    request = pb.ListActsRequest(ledger=NAME, facets=[filters_pb2.FACET_LIFECYCLE])
    refusal = await refused(api.standing.ListActs(request))
    assert (
        "FACET_LIFECYCLE does not count this list. Choose one of" in refusal.fields["facets[0]"]
    )
    assert "FACET_KIND" in refusal.fields["facets[0]"]


@pytest.mark.parametrize("field", ["actors", "counterparties", "asserted_by", "reports"])
async def test_a_party_or_a_report_that_is_not_recorded_is_refused(
    api: Api, field: str
) -> None:
    await recorded(api)
    request = pb.ListActsRequest(ledger=NAME, filter=ActFilter(**{field: ["nobody"]}))
    refusal = await refused(api.standing.ListActs(request))
    assert refusal.code is grpc.StatusCode.NOT_FOUND
    assert refusal.metadata["entry_id"] == "nobody"


SAID = {
    "entry_ids": ["x"],
    "instrument": "x",
    "related_to": "x",
    "lifecycles": [standings_pb2.LIFECYCLE_ACTIVE],
    "flags": [standings_pb2.STANDING_FLAG_DUE],
    "evidence_statuses": [standings_pb2.EVIDENCE_STATUS_CLAIMED],
    "kinds": [1],
    "codes": [CodePrefix(system=CAMEO, prefix="05")],
    "countries": ["KOR"],
    "text": "word",
}


@pytest.mark.parametrize(
    ("kind", "read", "field"),
    [
        (kind, read, field.name)
        for kind, read in (
            (CommitmentFilter, filters.commitments),
            (ActFilter, filters.acts),
            (InstrumentFilter, filters.instruments),
        )
        for field in kind.DESCRIPTOR.fields
    ],
)
def test_no_field_of_a_filter_is_passed_over(kind: Any, read: Any, field: str) -> None:
    of_days = kind.DESCRIPTOR.fields_by_name[field].message_type is DayRange.DESCRIPTOR
    value = DayRange(from_day="2018-06-12") if of_days else SAID.get(field, ["word"])
    found = read(kind(**{field: value}), problems := ReadingProblems())
    assert not problems.found
    assert found != read(kind(), problems)
    assert getattr(found, field)
