"""Values go to the wire and come back the same."""

from datetime import date
from enum import Enum
from fractions import Fraction
from functools import cache
from typing import Any, get_args, get_origin, get_type_hints

import msgspec
import pytest
from diplomatic_ledger.v1 import (
    cuts_pb2,
    differences_pb2,
    entries_pb2,
    history_service_pb2,
    items_pb2,
    series_pb2,
    standings_pb2,
)
from diplomatic_ledger.v1 import ledger_service_pb2 as pb
from hypothesis import given
from hypothesis import strategies as st

from ledger_service.api.messages import names, reading, requests, writing
from ledger_service.api.messages.problems import ReadingProblems
from ledger_service.api.messages.standings import approximate, fraction
from ledger_service.domain.values.commands import Amendment, NewEntry, RecordCommand
from ledger_service.domain.values.entries import (
    ActOccurred,
    AllOf,
    AnyOf,
    AtLeast,
    CommitmentFulfilled,
    Condition,
    DateBasis,
    DueAfter,
    EventCode,
    Instalment,
    IntervalDate,
    PloverCode,
    Precision,
    Sealed,
    State,
    Withdrawal,
    Words,
)
from ledger_service.domain.values.refusals import Violation
from tests.support.examples import (
    a_commitment,
    a_ledgerful,
    a_representative,
    an_amendment,
    an_annulment,
    an_antecedent,
    an_evidence,
)
from tests.support.wire import message

texts = st.text(st.characters(codec="utf-8"), max_size=8)
ids = st.text("abcF019", min_size=1, max_size=4)
plovers = st.builds(
    PloverCode, texts.filter(bool), texts, st.lists(texts, max_size=2).map(tuple)
)
leaves = (
    st.builds(ActOccurred, ids)
    | st.builds(CommitmentFulfilled, ids)
    | st.builds(Words, texts, texts)
)
conditions = st.recursive(
    leaves,
    lambda inner: (
        st.builds(AllOf, st.lists(inner, max_size=3).map(tuple))
        | st.builds(AnyOf, st.lists(inner, max_size=3).map(tuple))
        | st.builds(AtLeast, st.integers(0, 9), st.lists(inner, max_size=3).map(tuple))
    ),
    max_leaves=6,
)
lengths = st.integers(0, 2**32 - 1)
#: What a message holds of values of which not every one stands for itself: of alternatives
#: one, and no precision that stands for none.
ONE_OF: dict[type, st.SearchStrategy[Any]] = {
    IntervalDate: st.builds(
        IntervalDate,
        st.none() | st.dates(),
        st.none() | st.dates(),
        st.sampled_from([p for p in Precision if p is not Precision.UNKNOWN]),
        st.none() | st.sampled_from(DateBasis),
        texts,
    ),
    EventCode: st.builds(
        EventCode, st.text("0123", min_size=2, max_size=5), st.none() | plovers
    ),
    Withdrawal: st.builds(Withdrawal, notice_days=lengths, not_before=st.none() | st.dates())
    | st.builds(Withdrawal, notice_months=st.none() | lengths),
    DueAfter: st.builds(DueAfter, act=texts, days=st.none() | lengths)
    | st.builds(DueAfter, commitment=texts, months=st.none() | lengths),
    Instalment: st.deferred(
        lambda: (
            st.builds(Instalment, of_type(IntervalDate), share=texts)
            | st.builds(Instalment, of_type(IntervalDate), quantity=texts)
        )
    ),
}


def of_type(hint: Any) -> st.SearchStrategy[Any]:
    """Anything that a field of this type may hold, but seals, which no message has."""
    if hint in ONE_OF:
        return ONE_OF[hint]
    if hint == Condition:
        return conditions
    if get_origin(hint) is tuple:
        return st.lists(of_type(get_args(hint)[0]), max_size=2).map(tuple)
    if parts := [each for each in get_args(hint) if each is not Sealed]:
        return st.one_of(*map(of_type, parts))
    if issubclass(hint, Enum):
        return st.sampled_from(hint)
    if issubclass(hint, msgspec.Struct):
        return st.deferred(lambda: a_struct(hint))
    known = {str: texts, int: lengths, bool: st.booleans(), date: st.dates()}
    return st.none() if hint is type(None) else known[hint]


@cache
def a_struct(struct: type[msgspec.Struct]) -> st.SearchStrategy[Any]:
    hints = get_type_hints(struct)
    return st.builds(struct, **{name: of_type(hint) for name, hint in hints.items()})


states: st.SearchStrategy[State] = st.one_of(*map(a_struct, get_args(State)))


def read_back(state: State) -> State:
    """`state` through the bytes of a message."""
    sent = writing.state(state).SerializeToString()
    problems = ReadingProblems()
    got = reading.state(entries_pb2.EntryState.FromString(sent), "state", problems)
    assert problems.found == []
    return got


