"""Recorded history as the rules ask for it: the views say where the versions stand, the
log says what they are.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import date

from ledger_service.domain.entries import Act, ActKind, Commitment, Party, Scale, Version
from ledger_service.projections import acts, commitments, mentions, versions
from ledger_service.projections.database import ViewsDatabase
from ledger_service.projections.follow import Log
from ledger_service.projections.remembered import Remembered

#: How many entries of a list are read ahead of who reads it.
_AHEAD = 500
_ENTRIES_REMEMBERED = 20_000

#: Decoded versions by position. A version never changes, so what is remembered is right.
Decoded = Remembered[int, Version]


class LoggedHistory:
    """The entries of one ledger up to a position, from any thread. Lists come in no
    particular order and without repetition.
    """

    def __init__(
        self, log: Log, database: ViewsDatabase, position: int, decoded: Decoded
    ) -> None:
        self.position = position
        self._source = log
        self.database = database
        self._decoded = decoded
        self._versions = Remembered[str, tuple[Version, ...]](_ENTRIES_REMEMBERED)
        self._sources = Remembered[str, tuple[str, ...]](_ENTRIES_REMEMBERED)

    @property
    def opens_on(self) -> date | None:
        return self._source.opens_on

    def versions(self, entry_id: str) -> Sequence[Version]:
        known = self._versions.get(entry_id)
        if known is None:
            with self.database.reading() as connection:
                positions = versions.positions_of(connection, entry_id, self.position)
            found = self._decode(positions)
            known = tuple(found[position] for position in positions)
            self._versions.put(entry_id, known)
        return known

    def sources(self, target: str) -> Collection[str]:
        known = self._sources.get(target)
        if known is None:
            with self.database.reading() as connection:
                known = tuple(mentions.sources(connection, target, self.position))
            self._sources.put(target, known)
        return known

    def parties(self) -> Iterable[str]:
        return self._read_ahead(self._of_type(Party))

    def scales(self) -> Iterable[str]:
        return self._read_ahead(self._of_type(Scale))

    def commitments(self, among: Collection[str] | None = None) -> Iterable[str]:
        if among is None:
            return self._read_ahead(self._of_type(Commitment))
        with self.database.reading() as connection:
            found = commitments.among(connection, among, self.position)
        return self._read_ahead(_chunks(found))

    def acts(
        self,
        among: Collection[str] | None = None,
        kinds: Collection[ActKind] | None = None,
    ) -> Iterable[str]:
        if among is None and kinds is None:
            return self._read_ahead(self._of_type(Act))
        with self.database.reading() as connection:
            if among is not None:
                found = acts.among(connection, among, kinds, self.position)
            else:
                found = acts.of_kinds(connection, kinds or (), self.position)
        return self._read_ahead(_chunks(found))

    def changed(self, after: int) -> Iterable[str]:
        """Entries of any type of which a version stands behind the position `after`."""
        with self.database.reading() as connection:
            found = versions.changed(connection, after, self.position)
        return self._read_ahead(_chunks(found))

    def _of_type(self, type_: type) -> Iterator[list[str]]:
        after = 0
        while True:
            with self.database.reading() as connection:
                rows = versions.entries_of_type(connection, type_, after, self.position, _AHEAD)
            if not rows:
                return
            after = rows[-1][0]
            yield [entry for _, entry in rows]

    def _read_ahead(self, chunks: Iterable[list[str]]) -> Iterator[str]:
        """The ids one by one. Who asks for a list asks for its entries next: to fetch
        many at once is several times faster than one by one.
        """
        for chunk in chunks:
            self._remember([entry for entry in chunk if self._versions.get(entry) is None])
            yield from chunk

    def _remember(self, entries: list[str]) -> None:
        if not entries:
            return
        with self.database.reading() as connection:
            placed = versions.positions_of_many(connection, entries, self.position)
            pointed = mentions.sources_of_many(connection, entries, self.position)
        found = self._decode([position for _, position in placed])
        of_entry: dict[str, list[Version]] = {entry: [] for entry in entries}
        for entry, position in placed:
            of_entry[entry].append(found[position])
        to_entry: dict[str, list[str]] = {entry: [] for entry in entries}
        for target, source in pointed:
            to_entry[target].append(source)
        for entry in entries:
            self._versions.put(entry, tuple(of_entry[entry]))
            self._sources.put(entry, tuple(to_entry[entry]))

    def _decode(self, positions: Sequence[int]) -> dict[int, Version]:
        found: dict[int, Version] = {}
        missing = []
        for position in positions:
            version = self._decoded.get(position)
            if version is None:
                missing.append(position)
            else:
                found[position] = version
        if missing:
            for version in self._source.versions_at(missing):
                found[version.position] = version
                self._decoded.put(version.position, version)
        return found


def _chunks(entries: list[str]) -> Iterator[list[str]]:
    for start in range(0, len(entries), _AHEAD):
        yield entries[start : start + _AHEAD]
