"""A case file lives: it is recorded again and again, grows, is corrected, and taken back, with
ledgerctl as a person uses it.
"""

import json
import os
import re
import resource
import stat
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from diplomatic_ledger import LedgerClient, SyncLedgerClient, json_form
from diplomatic_ledger.v1.ledger_service_pb2 import GetServerInfoResponse

from tests.support.ledgerctl_here import Done, ledgerctl
from tests.support.processes import Process
from tests.support.programs import LEDGERCTL

_names = count()

CASE = """\
ledger: {ledger: NAME, title: Talks}
items:
- {id: a, party: {name: A, kind: state}}
- {id: r, report: {title: R, publisher: P, published: 2018-01-01}}
- id: v
  act:
    kind: visit
    actor: a
    title: Comes
    occurred: 2018-01-01
    evidence: [{report: r, quote: We came.}]
"""
ANOTHER = "- {id: w, act: {kind: visit, title: Goes, occurred: 2018-01-02, evidence: [{report: r}]}}\n"


class Desk:
    """A person with a folder, and a ledger of a service."""

    def __init__(self, service: str, folder: Path) -> None:
        self._service = service
        self._folder = folder
        self.ledger = f"case-{next(_names)}"
        self.file = folder / f"{self.ledger}.yaml"
        self.write(CASE)

    def write(self, text: str) -> None:
        self.file.write_text(text.replace("NAME", self.ledger))

    def run(self, *args: str, given: str = "", **settings: str) -> Done:
        """What `ledgerctl` does, in this process, since its start takes longest."""
        variables = {
            "LEDGERCTL_SERVER": self._service,
            "LEDGERCTL_CONFIG_DIR": str(self._folder / "profiles"),
            "COLUMNS": "300",
            "PYTHONPATH": os.pathsep.join(sys.path),
            **settings,
        }
        with mock.patch.object(tempfile, "tempdir", str(self._folder)):
            return ledgerctl(*args, environment={**os.environ, **variables}, given=given)

    def says(self, *args: str, **settings: str) -> str:
        done = self.run(*args, **settings)
        assert done.returncode == 0, done.stderr
        return str(done.stdout)

    def refuses(self, *args: str, code: int = 1, **settings: str) -> str:
        done = self.run(*args, **settings)
        assert done.returncode == code, (done.stdout, done.stderr)
        return str(done.stderr)

    def record(self, *args: str) -> str:
        return self.says("record", str(self.file), *args)

    def versions(self, entry_id: str) -> list[dict[str, Any]]:
        with SyncLedgerClient(self._service) as client:
            client.ledger(self.ledger)  # what comes is as new as that
            told = json_form.write(client.entry(self.ledger, entry_id))
        return list(told["versions"])

    def acts(self) -> list[str]:
        with SyncLedgerClient(self._service) as client:
            client.ledger(self.ledger)
            return [each.entry_id for each in client.acts(self.ledger)]

    def position(self) -> int:
        told = json.loads(self.says("ledgers", "-l", self.ledger, "--format", "json"))
        return int(told["ledgers"][0]["position"])

    def request(self, entry_id: str, version: int = 1) -> str:
        return str(self.versions(entry_id)[version - 1]["request_id"])


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    process = Process(tmp_path_factory.mktemp("service"))
    yield process.address()
    process.stop()


@pytest.fixture
def desk(service: str, tmp_path: Path) -> Desk:
    return Desk(service, tmp_path)


# Which ledger


@pytest.mark.parametrize(
    ("args", "settings", "by", "remedy"),
    [
        (["--ledger", "other"], {}, "--ledger", "Leave --ledger out"),
        ([], {"LEDGERCTL_LEDGER": "other"}, "LEDGERCTL_LEDGER", "Say --ledger "),
    ],
)
@pytest.mark.parametrize("check", [[], ["--check"]])
def test_a_file_for_one_ledger_is_not_recorded_in_another(
    desk: Desk,
    args: list[str],
    settings: dict[str, str],
    by: str,
    remedy: str,
    check: list[str],
) -> None:
    told = desk.refuses("record", str(desk.file), *check, *args, code=2, **settings)
    assert f"is for the ledger {desk.ledger}, and {by} says other: nothing was recorded" in told
    assert remedy in told
    assert "or write other into the file." in told
    assert "other" not in desk.says("ledgers")


def test_a_name_that_no_ledger_can_have_is_told_by_a_check_too(desk: Desk) -> None:
    desk.file.write_text(CASE.replace("NAME", "Vardo River"))
    told = desk.refuses("record", str(desk.file), "--check")
    assert "'Vardo River' is no name of a ledger" in told


def test_a_profile_does_not_lead_a_file_astray_either(
    desk: Desk, service: str, tmp_path: Path
) -> None:
    profile = f'[profiles.mine]\nserver = "{service}"\nledger = "other"\nplain_text = true\n'
    (tmp_path / "profiles").mkdir()
    (tmp_path / "profiles" / "profiles.toml").write_text(profile)
    settings = {"LEDGERCTL_PROFILE": "mine"}
    told = desk.refuses("record", str(desk.file), code=2, **settings)
    assert "and the profile in use says other" in told
    assert "Recorded 3 items" in desk.says(
        "record", str(desk.file), "--ledger", desk.ledger, **settings
    )


@pytest.mark.parametrize(
    ("header", "told"),
    [
        ("title: Other talks", "title: Other talks; the ledger {} has Talks"),
        ("title: Talks, purpose: Peace", "purpose: Peace; the ledger {} has none"),
        ("title: Talks, opens_on: 2017-01-01", "opens_on: 2017-01-01; the ledger {} has none"),
    ],
)
def test_another_description_of_the_ledger_is_a_question(
    desk: Desk, header: str, told: str
) -> None:
    desk.record()
    desk.write(CASE.replace("title: Talks", header, 1) + ANOTHER)
    refused = desk.refuses("record", str(desk.file))
    assert told.format(desk.ledger) in refused
    assert "--keep-description" in refused
    assert told.format(desk.ledger) in desk.refuses("record", "--check", str(desk.file))
    assert "Recorded 1 item " in desk.record("--keep-description")


# Again and again


def test_a_file_that_grew_records_what_is_new(desk: Desk) -> None:
    assert "Recorded 3 items" in desk.record()
    desk.write(CASE.replace("- id: v", f"{ANOTHER}- id: v"))
    told = desk.record()
    assert "Recorded 1 item " in told
    assert "3 were there already" in told
    again = json.loads(desk.record("--format", "json"))
    assert (again["recorded"], again["already_recorded"]) == (0, 4)
    assert [each["entry_id"] for each in again["items"]] == ["a", "r", "w", "v"]
    assert [each["position"] for each in again["items"]] == [2, 3, 5, 4]
    assert again["token"]


def test_what_is_changed_is_told_field_by_field_and_refused(desk: Desk) -> None:
    desk.record()
    changed = CASE.replace("title: Comes", "title: Comes again\n    place: Seoul")
    desk.write(changed.replace("We came.", "We came; twice.") + ANOTHER)
    told = desk.refuses("record", str(desk.file))
    assert f"differs from {desk.ledger}: 1 entry is changed; nothing was recorded." in told
    assert '--amend "REASON" --report ID as new information' in told
    place = "item 3 (v)"
    assert f"line 9: {place}: act.title: Comes again here; version 1 has Comes" in told
    assert f"line 10: {place}: act.place: " in told
    assert "act.evidence (the 1st): quote: We came; twice. here; version 1 has We came." in told
    assert desk.position() == 4


