"""Backs up ledgers into a folder, while they are recorded in. Belongs to the event loop.

The folder has one for each ledger, with sets in it: a whole copy and what was added since. A
new set is begun when the newest is older than `whole_days`, and the oldest are removed when
there are more than `keep`.
"""

from __future__ import annotations

import asyncio
import fcntl
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import structlog
from msgspec.structs import replace

from ledger_service.application.ledger import Ledger
from ledger_service.audit.notes import SignedCheckpoint, VerificationKey
from ledger_service.background import in_thread
from ledger_service.domain.values.refusals import LedgerDistrusted, LedgerError, ReadOnlyService
from ledger_service.persistence.author_register import Author
from ledger_service.persistence.backup.sets import (
    BackupSet,
    KeyNeeded,
    Manifest,
    SetUnusable,
    drop_unfinished,
    new_set,
    sets_in,
    time_text,
)
from ledger_service.persistence.backup.taking import (
    ErasedMeanwhile,
    ManifestFacts,
    forget_erased,
    refuse_other_log,
    take,
)
from ledger_service.persistence.backup.users_file import write_users
from ledger_service.persistence.private import make_folder, open_lock
from ledger_service.persistence.signing.keys import KeyFolder
from ledger_service.persistence.storage.log import LogChanged

_log = structlog.get_logger(__name__)

#: The rest after each step, in its lengths: half of a core is left to those who record.
_REST = 1.0
_AGAIN_SECONDS = 0.2
_NEVER = float("inf")


class BackupImpossible(LedgerError):
    """The backup was not made. The text says why, and what helps."""


class BackupUnderWay(BackupImpossible):
    """Somebody else backs up the same ledger into the same folder just now."""


class Plan(NamedTuple):
    """How a ledger is backed up: into which folder; whether a new set is begun in any case, and
    else when the newest is older than `whole_days`; how many sets are kept, 0 for all; and
    whether the values of sealed fields are with them.
    """

    folder: Path
    whole: bool = False
    whole_days: float = _NEVER
    keep: int = 0
    sealed: bool = True


class BackupProgress(NamedTuple):
    """How far a backup is: the position reached, and the one that it will reach."""

    position: int
    upto: int


class BackupMade(NamedTuple):
    """A backup that is whole: the name of its set, whether that was begun now, the position
    that it reaches, the bytes of the set and how many of them are new, how many erased values
    were overwritten in older sets, and which sets were removed. `findings` are what is wrong
    with older ones.
    """

    backup: str
    whole: bool
    position: int
    size: int
    added: int
    forgotten: int
    removed: list[str]
    findings: list[str]


class LastGood(NamedTuple):
    """The last backup of a ledger that was made: when, the bytes of its set, the position that
    it reaches, and the seconds that it took, 0 when another process made it.
    """

    made_at: datetime
    size: int
    position: int
    seconds: float


