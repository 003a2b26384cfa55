"""How sealed texts are written in entry files, and how they are shown."""

import json

import pytest
from diplomatic_ledger import batches, entry_file, json_form
from diplomatic_ledger.cli import acts, entry, log, parties
from diplomatic_ledger.cli.cells import text_of
from diplomatic_ledger.history import StoredRecord
from diplomatic_ledger.v1 import acts_pb2, entries_pb2, parties_pb2
from diplomatic_ledger.v1.history_service_pb2 import CHANGE_RECORDED, EntryVersion
from diplomatic_ledger.v1.items_pb2 import RecordItem
from rich.console import Console

SEAL = "sha256:" + "ab" * 32
FILE = """
- id: F013
  act:
    kind: fulfilment
    actor: dprk
    title: {seal: "Dismantling begins"}
    evidence:
      - {report: A1, attribution: {seal: a colonel}, credibility: 3}
- amend: F016
  reason: mistyped
  correction: true
  act:
    kind: claim
    actor: us
    title: {sealed: keep}
    note: {sealed: SEAL, value: as printed}
    summary: {seal: new}
""".replace("SEAL", SEAL)
SOURCE = "evidence[0].attribution"


def items() -> tuple[RecordItem, ...]:
    return entry_file.parse(FILE).items


def test_a_text_to_be_sealed_stands_under_seal():
    entry = items()[0].entry
    assert list(entry.seal) == ["title", SOURCE]
    assert entry.state.act.title == "Dismantling begins"
    assert entry.state.act.evidence[0].attribution == "a colonel"


def test_an_amendment_keeps_what_is_sealed():
    amendment = items()[1].amendment
    assert list(amendment.keep_sealed) == ["title", "note"]
    assert list(amendment.seal) == ["summary"]
    assert (amendment.state.act.title, amendment.state.act.note) == ("", "")
    assert amendment.state.act.summary == "new"


ELSEWHERE = """
- id: nick
  party:
    name: {seal: A name}
    kind: person
    names: [{name: {seal: Of old}, to_day: 2000-01-01}]
    aliases: [{seal: First}, Second]
- id: visit
  act: {kind: visit, place: {seal: The villa}}
- amend: visit
  reason: {seal: a colonel told us}
  correction: true
  act: {kind: visit, place: {country: PRK}}
- annul: visit
  reason: {seal: he asked for it}
"""


def test_a_seal_stands_wherever_a_text_may_be_sealed():
    party, visit, amendment, annulment = entry_file.parse(ELSEWHERE).items
    assert list(party.entry.seal) == ["name", "names[0].name", "aliases[0]"]
    assert list(party.entry.state.party.aliases) == ["First", "Second"]
    assert list(visit.entry.seal) == ["place.name"]
    assert visit.entry.state.act.place.name == "The villa"
    assert list(amendment.amendment.seal) == ["reason"]
    assert amendment.amendment.reason == "a colonel told us"
    assert list(annulment.annulment.seal) == ["reason"]
    for item in (party, visit, amendment, annulment):
        assert json_form.read_item(json_form.write_item(item)) == item
        bare = batches.without_sealed(item).SerializeToString()
        for secret in (b"A name", b"First", b"Of old", b"villa", b"colonel", b"asked"):
            assert secret not in bare


def test_a_reason_is_never_carried_over():
    with pytest.raises(json_form.PlainError, match="each change has a reason of its own"):
        json_form.read_item({"annul": "F1", "reason": {"sealed": "keep"}})


@pytest.mark.parametrize("index", [0, 1])
def test_what_is_written_is_read_back(index):
    item = items()[index]
    written = json_form.write_item(item)
    assert json_form.read_item(written) == item
    assert list(written["act"]) == [
        field.name
        for field in entries_pb2.Act.DESCRIPTOR.fields
        if field.name in written["act"]
    ]


def test_a_new_entry_has_no_seal_to_keep():
    with pytest.raises(json_form.PlainError) as error:
        json_form.read_item({"id": "F1", "act": {"title": {"sealed": "keep"}}})
    assert "title: a new entry has no seal to keep" in str(error.value)


@pytest.mark.parametrize("value", [{"seal": ["x"]}, {"seal": "x", "more": "y"}, {"sealed": 1}])
def test_what_is_no_seal_is_named_with_its_remedy(value):
    with pytest.raises(json_form.PlainError) as error:
        json_form.read_item({"act": {"evidence": [{"attribution": value}]}})
    assert "act.evidence[0].attribution: a sealed text is written {seal: TEXT}" in str(
        error.value
    )


def test_the_state_of_an_amendment_is_read_with_its_seals():
    amendment = entry_file.parse_state("act: {title: {seal: secret}, note: {sealed: keep}}")
    assert (list(amendment.seal), list(amendment.keep_sealed)) == (["title"], ["note"])
    assert amendment.state.act.title == "secret"


def test_a_request_id_that_follows_from_the_content_tells_no_sealed_text():
    first, second = items()[0], items()[0]
    second.entry.state.act.title = "Something else"
    assert batches.request_id("l", [first]) == batches.request_id("l", [second])
    second.entry.seal.remove("title")
    assert batches.request_id("l", [first]) != batches.request_id("l", [second])
    first.entry.state.act.actor = "us"
    assert batches.request_id("l", [first]) != batches.request_id("l", [items()[0]])


