"""Writes small exports with a test key, by the published formats and without the service:
what the verifier must accept, and what tests then break.
"""

from __future__ import annotations

import csv
import io
import json
from base64 import b64encode
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

ORIGIN = "ledger.example/small"
KEY = Ed25519PrivateKey.from_private_bytes(b"\x01" * 32)
NEXT_KEY = Ed25519PrivateKey.from_private_bytes(b"\x02" * 32)
OTHER_KEY = Ed25519PrivateKey.from_private_bytes(b"\x03" * 32)
SALT = bytes(range(16))

Files = dict[str, bytes]


def vkey(key: Ed25519PrivateKey = KEY, name: str = ORIGIN, kind: int = 1) -> str:
    public = bytes([kind]) + key.public_key().public_bytes_raw()
    return f"{name}+{key_id(name, public).hex()}+{b64encode(public).decode()}"


def key_id(name: str, public: bytes) -> bytes:
    return sha256(name.encode() + b"\n" + public).digest()[:4]


# The tree, as RFC 6962 defines it: slow and plain.


def leaf(record: bytes) -> bytes:
    return sha256(b"\x00" + record).digest()


def root_of(leaves: Sequence[bytes]) -> bytes:
    if not leaves:
        return sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    middle = _split(len(leaves))
    return sha256(b"\x01" + root_of(leaves[:middle]) + root_of(leaves[middle:])).digest()


def audit_path(index: int, leaves: Sequence[bytes]) -> list[bytes]:
    if len(leaves) <= 1:
        return []
    middle = _split(len(leaves))
    if index < middle:
        return [*audit_path(index, leaves[:middle]), root_of(leaves[middle:])]
    return [*audit_path(index - middle, leaves[middle:]), root_of(leaves[:middle])]


def consistency_proof(old: int, leaves: Sequence[bytes], *, whole: bool = True) -> list[bytes]:
    if old == len(leaves):
        return [] if whole else [root_of(leaves)]
    if old == 0:
        return []
    middle = _split(len(leaves))
    if old <= middle:
        rest = root_of(leaves[middle:])
        return [*consistency_proof(old, leaves[:middle], whole=whole), rest]
    proof = consistency_proof(old - middle, leaves[middle:], whole=False)
    return [*proof, root_of(leaves[:middle])]


def _split(size: int) -> int:
    """The largest power of two below the size."""
    return 1 << (size - 1).bit_length() - 1


# Records.


def record(
    position: int,
    kind: str,
    data: dict[str, Any],
    *,
    subject: str = "",
    version: int = 1,
    request: str = "",
    origin: str = ORIGIN,
) -> bytes:
    second, micro = divmod(position, 1_000_000)
    value: dict[str, Any] = {
        "specversion": "1.0",
        "id": f"01a20a3f-7e2c-7f56-a736-{position:012x}",
        "source": origin,
        "type": kind,
        "subject": subject,
        "time": f"2018-08-18T12:00:{second:02}.{micro:06}Z",
        "datacontenttype": "application/json",
        "position": str(position),
        "entryversion": str(version),
        "recordedby": "local",
        "requestid": request or f"r-{position}",
        "data": data,
    }
    if not subject:
        del value["subject"], value["entryversion"]
    return compact(value)


