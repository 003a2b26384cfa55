"""Reads plain values into messages, by the fields of the message.

All problems are collected instead of stopping at the first one, so that a person can correct a
file in one go. Numbers and yes/no may be texts, as YAML gives them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, TypeVar

from google.protobuf.message import Message

from diplomatic_ledger import dates
from diplomatic_ledger.json_form import short_forms, unknown
from diplomatic_ledger.json_form.problems import Path, PlainError, Problem
from diplomatic_ledger.json_form.scalars import date_text, scalar, shown
from diplomatic_ledger.v1 import entries_pb2

Reading = TypeVar("Reading", bound=Message)
Reader = Callable[[Any, Any, Path, list[Problem]], None]
Spelling = Callable[[Mapping[str, Any], Path, list[Problem]], Mapping[str, Any]]
#: The fields of an interval date that entry files write as one text.
_ENDS = ("from_day", "to_day")


def read(kind: type[Reading], value: Any) -> Reading:
    """The message of this kind that a plain value describes. Raises PlainError."""
    problems: list[Problem] = []
    message = kind()
    fill(message, value, (), problems)
    if problems:
        raise PlainError(problems)
    return message


def fill(message: Message, value: Any, path: Path, problems: list[Problem]) -> None:
    """Reads a plain value into an empty message; adds what is wrong to `problems`."""
    special = SPECIAL.get(message.DESCRIPTOR.full_name)
    (special or _fill_fields)(message, value, path, problems)


def _fill_fields(message: Message, value: Any, path: Path, problems: list[Problem]) -> None:
    known = message.DESCRIPTOR.fields_by_name
    for key, inner in mapping(value, path, problems).items():
        field = known.get(key)
        if field is None:
            problem = unknown.field(str(key), inner, message.DESCRIPTOR)
            problems.append(Problem((*path, str(key)), problem))
        elif inner is not None:
            _refuse_second(message, field, (*path, key), problems)
            _fill_field(message, field, inner, (*path, key), problems)


def _refuse_second(message: Any, field: Any, path: Path, problems: list[Problem]) -> None:
    """A choice has one field; a second one would silently replace it."""
    choice = field.containing_oneof
    taken = message.WhichOneof(choice.name) if choice is not None else None
    if taken is not None:
        problems.append(Problem(path, f"this stands beside {taken}. Write one of them"))


def mapping(value: Any, path: Path, problems: list[Problem]) -> Mapping[str, Any]:
    if isinstance(value, Mapping):
        return value
    problem = f"{shown(value)} stands where a mapping is wanted"
    if isinstance(value, str) and len(path) > 1 and path[-2] == "evidence":
        problem += f". Write {{report: {value}}}"
    problems.append(Problem(path, problem))
    return {}


def _fill_field(
    message: Any, field: Any, value: Any, path: Path, problems: list[Problem]
) -> None:
    if not field.is_repeated:
        _fill_one(message, field, value, path, problems)
    elif isinstance(value, list | tuple):
        for index, element in enumerate(value):
            _add(getattr(message, field.name), field, element, (*path, index), problems)
    else:
        remedy = f"Write {field.name}: {unknown.listed(value, field.message_type)}"
        problems.append(
            Problem(path, f"{shown(value)} stands where a list is wanted. {remedy}")
        )


def _add(target: Any, field: Any, value: Any, path: Path, problems: list[Problem]) -> None:
    if field.message_type is not None:
        fill(target.add(), value, path, problems)
        return
    try:
        target.append(scalar(field, value))
    except ValueError as error:
        problems.append(Problem(path, str(error)))


def _fill_one(
    message: Any, field: Any, value: Any, path: Path, problems: list[Problem]
) -> None:
    if field.message_type is not None:
        inner = getattr(message, field.name)
        inner.SetInParent()
        fill(inner, value, path, problems)
        return
    try:
        setattr(message, field.name, scalar(field, value))
    except ValueError as error:
        problems.append(Problem(path, str(error)))


def _read_interval(message: Any, value: Any, path: Path, problems: list[Problem]) -> None:
    """A text, or a mapping {date, words, basis}."""
    if isinstance(value, Mapping) and any(end in value for end in _ENDS):
        problems.append(_ends_apart(value, path))
        return
    if isinstance(value, Mapping) and "date" in value:
        rest = {key: inner for key, inner in value.items() if key != "date"}
        _fill_fields(message, rest, path, problems)
        value, path = value["date"], (*path, "date")
    elif isinstance(value, Mapping):
        _fill_fields(message, value, path, problems)
        return
    try:
        message.MergeFrom(dates.parse(date_text(value)))
    except ValueError as error:
        problems.append(Problem(path, str(error)))


def _ends_apart(value: Mapping[str, Any], path: Path) -> Problem:
    """That the ends of an interval are fields of their own, as in the API."""
    ends = [str(value.get(end) or "..") for end in _ENDS]
    date = ends[0] if ends[0] == ends[1] else "/".join(ends)
    beside = any(key not in _ENDS for key in value)
    remedy = f"Write date: {date} in their place" if beside else f"Write it as {date}"
    found = next(end for end in _ENDS if end in value)
    return Problem((*path, found), f"the days of a date are written as one text. {remedy}")


def _read_plover(message: Any, value: Any, path: Path, problems: list[Problem]) -> None:
    """A text TYPE or TYPE/mode, or a mapping."""
    if isinstance(value, str):
        message.type, _, message.mode = value.partition("/")
    else:
        _fill_fields(message, value, path, problems)


def _read_condition(message: Any, value: Any, path: Path, problems: list[Problem]) -> None:
    """One of {all: [...]}, {any: [...]}, {at_least: {n: 2, of: [...]}}, {act: ID},
    {commitment: ID}, {words: "..."}; words may have a label beside them.
    """
    fields = dict(mapping(value, path, problems))
    label = fields.pop("label", None) if "words" in fields else None
    if fields.keys() & {"all", "any"}:
        fields = {
            key: {"conditions": inner} if key in ("all", "any") else inner
            for key, inner in fields.items()
        }
    if isinstance(fields.get("words"), str):
        fields["words"] = {"text": fields["words"]}
    if label is not None and isinstance(fields.get("words"), Mapping):
        fields["words"] = {**fields["words"], "label": label}
    if len(fields) != 1:
        choices = "all, any, at_least, act, commitment or words"
        problems.append(Problem(path, f"a condition has exactly one of {choices}"))
    _fill_fields(message, fields, path, problems)


def _read_quantity(message: Any, value: Any, path: Path, problems: list[Problem]) -> None:
    """A text such as 500000 t, or a mapping {value, unit}."""
    spelled = short_forms.quantity(value)
    if isinstance(spelled, str | int | Decimal):
        problems.append(Problem(path, short_forms.no_quantity(value)))
    else:
        _fill_fields(message, spelled, path, problems)


def _read_place(message: Any, value: Any, path: Path, problems: list[Problem]) -> None:
    """A name, or a mapping."""
    if isinstance(value, str):
        message.name = value
    else:
        _fill_fields(message, value, path, problems)


def _spelled_out(spell: Spelling) -> Reader:
    """A reader of fields that have short forms."""

    def read(message: Any, value: Any, path: Path, problems: list[Problem]) -> None:
        fields = mapping(value, path, problems)
        _fill_fields(message, spell(fields, path, problems), path, problems)

    return read


#: What is not read field by field, or has short forms.
SPECIAL: dict[str, Reader] = {
    entries_pb2.IntervalDate.DESCRIPTOR.full_name: _read_interval,
    entries_pb2.PloverCode.DESCRIPTOR.full_name: _read_plover,
    entries_pb2.Condition.DESCRIPTOR.full_name: _read_condition,
    entries_pb2.Quantity.DESCRIPTOR.full_name: _read_quantity,
    entries_pb2.Place.DESCRIPTOR.full_name: _read_place,
    entries_pb2.Party.DESCRIPTOR.full_name: _spelled_out(short_forms.party),
    entries_pb2.Act.DESCRIPTOR.full_name: _spelled_out(short_forms.act),
    entries_pb2.Commitment.DESCRIPTOR.full_name: _spelled_out(short_forms.commitment),
}
