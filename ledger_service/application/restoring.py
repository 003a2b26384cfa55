"""Verifies backup sets and restores ledgers from them, while no service uses the ledger.
Everything here blocks.

A set is verified by rebuilding its log apart from everything else, hashing all of it again, and
holding it against checkpoints and keys that came from elsewhere. What is restored is what was
verified; nothing is ever overwritten.
"""

from __future__ import annotations

import tempfile
from collections.abc import Collection, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

from ledger_service.application.moving import copy_target, database_of, opened, owned, store
from ledger_service.audit.notes import NoteUnusable, VerificationKey, parse
from ledger_service.domain.values.refusals import LedgerError
from ledger_service.persistence.author_register import register
from ledger_service.persistence.backup.rebuilding import (
    Anchors,
    Verdict,
    Verification,
    rebuild,
)
from ledger_service.persistence.backup.sets import (
    MANIFEST,
    BackupSet,
    Manifest,
    SetUnusable,
    sets_in,
)
from ledger_service.persistence.backup.users_file import read_users
from ledger_service.persistence.files import sync_folder
from ledger_service.persistence.integrity import copying
from ledger_service.persistence.private import make_folder
from ledger_service.persistence.signing.home import mark_as_copy
from ledger_service.persistence.signing.keys import KeyFolder
from ledger_service.persistence.signing.last_signed import LastSigned
from ledger_service.persistence.storage.log import LogRecorder
from ledger_service.persistence.storage.postgres.migrations import end_copy
from ledger_service.persistence.storage.stores import FolderStore
from ledger_service.persistence.work_folders import RESTORING, VERIFYING, work_folder

_LOG = "log.sqlite"


class RestoreRefused(LedgerError):
    """A ledger was not restored. The text says why, and what helps."""


class RestoreTarget(NamedTuple):
    """Where a ledger is restored to: the settings of the service."""

    data_dir: Path
    keys_dir: Path
    store: str


class RestoreProgress(NamedTuple):
    """What is being done, and how far it is."""

    doing: str
    done: int
    upto: int


def found_in(folder: Path, ledgers: Collection[str] = (), at: str = "") -> list[BackupSet]:
    """The newest set of each ledger in a folder of backups, or that named `at`; the folder may
    also be that of one ledger, or a set. Raises SetUnusable when there is none.
    """
    if (folder / MANIFEST).exists():
        return [BackupSet(folder)]
    if not folder.is_dir():
        raise SetUnusable(f"There is no folder {folder}.")
    of_one = sets_in(folder)
    by_ledger = {folder.name: of_one} if of_one else _by_ledger(folder)
    for name in ledgers:
        if name not in by_ledger:
            raise SetUnusable(f"There is no backup of the ledger {name!r} in {folder}.")
    chosen = {name: sets for name, sets in by_ledger.items() if name in (ledgers or by_ledger)}
    if not chosen:
        raise SetUnusable(f"There is no whole backup set in {folder}.")
    return [_chosen(name, sets, at) for name, sets in chosen.items()]


def all_in(folder: Path) -> list[BackupSet]:
    """All sets in a folder of backups or in that of one ledger, oldest first for each."""
    of_one = sets_in(folder)
    return of_one or [each for sets in _by_ledger(folder).values() for each in sets]


def kept_elsewhere(
    place: RestoreTarget,
    manifest: Manifest,
    checkpoints: Sequence[Path] = (),
    keys: Sequence[str] = (),
) -> Anchors:
    """What a set is held against: the keys of the ledger in the folder of keys and those that
    are given, what was last signed there, and the notes in some files. Raises RestoreRefused
    for what cannot be read, and UnusableKey.
    """
    name = manifest.ledger
    found = KeyFolder(place.keys_dir, name).read(manifest.origin).public
    try:
        found += [VerificationKey.parse(each.strip()) for each in keys]
    except NoteUnusable as error:
        raise RestoreRefused(str(error)) from None
    notes = [(f"The checkpoint in {path}", _text(path)) for path in checkpoints]
    seen = _last_signed(place, name)
    if note := seen.checkpoint():
        notes.append((f"The checkpoint in {seen.path}", note))
    return Anchors(found, notes)


class Drill:
    """Rebuilds the log of a set in a folder of its own, and verifies it. `manifest` and
    `verdict` are there once `steps` has ended; `log` while the block of `rebuilt` lasts.
    """

    def __init__(self, backup: BackupSet, anchors: Anchors) -> None:
        self._backup = backup
        self._anchors = anchors
        self.manifest = backup.manifest()
        self.verdict = Verdict([], 0, None)

    def run(self, work: Path | None = None) -> Iterator[RestoreProgress]:
        """Rebuilds and verifies, and leaves nothing behind. Raises SetUnusable."""
        with work_folder(work or Path(tempfile.gettempdir()), VERIFYING) as folder:
            logs = FolderStore(folder)
            logs.prepare(self.manifest.ledger)
            with opened(logs, self.manifest.ledger) as log:
                yield from self.steps(log)

    def steps(self, log: LogRecorder) -> Iterator[RestoreProgress]:
        """The same into an empty log. Raises SetUnusable."""
        manifest = self.manifest
        self._backup.refuse_incomplete(manifest)
        for done in self._backup.check_files(manifest):
            yield RestoreProgress("reading the files", done, manifest.size)
        for done in rebuild(self._backup, manifest, log):
            yield RestoreProgress("rebuilding the log", done, manifest.position)
        verification = Verification(log, manifest, self._anchors)
        for done in verification.steps():
            yield RestoreProgress("hashing every record again", done, manifest.position)
        self.verdict = verification.verdict


