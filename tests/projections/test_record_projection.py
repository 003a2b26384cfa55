"""A projected record says of its record what the domain says of it."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger_service.domain.checks import EntryHead
from ledger_service.domain.values.commands import Amendment
from ledger_service.domain.values.entries import (
    Act,
    ActOccurred,
    AllOf,
    AnyOf,
    AtLeast,
    Commitment,
    CommitmentFulfilled,
    Condition,
    Instrument,
    Party,
    Words,
)
from ledger_service.persistence.recording.requests import amended_data, encoded_state
from ledger_service.persistence.records import (
    ENTRY_AMENDED,
    RECORD_TYPES,
    Addition,
    Content,
    RecordFactory,
    decode,
    told_by,
)
from ledger_service.projections import record_projection
from ledger_service.projections.record_projection import ProjectedRecord, ProjectedRecords
from tests.support.examples import a_party, an_act, an_evidence
from tests.support.strategies import ACTS, COMMITMENTS, PARTIES, states_of

GOLDEN = sorted((Path(__file__).parents[1] / "golden").glob("*.json"))
#: By the lists of a projection.
LISTED = (Party, Commitment, Act, Instrument)
POSITION = 7


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.stem)
def test_an_outline_says_what_the_record_says(path: Path) -> None:
    line = path.read_bytes().strip()
    position = int(decode(line).position)
    told = record_projection.read(line, position, position)

    if not decode(line).subject:
        assert told == ProjectedRecords([], [], [], [], [])
    else:
        assert_same(told, line)


@given(data=st.data(), entry_id=st.sampled_from((*PARTIES, *COMMITMENTS, *ACTS)))
@settings(max_examples=100, deadline=None)
def test_whatever_the_state_the_outline_says_it(data: st.DataObject, entry_id: str) -> None:
    state = data.draw(states_of(entry_id))
    encoded = encoded_state(state)
    item = Amendment(entry_id, "told otherwise", state)
    amendment = amended_data(item, encoded, EntryHead(2, state))

    for draft in (
        (RECORD_TYPES[type(state)], entry_id, 1, encoded),
        (ENTRY_AMENDED, entry_id, 2, amendment),
    ):
        line = written(draft)
        assert_same(record_projection.read(line, POSITION, POSITION), line)


def test_records_are_read_in_their_order_and_no_others() -> None:
    lines = b"\n".join(written(party(f"p{n}"), position=n) for n in (5, 6, 7))

    assert [v.entry_id for v in record_projection.read(lines, 5, 7).versions] == [
        "p5",
        "p6",
        "p7",
    ]
    for first, last in ((5, 6), (4, 7), (5, 8)):
        with pytest.raises(LookupError, match=f"from {first} to {last}"):
            record_projection.read(lines, first, last)
    with pytest.raises(ValueError, match="another position"):
        record_projection.read(lines, 6, 8)


@pytest.mark.parametrize(
    "line",
    [
        b"{",
        b"{}",
        b'{"position":"7","type":3,"data":{}}',
        b'{"position":"7","type":"x","subject":"\xff","data":{}}',
        b'{"position":"7","type":"x","subject":"F001","data":{}}',
    ],
)
def test_what_is_no_record_is_an_error(line: bytes) -> None:
    with pytest.raises(ValueError):
        record_projection.read(line, POSITION, POSITION)


def test_an_amendment_without_a_state_is_an_error() -> None:
    line = written((ENTRY_AMENDED, "F001", 2, b'{"supersedes":"1"}'))
    with pytest.raises(ValueError, match="no payload"):
        record_projection.read(line, POSITION, POSITION)


def test_an_amendment_that_only_adds_evidence_changes_no_view() -> None:
    item = Amendment("F001", "told again", None, evidence_added=(an_evidence(),))
    data = amended_data(item, b"", EntryHead(2, an_act()))
    told = record_projection.read(written((ENTRY_AMENDED, "F001", 2, data)), POSITION, POSITION)
    (projected,) = told.versions
    assert (projected.entry_id, projected.version) == ("F001", 2)
    assert told[1:] == ([], [], [], [])


def assert_same(told: ProjectedRecords, line: bytes) -> None:
    """Of one record that holds a version."""
    (projected,) = told.versions
    version = told_by(decode(line))
    if isinstance(version, Addition):
        version = version.version
    assert projected.position == version.position
    assert (projected.entry_id, projected.version) == (version.entry_id, version.version)
    state = version.state
    if state is not None:
        assert projected.type == RECORD_TYPES[type(state)]
    for type_, listed in zip(LISTED, told[1:], strict=True):
        assert listed == ([projected] if isinstance(state, type_) else [])
    if state is not None:
        assert essence(projected) == expected(state)


def essence(projected: ProjectedRecord) -> dict[str, Any]:
    """What a projected record says, without what its type does not have."""
    state = projected.state
    said = {
        "debtors": state.debtors,
        "creditors": state.creditors,
        "targets": [relation.target for relation in state.relations],
        "instrument": state.instrument,
        "due_after": (state.due_after.act, state.due_after.commitment)
        if state.due_after
        else (),
        "condition": leaves(state.antecedent.condition) if state.antecedent else [],
        "until": leaves(state.until_condition.condition) if state.until_condition else [],
        "tied_to": sorted(
            (
                *(tie.principal for tie in state.represents),
                *(tie.member for tie in state.composed_of),
                *state.kin,
            )
        ),
        "from": state.occurred.from_day if state.occurred else None,
        "first_day": state.first_day if state.occurred else 1,
    }
    if projected.type == RECORD_TYPES[Act]:
        return said | {
            "kind": state.kind,
            "actors": state.actors,
            "counterparties": state.counterparties,
        }
    return said


def expected(state: object) -> dict[str, Any]:
    said: dict[str, Any] = {
        "debtors": (),
        "creditors": (),
        "targets": [],
        "instrument": "",
        "due_after": (),
        "condition": [],
        "until": [],
        "tied_to": [],
        "from": None,
        "first_day": 1,
    }
    if isinstance(state, Act | Commitment | Instrument):
        first = state.occurred.from_day
        said |= {"from": first, "first_day": (first or date.min).toordinal()}
        said["targets"] = [relation.target for relation in state.relations]
    if isinstance(state, Commitment):
        said |= {"debtors": state.debtors, "creditors": state.creditors}
        said["instrument"] = state.instrument
        if state.due_after:
            said["due_after"] = (state.due_after.act, state.due_after.commitment)
        if state.antecedent:
            said["condition"] = named(state.antecedent.condition)
        if state.until_condition:
            said["until"] = named(state.until_condition.condition)
    if isinstance(state, Act):
        said |= {"kind": state.kind, "actors": state.actors}
        said["counterparties"] = state.counterparties
    if isinstance(state, Party):
        said["tied_to"] = sorted(
            (
                *(tie.principal for tie in state.represents),
                *(tie.predecessor for tie in state.succeeds),
                *(tie.member for tie in state.composed_of),
                *(tie.party for tie in state.same_as),
            )
        )
    return said


def leaves(condition: record_projection.Condition) -> list[str]:
    own = [each for each in (condition.act, condition.commitment) if each]
    inner = (*condition.conditions, *condition.of)
    return own + [leaf for each in inner for leaf in leaves(each)]


def named(condition: Condition) -> list[str]:
    match condition:
        case AllOf(conditions) | AnyOf(conditions) | AtLeast(of=conditions):
            return [leaf for inner in conditions for leaf in named(inner)]
        case ActOccurred(entry_id) | CommitmentFulfilled(entry_id):
            return [entry_id]
        case Words():
            return []


def party(entry_id: str) -> Content:
    return (RECORD_TYPES[Party], entry_id, 1, encoded_state(a_party()))


def written(content: Content, position: int = POSITION) -> bytes:
    (record,) = RecordFactory("ledger.example/x", "local").make([content], "r", position, 0)
    return msgspec.json.encode(record)
