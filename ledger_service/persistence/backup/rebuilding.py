"""Makes a log again from a backup set, and says what in it does not fit.

To verify a set is to rebuild it: whatever restores a ledger is what the drill runs.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import NamedTuple

import msgspec
from eventsourcing.persistence import IntegrityError, StoredEvent

from ledger_service.audit.notes import (
    Checkpoint,
    NoteUnusable,
    SignedCheckpoint,
    VerificationKey,
    parse,
)
from ledger_service.persistence.backup.lines import (
    CheckpointLine,
    RequestLine,
    SealedLine,
    lines_of,
    raw_lines,
)
from ledger_service.persistence.backup.sets import BackupSet, Kind, Manifest, SetUnusable
from ledger_service.persistence.integrity.copying import identity_of
from ledger_service.persistence.integrity.scrub import Scrub
from ledger_service.persistence.lineage import Lineage
from ledger_service.persistence.records import decode
from ledger_service.persistence.signing.checkpoints import Checkpoints
from ledger_service.persistence.storage.log import LogRecorder, RequestToInsert

_RECORDS_AT_ONCE = 5_000
_RECORDS_TO_CHECK = 5_000

_INSERT_SEALED = """
    INSERT INTO sealed_values (number, position, erased, commitment, salt, value)
    VALUES ({value}, {value}, {value}, {value}, {value}, {value})
