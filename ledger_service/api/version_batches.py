"""Turns stored records into versions of entries, as messages in batches of bounded size."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from diplomatic_ledger.v1 import history_service_pb2 as pb

from ledger_service.api.messages import versions
from ledger_service.api.messages.seals import Seals
from ledger_service.api.record_batches import RecordBatch
from ledger_service.application.ledger import Ledger
from ledger_service.application.log_filter import RECORDED
from ledger_service.domain.values.entries import TYPE_NAMES, EntryType
from ledger_service.domain.values.stopping import looking
from ledger_service.persistence.records import Addition, Told


class VersionBatches:
    """Reads the records of one ledger for one caller. It blocks, since sealed values and the
    types of annulled entries are looked up. Belongs to one call.
    """

    def __init__(self, ledger: Ledger, seals: Seals, most_bytes: int) -> None:
        self._reader = ledger.reader
        self._seals = seals
        self._most_bytes = most_bytes

    def of(self, frame: RecordBatch) -> list[pb.VersionBatch]:
        """The versions in a batch of records, each of which is one of an entry. Disclosed texts
        can make them far larger than the records. Raises LedgerDistrusted.
        """
        if not frame.positions:
            return []
        records = zip(frame.positions, frame.lines.split(b"\n"), strict=True)
        told = [self._reader.told(position, record) for position, record in records]
        return list(_cut([self._message(each) for each in looking(told)], self._most_bytes))

    def _message(self, told: Told) -> pb.EntryVersion:
        return versions.told(told, self._type(told), self._seals)

    def _type(self, told: Told) -> EntryType:
        version = told.version if isinstance(told, Addition) else told
        if version.state is not None:
            return EntryType(TYPE_NAMES[type(version.state)])
        return RECORDED[self._reader.first_type(version.entry_id)]


def _cut(messages: Sequence[pb.EntryVersion], most_bytes: int) -> Iterator[pb.VersionBatch]:
    batch, size = pb.VersionBatch(), 0
    for message in messages:
        size += (own := message.ByteSize())
        if batch.versions and size > most_bytes:
            yield batch
            batch, size = pb.VersionBatch(), own
        batch.versions.append(message)
    yield batch