class Backups:
    """Makes backups. `settings` go into each set, and have no secrets; `store` names the kind
    of the store; `users` tells who recorded, where that is known, and blocks. `last` has the last good one of each ledger, as far as this process knows;
    `made` counts those that it made.
    """

    def __init__(
        self,
        keys_dir: Path,
        settings: dict[str, str],
        store: str,
        program: str,
        now: Callable[[], datetime],
        users: Callable[[], Sequence[Author]] | None = None,
    ) -> None:
        # Set for good:
        self._users = users
        self._keys_dir = keys_dir
        self._settings = settings
        self._store = store
        self._program = program
        self._now = now
        # The event loop's.
        self.last: dict[str, LastGood] = {}
        self.made = 0
        # Up to where each ledger was backed up by this process to the end: what was erased is
        # then overwritten in older sets, too. Any thread reads it.
        self._finished: dict[str, int] = {}

    async def back_up(
        self, ledger: Ledger, plan: Plan
    ) -> AsyncIterator[BackupProgress | BackupMade]:
        """Backs up a ledger; the last of what it yields is what was made. Raises
        BackupImpossible, LedgerDistrusted or StorageFailed.
        """
        folder = plan.folder / ledger.name
        began = time.monotonic()
        try:
            with _owned(folder):
                await in_thread(lambda: drop_unfinished(folder))
                await in_thread(lambda: self._write_users(plan.folder))
                async for each in self._made(ledger, folder, plan):
                    if isinstance(each, BackupMade):
                        self._note(ledger, each, time.monotonic() - began)
                    yield each
        except LogChanged as changed:
            ledger.audit.withdraw(str(changed))
            raise LedgerDistrusted(ledger.name, str(changed)) from changed
        except OSError as error:
            why = f"{error.filename or folder}: {error.strerror}"
            raise BackupImpossible(f"The backup cannot be written. {why}.") from error

    async def _made(
        self, ledger: Ledger, folder: Path, plan: Plan
    ) -> AsyncIterator[BackupProgress | BackupMade]:
        newest = await in_thread(lambda: _newest(folder))
        is_whole = newest is None or plan.whole or self._is_due(newest[1], plan)
        if newest is not None and not plan.whole:
            found = newest[1]
            await in_thread(lambda: refuse_other_log(ledger.log, found))
        backup = await in_thread(lambda: self._begun(folder)) if is_whole else newest[0]  # type: ignore[index]
        before = None if is_whole else newest[1]  # type: ignore[index]
        async for step in self._taken(ledger, backup, before, plan):
            yield step
        made = await in_thread(backup.manifest)
        older = [each for each in sets_in(folder) if each != backup]
        forgotten, findings = await in_thread(lambda: _forget(ledger, older))
        removed = await in_thread(lambda: _remove(older, plan.keep))
        old_size = before.size if before is not None else 0
        yield BackupMade(
            backup.name,
            is_whole,
            made.position,
            made.size,
            max(0, made.size - old_size),
            forgotten,
            removed,
            findings,
        )

    async def _taken(
        self, ledger: Ledger, backup: BackupSet, before: Manifest | None, plan: Plan
    ) -> AsyncIterator[BackupProgress]:
        while True:
            signed = await _signed(ledger)
            steps = take(
                ledger.log,
                backup,
                before,
                signed,
                self._about(ledger),
                self._now(),
                sealed=plan.sealed,
            )
            try:
                async for position in _in_steps(steps):
                    yield BackupProgress(position, signed.checkpoint.size)
            except ErasedMeanwhile:
                await asyncio.sleep(_AGAIN_SECONDS)  # others may have to sign first
            else:
                return

    def last_good(self, name: str, folder: Path) -> LastGood | None:
        """The last backup of a ledger in a folder of backups, whoever made it; None when there
        is none that is whole. Blocks.
        """
        found = _newest(folder / name)
        if found is None:
            return None
        manifest = found[1]
        made_at = datetime.fromisoformat(manifest.made_at)
        known = self.last.get(name)
        if known is None or known.made_at < made_at:
            known = LastGood(made_at, manifest.size, manifest.position, 0.0)
        return known

    def renew(self, name: str, end: tuple[int, bytes], plan: Plan) -> LastGood | None:
        """Notes in the newest set of a ledger that it holds all of its log now, which ends at a
        position with a root. None where it does not, where a new set is due, and where this
        process did not make the last backup itself: then the ledger is to be backed up. Who was
        forgotten since is so beside it. Blocks. Raises BackupUnderWay or PersistenceError.
        """
        if self._finished.get(name) != end[0] or plan.whole:
            return None
        folder = plan.folder / name
        with suppress(OSError), _owned(folder):  # who backs it up says what is wrong
            newest = _newest(folder)
            if newest is None or self._is_due(newest[1], plan):
                return None
            backup, manifest = newest
            if (manifest.position, manifest.root_hash) == end:
                self._write_users(plan.folder)
                now = self._now()
                backup.write(replace(manifest, made_at=time_text(now)))
                return LastGood(now, manifest.size, manifest.position, 0.0)
        return None

    def _write_users(self, folder: Path) -> None:
        if self._users is not None:
            write_users(folder, self._users())

    def _begun(self, folder: Path) -> BackupSet:
        return new_set(folder, self._now())

    def _is_due(self, newest: Manifest, plan: Plan) -> bool:
        age = self._now() - datetime.fromisoformat(newest.begun_at)
        return newest.sealed != plan.sealed or age / timedelta(days=1) >= plan.whole_days

    def _about(self, ledger: Ledger) -> ManifestFacts:
        named = [VerificationKey.parse(each) for each in ledger.named_keys]
        keys = KeyFolder(self._keys_dir, ledger.name)
        signing = ledger.verification_keys
        return ManifestFacts(
            ledger=ledger.name,
            origin=ledger.opening.origin,
            keys=tuple(
                KeyNeeded(
                    verification_key=each.text,
                    file=keys.file_of(each, named),
                    signs=each.text in signing,
                )
                for each in named
            ),
            program=self._program,
            store=self._store,
            settings=self._settings,
        )

    def _note(self, ledger: Ledger, made: BackupMade, seconds: float) -> None:
        self.last[ledger.name] = LastGood(self._now(), made.size, made.position, seconds)
        self._finished[ledger.name] = made.position
        self.made += 1
        _log.info(
            "backed_up",
            ledger=ledger.name,
            set=made.backup,
            whole=made.whole,
            position=made.position,
            bytes=made.size,
            added=made.added,
            seconds=round(seconds, 2),
        )
        for finding in made.findings:
            _log.error("backup_set_damaged", ledger=ledger.name, finding=finding)