def version(state: int, text: str = "") -> EntryVersion:
    act = entries_pb2.Act(
        kind=entries_pb2.ACT_KIND_CLAIM,
        actor="us",
        title="Says so",
        evidence=[entries_pb2.Evidence(report="A1", attribution=text)],
    )
    seal = entries_pb2.SealedField(path=SOURCE, hash=SEAL, state=state)
    return EntryVersion(
        version=1,
        change=CHANGE_RECORDED,
        state=entries_pb2.EntryState(act=act),
        sealed=[seal],
    )


CASES = [
    (version(entries_pb2.SEAL_STATE_WITHHELD), {"sealed": SEAL}, "[sealed]"),
    (
        version(entries_pb2.SEAL_STATE_DISCLOSED, "a colonel"),
        {"sealed": SEAL, "value": "a colonel"},
        "a colonel [sealed]",
    ),
    (version(entries_pb2.SEAL_STATE_ERASED), {"sealed": SEAL, "erased": True}, "[erased]"),
]


@pytest.mark.parametrize(("told", "form", "shown"), CASES)
def test_an_answer_shows_what_is_sealed_and_whether_it_can_be_read(told, form, shown):
    written = json_form.write(told)
    assert written["state"]["act"]["evidence"] == [{"report": "A1", "attribution": form}]
    state = words(entries_pb2.SealState.Name(told.sealed[0].state))
    assert written["sealed"] == [{"path": SOURCE, "hash": SEAL, "state": state}]
    console = Console(width=100, record=True, file=None)
    with console.capture() as capture:
        for line in entry.version_lines(told):
            console.print(line, markup=False)
    assert shown in capture.get()


def words(name: str) -> str:
    return name.removeprefix("SEAL_STATE_").lower()


def test_what_an_answer_shows_can_be_written_into_an_amendment():
    (_, form, _), _, _ = CASES
    state = {"act": {"evidence": [{"report": "A1", "attribution": form}]}}
    assert list(entry_file.parse_state(json.dumps(state)).keep_sealed) == [SOURCE]


def test_a_sealed_title_is_shown_as_such_in_lists():
    view = acts_pb2.ActView(entry_id="F1", day="2018-06-12", actors=["us"])
    view.sealed.add(path="title", hash=SEAL, state=entries_pb2.SEAL_STATE_WITHHELD)
    console = Console(width=100)
    with console.capture() as capture:
        console.print(acts.acts_table([view]))
    assert "[sealed]" in capture.get()
    event = {"type": "report.filed.v1", "time": "2018-06-12T00:00:00.000000Z"}
    record = {**event, "subject": "A1", "data": {"title": {"sealed": SEAL}}}
    assert log.log_row(StoredRecord(3, json.dumps(record).encode()))[-1] == "[sealed]"


def test_sealed_names_of_a_party_are_shown_as_such():
    item = parties_pb2.PartyView(entry_id="F1")
    item.party.names.add(to_day="2010-01-01")
    item.party.aliases.extend(["J.", ""])
    item.sealed.add(path="names[0].name", hash=SEAL, state=entries_pb2.SEAL_STATE_ERASED)
    item.sealed.add(path="aliases[1]", hash=SEAL, state=entries_pb2.SEAL_STATE_WITHHELD)
    shown = dict(parties.facts(item))
    assert shown["name"] == "[erased] until 2010-01-01"
    assert shown["also"] == "J., [sealed]"


def test_an_erasure_is_shown_with_the_entry_and_its_reason():
    data = {"entry": "F013", "field": SOURCE, "versions": ["1"], "reason": "at risk"}
    event = {"type": "field.erased.v1", "time": "2018-06-12T00:00:00.000000Z", "data": data}
    row = log.log_row(StoredRecord(9, json.dumps(event).encode()))
    told = tuple(text_of(cell) for cell in row)
    assert told == ("9", "2018-06-12T00:00", "F013", "erased", "at risk")


@pytest.mark.parametrize(
    ("state", "text", "form", "shown"),
    [
        (entries_pb2.SEAL_STATE_WITHHELD, "", {"sealed": SEAL}, "[sealed]"),
        (
            entries_pb2.SEAL_STATE_DISCLOSED,
            "a colonel",
            {"sealed": SEAL, "value": "a colonel"},
            "a colonel [sealed]",
        ),
    ],
)
def test_what_is_sealed_beside_a_state_is_shown_like_what_is_in_it(state, text, form, shown):
    told = EntryVersion(
        version=2,
        reason=text,
        evidence_added=[entries_pb2.Evidence(report="A1"), entries_pb2.Evidence(report="A2")],
    )
    told.evidence_added[1].quote = text
    for path in ("reason", "evidence_added[1].quote"):
        told.sealed_beside.add(path=path, hash=SEAL, state=state)
    written = json_form.write(told)
    assert written["reason"] == form
    assert written["evidence_added"] == [{"report": "A1"}, {"report": "A2", "quote": form}]
    console = Console(width=100, record=True, file=None)
    with console.capture() as capture:
        for line in entry.version_lines(told):
            console.print(line, markup=False)
    reason, *rest = [line for line in capture.get().splitlines() if shown in line]
    assert reason == f"reason: {shown}"
    assert len(rest) == 1
