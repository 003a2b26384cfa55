"""One name for one thing: what the API calls something, the glossary explains."""

import importlib
import pkgutil
import re
from collections import Counter
from pathlib import Path

import diplomatic_ledger.v1
import pytest
from diplomatic_ledger.cli import spoken
from diplomatic_ledger.v1 import (
    balances_pb2,
    cuts_pb2,
    differences_pb2,
    entries_pb2,
    history_service_pb2,
    series_pb2,
    standings_pb2,
)

ROOT = Path(__file__).parents[2]
GLOSSARY = (ROOT / "GLOSSARY.md").read_text(encoding="utf-8")
RULES = (ROOT / "docs/rules.md").read_text(encoding="utf-8")
MODULES = (
    balances_pb2,
    cuts_pb2,
    differences_pb2,
    entries_pb2,
    history_service_pb2,
    series_pb2,
    standings_pb2,
)
ENUMS = [enum for m in MODULES for enum in m.DESCRIPTOR.enum_types_by_name.values()]


def words(enum):
    """The words of an enum as people write them, without `unspecified`."""
    prefix = re.sub(r"(?<!^)(?=[A-Z])", "_", enum.name).upper() + "_"
    return [v.name.removeprefix(prefix).lower() for v in enum.values if v.number]


def explained(word):
    return re.search(rf"\b{re.escape(word.replace('_', '[ _]'))}\b", GLOSSARY) or re.search(
        rf"\b{word}\b", GLOSSARY.replace("new information", "new_information")
    )


@pytest.mark.parametrize("enum", ENUMS, ids=lambda enum: enum.name)
def test_every_word_of_the_api_is_in_the_glossary(enum):
    if enum.name == "SourceGrade":
        return
    assert [word for word in words(enum) if not explained(word)] == []


def test_every_flag_is_put_in_words_on_the_command_line():
    flags = {word for enum in ENUMS if enum.name.endswith("Flag") for word in words(enum)}
    assert flags == {*spoken.FLAGS}


def test_every_lifecycle_and_status_is_in_the_rules():
    for enum in (standings_pb2.Lifecycle, standings_pb2.EvidenceStatus):
        missing = [w for w in words(enum.DESCRIPTOR) if f"`{w}`" not in RULES]
        assert missing == []


MESSAGES = [
    message
    for module in pkgutil.iter_modules(diplomatic_ledger.v1.__path__)
    if module.name.endswith("_pb2")
    for message in importlib.import_module(
        f"diplomatic_ledger.v1.{module.name}"
    ).DESCRIPTOR.message_types_by_name.values()
]


@pytest.mark.parametrize("message", MESSAGES, ids=lambda message: message.name)
def test_no_two_fields_have_one_name_in_java(message):
    """Java gives the list `why` a method getWhyCount, so that a field why_count would be
    called by its number, and change its name with it.
    """
    made = {
        f"{field.name}_{what}"
        for field in message.fields
        for what in (("count", "list") if field.is_repeated else ("bytes", "value", "builder"))
    }
    assert made.isdisjoint(field.name for field in message.fields)


#: Two classes say the same there: who exports knows nothing of how sealed texts are kept.
OF_ONE_MEANING = {"Disclosure"}


def test_no_two_classes_of_the_service_have_one_name():
    found = Counter(
        name
        for path in (ROOT / "ledger_service").rglob("*.py")
        for name in re.findall(r"^class ([A-Za-z]\w*)", path.read_text("utf-8"), re.MULTILINE)
    )
    assert {name for name, often in found.items() if often > 1} == OF_ONE_MEANING