def test_changes_are_recorded_as_corrections_when_that_is_said(desk: Desk) -> None:
    desk.record()
    desk.write(CASE.replace("title: Comes", "title: Comes again") + ANOTHER)
    assert "Recorded 2 items" in desk.record("--amend", "mistyped")
    told = desk.versions("v")[-1]
    assert (told["version"], told["change"], told["reason"]) == (2, "correction", "mistyped")
    assert told["state"]["act"]["title"] == "Comes again"
    assert "4 were there already" in desk.record()


def test_a_file_may_be_changed_back(desk: Desk) -> None:
    desk.record()
    desk.write(CASE.replace("title: Comes", "title: Comes again"))
    desk.record("--amend", "mistyped")
    desk.write(CASE)
    told = desk.refuses("record", str(desk.file))
    assert "line 9: item 3 (v): act.title: Comes here; version 2 has Comes again" in told
    assert "Recorded 1 item " in desk.record("--amend", "not mistyped")
    told = json.loads(desk.record("--format", "json"))
    assert [(each["entry_id"], each["version"]) for each in told["items"]][-1:] == [("v", 1)]


def test_what_is_amended_is_told_and_what_is_changed_back_by_an_old_copy(desk: Desk) -> None:
    desk.record()
    desk.write(CASE.replace("title: Comes", "title: Comes again"))
    for more in (["--check"], []):
        done = desk.run("record", str(desk.file), "--amend", "mistyped", *more)
        assert "act.title: Comes → Comes again" in done.stderr
        assert "old copy" not in done.stderr
    old = desk.file.parent / "of-a-colleague"
    old.mkdir()
    desk.file = old / desk.file.name
    desk.write(CASE)
    back = "item 3 (v): changed back to what version 1 said, which was changed by version 2 (mistyped). Is this an old copy of the file?"
    assert back in desk.refuses("record", str(desk.file))
    checked = desk.refuses("record", "--check", str(desk.file))
    assert back in checked
    assert "has 1 problem; nothing was recorded. Record the changes with --amend" in checked
    done = desk.run("record", str(desk.file), "--amend", "so")
    assert back in done.stderr
    assert "act.title: Comes again → Comes" in done.stderr


def test_changes_are_recorded_as_new_information_from_a_report(desk: Desk) -> None:
    desk.record()
    report = "- {id: r2, report: {title: R2, publisher: P, published: 2019-01-01}}\n"
    desk.write(CASE.replace("title: Comes", "title: Comes again") + report)
    desk.record("--amend", "told later", "--report", "r2")
    told = desk.versions("v")[-1]
    assert (told["change"], told["report"]) == ("new_information", "r2")
    assert "--amend REASON, too" in desk.refuses(
        "record", str(desk.file), "--report", "r2", code=2
    )


def test_what_was_annulled_is_named_and_not_there(desk: Desk) -> None:
    desk.record()
    desk.says("annul", "v", "--reason", "recorded twice", "-l", desk.ledger)
    for amend in ([], ["--amend", "so"]):
        done = desk.run("record", str(desk.file), *amend)
        assert "2 were there already. 1 is annulled." in done.stdout
        told = done.stderr
        assert "line 5: item 3 (v): annulled, by version 2 (recorded twice), and stays" in told
        assert "Drop it from the file" in told
    desk.write(CASE.replace("title: Comes", "title: Arrives"))
    for amend in ([], ["--amend", "so"]):
        refused = desk.refuses("record", str(desk.file), *amend)
        assert "item 3 (v): changed, and annulled, by version 2 (recorded twice)." in refused
        assert "Bring it back first, with `ledgerctl undo " in refused
        assert "--amend" not in refused, "it would not help"
    both = CASE.replace("title: Comes", "title: Arrives").replace("kind: state", "kind: person")
    desk.write(both)
    refused = desk.refuses("record", str(desk.file))
    assert "1 of them cannot be amended: do first what helps there. Then record" in refused
    desk.write(CASE)
    (back,) = re.findall(r"`ledgerctl undo (\S+?)[ `]", told)
    desk.says("undo", back, "--reason", "it did", "--yes", "-l", desk.ledger)
    assert "3 were there already" in desk.record()


def test_what_was_amended_elsewhere_is_not_taken_back_by_an_old_file(desk: Desk) -> None:
    desk.record()
    file = desk.file.parent / "v.yaml"
    file.write_text(
        "act: {kind: visit, actor: a, title: Arrives, occurred: 2018-01-01,\n"
        "      evidence: [{report: r, quote: We came.}]}\n"
    )
    amend = ["amend", "v", "--state", str(file), "--correction", "--reason", "better"]
    desk.says(*amend, "-l", desk.ledger)
    for more, code in (([], 0), (["--amend", "so"], 1), (["--amend", "so", "--check"], 1)):
        done = desk.run("record", str(desk.file), *more)
        assert done.returncode == code
        told = "amended since, by version 2 (better); the file has what it said before."
        assert f"line 5: item 3 (v): {told}" in done.stderr
        assert f"change the entry with `ledgerctl edit v --ledger {desk.ledger}`" in done.stderr
    assert "3 were there already, 1 amended since." in desk.record()
    assert len(desk.versions("v")) == 2
    desk.write(CASE.replace("title: Comes", "title: Arrives"))
    done = desk.run("record", str(desk.file))
    assert "3 were there already" in done.stdout
    assert "since" not in done.stderr


def test_a_file_of_another_name_does_not_amend_back_and_says_so(desk: Desk) -> None:
    desk.record()
    for number, title in enumerate(("Arrives", "Is here"), 2):
        desk.write(CASE.replace("Comes", title))
        desk.record("--amend", f"reason {number}")
    desk.file = desk.file.with_name("renamed.yaml")
    desk.write(CASE.replace("Comes", "Arrives"))
    told = desk.refuses("record", str(desk.file), "--amend", "it arrives")
    assert "1 entry was amended since, which --amend does not change" in told
    assert "nothing was recorded. Leave --amend out to leave so what was amended since" in told
    assert "item 3 (v): amended since, by version 3 (reason 3)" in told
    assert f"`ledgerctl edit v --ledger {desk.ledger}`" in told
    desk.write(CASE.replace("Comes", "Arrives").replace("kind: state", "kind: person"))
    done = desk.run("record", str(desk.file), "--amend", "a person")
    assert "Recorded 1 item " in done.stdout
    assert "2 were there already, 1 amended since." in done.stdout


def test_what_was_undone_may_be_recorded_again_for_a_reason(desk: Desk) -> None:
    desk.record()
    desk.write(CASE.replace("Comes", "Arrives"))
    desk.record("--amend", "mistyped")
    desk.says("undo", desk.request("v", 2), "--reason", "a trial", "--yes", "-l", desk.ledger)
    told = desk.refuses("record", str(desk.file))
    assert (
        "item 3 (v): what version 2 said, which was taken back by version 3 (a trial)." in told
    )
    assert "act.title: Arrives here; version 3 has Comes" in told
    assert "Recorded 1 item " in desk.record("--amend", "again")
    assert desk.versions("v")[-1]["state"]["act"]["title"] == "Arrives"
    assert "Recorded 0 items" in desk.record()


def test_an_amendment_in_a_file_that_was_undone_is_brought_back_by_undo(desk: Desk) -> None:
    desk.record()
    desk.write(CASE + CHANGES.split("- {", maxsplit=1)[0])
    desk.record()
    desk.says("undo", desk.request("v", 2), "--reason", "a trial", "--yes", "-l", desk.ledger)
    told = desk.refuses("record", str(desk.file), "--amend", "again")
    assert "item 4 (v): amended since, by version 3 (a trial)" in told
    (back,) = re.findall(r"or bring it back with `ledgerctl undo (\S+)", told)
    desk.says("undo", back, "--reason", "it did", "--yes", "-l", desk.ledger)
    assert "4 were there already." in desk.record()


