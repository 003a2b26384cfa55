"""Roots and proofs, held against pymerkle and against the definition of RFC 6962."""

from __future__ import annotations

from functools import cache

import pytest
from diplomatic_ledger.verify.tiles import TileBuilder
from diplomatic_ledger.verify.tree import (
    EMPTY_ROOT,
    CompactRange,
    extends,
    includes,
    leaf_hash,
    node_hash,
)
from hypothesis import given, settings
from hypothesis import strategies as st
from pymerkle import InmemoryTree

from tests.support.small_bags import audit_path, consistency_proof, root_of, tiles_of

SIZES = [0, 1, 2, 3, 255, 256, 257, 65_537]


@cache
def oracle() -> InmemoryTree:
    tree = InmemoryTree(algorithm="sha256")
    for number in range(max(SIZES)):
        tree.append_entry(record(number))
    return tree


def record(number: int) -> bytes:
    return f"record {number}".encode()


@cache
def leaves(size: int) -> list[bytes]:
    return [leaf_hash(record(number)) for number in range(size)]


def builder_of(hashes: list[bytes]) -> tuple[TileBuilder, dict[str, bytes]]:
    builder, found = TileBuilder(), {}
    for first in range(0, len(hashes), 256):
        for tile in builder.append(hashes[first : first + 256]):
            found[tile.path] = tile.data
    return builder, found | {tile.path: tile.data for tile in builder.rest()}


@pytest.mark.parametrize("size", SIZES)
def test_roots_are_those_of_pymerkle(size: int):
    builder, _ = builder_of(leaves(size))
    expected = oracle().get_root(size) if size else EMPTY_ROOT
    assert builder.range.size == size
    assert builder.range.root() == expected


@pytest.mark.parametrize("size", [0, 1, 255, 256, 257, 600, 65_537])
def test_every_tile_follows_from_the_leaves(size: int):
    _, found = builder_of(leaves(size))
    assert {f"data/log/{path}": data for path, data in found.items()} == tiles_of(leaves(size))


def test_leaves_and_nodes_are_told_apart():
    a, b = leaf_hash(b"a"), leaf_hash(b"b")
    assert node_hash(a, b) != leaf_hash(a + b)


@pytest.mark.parametrize("size", range(1, 20))
def test_proofs_hold_and_prove_nothing_else(size: int):
    hashes = leaves(size)
    root = root_of(hashes)
    for index in range(size):
        proof = audit_path(index, hashes)
        assert includes(hashes[index], index, size, proof, root)
        assert not includes(leaf_hash(b"another"), index, size, proof, root)
        assert not includes(hashes[index], (index + 1) % (size + 1), size, proof, root)
        assert not includes(hashes[index], index, size, [*proof, root], root)
        if proof:
            assert not includes(hashes[index], index, size, proof[:-1], root)
    for old in range(size + 1):
        old_root, proof = root_of(hashes[:old]), consistency_proof(old, hashes)
        assert extends(old, old_root, size, root, proof)
        assert not extends(old, root_of([b"x" * 32]), size, root, proof)
        assert not extends(old, old_root, size, root, [*proof, root])
        if proof:
            assert not extends(old, old_root, size, root, proof[:-1])
            assert not extends(old, old_root, size, b"y" * 32, proof)


def test_a_log_does_not_shrink_or_have_negative_sizes():
    assert not extends(3, root_of(leaves(3)), 2, root_of(leaves(2)), [])
    assert not extends(-1, EMPTY_ROOT, 2, root_of(leaves(2)), [])
    assert not includes(leaves(1)[0], -1, 1, [], root_of(leaves(1)))
    assert not includes(leaves(1)[0], 0, 0, [], EMPTY_ROOT)


@settings(max_examples=60, deadline=None)
@given(size=st.integers(1, 700), data=st.data())
def test_any_proof_of_any_tree(size: int, data: st.DataObject):
    hashes = leaves(700)[:size]
    index, old = data.draw(st.integers(0, size - 1)), data.draw(st.integers(0, size))
    root = root_of(hashes)
    assert includes(hashes[index], index, size, audit_path(index, hashes), root)
    assert extends(old, root_of(hashes[:old]), size, root, consistency_proof(old, hashes))


@pytest.mark.parametrize("size", [1, 2, 3, 255, 256, 257])
def test_a_compact_range_knows_the_root_at_every_size(size: int):
    growing = CompactRange()
    for number, leaf in enumerate(leaves(size), 1):
        growing.append(leaf)
        if number > size - 3:
            assert growing.root() == oracle().get_root(number)
