"""ledgerctl finds whoever a party is, and says why it finds nothing; it tells what is late, what
rests on which report, and what two parties gave one another.
"""

import json
import os
import re
import shlex
import subprocess
import sys
import threading
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from unittest import mock

import click
import pytest
from click.shell_completion import BashComplete
from diplomatic_ledger.cli import nearest
from diplomatic_ledger.cli.known_ids import Completed
from diplomatic_ledger.cli.root import root, run

from tests.support import programs
from tests.support.keyrings import keyring_in_memory
from tests.support.processes import serving

ROOT = Path(__file__).parents[2]

CASE = """
ledger: {ledger: case, title: A union that ended}
items:
- {id: us, party: {name: United States, kind: state}}
- {id: ussr, party: {name: Soviet Union, kind: state}}
- id: russia
  party: {name: Russia, kind: state, succeeds: [{predecessor: ussr, from_day: 1991-12-26}]}
- id: speaker
  party: {name: The speaker, kind: person, represents: [{principal: ussr, mandate: [all]}]}
- {id: guarantor, party: {name: Guarantor, kind: state}}
- {id: bystander, party: {name: Bystander, kind: state}}
- {id: stranger, party: {name: Stranger, kind: state}}
- {id: gone, party: {name: Gone, kind: state}}
- id: envoy
  party: {name: Envoy, kind: person, represents: [{principal: us, mandate: [all]}]}
- id: envoy-too
  party: {name: The same envoy, kind: person, same_as: [{party: envoy}]}
- id: commission
  party: {name: Joint commission, kind: body, composed_of: [{member: us}, {member: ussr}]}
- id: gazette
  report: {title: They agree on grain, publisher: The Gazette, published: 1990-03-02,
    source_grade: B, url: "https://gazette.example/1"}
- id: courier
  report: {title: Grain has come, publisher: The Courier, published: 1990-05-02}
- id: treaty
  instrument: {kind: treaty, title: Treaty on grain, participants: [us, ussr],
    third_parties: [guarantor], occurred: 1990-03-01, evidence: [{report: gazette}]}
- id: grain
  commitment: {debtors: [ussr], creditors: [us], made_by: [speaker], instrument: treaty,
    provision: Art. I, consequent: Deliver grain, quantity: 500 t, occurred: 1990-03-01,
    due: 1990-06-30, topics: [food],
    evidence: [{report: gazette, quote: "five hundred tons of grain", locator: p. 3}]}
- id: inspect
  commitment: {debtors: [commission], creditors: [bystander], consequent: Inspect the harbour,
    instrument: treaty, provision: Art. II, occurred: 1990-03-01, due: 1990-12-31,
    topics: [harbours], evidence: [{report: gazette}, {report: courier}]}
- id: thanks
  commitment: {debtors: [envoy-too], creditors: [ussr], consequent: Build a silo,
    instrument: treaty, provision: Art. II, occurred: 1990-03-01,
    evidence: [{report: gazette}]}
- id: shipment
  act: {kind: fulfilment, actor: ussr, counterparty: us, title: A first ship with grain,
    quantity: 150 t, occurred: 1990-05-01, relations: [{kind: fulfils, target: grain}],
    evidence: [{report: courier, asserted_by: stranger}, {report: gazette}]}
- id: second
  act: {kind: fulfilment, actor: ussr, counterparty: us, title: A second ship,
    quantity: 50.5 t, occurred: 1990-05-18/1990-05-20, relations: [{kind: fulfils, target: grain}],
    evidence: [{report: courier}]}
- id: gift
  act: {kind: aid, actor: us, counterparty: ussr, title: Medicine, quantity: 20 t,
    occurred: 1990-05-10, evidence: [{report: courier}]}
- id: visit
  act: {kind: visit, actor: commission, counterparty: bystander, title: A look around,
    occurred: 1990-07-01, evidence: [{report: courier, hedged: true}]}
- id: concession
  act: {kind: concession, actor: us, counterparty: ussr, title: Opens a port,
    occurred: 1990-08-01, evidence: [{report: courier}]}
"""


class Desk:
    """A wide terminal, and a service that listens."""

    def __init__(self, address: str, home: Path) -> None:
        self.environment = {
            **os.environ,
            "LEDGERCTL_SERVER": address,
            "LEDGERCTL_LEDGER": "case",
            "HOME": str(home),
            "COLUMNS": "200",
            "PYTHONPATH": os.pathsep.join(sys.path),
        }

    def run(self, *args: str, given: str = "", stdout=subprocess.PIPE, **environment: str):
        variables = {**self.environment, **environment}
        if stdout is subprocess.PIPE:
            return programs.ledgerctl(*args, env=variables, given=given)
        return subprocess.run(
            [*programs.LEDGERCTL, *args],
            input=given,
            stdout=stdout,
            stderr=subprocess.PIPE,
            text=True,
            env=variables,
            timeout=60,
            check=False,
        )

    def says(self, *args: str, given: str = "", **environment: str) -> str:
        done = self.run(*args, given=given, **environment)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def words(self, *args: str) -> str:
        return " ".join(self.says(*args).split())

    def answers(self, *args: str):
        return json.loads(self.says(*args, "--format", "json"))


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    folder = tmp_path_factory.mktemp("desk")
    with serving(folder) as address:
        found = Desk(address, folder)
        found.says("record", "-", given=CASE)
        found.says("annul", "gone", "--reason", "entered twice")
        yield found


