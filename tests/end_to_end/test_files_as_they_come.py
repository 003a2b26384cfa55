"""Entry files as people have them, through the real command: joined, in other encodings, with
marks that nobody sees, with values that other programs changed, and with slips.
"""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support import programs
from tests.support.processes import serving

#: What stands in no sentence for people: names of the protocol, paths of requests, traces.
INTERNAL = re.compile(
    r"[A-Z]+(?:_[A-Z]+)*_UNSPECIFIED|\b(?:ACT|RELATION|PARTY|INSTRUMENT)_KIND_|items\[|"
    r"\.state\.|\bentry\.state|_pb2|Traceback|\w+Error\b|\bLedgerClient\b|entry_id"
)
PARTY = "- {id: %s, party: {name: %s, kind: state}}\n"
IN_JSON = '{"id": "%s", "party": {"name": "%s", "kind": "state"}}\n'


@dataclass(frozen=True)
class Desk:
    address: str
    folder: Path

    def run(self, *args: str, given: bytes = b"") -> subprocess.CompletedProcess[str]:
        return programs.ledgerctl(*args, env=self.environment(), given=given, timeout=120)

    def environment(self) -> dict[str, str]:
        return {
            **os.environ,
            "LEDGERCTL_SERVER": self.address,
            "LEDGERCTL_LEDGER": "desk",
            "COLUMNS": "80",
            "PYTHONPATH": os.pathsep.join(sys.path),
        }

    def check(self, content: str | bytes, name: str = "file.yaml") -> str:
        """What `record --check` says of a file that is refused."""
        file = self.folder / name
        file.write_bytes(content.encode() if isinstance(content, str) else content)
        done = self.run("record", "--check", str(file))
        assert done.returncode == 1, done
        assert not INTERNAL.search(done.stderr), done.stderr
        return done.stderr

    def finds_right(self, content: str | bytes, *ids: str, stdin: bool = False) -> None:
        """Holds that a file has just these items, all of them right."""
        given = content.encode() if isinstance(content, str) else content
        file = self.folder / "right.yaml"
        file.write_bytes(given)
        for args, fed in (
            ((("-",), given),) if stdin else (((str(file),), b""), (("-",), given))
        ):
            done = self.run("record", "--check", "--format", "json", *args, given=fed)
            assert done.returncode == 0, done.stderr
            assert [each["id"] for each in json.loads(done.stdout)["items"]] == list(ids)


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    folder = tmp_path_factory.mktemp("desk")
    with serving(folder / "service") as address:
        desk = Desk(address, folder)
        made = desk.run("ledgers", "create", "desk", "--title", "The desk")
        assert made.returncode == 0, made.stderr
        assert desk.run("record", "-", given=KNOWN.encode()).returncode == 0
        yield desk


KNOWN = """
- id: dprk
  party: {name: North Korea, kind: state, aliases: [DPR Korea], codes: {iso3: PRK, cow: "731"}}
- id: us
  party: {name: United States, kind: state, codes: {iso3: USA}}
- {id: memo, report: {title: A memo, publisher: A desk, published: 2018-06-12}}
- id: joint_statement
  instrument:
    {title: The statement, kind: joint_statement, occurred: 2018-06-12, evidence: [{report: memo}]}
- id: halt
  commitment:
    {debtors: [us], creditors: [dprk], consequent: Halt, occurred: 2018-06-12,
    evidence: [{report: memo}]}
"""


def test_joined_files_and_other_encodings_are_read(desk):
    joined = "\ufeff" + PARTY % ("a", "Ägypten") + "\ufeff" + PARTY % ("b", "B")
    desk.finds_right(joined, "a", "b")
    lines = "\ufeff" + IN_JSON % ("a", "A") + "\ufeff" + IN_JSON % ("b", "B")
    desk.finds_right(lines.replace("\n", "\r\n"), "a", "b")
    desk.finds_right((PARTY % ("a", "Ägypten")).encode("utf-16"), "a", stdin=True)
    desk.finds_right(PARTY % ("a", "A") + "---\n" + PARTY % ("b", "B") + "---\n", "a", "b")


def test_what_is_not_utf8_names_line_byte_and_the_command_that_converts_it(desk):
    latin = (PARTY % ("a", "A") + PARTY % ("b", "Ägypten")).encode("latin-1")
    said = desk.check(latin)
    assert "line 2: byte 25 of the line (0xC4) is not UTF-8." in said
    assert f"iconv -f WINDOWS-1252 -t UTF-8 {desk.folder / 'file.yaml'} > NEW-FILE" in said
    piped = desk.run("record", "--check", "-", given=latin)
    assert "Put `iconv -f WINDOWS-1252 -t UTF-8` into the pipe before ledgerctl" in piped.stderr
    assert "this looks like UTF-16LE" in desk.check((PARTY % ("a", "A")).encode("utf-16-le"))


