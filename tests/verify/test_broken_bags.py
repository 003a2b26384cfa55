"""Broken exports by name: each is found, and the message names the place.

Where it says `repacked`, whoever broke it made the manifests fit again; the log finds it.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from diplomatic_ledger.verify import (
    Anchor,
    CannotCheck,
    Checkpoint,
    Report,
    VerificationKey,
    verify_bag,
)

from tests.support.small_bags import (
    KEY,
    NEXT_KEY,
    ORIGIN,
    OTHER_KEY,
    Files,
    SmallBag,
    act,
    bundles_of,
    checkpoint,
    leaf,
    lines_of,
    log_of,
    opened,
    package,
    party,
    put,
    signed,
    table,
    tiles_of,
    vkey,
)

SIZE = 260
LINES = "data/records/000000001.jsonl"
BUNDLE = "data/log/tile/entries/000"
HASHES = "data/log/tile/0/000"
UPPER = "data/log/tile/1/000.p/1"
LAST_HASHES = "data/log/tile/0/001.p/4"
CHECKPOINT = "data/log/checkpoint"
EARLIER = "data/checkpoints/00000000000000000100"


def small() -> SmallBag:
    return SmallBag(log_of(SIZE), checkpoints={100: (KEY,)})


def told(report: Report) -> str:
    return "\n".join(map(str, report.findings))


def edited(path: str, old: bytes, new: bytes) -> Callable[[Files], None]:
    def change(files: Files) -> None:
        assert old in files[path], path
        files[path] = files[path].replace(old, new, 1)

    return change


def lines_changed(change: Callable[[list[bytes]], list[bytes]]) -> Callable[[Files], None]:
    def apply(files: Files) -> None:
        lines = files[LINES].splitlines(keepends=True)
        files[LINES] = b"".join(change(lines))

    return apply


def rebuilt(records: list[bytes]) -> Callable[[Files], None]:
    """All of the log anew over other records, but for the signed checkpoint."""

    def apply(files: Files) -> None:
        for path in [path for path in files if path.startswith(("data/log/tile", LINES[:13]))]:
            del files[path]
        leaves = [leaf(each) for each in records]
        files.update(tiles_of(leaves) | bundles_of(records) | lines_of(records))

    return apply


def test_an_untouched_export_is_verified(check):
    report = check(small())
    assert report.verified, told(report)
    assert (report.origin, report.size, report.records) == (ORIGIN, SIZE, SIZE)
    assert (report.checkpoints, report.signed_by) == (2, [vkey()])


REPACKED = {
    "a byte changed in a record": (
        edited(LINES, b"Says F17 ", b"says F17 "),
        f"{LINES} line 17 (position 17, entry F17): The record was changed",
    ),
    "a byte changed in a bundle": (
        edited(BUNDLE, b"Says F17 ", b"says F17 "),
        f"{BUNDLE} (position 17): The record at this place is not the one",
    ),
    "a byte changed in record and bundle": (
        lambda files: [edited(p, b"Says F17 ", b"says F17 ")(files) for p in (LINES, BUNDLE)],
        f"{HASHES} (position 17): This hash is not that of the record",
    ),
    "a byte changed in a tile of hashes": (
        edited(HASHES, leaf(log_of(17)[16])[:2], b"??"),
        f"{HASHES} (position 17): This hash is not that of the record",
    ),
    "a byte changed in an upper tile": (
        lambda files: files.update({UPPER: bytes(32)}),
        f"{UPPER}: Hash 1 of this tile",
    ),
    "a byte changed in the checkpoint's root": (
        lambda files: files.update({CHECKPOINT: _with_other_root(files[CHECKPOINT])}),
        f"{CHECKPOINT}: Its root is not the one",
    ),
    "a byte changed in a signature": (
        lambda files: files.update({CHECKPOINT: _with_other_signature(files[CHECKPOINT])}),
        f"{CHECKPOINT}: The signature by the key {ORIGIN}",
    ),
    "a record removed": (
        lines_changed(lambda lines: lines[:16] + lines[17:]),
        f"{LINES} line 17 (position 17, entry F18): It has position 18; the record of position",
    ),
    "the last record removed": (
        lines_changed(lambda lines: lines[:-1]),
        f"{CHECKPOINT}: It covers 260 records, but not so many are here",
    ),
    "a record added": (
        lines_changed(lambda lines: [*lines, act(261, "F261") + b"\n"]),
        f"{CHECKPOINT}: It covers 260 records, but 261 are here",
    ),
    "a record swapped with the next": (
        lines_changed(lambda lines: [*lines[:16], lines[17], lines[16], *lines[18:]]),
        f"{LINES} line 17 (position 17, entry F18): The record was changed, moved",
    ),
    "a record repeated": (
        lines_changed(lambda lines: [*lines[:17], lines[16], *lines[17:]]),
        f"{LINES} line 18 (position 18, entry F17): It has position 17 where 18 belongs",
    ),
    "a checkpoint of another ledger": (
        lambda files: files.update(
            {CHECKPOINT: checkpoint([leaf(b"x")], origin="ledger.example/other")}
        ),
        f"{CHECKPOINT}: It is of the ledger ledger.example/other, not of {ORIGIN}",
    ),
    "a forked history under the signed checkpoint": (
        rebuilt([*log_of(99), *[act(p, f"G{p}") for p in range(100, SIZE + 1)]]),
        f"{EARLIER}: The first 100 records have another root: the history was forked",
    ),
    "an earlier checkpoint over another history": (
        lambda files: files.update(
            {EARLIER: checkpoint([leaf(opened()), *([leaf(b"x")] * 99)])}
        ),
        f"{EARLIER}: The first 100 records have another root: the history was forked",
    ),
    "an earlier checkpoint that nobody signed": (
        lambda files: files.update(
            {EARLIER: checkpoint([leaf(r) for r in log_of(100)], (OTHER_KEY,))}
        ),
        f"{EARLIER}: No key of this ledger has signed it",
    ),
    "an earlier checkpoint of another size than its name": (
        lambda files: files.update({EARLIER: checkpoint([leaf(r) for r in log_of(99)])}),
        f"{EARLIER}: It is of another ledger or size",
    ),
    "a truncated file of records": (
        lambda files: files.update({LINES: files[LINES][:-10]}),
        f"{LINES}: The last line has no end: the file is cut off",
    ),
    "a truncated tile": (
        lambda files: files.update({HASHES: files[HASHES][:-7]}),
        f"{HASHES}: The tile is cut off: 8185 of 8192 bytes",
    ),
    "a truncated bundle": (
        lambda files: files.update({BUNDLE: files[BUNDLE][:-7]}),
        f"{BUNDLE}: Record 256 of this bundle should have",
    ),
    "a missing tile": (
        lambda files: files.pop(LAST_HASHES),
        f"{LAST_HASHES}: The file is missing",
    ),
    "a tile too many": (
        lambda files: files.update({"data/log/tile/0/001": b"x" * 8192}),
        "data/log/tile/0/001: A log of this size has no such file",
    ),
    "a stale checkpoint": (
        lambda files: files.update({CHECKPOINT: files[EARLIER]}),
        f"{CHECKPOINT}: It covers 100 records, but 260 are here",
    ),
    "a huge length in a bundle": (
        lambda files: files.update({BUNDLE: b"\xff\xff" + files[BUNDLE][2:]}),
        f"{BUNDLE}: Record 4 of this bundle should have 24948 bytes",
    ),
    "a huge size in the checkpoint": (
        lambda files: files.update(
            {CHECKPOINT: signed(f"{ORIGIN}\n{(1 << 63) - 1}\n{'A' * 43}=\n")}
        ),
        f"{CHECKPOINT}: It covers 9,223,372,036,854,775,807 records, but not so many",
    ),
    "a huge line": (
        lambda files: files.update({LINES: files[LINES] + b"x" * 70_000 + b"\n"}),
        f"{LINES}: A line has more than 65,535 bytes",
    ),
    "another key in the list of keys": (
        lambda files: files.update({"data/keys.txt": f"{vkey(OTHER_KEY)}\n".encode()}),
        "data/keys.txt line 1: It is not what the log says",
    ),
    "another key in the policy": (
        lambda files: files.update(
            {"data/policy.txt": f"log {vkey(OTHER_KEY)}\nquorum none\n".encode()}
        ),
        "data/policy.txt line 1: It is not what the log says",
    ),
    "another title in the table of entries": (
        edited("data/entries.csv", b"Says F17 ", b"says F17 "),
        "data/entries.csv line 18: The title of position 17",
    ),
    "a row removed from the table of entries": (
        lambda files: files.update(
            {"data/entries.csv": b"".join(files["data/entries.csv"].splitlines(True)[:-1])}
        ),
        "data/entries.csv: The table ends before position 260",
    ),
    "a withheld value that is no field of the log": (
        lambda files: files.update(
            {
                "data/withheld.csv": table(
                    [
                        ["position", "entry", "version", "field", "commitment", "state"],
                        ["5", "F5", "1", "title", f"sha256:{'0' * 64}", "withheld"],
                    ]
                )
            }
        ),
        "data/withheld.csv line 2: No record has such a seal",
    ),
}


@pytest.mark.parametrize("name", REPACKED)
def test_broken_and_repacked(name: str, check):
    change, expected = REPACKED[name]
    found = told(check(small(), change))
    assert expected in found, found


def _with_other_root(note: bytes) -> bytes:
    lines = note.decode().split("\n")
    return signed(f"{lines[0]}\n{lines[1]}\n{'A' * 43}=\n")


def _with_other_signature(note: bytes) -> bytes:
    at = len(note) - 20
    return note[:at] + (b"A" if note[at : at + 1] != b"A" else b"B") + note[at + 1 :]


def written(folder: Path) -> Path:
    return small().write(folder / "bag")


def flip(path: Path, at: int = 0) -> None:
    content = bytearray(path.read_bytes())
    content[at] ^= 1
    path.write_bytes(content)


def replaced(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


AS_IT_IS = {
    "a byte changed in a file": (
        lambda bag: flip(bag / "data/README.txt"),
        "data/README.txt: Its bytes are not those of its digest in manifest-sha256.txt",
    ),
    "a byte changed in a manifest": (
        lambda bag: replaced(bag / "manifest-sha256.txt", "  data/README", "  data/README2"),
        "manifest-sha256.txt: Its bytes are not those of its digest in tagmanifest",
    ),
    "a file removed": (
        lambda bag: (bag / "data/README.txt").unlink(),
        "data/README.txt: The file is missing. manifest-sha256.txt lists it",
    ),
    "a file added": (
        lambda bag: (bag / "data/more.txt").write_text("more"),
        "data/more.txt: No manifest lists this file",
    ),
    "a manifest removed": (
        lambda bag: (bag / "manifest-sha256.txt").unlink(),
        "manifest-sha256.txt: The file is missing",
    ),
    "a path that leads out": (
        lambda bag: _list(bag, "data/../../outside.txt"),
        "The path 'data/../../outside.txt' leads out of the export",
    ),
    "an absolute path": (
        lambda bag: _list(bag, "/etc/passwd"),
        "The path '/etc/passwd' leads out of the export",
    ),
    "a path with a backslash": (
        lambda bag: _list(bag, "data\\..\\..\\x"),
        "leads out of the export",
    ),
    "a path that is listed twice": (
        lambda bag: _list(bag, "data/README.txt"),
        "data/README.txt is listed a second time",
    ),
    "a link to a file": (
        lambda bag: (bag / "data/link.txt").symlink_to("/etc/passwd"),
        "data/link.txt: This is a link or a device",
    ),
    "a link in place of a listed file": (
        lambda bag: _link(bag / "data/README.txt"),
        "data/README.txt: The file is missing",
    ),
    "a link to a folder": (
        lambda bag: (bag / "data/more").symlink_to("/etc"),
        "data/more: This is a link or a device",
    ),
    "a pipe that would block": (
        lambda bag: os.mkfifo(bag / "data/pipe"),
        "data/pipe: This is a link or a device",
    ),
    "two names that differ in case": (
        lambda bag: (bag / "data/readme.txt").write_text("other"),
        "differs from",
    ),
    "a name in another normal form": (
        lambda bag: (bag / "data/re\u0301sume\u0301.txt").write_text("other"),
        "No file of an export has such a name",
    ),
    "folders without end": (
        lambda bag: (bag / "data" / "/".join("abcdefghijklmnop")).mkdir(parents=True),
        "The folders are nested too deeply",
    ),
    "a digest that is too short": (
        lambda bag: _tag(bag, "0" * 63 + "  bagit.txt"),
        "tagmanifest-sha256.txt line 4: The line is not a SHA-256 digest and a path",
    ),
    "a line without end in a manifest": (
        lambda bag: (bag / "tagmanifest-sha256.txt").write_bytes(b"0" * 5_000_000),
        "tagmanifest-sha256.txt line 1: A line has more than",
    ),
    "a huge checkpoint": (
        lambda bag: os.truncate(bag / CHECKPOINT, 1 << 26),
        f"{CHECKPOINT}: The file has more than",
    ),
    "another declaration": (
        lambda bag: replaced(bag / "bagit.txt", "1.0", "0.97"),
        "bagit.txt: It does not declare BagIt 1.0",
    ),
    "another size in the description": (
        lambda bag: replaced(bag / "bag-info.txt", "Payload-Oxum: ", "Payload-Oxum: 9"),
        "bag-info.txt: Payload-Oxum should be",
    ),
    "another origin in the description": (
        lambda bag: replaced(bag / "bag-info.txt", f": {ORIGIN}@", ": elsewhere@"),
        f"bag-info.txt: Internal-Sender-Identifier should be {ORIGIN}@260",
    ),
}


@pytest.mark.parametrize("name", AS_IT_IS)
def test_broken_as_it_lies_there(name: str, tmp_path: Path, anchor: Anchor):
    bag = written(tmp_path)
    change, expected = AS_IT_IS[name]
    change(bag)
    found = told(verify_bag(bag, anchor))
    assert expected in found, found


def _list(bag: Path, path: str) -> None:
    manifest = bag / "manifest-sha256.txt"
    manifest.write_text(f"{manifest.read_text()}{'0' * 64}  {path}\n")


def _tag(bag: Path, line: str) -> None:
    manifest = bag / "tagmanifest-sha256.txt"
    manifest.write_text(f"{manifest.read_text()}{line}\n")


def _link(path: Path) -> None:
    target = path.with_name("elsewhere.txt")
    path.rename(target)
    path.symlink_to(target.name)


def test_a_huge_file_of_holes_is_not_read_into_memory(tmp_path: Path, anchor: Anchor):
    bag = written(tmp_path)
    os.truncate(bag / HASHES, 1 << 26)
    assert f"{HASHES}: The file has more than 8,192 bytes" in told(verify_bag(bag, anchor))


def test_an_export_cannot_write_its_own_verdict_on_a_terminal(tmp_path: Path, anchor: Anchor):
    bag = written(tmp_path)
    verdict = "\x1b[2K\rVERIFIED: 9 records\u202e\x9b31m"
    _list(bag, f"data/{verdict[:4]}")
    replaced(bag / "data/log/checkpoint", ORIGIN, f"{ORIGIN}{verdict[-5:]}")
    found = told(verify_bag(bag, anchor))
    assert "data/\\x1b[2K: The file is missing" in found
    assert "\\u202e\\x9b31m" in found
    assert all(each.isprintable() for each in found.split("\n"))


def test_findings_of_one_kind_are_counted_and_not_all_told(check):
    report = check(small(), lines_changed(lambda lines: lines[:1] + lines[2:]))
    assert report.untold.total() > 200
    assert len(report.findings) < 100
    assert report.lines()[0].startswith("NOT VERIFIED")


def test_a_wrong_key(tmp_path: Path):
    anchor = Anchor(keys=(VerificationKey.parse(vkey(OTHER_KEY)),))
    found = told(verify_bag(written(tmp_path), anchor))
    assert f"{CHECKPOINT}: No key that you trust has signed it" in found


def test_a_key_of_another_ledger(tmp_path: Path):
    anchor = Anchor(keys=(VerificationKey.parse(vkey(KEY, "ledger.example/other")),))
    found = told(verify_bag(written(tmp_path), anchor))
    assert f"It is of the ledger {ORIGIN}, not of ledger.example/other" in found


def test_without_a_key_nothing_can_be_checked(tmp_path: Path):
    with pytest.raises(CannotCheck, match="There is no key to verify with"):
        verify_bag(written(tmp_path), Anchor())


def test_two_ledgers_at_once_cannot_be_meant(tmp_path: Path):
    keys = (vkey(), vkey(KEY, "ledger.example/other"))
    with pytest.raises(CannotCheck, match="several ledgers"):
        verify_bag(written(tmp_path), Anchor(keys=tuple(map(VerificationKey.parse, keys))))


def test_a_whole_other_log_under_the_same_name(tmp_path: Path, anchor: Anchor):
    """Everything fits, but the key is another one, and the export brings its own."""
    records = [opened(key=OTHER_KEY), party(2, "us"), act(3, "F3")]
    folder = SmallBag(records, keys=(OTHER_KEY,)).write(tmp_path / "bag")
    found = told(verify_bag(folder, anchor))
    assert f"{CHECKPOINT}: No key that you trust has signed it" in found


def pinned(size: int, records: list[bytes] | None = None) -> Checkpoint:
    leaves = [leaf(each) for each in (records or log_of(size))[:size]]
    return Checkpoint.parse(checkpoint(leaves))


def test_a_pinned_checkpoint_is_as_good_as_a_key(tmp_path: Path):
    report = verify_bag(written(tmp_path), Anchor(checkpoint=pinned(SIZE)))
    assert report.verified, told(report)


def test_an_older_pinned_checkpoint_covers_the_key(tmp_path: Path):
    report = verify_bag(written(tmp_path), Anchor(checkpoint=pinned(50)))
    assert report.verified, told(report)
    assert report.signed_by == [vkey()]


@pytest.mark.parametrize("which", ["checkpoint", "old_checkpoints"])
def test_an_export_that_is_older_than_what_was_seen(which: str, check, anchor: Anchor):
    seen = pinned(SIZE + 5)
    given = {which: seen if which == "checkpoint" else (seen,)}
    found = told(check(small(), anchor=Anchor(keys=anchor.keys, **given)))
    assert "checkpoint: It covers 265 records, and the export only 260" in found


def test_a_history_that_was_rewritten_since(check, anchor: Anchor):
    other = [*log_of(99), *[act(p, f"G{p}") for p in range(100, 201)]]
    old = Anchor(keys=anchor.keys, old_checkpoints=(pinned(200, other),))
    found = told(check(small(), anchor=old))
    assert "the old checkpoint: The first 200 records of the export have another root" in found


def test_an_old_checkpoint_that_was_kept(check, anchor: Anchor):
    old = Anchor(keys=anchor.keys, old_checkpoints=(pinned(3), pinned(SIZE)))
    assert check(small(), anchor=old).verified


def test_no_folder(tmp_path: Path, anchor: Anchor):
    with pytest.raises(CannotCheck, match="not a folder"):
        verify_bag(tmp_path / "nothing", anchor)
    shutil.rmtree(tmp_path)


def test_an_empty_folder(tmp_path: Path, anchor: Anchor):
    found = told(verify_bag(tmp_path, anchor))
    assert f"{CHECKPOINT}: The file is missing" in found


def test_the_same_broken_bag_in_a_manifest_of_another_order(tmp_path: Path, anchor: Anchor):
    bag = tmp_path / "bag"
    files = package(small().files(), SIZE)
    put(bag, files)
    lines = files["tagmanifest-sha256.txt"].splitlines(keepends=True)
    (bag / "tagmanifest-sha256.txt").write_bytes(b"".join(reversed(lines)))
    assert verify_bag(bag, anchor).verified
    assert NEXT_KEY is not KEY
