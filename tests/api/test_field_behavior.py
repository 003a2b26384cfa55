"""What the protos mark as REQUIRED is what the service requires, and what their comments say."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import grpc
import pytest
from diplomatic_ledger.v1 import items_pb2, ledger_service_pb2
from google.api import field_behavior_pb2
from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message

from ledger_service.api import required
from tests.support.random_ledgers import Dice, accepted_ledger
from tests.support.wire import NAME, Api, message, taken_apart

PROTOS = Path(__file__).parents[2] / "protos"
_FIELD = re.compile(
    r"((?:^ +//.*\n)+) +(?:repeated )?[\w.]+ (\w+) = \d+( \[.*\])?;", re.MULTILINE
)
_SAID = re.compile(r"(?:^|[.:;] )Required(?:[.;]|, up to)")

#: What is required unless something else is said in its place.
UNLESS = {
    "diplomatic_ledger.v1.Amendment.state",  # unless evidence is added
    "diplomatic_ledger.v1.Commitment.debtors",  # unless it is mutual
}


def is_required(field: Any) -> bool:
    marks = field.GetOptions().Extensions[field_behavior_pb2.field_behavior]
    return field_behavior_pb2.REQUIRED in marks


def marked(kind: type[Message]) -> set[str]:
    return {field.name for field in kind.DESCRIPTOR.fields if is_required(field)}


@pytest.mark.parametrize("path", sorted(PROTOS.rglob("*.proto")), ids=lambda path: path.stem)
def test_a_mark_stands_where_the_comment_says_so(path: Path) -> None:
    for comment, name, options in _FIELD.findall(path.read_text()):
        text = " ".join(
            line.strip().removeprefix("//").strip() for line in comment.splitlines()
        )
        assert bool(_SAID.search(text)) == ("REQUIRED" in options), (name, text)


@pytest.mark.parametrize(
    "kind",
    [kind for kind in required.REQUIRED if hasattr(kind, "DESCRIPTOR")],
    ids=lambda kind: kind.__name__,
)
def test_the_texts_that_the_service_requires_are_marked(kind: Any) -> None:
    texts = {f.name for f in kind.DESCRIPTOR.fields if f.type == FieldDescriptor.TYPE_STRING}
    assert marked(kind) & texts == set(required.REQUIRED[kind])


def set_fields(part: Message, path: str) -> Iterator[tuple[Message, Any, str]]:
    """Every field that is set in a message or within it, with who holds it and its path."""
    for field, value in part.ListFields():
        here = f"{path}.{field.name}"
        yield part, field, here
        if field.message_type is None:
            continue
        if not field.is_repeated:
            yield from set_fields(value, here)
        else:
            for n, each in enumerate(value):
                yield from set_fields(each, f"{here}[{n}]")


def without_one_field() -> Iterator[tuple[items_pb2.RecordItem, Any, str]]:
    """For each field of entries and items that is said anywhere in random ledgers an item that
    says all but it, with the field and its path. What stands in a choice is left out.
    """
    seen: set[str] = set()
    for seed in range(12):
        commands = [command for command, _ in accepted_ledger(Dice(seed)).requests]
        for item in (message(each) for command in commands for each in command.items):
            for _, field, path in list(set_fields(item, "items[0]")):
                if field.full_name not in seen and field.containing_oneof is None:
                    seen.add(field.full_name)
                    yield without(item, path), field, path


def without(item: items_pb2.RecordItem, path: str) -> items_pb2.RecordItem:
    copy = items_pb2.RecordItem()
    copy.CopyFrom(item)
    (found,) = [
        (holder, field) for holder, field, here in set_fields(copy, "items[0]") if here == path
    ]
    holder, field = found
    holder.ClearField(field.name)
    return copy


async def violations(api: Api, request: ledger_service_pb2.RecordRequest) -> dict[str, str]:
    """What is wrong with a request, by path."""
    try:
        await api.ledgers.Record(request)
    except grpc.aio.AioRpcError as error:
        return taken_apart(error).fields
    return {}


async def test_each_field_of_an_entry_is_missed_just_where_it_is_marked(api: Api) -> None:
    await api.open_ledger()
    looked_at = set()
    for item, field, path in without_one_field():
        request = ledger_service_pb2.RecordRequest(
            ledger=NAME, items=[item], validate_only=True
        )
        said = (await violations(api, request)).get(path, "")
        looked_at.add(field.full_name)
        if is_required(field):
            assert said, field.full_name
        elif field.full_name not in UNLESS:
            assert "required" not in said, field.full_name
            assert "At least 1" not in said, field.full_name
    assert len(looked_at) > 80
