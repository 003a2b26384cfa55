"""Checkpoints as C2SP signed notes: size and root of a log, with signatures.

A verifier must know origin and keys beforehand; nothing here takes them from a note.
"""

from __future__ import annotations

import re
from base64 import b64decode, b64encode
from binascii import Error as NoBase64
from collections.abc import Callable, Sequence
from hashlib import sha256
from typing import NamedTuple

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

_ED25519 = b"\x01"
_KEY_ID_BYTES = 4
_PUBLIC_BYTES = 32
_MAX_NOTE_BYTES = 64 * 1024
_SIZE = re.compile(r"0|[1-9][0-9]{0,18}")


class NoteUnusable(ValueError):
    """A text is not a checkpoint or key of the expected form, or a signature is wrong. The
    text says which.
    """


class Checkpoint(NamedTuple):
    """Size and root of the tree of a log."""

    origin: str
    size: int
    root: bytes

    @property
    def body(self) -> str:
        """The text that is signed."""
        return f"{self.origin}\n{self.size}\n{b64encode(self.root).decode()}\n"


class VerificationKey(NamedTuple):
    """An Ed25519 key that verifies notes; `name` is the origin of its log."""

    name: str
    public: bytes

    @classmethod
    def parse(cls, text: str) -> VerificationKey:
        """Reads name+hash+key. Raises NoteUnusable."""
        name, _, rest = text.partition("+")
        key_id, _, encoded = rest.partition("+")
        typed = _bytes_of(encoded)
        key = cls(name, typed[1:])
        if typed[:1] != _ED25519 or len(typed) != 1 + _PUBLIC_BYTES or key.id.hex() != key_id:
            raise NoteUnusable(f"{text[:300]!r} is no Ed25519 verification key.")
        return key

    @property
    def id(self) -> bytes:
        return sha256(self.name.encode() + b"\n" + _ED25519 + self.public).digest()[
            :_KEY_ID_BYTES
        ]

    @property
    def text(self) -> str:
        return f"{self.name}+{self.id.hex()}+{b64encode(_ED25519 + self.public).decode()}"

    def fits(self, signature: bytes, message: bytes) -> bool:
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, message)
        except InvalidSignature:
            return False
        return True


class Signature(NamedTuple):
    name: str
    key_id: bytes
    value: bytes


class SignedCheckpoint(NamedTuple):
    """A checkpoint with its signatures, and the note with both."""

    checkpoint: Checkpoint
    signatures: tuple[Signature, ...]
    note: str

    def signed_by(self, keys: Sequence[VerificationKey]) -> bool:
        """Whether one of the keys signed it. Signatures of other keys are ignored. Raises
        NoteUnusable for a wrong signature by one of the keys.
        """
        found = False
        for signature in self.signatures:
            for key in keys:
                if (key.name, key.id) != (signature.name, signature.key_id):
                    continue
                if not key.fits(signature.value, self.checkpoint.body.encode()):
                    raise NoteUnusable(f"A signature of the key {key.id.hex()} is wrong.")
                found = True
        return found


#: A key and what signs with it.
Signer = tuple[VerificationKey, Callable[[bytes], bytes]]


def sign(checkpoint: Checkpoint, signers: Sequence[Signer]) -> SignedCheckpoint:
    """The checkpoint, signed with all keys in their order."""
    body = checkpoint.body
    signatures = tuple(
        Signature(key.name, key.id, make(body.encode())) for key, make in signers
    )
    return SignedCheckpoint(checkpoint, signatures, f"{body}\n{_lines(signatures)}")


def parse(note: str) -> SignedCheckpoint:
    """The checkpoint in a note. Raises NoteUnusable unless it is a signed checkpoint of three
    lines.
    """
    if len(note) > _MAX_NOTE_BYTES:
        raise NoteUnusable("The checkpoint is too long.")
    body, blank, lines = note.rpartition("\n\n")
    parts = body.split("\n")
    if not blank or len(parts) != 3 or not parts[0] or not _SIZE.fullmatch(parts[1]):
        raise NoteUnusable("The checkpoint does not consist of origin, size and root.")
    root = _bytes_of(parts[2])
    if len(root) != sha256().digest_size:
        raise NoteUnusable("The root of the checkpoint is no SHA-256.")
    if not lines.endswith("\n"):
        raise NoteUnusable("The checkpoint does not end with a line of signature.")
    signatures = tuple(_signature(line) for line in lines[:-1].split("\n"))
    return SignedCheckpoint(Checkpoint(parts[0], int(parts[1]), root), signatures, note)


def _signature(line: str) -> Signature:
    dash, _, rest = line.partition(" ")
    name, _, encoded = rest.partition(" ")
    value = _bytes_of(encoded)
    if dash != "\u2014" or not name or len(value) <= _KEY_ID_BYTES:
        raise NoteUnusable("A line of signature cannot be read.")
    return Signature(name, value[:_KEY_ID_BYTES], value[_KEY_ID_BYTES:])


def _lines(signatures: Sequence[Signature]) -> str:
    return "".join(
        f"\u2014 {each.name} {b64encode(each.key_id + each.value).decode()}\n"
        for each in signatures
    )


def _bytes_of(text: str) -> bytes:
    try:
        return b64decode(text, validate=True)
    except (NoBase64, ValueError):
        raise NoteUnusable(f"{text[:80]!r} is no base64.") from None
