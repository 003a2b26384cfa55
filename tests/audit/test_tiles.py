"""A log as tiles: where they lie, and what is in those of records."""

import pytest

from ledger_service.audit.tiles import Tile, entries


@pytest.mark.parametrize(
    ("tile", "path"),
    [
        (Tile(0, 0, 1), "tile/0/000.p/1"),
        (Tile(0, 0, 255), "tile/0/000.p/255"),
        (Tile(0, 0, 256), "tile/0/000"),
        (Tile(0, 1, 1), "tile/0/001.p/1"),
        (Tile(1, 0, 1), "tile/1/000.p/1"),
        (Tile(2, 0, 1), "tile/2/000.p/1"),
        (Tile(None, 256, 1), "tile/entries/256.p/1"),
    ],
)
def test_a_tile_lies_by_its_level_its_number_and_how_full_it_is(tile: Tile, path: str) -> None:
    assert tile.path == path


def test_long_numbers_are_cut_into_groups_of_three_digits() -> None:
    assert Tile(0, 1_234_067, 256).path == "tile/0/x001/x234/067"
    assert Tile(None, 1_000, 7).path == "tile/entries/x001/000.p/7"


def test_a_bundle_holds_each_record_after_its_length() -> None:
    assert entries([b"a", b"bc" * 200]) == b"\x00\x01a" + b"\x01\x90" + b"bc" * 200
