"""The JSON Schemas of the export take every record that is ours and refuse what is not."""

import json
from hashlib import sha256
from pathlib import Path

import pytest
from diplomatic_ledger.verify import unsigned
from jsonschema import Draft202012Validator

from ledger_service.audit.schemas import schemas

GOLDEN = sorted((Path(__file__).parents[1] / "golden").glob("*.v1*.json"))
SCHEMAS = {name: json.loads(content) for name, content in schemas()}


def validator(record_type: str) -> Draft202012Validator:
    return Draft202012Validator(SCHEMAS[record_type])


def record(name: str) -> dict:
    (path,) = [each for each in GOLDEN if each.stem == name]
    return json.loads(path.read_bytes())


def fits(event: dict) -> bool:
    return validator(event["type"]).is_valid(event)


@pytest.mark.parametrize("name", SCHEMAS)
def test_each_is_a_schema_that_stands_by_itself(name: str):
    Draft202012Validator.check_schema(SCHEMAS[name])
    assert SCHEMAS[name]["title"] == name
    assert "#/$defs/" in json.dumps(SCHEMAS[name])


def test_every_type_of_record_has_one():
    from ledger_service.persistence.records import (
        ENTRY_AMENDED,
        ENTRY_ANNULLED,
        FIELD_ERASED,
        KEY_ROTATED,
        LEDGER_FORKED,
        LEDGER_OPENED,
        LEDGER_SUCCEEDED,
        RECORD_TYPES,
    )

    own = {LEDGER_OPENED, LEDGER_SUCCEEDED, LEDGER_FORKED, KEY_ROTATED, FIELD_ERASED}
    assert set(SCHEMAS) == own | {ENTRY_AMENDED, ENTRY_ANNULLED, *RECORD_TYPES.values()}


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.stem)
def test_every_golden_record_fits(path: Path):
    event = json.loads(path.read_bytes())
    assert [each.message for each in validator(event["type"]).iter_errors(event)] == []


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.stem)
def test_a_broken_attribute_of_any_golden_record_is_refused(path: Path):
    event = json.loads(path.read_bytes())
    takes = validator(event["type"]).is_valid
    for name, value in event.items():
        assert not takes({**event, name: None}), name
        assert not takes({key: other for key, other in event.items() if key != name}), name
        if isinstance(value, str) and name not in ("source", "recordedby", "requestid"):
            assert not takes({**event, name: f"{value}?"}), name
    assert not takes({**event, "more": "1"})
    assert not takes({**event, "data": {**event["data"], "more": "1"}})


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("act.recorded.v1.least", {"kind": "dance"}),
        ("act.recorded.v1.least", {"actor": "no id"}),
        ("act.recorded.v1.least", {"title": {"sealed": "sha256:12"}}),
        ("act.recorded.v1.least", {"title": ""}),
        ("act.recorded.v1.least", {"evidence": [{"credibility": 1}]}),
        ("act.recorded.v1.least", {"evidence": [{"report": "A1", "credibility": 7}]}),
        ("act.recorded.v1.least", {"occurred": {"from_day": "12 June"}}),
        ("act.recorded.v1.least", {"relations": [{"kind": "likes", "target": "F1"}]}),
        ("act.recorded.v1.least", {"quantity": {"value": "1e3", "unit": "cases"}}),
        ("act.recorded.v1.least", {"counterparty": "us"}),
        ("act.recorded.v1.least", {"place": "Wonsan"}),
        ("act.recorded.v1.least", {"attributes": [{"name": "Tone", "value": "1"}]}),
        ("act.recorded.v1.least", {"topics": ["No topic"]}),
        ("commitment.recorded.v1", {"debtors": []}),
        ("commitment.recorded.v1", {"until_condition": {}}),
        ("commitment.recorded.v1", {"withdrawal": {"notice_days": 1, "notice_months": 1}}),
        ("commitment.recorded.v1.due_after", {"due_after": {"act": "F1"}}),
        ("commitment.recorded.v1.instalments", {"instalments": [{"due": {}}]}),
        ("instrument.recorded.v1", {"kind": "letter"}),
        ("party.registered.v1", {"codes": {"iso3": "USA"}}),
        ("party.registered.v1", {"succeeds": [{"predecessor": "ussr"}]}),
        ("report.filed.v1", {"digest": "md5:0"}),
        ("commitment.recorded.v1", {"antecedent": {"condition": {"node": "act"}}}),
        ("entry.amended.v1.correction", {"report": "A1"}),
        ("entry.amended.v1.correction", {"payloadtype": "report.filed.v1"}),
        ("entry.amended.v1.new_information", {"change": "correction"}),
        ("entry.amended.v1.correction", {"evidence_added": [{"report": "A1"}]}),
        ("entry.amended.v1.evidence_added", {"evidence_added": []}),
        ("entry.amended.v1.evidence_added", {"payloadtype": "party.registered.v1"}),
        ("ledger.opened.v1", {"verification_key": "a key"}),
    ],
)
def test_broken_data_is_refused(name: str, data: dict):
    event = record(name)
    assert not fits({**event, "data": {**event["data"], **data}})


def test_a_sealed_text_fits_wherever_a_text_may_be_sealed():
    seal = {"sealed": f"sha256:{'0' * 64}"}
    event = record("act.recorded.v1.least")
    evidence = [{"report": "A1", "attribution": seal}]
    assert fits({**event, "data": {**event["data"], "title": seal, "evidence": evidence}})
    assert fits({**event, "data": {**event["data"], "place": {"name": seal}}})
    assert not fits({**event, "data": {**event["data"], "place": seal}})


def test_a_reason_may_be_sealed():
    for name in ("entry.amended.v1.sealed_reason", "entry.annulled.v1.sealed"):
        event = record(name)
        assert fits(event)
        assert not fits({**event, "data": {**event["data"], "reason": {"sealed": "no"}}})


def test_the_verifier_knows_them_by_their_digests() -> None:
    made = {f"{name}.schema.json": sha256(schema).hexdigest() for name, schema in schemas()}
    assert made == unsigned.SCHEMAS
