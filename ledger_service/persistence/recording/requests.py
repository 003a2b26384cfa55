"""A request made ready to wait: encoded, measured and hashed before anything is locked."""

from __future__ import annotations

from hashlib import sha256
from typing import NamedTuple, TypeAlias

import msgspec

from ledger_service.domain.values.commands import (
    Amendment,
    Annulment,
    Item,
    NewEntry,
    RecordCommand,
)
from ledger_service.domain.values.entries import Change, State
from ledger_service.persistence.records import (
    RECORD_TYPES,
    Amended,
    Annulled,
    new_id,
)
from ledger_service.persistence.sealing.seals import Seal, marked, sealed


class Request(NamedTuple):
    """A request whose ids are all made and whose texts are sealed. `states` holds the
    encoded state of each item (nothing for an annulment); `may_be_known` is false when
    the ledger made its id.
    """

    command: RecordCommand
    content_hash: bytes
    states: tuple[bytes, ...]
    may_be_known: bool
    seals: tuple[Seal, ...] = ()

    @property
    def size(self) -> int:
        """Bytes of its states and of what it seals."""
        return sum(map(len, self.states)) + sum(len(seal.value) for seal in self.seals)


def prepare(command: RecordCommand, *, now: int) -> Request:
    """A normalised command that keeps the rules of `check_command`; so its data fit into
    records. `now` in microseconds since 1970 goes into the ids that the ledger makes.
    """
    content, (command, seals) = command, sealed(command)
    states = tuple(
        b"" if isinstance(item, Annulment) else encoded_state(item.state)
        for item in command.items
    )
    return Request(
        command=RecordCommand(
            items=tuple(_with_id(item, now) for item in command.items),
            request_id=command.request_id or new_id(now),
        ),
        content_hash=content_hash(content),
        states=states,
        may_be_known=bool(command.request_id),
        seals=seals,
    )


def content_hash(command: RecordCommand) -> bytes:
    """What tells two requests of one id apart. Ids that the ledger makes are not in it, nor
    are sealed texts: who sends a request again must not learn whether a guess is right.
    """
    command = marked(command)
    typed: list[_Typed] = [(_type_of(item), _hashed(item)) for item in command.items]
    return sha256(msgspec.json.encode(typed)).digest()


class _NewEntry(msgspec.Struct, frozen=True, tag="entry", gc=False):
    id: str
    state: State


class _Amendment(msgspec.Struct, frozen=True, tag="amendment", gc=False):
    entry_id: str
    reason: str
    state: State
    report: str | None
    expected_version: int | None


_Hashed: TypeAlias = _NewEntry | _Amendment | Annulment
_Typed: TypeAlias = tuple[str, _Hashed]


def _hashed(item: Item) -> _Hashed:
    """The part of an item that is hashed. Which texts are sealed is told by their marks."""
    match item:
        case NewEntry():
            return _NewEntry(item.id, item.state)
        case Amendment():
            return _Amendment(
                item.entry_id, item.reason, item.state, item.report, item.expected_version
            )
        case Annulment():
            return item


def amended_data(item: Amendment, state: bytes, supersedes: int) -> bytes:
    change = Change.CORRECTION if item.report is None else Change.NEW_INFORMATION
    data = Amended(
        supersedes=str(supersedes),
        reason=item.reason,
        change=change,
        report=item.report or "",
        payloadtype=RECORD_TYPES[type(item.state)],
        payload=msgspec.Raw(state),
    )
    return msgspec.json.encode(data)


def annulled_data(item: Annulment, supersedes: int) -> bytes:
    return msgspec.json.encode(Annulled(supersedes=str(supersedes), reason=item.reason))


def _type_of(item: Item) -> str:
    return "" if isinstance(item, Annulment) else RECORD_TYPES[type(item.state)]


def encoded_state(state: State) -> bytes:
    return msgspec.json.encode(state)


def _with_id(item: Item, now: int) -> Item:
    if isinstance(item, NewEntry) and not item.id:
        return NewEntry(new_id(now), item.state, item.seal)
    return item
