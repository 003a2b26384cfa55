"""Outlines: what the views need of each version, read straight from the stored records.

All else in a record is passed over unread, which takes a fraction of the time that the
whole version takes. Who asks for a version gets it from the log.
"""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

import msgspec

from ledger_service.domain.values.entries import Act, Commitment, Party
from ledger_service.persistence.records import ENTRY_AMENDED, ENTRY_ANNULLED, RECORD_TYPES


class _Part(msgspec.Struct, gc=False):
    """A part of a record, without the fields that no view needs."""


class Relation(_Part):
    target: str


class Condition(_Part):
    """A node of an antecedent, of any kind."""

    act: str = ""
    commitment: str = ""
    conditions: tuple[Condition, ...] = ()


class Antecedent(_Part):
    condition: Condition


class Representation(_Part):
    principal: str


class Occurred(_Part):
    from_day: date | None = None


class State(_Part):
    """The state of an entry of any type, empty for an annulment; what its type does not
    have is empty. `payload` is the state in an amendment, before it is taken out.
    """

    kind: str = ""
    actor: str = ""
    co_actors: tuple[str, ...] = ()
    counterparty: str = ""
    joint: bool = False
    debtors: tuple[str, ...] = ()
    creditors: tuple[str, ...] = ()
    occurred: Occurred | None = None
    relations: tuple[Relation, ...] = ()
    antecedent: Antecedent | None = None
    represents: tuple[Representation, ...] = ()
    payloadtype: str = ""
    payload: State | None = None

    @property
    def actors(self) -> tuple[str, ...]:
        """Everybody who did an act: with a joint one, the counterparty too."""
        if self.joint and self.counterparty:
            return (self.actor, *self.co_actors, self.counterparty)
        return (self.actor, *self.co_actors)

    @property
    def first_day(self) -> int:
        """The number of the first day on which an act or a commitment can have happened;
        the first day of the calendar stands for an open start.
        """
        if self.occurred is None or self.occurred.from_day is None:
            return 1
        return self.occurred.from_day.toordinal()


class ProjectedRecord(
    _Part, rename={"entry_id": "subject", "version": "entryversion", "state": "data"}
):
    """A version. `type` is that of the record that holds or would hold its state, with
    an annulment its own; the ledger's own records have no entry.
    """

    position: int
    type: str
    state: State
    entry_id: str = ""
    version: int = 0


class ProjectedRecords(NamedTuple):
    """The versions in a stretch of the log, in its order: all, and those with a state of
    a type that has views of its own.
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
    """The versions in the records from `first` to `last`, given one to a line. Raises
    ValueError for what is no record of its place, LookupError for more or fewer.
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
