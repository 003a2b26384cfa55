"""Looks at the store and at each ledger in it: log, keys, what was signed, and views. It reads
and changes nothing, beside a service that runs too.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from eventsourcing.persistence import PersistenceError

from ledger_service.audit.notes import NoteUnusable, SignedCheckpoint, VerificationKey, parse
from ledger_service.domain.values.refusals import LedgerError, UnusableKey
from ledger_service.operating.doctor.findings import DoctorFinding, fault, note, ok, warning
from ledger_service.persistence.records import decode, opened_of
from ledger_service.persistence.signing.home import lies_elsewhere
from ledger_service.persistence.signing.keys import KeyFolder
from ledger_service.persistence.signing.last_signed import LastSigned, remembered
from ledger_service.persistence.storage.glance import LogGlance
from ledger_service.persistence.storage.migrations import missing
from ledger_service.persistence.storage.stores import DatabaseStore, FolderStore, Store
from ledger_service.projections.looking import reached_by_views
from ledger_service.settings import Settings

#: A clock may be so far behind the last record, or off that of the database.
_CLOCK = timedelta(seconds=5)
#: So long after its time a head should be signed.
_SIGNED = timedelta(seconds=60)
_RESTORE = "Restore it from a backup, beside what lies there now."


class ExaminedStore:
    """The store of these settings. `names` are its ledgers, None where it cannot be read;
    `found` is what was found in looking for them. `runs` says whether a service works on it.
    After `look`, `aside` are the ledgers for which others go on.
    """

    def __init__(self, chosen: Settings, now: datetime, *, runs: bool) -> None:
        self._chosen = chosen
        self._now = now
        self._runs = runs
        self._folder = chosen.data_dir / "ledgers"
        self.names: Sequence[str] | None = None
        self.aside = set[str]()
        self.found = [*self._store()]

    def look(self) -> Iterator[DoctorFinding]:
        """What is to be said of each ledger."""
        for name in self.names or ():
            yield from self._ledger(name)
        yield from self._lost()

    def _store(self) -> Iterator[DoctorFinding]:
        remedy = "See that the server runs, and that the role of the URL may connect."
        try:
            self._logs = self._make_store()
            around = self._logs.glance_around()
            self.names = self._logs.names()
        except (LedgerError, PersistenceError) as problem:
            yield fault("store", str(problem).strip(), remedy)
            return
        except OSError as error:
            told = f"{error.filename} cannot be read: {error.strerror}."
            yield fault("store", told, "Run doctor as the user of the service.")
            return
        yield ok("store", f"It can be reached and has {len(self.names)} ledgers.")
        if around is None:
            return
        apart = abs(self._now - _moment(around.clock))
        if apart > _CLOCK:
            yield fault(
                "clock",
                f"The clocks of this machine and of the database are {apart.total_seconds():.0f} "
                "s apart.",
                "Set the one that is wrong, and have both follow a time server.",
            )
        else:
            yield ok("clock", "The clocks of this machine and of the database agree.")
        if risk := self._logs.failover_risk():
            told, _, remedy = risk.partition(". Set ")
            yield warning("store", f"{told}.", f"Set {remedy}")

    def _make_store(self) -> Store:
        chosen = self._chosen
        if chosen.store == "sqlite" and not chosen.read_only:
            return FolderStore(self._folder)
        return DatabaseStore(chosen.store, self._folder, replica=chosen.read_only)

    def _ledger(self, name: str) -> Iterator[DoctorFinding]:
        place = self._logs.place(name)
        try:
            look = self._logs.glance(name)
            steps = missing(look.version, place)
        except (LedgerError, PersistenceError) as problem:
            remedy = self._logs.remedy(problem) if self._logs.shared else _RESTORE
            yield fault("store", f"{name}: {str(problem).strip()}", remedy)
            return
        if not look.position:
            if self._is_signed(name):
                yield _gone(name)
                return
            told = f"{name}: there is no record in its log; it was not made to its end."
            yield note("store", told, "Repeat CreateLedger with the same words.")
            return
        if steps:
            told = f"{name}: its tables have version {look.version}, an older one."
            yield note("store", told, "The next start of the service brings them up to date.")
        if look.successor:
            self.aside.add(name)
            told = f"{name}: it is only read, since {look.successor} goes on for it."
            yield note("trust", told, "Move its folder, or its schema, away once it is kept.")
            return
        yield from self._clock(name, look)
        yield from self._home(name, look)
        held = [*self._keys(name, look)]
        for each in held:
            if isinstance(each, DoctorFinding):
                yield each
        keys = [each for each in held if isinstance(each, VerificationKey)]
        yield from self._signed(name, look, keys)
        yield from self._views(name, look)

    def _is_signed(self, name: str) -> bool:
        seen = LastSigned(self._logs.seen_folder(name, self._chosen.keys_dir), name)
        return bool(seen.checkpoint())

    def _clock(self, name: str, look: LogGlance) -> Iterator[DoctorFinding]:
        ahead = _moment(look.recorded_at) - self._now
        if ahead > _CLOCK:
            yield fault(
                "clock",
                f"{name}: its last record is {ahead.total_seconds():.0f} s ahead of the clock "
                "of this machine.",
                "Set the clock, and have it follow a time server. Recorded times stay as they "
                "are and still increase.",
            )

    def _home(self, name: str, look: LogGlance) -> Iterator[DoctorFinding]:
        """Of a log in a file: one in a database is looked at by the service itself."""
        if self._logs.shared or look.successor:
            return
        mark = self._chosen.keys_dir / f"{name}.home"
        if lies_elsewhere(look.place, Path(self._logs.place(name)), mark):
            yield fault(
                "home",
                f"{name}: its log is a copy or was moved, and is only read here.",
                f"If it moved here for good: ledger-service ledger adopt {name}; to try "
                f"something with a copy: ledger-service ledger fork {name} NEW-NAME",
            )

    def _keys(self, name: str, look: LogGlance) -> Iterator[DoctorFinding | VerificationKey]:
        """The keys that are here, or what is wrong with them."""
        folder = KeyFolder(self._chosen.keys_dir, name)
        try:
            opening = opened_of(decode(look.first_record))
            first = VerificationKey.parse(opening.verification_key)
            held = folder.read(opening.origin).public
        except UnusableKey as problem:
            yield fault("keys", f"{name}: {problem}", "The service does not sign with it.")
            return
        except (ValueError, NoteUnusable):
            told = f"{name}: the first record of its log cannot be read."
            yield fault("store", told, _RESTORE)
            return
        if not held:
            yield fault(
                "keys",
                f"{name}: there is no key of it in {self._chosen.keys_dir}.",
                "Name the folder that belongs to this data with keys_dir, or restore the key. "
                "Never make a new one.",
            )
        elif folder.first.exists() and first not in held:
            yield fault(
                "keys",
                f"{name}: {folder.first} is not the key that its log names.",
                "Name the folder that belongs to this data with keys_dir, or restore the key.",
            )
        else:
            yield ok("keys", f"{name}: its keys are here and fit its log.")
            yield from held

    def _signed(
        self, name: str, look: LogGlance, keys: Sequence[VerificationKey]
    ) -> Iterator[DoctorFinding]:
        seen = LastSigned(self._logs.seen_folder(name, self._chosen.keys_dir), name)
        try:
            if finding := seen.finding():
                yield fault(
                    "trust",
                    f"{name}: its log is read only. {finding}",
                    "See docs/operating.md, When a log is not trusted.",
                )
            signed = _parsed(seen.checkpoint(), keys)
        except NoteUnusable:
            yield fault(
                "checkpoint",
                f"{name}: the checkpoint in {seen.path} was not signed with a key that is here.",
                "Name the folder of the right keys, or restore the file with them.",
            )
            return
        size = signed.checkpoint.size if signed is not None else 0
        if size > look.position:
            yield fault(
                "checkpoint",
                f"{name}: {size} records were signed, and its log has {look.position}.",
                "It is an older copy, or records were removed: see docs/operating.md, When a "
                "log is not trusted.",
            )
            return
        late = self._now - _moment(look.recorded_at)
        if size < look.position and keys and late > self._due():
            yield (fault if self._runs else note)(
                "checkpoint",
                f"{name}: {look.position - size} records are not signed, the last of them for "
                f"{late.total_seconds():.0f} s.",
                "The log of the service says why it does not sign."
                if self._runs
                else "The service signs them when it starts.",
            )
        else:
            yield ok("checkpoint", f"{name}: {size} of {look.position} records are signed.")

    def _due(self) -> timedelta:
        return timedelta(seconds=self._chosen.checkpoint_seconds) + _SIGNED

    def _views(self, name: str, look: LogGlance) -> Iterator[DoctorFinding]:
        reached = reached_by_views(self._folder / name)
        if reached is None:
            told = f"{name}: it has no views of this version."
            yield (warning if self._runs else note)(
                "views", told, "They are built by themselves; questions wait meanwhile."
            )
        elif reached < look.position:
            told = (
                f"{name}: its views lack {look.position - reached} of {look.position} records."
            )
            yield (warning if self._runs else note)(
                "views",
                told,
                "Look again in a minute: if it is no less, the log of the service says why."
                if self._runs
                else "They catch up when the service starts.",
            )
        else:
            yield ok("views", f"{name}: its views have reached the end of its log.")

    def _lost(self) -> Iterator[DoctorFinding]:
        if self.names is None:
            return
        try:
            folders = self._logs.seen_folders(self._chosen.keys_dir)
            notes = remembered(folders)
        except OSError:
            return  # the modes say it
        for name in sorted(notes.keys() - {*self.names}):
            yield _gone(name)


def _gone(name: str) -> DoctorFinding:
    """Of a ledger that was signed, and has no log or an empty one."""
    return fault(
        "store",
        f"{name}: it was signed before, and its log is gone.",
        "Is data_dir the folder that belongs to these keys? If so, restore the log.",
    )


def _parsed(note_: str, keys: Sequence[VerificationKey]) -> SignedCheckpoint | None:
    """Raises NoteUnusable unless one of the keys signed it, where any are known. A log that goes
    on for another was signed under two origins.
    """
    if not note_:
        return None
    signed = parse(note_)
    here = [VerificationKey(signed.checkpoint.origin, each.public) for each in keys]
    if here and not signed.signed_by(here):
        raise NoteUnusable("Another key signed it.")
    return signed


def _moment(microseconds: int) -> datetime:
    return datetime.fromtimestamp(0, UTC) + timedelta(microseconds=microseconds)
