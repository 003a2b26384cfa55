"""The signing keys of a ledger, in files that only their owner can read."""

from __future__ import annotations

import fcntl
import os
import re
import secrets
import stat
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from ledger_service.audit.notes import Signer, VerificationKey
from ledger_service.domain.values.refusals import UnusableKey
from ledger_service.persistence.files import names_in, sync_folder, write_whole
from ledger_service.persistence.marks import Marks, mark_key
from ledger_service.persistence.private import make_folder, open_lock, others_may_write

_REMEDY = (
    "Is keys_dir the folder that belongs to this data? If so, restore the key from a backup."
)


#: What the name of a key has behind that of its ledger.
_REST = re.compile(r"([0-9a-f]{8}\.)?key")


def _missing(path: Path) -> str:
    return f"The key {path} is missing. {_REMEDY}"


def make_key(path: Path) -> Ed25519PrivateKey:
    """Makes a key in a new file of mode 0600. An existing key is used as it is, so that an
    interrupted creation of a ledger can be repeated, and several processes can begin it at
    once.
    """
    if path.exists():
        return load_key(path)
    make_folder(path.parent)
    own = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    _write(own, Ed25519PrivateKey.generate())
    with suppress(FileExistsError):  # another process was quicker: its key is the one
        os.link(own, path)
    own.unlink()
    sync_folder(path.parent)
    return load_key(path)


def load_key(path: Path) -> Ed25519PrivateKey:
    """The key in a file. Raises UnusableKey."""
    try:
        if others_may_write(path.parent):
            raise UnusableKey(
                f"Others can put keys of theirs into {path.parent}. Set its mode: "
                f"chmod 700 {path.parent}"
            )
        if stat.S_IMODE(path.stat().st_mode) & 0o077:
            raise UnusableKey(f"Others can read the key {path}. Set its mode: chmod 600 {path}")
        key = load_pem_private_key(path.read_bytes(), password=None)
    except FileNotFoundError:
        raise UnusableKey(_missing(path)) from None
    except ValueError:
        key = None
    if not isinstance(key, Ed25519PrivateKey):
        raise UnusableKey(f"The file {path} holds no Ed25519 key. Restore it from a backup.")
    return key


def verification_key(origin: str, key: Ed25519PrivateKey) -> str:
    """The public key in the form of C2SP signed notes: name+hash+key."""
    return _public(origin, key).text


def key_text(origin: str, content: bytes) -> str:
    """The verification key of what a key file holds; empty when that is no key."""
    try:
        key = load_pem_private_key(content, password=None)
    except ValueError:
        return ""
    return verification_key(origin, key) if isinstance(key, Ed25519PrivateKey) else ""


class KeyMissing(UnusableKey):
    """The newest key that a log names is not in the folder."""


