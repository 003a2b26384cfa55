"""The text files of an export: its description, and four ways to verify it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date

from ledger_service.audit.notes import VerificationKey, parse

DECLARATION = "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"

TEXT = "text/plain; charset=utf-8"
CSV = "text/csv; charset=utf-8"
JSON_LINES = "application/jsonl"
SCHEMA = "application/schema+json"
BINARY = "application/octet-stream"
TILE_OF_HASHES = "Tile of hashes of the tree."
TILE_OF_RECORDS = "Records, each after its length in two bytes."

_ABOUT = """\
{title}

Log:        {origin}
Size:       {size} records
Root hash:  {root}

A ledger of diplomatic commitments is a log: nothing in it is changed or removed. This
folder is a BagIt bag (RFC 8493). Inside it lies the log as C2SP tlog-tiles, which programs
of others can read:

  data/log/           signed checkpoint, tiles of the hash tree{bundles}
  data/records/       {records}
{extra}  data/keys.txt       public keys of the log, in the order of their appearance in it
  data/policy.txt     the same as a C2SP policy: whose signatures are wanted
  data/schema/        JSON Schema of each type of record
  data/entries.csv    the records as a table
  data/withheld.csv   {withheld}
{disclosed}  data/metadata.csv   every file with its size, digest and meaning

The leaf hash of a record is the SHA-256 of a zero byte and the line without its newline.
The tree is that of RFC 6962; the leaf index is the position less one.
"""

_GOES_ON = """
THIS LOG GOES ON FOR ANOTHER. It was begun under other origins: {origins}.
What stands before its record of type ledger.succeeded.v1 or ledger.forked.v1 was inherited byte
for byte, and has the origin of that time as its source. data/keys.txt has the keys of each
origin; trust that of {origin}, and no older one for what came after.
"""

_SELECTED = """
THIS IS A SELECTION. It proves that the records in it are in the log, unaltered, at their
positions. data/withheld.csv lists the positions that were left out; their hashes are in the
tiles, so that none was added or dropped. Nothing else about them can be checked here.
"""

_WAYS = """
Whose key? A key that came with the bag proves nothing. Get the key of the log from
somebody you trust, and compare it with data/keys.txt. Signed with, and used below:

  {key}

The four ways below need only this folder. Run the lines within it.

1. The verifier of the Diplomatic Ledger, offline. It hashes every record again, builds
   every tile again, and checks signatures, order, versions and references.

     ledgerctl verify . --key '{key}'

2. A small Go program that shares no code with the ledger: deploy/verify-go in its source.
   It uses golang.org/x/mod/sumdb, which Debian packages as golang-golang-x-mod-dev.

     verify-bag '{key}' .

3. sha256sum and openssl. The first two lines check that every file has the listed digest;
   the others check the signature of the checkpoint. That the records have the signed root
   is for ways 1 and 2 to find.

     sha256sum --quiet --check tagmanifest-sha256.txt
     sha256sum --quiet --check manifest-sha256.txt
     W=$(mktemp -d)
     head -n 3 data/log/checkpoint > "$W/text"
     sed -n 5p data/log/checkpoint | cut -d ' ' -f 3 | base64 -d | tail -c 64 > "$W/signature"
     printf '\\060\\052\\060\\005\\006\\003\\053\\145\\160\\003\\041\\000' > "$W/key.der"
     printf %s '{key}' | cut -d + -f 3- | base64 -d | tail -c 32 >> "$W/key.der"
     openssl pkey -pubin -inform DER -in "$W/key.der" -out "$W/key.pem"
     openssl pkeyutl -verify -pubin -inkey "$W/key.pem" -rawin -in "$W/text" -sigfile "$W/signature"
     rm -r "$W"

4. bagit-python, the archivists' validator: every file is there, and has its digest.

     bagit.py --validate .
"""


def info(*, origin: str, size: int, day: date, payload_bytes: int, payload_files: int) -> str:
    """The content of bag-info.txt. `day` is that on which the last record was recorded, not
    the day of the export.
    """
    return (
        f"Source-Organization: {origin}\n"
        f"External-Identifier: {origin}\n"
        f"Internal-Sender-Identifier: {origin}@{size}\n"
        f"Bagging-Date: {day.isoformat()}\n"
        f"Payload-Oxum: {payload_bytes}.{payload_files}\n"
    )


def policy(keys: Sequence[str]) -> str:
    """A C2SP tlog-policy that accepts any of the log's keys and asks for no witness."""
    return "".join(f"log {key}\n" for key in keys) + "quorum none\n"


def disclosure(commitment: str, salt: bytes, value: str) -> bytes:
    """The line that opens a seal."""
    line = {"commitment": commitment, "salt": salt.hex(), "value": value}
    return json.dumps(line, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def readme(
    *,
    origin: str,
    size: int,
    keys: Sequence[str],
    note: str,
    redacted: bool,
    selected: bool,
) -> str:
    root = parse(note).checkpoint.root
    about = _ABOUT.format(
        title="A selection from a diplomatic ledger" if selected else "A diplomatic ledger",
        origin=origin,
        size=size,
        root=root.hex(),
        bundles="" if selected else " and bundles of records",
        records=(
            "the selected records, one a line"
            if selected
            else "the records as JSON Lines: a line is a leaf"
        ),
        extra=(
            "  data/receipts/      a proof for each record (C2SP tlog-proof)\n"
            if selected
            else "  data/checkpoints/   earlier signed checkpoints\n"
        ),
        withheld=(
            "the positions left out, and sealed fields"
            if selected
            else "the sealed fields: withheld, or erased for good"
        ),
        disclosed=(
            ""
            if redacted
            else "  data/disclosed.jsonl  values of sealed fields, if there are any to give\n"
        ),
    )
    before = dict.fromkeys(VerificationKey.parse(key).name for key in keys)
    before.pop(origin, None)
    if before:
        about += _GOES_ON.format(origins=", ".join(before), origin=origin)
    ways = _WAYS.format(key=_signing_key(keys, note))
    return about + (_SELECTED if selected else "") + ways


def _signing_key(keys: Sequence[str], note: str) -> str:
    """The key of the first signature of a note."""
    first = parse(note).signatures[0]
    for key in keys:
        if VerificationKey.parse(key).id == first.key_id:
            return key
    return keys[0]
