"""Every command that ledgerctl tells people to run does what is said of it, as it stands: where
a service has several ledgers, and nothing is in the environment.
"""

import json
import os
import re
import shlex
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import click
import pytest
from diplomatic_ledger.cli.asking import RECORDED_BY
from diplomatic_ledger.cli.root import root
from diplomatic_ledger.cli.session import Session
from diplomatic_ledger.cuts import Cuts

from tests.support import programs
from tests.support.processes import serving

STATES = "cdefghijklmnop"
PARTIES = "".join(
    f"- {{id: {each}, party: {{name: State {each}, kind: state}}}}\n" for each in STATES
)
GIFTS = "".join(
    f"- {{id: to-{each}, act: {{kind: aid, actor: a, counterparty: {each}, title: Gives grain, "
    "occurred: 2018-03-01, evidence: [{report: r}]}}\n"
    for each in STATES
)
EVIDENCE = ", ".join(f"{{report: r, locator: p. {page}}}" for page in range(1, 26))
CASE = f"""
ledger: {{ledger: case, title: A case}}
items:
- {{id: a, party: {{name: State a, kind: state}}}}
- {{id: b, party: {{name: State b, kind: state}}}}
- {{id: speaker, party: {{name: The speaker, kind: person}}}}
- {{id: r, report: {{title: They meet, publisher: The Gazette, published: 2018-02-02}}}}
- id: visit
  act: {{kind: visit, actor: a, counterparty: b, title: A visit, occurred: 2018-03-10/2018-03-20,
    evidence: [{EVIDENCE}]}}
- id: grain
  commitment: {{debtors: [a], creditors: [b], made_by: [speaker], consequent: Deliver grain,
    occurred: 2018-02-01, evidence: [{{report: r}}]}}
{PARTIES}{GIFTS}"""
SUPPOSED = """
- {id: silo, act: {kind: aid, actor: b, counterparty: a, title: A silo, occurred: 2018-04-01,
    evidence: [{report: r}]}}
"""


class Desk:
    """A terminal in which nothing is set, and a service with two ledgers."""

    def __init__(self, address: str, home: Path) -> None:
        self.address = address
        self.home = home
        kept = {name: v for name, v in os.environ.items() if not name.startswith("LEDGERCTL_")}
        more = {"HOME": str(home), "COLUMNS": "200", "PYTHONPATH": os.pathsep.join(sys.path)}
        self._environment = {**kept, **more, "LEDGERCTL_CONFIG": str(home), "EDITOR": "true"}

    def paste(self, command: str, *more: str, **environment: str):
        """Runs a command as a shell would."""
        program, *args = shlex.split(command)
        assert program == "ledgerctl"
        return programs.ledgerctl(
            *args, *more, env={**self._environment, **environment}, cwd=self.home
        )

    def run(self, *args: str, ledger: str = "case"):
        named = ["--ledger", ledger] if ledger else []
        return self.paste("ledgerctl", *args, *named, "--server", self.address)

    def says(self, *args: str, ledger: str = "case") -> str:
        done = self.run(*args, ledger=ledger)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def answers(self, *args: str):
        return json.loads(self.says(*args, "--format", "json"))

    def pasted(self, told: str, *more: str) -> str:
        """What the only command in a text answers."""
        (command,) = re.findall(r"ledgerctl [^`\n]+", told)
        done = self.paste(command, *more)
        assert done.returncode == 0, (command, done.stderr)
        return done.stdout

    def cause(self, *args: str) -> str:
        (told,) = self.answers(*args)["why_nothing"]
        return told["command"]

    def found(self, command: str) -> list[str]:
        """The ids that a command lists."""
        answer = json.loads(self.pasted(command, "--format", "json"))
        assert answer["basis"]["ledger"] == "case"
        return [each["entry_id"] for each in next(v for n, v in answer.items() if n != "basis")]


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    folder = tmp_path_factory.mktemp("desk")
    with serving(folder) as address:
        found = Desk(address, folder)
        (folder / "case.yaml").write_text(CASE, encoding="utf-8")
        (folder / "what if.yaml").write_text(SUPPOSED, encoding="utf-8")
        found.says("record", "case.yaml", ledger="")
        found.says("ledgers", "create", "other", "--title", "Another case", ledger="")
        yield found


def test_what_finds_something_asks_the_same_ledger(desk):
    command = desk.cause("commitments", "--debtor", "speaker", "--as-of", "2018-05-01")
    assert desk.found(command) == ["grain"]
    command = desk.cause("acts", "--kind", "visit", "--as-of", "2018-01-01")
    assert desk.found(command) == ["visit"]
    shown = desk.says("commitments", "--debtor", "speaker", "--as-of", "2018-05-01")
    assert "grain" in desk.pasted(shown)


