"""The bag of an export: what is in it, that it is always the same, and that it refuses a
log that was changed.
"""

import csv
import io
import json
from hashlib import sha256

import bagit
import pytest
from diplomatic_ledger.verify import Anchor, verify_bag
from diplomatic_ledger.verify.notes import VerificationKey
from hypothesis import given
from hypothesis import strategies as st

from ledger_service.audit import bag_files
from ledger_service.audit.bag import RecordAltered
from ledger_service.audit.bag_tables import table
from tests.support.logs_in_memory import PUBLIC, MemoryLog, contents, planned, seal, write

ANCHOR = Anchor(keys=(VerificationKey.parse(PUBLIC.text),))


@pytest.fixture
def log() -> MemoryLog:
    log = MemoryLog()
    log.add_acts(600)
    return log


def rows(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode())))


def findings(folder) -> list[str]:
    return [str(each) for each in verify_bag(folder, ANCHOR).findings]


def test_the_files_come_in_order_with_their_true_sizes_and_digests(log: MemoryLog):
    bag = planned(log, log.extent())
    paths = [file.path.encode() for file in bag.files]
    assert paths == sorted(paths)
    for file in bag.files:
        content = b"".join(file.read())
        assert (len(content), sha256(content).hexdigest()) == (file.size, file.digest), (
            file.path
        )


def test_a_line_is_a_leaf(log: MemoryLog):
    content = contents(planned(log, log.extent()))["data/records/000000001.jsonl"]
    assert content == b"".join(record + b"\n" for record in log.records)


def test_tiles_and_bundles_are_those_of_the_standard(log: MemoryLog):
    files = contents(planned(log, log.extent()))
    assert [path.removeprefix("data/log/") for path in files if "/tile/" in path] == [
        "tile/0/000",
        "tile/0/001",
        "tile/0/002.p/92",
        "tile/1/000.p/2",
        "tile/entries/000",
        "tile/entries/001",
        "tile/entries/002.p/92",
    ]
    assert files["data/log/tile/0/001"] == b"".join(log.leaves_kept[256:512])
    first = log.records[0]
    assert files["data/log/tile/entries/000"].startswith(len(first).to_bytes(2) + first)


@pytest.mark.parametrize("count", [0, 252, 253, 600])
def test_the_verifier_and_the_archivists_tool_take_it(count: int, tmp_path):
    log = MemoryLog()
    log.add_acts(count)
    log.regular = [1, 3]
    folder = write(planned(log, log.extent()), tmp_path)
    assert findings(folder) == []
    assert bagit.Bag(str(folder)).validate()


def test_the_same_extent_gives_the_same_bytes_later(log: MemoryLog):
    before = contents(planned(log, log.extent(size=300)))
    log.add_acts(0)
    log.add("party.registered.v1", "rok", 1, name="South Korea", kind="state")
    assert contents(planned(log, log.extent(size=300))) == before


def test_every_payload_file_but_the_list_itself_has_a_row(log: MemoryLog):
    files = contents(planned(log, log.extent()))
    listed = {row["path"]: row for row in rows(files["data/metadata.csv"])}
    payload = {path for path in files if path.startswith("data/")}
    assert set(listed) == payload - {"data/metadata.csv"}
    assert all(row["media_type"] and row["description"] for row in listed.values())


def test_a_changed_record_ends_it_and_is_named(log: MemoryLog):
    log.records[399] = log.records[399].replace(b"well", b"bad.")
    with pytest.raises(RecordAltered, match="position 400 "):
        planned(log, log.extent())


def test_a_record_that_was_changed_with_its_hash_ends_it_too(log: MemoryLog):
    extent = log.extent()
    log.records[399], log.leaves_kept[399] = log.records[398], log.leaves_kept[398]
    with pytest.raises(RecordAltered, match="do not give the root"):
        planned(log, extent)


