"""Signed notes, keys and tile paths as C2SP writes them."""

from base64 import b64decode, b64encode

import pytest
from diplomatic_ledger.verify import Broken, Checkpoint, VerificationKey
from diplomatic_ledger.verify.notes import MAX_NOTE_BYTES, Note
from diplomatic_ledger.verify.tiles import tile_path

from tests.support.small_bags import (
    KEY,
    NEXT_KEY,
    ORIGIN,
    checkpoint,
    cosigned,
    key_id,
    leaf,
    signed,
    vkey,
)

#: The example of golang.org/x/mod/sumdb/note, which the standard took over.
PETER = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
NEUMANN = (
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n"
    "\n"
    "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqf"
    "qdngotpRZb6KE6RyyBwJnAM=\n"
).encode()


def test_the_example_of_the_standard_is_signed():
    key = VerificationKey.parse(PETER)
    assert str(key) == PETER
    assert Note.parse(NEUMANN).signers([key]) == [key]


def test_a_changed_text_is_not_signed():
    note = Note.parse(NEUMANN.replace(b"answer", b"Answer"))
    with pytest.raises(Broken, match="signature by the key PeterNeumann"):
        note.signers([VerificationKey.parse(PETER)])


def test_unknown_signatures_are_ignored():
    raw = checkpoint([leaf(b"a")])
    raw = cosigned(raw, NEXT_KEY, "witness.example", 1_700_000_000)
    raw += b"\xe2\x80\x94 somebody.else AAAAAAAA\n" * 20
    note = Checkpoint.parse(raw).note
    assert len(note.signatures) == 22
    assert [key.name for key in note.signers([VerificationKey.parse(vkey())])] == [ORIGIN]


def test_a_cosignature_covers_its_time():
    key = VerificationKey.parse(vkey(NEXT_KEY, "witness.example", kind=4))
    raw = cosigned(checkpoint([]), NEXT_KEY, "witness.example", 1_700_000_000)
    assert Note.parse(raw).signers([key]) == [key]
    body, _, last = raw.decode().rstrip("\n").rpartition(" ")
    line = bytearray(b64decode(last))
    line[4 + 7] ^= 1
    moved = f"{body} {b64encode(line).decode()}\n".encode()
    with pytest.raises(Broken, match="signature by the key"):
        Note.parse(moved).signers([key])


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "not a verification key"),
        ("name+00000000", "not a verification key"),
        ("na me+00000000+AAAA", "not a verification key"),
        (f"{ORIGIN}+00000000+{vkey().split('+', 2)[2]}", "does not belong"),
        (vkey() + "=", "not canonical"),
        (vkey().replace("+A", "+B", 1), "not an Ed25519 key|not canonical|belong"),
        (f"x+{key_id('x', b'').hex()}+AQ==", "not an Ed25519 key"),
    ],
)
def test_what_is_no_key(text: str, why: str):
    with pytest.raises(Broken, match=why):
        VerificationKey.parse(text)


ROOT = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="
LINE = "\n— x AAAAAAAA\n"


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        (f"o\n0\n{ROOT}\n", "blank line"),
        (f"o\n0\n{ROOT}\n\n", "blank line"),
        (f"o\n0\n{ROOT}\n{LINE.rstrip()}", "blank line"),
        (f"o\n0\n{ROOT}\nmore\n{LINE}", "three lines"),
        (f"o\n{ROOT}\n{LINE}", "three lines"),
        (f"o o\n0\n{ROOT}\n{LINE}", "three lines"),
        (f"o\n00\n{ROOT}\n{LINE}", "decimal"),
        (f"o\n-1\n{ROOT}\n{LINE}", "decimal"),
        (f"o\n٣\n{ROOT}\n{LINE}", "decimal"),
        (f"o\n{1 << 63}\n{ROOT}\n{LINE}", "decimal"),
        (f"o\n{'9' * 5000}\n{ROOT}\n{LINE}", "decimal"),
        (f"o\n0\n{ROOT[:-1]}\n{LINE}", "base64"),
        (f"o\n0\n{ROOT[:-2]}V=\n{LINE}", "base64"),
        (f"o\n0\nAAAA\n{LINE}", "SHA-256"),
        (f"o\r\n0\n{ROOT}\n{LINE}", "control"),
        (f"o\n0\n{ROOT}\n\n- x AAAAAAAA\n", "signature line"),
        (f"o\n0\n{ROOT}\n\n— x+y AAAAAAAA\n", "signature line"),
        (f"o\n0\n{ROOT}\n\n— x  AAAAAAAA\n", "signature line"),
        (f"o\n0\n{ROOT}\n\n— x AAAA\n", "too short"),
        ("x" * (MAX_NOTE_BYTES + 1), "more than"),
    ],
)
def test_what_is_no_checkpoint(raw: str, why: str):
    with pytest.raises(Broken, match=why):
        Checkpoint.parse(raw.encode())


def test_a_checkpoint_is_text():
    with pytest.raises(Broken, match="UTF-8"):
        Checkpoint.parse(b"\xff\n\n")


def test_a_checkpoint_says_origin_size_and_root():
    found = Checkpoint.parse(signed(f"{ORIGIN}\n0\n{ROOT}\n", (KEY,)))
    assert (found.origin, found.size, found.root.hex()[:8]) == (ORIGIN, 0, "e3b0c442")


@pytest.mark.parametrize(
    ("level", "number", "width", "path"),
    [
        ("0", 0, 256, "tile/0/000"),
        ("0", 5, 70, "tile/0/005.p/70"),
        ("3", 1_234_067, 256, "tile/3/x001/x234/067"),
        ("entries", 1000, 1, "tile/entries/x001/000.p/1"),
    ],
)
def test_where_a_tile_stands(level: str, number: int, width: int, path: str):
    assert tile_path(level, number, width) == path