AT = ("--as-of", "1995-01-01")


def parts(answer, items: str) -> dict[str, list[tuple[str, str, str]]]:
    return {
        each.get("entry_id") or each["commitment"]: [
            (told["part"], told["by"], told["named"]) for told in each["taking_part"]
        ]
        for each in answer[items]
    }


@pytest.mark.parametrize(
    ("party", "commitments", "acts", "instruments"),
    [
        (
            "us",
            {
                "grain": [("creditor", "itself", "us")],
                "inspect": [("debtor", "member", "commission")],
                "thanks": [("debtor", "represented", "envoy-too")],
            },
            {
                "shipment": [("counterparty", "itself", "us")],
                "second": [("counterparty", "itself", "us")],
                "gift": [("actor", "itself", "us")],
                "visit": [("actor", "member", "commission")],
                "concession": [("actor", "itself", "us")],
            },
            {"treaty": [("participant", "itself", "us")]},
        ),
        (
            "russia",
            {
                "grain": [
                    ("debtor", "successor", "ussr"),
                    ("maker", "successor", "speaker"),
                ],
                "thanks": [("creditor", "successor", "ussr")],
            },
            {
                "shipment": [("actor", "successor", "ussr")],
                "second": [("actor", "successor", "ussr")],
                "gift": [("counterparty", "successor", "ussr")],
                "concession": [("counterparty", "successor", "ussr")],
            },
            {"treaty": [("participant", "successor", "ussr")]},
        ),
        ("speaker", {"grain": [("maker", "itself", "speaker")]}, {}, {}),
        ("envoy", {"thanks": [("debtor", "same_as", "envoy-too")]}, {}, {}),
        ("guarantor", {}, {}, {"treaty": [("third_party", "itself", "guarantor")]}),
        (
            "commission",
            {"inspect": [("debtor", "itself", "commission")]},
            {"visit": [("actor", "itself", "commission")]},
            {},
        ),
    ],
)
def test_a_party_is_found_as_whatever_it_takes_part(
    desk, party, commitments, acts, instruments
):
    def found(name):
        return parts(desk.answers(name, *AT, "--party", party), name)

    assert found("commitments") == commitments
    assert found("acts") == acts
    assert found("instruments") == instruments


def pairs_of(answer) -> list[tuple[str, str]]:
    return [(each["party_a"], each["party_b"]) for each in answer["balances"]]


def test_balances_are_those_of_some_parties(desk):
    every = pairs_of(desk.answers("balances", *AT))
    assert pairs_of(desk.answers("balances", *AT, "--backwards")) == every[::-1]
    for party, pairs in (
        ("us", [pair for pair in every if "us" in pair]),
        ("envoy-too", [pair for pair in every if "us" in pair]),
        ("russia", [("russia", "us")]),
        ("bystander", [pair for pair in every if "bystander" in pair]),
    ):
        assert pairs_of(desk.answers("balances", *AT, "--party", party)) == pairs
    found = desk.answers("balances", *AT, "--party", "russia", "--party", "us", "--backwards")
    assert pairs_of(found) == [pair for pair in every[::-1] if "us" in pair]
    text = desk.says("balances", *AT, "--party", "russia")
    assert re.search("^russia +us ", text, re.MULTILINE)


def test_where_a_party_has_no_balance_it_is_said_if_it_was_annulled(desk):
    text = desk.words("balances", *AT, "--party", "gone")
    assert "No pair has a balance. gone was annulled: entered twice. Its versions:" in text
    answer = desk.answers("balances", *AT, "--party", "gone")
    assert "gone was annulled" in answer["why_nothing"][0]["cause"]
    assert "annulled" not in desk.words("balances", *AT, "--party", "stranger")
    refused = desk.run("balances", "--party", "usr")
    assert "'usr' is not a party of this ledger at these cuts. Did you mean ussr?" in (
        refused.stderr
    )


def test_registers_and_scales_come_backwards(desk):
    for name, field in (("parties", "entry_id"), ("reports", "entry_id"), ("scales", "scale")):
        forwards, backwards = (
            [each[field] for each in desk.answers(name, *more)[name]]
            for more in ((), ("--backwards",))
        )
        assert backwards == forwards[::-1] != forwards