def restore(place: RestoreTarget, drill: Drill, anchors: Anchors) -> Iterator[RestoreProgress]:
    """Verifies a set, and then puts its log in place. Raises RestoreRefused, SetUnusable,
    FolderInUse, StoreUnusable or CopyImpossible; then nothing is in place.
    """
    if not anchors.keys:
        raise RestoreRefused(
            f"Nothing says that this is the log of your ledger: {place.keys_dir} has no key of "
            f"{drill.manifest.ledger!r}. Restore the keys first, or name its verification key "
            "with --key."
        )
    make_folder(place.data_dir)
    if place.store == "sqlite":
        yield from _into_folder(place, drill)
    else:
        yield from _into_database(place, drill)
    _remember(place, drill)


def restore_users(folder: Path, place: RestoreTarget) -> int:
    """Restores who recorded, from a folder of backups into an empty register. Returns how many
    users that were. Raises SetUnusable or StorageFailed.
    """
    users = read_users(folder)
    if not users or not register(place.data_dir, place.store).restore(users):
        return 0
    return len(users)


def _into_folder(place: RestoreTarget, drill: Drill) -> Iterator[RestoreProgress]:
    name = drill.manifest.ledger
    with owned(place.data_dir):
        there = place.data_dir / "ledgers" / name
        _refuse_overwriting(there)
        with work_folder(place.data_dir, RESTORING) as folder:
            logs = FolderStore(folder)
            logs.prepare(name)
            with opened(logs, name) as log:
                yield from drill.steps(log)
                _refuse_misfit(drill)
                mark_as_copy(log)
                if not log.clean():
                    raise RestoreRefused("Something reads the log that was just restored.")
            _put(folder / name / _LOG, there)


def _into_database(place: RestoreTarget, drill: Drill) -> Iterator[RestoreProgress]:
    """Rebuilds the log in a file first, and then copies that."""
    name = drill.manifest.ledger
    store(place.store, place.data_dir)  # says what is missing
    with ExitStack() as open_:
        folder = open_.enter_context(work_folder(place.data_dir, RESTORING))
        logs = FolderStore(folder)
        logs.prepare(name)
        log = open_.enter_context(opened(logs, name))
        yield from drill.steps(log)
        _refuse_misfit(drill)
        datastore = open_.enter_context(database_of(place.store, name))
        copies, target = copy_target(datastore)
        if not copies:
            raise RestoreRefused(
                f"There is a ledger {name!r} in the database. Nothing is overwritten: rename "
                f"its schema {datastore.schema}, or choose another database."
            )
        for done in copying.copy(log, target):
            yield RestoreProgress("copying into the database", done, drill.manifest.position)
        for done in copying.check(log, target):
            yield RestoreProgress("comparing with the database", done, drill.manifest.position)
        mark_as_copy(target)
        end_copy(datastore)


def _refuse_misfit(drill: Drill) -> None:
    if findings := drill.verdict.findings:
        raise SetUnusable(" ".join(findings[:5]))


def _refuse_overwriting(there: Path) -> None:
    if found := sorted(there.glob(f"{_LOG}*")):
        raise RestoreRefused(
            f"{found[0]} is there. Nothing is overwritten: move the folder {there} away first, "
            "and keep it, since it is evidence."
        )


def _put(log: Path, there: Path) -> None:
    """Puts a log in its place, where none is."""
    make_folder(there)
    for views in there.glob("views-*.sqlite*"):
        views.unlink()  # derived, and maybe from another log
    (there / _LOG).hardlink_to(log)
    sync_folder(there)
    sync_folder(there.parent)


def _remember(place: RestoreTarget, drill: Drill) -> None:
    """Keeps the largest checkpoint that is known beside the keys, so that the service knows
    what is missing.
    """
    seen = _last_signed(place, drill.manifest.ledger)
    make_folder(seen.path.parent)
    newest = drill.verdict.newest
    note = newest.note if newest is not None and drill.verdict.newer else ""
    note = note or drill.manifest.checkpoint
    if _size(note) > _size(seen.checkpoint()):
        seen.remember(note)


def _last_signed(place: RestoreTarget, name: str) -> LastSigned:
    logs = store(place.store, place.data_dir)
    return LastSigned(logs.seen_folder(name, place.keys_dir), name)


def _size(note: str) -> int:
    try:
        return parse(note).checkpoint.size
    except NoteUnusable:
        return 0


def _by_ledger(folder: Path) -> dict[str, list[BackupSet]]:
    folders = sorted(each for each in folder.iterdir() if each.is_dir())
    return {each.name: sets for each in folders if (sets := sets_in(each))}


def _chosen(name: str, sets: Sequence[BackupSet], at: str) -> BackupSet:
    if not at:
        return sets[-1]
    for each in sets:
        if each.name == at:
            return each
    known = ", ".join(each.name for each in sets)
    raise SetUnusable(f"There is no set {at!r} of the ledger {name!r}. There are: {known}.")


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        raise RestoreRefused(f"{path} cannot be read: {error.strerror}.") from None
