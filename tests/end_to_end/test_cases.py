"""Small ledgers from real affairs, with what must be answered about them, asked of a service.

`tests/cases/` holds ours. Where a folder of further ones lies beside the checkout they are
asked too.
"""

from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from diplomatic_ledger import SyncLedgerClient

from clients.examples.local_service import free_address, local_service
from tests.support.case_files import CaseFileError, read
from tests.support.run_cases import run, shuffled

OURS = sorted((Path(__file__).parents[1] / "cases").glob("*.yaml"))
BESIDE = Path(__file__).parents[3] / "shared" / "cases"
THEIRS = sorted(BESIDE.glob("*.yaml"))
ABSENT = "There are no further cases beside the checkout, in ../shared/cases."


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SyncLedgerClient]:
    folder = tmp_path_factory.mktemp("service")
    with (
        local_service(folder, free_address()) as address,
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


def test_a_file_that_is_no_case_is_refused_in_a_sentence(tmp_path):
    path = tmp_path / "odd.yaml"
    path.write_text("ledger: {title: x}\nitems: []\nasked: []\n")
    with pytest.raises(CaseFileError, match=r"odd\.yaml: the file has no 'asked'"):
        read(path)
