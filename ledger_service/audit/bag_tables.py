"""The CSV tables of an export, for use in a spreadsheet: entries, and what was withheld.

A cell that a spreadsheet would take for a formula gets an apostrophe in front.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

import msgspec

ENTRIES_HEADER = (
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
)
WITHHELD_HEADER = ("position", "entry", "version", "field", "commitment", "state")
METADATA_HEADER = ("path", "bytes", "sha256", "media_type", "description")

_FORMULA = frozenset("=+-@\t\r")
_SEAL = b'{"sealed":"sha256:'

Row = Sequence[str]


class _Seal(msgspec.Struct):
    sealed: str


class _Interval(msgspec.Struct):
    from_day: str = ""
    to_day: str = ""


class _Evidence(msgspec.Struct):
    report: str


class _State(msgspec.Struct):
    """The fields of any state that the table shows."""

    kind: str = ""
    title: str | _Seal = ""
    consequent: str | _Seal = ""
    name: str | _Seal = ""
    reason: str | _Seal = ""
    occurred: _Interval | None = None
    published: _Interval | None = None
    actor: str = ""
    co_actors: tuple[str, ...] = ()
    counterparties: tuple[str, ...] = ()
    debtors: tuple[str, ...] = ()
    creditors: tuple[str, ...] = ()
    participants: tuple[str, ...] = ()
    third_parties: tuple[str, ...] = ()
    instrument: str = ""
    provision: str = ""
    topics: tuple[str, ...] = ()
    evidence: tuple[_Evidence, ...] = ()
    evidence_added: tuple[_Evidence, ...] = ()
    payload: _State | None = None


class _Event(msgspec.Struct):
    position: str
    time: str
    type: str
    data: _State
    subject: str = ""
    entryversion: str = ""


_EVENTS = msgspec.json.Decoder(_Event)


def table(rows: Iterable[Row]) -> bytes:
    """Rows as CSV lines in UTF-8. A cell must not hold a carriage return; no record does."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(map(_guarded, rows))
    return text.getvalue().encode()


def entry_rows(records: Iterable[bytes]) -> Iterator[Row]:
    """The row of each record. What only adds evidence has the reports of that evidence."""
    for record in records:
        event = _EVENTS.decode(record)
        state = event.data.payload or event.data
        yield (
            event.position,
            event.time,
            event.type,
            event.subject,
            event.entryversion,
            state.kind,
            _title(state),
            _day(state.occurred or state.published),
            " ".join(_parties(state)),
            state.instrument,
            state.provision,
            " ".join(state.topics),
            " ".join(dict.fromkeys([each.report for each in _evidence(state)])),
        )


def withheld_rows(
    records: Iterable[bytes], given: Collection[str], erased: Collection[str]
) -> Iterator[Row]:
    """A row for each sealed field whose value the export does not contain. `given` and
    `erased` are commitments.
    """
    for record in records:
        if _SEAL not in record:
            continue
        event = msgspec.json.decode(record)
        for path, commitment in seals_of(event):
            if commitment in given:
                continue
            yield (
                event["position"],
                event.get("subject", ""),
                event.get("entryversion", ""),
                path,
                commitment,
                "erased" if commitment in erased else "withheld",
            )


def commitments(records: Iterable[bytes]) -> Iterator[str]:
    """The commitments of all sealed fields."""
    return (row[4] for row in withheld_rows(records, (), ()))


def omitted_row(first: int, last: int) -> Row:
    """The row of a range of positions that a selection omits, inclusive at both ends."""
    positions = str(first) if first == last else f"{first}-{last}"
    return positions, "", "", "", "", "omitted"


def seals_of(event: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The sealed fields of a record: those of a state by their paths in it, others by theirs
    in the data.
    """
    data: dict[str, Any] = event["data"]
    state = data.get("payload")
    if state is not None:
        data = {name: value for name, value in data.items() if name != "payload"}
    yield from seals(data)
    yield from seals(state or {})


def seals(state: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, str]]:
    """The sealed fields of a state, each with its path and its commitment."""
    for name, value in state.items():
        yield from _seals_in(value, f"{path}{name}")


def _seals_in(value: Any, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        if len(value) == 1 and isinstance(value.get("sealed"), str):
            yield path, value["sealed"]
        else:
            yield from seals(value, f"{path}.")
    elif isinstance(value, list):
        for number, each in enumerate(value):
            yield from _seals_in(each, f"{path}[{number}]")


def _guarded(row: Row) -> Row:
    return [f"'{cell}" if cell[:1] in _FORMULA else cell for cell in row]


def _title(state: _State) -> str:
    title = state.title or state.consequent or state.name or state.reason
    return "(sealed)" if isinstance(title, _Seal) else title


def _day(interval: _Interval | None) -> str:
    if interval is None:
        return ""
    if interval.from_day == interval.to_day:
        return interval.from_day
    return f"{interval.from_day or '..'}/{interval.to_day or '..'}"


def _parties(state: _State) -> dict[str, None]:
    """The parties that did, promised or were promised something, or take part in an
    instrument, in the order of the record.
    """
    took_part = (
        state.actor,
        *state.co_actors,
        *state.counterparties,
        *state.debtors,
        *state.creditors,
        *state.participants,
        *state.third_parties,
    )
    return dict.fromkeys(filter(None, took_part))


def _evidence(state: _State) -> tuple[_Evidence, ...]:
    return state.evidence or state.evidence_added
