"""What an analyst reads says what happened, and what it does not know; words are taken as people
write them.
"""

import csv
import io
import json
import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from diplomatic_ledger.cli import defined
from diplomatic_ledger.cli.cells import Footnote
from diplomatic_ledger.cli.choices import WordType
from diplomatic_ledger.cli.root import root

from tests.support import programs
from tests.support.processes import serving

CASE = """
ledger: {ledger: case, title: Money and restraint}
items:
- {id: us, party: {name: United States, kind: state}}
- {id: iran, party: {name: Iran, kind: state}}
- {id: gazette, report: {title: They agree, publisher: The Gazette, published: 2020-01-02}}
- {id: courier, report: {title: What came of it, publisher: The Courier, published: 2020-06-02}}
- id: accord
  instrument: {kind: agreement, title: Accord on money and restraint, participants: [us, iran],
    occurred: 2020-01-01, evidence: [{report: gazette}]}
- id: hall
  commitment: {debtors: [iran], creditors: [us], consequent: Keep the old hall shut,
    instrument: accord, nature: maintenance, occurred: 2020-01-01,
    evidence: [{report: gazette}]}
- id: leaves
  act: {kind: cancellation, actor: iran, counterparty: us, title: Leaves the accord,
    occurred: 2020-05-20, relations: [{kind: cancels, target: accord}],
    evidence: [{report: courier}]}
- id: money
  commitment: {debtors: [us], creditors: [iran], consequent: Release the funds,
    quantity: 150 million-usd, occurred: 2020-01-01, evidence: [{report: gazette}]}
- id: medicine
  commitment: {debtors: [us], creditors: [iran], consequent: Let medicine through,
    occurred: 2020-01-01, evidence: [{report: gazette}]}
- id: restraint
  commitment: {debtors: [iran], creditors: [us], consequent: Enrich no further,
    nature: maintenance, occurred: 2020-01-01, evidence: [{report: gazette}]}
- id: access
  commitment: {debtors: [iran], creditors: [us], consequent: Let inspectors in,
    occurred: 2020-01-01, evidence: [{report: gazette}]}
- id: hotline
  commitment: {debtors: [iran, us], creditors: [iran, us], mutual: true,
    consequent: Open a hotline, occurred: 2020-01-01, due: 2020-07-01,
    evidence: [{report: gazette}]}
- id: grain
  commitment: {debtors: [us], creditors: [iran], consequent: Deliver grain, quantity: 44 t,
    consequent_code: {cameo: "071"},
    occurred: 2020-01-01, due: 2020-12-31, evidence: [{report: gazette}]}
- id: ships
  act: {kind: fulfilment, actor: us, counterparty: iran, title: Ships most of the grain,
    quantity: 41 t, occurred: 2020-04-10, relations: [{kind: fulfils, target: grain}],
    evidence: [{report: courier}]}
- id: some-medicine
  act: {kind: fulfilment, actor: us, counterparty: iran, title: Lets some medicine through,
    occurred: 2020-04-20, relations: [{kind: fulfils, target: medicine}],
    evidence: [{report: courier}]}
- id: turns-away
  act: {kind: violation, actor: iran, counterparty: us, title: Turns the inspectors away,
    occurred: 2020-05-01, relations: [{kind: breaches, target: access}],
    evidence: [{report: courier}]}
"""


class Desk:
    """A terminal of 100 columns, and a service that listens."""

    def __init__(self, address: str, home: Path) -> None:
        self.home = home
        self.environment = {
            **os.environ,
            "LEDGERCTL_SERVER": address,
            "LEDGERCTL_LEDGER": "case",
            "HOME": str(home),
            "COLUMNS": "100",
            "PYTHONPATH": os.pathsep.join(sys.path),
        }

    def run(self, *args: str, given: str = ""):
        return programs.ledgerctl(*args, env=self.environment, cwd=self.home, given=given)

    def says(self, *args: str, given: str = "") -> str:
        done = self.run(*args, given=given)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def words(self, *args: str) -> str:
        return " ".join(self.says(*args).split())

    def is_refused(self, *args: str) -> str:
        done = self.run(*args)
        assert done.returncode
        return done.stderr


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    folder = tmp_path_factory.mktemp("desk")
    with serving(folder) as address:
        found = Desk(address, folder)
        found.says("record", "-", given=CASE)
        yield found


