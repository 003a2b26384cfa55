"""The bytes of a record are frozen: what was written once is read, and would be written
again, byte by byte. A golden file never changes; a new form of a type gets a new file.
"""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import NamedTuple

import msgspec
import pytest

from ledger_service.domain.checks import EntryHead
from ledger_service.domain.values.commands import Amendment, Annulment, NewEntry
from ledger_service.domain.values.entries import (
    About,
    Act,
    ActKind,
    ActOccurred,
    AllOf,
    Antecedent,
    AnyOf,
    AtLeast,
    Attribute,
    Change,
    Coding,
    Commitment,
    CommitmentFulfilled,
    DateBasis,
    DueAfter,
    EventCode,
    Evidence,
    Identity,
    Instalment,
    Instrument,
    InstrumentKind,
    IntervalDate,
    Mandate,
    Membership,
    Nature,
    Party,
    PartyCode,
    PartyKind,
    PartyName,
    Place,
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
    Succession,
    Weight,
    Withdrawal,
    Words,
)
from ledger_service.persistence.recording.requests import amended_data, annulled_data
from ledger_service.persistence.records import (
    ENTRY_AMENDED,
    ENTRY_ANNULLED,
    FIELD_ERASED,
    KEY_ROTATED,
    LEDGER_FORKED,
    LEDGER_OPENED,
    LEDGER_SUCCEEDED,
    RECORD_TYPES,
    Addition,
    FieldErased,
    KeyRotated,
    LedgerContinued,
    LedgerOpened,
    RecordFactory,
    continued_of,
    decode,
    erased_of,
    microseconds_of,
    opened_of,
    rotated_of,
    told_by,
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
    names=(
        PartyName("Secretary-designate", None, date(2018, 4, 25), "en"),
        PartyName("국무장관", date(2018, 4, 26), date(2021, 1, 20), "ko"),
    ),
    aliases=("SecState", "the envoy"),
    codes=(
        PartyCode("cameo", "USAGOV"),
        PartyCode("cow", "2", date(1816, 1, 1), date(2016, 12, 31)),
    ),
    represents=(
        Representation(
            "us",
            date(2018, 4, 26),
            date(2021, 1, 20),
            (Mandate.ALL,),
            ("A1", "A2"),
            "in office",
        ),
        Representation("envoys", None, None, (Mandate.PROMISE, Mandate.ACCEPT)),
    ),
    succeeds=(
        Succession(
            "tillerson", date(2018, 4, 26), continues=True, reports=("A1",), note="sworn"
        ),
    ),
    composed_of=(Membership("envoys", date(2018, 5, 1), date(2018, 6, 1), ("A2",), "a team"),),
    same_as=(Identity("secstate", ("A1",), "one and the same"),),
    attributes=(Attribute("sector", "government"),),
    note='Line one.\nLine "two" \\ with a slash /.',
)
REPORT = Report(
    title="Talks in Singapore",
    publisher="The Morning Paper",
    url="https://news.example/2018/06/talks?page=1&part=2",
    archived_url="https://archive.example/20180613/talks",
    digest="sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    language="en-GB",
    published=IntervalDate(date(2018, 6, 13), date(2018, 6, 14), Precision.RANGE),
    retrieved=date(2018, 6, 15),
    source_grade=SourceGrade.B,
    topics=("summit", "singapore-2018"),
    attributes=(Attribute("story", "4711"), Attribute("sentence", "3")),
    summary="Both sides speak of progress — “a new start”.",
    note="Read on paper.",
)
RELATIONS = (
    Relation(RelationKind.FULFILS, "F051", extent="1/3", note="the first of three"),
    Relation(RelationKind.DENIES, "F050", about=About.FULFILMENT),
    Relation(RelationKind.MEETS, "F017", condition="release"),
    Relation(
        RelationKind.SUSPENDS, "F052", takes_effect=date(2018, 9, 1), until=date(2019, 9, 1)
    ),
    Relation(RelationKind.RESCHEDULES, "F053", due=BEFORE),
)
EVIDENCE = (
    Evidence(
        "A1",
        "“They will be returned.”",
        "page 3, paragraph 2",
        "two officials",
        "unnamed-diplomats",
        3,
        hedged=True,
    ),
    Evidence("A2"),
)
WITHDRAWAL = Withdrawal(notice_months=3, not_before=date(2020, 1, 1))
INSTRUMENT = Instrument(
    title="Joint Statement of Singapore",
    kind=InstrumentKind.JOINT_STATEMENT,
    participants=("us", "dprk"),
    third_parties=("singapore",),
    occurred=DAY,
    withdrawal=WITHDRAWAL,
    topics=("summit",),
    relations=(Relation(RelationKind.FOLLOWS, "F014"),),
    evidence=EVIDENCE,
    summary="Four points.",
    note="Signed in two languages.",
)
COMMITMENT = Commitment(
    debtors=("us",),
    creditors=("dprk", "rok"),
    consequent="hold a summit",
    mutual=True,
    made_by=("trump",),
    consequent_code=EventCode("0213", PloverCode("AGREE", "meet", ("diplomatic", "military"))),
    quantity=Quantity("2", "meetings"),
    instrument="statement",
    provision="Point 1",
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
                AtLeast(2, (ActOccurred("F018"), ActOccurred("F019"), ActOccurred("F020"))),
            )
        ),
        date(2018, 7, 1),
    ),
    withdrawal=Withdrawal(notice_days=90),
    topics=("summit", "release"),
    relations=(Relation(RelationKind.SUPERSEDES, "F030"),),
    evidence=EVIDENCE,
    summary="A summit for a release.",
    note="Said on the lawn.",
)
DUE_AFTER = Commitment(
    debtors=("dprk",),
    creditors=("us",),
    consequent="return remains",
    due_after=DueAfter(commitment="F082", months=6),
)
INSTALMENTS = Commitment(
    debtors=("us",),
    creditors=("dprk",),
    consequent="deliver oil",
    quantity=Quantity("500000", "t"),
    instalments=(Instalment(DAY, share="1/4"), Instalment(BEFORE, quantity="375000")),
)
UNTIL_CONDITION = Commitment(
    debtors=("dprk",),
    creditors=("us",),
    consequent="test nothing",
    nature=Nature.MAINTENANCE,
    until_condition=Antecedent(Words("talks have ended")),
    withdrawal=Withdrawal(),
)
ACT = Act(
    kind=ActKind.FULFILMENT,
    actor="dprk",
    title="Returns remains",
    co_actors=("kpa",),
    counterparties=("us", "unc"),
    joint=True,
    occurred=DAY,
    place=Place("Wonsan", "PRK", "39.1528", "127.4436", "1871859"),
    quantity=Quantity("55", "cases"),
    code=EventCode("0871", PloverCode("COOPERATE", "military")),
    topics=("remains",),
    attributes=(Attribute("intensity", "6.4"),),
    relations=RELATIONS,
    evidence=EVIDENCE,
    summary="Fifty-five cases are flown out.",
    note="Contents unknown.",
)
TOLD_IN_WORDS = Act(
    kind=ActKind.VISIT,
    actor="dprk",
    title="Comes to Berlin",
    occurred=IntervalDate(
        date(2003, 3, 1),
        date(2003, 5, 31),
        Precision.RANGE,
        DateBasis.DERIVED,
        "spring 2003",
    ),
)
SALT = bytes(range(16))


