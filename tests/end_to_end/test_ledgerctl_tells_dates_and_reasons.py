"""What ledgerctl shows of dates that are no single day, of what had no effect, and of what
differs: real commands against a real service.
"""

import json
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from tests.support import programs
from tests.support.processes import serving

AT = ("--as-of", "2004-06-01")

CASE = """
ledger: {ledger: reactor, title: A reactor for a freeze}
items:
  - id: us
    party: {name: United States, kind: state}
  - id: dprk
    party: {name: North Korea, kind: state}
  - id: rok
    party: {name: South Korea, kind: state}
  - id: envoy
    party: {name: An envoy, kind: person, represents: [{principal: us, mandate: [promise]}]}
  - id: press
    report: {title: A chronicle, publisher: The Chronicle, published: 1998-11/1999-01}
  - id: later
    report: {title: A book, publisher: A press, published: 2004}
  - id: freeze
    commitment:
      debtors: [dprk]
      creditors: [us, rok]
      consequent: Freeze the reactor
      occurred: {date: 1994-10, words: the autumn of 1994}
      nature: maintenance
      evidence: [{report: press}]
  - id: oil
    commitment:
      debtors: [us]
      creditors: [dprk]
      consequent: Deliver heavy fuel oil
      occurred: 1994-10-21
      quantity: 500000 t
      due: {date: 1998-11/1999-01, words: the winter}
      evidence: [{report: press}]
  - id: shipment
    act:
      kind: fulfilment
      actor: us
      counterparty: dprk
      title: Ships fuel oil
      occurred: {date: 1998-11/1999-01, words: in winter}
      quantity: 100000 t
      relations: [{kind: fulfils, target: oil}]
      evidence: [{report: press}]
  - id: wheat
    act:
      kind: fulfilment
      actor: us
      counterparty: dprk
      title: Sends wheat for oil
      occurred: ../1999-06-30
      quantity: 7 t-wheat
      relations: [{kind: fulfils, target: oil}]
      evidence: [{report: press}]
  - id: called-off
    act:
      kind: cancellation
      actor: us
      counterparty: dprk
      title: Calls the freeze off
      occurred: 2002-12
      relations: [{kind: cancels, target: freeze}]
      evidence: [{report: press}]
  - id: envoys-word
    act:
      kind: cancellation
      actor: envoy
      counterparty: dprk
      title: Says that no more oil will come
      occurred: 2002-11-14
      relations: [{kind: cancels, target: oil}]
      evidence: [{report: press}]
  - id: let-go
    act:
      kind: statement
      actor: rok
      counterparty: dprk
      title: Lets the North go
      occurred: 2003
      relations: [{kind: releases, target: freeze}]
      evidence: [{report: press}]
  - id: extension
    act:
      kind: agreement
      actor: dprk
      counterparty: us
      title: Gives more time
      occurred: 1998-12-01
      relations: [{kind: reschedules, target: oil, due: 1998-11/2003-03}]
      evidence: [{report: press}]
  - id: new-freeze
    commitment:
      debtors: [dprk]
      creditors: [us, rok]
      consequent: Freeze everything
      occurred: 2003-03/2003-05
      nature: maintenance
      relations: [{kind: supersedes, target: freeze}]
      evidence: [{report: press}]
  - id: notice
    act:
      kind: notice
      actor: dprk
      counterparties: [us, rok]
      title: Gives notice
      occurred: 2003-01-10
      relations: [{kind: cancels, target: freeze, takes_effect: 2003-04-10}]
      evidence: [{report: press}]
  - id: taken-back
    act:
      kind: statement
      actor: dprk
      counterparties: [us, rok]
      title: Takes the notice back
      occurred: 2003-04-09
      relations: [{kind: withdraws, target: notice}]
      evidence: [{report: press}]
"""

AMENDED = """
ledger: {ledger: reactor}
items:
  - amend: shipment
    reason: the port's book was found
    correction: true
    act:
      kind: fulfilment
      actor: us
      counterparty: dprk
      title: Ships fuel oil
      occurred: 1998-12-05
      quantity: 250000 t
      topics: [oil]
      relations: [{kind: fulfils, target: oil}]
      evidence: [{report: press, quote: A quarter of a million}]
  - amend: dprk
    reason: its full name
    correction: true
    party: {name: Democratic People's Republic of Korea, kind: state}
  - amend: later
    reason: the publisher was mistyped
    correction: true
    report: {title: A book, publisher: A larger press, published: 2004}
  - id: diary
    report: {title: A diary, publisher: A press, published: 2004-05}
  - id: remains
    act:
      kind: aid
      actor: dprk
      counterparty: us
      title: Returns remains
      occurred: {date: 2003-06, words: early summer}
      evidence: [{report: press}]
"""