def options(group: click.Group) -> Iterator[tuple[str, click.Parameter]]:
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        yield from ((name, each) for each in command.params)
        if isinstance(command, click.Group):
            yield from options(command)


def test_all_words_to_choose_from_are_read_in_one_way():
    chosen = [each for each in options(root) if isinstance(each[1].type, click.Choice)]
    assert len(chosen) > 20
    assert [each for each in chosen if not isinstance(each[1].type, WordType)] == []


@pytest.mark.parametrize(
    "args",
    [
        ("log", "--entry-type", "Commitments", "--change", "RECORDED"),
        ("log", "--entry-type", "parties"),
        ("series", "us", "iran", "--bin", "Months"),
        ("agenda", "--kind", "falls due"),
        ("commitments", "--dates", "Possible", "--flag", "partially-fulfilled"),
        ("commitments", "--order", "due day"),
        ("search", "grain", "--in", "acts"),
        ("balance", "us", "iran", "--count-by", "commitment", "--evidence", "Any"),
        ("parties", "--format", "JSON"),
    ],
    ids=" ".join,
)
def test_a_word_is_taken_in_any_case_and_number(desk, args):
    assert desk.says(*args)


@pytest.mark.parametrize(
    ("args", "remedy"),
    [
        (("log", "--entry-type", "commit"), "Did you mean commitment?"),
        (("log", "--entry-type", "treaty"), "Write instrument."),
        (("log", "--change", "annulled"), "Write annulment."),
        (("series", "us", "iran", "--bin", "monthly"), "Write month."),
        (("series", "us", "iran", "--bin", "year"), "Known: day, week, month."),
        (("agenda", "--kind", "due"), "Write falls_due."),
        (("commitments", "--dates", "cert"), "Did you mean certain?"),
        (("commitments", "--rubric", "polimeter"), "Did you mean polimetre?"),
        (("commitments", "--lifecycle", "broken"), "Write breached."),
        (("commitments", "--lifecycle", "overdue"), "write --flag overdue."),
        (("commitments", "--party", "us,iran"), "may be written more than once."),
        (
            ("series", "us", "iran", "--from", "2020-05-01", "--to", "2020-04-01"),
            "Exchange them.",
        ),
    ],
    ids=lambda each: " ".join(each) if isinstance(each, tuple) else "",
)
def test_another_word_is_refused_with_what_may_be_meant(desk, args, remedy):
    assert remedy in desk.is_refused(*args)


@pytest.mark.parametrize("command", ["balance", "accounts", "series"])
@pytest.mark.parametrize(
    "said",
    [
        ("us", ":", "iran"),
        ("us:iran",),
        ("us : iran",),
        ("us,", "iran"),
        ("us", "and", "iran"),
        ("us→iran",),
        ("us", "-", "iran"),
        ("us->iran",),
    ],
    ids=" ".join,
)
def test_two_parties_have_one_spelling(desk, command, said):
    assert f"ledgerctl {command} us iran." in desk.is_refused(command, *said)
    assert desk.says(command, "us", "iran")


def test_what_was_annulled_and_brought_back_is_said_to_be(desk):
    answer = json.loads(desk.says("balance", "us", "iran", "--format", "json"))
    before = answer["basis"]["position"]
    desk.says("annul", "ships", "--reason", "entered twice")
    state = desk.home / "ships.yaml"
    state.write_text(
        "act: {kind: fulfilment, actor: us, counterparty: iran, title: Ships most of the grain,\n"
        "  quantity: 41 t, occurred: 2020-04-10,\n"
        "  relations: [{kind: fulfils, target: grain}], evidence: [{report: courier}]}\n",
        encoding="utf-8",
    )
    asked = ("--state", "ships.yaml", "--correction", "--reason")
    desk.says("amend", "ships", *asked, "it was right")
    told = desk.words("diff", "--before-recorded-by", f"position:{before}")
    assert (
        "ships Ships most of the grain annulled, then brought back; it reads as before" in told
    )


