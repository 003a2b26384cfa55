"""What a caller asks to have recorded, as values."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TypeAlias

import msgspec

from ledger_service.domain.values.entries import Evidence, SealableText, State

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class NewEntry(msgspec.Struct, frozen=True, tag="entry", gc=False):
    """A new entry. With an empty id the ledger makes one. `seal` has the paths of the fields
    of the state that are to be sealed.
    """

    entry_id: str
    state: State
    seal: tuple[str, ...] = ()


class Amendment(msgspec.Struct, frozen=True, tag="amendment", gc=False):
    """The next version of an entry: its full new `state`, or only `evidence_added` to that of
    the version before; then `state` is None. `report` is the source of new information, and
    None for a correction; `expected_version` is None for any version. The fields at the paths
    in `keep_sealed` stay sealed as they are in the version before.
    """

    entry_id: str
    reason: SealableText
    state: State | None
    report: str | None = None
    expected_version: int | None = None
    seal: tuple[str, ...] = ()
    keep_sealed: tuple[str, ...] = ()
    evidence_added: tuple[Evidence, ...] = ()


class Annulment(msgspec.Struct, frozen=True, tag="annulment", gc=False):
    """The withdrawal of an entry. `seal` is empty, or has the path of the reason."""

    entry_id: str
    reason: SealableText
    expected_version: int | None = None
    seal: tuple[str, ...] = ()


Item: TypeAlias = NewEntry | Amendment | Annulment


class RecordCommand(msgspec.Struct, frozen=True, gc=False):
    """A request to record items, all or none. With an empty request id the ledger makes one.
    With `accept_identical` a new entry whose id is taken by one that says the same is answered
    with that one.
    """

    items: tuple[Item, ...]
    request_id: str = ""
    accept_identical: bool = False


class Recorded(msgspec.Struct, frozen=True, gc=False):
    """Where an item came to rest, and when, in microseconds since 1970. With
    `already_recorded` it was there before, and the request did not record it again.
    """

    entry_id: str
    version: int
    position: int
    microseconds: int
    already_recorded: bool = False

    @property
    def recorded_at(self) -> datetime:
        return _EPOCH + timedelta(microseconds=self.microseconds)


class RecordAnswer(msgspec.Struct, frozen=True, gc=False):
    """The answer to a request; the same for ever under the same request id. `position` is the
    last one of the request; of one that recorded nothing new, the end of the log.
    """

    recorded: tuple[Recorded, ...]
    request_id: str
    position: int
    already_recorded: bool = False
