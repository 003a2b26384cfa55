"""Decodes from stored records what the views need of each version.

The other parts of a record are skipped, which takes a fraction of the time of decoding the
whole version. Whoever asks for a version gets it from the log.
"""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

import msgspec

from ledger_service.domain.values.entries import Act, Commitment, Party
from ledger_service.persistence.records import ENTRY_AMENDED, ENTRY_ANNULLED, RECORD_TYPES


class _Part(msgspec.Struct, gc=False):
    """A part of a record; fields that no view needs are skipped."""


class RelationPart(_Part):
    target: str


class Condition(_Part):
    """A node of an antecedent, of any type."""

    act: str = ""
    commitment: str = ""
    conditions: tuple[Condition, ...] = ()


class AntecedentPart(_Part):
    condition: Condition


class RepresentationPart(_Part):
    principal: str


class Occurred(_Part):
    from_day: date | None = None


class State(_Part):
    """The state of an entry of any type; the fields that its type does not have are empty, and
    all of them for an annulment. `payload` is the state within an amendment, before it is
    decoded.
    """

    kind: str = ""
    actor: str = ""
    co_actors: tuple[str, ...] = ()
    counterparty: str = ""
    joint: bool = False
    debtors: tuple[str, ...] = ()
    creditors: tuple[str, ...] = ()
    occurred: Occurred | None = None
    relations: tuple[RelationPart, ...] = ()
    antecedent: AntecedentPart | None = None
    represents: tuple[RepresentationPart, ...] = ()
    payloadtype: str = ""
    payload: State | None = None

    @property
    def actors(self) -> tuple[str, ...]:
        """Every actor of an act; of a joint act its counterparty too."""
        if self.joint and self.counterparty:
            return (self.actor, *self.co_actors, self.counterparty)
        return (self.actor, *self.co_actors)

    @property
    def first_day(self) -> int:
        """The first day on which an act or a commitment can have happened, as an ordinal; that
        of the first day of the calendar for an open start.
        """
        if self.occurred is None or self.occurred.from_day is None:
            return 1
        return self.occurred.from_day.toordinal()


class ProjectedRecord(
    _Part, rename={"entry_id": "subject", "version": "entryversion", "state": "data"}
):
    """What the views need of a version. `type` is the record type of its state, also in an
    amendment; of an annulment it is the type of that record itself. Records of the ledger
    itself have no entry.
    """

    position: int
    type: str
    state: State
    entry_id: str = ""
    version: int = 0


class ProjectedRecords(NamedTuple):
    """The versions in some consecutive records, in the order of the log: all of them, and
    those with a state of each type that has a view of its own.
    """

    versions: list[ProjectedRecord]
    parties: list[ProjectedRecord]
    commitments: list[ProjectedRecord]
    acts: list[ProjectedRecord]


_PARTY, _COMMITMENT, _ACT = (RECORD_TYPES[type_] for type_ in (Party, Commitment, Act))
_OTHERS = {ENTRY_ANNULLED, *RECORD_TYPES.values()}

#: Positions and versions are texts in a record.
_DECODER = msgspec.json.Decoder(ProjectedRecord, strict=False)


def read(lines: bytes, first: int, last: int) -> ProjectedRecords:
    """The versions in the records from `first` to `last`, which are joined by line feeds.
    Raises ValueError for a record that is none, or is not that of its position, and
    LookupError for another number of records.
    """
    records = _DECODER.decode_lines(lines)
    if len(records) != last - first + 1:
        raise LookupError(f"The log gave other records than those from {first} to {last}.")
    if [record.position for record in records] != list(range(first, last + 1)):
        raise ValueError(f"Of the records from {first} to {last} one names another position.")
    found = ProjectedRecords([], [], [], [])
    for record in records:
        if record.type == ENTRY_AMENDED:
            _take_out_payload(record)
        if record.entry_id:
            found.versions.append(record)
            if record.type == _ACT:
                found.acts.append(record)
            elif record.type == _COMMITMENT:
                found.commitments.append(record)
            elif record.type == _PARTY:
                found.parties.append(record)
            elif record.type not in _OTHERS:
                raise ValueError(f"Record {record.position} is of no type that is known.")
    return found


def _take_out_payload(amendment: ProjectedRecord) -> None:
    if amendment.state.payload is None:
        raise ValueError(f"Amendment {amendment.position} has no payload.")
    amendment.type = amendment.state.payloadtype
    amendment.state = amendment.state.payload
