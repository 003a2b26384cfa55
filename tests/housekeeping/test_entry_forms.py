"""What is told of entry files is so: the page and the schema are made from the protos, every
field has an example that is read, and the schema takes what the client takes.
"""

import json
import re
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest
import yaml
from diplomatic_ledger import json_form, yaml_text
from diplomatic_ledger.entry_file import EntryFileError, parse
from diplomatic_ledger.json_form import reading
from diplomatic_ledger.v1 import entries_pb2

from deploy.development.entry_forms import forms

ROOT = Path(__file__).parents[2]
CLI = ROOT / "clients/python/diplomatic_ledger/cli"
SCHEMA = json.loads((CLI / "entry-file.schema.json").read_text(encoding="utf-8"))
EXAMPLES = forms.examples()
WHOLE = ROOT / "deploy/development/entry_forms/whole.yaml"
FILES = [*sorted((ROOT / "clients/examples").glob("*.yaml")), WHOLE]
#: What cannot stand alone, and what stands beside it in these examples.
_BESIDE = {
    ("Condition", "label"): {"words": "The parliaments agree"},
    ("Commitment", "severally"): None,
}


def faults(text):
    """What an editor marks in a file: what the schema does not allow."""
    loaded = yaml.load(text, Loader=_Editor)
    found = jsonschema.Draft7Validator(SCHEMA).iter_errors(loaded)
    return [f"{list(each.path)}: {each.message[:200]}" for each in found]


class _Editor(yaml.SafeLoader):
    """YAML as editors read it, which know no dates."""


_Editor.yaml_implicit_resolvers = {
    key: [each for each in found if each[0] != "tag:yaml.org,2002:timestamp"]
    for key, found in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def test_the_page_and_the_schema_are_those_of_the_protos():
    done = subprocess.run(
        [sys.executable, "-m", "deploy.development.entry_forms", "check"],
        check=False,
        capture_output=True,
        text=True,
        cwd=ROOT,
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("message", "field"),
    [
        (message, field)
        for message in forms.descriptors().values()
        if message.name not in ("ConditionList", "WordsCondition")
        for field in forms.fields(message)
    ],
    ids=lambda each: getattr(each, "full_name", each.name),
)
def test_every_field_has_an_example_that_is_read(message, field):
    given = EXAMPLES[message.name][field.name]
    value = yaml_text.parse(f"{field.name}: {given}")[0]
    beside = _BESIDE.get((message.name, field.name), {})
    if beside is None:
        assert json_form.says_more({"commitment": value})
        return
    made = getattr(entries_pb2, message.name)()
    problems = []
    reading.fill(made, {**beside, **value}, (), problems)
    assert problems == []
    assert made.ByteSize() > 0


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_the_schema_takes_the_files_of_the_examples(path):
    assert faults(path.read_text(encoding="utf-8")) == []


def test_the_schema_takes_what_is_shown_of_each_field():
    refused = []
    for name, given in EXAMPLES.items():
        definition = SCHEMA["definitions"].get(name)
        for field, value in given.items() if definition else ():
            found = yaml.load(f"{field}: {value}", Loader=_Editor)
            holder = next(
                each
                for each in (definition, *definition.get("anyOf", ()))
                if "properties" in each
            )
            if field in ("id", "amend", "annul"):
                continue
            inner = {**holder["properties"][field], "definitions": SCHEMA["definitions"]}
            refused += [
                (name, field, each.message)
                for each in jsonschema.Draft7Validator(inner).iter_errors(found[field])
            ]
    assert refused == []


@pytest.mark.parametrize(
    ("was", "becomes"),
    [
        ("debtors: [a]", "debtor: [a]"),
        ("kind: agreement", "kind: traty"),
        ("due: ../2026-06-30", "due: before summer"),
        ("consequent: Withdraw from the valley", "consequent: {seal: x, salt: y}"),
        ("correction: true", "correction: maybe"),
        ("party: {name: State A, kind: state, codes", "parti: {name: State A, kind: state, codes"),
        ("report: {title: The last column leaves, publisher: The Gazette, ", "report: {"),
        ("notice_months: 3", "notice_months: three"),
        ("extent: 1/2}]\n    evidence: [{report: gazette-2, a", "extent: [1/2]}]\n    evidence: [{report: gazette-2, a"),
        ("condition: {commitment: withdrawal}", "condition: {promise: withdrawal}"),
    ],
)  # fmt: skip
def test_what_the_client_refuses_is_marked_in_an_editor_too(was, becomes):
    text = WHOLE.read_text(encoding="utf-8")
    wrong = text.replace(was, becomes, 1)
    assert wrong != text
    assert faults(wrong) != []


@pytest.mark.parametrize(
    ("was", "becomes"),
    [
        ("debtors: [a]", "debtor: [a]"),
        ("kind: agreement", "kind: traty"),
        ("due: ../2026-06-30", "due: before summer"),
        ("condition: {commitment: withdrawal}", "condition: {promise: withdrawal}"),
    ],
)
def test_what_is_marked_in_an_editor_is_refused_by_the_client(was, becomes):
    wrong = WHOLE.read_text(encoding="utf-8").replace(was, becomes, 1)
    with pytest.raises(EntryFileError):
        parse(wrong)


def test_all_nouns_and_changes_of_the_page_stand_in_its_items():
    page = (ROOT / "docs/entry-files.md").read_text(encoding="utf-8")
    shown = "".join(re.findall(r"^```yaml\n(- .*?)^```", page, re.DOTALL | re.MULTILINE))
    items = re.findall(r"^- .*?(?=^- |\Z)", WHOLE.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)  # fmt: skip
    assert len(items) > 10
    assert [each for each in items if each.strip() not in shown] == []
