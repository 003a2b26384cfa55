"""Puts an entry together from the pages of its versions: the evidence that a page leaves out
stands in the versions that added it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

from diplomatic_ledger.errors import LedgerError
from diplomatic_ledger.v1.entries_pb2 import Evidence, SealedField
from diplomatic_ledger.v1.history_service_pb2 import EntryVersion, GetEntryResponse

_ADDED = re.compile(r"evidence_added\[(\d+)\]")


def entry_of(pages: Sequence[GetEntryResponse]) -> GetEntryResponse:
    """One answer with the versions of all pages, and with all evidence in their states. Raises
    LedgerError when evidence that was left out stands nowhere.
    """
    whole = GetEntryResponse()
    whole.CopyFrom(pages[0])
    for page in pages[1:]:
        whole.versions.extend(page.versions)
    whole.next_page_token = ""
    for index, version in enumerate(whole.versions):
        if version.evidence_left_out:
            _complete(version, whole.versions[: index + 1])
    return whole


def _complete(version: EntryVersion, upto: Sequence[EntryVersion]) -> None:
    """Puts the evidence that was left out back, from what the versions up to it added."""
    left_out = version.evidence_left_out
    added = [each for source in upto for each in _added(source)][-left_out:]
    if len(added) < left_out:
        raise LedgerError(
            f"Of version {version.version} {left_out} pieces of evidence are left out, and its "
            f"versions added {len(added)}: somebody changed what the service sends."
        )
    evidence = _evidence(version)
    for piece, sealed in added:
        place = f"evidence[{len(evidence)}]"
        evidence.append(piece)
        for field in sealed:
            version.sealed.add().CopyFrom(field)
            version.sealed[-1].path = _ADDED.sub(place, field.path, count=1)
    version.evidence_left_out = 0


def _added(version: EntryVersion) -> Iterable[tuple[Evidence, list[SealedField]]]:
    """Each piece of evidence that a version adds, with its sealed fields."""
    sealed: dict[int, list[SealedField]] = {}
    for field in version.sealed_beside:
        if found := _ADDED.match(field.path):
            sealed.setdefault(int(found[1]), []).append(field)
    return [(piece, sealed.get(n, [])) for n, piece in enumerate(version.evidence_added)]


def _evidence(version: EntryVersion) -> Any:
    """The evidence in the state of a version, whatever its type. Raises LedgerError."""
    kind = version.state.WhichOneof("state")
    state: Any = getattr(version.state, kind) if kind else version
    if "evidence" not in state.DESCRIPTOR.fields_by_name:
        raise LedgerError(f"Version {version.version} lacks evidence, and is of no such type.")
    return state.evidence
