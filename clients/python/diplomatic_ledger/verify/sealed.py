"""Sealed fields: the record holds a salted commitment, and whoever has salt and value can
show that they belong to it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from hashlib import sha256
from typing import Any

from diplomatic_ledger.verify import texts
from diplomatic_ledger.verify.bag import Bag
from diplomatic_ledger.verify.listings import rows, unguarded
from diplomatic_ledger.verify.records import Record
from diplomatic_ledger.verify.report import Broken, Report

DISCLOSED = "data/disclosed.jsonl"
WITHHELD = "data/withheld.csv"
WITHHELD_COLUMNS = ["position", "entry", "version", "field", "commitment", "state"]

_SALT = re.compile(r"[0-9a-f]{32}")
_LONGEST_LINE = 1 << 18


def commitment(salt: bytes, value: str) -> str:
    """What a record holds in place of a sealed value."""
    return f"sha256:{sha256(salt + texts.json_string(value)).hexdigest()}"


class Seals:
    """The seals that the records of an export hold, as fingerprints."""

    def __init__(self) -> None:
        self._places: dict[int, int] = {}
        self._disclosed: set[int] = set()
        self._erased: set[int] = set()

    def __len__(self) -> int:
        return len(self._places)

    def take(self, record: Record) -> None:
        version = str(record.version)
        for path, text in record.content.seals:
            place = (str(record.position), record.subject, version, path, text)
            self._places[hash(place)] = hash(text)

    def take_erased(self, text: str) -> None:
        self._erased.add(hash(text))

    def check(self, bag: Bag, report: Report, *, whole: bool) -> None:
        """Holds the disclosed and the withheld values against the records. Only with all
        records there is it known what was erased.
        """
        if DISCLOSED in bag.files:
            for place, problem in self._check_disclosed(bag):
                report.add(place, problem, kind=f"disclosed: {problem}")
        listed = set()
        for place, row in withheld_rows(bag, report):
            if row[5] == "omitted":
                continue
            seal = hash(tuple(row[:5]))
            if seal not in self._places:
                report.add(place, "No record has such a seal at this field.", kind="seal")
            elif hash(row[4]) in self._disclosed:
                report.add(place, f"The value is disclosed in {DISCLOSED}.", kind="both")
            elif whole and (hash(row[4]) in self._erased) != (row[5] == "erased"):
                report.add(
                    place, "Whether it was erased, the log says otherwise.", kind="erased"
                )
            listed.add(seal)
        self._tell_unlisted(listed, report)

    def _check_disclosed(self, bag: Bag) -> Iterator[tuple[str, str]]:
        known = set(self._places.values())
        number = 0
        try:
            for number, line in enumerate(bag.lines(DISCLOSED, _LONGEST_LINE), 1):
                place = f"{DISCLOSED} line {number}"
                try:
                    text = _opened(line)
                except Broken as broken:
                    yield place, str(broken)
                    continue
                if hash(text) in self._erased:
                    yield place, "The log says that this value was erased."
                elif hash(text) not in known:
                    yield place, "No record holds this commitment."
                self._disclosed.add(hash(text))
        except Broken as broken:
            yield f"{DISCLOSED} line {number + 1}", str(broken)

    def _tell_unlisted(self, listed: set[int], report: Report) -> None:
        missing = sum(
            place not in listed and seal not in self._disclosed
            for place, seal in self._places.items()
        )
        if missing:
            report.add(
                WITHHELD,
                f"It does not list {missing:,} of the fields whose values are left out.",
            )


def withheld_rows(bag: Bag, report: Report) -> Iterator[tuple[str, list[str]]]:
    """The rows of withheld.csv with their places; what is no row is a finding."""
    for place, row in rows(bag, WITHHELD, WITHHELD_COLUMNS, report):
        if row[5] in ("withheld", "erased", "omitted"):
            yield place, list(map(unguarded, row))
        else:
            report.add(place, "The row is not one of a withheld value.", kind="row")


def _opened(line: bytes) -> str:
    """The commitment that a line of disclosed values opens. Raises Broken."""
    value = texts.decode(line)
    if not _is_opening(value):
        raise Broken("The line does not hold a commitment, a salt and a value.")
    if commitment(bytes.fromhex(value["salt"]), value["value"]) != value["commitment"]:
        raise Broken("The value and the salt do not belong to the commitment.")
    text: str = value["commitment"]
    return text


def _is_opening(value: Any) -> bool:
    return (
        isinstance(value, dict)
        and list(value) == ["commitment", "salt", "value"]
        and all(isinstance(text, str) for text in value.values())
        and bool(_SALT.fullmatch(value["salt"]))
    )
