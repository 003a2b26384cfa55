"""Questions that suppose something: answered as if it were recorded, and nothing stays of it."""

from __future__ import annotations

import gc
import threading
from typing import Any

import grpc
import pytest
from diplomatic_ledger.v1 import (
    audit_service_pb2,
    differences_pb2,
    entries_pb2,
    history_service_pb2,
    standings_pb2,
)
from diplomatic_ledger.v1 import standing_service_pb2 as pb
from diplomatic_ledger.v1.audit_service_pb2_grpc import AuditServiceStub
from diplomatic_ledger.v1.cuts_pb2 import Cuts
from diplomatic_ledger.v1.filters_pb2 import ActFilter, CommitmentFilter
from diplomatic_ledger.v1.ledger_service_pb2 import RecordRequest

from ledger_service.api.messages import requests
from ledger_service.domain.values.commands import Item
from ledger_service.domain.values.cuts import Supposed
from ledger_service.domain.values.entries import Act, ActKind, Evidence, Relation, RelationKind
from tests.support.examples import (
    a_commitment,
    a_party,
    a_report,
    an_act,
    an_addition,
    an_amendment,
    an_annulment,
    an_evidence,
    entry,
    on,
)
from tests.support.wire import NAME, Api, SeeingApi, message, refused, refused_stream

AHEAD = "2018-12-01"


@pytest.fixture
async def api(channel: grpc.aio.Channel) -> SeeingApi:
    api = SeeingApi(channel)
    await api.open_ledger()
    return api


def delivery(**changes: Any) -> Act:
    """The rest of what C1 promises, on a day that lies ahead."""
    rest = Relation(RelationKind.FULFILS, "C1", extent="3/4")
    return an_act(**{"occurred": on(AHEAD), "relations": (rest,)} | changes)


def cuts(*items: Item, **more: Any) -> Cuts:
    return Cuts(suppose=map(message, items), **{"as_of": AHEAD} | more)


async def standing(api: Api, *items: Item, **more: Any) -> Any:
    request = pb.GetCommitmentRequest(ledger=NAME, entry_id="C1", cuts=cuts(*items, **more))
    return await api.standing.GetCommitment(request)


@pytest.mark.rule("12.1")
async def test_an_act_that_lies_ahead_is_answered_with(api: Api) -> None:
    await api.record()
    supposing = await standing(api, entry("F2", delivery()))
    told = supposing.commitment.standing
    assert (told.lifecycle, told.share) == (standings_pb2.LIFECYCLE_FULFILLED, "1")
    assert "F2" in told.why
    plain = (await standing(api)).commitment.standing
    assert (plain.lifecycle, plain.share) == (standings_pb2.LIFECYCLE_ACTIVE, "0.25")


@pytest.mark.rule("12.2")
async def test_its_basis_names_what_was_supposed_and_has_no_token(api: Api) -> None:
    await api.record()
    plain, one, again, other, two = [
        (await standing(api, *items)).basis
        for items in (
            (),
            (entry("F2", delivery()),),
            (entry("F2", delivery()),),
            (entry("F2", delivery(title="Otherwise")),),
            (entry("F2", delivery()), entry("F3", delivery())),
        )
    ]
    assert (plain.supposed, len(one.supposed)) == (b"", 32)
    assert one == again
    assert len({each.supposed for each in (plain, one, other, two)}) == 4
    assert (one.token, bool(plain.token)) == ("", True)
    for basis in (one, other):
        assert (basis.position, basis.root_hash) == (plain.position, plain.root_hash)
        assert basis.recorded_at == plain.recorded_at


@pytest.mark.rule("12.2")
async def test_nothing_of_it_is_recorded(api: Api) -> None:
    await api.record()
    head = await api.head()
    await standing(api, entry("F2", delivery()))
    assert await api.head() == head
    found = await api.standing.ListActs(
        pb.ListActsRequest(ledger=NAME, filter=ActFilter(entry_ids=["F2"]))
    )
    assert not found.acts
    request = history_service_pb2.GetEntryRequest(ledger=NAME, entry_id="F2")
    assert (await refused(api.history.GetEntry(request))).code is grpc.StatusCode.NOT_FOUND