async def _signed(ledger: Ledger) -> SignedCheckpoint:
    """A checkpoint over the whole log; on a replica the newest that its primary signed. Raises
    LedgerDistrusted, StorageFailed or ReadOnlyService.
    """
    if finding := ledger.audit.distrusted:
        raise LedgerDistrusted(ledger.name, finding)
    if ledger.is_away:
        raise BackupImpossible(
            "It is a copy, or was moved, and its backups would be taken for those of the ledger "
            f"at home. {ledger.not_recording}"
        )
    try:
        return await ledger.audit.covering(ledger.head.position)
    except ReadOnlyService:
        if (newest := ledger.audit.newest) is None:
            raise
        return newest


async def _in_steps(steps: Iterator[int]) -> AsyncIterator[int]:
    """Takes the steps on a thread, with a rest after each."""
    while True:
        began = time.monotonic()
        position = await in_thread(lambda: next(steps, None))
        if position is None:
            return
        yield position
        await asyncio.sleep(_REST * (time.monotonic() - began))


@contextmanager
def _owned(folder: Path) -> Iterator[None]:
    """Locks the sets of a ledger against other backups. Raises BackupUnderWay."""
    make_folder(folder)
    with open_lock(folder / "lock") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise BackupUnderWay(
                f"Another backup into {folder} is being made just now. Wait until it is over."
            ) from None
        yield


def _newest(folder: Path) -> tuple[BackupSet, Manifest] | None:
    """The newest set that can be added to; None where there is none, or where the newest is
    damaged, which is told of when older sets are looked at.
    """
    for backup in sets_in(folder)[-1:]:
        with suppress(SetUnusable):
            manifest = backup.manifest()
            backup.refuse_incomplete(manifest)
            return backup, manifest
    return None


def _forget(ledger: Ledger, older: list[BackupSet]) -> tuple[int, list[str]]:
    """Overwrites in older sets what was erased since. Returns how many values that were, and
    what is wrong with sets.
    """
    count, findings = 0, list[str]()
    for backup in older:
        try:
            backup.refuse_incomplete(backup.manifest())
            count += forget_erased(ledger.log, backup)
        except SetUnusable as unusable:
            findings.append(str(unusable))
    return count, findings


def _remove(older: list[BackupSet], keep: int) -> list[str]:
    """Removes the oldest of the sets beside the newest, so that `keep` good ones are left with
    that one; 0 removes none. Damaged ones are left for the operator to look at.
    """
    good = [each for each in older if _is_good(each)]
    removed = good[: max(0, len(good) + 1 - keep)] if keep else []
    for backup in removed:
        backup.remove()
    return [each.name for each in removed]


def _is_good(backup: BackupSet) -> bool:
    with suppress(SetUnusable):
        backup.refuse_incomplete(backup.manifest())
        return True
    return False
