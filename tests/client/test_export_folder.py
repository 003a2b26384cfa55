"""The folder of an export takes nothing that leads out of it, out of order, or elsewhere."""

from hashlib import sha256
from pathlib import Path

import pytest
from diplomatic_ledger.export_folder import ExportFailed, ExportFolder
from diplomatic_ledger.exporting import Reached, Wanted
from diplomatic_ledger.v1.audit_service_pb2 import ExportChunk, ExportHeader


def a_bag() -> dict[str, bytes]:
    """The least that is a bag."""
    files = {
        "bag-info.txt": b"External-Identifier: x\n",
        "bagit.txt": b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n",
        "data/README.txt": b"Hello.\n",
    }
    files["manifest-sha256.txt"] = listed(files, "data/README.txt")
    files["tagmanifest-sha256.txt"] = listed(
        files, "bag-info.txt", "bagit.txt", "manifest-sha256.txt"
    )
    return files


def listed(files: dict[str, bytes], *paths: str) -> bytes:
    return "".join(f"{sha256(files[path]).hexdigest()}  {path}\n" for path in paths).encode()


def header(files: dict[str, bytes], position: int = 7) -> ExportHeader:
    size = sum(map(len, files.values()))
    return ExportHeader(position=position, origin="x", files=len(files), bytes=size)


def chunk(path: str, data: bytes = b"", offset: int = 0, *, last: bool = True) -> ExportChunk:
    return ExportChunk(path=path, offset=offset, data=data, last=last)


def opened(folder: Path, wanted: Wanted | None = None) -> ExportFolder:
    return ExportFolder(folder, "talks", wanted or Wanted())


def test_it_gets_its_name_once_it_is_whole(tmp_path: Path):
    files, target = a_bag(), opened(tmp_path / "bag")
    target.take(header(files))
    for path, content in files.items():
        assert not (tmp_path / "bag").exists()
        target.take(chunk(path, content))
    target.finish()
    found = {
        path.relative_to(tmp_path / "bag").as_posix(): path.read_bytes()
        for path in (tmp_path / "bag").rglob("*")
        if path.is_file()
    }
    assert found == files
    assert not (tmp_path / "bag.partial").exists()


@pytest.mark.parametrize(
    "path",
    [
        "../outside",
        "/etc/passwd",
        "data/../../outside",
        "data//file",
        "data/.hidden",
        "data\\file",
        "data/file\n",
        "data/\u202efile",
        "export.json",
        "",
        "a/" * 20 + "b",
    ],
)
def test_no_path_leads_out_of_it(path: str, tmp_path: Path):
    target = opened(tmp_path / "in/bag")
    target.take(header(a_bag()))
    with pytest.raises(ExportFailed, match="of the name"):
        target.take(chunk(path, b"x"))
    outside = [each for each in tmp_path.rglob("*") if each.name == "outside"]
    assert outside == []


def test_files_and_chunks_come_in_order(tmp_path: Path):
    target = opened(tmp_path / "bag")
    target.take(header(a_bag()))
    target.take(chunk("bagit.txt", b"abc", last=False))
    for wrong in (
        chunk("bagit.txt", b"def", offset=4),
        chunk("bagit.txt", b"def", offset=0),
        chunk("data/README.txt", b"x"),
    ):
        with pytest.raises(ExportFailed, match="out of order"):
            target.take(wrong)
    target.take(chunk("bagit.txt", b"def", offset=3))
    with pytest.raises(ExportFailed, match="of the name"):
        target.take(chunk("bag-info.txt"))


def test_a_stream_without_end_does_not_fill_the_disk(tmp_path: Path):
    target = opened(tmp_path / "bag")
    with pytest.raises(ExportFailed, match="before it said what the export holds"):
        target.take(chunk("bagit.txt", b"x"))
    target.take(ExportHeader(position=7, origin="x", files=2, bytes=5))
    target.take(chunk("a", b"abc", last=False))
    with pytest.raises(ExportFailed, match="more than the 2 files and 5 bytes"):
        target.take(chunk("a", b"def", offset=3))
    target.close()
    again = opened(tmp_path / "bag")
    again.take(ExportHeader(position=7, origin="x", files=2, bytes=5))
    again.take(chunk("a", b"", offset=3))
    again.take(chunk("b"))
    with pytest.raises(ExportFailed, match="more than the 2 files"):
        again.take(chunk("c"))
    assert not (tmp_path / "bag.partial/c").exists()


def test_it_knows_where_it_was_interrupted(tmp_path: Path):
    target = opened(tmp_path / "bag")
    assert target.reached is None
    target.take(header(a_bag()))
    assert target.reached == Reached(7)
    target.take(chunk("bag-info.txt", b"abc", last=False))
    target.close()
    assert opened(tmp_path / "bag").reached == Reached(7, "", 3)
    target = opened(tmp_path / "bag")
    target.take(header(a_bag()))
    target.take(chunk("bag-info.txt", b"de", offset=3))
    target.take(chunk("bagit.txt", b"x", last=False))
    target.close()
    assert opened(tmp_path / "bag").reached == Reached(7, "bag-info.txt", 1)


def test_what_goes_on_must_be_what_was_interrupted(tmp_path: Path):
    opened(tmp_path / "bag").take(header(a_bag()))
    with pytest.raises(ExportFailed, match="other options"):
        opened(tmp_path / "bag", Wanted(redacted=True))
    with pytest.raises(ExportFailed, match="other files"):
        opened(tmp_path / "bag").take(header(a_bag(), position=8))


def test_a_folder_of_somebody_else_is_left_alone(tmp_path: Path):
    (tmp_path / "bag.partial").mkdir()
    with pytest.raises(ExportFailed, match="no interrupted export"):
        opened(tmp_path / "bag")


@pytest.mark.parametrize(
    "break_it",
    [
        lambda files: files.update({"data/README.txt": b"Hallo.\n"}),
        lambda files: files.update({"data/more.txt": b"x"}),
        lambda files: files.pop("data/README.txt"),
    ],
    ids=["changed", "added", "lost"],
)
def test_what_the_manifest_does_not_tell_is_not_taken(break_it, tmp_path: Path):
    files = a_bag()
    break_it(files)
    target = opened(tmp_path / "bag")
    target.take(header(files))
    for path in sorted(files):
        target.take(chunk(path, files[path]))
    with pytest.raises(ExportFailed, match="damaged"):
        target.finish()
    assert not (tmp_path / "bag").exists()


def test_fewer_files_than_announced_are_not_taken(tmp_path: Path):
    target = opened(tmp_path / "bag")
    target.take(header(a_bag()))
    target.take(chunk("bag-info.txt", b"x"))
    with pytest.raises(ExportFailed, match="not those announced"):
        target.finish()