def test_a_record_that_is_gone_ends_it(log: MemoryLog):
    extent = log.extent()
    del log.records[500:], log.leaves_kept[500:]
    with pytest.raises(RecordAltered, match="missing"):
        planned(log, extent)


def test_a_table_too_large_to_be_kept_is_made_again(log: MemoryLog, monkeypatch):
    kept = contents(planned(log, log.extent()))
    monkeypatch.setattr(bag_files, "KEPT_BYTES", 100)
    assert contents(planned(log, log.extent())) == kept


# Tables


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_no_cell_of_a_table_is_a_formula(start: str):
    text = table([(f"{start}cmd|' /C calc'!A0", "2018-06-12")]).decode()
    assert text == f"'{start}cmd|' /C calc'!A0,2018-06-12\n"


@given(
    st.lists(
        st.lists(
            st.text(st.characters(codec="utf-8", exclude_characters="\r")),
            min_size=2,
            max_size=5,
        ),
        max_size=5,
    )
)
def test_a_table_reads_back_as_it_was_but_for_the_guards(rows: list[list[str]]):
    text = table(rows).decode("utf-8")
    read = list(csv.reader(io.StringIO(text, newline="")))
    assert [[cell.removeprefix("'") for cell in row] for row in read] == [
        [cell.removeprefix("'") for cell in row] for row in rows
    ]


def test_a_title_that_looks_like_a_formula_is_guarded_in_the_table_and_nowhere_else():
    log = MemoryLog()
    log.add("act.recorded.v1", "F1", 1, kind="claim", actor="us", title="=1+1")
    files = contents(planned(log, log.extent()))
    assert rows(files["data/entries.csv"])[-1]["title"] == "'=1+1"
    assert b'"title":"=1+1"' in files["data/records/000000001.jsonl"]


def test_the_table_of_entries_tells_what_people_look_for(log: MemoryLog):
    row = rows(contents(planned(log, log.extent()))["data/entries.csv"])[4]
    assert row == {
        "position": "5",
        "recorded_at": "2018-08-18T12:00:00.000005Z",
        "type": "act.recorded.v1",
        "entry": "F00000",
        "version": "1",
        "kind": "statement",
        "title": "Says that all is well, for the 0th time",
        "day": "2018-06-12",
        "parties": "us dprk",
        "instrument": "",
        "provision": "",
        "topics": "",
        "reports": "A1",
    }


def test_the_table_tells_of_instruments_and_of_what_they_hold():
    log = MemoryLog()
    evidence = [{"report": "A1"}]
    log.add(
        "instrument.recorded.v1", "I1", 1, title="Treaty", kind="treaty",
        participants=["us", "dprk"], third_parties=["un"],
        occurred={"to_day": "2018-06-12"}, topics=["peace", "arms"], evidence=evidence,
    )  # fmt: skip
    log.add(
        "commitment.recorded.v1", "C1", 1, debtors=["us"], creditors=["dprk"],
        consequent={"sealed": seal("x").commitment}, instrument="I1", provision="Art. II(1)",
        evidence=evidence,
    )  # fmt: skip
    log.add(
        "entry.amended.v1", "C1", 2, supersedes="1", reason="told again", change="correction",
        payloadtype="commitment.recorded.v1",
        evidence_added=[{"report": "A2"}, {"report": "A3"}, {"report": "A2"}],
    )  # fmt: skip
    told = rows(contents(planned(log, log.extent()))["data/entries.csv"])[-3:]
    shown = ("kind", "title", "day", "parties", "instrument", "provision", "topics", "reports")
    assert [tuple(row[name] for name in shown) for row in told] == [
        ("treaty", "Treaty", "../2018-06-12", "us dprk un", "", "", "peace arms", "A1"),
        ("", "(sealed)", "", "us dprk", "I1", "Art. II(1)", "", "A1"),
        ("", "told again", "", "", "", "", "", "A2 A3"),
    ]


# Sealed fields


