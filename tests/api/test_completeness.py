"""What a caller says of an item is never dropped while it is read: the service does not start."""

import pytest
from diplomatic_ledger.v1 import entries_pb2
from msgspec.structs import replace

from ledger_service.api.messages import (
    completeness,
    reading,
    reading_parties,
    reading_parts,
    requests,
)
from ledger_service.api.messages.problems import ReadingProblems
from ledger_service.domain.values import entries


def test_every_field_of_an_item_is_read():
    completeness.hold(requests._read)


@pytest.mark.parametrize(
    ("module", "function", "field", "told"),
    [
        (reading, "_act", "place", "Act.place"),
        (reading, "_commitment", "until_condition", "Commitment.until_condition"),
        (reading, "_instrument", "third_parties", "Instrument.third_parties"),
        (reading_parties, "_succession", "continues", "Succession.continues"),
        (reading_parts, "_relation", "takes_effect", "Relation.takes_effect"),
        (reading_parts, "interval", "basis", "IntervalDate.basis"),
        (reading_parts, "interval", "words", "IntervalDate.words"),
        (reading_parts, "due_after", "act", "DueAfter.act"),
        (reading_parts, "due_after", "months", "DueAfter.months"),
        (reading_parts, "withdrawal", "notice_days", "Withdrawal.notice_days"),
    ],
)
def test_a_field_that_is_not_read_is_named(monkeypatch, module, function, field, told):
    read = getattr(module, function)

    def forgetful(*about):
        value = read(*about)
        return replace(value, **{field: NOTHING.get(field)})

    monkeypatch.setattr(module, function, forgetful)
    with pytest.raises(TypeError, match=rf"v1\.{told} is in the API, and nothing reads it"):
        completeness.hold(requests._read)


#: What stands in a field where nothing was said, if it is not None.
NOTHING = {"third_parties": (), "continues": False, "act": "", "words": ""}


def test_a_field_of_a_value_that_no_message_has_is_named(monkeypatch):
    class Told(entries.Evidence, frozen=True):
        place: str = ""

    monkeypatch.setattr(entries, "Evidence", Told)
    with pytest.raises(TypeError, match=r"Told\.place is not read from any message"):
        completeness.hold(requests._read)


@pytest.mark.parametrize(
    "kind", entries_pb2.Condition.DESCRIPTOR.oneofs_by_name["node"].fields[:]
)
def test_each_kind_of_condition_is_read(kind):
    message = entries_pb2.Condition()
    if kind.message_type is None:
        setattr(message, kind.name, "F001")
    else:
        getattr(message, kind.name).SetInParent()
    problems = ReadingProblems()
    reading_parts._Conditions(problems, "x").read(message)
    assert problems.found == []
