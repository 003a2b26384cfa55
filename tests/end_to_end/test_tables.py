"""Tables as somebody hands them on: in each form, at each width, with their sources."""

import contextlib
import csv
import io
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path

import click
import pytest
from diplomatic_ledger.cli.root import root, run
from rich.cells import cell_len

from clients.examples.example import ARTICLES, LEDGER, PUBLIC_RECORD
from tests.support import programs
from tests.support.processes import serving

AT = ["--as-of", "2018-08-18"]
UUID = "01a20a49-5f93-7794-8736-09d6a890fc1a"
LONG = "a-very-long-id-of-somebody-who-likes-to-say-all-of-it-in-the-id-itself-2018"
ODD = "odd"
BASED = [
    ["instrument", "singapore-statement", *AT],
    ["instruments", *AT],
    ["party", "pompeo", *AT],
    ["parties", *AT],
    ["reports", *AT],
    ["scales", *AT],
    ["agenda", *AT],
    ["commitments", *AT, "--rubric", "g20", "--facet", "lifecycle", "--sources"],
    ["commitment", "F051", *AT],
    ["acts", *AT, "--sources"],
    ["balance", "dprk", "us", *AT, "--sensitivity", "--half-life", "90", "--sources"],
    ["balances", *AT, "--sources"],
    ["series", "dprk", "us", *AT, "--sources"],
    ["replay", "--at", "2018-07-23", "--sources"],
    ["replay", "--from", "2018-06-04", "--to", "2018-07-23", "--step", "week"],
    ["diff", "--from", "2018-07-23", "--to", "2018-08-18", "--sources"],
    ["entry", "F016", "--sources"],
    ["commitments", "-l", ODD, "--sources"],
    ["commitment", "-l", ODD, UUID],
    ["acts", "-l", ODD, "--sources"],
    ["reports", "-l", ODD],
    ["parties", "-l", ODD],
    ["balance", "-l", ODD, LONG, "b"],
    ["replay", "-l", ODD, "--sources"],
    ["accounts", "dprk", "us", *AT],
    ["accounts", "-l", ODD, LONG, "b"],
    ["alert", *AT, "--within", "400"],
    ["alert", "-l", ODD, "--as-of", "2018-06-20"],
    ["search", "the", *AT],
    ["search", "-l", ODD, "long"],
    ["sources", *AT],
    ["sources", "--alone", *AT],
    ["sources", "--entry", "F051", *AT],
    ["sources", "-l", ODD, "--entry", UUID],
    ["diff", "-l", ODD, "--from", "2018-06-01", "--to", "2018-07-23"],
]
#: What tells of no entries.
IDLESS = [["ledgers"], ["rubrics"], ["profiles"], ["help", "commitment"], ["help", "fulfils"]]
TABLES = [*BASED, ["log"], ["log", "-l", ODD, "--sources"], *IDLESS]
#: Figures that people read as one text, at the beginning of a cell.
FIGURES = re.compile(r"'?(≤ ?)?-?\d[\d./]*%? ([a-z]+ )?[:→] (≤ ?)?-?\d.*", re.DOTALL)
ENTRIES = f"""
ledger: {{ledger: {ODD}, title: "=HYPERLINK() | <b>odd</b>"}}
items:
- {{id: {LONG}, party: {{name: "=cmd|' /C calc'!A0", kind: state}}}}
- {{id: b, party: {{name: "<script>alert(1)</script>", kind: state}}}}
- {{id: envoy, party: {{name: Envoy, kind: person,
    represents: [{{principal: b, reports: [2018-06]}}]}}}}
- id: 2018-06
  report:
    title: "A | B **bold** [^1]"
    publisher: "+The Gazette"
    published: 2018-06-13
    url: "https://gazette.example/2018/{"x" * 100}?a=1&b=2"
- id: r2
  report: {{title: {{seal: The secret title}}, publisher: {{seal: The secret paper}},
    published: 2018-06-14, url: {{seal: "https://secret.example/1"}}}}
- id: r3
  report: {{title: Later, publisher: The Late News, published: 2018-09-01}}
- id: {UUID}
  commitment:
    debtors: [{LONG}]
    creditors: [b]
    consequent: "=1+1 opens a very long sentence about {UUID}, and 한국어로 된 긴 문장이 있다"
    occurred: 2018-06-12
    due: 2018-06-14
    quantity: 3 t
    evidence:
    - {{report: 2018-06, locator: p. 3}}
    - {{report: r2, locator: {{seal: p. 4}}}}
    - {{report: r3}}
- id: F1
  act:
    kind: fulfilment
    actor: {LONG}
    counterparty: b
    title: "Does it <i>half</i>"
    quantity: 1.5 t
    occurred: 2018-06-13
    relations: [{{kind: fulfils, target: {UUID}}}]
    evidence: [{{report: 2018-06, locator: p. 3}}]
"""

