"""In which form each field is written in an entry file, by the descriptors of the messages and
by what `diplomatic_ledger.json_form` reads beside them.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from diplomatic_ledger import words
from diplomatic_ledger.json_form.scalars import DAY_FIELDS
from diplomatic_ledger.v1 import entries_pb2, items_pb2, ledger_service_pb2
from google.api import field_behavior_pb2
from google.protobuf.descriptor import Descriptor, FieldDescriptor

from ledger_service.domain.values.sealing import REASON, SEALABLE

EXAMPLES = Path(__file__).with_name("examples.yaml")

PACKAGE = "diplomatic_ledger.v1"
#: What an entry is one of, in the order in which a file needs them.
NOUNS = ("party", "report", "instrument", "commitment", "act", "scale")


class Short(NamedTuple):
    """A field that stands in entry files and in no message: what people write in short."""

    form: str
    means: str


#: How the days of a date are written, and what that means.
DATES = {
    "2018-06-12": "that day",
    "2018-06": "some day of that month",
    "2018": "some day of that year",
    "2018-06-12/2018-06-20": "some day from the first to the last",
    "2018-11/2019-01": "some day from the first of November to the last of January",
    "../2018-06-20": "on that day or before it",
    "2018-06-12/..": "on that day or after it",
    "../..": "nothing is known of the day",
}
#: Fields beside those of the messages, by message.
SHORT_FIELDS = {
    "Act": {
        "counterparty": Short("id", "One party at the other end, short for `counterparties`.")
    },
    "Commitment": {
        "severally": Short(
            "true or false",
            "Each of several debtors promises it for itself: one commitment is recorded for "
            "each, and its id is that of the item, a dot and the debtor.",
        )
    },
    "IntervalDate": {"date": Short("date", "The days, as a text.")},
    "Condition": {
        "label": Short("text", "Beside `words`: a short name by which an act meets them.")
    },
}
#: Fields of messages that are not written, since something shorter is.
NOT_WRITTEN = {
    "IntervalDate": ("from_day", "to_day"),
    "NewEntry": ("entry_id", "state", "seal"),
    "Amendment": ("entry_id", "state", "seal", "keep_sealed", "expected_version"),
    "Annulment": ("entry_id", "seal", "expected_version"),
}
#: Other words for the form of a field than its type has.
FORMS = {
    "Party.codes": "`{scheme: code}`, or a list of [codes](#code-of-a-party)",
    "Commitment.instalments": "`{every, from, to, quantity}`, or a list of "
    "[instalments](#instalment)",
    "Condition.all": "list of conditions",
    "Condition.any": "list of conditions",
    "Condition.words": "text",
    "Amendment.correction": "`true`",
    "Amendment.new_information": "id of a report",
}
#: What a message is called in a text, where its name alone would not do.
TITLES = {
    "IntervalDate": "Date",
    "PartyName": "Name by day",
    "PartyCode": "Code of a party",
    "Representation": "Representing",
    "Identity": "Same party",
    "EventCode": "Code of a deed",
    "PloverCode": "PLOVER event",
    "AtLeastCondition": "At least so many",
    "DueAfter": "Due after an event",
    "Withdrawal": "Terms of withdrawal",
}


class Field(NamedTuple):
    """A field as it is written. `descriptor` is None for what people write in short."""

    message: str
    name: str
    descriptor: Any
    required: bool
    sealable: bool
    one_of: tuple[str, ...]

    @property
    def full_name(self) -> str:
        return f"{PACKAGE}.{self.message}.{self.name}"


def descriptors() -> dict[str, Descriptor]:
    """All messages that an entry file may hold, by name: each noun, then what it is made of."""
    found: dict[str, Descriptor] = {}
    for noun in NOUNS:
        field = entries_pb2.EntryState.DESCRIPTOR.fields_by_name[noun]
        found[field.message_type.name] = field.message_type
    for each in list(found.values()):
        _add_parts(each, found)
    return found


def _add_parts(message: Descriptor, found: dict[str, Descriptor]) -> None:
    for field in message.fields:
        part = field.message_type
        if part is not None and part.name not in found:
            found[part.name] = part
            _add_parts(part, found)


def heading_message(name: str) -> Descriptor:
    """The messages of items and of the head of a file."""
    if name == "CreateLedgerRequest":
        return ledger_service_pb2.CreateLedgerRequest.DESCRIPTOR
    return items_pb2.DESCRIPTOR.message_types_by_name[name]


def fields(message: Descriptor) -> Iterator[Field]:
    """The fields of a message as they are written, those in short after the others."""
    for each in message.fields:
        if each.name not in NOT_WRITTEN.get(message.name, ()):
            choice = each.containing_oneof
            one_of = tuple(other.name for other in choice.fields) if choice else ()
            yield Field(
                message.name, each.name, each, _is_required(each), _is_sealable(each), one_of
            )
    for name in SHORT_FIELDS.get(message.name, ()):
        yield Field(message.name, name, None, required=False, sealable=False, one_of=())


def enum_words(enum: Any) -> dict[str, str]:
    """The words of an enum and the name of the value of each."""
    values = {words.word(enum, each.number): each.name for each in enum.values}
    return {word: name for word, name in values.items() if word}


def is_day(field: Field) -> bool:
    return (
        field.descriptor is not None
        and field.descriptor.message_type is None
        and field.name in DAY_FIELDS
    )


def examples() -> dict[str, dict[str, str]]:
    """The example of each field as it stands in the file, by message and field."""
    found: dict[str, dict[str, str]] = {}
    for line in EXAMPLES.read_text(encoding="utf-8").splitlines():
        if not line or line.startswith("#"):
            continue
        if not line.startswith(" "):
            latest: dict[str, str] = {}
            found[line.rstrip(":")] = latest
        else:
            name, _, value = line.strip().partition(": ")
            latest[name] = value
    return found


def _is_required(field: FieldDescriptor) -> bool:
    rules = field.GetOptions().Extensions[field_behavior_pb2.field_behavior]
    return field_behavior_pb2.REQUIRED in rules


def _is_sealable(field: FieldDescriptor) -> bool:
    return (field.containing_type.name, field.name) in _SEALABLE


def _sealable() -> Iterator[tuple[str, str]]:
    """The messages and fields of which the text may be sealed."""
    messages = descriptors()
    for held, found in SEALABLE.items():
        message = messages.get(held.__name__)
        for each in found if message is not None else ():
            if not each.inner:
                yield message.name, each.name
            elif inner := message.fields_by_name[each.name].message_type:
                yield inner.name, each.inner
    for change in ("Amendment", "Annulment"):
        yield change, REASON


_SEALABLE = frozenset(_sealable())
