"""The kinds of faults, in the order in which they stand in the table."""

from __future__ import annotations

from collections.abc import Callable

from tests.reliability.faults.calls_that_fail import OpenErrors, SyncErrors, WriteErrors
from tests.reliability.faults.clocks import ClockJumps
from tests.reliability.faults.connections import CallersCut
from tests.reliability.faults.databases import DatabaseCut, DatabaseKilled
from tests.reliability.faults.files import (
    KeysRemoved,
    LogRemoved,
    ShmRemoved,
    ViewsRemoved,
    WalRemoved,
)
from tests.reliability.faults.full_disks import FullExt4, FullKeys, FullTmpfs
from tests.reliability.faults.kills import Kill
from tests.reliability.faults.logs import LogFull, LogUnread
from tests.reliability.faults.nothing import Nothing
from tests.reliability.faults.other_ledgers import OtherLedgerDamaged
from tests.reliability.faults.power_cuts import PowerCut, PowerCutAfterFailedSyncs
from tests.reliability.rounds import Fault

_KINDS: tuple[Callable[[], Fault], ...] = (
    Nothing,
    Kill,
    PowerCut,
    PowerCutAfterFailedSyncs,
    SyncErrors,
    WriteErrors,
    OpenErrors,
    FullExt4,
    FullTmpfs,
    FullKeys,
    ClockJumps,
    LogRemoved,
    WalRemoved,
    ShmRemoved,
    ViewsRemoved,
    KeysRemoved,
    OtherLedgerDamaged,
    LogUnread,
    LogFull,
    CallersCut,
    DatabaseKilled,
    DatabaseCut,
)

#: Each by its name; a round gets one of its own, since it remembers what it did.
FAULTS: dict[str, Callable[[], Fault]] = {kind().name: kind for kind in _KINDS}