def test_registers_are_counted(desk):
    asked = ("reports", "--backwards", "--facet", "publisher", "--facet", "year")
    text = desk.says(*asked)
    assert "2 found" in text
    assert re.search(r"^publisher +how many$", text, re.MULTILINE)
    assert re.search(r"^The Courier +1$", text, re.MULTILINE)
    assert re.search(r"^1990 +2$", text, re.MULTILINE)
    answer = desk.answers(*asked)
    assert [each["entry_id"] for each in answer["reports"]] == ["courier", "gazette"]
    assert answer["match_count"] == 2
    assert [each["facet"] for each in answer["facets"]] == ["publisher", "year"]
    text = desk.says("parties", "--kind", "person", "--kind", "body", "--facet", "kind")
    assert "4 found" in text
    assert re.search(r"^person +3$", text, re.MULTILINE)
    assert re.search(r"^body +1$", text, re.MULTILINE)
    refused = desk.run("parties", "--facet", "publisher")
    assert refused.returncode


def test_before_the_day_of_a_succession_the_successor_is_not_found(desk):
    early = desk.answers("commitments", "--as-of", "1991-12-25", "--party", "russia")
    assert early["commitments"] == []


def test_of_several_parties_each_must_take_part_and_each_is_told(desk):
    told = desk.answers("commitments", *AT, "--party", "russia", "--party", "speaker")
    assert parts(told, "commitments") == {
        "grain": [
            ("debtor", "successor", "ussr"),
            ("maker", "successor", "speaker"),
            ("maker", "itself", "speaker"),
        ]
    }
    text = desk.words("commitments", *AT, "--party", "russia", "--party", "speaker")
    assert "russia: debtor, after ussr" in text
    assert "speaker: maker" in text


def test_a_table_says_as_what_a_party_takes_part(desk):
    text = desk.words("commitments", *AT, "--party", "us")
    assert "takes part as" in text
    assert "debtor, as a member of commission" in text
    assert "debtor, by envoy-too" in text
    assert "takes part as" not in desk.words("commitments", *AT)


def test_an_agenda_is_narrowed_by_whoever_takes_part(desk):
    asked = ("agenda", "--as-of", "1990-06-01", "--to", "1991-01-31", "--party")
    assert parts(desk.answers(*asked, "speaker"), "items") == {
        "grain": [("maker", "itself", "speaker")]
    }
    assert "debtor, as a member of commission" in desk.words(*asked, "us")


# Nothing is found, for a cause.


def cause(desk, *args) -> list[dict[str, str]]:
    return desk.answers(*args)["why_nothing"]


def finds_something(desk, each) -> bool:
    """The command that is told finds something."""
    _, *args = shlex.split(each["command"])
    return bool(next(value for name, value in desk.answers(*args).items() if name != "basis"))


def test_who_is_only_something_else_is_said_with_what_finds_it(desk):
    (told,) = cause(desk, "commitments", *AT, "--debtor", "speaker")
    assert told["cause"] == "speaker takes part otherwise, as in grain: maker. Ask:"
    assert finds_something(desk, told)
    (told,) = cause(desk, "commitments", *AT, "--party", "guarantor")
    assert told["cause"] == "guarantor takes part in instruments, such as treaty. Ask:"
    assert told["command"] == "ledgerctl instruments --party guarantor --as-of 1995-01-01"
    (told,) = cause(desk, "commitments", *AT, "--party", "stranger")
    assert told["cause"] == "stranger says what some acts rest on, such as shipment. Ask:"
    assert finds_something(desk, told)


def test_a_party_that_was_annulled_is_said_with_the_reason(desk):
    told = cause(desk, "commitments", *AT, "--party", "gone")
    assert told[0]["cause"] == "gone was annulled: entered twice. Its versions:"
    assert "gone was annulled" in desk.words("acts", *AT, "--party", "gone")


def test_an_id_that_is_a_report_is_said_with_what_finds_it(desk):
    done = desk.run("commitments", "--party", "gazette")
    assert done.returncode == 3
    assert "'gazette' is of type report, not a party" in done.stderr
    assert "ledgerctl commitments --report gazette" in done.stderr


def test_cuts_before_the_first_entry_are_said(desk):
    (told,) = cause(desk, "commitments", "--as-of", "1980-01-01", "--party", "us")
    assert "Without --as-of some are found" in told["cause"]
    assert "grain counts from 1990-03-01 on" in told["cause"]
    assert finds_something(desk, told)
    (told,) = cause(desk, "acts", "--reported-by", "1980-01-01")
    assert "nothing of it could be read by 1980-01-01" in told["cause"]
    (told,) = cause(desk, "reports", "--recorded-by", "1")
    assert "nothing of it was recorded by position 1." in told["cause"]
    (told,) = cause(desk, "reports", "--recorded-by", "2018-06-12")
    assert "nothing of it was recorded by the end of 2018-06-12." in told["cause"]


