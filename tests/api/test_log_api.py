"""Reading the log and the versions of its entries."""

import hashlib
import json
import sqlite3
from contextlib import closing
from typing import Any

import grpc
import pytest
from diplomatic_ledger.v1 import cuts_pb2
from diplomatic_ledger.v1 import history_service_pb2 as pb

from ledger_service.api import record_batches
from ledger_service.api.capacity import Capacity
from ledger_service.persistence import records
from ledger_service.service import Service
from tests.support.examples import (
    a_party,
    a_report,
    an_act,
    an_amendment,
    an_annulment,
    entry,
    on,
)
from tests.support.wire import NAME, Api, refused, refused_stream

Change = pb.Change


async def read_log(api: Api, **fields: Any) -> tuple[list[int], list[pb.ReadLogResponse]]:
    """The positions that came, and the frames."""
    got = [each async for each in api.history.ReadLog(pb.ReadLogRequest(ledger=NAME, **fields))]
    return [position for frame in got for position in frame.batch.positions], got


async def test_the_log_is_read_from_its_opening_to_its_head(api: Api) -> None:
    await api.record()
    positions, got = await read_log(api)
    assert positions == [1, 2, 3, 4, 5, 6, 7, 8]
    assert {frame.head for frame in got} == {8}


async def test_a_record_comes_as_the_bytes_that_were_hashed(api: Api) -> None:
    ledger = await api.open_ledger("one-record")
    request = pb.ReadLogRequest(ledger="one-record")
    (frame,) = [each async for each in api.history.ReadLog(request)]
    stored = frame.batch.lines
    assert hashlib.sha256(b"\0" + stored).digest() == ledger.root_hash
    assert json.loads(stored)["type"] == "ledger.opened.v1"
    assert b"\n" not in stored


@pytest.mark.parametrize(
    ("asked", "positions"),
    [
        ({"after_position": 2, "up_to_position": 5}, [3, 4, 5]),
        ({"after_position": 2, "up_to_position": 5, "backwards": True}, [5, 4, 3]),
        ({"after_position": 6, "up_to_position": 100}, [7, 8]),
        ({"after_position": 5, "up_to_position": 5}, []),
        ({"after_position": 5, "up_to_position": 3}, []),
        ({"up_to_position": 0}, []),
        ({"up_to_position": 0, "backwards": True}, []),
        ({"backwards": True}, [8, 7, 6, 5, 4, 3, 2, 1]),
        ({"backwards": True, "up_to_position": 4, "limit": 2}, [4, 3]),
        ({"limit": 2}, [1, 2]),
        ({"limit": 2, "backwards": True}, [8, 7]),
        ({"filter": pb.LogFilter(record_types=["party.registered.v1"])}, [2, 3, 4]),
        ({"filter": pb.LogFilter(entry_ids=["A1", "C1"])}, [5, 6]),
        ({"filter": pb.LogFilter(record_types=["act.recorded.v1"], entry_ids=["A1"])}, []),
        ({"filter": pb.LogFilter(record_types=["party.registered.v1"]), "limit": 2}, [2, 3]),
    ],
)
async def test_a_part_of_the_log(api: Api, asked: dict[str, Any], positions: list[int]) -> None:
    await api.record()
    found, got = await read_log(api, **asked)
    assert found == positions
    assert got[-1].head == 8, "the head is told even when nothing is found"