def test_a_line_of_json_is_ended_by_a_newline_alone(desk):
    for mark, name in (("\u2028", "LINE SEPARATOR"), ("\x85", "NEXT LINE")):
        said = desk.check(IN_JSON % ("a", f"A{mark}B") + IN_JSON % ("b", "B"))
        assert "has 1 problem" in said
        assert "line 1: item 1 (a): party.name: Character 2 of this text is " in said
        assert f"({name}), a mark that nobody sees" in said
        assert (
            "Write a plain space in its place, or a newline (\\n in JSON) where a line" in said
        )
    said = desk.check(IN_JSON % ("a", "A\\u2028B"))
    assert "line 1: item 1 (a): party.name: Character 2 of this text is U+2028" in said
    assert "Write a plain space in its place, or a newline where a line ends" in said
    joined = IN_JSON.strip() % ("a", "A") + "\ufeff" + IN_JSON % ("b", "B")
    assert "where files are joined" in desk.check(joined)


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("10", "10 is a number, and this is a text: 10 is not 010. Write it in quotes"),
        ("1e3", "1E+3 is a number, and this is a text"),
        ("90", "90 is a number"),
        (
            "false",
            "false is a truth value, and this is a text: some programs read false, no and",
        ),
        ("true", "true is a truth value"),
        ("[]", "a list stands where text is wanted"),
    ],
)
@pytest.mark.parametrize(
    "item",
    [
        '{"id": "a", "party": {"name": "A", "kind": "state", "codes": {"cow": %s}}}',
        '{"id": %s, "party": {"name": "A", "kind": "state"}}',
        '{"id": "a", "party": {"name": "A", "kind": "state", "note": %s}}',
        '{"id": "a", "report": {"title": %s, "publisher": "P", "published": "2018"}}',
        '{"id": "a", "act": {"kind": "aid", "title": "T", "code": {"cameo": %s}}}',
    ],
    ids=["code of a party", "id", "note", "title", "code of a deed"],
)
def test_no_number_and_no_truth_value_is_taken_for_a_text(desk, item, value, said):
    assert said in desk.check(item % value, "file.jsonl")


def test_in_yaml_every_text_stays_as_it_is_written(desk):
    desk.finds_right(
        "- {id: 010, party: {name: no, kind: state, codes: {cow: 002, x: 1e3, y: 0o17}, "
        "aliases: [on, 1:30, 2018-06-12, 'null']}}\n",
        "010",
    )


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("- id: a\n  party: {na\u200bme: A, kind: state}\n", "Character 3 of this key is U+200B"),
        ("- id: a\n\xa0 party: {name: A, kind: state}\n", "Character 1 of this line is U+00A0"),
        (
            "- {id: a, party: {name: 'A\u200b', kind: state}}\n",
            "party.name: Character 2 of this text is U+200B (ZERO WIDTH SPACE), a mark that",
        ),
        ("- {id: a, party: {name: A\x07, kind: state}}\n", "line 1: Character 26 of this line is U+0007"),
        ("- id: a\n\tparty: {name: A, kind: state}\n", "It is indented by a tab. Write spaces"),
        ("- id: a\n  id: b\n", "line 2: the key 'id' stands twice, first on line 1. Keep one."),
        ("- id: a\n  party:\n    name: A: B\n", "A text in which a colon and a space stand goes in"),
        ("- id: a\n  party:\n    name: @A\n", "A text that begins with @, % or ` goes in quotes."),
        ("- {id: a, party: {name: *A}}\n", "A text that begins with * goes in quotes."),
        ("- {id: a, party: {name: !A b}}\n", "A text that begins with ! goes in quotes."),
        ("- &a [*a]\n", "a name (*) stands inside of what it names."),
        ("ledger: desk\nitems: []\n", "'desk' stands alone. Write ledger: {ledger: NAME, title: TITLE}"),
        ("items: {}\n", "items: a mapping stands where a list is wanted."),
    ],
)  # fmt: skip
def test_what_is_wrong_with_the_form_is_told_with_what_helps(desk, content, said):
    assert said in desk.check(content)


