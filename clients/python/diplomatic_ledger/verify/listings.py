"""The files of an export that repeat for people what its log says: keys, policy, and
tables. None of them is believed; each is held against the log.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from itertools import zip_longest
from typing import Any

from diplomatic_ledger.verify.bag import Bag
from diplomatic_ledger.verify.manifests import Manifest
from diplomatic_ledger.verify.notes import VerificationKey
from diplomatic_ledger.verify.records import Record
from diplomatic_ledger.verify.report import Broken, Report

KEYS = "data/keys.txt"
POLICY = "data/policy.txt"
METADATA = "data/metadata.csv"
ENTRIES = "data/entries.csv"
METADATA_COLUMNS = ["path", "bytes", "sha256", "media_type", "description"]
ENTRIES_COLUMNS = [
    "position",
    "recorded_at",
    "type",
    "entry",
    "version",
    "kind",
    "title",
    "day",
    "parties",
    "instrument",
    "provision",
    "topics",
    "reports",
]

#: Lists of the parties that did, promised or were promised something, or take part.
_PARTIES = (
    "co_actors",
    "counterparties",
    "debtors",
    "creditors",
    "participants",
    "third_parties",
)
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_LONGEST_LINE = 1 << 18


def check_keys(bag: Bag, named: list[VerificationKey], report: Report) -> None:
    """Holds keys.txt and policy.txt against the keys that the log names."""
    keys = [str(key) for key in named]
    _check_text(bag, KEYS, keys, report)
    _check_text(bag, POLICY, [*(f"log {key}" for key in keys), "quorum none"], report)


def check_metadata(bag: Bag, payload: Manifest, report: Report) -> None:
    """Holds metadata.csv against the payload: a row for each file but itself."""
    missing = set(payload) - {METADATA}
    for place, row in rows(bag, METADATA, METADATA_COLUMNS, report):
        path = row[0]
        if path not in missing:
            report.add(place, "It names a file that is not there, or twice.", kind="row")
            continue
        missing.discard(path)
        if row[1:3] != [str(bag.files.get(path)), payload[path].hex()]:
            report.add(place, f"Size or digest of {path} are others.", kind="metadata")
    for path in sorted(missing):
        report.add(METADATA, f"It has no row for {path}.", kind="no row")


class EntriesTable:
    """The table of entries, read beside the records."""

    def __init__(self, bag: Bag, report: Report) -> None:
        self._report = report
        self._rows = rows(bag, ENTRIES, ENTRIES_COLUMNS, report)
        self._ended = False

    def take(self, record: Record) -> None:
        if self._ended:
            return
        place, row = next(self._rows, (ENTRIES, []))
        if not row:
            self._ended = True
            self._report.add(place, f"The table ends before position {record.position}.")
            return
        for name, cell, expected in zip(ENTRIES_COLUMNS, row, _entry_row(record), strict=True):
            if unguarded(cell) != expected:
                problem = (
                    f"The {name} of position {record.position} is not what its record says."
                )
                self._report.add(place, problem, kind="entry row")
                return

    def end(self) -> None:
        for place, _ in self._rows:
            self._report.add(place, "The row belongs to no record.", kind="extra row")


def rows(
    bag: Bag, path: str, columns: list[str], report: Report
) -> Iterator[tuple[str, list[str]]]:
    """The rows of a table below its header, with their places; what is no row is a
    finding.
    """
    reader = csv.reader(
        (f"{line.decode()}\n" for line in bag.lines(path, _LONGEST_LINE)), strict=True
    )
    try:
        if next(reader, None) != columns:
            report.add(f"{path} line 1", f"The columns are not {', '.join(columns)}.")
        for row in reader:
            place = f"{path} line {reader.line_num}"
            if len(row) == len(columns):
                yield place, row
            else:
                report.add(place, f"The row has not {len(columns)} cells.", kind="cells")
    except Broken as broken:
        report.add(f"{path} line {reader.line_num + 1}", str(broken))
    except (UnicodeDecodeError, csv.Error):
        report.add(f"{path} line {reader.line_num + 1}", "The line is not CSV in UTF-8.")


def unguarded(cell: str) -> str:
    """A cell without the mark that keeps a spreadsheet from running it."""
    return cell[1:] if cell[:1] == "'" and cell[1:2] in _FORMULA else cell


def _entry_row(record: Record) -> list[str]:
    state = record.data.get("payload", record.data)
    evidence = state.get("evidence") or state.get("evidence_added", ())
    told = [each["report"] for each in evidence if "report" in each]
    return [
        str(record.position),
        record.time,
        record.type,
        record.subject,
        str(record.version or ""),
        state.get("kind", ""),
        _title(state),
        _day(state),
        " ".join(_parties(state)),
        state.get("instrument", ""),
        state.get("provision", ""),
        " ".join(state.get("topics", ())),
        " ".join(dict.fromkeys(told)),
    ]


def _title(state: Mapping[str, Any]) -> str:
    found = [
        state[name] for name in ("title", "consequent", "name", "reason") if state.get(name)
    ]
    if not found:
        return ""
    return found[0] if isinstance(found[0], str) else "(sealed)"


def _day(state: Mapping[str, Any]) -> str:
    interval = state.get("occurred") or state.get("published") or {}
    first, last = interval.get("from_day", ""), interval.get("to_day", "")
    return str(first) if first == last else f"{first or '..'}/{last or '..'}"


def _parties(state: Mapping[str, Any]) -> dict[str, None]:
    found = [state.get("actor", "")]
    for name in _PARTIES:
        found += state.get(name, ())
    return dict.fromkeys(party for party in found if party)


def _check_text(bag: Bag, path: str, expected: list[str], report: Report) -> None:
    try:
        found = bag.read(path).decode(errors="replace").split("\n")
    except Broken as broken:
        report.add(path, str(broken))
        return
    for number, (line, wanted) in enumerate(zip_longest(found, [*expected, ""]), 1):
        if line != wanted:
            report.add(f"{path} line {number}", "It is not what the log says.")
            return