async def test_a_long_log_comes_in_frames(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(record_batches, "FRAME_RECORDS", 3)
    await api.record()
    for backwards in (False, True):
        positions, got = await read_log(api, backwards=backwards)
        assert sorted(positions, reverse=backwards) == positions
        assert [len(frame.batch.positions) for frame in got] == [3, 3, 2]


async def test_no_more_long_records_are_read_than_fit_into_a_frame(
    api: Api, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Capacity, "frame_bytes", lambda _: 40_000)
    monkeypatch.setattr(record_batches, "_ALL_HELD", 0)
    monkeypatch.setattr(record_batches, "_FEW", 0)
    note = "n" * 1_900
    for number in range(40):
        last = await api.record(entry(f"p{number}", a_party(note=note)))
    await api.seen(last)  # the views read in batches of their own
    ledger = service.registry.get(NAME).ledger
    read, sizes = ledger.reader.counted_lines, []

    def counted_lines(first: int, last: int) -> tuple[int, bytes]:
        count, lines = read(first, last)
        sizes.append(len(lines))
        return count, lines

    monkeypatch.setattr(ledger.reader, "counted_lines", counted_lines)
    positions, _ = await read_log(api)
    assert positions == [*range(1, 42)]
    assert len(sizes) >= 3
    assert max(sizes) < 50_000, "about a frame of them"


@pytest.mark.parametrize("asked", [{}, {"limit": 3}, {"backwards": True}])
async def test_a_record_with_a_line_feed_is_not_read_as_two(
    api: Api, service: Service, asked: dict[str, Any]
) -> None:
    await api.record()
    ledger = service.registry.get(NAME).ledger
    with closing(sqlite3.connect(ledger.log.datastore.pool.db_name)) as file:
        file.execute(
            "UPDATE stored_events SET state = CAST(state || x'0a' || state AS BLOB) "
            "WHERE rowid = 2"
        )
        file.commit()
    request = pb.ReadLogRequest(ledger=NAME, **asked)
    _, refusal = await refused_stream(api.history.ReadLog(request))
    assert refusal.reason == "LEDGER_DISTRUSTED"
    assert "The record at position 2" in refusal.text


async def test_a_frame_is_not_too_large(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Capacity, "frame_bytes", lambda _: 1000)
    await api.record()
    positions, got = await read_log(api)
    assert positions == [1, 2, 3, 4, 5, 6, 7, 8]
    assert len(got) > 3


@pytest.mark.parametrize("after", [8, 9, 2**63])
@pytest.mark.parametrize("backwards", [False, True])
async def test_behind_the_end_of_the_log_there_is_nothing_and_the_end_is_told(
    api: Api, after: int, *, backwards: bool
) -> None:
    await api.record()
    found, got = await read_log(api, after_position=after, backwards=backwards)
    assert found == []
    assert [frame.head for frame in got] == [8]


async def test_a_log_is_read_backwards_in_parts_to_its_beginning(api: Api) -> None:
    await api.record()
    found, end = [], 8
    while part := (await read_log(api, up_to_position=end, backwards=True, limit=3))[0]:
        found += part
        end = part[-1] - 1
    assert found == [8, 7, 6, 5, 4, 3, 2, 1]


async def test_a_type_of_which_there_can_be_no_record_is_refused(api: Api) -> None:
    wanted = pb.LogFilter(record_types=["act.recorded.v1", "act"])
    for call in (
        api.history.ReadLog(pb.ReadLogRequest(ledger=NAME, filter=wanted)),
        api.history.Subscribe(pb.SubscribeRequest(ledger=NAME, filter=wanted)),
    ):
        said, refusal = await refused_stream(call)
        assert not said
        assert refusal.code is grpc.StatusCode.INVALID_ARGUMENT
        assert list(refusal.fields) == ["filter.record_types[1]"]
        assert "'act' is not a type of record. There are: " in refusal.text


async def test_every_type_of_record_may_be_asked_for(api: Api) -> None:
    wanted = pb.LogFilter(record_types=records.TYPES)
    positions, _ = await read_log(api, filter=wanted)
    assert positions == [1]


async def test_an_unknown_ledger_has_no_log(api: Api) -> None:
    _, refusal = await refused_stream(api.history.ReadLog(pb.ReadLogRequest(ledger="none")))
    assert refusal.reason == "LEDGER_NOT_FOUND"


async def test_an_entry_comes_with_all_its_versions(api: Api) -> None:
    await api.record(request_id="first")
    await api.record(an_amendment("us", a_party(name="USA")))
    await api.record(an_annulment("us"))
    found = await api.history.GetEntry(pb.GetEntryRequest(ledger=NAME, entry_id="us"))
    assert [each.version for each in found.versions] == [1, 2, 3]
    assert [each.change for each in found.versions] == [
        Change.CHANGE_RECORDED,
        Change.CHANGE_CORRECTION,
        Change.CHANGE_ANNULMENT,
    ]
    assert found.versions[0].state.party.name == "United States"
    assert found.versions[0].recorded_by == "local"
    assert found.versions[0].request_id == "first"
    assert found.versions[1].reason == "a slip of the pen"
    assert not found.versions[2].HasField("state")
    assert not any(each.answers for each in found.versions), "an annulled entry is gone"
    assert found.basis.position == 10


async def test_versions_recorded_after_the_cut_are_left_out(api: Api) -> None:
    token = (await api.record()).token
    await api.record(an_amendment("us", a_party(name="USA")))
    cuts = cuts_pb2.Cuts(token=token)
    found = await api.history.GetEntry(
        pb.GetEntryRequest(ledger=NAME, entry_id="us", cuts=cuts)
    )
    assert [(each.version, each.answers) for each in found.versions] == [(1, True)]
    assert found.basis.token == token


async def test_new_information_answers_once_its_report_is_visible(api: Api) -> None:
    await api.record()
    await api.record(entry("A2", a_report(title="Later", published=on("2018-08-10"))))
    told = await api.record(an_amendment("F001", an_act(title="Otherwise"), report="A2"))
    answers = {}
    for day in ("2018-08-09", "2018-08-10"):
        cuts = cuts_pb2.Cuts(reported_by=day, at_least=told.token)
        request = pb.GetEntryRequest(ledger=NAME, entry_id="F001", cuts=cuts)
        versions = (await api.history.GetEntry(request)).versions
        answers[day] = [each.version for each in versions if each.answers]
    assert answers == {"2018-08-09": [1], "2018-08-10": [2]}


async def test_an_unknown_entry_is_not_found(api: Api) -> None:
    refusal = await refused(api.history.GetEntry(pb.GetEntryRequest(ledger=NAME, entry_id="x")))
    assert refusal.code is grpc.StatusCode.NOT_FOUND
    assert refusal.reason == "ENTRY_NOT_FOUND"
    assert refusal.metadata == {"entry_id": "x"}
