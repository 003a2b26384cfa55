"""Converts versions of entries to messages of bounded size."""

from __future__ import annotations

import re
from collections import defaultdict

from diplomatic_ledger.v1 import history_service_pb2 as pb

from ledger_service.api.messages import names, writing
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

_IN_EVIDENCE = re.compile(r"evidence\[(\d+)\]")


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
        message.evidence_added.extend(writing.evidence(shown.evidence_added))
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
        _shorten(message)
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


def _shorten(message: pb.EntryVersion) -> None:
    """Takes out pieces of evidence from the end, until the state is small enough. What an
    entry says beside is, and so is the evidence that was recorded at once.
    """
    sealed = defaultdict(list)
    for each in message.sealed:
        if found := _IN_EVIDENCE.match(each.path):
            sealed[int(found[1])].append(each)
    kind = message.state.WhichOneof("state")
    assert kind is not None
    evidence = getattr(message.state, kind).evidence
    size, place = message.ByteSize(), len(evidence)
    while size > STATE_BYTES and place > 0:
        place -= 1
        size -= evidence[place].ByteSize() + sum(each.ByteSize() for each in sealed[place])
    message.evidence_left_out = len(evidence) - place
    del evidence[place:]
    kept = [each for each in message.sealed if not _lies_behind(each.path, place)]
    del message.sealed[:]
    message.sealed.extend(kept)


def _lies_behind(path: str, place: int) -> bool:
    found = _IN_EVIDENCE.match(path)
    return found is not None and int(found[1]) >= place
