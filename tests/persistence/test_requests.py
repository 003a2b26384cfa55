"""A request is encoded and hashed before it waits."""

from ledger_service.domain.checks import normal_request
from ledger_service.domain.values.commands import RecordCommand
from ledger_service.domain.values.entries import Evidence
from ledger_service.persistence.recording.requests import prepare
from tests.support.examples import (
    a_command,
    a_party,
    a_report,
    an_addition,
    an_amendment,
    an_annulment,
    entry,
)


def content_hash(command: RecordCommand) -> bytes:
    return prepare(normal_request(command), now=0).content_hash


def test_the_content_is_all_that_was_asked_but_the_request_id() -> None:
    commands = [
        a_command(entry("a", a_party())),
        a_command(entry("", a_party())),
        a_command(entry("a", a_party(name="Other"))),
        a_command(an_amendment("a", a_party())),
        a_command(an_amendment("a", a_party(), expected_version=1)),
        a_command(an_amendment("a", a_party(), report="A1")),
        a_command(an_addition("a", Evidence("A1"))),
        a_command(an_addition("a", Evidence("A1"), report="A1")),
        a_command(an_addition("a", Evidence("A1"), expected_version=1)),
        a_command(an_addition("a", Evidence("A1"), Evidence("A2"))),
        a_command(an_annulment("a")),
        a_command(an_annulment("a", reason="other")),
        a_command(entry("a", a_report())),
        a_command(entry("a", a_party()), entry("b", a_party())),
        a_command(entry("b", a_party()), entry("a", a_party())),
    ]
    assert len(set(map(content_hash, commands))) == len(commands)
    same = [a_command(entry("a", a_party()), request_id=request_id) for request_id in "12"]
    assert content_hash(same[0]) == content_hash(same[1])


def test_the_content_hash_stays_as_it_is() -> None:
    """It is kept for good: a change would make old requests unrecognisable."""
    items = (
        entry("us", a_party()),
        an_amendment("us", a_party()),
        an_addition("F001", Evidence("A1")),
        an_annulment("us"),
    )
    assert content_hash(a_command(*items)).hex() == (
        "c4d6fd7fb4d4152419194611970f53875ace08763c25e353a67bf290898adcb5"
    )
