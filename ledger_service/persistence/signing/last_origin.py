"""Under which origin a log was signed last, by a key that is here: for a log whose own record of
that cannot be read.
"""

from __future__ import annotations

from contextlib import suppress

from ledger_service.audit.notes import NoteUnusable, VerificationKey, parse
from ledger_service.domain.values.refusals import UnusableKey
from ledger_service.persistence.lineage import Lineage
from ledger_service.persistence.signing.checkpoints import Checkpoints
from ledger_service.persistence.signing.keys import KeyFolder
from ledger_service.persistence.signing.last_signed import LastSigned
from ledger_service.persistence.storage.log import LogRecorder


def completed(
    lineage: Lineage, log: LogRecorder, seen: LastSigned, folder: KeyFolder
) -> Lineage:
    """The lineage, which ends with the origin that its last record names; where that cannot be
    read, with the one that a checkpoint from there on names which a key of the folder signed.
    """
    if lineage.unread is None:
        return lineage
    known = {era.origin for era in lineage.eras}
    stored = Checkpoints(log).newest()
    for note in (seen.checkpoint(), stored.note if stored is not None else ""):
        key = _signer(note, folder, lineage.unread[0])
        if key is not None and key.name not in known:
            return lineage.going_on(key)
    return lineage


def _signer(note: str, folder: KeyFolder, position: int) -> VerificationKey | None:
    """The first key of the folder that signed a checkpoint of so many records or more."""
    with suppress(NoteUnusable, UnusableKey):
        signed = parse(note)
        ids = [each.key_id for each in signed.signatures]
        held = {each.id: each for each in folder.read(signed.checkpoint.origin, ids).public}
        here = [held[each] for each in ids if each in held]
        if signed.checkpoint.size >= position and here and signed.signed_by(here):
            return here[0]
    return None
