"""Plain values that are right are read fast, and mean the same as when they are read with care."""

import copy
from typing import Any

import pytest
from diplomatic_ledger import json_form
from diplomatic_ledger.json_form import quick
from diplomatic_ledger.json_form.items import read_carefully
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.plain_items import items

#: What may stand where something else is wanted.
ODD: list[Any] = [
    *(None, "", "x", 7, -1, 2**40, 0.5, True, "true", "2018-06-12", "2018-06", "../..", "5 t"),
    *([], [None], ["x"], {}, {"seal": "x"}, {"sealed": "keep"}, {"x": None}, {"date": "2018"}),
    *({"act": "a", "commitment": "b"}, {"every": "month", "from": "2019-01", "to": "2019-02"}),
    "\ud800",
]
KEYS = ["counterparty", "codes", "severally", "seal", "instalments", "place", "party", "nobody"]


def carefully(value: Any) -> Any:
    try:
        return read_carefully(value)
    except json_form.PlainError:
        return None


def places(value: Any) -> list[tuple[Any, Any]]:
    """Every mapping or list in a value with each of its keys."""
    if isinstance(value, dict):
        inner = list(value.items())
    elif isinstance(value, list):
        inner = list(enumerate(value))
    else:
        return []
    return [(value, key) for key, _ in inner] + [p for _, each in inner for p in places(each)]


@settings(max_examples=300)
@given(items(), st.data())
def test_what_is_read_fast_means_the_same_as_what_is_read_with_care(item, data):
    value = copy.deepcopy(json_form.write_item(item))
    for _ in range(data.draw(st.integers(0, 2))):
        if spots := places(value):
            holder, key = data.draw(st.sampled_from(spots))
            holder[key] = copy.deepcopy(data.draw(st.sampled_from(ODD)))
    if data.draw(st.booleans()):
        mappings = [holder for holder, _ in places(value) if isinstance(holder, dict)]
        holder = data.draw(st.sampled_from([*mappings, value]))
        holder[data.draw(st.sampled_from(KEYS))] = copy.deepcopy(
            data.draw(st.sampled_from(ODD))
        )
    read = quick.read_entry(value)
    assert read is None or read == carefully(value)


@settings(max_examples=100)
@given(items(kinds=["entry"]))
def test_a_new_entry_that_is_right_is_read_fast(item):
    assert quick.read_entry(json_form.write_item(item)) == item


@pytest.mark.parametrize(
    "act",
    [
        {"counterparty": "us", "place": "Singapore", "quantity": "5 t"},
        {"place": {}, "code": {}, "occurred": "../..", "evidence": [{}]},
        {"joint": "false", "note": None, "evidence": [{"credibility": "3", "hedged": "true"}]},
        {"occurred": {"date": "2018-06", "basis": "derived"}},
    ],
)
def test_short_forms_and_empty_ones_are_read_fast(act):
    value = {"id": "a", "act": act}
    assert quick.read_entry(value) == read_carefully(value)