class KeyFolder:
    """The keys of one ledger: the first in `<name>.key`, each later one, which a rotation
    made, in `<name>.<key id>.key`.
    """

    def __init__(self, folder: Path, name: str) -> None:
        self._folder = folder
        self._name = name

    @property
    def first(self) -> Path:
        return self._folder / f"{self._name}.key"

    def own(self) -> IO[bytes]:
        """Locks the keys against other processes until the returned file is closed: two copies
        of a log that are signed with the same keys would become two histories. Raises
        UnusableKey.
        """
        make_folder(self._folder)
        lock = open_lock(self._folder / f"{self._name}.lock")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.close()
            raise UnusableKey(
                f"Another process signs the ledger {self._name!r} with the keys in "
                f"{self._folder}, from another copy of its log. Stop it. Do not copy the keys: "
                "two copies that sign with the same ones become two histories. To try something "
                "with a copy, give it keys of its own: ledger-service ledger fork"
            ) from None
        return lock

    def read(self, origin: str, ids: Iterable[bytes] | None = None) -> HeldKeys:
        """The first key, and those with these ids; without `ids` all that are here, whether a
        log names them or not, for which the whole folder is read. Raises UnusableKey.
        """
        paths = self._paths() if ids is None else self._paths_of(ids)
        keys = [load_key(path) for path in paths]
        return HeldKeys(self, origin, {_public(origin, key).public: key for key in keys})

    def path(self, key: VerificationKey, named: Sequence[VerificationKey]) -> Path:
        """The file in which one of the keys lies that a log names."""
        return self.first if key == named[0] else self._path(key)

    def file_of(self, key: VerificationKey, named: Sequence[VerificationKey]) -> str:
        """The name of the file that holds one of the keys that a log names."""
        return self.path(key, named).name

    def has_name(self, file: str) -> bool:
        """Whether a file of this name would be one of the keys."""
        begin = f"{self._name}."  # a folder may hold many thousands of files
        return file.startswith(begin) and _REST.fullmatch(file, len(begin)) is not None

    def files(self) -> list[Path]:
        """The files of all keys that are here."""
        return self._paths()

    def add(self, origin: str) -> VerificationKey:
        """Makes a new key. It signs once the log names it."""
        key = Ed25519PrivateKey.generate()
        public = _public(origin, key)
        _write(self._path(public), key)
        return public

    def remove(self, key: VerificationKey) -> None:
        """Deletes the file of a key."""
        for path in (self._path(key), self.first):
            if path.exists() and _public(key.name, load_key(path)) == key:
                path.unlink()
        sync_folder(self._folder)

    def _paths(self) -> list[Path]:
        names = filter(self.has_name, names_in(self._folder))
        return [
            self._folder / name for name in sorted(names, key=lambda name: (len(name), name))
        ]

    def _paths_of(self, ids: Iterable[bytes]) -> list[Path]:
        paths = [self.first, *map(self._path_of, sorted({*ids}))]
        return [path for path in paths if path.exists()]

    def _path(self, key: VerificationKey) -> Path:
        return self._path_of(key.id)

    def _path_of(self, key_id: bytes) -> Path:
        return self._folder / f"{self._name}.{key_id.hex()}.key"


class HeldKeys:
    """The keys of a ledger that were in its folder when it was read, the first one first; by what
    is public of them, since a log that goes on for another names keys of both origins. `origin`
    is that under which it goes on.
    """

    def __init__(
        self, folder: KeyFolder, origin: str, keys: Mapping[bytes, Ed25519PrivateKey]
    ) -> None:
        self._folder = folder
        self._origin = origin
        self._keys = keys

    @property
    def public(self) -> list[VerificationKey]:
        """Their public parts."""
        return [VerificationKey(self._origin, public) for public in self._keys]

    def signers(self, named: Sequence[VerificationKey]) -> list[Signer]:
        """Those that can sign, in the order in which the log names them: those of its newest
        origin. A key that a newer one replaced may be missing. Raises UnusableKey.
        """
        newest, first = named[-1], self._folder.first
        if newest.public not in self._keys:
            known = {each.public for each in named}
            if first.exists() and next(iter(self._keys)) not in known:
                raise UnusableKey(
                    f"The key {first} is not that of the ledger {first.stem!r}. {_REMEDY}"
                )
            raise KeyMissing(_missing(self._folder.path(newest, named)))
        return [
            (each, self._keys[each.public].sign)
            for each in named
            if each.name == newest.name and each.public in self._keys
        ]

    def marks(self, named: Sequence[VerificationKey]) -> Marks:
        """The marks of requests, made with the newest of them."""
        keys = [
            (each.name, mark_key(self._keys[each.public].private_bytes_raw()))
            for each in named
            if each.public in self._keys
        ]
        return Marks(keys, whole=len(keys) == len(named))


def _public(origin: str, key: Ed25519PrivateKey) -> VerificationKey:
    raw = key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    return VerificationKey(origin, raw)


def _write(path: Path, key: Ed25519PrivateKey) -> None:
    text = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    write_whole(path, text)
