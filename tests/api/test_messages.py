"""Values go to the wire and come back the same."""

from fractions import Fraction
from typing import Any

import pytest
from diplomatic_ledger.v1 import (
    cuts_pb2,
    entries_pb2,
    history_service_pb2,
    standing_service_pb2,
)
from diplomatic_ledger.v1 import ledger_service_pb2 as pb
from hypothesis import given
from hypothesis import strategies as st

from ledger_service.api.messages import names, reading, requests, writing
from ledger_service.api.messages.problems import ReadingProblems
from ledger_service.api.messages.standings import approximate, fraction
from ledger_service.domain.values.commands import Amendment, NewEntry, RecordCommand
from ledger_service.domain.values.entries import (
    About,
    Act,
    ActOccurred,
    AllOf,
    AnyOf,
    Commitment,
    CommitmentFulfilled,
    EventCode,
    Evidence,
    IntervalDate,
    Mandate,
    Party,
    PloverCode,
    Precision,
    Quantity,
    Relation,
    Report,
    Representation,
    Scale,
    State,
    Weight,
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
)
from tests.support.wire import message

texts = st.text(st.characters(codec="utf-8"), max_size=8)
ids = st.text("abcF019", min_size=1, max_size=4)
days = st.none() | st.dates()
intervals = st.builds(
    IntervalDate,
    days,
    days,
    st.sampled_from([p for p in Precision if p is not Precision.UNKNOWN]),
)
plovers = st.builds(PloverCode, type=texts.filter(bool), mode=texts)
codes = st.none() | st.builds(
    EventCode, cameo=st.text("0123", min_size=2, max_size=4), plover=st.none() | plovers
)
relations = st.lists(
    st.builds(Relation, target=ids, extent=texts, about=st.none() | st.sampled_from(About)),
    max_size=3,
).map(tuple)
evidence = st.lists(
    st.builds(Evidence, report=ids, attribution=texts, credibility=st.integers(0, 6)),
    max_size=3,
).map(tuple)
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
    ),
    max_leaves=6,
)
representations = st.builds(
    Representation, ids, days, days, st.lists(st.sampled_from(Mandate), max_size=3).map(tuple)
)
st.register_type_strategy(IntervalDate, intervals)
states: st.SearchStrategy[State] = st.one_of(
    st.builds(
        Party,
        name=texts,
        codes=st.none(),
        aliases=st.lists(texts, max_size=2).map(tuple),
        represents=st.lists(representations, max_size=2).map(tuple),
    ),
    st.builds(Report, title=texts, publisher=texts, published=intervals),
    st.builds(
        Commitment,
        debtors=st.lists(ids, max_size=2).map(tuple),
        creditors=st.lists(ids, max_size=2).map(tuple),
        consequent=texts,
        made_by=st.just(()),
        consequent_code=codes,
        occurred=intervals,
        due=st.none() | intervals,
        until=days,
        antecedent=st.none(),
        relations=relations,
        evidence=evidence,
    ),
    st.builds(
        Act,
        actor=ids,
        title=texts,
        co_actors=st.lists(ids, max_size=2).map(tuple),
        occurred=intervals,
        quantity=st.none() | st.builds(Quantity, texts, texts),
        code=codes,
        relations=relations,
        evidence=evidence,
    ),
    st.builds(
        Scale,
        title=texts,
        weights=st.lists(st.builds(Weight, texts, texts), max_size=3).map(tuple),
    ),
)


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
        (names.CODING, entries_pb2.Coding),
        (names.CHANGE, history_service_pb2.Change),
        (names.POLICY, cuts_pb2.DatePolicy),
        (names.EVIDENCE_FILTER, cuts_pb2.EvidenceFilter),
        (names.LIFECYCLE, standing_service_pb2.Lifecycle),
        (names.EVIDENCE_STATUS, standing_service_pb2.EvidenceStatus),
        (names.BIN, standing_service_pb2.Bin),
        (names.DIFFERENCE, standing_service_pb2.EntryDifference),
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
