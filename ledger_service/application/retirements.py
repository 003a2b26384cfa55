"""Takes ledgers in a data folder out of service, with all their files, and brings them back."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress

from ledger_service.application.ledger import Ledger
from ledger_service.application.ledgers import Ledgers
from ledger_service.application.retiring import Archive
from ledger_service.application.successions import nothing_to_close
from ledger_service.background import in_thread
from ledger_service.domain.values.refusals import (
    Invalid,
    LedgerNotServed,
    NameInUse,
    NothingRetired,
    StorageFailed,
    Violation,
)
from ledger_service.persistence.storage.stores import schema_of

_log = logging.getLogger(__name__)


class Retirements:
    """Belongs to the event loop. It keeps nothing: where the files lie tells which are retired."""

    def __init__(self, ledgers: Ledgers) -> None:
        self._ledgers = ledgers

    async def retire(
        self, name: str, closing: Callable[[str], Awaitable[object]] = nothing_to_close
    ) -> Archive:
        """Takes a ledger out of service and keeps all its files, see `Retired`; one that cannot
        be opened, too. `closing` is called before its log is closed. Raises LedgerNotFound,
        LedgerDistrusted for a lost log, UnusableKey where another process signs with its keys,
        Invalid for a log in a database, or StorageFailed.
        """
        ledgers = self._ledgers
        async with ledgers.changing:
            ledgers.refuse_making()
            await ledgers.open_closed(name)
            with suppress(LedgerNotServed):
                ledgers.get(name)
            if ledgers.shared:
                raise Invalid((Violation("ledger", _by_hand(name)),))
            try:
                ledger = ledgers.take_away(name)
                try:
                    await closing(name)
                finally:
                    if ledger is not None:
                        await ledgers.close_apart(ledger)
                # Nobody else may sign with the keys that are moved.
                with ledgers.keys_of(name):
                    archive = await in_thread(
                        lambda: ledgers.archives.put(
                            name, ledgers.folder(name), ledgers.clock()
                        )
                    )
            except OSError as error:
                _log.exception("The ledger %s could not be retired.", name)
                raise StorageFailed from error
            finally:
                await ledgers.serve_again(name)
            ledgers.forget(name)
            return archive

    async def bring_back(self, name: str, archive: str = "") -> Ledger:
        """Serves a retired ledger again: the one that was retired last of those that had the
        name, or the one in `archive`. Raises NothingRetired, NameInUse, Invalid, LedgerNotServed
        when it cannot be opened, TooManyLedgers or StorageFailed; after the last, call it again.
        """
        ledgers = self._ledgers
        async with ledgers.changing:
            ledgers.refuse_making()
            if ledgers.shared:
                raise Invalid((Violation("ledger", _back_by_hand(name)),))
            found = [each for each in ledgers.archives.of(name) if archive in ("", each.name)]
            if not found:
                raise NothingRetired(name)
            chosen = found[-1]
            # Where bringing it back broke off, its keys are there already, and its log seems lost.
            broke_off = ledgers.lost_log(name) is not None and not chosen.keys.exists()
            if ledgers.is_taken(name) and not broke_off:
                raise NameInUse(name)
            async with ledgers.room_for_one():
                try:
                    await in_thread(lambda: ledgers.archives.take(chosen, ledgers.folder(name)))
                    await ledgers.serve_again(name)
                except OSError as error:
                    _log.exception("The ledger %s could not be brought back.", name)
                    raise StorageFailed from error
            return ledgers.get(name)

    def retired(self) -> list[Archive]:
        """The ledgers that were retired, by name. Blocks."""
        return [] if self._ledgers.shared else self._ledgers.archives.all()


def _by_hand(name: str) -> str:
    """The steps by which a log in a database is retired; no longer than a refusal may be."""
    schema = schema_of(name)
    return (
        f"{_IN_A_DATABASE} back it up; stop all services; ALTER SCHEMA {schema} RENAME TO "
        f"retired_{schema}; of each service, move away {name}.* in keys_dir, and its folder under "
        "ledgers in data_dir; start them. A new ledger needs another name."
    )


def _back_by_hand(name: str) -> str:
    schema = schema_of(name)
    return (
        f"{_IN_A_DATABASE} stop all services; ALTER SCHEMA retired_{schema} RENAME TO {schema}; of "
        f"each service, move back {name}.* into keys_dir, and its folder under ledgers in "
        "data_dir; start them."
    )


_IN_A_DATABASE = "The logs lie in a database that others may use too. By hand:"