PROFILES = f"""
[profiles.prod]
server = "ledger.{"x" * 60}.example:443"
ledger = "{LEDGER}"

[profiles."{LONG[:60]}"]
server = "ledger.example:443"
"""


@dataclass(frozen=True)
class Terminal:
    address: str
    folder: Path

    def run(self, *args: str, given: str = "") -> subprocess.CompletedProcess[str]:
        return programs.ledgerctl(
            *args,
            env={
                **os.environ,
                "LEDGERCTL_SERVER": self.address,
                "LEDGERCTL_LEDGER": LEDGER,
                "PYTHONPATH": os.pathsep.join(sys.path),
            },
            cwd=self.folder,
            given=given,
        )

    def says(self, *args: str, given: str = "") -> str:
        done = self.run(*args, given=given)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def prints(self, *args: str) -> bytes:
        """The same without a process of its own, since there are many."""
        raw = io.BytesIO()
        out = io.TextIOWrapper(raw, encoding="utf-8")
        with contextlib.redirect_stdout(out):
            code = run(["--server", self.address, "--ledger", LEDGER, *args])
        out.flush()
        assert code == 0
        return raw.getvalue()

    def rows(self, *args: str) -> list[dict[str, str]]:
        text = io.StringIO(self.says(*args, "--format", "csv"), newline="")
        return list(csv.DictReader(text, strict=True))


@pytest.fixture(scope="module")
def monkeypatch_module() -> Iterator[pytest.MonkeyPatch]:
    with pytest.MonkeyPatch.context() as patch:
        yield patch


@pytest.fixture(scope="module")
def terminal(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch_module: pytest.MonkeyPatch
) -> Iterator[Terminal]:
    folder = tmp_path_factory.mktemp("service")
    profiles = folder / "profiles"
    profiles.mkdir()
    (profiles / "profiles.toml").write_text(PROFILES, encoding="utf-8")
    monkeypatch_module.setenv("LEDGERCTL_CONFIG_DIR", str(profiles))
    with serving(folder) as address:
        terminal = Terminal(address, folder)
        terminal.says("record", str(ARTICLES))
        terminal.says("record", str(PUBLIC_RECORD))
        (folder / "odd.yaml").write_text(ENTRIES, encoding="utf-8")
        terminal.says("record", "-l", ODD, "odd.yaml")
        yield terminal


@pytest.fixture(scope="module")
def ids(terminal) -> set[str]:
    found = [*terminal.rows("log"), *terminal.rows("log", "-l", ODD)]
    return {each["entry"].removeprefix("'") for each in found} - {""}


def csv_commands(group: click.Group, *path: str) -> Iterator[tuple[str, ...]]:
    """The commands that print tables, by their words."""
    context = click.Context(group)
    for name in group.list_commands(context):
        found = group.get_command(context, name)
        if isinstance(found, click.Group):
            yield from csv_commands(found, *path, name)
            if found.invoke_without_command:
                yield (*path, name)
        elif "csv" in getattr(found, "formats", ()):
            yield (*path, name)


