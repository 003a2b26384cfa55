"""What a caller of Record may count on."""

import asyncio
from datetime import date
from itertools import pairwise
from typing import Any

import grpc
import pytest
from diplomatic_ledger.v1 import entries_pb2, items_pb2
from diplomatic_ledger.v1 import ledger_service_pb2 as pb

from ledger_service.domain.values.entries import (
    ActKind,
    ActOccurred,
    Antecedent,
    AtLeast,
    EventCode,
    Instalment,
    Place,
    PloverCode,
    Quantity,
    Relation,
    RelationKind,
    Succession,
)
from tests.support.examples import (
    a_commitment,
    a_ledgerful,
    a_party,
    a_relation,
    a_report,
    an_act,
    an_amendment,
    an_annulment,
    an_evidence,
    entry,
    on,
)
from tests.support.wire import NAME, Api, record_request, refused

ACT = "items[0].entry.state.act"
COMMITMENT = "items[0].entry.state.commitment"


async def refused_whole(api: Api, request: pb.RecordRequest) -> Any:
    """The refusal of `request`; checks that nothing of it was recorded."""
    before = await api.head()
    refusal = await refused(api.ledgers.Record(request))
    assert await api.head() == before
    return refusal


async def test_entries_are_recorded_in_order_with_gapless_positions(api: Api) -> None:
    answer = await api.record(request_id="r-1")
    assert [each.entry_id for each in answer.recorded] == [
        "us", "dprk", "pompeo", "A1", "C1", "F001", "ours",
    ]  # fmt: skip
    assert [each.position for each in answer.recorded] == [2, 3, 4, 5, 6, 7, 8]
    assert {each.version for each in answer.recorded} == {1}
    times = [each.recorded_at.ToNanoseconds() for each in answer.recorded]
    assert all(b - a >= 1000 for a, b in pairwise(times))
    assert answer.request_id == "r-1"
    assert not answer.already_recorded
    assert answer.token


async def test_an_entry_without_an_id_gets_one(api: Api) -> None:
    answer = await api.record(entry("", a_party()))
    assert len(answer.recorded[0].entry_id) == 36


async def test_the_same_request_again_gets_the_first_answer(api: Api) -> None:
    first = await api.record(request_id="r-1")
    again = await api.record(request_id="r-1")
    assert again.already_recorded
    assert again.recorded == first.recorded
    assert again.token == first.token
    assert await api.head() == 8


async def test_the_same_request_at_the_same_time_is_recorded_once(api: Api) -> None:
    answers = await asyncio.gather(*(api.record(request_id="r-1") for _ in range(8)))
    assert sum(not each.already_recorded for each in answers) == 1
    assert len({each.recorded[0].position for each in answers}) == 1
    assert await api.head() == 8


async def test_a_request_id_with_other_content_is_refused(api: Api) -> None:
    await api.record(request_id="r-1")
    refusal = await refused_whole(api, record_request(entry("x", a_party()), request_id="r-1"))
    assert refusal.code is grpc.StatusCode.ALREADY_EXISTS
    assert refusal.reason == "REQUEST_ID_REUSED"
    assert refusal.metadata == {"request_id": "r-1"}


async def test_an_entry_id_that_exists_is_refused_with_its_version(api: Api) -> None:
    await api.record()
    await api.record(an_amendment("us", a_party(name="USA")))
    refusal = await refused_whole(api, record_request(entry("us", a_party())))
    assert refusal.code is grpc.StatusCode.ALREADY_EXISTS
    assert refusal.reason == "ENTRY_EXISTS"
    assert refusal.metadata == {"entry_id": "us", "version": "2"}


