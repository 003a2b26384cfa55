"""Decodes from stored records what the views need of each version.

The other parts of a record are skipped, which takes a fraction of the time of decoding the
whole version. Whoever asks for a version gets it from the log.
"""

from __future__ import annotations

from datetime import date
from typing import NamedTuple, TypeAlias

import msgspec

from ledger_service.domain.values.entries import Act, Commitment, Instrument, Party
from ledger_service.persistence.records import ENTRY_AMENDED, ENTRY_ANNULLED, RECORD_TYPES


class _Part(msgspec.Struct, gc=False):
    """A part of a record; fields that no view needs are skipped."""


class Seal(_Part):
    """What stands in the place of a sealed text."""


Text: TypeAlias = str | Seal


class Interval(_Part):
    from_day: date | None = None
    to_day: date | None = None


class RelationPart(_Part):
    target: str
    kind: str = ""
    takes_effect: date | None = None
    until: date | None = None
    due: Interval | None = None
    note: Text = ""


class EvidencePart(_Part):
    report: str
    quote: Text = ""
    attribution: Text = ""
    asserted_by: str = ""
    hedged: bool = False


class NamePart(_Part):
    name: Text = ""


class PartyCodePart(_Part):
    scheme: str = ""
    value: str = ""


class AttributePart(_Part):
    value: str = ""


class PlacePart(_Part):
    name: Text = ""
    country: Text = ""
    geonames: Text = ""


class PloverPart(_Part):
    type: str = ""
    mode: str = ""


class CodePart(_Part):
    cameo: str = ""
    plover: PloverPart | None = None


class InstalmentPart(_Part):
    due: Interval


class Condition(_Part):
    """A node of a tree of conditions, of any type."""

    act: str = ""
    commitment: str = ""
    text: str = ""
    conditions: tuple[Condition, ...] = ()
    of: tuple[Condition, ...] = ()


class AntecedentPart(_Part):
    condition: Condition
    deadline: date | None = None


class DueAfterPart(_Part):
    act: str = ""
    commitment: str = ""


class RepresentationPart(_Part):
    principal: str
    reports: tuple[str, ...] = ()


class SuccessionPart(_Part):
    predecessor: str
    from_day: date | None = None
    reports: tuple[str, ...] = ()


class MembershipPart(_Part):
    member: str
    reports: tuple[str, ...] = ()


class IdentityPart(_Part):
    party: str
    reports: tuple[str, ...] = ()


class State(_Part):
    """The state of an entry of any type; the fields that its type does not have are empty, and
    all of them for an annulment. Of an amendment `payload` is the state, or else
    `evidence_added` what it only adds.
    """

    kind: str = ""
    actor: str = ""
    co_actors: tuple[str, ...] = ()
    counterparties: tuple[str, ...] = ()
    joint: bool = False
    debtors: tuple[str, ...] = ()
    creditors: tuple[str, ...] = ()
    made_by: tuple[str, ...] = ()
    participants: tuple[str, ...] = ()
    third_parties: tuple[str, ...] = ()
    occurred: Interval | None = None
    published: Interval | None = None
    due: Interval | None = None
    until: date | None = None
    instalments: tuple[InstalmentPart, ...] = ()
    evidence: tuple[EvidencePart, ...] = ()
    relations: tuple[RelationPart, ...] = ()
    instrument: str = ""
    due_after: DueAfterPart | None = None
    antecedent: AntecedentPart | None = None
    until_condition: AntecedentPart | None = None
    represents: tuple[RepresentationPart, ...] = ()
    succeeds: tuple[SuccessionPart, ...] = ()
    composed_of: tuple[MembershipPart, ...] = ()
    same_as: tuple[IdentityPart, ...] = ()
    title: Text = ""
    consequent: Text = ""
    provision: str = ""
    name: Text = ""
    names: tuple[NamePart, ...] = ()
    aliases: tuple[Text, ...] = ()
    codes: tuple[PartyCodePart, ...] = ()
    publisher: Text = ""
    summary: Text = ""
    note: Text = ""
    place: PlacePart | None = None
    code: CodePart | None = None
    consequent_code: CodePart | None = None
    topics: tuple[str, ...] = ()
    attributes: tuple[AttributePart, ...] = ()
    payloadtype: str = ""
    payload: State | None = None
    evidence_added: tuple[EvidencePart, ...] = ()
    report: str = ""

    @property
    def actors(self) -> tuple[str, ...]:
        """Every actor of an act; of a joint act its counterparties too."""
        own = (self.actor, *self.co_actors) if self.actor else self.co_actors
        return (*own, *self.counterparties) if self.joint else own

    @property
    def kin(self) -> tuple[str, ...]:
        """The parties that a party succeeds, and those that are the same."""
        return (
            *(tie.predecessor for tie in self.succeeds),
            *(tie.party for tie in self.same_as),
        )

    @property
    def first_day(self) -> int:
        """The first day on which an entry can have happened, as an ordinal; that of the first
        day of the calendar for an open start.
        """
        if self.occurred is None or self.occurred.from_day is None:
            return 1
        return self.occurred.from_day.toordinal()

    @property
    def last_day(self) -> int:
        """The last day on which an entry can have happened, as an ordinal; that of the last day
        of the calendar for an open end.
        """
        if self.occurred is None or self.occurred.to_day is None:
            return date.max.toordinal()
        return self.occurred.to_day.toordinal()


class ProjectedRecord(
    _Part, rename={"entry_id": "subject", "version": "entryversion", "state": "data"}
):
    """What the views need of a version. `type` is the record type of its state, also in an
    amendment; of an annulment, and of an amendment that only adds evidence, it is the type of
    that record itself. Records of the ledger itself have no entry. `new_by` is the report of
    an amendment by new information.
    """

    position: int
    time: str
    type: str
    state: State
    entry_id: str = ""
    version: int = 0
    new_by: str = ""


class ProjectedRecords(NamedTuple):
    """The versions in some consecutive records, in the order of the log: all of them, and
    those with a state of each type that has a view of its own.
    """

    versions: list[ProjectedRecord]
    parties: list[ProjectedRecord]
    commitments: list[ProjectedRecord]
    acts: list[ProjectedRecord]
    instruments: list[ProjectedRecord]


_PARTY, _COMMITMENT, _ACT, _INSTRUMENT = (
    RECORD_TYPES[type_] for type_ in (Party, Commitment, Act, Instrument)
)
_OTHERS = {ENTRY_ANNULLED, ENTRY_AMENDED, *RECORD_TYPES.values()}

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
    found = ProjectedRecords([], [], [], [], [])
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
            elif record.type == _INSTRUMENT:
                found.instruments.append(record)
            elif record.type not in _OTHERS:
                raise ValueError(f"Record {record.position} is of no type that is known.")
    return found


def _take_out_payload(amendment: ProjectedRecord) -> None:
    """Puts the state of an amendment in its place. One that only adds evidence stays: all else
    is as in the version before.
    """
    amendment.new_by = amendment.state.report
    if amendment.state.payload is not None:
        amendment.type = amendment.state.payloadtype
        amendment.state = amendment.state.payload
    elif not amendment.state.evidence_added:
        raise ValueError(f"Amendment {amendment.position} has no payload.")
