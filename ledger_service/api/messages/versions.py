"""Converts versions of entries to messages of bounded size."""

from __future__ import annotations

from diplomatic_ledger.v1 import history_service_pb2 as pb

from ledger_service.api.messages import names, writing
from ledger_service.api.messages.large_states import shorten
from ledger_service.api.messages.seals import Seals
from ledger_service.api.messages.writing import moment
from ledger_service.domain.values.commands import Amendment
from ledger_service.domain.values.entries import (
    Act,
    Commitment,
    EntryType,
    Evidence,
    Instrument,
    Sealed,
    Version,
)
from ledger_service.domain.values.limits import STATE_BYTES
from ledger_service.domain.values.sealing import REASON
from ledger_service.persistence.records import Addition, Told


def version(value: Version, type_: EntryType, seals: Seals) -> pb.EntryVersion:
    """A version of an entry as a message, of one that only adds evidence without its state.
    Whether it is the one that answers is left to the caller.
    """
    added: tuple[Evidence, ...] = ()
    if value.evidence_added:
        assert isinstance(value.state, Act | Commitment | Instrument)
        added = value.state.evidence[-value.evidence_added :]
    return _recorded(value, added, type_, seals)


def told(value: Told, type_: EntryType, seals: Seals) -> pb.EntryVersion:
    """A version as its own record tells it."""
    if isinstance(value, Addition):
        return _recorded(value.version, value.evidence, type_, seals)
    return _recorded(value, (), type_, seals)


def _recorded(
    value: Version, added: tuple[Evidence, ...], type_: EntryType, seals: Seals
) -> pb.EntryVersion:
    message = _version(value, type_)
    if isinstance(value.reason, Sealed):
        message.reason, sealed_reason = seals.read_text(REASON, value.reason)
        message.sealed_beside.append(sealed_reason)
    if added:
        alone = Amendment(value.entry_id, value.reason, None, evidence_added=added)
        shown, sealed = seals.read(alone)
        writing.add_evidence(message.evidence_added, shown.evidence_added)
        message.sealed_beside.extend(sealed)
    elif value.state is not None:
        message.MergeFrom(state_of_version(value, seals))
    return message


def state_of_version(value: Version, seals: Seals) -> pb.EntryVersion:
    """The part of the message of a version that has its state, without the last pieces of
    evidence where it would be too large. There must be a state.
    """
    assert value.state is not None
    state, sealed = seals.read(value.state)
    message = pb.EntryVersion(state=writing.state(state), sealed=sealed)
    if message.ByteSize() > STATE_BYTES:
        kind = message.state.WhichOneof("state")
        assert kind is not None
        shown = getattr(message.state, kind)
        message.evidence_left_out = shorten(shown, message.sealed, STATE_BYTES)
    return message


def _version(value: Version, type_: EntryType) -> pb.EntryVersion:
    return pb.EntryVersion(
        version=value.version,
        position=value.position,
        recorded_at=moment(value.recorded_at),
        recorded_by=value.recorded_by,
        request_id=value.request_id,
        change=names.CHANGE.number(value.change),
        reason=writing.text(value.reason),
        report=value.report,
        entry_id=value.entry_id,
        type=names.ENTRY_TYPE.number(type_),
    )
