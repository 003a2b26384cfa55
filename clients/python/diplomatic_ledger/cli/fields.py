"""The fields of an entry in words, and what differs between two states of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from diplomatic_ledger import json_form, words
from diplomatic_ledger.cli import days, spoken
from diplomatic_ledger.v1 import entries_pb2

#: What names a relation, an evidence, a quantity: it needs no label.
_FIRST = ("kind", "target", "report", "value", "unit", "principal")
#: The fields that are interval dates.
_DATES = frozenset({"occurred", "published", "due"})
#: What tells the elements of a list apart, so that one that was changed is found again.
_KEYS = ("report", "target", "principal", "predecessor", "member", "party", "scheme", "name")


def fields(state: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Each field of the JSON form of a state, with its value."""
    for name, value in state.items():
        yield spoken.spaced(name), _text(name, value)


def changed(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[str]:
    """What differs between the JSON forms of two states, field by field: `occurred: June 2018
    → 2018-06-12`, `topics: + arms, − trade`.
    """
    for name in dict.fromkeys((*before, *after)):
        then, now = before.get(name), after.get(name)
        if then == now:
            continue
        if isinstance(then, list) or isinstance(now, list):
            told = "\n  ".join(_elements(then or [], now or []))
            yield f"{spoken.spaced(name)}: {told}"
        else:
            became = spoken.became(_or_none(name, then), _or_none(name, now))
            yield f"{spoken.spaced(name)}: {became}"


def _or_none(name: str, value: Any) -> str | None:
    if value is None:
        return None
    if isinstance(value, dict) and name not in _DATES:
        return _mapping(value)
    return _text(name, value)


def _elements(before: list[Any], after: list[Any]) -> Iterator[str]:
    """The elements of a list that came and went, and those of which something changed."""
    gone = [each for each in before if each not in after]
    for each in after:
        if each in before:
            continue
        then = next((old for old in gone if _is_same(old, each)), None)
        if then is None:
            yield f"+ {_text('', each)}"
            continue
        gone.remove(then)
        yield f"{_label(each)}: {'; '.join(changed(then, each))}"
    yield from (f"− {_text('', each)}" for each in gone)
    if sorted(map(str, before)) == sorted(map(str, after)):
        yield "in another order"


def _is_same(one: Any, other: Any) -> bool:
    """Whether two elements of a list are about the same thing."""
    if not (isinstance(one, dict) and isinstance(other, dict)):
        return False
    if one.get("kind") != other.get("kind"):
        return False
    keys = [key for key in _KEYS if key in one or key in other]
    return bool(keys) and one.get(keys[0]) == other.get(keys[0])


def _label(element: Mapping[str, Any]) -> str:
    names = (element[key] for key in ("kind", *_KEYS) if isinstance(element.get(key), str))
    return " ".join(list(names)[:2])


def _text(name: str, value: Any) -> str:
    if name in _DATES:
        return _date(value)
    if isinstance(value, list):
        return "\n".join(_text("", element) for element in value)
    if isinstance(value, dict):
        return _mapping(value)
    return "yes" if value is True else str(value)


def _date(value: Any) -> str:
    """`Mar to May 2003, “spring 2003” (basis stated)`, from the JSON form of a date."""
    try:
        found = json_form.read(entries_pb2.IntervalDate, value)
    except json_form.PlainError:  # as a service sent it
        return str(value)
    basis = words.word(entries_pb2.DateBasis.DESCRIPTOR, found.basis)
    return f"{days.when(found)} (basis {basis})" if basis else days.when(found)


def _mapping(value: Mapping[str, Any]) -> str:
    """The value that names the rest comes first: `denies F052 (about fulfilment)`."""
    if "sealed" in value:
        return spoken.sealed(value)
    rest = dict(value)
    head = " ".join(str(rest.pop(key)) for key in _FIRST if isinstance(rest.get(key), str))
    tail = ", ".join(
        f"{spoken.spaced(key)} {_date(inner) if key in _DATES else _inner(inner)}"
        for key, inner in rest.items()
    )
    return f"{head} ({tail})" if head and tail else head or tail


def _inner(value: Any) -> str:
    if isinstance(value, list):
        inner = "; ".join(_inner(element) for element in value)
        return inner if len(value) == 1 else f"[{inner}]"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dict):
        return _mapping(value) if "sealed" in value else f"({_mapping(value)})"
    return str(value)