@pytest.mark.parametrize(
    ("occurred", "remedy"),
    [
        ("{from_day: 2020-05-01, to_day: 2020-05-03}", "Write it as 2020-05-01/2020-05-03"),
        ("{to_day: 2020-05-03}", "Write it as ../2020-05-03"),
        ("{from_day: 2020-05-01, words: spring}", "Write date: 2020-05-01/.. in their place"),
    ],
)
def test_a_date_has_one_form_in_entry_files(desk, occurred, remedy):
    item = (
        "- {id: talks, act: {kind: meeting, actor: us, counterparty: iran, title: They talk, "
        f"occurred: {occurred}, evidence: [{{report: gazette}}]}}}}"
    )
    done = desk.run("record", "-", given=f"ledger: {{ledger: case}}\nitems:\n{item}\n")
    assert done.returncode
    assert "the days of a date are written as one text" in done.stderr
    assert remedy in done.stderr


#: Answers whose last lines have all that such a line may have.
FOOTED = [
    ("commitments", "--as-of", "2020-06-15", "--reported-by", "2020-06-15"),
    ("commitments", "--as-of", "2020-06-15", "--reported-by", "2020-07-15"),
    ("commitments", "--facet", "lifecycle", "--dates", "possible"),
    ("commitments", "--suppose", "what-if.yaml"),
    ("balance", "us", "iran", "--scale", "plover-2.0", "--evidence", "attested"),
    ("balance", "us", "iran", "--scale", "goldstein-cameo-gdelt", "--evidence", "verified"),
    ("diff", "--from", "2020-03-01", "--to", "2020-06-15"),
    ("ledgers",),
    ("log",),
]
#: What is no word of a last line: figures, hashes, what joins words.
VALUE = re.compile(r"\S*\d\S*|\b[0-9a-f]{8}\b|\bUTC\b|\bat\b|\[\d+\]")


def words_of_last_lines(text: str) -> Iterator[str]:
    for line in text.strip().splitlines():
        if not re.match(r"(before: |after: |as of|position \d|asked on)", line):
            continue
        for part in re.split(r" · | and |: ", line):
            scale = re.match(r"(unit|goldstein-cameo-gdelt|plover-2\.0) ", part)
            told = scale[1] if scale else " ".join(VALUE.sub(" ", part).split())
            yield told.removesuffix(" and")


@pytest.fixture(scope="module")
def last_words(desk) -> set[str]:
    (desk.home / "what-if.yaml").write_text(
        "- {id: rumour, report: {title: A rumour, publisher: A radio, published: 2020-07-01}}\n",
        encoding="utf-8",
    )
    told = [desk.says(*args, "--width", "1000") for args in FOOTED]
    assert "found" in told[2]
    return {
        "found",
        "last line",
        *(word for text in told for word in words_of_last_lines(text)),
    }


def test_last_lines_have_many_words(last_words):
    assert last_words >= {
        *("as of", "reported by", "position", "root", "certain", "possible", "unit"),
        *("plover-2.0", "attested", "verified", "supposing", "in doubt"),
        *("before", "after", "asked on"),
    }


def test_every_word_of_a_last_line_is_explained(desk, last_words):
    notes = [each for each in vars(defined).values() if isinstance(each, Footnote)]
    assert notes
    defined_there = {each.text.partition(":")[0] for each in notes}
    other = {"provisional", "not trusted", "basis", "broken", "owed"}
    unknown = [
        word
        for word in sorted(last_words | defined_there | other)
        if desk.run("help", *word.split()).returncode
    ]
    assert unknown == []


def test_an_amount_of_one_promise_is_not_told_as_that_of_two(desk):
    told = desk.words("balance", "us", "iran")
    assert "medicine money (150 million-usd; medicine tells no amount)" in told


