"""The entry files of the example are complete and hold together."""

import re
from collections.abc import Iterator
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from diplomatic_ledger import dates

from clients.examples.example import ARTICLES, PUBLIC_RECORD

FACTS = Path(__file__).parents[3] / "shared" / "worked_example" / "facts_2018.yaml"
NAMES_OF_ENTRIES = {
    "target", "report", "new_information", "amend", "principal", "actor", "co_actors",
    "counterparty", "counterparties", "asserted_by", "debtors", "creditors", "made_by",
    "instrument", "participants",
}  # fmt: skip


#: The one in C reads the same ten times as fast, where it is there.
LOADER = getattr(yaml, "CBaseLoader", yaml.BaseLoader)


@cache
def items(path: Path) -> list[dict[str, Any]]:
    document = yaml.load(path.read_text(encoding="utf-8"), Loader=LOADER)
    return document["items"]


def mentioned(value: Any, key: str = "") -> Iterator[str]:
    if isinstance(value, dict):
        for inner_key, inner in value.items():
            yield from mentioned(inner, inner_key)
    elif isinstance(value, list):
        for inner in value:
            yield from mentioned(inner, key)
    elif key in NAMES_OF_ENTRIES:
        yield value


ENTRIES = {item["id"]: item for item in items(ARTICLES)}
MIRRORS = {"F026": "F025"}


def test_ids_are_unique():
    ids = [item["id"] for item in items(ARTICLES) + items(PUBLIC_RECORD) if "id" in item]
    assert len(ids) == len(set(ids))


def test_every_reference_resolves():
    known = {item["id"] for item in items(ARTICLES)}
    assert set(mentioned(items(ARTICLES))) <= known
    known |= {item["id"] for item in items(PUBLIC_RECORD) if "id" in item}
    assert set(mentioned(items(PUBLIC_RECORD))) <= known


def test_the_public_record_changes_no_code_and_no_relation():
    before = {item["id"]: item for item in items(ARTICLES)}
    for item in items(PUBLIC_RECORD):
        if "amend" in item:
            kind = "act" if "act" in item else "commitment"
            old, new = before[item["amend"]][kind], item[kind]
            assert old.get("relations") == new.get("relations")
            assert old.get("code") == new.get("code")
            assert new["evidence"][: len(old["evidence"])] == old["evidence"]


@pytest.fixture(scope="module")
def facts() -> list[dict[str, Any]]:
    if not FACTS.exists():
        pytest.skip("The facts that the example was made from are not here.")
    return yaml.safe_load(FACTS.read_text(encoding="utf-8"))["entries"]


def entered(fact: dict[str, Any]) -> dict[str, Any]:
    """What the example makes of a fact."""
    item = ENTRIES[MIRRORS.get(fact["id"], fact["id"])]
    return item.get("act") or item["commitment"]


def test_every_fact_is_an_entry_or_named_as_the_mirror_of_one(facts):
    named = re.findall(r"(F\d+) is the same promise", ARTICLES.read_text(encoding="utf-8"))
    assert len(facts) == 91
    assert {fact["id"] for fact in facts} == {
        i for i in ENTRIES if re.fullmatch(r"F\d+", i)
    } | set(MIRRORS)
    assert named == list(MIRRORS)


def test_every_date_is_as_open_as_in_its_fact(facts):
    for fact in facts:
        known, occurred = fact["date"], entered(fact)["occurred"]
        day = known.get("value")
        ends = (day, day) if day else (known.get("from"), known.get("to"))
        assert spread(occurred["date"]) == ends, fact["id"]
        assert occurred["basis"] == known["basis"], fact["id"]


def test_every_act_has_the_codes_of_its_fact(facts):
    for fact in facts:
        state = entered(fact)
        if "kind" in state:
            code = state.get("code", {})
            assert code.get("cameo") == fact.get("cameo"), fact["id"]
            assert code.get("plover") == fact.get("plover"), fact["id"]


def test_every_fact_keeps_its_reports(facts):
    for fact in facts:
        reports = {evidence["report"] for evidence in entered(fact)["evidence"]}
        assert {fact["source"], *fact.get("also", [])} <= reports, fact["id"]


def spread(text: str) -> tuple[date | None, date | None]:
    interval = dates.parse(text)
    ends = (interval.from_day, interval.to_day)
    return tuple(date.fromisoformat(end) if end else None for end in ends)