async def test_no_answer_is_taken_for_that_of_another_supposition(api: Api) -> None:
    """Whatever was found out before, at the same position and on the same day."""
    await api.record()
    suppositions: list[tuple[tuple[Item, ...], str]] = [
        ((), "0.25"),
        ((entry("F2", delivery()),), "1"),
        ((entry("F2", delivery(relations=())),), "0.25"),
        ((an_annulment("F001"),), "0"),
        ((an_amendment("F001", an_act(relations=())),), "0"),
        ((entry("F2", delivery()), an_annulment("F001")), "0.75"),
    ]
    for _ in range(3):
        for items, share in suppositions:
            assert (await standing(api, *items)).commitment.standing.share == share
        suppositions.reverse()


async def test_what_is_recorded_since_is_seen_beside_it(api: Api) -> None:
    await api.record()
    act = entry("F2", delivery())
    assert (await standing(api, act)).commitment.standing.share == "1"
    token = (await api.record(an_annulment("F001"))).token
    later = await standing(api, act, at_least=token)
    assert later.commitment.standing.share == "0.75"
    before = await standing(api, act, position=8)
    assert before.commitment.standing.share == "1"


async def sealed_answer(api: Api, act: Any, text: str, at_least: str = "") -> Any:
    """The acts that have a text, and those of one id, with F2 supposed or recorded."""
    see = Cuts(as_of=AHEAD, at_least=at_least) if at_least else Cuts(as_of=AHEAD, suppose=[act])
    found = []
    for asked in (ActFilter(text=text), ActFilter(entry_ids=["F2"])):
        request = pb.ListActsRequest(ledger=NAME, cuts=see, filter=asked)
        found.append(list((await api.standing.ListActs(request)).acts))
    for view in found[0] + found[1]:
        for each in view.sealed:
            each.ClearField("hash")
    return found


def a_sealed_act(title: str) -> Any:
    act = message(entry("F2", an_act(title=title, evidence=(an_evidence(quote="it is so"),))))
    act.entry.seal.extend(["title", "evidence[0].quote"])
    return act


@pytest.mark.rule("12.2")
@pytest.mark.parametrize("changes", [{}, {"disclose_sealed": True}])
async def test_sealed_texts_are_seen_as_if_they_had_been_recorded(
    api: Api, changes: dict[str, Any]
) -> None:
    await api.record()
    act = a_sealed_act("zzz unheard of")
    supposed = await sealed_answer(api, act, "unheard")
    assert supposed[0] == [], "found by nothing"
    (view,) = supposed[1]
    shown = bool(changes)
    state = entries_pb2.SEAL_STATE_DISCLOSED if shown else entries_pb2.SEAL_STATE_WITHHELD
    assert [(each.path, each.state) for each in view.sealed] == [
        ("title", state),
        ("evidence[0].quote", state),
    ]
    assert view.act.title == ("zzz unheard of" if shown else "")

    token = (await api.ledgers.Record(RecordRequest(ledger=NAME, items=[act]))).token
    recorded = await sealed_answer(api, act, "unheard", token)
    assert recorded == supposed


@pytest.mark.parametrize("changes", [{"disclose_sealed": True}])
async def test_no_sealed_text_is_shown_to_who_supposes_another(api: Api) -> None:
    """Both questions have one digest, which does not tell what is sealed."""
    await api.record()
    for title in ("one", "two"):
        (view,) = (await sealed_answer(api, a_sealed_act(title), "x"))[1]
        assert view.act.title == title