def test_an_amount_of_which_less_may_be_left_is_told_as_a_bound(desk):
    memo = desk.home / "memo.yaml"
    memo.write_text(
        """
- id: some-money
  act: {kind: fulfilment, actor: us, counterparty: iran, title: Releases a part of the funds,
    occurred: 2020-04-30, relations: [{kind: fulfils, target: money}],
    evidence: [{report: courier}]}
""",
        encoding="utf-8",
    )
    told = desk.words("balance", "us", "iran", "--suppose", "memo.yaml")
    assert "medicine money (≤ 150 million-usd; medicine tells no amount)" in told


def test_a_part_that_is_hard_to_read_is_told_in_per_cent_too(desk):
    told = desk.words("commitment", "grain")
    assert "delivered 41/44 (93.2%): 41 of 44 t" in told
    assert "fulfils 41/44 (93.2%, 41 t): Ships most of the grain" in told
    assert "us → iran overdue 1 about 0.068 grain (3 t)" in desk.words("balance", "us", "iran")
    owed = desk.says("balance", "us", "iran", "--format", "csv")
    assert ",3/44," in owed.replace("'", "")


def test_of_what_is_to_be_kept_up_nothing_is_delivered(desk):
    told = desk.words("commitment", "restraint")
    assert "kept so far: it was not broken" in told
    assert "delivered" not in told
    assert "restraint iran → us 1 to be kept active" in desk.words("accounts", "us", "iran")
    broken = desk.home / "broken.yaml"
    broken.write_text(
        """
- id: enriches
  act: {kind: violation, actor: iran, counterparty: us, title: Enriches to 20 per cent,
    occurred: 2020-05-10, relations: [{kind: breaches, target: restraint}],
    evidence: [{report: courier}]}
""",
        encoding="utf-8",
    )
    assert "kept no: it was broken" in desk.words(
        "commitment", "restraint", "--suppose", "broken.yaml"
    )


def test_the_agenda_tells_of_what_was_broken_and_so_falls_due_no_more(desk):
    told = desk.words("agenda", "--as-of", "2020-06-15", "--party", "iran")
    assert "Broken, and so not on the agenda: 1 promise." in told
    listed = "ledgerctl commitments --lifecycle breached --party iran --as-of 2020-06-15"
    assert listed in told
    assert "access" in desk.says(*listed.split()[1:])
    assert "Called off in breach, and so not on the agenda: 1 promise." in told
    listed = "ledgerctl commitments --flag counts_as_breach --party iran --as-of 2020-06-15"
    assert listed in told
    assert "hall" in desk.says(*listed.split()[1:])
    before = desk.words("agenda", "--as-of", "2020-04-15")
    assert "Broken" not in before
    assert "Called off" not in before


def test_programs_are_told_of_the_promises_that_no_balance_counts(desk):
    for asked in (("balance", "us", "iran"), ("accounts", "us", "iran")):
        found = json.loads(desk.says(*asked, "--as-of", "2020-06-15", "--format", "json"))
        told = [(each["kind"], each["promise_count"]) for each in found["uncounted"]]
        assert told == [("open_of_both", 1), ("breached", 1), ("counts_as_breach", 1)]
        of_both, broken, _ = found["uncounted"]
        assert of_both["debtors"] == of_both["creditors"] == ["us", "iran"]
        assert (broken["debtors"], broken["creditors"]) == (["iran"], ["us"])
        for each, promise in zip(
            found["uncounted"], ("hotline", "access", "hall"), strict=True
        ):
            assert promise in desk.says(*each["command"].split()[1:])
    before = ("balance", "us", "iran", "--as-of", "2019-12-31", "--format", "json")
    assert "uncounted" not in json.loads(desk.says(*before))


def test_programs_are_told_of_what_falls_due_no_more(desk):
    asked = ("agenda", "--as-of", "2020-06-15", "--format", "json")
    told = json.loads(desk.says(*asked))["uncounted"]
    assert [each["kind"] for each in told] == ["breached", "counts_as_breach"]
    assert "uncounted" not in json.loads(desk.says(*asked, "--kind", "overdue"))


def test_the_agenda_says_what_happens_and_where_the_promise_stands_then(desk):
    told = desk.words("agenda", "--as-of", "2020-04-15", "--to", "2020-07-01", "--width", "140")
    assert "2020-04-20 medicine us → iran affected by some-medicine; still active" in told
    assert "2020-05-01 access iran → us changes by turns-away: active, then breached" in told
    assert "2020-07-01 hotline iran ↔ us falls due; still active" in told
    assert "stays" not in told