def test_every_command_with_tables_is_among_those_that_are_tried_here():
    tried = {tuple(args[:length]) for args in TABLES for length in (1, 2)}
    assert set(csv_commands(root)) - tried == set()


def words_of(text):
    return set(re.findall(r"[A-Za-z0-9][A-Za-z0-9._-]*[A-Za-z0-9]|[A-Za-z0-9]", text))


@pytest.mark.parametrize("width", ["40", "80", "120"])
@pytest.mark.parametrize("args", TABLES, ids=lambda args: "-".join(args[:3]))
def test_tables_fit_each_width_and_no_id_is_broken(terminal, ids, args, width):
    text = terminal.prints(*args, "--width", width).decode()
    for line in text.splitlines():
        is_one_word = len(line.split()) == 1 and line.isascii()
        is_to_paste = line.strip().startswith("ledgerctl ")
        assert cell_len(line) <= int(width) or is_one_word or is_to_paste, line
    wide = terminal.prints(*args, "--width", "1000").decode()
    assert words_of(wide) & ids <= words_of(text)
    assert words_of(wide) & ids or args in IDLESS or args[0] == "scales"


@pytest.mark.parametrize("args", TABLES, ids=lambda args: "-".join(args[:3]))
def test_every_table_is_csv_that_no_spreadsheet_misreads(terminal, args):
    raw = terminal.prints(*args, "--format", "csv")
    assert raw.endswith(b"\r\n")
    lines = list(csv.reader(io.StringIO(raw.decode(), newline=""), strict=True))
    assert lines[0][0] == "table"
    assert len(set(lines[0])) == len(lines[0])
    assert len(lines) > 1
    for line in lines:
        assert len(line) == len(lines[0])
        for cell in line:
            assert not FIGURES.fullmatch(cell), cell
            assert not re.match(r"[=+@\t\r]|-(?!\d+(\.\d+)?$).", cell), cell
            is_number = re.fullmatch(r"-?\d+(\.\d+)?", cell)
            assert is_number or not re.fullmatch(r"\d{1,4}[-/.: ]+\d{1,2}", cell), cell
    if args in BASED or args[0] == "log":
        assert lines[0][-1] == "basis"
        assert all("position " in line[-1] for line in lines[1:])


