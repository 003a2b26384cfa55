"""ledgerctl as a person uses it: real commands against a real service."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from diplomatic_ledger.cli.checkpoints import checkpoint

from clients.examples.example import ARTICLES, LEDGER, PUBLIC_RECORD
from tests.support import programs
from tests.support.own_address import own_address
from tests.support.processes import serving
from tests.support.programs import LEDGERCTL

AT = ["--as-of", "2018-08-18"]
READS = [
    ["instrument", "singapore-statement", *AT],
    ["instruments", *AT],
    ["party", "pompeo", *AT],
    ["commitments", *AT, "--instrument", "singapore-statement", "--rubric", "g20"],
    ["balance", "dprk", "us", *AT, "--count-by", "commitments", "--with-predecessors"],
    ["commitments", *AT],
    ["commitment", "F051", *AT],
    ["acts", "--related-to", "F051", *AT],
    ["balance", "dprk", "us", *AT, "--sensitivity", "--plot", "--half-life", "90"],
    ["balances", *AT],
    ["series", "dprk", "us", *AT, "--plot"],
    ["replay", "--at", "2018-07-23"],
    ["replay", "--from", "2018-06-04", "--to", "2018-07-23", "--step", "week"],
    ["diff", "--from", "2018-07-23", "--to", "2018-08-18"],
    ["entry", "F016"],
    ["log", "--limit", "20"],
    ["ledgers"],
    ["parties"],
    ["reports"],
    ["rubrics"],
]


@dataclass(frozen=True)
class Terminal:
    """80 columns, and a service that listens."""

    address: str

    def environment(self) -> dict[str, str]:
        return {
            **os.environ,
            "LEDGERCTL_SERVER": self.address,
            "COLUMNS": "80",
            "PYTHONPATH": os.pathsep.join(sys.path),
        }

    def run(self, *args: str, given: str = "") -> subprocess.CompletedProcess[str]:
        return programs.ledgerctl(*args, env=self.environment(), given=given)

    def says(self, *args: str, given: str = "") -> str:
        done = self.run(*args, given=given)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def answers(self, *args: str):
        return json.loads(self.says(*args, "--format", "json"))


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Terminal]:
    folder = tmp_path_factory.mktemp("service")
    with serving(folder) as address:
        yield Terminal(address)


@pytest.fixture(scope="module")
def terminal(empty: Terminal) -> Terminal:
    """The example is recorded, as the first ledger of the service."""
    assert "No ledger yet" in empty.says("ledgers")
    first = empty.run("record", str(ARTICLES))
    assert "Created the ledger us-dprk-2018." in first.stderr
    assert "Recorded 140 items" in first.stdout
    empty.says("record", str(PUBLIC_RECORD))
    return empty


def test_recorded_twice_is_recorded_once(terminal):
    before = terminal.answers("ledgers")["ledgers"][0]["position"]
    again = terminal.says("record", str(ARTICLES))
    assert again.startswith("Recorded 0 items")
    assert "140 were there already, 8 amended since." in again
    assert terminal.answers("ledgers")["ledgers"][0]["position"] == before


@pytest.mark.parametrize("args", READS, ids=lambda args: args[0])
def test_answers_fit_80_columns_and_parse_as_json(terminal, args):
    text = terminal.says(*args)
    for line in text.splitlines():
        # Neither an address nor a command is broken: both are there to be copied.
        assert len(line) <= 80 or line.startswith(("https://", "  ledgerctl "))
    assert "\x1b" not in text
    assert terminal.answers(*args)


@pytest.mark.parametrize("args", READS[:14], ids=lambda args: args[0])
def test_answers_end_with_their_basis(terminal, args):
    text = " ".join(terminal.says(*args).split())
    assert " · root " in text
    assert text.rpartition(" · ")[2] in {"certain", "in doubt 0"} or "in doubt" in text


def test_the_balance_under_each_scale(terminal):
    text = terminal.says("balance", "dprk", "us", *AT, "--sensitivity")
    for figures in ("8 : 1", "64 : 7", "67.5 : 4.5", "48 : 7"):
        assert figures in text
    assert "F016" in text
    assert terminal.answers("balance", "dprk", "us", *AT)["balance"]["net_count"] == 7


def test_a_commitment_tells_how_it_came_there(terminal):
    text = terminal.says("commitment", "F017", *AT)
    for said in ("conditional", "active", "fulfilled", "F016", "F030"):
        assert said in text


def test_an_instrument_shows_its_provisions_its_parties_and_where_it_stands(terminal):
    text = " ".join(terminal.says("instrument", "singapore-statement", *AT).split())
    assert "singapore-statement Joint statement of the two leaders" in text
    assert "commitments 2 active" in text
    assert "provision dprk" in text
    assert "point 4 F051 dprk → us active" in text
    listed = terminal.answers("instruments", *AT)["instruments"]
    assert [each["entry_id"] for each in listed] == [
        "panmunjom-declaration",
        "singapore-statement",
    ]


def test_a_commitment_is_rated_by_each_rubric_that_is_asked_for(terminal):
    found = terminal.answers("commitment", "F051", *AT, "--rubric", "g20", "--rubric", "pam")
    ratings = {each["rubric"]: each["rating"] for each in found["commitment"]["ratings"]}
    assert ratings == {"g20": "0", "pam": "1"}


@pytest.mark.rule("11.1")
def test_the_ratings_of_each_rubric_are_explained_with_their_source(terminal):
    text = " ".join(terminal.says("rubrics").split())
    assert "stalled Nothing moves on the promise." in text
    assert "Source: G8 and G20 Research Groups, University of Toronto" in text
    found = terminal.answers("rubrics")["rubrics"]
    assert [each["name"] for each in found] == ["polimetre", "politifact", "g20", "pam"]
    assert found[3]["ratings"][0] == {
        "rating": "3",
        "definition": "Full implementation: complete, or very nearly so.",
    }


WHAT_IF = """
- id: memo
  report: {title: A memo, publisher: An adviser, published: 2018-06-15}
