"""Strategies for items of every kind, with any of their fields."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from diplomatic_ledger import dates
from diplomatic_ledger.json_form.scalars import DAY_FIELDS
from diplomatic_ledger.v1 import entries_pb2 as entries
from diplomatic_ledger.v1.items_pb2 import RecordItem
from google.protobuf.descriptor import FieldDescriptor
from hypothesis import strategies as st

DAYS = ["2018-06-12", "2018-08-18", "2019-01-01"]
INTERVALS = ["2018-06-12", "2018-06", "2018", "../2018-08-18", "2018-06-12/..", "../.."]
texts = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), min_size=1, max_size=8)
KINDS = ("entry", "amendment", "annulment")
TYPES = [field.name for field in entries.EntryState.DESCRIPTOR.fields]


@st.composite
def intervals(draw: st.DrawFn) -> entries.IntervalDate:
    interval = dates.parse(draw(st.sampled_from(INTERVALS)))
    interval.basis = draw(st.sampled_from([0, 1, 2]))
    return interval


def conditions(depth: int = 2) -> st.SearchStrategy[entries.Condition]:
    leaf = st.one_of(
        st.builds(entries.Condition, act=texts),
        st.builds(entries.Condition, commitment=texts),
        st.builds(
            entries.Condition,
            words=st.builds(entries.WordsCondition, text=texts, label=st.just("") | texts),
        ),
    )
    if not depth:
        return leaf
    several = st.builds(
        entries.ConditionList, conditions=st.lists(conditions(depth - 1), max_size=3)
    )
    some = st.builds(
        entries.AtLeastCondition,
        n=st.integers(0, 3),
        of=st.lists(conditions(depth - 1), max_size=3),
    )
    return st.one_of(
        leaf,
        st.builds(entries.Condition, all=several),
        st.builds(entries.Condition, any=several),
        st.builds(entries.Condition, at_least=some),
    )


plovers = st.builds(
    entries.PloverCode,
    type=st.sampled_from(["RETREAT", "AID"]),
    mode=st.sampled_from(["", "disarm"]),
    contexts=st.lists(st.sampled_from(["military", "legal"]), max_size=2),
)
special = {"IntervalDate": intervals(), "Condition": conditions(), "PloverCode": plovers}


@st.composite
def messages(draw: st.DrawFn, kind: Any) -> Any:
    """Any message of a kind: each field said or not."""
    if kind.DESCRIPTOR.name in special:
        return draw(special[kind.DESCRIPTOR.name])
    message = kind()
    for field in kind.DESCRIPTOR.fields:
        if draw(st.booleans()):
            _fill(draw, message, field)
    return message


def _fill(draw: st.DrawFn, message: Any, field: Any) -> None:
    values = _values(field)
    if field.is_repeated:
        getattr(message, field.name).extend(draw(st.lists(values, max_size=2)))
    elif field.message_type:
        getattr(message, field.name).CopyFrom(draw(values))
    else:
        setattr(message, field.name, draw(values))


def _values(field: Any) -> st.SearchStrategy[Any]:
    if field.message_type:
        return messages(getattr(entries, field.message_type.name))
    if field.enum_type:
        return st.sampled_from([value.number for value in field.enum_type.values[1:]])
    if field.cpp_type == FieldDescriptor.CPPTYPE_BOOL:
        return st.booleans()
    if field.cpp_type == FieldDescriptor.CPPTYPE_UINT32:
        return st.integers(0, 6)
    if field.name in DAY_FIELDS:
        return st.sampled_from(DAYS)
    return texts


@st.composite
def states(draw: st.DrawFn) -> entries.EntryState:
    kind = draw(st.sampled_from(TYPES))
    return entries.EntryState(**{kind: draw(messages(getattr(entries, kind.capitalize())))})


@st.composite
def items(draw: st.DrawFn, kinds: Sequence[str] = KINDS) -> RecordItem:
    """Any item of one of these kinds, with anything in it that has a plain form."""
    item = RecordItem()
    match draw(st.sampled_from(kinds)):
        case "entry":
            item.entry.entry_id = draw(st.just("") | texts)
            item.entry.state.CopyFrom(draw(states()))
        case "amendment":
            item.amendment.entry_id = draw(texts)
            item.amendment.reason = draw(texts)
            if draw(st.booleans()):
                item.amendment.state.CopyFrom(draw(states()))
            else:
                item.amendment.evidence_added.append(draw(messages(entries.Evidence)))
            if draw(st.booleans()):
                item.amendment.correction.SetInParent()
            else:
                item.amendment.new_information.report = draw(texts)
            if draw(st.booleans()):
                item.amendment.expected_version.exactly = draw(st.integers(1, 9))
        case "annulment":
            item.annulment.entry_id = draw(texts)
            item.annulment.reason = draw(texts)
    return item