CHANGES = """\
- amend: v
  reason: mistyped
  correction: true
  act: {kind: visit, actor: a, title: Arrives, occurred: 2018-01-01, evidence: [{report: r}]}
- {amend: v, reason: told again, correction: true, evidence_added: [{report: r, quote: Yes.}]}
- {annul: v, reason: it never was}
"""


def test_changes_in_a_file_are_found_again_and_not_made_twice(desk: Desk) -> None:
    lines = CHANGES.split("- {")
    for upto in range(1, len(lines) + 1):
        desk.write(CASE + "- {".join(lines[:upto]))
        desk.record()
        assert "Recorded 0 items" in desk.record()
    assert [each["change"] for each in desk.versions("v")] == [
        "recorded",
        "correction",
        "correction",
        "annulment",
    ]


def test_a_change_that_is_written_before_others_does_not_get_the_last_word(desk: Desk) -> None:
    first = CHANGES.split("- {", maxsplit=1)[0]
    better = first.replace("mistyped", "better").replace("Arrives", "Is here")
    desk.write(CASE + better)
    desk.record()
    desk.write(CASE + first + better)
    anew = (
        "line 16: item 5 (v): recorded before as version 2, and recorded anew, since a new change "
        "of v stands before it in the file."
    )
    checked = desk.run("record", "--check", str(desk.file))
    assert anew in checked.stderr
    assert "3 of them are there already. 1 of them is recorded anew." in checked.stdout
    done = desk.run("record", str(desk.file))
    assert anew in done.stderr
    assert "Recorded 2 items" in done.stdout
    assert [each["state"]["act"]["title"] for each in desk.versions("v")] == [
        *("Comes", "Is here", "Arrives", "Is here"),
    ]
    assert "Recorded 0 items" in desk.record()


def test_what_is_written_before_an_annulment_does_not_bring_an_entry_back(desk: Desk) -> None:
    first = CHANGES.split("- {", maxsplit=1)[0]
    annulment = "- {annul: v, reason: it never was}\n"
    desk.write(CASE + annulment)
    desk.record()
    desk.write(CASE + first + annulment)
    assert "Recorded 2 items" in desk.record()
    assert desk.acts() == []


def test_a_last_change_that_was_taken_out_of_the_file_stays_and_is_told(desk: Desk) -> None:
    first = CHANGES.split("- {", maxsplit=1)[0]
    desk.write(CASE + first + first.replace("mistyped", "better").replace("Arrives", "Is here"))
    desk.record()
    desk.write(CASE + first)
    assert "4 were there already, 1 amended since." in desk.record()
    told = desk.refuses("record", str(desk.file), "--amend", "so")
    assert "item 4 (v): amended since, by version 3 (better)" in told
    assert len(desk.versions("v")) == 3


def test_an_entry_that_the_file_amends_is_changed_there(desk: Desk) -> None:
    desk.write(CASE + CHANGES)
    desk.record()
    desk.write((CASE + CHANGES).replace("title: Comes", "title: Came"))
    told = desk.refuses("record", str(desk.file), "--amend", "so")
    assert "changed, and amended further on in the file. Change it there." in told
    assert len(desk.versions("v")) == 4


NAMELESS = (
    "- {act: {kind: visit, title: Goes, occurred: 2018-01-02, evidence: [{report: r}]}}\n"
)


def test_equal_entries_without_ids_are_counted_as_often_as_they_stand_there(
    desk: Desk,
) -> None:
    desk.write(CASE + NAMELESS)
    desk.record()
    desk.write(CASE + NAMELESS * 2 + ANOTHER + NAMELESS)
    assert "Recorded 3 items" in desk.record()
    assert "Recorded 0 items" in desk.record()
    made = sorted(each for each in desk.acts() if each.startswith("act-"))
    assert [name.removeprefix(made[0]) for name in made] == ["", "-2", "-3"]
    desk.write(CASE + NAMELESS * 2 + ANOTHER + NAMELESS.replace("2018-01-02", "2018-01-03"))
    told = desk.run("record", str(desk.file)).stderr
    assert "New, and without an id in the file: act-" in told


def test_an_id_that_stands_twice_amends_nothing(desk: Desk) -> None:
    desk.record()
    desk.write(CASE + CASE[CASE.index("- id: v") :].replace("Comes", "Goes"))
    for more in ([], ["--amend", "so"], ["--check"]):
        told = desk.refuses("record", str(desk.file), *more)
        assert "1 problem; nothing was recorded" in told
        assert (
            "line 12: item 4 (v): id: 'v' is the id of item 3 already, which says something "
            "else. Choose another" in told
        )
    assert len(desk.versions("v")) == 1
    desk.write(CASE.replace("- {id: a, party: {name: A, kind: state}}", "- {id: a, prty: {}}"))
    desk.file.write_text(desk.file.read_text() + "- {id: r, party: {name: B, kind: state}}\n")
    told = desk.refuses("record", str(desk.file))
    assert told.index("line 3: item 1 (a): prty") < told.index("line 12: item 4 (r): id: ")


def test_what_is_changed_and_stands_twice_is_said_to_stand_twice(desk: Desk) -> None:
    desk.record()
    changed = CASE.replace("Comes", "Came")
    desk.write(changed + changed[changed.index("- id: v") :])
    for more in ([], ["--amend", "so"], ["--amend", "so", "--check"]):
        told = desk.refuses("record", str(desk.file), *more)
        assert "line 12: item 4 (v): changed, and said by item 3 already. Drop one" in told
    assert len(desk.versions("v")) == 1
    desk.write(changed)
    desk.record("--amend", "so")
    desk.write(changed + changed[changed.index("- id: v") :])
    assert "4 were there already" in desk.record()


def test_what_is_annulled_on_purpose_is_told_in_a_line_and_each_on_demand(desk: Desk) -> None:
    desk.write(CASE + ANOTHER)
    desk.record()
    for entry in ("v", "w"):
        desk.says("annul", entry, "--reason", "not so", "-l", desk.ledger)
    told = desk.run("record", str(desk.file)).stderr
    assert told.count("\n") == 1
    assert "2 were annulled (v, w) by something else since, and stay so. `" in told
    (check,) = re.findall(r"`ledgerctl (record --check \S+)", told)
    told = desk.run(*check.split()).stderr
    assert "line 5: item 3 (v): annulled, by version 2 (not so), and stays so." in told
    assert "line 12: item 4 (w): annulled, by version 2 (not so), and stays so." in told


def test_what_was_taken_back_is_not_said_to_be_annulled_by_something_else(desk: Desk) -> None:
    desk.record()
    desk.says("undo", str(desk.file), "--reason", "a trial", "--yes")
    told = desk.run("record", str(desk.file)).stderr
    assert re.search(
        r"Of the entries in the file 3 were taken back \(.*\) since, and stay", told
    )
    assert "something else" not in told
    told = desk.says("record", "--check", str(desk.file))
    assert "Nothing is wrong with 3 items" in told
    assert "3 of them were annulled since, and stay so." in " ".join(told.split())


def test_of_sealed_texts_what_may_not_be_read_is_said_not_to_be_compared(desk: Desk) -> None:
    sealed = CASE.replace("title: Comes", "title: {seal: Comes}")
    desk.write(sealed)
    desk.record()
    desk.write(sealed.replace("{seal: Comes}", "{seal: Arrives}"))
    again = desk.run("record", str(desk.file))
    assert again.returncode == 0
    assert "1 sealed text cannot be compared" in again.stderr
    desk.write(CASE)
    told = desk.refuses("record", str(desk.file))
    assert "act.title: Comes here; version 1 has {sealed: ...}" in told


