"""Makes what backs up ledgers from the settings."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime, timedelta

from ledger_service import __version__
from ledger_service.application.backing_up import Backups, Plan
from ledger_service.application.backup_schedule import BackupSchedule
from ledger_service.application.ledger import Ledger
from ledger_service.application.ledger_summary import LedgerSummary
from ledger_service.health import Health
from ledger_service.persistence.author_register import register
from ledger_service.settings import NAMES, Settings, shown


def backups(settings: Settings, now: Callable[[], datetime]) -> Backups:
    """Sets get all settings, without what can be a secret. Users are known where callers are
    asked who they are.
    """
    users = register(settings.data_dir, settings.store)
    return Backups(
        settings.keys_dir,
        {name: str(shown(getattr(settings, name))) for name in NAMES},
        "sqlite" if settings.store == "sqlite" else "postgresql",
        __version__,
        now,
        users.all if settings.access_dir is not None else None,
    )


def backup_plan(settings: Settings) -> Plan | None:
    """How the service backs up by itself; None when it does not."""
    if settings.backup_dir is None:
        return None
    return Plan(
        settings.backup_dir.absolute(),
        whole_days=settings.backup_whole_days,
        keep=settings.backup_keep,
    )


def backup_schedule(
    settings: Settings,
    made: Backups,
    names: Callable[[], Sequence[str]],
    entered: Callable[[str], AbstractAsyncContextManager[Ledger | None]],
    glance: Callable[[str], Awaitable[LedgerSummary | None]],
    health: Health,
    now: Callable[[], datetime],
) -> BackupSchedule | None:
    """What backs up the ledgers of a service by itself; None when nothing does."""
    plan = backup_plan(settings)
    if plan is None:
        return None
    period = timedelta(hours=settings.backup_hours)
    return BackupSchedule(made, plan, period, names, entered, glance, health, now)