class Page(HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.names, self.ids, self.links, self.open, self.text = [], [], [], [], []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        self.names.append(tag)
        self.ids += filter(None, [given.get("id")])
        self.links += filter(None, [given.get("href")])
        assert tag != "th" or given["scope"] in ("row", "col")
        if tag not in ("meta", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if "style" not in self.open:
            self.text.append(data)


@pytest.mark.parametrize("args", TABLES, ids=lambda args: "-".join(args[:3]))
def test_every_table_is_a_document_of_html(terminal, args):
    text = terminal.prints(*args, "--format", "html").decode()
    page = Page(text)
    assert page.open == []
    assert text.startswith('<!DOCTYPE html>\n<html lang="en">')
    labelled = len(re.findall(r"<table[^>]* aria-label=", text))
    assert page.names.count("caption") + labelled == page.names.count("table") > 0
    assert not {"script", "b", "i", "img"} & set(page.names)
    assert len(set(page.ids)) == len(page.ids)
    inner = {link[1:] for link in page.links if link.startswith("#")}
    assert inner == set(page.ids)
    assert not (args in BASED or args[0] == "log") or " · root " in "".join(page.text[-8:])


@pytest.mark.parametrize(
    ("args", "title"),
    [
        (["commitments"], "commitments of us-dprk-2018"),
        (["commitment", "F051"], "commitment F051 of us-dprk-2018"),
        (["balance", "dprk", "us"], "balance of dprk and us in us-dprk-2018"),
        (["accounts", "dprk", "us"], "accounts of dprk and us in us-dprk-2018"),
        (["series", "dprk", "us"], "series of dprk and us in us-dprk-2018"),
    ],
    ids=lambda each: each[0] if isinstance(each, list) else "",
)
def test_a_title_says_what_was_asked_about_and_no_caption_says_it_again(terminal, args, title):
    page = terminal.prints(*args, *AT, "--format", "html").decode()
    assert f"<title>{title}</title>" in page
    assert f"<h1>{title}</h1>" in page
    assert f"<caption>{args[0]}</caption>" not in page
    text = terminal.prints(*args, *AT, "--format", "markdown").decode()
    assert text.splitlines()[0] == f"# {title}"


def test_what_was_promised_without_an_amount_has_a_heading_of_its_own(terminal):
    page = terminal.prints("accounts", "dprk", "us", *AT, "--format", "html").decode()
    assert "<caption>Without an amount: each counts as one</caption>" in page
    assert "<caption>promised: without an amount</caption>" in page


@pytest.mark.parametrize("args", TABLES, ids=lambda args: "-".join(args[:3]))
def test_every_table_is_markdown(terminal, args):
    text = terminal.prints(*args, "--format", "markdown").decode()
    tables = [part for part in text.split("\n\n") if part.startswith("|")]
    assert tables
    for each in tables:
        head, rule, *rows = each.splitlines()
        assert re.fullmatch(r"\|( ---:? \|)+", rule)
        bars = re.compile(r"(?<!\\)\|")
        assert {len(bars.findall(row)) for row in (head, rule, *rows)} == {rule.count("|")}
    used = set(re.findall(r"(?<!\\)\[\^(\d+)\](?!:)", text))
    assert used == set(re.findall(r"^\[\^(\d+)\]: ", text, re.MULTILINE))
    if args in BASED or args[0] == "log":
        assert " · root " in text.splitlines()[-1]


@pytest.mark.parametrize("form", ["table", "markdown"])
def test_a_log_says_how_far_it_was_read_and_a_list_of_ledgers_when(terminal, form):
    for args, basis in (
        (["log", "--limit", "3"], r"position \d+ · root [0-9a-f]{8}"),
        (["log", "--entry", "F051", "--sources"], r"position \d+ · root [0-9a-f]{8}"),
        (["ledgers"], r"asked on \d{4}-\d\d-\d\d at \d\d:\d\d UTC"),
    ):
        last = terminal.prints(*args, "--format", form).decode().splitlines()[-1]
        assert re.fullmatch(basis, last.strip("*_").replace("\\", "")), last


def test_a_commitment_names_its_sources_unless_told_not_to(terminal):
    asked = ["commitment", "-l", ODD, UUID, "--width", "100"]
    told = " ".join(terminal.says(*asked).split())
    assert "existence attested [1][2][3]" in told
    assert "+The Gazette: A | B **bold** [^1], 2018-06-13, p. 3 (2018-06)" in told
    assert "https://gazette.example/2018/" + "x" * 100 in told
    assert "[sealed]: [sealed], 2018-06-14, [sealed] (r2)" in told, told
    assert "[1]" not in terminal.says(*asked, "--no-sources").replace("[^1]", "")
    (sources,) = [
        found["sources"] for found in [json.loads(terminal.says(*asked, "--format", "json"))]
    ]
    assert sources[UUID][0] == {
        "report": "2018-06",
        "publisher": "+The Gazette",
        "title": "A | B **bold** [^1]",
        "published": "2018-06-13",
        "locator": "p. 3",
        "url": "https://gazette.example/2018/" + "x" * 100 + "?a=1&b=2",
    }
    assert [each["report"] for each in sources[UUID]] == ["2018-06", "r2", "r3"]
    assert [each["report"] for each in sources["F1"]] == ["2018-06"]


@pytest.mark.parametrize(
    ("args", "entry"),
    [
        (["search", "sentence", "--in", "commitment"], UUID),
        (["accounts", LONG, "b"], "F1"),
        (["alert", "--since", "2018-06-01"], UUID),
    ],
    ids=lambda each: each[0] if isinstance(each, list) else "",
)
def test_what_finds_sums_up_and_alerts_names_its_sources_too(terminal, args, entry):
    asked = [*args, "-l", ODD, "--as-of", "2019-08-18", "--sources"]
    found = json.loads(terminal.says(*asked, "--format", "json"))
    assert "2018-06" in [each["report"] for each in found["sources"][entry]]
    rows = terminal.rows(*asked)
    assert any("The Gazette" in row["sources"] for row in rows)
    assert "sources" not in json.loads(terminal.says(*asked[:-1], "--format", "json"))


@pytest.mark.parametrize(
    ("args", "entries"),
    [
        (["diff", "--from", "2018-06-01", "--to", "2018-07-23"], {UUID, "F1", "2018-06"}),
        (["series", LONG, "b", "--as-of", "2018-08-18"], {"F1"}),
        (["balances", "--as-of", "2018-08-18"], {UUID, "F1"}),
        (["entry", UUID], {UUID}),
        (["entry", "envoy"], {"envoy"}),
        (["party", "envoy"], {"envoy"}),
        (["log"], {UUID, "F1", "2018-06"}),
        (["replay", "--from", "2018-06-01", "--to", "2018-06-15", "--step", "month"], {UUID}),
    ],
    ids=lambda each: each[0] if isinstance(each, list) else "",
)
def test_figures_differences_and_what_was_recorded_name_their_sources(terminal, args, entries):
    asked = [*args, "-l", ODD, "--sources"]
    found = json.loads(terminal.says(*asked, "--format", "json"))
    (told,) = [each["sources"] for each in found.get("steps", [found])]
    for entry in entries:
        assert "2018-06" in [each["report"] for each in told[entry]]
    assert any("The Gazette: A | B" in row["sources"] for row in terminal.rows(*asked))
    text = terminal.says(*asked, "--width", "100")
    assert "(2018-06)" in text
    assert "https://gazette.example/2018/" in text
    assert "sources" not in terminal.says(*asked[:-1], "--format", "json")


def test_what_is_gone_names_the_sources_that_it_had(terminal):
    asked = ["diff", "-l", ODD, "--from", "2018-07-23", "--to", "2018-06-01", "--sources"]
    rows = {
        row["id"].strip("'"): row for row in terminal.rows(*asked) if row["table"] == "entries"
    }
    assert rows[UUID]["change"] == "vanished"
    assert "The Gazette" in rows[UUID]["sources"]


def test_a_figure_that_rests_on_many_entries_names_some_sources_and_the_command_for_all(
    terminal,
):
    many = 25
    acts = "".join(
        f"- {{id: M{n:02}, act: {{kind: concession, actor: x, counterparty: y, title: Gives, "
        f"occurred: 2018-05-02, evidence: [{{report: t{n}}}]}}}}\n"
        f"- {{id: t{n}, report: {{title: T{n}, publisher: P, published: 2018-05-02}}}}\n"
        for n in range(many)
    )
    parties = "".join(f"- {{id: {e}, party: {{name: {e}, kind: state}}}}\n" for e in "xy")
    (terminal.folder / "many.yaml").write_text(
        "ledger: {ledger: many, title: Many}\nitems:\n" + parties + acts
    )
    terminal.says("record", "-l", "many", "many.yaml")
    for args in (["series", "x", "y"], ["balances"]):
        asked = [*args, "-l", "many", "--as-of", "2018-05-03", "--sources"]
        (row,) = [each for each in terminal.rows(*asked) if "P: T" in each["sources"]]
        assert row["sources"].count("P: T") == 20
        assert "5 more entries: ledgerctl " in row["sources"]
        command = row["sources"].partition("5 more entries: ledgerctl ")[2].splitlines()[0]
        listed = terminal.says(*command.split(), "-l", "many", "--width", "1000")
        assert "P: T7," in listed
        assert "P: T24," in listed
        everything = json.loads(terminal.says(*asked, "--format", "json"))
        assert len(everything["sources"]) == many


def test_the_records_themselves_have_no_place_for_sources(terminal):
    refused = terminal.run("log", "--format", "records", "--sources")
    assert refused.returncode == 2
    assert "Leave out --sources" in refused.stderr


def test_sources_are_those_that_could_be_read_at_the_cuts(terminal):
    asked = ["commitments", "-l", ODD, "--reported-by", "2018-08-18", "--sources"]
    (row,) = terminal.rows(*asked)
    assert "The Gazette" in row["sources"]
    assert "The Late News" not in row["sources"]
    found = json.loads(terminal.says(*asked, "--format", "json"))
    assert [each["report"] for each in found["sources"][UUID]] == ["2018-06", "r2"]
    plain = json.loads(terminal.says(*asked[:-1], "--format", "json"))
    assert "sources" not in plain


def test_footnotes_are_numbered_once_for_an_answer(terminal):
    text = terminal.says("commitment", "F051", *AT, "--format", "markdown")
    notes = re.findall(r"^\[\^(\d+)\]: (.*)$", text, re.MULTILINE)
    assert [int(number) for number, _ in notes] == list(range(1, len(notes) + 1))
    assert len({note for _, note in notes}) == len(notes)


def test_the_next_step_is_said_as_a_count_with_the_words_explained_once(terminal):
    text = " ".join(terminal.says("balance", "dprk", "us", *AT).split())
    assert "gave fewer us, by count and by weight [2]" in text
    assert text.count("reciprocity: ") == text.count("alternation: ") == 1
    then = " ".join(
        terminal.says(
            "balance", "dprk", "us", "--as-of", "2018-08-17", "--recorded-by", "141"
        ).split()
    )
    assert then.count("in doubt: entries that this answer would rest on") == 1
    assert re.search(r"in doubt 8 \[\d\]$", then)
    seen = " ".join(terminal.says("replay", "--at", "2018-07-23").split())
    assert "Between dprk and us: us gave fewer, by count and by weight." in seen
    for args in (["balance", "dprk", "us"], ["balances"], ["replay", "--at", "2018-07-23"]):
        assert "next step" not in terminal.says(*args).lower()
    assert "owes the next step" not in terminal.says("--help")


def test_figures_that_have_no_end_in_decimals_are_told_in_every_form(terminal):
    """Of three pairs of neighbouring steps one changes hands."""
    acts = "".join(
        f"- {{id: T{n}, act: {{kind: concession, actor: {who}, counterparty: {whom}, title: Gives, "
        f"occurred: 2018-0{n}-01, evidence: [{{report: t}}]}}}}\n"
        for n, (who, whom) in enumerate([("x", "y"), ("x", "y"), ("x", "y"), ("y", "x")], 1)
    )
    parties = "".join(f"- {{id: {e}, party: {{name: {e}, kind: state}}}}\n" for e in "xy")
    report = "- {id: t, report: {title: T, publisher: P, published: 2018-05-01}}\n"
    head = "ledger: {ledger: thirds, title: Thirds}\nitems:\n"
    (terminal.folder / "thirds.yaml").write_text(head + parties + report + acts)
    terminal.says("record", "-l", "thirds", "thirds.yaml")
    asked = ["balance", "x", "y", "-l", "thirds", "--as-of", "2018-05-01"]
    for form in ("table", "csv", "markdown", "html"):
        assert "1/3" in terminal.says(*asked, "--format", form)


def test_numbers_of_pairs_are_columns_of_their_own(terminal):
    row = next(each for each in terminal.rows("balances", *AT) if each["b"] == "us")
    assert (row["given by a"], row["given by b"], row["gave fewer"]) == (
        "8",
        "1",
        "us, by count and by weight",
    )


def test_the_figures_of_accounts_are_numbers_in_columns_of_their_own(terminal):
    rows = terminal.rows("accounts", "-l", ODD, LONG, "b", "--as-of", "2018-08-18")
    given, in_all, promised = rows
    assert given["table"] == "t"
    assert (given["given by a"], given["given by a so far"]) == ("1.5", "1.5")
    assert given["given by b so far"] == "0"
    assert in_all["table"] == "t (in all)"
    assert (in_all["day"], in_all["given by a"], in_all["given by b"]) == ("", "1.5", "0")
    assert (promised["table"], promised["promise"]) == ("promised: t", UUID)
    assert (promised["promised"], promised["left"]) == ("3", "1.5")
    at_most = [
        each
        for each in terminal.rows("accounts", "dprk", "us", *AT)
        if each["left is at most that"]
    ]
    assert at_most
    assert all(re.fullmatch(r"\d+(\.\d+)?", each["left"]) for each in at_most)
    assert any(each["table"].endswith(" (in all)") for each in at_most)


def test_the_figures_of_a_difference_are_numbers_in_columns_of_their_own(terminal):
    asked = ["diff", "-l", ODD, "--before-as-of", "2018-06-12", "--after-as-of", "2018-06-20"]
    rows = terminal.rows(*asked)
    (balance,) = [each for each in rows if each["table"] == "Balances (of what differs)"]
    assert (balance["a"], balance["b"]) == (LONG, "b")
    told = [balance[f"given by {who} {when}"] for when in ("before", "after") for who in "ab"]
    assert told == ["0", "0", "1", "0"]
    ours, theirs = (each for each in rows if each["table"] == "Balances as a whole")
    assert (ours["given before"], ours["given after"]) == ("0", "1")
    assert (ours["weight before"], ours["weight after"]) == ("0", "1")
    assert (theirs["given before"], theirs["given after"]) == ("0", "0")
    (gave,) = [each for each in rows if each.get("entries") == "F1"]
    assert (gave["change"], gave["weight before"], gave["weight after"]) == (
        "appeared",
        "",
        "1",
    )


def test_a_byte_order_mark_comes_on_request(terminal):
    plain = terminal.run("parties", "--format", "csv").stdout
    assert terminal.run("parties", "--format", "csv", "--bom").stdout == "\ufeff" + plain


def test_what_is_no_table_of_an_answer_goes_to_stderr_beside_csv(terminal):
    done = terminal.run("commitments", "--text", "nowhere", "--format", "csv")
    assert done.stdout == "table,id,who,stands,what,basis\r\n"
    assert done.stderr.strip() == "No commitment is found."


@pytest.mark.parametrize("form", ["csv", "markdown", "html"])
def test_commands_without_tables_say_so(terminal, form):
    said = (
        f"--format {form} is not for what this command prints. It takes --format table or json."
    )
    for args in (["checkpoint", "--format", form], ["--format", form, "checkpoint"]):
        done = terminal.run(*args)
        assert done.returncode == 2
        assert said in done.stderr
        assert done.stdout == ""


def test_forms_are_written_in_utf_8_whatever_the_terminal_speaks(terminal, monkeypatch):
    monkeypatch.setenv("PYTHONIOENCODING", "ascii")
    for form in ("csv", "markdown", "html"):
        assert "한국어로" in terminal.says("commitments", "-l", ODD, "--format", form)


def test_a_plot_is_drawn_into_a_file_and_the_answer_is_printed_too(terminal):
    for name in ("balance", "series"):
        asked = [name, "dprk", "us", *AT]
        done = terminal.run(*asked, "--plot", f"{name}.svg")
        assert done.stdout == terminal.says(*asked)
        assert done.stderr == f"Drawn in {name}.svg.\n"
        first = (terminal.folder / f"{name}.svg").read_bytes()
        again = terminal.run(*asked, "--plot", f"{name}.svg")
        assert (again.returncode, again.stdout) == (1, "")
        assert "is there already" in again.stderr
        assert (terminal.folder / f"{name}.svg").read_bytes() == first
        assert json.loads(terminal.says(*asked, "--format", "json", "--plot", "again.svg"))
        assert (terminal.folder / "again.svg").read_bytes() == first
        (terminal.folder / "again.svg").unlink()
