"""Signs checkpoints of one log, and only such as extend the last one that was signed.

Under the head lock the last checkpoint is read; it is verified that the stored root at its
size is unchanged and consistent with the new one; then the new one is signed, committed,
stored apart from the log, and only then given out. A log that does not fit is no longer
trusted.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress

from eventsourcing.persistence import PersistenceError

from ledger_service.audit.notes import (
    Checkpoint,
    NoteUnusable,
    SignedCheckpoint,
    Signer,
    VerificationKey,
    parse,
    sign,
)
from ledger_service.audit.proofs import HashTree, ProofWrong, check_consistency
from ledger_service.domain.values.refusals import ReadOnlyService, StorageFailed
from ledger_service.persistence.lineage import Lineage
from ledger_service.persistence.signing.checkpoints import Checkpoints, StoredNote
from ledger_service.persistence.signing.last_signed import LastSigned
from ledger_service.persistence.signing.permission import Permission
from ledger_service.persistence.signing.trust import Trust
from ledger_service.persistence.storage.log import LogForeign, LogMisfit, LogRecorder

#: So many sentences about tables go into one finding.
_MISFITS_SHOWN = 5


class Misfit(Exception):
    """The log does not fit what was signed. The text says what was found."""


class Signing:
    """Signs the log and remembers what was signed. Signing belongs to the thread that writes
    the log, and before it starts to whoever opens the log; `check` and `stored` may be called
    from any thread. Not all keys that sign are known (`keys_known`) where a record of the
    ledger's own cannot be read.
    """

    def __init__(
        self,
        lineage: Lineage,
        recorder: LogRecorder,
        seen: LastSigned,
        trust: Trust,
        permission: Permission,
        *,
        keys_known: bool = True,
    ) -> None:
        # Set for good:
        self.lineage = lineage
        self._keys_known = keys_known
        self.origin = lineage.origin
        self._recorder = recorder
        self._checkpoints = Checkpoints(recorder)
        self._seen = seen
        self._trust = trust
        self._permission = permission
        # Replaced as a whole, on the thread that writes (on a replica, by whoever refreshes);
        # any thread may read them.
        self.named: Sequence[VerificationKey] = ()
        self._signers: Sequence[Signer] = ()
        self._held: Sequence[VerificationKey] = ()
        # Replaced as a whole, on the thread that writes; any thread may read it. It only
        # grows.
        self._last: SignedCheckpoint | None = None

    @property
    def newest(self) -> SignedCheckpoint | None:
        """The largest checkpoint that was signed and fits the log."""
        return self._last

    @property
    def keys(self) -> list[VerificationKey]:
        """The keys that sign."""
        return [key for key, _ in self._signers]

    def use(
        self,
        named: Sequence[VerificationKey],
        signers: Sequence[Signer],
        held: Sequence[VerificationKey],
    ) -> None:
        """Sets the keys. `named` are all keys that the log names, `signers` those of them that
        sign, and `held` all keys that are here: a checkpoint that was last signed counts only
        under one of these.
        """
        self.named = named
        self._signers = signers
        self._held = held

    def seen_ids(self) -> list[bytes]:
        """The ids of the keys that signed what was last seen signed, also when the log does not
        name them, as that of an older copy does not.
        """
        with suppress(NoteUnusable):
            return [each.key_id for each in parse(self._seen.checkpoint()).signatures]
        return []

    def is_outlived(self) -> bool:
        """Whether a checkpoint of more records than this log holds was signed with one of our
        keys.
        """
        with suppress(Misfit, NoteUnusable):
            seen = self._read(self._seen.checkpoint(), "")
            return seen.checkpoint.size > self._recorder.head.position
        return False

    def open(self) -> None:
        """Checks the log before it is served: whether its tables are as this program makes
        them, and whether it fits what was last signed. What other processes signed is stored
        here too, so that its loss is noticed here. Raises OSError.
        """
        try:
            self._check_tables()
            self._last = self._check_last()
        except Misfit as misfit:
            self._trust.withdraw(str(misfit))
        else:
            if self._last is not None and self._last.note != self._seen.checkpoint():
                self._seen.remember(self._last.note)

    def check(self) -> str:
        """What does not fit in the tables, or between the log and the last checkpoints; empty
        for nothing.
        """
        try:
            self._check_tables()
            self._check_kept(self._check_last())
        except Misfit as misfit:
            return str(misfit)
        return ""

    def sign(self, size: int | None = None, *, regular: bool = False) -> SignedCheckpoint:
        """The checkpoint of a size (default: the head), which must end a request; it is signed
        now if it was not yet. Where nothing can be written, only a checkpoint that others
        signed is returned. Raises LedgerElsewhere, LedgerSucceeded, LedgerDistrusted,
        ReadOnlyService or StorageFailed.
        """
        self._permission.refuse()
        try:
            if self._recorder.writable:
                signed = self._signed(size, regular=regular)
            else:
                signed = self._signed_by_others(size)
            if self._last is None or signed.checkpoint.size > self._last.checkpoint.size:
                self._seen.remember(signed.note)
                self._last = signed
        except (Misfit, LogMisfit) as misfit:
            self._trust.withdraw(str(misfit))
            self._trust.refuse()
            raise
        except (PersistenceError, OSError) as error:
            raise StorageFailed from error
        return signed

    def largest(self) -> Checkpoint | None:
        """The largest checkpoint that was signed with a key of this ledger, also when the log
        no longer reaches it.
        """
        found = [self._last] if self._last is not None else []
        stored = self._checkpoints.newest()
        for note in (self._seen.checkpoint(), stored.note if stored else ""):
            with suppress(Misfit):
                found.append(self._read(note, ""))
        return max((each.checkpoint for each in found), key=_size, default=None)

    def stored(self, size: int) -> SignedCheckpoint | None:
        """The stored checkpoint of a size, if a key of this ledger signed it and it fits the
        log.
        """
        found = self._checkpoints.at(size)
        if found is None:
            return None
        try:
            signed = parse(found.note)
            right = signed.checkpoint[1:] == (size, self._root(size))
            return signed if right and self.lineage.fits(signed, self.named) else None
        except (NoteUnusable, Misfit):
            return None

    def _signed(self, size: int | None, *, regular: bool) -> SignedCheckpoint:
        with self._recorder.head_lock() as head:
            last = self._check_last()
            wanted = head.position if size is None else size
            if self._checkpoints.at(wanted) is not None:
                return self._as_it_was(wanted)
            checkpoint = Checkpoint(self.origin, wanted, self._root(wanted))
            if wanted == head.position and checkpoint.root != head.tree.root():
                raise Misfit(_changed(wanted))
            if last is not None:
                self._check_kept(last)
                self._check_grown(*sorted((last.checkpoint, checkpoint), key=_size))
            if not self._signers:
                raise StorageFailed
            signed = sign(checkpoint, self._signers)
            self._checkpoints.add(StoredNote(wanted, signed.note), regular=regular)
        return signed

    def _signed_by_others(self, size: int | None) -> SignedCheckpoint:
        last = self._check_last()
        found = last if size is None else self.stored(size)
        if found is None:
            raise ReadOnlyService
        return found

    def _as_it_was(self, size: int) -> SignedCheckpoint:
        if (signed := self.stored(size)) is None:
            raise Misfit(
                f"The checkpoint stored at position {size} is forged, or the records up to "
                "there were changed."
            )
        return signed

    def _check_last(self) -> SignedCheckpoint | None:
        """The largest checkpoint that is known. Raises Misfit unless all that are known fit
        the log.
        """
        self._check_end()
        largest = self._last
        notes = self._seen.checkpoint(), self._checkpoints.newest()
        try:
            self._recorder.refresh()  # others may have signed more than was known here
        except LogMisfit as misfit:
            raise Misfit(str(misfit)) from None
        for known in self._known(*notes):
            self._check_fits(known.checkpoint)
            if largest is None or known.checkpoint.size > largest.checkpoint.size:
                largest = known
        self._check_growth(largest.checkpoint.size if largest is not None else 0)
        return largest

    def _known(self, note: str, stored: StoredNote | None) -> Iterator[SignedCheckpoint]:
        if self._last is not None:
            yield self._last
        if note and not self._is_last(note) and not self._is_left_behind(note):
            yield self._read(note, f"The checkpoint in {self._seen.path}")
        if stored is not None and not self._is_last(stored.note):
            place = f"The stored checkpoint over {stored.size} records"
            known = self._read(stored.note, place)
            if known.checkpoint.size != stored.size:
                raise Misfit(f"{place} speaks of another size: it was changed.")
            yield known

    def _is_last(self, note: str) -> bool:
        return self._last is not None and self._last.note == note

    def _is_left_behind(self, note: str) -> bool:
        """Whether an origin signed it for which this log goes on under another: what it says of
        more than was inherited is settled by the record of that.
        """
        with suppress(NoteUnusable):
            return self.lineage.left_behind(parse(note).checkpoint.origin)
        return False

    def _read(self, note: str, place: str) -> SignedCheckpoint:
        try:
            known = parse(note)
            ours = self.lineage.fits(known, [*self._held, *self.named])
        except NoteUnusable:
            ours = False
        if not ours:
            raise Misfit(self._unsigned(place))
        return known

    def _unsigned(self, place: str) -> str:
        if not self._keys_known:
            return (
                f"{place} was signed with a key that is not known here, where a record that the "
                "ledger wrote itself cannot be read."
            )
        return f"{place} was not signed with a key of this ledger: it is forged."

    def _check_tables(self) -> None:
        if misfits := self._recorder.misfits():
            raise Misfit(" ".join(misfits[:_MISFITS_SHOWN]))

    def _check_kept(self, last: SignedCheckpoint | None) -> None:
        """Raises Misfit unless the checkpoint that was last signed is stored with the log,
        where it was committed before it was given out. So the log always holds the one before
        a new one.
        """
        if last is None or not self._recorder.writable:
            return
        if self._checkpoints.at(last.checkpoint.size) is None:
            raise Misfit(
                f"The checkpoint over {last.checkpoint.size} records was signed and is not "
                "with the log: checkpoints were removed."
            )

    def _check_end(self) -> None:
        """Raises Misfit unless the log ends with a request: what somebody else appended is
        never signed.
        """
        position = self._recorder.head.position
        last = self._recorder.request_ending_by(position)
        ended = last.last_position if last is not None else 0
        if ended != position:
            raise Misfit(
                f"The log ends at position {position}, but its last request at {ended}: "
                "records were added or requests removed behind the back of the service."
            )

    def _check_growth(self, signed: int) -> None:
        """Raises Misfit unless what is not signed yet was recorded by somebody with the keys,
        in a store that only one process may write. The first record of a new ledger has no
        mark.
        """
        position = self._recorder.head.position
        if not self._recorder.alone or position <= max(signed, 1):
            return
        if self._seen.apart and not self._signers:
            return  # nobody can tell, and nothing is signed
        last = self._recorder.request_ending_by(position)
        if last is None or not last.bears(self._recorder.marks):
            raise Misfit(str(LogForeign(signed, position)))

    def _check_fits(self, known: Checkpoint) -> None:
        position = self._recorder.head.position
        if known.size > position:
            raise Misfit(
                f"The log ends at position {position}, but a checkpoint over {known.size} "
                "records was signed: the log is an old copy, or records were removed."
            )
        if self._root(known.size) != known.root:
            raise Misfit(_changed(known.size))

    def _check_grown(self, small: Checkpoint, large: Checkpoint) -> None:
        tree = HashTree(self._recorder.nodes)
        try:
            proof = tree.consistency(small.size, large.size)
            check_consistency(*small[1:], *large[1:], proof)
        except (ProofWrong, ValueError):
            raise Misfit(
                f"The tree over {large.size} records does not grow out of the one over "
                f"{small.size}: the log was changed."
            ) from None

    def _root(self, size: int) -> bytes:
        """The root, from the nodes as they are stored now. Raises Misfit when nodes are
        missing.
        """
        try:
            return self._recorder.root(size)
        except ValueError:
            raise Misfit(
                f"Parts of the tree over {size} records are missing: the log was changed."
            ) from None


def _size(checkpoint: Checkpoint) -> int:
    return checkpoint.size


def _changed(size: int) -> str:
    return (
        f"The root over the first {size} records is not the one that was signed: "
        "records up to there were changed."
    )