def test_merge_keys_and_anchors_are_read_and_bombs_are_not(desk):
    desk.finds_right(
        "- id: a\n  party: &base {name: A, kind: state, note: N}\n"
        "- id: b\n  party: {<<: *base, name: B}\n"
        "- id: c\n  party: {<<: [{name: C}, *base]}\n",
        *("a", "b", "c"),
    )
    bomb, before = "- {id: a, party: {aliases: &a [x, x, x, x, x, x, x, x, x, x]}}\n", "a"
    for name in "bcdefghi":
        bomb += f"- {{id: {name}, party: {{aliases: &{name} [{', '.join([f'*{before}'] * 10)}]}}}}\n"
        before = name
    assert "stand for more than 100,000 values" in desk.check(bomb)


ACT = (
    "- id: a\n  act:\n    {kind: aid, actor: us, counterparties: [dprk], title: T,\n"
    "    occurred: 2018-06-13, evidence: [{report: memo}]%s}\n"
)
PROMISE = (
    "- id: a\n  commitment:\n    {debtors: [us], creditors: [dprk], consequent: C,\n"
    "    occurred: 2018-06-13, evidence: [{report: memo}]%s}\n"
)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (ACT.replace("aid", "verification") % "", "Write assessment, with a relation of kind verif"),
        (ACT.replace("aid", "pledge") % "", "write commitment in place of act"),
        (ACT.replace("actor: us", "actor: [us, dprk]") % "", "actor: us and co_actors: [dprk]"),
        (ACT % ", debtor: us", "act.debtor: there is no such field. Write actor."),
        (ACT % ", fulfils: halt", "Write relations: [{kind: fulfils, target: ID}]."),
        (ACT % ", status: done", "Where a promise stands is derived"),
        (ACT % ", date: 2018", "act.date: there is no such field. Write occurred."),
        (ACT % ", source: memo", "Name it: evidence: [{report: ID}]."),
        (ACT % ", relations: [{kind: fulfils, target: halt, extent: 10%}]", "Write 1/10 or 0.1"),
        (ACT % ", relations: [{kind: fulfils, target: halt, extent: 150%}]", "above 0 and at most 1"),
        (ACT.replace("2018-06-13", "{start: 2018-06-12, words: in June}") % "", "date: 2018-06-12/2018-06-20"),
        (ACT.replace("2018-06-13", "{dat: 2018, words: in June}") % "", "Did you mean date?"),
        (PROMISE % ", maker: us", "Write made_by: [...]."),
        (ACT % ", relations: [{kind: implements, target: halt}]", "Write fulfils."),
        (ACT % ", relations: [{kind: fulfils, to: halt}]", "Write target: ID."),
        (ACT % ", quantity: 500 000 t", "Write 500000 t"),
        (ACT % ", joint: yes", "'yes' is neither true nor false. Write true"),
        (ACT.replace("2018-06-13", "6/12/2018") % "", "Write 2018-12-06 or 2018-06-12."),
        (ACT.replace("2018-06-13", "12 June 2018") % "", "Write it as 2018-06-12."),
        (PROMISE.replace("debtors: [us]", "debtor: us") % "", "Write debtors: [us]."),
        (PROMISE.replace("debtors: [us]", "debtors: us") % "", "Write debtors: [us]"),
        (PROMISE.replace("consequent", "promise") % "", "Write consequent."),
        (PROMISE.replace("[{report: memo}]", "memo") % "", "Write evidence: [{report: memo}]"),
        (PROMISE % ", deadline: 2019", "commitment.deadline: there is no such field. Write due."),
        (PROMISE.replace("occurred: 2018-06-13, ", "") % "", "the day, give an interval with both ends open, in an entry file ../.."),
        (PROMISE.replace("[dprk]", "[us]") % "", "say mutual: true, and name all of them in both lists."),
        ("- {id: a, treaty: {title: T}}\n", "treaty: there is no such field. Write instrument"),
        ("- {id: a, name: A}\n", "Indent it under party:."),
        ("- {delete: halt}\n", "Write annul: ID, with reason."),
    ],
)  # fmt: skip
def test_a_word_that_is_not_known_is_told_by_its_meaning(desk, content, said):
    assert said in desk.check(content)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("actor: us", "actor: DPRK", "or correct the id. Did you mean dprk?"),
        ("actor: us", "actor: prk", "Did you mean dprk?"),
        ("actor: us", "actor: North Korea", "act.actor: 'North Korea' is not an id"),
        ("actor: us", "actor: North Korea", "Did you mean dprk?"),
        ("actor: us", "actor: us-dprk", "It names several parties: us, dprk."),
        ("report: memo", "report: Memo", "Did you mean memo?"),
        ("]}", "], relations: [{kind: refers_to, target: joint-statement}]}", "Did you mean joint_statement?"),
    ],
)  # fmt: skip
def test_an_id_that_is_not_there_is_told_by_likeness(desk, old, new, said):
    assert said in desk.check((ACT % "").replace(old, new))