def test_filters_that_exclude_one_another_are_said(desk):
    told = cause(desk, "commitments", *AT, "--topic", "food", "--lifecycle", "fulfilled")
    assert [each["cause"] for each in told] == [
        "Without --lifecycle some are found; nothing has both. Ask:"
    ]
    assert finds_something(desk, told[0])
    told = cause(desk, "acts", *AT, "--kind", "vote", "--topic", "food")
    assert [each["cause"] for each in told] == [
        "--kind vote alone finds nothing either.",
        "--topic food alone finds nothing either.",
    ]


def test_an_agenda_of_somebody_without_one_says_what_it_takes_part_in(desk):
    asked = ("agenda", "--as-of", "1990-03-05", "--party", "guarantor")
    (told,) = cause(desk, *asked)
    assert told["cause"] == "guarantor takes part in instruments, such as treaty. Ask:"
    assert finds_something(desk, told)
    (told,) = cause(desk, *asked[:-1], "bystander", "--kind", "overdue")
    assert told["cause"].startswith("bystander takes part in commitments, such as inspect.")
    early = ("agenda", "--as-of", "1990-12-15", "--party", "bystander", "--to", "1990-12-20")
    told = cause(desk, *early)
    assert told[1]["cause"] == "Without --to some are found; nothing has both. Ask:"
    assert all(finds_something(desk, each) for each in told)
    assert "why_nothing" not in desk.answers(
        "agenda", "--as-of", "1990-03-05", "--to", "1990-03-06"
    )


def test_a_log_that_names_a_party_nowhere_says_which_list_has_it(desk):
    done = desk.run("log", "--party", "russia")
    told = " ".join(done.stdout.split())
    assert "No such record. No entry names russia." in told
    assert "russia takes part in commitments, such as grain. Ask:" in told
    assert "\n  ledgerctl commitments --party russia\n" in done.stdout
    as_json = desk.run("log", "--party", "russia", "--format", "json")
    assert json.loads(as_json.stdout) == []
    assert "ledgerctl commitments --party russia" in as_json.stderr
    other = desk.words("log", "--party", "ussr", "--entry-type", "report")
    assert "By itself --party ussr finds some. Ask: ledgerctl log --party ussr" in other


def test_what_is_overdue_goes_by_the_day_on_which_it_was_due(desk):
    promise = (
        "commitment: {debtors: [a], creditors: [b], consequent: Go, evidence: [{report: r}]"
    )
    desk.says(
        "record",
        "-",
        "--ledger",
        "late",
        given=f"""
ledger: {{ledger: late, title: What is late}}
items:
- {{id: a, party: {{name: A, kind: state}}}}
- {{id: b, party: {{name: B, kind: state}}}}
- {{id: r, report: {{title: R, publisher: P, published: 1990-03-02}}}}
- {{id: first, {promise}, occurred: 1990-01-01, due: 1990-09-30}}}}
- {{id: second, {promise}, occurred: 1990-02-01, due: 1990-06-30}}}}
""",
    )
    text = desk.words("agenda", "--ledger", "late", "--as-of", "1990-12-01")
    assert text.index("1990-06-30 second") < text.index("1990-09-30 first")


# Alerts.


def test_alerts_are_what_is_broken_or_late_and_what_falls_due_soon(desk):
    asked = ("alert", "--as-of", "1990-12-25", "--within", "10")
    found = desk.answers(*asked)["alerts"]
    assert [(each["what"], each["commitment"], each["day"]) for each in found] == [
        ("overdue", "grain", "1990-06-30"),
        ("falls_due", "inspect", "1990-12-31"),
    ]
    text = desk.words(*asked)
    assert "1990-06-30 grain ussr → us overdue, was due Deliver grain" in text
    assert "1990-12-31 inspect commission → bystander falls due Inspect the harbour" in text
    of_one = desk.answers(*asked, "--party", "speaker")["alerts"]
    assert [each["commitment"] for each in of_one] == ["grain"]
    assert of_one[0]["taking_part"][0]["part"] == "maker"


def test_alerts_since_a_day_are_those_that_were_none_then(desk):
    found = desk.answers("alert", "--as-of", "1990-12-25", "--since", "1990-07-01")
    assert [each["commitment"] for each in found["alerts"]] == ["inspect"]
    assert found["until"] == "1991-01-01"


def test_an_alert_without_anything_prints_nothing_and_exits_with_0(desk):
    done = desk.run("alert", "--as-of", "1990-03-05", "--exit-code")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    done = desk.run("alert", "--as-of", "1990-12-25", "--exit-code")
    assert done.returncode == 5
    assert "inspect" in done.stdout
    assert desk.run("alert", "--as-of", "1990-12-25").returncode == 0


def test_a_state_file_has_each_alert_told_once(desk, tmp_path):
    file = tmp_path / "state.json"

    def alerts(day):
        asked = ("alert", "--as-of", day, "--state", str(file))
        return [each["commitment"] for each in desk.answers(*asked)["alerts"]]

    assert alerts("1990-06-25") == ["grain"], "it falls due"
    assert alerts("1990-06-26") == []
    assert alerts("1990-07-01") == ["grain"], "it is overdue"
    assert alerts("1990-07-02") == []
    assert json.loads(file.read_text())["as_of"] == "1990-07-02"
    other = desk.run("alert", "--state", str(file), "-l", "none")
    assert other.returncode != 0
    file.write_text("nonsense")
    refused = desk.run("alert", "--state", str(file))
    assert refused.returncode == 1
    assert "is not a file of `ledgerctl alert --state`" in refused.stderr


