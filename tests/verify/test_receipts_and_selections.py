"""Receipts, and exports of some records with the hashes of all."""

from __future__ import annotations

import pytest
from diplomatic_ledger.verify import (
    Anchor,
    Broken,
    CannotCheck,
    Checkpoint,
    Receipt,
    VerificationKey,
    verify_receipt,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.small_bags import (
    OTHER_KEY,
    Files,
    SmallBag,
    act,
    checkpoint,
    leaf,
    log_of,
    receipt,
    vkey,
)

RECORDS = log_of(300)
LEAVES = [leaf(each) for each in RECORDS]
NOTE = checkpoint(LEAVES)
RECEIPT = receipt(16, LEAVES, NOTE)
ANCHOR = Anchor(keys=(VerificationKey.parse(vkey()),))


def findings(raw: bytes, record: bytes | None, anchor: Anchor = ANCHOR) -> list[str]:
    return [str(each) for each in verify_receipt(raw, record, anchor, "r").findings]


def test_a_receipt_proves_its_record():
    report = verify_receipt(RECEIPT, RECORDS[16], ANCHOR, "r")
    assert report.verified
    assert (report.size, report.records, report.signed_by) == (300, 1, [vkey()])


@pytest.mark.parametrize("size", [1, 2, 3, 257])
def test_receipts_of_small_logs(size: int):
    leaves = LEAVES[:size]
    raw = receipt(size - 1, leaves, checkpoint(leaves))
    assert findings(raw, RECORDS[size - 1]) == []


def test_another_record_is_not_proven():
    assert "is not the one at position 17" in findings(RECEIPT, RECORDS[17])[0]
    changed = RECORDS[16].replace(b"Says", b"says")
    assert "is not the one at position 17" in findings(RECEIPT, changed)[0]


def test_another_key_or_ledger():
    other = Anchor(keys=(VerificationKey.parse(vkey(OTHER_KEY)),))
    assert "No key that you trust" in findings(RECEIPT, RECORDS[16], other)[0]
    other = Anchor(keys=(VerificationKey.parse(vkey(name="ledger.example/other")),))
    assert "not of ledger.example/other" in findings(RECEIPT, RECORDS[16], other)[0]


def test_a_pinned_checkpoint_of_the_same_size():
    anchor = Anchor(checkpoint=Checkpoint.parse(NOTE))
    assert findings(RECEIPT, RECORDS[16], anchor) == []
    forked = [*LEAVES[:-1], leaf(b"x")]
    other = Anchor(keys=ANCHOR.keys, checkpoint=Checkpoint.parse(checkpoint(forked)))
    assert "another root" in findings(RECEIPT, RECORDS[16], other)[0]


def test_without_the_record_it_cannot_be_checked():
    with pytest.raises(CannotCheck, match="position 17"):
        verify_receipt(RECEIPT, None, ANCHOR, "r")


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        (b"@v1", b"@v2", "does not begin"),
        (b"index 16", b"index 016", "decimal"),
        (b"index 16", b"index 17", "not the one at position 18"),
        (b"index 16\n", b"", "which index"),
        (b"index 16\n", b"index 16\nAAAA\n", "SHA-256"),
        (b"index 16\n", b"index 16\n" + b"A" * 43 + b"=\n", "not the one|canonical"),
        (b"index 16\n", b"index 16\n" + (b"A" * 43 + b"=\n") * 70, "more hashes"),
        (b"\n\n", b"\n", "no checkpoint|does not|base64|blank"),
    ],
)
def test_broken_receipts(old: bytes, new: bytes, why: str):
    found = findings(RECEIPT.replace(old, new, 1), RECORDS[16])
    assert any(part in found[0] for part in why.split("|")), found


def test_extra_data_of_the_format_is_let_through():
    assert findings(RECEIPT.replace(b"index", b"extra AAAA\nindex", 1), RECORDS[16]) == []


