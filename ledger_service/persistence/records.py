"""The records of a log: the bytes that are stored, hashed and given out for good.

A record is one line of JSON, a CloudEvents 1.0 event in structured mode. Its bytes are made
once, when it is recorded; nothing here writes a stored record again.
"""

from __future__ import annotations

import os
import secrets
from collections import deque
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import NamedTuple, TypeAlias, cast

import msgspec
from eventsourcing.persistence import Mapper, StoredEvent
from msgspec.structs import replace

from ledger_service.domain.values.commands import Amendment
from ledger_service.domain.values.entries import (
    Act,
    Change,
    Commitment,
    Evidence,
    Instrument,
    Party,
    Report,
    Scale,
    SealableText,
    Sealed,
    State,
    Value,
    Version,
)
from ledger_service.domain.values.sealing import REASON, SealedField, sealed_fields

LEDGER_OPENED = "ledger.opened.v1"
ENTRY_AMENDED = "entry.amended.v1"
ENTRY_ANNULLED = "entry.annulled.v1"
FIELD_ERASED = "field.erased.v1"
KEY_ROTATED = "key.rotated.v1"
LEDGER_SUCCEEDED = "ledger.succeeded.v1"
LEDGER_FORKED = "ledger.forked.v1"
RECORD_TYPES: dict[type[State], str] = {
    Party: "party.registered.v1",
    Report: "report.filed.v1",
    Instrument: "instrument.recorded.v1",
    Commitment: "commitment.recorded.v1",
    Act: "act.recorded.v1",
    Scale: "scale.registered.v1",
}

#: Every type of record that a log may hold.
TYPES = (
    *RECORD_TYPES.values(),
    ENTRY_AMENDED,
    ENTRY_ANNULLED,
    FIELD_ERASED,
    LEDGER_OPENED,
    KEY_ROTATED,
    LEDGER_SUCCEEDED,
    LEDGER_FORKED,
)

#: The stream of the ledger's own records; no entry can have this id.
LEDGER_STREAM = "$ledger"

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class Record(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    omit_defaults=True,
    forbid_unknown_fields=True,
    gc=False,
):
    """A record, with its attributes in the order of its bytes. A record of the ledger itself
    has no subject and no entry version.
    """

    specversion: str
    id: str
    source: str
    type: str
    subject: str = ""
    time: str
    datacontenttype: str
    position: str
    entryversion: str = ""
    recordedby: str
    requestid: str
    data: msgspec.Raw

    @property
    def originator_id(self) -> str:
        return self.subject or LEDGER_STREAM

    @property
    def originator_version(self) -> int:
        return int(self.entryversion or self.position)


class LedgerOpened(Value, frozen=True, kw_only=True):
    """The data of the first record of a log: what the ledger is, for good."""

    title: str
    purpose: str = ""
    opens_on: date | None = None
    origin: str
    verification_key: str


class LedgerContinued(Value, frozen=True, kw_only=True):
    """The data of the record with which a log goes on under a new origin and key: for one that
    was lost or is not trusted any more, or as a fork. It inherited the first records of the
    `predecessor`, byte for byte, and `signed_size` and `signed_root` (in base64) are the
    largest checkpoint that is known to be signed of that.
    """

    origin: str
    verification_key: str
    predecessor: str
    inherited: str
    signed_size: str
    signed_root: str
    reason: str


class KeyRotated(Value, frozen=True, kw_only=True):
    """The data of the record of a new key, which signs from now on beside the previous one,
    until that is retired.
    """

    verification_key: str
    previous: str
    reason: str


class FieldErased(Value, frozen=True):
    """The data of an erasure: the value of a sealed field is gone for good, in the versions of
    an entry that share its seal.
    """

    entry: str
    field: str
    versions: tuple[str, ...]
    commitment: str
    reason: str


class Amended(Value, frozen=True, kw_only=True):
    """The data of an amendment. `report` is set for new information only. It has either the
    full new state in `payload`, or in `evidence_added` what comes behind the evidence of the
    version before, which it leaves as it is otherwise.
    """

    supersedes: str
    reason: SealableText
    change: Change
    report: str = ""
    payloadtype: str
    payload: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    evidence_added: tuple[Evidence, ...] = ()


class Annulled(Value, frozen=True):
    supersedes: str
    reason: SealableText