@pytest.mark.parametrize("form", ["table", "json", "csv", "markdown", "html"])
@pytest.mark.parametrize("exits", [True, False])
def test_alerts_are_printed_in_every_form_before_they_count_as_told(
    desk, tmp_path, form, exits
):
    file = tmp_path / "state.json"
    asked = ("alert", "--state", str(file), "--format", form, *["--exit-code"] * exits)
    done = desk.run(*asked, "--as-of", "1990-06-25")
    assert (done.returncode, done.stderr) == (5 if exits else 0, "")
    assert "grain" in done.stdout
    assert json.loads(file.read_text())["as_of"] == "1990-06-25"
    again = desk.run(*asked, "--as-of", "1990-06-26")
    assert (again.returncode, again.stderr) == (0, "")
    if form == "json":
        assert json.loads(again.stdout)["alerts"] == []
    else:
        assert again.stdout == ""
    assert json.loads(file.read_text())["as_of"] == "1990-06-26"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a full disk")
@pytest.mark.parametrize("form", ["table", "json", "csv", "markdown", "html"])
def test_alerts_that_could_not_be_printed_are_told_again(desk, tmp_path, form):
    file = tmp_path / "state.json"
    asked = ("alert", "--as-of", "1990-06-25", "--state", str(file), "--format", form)
    with Path("/dev/full").open("w") as full:
        failed = desk.run(*asked, "--exit-code", stdout=full)
    assert failed.returncode == 1
    assert "The output cannot be written" in failed.stderr
    assert not file.exists()
    assert "grain" in desk.run(*asked).stdout


def test_a_state_that_cannot_be_written_is_said_after_the_alerts(desk, tmp_path):
    file = tmp_path / "none" / "state.json"
    done = desk.run("alert", "--as-of", "1990-06-25", "--state", str(file), "--format", "csv")
    assert done.returncode == 1
    assert "grain" in done.stdout
    assert f"{file} cannot be written" in done.stderr


def test_the_script_of_the_guide_mails_alerts_and_no_errors(desk, tmp_path):
    guide = (ROOT / "docs/watching.md").read_text(encoding="utf-8")
    script = guide.split("```sh\n")[-1].split("```")[0]
    for name, says in (
        ("ledgerctl", 'echo "$TOLD"; exit "$ENDS"'),
        ("mail", "cat > mailed.txt"),
    ):
        (tmp_path / name).write_text(f"#!/bin/sh\n{says}\n")
        (tmp_path / name).chmod(0o755)
    for ends in range(6):
        (tmp_path / "mailed.txt").unlink(missing_ok=True)
        path = f"{tmp_path}{os.pathsep}{os.environ['PATH']}"
        env = {"PATH": path, "TOLD": "grain", "ENDS": str(ends)}
        subprocess.run(["sh", "-c", script], cwd=tmp_path, env=env, check=ends == 5)
        assert (tmp_path / "mailed.txt").exists() == (ends == 5), ends


@pytest.mark.parametrize(
    ("more", "option"),
    [
        (["--party", "speaker"], "--party"),
        (["--within", "30"], "--within"),
        (["--dates", "possible"], "--dates"),
    ],
)
def test_a_state_file_of_another_question_is_refused(desk, tmp_path, more, option):
    file = tmp_path / "state.json"
    asked = ("alert", "--as-of", "1990-06-25", "--state", str(file))
    assert desk.run(*asked).returncode == 0
    kept = file.read_text()
    refused = desk.run(*asked, *more)
    assert refused.returncode == 1
    assert f"was kept with another {option}: " in refused.stderr
    assert file.read_text() == kept


# Searching.


def test_words_are_found_in_all_nouns_with_where_they_stand(desk):
    found = desk.answers("search", "grain", *AT)
    assert {(each["noun"], each["entry_id"]) for each in found["found"]} == {
        ("commitment", "grain"),
        ("act", "shipment"),
        ("instrument", "treaty"),
        ("report", "gazette"),
        ("report", "courier"),
    }
    (promise,) = [each for each in found["found"] if each["entry_id"] == "grain"]
    assert promise["places"] == [
        {"field": "what is promised", "excerpt": "Deliver grain"},
        {"field": "quote", "excerpt": "five hundred tons of grain"},
    ]
    text = desk.words("search", "grain", *AT)
    assert "grain ussr → us Deliver grain quote: five hundred tons of grain" in text
    assert "Nothing has 'submarine' in its texts" in desk.says("search", "submarine")


