"""Which reports a stored record names, of the entry that it is about."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from diplomatic_ledger.cli import spoken
from diplomatic_ledger.cli.citing import TIES, Told
from diplomatic_ledger.v1 import entries_pb2

_REPORT = "report.filed.v1"


def cited(event: dict[str, Any]) -> Told:
    """What tells of an entry as its record says it; a report tells of itself. Of a malformed
    record it is what can be read.
    """
    entry_id = str(event.get("subject", ""))
    data = _mapping(event.get("data"))
    if event.get("type") == _REPORT:
        return Told.by(entry_id, entry_id)
    state = _mapping(data.get("payload", data))
    evidence = [
        _evidence(each)
        for field in (state.get("evidence"), data.get("evidence_added"))
        for each in _list(field)
    ]
    named = Told.by(entry_id, *_reports(state, data)).evidence
    return Told(entry_id, [*evidence, *named])


def _evidence(each: Any) -> entries_pb2.Evidence:
    told = _mapping(each)
    locator = told.get("locator", "")
    if isinstance(locator, dict):
        locator = spoken.sealed(locator)
    return entries_pb2.Evidence(report=str(told.get("report", "")), locator=str(locator))


def _reports(state: dict[str, Any], data: dict[str, Any]) -> Iterator[str]:
    """The reports that tell of the ties of a party, and the one that told something new."""
    for field in TIES:
        for tie in _list(state.get(field)):
            yield from map(str, _list(_mapping(tie).get("reports")))
    if report := data.get("report"):
        yield str(report)


def _mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
