"""Client of the Diplomatic Ledger: record what parties promise and do, and ask who owes
what, as of any day.

    async with LedgerClient("127.0.0.1:50551") as client:
        answer = await client.balance("us-dprk-2018", "dprk", "us")
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from diplomatic_ledger.checking import Checked
    from diplomatic_ledger.client import LedgerClient
    from diplomatic_ledger.credentials import Credentials
    from diplomatic_ledger.cuts import Cuts
    from diplomatic_ledger.errors import (
        CutOutOfRange,
        DeadlineExceeded,
        EntryExists,
        EntryNotFound,
        InternalError,
        InvalidArgument,
        InvalidPageToken,
        InvalidRequest,
        InvalidToken,
        LedgerDistrusted,
        LedgerElsewhere,
        LedgerError,
        LedgerExists,
        LedgerNotFound,
        LedgerNotServed,
        LedgerSucceeded,
        LimitReached,
        NoAnswer,
        NotFound,
        NotIdentified,
        NotPermitted,
        Overloaded,
        ReadOnlyService,
        Remarked,
        RequestIdReused,
        Silent,
        TokenExpired,
        TooLarge,
        Unavailable,
        UnknownMethod,
        UnknownReference,
        UnknownScale,
        UnusableAccessFile,
        UnusableClient,
        UnusableKey,
        VersionConflict,
        Violation,
    )
    from diplomatic_ledger.filters import act_filter, commitment_filter, instrument_filter
    from diplomatic_ledger.history import CaughtUp, Heartbeat, StoredRecord
    from diplomatic_ledger.log_filter import LogFilter
    from diplomatic_ledger.notices import Distrusted, Notice, Retrying, TokenDropped
    from diplomatic_ledger.pagination import Listing
    from diplomatic_ledger.streaming import Stream
    from diplomatic_ledger.sync import SyncLedgerClient, SyncListing
    from diplomatic_ledger.watching import StandingsChanged, WatchReached

__all__ = [
    "CaughtUp",
    "Checked",
    "Credentials",
    "CutOutOfRange",
    "Cuts",
    "DeadlineExceeded",
    "Distrusted",
    "EntryExists",
    "EntryNotFound",
    "Heartbeat",
    "InternalError",
    "InvalidArgument",
    "InvalidPageToken",
    "InvalidRequest",
    "InvalidToken",
    "LedgerClient",
    "LedgerDistrusted",
    "LedgerElsewhere",
    "LedgerError",
    "LedgerExists",
    "LedgerNotFound",
    "LedgerNotServed",
    "LedgerSucceeded",
    "LimitReached",
    "Listing",
    "LogFilter",
    "NoAnswer",
    "NotFound",
    "NotIdentified",
    "NotPermitted",
    "Notice",
    "Overloaded",
    "ReadOnlyService",
    "Remarked",
    "RequestIdReused",
    "Retrying",
    "Silent",
    "StandingsChanged",
    "StoredRecord",
    "Stream",
    "SyncLedgerClient",
    "SyncListing",
    "TokenDropped",
    "TokenExpired",
    "TooLarge",
    "Unavailable",
    "UnknownMethod",
    "UnknownReference",
    "UnknownScale",
    "UnusableAccessFile",
    "UnusableClient",
    "UnusableKey",
    "VersionConflict",
    "Violation",
    "WatchReached",
    "act_filter",
    "commitment_filter",
    "instrument_filter",
]

#: The module of each name. They are imported when they are first used: a program that begins with
#: this package, such as ledgerctl, can see to a Ctrl-C before gRPC is loaded.
_HOMES = {
    "checking": "Checked",
    "client": "LedgerClient",
    "credentials": "Credentials",
    "cuts": "Cuts",
    "errors": "CutOutOfRange DeadlineExceeded EntryExists EntryNotFound InternalError InvalidArgument InvalidPageToken InvalidRequest InvalidToken LedgerDistrusted LedgerElsewhere LedgerError LedgerExists LedgerNotFound LedgerNotServed LedgerSucceeded LimitReached NoAnswer NotFound NotIdentified NotPermitted Overloaded ReadOnlyService Remarked RequestIdReused Silent TokenExpired TooLarge Unavailable UnknownMethod UnknownReference UnknownScale UnusableAccessFile UnusableClient UnusableKey VersionConflict Violation",
    "filters": "act_filter commitment_filter instrument_filter",
    "history": "CaughtUp Heartbeat StoredRecord",
    "log_filter": "LogFilter",
    "notices": "Distrusted Notice Retrying TokenDropped",
    "pagination": "Listing",
    "streaming": "Stream",
    "sync": "SyncLedgerClient SyncListing",
    "watching": "StandingsChanged WatchReached",
}


def __getattr__(name: str) -> Any:
    for home, names in _HOMES.items():
        if name in names.split():
            value = getattr(import_module(f"{__name__}.{home}"), name)
            globals()[name] = value
            return value
    if not name.startswith("_"):
        try:
            return import_module(f"{__name__}.{name}")
        except ModuleNotFoundError as error:
            if error.name != f"{__name__}.{name}":
                raise
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