def seal(text: str) -> Sealed:
    return Sealed(commitment(SALT, text))


SOURCE_OF_ACT = Evidence("A1", attribution=seal('a "source", Zürich'))
SEALED = msgspec.structs.replace(
    ACT,
    title=seal("Returns remains"),
    place=Place(seal("Wonsan"), "PRK"),
    evidence=(SOURCE_OF_ACT, Evidence("A2", quote=seal("“Yes.”"), locator=seal("page 3"))),
    relations=(msgspec.structs.replace(RELATIONS[0], note=seal("a\tb")),),
)
SEALED_PARTY = Party(
    name=seal("Jane Roe"),
    kind=PartyKind.PERSON,
    names=(PartyName(seal("Jane Doe"), None, date(2017, 1, 1)),),
    aliases=(seal("J. R."), "the source"),
)
SEALED_REPORT = Report(
    title=seal("A cable"),
    publisher=seal("An embassy"),
    url=seal("https://cables.example/1"),
    archived_url=seal("https://archive.example/1"),
)
SEALED_COMMITMENT = Commitment(
    debtors=("us",), creditors=("dprk",), consequent=seal("withdraw two batteries")
)
ERASED = FieldErased(
    entry="F017",
    field="evidence[0].attribution",
    versions=("1", "2"),
    commitment=SOURCE_OF_ACT.attribution.sealed,
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

CONTINUED = LedgerContinued(
    origin=f"{SOURCE}/2-0a1b2c",
    verification_key=f"{SOURCE}/2-0a1b2c+55583fc3+AQMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMD",
    predecessor=SOURCE,
    inherited="16",
    signed_size="1234",
    signed_root="47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=",
    reason="The disk failed.",
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
    data = amended_data(item, msgspec.json.encode(item.state), EntryHead(3, item.state or ACT))
    return item, Content(ENTRY_AMENDED, item.entry_id, 3, data)


def annulled(item: Annulment) -> tuple[Annulment, Content]:
    return item, Content(ENTRY_ANNULLED, item.entry_id, 4, annulled_data(item, 3))


#: Amendments that only add evidence, to the act of the other ones.
ADDED = (Evidence("A4", "“Fifty-five.”", hedged=True), Evidence("A5"))
ADDITIONS = {
    "entry.amended.v1.evidence_added": amended(
        Amendment("F015", "told again", None, evidence_added=ADDED)
    ),
    "entry.amended.v1.evidence_added.new_information": amended(
        Amendment("F015", "told later", None, report="A4", evidence_added=ADDED[:1])
    ),
    "entry.amended.v1.evidence_added.sealed": amended(
        Amendment("F015", "told in secret", None, evidence_added=(SOURCE_OF_ACT,))
    ),
}
RECORDS = {
    "party.registered.v1": new("pompeo", PARTY),
    "party.registered.v1.sealed": new("P7", SEALED_PARTY),
    "report.filed.v1": new("A1", REPORT),
    "report.filed.v1.sealed": new("A3", SEALED_REPORT),
    "instrument.recorded.v1": new("statement", INSTRUMENT),
    "commitment.recorded.v1": new("F082", COMMITMENT),
    "commitment.recorded.v1.due_after": new("F083", DUE_AFTER),
    "commitment.recorded.v1.instalments": new("F084", INSTALMENTS),
    "commitment.recorded.v1.until_condition": new("F085", UNTIL_CONDITION),
    "commitment.recorded.v1.sealed": new("F086", SEALED_COMMITMENT),
    "act.recorded.v1": new("F015", ACT),
    "act.recorded.v1.least": new("F016", Act(kind=ActKind.FORCE, title="Shells fall")),
    "act.recorded.v1.sealed": new("F017", SEALED),
    "act.recorded.v1.words": new("F018", TOLD_IN_WORDS),
    "scale.registered.v1": new("our-scale", SCALE),
    "entry.amended.v1.correction": amended(Amendment("F015", "mistyped", ACT)),
    "entry.amended.v1.new_information": amended(
        Amendment("F015", "the day became known", ACT, report="A2")
    ),
    "entry.amended.v1.sealed": amended(Amendment("F017", "a better word", SEALED)),
    "entry.amended.v1.sealed_reason": amended(
        Amendment("F015", seal("a source spoke"), msgspec.structs.replace(ACT, note=""))
    ),
    "entry.annulled.v1.sealed": annulled(Annulment("F015", seal("a source was wrong"))),
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


@pytest.mark.parametrize("name", RECORDS | ADDITIONS)
def test_a_record_is_written_as_ever(name: str) -> None:
    assert written(name, (RECORDS | ADDITIONS)[name][1]) == golden(name)


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


@pytest.mark.parametrize("name", ADDITIONS)
def test_an_amendment_that_only_adds_evidence_is_read_as_ever(name: str) -> None:
    item, _ = ADDITIONS[name]
    told = told_by(decode(golden(name)))
    assert isinstance(told, Addition)
    assert told.evidence == item.evidence_added
    version = told.after(ACT)
    assert version.state == msgspec.structs.replace(
        ACT, evidence=ACT.evidence + item.evidence_added
    )
    assert version.evidence_added == len(item.evidence_added)
    assert (version.entry_id, version.version, version.position) == ("F015", 3, 17)
    assert (version.reason, version.report) == (item.reason, item.report or "")


def test_evidence_cannot_be_added_to_what_has_none() -> None:
    told = told_by(decode(golden("entry.amended.v1.evidence_added")))
    assert isinstance(told, Addition)
    for before in (None, REPORT):
        with pytest.raises(ValueError, match="position 17 adds evidence"):
            told.after(before)


@pytest.mark.parametrize(
    "ends",
    [b"}", b',"payload":{"kind":"claim","title":"x"},"evidence_added":[{"report":"A1"}]}'],
)
def test_an_amendment_has_a_state_or_evidence_and_never_both(ends: bytes) -> None:
    record = decode(golden("entry.amended.v1.correction"))
    begin, _, _ = bytes(record.data).partition(b',"payload":')
    broken = msgspec.structs.replace(record, data=msgspec.Raw(begin + ends))
    with pytest.raises(ValueError, match="exactly one of a payload and evidence"):
        told_by(broken)


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


@pytest.mark.parametrize("kind", [LEDGER_SUCCEEDED, LEDGER_FORKED])
def test_the_record_of_a_new_origin_is_written_and_read_as_ever(kind: str) -> None:
    content = Content(kind, "", 0, msgspec.json.encode(CONTINUED))
    assert written(kind, content) == golden(kind)
    assert continued_of(decode(golden(kind))) == CONTINUED


def test_the_opening_record_is_written_and_read_as_ever() -> None:
    content = Content(LEDGER_OPENED, "", 0, msgspec.json.encode(OPENED))
    assert written(LEDGER_OPENED, content) == golden(LEDGER_OPENED)
    assert opened_of(decode(golden(LEDGER_OPENED))) == OPENED


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