async def test_a_supposed_amendment_seals_what_it_adds_and_why(api: Api) -> None:
    await api.record()
    told = message(an_addition("F001", Evidence("A1", locator="behind the hangar")))
    told.amendment.seal.extend(["evidence_added[0].locator", "reason"])
    request = pb.ListActsRequest(
        ledger=NAME, filter=ActFilter(entry_ids=["F001"]), cuts=Cuts(suppose=[told])
    )
    (view,) = (await api.standing.ListActs(request)).acts
    assert view.act.evidence[-1].locator == ""
    assert [each.path for each in view.sealed] == [
        f"evidence[{len(view.act.evidence) - 1}].locator"
    ]


@pytest.mark.rule("12.2")
async def test_supposing_and_then_recording_gives_the_same_answers(api: Api) -> None:
    await api.record()
    today = "2018-08-18"
    done = Relation(RelationKind.FULFILS, "C2")
    items = (
        entry("rok", a_party(name="South Korea")),
        entry("C2", a_commitment(debtors=("rok",), occurred=on("2018-08-01"))),
        entry("F2", an_act(actor="rok", occurred=on(today), relations=(done,))),
        an_amendment("C1", a_commitment(consequent="return all of them")),
        an_addition("F001", Evidence("A1", locator="page 7")),
    )

    async def answers() -> list[Any]:
        supposed = cuts(*items, as_of=today)
        see = Cuts(as_of=today, at_least=token) if token else supposed
        found = [
            await api.standing.Replay(pb.ReplayRequest(ledger=NAME, cuts=see)),
            await api.standing.ListCommitments(
                pb.ListCommitmentsRequest(
                    ledger=NAME, cuts=see, filter=CommitmentFilter(parties=["rok"])
                )
            ),
            await api.standing.ListActs(
                pb.ListActsRequest(ledger=NAME, cuts=see, filter=ActFilter(related_to="C2"))
            ),
            await api.standing.GetBalance(
                pb.GetBalanceRequest(ledger=NAME, cuts=see, party_a="rok", party_b="us")
            ),
            await api.standing.ListBalances(pb.ListBalancesRequest(ledger=NAME, cuts=see)),
            await api.standing.GetSeries(
                pb.GetSeriesRequest(ledger=NAME, cuts=see, party_a="rok", party_b="us")
            ),
            await api.standing.GetParty(
                pb.GetPartyRequest(ledger=NAME, cuts=see, entry_id="rok")
            ),
        ]
        for each in found:
            each.ClearField("basis")
        return found

    token = ""
    before = await answers()
    token = (await api.record(*items)).token
    assert await answers() == before


async def test_a_difference_tells_what_would_change(api: Api) -> None:
    await api.record()
    request = pb.DiffRequest(
        ledger=NAME, before=Cuts(as_of=AHEAD), after=cuts(entry("F2", delivery()))
    )
    found = await api.standing.Diff(request)
    assert [(each.entry_id, each.difference) for each in found.entries] == [
        ("F2", differences_pb2.ENTRY_DIFFERENCE_APPEARED)
    ]
    assert [each.entry_id for each in found.commitments] == ["C1"]
    assert list(found.commitments[0].because) == ["F2"]
    assert (found.before.supposed, len(found.after.supposed)) == (b"", 32)


async def test_ids_that_are_not_given_are_made_alike_each_time(api: Api) -> None:
    await api.record()
    request = pb.ListActsRequest(
        ledger=NAME, cuts=cuts(entry("", delivery()), entry("", delivery()))
    )
    ids = [each.entry_id for each in (await api.standing.ListActs(request)).acts]
    assert ids == [each.entry_id for each in (await api.standing.ListActs(request)).acts]
    assert len(set(ids)) == 3


async def test_an_item_may_mention_and_change_one_before_it(api: Api) -> None:
    await api.record()
    found = await standing(
        api,
        entry("A2", a_report()),
        entry("F2", delivery(evidence=(Evidence("A2"),))),
        an_addition("F2", an_evidence()),
        an_annulment("F2"),
        an_amendment("F2", delivery(title="It is brought after all")),
    )
    assert found.commitment.standing.share == "1"