def test_a_huge_receipt():
    with pytest.raises(Broken, match="more than"):
        Receipt.parse(RECEIPT + b"x" * 1_000_000)


@settings(max_examples=200, deadline=None)
@given(at=st.integers(0, len(RECEIPT) - 1), mask=st.integers(1, 255))
def test_any_flipped_byte_of_a_receipt_is_found(at: int, mask: int):
    changed = bytearray(RECEIPT)
    changed[at] ^= mask
    assert findings(bytes(changed), RECORDS[16]) != []


CHOSEN = (1, 2, 17, 256, 257)
OMITTED = [[span, "", "", "", "", "omitted"] for span in ("3-16", "18-255", "258-300")]


def selection(**options) -> SmallBag:
    return SmallBag(
        RECORDS, selected=CHOSEN, withheld=options.pop("withheld", OMITTED), **options
    )


def test_a_selection_is_authentic_and_says_that_it_is_not_all(check):
    report = check(selection())
    assert report.verified, report.lines()
    assert (report.records, report.size) == (5, 300)
    assert "5 of 300 records are here" in report.notes[0]


SELECTED = "data/records/selected.jsonl"
BROKEN = {
    "a byte changed in a record": (
        {SELECTED: lambda old: old.replace(b"Says F17", b"says F17")},
        f"{SELECTED} line 3 (entry F17): It is not the record of position 17",
    ),
    "another record in its place": (
        {SELECTED: lambda old: old.replace(RECORDS[16], act(17, "F17", note="other"))},
        f"{SELECTED} line 3 (entry F17): It is not the record of position 17",
    ),
    "a record beyond the log": (
        {SELECTED: lambda old: old + act(301, "F301") + b"\n"},
        f"{SELECTED} line 6 (entry F301): Its position is beyond the log",
    ),
    "records out of order": (
        {SELECTED: lambda old: b"".join(reversed(old.splitlines(True)))},
        "The records are not in their order",
    ),
    "a record removed": (
        {SELECTED: lambda old: old.replace(RECORDS[16] + b"\n", b"")},
        "data/receipts/17.tlog-proof: The receipt belongs to no record",
    ),
    "a receipt removed": (
        {"data/receipts/17.tlog-proof": None},
        "data/receipts/17.tlog-proof: The file is missing",
    ),
    "a receipt of another record": (
        {"data/receipts/17.tlog-proof": lambda _: receipt(17, LEAVES, NOTE)},
        "data/receipts/17.tlog-proof: It does not prove its record",
    ),
    "a receipt over another checkpoint": (
        {
            "data/receipts/17.tlog-proof": lambda _: receipt(
                16, LEAVES[:100], checkpoint(LEAVES[:100])
            )
        },
        "data/receipts/17.tlog-proof: It is over another checkpoint",
    ),
    "a hash changed": (
        {"data/log/tile/0/001.p/44": lambda old: bytes(32) + old[32:]},
        "data/log/checkpoint: Its root is not the one",
    ),
    "hashes missing": (
        {"data/log/tile/0/001.p/44": None},
        "data/log/tile/0/001.p/44: The tile must have 44 hashes",
    ),
}


@pytest.mark.parametrize("name", BROKEN)
def test_broken_selections(name: str, check):
    changes, expected = BROKEN[name]

    def change(files: Files) -> None:
        for path, make in changes.items():
            if make is None:
                del files[path]
            else:
                files[path] = make(files[path])

    found = [str(finding) for finding in check(selection(), change).findings]
    assert any(expected in each for each in found), found


@pytest.mark.parametrize(
    "omitted", [OMITTED[:2], [*OMITTED, OMITTED[0]], [["x", *OMITTED[0][1:]], *OMITTED[1:]]]
)
def test_a_list_of_what_is_left_out_that_does_not_fit(omitted, check):
    found = [str(finding) for finding in check(selection(withheld=omitted)).findings]
    assert any(each.startswith("data/withheld.csv") for each in found), found
