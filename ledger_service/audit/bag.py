"""Plans an export: a BagIt 1.0 bag with a whole C2SP tlog-tiles log inside it.

The same extent of a log gives the same bytes each time. Planning reads the log once, hashes
every record again and keeps only sizes and digests; the files are read from the log
afterwards, one by one, in the order of their paths.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from hashlib import sha256
from typing import NamedTuple, Protocol

from ledger_service.audit import bag_texts
from ledger_service.audit.bag_tables import METADATA_HEADER, table
from ledger_service.audit.notes import Checkpoint, parse
from ledger_service.audit.schemas import schemas

MANIFEST = "manifest-sha256.txt"
TAG_MANIFEST = "tagmanifest-sha256.txt"


class RecordAltered(Exception):
    """The log is not what was signed. The text names the position."""


class Disclosure(NamedTuple):
    """Opens a seal: SHA-256 over the salt and the value as a JSON string is the commitment."""

    commitment: str
    salt: bytes
    value: str


class ExportedLog(Protocol):
    """What an export reads of a log. Positions are inclusive at both ends. The methods block
    and may be called from any thread.
    """

    def leaves(self, first: int, last: int) -> Sequence[tuple[bytes, bytes]]:
        """Each record with the leaf hash that was stored with it."""
        ...

    def leaf_hashes(self, first: int, last: int) -> Sequence[bytes]: ...

    def records_of(self, record_type: str, last: int) -> Iterable[bytes]:
        """The records of a type up to the position `last`, in order."""
        ...

    def inclusion(self, position: int, size: int) -> Sequence[bytes]:
        """The audit path of a record in the tree of `size` records."""
        ...

    def earlier_checkpoints(self, below: int) -> Iterable[tuple[int, str]]:
        """The regular checkpoints of fewer than `below` records with their sizes, ascending."""
        ...

    def disclosures(self, last: int) -> Iterable[Disclosure]:
        """The values of sealed fields up to the position `last` that are not erased."""
        ...


@dataclass(frozen=True)
class ExportScope:
    """What is exported: the records under a signed checkpoint, of which the last one was
    recorded on a day. With `selected`, only the records at these positions, ascending.
    """

    note: str
    recorded_on: date
    redacted: bool = False
    selected: tuple[int, ...] | None = None

    @cached_property
    def checkpoint(self) -> Checkpoint:
        return parse(self.note).checkpoint

    @property
    def origin(self) -> str:
        return self.checkpoint.origin

    @property
    def size(self) -> int:
        return self.checkpoint.size


class BagFile(NamedTuple):
    """A file of the bag: its path in it, its bytes, and how to read them from the log."""

    path: str
    size: int
    digest: str
    read: Callable[[], Iterator[bytes]]
    media_type: str = ""
    description: str = ""


@dataclass(frozen=True)
class Bag:
    """All files of an export, in the bytewise order of their paths."""

    origin: str
    size: int
    files: tuple[BagFile, ...]

    @property
    def bytes(self) -> int:
        return sum(file.size for file in self.files)


class Sum:
    """Computes the size and the digest of a file from its parts."""

    def __init__(self) -> None:
        self.size = 0
        self._hash = sha256()

    def add(self, content: bytes) -> None:
        self.size += len(content)
        self._hash.update(content)

    def file(
        self, path: str, read: Callable[[], Iterator[bytes]], media_type: str, description: str
    ) -> BagFile:
        digest = self._hash.hexdigest()
        return BagFile(path, self.size, digest, read, media_type, description)


def held(path: str, content: bytes, media_type: str, description: str) -> BagFile:
    """A file whose content is kept in memory, since it is small."""
    made = Sum()
    made.add(content)
    return made.file(path, lambda: iter((content,)), media_type, description)


def texts(log: ExportedLog, extent: ExportScope, keys: Sequence[str]) -> Iterator[BagFile]:
    """The files of the payload whose size does not depend on that of the log, and the
    checkpoints.
    """
    text = bag_texts.TEXT
    note = extent.note.encode()
    yield held("data/log/checkpoint", note, text, "Signed checkpoint of this size.")
    yield held("data/keys.txt", _lines(keys), text, "Keys of the log; trust them elsewhere.")
    policy = bag_texts.policy(keys).encode()
    yield held("data/policy.txt", policy, text, "Whose signatures a verifier wants.")
    for name, schema in schemas():
        path = f"data/schema/{name}.schema.json"
        yield held(path, schema, bag_texts.SCHEMA, f"Form of the records of type {name}.")
    readme = bag_texts.readme(
        origin=extent.origin,
        size=extent.size,
        keys=keys,
        note=extent.note,
        redacted=extent.redacted,
        selected=extent.selected is not None,
    )
    yield held("data/README.txt", readme.encode(), text, "What this is and how to verify it.")
    if extent.selected is None:
        for size, earlier in log.earlier_checkpoints(extent.size):
            path = f"data/checkpoints/{size:020}"
            yield held(path, earlier.encode(), text, f"Signed checkpoint of size {size}.")


class ExtentSeals(NamedTuple):
    """The seals of an extent, by their commitments: those whose values the bag contains, and
    those whose values were erased.
    """

    given: frozenset[str]
    erased: frozenset[str]


def disclosed(log: ExportedLog, extent: ExportScope, among: Collection[str]) -> BagFile | None:
    """The file with the values of these commitments; None when there are none."""

    def read() -> Iterator[bytes]:
        for each in log.disclosures(extent.size):
            if each.commitment in among:
                yield bag_texts.disclosure(each.commitment, each.salt, each.value)

    made = Sum()
    for line in read():
        made.add(line)
    if not made.size:
        return None
    path = "data/disclosed.jsonl"
    return made.file(path, read, bag_texts.JSON_LINES, "Values and salts of sealed fields.")


def bag(extent: ExportScope, payload: Iterable[BagFile]) -> Bag:
    """The bag with this payload and the files that BagIt adds."""
    files = sorted(payload, key=_path)
    rows = [(f.path, str(f.size), f.digest, f.media_type, f.description) for f in files]
    content = table([METADATA_HEADER, *rows])
    files.append(held("data/metadata.csv", content, bag_texts.CSV, ""))
    files.sort(key=_path)
    tags = [
        held("bagit.txt", bag_texts.DECLARATION.encode(), "", ""),
        held("bag-info.txt", _info(extent, files), "", ""),
        held(MANIFEST, _manifest(files), "", ""),
    ]
    last = held(TAG_MANIFEST, _manifest(sorted(tags, key=_path)), "", "")
    return Bag(extent.origin, extent.size, tuple(sorted([*files, *tags, last], key=_path)))


def _info(extent: ExportScope, payload: Sequence[BagFile]) -> bytes:
    return bag_texts.info(
        origin=extent.origin,
        size=extent.size,
        day=extent.recorded_on,
        payload_bytes=sum(file.size for file in payload),
        payload_files=len(payload),
    ).encode()


def _manifest(files: Sequence[BagFile]) -> bytes:
    return "".join(f"{file.digest}  {file.path}\n" for file in files).encode()


def _path(file: BagFile) -> bytes:
    return file.path.encode()


def _lines(lines: Iterable[str]) -> bytes:
    return "".join(f"{line}\n" for line in lines).encode()
