"""Takes a backup of a log, while it is recorded in or while it is not: a new set, or what a
set lacks.

Records, requests and checkpoints are only ever added, so that what is read one after the other
up to a position is the log as it was at that position; no long transaction is needed, which
would keep a database from forgetting what was erased. The values of sealed fields are the
exception: they are read last, and what was erased since the position was chosen is noticed.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Collection, Iterator, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from typing import Any, NamedTuple

from msgspec.structs import replace

from ledger_service.audit.notes import SignedCheckpoint
from ledger_service.domain.values.refusals import LedgerError
from ledger_service.persistence.backup.lines import (
    CheckpointLine,
    LineWriter,
    RequestLine,
    SealedLine,
    encoded,
    lines_of,
    writing,
)
from ledger_service.persistence.backup.sets import (
    FORM,
    BackupSet,
    KeyNeeded,
    Kind,
    Manifest,
    SetFile,
    time_text,
)
from ledger_service.persistence.own_records import erasures
from ledger_service.persistence.storage.log import LogRecorder, held
from ledger_service.persistence.storage.migrations import VERSION
from ledger_service.persistence.storage.reader import LogReader

_REQUESTS_AT_ONCE = 500
_RECORDS_AT_ONCE = 500
_ROWS_AT_ONCE = 1_000

_SELECT_REQUESTS = """
    SELECT request_id, content_hash, first_position, last_position, recorded_at, root_hash,
        mark
    FROM requests WHERE first_position > {value} AND last_position <= {value}
    ORDER BY last_position LIMIT {value}
"""
_COUNT_CHECKPOINTS = "SELECT count(*) FROM checkpoints WHERE size <= {value}"
_SELECT_CHECKPOINTS = """
    SELECT size, note, regular FROM checkpoints
    WHERE size > {value} AND size <= {value} ORDER BY size LIMIT {value}
"""
_SELECT_SEALED = """
    SELECT number, position, erased, commitment, salt, value FROM sealed_values
    WHERE number > {value} AND position <= {value} ORDER BY number LIMIT {value}
"""
_COUNT_ERASED = """
    SELECT count(*) FROM sealed_values WHERE erased = 1 AND number <= {value}