"""
_INSERT_CHECKPOINT = (
    "INSERT INTO checkpoints (size, note, regular) VALUES ({value}, {value}, {value})"
)
#: The tables that have no row before the last step, and the files with what goes into them.
_BESIDE: dict[str, Kind] = {"checkpoints": "checkpoints", "sealed_values": "sealed"}


class Anchors(NamedTuple):
    """What a set is held against that does not come from it: keys of the ledger, and notes of
    checkpoints, each under the words that say where it is from.
    """

    keys: Sequence[VerificationKey] = ()
    notes: Sequence[tuple[str, str]] = ()


class Verdict(NamedTuple):
    """What a set is, once it was rebuilt: what does not fit, a sentence each; and how many
    records were signed, by the checkpoints that others kept, beyond what it holds.
    """

    findings: list[str]
    newer: int
    newest: SignedCheckpoint | None


def rebuild(backup: BackupSet, manifest: Manifest, target: LogRecorder) -> Iterator[int]:
    """Fills an empty log, or goes on where that was interrupted, from a set; yields the
    position reached after each step. Raises SetUnusable for what does not fit.
    """
    records = _records(backup, manifest)
    requests = lines_of(backup, manifest.of("requests"), RequestLine)
    reached = target.head.position
    while some := _next(requests, manifest.position):
        events = list(islice(records, some[-1].last - some[0].first + 1))
        if some[-1].last > reached:
            _insert(target, some, events, reached)
        elif some[-1].last == reached and target.head.tree.root() != some[-1].root:
            raise SetUnusable("What was restored before is not of this set: begin anew.")
        yield some[-1].last
    if target.head.position != manifest.position or next(records, None) is not None:
        raise SetUnusable(
            f"The set says that it reaches position {manifest.position}, and its records end at "
            f"{target.head.position}."
        )
    if target.head.tree.root() != manifest.root_hash:
        raise SetUnusable("The root over the records of the set is not the one it tells.")
    if _has_rest(target, manifest):
        return  # it was interrupted after its last step
    with target.head_lock():
        for checkpoint in lines_of(backup, manifest.of("checkpoints"), CheckpointLine):
            target.write(
                _INSERT_CHECKPOINT, checkpoint.size, checkpoint.note, checkpoint.regular
            )
        for sealed in lines_of(backup, manifest.of("sealed"), SealedLine):
            target.write(
                _INSERT_SEALED,
                sealed.number,
                sealed.position,
                sealed.erased,
                sealed.commitment,
                sealed.salt,
                sealed.value,
            )
    yield manifest.position


def _has_rest(target: LogRecorder, manifest: Manifest) -> bool:
    """Whether what belongs beside the records is there: it comes all at once."""
    found = (target.read(f"SELECT count(*) FROM {table}")[0][0] for table in _BESIDE)  # noqa: S608
    wanted = (sum(each.lines for each in manifest.of(kind)) for kind in _BESIDE.values())
    return [*found] == [*wanted]


class Verification:
    """Holds a rebuilt log against itself, against its manifest, and against what others kept.
    `steps` blocks; `verdict` is there after the last step.
    """

    def __init__(self, log: LogRecorder, manifest: Manifest, anchors: Anchors) -> None:
        self._log = log
        self._manifest = manifest
        self._anchors = anchors
        self.verdict = Verdict([], 0, None)

    def steps(self) -> Iterator[int]:
        """Yields the position up to which all was hashed again."""
        lineage, named = identity_of(self._log)
        origin = lineage.origin
        scrub = Scrub(
            self._log,
            lineage,
            named,
            seals=self._manifest.sealed,
            erased=self._manifest.forgotten,
        )
        while not scrub.done:
            scrub.step(_RECORDS_TO_CHECK)
            yield scrub.position
        findings = [*scrub.findings, *self._check_manifest(origin, named)]
        newest: SignedCheckpoint | None = None
        for whence, note in self._anchors.notes:
            known = self._known(whence, note, lineage, named, findings)
            if known is None:
                continue
            if newest is None or known.checkpoint.size > newest.checkpoint.size:
                newest = known
        size = newest.checkpoint.size if newest is not None else 0
        self.verdict = Verdict(findings, max(0, size - self._manifest.position), newest)

    def _check_manifest(self, origin: str, named: Sequence[VerificationKey]) -> Iterator[str]:
        manifest = self._manifest
        if manifest.origin != origin:
            yield f"The manifest names the origin {manifest.origin!r}, the log {origin!r}."
        if self._log.nodes(0, 0, 1)[0].hex() != manifest.identity:
            yield "The first record is not the one that the manifest names."
        needed = [each.verification_key for each in manifest.keys]
        if needed != [each.text for each in named]:
            yield "The keys that the manifest names are not those of the log."
        wanted = Checkpoint(origin, manifest.position, manifest.root_hash)
        yield from _check_note(
            manifest.checkpoint, "The checkpoint of the set", wanted, self._keys(named)
        )
        if Checkpoints(self._log).at(manifest.position) is None:
            yield "The checkpoint of the set is not among those in it: some were removed."

    def _keys(self, named: Sequence[VerificationKey]) -> Sequence[VerificationKey]:
        """The keys that count: those that came from elsewhere, if there are any."""
        return self._anchors.keys or named

    def _known(
        self,
        whence: str,
        note: str,
        lineage: Lineage,
        named: Sequence[VerificationKey],
        findings: list[str],
    ) -> SignedCheckpoint | None:
        """A kept checkpoint that one of our keys signed; what does not fit is added."""
        try:
            signed = parse(note)
        except NoteUnusable as error:
            findings.append(f"{whence} cannot be read: {error}")
            return None
        wanted = signed.checkpoint
        origin = lineage.origin_for(wanted)
        if wanted.size <= self._manifest.position:
            wanted = Checkpoint(origin, wanted.size, self._log.root(wanted.size))
        else:
            wanted = wanted._replace(origin=origin)
        wrong = list(_check_note(note, whence, wanted, [*named, *self._anchors.keys]))
        findings += wrong
        return None if wrong else signed


def _check_note(
    note: str, what: str, wanted: Checkpoint, keys: Sequence[VerificationKey]
) -> Iterator[str]:
    try:
        signed = parse(note)
        if signed.checkpoint != wanted:
            yield (
                f"{what} does not fit the log: it is of another one, or records up to position "
                f"{signed.checkpoint.size} were changed."
            )
        elif not signed.signed_by(keys):
            yield f"{what} is not signed with a key of this ledger: it is forged."
    except NoteUnusable as error:
        yield f"{what} cannot be used: {error}"


def _next(requests: Iterator[RequestLine], upto: int) -> list[RequestLine]:
    """The next whole requests, with about as many records as fit into memory. Raises
    SetUnusable for one that is not of the first `upto` records.
    """
    some, count = list[RequestLine](), 0
    for request in requests:
        if not 0 < request.first <= request.last <= upto:
            raise SetUnusable(
                f"A request of the set has the records from {request.first} to {request.last}, "
                f"of {upto}."
            )
        some.append(request)
        count += request.last - request.first + 1
        if count >= _RECORDS_AT_ONCE:
            break
    return some


def _records(backup: BackupSet, manifest: Manifest) -> Iterator[StoredEvent]:
    for file in manifest.of("records"):
        for number, line in enumerate(raw_lines(backup, file), 1):
            try:
                record = decode(line)
                stream, version = record.originator_id, record.originator_version
            except (msgspec.MsgspecError, ValueError, TypeError):
                raise SetUnusable(
                    f"Line {number} of {backup.folder / file.name} is no record."
                ) from None
            yield StoredEvent(stream, version, record.type, line)


def _insert(
    target: LogRecorder,
    requests: Sequence[RequestLine],
    events: Sequence[StoredEvent],
    reached: int,
) -> None:
    last = requests[-1].last
    new = [each for each in requests if each.first > reached]
    if len(new) < len(requests):
        events = events[reached - requests[0].first + 1 :]
    try:
        with target.head_lock() as head:
            if head.position != new[0].first - 1 or len(events) != last - head.position:
                raise SetUnusable(f"Records from position {head.position + 1} on are missing.")
            target.insert_events(events, requests=[_to_insert(each) for each in new])
            if head.tree.root() != new[-1].root:
                raise SetUnusable(f"The records up to position {last} were changed.")
    except IntegrityError as error:
        raise SetUnusable(
            f"Records up to position {last} exclude one another: {error}."
        ) from None


def _to_insert(line: RequestLine) -> RequestToInsert:
    return RequestToInsert(
        line.request_id,
        line.content_hash,
        line.last - line.first + 1,
        line.recorded_at,
        line.mark,
    )
