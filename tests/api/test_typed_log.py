"""The log as versions of entries, for who does not want to parse records: read, followed, and
with sealed fields as GetEntry tells them.
"""

from __future__ import annotations

from typing import Any

import pytest
from diplomatic_ledger import CaughtUp, LedgerClient, LogFilter
from diplomatic_ledger.v1 import entries_pb2
from diplomatic_ledger.v1 import history_service_pb2 as pb
from diplomatic_ledger.v1 import ledger_service_pb2 as ledgers

from ledger_service.api.sizes import Sizes
from ledger_service.domain.values.entries import Evidence
from ledger_service.service import Service
from tests.support.examples import (
    a_party,
    an_act,
    an_addition,
    an_amendment,
    an_annulment,
    entry,
)
from tests.support.wire import NAME, Api, message, refused

TYPES = ["party", "party", "party", "report", "commitment", "act", "scale"]


async def read(api: Api, **asked: Any) -> list[pb.EntryVersion]:
    request = pb.ReadLogRequest(ledger=NAME, format=pb.LOG_FORMAT_TYPED, **asked)
    frames = [each async for each in api.history.ReadLog(request)]
    assert not any(frame.batch.positions for frame in frames)
    return [version for frame in frames for version in frame.versions.versions]


async def much(api: Api) -> int:
    """All kinds of changes; the last position."""
    await api.record()
    await api.record(an_amendment("F001", an_act(title="They are handed over.")))
    await api.record(an_addition("F001", Evidence("A1", quote="Once more.")))
    answer = await api.seen(await api.record(an_annulment("F001")))
    return answer.recorded[-1].position


async def test_versions_come_with_their_entries_and_types(api: Api) -> None:
    await much(api)
    found = await read(api)
    assert [each.position for each in found] == [*range(2, 12)], "the opening is no entry"
    names = [pb.EntryType.Name(each.type).removeprefix("ENTRY_TYPE_").lower() for each in found]
    assert names == [*TYPES, "act", "act", "act"]
    assert [each.entry_id for each in found[-4:]] == ["ours", "F001", "F001", "F001"]
    assert found[-3].state.act.title == "They are handed over."
    assert [each.change for each in found[-3:]] == [
        pb.CHANGE_CORRECTION,
        pb.CHANGE_CORRECTION,
        pb.CHANGE_ANNULMENT,
    ]
    assert [each.quote for each in found[-2].evidence_added] == ["Once more."]
    assert not found[-2].HasField("state")


async def test_each_version_is_the_one_that_the_entry_has(api: Api) -> None:
    await much(api)
    for each in await read(api, limit=7):
        request = pb.GetEntryRequest(ledger=NAME, entry_id=each.entry_id)
        whole = (await api.history.GetEntry(request)).versions[0]
        whole.answers = False
        assert each == whole


async def test_a_limit_counts_versions_and_a_filter_chooses_them(api: Api) -> None:
    await much(api)
    assert [each.position for each in await read(api, limit=2)] == [2, 3]
    newest = await read(api, limit=2, backwards=True)
    assert [each.position for each in newest] == [11, 10]
    wanted = pb.LogFilter(entry_types=[pb.ENTRY_TYPE_ACT], changes=[pb.CHANGE_ANNULMENT])
    assert [each.position for each in await read(api, filter=wanted)] == [11]
    assert await read(api, filter=pb.LogFilter(record_types=["ledger.opened.v1"])) == []


async def test_a_subscription_tells_versions_and_goes_on_with_new_ones(api: Api) -> None:
    await much(api)
    request = pb.SubscribeRequest(ledger=NAME, format=pb.LOG_FORMAT_TYPED, after_position=9)
    call = api.history.Subscribe(request, timeout=20)
    seen: list[int] = []
    async for step in call:
        seen += [each.position for each in step.versions.versions]
        if step.WhichOneof("event") == "caught_up":
            assert (seen, step.caught_up.position) == ([10, 11], 11)
            await api.record(entry("rok", a_party(name="South Korea", codes=())))
        if seen[-1:] == [12]:
            break
    call.cancel()


@pytest.mark.parametrize("changes", [{"disclose_sealed": True}, {}], indirect=True)
async def test_sealed_fields_are_told_as_for_an_entry(
    api: Api, changes: dict[str, bool]
) -> None:
    await api.record()
    item = message(an_addition("F001", Evidence("A1", locator="behind the hangar")))
    item.amendment.seal.append("evidence_added[0].locator")
    request = ledgers.RecordRequest(ledger=NAME, items=[item])
    await api.seen(await api.ledgers.Record(request))
    (found,) = await read(api, after_position=8)
    (sealed,) = found.sealed_beside
    cleared = changes.get("disclose_sealed", False)
    assert sealed.path == "evidence_added[0].locator"
    assert sealed.state == (
        entries_pb2.SEAL_STATE_DISCLOSED if cleared else entries_pb2.SEAL_STATE_WITHHELD
    )
    assert found.evidence_added[0].locator == ("behind the hangar" if cleared else "")
    asked = pb.GetEntryRequest(ledger=NAME, entry_id="F001")
    last = (await api.history.GetEntry(asked)).versions[-1]
    assert (last.evidence_added, last.sealed_beside) == (
        found.evidence_added,
        found.sealed_beside,
    )


async def test_batches_of_versions_are_bounded_whatever_their_texts_weigh(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Sizes, "page_bytes", 400)
    await much(api)
    request = pb.ReadLogRequest(ledger=NAME, format=pb.LOG_FORMAT_TYPED)
    frames = [each async for each in api.history.ReadLog(request)]
    assert len(frames) > 4
    assert all(len(f.versions.versions) == 1 or f.versions.ByteSize() < 450 for f in frames)
    found = [each.position for frame in frames for each in frame.versions.versions]
    assert found == [*range(2, 12)]


async def test_an_unknown_format_is_refused(api: Api) -> None:
    request = pb.ReadLogRequest(ledger=NAME, format=9)  # type: ignore[arg-type]
    refusal = await refused(anext(aiter(api.history.ReadLog(request))))
    assert refusal.fields == {
        "format": "There is no number 9 here. Choose one of LOG_FORMAT_RAW, LOG_FORMAT_TYPED."
    }


async def test_the_client_reads_and_follows_versions(api: Api, service: Service) -> None:
    last = await much(api)
    wanted = LogFilter(entry_types=["act"], changes=["correction", "annulment"])
    async with LedgerClient(service.address) as client:
        found = [each async for each in client.read_versions(NAME, wanted=wanted)]
        assert [(each.entry_id, each.version) for each in found] == [
            ("F001", 2),
            ("F001", 3),
            ("F001", 4),
        ]
        events = client.subscribe_versions(NAME, wanted=wanted)
        seen: list[Any] = []
        async for event in events:
            seen.append(event)
            if isinstance(event, CaughtUp):
                break
        await events.aclose()
    assert seen == [*found, CaughtUp(last, last)]


def test_a_word_that_is_no_type_of_entry_names_the_nearest() -> None:
    with pytest.raises(ValueError, match="Did you mean commitment"):
        LogFilter(entry_types=["comitment"]).message()