@given(states)
def test_a_state_comes_back_as_it_was(state: State) -> None:
    assert read_back(state) == state


@given(conditions)
def test_an_antecedent_comes_back_as_it_was(condition: AllOf | AnyOf | Words) -> None:
    commitment = a_commitment(antecedent=an_antecedent(condition=condition))
    assert read_back(commitment) == commitment


def test_a_command_comes_back_as_it_was() -> None:
    items = (
        *a_ledgerful(),
        NewEntry("", a_representative()),
        an_amendment("C1", a_commitment(), expected_version=3),
        an_amendment("C1", a_commitment(), report="A1"),
        an_amendment("C1", None, report="A1", evidence_added=(an_evidence(quote="so"),)),
        an_annulment("C1"),
    )
    assert isinstance(items[-2], Amendment)
    request = pb.RecordRequest(request_id="r", items=map(message, items))
    problems = ReadingProblems()
    sent = pb.RecordRequest.FromString(request.SerializeToString())
    assert requests.command(sent, problems) == RecordCommand(items, "r")
    assert problems.found == []


@pytest.mark.parametrize(
    ("table", "wire"),
    [
        (names.PRECISION, entries_pb2.DatePrecision),
        (names.DATE_BASIS, entries_pb2.DateBasis),
        (names.PARTY_KIND, entries_pb2.PartyKind),
        (names.MANDATE, entries_pb2.Mandate),
        (names.SOURCE_GRADE, entries_pb2.SourceGrade),
        (names.RELATION_KIND, entries_pb2.RelationKind),
        (names.ABOUT, entries_pb2.About),
        (names.NATURE, entries_pb2.Nature),
        (names.ACT_KIND, entries_pb2.ActKind),
        (names.INSTRUMENT_KIND, entries_pb2.InstrumentKind),
        (names.CODING, entries_pb2.Coding),
        (names.CHANGE, history_service_pb2.Change),
        (names.POLICY, cuts_pb2.DatePolicy),
        (names.EVIDENCE_FILTER, cuts_pb2.EvidenceFilter),
        (names.LIFECYCLE, standings_pb2.Lifecycle),
        (names.EVIDENCE_STATUS, standings_pb2.EvidenceStatus),
        (names.BIN, series_pb2.Bin),
        (names.DIFFERENCE, differences_pb2.EntryDifference),
    ],
)
def test_every_number_of_the_api_has_its_word(table: Any, wire: Any) -> None:
    problems = ReadingProblems()
    for number in wire.values():
        word = table.optional(number, "x", problems)
        assert table.number(word) == number
        assert (word is None) == (number == 0)
    assert problems.found == []


@pytest.mark.parametrize(
    "text", ["2018-6-12", "20180612", "2018-02-30", "2018-W24-1", "12 June", " 2018-06-12"]
)
def test_what_is_not_a_day_is_refused(text: str) -> None:
    problems = ReadingProblems()
    assert problems.day(text, "as_of") is None
    assert [each.field for each in problems.found] == ["as_of"]


def test_an_amendment_without_a_state_adds_evidence_or_lacks_its_state() -> None:
    def read(amendment: items_pb2.Amendment) -> tuple[Any, list[str]]:
        problems = ReadingProblems()
        amendment.correction.SetInParent()
        request = pb.RecordRequest(items=[items_pb2.RecordItem(amendment=amendment)])
        item = requests.command(request, problems).items[0]
        return item, [each.field for each in problems.found]

    told = entries_pb2.Evidence(report="A1")
    item, wrong = read(items_pb2.Amendment(evidence_added=[told]))
    assert (item.state, len(item.evidence_added), wrong) == (None, 1, [])
    assert read(items_pb2.Amendment())[1] == ["items[0].amendment.state"]
    both = items_pb2.Amendment(evidence_added=[told])
    both.state.SetInParent()
    assert read(both)[1] == ["items[0].amendment.state"]


def test_the_day_of_a_succession_is_required() -> None:
    problems = ReadingProblems()
    party = entries_pb2.Party(
        name="Russia", kind=entries_pb2.PARTY_KIND_STATE, succeeds=[{"predecessor": "ussr"}]
    )
    reading.state(entries_pb2.EntryState(party=party), "state", problems)
    assert [each.field for each in problems.found] == ["state.party.succeeds[0].from_day"]


def test_what_is_said_of_a_stand_in_is_left_out() -> None:
    problems = ReadingProblems()
    problems.add("a.kind", "unknown", hides="a")
    others = [Violation("a.extent", "x"), Violation("a", "x"), Violation("ab.extent", "x")]
    assert problems.shown(others) == [others[2]]


def test_numbers_are_exact_or_have_nine_digits() -> None:
    assert fraction(None) == ""
    assert fraction(Fraction(1, 3)) == "1/3"
    assert fraction(Fraction(5, 2)) == "2.5"
    assert approximate(None) == ""
    assert approximate(2 / 3) == "0.666666667"
