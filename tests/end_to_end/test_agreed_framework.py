"""The second worked example: the Agreed Framework of 1994, recorded as users record it and asked
what the documents behind it say.
"""

import json
import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from diplomatic_ledger import SyncLedgerClient

from tests.support import programs
from tests.support.case_files import read
from tests.support.processes import serving
from tests.support.run_cases import run

ENTRIES = Path(__file__).parents[2] / "clients/examples/agreed_framework.yaml"
ASKED = Path(__file__).with_name("agreed_framework_asked.yaml")
TOLD = ("act", "commitment", "instrument")


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with serving(tmp_path_factory.mktemp("service")) as address:
        yield address


@pytest.fixture(scope="module")
def ledgerctl(
    address: str, tmp_path_factory: pytest.TempPathFactory
) -> Callable[..., dict[str, Any]]:
    """Runs ledgerctl and gives what it answers in JSON; the example is recorded."""
    environment = {
        **{name: value for name, value in os.environ.items() if "LEDGERCTL" not in name},
        "HOME": str(tmp_path_factory.mktemp("home")),
        "LEDGERCTL_SERVER": address,
    }

    def runs(*args: str) -> dict[str, Any]:
        done = programs.ledgerctl(*args, "--format", "json", env=environment)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    recorded = runs("record", str(ENTRIES))
    assert recorded["recorded"] == len(entries())
    return runs


def entries() -> dict[str, Any]:
    """The entries of the file by id, each with its type."""
    document = yaml.load(ENTRIES.read_text(encoding="utf-8"), Loader=yaml.BaseLoader)
    return {item["id"]: item for item in document["items"]}


def of_kind(*kinds: str) -> Iterator[tuple[str, dict[str, Any]]]:
    for entry_id, item in entries().items():
        for kind in kinds:
            if kind in item:
                yield entry_id, item[kind]


def test_it_is_of_the_size_of_a_case_that_somebody_keeps():
    assert 60 <= len(entries()) <= 110


def test_every_entry_names_documents_of_which_each_can_be_found():
    """By an address, or by the number or the day under which it was published."""
    documents = dict(of_kind("report"))
    named = {
        each["report"]
        for _, told in of_kind(*TOLD)
        for each in told["evidence"] or pytest.fail("an entry has no evidence")
    }
    assert named == set(documents)
    for entry_id, report in documents.items():
        numbered = re.search(
            r"[A-Z]{3,}/|/[A-Z0-9]|\d-\d\d", report["title"] + report["published"]
        )
        assert "url" in report or numbered or "report" in report["title"], entry_id


def test_what_a_party_says_of_its_own_affairs_is_its_own_word():
    """Their ministries and agencies, that is; documents in common are nobody's voice."""
    voices = {
        "US Department of State": {"us"},
        "The White House": {"us"},
        "Korean Central News Agency": {"dprk"},
    }
    documents = dict(of_kind("report"))
    for entry_id, told in of_kind(*TOLD):
        for each in told["evidence"]:
            voice = voices.get(documents[each["report"]]["publisher"])
            if voice and entry_id not in {"ground-broken", "treaty-left"}:
                assert each.get("asserted_by") in voice, entry_id


def test_it_answers_what_the_documents_say(address, tmp_path):
    whole = tmp_path / "agreed_framework.yaml"
    whole.write_text(
        ENTRIES.read_text(encoding="utf-8") + "\n" + ASKED.read_text(encoding="utf-8"),
        encoding="utf-8",
    )
    with SyncLedgerClient(address) as client:
        outcomes = list(run(client, read(whole), "agreed-framework-asked"))
    assert len(outcomes) > 50
    assert [str(each) for each in outcomes if each.wrong] == []


def test_the_agenda_of_a_day_holds_what_could_be_read_then(ledgerctl):
    """The board had halted the oil that day, in a shipment's time; a fuel year was behind."""
    day = "2002-11-14"
    cuts = ("--as-of", day, "--reported-by", day, "--to", "2003-12-31")
    found = ledgerctl("agenda", "--ledger", "agreed-framework", *cuts)
    told = {(item["kind"], item["day"], item["commitment"]) for item in found["items"]}
    assert ("overdue", "1999-10-21", "oil") in told
    assert ("falls_due", "2003-12-31", "reactors") in told
    assert not {"freeze", "monitoring"} & {commitment for _, _, commitment in told}


def test_recorded_again_it_is_recorded_once(ledgerctl):
    again = ledgerctl("record", str(ENTRIES))
    assert again["recorded"] == 0


@pytest.mark.parametrize(
    "listed",
    [
        "acts",
        "agenda",
        "balances",
        "commitments",
        "instruments",
        "parties",
        "reports",
        "scales",
    ],
)
def test_every_list_of_it_has_a_form_for_programs(ledgerctl, listed):
    found = ledgerctl(listed, "--ledger", "agreed-framework")
    assert found["basis"]["ledger"] == "agreed-framework"
