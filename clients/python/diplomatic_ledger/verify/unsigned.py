"""What of an export rests on nothing but the digests of its own package, which whoever
changes it can remake. It is named, so that nobody takes it for what the log says.
"""

from __future__ import annotations

from collections.abc import Iterator

from diplomatic_ledger.verify.bag import Bag
from diplomatic_ledger.verify.manifests import INFO, Manifest, info_lines
from diplomatic_ledger.verify.report import Broken, Report, harmless

#: The schemas of the types of records as this program knows them, by their SHA-256. They
#: are of no use to the check; who reads the export may rely on them.
SCHEMAS = {
    "act.recorded.v1.schema.json": "877f3ba3a3c77754e9eb889670501b62dbf26f0d841c7195b91be75e8c67d10f",
    "commitment.recorded.v1.schema.json": "44b38976c333a4ed213ab7f818fd91040870c739f504d3c21327549d1b9c69fd",
    "entry.amended.v1.schema.json": "973c2fdf38629f90a4fce5bb70eba5ff84389320ead9b48df12033e85df67d84",
    "entry.annulled.v1.schema.json": "70fd4f54be2a5023b6710bd4463e4b07ffadb3fd8c1d8c8b129055c1e083594c",
    "field.erased.v1.schema.json": "62a06b665dc7423179d0ed996218712c8a9d5f727358a6db295e6b0c658f390c",
    "instrument.recorded.v1.schema.json": "b7a940ae9fdd7c1688165d6abc7d1534c53c9e9b0f142f8ca8102e1cd4a63f69",
    "key.rotated.v1.schema.json": "4fa26442624d240e535da3b874871b24928223e19c223ca862e87143961e3702",
    "ledger.forked.v1.schema.json": "c2853c9d0be4c5898a65fc3ee959748ea5badf96e34b9c39264ab8c335cd49a3",
    "ledger.opened.v1.schema.json": "34c326ee2d75d39de714526299f5befaf4fb0afe207c27bc898fc99f5b14ba29",
    "ledger.succeeded.v1.schema.json": "470e9203c3684c4d5373c793164738196f1cf831502062d9f3ded42f3a483601",
    "party.registered.v1.schema.json": "35770248f972f3498a5a71803ba5aaddf648222322af5e443620dbbd3cdd9073",
    "report.filed.v1.schema.json": "0ad85946c0f1e6cdce19ab0b48493dc19c7262095b874bcb49034f7243867e44",
    "scale.registered.v1.schema.json": "97c166480652b98aa91d676380dacef3d961910c22e8db569f892460321b73db",
}
_SCHEMA = "data/schema/"
#: What is held against the log and its signatures elsewhere.
_HELD = (
    "data/checkpoints/",
    "data/disclosed.jsonl",
    "data/entries.csv",
    "data/keys.txt",
    "data/log/",
    "data/metadata.csv",
    "data/policy.txt",
    "data/receipts/",
    "data/records/",
    "data/withheld.csv",
)
_PACKAGE = ("bagit.txt", INFO, "manifest-sha256.txt", "tagmanifest-sha256.txt")
_HELD_LABELS = (
    "Source-Organization",
    "External-Identifier",
    "Internal-Sender-Identifier",
    "Payload-Oxum",
)
_SHOWN = 20


def tell_unsigned(bag: Bag, payload: Manifest, report: Report) -> None:
    """Notes what nothing but the package vouches for."""
    found = [*_labels(bag), *_files(bag, payload)]
    if not found:
        return
    shown = ", ".join(found[:_SHOWN])
    if len(found) > _SHOWN:
        shown += f" and {len(found) - _SHOWN:,} more"
    report.notes.append(
        f"Nothing but the digests of the package itself vouches for: {shown}. "
        "Whoever changes these can remake the digests."
    )


def _files(bag: Bag, payload: Manifest) -> Iterator[str]:
    for path in sorted(bag.files):
        if path.startswith(_HELD) or path in _PACKAGE:
            continue
        known = SCHEMAS.get(path.removeprefix(_SCHEMA)) if path.startswith(_SCHEMA) else None
        if known is None or payload.get(path, b"").hex() != known:
            yield harmless(path)
    if "data/metadata.csv" in bag.files:
        yield "data/metadata.csv (types and meanings)"


def _labels(bag: Bag) -> Iterator[str]:
    try:
        labels = [label for label, _ in info_lines(bag)]
    except Broken:  # told already
        return
    for label in labels:
        if label not in _HELD_LABELS:
            yield f"{INFO} ({harmless(label)[:80]})"
