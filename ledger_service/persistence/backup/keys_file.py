"""The signing keys of a ledger in one encrypted file, for who asks for it.

The content is encrypted with AES-256 in Galois/Counter Mode under a key that scrypt derives
from a passphrase; ledger and parameters are authenticated with it. Whoever has the file and
the passphrase can sign as the ledger does.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt
from msgspec.structs import replace

from ledger_service.domain.values.refusals import LedgerError

KEYS_FILE = "keys.encrypted"
_FORM = 1
_KEY_BYTES = 32
_SALT_BYTES = 16
_NONCE_BYTES = 12
#: 128 MiB and about half a second for each guess, as OWASP has it.
_COST = 1 << 17
_BLOCK = 8
#: Who made a file chose its cost; more than this is not spent on it.
_MOST_COST = 1 << 20
_LEAST_PASSPHRASE = 12


class KeysUnusable(LedgerError):
    """Encrypted keys cannot be made or opened. The text says why."""


class _Locked(msgspec.Struct, frozen=True, kw_only=True):
    form: int
    ledger: str
    kdf: str
    n: int
    r: int
    p: int
    salt: bytes
    nonce: bytes
    content: bytes = b""


def check_passphrase(passphrase: bytes) -> None:
    """Raises KeysUnusable for a short one."""
    if len(passphrase) < _LEAST_PASSPHRASE:
        raise KeysUnusable(
            f"The passphrase has {len(passphrase)} bytes; give at least {_LEAST_PASSPHRASE}, "
            "since whoever gets the file can try as many as they like."
        )


def locked(ledger: str, files: Mapping[str, bytes], passphrase: bytes) -> bytes:
    """The files, by name, in one encrypted file. Raises KeysUnusable for a short passphrase."""
    check_passphrase(passphrase)
    head = _Locked(
        form=_FORM,
        ledger=ledger,
        kdf="scrypt",
        n=_COST,
        r=_BLOCK,
        p=1,
        salt=secrets.token_bytes(_SALT_BYTES),
        nonce=secrets.token_bytes(_NONCE_BYTES),
    )
    plain = msgspec.json.encode(dict(files))
    content = _cipher(head, passphrase).encrypt(head.nonce, plain, msgspec.json.encode(head))
    return msgspec.json.encode(replace(head, content=content)) + b"\n"


def unlocked(ledger: str, file: bytes, passphrase: bytes) -> dict[str, bytes]:
    """The files in an encrypted file of a ledger. Raises KeysUnusable."""
    try:
        found = msgspec.json.decode(file, type=_Locked)
    except msgspec.MsgspecError:
        raise KeysUnusable("The file of encrypted keys is damaged.") from None
    if found.form != _FORM or found.kdf != "scrypt" or not _is_bearable(found):
        raise KeysUnusable("The encrypted keys have a form that this program does not read.")
    if found.ledger != ledger:
        raise KeysUnusable(f"The encrypted keys are those of the ledger {found.ledger!r}.")
    head = replace(found, content=b"")
    try:
        cipher = _cipher(head, passphrase)
        plain = cipher.decrypt(found.nonce, found.content, msgspec.json.encode(head))
    except (InvalidTag, ValueError):
        raise KeysUnusable(
            "The encrypted keys do not open: the passphrase is another one, or the file was "
            "changed."
        ) from None
    return msgspec.json.decode(plain, type=dict[str, bytes])


def _is_bearable(found: _Locked) -> bool:
    return 2 <= found.n <= _MOST_COST and 1 <= found.r <= _BLOCK and found.p == 1


def _cipher(head: _Locked, passphrase: bytes) -> AESGCM:
    kdf = Scrypt(salt=head.salt, length=_KEY_BYTES, n=head.n, r=head.r, p=head.p)
    return AESGCM(kdf.derive(passphrase))
