"""A witness: remembers the last checkpoint of a ledger, lets only such follow that extend
it, and signs what it saw.

Meant to be run by the other side. A log that shows two histories, or goes back, is found
out by whoever remembers.
"""

from __future__ import annotations

import json
import os
import re
from base64 import b64encode
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from diplomatic_ledger.verify import notes
from diplomatic_ledger.verify.notes import COSIGNATURE_V1, Checkpoint, VerificationKey
from diplomatic_ledger.verify.report import Broken, CannotCheck
from diplomatic_ledger.verify.tree import extends

MAX_STATE_BYTES = 1 << 20
#: How the origin of a successor ends.
_GENERATION = re.compile(r"/[0-9]+-[0-9a-f]{6}$")

#: Gives the hashes of a consistency proof from an old size to a new one.
FetchProof = Callable[[int, int], Sequence[bytes]]


@dataclass(frozen=True)
class Seen:
    """The last checkpoint that a witness accepted."""

    origin: str
    size: int
    root: bytes


def recall(path: Path) -> Seen | None:
    """What the state file remembers; None when there is none yet. Raises CannotCheck."""
    try:
        if path.stat().st_size > MAX_STATE_BYTES:
            raise CannotCheck(f"{path} is too large for the memory of a witness.")
        value: Any = json.loads(path.read_bytes())
        root = notes.decode_hash(value["root"])
        return Seen(str(value["origin"]), notes.decode_number(value["size"]), root)
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, TypeError, Broken):
        raise CannotCheck(
            f"{path} does not hold what a witness remembers. Find out why before you remove it."
        ) from None


def remember(path: Path, seen: Seen) -> None:
    """Writes the state file so that a crash leaves the old or the new one."""
    value = {
        "origin": seen.origin,
        "size": str(seen.size),
        "root": b64encode(seen.root).decode(),
    }
    unfinished = path.with_name(f"{path.name}.new")
    with unfinished.open("w", encoding="utf-8") as file:
        json.dump(value, file, indent=2)
        file.write("\n")
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(path)


def accept(
    raw: bytes, keys: Sequence[VerificationKey], seen: Seen | None, fetch_proof: FetchProof
) -> Checkpoint:
    """The checkpoint, when a trusted key signed it and it extends what was seen. Raises
    Broken and says what the log did.
    """
    checkpoint = Checkpoint.parse(raw)
    if not checkpoint.note.signers(keys):
        raise Broken(
            "No key that you trust has signed the checkpoint. If the ledger has a new key, "
            "verify an export with the old one and then give both."
        )
    if any(key.name != checkpoint.origin for key in keys):
        raise Broken(f"The checkpoint is of the ledger {checkpoint.origin}.")
    if seen is not None:
        _check_growth(checkpoint, seen, fetch_proof)
    return checkpoint


def _check_growth(checkpoint: Checkpoint, seen: Seen, fetch_proof: FetchProof) -> None:
    inherits = checkpoint.origin.startswith(f"{_stem(seen.origin)}/")
    if checkpoint.origin != seen.origin and not inherits:
        raise Broken(f"The memory of this witness is of {seen.origin}.")
    if checkpoint.size < seen.size:
        raise Broken(
            f"The log went back: it had {seen.size:,} records, and now says "
            f"{checkpoint.size:,}."
        )
    proof: Sequence[bytes] = ()
    if 0 < seen.size < checkpoint.size:
        proof = fetch_proof(seen.size, checkpoint.size)
    if not extends(seen.size, seen.root, checkpoint.size, checkpoint.root, proof):
        raise Broken(
            f"The log of {checkpoint.size:,} records does not extend the one of "
            f"{seen.size:,} that was seen before: its history was forked or rewritten."
        )


def _stem(origin: str) -> str:
    """The origin that a ledger had before any successor went on for it."""
    return _GENERATION.sub("", origin)


@dataclass(frozen=True)
class Cosigner:
    """Who signs as a witness."""

    name: str
    key: Ed25519PrivateKey

    @property
    def verification_key(self) -> VerificationKey:
        public = self.key.public_key().public_bytes_raw()
        return VerificationKey(self.name, COSIGNATURE_V1, public)

    def cosign(self, checkpoint: Checkpoint, time: int) -> bytes:
        """The note with the line of this witness added; `time` is in seconds since 1970."""
        message = notes.cosigned_message(checkpoint.note.text, time)
        signature = time.to_bytes(8) + self.key.sign(message)
        line = b64encode(self.verification_key.id + signature).decode()
        return checkpoint.note.raw + f"{notes.DASH}{self.name} {line}\n".encode()


def load_cosigner(name: str, path: Path) -> Cosigner:
    """Raises CannotCheck."""
    try:
        if path.stat().st_mode & 0o077:
            raise CannotCheck(f"Others can read the key {path}. Set its mode: chmod 600 {path}")
        key = load_pem_private_key(path.read_bytes(), password=None)
    except OSError as error:
        raise CannotCheck(f"The key {path} cannot be read: {error.strerror}.") from None
    except (ValueError, TypeError):
        key = None
    if not isinstance(key, Ed25519PrivateKey):
        raise CannotCheck(f"The file {path} holds no Ed25519 key in PEM form.")
    if not notes.is_name(name):
        raise CannotCheck("The name of a witness has neither spaces nor a plus sign.")
    return Cosigner(name, key)
