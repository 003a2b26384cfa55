"""What a request may hold, and that a large one reads like a small one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from diplomatic_ledger.admin.v1 import access_service_pb2, admin_service_pb2
from diplomatic_ledger.v1 import (
    audit_service_pb2,
    entries_pb2,
    history_service_pb2,
    items_pb2,
    ledger_service_pb2,
    standing_service_pb2,
)
from diplomatic_ledger.v1.filters_pb2 import ActFilter
from google.protobuf.descriptor import Descriptor
from google.protobuf.message import DecodeError

from ledger_service.api import lists, record_bodies
from ledger_service.api.messages import requests
from ledger_service.api.messages.problems import ReadingProblems
from ledger_service.domain.values import limits
from ledger_service.domain.values.refusals import Invalid

FILES = (
    access_service_pb2,
    admin_service_pb2,
    audit_service_pb2,
    history_service_pb2,
    ledger_service_pb2,
    standing_service_pb2,
)
REQUESTS = [
    method.input_type
    for file in FILES
    for service in file.DESCRIPTOR.services_by_name.values()
    for method in service.methods
]


def lists_in(message: Descriptor, seen: set[str]) -> Iterator[str]:
    """Every list of a message and of those in it."""
    if message.full_name in seen:
        return
    seen.add(message.full_name)
    for field in message.fields:
        if field.is_repeated:
            yield f"{message.name}.{field.name}"
        if field.message_type is not None:
            yield from lists_in(field.message_type, seen)


def test_every_list_of_every_request_has_its_bound_in_one_table() -> None:
    found = {each for request in REQUESTS for each in lists_in(request, set())}
    assert found == set(limits.LISTS)


@pytest.mark.parametrize(
    ("request_", "field"),
    [
        (
            standing_service_pb2.ListActsRequest(filter=ActFilter(entry_ids=["x"] * 1001)),
            "filter.entry_ids",
        ),
        (
            standing_service_pb2.ListActsRequest(filter=ActFilter(kinds=[1] * 101)),
            "filter.kinds",
        ),  # type: ignore[list-item]
        (
            history_service_pb2.ReadLogRequest(
                filter=history_service_pb2.LogFilter(entry_ids=["x"] * 1001)
            ),
            "filter.entry_ids",
        ),
        (
            audit_service_pb2.ExportRequest(
                select=audit_service_pb2.ExportSelection(parties=["x"] * 3)
            ),
            "select.parties",
        ),
    ],
    ids=lambda each: each if isinstance(each, str) else "",
)
def test_a_list_that_is_too_long_is_refused_by_its_field(request_: Any, field: str) -> None:
    with pytest.raises(Invalid) as refusal:
        lists.check(request_)
    assert [each.field for each in refusal.value.violations] == [field]


def an_item(text: str = "x") -> items_pb2.RecordItem:
    act = entries_pb2.Act(title=text)
    new = items_pb2.NewEntry(state=entries_pb2.EntryState(act=act), seal=["title"])
    return items_pb2.RecordItem(entry=new)


def large(count: int, **fields: Any) -> ledger_service_pb2.RecordRequest:
    items = [an_item(f"{number} " + "x" * 1000) for number in range(count)]
    return ledger_service_pb2.RecordRequest(items=items, **fields)


def test_a_large_request_reads_like_a_small_one() -> None:
    request = large(200, ledger="talks", request_id="r", validate_only=True, receipts=True)
    read = record_bodies.read(request.SerializeToString())
    assert isinstance(read, record_bodies.LargeRequest)
    assert read[:4] == ("talks", "r", True, True)
    assert len(read.items) == 200
    assert list(read.items) == list(request.items)
    assert list(read.items) == list(request.items)
    assert requests.command(read, ReadingProblems()) == requests.command(
        request, ReadingProblems()
    )


def in_any_order(other: bytes = b"") -> bytes:
    return b"".join(
        (
            large(100).SerializeToString(),
            ledger_service_pb2.RecordRequest(ledger="one").SerializeToString(),
            other,
            large(1, ledger="two").SerializeToString(),
        )
    )


def test_fields_in_any_order_are_read_as_ever() -> None:
    body = in_any_order()
    read, whole = record_bodies.read(body), ledger_service_pb2.RecordRequest.FromString(body)
    assert read.ledger == whole.ledger == "two"
    assert list(read.items) == list(whole.items)


def test_unknown_fields_of_a_large_request_are_named() -> None:
    unknown = b"\x7a\x03abc" + b"\x80\x01\x05" + b"\x79" + b"8" * 8 + b"\x7d" + b"4" * 4
    with pytest.raises(Invalid) as refusal:
        record_bodies.read(in_any_order(unknown))
    assert [each.field for each in refusal.value.violations] == ["15", "16"]


def test_an_item_that_is_no_message_is_named_wherever_it_stands() -> None:
    before = large(100).SerializeToString()
    after = large(100).SerializeToString()
    with pytest.raises(Invalid) as refusal:
        list(record_bodies.read(before + b"\x1a\x01\xff" + after).items)
    assert [each.field for each in refusal.value.violations] == ["items[100]"]


def test_items_that_are_written_in_an_unusual_way_are_read_as_ever() -> None:
    overlong = b"\x1a\x82\x80\x00" + b"\x0a\x00"  # the length 2 in three bytes
    body = large(100).SerializeToString() + overlong + large(100).SerializeToString()
    read, whole = record_bodies.read(body), ledger_service_pb2.RecordRequest.FromString(body)
    assert len(whole.items) == 201
    assert list(read.items) == list(whole.items)


@pytest.mark.parametrize("cut", [1, 500, 70_000])
def test_a_large_request_that_is_cut_is_no_message(cut: int) -> None:
    body = large(200).SerializeToString()[:-cut]
    with pytest.raises((DecodeError, Invalid)):
        list(record_bodies.read(body).items)


@pytest.mark.parametrize("end", [b"\x1a", b"\x1b", b"\x1a\xff\xff\xff\xff\x0f", b"\xff" * 20])
def test_a_large_request_with_a_broken_end_is_no_message(end: bytes) -> None:
    with pytest.raises(DecodeError):
        record_bodies.read(large(200).SerializeToString() + end)


def test_items_are_counted_and_measured_before_they_are_read() -> None:
    with pytest.raises(Invalid, match=r"1,200 entries are too many. Send at most 1000"):
        record_bodies.read(large(1200).SerializeToString())
    with pytest.raises(Invalid, match=r"2,000 or more entries are too many"):
        record_bodies.read(b"\x1a\x00" * 100_000)
    with pytest.raises(Invalid, match=r"items\[0\]: This item has 600,\d+ bytes"):
        record_bodies.read(
            ledger_service_pb2.RecordRequest(items=[an_item("x" * 600_000)]).SerializeToString()
        )


def test_violations_are_kept_up_to_a_number_and_then_counted() -> None:
    empty = items_pb2.RecordItem()
    request = ledger_service_pb2.RecordRequest(items=[empty] * 1000)
    problems = ReadingProblems()
    requests.command(request, problems)
    assert (len(problems.found), problems.more) == (100, 900)
    with pytest.raises(Invalid, match=r"\(and 999 more\)"):
        problems.refuse()


def test_nothing_more_is_looked_at_after_very_many_violations() -> None:
    act = entries_pb2.Act(relations=[entries_pb2.Relation()] * 200)
    item = items_pb2.RecordItem(entry=items_pb2.NewEntry(state=entries_pb2.EntryState(act=act)))
    with pytest.raises(Invalid, match=r"\(and at least 1,099 more\)"):
        requests.command(
            ledger_service_pb2.RecordRequest(items=[item] * 100), ReadingProblems()
        )


def test_of_a_request_that_is_wrong_no_more_lists_are_read_than_half_of_those_allowed() -> None:
    many = entries_pb2.Relation(kind=12, target="a")  # type: ignore[arg-type]
    right = entries_pb2.Act(title="so", relations=[many] * 200)
    items = [
        items_pb2.RecordItem(entry=items_pb2.NewEntry(state=entries_pb2.EntryState(act=act)))
        for act in [entries_pb2.Act(), *[right] * 99]
    ]
    problems = ReadingProblems()
    with pytest.raises(Invalid):
        requests.command(ledger_service_pb2.RecordRequest(items=items), problems)
    read = {violation.field.partition(".")[0] for violation in problems.found} - {"items"}
    assert "items[0]" in read
    assert "items[51]" not in read


def test_the_text_about_limits_lists_them_all() -> None:
    told = (Path(__file__).parents[2] / "docs/limits.md").read_text(encoding="utf-8")
    rows = dict(re.findall(r"^\| `([\w.]+)` \| ([\d,]+) \|$", told, re.MULTILINE))
    assert rows == {name: f"{bound:,}" for name, bound in limits.LISTS.items()}


def test_what_is_wrong_with_a_request_as_a_whole_is_one_sentence() -> None:
    body = ledger_service_pb2.RecordRequest(ledger="x" * 70_000).SerializeToString()
    with pytest.raises(Invalid, match=r"^The request has 70,\d+ bytes beside its items"):
        record_bodies.read(body)