def compact(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def opened(origin: str = ORIGIN, key: Ed25519PrivateKey = KEY) -> bytes:
    data = {"title": "Small", "origin": origin, "verification_key": vkey(key, origin)}
    return record(1, "ledger.opened.v1", data, origin=origin)


def party(position: int, name: str, **more: Any) -> bytes:
    data = {"name": name.upper(), "kind": "state"}
    return record(position, "party.registered.v1", data, subject=name, **more)


def act(position: int, name: str, *, version: int = 1, **more: Any) -> bytes:
    data = {"kind": "claim", "actor": "us", "title": f"Says {name} — “so”"}
    return record(position, "act.recorded.v1", data | more, subject=name, version=version)


def amendment(
    position: int, name: str, version: int, payload: dict[str, Any], **more: Any
) -> bytes:
    data = {
        "supersedes": str(version - 1),
        "reason": "mistyped",
        "change": "correction",
        "payloadtype": "act.recorded.v1",
        "payload": payload,
    }
    return record(position, "entry.amended.v1", data | more, subject=name, version=version)


def addition(
    position: int, name: str, version: int, *evidence: dict[str, Any], **more: Any
) -> bytes:
    """An amendment that only adds evidence."""
    data = {
        "supersedes": str(version - 1),
        "reason": "told again",
        "change": "correction",
        "payloadtype": "act.recorded.v1",
        "evidence_added": list(evidence),
    }
    return record(position, "entry.amended.v1", data | more, subject=name, version=version)


def report(position: int, name: str) -> bytes:
    data = {"title": "T", "publisher": "P"}
    return record(position, "report.filed.v1", data, subject=name)


def annulment(position: int, name: str, version: int) -> bytes:
    data = {"supersedes": str(version - 1), "reason": "told twice"}
    return record(position, "entry.annulled.v1", data, subject=name, version=version)


def rotation(position: int, new: Ed25519PrivateKey = NEXT_KEY) -> bytes:
    data = {"verification_key": vkey(new), "previous": vkey(KEY), "reason": "every year"}
    return record(position, "key.rotated.v1", data)


def seal(value: str, salt: bytes = SALT) -> str:
    text = json.dumps(value, ensure_ascii=False).encode()
    return f"sha256:{sha256(salt + text).hexdigest()}"


def log_of(size: int) -> list[bytes]:
    """A log of so many records: opened, a party, then acts."""
    records = [opened(), party(2, "us")]
    records += [act(position, f"F{position}") for position in range(3, size + 1)]
    return records[:size]


# Checkpoints and the bag.


def signed(text: str, keys: Sequence[Ed25519PrivateKey] = (KEY,), name: str = ORIGIN) -> bytes:
    lines = []
    for key in keys:
        public = b"\x01" + key.public_key().public_bytes_raw()
        line = b64encode(key_id(name, public) + key.sign(text.encode())).decode()
        lines.append(f"— {name} {line}\n")
    return f"{text}\n{''.join(lines)}".encode()


def checkpoint(
    leaves: Sequence[bytes],
    keys: Sequence[Ed25519PrivateKey] = (KEY,),
    origin: str = ORIGIN,
) -> bytes:
    root = b64encode(root_of(leaves)).decode()
    return signed(f"{origin}\n{len(leaves)}\n{root}\n", keys, origin)


def receipt(index: int, leaves: Sequence[bytes], note: bytes) -> bytes:
    hashes = "".join(f"{b64encode(h).decode()}\n" for h in audit_path(index, leaves))
    return f"c2sp.org/tlog-proof@v1\nindex {index}\n{hashes}\n".encode() + note


@dataclass
class SmallBag:
    """An export to be: the records, and who signs which sizes."""

    records: list[bytes]
    keys: Sequence[Ed25519PrivateKey] = (KEY,)
    checkpoints: dict[int, Sequence[Ed25519PrivateKey]] = field(default_factory=dict)
    disclosed: list[dict[str, str]] = field(default_factory=list)
    withheld: list[list[str]] = field(default_factory=list)
    selected: Sequence[int] | None = None
    #: Under which the whole is signed; the earlier checkpoints are those of ORIGIN.
    origin: str = ORIGIN

    @property
    def leaves(self) -> list[bytes]:
        return [leaf(each) for each in self.records]

    def files(self) -> Files:
        """The payload, all lists of the package still to be made."""
        leaves = self.leaves
        files = {"data/log/checkpoint": checkpoint(leaves, self.keys, self.origin)}
        for size, keys in self.checkpoints.items():
            files[f"data/checkpoints/{size:020}"] = checkpoint(leaves[:size], keys)
        files |= tiles_of(leaves)
        if self.selected is None:
            files |= bundles_of(self.records) | lines_of(self.records)
            files["data/entries.csv"] = self._entries(self.records)
        else:
            files |= self._selection(leaves, files["data/log/checkpoint"])
            files["data/entries.csv"] = self._entries(
                [self.records[p - 1] for p in self.selected]
            )
        names = [
            json.loads(each).get("data", {}).get("verification_key") for each in self.records
        ]
        keys = [name for name in names if name]
        files["data/keys.txt"] = "".join(f"{name}\n" for name in keys).encode()
        policy = "".join(f"log {name}\n" for name in keys)
        files["data/policy.txt"] = f"{policy}quorum none\n".encode()
        header = ["position", "entry", "version", "field", "commitment", "state"]
        files["data/withheld.csv"] = table([header, *self.withheld])
        if self.disclosed:
            files["data/disclosed.jsonl"] = b"".join(compact(d) + b"\n" for d in self.disclosed)
        files["data/README.txt"] = b"A small export.\n"
        return files

    def write(self, folder: Path, change: Callable[[Files], object] | None = None) -> Path:
        """Writes the bag. `change` is made to the payload before it is listed, so that the
        package fits what was changed.
        """
        files = self.files()
        if change is not None:
            change(files)
        put(folder, package(files, len(self.records), self.origin))
        return folder

    def _entries(self, records: list[bytes]) -> bytes:
        header = (
            "position,recorded_at,type,entry,version,kind,title,day,parties,instrument,"
            "provision,topics,reports"
        )
        rows = [header.split(",")]
        for line in records:
            each = json.loads(line)
            entry, version = each.get("subject", ""), each.get("entryversion", "")
            data = each.get("data", {})
            state = data.get("payload", data)
            names = ("title", "consequent", "name", "reason")
            title = next((state[name] for name in names if state.get(name)), "")
            title = title if isinstance(title, str) else "(sealed)"
            made = [each.get(name, "") for name in ("position", "time", "type")]
            evidence = state.get("evidence") or state.get("evidence_added", [])
            reports = " ".join(dict.fromkeys(told["report"] for told in evidence))
            parties = " ".join(_named(state))
            under = [state.get("instrument", ""), state.get("provision", ""), ""]
            kind = state.get("kind", "")
            rows.append([*made, entry, version, kind, title, "", parties, *under, reports])
        return table(rows)

    def _selection(self, leaves: list[bytes], note: bytes) -> Files:
        chosen = self.selected or ()
        files = {
            "data/records/selected.jsonl": b"".join(
                self.records[position - 1] + b"\n" for position in chosen
            )
        }
        for position in chosen:
            path = f"data/receipts/{position}.tlog-proof"
            files[path] = receipt(position - 1, leaves, note)
        return files


def _named(state: dict[str, Any]) -> list[str]:
    lists = ("counterparties", "debtors", "creditors", "participants")
    found = [state.get("actor", ""), *(each for name in lists for each in state.get(name, []))]
    return [each for each in dict.fromkeys(found) if each]


def tiles_of(leaves: Sequence[bytes]) -> Files:
    files, level, hashes = {}, 0, list(leaves)
    while hashes:
        for first in range(0, len(hashes), 256):
            tile = hashes[first : first + 256]
            path = f"data/log/tile/{level}/{number(first // 256, len(tile))}"
            files[path] = b"".join(tile)
        full = range(0, len(hashes) - 255, 256)
        hashes = [root_of(hashes[first : first + 256]) for first in full]
        level += 1
    return files


def bundles_of(records: Sequence[bytes]) -> Files:
    files = {}
    for first in range(0, len(records), 256):
        part = records[first : first + 256]
        path = f"data/log/tile/entries/{number(first // 256, len(part))}"
        files[path] = b"".join(len(each).to_bytes(2) + each for each in part)
    return files


def lines_of(records: Sequence[bytes]) -> Files:
    return {
        f"data/records/{first + 1:09}.jsonl": b"".join(
            each + b"\n" for each in records[first : first + 65_536]
        )
        for first in range(0, len(records), 65_536)
    }


def number(count: int, width: int) -> str:
    text = f"{count % 1000:03}"
    if count >= 1000:
        text = f"x{count // 1000:03}/{text}"
    return text if width == 256 else f"{text}.p/{width}"


def table(rows: Sequence[Sequence[str]]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue().encode()


def package(files: Files, size: int, origin: str = ORIGIN) -> Files:
    """The payload with everything that lists it."""
    files = dict(files)
    rows = [["path", "bytes", "sha256", "media_type", "description"]]
    rows += [
        [path, str(len(files[path])), sha256(files[path]).hexdigest(), "text/plain", "A file"]
        for path in sorted(files)
    ]
    files["data/metadata.csv"] = table(rows)
    octets = sum(map(len, files.values()))
    tags = {
        "bagit.txt": b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n",
        "bag-info.txt": (
            f"Source-Organization: {origin}\nExternal-Identifier: {origin}\n"
            f"Internal-Sender-Identifier: {origin}@{size}\nBagging-Date: 2018-08-18\n"
            f"Payload-Oxum: {octets}.{len(files)}\n"
        ).encode(),
        "manifest-sha256.txt": manifest(files),
    }
    tags["tagmanifest-sha256.txt"] = manifest(tags)
    return files | tags


def manifest(files: Files) -> bytes:
    lines = [f"{sha256(files[path]).hexdigest()}  {path}\n" for path in sorted(files)]
    return "".join(lines).encode()


def put(folder: Path, files: Files) -> None:
    for path, content in files.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)


def cosigned(note: bytes, key: Ed25519PrivateKey, name: str, time: int) -> bytes:
    """The note with a line by a witness (C2SP cosignature/v1)."""
    text = note.decode().rpartition("\n\n")[0] + "\n"
    public = b"\x04" + key.public_key().public_bytes_raw()
    signature = key.sign(f"cosignature/v1\ntime {time}\n{text}".encode())
    line = b64encode(key_id(name, public) + time.to_bytes(8) + signature).decode()
    return note + f"— {name} {line}\n".encode()