"""
_SELECT_ERASED = "SELECT commitment FROM sealed_values WHERE erased = 1"


class OtherLog(LedgerError):
    """The newest set of a ledger is not of the log that is to be backed up. The text says how
    they differ.
    """


class ErasedMeanwhile(Exception):
    """A value was erased after the position of the backup was chosen: choose a later one."""


class ManifestFacts(NamedTuple):
    """What a manifest says that the log does not."""

    ledger: str
    origin: str
    keys: tuple[KeyNeeded, ...]
    program: str
    store: str
    settings: dict[str, str]


def refuse_other_log(log: LogRecorder, manifest: Manifest) -> None:
    """Raises OtherLog unless the log goes on where a set ends."""
    position = log.head.position
    if position < manifest.position:
        raise OtherLog(
            f"The log ends at position {position}, and its newest backup at "
            f"{manifest.position}: the log is an old copy, or records were removed. Nothing was "
            "changed in the backup; restore from it, or begin a new set with --whole."
        )
    if log.root(manifest.position) != manifest.root_hash:
        raise OtherLog(
            f"The newest backup is of another log: the root over the first {manifest.position} "
            "records is not the one that was backed up. Nothing was changed in the backup. Find "
            "out which of them is right, or begin a new set with --whole."
        )


def take(
    log: LogRecorder,
    backup: BackupSet,
    before: Manifest | None,
    signed: SignedCheckpoint,
    about: ManifestFacts,
    now: datetime,
    *,
    sealed: bool,
) -> Iterator[int]:
    """Adds to a set what it lacks up to a checkpoint, or begins it when nothing was in it
    `before`. Yields the position reached after each step; the set is whole, and as new, after
    the last one. Raises OtherLog, ErasedMeanwhile, LogChanged, SetUnusable or OSError.
    """
    upto = signed.checkpoint.size
    if before is not None:
        refuse_other_log(log, before)
        backup.refuse_incomplete(before)
        backup.drop_unnamed(before)
    run = _Run(log, backup, before, upto)
    yield from run.records()
    yield from run.checkpoints()
    if sealed:
        yield from run.sealed()
    first, last = LogReader(log).between(1, 1)[0], log.request_ending_by(upto)
    assert last is not None
    made_at = time_text(now)
    backup.write(
        Manifest(
            form=FORM,
            ledger=about.ledger,
            origin=about.origin,
            identity=first[2].hex(),
            position=upto,
            root=b64encode(signed.checkpoint.root).decode(),
            checkpoint=signed.note,
            recorded_at=time_text(datetime.fromtimestamp(last.recorded_at / 1e6, UTC)),
            begun_at=before.begun_at if before is not None else made_at,
            made_at=made_at,
            program=about.program,
            tables=VERSION,
            store=about.store,
            sealed=sealed,
            erased=run.erased,
            keys=about.keys,
            settings=about.settings,
            files=tuple(run.files),
            serial=run.serial,
        )
    )
    yield upto


def forget_erased(log: LogRecorder, backup: BackupSet) -> int:
    """Overwrites in a set what was erased in the log since, and what runs left there that broke
    off. Returns how many values that were. Raises SetUnusable or OSError.
    """
    manifest = backup.manifest()
    backup.drop_unnamed(manifest)
    if not manifest.sealed:
        return 0
    erased = {row[0] for row in log.read(_SELECT_ERASED)}
    files, serial, gone = _without(backup, manifest.files, manifest.serial, erased)
    if gone:
        backup.write(
            replace(
                manifest,
                files=tuple(files),
                serial=serial,
                erased=manifest.erased + len(gone),
                forgotten=(*manifest.forgotten, *gone),
            )
        )
    return len(gone)


class _Run:
    """Writes the files that a set lacks; `files` are those that it will have."""

    def __init__(
        self, log: LogRecorder, backup: BackupSet, before: Manifest | None, upto: int
    ) -> None:
        self._log = log
        self._backup = backup
        self._upto = upto
        self._from = before.position if before is not None else 0
        self.files = list(before.files) if before is not None else []
        self.serial = before.serial if before is not None else 1
        self.erased = before.erased if before is not None else 0

    def records(self) -> Iterator[int]:
        """Records and requests, each record held against its leaf hash."""
        reached = self._from
        if reached == self._upto:
            return
        with ExitStack() as open_:
            records, requests = (
                open_.enter_context(writing(self._backup, kind, serial))
                for kind, serial in self._next("records", "requests")
            )
            while rows := self._requests(reached):
                last = int(rows[-1][3])
                for part in range(reached + 1, last + 1, _RECORDS_AT_ONCE):
                    records.write(self._records(part, min(part + _RECORDS_AT_ONCE - 1, last)))
                    yield min(part + _RECORDS_AT_ONCE - 1, last)
                requests.write(encoded(_request(row)) for row in rows)
                reached = last
            self._add(records, reached)
            self._add(requests, reached)

    def checkpoints(self) -> Iterator[int]:
        """The checkpoints that are new, also those over fewer records that were signed since
        because somebody asked for them.
        """
        [(serial_kind, serial)] = self._next("checkpoints")
        with writing(self._backup, serial_kind, serial) as writer:
            known = [each for each in self.files if each.kind == "checkpoints"]
            earlier = self._log.read(_COUNT_CHECKPOINTS, self._from)[0][0]
            if earlier != sum(each.lines for each in known):
                saved = {each.size for each in lines_of(self._backup, known, CheckpointLine)}
                yield from self._checkpoints(writer, 0, self._from, saved)
            yield from self._checkpoints(writer, self._from, self._upto, ())
            self._add(writer, self._upto)

    def sealed(self) -> Iterator[int]:
        """The values of sealed fields. What was erased since is overwritten in the set."""
        known = [each for each in self.files if each.kind == "sealed"]
        last = max((each.last for each in known), default=0)
        if self._log.read(_COUNT_ERASED, last)[0][0] != self.erased:
            erased = {row[0] for row in self._log.read(_SELECT_ERASED)}
            self._refuse_later(erased)
            self.files, self.serial, gone = _without(
                self._backup, self.files, self.serial, erased
            )
            self.erased += len(gone)
        [(kind, serial)] = self._next("sealed")
        with writing(self._backup, kind, serial) as writer:
            while rows := self._log.read(_SELECT_SEALED, last, self._upto, _ROWS_AT_ONCE):
                lines = [_sealed(row) for row in rows]
                overwritten = {each.commitment for each in lines if each.erased}
                self._refuse_later(overwritten)
                self.erased += len(overwritten)
                writer.write(map(encoded, lines))
                last = lines[-1].number
                yield self._upto
            self._add(writer, last)

    def _refuse_later(self, erased: Collection[str]) -> None:
        """Raises ErasedMeanwhile when the log up to the position of the backup does not say of
        one of these that it was erased.
        """
        if not erased:
            return
        told = {each.commitment for each in erasures(self._log, self._upto)}
        if {*erased} - told:
            raise ErasedMeanwhile

    def _requests(self, after: int) -> Sequence[Any]:
        rows = self._log.read(_SELECT_REQUESTS, after, self._upto, _REQUESTS_AT_ONCE)
        most = after + _RECORDS_AT_ONCE
        return [row for number, row in enumerate(rows) if number == 0 or row[3] <= most]

    def _records(self, first: int, last: int) -> Iterator[bytes]:
        for position, record, leaf in LogReader(self._log).between(first, last):
            yield held(position, record, leaf)

    def _checkpoints(
        self, writer: LineWriter, after: int, upto: int, saved: Collection[int]
    ) -> Iterator[int]:
        while rows := self._log.read(_SELECT_CHECKPOINTS, after, upto, _ROWS_AT_ONCE):
            lines = (CheckpointLine(size=s, note=n, regular=r) for s, n, r in rows)
            writer.write(encoded(each) for each in lines if each.size not in saved)
            after = rows[-1][0]
            yield self._upto

    def _next(self, *kinds: Kind) -> list[tuple[Kind, int]]:
        """The kinds of files to write next, each with its number."""
        first, self.serial = self.serial, self.serial + len(kinds)
        return [(kind, first + number) for number, kind in enumerate(kinds)]

    def _add(self, writer: LineWriter, last: int) -> None:
        """Adds a finished file to the set; one without a line is dropped."""
        if writer.lines:
            self.files.append(writer.finish(last))
        else:
            writer.drop()


def _without(
    backup: BackupSet, files: Sequence[SetFile], serial: int, erased: Collection[str]
) -> tuple[list[SetFile], int, list[str]]:
    """The files of a set after each with a value that was erased is written anew without it;
    the number of the next file; and the seals of the values that were overwritten.
    """
    made, gone = list[SetFile](), list[str]()
    for file in files:
        if file.kind != "sealed":
            made.append(file)
            continue
        lines = list(lines_of(backup, [file], SealedLine))
        kept = [_forgotten(line) if _is_late(line, erased) else line for line in lines]
        if kept == lines:
            made.append(file)
            continue
        gone += [line.commitment for line in lines if _is_late(line, erased)]
        with writing(backup, "sealed", serial) as writer:
            writer.write(map(encoded, kept))
            made.append(writer.finish(file.last))
        serial += 1
    return made, serial, gone


def _is_late(line: SealedLine, erased: Collection[str]) -> bool:
    return not line.erased and line.commitment in erased


def _forgotten(line: SealedLine) -> SealedLine:
    salt, value = bytes(len(line.salt)), bytes(len(line.value))
    return replace(line, erased=1, salt=salt, value=value)


def _request(row: Sequence[Any]) -> RequestLine:
    request_id, content_hash, first, last, recorded_at, root, mark = row
    return RequestLine(
        request_id=request_id,
        content_hash=content_hash,
        first=first,
        last=last,
        recorded_at=recorded_at,
        root=root,
        mark=mark,
    )


def _sealed(row: Sequence[Any]) -> SealedLine:
    number, position, erased, commitment, salt, value = row
    return SealedLine(
        number=number,
        position=position,
        erased=erased,
        commitment=commitment,
        salt=salt,
        value=value,
    )
