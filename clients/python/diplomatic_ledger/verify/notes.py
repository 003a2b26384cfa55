"""Signed notes, verification keys and checkpoints by the rules of C2SP.

Reads strictly: what two readers could read in two ways is refused. Signatures by keys
that the caller does not know are ignored, as the rules demand.
"""

from __future__ import annotations

import re
from base64 import b64decode, b64encode
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from diplomatic_ledger.verify.report import Broken

#: No note of a log comes near it, even with hundreds of cosignatures.
MAX_NOTE_BYTES = 1 << 16
MAX_SIZE = (1 << 63) - 1

ED25519 = 0x01
COSIGNATURE_V1 = 0x04

DASH = "— "
_NUMBER = re.compile(r"0|[1-9][0-9]{0,18}")
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f]")


def decode_base64(text: str) -> bytes:
    """Standard base64 in its one canonical form. Raises Broken."""
    try:
        raw = b64decode(text, validate=True)
    except ValueError:
        raw = b""
    if not raw or b64encode(raw).decode() != text:
        raise Broken(f"{_short(text)} is not canonical base64.")
    return raw


def decode_number(text: str) -> int:
    """A decimal number without sign or leading zeros, below 2**63. Raises Broken."""
    if not _NUMBER.fullmatch(text) or int(text) > MAX_SIZE:
        raise Broken(f"{_short(text)} is not a decimal number of the right form.")
    return int(text)


def decode_hash(text: str) -> bytes:
    raw = decode_base64(text)
    if len(raw) != 32:
        raise Broken(f"{_short(text)} is not the base64 of a SHA-256 hash.")
    return raw


def key_id(name: str, kind: int, public: bytes) -> bytes:
    return sha256(name.encode() + b"\n" + bytes([kind]) + public).digest()[:4]


@dataclass(frozen=True)
class VerificationKey:
    """A public key with the name of who signs. `kind` is ED25519 for a log and
    COSIGNATURE_V1 for a witness.
    """

    name: str
    kind: int
    public: bytes

    @property
    def id(self) -> bytes:
        return key_id(self.name, self.kind, self.public)

    def __str__(self) -> str:
        raw = bytes([self.kind]) + self.public
        return f"{self.name}+{self.id.hex()}+{b64encode(raw).decode()}"

    @classmethod
    def parse(cls, text: str) -> VerificationKey:
        """Reads `name+id+key`. Raises Broken."""
        parts = text.split("+", 2)
        if len(parts) != 3 or not is_name(parts[0]):
            raise Broken(f"{_short(text)} is not a verification key of the form name+id+key.")
        raw = decode_base64(parts[2])
        if len(raw) != 33 or raw[0] not in (ED25519, COSIGNATURE_V1):
            raise Broken(f"{_short(text)} is not an Ed25519 key.")
        key = cls(parts[0], raw[0], raw[1:])
        if key.id.hex() != parts[1]:
            raise Broken(f"The id in {_short(text)} does not belong to its key.")
        return key

    def has_signed(self, message: bytes, signature: bytes) -> bool:
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, message)
        except (InvalidSignature, ValueError):
            return False
        return True


@dataclass(frozen=True)
class Signature:
    """One signature line, its key known only by name and id."""

    name: str
    key_id: bytes
    signature: bytes


@dataclass(frozen=True)
class Note:
    """A text and who signed it. The text ends in a newline."""

    text: str
    signatures: tuple[Signature, ...]
    raw: bytes

    @classmethod
    def parse(cls, raw: bytes) -> Note:
        """Raises Broken."""
        if len(raw) > MAX_NOTE_BYTES:
            raise Broken(f"The note has more than {MAX_NOTE_BYTES:,} bytes.")
        try:
            whole = raw.decode()
        except UnicodeDecodeError:
            raise Broken("The note is not UTF-8 text.") from None
        if _CONTROL.search(whole):
            raise Broken("The note holds control characters.")
        text, blank, lines = whole.rpartition("\n\n")
        if not blank or not lines.endswith("\n"):
            raise Broken("The note does not end in a blank line and signature lines.")
        return cls(f"{text}\n", tuple(map(_signature, lines[:-1].split("\n"))), raw)

    def signers(self, keys: Iterable[VerificationKey]) -> list[VerificationKey]:
        """Which of the keys signed. Raises Broken when a line that names one of them does
        not hold its signature.
        """
        return [key for key in keys if self._is_signed_by(key)]

    def _is_signed_by(self, key: VerificationKey) -> bool:
        lines = [s for s in self.signatures if (s.name, s.key_id) == (key.name, key.id)]
        for line in lines:
            if not _holds(key, self.text, line.signature):
                raise Broken(f"The signature by the key {key.name}+{key.id.hex()} is wrong.")
        return bool(lines)


@dataclass(frozen=True)
class Checkpoint:
    """What a log says of itself: its first `size` records have this root."""

    origin: str
    size: int
    root: bytes
    note: Note

    @classmethod
    def parse(cls, raw: bytes) -> Checkpoint:
        """Raises Broken."""
        note = Note.parse(raw)
        lines = note.text[:-1].split("\n")
        if len(lines) != 3 or not is_name(lines[0]):
            raise Broken("A checkpoint has three lines: origin, size and root.")
        return cls(lines[0], decode_number(lines[1]), decode_hash(lines[2]), note)


def cosigned_message(text: str, time: int) -> bytes:
    """What a witness signs at a time, in seconds since 1970."""
    return f"cosignature/v1\ntime {time}\n{text}".encode()


def _holds(key: VerificationKey, text: str, signature: bytes) -> bool:
    if key.kind == ED25519:
        return key.has_signed(text.encode(), signature)
    time = int.from_bytes(signature[:8])
    return key.has_signed(cosigned_message(text, time), signature[8:])


def _signature(line: str) -> Signature:
    parts = line.removeprefix(DASH).split(" ")
    if not line.startswith(DASH) or len(parts) != 2 or not is_name(parts[0]):
        raise Broken(f"{_short(line)} is not a signature line.")
    raw = decode_base64(parts[1])
    if len(raw) < 5:
        raise Broken(f"{_short(line)} is too short for a signature line.")
    return Signature(parts[0], raw[:4], raw[4:])


def is_name(text: str) -> bool:
    """Whether a key may have this name."""
    return bool(text) and "+" not in text and not any(map(str.isspace, text))


def _short(text: str) -> str:
    """The text for a message, harmless and not long."""
    return ascii(text if len(text) <= 80 else f"{text[:77]}...")