def test_a_picture_that_is_there_is_replaced_only_on_demand(desk):
    file = desk.home / "balance.svg"
    file.write_text("mine", encoding="utf-8")
    asked = ("balance", "us", "iran", "--plot", "balance.svg")
    assert "add --overwrite to the same command" in desk.is_refused(*asked)
    assert file.read_text(encoding="utf-8") == "mine"
    assert desk.says(*asked, "--overwrite")
    assert "<svg" in file.read_text(encoding="utf-8")
    assert "--plot FILE" in desk.is_refused("balance", "us", "iran", "--overwrite")


def test_a_list_names_the_sources_of_where_a_promise_stands(desk):
    told = desk.words("commitments", "--debtor", "us", "--sources")
    assert "[1] The Courier: What came of it, 2020-06-02 (courier)" in told
    assert "active, partially fulfilled, undated [1] Let medicine through [2]" in told
    assert "active, undated Release the funds [2]" in told
    found = json.loads(desk.says("commitments", "--sources", "--format", "json"))
    assert [each["report"] for each in found["sources"]["turns-away"]] == ["courier"]
    assert [each["report"] for each in found["sources"]["access"]] == ["gazette"]


def test_the_agenda_names_the_sources_of_what_comes(desk):
    asked = ("agenda", "--as-of", "2020-05-15", "--to", "2020-07-01", "--sources")
    told = desk.words(*asked, "--width", "140")
    assert "changes by leaves: active, then cancelled [1] Keep the old hall shut [2]" in told
    assert "[1] The Courier: What came of it" in told
    found = json.loads(desk.says(*asked, "--format", "json"))
    assert [each["report"] for each in found["sources"]["leaves"]] == ["courier"]


def test_an_alert_names_the_sources_of_where_a_promise_stands(desk):
    asked = ("alert", "--as-of", "2020-06-15", "--sources")
    told = desk.words(*asked, "--width", "140")
    assert "broken [1] Let inspectors in [2]" in told
    assert "[1] The Courier: What came of it" in told
    found = json.loads(desk.says(*asked, "--format", "json"))
    assert [each["report"] for each in found["sources"]["turns-away"]] == ["courier"]


def test_instruments_name_the_sources_of_where_their_promises_stand(desk):
    told = desk.words("instruments", "--sources", "--width", "140")
    assert "Accord on money and restraint [1] 1 cancelled [2]" in told
    assert "[2] The Courier: What came of it" in told
    found = json.loads(desk.says("instruments", "--sources", "--format", "json"))
    assert [each["report"] for each in found["sources"]["leaves"]] == ["courier"]
    told = desk.words("instrument", "accord", "--sources", "--width", "140")
    assert re.search(r"iran → us \[(\d)\] cancelled, .* \[(\d)\]", told)


def test_a_replay_names_the_sources_of_where_things_stand_and_of_what_is_owed(desk):
    asked = ("replay", "--at", "2020-06-15", "--sources")
    told = desk.words(*asked, "--width", "140")
    assert re.search(r"access iran → us breached.* \[1\] Let inspectors in \[\d\]", told)
    assert "Accord on money and restraint" in told
    assert re.search(r"1 cancelled \[\d\]", told)
    assert re.search(r"iran us 0 : 2 \[1\] 0 : 2 1 : 3 \[2\] iran, by count", told)
    found = json.loads(desk.says(*asked, "--format", "json"))
    assert [each["report"] for each in found["sources"]["turns-away"]] == ["courier"]


def test_a_balance_names_the_sources_of_what_is_owed(desk):
    told = desk.says("balance", "us", "iran", "--sources", "--as-of", "2020-03-01")
    (owed,) = re.findall(
        r"^us → iran  due later .* grain \(44 t\) \[(\d+)\]$", told, re.MULTILINE
    )
    assert f"[{owed}] The Gazette: They agree, 2020-01-02 (gazette)" in told
    asked = ("balance", "us", "iran", "--sources", "--format", "json")
    sources = json.loads(desk.says(*asked))["sources"]
    assert [each["report"] for each in sources["grain"]] == ["gazette"]
    assert [each["report"] for each in sources["ships"]] == ["courier"]