@dataclass(frozen=True)
class Terminal:
    address: str
    #: The position before the amendments.
    before: int = 0

    def run(self, *args: str, given: str = "", columns: int = 160):
        environment = {
            **os.environ,
            "LEDGERCTL_SERVER": self.address,
            "COLUMNS": str(columns),
            "PYTHONPATH": os.pathsep.join(sys.path),
        }
        return programs.ledgerctl(*args, env=environment, given=given)

    def says(self, *args: str, given: str = "", columns: int = 160) -> str:
        """What a command prints, each run of spaces as one."""
        done = self.run(*args, given=given, columns=columns)
        assert done.returncode == 0, done.stderr
        return "\n".join(" ".join(line.split()) for line in done.stdout.splitlines())

    def answers(self, *args: str):
        return json.loads(self.says(*args, "--format", "json"))


@pytest.fixture(scope="module")
def terminal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Terminal]:
    folder = tmp_path_factory.mktemp("dates")
    (folder / "case.yaml").write_text(CASE)
    (folder / "amended.yaml").write_text(AMENDED)
    with serving(folder / "data") as address:
        first = Terminal(address)
        first.says("record", str(folder / "case.yaml"))
        before = first.answers("ledgers")["ledgers"][0]["position"]
        first.says("record", str(folder / "amended.yaml"))
        yield Terminal(address, before)


def line_of(text: str, *words: str) -> str:
    """The line of a table that has all of some words."""
    found = [line for line in text.splitlines() if all(word in line for word in words)]
    assert found, f"{words} in no line of:\n{text}"
    return found[0]


# Dates


def test_an_interval_is_shown_as_one_in_the_list_of_acts(terminal):
    text = terminal.says("acts", *AT, "--recorded-by", str(terminal.before))
    assert line_of(text, "shipment").startswith("Nov 1998 to Jan 1999 shipment")
    assert "“in winter”" in text
    assert line_of(text, "wheat").startswith("until 30 June 1999")
    assert line_of(text, "called-off").startswith("Dec 2002")
    assert line_of(text, "let-go").startswith("2003 ")
    assert line_of(text, "extension").startswith("1998-12-01")
    assert "1999-01-31" not in text


@pytest.mark.parametrize(
    "command",
    [
        ("commitment", "oil", *AT),
        ("entry", "shipment"),
        ("replay", "--at", "1999-07-01"),
        ("balance", "us", "dprk", *AT),
        ("diff", "--before-as-of", "1998-10-01", "--after-as-of", "1999-07-01"),
    ],
    ids=lambda args: args[0],
)
def test_an_interval_is_never_its_last_day(terminal, command):
    text = terminal.says(*command, "--recorded-by", str(terminal.before))
    assert "Nov 1998 to Jan 1999" in text
    assert "“in winter”" in text
    assert "1999-01-31" not in text


def test_a_commitment_tells_its_dates_in_the_words_of_the_source(terminal):
    facts = terminal.says("commitment", "freeze", *AT)
    assert "promised Oct 1994, “the autumn of 1994”" in facts
    facts = terminal.says("commitment", "oil", *AT)
    assert "due Nov 1998 to Mar 2003, at first Nov 1998 to Jan 1999, “the winter”" in facts


def test_reports_and_agendas_tell_intervals_too(terminal):
    reports = terminal.says("reports", *AT)
    assert line_of(reports, "press").startswith("Nov 1998 to Jan 1999 press")
    assert line_of(reports, "later").startswith("2004 later")
    overdue = terminal.says("agenda", *AT)
    assert "was due (Nov 1998 to Mar 2003); still active" in line_of(overdue, "oil")
    alerts = terminal.says("alert", *AT)
    assert "overdue, was due (Nov 1998 to Mar 2003)" in line_of(alerts, "oil")
    accounts = terminal.says("accounts", "us", "dprk", *AT)
    assert line_of(accounts, "Sends wheat").startswith("until 30 June 1999 wheat")


def test_the_json_form_is_exact(terminal):
    found = terminal.answers("entry", "remains")["versions"][0]["state"]["act"]
    assert found["occurred"] == {"date": "2003-06", "words": "early summer"}
    records = terminal.says("log", "--entry", "remains", "--format", "records")
    assert json.loads(records)["data"]["occurred"] == {
        "from_day": "2003-06-01",
        "to_day": "2003-06-30",
        "precision": "month",
        "words": "early summer",
    }