@pytest.mark.parametrize("words", [[""], [" "], ["", ""]])
def test_no_words_find_nothing(desk, words):
    refused = desk.run("search", *words)
    assert refused.returncode == 2
    assert "WORDS is empty." in refused.stderr


def test_all_words_must_be_there_and_a_beginning_is_enough_with_an_asterisk(desk):
    assert desk.answers("search", "GRAIN", "ship")["found"][0]["entry_id"] == "shipment"
    assert desk.answers("search", "harb*")["found"][0]["entry_id"] == "inspect"
    assert desk.answers("search", "harb")["found"] == []


def test_a_search_is_bounded_and_says_where_there_is_more(desk):
    found = desk.answers("search", "grain", *AT, "--in", "report", "--limit", "1")
    assert (len(found["found"]), found["more"]) == (1, ["report"])
    text = desk.says("search", "grain", *AT, "--limit", "1")
    assert "and more:\n  ledgerctl reports --text grain --as-of 1995-01-01\n" in text


def test_on_a_terminal_the_words_are_marked(desk):
    text = desk.says("search", "grain", *AT, FORCE_COLOR="1", TERM="xterm-256color")
    assert re.search("Deliver \x1b\\[[0-9;]*7mgrain\x1b", text)


# Sources.


def test_sources_tell_what_rests_on_each_and_what_only_one_tells(desk):
    found = {
        each["entry_id"]: (each["entry_ids"], each["alone"])
        for each in desk.answers("sources", *AT)["sources"]
    }
    assert found == {
        "gazette": (
            ["grain", "inspect", "thanks", "shipment", "treaty"],
            ["grain", "thanks", "treaty"],
        ),
        "courier": (
            ["inspect", "shipment", "gift", "second", "visit", "concession"],
            ["gift", "second", "visit", "concession"],
        ),
    }
    text = desk.words("sources", *AT)
    assert "1990-03-02 gazette B 5 3 They agree on grain (The Gazette)" in text
    assert "gazette B 5 3 grain thanks treaty They" in desk.words("sources", *AT, "--alone")
    early = desk.answers("sources", "--reported-by", "1990-04-01", "--as-of", "1990-04-01")
    assert early["sources"][0]["alone"] == ["grain", "inspect", "thanks", "treaty"]


def test_the_sources_of_one_entry_are_told_with_what_they_say(desk):
    text = desk.words("sources", "--entry", "grain")
    assert "gazette B its own They agree on grain (The Gazette)" in text
    assert "“five hundred tons of grain” p. 3 https://gazette.example/1" in text
    (found,) = desk.answers("sources", "--entry", "shipment")["entries"]
    assert [each["report"] for each in found["evidence"]] == ["courier", "gazette"]


def test_the_sources_of_several_entries_are_told_at_one_basis(desk):
    asked = ("sources", "--entry", "grain", "--entry", "gift")
    found = desk.answers(*asked)
    assert found["basis"]["position"] == desk.answers("sources")["basis"]["position"]
    assert [each["entry_id"] for each in found["entries"]] == ["grain", "gift"]
    assert not any("basis" in each for each in found["entries"])
    assert desk.says(*asked).count(" · position ") == 1


@pytest.mark.parametrize("more", [["--alone"], ["--publisher", "The Gazette"]])
def test_the_sources_of_an_entry_take_no_filter_of_reports(desk, more):
    refused = desk.run("sources", "--entry", "grain", *more)
    assert (refused.returncode, refused.stdout) == (2, "")
    assert "Leave --alone and the filters of reports out, or leave out" in refused.stderr


# Accounts.


def test_accounts_have_running_totals_that_end_in_the_balance(desk):
    found = desk.answers("accounts", "ussr", "us", "--as-of", "1991-01-01")
    balance = desk.answers("balance", "ussr", "us", "--as-of", "1991-01-01")["balance"]
    tons, deeds = found["accounts"]
    rows = [
        (p["entry_ids"], p["amount"], p["total_ab"], p["total_ba"]) for p in tons["postings"]
    ]
    assert rows == [
        (["shipment"], "150", "150", "0"),
        (["gift"], "20", "150", "20"),
        (["second"], "50.5", "200.5", "20"),
    ]
    for way in ("ab", "ba"):
        given, owed = balance[f"given_{way}"], balance[f"outstanding_{way}"]
        told = {each["unit"]: Fraction(each["value"]) for each in given.get("quantities", [])}
        assert {"t": Fraction(tons[f"given_{way}"])} == told
        left = {
            each["unit"]: Fraction(each["value"])
            for each in owed.get("active", {}).get("quantities", [])
        }
        assert left.get("t", 0) == Fraction(tons[f"owed_{way}"])
    assert [each["entry_ids"] for each in deeds["postings"]] == [["concession"]]
    assert [(p["commitment"], p["left"]) for p in tons["promises"]] == [("grain", "299.5")]
    assert [p["commitment"] for p in deeds["promises"]] == ["thanks"]


