"""The files of a backup set: lines of JSON, packed with gzip, so that `zcat` shows them.

A line of `records` is a stored record, byte for byte. The others have one row of a table each.
"""

from __future__ import annotations

import gzip
import os
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from hashlib import sha256
from typing import IO, TypeVar

import msgspec

from ledger_service.persistence.backup.sets import BackupSet, Kind, SetFile, SetUnusable
from ledger_service.persistence.files import sync_folder

#: Twice as fast as zlib's default, and a tenth larger.
_LEVEL = 4
_BUFFER_BYTES = 1 << 20
#: More than any line has; what unpacks to more would only fill the memory.
_MOST_LINE_BYTES = 1 << 20


class RequestLine(msgspec.Struct, frozen=True, kw_only=True):
    """A row of `requests`."""

    request_id: str
    content_hash: bytes
    first: int
    last: int
    recorded_at: int
    root: bytes
    mark: bytes | None = None


class CheckpointLine(msgspec.Struct, frozen=True, kw_only=True):
    """A row of `checkpoints`."""

    size: int
    note: str
    regular: int


class SealedLine(msgspec.Struct, frozen=True, kw_only=True):
    """A row of `sealed_values`; of one that was erased, zeros stand in it."""

    number: int
    position: int
    erased: int
    commitment: str
    salt: bytes
    value: bytes


Line = TypeVar("Line", RequestLine, CheckpointLine, SealedLine)


class _Hashing:
    """Passes bytes on to a file, and hashes them."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.hash = sha256()
        self.size = 0

    def write(self, content: bytes) -> int:
        self.hash.update(content)
        self.size += len(content)
        return self._file.write(content)

    def flush(self) -> None:
        self._file.flush()


class LineWriter:
    """Writes one file of a set. `finish` returns what the manifest says of it; without that no
    file of the name appears.
    """

    def __init__(self, backup: BackupSet, kind: Kind, serial: int) -> None:
        self._path = backup.folder / f"{kind}-{serial:06}.jsonl.gz"
        self._draft = self._path.with_name(f"{self._path.name}.new")
        self._draft.unlink(missing_ok=True)
        self._kind: Kind = kind
        descriptor = os.open(self._draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        self._file = os.fdopen(descriptor, "wb", buffering=_BUFFER_BYTES)
        self._hashing = _Hashing(self._file)
        self._packed = gzip.GzipFile(
            filename="",
            mode="wb",
            compresslevel=_LEVEL,
            fileobj=self._hashing,
            mtime=0,
        )
        self.lines = 0

    def write(self, lines: Iterable[bytes]) -> None:
        taken = list(lines)
        if taken:
            self._packed.write(b"\n".join(taken) + b"\n")
            self.lines += len(taken)

    def finish(self, last: int) -> SetFile:
        """Makes the file durable. `last` is where what it holds ends."""
        self._packed.close()
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        self._draft.replace(self._path)
        sync_folder(self._path.parent)
        return SetFile(
            name=self._path.name,
            kind=self._kind,
            sha256=self._hashing.hash.hexdigest(),
            size=self._hashing.size,
            lines=self.lines,
            last=last,
        )

    def drop(self) -> None:
        """Gives up a file that is not finished."""
        with suppress(OSError):  # the disk may be full
            self._file.close()
        self._draft.unlink(missing_ok=True)


@contextmanager
def writing(backup: BackupSet, kind: Kind, serial: int) -> Iterator[LineWriter]:
    writer = LineWriter(backup, kind, serial)
    try:
        yield writer
    except BaseException:
        writer.drop()
        raise


def encoded(line: Line) -> bytes:
    return msgspec.json.encode(line)


def raw_lines(backup: BackupSet, file: SetFile) -> Iterator[bytes]:
    """The lines of a file, without their ends. Raises SetUnusable."""
    path = backup.folder / file.name
    count = 0
    try:
        with gzip.open(path, "rb") as packed:
            while line := packed.readline(_MOST_LINE_BYTES + 1):
                count += 1
                if len(line) > _MOST_LINE_BYTES:
                    raise SetUnusable(f"Line {count} of {path} has more than a megabyte.")
                yield line[:-1]
    except (OSError, EOFError, zlib.error) as error:
        raise SetUnusable(f"The file {path} cannot be unpacked: {error}.") from None
    if count != file.lines:
        raise SetUnusable(
            f"The file {path} has {count} lines, and was written with {file.lines}."
        )


def lines_of(backup: BackupSet, files: Iterable[SetFile], form: type[Line]) -> Iterator[Line]:
    """The rows in some files, in order. Raises SetUnusable."""
    decode: Callable[[bytes], Line] = msgspec.json.Decoder(form).decode
    for file in files:
        for number, line in enumerate(raw_lines(backup, file), 1):
            try:
                yield decode(line)
            except msgspec.MsgspecError as error:
                raise SetUnusable(
                    f"Line {number} of {backup.folder / file.name} cannot be read: {error}."
                ) from None