@pytest.mark.parametrize("columns", [80, 120])
def test_dates_in_words_leave_ids_whole(terminal, columns):
    done = terminal.run("acts", *AT, columns=columns)
    assert max(map(len, done.stdout.splitlines())) <= columns
    for entry in ("shipment", "called-off", "envoys-word", "taken-back"):
        assert entry in done.stdout


# What had no effect


def test_a_commitment_says_why_moves_had_no_effect(terminal):
    text = terminal.says("commitment", "freeze", *AT)
    assert "without effect: only dprk may call it off, and us did" in text
    assert "not yet: us has still to join" in text
    assert "without effect: taken back by taken-back (2003-04-09), before" in text
    text = terminal.says("commitment", "oil", *AT)
    assert "without effect: envoy acted for us without a mandate to call it off" in text
    assert "unit differs: given in t-wheat, promised in t" in text


def test_both_say_why_a_supersession_has_no_effect(terminal):
    old = terminal.says("commitment", "freeze", *AT)
    assert "superseded by new-freeze, not yet: rok, us have not agreed to it" in old
    new = terminal.says("commitment", "new-freeze", *AT)
    assert "supersedes freeze, not yet: rok, us have not agreed to it" in new


def test_lists_of_acts_and_entries_say_it_too(terminal):
    acts = terminal.says("acts", *AT)
    assert "cancels freeze, without effect: only dprk may call it off, and us did" in acts
    assert "releases freeze, not yet: us has still to join" in acts
    entry = terminal.says("entry", "called-off")
    assert "cancels freeze, without effect: only dprk may call it off, and us did" in entry
    entry = terminal.says("entry", "new-freeze")
    assert "new-freeze supersedes freeze, not yet: rok, us have not agreed to it" in entry
    assert "no effect" not in terminal.says("entry", "extension")


# Steps


def test_the_list_of_steps_names_extensions_and_notices(terminal):
    steps = terminal.says("commitment", "oil", *AT)
    assert "1998-12-01 active extension it is due Nov 1998 to Mar 2003 now" in steps
    steps = terminal.says("commitment", "freeze", *AT)
    assert "2003-01-10 active notice notice was given: it is called off on 2003-04-10" in steps
    assert "2003-04-09 active taken-back a notice was withdrawn" in steps


# Differences


def test_a_difference_shows_old_and_new_values(terminal):
    text = terminal.says("diff", *AT, "--before-recorded-by", str(terminal.before))
    assert "occurred: Nov 1998 to Jan 1999, “in winter” → 1998-12-05" in text
    assert "quantity: 100000 t → 250000 t" in text
    assert "topics: + oil" in text
    assert "press: quote: not said → A quarter of a million" in text
    assert "+ June 2003 remains Returns remains" in text


def test_a_difference_tells_parties_and_reports(terminal):
    text = terminal.says("diff", *AT, "--before-recorded-by", str(terminal.before))
    assert "name: North Korea → Democratic People's Republic of Korea" in text
    assert "publisher: A press → A larger press" in text
    assert line_of(text, "A diary").startswith("+ May 2004 diary")


def test_reports_come_out_between_two_days(terminal):
    text = terminal.says(
        *("diff", "--as-of", "2005-01-01"),
        *("--before-reported-by", "2000-01-01", "--after-reported-by", "2005-01-01"),
    )
    assert line_of(text, "A book").startswith("+ 2004 later")
    assert "press" not in text


def test_a_difference_says_what_changed_in_a_balance(terminal):
    text = terminal.says("diff", *AT, "--before-recorded-by", str(terminal.before))
    assert "What differs between dprk and us" in text
    assert line_of(text, "dprk gave us: Returns remains").startswith(
        "+ June 2003 remains 1 dprk gave us"
    )
    assert "another amount" in text
    assert line_of(text, "dprk → us", "0 → 1").startswith("dprk → us 0 → 1 0 → 1 none")
    assert "us → dprk 2 2 100000 t, 7 t-wheat → 250000 t, 7 t-wheat 1" in text


def test_a_difference_tells_a_term_that_moved(terminal):
    text = terminal.says("diff", "--before-as-of", "1998-11-30", "--after-as-of", "1998-12-01")
    assert "due Nov 1998 to Jan 1999 → Nov 1998 to Mar 2003" in text
