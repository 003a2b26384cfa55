"""Which records a filter lets through, in a reading and in a subscription alike, and that
reading those of a few entries does not read the others.
"""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from typing import Any

import grpc
import pytest
from diplomatic_ledger.v1 import history_service_pb2 as pb

from ledger_service.api import record_batches
from ledger_service.domain.values.entries import Evidence, Relation, RelationKind
from ledger_service.service import Service
from tests.support.examples import (
    a_commitment,
    a_party,
    an_act,
    an_addition,
    an_amendment,
    an_annulment,
    an_instrument,
    entry,
)
from tests.support.wire import NAME, Api, refused, refused_stream

WITH_ROK = an_act(actor="rok", counterparties=("us",))
WITHOUT_ROK = an_act(actor="dprk", counterparties=("us",))
OF_C2 = an_act(relations=(Relation(kind=RelationKind.FULFILS, target="C2"),))

#: By position; the first eight are those of `a_ledgerful`: the ledger's own, the parties us,
#: dprk and pompeo, A1, C1, F001 and ours.
RECORDED = {
    9: entry("rok", a_party(name="South Korea", codes=())),
    10: entry("F002", WITH_ROK),
    11: an_amendment("F002", WITHOUT_ROK),
    12: an_addition("F002", Evidence("A1", quote="Once more.")),
    13: an_annulment("F002"),
    14: entry("I1", an_instrument(participants=("us", "rok"))),
    15: entry("C2", a_commitment(instrument="I1", made_by=("pompeo",))),
    16: entry("F003", OF_C2),
    17: entry("F004", an_act(actor="", counterparties=("rok",))),
    18: entry("F005", an_act(actor="rok", counterparties=())),
    19: entry("F006", an_act(actor="us", co_actors=("rok",), counterparties=("dprk",))),
    20: entry("ROK", a_party(name="Rokha", codes=())),
    21: entry("F007", an_act(actor="ROK", counterparties=())),
}

PASSED = [
    ({}, [*range(1, 22)]),
    ({"entry_types": [pb.ENTRY_TYPE_ACT]}, [7, 10, 11, 12, 13, 16, 17, 18, 19, 21]),
    ({"entry_types": [pb.ENTRY_TYPE_SCALE, pb.ENTRY_TYPE_REPORT]}, [5, 8]),
    ({"entry_types": [pb.ENTRY_TYPE_SCALE]}, [8]),
    ({"record_types": ["scale.registered.v1"]}, [8]),
    ({"record_types": ["scale.registered.v1", "key.rotated.v1"]}, [8]),
    ({"changes": [pb.CHANGE_CORRECTION]}, [11, 12]),
    ({"changes": [pb.CHANGE_ANNULMENT]}, [13]),
    (
        {"changes": [pb.CHANGE_RECORDED], "entry_types": [pb.ENTRY_TYPE_ACT]},
        [7, 10, 16, 17, 18, 19, 21],
    ),
    ({"record_types": ["entry.amended.v1", "ledger.opened.v1"]}, [1, 11, 12]),
    ({"entry_ids": ["F002", "nobody"]}, [10, 11, 12, 13]),
    ({"entry_ids": ["F002"], "changes": [pb.CHANGE_ANNULMENT]}, [13]),
    ({"id_prefixes": ["F00"]}, [7, 10, 11, 12, 13, 16, 17, 18, 19, 21]),
    ({"id_prefixes": ["C", "A"]}, [5, 6, 15]),
    ({"id_prefixes": ["F00"], "entry_ids": ["F003", "C1"]}, [16]),
    ({"parties": ["rok"]}, [10, 11, 12, 13, 14, 17, 18, 19]),
    ({"parties": ["ROK"]}, [21]),
    ({"parties": ["pompeo"]}, [15]),
    ({"parties": ["us"]}, [4, 6, 7, 10, 11, 12, 13, 14, 15, 16, 19]),
    ({"parties": ["rok", "pompeo"], "entry_types": [pb.ENTRY_TYPE_INSTRUMENT]}, [14]),
    ({"parties": ["dprk"], "entry_ids": ["F002"]}, [11, 12, 13]),
    ({"parties": ["nobody"]}, []),
    ({"related_to": "C1"}, [7]),
    ({"related_to": "I1"}, [15]),
    ({"related_to": "C2", "parties": ["us"]}, [16]),
    ({"related_to": "nothing"}, []),
]


@pytest.fixture
async def filled(api: Api) -> Api:
    await api.record()
    for item in RECORDED.values():
        await api.record(item)
    return api


@pytest.fixture(params=["read through", "looked up"], autouse=True)
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """A short log is read through where the records say enough, a long one never."""
    if request.param == "looked up":
        monkeypatch.setattr(record_batches, "_READ_THROUGH", 0)
    return str(request.param)


