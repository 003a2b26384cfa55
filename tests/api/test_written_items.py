"""Items of lists are written once, and read as those that are written anew."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from typing import Any

import pytest
from diplomatic_ledger.v1 import standing_service_pb2 as pb
from diplomatic_ledger.v1.cuts_pb2 import VIEW_FULL, Cuts
from diplomatic_ledger.v1.filters_pb2 import CommitmentFilter
from diplomatic_ledger.v1.ledger_service_pb2 import RecordRequest

from ledger_service.api.written_items import WrittenItems
from ledger_service.domain.values.answers import (
    CommitmentStanding,
    Conduct,
    EvidenceStatus,
    Finding,
    Lifecycle,
    Standing,
)
from ledger_service.domain.values.entries import RelationKind
from ledger_service.service import Service
from tests.support.examples import a_commitment, entry
from tests.support.wire import NAME, Api, SeeingApi, message

DAYS = ("2018-12-01", "2018-12-02")


@pytest.fixture
async def ledger(api: Api) -> SeeingApi:
    """The API over a small ledger that questions see."""
    seeing = SeeingApi(api.channel)
    await seeing.record()
    return seeing


@pytest.fixture
def items(service: Service, ledger: SeeingApi) -> WrittenItems:
    """What the service keeps, with nothing in it."""
    kept = WrittenItems()
    object.__setattr__(service._state, "items", kept)
    return kept


async def commitments(api: Api, day: str = DAYS[0], **asked: Any) -> Any:
    request = pb.ListCommitmentsRequest(ledger=NAME, cuts=Cuts(as_of=day), **asked)
    return (await api.standing.ListCommitments(request)).commitments


async def test_what_is_the_same_at_other_cuts_is_told_in_the_same_bytes(
    ledger: SeeingApi, items: WrittenItems
) -> None:
    for ask, request in (
        (ledger.standing.ListActs, pb.ListActsRequest),
        (ledger.standing.ListCommitments, pb.ListCommitmentsRequest),
    ):
        one = await ask(request(ledger=NAME, cuts=Cuts(as_of=DAYS[0])))
        kept, hits, misses = items.size, items.lookups.hits, items.lookups.misses
        other = await ask(request(ledger=NAME, cuts=Cuts(as_of=DAYS[1])))
        assert one.basis != other.basis
        one.ClearField("basis")
        other.ClearField("basis")
        assert one == other
        # What takes longer than usual is asked for again on a thread, and found again.
        assert items.lookups.hits > hits
        assert (items.size, items.lookups.misses) == (kept, misses)


async def test_a_replay_tells_what_lists_tell(ledger: SeeingApi, items: WrittenItems) -> None:
    misses = list[int]()
    for day in DAYS:
        asked = pb.ReplayRequest(ledger=NAME, cuts=Cuts(as_of=day))
        told = (await ledger.standing.Replay(asked)).items
        acts = pb.ListActsRequest(ledger=NAME, cuts=Cuts(as_of=day))
        assert [each.act for each in told if each.HasField("act")] == list(
            (await ledger.standing.ListActs(acts)).acts
        )
        found = [each.commitment for each in told if each.HasField("commitment")]
        assert found == list(await commitments(ledger, day))
        misses.append(items.lookups.misses)
    assert items.size == 4
    assert items.lookups.hits >= 4
    assert misses[0] == misses[1], "on the second day all was written before"


async def test_each_view_and_each_rubric_is_written_for_itself(
    ledger: SeeingApi, items: WrittenItems
) -> None:
    for day in DAYS:
        (basic,) = await commitments(ledger, day)
        (full,) = await commitments(ledger, day, view=VIEW_FULL)
        (rated,) = await commitments(ledger, day, rubrics=["g20"])
        assert full.standing.conduct
        assert not basic.standing.conduct
        assert [each.rubric for each in rated.ratings] == ["g20"]
        assert not full.ratings
    assert items.size == 3


async def test_what_a_question_tells_of_its_own_is_not_kept(
    ledger: SeeingApi, items: WrittenItems
) -> None:
    narrowed = CommitmentFilter(parties=["dprk"])
    (found,) = await commitments(ledger, filter=narrowed)
    assert found.taking_part
    assert items.size == 0
    (found,) = await commitments(ledger, DAYS[1])
    assert not found.taking_part


async def test_an_item_with_a_sealed_text_is_not_kept_and_those_beside_it_are(
    ledger: SeeingApi, items: WrittenItems
) -> None:
    sealed = message(entry("C0", a_commitment(summary="the words of a source")))
    sealed.entry.seal.append("summary")
    await ledger.seen(await ledger.ledgers.Record(RecordRequest(ledger=NAME, items=[sealed])))
    before = items.size
    for day in DAYS:
        first, second = await commitments(ledger, day)
        assert first.sealed
        assert not second.sealed
    assert items.size - before == 1


def test_a_value_weighs_what_it_holds_also_what_its_message_leaves_out() -> None:
    kept = WrittenItems(1_000_000)
    for _ in range(20):
        kept.put(_a_standing(conduct=1_000), "basic", b"a short message")
    assert 0 < kept.size < 5
    kept = WrittenItems(1_000_000)
    for _ in range(20):
        kept.put(_a_standing(conduct=1), "basic", b"a short message")
    assert kept.size == 20


def _a_standing(conduct: int) -> CommitmentStanding:
    known = Finding(EvidenceStatus.ATTESTED, hedged=False)
    day = date(2018, 7, 20)
    done = Conduct("F001", day, RelationKind.FULFILS, Fraction(1, 4), True, (), known)
    standing = Standing(
        lifecycle=Lifecycle.ACTIVE,
        flags=(),
        share=Fraction(1, 4),
        share_at_least=Fraction(1, 4),
        debtors=("dprk",),
        creditors=("us",),
        day=day,
        existence=known,
        conduct=(done,) * conduct,
        steps=(),
        against=(),
        superseded_by="",
        why=(),
        in_doubt=0,
    )
    return CommitmentStanding("C1", 1, a_commitment(), standing)