def test_of_sealed_texts_what_may_be_read_is_compared(tmp_path: Path) -> None:
    process = Process(tmp_path, LEDGER_DISCLOSE_SEALED="true")
    try:
        desk = Desk(process.address(), tmp_path)
        sealed = CASE.replace("title: Comes", "title: {seal: Comes}")
        desk.write(sealed)
        desk.record()
        assert "cannot be compared" not in desk.run("record", str(desk.file)).stderr
        desk.write(sealed.replace("{seal: Comes}", "{seal: Arrives}"))
        told = desk.refuses("record", str(desk.file))
        assert "act.title: the sealed text is another one than in version 1" in told
        assert "Arrives" not in told
        desk.record("--amend", "better")
        assert desk.versions("v")[-1]["state"]["act"]["title"]["value"] == "Arrives"
        assert "3 were there already" in desk.record()
    finally:
        process.stop()


def test_a_large_file_that_differs_at_its_end_records_nothing(desk: Desk) -> None:
    def party(number: int) -> str:
        return f"- {{id: p{number}, party: {{name: P {number}, kind: person}}}}\n"

    desk.record()
    many = "".join(map(party, range(1500)))
    desk.write(CASE.replace("- id: v", f"{many}- id: v").replace("Comes", "Came"))
    assert "1 entry is changed" in desk.refuses("record", str(desk.file))
    assert desk.position() == 4
    told = desk.record("--amend", "mistyped")
    assert "Recorded 1501 items" in told
    assert "To take it back, run these 2 commands, in this order:" in told
    last, first = re.findall(r"^ledgerctl undo (\S+)", told, re.MULTILINE)
    assert (last, first) == (desk.request("v", 2), desk.request("p0"))


def test_a_new_file_that_took_several_requests_is_taken_back_as_one(desk: Desk) -> None:
    with _requests_of(2):
        told = desk.record()
    assert f"To take it back: ledgerctl undo {desk.file}" in told
    given = "".join(f"- {{id: p{n}, party: {{name: P{n}, kind: state}}}}\n" for n in range(3))
    with _requests_of(2):
        done = desk.run("record", "-", "-l", desk.ledger, given=given)
    assert re.search(r"these 2 commands, in this order:\nledgerctl undo \S+ .*\nl", done.stdout)


# Checked


def test_a_check_tells_what_the_client_and_the_service_refuse_in_one_round(
    desk: Desk,
) -> None:
    desk.write(
        CASE.replace("kind: state}", "kind: realm}").replace(
            "actor: a", "actor: a\n    joint: true"
        )
        + "- {id: x, act: {kind: visit, title: X, occurred: 2018-01-01, evidence: [{report: none}]}}\n"
    )
    told = desk.refuses("record", "--check", str(desk.file)).splitlines()
    assert re.search(r"has \d problems; nothing was recorded:$", told[0])
    numbers = [int(match[1]) for line in told if (match := re.match(r"  line (\d+):", line))]
    assert numbers == sorted(numbers)
    assert "  line 3: item 1 (a): party.kind: " in told[1]
    assert "line 13: item 4 (x): act.evidence (the 1st): report: There is no" in told[-1]
    assert not any("no entry 'a'" in line or "no party 'a'" in line for line in told)
    assert desk.ledger not in desk.says("ledgers")


CASE_WITH_SLIPS = """\
ledger: {ledger: NAME, title: Talks}
items:
- {id: a, party: {name: A, kind: state}}
- {id: b, party: {name: B, kind: realm}}
- {id: r, report: {title: R, publisher: P, published: 2018-02-31}}
- id: c
  commitment:
    debtors: [a, nobody]
    creditors: [b]
    consequent: Comes
    occurred: 2018-01-32
    evidence: [{report: r}, {report: none}]
- id: v
  act:
    kind: visit
    actor: a
    title: Comes
    occurred: 2018-01-01
    relations: [{kind: fulfils, target: c}, {kind: fulfils, target: d}]
    evidence: [{report: r}]
- act: {kind: visit, actor: someone, title: Goes, occurred: 2018-13-01, evidence: [{report: r}]}
- {annul: c, reason: wrong}
"""
SLIPS = [
    "line 4: item 2 (b): party.kind: 'realm' is not",
    "line 5: item 3 (r): report.published: '2018-02-31' names a day",
    "line 8: item 4 (c): commitment.debtors (the 2nd): There is no entry 'nobody'",
    "line 11: item 4 (c): commitment.occurred: '2018-01-32' names a day",
    "line 12: item 4 (c): commitment.evidence (the 2nd): report: There is no entry 'none'",
    "line 19: item 5 (v): act.relations (the 2nd): target: There is no entry 'd'",
    "line 21: item 6: act.occurred: '2018-13-01' names a day",
    "line 21: item 6: act.actor: There is no entry 'someone'",
]


@pytest.mark.parametrize("check", [[], ["--check"]])
def test_all_that_is_wrong_is_told_together_also_of_an_item_that_cannot_be_read(
    desk: Desk, check: list[str]
) -> None:
    desk.write(CASE_WITH_SLIPS)
    for is_there in (False, True):
        if is_there:
            desk.says("ledgers", "create", desk.ledger, "--title", "Talks")
        told = desk.refuses("record", *check, str(desk.file)).splitlines()
        assert told[0].endswith(f"{desk.file} has 8 problems; nothing was recorded:")
        for line, wanted in zip(told[1:], SLIPS, strict=True):
            assert line.startswith(f"  {wanted}"), line
    assert desk.position() == 1


def test_the_id_of_an_item_that_cannot_be_read_is_suggested_too(desk: Desk) -> None:
    desk.write(
        CASE.replace("id: a, party: {name: A, kind: state}", "id: land, party: {kind: realm}")
        .replace("actor: a", "actor: lnad")
        .replace("id: r, report: {title: R", "id: paper, report: {titel: R")
        .replace("report: r,", "report: papre,")
    )
    told = desk.refuses("record", "--check", str(desk.file))
    assert re.search("no entry 'lnad'.* Did you mean land?", told)
    assert re.search("no entry 'papre'.* Did you mean paper?", told)


def test_of_lines_of_json_all_is_told_together(desk: Desk) -> None:
    desk.record()
    act = (
        '{"id": "w", "act": {"kind": "visit", "actor": "b", "title": "W", "occurred": "2018-01-01", '
        '"evidence": [{"report": "r2"}, {"report": "none"}]}}'
    )
    desk.file.write_text(
        '{"id": "b", "party": {"name": "B", "kind": "state"}\n'
        '{"id": "r2", "report": {"title": "R", "publisher": "P", "published": "2018-02-31"}}\n'
        + act
    )
    told = desk.refuses("record", "--ledger", desk.ledger, str(desk.file)).splitlines()
    assert [line.partition(": ")[0] for line in told[1:]] == [
        "  line 1",
        "  line 2",
        "  line 3",
    ]
    assert "this is not JSON" in told[1]
    assert "item 2 (r2): report.published" in told[2]
    assert "item 3 (w): act.evidence (the 2nd): report: There is no entry 'none'" in told[3]


