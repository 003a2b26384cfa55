"""The cuts of a question on the three clocks, as a caller states them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Annotated, Any, Literal, TypeAlias

from google.protobuf.descriptor import EnumDescriptor
from google.protobuf.timestamp_pb2 import Timestamp

from diplomatic_ledger import words
from diplomatic_ledger.arguments import Position, Saying, hold_fields
from diplomatic_ledger.dates import DateError, day
from diplomatic_ledger.errors import InvalidArgument
from diplomatic_ledger.v1 import cuts_pb2
from diplomatic_ledger.v1.items_pb2 import RecordItem

Day: TypeAlias = Annotated[date | str, Saying("a datetime.date, or a text such as 2018-06-12")]
#: A point of the log: a position, a consistency token, or a time.
Moment: TypeAlias = Annotated[
    Position | str | datetime,
    Saying("a position from 0 on, a consistency token, or a datetime with its time zone"),
]
Dates: TypeAlias = Literal["certain", "possible"]
EvidenceWord: TypeAlias = Literal["any", "attested", "verified"]
CountByWord: TypeAlias = Literal["deeds", "commitments"]
ViewWord: TypeAlias = Literal["basic", "full"]


@dataclass(frozen=True)
class Cuts:
    """All parts are optional: today, and everything that was reported and recorded.

    `as_of` and `reported_by` are days, inclusive. `recorded_by` is a position (int), a
    consistency token (str) or a time (datetime, with a time zone). `at_least` is a token
    that the answer must have seen; a client fills it in by itself. `suppose` are up to 100
    items that a question about standings takes as recorded, without recording them.
    """

    as_of: Day | None = None
    reported_by: Day | None = None
    recorded_by: Moment | None = None
    dates: Dates = "certain"
    at_least: str = ""
    suppose: Sequence[RecordItem] = ()

    def message(self) -> cuts_pb2.Cuts:
        """The form on the wire. Raises InvalidArgument for a day or a time that is none, and for
        a value of another kind.
        """
        told = hold_fields(self)
        asked = cuts_pb2.Cuts(
            as_of=iso(self.as_of),
            reported_by=iso(self.reported_by),
            dates=number(cuts_pb2.DatePolicy.DESCRIPTOR, self.dates),
            at_least=self.at_least,
            suppose=told["suppose"],
        )
        match told["recorded_by"]:
            case int(position):
                asked.position = position
            case str(token):
                asked.token = token
            case datetime() as when:
                asked.recorded_at.CopyFrom(timestamp(when))
        return asked


def iso(when: Day | None) -> str:
    """A day as ISO 8601; empty for None. Raises InvalidArgument."""
    if when is None or when == "":
        return ""
    try:
        return day(when).isoformat() if isinstance(when, str) else when.isoformat()
    except DateError as error:
        raise InvalidArgument(str(error)) from None


def number(enum: EnumDescriptor, word: str) -> Any:
    """The value for a word. Raises InvalidArgument that names the nearest words."""
    try:
        return words.number(enum, word)
    except ValueError as error:
        raise InvalidArgument(str(error)) from None


def timestamp(when: datetime) -> Timestamp:
    if when.tzinfo is None:
        raise InvalidArgument(
            f"The time {when.isoformat()} has no time zone. Add one, such as Z."
        )
    stamp = Timestamp()
    stamp.FromDatetime(when.astimezone(UTC))
    return stamp


def evidence_filter(word: EvidenceWord | str) -> cuts_pb2.EvidenceFilter.ValueType:
    chosen: cuts_pb2.EvidenceFilter.ValueType = number(cuts_pb2.EvidenceFilter.DESCRIPTOR, word)
    return chosen


def view_number(word: ViewWord | str) -> cuts_pb2.View.ValueType:
    chosen: cuts_pb2.View.ValueType = number(cuts_pb2.View.DESCRIPTOR, word)
    return chosen
