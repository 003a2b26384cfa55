"""What nothing but the package vouches for is named, however well its digests were remade."""

from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pytest
from diplomatic_ledger.verify import Anchor, Report, VerificationKey, verify_bag

from ledger_service.audit.schemas import schemas
from tests.support.small_bags import ORIGIN, Files, SmallBag, log_of, vkey

_SCHEMA = "data/schema/act.recorded.v1.schema.json"


def with_schemas(files: Files) -> None:
    for name, content in schemas():
        files[f"data/schema/{name}.schema.json"] = content


def verified(folder: Path, change: Callable[[Files], object]) -> Report:
    def change_all(files: Files) -> None:
        with_schemas(files)
        change(files)

    SmallBag(log_of(5)).write(folder, change_all)
    return verify_bag(folder, Anchor(keys=(VerificationKey.parse(vkey()),)))


def nothing(files: Files) -> None:
    """Leaves the export as it is."""


def with_info(folder: Path, line: str) -> None:
    """Puts a line into bag-info.txt and remakes the digests."""
    info, tags = folder / "bag-info.txt", folder / "tagmanifest-sha256.txt"
    before = sha256(info.read_bytes()).hexdigest()
    info.write_text(info.read_text() + line)
    after = sha256(info.read_bytes()).hexdigest()
    tags.write_text(tags.read_text().replace(before, after))


def test_of_an_untouched_export(tmp_path: Path) -> None:
    report = verified(tmp_path, nothing)
    assert report.verified
    (note,) = report.notes
    assert note == (
        "Nothing but the digests of the package itself vouches for: bag-info.txt "
        "(Bagging-Date), data/README.txt, data/metadata.csv (types and meanings). "
        "Whoever changes these can remake the digests."
    )


@pytest.mark.parametrize(
    ("path", "content"),
    [
        (_SCHEMA, b'{"type": "object"}'),
        ("data/schema/other.v1.schema.json", b"{}"),
        ("data/letter.txt", b"A letter that nobody wrote.\n"),
    ],
)
def test_what_was_altered_with_its_digests_is_named(
    tmp_path: Path, path: str, content: bytes
) -> None:
    report = verified(tmp_path, lambda files: files.update({path: content}))
    assert f" {path}," in report.notes[-1]


def test_labels_that_nobody_checks_are_named(tmp_path: Path) -> None:
    verified(tmp_path, nothing)
    with_info(tmp_path, "Contact-Name: Trust me\n")
    report = verify_bag(tmp_path, Anchor(keys=(VerificationKey.parse(vkey()),)))
    assert report.verified
    assert "bag-info.txt (Contact-Name)" in report.notes[-1]


@pytest.mark.parametrize(
    ("line", "problem"),
    [(f"External-Identifier: {ORIGIN}\n", "A label stands there twice.")],
)
def test_a_label_twice_is_a_finding(tmp_path: Path, line: str, problem: str) -> None:
    verified(tmp_path, nothing)
    with_info(tmp_path, line)
    report = verify_bag(tmp_path, Anchor(keys=(VerificationKey.parse(vkey()),)))
    assert [f"{each}" for each in report.findings] == [f"bag-info.txt: {problem}"]


def test_the_organization_is_that_of_the_log(tmp_path: Path) -> None:
    verified(tmp_path, nothing)
    info = tmp_path / "bag-info.txt"
    with_info(tmp_path, "")
    before = sha256(info.read_bytes()).hexdigest()
    text = info.read_text().replace(f"Organization: {ORIGIN}", "Organization: A ministry")
    info.write_text(text)
    tags = tmp_path / "tagmanifest-sha256.txt"
    after = sha256(info.read_bytes()).hexdigest()
    tags.write_text(tags.read_text().replace(before, after))
    report = verify_bag(tmp_path, Anchor(keys=(VerificationKey.parse(vkey()),)))
    assert [f"{each}" for each in report.findings] == [
        f"bag-info.txt: Source-Organization should be {ORIGIN}."
    ]