def test_what_stands_behind_the_end_of_yaml_is_not_taken_for_unknown(desk: Desk) -> None:
    broken = "- id: x\n  act: {title: X: y}\n"
    late = "- id: late\n  report: {title: L, publisher: P, published: 2018-01-01}\n"
    names = ANOTHER.replace("report: r", "report: late").replace("visit,", "visit, actor: no,")
    desk.write(CASE + names + broken + late)
    told = desk.refuses("record", str(desk.file)).splitlines()
    assert len(told) == 3, told
    assert "act.actor: There is no entry 'no'" in told[1]
    assert "this is not YAML" in told[2]


def test_a_head_that_cannot_be_read_names_its_ledger_all_the_same(desk: Desk) -> None:
    desk.record()
    desk.write(CASE.replace("title: Talks", "titel: Talks").replace("actor: a", "actor: no"))
    told = desk.refuses("record", str(desk.file), "--check")
    assert "line 1: ledger.titel: there is no such field. Did you mean title?" in told
    assert "act.actor" in told


def test_what_is_wrong_is_told_where_the_service_cannot_be_asked(desk: Desk) -> None:
    desk.file.write_text("- {id: b, party: {name: B, kind: realm}}\n")
    told = desk.refuses("record", "--ledger", "not-there", str(desk.file)).splitlines()
    assert told[0].endswith("has 1 problem; nothing was recorded:")
    assert "line 1: item 1 (b): party.kind" in told[1]
    assert told[2].startswith("  The service could not be asked about the rest: There is no")


def test_about_a_file_of_which_nothing_can_be_read_the_service_is_not_asked(
    desk: Desk,
) -> None:
    desk.file.write_text("")
    told = desk.refuses("record", "--ledger", "not-there", str(desk.file)).splitlines()
    assert len(told) == 2
    assert "The file holds no items." in told[1]


def test_about_a_large_file_that_is_wrong_the_service_is_asked_by_a_check_alone(
    desk: Desk,
) -> None:
    parties = [f"- {{id: p{n}, party: {{name: P {n}, kind: person}}}}\n" for n in range(1100)]
    wrong = "- {id: q, party: {name: Q, kind: persn, succeeds: [{predecessor: none}]}}\n"
    behind = (
        "- {id: s, party: {name: S, kind: person, represents: [{principal: q}, "
        "{principal: p9}, {principal: gone}]}}\n"
    )
    desk.write(CASE + wrong + "".join(parties) + behind)
    told = desk.refuses("record", str(desk.file)).splitlines()
    assert len(told) == 2
    assert "Did you mean person?" in told[1]
    told = desk.refuses("record", str(desk.file), "--check")
    assert "item 4 (q): party.kind" in told
    assert "item 4 (q): party.succeeds (the 1st): predecessor: There is no entry 'none'" in told
    assert (
        "item 1105 (s): party.represents (the 3rd): principal: There is no entry 'gone'" in told
    )
    assert "no entry 'q'" not in told


def test_a_check_tells_what_is_there_what_is_new_and_what_differs(desk: Desk) -> None:
    desk.record()
    desk.write(CASE + ANOTHER)
    told = desk.record("--check")
    assert "Nothing is wrong with 4 items" in told
    assert "3 of them are there already." in told
    desk.write(CASE.replace("title: Comes", "title: Came") + ANOTHER.replace("visit", "vist"))
    refused = desk.refuses("record", "--check", str(desk.file))
    assert "has 2 problems; nothing was recorded. Record the changes with --amend" in refused
    assert refused.index("act.title: Came here; version 1 has Comes") < refused.index("vist")
    desk.write(CASE.replace("title: Comes", "title: Came"))
    assert "1 would be amended." in desk.record("--check", "--amend", "so")
    assert desk.position() == 4


def test_of_a_quantity_number_and_unit_are_told_and_remarks_come_in_order_of_lines(
    desk: Desk,
) -> None:
    gives = """\
- id: p
  commitment: {debtors: [a], creditors: [b], consequent: Gives, quantity: 5 t, occurred: 2018-01-01, evidence: [{report: r}]}
- id: b
  party: {name: B, kind: state}
- id: g
  act:
    kind: fulfilment
    actor: a
    counterparty: b
    title: Gives
    occurred: 2018-03-01
    quantity: 2 kg
    relations: [{kind: fulfils, target: p}]
    evidence: [{report: r}]
"""
    desk.write(CASE + gives)
    for args in (["--check"], []):
        told = desk.run("record", *args, str(desk.file)).stderr
        assert [int(each) for each in re.findall(r"^line (\d+): item", told, re.MULTILINE)] == [
            24,
            25,
        ]
    desk.write(CASE + gives.replace("2 kg", "2 t").replace("5 t", "6 t"))
    told = desk.refuses("record", str(desk.file))
    assert "commitment.quantity: 6 t here; version 1 has 5 t" in told
    assert "act.quantity: 2 t here; version 1 has 2 kg" in told


def test_a_check_looks_at_all_of_a_file_that_takes_several_requests(desk: Desk) -> None:
    parties = [f"- {{id: p{n}, party: {{name: P {n}, kind: person}}}}\n" for n in range(1100)]
    late = "".join(
        f"- {{id: {name}, act: {{kind: visit, actor: {actor}, title: X, occurred: 2018-01-01, "
        f"evidence: [{{report: {report}}}]}}}}\n"
        for name, actor, report in (("x", "p3", "r"), ("y", "p3", "none"), ("z", "a", "p1"))
    )
    desk.write(CASE.replace("- id: v", f"{''.join(parties)}- id: v") + late)
    told = desk.refuses("record", str(desk.file), "--check").splitlines()
    assert told[0].endswith(
        "The service found 2 problems in " + f"{desk.file}; nothing was recorded:"
    )
    assert "item 1105 (y): act.evidence (the 1st): report: There is no entry 'none'" in told[1]
    assert (
        "item 1106 (z): act.evidence (the 1st): report: 'p1' is a party. Name a report"
        in told[2]
    )
    assert len(told) == 3
    parties[7] = parties[7].replace("kind: person", "kind: ''")
    desk.write(CASE.replace("- id: v", f"{''.join(parties)}- id: v") + late)
    told = desk.refuses("record", str(desk.file), "--check").splitlines()
    assert "item 10 (p7): party.kind" in told[1]
    assert "(y): act.evidence (the 1st): report" in told[2], "what is wrong first hides nothing"
    right = late.replace("none", "r").replace("report: p1", "report: r")
    desk.write(
        CASE.replace("- id: v", f"{''.join(parties[:7])}{''.join(parties[8:])}- id: v") + right
    )
    said = desk.record("--check")
    assert "Nothing is wrong with 1105 items" in said
    assert "was looked at for its first 600 new items" in said


def test_a_check_names_what_it_could_not_look_at(desk: Desk) -> None:
    two = "- {id: b, party: {name: B, kind: state}}\n- {id: c, party: {name: C, kind: state}}\n"
    meets = ANOTHER.replace("kind: visit", "kind: meeting, actor: a, co_actors: [b, c]")
    desk.write(CASE + two + meets)
    with _requests_of(4):
        told = desk.record("--check")
        assert "Nothing is wrong with 5 items" in told
        assert "1 item could not be checked before recording" in told
        assert "more than one request can have: line 14: item 6 (w)." in told
        desk.write(CASE.replace("actor: a", "actor: nobody") + two + meets)
        told = desk.refuses("record", "--check", str(desk.file))
    assert "item 3 (v): act.actor: There is no entry 'nobody'" in told
    assert "more than one request can have: line 14: item 6 (w)." in told


# Edited


