"""What a caller says of an item is never dropped while it is read: the service does not start."""

import pytest
from diplomatic_ledger.v1 import entries_pb2
from msgspec.structs import replace

from ledger_service.api.messages import completeness, reading, requests
from ledger_service.api.messages.problems import ReadingProblems
from ledger_service.domain.values import entries


def test_every_field_of_an_item_is_read():
    completeness.hold(requests._read)


@pytest.mark.parametrize(
    ("function", "field", "told"),
    [
        ("_act", "place", "Act.place"),
        ("_commitment", "until", "Commitment.until"),
        ("_relation", "note", "Relation.note"),
        ("interval", "basis", "IntervalDate.basis"),
    ],
)
def test_a_field_that_is_not_read_is_named(monkeypatch, function, field, told):
    read = getattr(reading, function)

    def forgetful(*about):
        value = read(*about)
        return replace(value, **{field: getattr(type(value)(*_REQUIRED[type(value)]), field)})

    monkeypatch.setattr(reading, function, forgetful)
    with pytest.raises(TypeError, match=rf"v1\.{told} is in the API, and nothing reads it"):
        completeness.hold(requests._read)


_REQUIRED = {
    entries.Act: ("act", "us", "x"),
    entries.Commitment: ((), (), "x"),
    entries.Relation: ("fulfils", "x"),
    entries.IntervalDate: (),
}


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
    reading._Conditions(problems, "x").read(message)
    assert problems.found == []
