"""The worst requests that we know, each of which is refused: they would cost far more than
reading them, if anything were done with them before their size is looked at.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import NamedTuple

from diplomatic_ledger.v1 import (
    audit_service_pb2,
    entries_pb2,
    history_service_pb2,
    items_pb2,
    ledger_service_pb2,
    standing_service_pb2,
)
from diplomatic_ledger.v1.filters_pb2 import ActFilter
from google.protobuf.message import Message

_PACKAGE = "/diplomatic_ledger.v1."
RECORD = f"{_PACKAGE}LedgerService/Record"
_MB = 1024 * 1024
#: Two marks that must be put in order to be normalised, again and again.
_MARKS = "\u0301\u0323"


class Worst(NamedTuple):
    """`body` makes the request, which may be as large as any."""

    what: str
    method: str
    body: Callable[[], bytes]


def worst(ledger: str) -> list[Worst]:
    records = [
        Worst(what, RECORD, partial(_record, ledger, make)) for what, make in _RECORDS.items()
    ]
    others = [
        Worst(what, _PACKAGE + method, request.SerializeToString)
        for what, method, request in _others(ledger)
    ]
    return records + others


def empty_items(ledger: str, size: int) -> bytes:
    """A Record of `size` bytes, two for each item."""
    begin = ledger_service_pb2.RecordRequest(ledger=ledger).SerializeToString()
    return begin + b"\x1a\x00" * ((size - len(begin)) // 2)


def _record(ledger: str, make: Callable[[], bytes | list[entries_pb2.EntryState]]) -> bytes:
    items = make()
    if isinstance(items, bytes):
        begin = ledger_service_pb2.RecordRequest(ledger=ledger).SerializeToString()
        return begin + items
    new = [items_pb2.NewEntry(state=state) for state in items]
    wrapped = [items_pb2.RecordItem(entry=each) for each in new]
    return ledger_service_pb2.RecordRequest(ledger=ledger, items=wrapped).SerializeToString()


def _act(**fields: object) -> entries_pb2.EntryState:
    return entries_pb2.EntryState(act=entries_pb2.Act(**fields))  # type: ignore[arg-type]


def _promise(**fields: object) -> entries_pb2.EntryState:
    commitment = entries_pb2.Commitment(**fields)  # type: ignore[arg-type]
    return entries_pb2.EntryState(commitment=commitment)


def _sealed_wrongly(items: int, evidence: int) -> bytes:
    state = _act(evidence=[entries_pb2.Evidence()] * evidence)
    paths = [f"evidence[{number}].nothing" for number in range(1000)]
    new = items_pb2.NewEntry(state=state, seal=paths)
    item = items_pb2.RecordItem(entry=new)
    return ledger_service_pb2.RecordRequest(items=[item] * items).SerializeToString()


def _kept_wrongly() -> bytes:
    state = _act(evidence=[entries_pb2.Evidence()] * 200)
    paths = [f"evidence[{number % 200}].attribution" for number in range(1000)]
    amendment = items_pb2.Amendment(state=state, seal=paths, keep_sealed=paths)
    item = items_pb2.RecordItem(amendment=amendment)
    return ledger_service_pb2.RecordRequest(items=[item] * 200).SerializeToString()


def _wide_condition(width: int, levels: int) -> entries_pb2.Condition:
    if levels == 0:
        return entries_pb2.Condition()
    inner = [_wide_condition(width, levels - 1)] * width
    return entries_pb2.Condition(all=entries_pb2.ConditionList(conditions=inner))


_RECORDS: dict[str, Callable[[], bytes | list[entries_pb2.EntryState]]] = {
    "a title of 200 kB of combining marks": lambda: [_act(title=_MARKS * 50_000)],
    "a title of 12,000 combining marks": lambda: [_act(title="a" + _MARKS * 5_999)],
    "1,000 titles of 2,000 combining marks": lambda: [_act(title=_MARKS * 1_000)] * 1000,
    "a name of 500 kB of combining marks": lambda: [
        entries_pb2.EntryState(party=entries_pb2.Party(name=_MARKS * 125_000))
    ],
    "a title of 16 MB": lambda: [_act(title="x" * (16 * _MB - 100))],
    "60,000 evidences and 1,000 wrong seals": lambda: _sealed_wrongly(1, 60_000),
    "500 items of 200 evidences and 1,000 wrong seals": lambda: _sealed_wrongly(500, 200),
    "200 amendments that seal and keep 1,000 fields": _kept_wrongly,
    "40,000 debtors and 40,000 creditors": lambda: [
        _promise(
            debtors=[f"d{number}" for number in range(40_000)],
            creditors=[f"c{number}" for number in range(40_000)],
        )
    ],
    "1.3 million relations": lambda: [_act(relations=[entries_pb2.Relation()] * 1_300_000)],
    "16 MB of empty items": lambda: b"\x1a\x00" * (8 * _MB - 100),
    "1,000 items of 8,000 empty evidences": lambda: (
        [_act(evidence=[entries_pb2.Evidence()] * 8_000)] * 1000
    ),
    "500 acts of 200 empty evidences": lambda: (
        [_act(evidence=[entries_pb2.Evidence()] * 200)] * 500
    ),
    "400 acts that mention 200 unknown entries": lambda: [
        _act(
            actor="nobody",
            relations=[
                entries_pb2.Relation(kind=12, target=f"a{act}-{number}")  # type: ignore[arg-type]
                for number in range(200)
            ],
        )
        for act in range(400)
    ],
    "1,000 scales of 2,000 empty weights": lambda: (
        [
            entries_pb2.EntryState(
                scale=entries_pb2.Scale(weights=[entries_pb2.Weight()] * 2_000)
            )
        ]
        * 1000
    ),
    "a condition of 160,000 conditions": lambda: [
        _promise(antecedent=entries_pb2.Antecedent(condition=_wide_condition(20, 4)))
    ],
    "1,000 conditions of 60 conditions": lambda: (
        [_promise(antecedent=entries_pb2.Antecedent(condition=_wide_condition(60, 1)))] * 1000
    ),
    "16 MB that are no message": lambda: b"\xff" * (16 * _MB - 100),
    "16 MB of a field that nobody knows": lambda: b"\x78\x01" * (8 * _MB - 100),
}


def _others(ledger: str) -> Iterator[tuple[str, str, Message]]:
    ids = [f"a{number}" for number in range(500_000)]
    yield (
        "500,000 ids asked for",
        "StandingService/ListActs",
        standing_service_pb2.ListActsRequest(ledger=ledger, filter=ActFilter(entry_ids=ids)),
    )
    wanted = history_service_pb2.LogFilter(record_types=["x"] * 20_000)
    yield (
        "20,000 types of record that there are not",
        "HistoryService/ReadLog",
        history_service_pb2.ReadLogRequest(ledger=ledger, filter=wanted),
    )
    yield (
        "an id of 15 MB",
        "HistoryService/GetEntry",
        history_service_pb2.GetEntryRequest(ledger=ledger, entry_id="x" * 15 * _MB),
    )
    yield (
        "a page token of 15 MB",
        "StandingService/Replay",
        standing_service_pb2.ReplayRequest(ledger=ledger, page_token="x" * 15 * _MB),
    )
    select = audit_service_pb2.ExportSelection(parties=["x"] * 20_000)
    yield (
        "an export of 20,000 parties",
        "AuditService/Export",
        audit_service_pb2.ExportRequest(ledger=ledger, select=select),
    )
    yield (
        "a ledger with a title of 200 kB of combining marks",
        "LedgerService/CreateLedger",
        ledger_service_pb2.CreateLedgerRequest(ledger="marked", title=_MARKS * 50_000),
    )
    yield (
        "a ledger with a title of 24 kB of combining marks",
        "LedgerService/CreateLedger",
        ledger_service_pb2.CreateLedgerRequest(ledger="marked", title=_MARKS * 6_000),
    )
