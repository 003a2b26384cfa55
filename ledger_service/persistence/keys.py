"""The signing key of a ledger, in a file that only its owner can read."""

from __future__ import annotations

import os
import stat
from base64 import b64encode
from hashlib import sha256
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from ledger_service.domain.refusals import LedgerError

_ED25519 = b"\x01"


class UnusableKey(LedgerError):
    """A key file is missing, damaged or open to others. The text says the remedy."""


def make_key(path: Path) -> Ed25519PrivateKey:
    """Makes a key in a new file of mode 0600. An existing key is used as it is, so that
    the creation of a ledger can be taken up again.
    """
    if path.exists():
        return load_key(path)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    key = Ed25519PrivateKey.generate()
    text = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    unfinished = path.with_suffix(".new")
    unfinished.unlink(missing_ok=True)
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    unfinished.rename(path)
    sync_folder(path.parent)
    return key


def load_key(path: Path) -> Ed25519PrivateKey:
    """Raises UnusableKey."""
    try:
        if stat.S_IMODE(path.stat().st_mode) & 0o077:
            raise UnusableKey(f"Others can read the key {path}. Set its mode: chmod 600 {path}")
        key = load_pem_private_key(path.read_bytes(), password=None)
    except FileNotFoundError:
        raise UnusableKey(f"The key {path} is missing. Restore it from a backup.") from None
    except ValueError:
        key = None
    if not isinstance(key, Ed25519PrivateKey):
        raise UnusableKey(f"The file {path} holds no Ed25519 key. Restore it from a backup.")
    return key


def verification_key(origin: str, key: Ed25519PrivateKey) -> str:
    """The public key in the form of C2SP signed notes: name+hash+key."""
    public = _ED25519 + key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    key_id = sha256(origin.encode() + b"\n" + public).digest()[:4]
    return f"{origin}+{key_id.hex()}+{b64encode(public).decode()}"


def sync_folder(folder: Path) -> None:
    """Makes new names in a folder survive a loss of power."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