async def test_an_entry_that_is_there_is_accepted_where_it_says_the_same(api: Api) -> None:
    first = await api.record()
    request = record_request(*a_ledgerful(), entry("x", a_party()))
    request.if_exists = pb.IF_EXISTS_ACCEPT_IDENTICAL
    answer = await api.ledgers.Record(request)
    assert not answer.already_recorded
    assert [each.already_recorded for each in answer.recorded] == [True] * 7 + [False]
    for before, again in zip(first.recorded, answer.recorded, strict=False):
        assert again.recorded_at == before.recorded_at
        assert (again.version, again.position) == (before.version, before.position)
    assert answer.recorded[-1].position == 9
    nothing_new = await api.ledgers.Record(request)
    assert [each.already_recorded for each in nothing_new.recorded] == [True] * 8
    assert nothing_new.token == answer.token
    assert await api.head() == 9


async def test_an_id_is_kept_by_what_recorded_something_and_left_free_by_all_else(
    api: Api,
) -> None:
    await api.record()
    there = record_request(entry("us", a_party()))
    nothing_new = record_request(*a_ledgerful())
    nothing_new.if_exists = pb.IF_EXISTS_ACCEPT_IDENTICAL
    checked = record_request(entry("x", a_party(name="X", aliases=(), codes=())))
    checked.validate_only = True
    other = record_request(entry("z", a_party(name="Z", aliases=(), codes=())))
    for each in (there, nothing_new, checked, other):
        each.request_id = "once"
    assert (await refused_whole(api, there)).reason == "ENTRY_EXISTS"
    assert (await api.ledgers.Record(nothing_new)).recorded[0].already_recorded
    await api.ledgers.Record(checked)
    assert not (await api.ledgers.Record(other)).already_recorded, "the id was free"

    checked.validate_only = False
    assert (await refused_whole(api, checked)).reason == "REQUEST_ID_REUSED"


async def test_receipts_are_given_for_entries_that_are_there_too(api: Api) -> None:
    await api.record()
    request = record_request(*a_ledgerful())
    request.if_exists, request.receipts = pb.IF_EXISTS_ACCEPT_IDENTICAL, True
    assert len((await api.ledgers.Record(request)).receipts) == 7


@pytest.mark.parametrize("validate_only", [False, True])
async def test_one_that_differs_is_refused_with_both_versions(
    api: Api, validate_only: bool
) -> None:
    await api.record()
    await api.record(an_amendment("us", a_party(name="USA", note="A state.")))
    request = record_request(entry("new", a_party()), entry("us", a_party()))
    request.if_exists = pb.IF_EXISTS_ACCEPT_IDENTICAL
    request.validate_only = validate_only
    refusal = await refused_whole(api, request)
    assert refusal.code is grpc.StatusCode.ALREADY_EXISTS
    assert refusal.reason == "ENTRY_EXISTS"
    assert refusal.metadata == {
        "entry_id": "us",
        "version": "2",
        "offered_version": "1",
        "differing": "name, note",
    }


async def test_what_becomes_of_taken_ids_must_be_one_of_the_known_ways(api: Api) -> None:
    request = record_request(entry("us", a_party()))
    request.if_exists = 9  # type: ignore[assignment]
    refusal = await refused_whole(api, request)
    assert refusal.fields == {
        "if_exists": "There is no number 9 here. Choose one of "
        "IF_EXISTS_FAIL, IF_EXISTS_ACCEPT_IDENTICAL."
    }


@pytest.mark.parametrize(
    "stale",
    [
        an_amendment("us", a_party(), expected_version=1),
        an_annulment("us", expected_version=1),
    ],
)
async def test_a_stale_expected_version_is_aborted(api: Api, stale: Any) -> None:
    await api.record()
    await api.record(an_amendment("us", a_party(name="USA"), expected_version=1))
    refusal = await refused_whole(api, record_request(stale))
    assert refusal.code is grpc.StatusCode.ABORTED
    assert refusal.reason == "VERSION_CONFLICT"
    assert refusal.metadata == {"entry_id": "us", "expected": "1", "actual": "2"}


