"""Prepares a request for the sequencer: it is encoded, measured and hashed before the head is
locked.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from typing import NamedTuple, TypeAlias

import msgspec
from msgspec.structs import replace

from ledger_service.domain.checks import EntryHead, NormalRequest
from ledger_service.domain.values.commands import (
    Amendment,
    Annulment,
    Item,
    NewEntry,
    RecordCommand,
)
from ledger_service.domain.values.entries import Change, Evidence, SealableText, State
from ledger_service.persistence.records import (
    LOCAL,
    RECORD_TYPES,
    Amended,
    Annulled,
    new_id,
)
from ledger_service.persistence.sealing.seals import TextToSeal, marked, sealed

_encode = msgspec.json.Encoder().encode


class Request(NamedTuple):
    """A request with all of its ids made and its texts sealed. For each item `states` has its
    encoded state (nothing for an annulment, or where evidence is only added) and `entry_ids` the id of its entry.
    `may_be_known` is False when the ledger made the id of the request. `recorded_by` is its
    author. Who waits for the disk is told apart by the `origin`.
    """

    command: RecordCommand
    content_hash: bytes
    states: tuple[bytes, ...]
    entry_ids: tuple[str, ...]
    may_be_known: bool
    seals: tuple[TextToSeal, ...] = ()
    recorded_by: str = LOCAL
    origin: str = ""

    @property
    def size(self) -> int:
        """The size of its states and its sealed texts in bytes."""
        return sum(map(len, self.states)) + sum(len(seal.value) for seal in self.seals)


def prepare(normal: NormalRequest, *, now: int, recorded_by: str = LOCAL) -> Request:
    """A request that keeps the rules of `check_command`; so its data fit into records.
    `now` in microseconds since 1970 goes into the ids that the ledger makes.
    """
    command, states = normal
    assert states is not None
    content = content_hash(command, states)
    command, seals = sealed(command)
    if seals:
        sealing = zip(command.items, states, strict=True)
        states = tuple(_sealed_state(item, state) for item, state in sealing)
    entry_ids = tuple(each.entry_id for each in command.items)
    if not all(entry_ids):
        command = replace(command, items=tuple(_with_id(item, now) for item in command.items))
        entry_ids = tuple(each.entry_id for each in command.items)
    may_be_known = bool(command.request_id)
    if not may_be_known:
        command = replace(command, request_id=new_id(now))
    return Request(command, content, states, entry_ids, may_be_known, seals, recorded_by)


def content_hash(command: RecordCommand, states: Sequence[bytes]) -> bytes:
    """A hash that tells two requests of the same id apart. Ids that the ledger makes are not
    part of it, nor are sealed texts: sending a request again must not tell whether a guess is
    right. `states` are encoded as they are before anything is sealed.
    """
    places = marked(command)
    if places is not command:
        sealing = zip(places.items, states, strict=True)
        states = [_sealed_state(item, state) for item, state in sealing]
    typed: list[tuple[str, _Hashed]] = [
        (_type_of(item), _hashed(item, state))
        for item, state in zip(places.items, states, strict=True)
    ]
    if command.accept_identical:
        return sha256(_encode((typed, "accept identical"))).digest()
    return sha256(_encode(typed)).digest()


def _sealed_state(item: Item, state: bytes) -> bytes:
    """The state of an item once its texts are sealed, which before was encoded as `state`."""
    if isinstance(item, Annulment) or not item.seal or item.state is None:
        return state
    return _encode(item.state)


class _NewEntry(msgspec.Struct, frozen=True, tag="entry", gc=False):
    id: str
    state: msgspec.Raw


class _Amendment(msgspec.Struct, frozen=True, tag="amendment", gc=False):
    entry_id: str
    reason: SealableText
    state: msgspec.Raw
    report: str | None
    expected_version: int | None


class _Addition(msgspec.Struct, frozen=True, tag="addition", gc=False):
    entry_id: str
    reason: SealableText
    evidence: tuple[Evidence, ...]
    report: str | None
    expected_version: int | None


class _Annulment(msgspec.Struct, frozen=True, tag="annulment", gc=False):
    entry_id: str
    reason: SealableText
    expected_version: int | None


_Hashed: TypeAlias = _NewEntry | _Amendment | _Addition | _Annulment


def _hashed(item: Item, state: bytes) -> _Hashed:
    """The part of an item that is hashed. Marks tell which of its texts are sealed."""
    match item:
        case NewEntry():
            return _NewEntry(item.entry_id, msgspec.Raw(state))
        case Amendment(state=None):
            return _Addition(
                item.entry_id,
                item.reason,
                item.evidence_added,
                item.report,
                item.expected_version,
            )
        case Amendment():
            return _Amendment(
                item.entry_id,
                item.reason,
                msgspec.Raw(state),
                item.report,
                item.expected_version,
            )
        case Annulment():
            return _Annulment(item.entry_id, item.reason, item.expected_version)


def amended_data(item: Amendment, state: bytes, after: EntryHead) -> bytes:
    """The data of an amendment, after which its entry has this head. `state` is the encoded
    one of the amendment; nothing where it only adds evidence.
    """
    change = Change.CORRECTION if item.report is None else Change.NEW_INFORMATION
    data = Amended(
        supersedes=str(after.version - 1),
        reason=item.reason,
        change=change,
        report=item.report or "",
        payloadtype=RECORD_TYPES[type(after.state)],
        payload=msgspec.UNSET if item.state is None else msgspec.Raw(state),
        evidence_added=item.evidence_added,
    )
    return msgspec.json.encode(data)


def annulled_data(item: Annulment, supersedes: int) -> bytes:
    return msgspec.json.encode(Annulled(supersedes=str(supersedes), reason=item.reason))


def _type_of(item: Item) -> str:
    state = None if isinstance(item, Annulment) else item.state
    return "" if state is None else RECORD_TYPES[type(state)]


def encoded_state(state: State) -> bytes:
    return _encode(state)


def _with_id(item: Item, now: int) -> Item:
    if isinstance(item, NewEntry) and not item.entry_id:
        return NewEntry(new_id(now), item.state, item.seal)
    return item
