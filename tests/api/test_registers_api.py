"""Parties and reports as callers list them."""

from __future__ import annotations

from datetime import date
from typing import Any

import grpc
import pytest
from diplomatic_ledger.v1 import standing_service_pb2 as pb
from diplomatic_ledger.v1.cuts_pb2 import Cuts
from diplomatic_ledger.v1.entries_pb2 import PARTY_KIND_BODY, PARTY_KIND_STATE
from diplomatic_ledger.v1.filters_pb2 import (
    FACET_KIND,
    FACET_LANGUAGE,
    FACET_PUBLISHER,
    FACET_TOPIC,
    FACET_YEAR,
    PartyFilter,
    ReportFilter,
)
from diplomatic_ledger.v1.ledger_service_pb2 import RecordRequest

from ledger_service.domain.values.entries import (
    Identity,
    Membership,
    PartyCode,
    PartyKind,
    PartyName,
)
from tests.support.examples import (
    a_party,
    a_report,
    a_representation,
    a_representative,
    an_act,
    an_annulment,
    an_evidence,
    entry,
    on,
)
from tests.support.wire import NAME, Api, SeeingApi, message, refused


@pytest.fixture
async def api(channel: grpc.aio.Channel) -> SeeingApi:
    api = SeeingApi(channel)
    await api.open_ledger()
    await api.record()
    return api


async def listed(api: Api, wanted: Any = None, **asked: Any) -> list[Any]:
    request = pb.ListPartiesRequest(ledger=NAME, filter=wanted, **asked)
    return list((await api.standing.ListParties(request)).parties)


async def told(api: Api, wanted: Any = None, **asked: Any) -> list[Any]:
    request = pb.ListReportsRequest(ledger=NAME, filter=wanted, **asked)
    return list((await api.standing.ListReports(request)).reports)


def ids(found: list[Any]) -> list[str]:
    return [each.entry_id for each in found]


async def test_each_party_is_told_as_it_is_when_it_is_asked_for_alone(api: Api) -> None:
    asked = {"cuts": Cuts(as_of="2018-05-01")}
    found = await listed(api, **asked)
    assert ids(found) == ["dprk", "pompeo", "us"]
    for each in found:
        request = pb.GetPartyRequest(ledger=NAME, entry_id=each.entry_id, **asked)
        assert each == (await api.standing.GetParty(request)).party


async def test_a_party_has_the_name_of_the_day(api: Api) -> None:
    names = (
        PartyName("Old", to_day=date(2018, 6, 30)),
        PartyName("New", from_day=date(2018, 7, 1)),
    )
    await api.record(entry("mkd", a_party(names=names)))
    for day, name in (("2018-06-30", "Old"), ("2018-07-01", "New")):
        found = await listed(api, PartyFilter(entry_ids=["mkd"]), cuts=Cuts(as_of=day))
        assert [each.name for each in found] == [name]


async def test_parties_are_found_by_kind_and_by_a_code_of_the_day(api: Api) -> None:
    codes = (PartyCode("iso3", "YUG", to_day=date(2003, 2, 3)), PartyCode("cow", "345"))
    await api.record(entry("yu", a_party(codes=codes, kind=PartyKind.BODY)))
    assert ids(await listed(api, PartyFilter(kinds=[PARTY_KIND_BODY]))) == ["yu"]
    assert ids(await listed(api, PartyFilter(kinds=[PARTY_KIND_STATE]))) == ["dprk", "us"]
    by_code = PartyFilter(codes=[{"scheme": "iso3", "prefix": "U"}, {"scheme": "cow"}])
    assert ids(await listed(api, by_code)) == ["us", "yu"]
    yugoslav = PartyFilter(codes=[{"scheme": "iso3", "prefix": "YU"}])
    assert ids(await listed(api, yugoslav)) == []
    assert ids(await listed(api, yugoslav, cuts=Cuts(as_of="2000-01-01"))) == ["yu"]


