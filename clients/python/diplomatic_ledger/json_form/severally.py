"""`severally: true` on a commitment of several debtors: each of them makes the promise for
itself, so one commitment is recorded for each, under an id that names it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from diplomatic_ledger.json_form.problems import Path, Problem

_FIELD = "severally"
#: What cannot be said of several debtors at once.
_OF_EACH = ("made_by", "mutual")


def one_each(value: Any, path: Path, problems: list[Problem]) -> list[Any]:
    """The items that are meant by an item: itself, or one for each debtor."""
    entry = value.get("entry") if isinstance(value, Mapping) else None
    fields = entry if isinstance(entry, Mapping) else value
    promise = fields.get("commitment") if isinstance(fields, Mapping) else None
    if not isinstance(promise, Mapping) or promise.get(_FIELD) is None:
        return [value]
    place = (*path, "entry", "commitment") if fields is entry else (*path, "commitment")
    found = _problem(fields, promise)
    if found:
        problems.append(Problem((*place, _FIELD), found))
    common = {key: inner for key, inner in promise.items() if key != _FIELD}
    if found or promise[_FIELD] in (False, "false"):
        return [{**fields, "commitment": common}]
    return [
        {
            **fields,
            "id": f"{fields['id']}.{debtor}",
            "commitment": {**common, "debtors": [debtor]},
        }
        for debtor in promise["debtors"]
    ]


def says_more(value: Any) -> bool:
    """Whether an item means more than what it spells out: several commitments, or instalments
    that are counted off.
    """
    if not isinstance(value, Mapping):
        return False
    inner = value.get("entry", value)
    promise = inner.get("commitment") if isinstance(inner, Mapping) else None
    if not isinstance(promise, Mapping):
        return False
    return promise.get(_FIELD) in (True, "true") or isinstance(
        promise.get("instalments"), Mapping
    )


def _problem(fields: Mapping[str, Any], promise: Mapping[str, Any]) -> str:
    """Why a commitment cannot be made severally; empty when it can."""
    if promise[_FIELD] in (False, "false"):
        return ""
    if promise[_FIELD] not in (True, "true"):
        return f"{promise[_FIELD]!r} is neither true nor false"
    if "amend" in fields:
        return "each commitment is amended by its own id. Write an amendment for each debtor"
    if not isinstance(fields.get("id"), str):
        return "the item has no id. Give one: the ids of the commitments are made from it"
    debtors = promise.get("debtors")
    if not isinstance(debtors, list | tuple) or len(debtors) < 2:
        return "this needs two or more debtors"
    if not all(isinstance(debtor, str) for debtor in debtors):
        return "each debtor is the id of a party"
    for key in _OF_EACH:
        if promise.get(key) not in (None, "false", False):
            return f"this cannot stand beside {key}. Write a commitment for each debtor"
    return ""