async def test_an_amendment_of_an_unknown_entry_is_refused(api: Api) -> None:
    refusal = await refused_whole(api, record_request(an_annulment("nobody")))
    assert refusal.code in {grpc.StatusCode.NOT_FOUND, grpc.StatusCode.INVALID_ARGUMENT}
    assert "nobody" in refusal.text


async def test_an_unknown_ledger_is_not_found(api: Api) -> None:
    refusal = await refused(api.record(ledger="nowhere"))
    assert refusal.code is grpc.StatusCode.NOT_FOUND
    assert refusal.reason == "LEDGER_NOT_FOUND"
    assert refusal.metadata == {"ledger": "nowhere"}


@pytest.mark.parametrize(
    ("state", "field"),
    [
        (an_act(actor="nobody"), f"{ACT}.actor"),
        (an_act(evidence=(an_evidence(report="none"),)), f"{ACT}.evidence[0].report"),
        (an_act(relations=(a_relation(target="F9"),)), f"{ACT}.relations[0].target"),
        (
            an_act(relations=(Relation(RelationKind.FULFILS, "C9"),)),
            f"{ACT}.relations[0].target",
        ),
        (an_act(actor="A1"), f"{ACT}.actor"),
    ],
    ids=["party", "report", "relation target", "commitment", "of another type"],
)
async def test_an_unknown_reference_is_refused_with_its_field(
    api: Api, state: Any, field: str
) -> None:
    await api.record()
    refusal = await refused_whole(api, record_request(entry("F100", state)))
    assert refusal.code is grpc.StatusCode.INVALID_ARGUMENT
    assert refusal.reason == "UNKNOWN_REFERENCE"
    assert list(refusal.fields) == [field]


def only_checked(*items: Any, ledger: str = NAME) -> pb.RecordRequest:
    request = record_request(*items, ledger=ledger)
    request.validate_only = True
    return request


@pytest.mark.parametrize("ledger", [NAME, "not-made-yet"])
async def test_what_is_only_checked_is_refused_as_if_recorded(api: Api, ledger: str) -> None:
    for item, reason in (
        (entry("F100", an_act(actor="nobody")), "UNKNOWN_REFERENCE"),
        (entry("F100", an_act(title="x" * 501)), "VALIDATION_FAILED"),
        (an_annulment("nobody"), "UNKNOWN_REFERENCE"),
    ):
        refusal = await refused_whole(api, only_checked(item, ledger=ledger))
        assert refusal.reason == reason


async def test_what_is_only_checked_is_never_recorded(api: Api) -> None:
    before = await api.head()
    for ledger in (NAME, "not-made-yet"):
        request = only_checked(entry("kr", a_party()), ledger=ledger)
        assert not (await api.ledgers.Record(request)).recorded
    assert await api.head() == before
    refusal = await refused(api.record(ledger="not-made-yet"))
    assert refusal.reason == "LEDGER_NOT_FOUND"


async def test_a_reference_to_a_later_entry_of_the_same_request_is_fine(api: Api) -> None:
    await api.record()
    refers = an_act(relations=(a_relation(target="F101"),))
    answer = await api.record(entry("F100", refers), entry("F101", an_act()))
    assert len(answer.recorded) == 2


@pytest.mark.parametrize(
    ("state", "field"),
    [
        (a_commitment(debtors=("us",), creditors=("us",)), f"{COMMITMENT}.creditors"),
        (an_act(occurred=on("2018-07-02", "2018-07-01")), f"{ACT}.occurred"),
        (
            an_act(relations=(Relation(RelationKind.FULFILS, "C1", extent="1.5"),)),
            f"{ACT}.relations[0].extent",
        ),
        (an_act(title="x" * 501), f"{ACT}.title"),
        (an_act(title="a\u202eb"), f"{ACT}.title"),
        (an_act(occurred=on("2018-08-20")), f"{ACT}.occurred"),
    ],
    ids=["debtor is creditor", "from after to", "extent", "too long", "bidi", "after tomorrow"],
)
async def test_a_broken_rule_is_refused_with_its_field(
    api: Api, state: Any, field: str
) -> None:
    await api.record()
    refusal = await refused_whole(api, record_request(entry("F100", state)))
    assert refusal.code is grpc.StatusCode.INVALID_ARGUMENT
    assert refusal.reason == "VALIDATION_FAILED"
    assert [each for each in refusal.fields if each.startswith(field)], refusal.fields