def test_a_far_id_is_not_suggested(desk):
    assert "Did you mean" not in desk.check((ACT % "").replace("actor: us", "actor: sweden"))


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["treaty"], "What you want may be `ledgerctl instruments`."),
        (["add", "file.yaml"], "What you want may be `ledgerctl record`."),
        (["commitmnets"], "Did you mean commitments?"),
        (["zebra"], "Known: accounts, acts, agenda, "),
        (["commitments", "--since", "2018"], "No such option: --since. What you want may be --occ"),
        (["replay", "--until", "2018"], "What you want may be --to."),
        (["commitments", "--date", "2018"], "What you want may be --as-of."),
        (["commitments", "--state", "breached"], "What you want may be --lifecycle."),
        (["commitments", "--status", "breached"], "What you want may be --lifecycle."),
        (["acts", "--state", "rok"], "What you want may be --party."),
        (["commitments", "--json"], "What you want may be --format."),
        (["commitments", "--as-of", "2018"], "Write one of its days, such as its last: 2018-12-31."),
        (["commitments", "--as-of", "20180612"], "Write it as 2018-06-12."),
        (["commitments", "--as-of", "12.6.2018"], "Write it as 2018-06-12."),
        (["commitments", "--as-of", "6/12/2018"], "Write 2018-12-06 or 2018-06-12."),
        (["commitments", "--reported-by", "2018-06"], "such as its last: 2018-06-30."),
        (["commitments", "--recorded-by", "2018"], "position:2018 for the position; 2018-12-31, or a time"),
        (["commitments", "--recorded-by", "2018"], "token:2018 for the token of an answer"),
        (["commitments", "--recorded-by", "20180612"], "may be a position or a day. Write position:20180612"),
        (["commitments", "--recorded-by", "201806"], "may be a position or a month."),
        (["commitments", "--recorded-by", "12.6.2018"], "Write 2018-06-12, 141, "),
        (["diff", "--before-recorded-by", "2018"], "may be a position or a year"),
        (["-l", "des", "commitments"], "Did you mean desk?"),
        (["party", "North Korea"], "Did you mean dprk?"),
        (["balance"], "Missing argument 'A'. See ledgerctl balance --help."),
        (["series"], "Missing argument 'A'."),
        (["series", "dprk", "us", "--by", "month"], "What you want may be --bin."),
        (["sources", "memo"], "may be `ledgerctl sources --entry memo`. See ledgerctl sources --help."),
        (["commitments", "halt"], "unexpected extra argument (halt). What you want may be"),
        (["agenda", "memo"], "unexpected extra argument (memo). See ledgerctl agenda --help."),
        (["completion"], "Choose from: bash, zsh, fish. See ledgerctl completion --help."),
    ],
    ids=lambda each: " ".join(each) if isinstance(each, list) else "",
)  # fmt: skip
def test_a_slip_on_the_command_line_is_told_by_what_it_may_mean(desk, args, said):
    done = desk.run(*args)
    assert done.returncode in (2, 3), done
    assert said in done.stderr
    assert not INTERNAL.search(done.stderr)


def test_a_position_that_looks_like_a_year_is_asked_for_by_its_name(desk):
    now = json.loads(desk.run("commitments", "--format", "json").stdout)["basis"]["position"]
    done = desk.run("commitments", "--recorded-by", f"position:{now}", "--format", "json")
    assert json.loads(done.stdout)["basis"]["position"] == now
    beyond = desk.run("commitments", "--recorded-by", "position:2018")
    assert "lies beyond this ledger" in beyond.stderr


def test_a_time_before_the_first_record_asks_whether_the_reports_were_meant(desk):
    for args in (["commitments"], ["commitment", "halt"]):
        said = desk.run(*args, "--recorded-by", "2018-06-12").stderr
        assert (
            "This ledger held nothing at 2018-06-12T23:59:59Z: its first record is of 2" in said
        )
        assert "Did you mean --reported-by 2018-06-12, what could be read by then?" in said
    assert "held nothing" not in desk.run("commitments", "--recorded-by", "2100-01-01").stderr
