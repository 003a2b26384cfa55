"""What a newer client says and this service does not know is refused with its path (rule
13.1).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import grpc
import pytest
from diplomatic_ledger.v1 import entries_pb2, standing_service_pb2
from diplomatic_ledger.v1 import ledger_service_pb2 as pb
from google.protobuf.message import Message
from hypothesis import given
from hypothesis import strategies as st

from ledger_service.api import record_bodies, unknown_fields
from ledger_service.domain.values.limits import REQUEST_BYTES
from ledger_service.domain.values.refusals import Invalid
from tests.support.examples import (
    a_commitment,
    a_ledgerful,
    a_party,
    an_act,
    an_amendment,
    an_antecedent,
    an_evidence,
    entry,
)
from tests.support.wire import NAME, Api, record_request, refused

#: Field 99, in each of the ways in which a field may be written.
UNKNOWN = [
    b"\x98\x06\x01",
    b"\x9a\x06\x03new",
    b"\x99\x06" + bytes(8),
    b"\x9d\x06" + bytes(4),
]
LONG = "x" * 3000


def a_request(*, large: bool = False) -> pb.RecordRequest:
    """With messages of most types in it."""
    items = (
        *a_ledgerful(),
        entry("C9", a_commitment(antecedent=an_antecedent())),
        an_amendment("F001", None, evidence_added=(an_evidence(quote="so"),), report="A1"),
        an_amendment("us", a_party()),
    )
    padding = tuple(entry(f"P{n}", an_act(note=LONG)) for n in range(40 if large else 0))
    return record_request(*items, *padding)


def parts(message: Any, at: str = "") -> Iterator[tuple[str, Any]]:
    """Each message within a message, with its path."""
    yield at, message
    for field, value in message.ListFields():
        if field.message_type is None:
            continue
        path = f"{at}.{field.name}" if at else field.name
        if field.is_repeated:
            for place, each in enumerate(value):
                yield from parts(each, f"{path}[{place}]")
        else:
            yield from parts(value, path)


PLACES = [path for path, _ in parts(a_request())]


def told(message: Message) -> list[str]:
    """The fields of a message that are refused as unknown, once it is read again."""
    body = message.SerializeToString()
    try:
        unknown_fields.check(type(message).FromString(body), body)
    except Invalid as refusal:
        return [each.field for each in refusal.violations]
    return []


@pytest.mark.rule("13.1")
@pytest.mark.parametrize("place", PLACES)
def test_an_unknown_field_is_refused_wherever_it_stands(place: str) -> None:
    request = a_request()
    dict(parts(request))[place].MergeFromString(UNKNOWN[0])
    assert told(request) == [f"{place}.99" if place else "99"]


@pytest.mark.parametrize("unknown", UNKNOWN, ids=bytes.hex)
def test_it_is_refused_however_it_is_written(unknown: bytes) -> None:
    request = a_request()
    request.items[3].entry.state.report.MergeFromString(unknown)
    assert told(request) == ["items[3].entry.state.report.99"]


def test_all_of_them_are_told_at_once_up_to_a_hundred() -> None:
    request = a_request()
    request.MergeFromString(b"\xa0\x06\x01" + UNKNOWN[0])
    for item in request.items[:2]:
        item.entry.MergeFromString(UNKNOWN[1] * 3)
    assert told(request) == [
        *("99", "100"),
        *("items[0].entry.99", "items[1].entry.99"),
    ]
    many = pb.RecordRequest(items=[request.items[0]] * 500)
    assert len(told(many)) == 100


def test_what_is_known_is_never_refused_however_it_is_written() -> None:
    assert told(a_request()) == []
    default = b"\x12\x00\x20\x00\x28\x00"  # an empty request id, and twice no
    overlong = b"\x20\x81\x80\x80\x00"  # yes, in four bytes
    twice = b"\x0a\x01a\x0a\x01b"  # the name of a ledger, and another
    for body in (default, overlong, twice, default + overlong + twice):
        unknown_fields.check(pb.RecordRequest.FromString(body), body)
    one_by_one = b"\x20\x01\x20\x02"
    representation = entries_pb2.Representation.FromString(one_by_one)
    assert list(representation.mandate) == [1, 2]
    unknown_fields.check(representation, one_by_one)


def test_nothing_is_lost_of_what_is_known() -> None:
    request = a_request()
    body = request.SerializeToString()
    read = record_bodies.read(body)
    assert read == request


@given(st.lists(st.tuples(st.sampled_from(PLACES), st.sampled_from(UNKNOWN)), max_size=3))
def test_it_is_refused_exactly_when_there_is_one(added: list[tuple[str, bytes]]) -> None:
    request = a_request()
    for place, unknown in added:
        dict(parts(request))[place].MergeFromString(unknown)
    expected = {f"{place}.99" if place else "99" for place, _ in added}
    assert set(told(request)) == expected


@pytest.mark.rule("13.1")
@pytest.mark.parametrize("large", [False, True])
@pytest.mark.parametrize("checked", [False, True])
async def test_nothing_is_recorded(api: Api, large: bool, checked: bool) -> None:
    before = await api.head()
    request = a_request(large=large)
    assert (request.ByteSize() > REQUEST_BYTES) == large
    request.validate_only = checked
    request.items[5].entry.state.act.MergeFromString(UNKNOWN[0])
    refusal = await refused(api.ledgers.Record(request))
    assert refusal.code is grpc.StatusCode.INVALID_ARGUMENT
    assert list(refusal.fields) == ["items[5].entry.state.act.99"]
    assert "knows no field 99 here" in refusal.text
    assert "Leave it out" in refusal.text
    assert await api.head() == before


async def test_a_field_beside_the_items_of_a_large_request_is_refused_too(api: Api) -> None:
    request = a_request(large=True)
    request.MergeFromString(UNKNOWN[1])
    refusal = await refused(api.ledgers.Record(request))
    assert list(refusal.fields) == ["99"]


@pytest.mark.rule("13.1")
async def test_it_is_refused_in_questions_as_well(api: Api) -> None:
    request = standing_service_pb2.ListCommitmentsRequest(ledger=NAME)
    request.cuts.MergeFromString(UNKNOWN[0])
    refusal = await refused(api.standing.ListCommitments(request))
    assert refusal.code is grpc.StatusCode.INVALID_ARGUMENT
    assert list(refusal.fields) == ["cuts.99"]


@pytest.mark.rule("13.1")
async def test_an_unknown_number_is_refused_with_its_path(api: Api) -> None:
    request = a_request()
    request.items[5].entry.state.act.kind = 99  # type: ignore[assignment]
    request.items[5].entry.state.act.relations[0].kind = 98  # type: ignore[assignment]
    request.items[5].entry.state.act.occurred.basis = 97  # type: ignore[assignment]
    refusal = await refused(api.ledgers.Record(request))
    assert refusal.code is grpc.StatusCode.INVALID_ARGUMENT
    root = "items[5].entry.state.act"
    assert {*refusal.fields} == {
        *(f"{root}.kind", f"{root}.relations[0].kind", f"{root}.occurred.basis")
    }
    assert (
        "There is no number 98 here. Choose one of"
        in refusal.fields[f"{root}.relations[0].kind"]
    )