- id: another
  act: {kind: concession, actor: us, counterparty: dprk, title: Calls off another exercise,
    occurred: 2018-06-15, evidence: [{report: memo}]}
"""


def test_what_is_supposed_counts_and_is_not_recorded(terminal, tmp_path):
    file = tmp_path / "what-if.yaml"
    file.write_text(WHAT_IF)
    asked = ["balance", "us", "dprk", *AT]
    before = terminal.says(*asked)
    supposed = terminal.says(*asked, "--suppose", str(file))
    assert "us gave dprk: 2 deliveries" in supposed
    assert "Calls off another exercise" in supposed
    assert "supposing" in supposed
    assert terminal.says(*asked) == before
    changed = terminal.says("diff", *AT, "--suppose", str(file))
    assert "another" in changed
    file.write_text(WHAT_IF.replace("concession", "gift"))
    refused = terminal.run(*asked, "--suppose", str(file))
    assert refused.returncode == 1
    assert "'gift' is not an act kind" in refused.stderr


def test_replay_knows_nothing_of_later_reports(terminal):
    items = terminal.answers("replay", "--at", "2018-06-21")["items"]
    ids = {part["entry_id"] for item in items for part in item.values() if "entry_id" in part}
    assert {"F050", "F051", "F061"} <= ids
    assert "F013" not in ids


def test_the_diff_names_the_entry_that_made_the_difference(terminal):
    found = terminal.answers("diff", "--from", "2018-07-23", "--to", "2018-08-18")
    (change,) = [each for each in found["commitments"] if each["entry_id"] == "F052"]
    assert change["because"] == ["F013"]


def test_log_prints_the_stored_records_themselves(terminal):
    lines = terminal.says("log", "--format", "records").splitlines()
    assert [int(json.loads(line)["position"]) for line in lines] == list(
        range(1, len(lines) + 1)
    )
    newest = terminal.says("log", "--format", "records", "--backwards", "--limit", "1")
    assert newest.strip() == lines[-1]
    of_one = terminal.says("log", "--format", "records", "--entry", "F016").splitlines()
    assert [json.loads(line)["entryversion"] for line in of_one] == ["1", "2"]


def test_the_log_is_chosen_by_type_change_party_and_relation(terminal):
    def chosen(*options):
        lines = terminal.says("log", "--format", "records", *options).splitlines()
        return [json.loads(line) for line in lines]

    promises = chosen("--entry-type", "commitment", "--party", "dprk")
    assert promises
    assert {each["type"].partition(".")[0] for each in promises} <= {"commitment", "entry"}
    amended = chosen("--change", "new_information", "--change", "correction")
    assert {each["type"] for each in amended} == {"entry.amended.v1"}
    promise = promises[0]["subject"]
    related = chosen("--related-to", promise)
    assert related
    assert all(promise in json.dumps(each["data"]) for each in related)
    assert {each["subject"][0] for each in chosen("--prefix", "F")} == {"F"}


def test_amend_and_annul_and_what_the_ledger_gave_before(terminal):
    terminal.says("ledgers", "create", "small", "--title", "A small one")
    talks = (
        "- {id: us, party: {name: US, kind: state}}\n"
        "- {id: r1, report: {title: News, publisher: P, published: 2018-06-01}}\n"
        "- {id: F1, act: {kind: meeting, actor: us, title: They meet, occurred: 2018-06,\n"
        "   evidence: [{report: r1}]}}\n"
    )
    terminal.says("record", "-l", "small", "-", given=talks)
    state = (
        '{"act": {"kind": "meeting", "actor": "us", "title": "They met",'
        ' "occurred": "2018-06-12", "evidence": [{"report": "r1"}]}}'
    )
    reason = ["--reason", "the day is known"]
    change = ["-l", "small", "F1", "--state", "-", *reason]
    told = terminal.says("amend", *change, "--correction", given=state)
    assert "version 2" in told
    assert "said the same" not in told
    assert terminal.answers("acts", "-l", "small")["acts"][0]["act"]["title"] == "They met"
    then = terminal.answers("acts", "-l", "small", "--recorded-by", "4")
    assert then["acts"][0]["act"]["title"] == "They meet"

    stale = ["--correction", "--expected-version", "1"]
    refused = terminal.run("amend", *change, *stale, given=state)
    assert refused.returncode == 1
    assert "is at version 2, not 1" in refused.stderr

    told = terminal.says("annul", "-l", "small", "F1", *reason)
    assert "version 3" in told
    assert "already" not in told
    assert terminal.answers("acts", "-l", "small")["acts"] == []
    versions = terminal.answers("entry", "-l", "small", "F1")["versions"]
    assert [version["change"] for version in versions] == [
        "recorded",
        "correction",
        "annulment",
    ]
    assert not any(version["answers"] for version in versions)

    again = terminal.says("annul", "-l", "small", "F1", *reason)
    assert "It was annulled already, by version 3." in again
    assert "To take it back" not in again, "nothing changed"
    back = terminal.says("amend", *change, "--correction", given=state)
    assert "said the same" not in back
    same = terminal.says("amend", *change, "--correction", given=state)
    assert "Version 5 said the same: nothing changed but the reason." in same


@pytest.mark.parametrize("change", ["amend", "annul"])
def test_what_changed_an_entry_tells_how_to_take_it_back(terminal, change):
    ledger = f"{change}-and-back"
    terminal.says("ledgers", "create", ledger, "--title", "A small one")
    us = "- {id: us, party: {name: US, kind: state}}\n"
    terminal.says("record", "-l", ledger, "-", given=us)
    more = ["--correction", "--state", "-"] if change == "amend" else []
    told = terminal.says(
        *(change, "-l", ledger, "us", "--reason", "so", *more),
        given="{party: {name: USA, kind: state}}",
    )
    (request,) = re.findall(r"To take it back: ledgerctl undo (\S+)", told)
    assert f"recorded by request {request}" in terminal.says("entry", "us", "-l", ledger)
    terminal.says("undo", request, "-l", ledger, "--reason", "no", "--yes")
    (party,) = terminal.answers("parties", "-l", ledger)["parties"]
    assert party["party"]["name"] == "US"


def test_a_log_on_paper_keeps_its_titles_whole(terminal):
    found = terminal.answers("log", "-l", LEDGER, "--type", "act.recorded.v1")
    titles = [record["data"]["title"] for record in found]
    assert max(map(len, titles)) > 60
    told = terminal.says("log", "-l", LEDGER, "--type", "act.recorded.v1")
    assert "…" not in told
    for word in max(titles, key=len).split():
        assert word in told


def last_day(report: dict) -> str:
    return report["report"]["published"]["date"].rpartition("/")[2]


def test_parties_and_reports_are_listed_as_they_answer(terminal):
    told = terminal.says("parties", "-l", LEDGER)
    assert re.search(r"^trump +Donald Trump +person +represents us: all", told, re.MULTILINE)
    parties = terminal.answers("parties", "-l", LEDGER)
    assert parties["basis"]["ledger"] == LEDGER
    assert {"us", "dprk", "trump"} <= {each["entry_id"] for each in parties["parties"]}

    everything = terminal.answers("reports", "-l", LEDGER)["reports"]
    early = terminal.answers("reports", "-l", LEDGER, "--reported-by", "2018-06-13")
    assert 0 < len(early["reports"]) < len(everything)
    assert all(last_day(each) <= "2018-06-13" for each in early["reports"])
    assert list(map(last_day, everything)) == sorted(map(last_day, everything))
    assert "There are no reports" in terminal.says(
        "reports", "-l", LEDGER, "--recorded-by", "1"
    )


def test_a_bad_file_records_nothing_and_says_where(terminal):
    bad = (
        "- {id: new1, party: {name: New, kind: state}}\n"
        "- id: new2\n"
        "  act: {kind: meeting, actor: nobody, title: T, occurred: 2018,\n"
        "    evidence: [{report: A1}]}\n"
    )
    refused = terminal.run("record", "-l", LEDGER, "-", given=bad)
    assert refused.returncode == 1
    assert "nothing was recorded" in refused.stderr
    assert "line 3: item 2 (new2): act.actor:" in refused.stderr
    assert terminal.run("entry", "-l", LEDGER, "new1").returncode == 3


TWICE = (
    "- {id: memo, report: {title: T, publisher: P, published: 2018-06-15}}\n"
    "- id: twice\n"
    "  act:\n"
    "    {kind: concession, actor: us, counterparty: dprk, title: T, occurred: 2018-06-15,\n"
    "    relations: [{kind: fulfils, target: F051}, {kind: fulfils, target: F051}],\n"
    "    evidence: [{report: memo}], topics: [army, army]}\n"
)
SAID_TWICE = (
    "  line 5: item 2 (twice): act.relations (the 2nd): This act fulfils 'F051' at act.relations (the 1st) "
    "already. State the whole extent there.\n"
    "  line 6: item 2 (twice): act.topics (the 2nd): 'army' stands at topics (the 1st) already."
)


def test_no_sentence_about_a_file_names_a_path_of_the_request(terminal, tmp_path):
    file = tmp_path / "twice.yaml"
    file.write_text(TWICE)
    for args in (["record", "-l", LEDGER], ["record", "--check", "-l", LEDGER]):
        refused = terminal.run(*args, str(file))
        assert SAID_TWICE in refused.stderr
        assert "items[" not in refused.stderr
    state = "{act: " + TWICE.split("act:\n")[1].rstrip() + "}"
    amended = terminal.run(
        *["amend", "F030", "-l", LEDGER, "--correction", "--reason", "r", "--state", "-"],
        given=state.replace("memo", "A1"),
    )
    assert (
        "  act.relations (the 2nd): This act fulfils 'F051' at act.relations (the 1st)"
        in amended.stderr
    )
    assert "items[" not in amended.stderr


@pytest.mark.parametrize(
    "asked",
    [
        ["balance", "us", "dprk"],
        ["commitments"],
        ["commitment", "F051"],
        ["diff"],
    ],
    ids=" ".join,
)
def test_what_is_supposed_and_refused_is_told_with_its_lines(terminal, tmp_path, asked):
    file = tmp_path / "what-if.yaml"
    file.write_text(TWICE)
    refused = terminal.run(*asked, "-l", LEDGER, "--suppose", str(file))
    assert refused.returncode == 1
    assert refused.stderr == (
        f"ledgerctl: The service found 2 problems in {file}; so nothing was asked:\n"
        f"{SAID_TWICE}\n"
    )
    file.write_text("- {id: us, party: {name: US, kind: state}}\n")
    refused = terminal.run(*asked, "-l", LEDGER, "--suppose", str(file))
    assert "  line 1: item 1 (us): The entry 'us' exists at version 1." in refused.stderr


def test_an_id_that_is_taken_is_told_with_its_line_and_what_was_recorded(terminal, tmp_path):
    terminal.says("ledgers", "create", "taken", "--title", "Many parties")
    file = tmp_path / "big.jsonl"

    def write(*ids: str, name: str = "One") -> None:
        parties = (
            {"id": each, "party": {"name": f"{name} {each}", "kind": "person"}} for each in ids
        )
        file.write_text("".join(f"{json.dumps(each)}\n" for each in parties))

    write("a")
    terminal.says("record", "-l", "taken", str(file))
    write("b", "a", name="Another")
    refused = terminal.run("record", "-l", "taken", str(file))
    refusal = (
        f"ledgerctl: {file} differs from taken: 1 entry is changed; nothing was recorded. Record "
        'the changes with --amend "REASON" as corrections, or with --amend "REASON" --report ID '
        "as new information:\n  line {0}: item {0} (a): party.name: Another a here; version 1 "
        "has One a\n"
    )
    assert refused.returncode == 1
    assert refused.stderr == refusal.format(2)
    write(*(f"p{n}" for n in range(1100)), "a", name="Another")
    refused = terminal.run("record", "-l", "taken", str(file))
    assert refused.returncode == 1
    assert refused.stderr == refusal.format(1101)


@pytest.mark.parametrize(
    "item",
    [
        "{id: new, party: {name: New, kind: state, represents: [{principal: nobody}]}}",
        "{id: us, party: {name: '', kind: state}}",
        "{annul: nobody, reason: It never was.}",
    ],
)
def test_a_first_file_that_is_refused_leaves_no_ledger(terminal, item):
    file = f"ledger: {{ledger: fresh, title: Fresh}}\nitems:\n- {item}\n"
    refused = terminal.run("record", "-", given=file)
    assert refused.returncode in (1, 3)
    assert refused.stderr
    assert "Created" not in refused.stderr
    assert "fresh" not in terminal.says("ledgers")


def test_a_file_of_more_than_a_thousand_items(terminal):
    terminal.says("ledgers", "create", "many", "--title", "Many parties")
    lines = "\n".join(
        json.dumps({"id": f"p{n}", "party": {"name": f"Party {n}", "kind": "person"}})
        for n in range(1200)
    )
    assert "Recorded 1200 items" in terminal.says("record", "-l", "many", "-", given=lines)
    again = terminal.says("record", "-l", "many", "-", given=lines)
    assert "Recorded 0 items" in again
    assert "1200 were there already." in again
    more = json.dumps({"id": "first", "party": {"name": "The first", "kind": "person"}})
    grown = terminal.says("record", "-l", "many", "-", given=f"{more}\n{lines}")
    assert "Recorded 1 item" in grown
    assert "1200 were there already." in grown


SHORT = """
ledger: {ledger: oil-talks, title: Oil}
items:
- {id: us, party: {name: US, kind: state}}
- {id: rok, party: {name: ROK, kind: state}}
- {id: dprk, party: {name: DPRK, kind: state}}
- {id: af, report: {title: The framework, publisher: Both, published: 1994-10-21}}
- id: oil
  commitment:
    debtors: [us, rok]
    creditors: [dprk]
    severally: true
    consequent: Deliver heavy oil
    instalments: {every: quarter, from: 1995-11, to: 1996-10, quantity: 500000 t}
    occurred: 1994-10-21
    evidence: [{report: af}]
