"""The frozen records of every type keep the rules of the verifier, for good."""

from pathlib import Path

import pytest
from diplomatic_ledger.verify.records import read
from diplomatic_ledger.verify.shapes import is_known

GOLDEN = sorted((Path(__file__).parents[1] / "golden").glob("*.json"))


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.stem)
def test_a_frozen_record_is_read(path: Path):
    record = read(path.read_bytes().removesuffix(b"\n"))
    assert path.name.startswith(record.type)
    assert is_known(record.type)


def test_there_is_one_of_each_type():
    assert len({read(path.read_bytes().removesuffix(b"\n")).type for path in GOLDEN}) == 13
