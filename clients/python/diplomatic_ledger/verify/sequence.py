"""The rules between records: positions without gaps, times that rise, versions that follow
one another, requests in one piece, and references to what is there.

Keeps fingerprints of ids and requests, not their texts, so that a long log fits into little
memory.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from diplomatic_ledger.verify import shapes
from diplomatic_ledger.verify.fingerprints import Fingerprints
from diplomatic_ledger.verify.records import Record
from diplomatic_ledger.verify.report import Broken

#: How many ids may be awaited at once before the end of their request.
MAX_AWAITED = 20_000

# What is kept of an entry in one number: its type, whether it is annulled, its version.
_TYPE_MASK = (1 << 6) - 1
_ANNULLED = 1 << 6
_VERSION_AT = 7
MAX_VERSION = (1 << 32 - _VERSION_AT) - 1


class Sequence:
    """Takes the records of a whole log in their order. The log may have been begun under
    another origin than `origin`, under which it goes on.
    """

    def __init__(self, origin: str) -> None:
        self._origin = origin
        self._source = origin
        self._position = 0
        self._time = ""
        self._request = ""
        self._requests = Fingerprints()
        self._entries = Fingerprints()
        self._awaited: dict[tuple[str, int], str] = {}
        self._keys: set[str] = set()
        self._goes_on = ""

    @property
    def request(self) -> str:
        """The request of the last record."""
        return self._request

    def take(self, record: Record, place: Callable[[], str]) -> Iterator[tuple[str, str]]:
        """What is wrong with the next record, as places and problems. `place` says where the
        record stands, when that must be told.
        """
        for problem in self._problems(record):
            yield place(), problem
        if record.request_id != self._request:
            yield from self.end_request()
            if problem := self._begin_request(record.request_id):
                yield place(), problem
        try:
            self._take_entry(record)
        except Broken as broken:
            yield place(), str(broken)
        yield from self._await(record, place)

    def end_request(self) -> Iterator[tuple[str, str]]:
        """What was mentioned in the request that ends and is not there."""
        for (entry_id, allowed), place in self._awaited.items():
            known = self._entries.get(entry_id) & _TYPE_MASK
            if not known:
                yield place, f"It mentions {entry_id}, which is not in the log by then."
            elif not known & allowed:
                yield (
                    place,
                    f"It mentions {entry_id}, {_a(known)}, where {_one_of(allowed)} belongs.",
                )
        self._awaited.clear()

    def _problems(self, record: Record) -> Iterator[str]:
        expected = self._position + 1
        if record.position != expected:
            yield _wrong_position(record.position, expected)
        if record.time <= self._time:
            yield f"Its time {record.time} is not later than {self._time} of the record before."
        is_first = record.type == shapes.OPENED and expected == 1
        if is_first or record.type in shapes.CONTINUED:
            self._source = record.data["origin"]
        if record.source != self._source:
            yield f"Its source is {record.source[:100]}, not {self._source[:100]}."
        if (record.type == shapes.OPENED) != (expected == 1):
            yield "ledger.opened.v1 must be the first record, and only that."
        self._position = max(record.position, expected)
        self._time = max(record.time, self._time)

    def _begin_request(self, request_id: str) -> str:
        self._request = request_id
        if self._requests.get(request_id):
            return f"The request {request_id[:100]} is torn: its other records stand elsewhere."
        self._requests.put(request_id, 1)
        return ""

    def _take_entry(self, record: Record) -> None:
        if record.type == shapes.OPENED:
            self._open(record)
        elif record.type == shapes.ROTATED:
            self._rotate(record)
        elif record.type in shapes.CONTINUED:
            self._continue(record)
        elif record.type == shapes.ERASED:
            entry = record.data["entry"]
            if not self._entries.get(entry):
                raise Broken(f"It erases a field of {entry[:128]}, which is not in the log.")
        elif record.version:
            self._take_version(record)

    def _open(self, record: Record) -> None:
        self._keys.add(record.data["verification_key"])
        self._goes_on = record.data["origin"]

    def _continue(self, record: Record) -> None:
        data, before = record.data, self._goes_on
        self._keys.add(data["verification_key"])
        self._goes_on = data["origin"]
        if data["origin"] == before:  # the log before it was lost as a whole
            if record.position != 2 or data["inherited"] != "0":
                raise Broken("It goes on under the same origin.")
        elif data["predecessor"] != before:
            raise Broken(f"It goes on for {data['predecessor'][:100]}, not for {before[:100]}.")
        elif data["inherited"] != str(record.position - 1):
            raise Broken(
                f"It says that it inherited {data['inherited'][:20]} records, and stands behind "
                f"{record.position - 1}."
            )

    def end(self) -> str:
        """What is wrong with the log as a whole; empty for nothing."""
        if self._goes_on not in ("", self._origin):
            return f"It opens the ledger {self._goes_on[:100]}, not {self._origin}."
        return ""

    def _rotate(self, record: Record) -> None:
        is_known = record.data["previous"] in self._keys
        self._keys.add(record.data["verification_key"])
        if not is_known:
            raise Broken("The previous key of this rotation is not a key of the ledger.")

    def _take_version(self, record: Record) -> None:
        known = self._entries.get(record.subject)
        before = known >> _VERSION_AT
        kind = shapes.STATES.get(record.type, 0)
        if record.version <= MAX_VERSION:
            annulled = _ANNULLED if record.type == shapes.ANNULLED else 0
            self._entries.put(
                record.subject,
                record.version << _VERSION_AT | annulled | (known & _TYPE_MASK or kind),
            )
        if record.version != before + 1:
            raise Broken(_wrong_version(record, before))
        if (before == 0) != bool(kind) and shapes.is_known(record.type):
            raise Broken(
                "The first version of an entry must record it, and only that."
                if before == 0
                else f"The entry {record.subject} is recorded a second time."
            )
        if before:
            _check_change(record, before, known)

    def _await(self, record: Record, place: Callable[[], str]) -> Iterator[tuple[str, str]]:
        for path, entry_id, allowed in record.content.references:
            if self._entries.get(entry_id) & allowed:
                continue
            if len(self._awaited) >= MAX_AWAITED:
                yield place(), f"{path} waits with too many others for what is not there."
            else:
                self._awaited.setdefault((entry_id, allowed), f"{place()} {path}")


def _check_change(record: Record, before: int, known: int) -> None:
    data, kind = record.data, known & _TYPE_MASK
    if data.get("supersedes") != str(before):
        raise Broken(f"It says that it supersedes another version than {before}, the last one.")
    if record.type != shapes.AMENDED:
        return
    if shapes.STATES[data["payloadtype"]] != kind:
        raise Broken(f"It turns {_a(kind)} into another type of entry.")
    if "evidence_added" in data and known & _ANNULLED:
        raise Broken("It adds evidence to an entry that is annulled.")
    if data["change"] not in ("correction", "new_information"):
        raise Broken("Its change is neither correction nor new_information.")
    if (data["change"] == "new_information") != bool(data.get("report")):
        raise Broken("New information names a report, and a correction names none.")


def _wrong_position(found: int, expected: int) -> str:
    if found == expected + 1:
        return (
            f"It has position {found}; the record of position {expected} is missing before it."
        )
    if found > expected:
        return f"It has position {found}; those from {expected} to {found - 1} are missing before it."
    return f"It has position {found} where {expected} belongs: it is repeated or out of order."


def _wrong_version(record: Record, before: int) -> str:
    if before == 0:
        return (
            f"It is version {record.version} of {record.subject}, whose first one is missing."
        )
    return f"It is version {record.version} of {record.subject}, after version {before}."


def _a(kind: int) -> str:
    name = shapes.TYPE_NAMES.get(kind, "entry")
    return f"an {name}" if name[0] in "aei" else f"a {name}"


def _one_of(allowed: int) -> str:
    return " or ".join(_a(kind) for kind in shapes.TYPE_NAMES if kind & allowed)
