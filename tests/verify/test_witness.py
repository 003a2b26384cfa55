"""A witness accepts only what a trusted key signed and what extends what it saw before."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from diplomatic_ledger.verify import Broken, CannotCheck, VerificationKey
from diplomatic_ledger.verify.notes import Note
from diplomatic_ledger.verify.witness import Seen, accept, load_cosigner, recall, remember

from tests.support.small_bags import (
    KEY,
    NEXT_KEY,
    ORIGIN,
    OTHER_KEY,
    checkpoint,
    consistency_proof,
    leaf,
    log_of,
    root_of,
    vkey,
)

LEAVES = [leaf(each) for each in log_of(20)]
KEYS = [VerificationKey.parse(vkey())]


def prove(old: int, new: int) -> Sequence[bytes]:
    return consistency_proof(old, LEAVES[:new])


def never(old: int, new: int) -> Sequence[bytes]:
    raise AssertionError((old, new))


def seen(size: int, leaves: Sequence[bytes] = LEAVES) -> Seen:
    return Seen(ORIGIN, size, root_of(leaves[:size]))


def test_the_first_one_needs_a_signature_only():
    assert accept(checkpoint(LEAVES), KEYS, None, never).size == 20


@pytest.mark.parametrize("old", [1, 2, 7, 8, 13, 16, 19])
def test_what_extends_is_accepted(old: int):
    found = accept(checkpoint(LEAVES), KEYS, seen(old), prove)
    assert (found.size, found.root) == (20, root_of(LEAVES))


def test_what_stands_still_is_accepted():
    assert accept(checkpoint(LEAVES), KEYS, seen(20), never).size == 20


REFUSED = {
    "another key": (checkpoint(LEAVES, (OTHER_KEY,)), None, "No key that you trust"),
    "another ledger": (checkpoint(LEAVES, origin="x"), None, "No key that you trust"),
    "a broken note": (checkpoint(LEAVES)[:-5], None, "does not end in"),
    "a smaller log": (checkpoint(LEAVES[:10]), seen(20), "went back: it had 20 records"),
    "a fork of the same size": (
        checkpoint([*LEAVES[:-1], leaf(b"x")]),
        seen(20),
        "forked or rewritten",
    ),
    "a rewritten history": (
        checkpoint(LEAVES),
        seen(10, [leaf(b"x"), *LEAVES[1:]]),
        "forked or rewritten",
    ),
    "the memory of another ledger": (
        checkpoint(LEAVES),
        Seen("ledger.example/other", 20, root_of(LEAVES)),
        "memory of this witness is of ledger.example/other",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_refused(name: str):
    raw, before, why = REFUSED[name]
    with pytest.raises(Broken, match=why):
        accept(raw, KEYS, before, prove)


@pytest.mark.parametrize("proof", [[], [b""], [bytes(32)] * 70, [bytes(32)] * 3])
def test_a_false_proof(proof: list[bytes]):
    with pytest.raises(Broken, match="forked or rewritten"):
        accept(checkpoint(LEAVES), KEYS, seen(10), lambda _old, _new: proof)


def test_what_was_seen_is_remembered(tmp_path: Path):
    state = tmp_path / "seen"
    assert recall(state) is None
    remember(state, seen(10))
    remember(state, seen(12))
    assert recall(state) == seen(12)
    assert [path.name for path in tmp_path.iterdir()] == ["seen"]


@pytest.mark.parametrize("content", ["", "{}", "[]", '{"size": 3}', "x" * 10, "null"])
def test_a_damaged_memory_is_not_taken_for_none(content: str, tmp_path: Path):
    state = tmp_path / "seen"
    state.write_text(content)
    with pytest.raises(CannotCheck, match="does not hold what a witness remembers"):
        recall(state)


def key_file(folder: Path, mode: int = 0o600) -> Path:
    path = folder / "witness.pem"
    path.write_bytes(NEXT_KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    path.chmod(mode)
    return path


def test_a_cosignature_stands_beside_that_of_the_log(tmp_path: Path):
    cosigner = load_cosigner("witness.example", key_file(tmp_path))
    accepted = accept(checkpoint(LEAVES), KEYS, None, never)
    note = Note.parse(cosigner.cosign(accepted, 1_700_000_000))
    expected = VerificationKey.parse(vkey(NEXT_KEY, "witness.example", kind=4))
    assert note.signers([*KEYS, expected]) == [*KEYS, expected]
    assert cosigner.verification_key == expected
    assert KEY is not NEXT_KEY


def test_keys_that_do_not_serve(tmp_path: Path):
    with pytest.raises(CannotCheck, match="Others can read"):
        load_cosigner("w", key_file(tmp_path, 0o644))
    with pytest.raises(CannotCheck, match="neither spaces"):
        load_cosigner("a b", key_file(tmp_path))
    with pytest.raises(CannotCheck, match="cannot be read"):
        load_cosigner("w", tmp_path / "none.pem")
    (tmp_path / "witness.pem").write_text("x")
    with pytest.raises(CannotCheck, match="holds no Ed25519 key"):
        load_cosigner("w", tmp_path / "witness.pem")
