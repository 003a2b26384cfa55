"""Writes messages as plain values.

An entry leaves out empty fields. An answer has every field, and null where it is empty, so
that a reader of JSON need not know which fields exist.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC
from typing import Any, TypeAlias

from google.protobuf.message import Message

from diplomatic_ledger import dates, words
from diplomatic_ledger.json_form import seals
from diplomatic_ledger.v1 import (
    acts_pb2,
    differences_pb2,
    entries_pb2,
    history_service_pb2,
    instruments_pb2,
    parties_pb2,
    standings_pb2,
)

Plain: TypeAlias = Any

#: Messages of this file are entries or parts of one.
_ENTRIES = entries_pb2.DESCRIPTOR.name


def write(message: Message) -> Plain:
    """The plain form of an answer, or of an entry or a part of one."""
    special = _SPECIAL.get(message.DESCRIPTOR.full_name)
    if special is not None:
        return special(message)
    if message.DESCRIPTOR.file.name == _ENTRIES and message.DESCRIPTOR.name != "SealedField":
        return {field.name: _value(field, value) for field, value in message.ListFields()}
    return _told_fields(message)


def _told_fields(message: Message) -> dict[str, Plain]:
    return {
        field.name: _told(message, field)
        for field in message.DESCRIPTOR.fields
        if field.containing_oneof is None or message.HasField(field.name)
    }


def _told(message: Message, field: Any) -> Plain:
    if field.is_repeated:
        return _value(field, getattr(message, field.name))
    if field.message_type is not None and not message.HasField(field.name):
        return None
    value = _value(field, getattr(message, field.name))
    return None if value == "" else value


def _value(field: Any, value: Any) -> Plain:
    if field.is_repeated:
        return [_one(field, element) for element in value]
    return _one(field, value)


def _one(field: Any, value: Any) -> Plain:
    if field.message_type is not None:
        return write(value)
    if field.enum_type is not None:
        return words.word(field.enum_type, value)
    return value.hex() if isinstance(value, bytes) else value


def moment(stamp: Any) -> str:
    """A protobuf timestamp as ISO 8601 in UTC, always with six fraction digits. One beyond the
    calendar is written as its seconds and nanoseconds.
    """
    try:
        when = stamp.ToDatetime(tzinfo=UTC).isoformat(timespec="microseconds")
    except (ValueError, OverflowError):
        return f"no time: {stamp.seconds} s and {stamp.nanos} ns since 1970"
    return str(when).replace("+00:00", "Z")


def _write_interval(message: Any) -> Plain:
    """A text; a mapping {date, words, basis} where more than the days is said."""
    text = dates.text(message)
    said = {
        "words": message.words,
        "basis": words.word(entries_pb2.DateBasis.DESCRIPTOR, message.basis),
    }
    beside = {key: value for key, value in said.items() if value}
    return {"date": text, **beside} if beside else text


def _write_plover(message: Any) -> Plain:
    if message.contexts or not message.type or "/" in message.type:
        fields = {"type": message.type, "mode": message.mode}
        said = {key: value for key, value in fields.items() if value}
        return {**said, "contexts": list(message.contexts)}
    return f"{message.type}/{message.mode}" if message.mode else message.type


def _write_condition(message: Any) -> Plain:
    node = message.WhichOneof("node")
    if node is None:
        return {}
    value = getattr(message, node)
    if node in ("all", "any"):
        return {node: [_write_condition(condition) for condition in value.conditions]}
    if node == "at_least":
        return {node: {"n": value.n, "of": [_write_condition(each) for each in value.of]}}
    if node == "words":
        label = {"label": value.label} if value.label else {}
        return {"words": value.text, **label}
    return {node: value}


def _write_version(message: Any) -> Plain:
    plain = _with_seals(message, {"state": message.sealed})
    return seals.put_in(message, plain, seals.told(message.sealed_beside, message))


def _write_instrument_standing(message: Any) -> Plain:
    return _with_seals(message, {"instrument": message.sealed})


def _write_party_view(message: Any) -> Plain:
    return _with_seals(message, {"party": message.sealed})


def _write_commitment_standing(message: Any) -> Plain:
    return _with_seals(message, {"commitment": message.sealed})


def _write_act_view(message: Any) -> Plain:
    return _with_seals(message, {"act": message.sealed})


def _write_entry_diff(message: Any) -> Plain:
    return _with_seals(
        message, {"before": message.sealed_before, "after": message.sealed_after}
    )


def _with_seals(message: Any, sealed: dict[str, Any]) -> Plain:
    """The plain form of an answer, with what it says about sealed fields in their places."""
    plain = _told_fields(message)
    for name, fields in sealed.items():
        if fields:
            plain[name] = _state_with_seals(getattr(message, name), plain[name], fields)
    return plain


def _state_with_seals(state: Any, plain: Any, fields: Any) -> Plain:
    if isinstance(state, entries_pb2.EntryState):
        kind = state.WhichOneof("state") or ""
        return {kind: _state_with_seals(getattr(state, kind), plain[kind], fields)}
    return seals.put_in(state, plain, seals.told(fields, state))


_SPECIAL: dict[str, Callable[[Any], Plain]] = {
    "google.protobuf.Timestamp": moment,
    entries_pb2.IntervalDate.DESCRIPTOR.full_name: _write_interval,
    entries_pb2.PloverCode.DESCRIPTOR.full_name: _write_plover,
    entries_pb2.Condition.DESCRIPTOR.full_name: _write_condition,
    history_service_pb2.EntryVersion.DESCRIPTOR.full_name: _write_version,
    standings_pb2.CommitmentStanding.DESCRIPTOR.full_name: _write_commitment_standing,
    acts_pb2.ActView.DESCRIPTOR.full_name: _write_act_view,
    instruments_pb2.InstrumentStanding.DESCRIPTOR.full_name: _write_instrument_standing,
    parties_pb2.PartyView.DESCRIPTOR.full_name: _write_party_view,
    differences_pb2.EntryDiff.DESCRIPTOR.full_name: _write_entry_diff,
}