@pytest.fixture
def editor(tmp_path: Path) -> Any:
    """Makes an editor that changes what it opens, by expressions of sed, one for each time."""

    def made(*turns: str) -> dict[str, str]:
        script = tmp_path / "editor"
        cases = "\n".join(
            f'{number}) sed -i {json.dumps(turn)} "$1";;' if turn else f"{number}) ;;"
            for number, turn in enumerate(turns)
        )
        script.write_text(
            f"#!/bin/sh\nturn=$(cat {tmp_path}/turn 2>/dev/null || echo 0)\n"
            f'cp "$1" {tmp_path}/seen-$turn\n'
            f"echo $((turn + 1)) > {tmp_path}/turn\ncase $turn in\n{cases}\nesac\n"
        )
        script.chmod(script.stat().st_mode | stat.S_IXUSR)
        return {"VISUAL": str(script), "EDITOR": str(script)}

    return made


def test_an_entry_is_amended_in_the_editor(desk: Desk, editor: Any, tmp_path: Path) -> None:
    desk.record()
    done = desk.run(
        *("edit", "v", "--reason", "wrong day", "-l", desk.ledger),
        **editor("s/2018-01-01/2018-01-02/"),
    )
    assert done.returncode == 0, done.stderr
    assert "v is at version 2" in done.stdout
    assert f"To take it back: ledgerctl undo {desk.request('v', 2)}" in done.stdout
    assert "act.occurred: 2018-01-01 → 2018-01-02" in done.stderr
    told = desk.versions("v")[-1]
    assert (told["change"], told["reason"]) == ("correction", "wrong day")
    assert told["state"]["act"]["occurred"] == "2018-01-02"
    assert not list(tmp_path.glob("ledgerctl-*"))


def test_an_edit_may_tell_something_new(desk: Desk, editor: Any) -> None:
    desk.record()
    how = ["--reason", "became known", "--report", "r", "-l", desk.ledger]
    desk.says("edit", "v", *how, **editor("s/Comes/Arrives/"))
    assert desk.versions("v")[-1]["report"] == "r"


def test_a_text_that_was_not_changed_records_nothing(desk: Desk, editor: Any) -> None:
    desk.write(CASE.replace("title: Comes", "title: {seal: Comes}"))
    desk.record()
    told = desk.says("edit", "v", "--reason", "so", "-l", desk.ledger, **editor(""))
    assert "Nothing was changed, so nothing was recorded." in told
    assert len(desk.versions("v")) == 1


def test_a_seal_is_kept_by_an_edit(desk: Desk, editor: Any, tmp_path: Path) -> None:
    desk.write(CASE.replace("title: Comes", "title: {seal: Comes}"))
    desk.record()
    how = ["--reason", "so", "-l", desk.ledger]
    desk.says("edit", "v", *how, **editor("s/2018-01-01/2018-01-02/"))
    assert "sealed: keep" in (tmp_path / "seen-0").read_text()
    first, second = desk.versions("v")
    assert first["state"]["act"]["title"] == second["state"]["act"]["title"]


def test_what_is_refused_opens_again_with_what_is_wrong(
    desk: Desk, editor: Any, tmp_path: Path
) -> None:
    desk.record()
    turns = (
        "s/kind: visit/kind: vist/",
        "s/vist/visit/;s/report: r/report: none/",
        "s/: none/: r/;s/Comes/Goes/",
    )
    done = desk.run("edit", "v", "--reason", "so", "-l", desk.ledger, **editor(*turns))
    assert done.returncode == 0, done.stderr
    second, third = ((tmp_path / f"seen-{n}").read_text() for n in (1, 2))
    number = 1 + second.splitlines().index("  kind: vist")
    assert second.startswith(f"#! line {number}: act.kind: ")
    number = 1 + third.splitlines().index("  - report: none")
    assert third.startswith(f"#! line {number}: act.evidence (the 1st): report: There is no")
    assert desk.versions("v")[-1]["state"]["act"]["title"] == "Goes"


def test_what_is_unknown_is_told_together_with_what_cannot_be_read(
    desk: Desk, editor: Any, tmp_path: Path
) -> None:
    desk.write(CASE.replace("id: r,", "id: gazette,").replace("report: r,", "report: gazette,"))
    desk.record()
    turns = (
        "s/kind: visit/kind: vist/;s/actor: a/actor: nobody/;s/report: gazette/report: gazete/",
        "",
    )
    desk.run("edit", "v", "--reason", "so", "-l", desk.ledger, **editor(*turns))
    told = [each for each in (tmp_path / "seen-1").read_text().splitlines() if "#!" in each]
    assert [each.split("'")[1] for each in told] == ["vist", "nobody", "gazete"]
    assert told[2].endswith("Did you mean gazette?")
    assert len(desk.versions("v")) == 1


def test_rules_that_an_item_breaks_are_told_together_with_what_of_it_cannot_be_read(
    desk: Desk, editor: Any, tmp_path: Path
) -> None:
    slips = (
        "- {id: w, act: {kind: visit, actor: a, counterparty: a, title: '', occurred: 2018-13-01,\n"
        "    evidence: [{report: r}]}}\n"
        "- {id: x, act: {kind: visit, actors: a, title: X, occurred: 2018-01-01, joint: true,\n"
        "    evidence: [{report: r}]}}\n"
    )
    for args in (["--check"], []):
        desk.write(CASE + slips)
        told = desk.refuses("record", *args, str(desk.file))
        assert "(w): act.occurred: '2018-13-01' names a day that is not in the" in told
        assert "(w): act.title: This is required." in told
        assert "(w): act.counterparty: 'a' is an actor too" in told
        assert "(x): act.actors: there is no such field. Write actor for" in told
        assert told.count("(x):") == 1, "what is joint may follow from who did it"
    desk.write(CASE)
    desk.record()
    slips = "s/kind: visit/kind: vist/;s/title: .*/title: ''/"
    desk.run("edit", "v", "-l", desk.ledger, "--reason", "so", **editor(slips, ""))
    told = (tmp_path / "seen-1").read_text()
    assert "act.kind: " in told
    assert "act.title: This is required." in told
    state = tmp_path / "state.yaml"
    state.write_text(
        "act: {kind: visit, actor: nobody, title: '', occurred: 2018-13-01,\n"
        "  evidence: [{report: none}]}\n"
    )
    how = [
        "--state",
        str(state),
        "--reason",
        "so",
        "--report",
        "none-either",
        "-l",
        desk.ledger,
    ]
    told = desk.refuses("amend", "v", *how)
    assert "has 5 problems; nothing was recorded" in told
    assert "line 1: act.occurred: '2018-13-01' names a day" in told
    assert "line 1: act.title: This is required." in told
    assert "line 1: act.actor: There is no entry 'nobody'" in told
    assert "line 2: act.evidence (the 1st): report: There is no entry 'none'" in told
    assert "\n  new_information: There is no entry 'none-either'" in told


def test_an_id_of_what_is_recorded_already_is_suggested(desk: Desk) -> None:
    desk.write(CASE.replace("id: r,", "id: gazette,").replace("report: r,", "report: gazette,"))
    desk.record()
    late = ANOTHER.replace("report: r", "report: gazete").replace("visit,", "visit, actor: a,")
    desk.write(
        CASE.replace("id: r,", "id: gazette,").replace("report: r,", "report: gazette,") + late
    )
    assert "Did you mean gazette?" in desk.refuses("record", str(desk.file))


def test_what_was_written_is_kept_when_somebody_gives_up(
    desk: Desk, editor: Any, tmp_path: Path
) -> None:
    desk.record()
    how = ["--reason", "so", "-l", desk.ledger]
    told = desk.refuses("edit", "v", *how, **editor("s/kind: visit/kind: vist/", ""))
    (kept,) = tmp_path.glob("ledgerctl-v-*.yaml")
    assert f"What you wrote is in {kept}" in told
    assert "vist" in kept.read_text()
    assert len(desk.versions("v")) == 1