def test_accounts_read_as_a_register(desk):
    text = desk.words("accounts", "ussr", "us", "--as-of", "1991-01-01", "--unit", "t")
    assert "ussr gave us gave ussr : us" in text
    assert re.search("18.*20.* second 50.5 200.5 : 20 A second ship", text), "an interval"
    assert "in all 200.5 20 200.5 : 20" in text
    assert (
        "grain ussr → us 500 299.5 active, overdue, partially fulfilled Deliver grain" in text
    )


BROKEN = """
ledger: {ledger: broken, title: A promise that was broken}
items:
- {id: us, party: {name: United States, kind: state}}
- {id: ussr, party: {name: Soviet Union, kind: state}}
- {id: r, report: {title: R, publisher: P, published: 1990-03-02}}
- id: grain
  commitment: {debtors: [ussr], creditors: [us], consequent: Deliver grain,
    occurred: 1990-03-01, evidence: [{report: r}]}
- id: refusal
  act: {kind: violation, actor: ussr, counterparty: us, title: Keeps the grain,
    occurred: 1990-03-02, relations: [{kind: breaches, target: grain}], evidence: [{report: r}]}
"""


@pytest.mark.parametrize("command", ["balance", "accounts"])
def test_promises_that_were_broken_are_told_beside_what_is_owed(desk, command):
    desk.says("record", "-", "--ledger", "broken", given=BROKEN)
    text = desk.says(command, "us", "ussr", "--ledger", "broken", "--as-of", "1991-01-01")
    assert "Broken and not counted as owed: 1 promise of ussr to us." in text
    assert "of us to ussr" not in text
    (told,) = re.findall(r"ledgerctl (commitments .*)", text)
    assert "grain" in desk.says(*shlex.split(told))


@pytest.mark.parametrize("command", ["balance", "accounts"])
def test_nothing_is_told_of_broken_promises_where_there_are_none(desk, command):
    assert "Broken" not in desk.says(command, "us", "ussr", "--as-of", "1991-01-01")


# An instrument.


def test_an_instrument_is_a_matrix_with_the_ratings_of_every_rubric(desk):
    text = desk.words("instrument", "treaty", "--as-of", "1991-01-01")
    assert "who owes Art. I Art. II" in text
    assert "provision id who stands polimetre politifact g20 pam" in text
    found = desk.answers("instrument", "treaty", "--as-of", "1991-01-01")
    assert [each["rubric"] for each in found["ratings"]] == [
        "polimetre",
        "politifact",
        "g20",
        "pam",
    ]
    assert set(found["ratings"][3]["commitments"]) == {"grain", "inspect", "thanks"}
    one = desk.words("instrument", "treaty", "--as-of", "1991-01-01", "--rubric", "pam")
    assert "provision id who stands rating" in one
    assert "polimetre" not in one
    alone = desk.answers("instrument", "treaty", "--as-of", "1991-01-01", "--rubric", "pam")
    assert alone["instrument"]["rubric"] == "pam"
    assert "ratings" not in alone


# What a shell completes.


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("commitment ", {"grain", "inspect", "thanks"}),
        ("commitment gr", {"grain"}),
        ("commitment ship", set()),
        ("entry ship", {"shipment"}),
        ("acts --related-to gr", {"grain"}),
        ("acts --actor us", {"us", "ussr"}),
        ("balance us us", {"us", "ussr"}),
        ("instrument t", {"treaty"}),
        ("commitments --report gaz", {"gazette"}),
        ("party env", {"envoy", "envoy-too"}),
        ("export folder gift vis", {"visit"}),
        ("balance us ussr --scale plo", {"plover-2.0"}),
        ("acts --ledger ca", {"case"}),
        ("--ledger case acts --party str", {"stranger"}),
        ("--profile ", {"prod", "practice"}),
        ("logout pr", {"prod", "practice"}),
        ("balance uss", {"ussr"}),
        ("record ca", {"file,ca"}),
        ("undo ca", {"file,ca"}),
        ("acts --suppose ca", {"file,ca"}),
        ("help superse", {"supersedes", "superseded"}),
        ("--profile prod acts --party str", set()),
        ("--server 127.0.0.1:9 commitment g", set()),
        ("--ledger none commitment g", set()),
    ],
)
def test_a_shell_completes_ids_of_what_there_is_and_says_nothing_of_what_fails(
    desk, tmp_path, capfd, line, found
):
    (tmp_path / "profiles.toml").write_text(
        '[profiles.prod]\nserver = "127.0.0.1:9"\n[profiles.practice]\nserver = "b:1"\n'
    )
    environment = {
        **desk.environment,
        "LEDGERCTL_CONFIG_DIR": str(tmp_path),
        "COMP_WORDS": f"ledgerctl {line}",
        "COMP_CWORD": str(len(line.split(" "))),
    }
    if "--profile prod" in line:
        del environment["LEDGERCTL_SERVER"]
    with mock.patch.dict(os.environ, environment, clear=True):
        told = BashComplete(root, {}, "ledgerctl", "_LEDGERCTL_COMPLETE").complete()
    assert {each.removeprefix("plain,") for each in told.split()} == found
    assert capfd.readouterr() == ("", "")


