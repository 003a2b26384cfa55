"""Files of small ledgers with questions and their right answers, read into values.

A file holds a `ledger`, its `items` in the order of recording, and what to `ask`. Positions are
those of a log in which each item is a request of its own behind the opening record.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import yaml

from ledger_service.domain.values.cuts import Policy
from ledger_service.domain.values.entries import (
    Act,
    Change,
    Commitment,
    Instrument,
    IntervalDate,
    Party,
    Report,
    Scale,
    State,
    Version,
)

Data = Mapping[str, Any]

FIRST_MOMENT = datetime(2026, 1, 1, tzinfo=UTC)

TYPES: dict[str, type[State]] = {
    "party": Party,
    "report": Report,
    "instrument": Instrument,
    "commitment": Commitment,
    "act": Act,
    "scale": Scale,
}

#: Fields that hold an interval of days.
INTERVALS = {"occurred", "published", "due"}
#: Fields that hold a tree of conditions beside its deadline.
TREES = {"antecedent", "until_condition"}


@dataclass(frozen=True)
class Cuts:
    """The cuts of a question; no cut where it names none."""

    as_of: date
    reported_by: date | None
    position: int | None
    policy: Policy


@dataclass(frozen=True)
class Question:
    """What is asked, under which cuts, and what is right."""

    asked: Data
    cuts: Cuts
    answer: Data | str


@dataclass(frozen=True)
class Case:
    """One ledger and its questions."""

    name: str
    opens_on: date | None
    items: tuple[Data, ...]
    questions: tuple[Question, ...]

    @property
    def versions(self) -> tuple[Version, ...]:
        return versions_of(self.items)


def read_case(path: Path) -> Case:
    data = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.BaseLoader)
    ledger = data["ledger"]
    opens_on = ledger.get("opens_on")
    return Case(
        ledger["name"],
        date.fromisoformat(opens_on) if opens_on else None,
        tuple(data["items"]),
        tuple(_question(each) for each in data["ask"]),
    )


def _question(data: Data) -> Question:
    cuts = data["cuts"]
    reported_by, position = cuts.get("reported_by"), cuts.get("recorded_by")
    return Question(
        data["question"],
        Cuts(
            date.fromisoformat(cuts["as_of"]),
            date.fromisoformat(reported_by) if reported_by else None,
            int(position) if position else None,
            Policy(cuts.get("policy", "certain")),
        ),
        data["answer"],
    )


def versions_of(
    items: Sequence[Data],
    before: Sequence[Version] = (),
    first_moment: datetime = FIRST_MOMENT,
) -> tuple[Version, ...]:
    """The versions that items make behind others, each at the next position."""
    found = list(before)
    for item in items:
        found.append(_version(item, found, first_moment))
    return tuple(found)


def _version(item: Data, before: Sequence[Version], first_moment: datetime) -> Version:
    """Position 1 holds the opening record."""
    entry_id, change, state = _change(item)
    return Version(
        entry_id=entry_id,
        version=1 + sum(v.entry_id == entry_id for v in before),
        position=before[-1].position + 1 if before else 2,
        recorded_at=first_moment + timedelta(seconds=len(before)),
        change=change,
        state=state,
        reason=item.get("reason", ""),
        report=item.get("new_information", ""),
    )


def _change(item: Data) -> tuple[str, Change, State | None]:
    if "annul" in item:
        return item["annul"], Change.ANNULMENT, None
    state = next(_state(item[name], type_) for name, type_ in TYPES.items() if name in item)
    if "amend" not in item:
        return item["id"], Change.RECORDED, state
    change = Change.NEW_INFORMATION if "new_information" in item else Change.CORRECTION
    return item["amend"], change, state


def _state(data: Data, type_: type[State]) -> State:
    fields = dict(_fields(data))
    if "counterparty" in fields:
        fields["counterparties"] = [fields.pop("counterparty")]
    state: State = msgspec.convert(fields, type_, strict=False)
    return state


def _fields(data: Data) -> Iterator[tuple[str, Any]]:
    for name, value in data.items():
        if name in INTERVALS:
            yield name, interval(value)
        elif name in TREES:
            yield name, {**value, "condition": _tree(value["condition"])}
        else:
            yield name, _inner(value)


def _inner(value: Any) -> Any:
    if isinstance(value, Mapping):
        return dict(_fields(value))
    if isinstance(value, list):
        return [_inner(each) for each in value]
    return value


def _tree(node: Data) -> Data:
    match node:
        case {"all": branches} | {"any": branches}:
            name = "all" if "all" in node else "any"
            return {"node": name, "conditions": [_tree(each) for each in branches]}
        case {"at_least": {"n": n, "of": branches}}:
            return {"node": "at_least", "n": n, "of": [_tree(each) for each in branches]}
        case {"words": text}:
            return {"node": "words", "text": text, "label": node.get("label", "")}
        case {"act": entry_id}:
            return {"node": "act", "act": entry_id}
    return {"node": "commitment", "commitment": node["commitment"]}


def interval(text: str) -> IntervalDate:
    """A day, a month, a year, two of these with a slash between, `..` for an open end."""
    first, slash, last = text.partition("/")
    last = last if slash else first
    return IntervalDate(
        None if first == ".." else _ends(first)[0],
        None if last == ".." else _ends(last)[1],
    )


def _ends(text: str) -> tuple[date, date]:
    """The first and the last day of a day, a month or a year."""
    parts = [int(part) for part in text.split("-")]
    match parts:
        case [year]:
            return date(year, 1, 1), date(year, 12, 31)
        case [year, month]:
            return date(year, month, 1), date(year, month, monthrange(year, month)[1])
    return date(*parts), date(*parts)