def test_an_editor_that_writes_the_same_again_ends(desk: Desk, tmp_path: Path) -> None:
    desk.record()
    script = tmp_path / "same"
    script.write_text("#!/bin/sh\nprintf 'act: {kind: vist}\\n' > \"$1\"\n")
    script.chmod(0o700)
    how = ["--reason", "so", "-l", desk.ledger]
    told = desk.refuses("edit", "v", *how, VISUAL=str(script))
    assert "Nothing was recorded." in told
    (kept,) = tmp_path.glob("ledgerctl-v-*.yaml")
    assert f"What you wrote is in {kept}" in told
    assert "vist" in kept.read_text()


def test_an_editor_that_leaves_no_file_is_told(desk: Desk, tmp_path: Path) -> None:
    desk.record()
    script = tmp_path / "gone"
    script.write_text('#!/bin/sh\nrm "$1"\n')
    script.chmod(0o700)
    told = desk.refuses("edit", "v", "--reason", "so", "-l", desk.ledger, VISUAL=str(script))
    assert "The editor left nothing to read at " in told
    assert "What you wrote is in" not in told


def test_what_was_written_outlives_a_full_disk(desk: Desk, tmp_path: Path) -> None:
    desk.record()
    script = tmp_path / "long"
    text = "act: {kind: vist} # " + 270 * "x"
    script.write_text(f"#!/bin/sh\necho '{text}' > \"$1\"\n")
    script.chmod(0o700)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (300, limits[1]))
    try:
        told = desk.refuses(
            *("edit", "v", "--reason", "so", "-l", desk.ledger), VISUAL=str(script)
        )
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert "cannot be written into" in told
    (kept,) = tmp_path.glob("ledgerctl-v-*.yaml")
    assert f"What you wrote is in {kept}" in told
    assert kept.read_text() == f"{text}\n"


@pytest.mark.parametrize("command", ["edit", "undo", "amend", "annul"])
def test_of_what_is_stopped_while_it_is_recorded_nothing_is_claimed(
    desk: Desk, editor: Any, tmp_path: Path, command: str
) -> None:
    desk.record()
    request = desk.request("v")
    state = tmp_path / "state"
    state.write_text("evidence_added: [{report: r, quote: Yes.}]\n")
    how: dict[str, list[str]] = {
        "edit": ["v"],
        "undo": [request, "--yes"],
        "amend": ["v", "--state", str(state), "--correction"],
        "annul": ["v"],
    }
    record, take_back = SyncLedgerClient.record, SyncLedgerClient.take_back

    def stopped(*args: Any, **settings: Any) -> None:
        record(*args, **settings)
        raise KeyboardInterrupt

    def stopped_in_turn(*args: Any, **settings: Any) -> Iterator[None]:
        next(take_back(*args, **settings))
        raise KeyboardInterrupt
        yield

    with (
        mock.patch.object(SyncLedgerClient, "record", stopped),
        mock.patch.object(SyncLedgerClient, "take_back", stopped_in_turn),
    ):
        done = desk.run(
            *(command, *how[command], "--reason", "so", "-l", desk.ledger),
            **editor("s/Comes/Goes/"),
        )
    assert done.returncode == 130
    assert "Stopped; it may " in done.stderr
    assert "all the same" in done.stderr
    assert "nothing was recorded" not in done.stderr
    assert len(desk.versions("v")) == 2


def test_what_was_written_is_kept_when_somebody_was_faster(
    desk: Desk, editor: Any, tmp_path: Path
) -> None:
    desk.record()
    meanwhile = " ".join(
        ["env -u PYTHONSTARTUP", *(json.dumps(each) for each in LEDGERCTL[:2])]
    )
    script = tmp_path / "slow"
    script.write_text(
        f"#!/bin/sh\nsed -i s/Comes/Goes/ \"$1\"\n{meanwhile} '{LEDGERCTL[2]}' annul v "
        f"--reason faster -l {desk.ledger} >/dev/null\n"
    )
    script.chmod(0o700)
    how = ["--reason", "so", "-l", desk.ledger]
    told = desk.refuses("edit", "v", *how, VISUAL=str(script))
    assert "v was amended meanwhile, and is at version 2; nothing was recorded." in told
    (kept,) = tmp_path.glob("ledgerctl-v-*.yaml")
    assert "title: Goes" in kept.read_text()
    assert str(kept) in told


def test_without_a_terminal_the_reason_of_an_edit_is_said_first(desk: Desk) -> None:
    desk.record()
    assert "Say why with --reason." in desk.refuses("edit", "v", "-l", desk.ledger, code=2)


# Taken back


def test_what_a_request_recorded_is_taken_back_and_brought_back(desk: Desk) -> None:
    told = desk.record()
    (request,) = re.findall(r"ledgerctl undo (\S+)", told)
    first = desk.position()
    assert "Say --yes and --reason WHY" in desk.refuses(
        "undo", request, "-l", desk.ledger, code=2
    )
    assert desk.position() == first
    undo = ["undo", request, "--reason", "a trial", "--yes", "-l", desk.ledger]
    told = desk.says(*undo)
    assert "Took back 3 entries" in told
    assert [each["change"] for each in desk.versions("v")] == ["recorded", "annulment"]
    assert "is taken back already" in desk.says(*undo)
    assert desk.position() == first + 3
    (back,) = re.findall(r"To bring it back: ledgerctl undo (\S+)", told)
    told = desk.says("undo", back, "--reason", "no trial", "--yes", "-l", desk.ledger)
    assert "3 were there already" in desk.record()
    (again,) = re.findall(r"To take it back again: ledgerctl undo (\S+)", told)
    told = desk.says("undo", again, "--reason", "a trial", "--yes", "-l", desk.ledger)
    assert "To bring it back: ledgerctl undo" in told
    assert desk.versions("v")[-1]["change"] == "annulment"


def test_what_no_request_has_room_for_is_taken_back_and_brought_back_in_several(
    desk: Desk,
) -> None:
    desk.record()
    why = ["--reason", "a trial", "--yes"]
    with _requests_of(2):
        done = desk.run("undo", str(desk.file), *why)
        assert "these 3 entries: they are taken back in 2 requests" in done.stderr
        assert "run it again to go on" in done.stderr
        assert "Took back 3 entries" in done.stdout
        (back,) = re.findall(r"ledgerctl undo (undo-\w+-) ", done.stdout)
        told = desk.says("undo", back, *why, "-l", desk.ledger, "--format", "json")
    assert len(json.loads(told)["request_ids"]) == 2
    assert "3 were there already" in desk.record()


def test_it_is_said_too_that_several_requests_are_needed_for_the_bytes(desk: Desk) -> None:
    desk.record()
    with _requests_of(1000, message_bytes=6000):
        done = desk.run("undo", str(desk.file), "--reason", "a trial " * 80, "--yes")
    assert "these 3 entries: they are taken back in 2 requests" in done.stderr
    assert "To bring it back: ledgerctl undo undo-" in done.stdout
    assert len(desk.versions("v")) == 2


