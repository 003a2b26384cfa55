"""The tree is that of RFC 6962, and can be taken up again from what is stored."""

from hashlib import sha256

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger_service.audit.tree import Frontier, leaf_hash
from tests.support.slow_tree import root_by_definition
from tests.support.stored_tree import LEAVES


class Stored:
    """What a log would keep: the leaves, and the nodes that appending completed."""

    def __init__(self, size: int) -> None:
        self.frontier = Frontier()
        self.nodes = {}
        for leaf in LEAVES[:size]:
            for node in self.frontier.append(leaf):
                self.nodes[node.level, node.place] = node.hash

    def read(self, level: int, first: int, count: int) -> list[bytes]:
        if level == 0:
            return LEAVES[first : first + count]
        return [self.nodes[level, place] for place in range(first, first + count)]


def test_a_leaf_is_hashed_with_the_prefix_0() -> None:
    assert leaf_hash(b"record") == sha256(b"\x00record").digest()


@pytest.mark.parametrize("size", [0, 1, 2, 3, 7, 8, 255, 256, 257, 511, 512, 1000])
def test_the_root_is_that_of_the_definition(size: int) -> None:
    stored = Stored(size)
    assert stored.frontier.size == size
    assert stored.frontier.root() == root_by_definition(LEAVES[:size])


def test_roots_of_whole_tiles_are_handed_out_to_be_stored() -> None:
    stored = Stored(65_536 + 256)
    assert sorted(stored.nodes)[:2] == [(8, 0), (8, 1)]
    assert len(stored.nodes) == 257 + 1
    assert stored.nodes[8, 3] == root_by_definition(LEAVES[768:1024])
    assert stored.nodes[16, 0] == root_by_definition(LEAVES[:65_536])


@pytest.mark.parametrize("size", [0, 1, 255, 256, 257, 65_535, 65_536, 65_537, 70_000])
def test_a_large_tree_is_taken_up_again_where_it_ended(size: int) -> None:
    stored = Stored(size)
    restored = Frontier.restore(size, stored.read)
    assert restored.size == size
    assert restored.root() == stored.frontier.root()


@settings(max_examples=50)
@given(st.integers(0, 600), st.integers(0, 600))
def test_a_restored_frontier_grows_as_if_it_had_never_stopped(before: int, more: int) -> None:
    restored = Frontier.restore(before, Stored(before).read)
    for leaf in LEAVES[before : before + more]:
        restored.append(leaf)
    assert restored.root() == root_by_definition(LEAVES[: before + more])


@settings(max_examples=50)
@given(st.integers(0, 600), st.integers(0, 600), st.integers(0, 600))
def test_leaves_appended_together_grow_the_tree_as_one_by_one(
    before: int, more: int, last: int
) -> None:
    stored, together = Stored(before), Stored(before).frontier
    for start, end in ((before, before + more), (before + more, before + more + last)):
        completed = {
            (node.level, node.place): node.hash
            for leaf in LEAVES[start:end]
            for node in stored.frontier.append(leaf)
        }
        nodes = together.extend(LEAVES[start:end])
        assert {(node.level, node.place): node.hash for node in nodes} == completed
        assert len(nodes) == len(completed)
        assert together.size == stored.frontier.size
        assert together._peaks == stored.frontier._peaks


def test_a_whole_large_tree_can_be_appended_together() -> None:
    together, stored = Frontier(), Stored(70_000)
    nodes = together.extend(LEAVES)
    assert {(node.level, node.place): node.hash for node in nodes} == stored.nodes
    assert together.root() == stored.frontier.root()


def test_a_copy_grows_by_itself() -> None:
    frontier = Stored(3).frontier
    copy = frontier.copy()
    copy.append(LEAVES[3])
    assert (frontier.size, copy.size) == (3, 4)
    assert frontier.root() == root_by_definition(LEAVES[:3])


def test_missing_nodes_are_noticed() -> None:
    with pytest.raises(ValueError, match="lacks nodes of level 8"):
        Frontier.restore(300, lambda level, first, count: [] if level else LEAVES[:count])