def test_a_list_says_how_many_entries_more_a_standing_rests_on(desk):
    reports = "".join(
        f"- {{id: r{n}, report: {{title: Report {n}, publisher: P, published: 2020-03-02}}}}\n"
        f"- id: d{n}\n"
        "  act: {kind: fulfilment, actor: us, counterparty: iran, title: A ship,\n"
        "    occurred: 2020-03-01, relations: [{kind: fulfils, target: grain, extent: 1/100}],\n"
        f"    evidence: [{{report: r{n}}}]}}\n"
        for n in range(25)
    )
    (desk.home / "ships-if.yaml").write_text(reports, encoding="utf-8")
    asked = ("--entry", "grain", "--sources", "--suppose", "ships-if.yaml")
    told = desk.says("commitments", *asked, "--width", "300")
    assert "more entries: ledgerctl commitment grain --as-of" in told
    named = re.findall(r"^\[\d+\] +(P|The Courier): ", told, re.MULTILINE)
    assert len(named) == 20, "of the real ship, and of 19 that are supposed"


def test_an_instrument_through_which_a_promise_moves_is_named(desk):
    told = desk.says("commitment", "hall").partition("\nWhy\n")[2]
    assert re.search(r"^accord +Accord on money and restraint", told, re.MULTILINE)
    assert re.search(r"^leaves +Leaves the accord", told, re.MULTILINE)


def test_footnotes_are_numbered_in_the_order_in_which_one_reads(desk):
    (desk.home / "some-day.yaml").write_text(
        """
- id: some-day
  act: {kind: fulfilment, actor: us, counterparty: iran, title: Sends a little grain,
    quantity: 1 t, occurred: 2020-04-01/2020-05-01,
    relations: [{kind: fulfils, target: grain}], evidence: [{report: courier}]}
""",
        encoding="utf-8",
    )
    asked = ("balance", "us", "iran", "--as-of", "2020-04-25", "--suppose", "some-day.yaml")
    told = desk.says(*asked, "--format", "markdown")
    assert "in doubt 1[^" in told
    numbers = [int(each) for each in re.findall(r"\[\^(\d+)\](?!:)", told)]
    assert numbers == sorted(numbers)
    cells = re.findall(r"(?:\[\d+\])+", desk.says("commitments", "--sources"))
    assert cells
    for cell in cells:
        marks = [int(each) for each in re.findall(r"\d+", cell)]
        assert marks == sorted(marks)


def test_a_unit_in_which_nothing_is_kept_is_told_with_those_that_there_are(desk):
    told = desk.words("accounts", "us", "iran", "--unit", "tons")
    assert "There is no account in tons. There are some in million-usd, in t, without" in told


def test_what_both_promised_is_told_as_broken_by_who_broke_it(desk):
    (desk.home / "cut.yaml").write_text(
        """
- id: cut
  act: {kind: cancellation, actor: iran, counterparty: us, title: Cuts the hotline,
    occurred: 2020-06-01, relations: [{kind: cancels, target: hotline}],
    evidence: [{report: courier}]}
""",
        encoding="utf-8",
    )
    for command in ("balance", "accounts"):
        told = desk.words(command, "us", "iran", "--suppose", "cut.yaml")
        assert "Called off in breach and not counted as owed: 2 promises of iran to us." in told
        assert "promise of us to iran" not in told


