"""A log as tiles: which there are, where they lie, what is in them."""

import pytest

from ledger_service.audit.tiles import Tile, entries, entry_tiles, hash_tiles, hashes
from tests.support.stored_tree import LEAVES, StoredTree


@pytest.mark.parametrize(
    ("size", "paths"),
    [
        (0, []),
        (1, ["tile/0/000.p/1"]),
        (255, ["tile/0/000.p/255"]),
        (256, ["tile/0/000", "tile/1/000.p/1"]),
        (257, ["tile/0/000", "tile/0/001.p/1", "tile/1/000.p/1"]),
    ],
)
def test_the_tiles_of_a_small_log(size: int, paths: list[str]) -> None:
    assert [tile.path for tile in hash_tiles(size)] == paths


def test_the_tiles_of_a_large_log() -> None:
    paths = [tile.path for tile in hash_tiles(65_537)]
    assert len(paths) == 256 + 1 + 1 + 1
    assert paths[-3:] == ["tile/0/256.p/1", "tile/1/000", "tile/2/000.p/1"]
    assert [tile.path for tile in entry_tiles(65_537)][-1] == "tile/entries/256.p/1"


def test_long_numbers_are_cut_into_groups_of_three_digits() -> None:
    assert Tile(0, 1_234_067, 256).path == "tile/0/x001/x234/067"
    assert Tile(None, 1_000, 7).path == "tile/entries/x001/000.p/7"


def test_a_tile_holds_the_hashes_of_its_level() -> None:
    read = StoredTree(300).read
    whole, part, above = hash_tiles(300)
    assert hashes(whole, read) == b"".join(LEAVES[:256])
    assert hashes(part, read) == b"".join(LEAVES[256:300])
    assert hashes(above, read) == StoredTree(256).frontier.root()
    with pytest.raises(ValueError, match=r"lacks nodes of tile/0/001\.p/200"):
        hashes(Tile(0, 1, 200), read)


def test_a_bundle_holds_each_record_after_its_length() -> None:
    assert entries([b"a", b"bc" * 200]) == b"\x00\x01a" + b"\x01\x90" + b"bc" * 200
