"""The outer package by BagIt 1.0 (RFC 8493): every file is listed, and has the bytes that
its manifest says.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from diplomatic_ledger.verify.bag import Bag
from diplomatic_ledger.verify.report import Broken, Report

DECLARATION = b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"
PAYLOAD = "manifest-sha256.txt"
TAGS = "tagmanifest-sha256.txt"
INFO = "bag-info.txt"
REQUIRED_TAGS = ("bagit.txt", INFO, PAYLOAD)

_LINE = re.compile(rb"([0-9A-Fa-f]{64})[ \t]+([^ \t].{0,499})")
_MAX_LINE_BYTES = 600

Manifest = dict[str, bytes]


def check_package(bag: Bag, report: Report, tell: Callable[[int], None]) -> Manifest:
    """Checks everything that the package says of its files; returns the payload manifest.
    `tell` is called with the number of bytes of each file that was hashed.
    """
    _check_declaration(bag, report)
    tags = _read(bag, TAGS, report)
    payload = _read(bag, PAYLOAD, report)
    for path in REQUIRED_TAGS:
        if path not in tags:
            report.add(TAGS, f"It does not list {path}.")
    for path in tags:
        if path.startswith("data/"):
            report.add(TAGS, f"It lists {path}, which belongs into {PAYLOAD}.")
    for path in payload:
        if not path.startswith("data/"):
            report.add(PAYLOAD, f"It lists {path}, which is not below data/.")
    _check_files(bag, TAGS, tags, report, tell)
    _check_files(bag, PAYLOAD, payload, report, tell)
    for path in bag.files:
        if path not in (tags if not path.startswith("data/") else payload) and path != TAGS:
            report.add(path, "No manifest lists this file.")
    return payload


def read_info(bag: Bag) -> dict[str, str]:
    """What bag-info.txt says, by label. Raises Broken."""
    found = info_lines(bag)
    if len({label for label, _ in found}) < len(found):
        raise Broken("A label stands there twice.")
    return dict(found)


def info_lines(bag: Bag) -> list[tuple[str, str]]:
    """The labels of bag-info.txt with their values, in order. Raises Broken."""
    try:
        text = bag.read(INFO).decode()
    except UnicodeDecodeError:
        raise Broken("The file is not UTF-8 text.") from None
    found = []
    for line in text.splitlines():
        label, colon, value = line.partition(": ")
        if not colon:
            raise Broken("A line is not of the form Label: value.")
        found.append((label, value))
    return found


def check_info(bag: Bag, origin: str, size: int, report: Report) -> None:
    """Holds bag-info.txt against the files and the checkpoint."""
    try:
        info = read_info(bag)
    except Broken as broken:
        report.add(INFO, str(broken))
        return
    expected = {
        "Source-Organization": origin,
        "External-Identifier": origin,
        "Internal-Sender-Identifier": f"{origin}@{size}",
        "Payload-Oxum": _oxum(bag),
    }
    for label, value in expected.items():
        if info.get(label) != value:
            report.add(INFO, f"{label} should be {value}.")


def _oxum(bag: Bag) -> str:
    sizes = [size for path, size in bag.files.items() if path.startswith("data/")]
    return f"{sum(sizes)}.{len(sizes)}"


def _check_declaration(bag: Bag, report: Report) -> None:
    try:
        if bag.read("bagit.txt") != DECLARATION:
            report.add("bagit.txt", "It does not declare BagIt 1.0 in UTF-8.")
    except Broken as broken:
        report.add("bagit.txt", str(broken))


def _read(bag: Bag, name: str, report: Report) -> Manifest:
    found: Manifest = {}
    number = 0
    try:
        for number, line in enumerate(bag.lines(name, _MAX_LINE_BYTES), 1):
            place = f"{name} line {number}"
            try:
                path, digest = _entry(line)
            except Broken as broken:
                report.add(place, str(broken), kind="manifest line")
                continue
            if path in found:
                report.add(place, f"{path} is listed a second time.", kind="listed twice")
            if len(found) > len(bag.files):
                report.add(name, "It lists more files than there are.")
                break
            found[path] = digest
    except Broken as broken:
        report.add(f"{name} line {number + 1}" if name in bag.files else name, str(broken))
    return found


def _entry(line: bytes) -> tuple[str, bytes]:
    match = _LINE.fullmatch(line)
    if not match:
        raise Broken("The line is not a SHA-256 digest and a path.")
    try:
        path = match[2].decode("ascii")
    except UnicodeDecodeError:
        raise Broken("The path holds characters that no path of an export has.") from None
    if path.startswith("/") or "\\" in path or ".." in path.split("/"):
        raise Broken(f"The path {path!a} leads out of the export.")
    return path, bytes.fromhex(match[1].decode())


def _check_files(
    bag: Bag, name: str, manifest: Manifest, report: Report, tell: Callable[[int], None]
) -> None:
    for path, digest in manifest.items():
        try:
            if bag.digest(path) != digest:
                report.add(
                    path, f"Its bytes are not those of its digest in {name}.", kind="digest"
                )
        except Broken as broken:
            report.add(path, f"{broken} {name} lists it.", kind="listed file")
        tell(bag.files.get(path, 0))
