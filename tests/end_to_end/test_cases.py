"""Small ledgers from real affairs, with what must be answered about them, asked of a service.

`tests/cases/` holds ours. Where a folder of further ones lies beside the checkout they are
asked too.
"""

from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from diplomatic_ledger import SyncLedgerClient

from tests.support.case_answers import Tally
from tests.support.case_files import read
from tests.support.processes import serving
from tests.support.run_cases import differences, main, run, shuffled

OURS = sorted((Path(__file__).parents[1] / "cases").glob("*.yaml"))
BESIDE = Path(__file__).parents[3] / "shared" / "cases"
THEIRS = sorted(BESIDE.glob("*.yaml"))
ABSENT = "There are no further cases beside the checkout, in ../shared/cases."


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SyncLedgerClient]:
    folder = tmp_path_factory.mktemp("service")
    with (
        serving(folder) as address,
        SyncLedgerClient(address) as client,
    ):
        yield client


@pytest.fixture(scope="module")
def names() -> Iterator[int]:
    """Numbers for ledgers of which each is new."""
    return count(1)


def wrong(client: SyncLedgerClient, names: Iterator[int], case: Any) -> list[str]:
    outcomes = run(client, case, f"case-{next(names)}")
    return [str(outcome) for outcome in outcomes if outcome.wrong]


@pytest.mark.parametrize("path", OURS, ids=lambda path: path.stem)
def test_a_case_is_answered_as_it_must_be(client, names, path):
    assert wrong(client, names, read(path)) == []


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("path", OURS, ids=lambda path: path.stem)
def test_the_order_of_recording_changes_no_answer(client, names, path, seed):
    assert wrong(client, names, shuffled(read(path), seed)) == []


@pytest.mark.skipif(not THEIRS, reason=ABSENT)
def test_the_cases_beside_the_checkout_are_answered_as_they_must_be(client, names):
    assert [line for path in THEIRS for line in wrong(client, names, read(path))] == []


CASE = """
ledger: {title: One state}
items:
- {id: a, party: {name: State A, kind: state}}
ask:
- question: {name: a}
  cuts: {as_of: 2020-01-01}
  answer: {name: State A}
- question: {standing: promise}
  cuts: {as_of: 2020-01-01}
  answer: {lifecycle: active}
"""


def ran(*args: str) -> Result:
    return CliRunner().invoke(main, list(args))


def test_each_question_passes_or_fails_on_a_line_of_its_own(tmp_path):
    (tmp_path / "case.yaml").write_text(CASE)
    done = ran(str(tmp_path))
    assert done.exit_code == 1
    assert done.output.splitlines() == [
        "PASS  case.yaml:6  name a (as of 2020-01-01)",
        "FAIL  case.yaml:9  standing promise (as of 2020-01-01)",
        "      answer: expected {lifecycle: active}, came not visible",
        "2 questions in 1 files: 1 pass, 1 fail.",
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (CASE.replace("ask:", "asked:"), "the file has no 'asked'; it has about, ledger"),
        (CASE.replace("ledger:", "about:"), "ledger is missing."),
        (CASE.replace("kind: state", "kind: nation"), "'nation' is not a party kind"),
        (CASE.replace("as_of", "on"), "cuts has no 'on'; it has as_of"),
        ("[]", "it has not the shape of a case."),
        ("a: b: c", "this is not YAML"),
    ],
)
def test_a_file_that_is_no_case_is_refused_in_a_sentence(tmp_path, text, said):
    path = tmp_path / "odd.yaml"
    path.write_text(text)
    done = ran(str(path))
    assert done.exit_code == 2
    assert done.output.startswith(f"{path}: ")
    assert said in done.output


def test_a_place_without_cases_is_refused_in_a_sentence(tmp_path):
    assert (ran(str(tmp_path)).exit_code, ran("/nowhere").exit_code) == (2, 2)


@pytest.mark.parametrize(
    ("wanted", "came", "wrong"),
    [
        ({"share": "1"}, {"share": "1", "flags": []}, []),
        ({"share": "1"}, {"share": "1/2"}, ["share: expected 1, came 1/2"]),
        ({"share": None}, {"share": "1"}, ["share: expected null, came 1"]),
        ({"a": {"b": "1"}}, {"a": {"b": "2", "c": "3"}}, ["a.b: expected 1, came 2"]),
        ({"a": {}}, {"a": None}, ["a: expected {}, came null"]),
        (
            {"flags": ["due"]},
            {"flags": ["due", "late"]},
            ["flags: expected [due], came [due, late]"],
        ),
        ({"shares": "1"}, {"share": "1"}, ["shares: expected 1, came nothing"]),
        ({"t": "0"}, Tally(), []),
    ],
)
def test_answers_are_compared_by_what_is_named(wanted, came, wrong):
    assert list(differences(wanted, came)) == wrong


def test_only_what_depends_on_no_position_is_recorded_in_another_order():
    by_name = {path.stem: read(path) for path in OURS}
    amended = by_name["one_person_on_two_lists"]
    assert shuffled(amended, 1) is amended
    free = by_name["acts_without_effect"]
    assert shuffled(free, 1).items != free.items
    assert shuffled(free, 1) == shuffled(free, 1)