def _completions(*found, after=None):
    """What a shell is told where these are found, and more once `after` is set."""

    def find(_session, _begun):
        yield from found
        if after is not None:
            after.wait(60)
            yield "late", ""

    context = click.Context(click.Command("acts"))
    param = click.Option(["--actor"])
    return Completed(click.STRING, find).shell_complete(context, param, "")


def test_a_completion_does_not_wait_for_a_service_that_stands_still():
    answered = threading.Event()
    told = [each.value for each in _completions(("us", "The States"), after=answered)]
    answered.set()
    assert told == ["us"]


def test_no_text_of_a_service_adds_a_completion_of_its_own():
    (told,) = _completions(("case", "Talks\nplain\nother;\x1b[2J"), ("a\nplain\nb", "B"))
    assert (told.value, told.help) == ("case", "Talks plain other;\\x1b[2J")


def test_a_completion_asks_no_keyring(desk, tmp_path):
    server = desk.environment["LEDGERCTL_SERVER"]
    (tmp_path / "profiles.toml").write_text(
        f'current = "mine"\n[profiles.mine]\nserver = "{server}"\n'
        'ledger = "case"\ntoken_keyring = "mine"\nplain_text = true\n'
    )
    asked = []
    environment = {
        "LEDGERCTL_CONFIG_DIR": str(tmp_path),
        "COMP_WORDS": "ledgerctl acts --actor us",
        "COMP_CWORD": "3",
    }
    with (
        keyring_in_memory() as ring,
        mock.patch.object(ring, "get_password", lambda *names: asked.append(names)),
        mock.patch.dict(os.environ, environment, clear=True),
    ):
        told = BashComplete(root, {}, "ledgerctl", "_LEDGERCTL_COMPLETE").complete()
    assert (told, asked) == ("", [])


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["commitment", "inspct"], "Did you mean inspect?"),
        (["commitment", "insp"], "Did you mean inspect?"),
        (["instrument", "traety"], "Did you mean treaty?"),
        (["entry", "shipmnet"], "Did you mean shipment?"),
        (["commitments", "--instrument", "traety"], "Did you mean treaty?"),
        (["acts", "--related-to", "graain"], "Did you mean grain?"),
    ],
)
def test_an_id_is_suggested_by_its_likeness_or_its_beginning(desk, args, said):
    done = desk.run(*args)
    assert done.returncode == 3
    assert said in done.stderr


def test_of_an_entry_that_the_cuts_hide_its_versions_are_named_and_no_likeness(desk):
    for args in (
        ["commitment", "inspect", "--as-of", "1970-01-01"],
        ["instrument", "treaty", "--recorded-by", "0"],
        ["party", "guarantor", "--recorded-by", "0"],
    ):
        done = desk.run(*args)
        assert done.returncode == 3
        assert f"ledgerctl entry {args[1]}" in done.stderr
        assert "Did you mean" not in done.stderr


def test_no_id_is_suggested_that_is_far_or_of_another_kind(desk):
    for args in (["commitment", "zebra"], ["instrument", "inspct"]):
        done = desk.run(*args)
        assert done.returncode == 3
        assert "Did you mean" not in done.stderr


@pytest.mark.parametrize(
    ("args", "command"),
    [
        (["commitment", "gift"], "ledgerctl entry gift"),
        (["instrument", "grain"], "ledgerctl commitment grain"),
        (["commitment", "treaty"], "ledgerctl instrument treaty"),
    ],
)
def test_an_entry_of_another_type_is_said_with_what_shows_it(desk, args, command):
    done = desk.run(*args)
    assert done.returncode == 3
    assert f"`{command}` shows it" in done.stderr
    assert desk.says(*command.split()[1:])


def test_a_filter_takes_the_words_that_a_table_prints_and_suggests_others(desk):
    asked = ["commitments", "--as-of", "1990-05-10"]
    plain = desk.says(*asked, "--flag", "partially_fulfilled", "--lifecycle", "active")
    assert "grain" in plain
    assert desk.says(*asked, "--flag", "partially fulfilled", "--lifecycle", "Active") == plain
    done = desk.run("commitments", "--flag", "overdu")
    assert done.returncode == 2
    assert "'overdu'" in done.stderr
    assert "Did you mean overdue?" in done.stderr


def test_in_a_large_ledger_only_ids_that_begin_alike_are_looked_at(desk, monkeypatch, capsys):
    monkeypatch.setattr(nearest, "_MOST_IDS", 3)
    with mock.patch.dict(os.environ, desk.environment, clear=True):
        assert run(["commitment", "inspct"]) == 3
        assert "Did you mean inspect?" in capsys.readouterr().err
        assert run(["commitment", "nispect"]) == 3
    assert "Did you mean" not in capsys.readouterr().err