async def test_parties_are_found_by_whom_they_represent_on_the_day(api: Api) -> None:
    ends = a_representation(
        principal="dprk", from_day=date(2018, 1, 1), to_day=date(2018, 6, 1)
    )
    await api.record(entry("envoy", a_representative(represents=(ends,))))
    wanted = PartyFilter(represents=["dprk", "us"])
    assert ids(await listed(api, wanted, cuts=Cuts(as_of="2018-06-01"))) == ["envoy", "pompeo"]
    assert ids(await listed(api, wanted, cuts=Cuts(as_of="2018-06-02"))) == ["pompeo"]
    refusal = await refused(listed(api, PartyFilter(represents=["nobody"])))
    assert refusal.reason == "ENTRY_NOT_FOUND"


async def test_parties_are_found_by_the_body_of_which_they_are_members(api: Api) -> None:
    members = (Membership("us"), Membership("dprk", to_day=date(2018, 6, 1)))
    await api.record(entry("group", a_party(kind=PartyKind.BODY, composed_of=members)))
    wanted = PartyFilter(members_of=["group"])
    assert ids(await listed(api, wanted, cuts=Cuts(as_of="2018-06-01"))) == ["dprk", "us"]
    assert ids(await listed(api, wanted)) == ["us"]


async def test_and_of_which_they_are_members_under_another_of_its_ids(api: Api) -> None:
    alike = a_party(
        kind=PartyKind.BODY, composed_of=(Membership("dprk"),), same_as=(Identity("group"),)
    )
    group = a_party(kind=PartyKind.BODY, composed_of=(Membership("us"),))
    await api.record(entry("group", group), entry("the-group", alike))
    for body in ("group", "the-group"):
        assert ids(await listed(api, PartyFilter(members_of=[body]))) == ["dprk", "us"]


async def test_parties_are_found_by_words_of_their_names_in_any_language(api: Api) -> None:
    names = (PartyName("조선민주주의인민공화국"), PartyName("Corée du Nord"))
    await api.record(entry("kp", a_party(name="Pyongyang", aliases=("DPRK",), names=names)))
    for text, expected in (
        ("coree NORD", ["kp"]),
        ("인민", ["kp"]),
        ("dprk", ["dprk", "kp"]),
        ("pyong*", ["kp"]),
        ("pyong", []),
    ):
        assert ids(await listed(api, PartyFilter(text=text))) == expected, text
    assert list((await refused(listed(api, PartyFilter(text="..")))).fields) == ["filter.text"]


async def test_an_annulled_party_is_not_listed(api: Api) -> None:
    await api.record(entry("slip", a_party()))
    before = await api.head()
    await api.record(an_annulment("slip"))
    wanted = PartyFilter(entry_ids=["slip"])
    assert ids(await listed(api, wanted)) == []
    assert ids(await listed(api, wanted, cuts=Cuts(position=before))) == ["slip"]


async def test_reports_come_by_the_day_from_which_they_count(api: Api) -> None:
    await api.record(
        entry("late", a_report(published=on("2018-08-01"))),
        entry("early", a_report(published=on("2018-01-01", "2018-02-02"))),
    )
    found = await told(api)
    assert [(each.entry_id, each.day) for each in found] == [
        ("early", "2018-02-02"),
        ("A1", "2018-07-09"),
        ("late", "2018-08-01"),
    ]
    possible = await told(api, cuts=Cuts(dates="DATE_POLICY_POSSIBLE"))
    assert possible[0].day == "2018-01-01"
    before = await told(api, cuts=Cuts(reported_by="2018-07-31"))
    assert ids(before) == ["early", "A1"]


async def test_a_report_says_how_many_entries_it_tells_of(api: Api) -> None:
    await api.record(entry("A2", a_report(published=on("2018-08-01"))))
    await api.record(entry("a", an_act(evidence=(an_evidence(report="A2"),))))
    counts = {each.entry_id: each.cited_by_count for each in await told(api)}
    assert counts == {"A1": 2, "A2": 1}


