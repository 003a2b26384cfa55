"""Backs up the ledgers of a service again and again, and tells when that fails. Belongs to the
event loop.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime, timedelta

import structlog

from ledger_service.application.backing_up import Backups, BackupUnderWay, LastGood, Plan
from ledger_service.application.ledger import Ledger
from ledger_service.application.ledger_summary import LedgerSummary
from ledger_service.background import Background, in_thread
from ledger_service.domain.values.refusals import LedgerError
from ledger_service.health import SERVICE, Health

_log = structlog.get_logger(__name__)

_PART = "backup"
#: How often it is looked whether a backup is due, and how soon one that failed is tried again.
_LOOK_SECONDS = 5.0
_AGAIN = timedelta(minutes=5)


class BackupSchedule:
    """Backs up each of the ledgers `names` once in `period`, which `entered` opens for as long
    as that takes; it gives None for one that cannot be opened. One that a `glance` finds as it
    was backed up is not opened. `failures` counts the backups that could not be made. Several
    services may share a folder: who finds a backup that is new makes none.
    """

    def __init__(
        self,
        backups: Backups,
        plan: Plan,
        period: timedelta,
        names: Callable[[], Sequence[str]],
        entered: Callable[[str], AbstractAsyncContextManager[Ledger | None]],
        glance: Callable[[str], Awaitable[LedgerSummary | None]],
        health: Health,
        now: Callable[[], datetime],
    ) -> None:
        # Set for good:
        self._backups = backups
        self._plan = plan
        self._period = period
        self._names = names
        self._entered = entered
        self._glance = glance
        self._health = health
        self._now = now
        # The event loop's.
        self._due: dict[str, datetime] = {}
        self.failures = 0
        self._keeping_on = Background(
            self._keep_on,
            health.of(SERVICE),
            _PART,
            "Backing up the ledgers",
            usable=True,
        )

    def start(self) -> None:
        self._keeping_on.start()

    async def stop(self) -> None:
        """A backup that is being made is given up; the one before it is as it was."""
        await self._keeping_on.stop()

    async def _keep_on(self) -> None:
        while True:
            for name in self._names():
                if self._due.get(name, self._now()) <= self._now():
                    await self._look(name)
            self._keeping_on.gets_on()
            await asyncio.sleep(_LOOK_SECONDS)

    async def _look(self, name: str) -> None:
        """Backs up a ledger unless another process did, and decides when to look again."""
        last: LastGood | None = None
        try:
            last = await in_thread(lambda: self._backups.last_good(name, self._plan.folder))
            if last is not None and last.made_at + self._period > self._now():
                self._backups.last[name] = last
                self._wait(name, last.made_at + self._period)
                return
            if last is not None and await self._still_holds_all(name):
                self._wait(name, self._now() + self._period)
                return
            async with self._entered(name) as ledger:
                if ledger is None or ledger.not_recording:
                    # It is not served, a copy, or another ledger goes on for it: told elsewhere.
                    self._wait(name, self._now() + min(self._period, _AGAIN))
                    return
                async for _ in self._backups.back_up(ledger, self._plan):
                    pass
        except BackupUnderWay:  # of a service that shares the folder, or of an operator
            self._due[name] = self._now() + min(self._period, _AGAIN)
        except LedgerError as failure:
            self._fail(name, str(failure), last)
        except Exception as fault:  # noqa: BLE001 - whatever it is, the others have their turn
            _log.exception("backup_failed", ledger=name)
            self._fail(name, f"{type(fault).__name__}: {fault}", last)
        else:
            self._wait(name, self._now() + self._period)

    async def _still_holds_all(self, name: str) -> bool:
        """Whether the last backup holds all of a ledger, which is then noted in it. Many ledgers
        rest, and to open each of them in each period would take most of a core.
        """
        found = await self._glance(name)
        if found is None or found.distrusted or found.not_recording:
            return False
        end = found.position, found.root_hash
        renewed = await in_thread(lambda: self._backups.renew(name, end, self._plan))
        if renewed is not None:
            self._backups.last[name] = renewed
        return renewed is not None

    def _wait(self, name: str, until: datetime) -> None:
        self._due[name] = until
        self._health.clear(name, _PART)

    def _fail(self, name: str, failure: str, last: LastGood | None) -> None:
        self.failures += 1
        self._due[name] = self._now() + min(self._period, _AGAIN)
        told = f"No backup of it is found in {self._plan.folder}."
        if last is not None:
            told = f"The last one is of {last.made_at:%Y-%m-%d %H:%M:%S} UTC."
        text = f"The ledger could not be backed up. {told} {failure}"
        self._health.tell(name, _PART, text, usable=True)