async def test_pages_belong_to_what_was_supposed(api: Api) -> None:
    await api.record()

    def asking(see: Cuts, token: str = "") -> pb.ListActsRequest:
        return pb.ListActsRequest(ledger=NAME, cuts=see, page_size=1, page_token=token)

    see = cuts(entry("F2", delivery()))
    first = await api.standing.ListActs(asking(see))
    await api.record(entry("F3", an_act(occurred=on("2018-08-01"))))
    second = await api.standing.ListActs(asking(see, first.next_page_token))
    assert [each.entry_id for each in (*first.acts, *second.acts)] == ["F001", "F2"]
    assert second.basis == first.basis
    assert not second.next_page_token
    for other in (Cuts(as_of=AHEAD), cuts(entry("F2", delivery(title="Otherwise")))):
        refusal = await refused(api.standing.ListActs(asking(other, first.next_page_token)))
        assert refusal.reason == "INVALID_PAGE_TOKEN"


@pytest.mark.rule("12.1")
async def test_items_are_checked_like_those_to_record(api: Api) -> None:
    await api.record()
    refusal = await refused(
        standing(
            api,
            entry("F2", delivery(title="", evidence=())),
            an_amendment("F001", an_act(), reason=""),
            reported_by="yesterday",
        )
    )
    assert refusal.code is grpc.StatusCode.INVALID_ARGUMENT
    assert set(refusal.fields) == {
        "cuts.reported_by",
        "cuts.suppose[0].entry.state.act.title",
        "cuts.suppose[0].entry.state.act.evidence",
        "cuts.suppose[1].amendment.reason",
    }


@pytest.mark.rule("12.1")
@pytest.mark.parametrize(
    ("items", "reason", "field"),
    [
        (
            (entry("F2", delivery(actor="rok")),),
            "UNKNOWN_REFERENCE",
            "cuts.suppose[0].entry.state.act.actor",
        ),
        (
            (an_amendment("F9", an_act()),),
            "UNKNOWN_REFERENCE",
            "cuts.suppose[0].amendment.entry_id",
        ),
        ((entry("F001", delivery()),), "ENTRY_EXISTS", ""),
        ((an_annulment("F001", expected_version=3),), "VERSION_CONFLICT", ""),
    ],
)
async def test_what_could_not_be_recorded_cannot_be_supposed(
    api: Api, items: tuple[Item, ...], reason: str, field: str
) -> None:
    await api.record()
    refusal = await refused(standing(api, *items))
    assert refusal.reason == reason
    assert set(refusal.fields) == ({field} if field else set())


async def test_the_side_of_a_difference_is_named_where_it_cannot_be_supposed(api: Api) -> None:
    await api.record()
    request = pb.DiffRequest(ledger=NAME, after=cuts(entry("F2", delivery(actor="rok"))))
    refusal = await refused(api.standing.Diff(request))
    assert set(refusal.fields) == {"after.suppose[0].entry.state.act.actor"}


@pytest.mark.rule("12.1")
async def test_an_entry_that_came_after_the_cut_can_be_supposed_before_it(api: Api) -> None:
    await api.record()
    await api.record(entry("F2", an_act(kind=ActKind.STATEMENT)))
    found = await standing(api, entry("F2", delivery()), position=8)
    assert found.commitment.standing.share == "1"
    assert (await refused(standing(api, entry("F2", delivery())))).reason == "ENTRY_EXISTS"


@pytest.mark.rule("12.1")
async def test_at_most_100_items_are_supposed(api: Api) -> None:
    await api.record()
    many = [entry(f"p{number}", a_party()) for number in range(101)]
    assert (await standing(api, *many[:100])).basis.supposed
    refusal = await refused(standing(api, *many))
    assert refusal.fields == {
        "cuts.suppose": "At most 100 are allowed, and 101 are given.",
    }