"""


def test_a_check_spells_out_what_would_be_recorded_and_records_nothing(terminal, tmp_path):
    file = tmp_path / "oil.yaml"
    file.write_text(SHORT)
    told = terminal.says("record", "--check", str(file))
    assert "- id: oil.us" in told
    assert "- id: oil.rok" in told
    assert "share: 1/4" in told
    assert told.count("due: 1995-11-01/1996-01-31") == 2
    assert "Nothing is wrong with 6 items" in " ".join(told.split())
    assert "oil-talks" not in terminal.says("ledgers")
    items = json.loads(terminal.says("record", "--check", str(file), "--format", "json"))
    assert [each["id"] for each in items["items"]][-2:] == ["oil.us", "oil.rok"]
    file.write_text(
        SHORT.replace("occurred: 1994-10-21", "occurred: 1994-10-21\n    until: 2003-01-01")
    )
    refused = terminal.run("record", "--check", str(file))
    assert refused.returncode != 0
    assert "line 16: item 5 (oil.us): commitment.until" in refused.stderr
    file.write_text(SHORT)
    assert "Recorded 6 items" in terminal.says("record", str(file))
    stands = terminal.says("commitment", "oil.us", "-l", "oil-talks", "--as-of", "1996-02-01")
    assert "4, Nov 1995 to Oct 1996; due so far" in " ".join(stands.split())


def test_what_may_be_a_slip_is_told_with_its_place_and_recorded_as_it_is(terminal, tmp_path):
    file = tmp_path / "visit.yaml"
    file.write_text(
        "ledger: {ledger: visits, title: Visits}\nitems:\n"
        "- {id: a, party: {name: A, kind: state}}\n"
        "- {id: r, report: {title: R, publisher: P, published: 2018-01-01}}\n"
        "- {id: v, act: {kind: visit, actor: a, title: Comes, occurred: 2018-01-01,\n"
        "   code: {cameo: 9999}, evidence: [{report: r}]}}\n"
    )
    said = "line 6: item 3 (v): act.code.cameo: CAMEO has no code '9999'."
    checked = terminal.run("record", "--check", str(file))
    assert said in checked.stderr
    recorded = terminal.run("record", str(file))
    assert recorded.returncode == 0
    assert said in recorded.stderr
    assert said not in terminal.run("record", str(file)).stderr


def test_an_empty_log_says_so(terminal):
    told = terminal.says("log", "-l", LEDGER, "--type", "key.rotated.v1")
    assert told.startswith("No such record.\n\nposition ")


def test_the_checkpoint_of_the_help_is_one_of_the_example(terminal):
    (shown,) = (each for each in checkpoint.examples if each.split()[-1].isdecimal())
    position = shown.split()[-1]
    assert terminal.says("checkpoint", "-l", LEDGER, position).splitlines()[1] == position
    refused = terminal.run("checkpoint", "-l", LEDGER, "97")
    assert refused.returncode == 1
    assert "97 does not end a request. The nearest that do are 1 and 141." in refused.stderr


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (
            ["ledgers", "create", "My Talks", "--title", "T"],
            "LEDGER: 'My Talks' is no name of a ledger. It must be 1 to 40 of a-z, 0-9 and -",
        ),
        (
            ["balance", "dprk", "USA"],
            "is not a party of this ledger at these cuts. Did you mean us?",
        ),
        (
            ["acts", "--party", "USA", "--party", "zzz"],
            "The entry 'zzz' is not a party of this ledger at these cuts. On USA: Did you mean us?",
        ),
        (["balance", "dprk", "zzz"], f"`ledgerctl parties --ledger {LEDGER}` lists those that"),
        (
            ["balance", "trump", "us"],
            "B: This party stands for 'us', as the other one does. Name another party.",
        ),
        (["entry", "f016"], "The entry 'f016' is not in this ledger. Did you mean F016?"),
        (
            ["acts", "--related-to", "f016"],
            "The entry 'f016' is not in this ledger at these cuts. Did you mean F016?",
        ),
    ],
)
def test_a_message_names_the_value_and_the_remedy(terminal, args, said):
    done = terminal.run("-l", LEDGER, *args)
    assert done.returncode in (1, 3)
    assert said in done.stderr


@pytest.mark.parametrize("command", ["log", "watch"])
def test_a_mistyped_type_of_record_is_refused_with_those_there_are(terminal, command):
    done = terminal.run(command, "-l", LEDGER, "--type", "act")
    assert done.returncode == 1
    assert "  --type: 'act' is not a type of record. There are: party" in done.stderr
    assert "act.recorded.v1" in done.stderr


def test_an_entry_that_is_not_there_has_no_log(terminal):
    done = terminal.run("log", "-l", LEDGER, "--entry", "F013", "--entry", "nope")
    assert (done.returncode, done.stdout) == (3, "")
    assert "The entry 'nope' is not in this ledger" in done.stderr


@pytest.mark.parametrize(
    ("args", "code"),
    [
        (["entry", "nothing"], 3),
        (["balance", "dprk", "nobody"], 3),
        (["balance", "dprk", "dprk"], 1),
        (["series", "dprk", "dprk"], 1),
        (["ledgers", "-l", "nope"], 3),
        (["commitments", "--party", "nobody"], 3),
        (["acts", "--related-to", "nothing"], 3),
        (["watch", "--after", "99999"], 1),
        (["-l", "nowhere", "log"], 3),
        (["balance", "dprk", "us", "--scale", "unheard-of"], 1),
        (["balance", "dprk", "us", "--recorded-by", "99999"], 1),
        (["balance", "dprk"], 2),
    ],
)
def test_exit_codes(terminal, args, code):
    done = terminal.run("--ledger", LEDGER, *args)
    assert done.returncode == code
    assert done.stderr.startswith("ledgerctl: ")
    assert "Traceback" not in done.stderr


def test_a_ledger_that_is_named_is_listed_alone(terminal):
    terminal.says("ledgers", "create", "beside", "--title", "Beside")
    done = terminal.run("ledgers", "-l", LEDGER)
    assert LEDGER in done.stdout
    assert "beside" not in done.stdout
    assert done.stderr == f"Only {LEDGER}, as --ledger or LEDGERCTL_LEDGER says.\n"


def test_the_only_ledger_need_not_be_named_but_one_of_many_must(terminal):
    terminal.says("ledgers", "create", "another", "--title", "Another")
    done = terminal.run("commitments")
    assert done.returncode == 2
    assert "another" in done.stderr
    assert LEDGER in done.stderr


@pytest.fixture
def watching(terminal: Terminal) -> Iterator[subprocess.Popen[str]]:
    command = [*LEDGERCTL, "watch", "-l", "watched", "--after", "0", "--format", "records"]
    terminal.says("ledgers", "create", "watched", "--title", "Watched")
    process = subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=terminal.environment(),
    )
    yield process
    process.kill()
    process.communicate()


def test_watch_prints_each_record_as_it_comes_until_ctrl_c(terminal, watching):
    assert watching.stdout is not None
    assert json.loads(watching.stdout.readline())["type"] == "ledger.opened.v1"
    terminal.says(
        "record", "-l", "watched", "-", given="- {id: us, party: {name: US, kind: state}}"
    )
    assert json.loads(watching.stdout.readline())["subject"] == "us"
    watching.send_signal(signal.SIGINT)
    assert watching.wait(20) == 0
    assert watching.stderr is not None
    assert watching.stderr.read() == ""


def test_watch_says_which_entry_is_not_there_yet(terminal):
    process = subprocess.Popen(
        [*LEDGERCTL, "watch", "-l", LEDGER, "--entry", "nope", "--entry", "us"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=terminal.environment(),
    )
    assert process.stdout is not None
    process.stdout.readline()
    process.send_signal(signal.SIGINT)
    _, told = process.communicate(timeout=20)
    assert told == "There is no entry 'nope' yet. Waiting for it.\n"


def test_watch_says_when_the_service_goes_away_and_comes_back(tmp_path):
    address = own_address()
    with serving(tmp_path, LEDGER_LISTEN=address):
        terminal = Terminal(address)
        terminal.says("ledgers", "create", "watched", "--title", "Watched")
        process = subprocess.Popen(
            [*LEDGERCTL, "watch", "--after", "0", "--format", "json"],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=terminal.environment(),
        )
        assert process.stdout is not None
        assert process.stderr is not None
        assert "ledger.opened.v1" in process.stdout.readline()
    assert process.stderr.readline() == "Connection lost, trying again.\n"
    with serving(tmp_path, LEDGER_LISTEN=address):
        assert process.stderr.readline() == "Back.\n"
        time.sleep(0.3)  # until it waits again
        process.send_signal(signal.SIGINT)
        said, told = process.communicate(timeout=20)
    assert (process.returncode, said, told) == (0, "", "")


def test_a_reader_that_goes_away_is_no_error(terminal):
    process = subprocess.Popen(
        [*LEDGERCTL, "log", "-l", LEDGER, "--format", "records"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=terminal.environment(),
    )
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.readline()
    process.stdout.close()
    assert process.wait(20) == 0
    assert process.stderr.read() == ""
    process.stderr.close()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="This system has no /dev/full.")
@pytest.mark.parametrize(
    "args", [["log"], ["log", "--format", "records"], ["acts"], ["acts", "--format", "json"]]
)
def test_a_full_disk_is_said_in_one_line(terminal, args):
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [*LEDGERCTL, "-l", LEDGER, *args],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            env=terminal.environment(),
            timeout=60,
            check=False,
        )
    said = "ledgerctl: The output cannot be written: No space left on device.\n"
    assert (done.returncode, done.stderr) == (1, said)


def test_a_file_of_state_is_read_from_disk(terminal, tmp_path: Path):
    bad = tmp_path / "state.yaml"
    bad.write_text("act: {knd: claim}\n")
    done = terminal.run(
        "amend", "-l", LEDGER, "F016", "--state", str(bad), "--reason", "x", "--correction"
    )
    assert done.returncode == 1
    assert "line 1: act.knd" in done.stderr