@pytest.mark.rule("6.7.2")
def test_an_open_promise_of_both_sides_is_told_of_with_what_they_owe(desk):
    (desk.home / "talks.yaml").write_text(
        """
- {id: a, party: {name: A, kind: state}}
- {id: b, party: {name: B, kind: state}}
- id: talks
  commitment: {debtors: [a, b], creditors: [a, b], mutual: true, consequent: Talk on,
    occurred: 2020-01-01, evidence: [{report: gazette}]}
""",
        encoding="utf-8",
    )
    only = ("--suppose", "talks.yaml")
    for command, nothing in (
        ("accounts", "Nothing was given, and nothing is owed by one side alone."),
        ("balance", "Nothing is owed by one side alone."),
    ):
        told = desk.says(command, "a", "b", *only)
        assert nothing in told
        said = "Open, and weighing on neither side: 1 promise of a and b to each other."
        assert said in " ".join(told.split())
        listed = re.search(r"^  ledgerctl (commitments .*)$", told, re.MULTILINE)
        assert listed
        assert re.search(r"^talks ", desk.says(*listed[1].split()), re.MULTILINE)
        assert "1 promise of us and iran to each other." in desk.words(command, "us", "iran")
        before = ("--as-of", "2019-12-31")
        assert "to each other" not in desk.words(command, "us", "iran", *before)


@pytest.mark.rule("7")
@pytest.mark.parametrize("scale", ["unit", "goldstein-cameo-gdelt"])
def test_a_series_tells_cooperation_from_conflict_only_on_a_scale_that_does(desk, scale):
    asked = ("series", "us", "iran", "--bin", "month", "--scale", scale)
    tells = scale != "unit"
    (heading, *_) = csv.reader(io.StringIO(desk.says(*asked, "--format", "csv")))
    assert ("conflict b to a" in heading) == tells
    assert {"count b to a", "weight b to a", "not weighed b to a"} < set(heading)
    found = json.loads(desk.says(*asked, "--format", "json"))
    flows = [each["ba"] for each in found["points"] if each["ba"].get("count")]
    assert flows
    assert all(("cooperation" in each) == tells for each in flows)
    one = "each act counts 1 whatever it was, a breach too: --scale, such as"
    for form in ("table", "markdown", "html"):
        assert (one in desk.words(*asked, "--format", form)) != tells
    desk.says(*asked, "--plot", f"{scale}.svg")
    drawn = (desk.home / f"{scale}.svg").read_text(encoding="utf-8")
    assert ("Each act counts 1 whatever it was" in drawn) != tells


def test_in_a_narrow_window_each_weight_of_a_series_says_whose_it_is(desk):
    lines = desk.says("series", "us", "iran", "--bin", "month", "--width", "40").splitlines()
    assert any(re.match(r"us → iran: weight +2$", line) for line in lines)
    assert any(re.match(r"iran → us: weight +2$", line) for line in lines)
    assert not any(line.startswith("weight") for line in lines)


@pytest.mark.parametrize("command", ["balance", "accounts", "series"])
def test_nothing_between_parties_of_which_one_was_annulled_is_told_with_that(desk, command):
    if "annulled" not in desk.run("entry", "atlantis").stdout:
        party = "- {id: atlantis, party: {name: Atlantis, kind: state}}"
        desk.says("record", "-", given=party)
        desk.says("annul", "atlantis", "--reason", "no such state")
    told = desk.says(command, "us", "atlantis")
    assert "atlantis was annulled: no such state. Its versions:" in told
    assert "  ledgerctl entry atlantis" in told.splitlines()
    assert "annulled" not in desk.says(command, "us", "iran")
    written = json.loads(desk.says(command, "us", "atlantis", "--format", "json"))
    assert written["why_nothing"][0]["command"] == "ledgerctl entry atlantis"


def test_steps_in_which_nothing_changed_are_told_as_one(desk):
    told = desk.words("replay", "--from", "2020-01-03", "--to", "2020-07-03", "--step", "month")
    still = "3 January 2020 → 3 May 2020: nothing changed in 4 steps"
    assert f"{still} 3 May 2020 → 3 June 2020 Entries" in told


def test_a_row_of_a_replay_says_of_which_step_it_is(desk):
    asked = ("replay", "--from", "2020-01-01", "--to", "2020-07-03", "--step", "month")
    rows = csv.DictReader(io.StringIO(desk.says(*asked, "--format", "csv"), newline=""))
    told = {row["table"] for row in rows}
    assert told >= {"2020-01-01/2020-02-01: entries", "2020-06-01/2020-07-01: Commitments"}
    assert all(re.match(r"2020-\d\d-01/2020-\d\d-\d\d: \w", each) for each in told)