async def test_a_question_that_supposes_has_a_length(api: Api) -> None:
    await api.record()
    long = [entry(f"p{n}", a_party(note="x" * 3000)) for n in range(90)]
    refusal = await refused(standing(api, *long))
    assert "262,144 at most" in refusal.text


async def test_a_seal_is_kept_by_what_amends_it(api: Api) -> None:
    await api.record()
    act = message(entry("F2", an_act(title="Secret", relations=())))
    act.entry.seal.append("title")
    await api.seen(await api.ledgers.Record(RecordRequest(ledger=NAME, items=[act])))
    changed = message(an_amendment("F2", delivery(title="")))
    changed.amendment.keep_sealed.append("title")
    request = pb.ListActsRequest(
        ledger=NAME,
        filter=ActFilter(entry_ids=["F2"]),
        cuts=Cuts(as_of=AHEAD, suppose=[changed]),
    )
    (found,) = (await api.standing.ListActs(request)).acts
    assert [each.path for each in found.sealed] == ["title"]
    assert found.day == AHEAD


async def test_who_asks_for_what_was_recorded_supposes_nothing(api: Api) -> None:
    await api.record()
    told = {"cuts.suppose"}
    see = cuts(entry("F2", delivery()))
    request = history_service_pb2.GetEntryRequest(ledger=NAME, entry_id="F001", cuts=see)
    assert set((await refused(api.history.GetEntry(request))).fields) == told
    audit: Any = AuditServiceStub(api.channel)
    export = audit_service_pb2.ExportRequest(ledger=NAME, cuts=see)
    _, refusal = await refused_stream(audit.Export(export))
    assert set(refusal.fields) == told
    assert "Leave it out" in refusal.fields["cuts.suppose"]


async def test_an_empty_log_can_be_supposed_upon(api: Api) -> None:
    items = (entry("us", a_party()), entry("dprk", a_party()), entry("A1", a_report()))
    request = pb.ListCommitmentsRequest(
        ledger=NAME, cuts=cuts(*items, entry("C1", a_commitment()), position=0)
    )
    found = await api.standing.ListCommitments(request)
    assert [each.entry_id for each in found.commitments] == ["C1"]
    assert found.basis.position == 0


async def test_what_was_supposed_is_not_held_by_what_is_remembered_of_the_answers(
    api: Api,
) -> None:
    await api.record()
    for number in range(40):
        await standing(api, entry("F2", delivery(summary=f"Delivery {number}")))
    gc.collect()
    held = [each for each in gc.get_objects() if type(each) is Supposed and each.items]
    assert len(held) <= 2, "of which the last question is one"


@pytest.mark.parametrize(("count", "at_once"), [(1, True), (90, False)])
async def test_much_that_is_supposed_is_read_beside_the_event_loop(
    api: SeeingApi, monkeypatch: pytest.MonkeyPatch, count: int, at_once: bool
) -> None:
    read, found = requests.cuts, list[bool]()

    def noted(*args: Any, **named: Any) -> Any:
        found.append(threading.current_thread() is threading.main_thread())
        return read(*args, **named)

    await api.record()
    monkeypatch.setattr(requests, "cuts", noted)
    many = (entry(f"F{n}", delivery(relations=(), note="x" * 400)) for n in range(count))
    supposing = await standing(api, entry("F", delivery()), *many)
    assert supposing.commitment.standing.lifecycle == standings_pb2.LIFECYCLE_FULFILLED
    assert found == [at_once]
    wrong = entry("F", delivery(title=""))
    many = (entry(f"F{n}", delivery(relations=(), note="x" * 400)) for n in range(count))
    error = await refused(standing(api, wrong, *many))
    assert "cuts.suppose[0].entry.state.act.title" in error.fields
    assert found == [at_once] * 2