async def test_reports_are_found_by_publisher_topic_language_and_days(api: Api) -> None:
    await api.record(
        entry("ko", a_report(publisher="Rodong", language="ko", topics=("missiles",))),
        entry("en", a_report(published=on("2018-08-01"), language="en")),
    )
    for wanted, expected in (
        (ReportFilter(publishers=["Rodong", "nobody"]), ["ko"]),
        (ReportFilter(publishers=["RODONG"]), ["ko"]),
        (ReportFilter(text="rodong PROMISE"), ["ko"]),
        (ReportFilter(text="promis* progress"), ["A1", "ko", "en"]),
        (ReportFilter(text="promises"), []),
        (ReportFilter(topics=["missiles"]), ["ko"]),
        (ReportFilter(languages=["en", "ko"]), ["ko", "en"]),
        (ReportFilter(published={"from_day": "2018-07-10"}), ["en"]),
        (ReportFilter(published={"to_day": "2018-07-31"}), ["A1", "ko"]),
        (ReportFilter(recorded={"from_day": "2018-08-19"}), []),
        (ReportFilter(recorded={"to_day": "2018-08-18"}, topics=["missiles"]), ["ko"]),
    ):
        assert ids(await told(api, wanted)) == expected, wanted


async def test_a_title_that_is_sealed_is_told_as_sealed(api: Api) -> None:
    item = message(entry("secret", a_report()))
    item.entry.seal.append("title")
    answer = await api.ledgers.Record(RecordRequest(ledger=NAME, items=[item]))
    cuts = Cuts(at_least=answer.token)
    (found,) = await told(api, ReportFilter(entry_ids=["secret"]), cuts=cuts)
    assert (found.report.title, [each.path for each in found.sealed]) == ("", ["title"])


async def test_what_is_wrong_in_a_filter_is_told_with_its_path(api: Api) -> None:
    wrong: Any = {"codes": [{"prefix": "P"}], "kinds": [0], "recorded": {"from_day": "May"}}
    assert set((await refused(listed(api, PartyFilter(**wrong)))).fields) == {
        "filter.codes[0].scheme",
        "filter.kinds[0]",
        "filter.recorded.from_day",
    }
    backwards = ReportFilter(published={"from_day": "2018-02-01", "to_day": "2018-01-01"})
    assert (await refused(told(api, backwards))).fields == {
        "filter.published.to_day": "'2018-01-01' lies before '2018-02-01', the first day. Swap "
        "them."
    }


async def test_they_come_in_pages(api: Api) -> None:
    await api.record(*(entry(f"r{n}", a_report()) for n in range(4)))
    request, found = pb.ListReportsRequest(ledger=NAME, page_size=2), list[list[str]]()
    while not found or request.page_token:
        page = await api.standing.ListReports(request)
        found.append(ids(list(page.reports)))
        request.page_token = page.next_page_token
    assert found == [["A1", "r0"], ["r1", "r2"], ["r3"]]


async def test_parties_come_from_the_last_one_to_the_first(api: Api) -> None:
    assert ids(await listed(api, descending=True)) == ["us", "pompeo", "dprk"]
    states = PartyFilter(kinds=[PARTY_KIND_STATE])
    assert ids(await listed(api, states, descending=True)) == ["us", "dprk"]


async def test_reports_come_the_newest_first(api: Api) -> None:
    await api.record(
        entry("new", a_report(published=on("2018-08-01"))),
        entry("B1", a_report()),
        entry("old", a_report(published=on("2018-01-01"))),
    )
    assert ids(await told(api)) == ["old", "A1", "B1", "new"]
    assert ids(await told(api, descending=True)) == ["new", "B1", "A1", "old"]
    early = ReportFilter(published={"to_day": "2018-07-31"})
    assert ids(await told(api, early, descending=True)) == ["B1", "A1", "old"]


async def test_a_page_token_holds_for_the_order_of_its_list(api: Api) -> None:
    await api.record(*(entry(f"r{n}", a_report()) for n in range(3)))
    for request, field in (
        (pb.ListReportsRequest(ledger=NAME, page_size=2, descending=True), "reports"),
        (pb.ListPartiesRequest(ledger=NAME, page_size=2, descending=True), "parties"),
    ):
        ask = getattr(api.standing, request.DESCRIPTOR.name.removesuffix("Request"))
        found = list[str]()
        first = (await ask(request)).next_page_token
        while not found or request.page_token:
            page = await ask(request)
            found += ids(getattr(page, field))
            request.page_token = page.next_page_token
        assert found == sorted(found, reverse=True)
        assert len(found) > 2
        request.page_token, request.descending = first, False
        assert (await refused(ask(request))).reason == "INVALID_PAGE_TOKEN"


def values(counts: Any) -> list[tuple[str, int]]:
    return [(each.value, each.count) for each in counts.values]


