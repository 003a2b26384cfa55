"""The bytes of a record are frozen: what was written once is read, and would be written
again, byte by byte. A golden file never changes; a new form of a type gets a new file.
"""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import NamedTuple

import msgspec
import pytest

from ledger_service.domain.values.commands import Amendment, Annulment, NewEntry
from ledger_service.domain.values.entries import (
    About,
    Act,
    ActKind,
    ActOccurred,
    AllOf,
    Antecedent,
    AnyOf,
    Change,
    Coding,
    Commitment,
    CommitmentFulfilled,
    DateBasis,
    EventCode,
    Evidence,
    IntervalDate,
    Mandate,
    Nature,
    Party,
    PartyCodes,
    PartyKind,
    PloverCode,
    Precision,
    Quantity,
    Relation,
    RelationKind,
    Report,
    Representation,
    Scale,
    Sealed,
    SourceGrade,
    Weight,
    Words,
)
from ledger_service.persistence.recording.requests import amended_data, annulled_data
from ledger_service.persistence.records import (
    ENTRY_AMENDED,
    ENTRY_ANNULLED,
    FIELD_ERASED,
    KEY_ROTATED,
    LEDGER_OPENED,
    RECORD_TYPES,
    FieldErased,
    KeyRotated,
    LedgerOpened,
    Predecessor,
    RecordFactory,
    decode,
    erased_of,
    microseconds_of,
    opened_of,
    rotated_of,
    version_of,
)
from ledger_service.persistence.sealing.seals import commitment

GOLDEN = Path(__file__).parent.parent / "golden"
ID = "01a20a3f-7e2c-7f56-a736-d7421271f089"
SOURCE = "ledger.example/us-dprk-2018"

DAY = IntervalDate(date(2018, 6, 12), date(2018, 6, 12), Precision.DAY, DateBasis.STATED)
BEFORE = IntervalDate(None, date(2018, 8, 18), Precision.BEFORE, DateBasis.DERIVED)

PARTY = Party(
    name="Secretary of State",
    kind=PartyKind.PERSON,
    aliases=("SecState", "국무장관"),
    codes=PartyCodes(iso3="USA", cow="2", cameo="USAGOV"),
    represents=(
        Representation("us", date(2018, 4, 26), date(2021, 1, 20), (Mandate.ALL,), "in office"),
        Representation("envoys", None, None, (Mandate.PROMISE, Mandate.ACCEPT)),
    ),
    note='Line one.\nLine "two" \\ with a slash /.',
)
REPORT = Report(
    title="Talks in Singapore",
    publisher="The Morning Paper",
    url="https://news.example/2018/06/talks?page=1&part=2",
    published=IntervalDate(date(2018, 6, 13), date(2018, 6, 14), Precision.RANGE),
    source_grade=SourceGrade.B,
    summary="Both sides speak of progress — “a new start”.",
    note="Read on paper.",
)
RELATIONS = (
    Relation(RelationKind.FULFILS, "F051", extent="1/3", note="the first of three"),
    Relation(RelationKind.DENIES, "F050", about=About.FULFILMENT),
    Relation(RelationKind.MEETS, "F017", condition="release"),
)
EVIDENCE = (
    Evidence("A1", "two officials", "unnamed-diplomats", 3, hedged=True),
    Evidence("A2"),
)
COMMITMENT = Commitment(
    debtors=("us",),
    creditors=("dprk", "rok"),
    consequent="hold a summit",
    mutual=True,
    made_by=("trump",),
    consequent_code=EventCode("0213", PloverCode("AGREE", "meet", ("diplomatic", "military"))),
    occurred=DAY,
    nature=Nature.MAINTENANCE,
    due=BEFORE,
    until=date(2019, 12, 31),
    offer=True,
    antecedent=Antecedent(
        AllOf(
            (
                ActOccurred("F016"),
                AnyOf((CommitmentFulfilled("F051"), Words("three are released", "release"))),
            )
        ),
        date(2018, 7, 1),
    ),
    relations=(Relation(RelationKind.SUPERSEDES, "F030"),),
    evidence=EVIDENCE,
    summary="A summit for a release.",
    note="Said on the lawn.",
)
ACT = Act(
    kind=ActKind.FULFILMENT,
    actor="dprk",
    title="Returns remains",
    co_actors=("kpa",),
    counterparty="us",
    joint=True,
    occurred=DAY,
    place="Wonsan",
    quantity=Quantity("55", "cases"),
    code=EventCode("0871", PloverCode("COOPERATE", "military")),
    relations=RELATIONS,
    evidence=EVIDENCE,
    summary="Fifty-five cases are flown out.",
    note="Contents unknown.",
)
SALT = bytes(range(16))
SEALED = msgspec.structs.replace(
    ACT,
    title=Sealed(commitment(SALT, "Returns remains")),
    evidence=(Evidence("A1", Sealed(commitment(SALT, 'a "source", Zürich'))), Evidence("A2")),
    relations=(msgspec.structs.replace(RELATIONS[0], note=Sealed(commitment(SALT, "a\tb"))),),
)
ERASED = FieldErased(
    entry="F017",
    field="evidence[0].attribution",
    versions=("1", "2"),
    commitment=commitment(SALT, 'a "source", Zürich'),
    reason="The source asked for it.",
)
SCALE = Scale(
    title="Our scale",
    version="2018-1",
    source="the desk",
    licence="CC0-1.0",
    coding=Coding.CAMEO,
    weights=(Weight("08", "5.2"), Weight("0871", "-0.000001")),
    note="For training.",
)
OPENED = LedgerOpened(
    title="US and North Korea, 2018",
    purpose="To see who owes the next step.",
    opens_on=date(2018, 1, 1),
    origin=SOURCE,
    verification_key=f"{SOURCE}+21185f5d+AfevzkJjPA5bGS4LnJDlHjy18n+DnaosC/c0mrneroGx",
)

