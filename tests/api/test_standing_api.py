"""Questions through the API: cuts, pages, and how questions are refused."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import grpc
import pytest
from diplomatic_ledger.v1 import balances_pb2, cuts_pb2, series_pb2, standings_pb2
from diplomatic_ledger.v1 import standing_service_pb2 as pb
from diplomatic_ledger.v1.cuts_pb2 import Cuts
from diplomatic_ledger.v1.filters_pb2 import ActFilter, CommitmentFilter
from google.protobuf.timestamp_pb2 import Timestamp

from ledger_service.domain.values.entries import Evidence
from tests.support.examples import (
    a_commitment,
    a_relation,
    a_report,
    a_scale,
    an_act,
    entry,
    on,
)
from tests.support.wire import NAME, Api, refused


def at(moment: datetime) -> Timestamp:
    stamp = Timestamp()
    stamp.FromDatetime(moment)
    return stamp


async def recorded(api: Api) -> str:
    """A ledger with one commitment, one delivery and three more acts; its token."""
    await api.record()
    more = [entry(f"F10{n}", an_act(occurred=on(f"2018-07-0{n}"))) for n in (1, 2, 3)]
    token: str = (await api.record(*more)).token
    return token


@pytest.mark.rule("1.4")
async def test_a_commitment_comes_with_its_standing(api: Api) -> None:
    token = await recorded(api)
    request = pb.GetCommitmentRequest(ledger=NAME, entry_id="C1", cuts=Cuts(at_least=token))
    found = await api.standing.GetCommitment(request)
    assert found.commitment.commitment.consequent == "return the remains of the fallen"
    assert found.commitment.standing.share == "0.25"
    assert [each.act for each in found.commitment.standing.conduct] == ["F001"]
    assert "C1" in found.commitment.standing.why
    assert found.basis.as_of == "2018-08-18"
    assert found.basis.dates == cuts_pb2.DATE_POLICY_CERTAIN
    assert found.basis.token == token


async def test_a_basis_names_the_root_of_the_log_at_its_position(api: Api) -> None:
    await recorded(api)
    info = (await api.open_ledger()).root_hash
    found = await api.standing.ListActs(pb.ListActsRequest(ledger=NAME))
    assert found.basis.position == 11
    assert found.basis.root_hash == info


@pytest.mark.rule("2.2")
async def test_position_0_is_an_empty_answer_with_the_empty_root(api: Api) -> None:
    await recorded(api)
    request = pb.ReplayRequest(ledger=NAME, cuts=Cuts(position=0))
    found = await api.standing.Replay(request)
    assert not found.items
    assert found.basis.position == 0
    assert found.basis.root_hash.hex().startswith("e3b0c44298fc1c14")
    assert not found.basis.HasField("recorded_at")


@pytest.mark.rule("2.2")
async def test_a_cut_inside_a_request_resolves_to_the_one_before(api: Api) -> None:
    await recorded(api)
    found = await api.standing.ListActs(pb.ListActsRequest(ledger=NAME, cuts=Cuts(position=9)))
    assert found.basis.position == 8


@pytest.mark.rule("2.2")
@pytest.mark.parametrize(
    ("cuts", "reason", "code"),
    [
        (Cuts(position=99), "CUT_OUT_OF_RANGE", grpc.StatusCode.OUT_OF_RANGE),
        (
            Cuts(recorded_at=at(datetime(2018, 8, 19, tzinfo=UTC))),
            "CUT_OUT_OF_RANGE",
            grpc.StatusCode.OUT_OF_RANGE,
        ),
        (Cuts(token="nonsense"), "INVALID_TOKEN", grpc.StatusCode.INVALID_ARGUMENT),
        (Cuts(at_least="nonsense"), "INVALID_TOKEN", grpc.StatusCode.INVALID_ARGUMENT),
    ],
)
async def test_a_cut_that_cannot_be_made_is_refused(
    api: Api, cuts: Cuts, reason: str, code: grpc.StatusCode
) -> None:
    refusal = await refused(api.standing.ListActs(pb.ListActsRequest(ledger=NAME, cuts=cuts)))
    assert (refusal.reason, refusal.code) == (reason, code)
    if reason == "CUT_OUT_OF_RANGE":
        assert refusal.metadata["head"] == "1"


@pytest.mark.parametrize("field", ["at_least", "token"])
async def test_of_two_tokens_it_is_said_which_one_is_refused(api: Api, field: str) -> None:
    right = (await api.open_ledger("told")).token
    cuts = Cuts(at_least=right, token=right)
    setattr(cuts, field, "nonsense")
    refusal = await refused(api.standing.ListActs(pb.ListActsRequest(ledger="told", cuts=cuts)))
    assert (refusal.reason, refusal.metadata["field"]) == ("INVALID_TOKEN", field)
    assert refusal.text.startswith(f"{field}: The consistency token is damaged. Use ")


async def test_a_token_of_another_ledger_is_refused(api: Api) -> None:
    other = await api.open_ledger("other")
    for cuts in (Cuts(token=other.token), Cuts(at_least=other.token)):
        request = pb.ListActsRequest(ledger=NAME, cuts=cuts)
        refusal = await refused(api.standing.ListActs(request))
        assert refusal.code is grpc.StatusCode.INVALID_ARGUMENT
        assert refusal.reason == "INVALID_TOKEN"


async def test_all_problems_of_a_question_are_listed(api: Api) -> None:
    request = pb.GetBalanceRequest(
        ledger=NAME,
        cuts=Cuts(as_of="18 August", reported_by="2018-13-01", dates=9),  # type: ignore[arg-type]
        evidence=9,  # type: ignore[arg-type]
        half_life_days="-1",
        sensitivity=[balances_pb2.BalanceVariant(dates=9)],  # type: ignore[arg-type]
    )
    refusal = await refused(api.standing.GetBalance(request))
    assert refusal.code is grpc.StatusCode.INVALID_ARGUMENT
    assert set(refusal.fields) == {
        "party_a",
        "party_b",
        "cuts.as_of",
        "cuts.reported_by",
        "cuts.dates",
        "evidence",
        "half_life_days",
        "sensitivity[0].dates",
    }


async def test_an_unknown_scale_is_named(api: Api) -> None:
    await recorded(api)
    request = pb.GetBalanceRequest(ledger=NAME, party_a="us", party_b="dprk", scale="mine")
    refusal = await refused(api.standing.GetBalance(request))
    assert refusal.code is grpc.StatusCode.FAILED_PRECONDITION
    assert refusal.reason == "UNKNOWN_SCALE"
    assert refusal.metadata == {"scale": "mine"}
    assert "ours" in refusal.text


async def test_a_balance_on_a_registered_scale(api: Api) -> None:
    token = await recorded(api)
    request = pb.GetBalanceRequest(
        ledger=NAME,
        party_a="dprk",
        party_b="us",
        scale="ours",
        half_life_days="30",
        cuts=Cuts(at_least=token),
        sensitivity=[balances_pb2.BalanceVariant(scale="unit")],
    )
    found = await api.standing.GetBalance(request)
    assert found.basis.scale == "ours"
    assert found.basis.scale_version == "1"
    assert found.balance.given_ab.count == 4
    assert found.balance.given_ab.weight == "30"
    assert found.balance.net_weight == "30"
    assert 0 < float(found.balance.given_ab.decayed_weight) < 30
    assert found.balance.reciprocity == "0"
    (unit,) = found.sensitivity
    assert (unit.count_ab, unit.weight_ab) == (4, "4")


async def test_a_code_that_no_scale_knows_is_counted_and_listed(api: Api) -> None:
    await recorded(api)
    token = (await api.record(entry("F200", an_act(code=None)))).token
    request = pb.GetBalanceRequest(
        ledger=NAME, party_a="dprk", party_b="us", scale="ours", cuts=Cuts(at_least=token)
    )
    given = (await api.standing.GetBalance(request)).balance.given_ab
    assert given.count == 5
    assert list(given.unweighted) == ["F200"]


async def test_a_party_has_no_balance_and_no_series_with_itself(api: Api) -> None:
    await recorded(api)
    fields = {"ledger": NAME, "party_a": "us", "party_b": "us"}
    for call in (
        api.standing.GetBalance(pb.GetBalanceRequest(**fields)),
        api.standing.GetSeries(pb.GetSeriesRequest(**fields)),
    ):
        refusal = await refused(call)
        assert refusal.code is grpc.StatusCode.INVALID_ARGUMENT
        assert refusal.fields == {
            "party_b": "'us' is the other party too. Name two different parties."
        }


async def test_a_party_that_is_none_is_not_found(api: Api) -> None:
    await recorded(api)
    request = pb.GetBalanceRequest(ledger=NAME, party_a="us", party_b="nobody")
    refusal = await refused(api.standing.GetBalance(request))
    assert refusal.code is grpc.StatusCode.NOT_FOUND
    assert refusal.metadata == {"entry_id": "nobody", "wanted": "party"}
    assert refusal.text == "The entry 'nobody' is not a party of this ledger at these cuts."
    commitments = pb.ListCommitmentsRequest(
        ledger=NAME, filter=CommitmentFilter(parties=["us", "nobody"])
    )
    refusal = await refused(api.standing.ListCommitments(commitments))
    assert refusal.metadata == {"entry_id": "nobody", "wanted": "party"}
    acts = pb.ListActsRequest(ledger=NAME, filter=ActFilter(parties=["C1"]))
    refusal = await refused(api.standing.ListActs(acts))
    assert refusal.metadata == {"entry_id": "C1", "wanted": "party"}


async def test_a_commitment_that_is_not_visible_is_not_found(api: Api) -> None:
    await recorded(api)
    request = pb.GetCommitmentRequest(ledger=NAME, entry_id="C1", cuts=Cuts(as_of="2018-06-11"))
    refusal = await refused(api.standing.GetCommitment(request))
    assert refusal.code is grpc.StatusCode.NOT_FOUND
    assert refusal.reason == "ENTRY_NOT_FOUND"


async def test_acts_about_an_entry_that_nobody_recorded_are_refused_as_of_a_party(
    api: Api,
) -> None:
    cuts = Cuts(at_least=await recorded(api))
    for asked in ({"related_to": "C9"}, {"parties": ["C9"]}):
        request = pb.ListActsRequest(ledger=NAME, cuts=cuts, filter=ActFilter(**asked))
        refusal = await refused(api.standing.ListActs(request))
        assert refusal.code is grpc.StatusCode.NOT_FOUND
        assert refusal.reason == "ENTRY_NOT_FOUND"
        assert "C9" in refusal.text
    request = pb.ListActsRequest(ledger=NAME, cuts=cuts, filter=ActFilter(related_to="us"))
    assert not (await api.standing.ListActs(request)).acts


async def test_filters_of_the_lists(api: Api) -> None:
    token = await recorded(api)
    cuts = Cuts(at_least=token)
    acts = await api.standing.ListActs(
        pb.ListActsRequest(ledger=NAME, filter=ActFilter(related_to="C1"), cuts=cuts)
    )
    assert [each.entry_id for each in acts.acts] == ["F001"]
    for lifecycle, found in (
        (standings_pb2.LIFECYCLE_ACTIVE, 1),
        (standings_pb2.LIFECYCLE_PROPOSED, 0),
        (standings_pb2.LIFECYCLE_FULFILLED, 0),
    ):
        request = pb.ListCommitmentsRequest(
            ledger=NAME, filter=CommitmentFilter(lifecycles=[lifecycle]), cuts=cuts
        )
        assert len((await api.standing.ListCommitments(request)).commitments) == found
    zero = pb.ListCommitmentsRequest(ledger=NAME, filter=CommitmentFilter(lifecycles=[0]))
    assert list((await refused(api.standing.ListCommitments(zero))).fields) == [
        "filter.lifecycles[0]"
    ]


@pytest.mark.rule("7")
async def test_a_series_has_every_bin_of_its_range(api: Api) -> None:
    token = await recorded(api)
    request = pb.GetSeriesRequest(
        ledger=NAME,
        party_a="dprk",
        party_b="us",
        bin=series_pb2.BIN_DAY,
        from_day="2018-07-01",
        to_day="2018-07-04",
        cuts=Cuts(at_least=token),
    )
    found = await api.standing.GetSeries(request)
    assert [each.label for each in found.points] == [f"2018-07-0{n}" for n in (1, 2, 3, 4)]
    assert [each.ab.count for each in found.points] == [1, 1, 1, 0]
    assert [len(each.ab.entry_ids) for each in found.points] == [1, 1, 1, 0]
    shown = pb.ListActsRequest(
        ledger=NAME, filter=ActFilter(entry_ids=found.points[0].ab.entry_ids)
    )
    assert [each.day for each in (await api.standing.ListActs(shown)).acts] == ["2018-07-01"]


async def test_a_diff_tells_what_made_the_difference(api: Api) -> None:
    token = await recorded(api)
    request = pb.DiffRequest(
        ledger=NAME,
        before=Cuts(as_of="2018-08-17"),
        after=Cuts(as_of="2018-08-18", at_least=token),
    )
    found = await api.standing.Diff(request)
    assert [each.entry_id for each in found.entries] == ["F001"]
    assert [each.entry_id for each in found.commitments] == ["C1"]
    assert list(found.commitments[0].because) == ["F001"]
    assert (found.before.as_of, found.after.as_of) == ("2018-08-17", "2018-08-18")


class TestPages:
    """All pages of one question rest on one basis."""

    async def test_a_question_in_pages_gives_what_it_gives_at_once(self, api: Api) -> None:
        await recorded(api)
        whole = await api.standing.Replay(pb.ReplayRequest(ledger=NAME))
        items, pages = await self.all_pages(api, page_size=2)
        assert items == list(whole.items)
        assert [len(page.items) for page in pages] == [2, 2, 2]
        assert all(page.basis == whole.basis for page in pages)

    async def test_what_is_recorded_meanwhile_changes_no_page(self, api: Api) -> None:
        await recorded(api)
        whole = await api.standing.Replay(pb.ReplayRequest(ledger=NAME))

        async def meanwhile() -> None:
            await api.record(entry("", an_act(occurred=on("2018-01-01"))))
            await api.record(entry("", a_commitment(occurred=on("2018-01-01"))))

        items, _ = await self.all_pages(api, page_size=2, meanwhile=meanwhile)
        assert items == list(whole.items)

    async def test_a_new_day_changes_no_page(self, api: Api, clock: Any) -> None:
        await recorded(api)

        async def meanwhile() -> None:
            clock.time = clock.time.replace(day=clock.time.day + 1)

        _, pages = await self.all_pages(api, page_size=2, meanwhile=meanwhile)
        assert {page.basis.as_of for page in pages} == {"2018-08-18"}

    async def test_a_token_fits_only_its_question(self, api: Api) -> None:
        await recorded(api)
        first = await api.standing.ListActs(pb.ListActsRequest(ledger=NAME, page_size=1))
        for other in (
            pb.ListActsRequest(ledger=NAME, filter=ActFilter(related_to="C1")),
            pb.ListActsRequest(ledger=NAME, cuts=Cuts(as_of="2018-08-01")),
        ):
            other.page_token = first.next_page_token
            refusal = await refused(api.standing.ListActs(other))
            assert refusal.code is grpc.StatusCode.INVALID_ARGUMENT
            assert refusal.reason == "INVALID_PAGE_TOKEN"

    async def test_a_token_fits_though_page_size_and_waiting_differ(self, api: Api) -> None:
        token = await recorded(api)
        first = await api.standing.ListActs(pb.ListActsRequest(ledger=NAME, page_size=1))
        second = pb.ListActsRequest(
            ledger=NAME,
            page_size=5,
            page_token=first.next_page_token,
            cuts=Cuts(at_least=token),
        )
        assert len((await api.standing.ListActs(second)).acts) == 3

    async def test_a_changed_token_is_refused(self, api: Api) -> None:
        await recorded(api)
        first = await api.standing.ListActs(pb.ListActsRequest(ledger=NAME, page_size=1))
        changed = first.next_page_token[:-6] + "AAAAAA"
        request = pb.ListActsRequest(ledger=NAME, page_token=changed)
        assert (await refused(api.standing.ListActs(request))).reason == "INVALID_PAGE_TOKEN"

    async def test_a_large_page_size_is_cut_to_the_most(self, api: Api) -> None:
        await recorded(api)
        request = pb.ListActsRequest(ledger=NAME, page_size=4_000_000_000)
        assert len((await api.standing.ListActs(request)).acts) == 4

    async def test_pages_of_a_filtered_list(self, api: Api) -> None:
        await recorded(api)
        more = [entry(f"C{n}", a_commitment()) for n in range(2, 6)]
        await api.record(*more, entry("", an_act(relations=(a_relation(target="C1"),))))
        request = pb.ListCommitmentsRequest(
            ledger=NAME,
            filter=CommitmentFilter(lifecycles=[standings_pb2.LIFECYCLE_ACTIVE]),
            page_size=2,
        )
        ids: list[str] = []
        while True:
            answer = await api.standing.ListCommitments(request)
            ids += [each.entry_id for each in answer.commitments]
            if not answer.next_page_token:
                break
            request.page_token = answer.next_page_token
        assert ids == ["C1", "C2", "C3", "C4", "C5"]

    async def test_a_difference_comes_in_pages_of_entries_then_commitments_then_balances(
        self, api: Api
    ) -> None:
        await recorded(api)
        request = pb.DiffRequest(ledger=NAME, before=Cuts(position=3))
        whole = await api.standing.Diff(request)
        assert whole.entries
        assert whole.commitments
        assert whole.balances
        assert whole.next_page_token == ""
        gathered = pb.DiffResponse(before=whole.before, after=whole.after)
        request.page_size = 2
        while True:
            page = await api.standing.Diff(request)
            assert (page.before, page.after) == (whole.before, whole.after)
            for field in ("entries", "commitments", "balances"):
                getattr(gathered, field).extend(getattr(page, field))
            assert 1 <= len(page.entries) + len(page.commitments) + len(page.balances) <= 2
            if not page.next_page_token:
                break
            request.page_token = page.next_page_token
            await api.record(entry("", an_act(occurred=on("2018-01-01"))))
        assert gathered == whole

    async def test_no_page_of_a_difference_is_larger_than_4_megabytes(self, api: Api) -> None:
        await recorded(api)
        long = {"summary": "x" * 4_000, "note": "x" * 4_000}
        for n in range(9):
            acts = [an_act(**long, title=f"{n} {m}", relations=()) for m in range(100)]
            await api.record(*(entry(f"long-{n}-{m}", act) for m, act in enumerate(acts)))
        request = pb.DiffRequest(ledger=NAME, before=Cuts(position=8), page_size=1_000)
        sizes, ids = [], list[str]()
        while True:
            page = await api.standing.Diff(request)
            sizes.append(page.ByteSize())
            ids += [each.entry_id for each in page.entries]
            if not page.next_page_token:
                break
            request.page_token = page.next_page_token
        assert max(sizes) < 4 * 1024 * 1024
        assert len(sizes) > 1
        assert len([each for each in ids if each.startswith("long-")]) == 900

    async def all_pages(
        self, api: Api, page_size: int, meanwhile: Any = None
    ) -> tuple[list[Any], list[Any]]:
        request = pb.ReplayRequest(ledger=NAME, page_size=page_size)
        items: list[Any] = []
        pages: list[Any] = []
        while True:
            pages.append(await api.standing.Replay(request))
            items += pages[-1].items
            if not pages[-1].next_page_token:
                return items, pages
            request.page_token = pages[-1].next_page_token
            if meanwhile:
                await meanwhile()


@pytest.mark.rule("2.2")
async def test_a_time_that_the_log_has_not_passed_is_provisional(api: Api, clock: Any) -> None:
    await recorded(api)
    clock.time += timedelta(hours=1)
    moment = at(clock.time)
    request = pb.ListActsRequest(ledger=NAME, cuts=Cuts(recorded_at=moment), page_size=1)
    first = await api.standing.ListActs(request)
    request.page_token = first.next_page_token
    assert first.basis.provisional
    await api.record(entry("later", an_act(occurred=on("2018-07-01"))))
    second = await api.standing.ListActs(request)
    assert first.basis == second.basis
    request.page_token = ""
    again = await api.standing.ListActs(request)
    assert (again.basis.provisional, again.basis.position) == (True, first.basis.position + 1)
    clock.time += timedelta(hours=1)
    await api.record(entry("beyond", an_act(occurred=on("2018-07-01"))))
    final = await api.standing.ListActs(request)
    assert (final.basis.provisional, final.basis.position) == (False, again.basis.position)


@pytest.mark.rule("2.2")
async def test_positions_tokens_and_times_that_the_log_has_passed_are_final(
    api: Api, clock: Any
) -> None:
    token = await recorded(api)
    then = at(clock.time)
    head = (await api.standing.ListActs(pb.ListActsRequest(ledger=NAME))).basis.position
    for cuts in (Cuts(), Cuts(position=head), Cuts(token=token)):
        found = await api.standing.ListActs(pb.ListActsRequest(ledger=NAME, cuts=cuts))
        assert (found.basis.position, found.basis.provisional) == (head, False)
    clock.time += timedelta(hours=1)
    await api.record(entry("later", an_act(occurred=on("2018-07-01"))))
    for cuts in (Cuts(position=head), Cuts(token=token), Cuts(recorded_at=then)):
        found = await api.standing.ListActs(pb.ListActsRequest(ledger=NAME, cuts=cuts))
        assert not found.basis.provisional
        assert "later" not in [each.entry_id for each in found.acts]
    assert found.basis.position <= head


@pytest.mark.rule("1.1", "2.1")
async def test_without_cuts_all_counts_that_was_recorded_and_reported_and_happened_by_today(
    api: Api, clock: Any
) -> None:
    await recorded(api)
    await api.record(
        entry("A9", a_report(published=on("2030-01-01"))),
        entry("late", an_act(occurred=on("2018-08-18"), evidence=(Evidence("A9"),))),
        entry("ahead", an_act(occurred=on("2018-08-19"))),
    )

    async def listed(**cuts: Any) -> set[str]:
        request = pb.ListActsRequest(ledger=NAME, cuts=Cuts(**cuts))
        found = await api.standing.ListActs(request)
        return {each.entry_id for each in found.acts} & {"late", "ahead"}

    assert await listed() == {"late"}
    assert await listed(as_of="2018-08-19") == {"late", "ahead"}
    assert await listed(reported_by="2029-12-31") == set()
    assert await listed(reported_by="2030-01-01") == {"late"}
    assert await listed(position=11) == set()
    clock.time = datetime(2018, 8, 18, 23, 59, tzinfo=UTC)
    assert await listed() == {"late"}
    clock.time = datetime(2018, 8, 19, 1, 59, tzinfo=timezone(timedelta(hours=2)))
    assert await listed() == {"late"}
    clock.time = datetime(2018, 8, 19, tzinfo=UTC)
    assert await listed() == {"late", "ahead"}


@pytest.mark.rule("2.5", "6.4")
async def test_a_scale_is_read_as_it_stood_at_the_cut(api: Api) -> None:
    await recorded(api)
    await api.record(entry("later", a_scale()))
    request = pb.ListBalancesRequest(ledger=NAME, scale="later", cuts=Cuts(position=8))
    assert (await refused(api.standing.ListBalances(request))).reason == "UNKNOWN_SCALE"