_STATE_DECODERS = {name: msgspec.json.Decoder(state) for state, name in RECORD_TYPES.items()}
_RECORD_DECODER = msgspec.json.Decoder(Record)
_RECORD_ENCODER = msgspec.json.Encoder()
_OPENED_DECODER = msgspec.json.Decoder(LedgerOpened)
_CONTINUED_DECODER = msgspec.json.Decoder(LedgerContinued)
_ROTATED_DECODER = msgspec.json.Decoder(KeyRotated)
_ERASED_DECODER = msgspec.json.Decoder(FieldErased)
_AMENDED_DECODER = msgspec.json.Decoder(Amended)
_ANNULLED_DECODER = msgspec.json.Decoder(Annulled)


class RecordMapper(Mapper[str]):
    """Stores records as their own bytes. The topic of a stored event is the record type, so
    that no name of a class or module reaches the log.
    """

    def to_stored_event(self, domain_event: object) -> StoredEvent:
        record = cast("Record", domain_event)
        return StoredEvent(
            record.originator_id,
            record.originator_version,
            record.type,
            _RECORD_ENCODER.encode(record),
        )

    def to_domain_event(self, stored_event: StoredEvent) -> Record:
        return decode(stored_event.state)


#: The author of what is recorded where nobody is asked who calls, and by the operator.
LOCAL = "local"

#: What a record is made of: its type, entry, version and data. The ledger's own records
#: have no entry, and version 0.
Content: TypeAlias = tuple[str, str, int, bytes]


