"""Under which origins and keys a log was written: one from its first record on, and another one
from each record on with which it went on for a lost log, or as a fork.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from ledger_service.audit.notes import (
    Checkpoint,
    NoteUnusable,
    SignedCheckpoint,
    VerificationKey,
)
from ledger_service.persistence.own_records import continued_in
from ledger_service.persistence.records import decode, opened_of
from ledger_service.persistence.storage.log import LogRecorder
from ledger_service.persistence.storage.reader import LogReader, Row


class Era(NamedTuple):
    """A part of a log under one origin: from the position of the record that names it on. `key`
    is the first that signs in it, and `identity` the leaf hash of that record.
    """

    begins: int
    origin: str
    key: str
    identity: bytes


class Lineage(NamedTuple):
    """The parts of one log, in order; there is always one. `predecessors` are the origins for
    which it goes on, also where nothing of theirs was left. `unread` is the last record by which
    it went on, where that cannot be read: its position and leaf hash.
    """

    eras: tuple[Era, ...]
    predecessors: frozenset[str] = frozenset()
    unread: tuple[int, bytes] | None = None

    @property
    def origin(self) -> str:
        """The origin under which the log goes on."""
        return self.eras[-1].origin

    @property
    def key(self) -> str:
        """The first key of that origin, in the form of C2SP signed notes."""
        return self.eras[-1].key

    def at(self, position: int) -> Era:
        """The part in which a position lies; the first one for position 0."""
        found = self.eras[0]
        for era in self.eras[1:]:
            if position >= era.begins:
                found = era
        return found

    def upto(self, position: int) -> Lineage:
        """The lineage as the records up to a position tell it; of none it has no parts."""
        return self._replace(eras=tuple(era for era in self.eras if era.begins <= position))

    def named(self, rotations: Sequence[str]) -> list[VerificationKey]:
        """All keys that the log names: the first of each part, and those of `rotations` behind
        the first of their origin. Raises NoteUnusable.
        """
        later = [VerificationKey.parse(each) for each in rotations]
        found = list[VerificationKey]()
        for era in self.eras:
            found.append(VerificationKey.parse(era.key))
            found += [key for key in later if key.name == era.origin]
        return list(dict.fromkeys(found))

    def fits(self, signed: SignedCheckpoint, keys: Sequence[VerificationKey]) -> bool:
        """Whether an origin that may have signed a tree of its size signed it with one of these
        keys: each one whose part reaches so far, and those that inherited what lies there.
        """
        origin = signed.checkpoint.origin
        own = [key for key in keys if key.name == origin]
        try:
            return self.origin_for(signed.checkpoint) == origin and signed.signed_by(own)
        except NoteUnusable:
            return False

    def origin_for(self, checkpoint: Checkpoint) -> str:
        """The origin of a checkpoint, if that origin may have signed a tree of its size; else
        that under which the log goes on.
        """
        after = [era.begins for era in self.eras[1:]]
        for era, end in zip(self.eras, after, strict=False):
            if era.origin == checkpoint.origin and checkpoint.size < end:
                return era.origin
        return self.origin

    def going_on(self, key: VerificationKey) -> Lineage:
        """The lineage with what the record does not say that cannot be read: the origin of a key
        that is known from elsewhere.
        """
        assert self.unread is not None
        position, leaf = self.unread
        era = Era(position, key.name, key.text, leaf)
        return Lineage((*self.eras, era), self.predecessors | {self.origin})

    def left_behind(self, origin: str) -> bool:
        """Whether the log goes on for this origin under another one."""
        return origin != self.origin and origin in self.predecessors


def lineage(log: LogRecorder) -> Lineage:
    """The lineage of a log that is not empty. Raises IndexError, ValueError or
    msgspec.MsgspecError where its first record cannot be read.
    """
    reader = LogReader(log)
    _, state, leaf = reader.between(1, 1)[0]
    return lineage_of((state, leaf), reader.continued())


def lineage_of(first: tuple[bytes, bytes], continued: Iterable[Row]) -> Lineage:
    """The lineage by the first record of a log, with its leaf hash, and those by which it went on
    for another one, in their order. Raises as `lineage` does.
    """
    state, leaf = first
    opened = opened_of(decode(state))
    eras = [Era(1, opened.origin, opened.verification_key, leaf)]
    predecessors = set[str]()
    unread = None
    for position, line, leaf_there in continued:
        data = continued_in(line)
        if data is None:
            unread = position, leaf_there
            continue
        unread = None
        predecessors.add(data.predecessor)
        if data.origin != eras[-1].origin:  # else the log before it was lost as a whole
            eras.append(Era(position, data.origin, data.verification_key, leaf_there))
    return Lineage(tuple(eras), frozenset(predecessors), unread)
