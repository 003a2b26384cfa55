"""The folder of a backup set, and its manifest.

A set holds one log up to a position: a whole copy, and what later runs added. Its files never
change once the manifest names them; only the manifest is replaced, as a whole, after all else
is on the disk. So a run that is interrupted leaves the set as it was.
"""

from __future__ import annotations

import os
import re
import shutil
from base64 import b64decode
from binascii import Error as NoBase64
from collections.abc import Iterator
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Literal, NamedTuple, TypeAlias

import msgspec
from msgspec.structs import replace

from ledger_service.domain.values.limits import LEDGER_NAME
from ledger_service.domain.values.refusals import LedgerError
from ledger_service.persistence.files import sync_folder, write_whole
from ledger_service.persistence.private import make_folder

#: The form of sets that this program writes and reads.
FORM = 1
MANIFEST = "manifest.json"
_SET = re.compile(r"[0-9]{8}T[0-9]{6}Z(-[0-9]+)?")
_FILE = re.compile(r"(records|requests|checkpoints|sealed)-[0-9]{6,}\.jsonl\.gz")
_CHUNK_BYTES = 1 << 20

Kind: TypeAlias = Literal["records", "requests", "checkpoints", "sealed"]


class SetUnusable(LedgerError):
    """A backup set cannot be used: it is damaged, not whole, or of a newer program. The text
    says what was found.
    """


class KeyNeeded(msgspec.Struct, frozen=True, kw_only=True):
    """A key that the log names: its verification key, the file of the folder of keys that
    holds it, and whether it signed when the backup was made.
    """

    verification_key: str
    file: str
    signs: bool


class SetFile(msgspec.Struct, frozen=True, kw_only=True):
    """A file of a set, with its hash and size. `lines` are what it holds, one a line once it
    is unpacked; those of records and requests end at position `last`.
    """

    name: str
    kind: Kind
    sha256: str
    size: int
    lines: int
    last: int


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """What a set says of itself. `root` is that of the tree over `position` records, in base64;
    `checkpoint` is the note over as many. `identity` is the leaf hash of the first record, in
    hex. Times are ISO 8601, in UTC: when the set was begun, when it was last added to, and when
    its last record was recorded. `sealed` tells whether values of sealed fields are with it, and
    `erased` how many of them are overwritten; `forgotten` names the seals of those that were
    erased after its last record.
    `serial` is the number of its next file. `digest` is the SHA-256 of all else.
    """

    form: int
    ledger: str
    origin: str
    identity: str
    position: int
    root: str
    checkpoint: str
    recorded_at: str
    begun_at: str
    made_at: str
    program: str
    tables: int
    store: str
    sealed: bool
    erased: int
    keys: tuple[KeyNeeded, ...]
    settings: dict[str, str]
    files: tuple[SetFile, ...]
    serial: int
    forgotten: tuple[str, ...] = ()
    digest: str = ""

    @property
    def root_hash(self) -> bytes:
        """Raises SetUnusable."""
        try:
            return b64decode(self.root, validate=True)
        except (NoBase64, ValueError):
            raise SetUnusable("The root in the manifest is no base64.") from None

    @property
    def size(self) -> int:
        """The bytes of all files."""
        return sum(each.size for each in self.files)

    def of(self, kind: Kind) -> list[SetFile]:
        """The files of a kind, in the order in which they were added."""
        return [each for each in self.files if each.kind == kind]


class _Form(msgspec.Struct):
    form: int
    program: str = "another version"