async def test_parties_are_counted_by_their_kind(api: Api) -> None:
    request = pb.ListPartiesRequest(
        ledger=NAME, page_size=1, facets=[FACET_KIND], descending=True
    )
    first = await api.standing.ListParties(request)
    (kinds,) = first.facets
    assert (first.match_count, kinds.facet, kinds.value_count) == (3, FACET_KIND, 2)
    assert values(kinds) == [("PARTY_KIND_STATE", 2), ("PARTY_KIND_PERSON", 1)]
    request.page_token = first.next_page_token
    second = await api.standing.ListParties(request)
    assert not second.facets
    assert not second.HasField("match_count")
    request.page_token = ""
    request.filter.represents.append("us")
    (kinds,) = (await api.standing.ListParties(request)).facets
    assert values(kinds) == [("PARTY_KIND_PERSON", 1)]


async def test_reports_are_counted_by_publisher_topic_language_and_year(api: Api) -> None:
    sealed = message(entry("secret", a_report(publisher="Rodong", published=on("2019-01-01"))))
    sealed.entry.seal.append("publisher")
    await api.ledgers.Record(RecordRequest(ledger=NAME, items=[sealed]))
    await api.record(
        entry("ko", a_report(publisher="Rodong", language="ko", topics=("missiles", "talks"))),
        entry("en", a_report(publisher="Rodong", language="en", topics=("talks",))),
        entry("old", a_report(published=on("2017-01-01"))),
    )
    facets = [FACET_PUBLISHER, FACET_TOPIC, FACET_LANGUAGE, FACET_YEAR]
    request = pb.ListReportsRequest(ledger=NAME, facets=facets, page_size=1)
    answer = await api.standing.ListReports(request)
    assert [each.facet for each in answer.facets] == facets
    publishers, topics, languages, years = map(values, answer.facets)
    assert answer.match_count == 5
    assert publishers == [("Rodong", 2), ("The Morning Paper", 2)]
    assert topics == [("talks", 2), ("missiles", 1)]
    assert languages == [("en", 1), ("ko", 1)]
    assert years == [("2018", 3), ("2017", 1), ("2019", 1)]
    request.filter.topics.append("missiles")
    answer = await api.standing.ListReports(request)
    assert (answer.match_count, values(answer.facets[0])) == (1, [("Rodong", 1)])
    early = Cuts(reported_by="2017-12-31")
    answer = await api.standing.ListReports(
        pb.ListReportsRequest(ledger=NAME, facets=facets, cuts=early)
    )
    assert (answer.match_count, values(answer.facets[3])) == (1, [("2017", 1)])


async def test_what_is_supposed_is_counted(api: Api) -> None:
    supposed = Cuts(suppose=[message(entry("more", a_report(publisher="Rodong")))])
    request = pb.ListReportsRequest(
        ledger=NAME, facets=[FACET_PUBLISHER], cuts=supposed, descending=True
    )
    answer = await api.standing.ListReports(request)
    assert ids(list(answer.reports)) == ["more", "A1"]
    assert ("Rodong", 1) in values(answer.facets[0])


async def test_of_many_publishers_fifty_are_told_and_how_many_there_are(api: Api) -> None:
    await api.record(*(entry(f"r{n}", a_report(publisher=f"p{n:02}")) for n in range(60)))
    request = pb.ListReportsRequest(ledger=NAME, facets=[FACET_PUBLISHER], page_size=1)
    (publishers,) = (await api.standing.ListReports(request)).facets
    assert (len(publishers.values), publishers.value_count) == (50, 61)


async def test_a_facet_that_does_not_count_them_is_refused_with_those_that_do(api: Api) -> None:
    problem = "{} does not count this list. Choose one of {}."
    refusal = await refused(listed(api, facets=[FACET_KIND, FACET_TOPIC]))
    assert refusal.fields == {"facets[1]": problem.format("FACET_TOPIC", "FACET_KIND")}
    refusal = await refused(told(api, facets=[FACET_KIND]))
    known = "FACET_TOPIC, FACET_YEAR, FACET_PUBLISHER, FACET_LANGUAGE"
    assert refusal.fields == {"facets[0]": problem.format("FACET_KIND", known)}