async def test_an_act_dated_tomorrow_is_fine(api: Api) -> None:
    await api.record()
    await api.record(entry("F100", an_act(occurred=on("2018-08-19"))))


async def test_a_wrong_id_is_refused(api: Api) -> None:
    refusal = await refused_whole(api, record_request(entry("no spaces", a_party())))
    assert list(refusal.fields) == ["items[0].entry.entry_id"]


async def test_data_over_its_limit_is_refused(api: Api) -> None:
    await api.record()
    much = an_act(evidence=tuple(an_evidence(attribution="x" * 480) for _ in range(150)))
    refusal = await refused_whole(api, record_request(entry("F100", much)))
    assert refusal.code is grpc.StatusCode.INVALID_ARGUMENT
    assert "60" in refusal.text


async def test_a_demand_as_antecedent_is_refused(api: Api) -> None:
    await api.record()
    await api.record(entry("F100", an_act(kind=ActKind.DEMAND)))
    waits = a_commitment(antecedent=Antecedent(ActOccurred("F100")))
    refusal = await refused_whole(api, record_request(entry("C2", waits)))
    assert refusal.code is grpc.StatusCode.INVALID_ARGUMENT
    assert list(refusal.fields) == [f"{COMMITMENT}.antecedent.condition.act"]


async def test_same_as_across_types_is_refused(api: Api) -> None:
    await api.record()
    same = an_act(relations=(Relation(RelationKind.SAME_AS, "C1"),))
    refusal = await refused_whole(api, record_request(entry("F100", same)))
    assert refusal.code is grpc.StatusCode.INVALID_ARGUMENT
    assert list(refusal.fields) == [f"{ACT}.relations[0].target"]


async def test_same_as_across_directions_is_recorded(api: Api) -> None:
    await api.record()
    same = Relation(RelationKind.SAME_AS, "F001")
    await api.record(
        entry("F100", an_act(actor="us", counterparties=("dprk",), relations=(same,)))
    )


async def test_a_move_by_a_stranger_is_recorded(api: Api) -> None:
    await api.record()
    cancels = Relation(RelationKind.CANCELS, "C1")
    await api.record(
        entry("china", a_party(name="China")),
        entry("F100", an_act(kind=ActKind.CANCELLATION, actor="china", relations=(cancels,))),
    )


async def test_all_violations_of_a_request_are_listed_at_once(api: Api) -> None:
    await api.record()
    request = record_request(
        entry("bad id", a_party()),
        entry("F100", an_act(actor="nobody", title="")),
        entry("C2", a_commitment(debtors=("us",), creditors=("us",))),
    )
    request.items[1].entry.state.act.relations.add(kind=99, target="C1", extent="7")
    request.items[1].entry.state.act.occurred.from_day = "2018-02-30"
    request.items.add()
    refusal = await refused_whole(api, request)
    assert refusal.reason == "VALIDATION_FAILED"
    act = "items[1].entry.state.act"
    assert {
        "items[0].entry.entry_id",
        f"{act}.actor",
        f"{act}.title",
        f"{act}.relations[0].kind",
        f"{act}.occurred.from_day",
        "items[3]",
    } <= set(refusal.fields)
    assert any(each.startswith("items[2].") for each in refusal.fields)
    assert f"{act}.relations[0].extent" not in refusal.fields  # says nothing about a guess


