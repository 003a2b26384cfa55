"""Checkpoints are signed notes of C2SP, and only those with a right signature count."""

from base64 import b64encode

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from ledger_service.audit.notes import (
    Checkpoint,
    NoteUnusable,
    VerificationKey,
    parse,
    sign,
)
from ledger_service.audit.receipts import receipt

ORIGIN = "ledger.example/us-dprk-2018"
CHECKPOINT = Checkpoint(ORIGIN, 17, bytes(range(32)))
GOLDEN = (
    "ledger.example/us-dprk-2018\n"
    "17\n"
    "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n"
    "\n"
    "\u2014 ledger.example/us-dprk-2018 "
)


def a_signer(seed: int, origin: str = ORIGIN):
    key = Ed25519PrivateKey.from_private_bytes(bytes([seed]) * 32)
    public = key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    return VerificationKey(origin, public), key.sign


def test_the_example_of_the_standard_is_read_and_verified() -> None:
    # From the specification of signed notes.
    key = VerificationKey.parse(
        "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
    )
    assert (key.name, key.id.hex()) == ("PeterNeumann", "c74f20a3")
    text = (
        "If you think cryptography is the answer to your problem,\n"
        "then you don't know what your problem is.\n"
    )
    signature = "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM="
    from base64 import b64decode

    assert key.fits(b64decode(signature)[4:], text.encode())
    assert not key.fits(b64decode(signature)[4:], text.encode() + b"!")


def test_a_checkpoint_is_written_as_ever() -> None:
    signed = sign(CHECKPOINT, [a_signer(1)])
    assert signed.note.startswith(GOLDEN)
    key, _ = a_signer(1)
    line = signed.note.removeprefix(GOLDEN).removesuffix("\n")
    assert line == b64encode(key.id + signed.signatures[0].value).decode()
    assert parse(signed.note) == signed


def test_every_key_signs_in_its_order_and_one_of_them_suffices() -> None:
    first, second, stranger = a_signer(1), a_signer(2), a_signer(3)
    signed = sign(CHECKPOINT, [first, second])
    assert [each.key_id for each in signed.signatures] == [first[0].id, second[0].id]
    assert signed.signed_by([first[0]])
    assert signed.signed_by([stranger[0], second[0]])
    assert not signed.signed_by([stranger[0]])
    assert not signed.signed_by([a_signer(1, "ledger.example/other")[0]])


def test_a_wrong_signature_is_told_from_one_of_a_stranger() -> None:
    signed = sign(CHECKPOINT, [a_signer(1)])
    forged = signed.note.replace("\n17\n", "\n18\n")
    with pytest.raises(NoteUnusable, match="is wrong"):
        parse(forged).signed_by([a_signer(1)[0]])


def test_keys_are_text_and_read_back() -> None:
    key, _ = a_signer(1)
    assert VerificationKey.parse(key.text) == key


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a+b",
        "name+00000000+AQ==",
        "name+zz+####",
        "n+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
    ],
)
def test_what_is_no_key_is_refused(text: str) -> None:
    with pytest.raises(NoteUnusable):
        VerificationKey.parse(text)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("\n17\n", "\n017\n"),
        ("\n17\n", "\n-1\n"),
        ("\n17\n", "\n17\nmore\n"),
        ("AAEC", "!!!!"),
        ("AAECAwQF", "AAEC"),
        ("\n\n", "\n"),
        ("\u2014", "-"),
        (ORIGIN + "\n", "\n"),
    ],
)
def test_what_is_no_checkpoint_is_refused(old: str, new: str) -> None:
    note = sign(CHECKPOINT, [a_signer(1)]).note
    with pytest.raises(NoteUnusable):
        parse(note.replace(old, new, 1))


def test_a_receipt_has_the_form_of_a_tlog_proof() -> None:
    note = sign(CHECKPOINT, [a_signer(1)]).note
    text = receipt(3, [bytes(32), bytes([255]) * 32], note)
    assert text == (
        "c2sp.org/tlog-proof@v1\n"
        "index 3\n"
        "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n"
        "//////////////////////////////////////////8=\n"
        "\n" + note
    )