def test_what_finds_something_keeps_how_dates_are_read_and_what_is_supposed(desk):
    at = ["--as-of", "2018-03-15", "--dates", "possible"]
    command = desk.cause("acts", *at, "--kind", "visit", "--reported-by", "2018-01-01")
    assert "--dates possible" in command
    assert desk.found(command) == ["visit"]
    position = str(desk.answers("parties")["basis"]["position"])
    what_if = ["--suppose", "what if.yaml", "--recorded-by", position]
    command = desk.cause("commitments", "--debtor", "speaker", *what_if)
    assert f"--recorded-by position:{position}" in command
    assert "--suppose 'what if.yaml'" in command
    assert desk.found(command) == ["grain"]


def test_what_the_environment_says_still_holds(desk):
    done = desk.paste(
        "ledgerctl commitments --debtor speaker",
        LEDGERCTL_LEDGER="case",
        LEDGERCTL_SERVER=desk.address,
    )
    assert "  ledgerctl commitments --party speaker\n" in done.stdout


def test_what_is_recorded_can_be_taken_back_and_brought_back(desk):
    (desk.home / "more.yaml").write_text(
        "ledger: {ledger: case, title: A case}\n"
        "items:\n- {id: z, party: {name: State z, kind: state}}\n"
    )
    recorded = desk.says("record", "more.yaml", ledger="")
    yes = ("--yes", "--reason", "so")
    taken = desk.pasted(recorded, *yes)
    assert "Took back 1 entry in case" in taken
    again = desk.run("record", "more.yaml", ledger="").stderr
    assert "annulled" in again
    edited = desk.says("edit", "z", "--reason", "back")
    assert edited.rpartition(" undo ")[2] == again.rpartition(" undo ")[2].replace("`.", "")
    assert "Took back 1 entry in case" in desk.pasted(again, *yes)
    desk.says("annul", "z", "--reason", "no")
    assert "Took back 1 entry in case" in desk.pasted(
        desk.says("edit", "z", "--reason", "b"), *yes
    )


def test_where_there_is_more_it_is_asked_at_the_same_cuts(desk):
    asked = ["--as-of", "2018-03-05", "--reported-by", "2018-03-05"]
    told = desk.says("search", "grain", "--in", "act", "--limit", "1", *asked)
    (line,) = (line for line in told.splitlines() if line.startswith("  ledgerctl "))
    assert "--as-of 2018-03-05 --reported-by 2018-03-05" in line
    assert len(desk.found(line)) == len(STATES)
    told = desk.says("search", "the gazette", "--suppose", "what if.yaml", "--limit", "1")
    assert "ledgerctl" not in told


def test_all_sources_of_an_entry_are_told(desk):
    told = desk.says("acts", "--kind", "visit", "--sources", "--as-of", "2018-05-01")
    assert "visit version 1" in desk.pasted(told)


def test_the_other_balances_are_told_as_the_first_ones_were(desk):
    scale = ["--scale", "goldstein-cameo-gdelt"]
    told = desk.says("replay", "--at", "2018-05-01", *scale)
    assert "goldstein" in desk.pasted(told)
    told = desk.says("diff", "--from", "2018-02-15", "--to", "2018-05-01", *scale)
    basis = told.splitlines()[-1]
    assert re.sub(r"^after: +", "", basis).split(" · ")[:4] == [
        each.strip() for each in desk.pasted(told).splitlines()[-1].split(" · ")[:4]
    ]


def test_an_id_of_another_type_is_said_with_what_finds_it(desk):
    refused = desk.run("commitment", "speaker").stderr
    shown, told = re.findall(r"`([^`]+)`", refused)
    assert "speaker" in desk.pasted(shown)
    assert "grain" in desk.pasted(told)


@pytest.mark.parametrize(
    "cut", [7, 2018, 201806, "some-token-of-an-answer", datetime(2026, 6, 12, 8, tzinfo=UTC)]
)
def test_a_cut_is_read_as_it_was_meant(cut):
    session = Session(ledger_name="my ledger", said_here={"ledger_name"})
    with click.Context(root, obj=session):
        command = session.command("acts", cuts=Cuts(recorded_by=cut, dates="possible"))
        _, acts, option, word, *rest = shlex.split(command)
        assert (acts, option) == ("acts", "--recorded-by")
        assert rest == ["--dates", "possible", "--ledger", "my ledger"]
        assert RECORDED_BY.convert(word, None, None) == cut