@pytest.mark.parametrize("number", [0, 99])
async def test_an_unknown_enum_number_is_refused(api: Api, number: int) -> None:
    await api.record()
    request = record_request(entry("F100", an_act()))
    request.items[0].entry.state.act.kind = number  # type: ignore[assignment]
    refusal = await refused_whole(api, request)
    assert refusal.code is grpc.StatusCode.INVALID_ARGUMENT
    assert list(refusal.fields) == [f"{ACT}.kind"]
    assert "ACT_KIND_CONCESSION" in refusal.fields[f"{ACT}.kind"]


async def test_what_must_be_set_is_asked_for(api: Api) -> None:
    request = pb.RecordRequest(ledger=NAME)
    request.items.add(entry=items_pb2.NewEntry(entry_id="x"))
    request.items.add(amendment=items_pb2.Amendment(entry_id="us", reason="so"))
    state = entries_pb2.EntryState(act=entries_pb2.Act(kind=1, actor="us", title="t"))
    request.items.add(entry=items_pb2.NewEntry(entry_id="y", state=state))
    refusal = await refused_whole(api, request)
    assert {
        "items[0].entry.state",
        "items[1].amendment.cause",
        "items[1].amendment.state",
        "items[2].entry.state.act.occurred",
    } <= set(refusal.fields)


async def test_no_entries_and_too_many_entries_are_refused(api: Api) -> None:
    none = await refused_whole(api, pb.RecordRequest(ledger=NAME))
    assert list(none.fields) == ["items"]
    many = [entry("", a_party()) for _ in range(1001)]
    assert list((await refused_whole(api, record_request(*many))).fields) == ["items"]


async def test_a_long_list_of_violations_ends_with_how_many_more_there_are(api: Api) -> None:
    many = [entry("", a_party(name="")) for _ in range(500)]
    refusal = await refused_whole(api, record_request(*many))
    assert len(refusal.fields) > 20
    assert refusal.fields[""].endswith("more violations are not listed.")


async def test_one_bad_request_among_many_fails_alone(api: Api) -> None:
    await api.record()
    good = [api.record(entry(f"F{n}", an_act()), request_id=f"g{n}") for n in range(10, 40)]
    bad = [api.record(entry(f"B{n}", an_act(actor="nobody"))) for n in range(10)]
    rests = api.record(entry("R1", an_act(relations=(a_relation(target="B1"),))))
    outcomes = await asyncio.gather(*good, *bad, rests, return_exceptions=True)
    assert [isinstance(each, Exception) for each in outcomes] == [False] * 30 + [True] * 11
    assert await api.head() == 38


async def test_a_message_that_is_no_message_is_refused_with_a_reason(api: Api) -> None:
    call = api.channel.unary_unary("/diplomatic_ledger.v1.LedgerService/Record")
    refusal = await refused(call(b"\xff\xff\xff"))
    assert refusal.code is grpc.StatusCode.INVALID_ARGUMENT
    assert refusal.reason == "VALIDATION_FAILED"


async def test_every_refusal_says_its_request_id_and_domain(api: Api) -> None:
    refusal = await refused(
        api.record(ledger="nowhere", metadata=(("x-request-id", "call-17"),))
    )
    assert refusal.request_id == "call-17"
    assert refusal.domain == "diplomatic-ledger"