@pytest.fixture
def sealed_log() -> MemoryLog:
    """Position 5 has two sealed fields, of which the second one was erased later."""
    log = MemoryLog()
    log.opened = [seal("a source in the room")]
    evidence = [{"report": "A1", "attribution": {"sealed": log.opened[0].commitment}}]
    gone = seal("gone").commitment
    note = {"sealed": gone}
    log.add(
        "act.recorded.v1", "F1", 1, kind="claim", actor="us", title="Says so",
        evidence=evidence, note=note,
    )  # fmt: skip
    log.add(
        "field.erased.v1", "", 0, entry="F1", field="note", versions=["1"],
        commitment=gone, reason="asked for",
    )  # fmt: skip
    return log


def test_a_value_that_can_be_given_is_given_apart(sealed_log: MemoryLog, tmp_path):
    bag = planned(sealed_log, sealed_log.extent())
    files = contents(bag)
    (line,) = files["data/disclosed.jsonl"].splitlines()
    assert json.loads(line)["value"] == "a source in the room"
    (row,) = rows(files["data/withheld.csv"])
    assert (row["position"], row["field"], row["state"]) == ("5", "note", "erased")
    assert findings(write(bag, tmp_path)) == []


def test_a_redacted_bag_has_neither_values_nor_salts(sealed_log: MemoryLog, tmp_path):
    bag = planned(sealed_log, sealed_log.extent(redacted=True))
    files = contents(bag)
    assert "data/disclosed.jsonl" not in files
    states = {row["field"]: row["state"] for row in rows(files["data/withheld.csv"])}
    assert states == {"evidence[0].attribution": "withheld", "note": "erased"}
    every = b"".join(files.values())
    assert b"a source in the room" not in every
    assert sealed_log.opened[0].salt.hex().encode() not in every
    assert findings(write(bag, tmp_path)) == []


# A selection


def test_a_selection_proves_what_is_there_and_lists_what_is_not(log: MemoryLog, tmp_path):
    bag = planned(log, log.extent(selected=(1, 2, 300, 604)))
    files = contents(bag)
    assert files["data/records/selected.jsonl"].splitlines() == [
        log.records[position - 1] for position in (1, 2, 300, 604)
    ]
    omitted = [row["position"] for row in rows(files["data/withheld.csv"])]
    assert omitted == ["3-299", "301-603"]
    assert [path for path in files if "/entries/" in path] == []
    assert "data/receipts/300.tlog-proof" in files
    assert "THIS IS A SELECTION" in files["data/README.txt"].decode()
    report = verify_bag(write(bag, tmp_path), ANCHOR)
    assert report.findings == []
    assert report.records == 4


def test_a_selected_record_that_was_changed_ends_it(log: MemoryLog):
    log.records[299] = log.records[299].replace(b"well", b"bad.")
    with pytest.raises(RecordAltered, match="position 300 "):
        planned(log, log.extent(selected=(1, 300)))


def test_a_sealed_reason_is_told_like_other_sealed_fields():
    log = MemoryLog()
    why, title = seal("a source spoke"), seal("Says so")
    payload = {"kind": "claim", "title": {"sealed": title.commitment}}
    log.add("act.recorded.v1", "F1", 1, kind="claim", title="Says it")
    log.add(
        "entry.amended.v1", "F1", 2, supersedes="1", reason={"sealed": why.commitment},
        change="correction", payloadtype="act.recorded.v1", payload=payload,
    )  # fmt: skip
    log.add("entry.annulled.v1", "F1", 3, supersedes="2", reason={"sealed": why.commitment})
    files = contents(planned(log, log.extent()))
    told = [(row["position"], row["field"]) for row in rows(files["data/withheld.csv"])]
    assert told == [("6", "reason"), ("6", "title"), ("7", "reason")]
    titles = [row["title"] for row in rows(files["data/entries.csv"])[-2:]]
    assert titles == ["(sealed)", "(sealed)"]
