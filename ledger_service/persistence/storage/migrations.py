"""Brings the tables of a log to the version that this program reads.

Each step is made under the lock of the log, in one transaction with the version that it
leads to, and is told in the log of the program. Tables of a newer version are refused, and so
are those of a time before the first release.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import NamedTuple

from ledger_service.domain.values.refusals import LedgerError
from ledger_service.persistence.storage.schema import CREATE_HOME, CREATE_TABLES

_log = logging.getLogger(__name__)


class Migration(NamedTuple):
    """A step to a version of the tables: what it does, in words, and its statements as
    templates.
    """

    version: int
    does: str
    statements: Sequence[str]


#: Tables of version 1 hold records in a form that was never released and that nothing here
#: reads; so do tables that have records and no version.
EARLIER = 1
#: Tables of this version have no `home`.
WITHOUT_HOME = 2
MIGRATIONS = (
    Migration(WITHOUT_HOME, "makes the tables of the log", CREATE_TABLES),
    Migration(3, "lets the log remember where it lives", CREATE_HOME),
)
VERSION = MIGRATIONS[-1].version
_LAST_OF_EARLIER = "2d91251"


class SchemaTooNew(LedgerError):
    """The tables of a log were made by a newer version of the program."""

    def __init__(self, place: str, version: int) -> None:
        super().__init__(
            f"The tables of {place} have version {version}; this program reads up to "
            f"version {VERSION}. Run a newer program."
        )


class RecordsTooOld(LedgerError):
    """The records of a log have the form of a time before the first release."""

    def __init__(self, place: str) -> None:
        super().__init__(
            f"The records of {place} have an earlier form, last written by commit "
            f"{_LAST_OF_EARLIER} of the program, which this one does not read: export the "
            "ledger with that one (ledgerctl export) and record its entries again in a new "
            "ledger (ledgerctl record)."
        )


class CopyUnfinished(LedgerError):
    """A log is being copied to this place, or its copy was interrupted."""

    def __init__(self, place: str) -> None:
        super().__init__(
            f"The copy of a log in {place} is not finished. Repeat the command that began "
            "it: ledger-service copy"
        )


def missing(version: int, place: str) -> list[Migration]:
    """The steps that tables of a version still need: all of them for version 0, where there
    are none. Raises SchemaTooNew, RecordsTooOld, and CopyUnfinished for a version below 0.
    """
    if version < 0:
        raise CopyUnfinished(place)
    if version == EARLIER:
        raise RecordsTooOld(place)
    if version > VERSION:
        raise SchemaTooNew(place, version)
    return [each for each in MIGRATIONS if each.version > version]


def tell(place: str, step: Migration) -> None:
    """Logs that a step begins."""
    _log.info("Migrating %s to version %d: %s.", place, step.version, step.does)