async def read(api: Api, wanted: dict[str, Any], **asked: Any) -> list[int]:
    request = pb.ReadLogRequest(ledger=NAME, filter=pb.LogFilter(**wanted), **asked)
    frames = [each async for each in api.history.ReadLog(request)]
    assert {frame.head for frame in frames} == {21}
    return [position for frame in frames for position in frame.batch.positions]


async def followed(call: Any, upto: int) -> list[int]:
    """The positions that a subscription tells before it has told all up to one."""
    found: list[int] = []
    async for step in call:
        kind = step.WhichOneof("event")
        found += step.batch.positions
        if kind != "batch" and getattr(step, kind).position >= upto:
            return found
    raise AssertionError


def subscribe(api: Api, wanted: dict[str, Any], **asked: Any) -> Any:
    request = pb.SubscribeRequest(ledger=NAME, filter=pb.LogFilter(**wanted), **asked)
    return api.history.Subscribe(request, timeout=60)


# One ledger is enough for all filters: to read changes nothing.
async def test_a_filter_lets_through(filled: Api) -> None:
    for wanted, positions in PASSED:
        assert await read(filled, wanted) == positions, wanted
        assert await read(filled, wanted, backwards=True) == positions[::-1], wanted
        assert await read(filled, wanted, limit=2) == positions[:2], wanted
        inside = [each for each in positions if 7 < each <= 14]
        some = await read(filled, wanted, after_position=7, up_to_position=14)
        assert some == inside, wanted
        call = subscribe(filled, wanted)
        assert await followed(call, 21) == positions, wanted
        call.cancel()


async def test_who_follows_gets_the_same_as_who_reads_later(api: Api) -> None:
    calls = [subscribe(api, wanted) for wanted, _ in PASSED]
    following = [asyncio.create_task(followed(call, 21)) for call in calls]
    await api.record()
    for item in RECORDED.values():
        await api.record(item)
    assert await asyncio.gather(*following) == [positions for _, positions in PASSED]
    for call in calls:
        call.cancel()


@pytest.fixture
async def changed(filled: Api, service: Service) -> Api:
    """The API over a ledger in which somebody changed the record of C1, at 6."""
    await filled.seen(await filled.record(entry("last", a_party())))
    ledger = service.registry.get(NAME).ledger
    with closing(sqlite3.connect(ledger.log.datastore.pool.db_name)) as log, log:
        log.execute(
            "UPDATE stored_events SET state = CAST(replace(state, 'local', 'other') AS BLOB) "
            "WHERE rowid = 6"
        )
    return filled


@pytest.mark.parametrize(
    "wanted",
    [
        {"entry_ids": ["F002"]},
        {"id_prefixes": ["F"]},
        {"parties": ["rok"]},
        {"related_to": "C1"},
        {"entry_types": [pb.ENTRY_TYPE_SCALE]},
        {"record_types": ["scale.registered.v1"]},
    ],
)
async def test_records_of_few_entries_are_read_without_the_others(
    changed: Api, way: str, wanted: dict[str, Any]
) -> None:
    """Else the changed record would be met."""
    request = pb.ReadLogRequest(ledger=NAME, filter=pb.LogFilter(**wanted))
    if way == "read through" and not {"parties", "related_to"} & set(wanted):
        _, refusal = await refused_stream(changed.history.ReadLog(request))
        assert refusal.reason == "LEDGER_DISTRUSTED"
    else:
        frames = [each async for each in changed.history.ReadLog(request)]
        assert sum(len(frame.batch.positions) for frame in frames) > 0


@pytest.mark.parametrize(
    ("wanted", "field"),
    [
        ({"entry_types": [99]}, "filter.entry_types[0]"),
        ({"entry_types": [pb.ENTRY_TYPE_ACT, 0]}, "filter.entry_types[1]"),
        ({"changes": [0]}, "filter.changes[0]"),
        ({"changes": [17]}, "filter.changes[0]"),
        ({"entry_ids": [""]}, "filter.entry_ids[0]"),
        ({"id_prefixes": ["F", ""]}, "filter.id_prefixes[1]"),
        ({"parties": [""]}, "filter.parties[0]"),
        ({"record_types": ["act"]}, "filter.record_types[0]"),
    ],
)
async def test_what_would_let_through_nothing_or_everything_is_refused(
    api: Api, wanted: dict[str, Any], field: str
) -> None:
    for ask in (
        api.history.ReadLog(pb.ReadLogRequest(ledger=NAME, filter=pb.LogFilter(**wanted))),
        api.history.Subscribe(pb.SubscribeRequest(ledger=NAME, filter=pb.LogFilter(**wanted))),
    ):
        refusal = await refused(anext(aiter(ask)))
        assert refusal.code is grpc.StatusCode.INVALID_ARGUMENT
        assert list(refusal.fields) == [field]
