"""A request is measured and hashed before it waits."""

import pytest

from ledger_service.domain.values.entries import Party, PartyKind
from ledger_service.domain.values.refusals import Invalid
from ledger_service.persistence.recording.requests import content_hash, prepare
from tests.support.examples import (
    a_command,
    a_party,
    a_report,
    an_amendment,
    an_annulment,
    entry,
)

BIG = Party("P", PartyKind.STATE, aliases=("x" * 59_900,))
TOO_BIG = Party("P", PartyKind.STATE, aliases=("x" * 60_000,))


def fields(refusal: pytest.ExceptionInfo) -> list[str]:
    return [violation.field for violation in refusal.value.violations]


def test_data_too_big_for_a_record_is_refused_with_all_its_fields() -> None:
    with pytest.raises(Invalid) as refusal:
        prepare(
            a_command(entry("a", BIG), entry("b", TOO_BIG), an_amendment("c", TOO_BIG)), now=0
        )
    assert fields(refusal) == ["items[1].entry", "items[2].amendment"]


def test_the_reason_of_an_amendment_counts_too() -> None:
    with pytest.raises(Invalid) as refusal:
        prepare(a_command(an_amendment("a", BIG, reason="y" * 1000)), now=0)
    assert fields(refusal) == ["items[0].amendment"]


def test_the_content_is_all_that_was_asked_but_the_request_id() -> None:
    commands = [
        a_command(entry("a", a_party())),
        a_command(entry("", a_party())),
        a_command(entry("a", a_party(name="Other"))),
        a_command(an_amendment("a", a_party())),
        a_command(an_amendment("a", a_party(), expected_version=1)),
        a_command(an_amendment("a", a_party(), report="A1")),
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
    items = (entry("us", a_party()), an_amendment("us", a_party()), an_annulment("us"))
    assert content_hash(a_command(*items)).hex() == (
        "c0e3754e74cf3ab613d21869c1c46da61de4c8d66c19c34907d83ddf9ec157d3"
    )
