"""One record: its attributes, their order and their form."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any, NamedTuple

from diplomatic_ledger.verify import shapes, states, texts
from diplomatic_ledger.verify.report import Broken
from diplomatic_ledger.verify.states import Content

MAX_RECORD_BYTES = 65_535

_ENTRY = (
    "specversion",
    "id",
    "source",
    "type",
    "subject",
    "time",
    "datacontenttype",
    "position",
    "entryversion",
    "recordedby",
    "requestid",
    "data",
)
_LEDGER = tuple(name for name in _ENTRY if name not in ("subject", "entryversion"))

#: Which attributes a type of record has; those of entries have all.
_ATTRIBUTES: dict[str, tuple[tuple[str, ...], ...]] = {
    shapes.OPENED: (_LEDGER,),
    shapes.ROTATED: (_LEDGER,),
    shapes.SUCCEEDED: (_LEDGER,),
    shapes.FORKED: (_LEDGER,),
    shapes.ERASED: (_LEDGER,),
}
_CONTINUED = (
    "origin",
    "verification_key",
    "predecessor",
    "inherited",
    "signed_size",
    "signed_root",
    "reason",
)
_REQUIRED = {
    shapes.OPENED: ("title", "origin", "verification_key"),
    shapes.ROTATED: ("verification_key", "previous"),
    shapes.SUCCEEDED: _CONTINUED,
    shapes.FORKED: _CONTINUED,
    shapes.AMENDED: ("supersedes", "change", "payloadtype"),
    shapes.ANNULLED: ("supersedes",),
    shapes.ERASED: ("entry", "field", "versions", "commitment", "reason"),
}
_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", re.ASCII)
_COUNT = re.compile(r"[1-9][0-9]{0,18}")
_NOTHING = Content()


class Record(NamedTuple):
    """A record that keeps the rules of a single one. `subject` is empty and `version` is 0
    for the records of the ledger itself.
    """

    type: str
    source: str
    subject: str
    time: str
    position: int
    version: int
    request_id: str
    data: dict[str, Any]
    content: Content


def read(line: bytes) -> Record:
    """The record of a line, without its newline. Raises Broken."""
    if len(line) > MAX_RECORD_BYTES:
        raise Broken(f"The record has more than {MAX_RECORD_BYTES:,} bytes.")
    value = texts.decode(line)
    if not isinstance(value, dict):
        raise Broken("The record is not a JSON object.")
    _check_attributes(value)
    kind, data = value["type"], value["data"]
    content = states.content_of(kind, data) if shapes.is_known(kind) else _NOTHING
    for name in _REQUIRED.get(kind, ()):
        if name not in data:
            raise Broken(f"data lacks the field {name}.")
    return Record(
        type=kind,
        source=value["source"],
        subject=value.get("subject", ""),
        time=value["time"],
        position=int(value["position"]),
        version=int(value.get("entryversion", 0)),
        request_id=value["requestid"],
        data=data,
        content=content,
    )


def name_of(line: bytes) -> str:
    """How to name the record of a line in a message, however broken it is."""
    subject = re.search(rb'"subject":"([A-Za-z0-9._:-]{1,128})"', line)
    return f"entry {subject.group(1).decode()}" if subject else ""


def _check_attributes(value: dict[str, Any]) -> None:
    kind = value.get("type")
    allowed = _ATTRIBUTES.get(kind, (_ENTRY,)) if isinstance(kind, str) else (_ENTRY,)
    if isinstance(kind, str) and not shapes.is_known(kind):
        allowed = (_ENTRY, _LEDGER)
    if tuple(value) not in allowed:
        raise Broken(_wrong_attributes(value, allowed[0]))
    for name, inner in value.items():
        if name != "data" and not (isinstance(inner, str) and inner):
            raise Broken(f"The attribute {name} is not a text or is empty.")
    if not isinstance(value["data"], dict):
        raise Broken("data is not a JSON object.")
    _check_forms(value)


def _wrong_attributes(value: dict[str, Any], expected: tuple[str, ...]) -> str:
    for name in expected:
        if name not in value:
            return f"The record lacks the attribute {name}."
    for name in value:
        if name not in expected:
            return f"The record has the attribute {name[:60]}, which does not belong there."
    return "The attributes of the record are not in their order."


def _check_forms(value: dict[str, Any]) -> None:
    if value["specversion"] != "1.0" or value["datacontenttype"] != "application/json":
        raise Broken("The record is not a CloudEvent 1.0 with JSON data.")
    if not _ID.fullmatch(value["id"]):
        raise Broken("The id is not a UUID of version 7.")
    if not _is_time(value["time"]):
        raise Broken("The time is not of the form 2018-06-12T09:00:00.000000Z.")
    for name in ("position", "entryversion"):
        if name in value and not _COUNT.fullmatch(value[name]):
            raise Broken(f"The attribute {name} is not a decimal number from 1 on.")


def _is_time(text: str) -> bool:
    if not _TIME.fullmatch(text):
        return False
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True