SUCCESSOR = msgspec.structs.replace(
    OPENED,
    predecessor=Predecessor(
        origin="ledger.example/us-dprk",
        size="1234",
        root="47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=",
        reason="The disk failed.",
    ),
)
ROTATED = KeyRotated(
    verification_key=f"{SOURCE}+10e88e0f+AQICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIC",
    previous=OPENED.verification_key,
    reason="Yearly change.",
)


class Content(NamedTuple):
    """What a record is made of, without its place."""

    type: str
    subject: str
    version: int
    data: bytes


def new(entry_id: str, state) -> tuple[NewEntry, Content]:
    data = msgspec.json.encode(state)
    return NewEntry(entry_id, state), Content(RECORD_TYPES[type(state)], entry_id, 1, data)


def amended(item: Amendment) -> tuple[Amendment, Content]:
    data = amended_data(item, msgspec.json.encode(item.state), 2)
    return item, Content(ENTRY_AMENDED, item.entry_id, 3, data)


def annulled(item: Annulment) -> tuple[Annulment, Content]:
    return item, Content(ENTRY_ANNULLED, item.entry_id, 4, annulled_data(item, 3))


RECORDS = {
    "party.registered.v1": new("pompeo", PARTY),
    "report.filed.v1": new("A1", REPORT),
    "commitment.recorded.v1": new("F082", COMMITMENT),
    "act.recorded.v1": new("F015", ACT),
    "act.recorded.v1.least": new("F016", Act(ActKind.CLAIM, "us", "Says so")),
    "act.recorded.v1.sealed": new("F017", SEALED),
    "scale.registered.v1": new("our-scale", SCALE),
    "entry.amended.v1.correction": amended(Amendment("F015", "mistyped", ACT)),
    "entry.amended.v1.new_information": amended(
        Amendment("F015", "the day became known", ACT, report="A2")
    ),
    "entry.amended.v1.sealed": amended(Amendment("F017", "a better word", SEALED)),
    "entry.annulled.v1": annulled(Annulment("F015", "told twice")),
}
TIMES = {"act.recorded.v1.least": datetime(2018, 8, 18, 12, 0, 0, 0, UTC)}
USUAL_TIME = datetime(2018, 8, 18, 12, 0, 0, 120, UTC)


def golden(name: str) -> bytes:
    return (GOLDEN / f"{name}.json").read_bytes().removesuffix(b"\n")


def written(name: str, content: Content) -> bytes:
    time = microseconds_of(TIMES.get(name, USUAL_TIME))
    position = 1 if content.type == LEDGER_OPENED else 17
    (record,) = RecordFactory(SOURCE, "local").make([content], "r-1", position, time)
    return msgspec.json.encode(msgspec.structs.replace(record, id=ID))


@pytest.mark.parametrize("name", RECORDS)
def test_a_record_is_written_as_ever(name: str) -> None:
    assert written(name, RECORDS[name][1]) == golden(name)


@pytest.mark.parametrize("name", RECORDS)
def test_a_record_is_read_as_ever(name: str) -> None:
    item, content = RECORDS[name]
    version = version_of(decode(golden(name)))
    assert (version.entry_id, version.version, version.position) == (
        content.subject,
        content.version,
        17,
    )
    assert version.recorded_at == TIMES.get(name, USUAL_TIME)
    assert (version.recorded_by, version.request_id) == ("local", "r-1")
    assert version.state == getattr(item, "state", None)
    assert version.reason == getattr(item, "reason", "")
    assert version.report == (getattr(item, "report", None) or "")


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("act.recorded.v1", Change.RECORDED),
        ("entry.amended.v1.correction", Change.CORRECTION),
        ("entry.amended.v1.new_information", Change.NEW_INFORMATION),
        ("entry.annulled.v1", Change.ANNULMENT),
    ],
)
def test_a_record_tells_what_it_did_to_its_entry(name: str, change: Change) -> None:
    assert version_of(decode(golden(name))).change is change


@pytest.mark.parametrize(
    ("name", "opened"), [(LEDGER_OPENED, OPENED), (f"{LEDGER_OPENED}.successor", SUCCESSOR)]
)
def test_the_opening_record_is_written_and_read_as_ever(name, opened: LedgerOpened) -> None:
    content = Content(LEDGER_OPENED, "", 0, msgspec.json.encode(opened))
    assert written(name, content) == golden(name)
    assert opened_of(decode(golden(name))) == opened


def test_the_record_of_a_new_key_is_written_and_read_as_ever() -> None:
    content = Content(KEY_ROTATED, "", 0, msgspec.json.encode(ROTATED))
    assert written(KEY_ROTATED, content) == golden(KEY_ROTATED)
    assert rotated_of(decode(golden(KEY_ROTATED))) == ROTATED


def test_the_record_of_an_erasure_is_written_and_read_as_ever() -> None:
    content = Content(FIELD_ERASED, "", 0, msgspec.json.encode(ERASED))
    assert written(FIELD_ERASED, content) == golden(FIELD_ERASED)
    assert erased_of(decode(golden(FIELD_ERASED))) == ERASED


@pytest.mark.parametrize("path", sorted(GOLDEN.glob("*.v1*.json")), ids=lambda path: path.stem)
def test_every_golden_record_is_one_line_that_is_made_again_from_what_was_read(path) -> None:
    record = golden(path.stem)
    assert b"\n" not in record
    assert b":null" not in record
    assert msgspec.json.encode(decode(record)) == record


def test_whole_seconds_have_six_fraction_digits_too() -> None:
    assert b'"time":"2018-08-18T12:00:00.000000Z"' in golden("act.recorded.v1.least")
