"""What only the operator of a service may do to its ledgers. Belongs to the event loop."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

from ledger_service.application.auditing import CheckResult
from ledger_service.application.backing_up import BackupMade, BackupProgress, Backups, Plan
from ledger_service.application.ledger import Ledger
from ledger_service.application.ledger_summary import LedgerSummary
from ledger_service.application.ledgers import Ledgers
from ledger_service.application.lost_logs import LostLog
from ledger_service.application.making import LedgerDescription
from ledger_service.application.retirements import Retirements
from ledger_service.application.retiring import Archive
from ledger_service.application.successions import Inherited, Successions, nothing_to_close
from ledger_service.application.summaries import Summaries
from ledger_service.domain.values import text
from ledger_service.domain.values.limits import REASON
from ledger_service.domain.values.refusals import Invalid, Violation
from ledger_service.health import Problem
from ledger_service.persistence.recording.erasure import Erased
from ledger_service.persistence.records import LOCAL
from ledger_service.projections.checking import ViewsCheck
from ledger_service.projections.rebuilding import rebuilt
from ledger_service.projections.views import Views


class Administration:
    """`closing` is called with the name of a ledger whose log is about to be closed.
    `check_views` compares the views of a ledger with its log and rebuilds them if they do not
    fit; `views` gives them; without these, their file is used directly. `regular` is how the
    service backs up by itself, if it does. What makes or moves a log goes on to its end when
    the caller gives up.
    """

    def __init__(
        self,
        ledgers: Ledgers,
        backups: Backups,
        check_views: Callable[[Ledger], Awaitable[str]] | None = None,
        views: Callable[[Ledger], Views] | None = None,
        regular: Plan | None = None,
        closing: Callable[[str], Awaitable[object]] = nothing_to_close,
    ) -> None:
        self._ledgers = ledgers
        self._successions = Successions(ledgers)
        self._retirements = Retirements(ledgers)
        self._backups = backups
        self._closing = closing
        self._check_views = check_views or self._check_file
        self._views = views
        self._regular = regular

    async def ledgers(self) -> list[LedgerSummary]:
        """All ledgers that are served, by name, as they stand."""
        found = await Summaries(self._ledgers).of(self._ledgers.names())
        # Meanwhile it may turn out of a closed one that it cannot be opened.
        return [each for each in found if not self._ledgers.why_left_out(each.name)]

    def lost(self) -> list[tuple[LostLog, str]]:
        """The ledgers whose log is lost, by name, each with what is known of it."""
        return self._ledgers.lost()

    def problems(self) -> list[Problem]:
        """What is wrong just now, by ledger and part."""
        return self._ledgers.health.problems()

    def left_out(self) -> list[tuple[str, str]]:
        """The ledgers that cannot be opened, by name, each with the reason."""
        return self._ledgers.left_out()

    def keys(self, ledger: str) -> list[tuple[str, bool]]:
        """The keys that the log names, in its order, and which of them sign."""
        found = self._ledgers.get(ledger)
        signing = found.verification_keys
        return [(each, each in signing) for each in found.named_keys]

    async def rotate_key(
        self, ledger: str, reason: str, recorded_by: str = LOCAL
    ) -> tuple[str, int]:
        """Makes a new key, which signs beside those before it. Returns it and the position of
        its record.
        """
        return await self._ledgers.get(ledger).rotate_key(_reason(reason), recorded_by)

    async def retire_key(self, ledger: str, verification_key: str) -> list[str]:
        """The keys that still sign, after the file of this one was deleted."""
        return await self._ledgers.get(ledger).retire_key(verification_key)

    async def erase(
        self, ledger: str, entry_id: str, field: str, reason: str, recorded_by: str = LOCAL
    ) -> Erased:
        """Erases the value of a sealed field for good, and records that."""
        return await self._ledgers.get(ledger).erase(
            entry_id, field, _reason(reason), recorded_by
        )

    async def settle_loss(
        self, ledger: str, entry_id: str, field: str, reason: str, recorded_by: str = LOCAL
    ) -> tuple[Erased, list[str]]:
        """Records that the value of a sealed field is lost. Returns also what still does not
        fit.
        """
        found = self._ledgers.get(ledger)
        return await found.settle_loss(entry_id, field, _reason(reason), recorded_by)

    async def adopt(self, ledger: str) -> Ledger:
        """States that the log of a ledger lives where it is now. Returns the ledger."""
        found = self._ledgers.get(ledger)
        await found.adopt()
        return found

    async def succeed(
        self,
        ledger: str,
        reason: str,
        about: LedgerDescription | None = None,
        recorded_by: str = LOCAL,
        *,
        aside: str = "",
    ) -> Inherited:
        """Has a ledger that is lost or no longer trusted go on under its name. `about` is needed
        for a lost one only.
        """
        return await asyncio.shield(
            self._successions.succeed(
                ledger, _reason(reason), about, recorded_by, aside=aside, closing=self._closing
            )
        )

    async def fork(
        self, ledger: str, new: str, reason: str, recorded_by: str = LOCAL
    ) -> Inherited:
        """Makes a copy of a ledger for trying, under a new name."""
        return await asyncio.shield(
            self._successions.fork(ledger, new, _reason(reason), recorded_by)
        )

    async def retire(self, ledger: str) -> Archive:
        """Takes a ledger out of service and keeps all its files."""
        return await asyncio.shield(self._retirements.retire(ledger, self._closing))

    async def bring_back(self, ledger: str, archive: str = "") -> Ledger:
        """Serves a retired ledger again."""
        return await asyncio.shield(self._retirements.bring_back(ledger, archive))

    async def retired(self) -> list[Archive]:
        """The ledgers that were retired, by name."""
        return await asyncio.to_thread(self._retirements.retired)

    async def check(self, ledger: str) -> tuple[CheckResult, str]:
        """Hashes all records of a ledger again; if they fit, compares its views with the log,
        and rebuilds them if they do not. Returns what does not fit in either.
        """
        found = self._ledgers.get(ledger)
        checked = await found.audit.check()
        return checked, "" if checked.findings else await self._check_views(found)

    def end_unknown(self, ledger: str) -> bool:
        """Whether no check can tell that records are missing at the end of a log."""
        return self._ledgers.get(ledger).is_away

    def back_up(
        self, ledger: str, folder: str, *, whole: bool, keep: int, sealed: bool
    ) -> AsyncIterator[BackupProgress | BackupMade]:
        """Backs up a ledger into a folder; empty for that of the service. Raises
        BackupImpossible and the like as it goes.
        """
        found = self._ledgers.get(ledger)
        if folder:
            if not Path(folder).is_absolute():
                raise _wrong_folder(f"{folder[:200]!r} is no absolute path.")
            plan = Plan(Path(folder), whole, keep=keep, sealed=sealed)
        elif self._regular is None:
            raise _wrong_folder("This is required, since the setting backup_dir is not set.")
        else:
            keep = keep or self._regular.keep
            whole_days = self._regular.whole_days
            plan = Plan(self._regular.folder, whole, whole_days, keep, sealed)
        return self._backups.back_up(found, plan)

    def backups_of(self, ledger: str, folder: str) -> Path:
        """The folder of the sets of a ledger."""
        chosen = Path(folder) if folder or self._regular is None else self._regular.folder
        return chosen / ledger

    async def rebuild_views(self, ledger: str) -> AsyncIterator[tuple[int, int]]:
        """Builds the views of a ledger anew. Yields the position reached, and the one at which
        they are whole.
        """
        found = self._ledgers.get(ledger)
        if self._views is not None:
            async for position in rebuilt(self._views(found), found.head.position):
                yield position, found.head.position
            return
        views = Views(found, self._ledgers.folder(ledger), found.health)
        try:
            async for position in rebuilt(views, found.head.position):
                yield position, found.head.position
        finally:
            await views.stop()

    async def _check_file(self, ledger: Ledger) -> str:
        """Checks the file of the views, where no service uses it."""
        folder = self._ledgers.folder(ledger.name)
        if not list(folder.glob("views-*.sqlite")):
            return ""
        views = Views(ledger, folder, ledger.health)
        views.start()
        try:
            return await ViewsCheck(ledger, views, ledger.health).check()
        finally:
            await views.stop()


def _wrong_folder(problem: str) -> Invalid:
    remedy = "Give the absolute path of a folder for backups."
    return Invalid((Violation("folder", f"{problem} {remedy}"),))


def _reason(words: str) -> str:
    """The reason as it is recorded. Raises Invalid."""
    reason = text.normal(words.strip())
    found = text.problems(reason, REASON) if reason else ["This is required."]
    if found:
        raise Invalid(tuple(Violation("reason", problem) for problem in found))
    return reason
