"""What an instrument must keep to be recorded, and the terms by which it may be left
(rules 13.9 and 13.14).
"""

from datetime import date

import pytest

from ledger_service.domain.checks import check_command, normalise
from ledger_service.domain.values.entries import IntervalDate, RelationKind, Withdrawal
from tests.support.examples import (
    a_command,
    a_commitment,
    a_relation,
    an_evidence,
    an_instrument,
    entry,
    on,
)

TODAY = date(2018, 9, 1)
ROOT = "items[0].entry.state.instrument."

OF_INSTRUMENTS = {
    *("follows", "responds_to", "in_exchange_for", "part_of", "same_as", "contradicts"),
    "refers_to",
}


def faults(instrument) -> dict[str, str]:
    """Problems by field below the instrument."""
    command = normalise(a_command(entry("T1", instrument)))
    found = check_command(command, today=TODAY)
    return {violation.field.removeprefix(ROOT): violation.problem for violation in found}


def test_the_example_is_good():
    assert faults(an_instrument()) == {}


@pytest.mark.parametrize(
    ("field", "limit"), [("title", 500), ("summary", 4000), ("note", 4000)]
)
def test_each_text_has_its_limit(field, limit):
    assert faults(an_instrument(**{field: "x" * limit})) == {}
    assert list(faults(an_instrument(**{field: "x" * (limit + 1)}))) == [field]


def test_a_title_says_something():
    assert list(faults(an_instrument(title=" "))) == ["title"]


@pytest.mark.parametrize(("field", "limit"), [("participants", 200), ("third_parties", 50)])
def test_its_parties_are_named_once_each(field, limit):
    many = tuple(f"p{number}" for number in range(limit + 1))

    assert faults(an_instrument(**{field: ()})) == {}
    assert faults(an_instrument(**{field: many[:limit]})) == {}
    assert list(faults(an_instrument(**{field: many}))) == [field]
    assert list(faults(an_instrument(**{field: ("us", "us")}))) == [f"{field}[1]"]
    assert list(faults(an_instrument(**{field: ("",)}))) == [f"{field}[0]"]


def test_a_participant_may_be_the_depositary_too():
    assert faults(an_instrument(third_parties=("us",))) == {}


def test_it_may_be_concluded_later_or_on_an_unknown_day():
    assert faults(an_instrument(occurred=on("2019-01-01"))) == {}
    assert faults(an_instrument(occurred=IntervalDate())) == {}
    assert list(faults(an_instrument(occurred=on("2018-07-02", "2018-07-01")))) == [
        "occurred.to_day"
    ]


@pytest.mark.rule("13.9")
@pytest.mark.parametrize("kind", sorted(RelationKind))
def test_an_instrument_describes_and_follows_but_moves_nothing(kind):
    relation = a_relation(kind=RelationKind(kind), due=_due_of(kind))
    found = faults(an_instrument(relations=(relation,)))

    assert list(found) == ([] if kind in OF_INSTRUMENTS else ["relations[0].kind"])


def _due_of(kind: str):
    return on("2019-01-01") if kind == "reschedules" else None


def test_what_takes_the_place_of_a_promise_is_a_promise():
    found = faults(an_instrument(relations=(a_relation(kind=RelationKind.SUPERSEDES),)))

    assert "Record the commitment that takes the place" in found["relations[0].kind"]


def test_it_needs_evidence():
    assert list(faults(an_instrument(evidence=()))) == ["evidence"]
    assert list(faults(an_instrument(evidence=(an_evidence(report=""),)))) == [
        "evidence[0].report"
    ]


def test_it_has_topics():
    assert faults(an_instrument(topics=("disarmament",))) == {}
    assert list(faults(an_instrument(topics=("dis armament",)))) == ["topics[0]"]


# How it may be left, which a commitment may say as well


def left(withdrawal: Withdrawal) -> list[str]:
    of_instrument = list(faults(an_instrument(withdrawal=withdrawal)))
    command = normalise(a_command(entry("C1", a_commitment(withdrawal=withdrawal))))
    root = "items[0].entry.state.commitment."
    found = [v.field.removeprefix(root) for v in check_command(command, today=TODAY)]
    assert of_instrument == found
    return found


@pytest.mark.rule("13.14")
@pytest.mark.parametrize(
    "good",
    [
        Withdrawal(),
        Withdrawal(not_before=date(2020, 1, 1)),
        Withdrawal(notice_days=1),
        Withdrawal(notice_days=36525),
        Withdrawal(notice_months=3, not_before=date(1998, 1, 1)),
        Withdrawal(notice_months=1200),
    ],
)
def test_it_may_be_left_on_notice_or_without(good):
    assert left(good) == []


@pytest.mark.rule("13.14")
@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        (Withdrawal(notice_days=0), ".notice_days"),
        (Withdrawal(notice_days=36526), ".notice_days"),
        (Withdrawal(notice_months=0), ".notice_months"),
        (Withdrawal(notice_months=1201), ".notice_months"),
        (Withdrawal(notice_days=90, notice_months=3), ""),
    ],
)
def test_other_terms_are_refused(wrong, field):
    assert left(wrong) == [f"withdrawal{field}"]
