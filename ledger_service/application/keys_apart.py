"""Puts the signing keys of a ledger into an encrypted file beside its backups, and takes them
out again. Everything here blocks.
"""

from __future__ import annotations

from pathlib import Path

from ledger_service.domain.values.limits import LEDGER_NAME
from ledger_service.persistence.backup.keys_file import (
    KEYS_FILE,
    KeysUnusable,
    locked,
    unlocked,
)
from ledger_service.persistence.backup.sets import Manifest
from ledger_service.persistence.files import write_whole
from ledger_service.persistence.private import make_folder
from ledger_service.persistence.signing.keys import KeyFolder, key_text


def put(keys_dir: Path, ledger: str, folder: Path, passphrase: bytes) -> Path:
    """Encrypts all keys of a ledger that are here into a file of a folder of backups, in place
    of one from before. Raises KeysUnusable.
    """
    files = KeyFolder(keys_dir, ledger).files()
    if not files:
        raise KeysUnusable(f"There is no key of the ledger {ledger!r} in {keys_dir}.")
    content = {path.name: path.read_bytes() for path in files}
    path = folder / ledger / KEYS_FILE
    make_folder(path.parent)
    write_whole(path, locked(ledger, content, passphrase))
    return path


def missing(manifest: Manifest, folder: Path, passphrase: bytes) -> list[str]:
    """The verification keys that sign by the manifest of a set and are not in the encrypted
    file beside it. Raises KeysUnusable.
    """
    found = _opened(manifest.ledger, folder, passphrase)
    there = {key_text(manifest.origin, content) for content in found.values()}
    signing = [each.verification_key for each in manifest.keys if each.signs]
    return [each for each in signing if each not in there]


def take(ledger: str, folder: Path, keys_dir: Path, passphrase: bytes) -> list[str]:
    """Puts the keys of a ledger into the folder of keys, and returns the names of the files. One
    that is there must be the same. Raises KeysUnusable.
    """
    found = _opened(ledger, folder, passphrase)
    for name, content in found.items():
        path = keys_dir / name
        if path.exists() and path.read_bytes() != content:
            raise KeysUnusable(f"{path} is another key. Nothing is overwritten: move it away.")
    make_folder(keys_dir)
    for name, content in found.items():
        if not (keys_dir / name).exists():
            write_whole(keys_dir / name, content)
    return sorted(found)


def _opened(ledger: str, folder: Path, passphrase: bytes) -> dict[str, bytes]:
    path = folder / KEYS_FILE
    try:
        file = path.read_bytes()
    except OSError as error:
        raise KeysUnusable(f"{path} cannot be read: {error.strerror}.") from None
    found = unlocked(ledger, file, passphrase)
    names = KeyFolder(Path(), ledger)
    if not LEDGER_NAME.fullmatch(ledger) or not all(map(names.has_name, found)):
        raise KeysUnusable(f"{path} holds files that are no keys of the ledger {ledger!r}.")
    return found