class BackupSet(NamedTuple):
    """The folder of a set, which is named after when it was begun."""

    folder: Path

    @property
    def name(self) -> str:
        return self.folder.name

    def manifest(self) -> Manifest:
        """Raises SetUnusable."""
        path = self.folder / MANIFEST
        try:
            content = path.read_bytes()
        except OSError as error:
            raise SetUnusable(
                f"{self.folder} is no whole backup set: {MANIFEST} cannot be read "
                f"({error.strerror})."
            ) from None
        return _read(content, path)

    def write(self, manifest: Manifest) -> Manifest:
        """Replaces the manifest, and then drops what it does not name."""
        whole = replace(manifest, digest=_digest(manifest))
        content = msgspec.json.format(msgspec.json.encode(whole), indent=1)
        write_whole(self.folder / MANIFEST, content + b"\n")
        self.drop_unnamed(whole)
        return whole

    def drop_unnamed(self, manifest: Manifest) -> None:
        """Removes files that an interrupted run left, or that were replaced."""
        named = {MANIFEST} | {each.name for each in manifest.files}
        for path in self.folder.iterdir():
            if path.name not in named and (path.is_symlink() or path.is_file()):
                if path.name.startswith("sealed-") and not path.is_symlink():
                    _overwrite(path)
                path.unlink()

    def check_files(self, manifest: Manifest) -> Iterator[int]:
        """Hashes all files; yields the bytes that were hashed after each. Raises SetUnusable."""
        hashed = 0
        for each in manifest.files:
            if self.hash_of(each) != each.sha256:
                raise SetUnusable(
                    f"The file {self.folder / each.name} is not the one that was written: it "
                    "was changed or is damaged."
                )
            hashed += each.size
            yield hashed

    def hash_of(self, file: SetFile) -> str:
        """The SHA-256 of a file as it is now, in hex. Raises SetUnusable."""
        hashed = sha256()
        try:
            with (self.folder / file.name).open("rb") as content:
                while chunk := content.read(_CHUNK_BYTES):
                    hashed.update(chunk)
        except OSError as error:
            raise SetUnusable(
                f"The file {self.folder / file.name} cannot be read ({error.strerror})."
            ) from None
        return hashed.hexdigest()

    def refuse_incomplete(self, manifest: Manifest) -> None:
        """Raises SetUnusable when a file is missing or has another size than it should."""
        for each in manifest.files:
            path = self.folder / each.name
            found = path.stat().st_size if path.is_file() else None
            if found != each.size:
                raise SetUnusable(
                    f"The file {path} is missing."
                    if found is None
                    else f"The file {path} has {found} bytes, and was written with {each.size}."
                )

    def remove(self) -> None:
        """Removes the set. It is none any more from the first moment on."""
        (self.folder / MANIFEST).unlink(missing_ok=True)
        sync_folder(self.folder)
        shutil.rmtree(self.folder)


def new_set(folder: Path, now: datetime) -> BackupSet:
    """Makes the folder of a new set in that of its ledger."""
    make_folder(folder)
    name = f"{now.astimezone(UTC):%Y%m%dT%H%M%SZ}"
    number = 1
    while (path := folder / (name if number == 1 else f"{name}-{number}")).exists():
        number += 1
    make_folder(path)
    sync_folder(folder)
    return BackupSet(path)


def sets_in(folder: Path) -> list[BackupSet]:
    """The sets of a ledger whose manifest is there, oldest first, whole or damaged."""
    return [BackupSet(path) for path in _folders(folder) if (path / MANIFEST).exists()]


def drop_unfinished(folder: Path) -> None:
    """Removes what runs left that were interrupted before their set had a manifest."""
    for path in _folders(folder):
        if not (path / MANIFEST).exists():
            shutil.rmtree(path)


def _folders(folder: Path) -> list[Path]:
    if not folder.is_dir():
        return []
    found = [path for path in folder.iterdir() if _SET.fullmatch(path.name) and path.is_dir()]
    return sorted(found, key=_order)


def _overwrite(path: Path) -> None:
    """Puts zeros in the place of what a file holds, as far as the file system lets one."""
    # Through no link: whoever writes in the folder could have our own files overwritten.
    descriptor = os.open(path, os.O_RDWR | os.O_NOFOLLOW)
    with os.fdopen(descriptor, "r+b") as file:
        file.write(bytes(os.fstat(descriptor).st_size))
        file.flush()
        os.fsync(file.fileno())


def _order(path: Path) -> tuple[str, int]:
    name, _, number = path.name.partition("-")
    return name, int(number or 1)


def _read(content: bytes, path: Path) -> Manifest:
    try:
        said = msgspec.json.decode(content, type=_Form)
        if said.form > FORM:
            raise SetUnusable(
                f"The backup set {path.parent} has form {said.form} and was made by version "
                f"{said.program} of the program; this one reads up to form {FORM}. Use a newer "
                "program."
            )
        manifest = msgspec.json.decode(content, type=Manifest)
    except msgspec.MsgspecError as error:
        raise SetUnusable(f"{path} is damaged: {error}.") from None
    if _digest(manifest) != manifest.digest:
        raise SetUnusable(f"{path} is not as it was written: its digest does not fit.")
    _refuse_other_places(manifest, path)
    return manifest


def _refuse_other_places(manifest: Manifest, path: Path) -> None:
    """Raises SetUnusable where a name would lead out of the folders that it is for: everybody
    can make the digest of a manifest.
    """
    if not LEDGER_NAME.fullmatch(manifest.ledger):
        raise SetUnusable(f"{path} names a ledger {manifest.ledger!r}: no ledger is called so.")
    for each in manifest.files:
        if not _FILE.fullmatch(each.name):
            raise SetUnusable(
                f"{path} names a file {each.name!r}: no file of a set is called so."
            )


def _digest(manifest: Manifest) -> str:
    return sha256(msgspec.json.encode(replace(manifest, digest=""))).hexdigest()


def time_text(time: datetime) -> str:
    return time.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
