"""Proofs are those of RFC 6962, of any size, made from the stored nodes alone."""

from functools import cache
from hashlib import sha256

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pymerkle import InmemoryTree

from ledger_service.audit.proofs import (
    HashTree,
    ProofWrong,
    check_consistency,
    check_inclusion,
)
from tests.support.slow_tree import root_by_definition
from tests.support.stored_tree import LEAVES, RECORDS, StoredTree

SIZES = [0, 1, 2, 3, 255, 256, 257, 65_537]


@cache
def largest() -> StoredTree:
    return StoredTree(65_537)


def path_by_definition(index: int, leaves: list[bytes]) -> list[bytes]:
    """RFC 6962, section 2.1.1, word by word."""
    if len(leaves) == 1:
        return []
    split = _split(leaves)
    if index < split:
        return [
            *path_by_definition(index, leaves[:split]),
            root_by_definition(leaves[split:]),
        ]
    return [
        *path_by_definition(index - split, leaves[split:]),
        root_by_definition(leaves[:split]),
    ]


def growth_by_definition(old: int, leaves: list[bytes], *, whole: bool = True) -> list[bytes]:
    """RFC 6962, section 2.1.2, word by word."""
    if old == len(leaves):
        return [] if whole else [root_by_definition(leaves)]
    split = _split(leaves)
    left, right = leaves[:split], leaves[split:]
    if old <= split:
        return [*growth_by_definition(old, left, whole=whole), root_by_definition(right)]
    return [
        *growth_by_definition(old - split, right, whole=False),
        root_by_definition(left),
    ]


def _split(leaves: list[bytes]) -> int:
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return split


@pytest.fixture(scope="module")
def oracle() -> InmemoryTree:
    """An independent implementation, holding the same records."""
    tree = InmemoryTree(algorithm="sha256")
    for record in RECORDS[:1000]:
        tree.append_entry(record)
    return tree


@pytest.mark.parametrize("size", SIZES)
def test_roots_of_any_size_are_found_in_a_larger_tree(size: int) -> None:
    assert HashTree(largest().read).root(size) == root_by_definition(LEAVES[:size])


@pytest.mark.parametrize("size", [each for each in SIZES if 0 < each < 1000])
def test_roots_agree_with_an_independent_implementation(size: int, oracle) -> None:
    assert HashTree(StoredTree(size).read).root(size) == oracle.get_root(size)


@pytest.mark.parametrize("size", SIZES[1:])
def test_every_leaf_is_shown_to_be_in_the_tree(size: int) -> None:
    tree, root = HashTree(StoredTree(size).read), root_by_definition(LEAVES[:size])
    for index in {0, 1, size // 2, 254, 255, 256, size - 2, size - 1} & set(range(size)):
        proof = tree.inclusion(index, size)
        assert proof == path_by_definition(index, LEAVES[:size])
        check_inclusion(LEAVES[index], index, size, root, proof)


@pytest.mark.parametrize("old", SIZES)
@pytest.mark.parametrize("new", SIZES)
def test_a_tree_is_shown_to_have_grown_out_of_a_smaller_one(old: int, new: int) -> None:
    if old > new:
        with pytest.raises(ValueError, match="did not grow"):
            HashTree(largest().read).consistency(old, new)
        return
    proof = HashTree(largest().read).consistency(old, new)
    if old > 0:
        assert proof == growth_by_definition(old, LEAVES[:new])
    roots = root_by_definition(LEAVES[:old]), root_by_definition(LEAVES[:new])
    check_consistency(old, roots[0], new, roots[1], proof)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_no_proof_shows_what_is_not_so(data) -> None:
    size = data.draw(st.integers(2, 700))
    index, old = data.draw(st.integers(0, size - 1)), data.draw(st.integers(1, size - 1))
    tree = HashTree(largest().read)
    root, old_root = tree.root(size), tree.root(old)
    path, growth = tree.inclusion(index, size), tree.consistency(old, size)
    check_inclusion(LEAVES[index], index, size, root, path)
    check_consistency(old, old_root, size, root, growth)

    other = sha256(b"other").digest()
    broken = data.draw(st.integers(0, len(path) - 1))
    for wrong in ([*path[:broken], other, *path[broken + 1 :]], path[:-1], [*path, other]):
        with pytest.raises(ProofWrong):
            check_inclusion(LEAVES[index], index, size, root, wrong)
    with pytest.raises(ProofWrong):
        check_inclusion(other, index, size, root, path)
    with pytest.raises(ProofWrong):
        check_inclusion(LEAVES[index], size, size, root, path)
    for roots in ((other, root), (old_root, other)):
        with pytest.raises(ProofWrong):
            check_consistency(old, roots[0], size, roots[1], growth)
    for wrong in (growth[:-1], [*growth, other], [other, *growth[1:]]):
        with pytest.raises(ProofWrong):
            check_consistency(old, old_root, size, root, wrong)


def test_tiles_are_read_once_until_they_are_forgotten() -> None:
    asked = []

    def read(level: int, first: int, count: int) -> list[bytes]:
        asked.append((level, first, count))
        return largest().read(level, first, count)

    tree = HashTree(read)
    tree.inclusion(70, 65_537)
    assert sorted(asked) == [(0, 0, 256), (0, 65_536, 1), (8, 0, 256)]
    before = len(asked)
    tree.inclusion(71, 65_537)
    assert len(asked) == before
    tree.forget()
    tree.inclusion(71, 65_537)
    assert len(asked) == 2 * before


def test_missing_nodes_are_noticed() -> None:
    with pytest.raises(ValueError, match="lacks nodes in tile 0 of level 1"):
        HashTree(StoredTree(300).read).root(600)


@pytest.mark.parametrize(("index", "size"), [(0, 0), (5, 5), (-1, 5)])
def test_a_leaf_outside_of_the_tree_has_no_proof(index: int, size: int) -> None:
    with pytest.raises(ValueError, match="has no leaf"):
        HashTree(largest().read).inclusion(index, size)