def test_what_is_taken_back_in_several_requests_goes_on_after_a_stop(desk: Desk) -> None:
    desk.record()
    undo = ["undo", str(desk.file), "--reason", "a trial", "--yes"]
    take_back = SyncLedgerClient.take_back

    def stopped_in_turn(*args: Any, **settings: Any) -> Iterator[Any]:
        yield next(take_back(*args, **settings))
        raise KeyboardInterrupt

    with (
        _requests_of(2),
        mock.patch.object(SyncLedgerClient, "take_back", stopped_in_turn),
    ):
        told = desk.refuses(*undo, code=130)
    assert "Stopped: at least 2 of 3 entries are taken back; the others stay" in told
    assert re.search(r"To bring it back: ledgerctl undo undo-\w+-1 ", told)
    assert len(desk.versions("a")) == 1, "what others rest on goes last"
    told = desk.says(*undo)
    assert "2 other entries are taken back already" in told
    assert "Took back 1 entry" in told


@contextmanager
def _requests_of(most: int, *, message_bytes: int = 2**20) -> Iterator[None]:
    """As if the service took so many items, and bytes, at most in a request."""
    for_all, for_one = LedgerClient.server_info, SyncLedgerClient.server_info

    async def of_few(client: LedgerClient) -> GetServerInfoResponse:
        info = await for_all(client)
        info.max_entries = most
        info.max_message_bytes = message_bytes
        return info

    def of_few_here(client: SyncLedgerClient) -> GetServerInfoResponse:
        info = for_one(client)
        info.max_entries = most
        info.max_message_bytes = message_bytes
        return info

    with (
        mock.patch.object(LedgerClient, "server_info", of_few),
        mock.patch.object(SyncLedgerClient, "server_info", of_few_here),
    ):
        yield


def test_of_a_file_only_what_it_recorded_is_taken_back(desk: Desk) -> None:
    other = desk.file.parent / "parties.yaml"
    other.write_text(
        f"ledger: {{ledger: {desk.ledger}, title: Talks}}\nitems:\n"
        "- {id: a, party: {name: A, kind: state}}\n"
    )
    desk.says("record", str(other))
    desk.record()
    desk.write(CASE + ANOTHER)
    desk.record()
    undo = ["undo", str(desk.file), "--reason", "a trial", "--yes"]
    assert "Took back 3 entries" in desk.says(*undo)
    assert len(desk.versions("a")) == 1
    assert "is taken back already" in desk.says(*undo)


@pytest.mark.skipif(sys.platform == "darwin", reason="its disks have no such names")
def test_a_file_may_have_a_name_that_is_no_text(desk: Desk) -> None:
    desk.file = desk.file.parent / os.fsdecode(b"caf\xe9.yaml")
    desk.write(CASE)
    assert "Recorded 3 items" in desk.record()
    told = desk.says("undo", str(desk.file), "--reason", "a trial", "--yes")
    assert "Took back 3 entries" in told


def test_a_file_is_the_same_however_its_accents_are_written(desk: Desk) -> None:
    desk.file = desk.file.parent / "caf\u00e9.yaml"
    desk.write(CASE)
    desk.record()
    desk.file = desk.file.rename(desk.file.parent / "cafe\u0301.yaml")
    assert "Took back 3" in desk.says("undo", str(desk.file), "--reason", "a trial", "--yes")


@pytest.mark.parametrize("args", [["search", "\udce9"], ["acts", "--text", "\udce9"]])
def test_what_is_typed_in_another_encoding_is_said_to_be(desk: Desk, args: list[str]) -> None:
    desk.record()
    told = desk.refuses(*args, "-l", desk.ledger, code=2)
    assert "\\udce9 is not UTF-8 text." in told


def test_amendments_are_taken_back_to_what_was_said_before(desk: Desk) -> None:
    desk.write(CASE.replace("title: Comes", "title: {seal: Comes}"))
    desk.record()
    desk.write(
        CASE.replace("title: Comes", "title: {seal: Comes}").replace(
            "2018-01-01\n", "2018-01-05\n"
        )
    )
    desk.record("--amend", "later")
    request = desk.request("v", 2)
    told = desk.run("undo", request, "--reason", "not so", "--yes", "-l", desk.ledger)
    assert told.returncode == 1
    assert "had a sealed text that you may not read" in told.stderr


def test_an_amendment_is_taken_back(desk: Desk) -> None:
    desk.record()
    desk.write(CASE.replace("title: Comes", "title: Arrives"))
    desk.record("--amend", "better")
    request = desk.request("v", 2)
    told = desk.says("undo", request, "--reason", "worse", "--yes", "-l", desk.ledger)
    assert "amended back" in told
    last = desk.versions("v")[-1]
    assert (last["reason"], last["state"]["act"]["title"]) == ("worse", "Comes")
    assert len(desk.versions("a")) == 1


def test_what_changed_since_is_not_taken_back(desk: Desk) -> None:
    request = re.findall(r"ledgerctl undo (\S+)", desk.record())[0]
    desk.write(CASE.replace("title: Comes", "title: Arrives"))
    desk.record("--amend", "better")
    for what in (request,):
        told = desk.refuses("undo", what, "--reason", "so", "--yes", "-l", desk.ledger)
        assert "changed since; nothing was taken back." in told
        assert "v: version 2 (better) of request file-" in told
        last = desk.request("v", 2)
        assert f"To take it back: ledgerctl undo {last} --ledger {desk.ledger}" in told
    assert len(desk.versions("a")) == 1
    assert "Took back 3 entries" in desk.says("undo", str(desk.file), "--reason", "so", "--yes")


def test_what_was_brought_back_is_taken_back_again(desk: Desk) -> None:
    desk.record()
    why = ["--reason", "so", "--yes", "-l", desk.ledger]
    undo = ["undo", str(desk.file), *why]
    for _ in range(2):
        (back,) = re.findall(r"ledgerctl undo (undo-\S+)", desk.says(*undo))
        desk.says("undo", back, *why)
    assert "3 were there already" in desk.record()
    desk.write(CASE.replace("title: Comes", "title: Arrives"))
    desk.record("--amend", "better")
    assert "Took back 3 entries" in desk.says(*undo)
    assert desk.versions("v")[-1]["change"] == "annulment"


def test_what_was_amended_and_not_put_right_again_stays_though_the_file_went_on(
    desk: Desk, tmp_path: Path
) -> None:
    desk.record()
    state = tmp_path / "state"
    state.write_text("evidence_added: [{report: r, quote: Yes.}]\n")
    how = ["--state", str(state), "--correction", "--reason", "so", "-l", desk.ledger]
    desk.says("amend", "v", *how)
    quotes = "evidence: [{report: r, quote: We came.}, {report: r, quote: Yes.}]"
    desk.write(
        CASE.replace("evidence: [{report: r, quote: We came.}]", quotes).replace(
            "Comes", "Came"
        )
    )
    desk.record("--amend", "better")
    told = desk.refuses("undo", str(desk.file), "--reason", "so", "--yes")
    assert "1 entry of" in told
    assert "changed since; nothing was taken back." in told


def test_what_others_rest_on_stays_and_is_told(desk: Desk) -> None:
    request = re.findall(r"ledgerctl undo (\S+)", desk.record())[0]
    desk.write(CASE + ANOTHER)
    desk.record()
    told = desk.says("undo", request, "--reason", "so", "--yes", "-l", desk.ledger)
    assert "r stays: w rests on it." in told
    assert "Took back 2 entries" in told
    assert len(desk.versions("r")) == 1
    answer = ["undo", request, "--reason", "so", "--yes", "-l", desk.ledger]
    again = json.loads(desk.says(*answer, "--format", "json"))
    assert again["kept"] == [{"entry_id": "r", "because_of": ["w"]}]


def test_an_unknown_request_is_told(desk: Desk) -> None:
    desk.record()
    told = desk.refuses("undo", "nothing", "-l", desk.ledger, code=3)
    assert f"Nothing in {desk.ledger} was recorded by a request 'nothing'" in told