@pytest.mark.parametrize("checked", [False, True])
async def test_a_code_that_no_vocabulary_has_is_recorded_with_a_remark(
    api: Api, checked: bool
) -> None:
    """Rule 13.18."""
    await api.record()
    coded = (
        EventCode("0842"),
        EventCode("0849"),
        EventCode("99"),
        EventCode(plover=PloverCode("RETREAT", "disarm")),
        EventCode("08", PloverCode("RETREAT", "hide")),
        EventCode(plover=PloverCode("FORGIVE", "pardon")),
    )
    items = [
        entry(f"R{n}", an_act(code=code, occurred=on("2018-07-01")))
        for n, code in enumerate(coded)
    ]
    promised = entry("P1", a_commitment(consequent_code=EventCode("0849")))
    request = record_request(*items, promised)
    request.validate_only = checked
    answer = await api.ledgers.Record(request)
    assert len(answer.recorded) == (0 if checked else 7)
    code = "entry.state.act.code"
    assert {each.path: each.text for each in answer.remarks} == {
        f"items[1].{code}.cameo": "CAMEO has no code '0849'. It is weighed as 084.",
        f"items[2].{code}.cameo": "CAMEO has no code '99'. No weight is known for it.",
        f"items[4].{code}.plover.mode": (
            "PLOVER 2.0 has no mode 'hide' of RETREAT. It is weighed as RETREAT."
        ),
        f"items[5].{code}.plover.type": (
            "PLOVER 2.0 has no type 'FORGIVE'. No weight is known for it."
        ),
        "items[6].entry.state.commitment.consequent_code.cameo": (
            "CAMEO has no code '0849'. It is weighed as 084."
        ),
    }


async def test_what_lies_ahead_is_refused_by_the_clock_of_the_service(api: Api) -> None:
    await api.record()
    plan = an_act(occurred=on("2018-07-01", "9999-12-31"))
    refusal = await refused_whole(api, record_request(entry("F9", plan)))
    assert list(refusal.fields) == [f"{ACT}.occurred.to_day"]
    assert "A plan is a commitment" in refusal.fields[f"{ACT}.occurred.to_day"]


async def test_evidence_is_added_to_that_of_the_version_before(api: Api) -> None:
    await api.record()
    told = an_evidence(report="A1", quote="We will return them.", locator="p. 2")
    added = an_amendment("F001", None, evidence_added=(told,), report="A1", expected_version=1)
    answer = await api.record(added)
    assert answer.recorded[0].version == 2
    refusal = await refused_whole(api, record_request(added))
    assert refusal.reason == "VERSION_CONFLICT"
    again = an_amendment("F001", None, evidence_added=(told,))
    refusal = await refused_whole(api, record_request(again))
    assert list(refusal.fields) == ["items[0].amendment.evidence_added[0]"]
    assert "at evidence[1] already" in refusal.text


async def test_everything_that_is_wrong_with_the_new_parts_is_told_at_once(api: Api) -> None:
    await api.record()
    left = an_act(
        occurred=on("2018-07-01"),
        place=Place(latitude="91", longitude="0"),
        quantity=Quantity("1", ""),
        relations=(
            Relation(RelationKind.CANCELS, "C1", takes_effect=date(2018, 6, 1)),
            Relation(RelationKind.FULFILS, "C1"),
            Relation(RelationKind.FULFILS, "C1", extent="1/2"),
            Relation(RelationKind.SUSPENDS, "F001", until=date(2018, 6, 1)),
        ),
    )
    promised = a_commitment(
        due=on("2018-12-31"),
        instalments=(Instalment(on("2018-12-31"), share="1/2"),),
        instrument="A1",
        antecedent=Antecedent(AtLeast(0, (ActOccurred("F001"), ActOccurred("F001")))),
    )
    party = a_party(succeeds=(Succession("N3", date(1991, 12, 26)),))
    report = a_report(digest="md5:1")
    items = (entry("N1", left), entry("N2", promised), entry("N3", party), entry("N4", report))
    refusal = await refused_whole(api, record_request(*items))
    promise = "items[1].entry.state.commitment"
    assert set(refusal.fields) == {
        f"{ACT}.place.latitude",
        f"{ACT}.quantity.unit",
        f"{ACT}.relations[0].takes_effect",
        f"{ACT}.relations[2]",
        f"{ACT}.relations[3].until",
        f"{ACT}.relations[3].target",
        f"{promise}.instalments",
        f"{promise}.instrument",
        f"{promise}.antecedent.condition.at_least.n",
        f"{promise}.antecedent.condition.at_least.of[1].act",
        "items[2].entry.state.party.succeeds[0].predecessor",
        "items[3].entry.state.report.digest",
    }
