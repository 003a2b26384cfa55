"""A log in memory with a key of its own, as much of it as an export reads."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from ledger_service.audit.bag import Bag, Disclosure, ExportScope
from ledger_service.audit.export import ExportPlan, sealed
from ledger_service.audit.notes import Checkpoint, VerificationKey, sign
from ledger_service.audit.proofs import HashTree
from ledger_service.audit.tree import Frontier, leaf_hash

ORIGIN = "ledger.example/us-dprk-2018"
BEGUN = datetime(2018, 8, 18, 12, tzinfo=UTC)
KEY = Ed25519PrivateKey.from_private_bytes(bytes(32))
PUBLIC = VerificationKey(ORIGIN, KEY.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw))


class MemoryLog:
    """Begins with the record that opens the ledger."""

    def __init__(self) -> None:
        self.records: list[bytes] = []
        self.leaves_kept: list[bytes] = []
        self.opened: list[Disclosure] = []
        self.regular: list[int] = []
        self._nodes: dict[tuple[int, int], bytes] = {}
        self._frontier = Frontier()
        self.add(
            "ledger.opened.v1",
            "",
            0,
            title="Talks",
            origin=ORIGIN,
            verification_key=PUBLIC.text,
        )
        self.add("party.registered.v1", "us", 1, name="United States", kind="state")
        self.add("party.registered.v1", "dprk", 1, name="North Korea", kind="state")
        self.add("report.filed.v1", "A1", 1, title="Talks", publisher="The Morning Paper")

    def add(self, record_type: str, subject: str, version: int, **data: Any) -> None:
        position = len(self.records) + 1
        about = {"subject": subject} if subject else {}
        time = (BEGUN + timedelta(microseconds=position)).isoformat(timespec="microseconds")
        event = {
            "specversion": "1.0",
            "id": f"01a20a3f-7e2c-7f56-a736-{position:012x}",
            "source": ORIGIN,
            "type": record_type,
            **about,
            "time": time.replace("+00:00", "Z"),
            "datacontenttype": "application/json",
            "position": str(position),
            **({"entryversion": str(version)} if version else {}),
            "recordedby": "local",
            "requestid": f"r-{position}",
            "data": data,
        }
        record = json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode()
        self.records.append(record)
        self.leaves_kept.append(leaf_hash(record))
        for node in self._frontier.append(self.leaves_kept[-1]):
            self._nodes[node.level, node.place] = node.hash

    def add_acts(self, count: int) -> None:
        for number in range(count):
            self.add(
                "act.recorded.v1",
                f"F{number:05}",
                1,
                kind="statement",
                actor="us",
                title=f"Says that all is well, for the {number}th time",
                counterparties=("dprk",),
                occurred={"from_day": "2018-06-12", "to_day": "2018-06-12", "precision": "day"},
                evidence=[{"report": "A1"}],
            )

    def note(self, size: int) -> str:
        root = HashTree(self.nodes).root(size)
        return sign(Checkpoint(ORIGIN, size, root), [(PUBLIC, KEY.sign)]).note

    def extent(self, **options: Any) -> ExportScope:
        size = options.pop("size", len(self.records))
        return ExportScope(self.note(size), date(2018, 8, 18), **options)

    def leaves(self, first: int, last: int) -> Sequence[tuple[bytes, bytes]]:
        span = slice(first - 1, last)
        return list(zip(self.records[span], self.leaves_kept[span], strict=True))

    def leaf_hashes(self, first: int, last: int) -> Sequence[bytes]:
        return self.leaves_kept[first - 1 : last]

    def records_of(self, record_type: str, last: int) -> Iterator[bytes]:
        wanted = f'"type":"{record_type}"'.encode()
        return (record for record in self.records[:last] if wanted in record)

    def inclusion(self, position: int, size: int) -> Sequence[bytes]:
        return HashTree(self.nodes).inclusion(position - 1, size)

    def earlier_checkpoints(self, below: int) -> Iterator[tuple[int, str]]:
        return ((size, self.note(size)) for size in self.regular if size < below)

    def disclosures(self, last: int) -> Sequence[Disclosure]:
        return self.opened

    def nodes(self, level: int, first: int, count: int) -> list[bytes]:
        if level == 0:
            return self.leaves_kept[first : first + count]
        return [self._nodes[level, each] for each in range(first, first + count)]


def seal(value: str) -> Disclosure:
    salt = bytes(range(16))
    text = json.dumps(value, ensure_ascii=False).encode()
    return Disclosure(f"sha256:{sha256(salt + text).hexdigest()}", salt, value)


def planned(log: Any, extent: ExportScope) -> Bag:
    planning = ExportPlan(log, extent, sealed(log, extent))
    for _ in planning.steps():
        pass
    return planning.bag


def contents(bag: Bag) -> dict[str, bytes]:
    return {file.path: b"".join(file.read()) for file in bag.files}


def write(bag: Bag, folder: Path) -> Path:
    for path, content in contents(bag).items():
        place = folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content)
    return folder