class RecordFactory:
    """Makes the records of one log; `source` is its origin. They are `recorded_by` this author
    where no other is named.
    """

    def __init__(self, source: str, recorded_by: str = LOCAL) -> None:
        self._source = source
        self._recorded_by = recorded_by

    def make(
        self,
        contents: Iterable[Content],
        request_id: str,
        position: int,
        recorded_at: int,
        recorded_by: str = "",
    ) -> Iterator[Record]:
        """The records of a request: the first at a position and of a time in microseconds
        since 1970, the others behind it, one microsecond apart. Each gets a new random id.
        """
        second = millisecond = -1
        for record_type, subject, version, data in contents:
            if second != (second := recorded_at // 1_000_000):
                time = _second_text(second)
            if millisecond != (millisecond := recorded_at // 1000):
                start_of_id = _start_of_id(millisecond)
            yield Record(
                specversion="1.0",
                id=start_of_id + _random_end(),
                source=self._source,
                type=record_type,
                subject=subject,
                time=f"{time}.{recorded_at % 1_000_000:06}Z",  # six digits, whatever they are
                datacontenttype="application/json",
                position=str(position),
                entryversion=str(version) if subject else "",
                recordedby=recorded_by or self._recorded_by,
                requestid=request_id,
                data=msgspec.Raw(data),
            )
            position += 1
            recorded_at += 1


def new_id(microseconds: int) -> str:
    """A UUIDv7 of a time; its other 74 bits are random, so that it cannot be guessed."""
    return _start_of_id(microseconds // 1000) + _random_end()


@lru_cache(64)
def _start_of_id(milliseconds: int) -> str:
    return f"{milliseconds >> 16:08x}-{milliseconds & 0xFFFF:04x}-"


def _random_end() -> str:
    """The random end of a UUID, which no other call returns. Many are drawn at once, since
    each draw is a system call.
    """
    while True:
        try:
            return _unused_ends.pop()
        except IndexError:
            drawn = bytearray(secrets.token_bytes(_END_BYTES * _DRAWN_AT_ONCE))
            drawn[0::_END_BYTES] = drawn[0::_END_BYTES].translate(_WITH_VERSION)
            drawn[2::_END_BYTES] = drawn[2::_END_BYTES].translate(_WITH_VARIANT)
            digits = drawn.hex()
            _unused_ends.extend(
                f"{digits[at : at + 4]}-{digits[at + 4 : at + 8]}-{digits[at + 8 : at + 20]}"
                for at in range(0, len(digits), 2 * _END_BYTES)
            )


def _forget_ends() -> None:
    _unused_ends.clear()


_END_BYTES = 10
_DRAWN_AT_ONCE = 200
#: Bytes with the version 7 in their first four bits, and the variant 0b10 in their first two.
_WITH_VERSION = bytes(0x70 | byte & 0x0F for byte in range(256))
_WITH_VARIANT = bytes(0x80 | byte & 0x3F for byte in range(256))
#: Any thread takes from it and adds to it, each in one instruction of a deque.
_unused_ends: deque[str] = deque()
os.register_at_fork(after_in_child=_forget_ends)  # else both would make the same ids


def microseconds_of(time: datetime) -> int:
    """A time in microseconds since 1970, exactly."""
    return (time - _EPOCH) // _MICROSECOND


def time_of(microseconds: int) -> datetime:
    return _EPOCH + microseconds * _MICROSECOND


@lru_cache(64)
def _second_text(seconds: int) -> str:
    return time_of(seconds * 1_000_000).replace(tzinfo=None).isoformat(timespec="seconds")


def decode(record: bytes) -> Record:
    return _RECORD_DECODER.decode(record)


def opened_of(record: Record) -> LedgerOpened:
    return _OPENED_DECODER.decode(record.data)


def continued_of(record: Record) -> LedgerContinued:
    return _CONTINUED_DECODER.decode(record.data)


def rotated_of(record: Record) -> KeyRotated:
    return _ROTATED_DECODER.decode(record.data)


def erased_of(record: Record) -> FieldErased:
    return _ERASED_DECODER.decode(record.data)


class Addition(NamedTuple):
    """A version that only adds evidence, as its record tells it. `version` lacks the state,
    which is that of the version before with `evidence` behind its own.
    """

    version: Version
    evidence: tuple[Evidence, ...]

    def after(self, before: State | None) -> Version:
        """The version with its state. Raises ValueError where the version before has no
        evidence to which more can be added.
        """
        if not isinstance(before, Act | Commitment | Instrument):
            at = self.version.position
            message = f"The record at position {at} adds evidence to a version that has none."
            raise ValueError(message)  # noqa: TRY004 - as below
        state = replace(before, evidence=before.evidence + self.evidence)
        return replace(self.version, state=state)


#: A version as its own record tells it.
Told: TypeAlias = Version | Addition


def told_by(record: Record) -> Told:
    """What a record of an entry tells of its version."""
    reason: SealableText = ""
    report = ""
    state: State | None = None
    added: tuple[Evidence, ...] = ()
    if record.type == ENTRY_ANNULLED:
        annulled = _ANNULLED_DECODER.decode(record.data)
        change, reason = Change.ANNULMENT, annulled.reason
    elif record.type == ENTRY_AMENDED:
        amended = _AMENDED_DECODER.decode(record.data)
        change, reason, report = amended.change, amended.reason, amended.report
        decoder = _STATE_DECODERS[amended.payloadtype]
        added = amended.evidence_added
        if (amended.payload is msgspec.UNSET) is not bool(added):
            at = record.position
            message = (
                f"The record at position {at} has not exactly one of a payload and evidence."
            )
            raise ValueError(message)
        if amended.payload is not msgspec.UNSET:
            state = decoder.decode(amended.payload)
    else:
        change, state = Change.RECORDED, _STATE_DECODERS[record.type].decode(record.data)
    version = Version(
        entry_id=record.subject,
        version=int(record.entryversion),
        position=int(record.position),
        recorded_at=datetime.fromisoformat(record.time),
        change=change,
        state=state,
        reason=reason,
        report=report,
        recorded_by=record.recordedby,
        request_id=record.requestid,
        evidence_added=len(added),
    )
    return Addition(version, added) if added else version


def version_of(record: Record) -> Version:
    """The version of an entry that a record holds. Raises ValueError for one that only adds
    evidence: its state lies in the records before it.
    """
    told = told_by(record)
    if isinstance(told, Addition):
        message = f"The record at position {record.position} only adds evidence."
        raise ValueError(message)  # noqa: TRY004 - the record is read, it is not of a wrong type
    return told


def merged(told: Iterable[Told], before: State | None = None) -> Iterator[Version]:
    """The versions of one entry, each with its full state, of what its records tell, oldest
    first. `before` is the state of the version before the first of them. Raises ValueError
    as `Addition.after`.
    """
    for each in told:
        version = each.after(before) if isinstance(each, Addition) else each
        before = version.state
        yield version


def sealed_in(told: Told) -> list[SealedField]:
    """The fields that the record of a version seals itself; of evidence that is only added
    their paths lie in the record: `evidence_added[0].quote`.
    """
    version = told.version if isinstance(told, Addition) else told
    reason = version.reason
    own = [SealedField(REASON, reason)] if isinstance(reason, Sealed) else []
    if isinstance(told, Addition):
        return own + sealed_fields(Amendment("", "", None, evidence_added=told.evidence))
    return own + (sealed_fields(told.state) if told.state is not None else [])
