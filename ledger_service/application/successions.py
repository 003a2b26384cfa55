"""Heirs of ledgers: successors, which go on for a log that is lost or not trusted any more, and
forks, which are copies for trying.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Awaitable, Callable
from typing import NamedTuple

from eventsourcing.persistence import PersistenceError

from ledger_service.application.heirs import Bequest, Heir, make_log, next_origin
from ledger_service.application.ledger import Ledger
from ledger_service.application.ledgers import Ledgers
from ledger_service.application.making import LedgerDescription, description_of, refuse_name
from ledger_service.background import in_thread
from ledger_service.domain.values.refusals import (
    Invalid,
    LedgerElsewhere,
    LedgerExists,
    StorageFailed,
    Violation,
)
from ledger_service.persistence.records import (
    LEDGER_FORKED,
    LEDGER_SUCCEEDED,
    LOCAL,
    LedgerOpened,
    microseconds_of,
)
from ledger_service.persistence.signing.keys import KeyFolder
from ledger_service.persistence.signing.trust import PART as TRUST

_log = logging.getLogger(__name__)

#: So much of its name is kept in that of an old log.
_STEM = 31


class Inherited(NamedTuple):
    """A ledger that inherited, what was left to it, and under which name the log before it lies
    now; empty when that is lost, or lies where it was.
    """

    ledger: Ledger
    bequest: Bequest
    aside: str = ""


async def nothing_to_close(_name: str) -> None:
    """Where nothing but the ledger itself uses its log."""


class Successions:
    """Belongs to the event loop. It keeps nothing."""

    def __init__(self, ledgers: Ledgers) -> None:
        self._ledgers = ledgers

    async def succeed(
        self,
        name: str,
        reason: str,
        about: LedgerDescription | None = None,
        recorded_by: str = LOCAL,
        *,
        aside: str = "",
        closing: Callable[[str], Awaitable[object]] = nothing_to_close,
    ) -> Inherited:
        """Has a ledger whose log is lost, or not trusted any more, go on under its name: its
        successor inherits what is intact. The old log lies `aside` from then on, under another
        name, and is only read. What the ledger is about is taken from its log; for a lost one
        `about` is needed. `closing` is called before the old log is closed. Raises
        LedgerNotFound, LedgerElsewhere, Invalid, UnusableKey, ClockAhead or StorageFailed;
        after the last, call it again.
        """
        ledgers = self._ledgers
        async with ledgers.changing:
            ledgers.refuse_making()
            await ledgers.open_closed(name)
            if (lost := ledgers.lost_log(name)) is not None:
                if about is None:
                    raise Invalid((Violation("title", _TITLE_IS_LOST),))
                bequest = lost.bequest(ledgers.keys_dir)
                made = await self._inherit(name, bequest, about, reason, recorded_by)
                return Inherited(made, bequest)
            old = ledgers.get(name)
            _refuse_sound(old)
            if about is not None:
                raise Invalid((Violation("title", _title_is_known(name)),))
            aside = aside or _aside(name)
            refuse_name(aside, "aside")
            if ledgers.is_taken(aside):
                raise Invalid((Violation("aside", f"{aside!r} is taken."),))
            bequest = await in_thread(old.bequest)
            ledgers.take_away(name)
            try:
                try:
                    await closing(name)
                except BaseException:
                    await ledgers.close_apart(old)
                    raise
                made = await self._inherit(
                    name,
                    bequest,
                    description_of(old),
                    reason,
                    recorded_by,
                    old=old,
                    aside=aside,
                )
            finally:
                for each in (name, aside):
                    await ledgers.serve_again(each)
            return Inherited(made, bequest, aside)

    async def fork(
        self, name: str, new: str, reason: str, recorded_by: str = LOCAL
    ) -> Inherited:
        """Makes a copy of a ledger for trying, which inherits what is intact, and has a name, an
        origin and a key of its own. Raises LedgerNotFound, LedgerExists, Invalid, UnusableKey,
        ClockAhead or StorageFailed.
        """
        refuse_name(new, "fork")
        ledgers = self._ledgers
        async with ledgers.changing:
            ledgers.refuse_making()
            await ledgers.open_closed(name)
            old = ledgers.get(name)
            if ledgers.is_taken(new):
                raise LedgerExists(new)
            async with ledgers.room_for_one():
                bequest = await in_thread(old.bequest)
                made = await self._inherit(
                    new, bequest, description_of(old), reason, recorded_by, kind=LEDGER_FORKED
                )
            return Inherited(made, bequest)

    async def _inherit(
        self,
        name: str,
        bequest: Bequest,
        about: LedgerDescription,
        reason: str,
        recorded_by: str,
        *,
        kind: str = LEDGER_SUCCEEDED,
        old: Ledger | None = None,
        aside: str = "",
    ) -> Ledger:
        """Makes the log of an heir, puts it in the place of the old one, and opens it."""
        ledgers = self._ledgers
        folder = KeyFolder(ledgers.keys_dir, name)
        if kind == LEDGER_FORKED:
            origin = f"{ledgers.origin_base}/{name}"
        else:
            origin = next_origin(bequest.origin)
        try:
            try:
                key = await in_thread(lambda: folder.add(origin))
                opening = LedgerOpened(
                    title=about.title,
                    purpose=about.purpose,
                    opens_on=about.opens_on,
                    origin=origin,
                    verification_key=key.text,
                )
                heir = Heir(kind, key, reason, opening, recorded_by)
                await in_thread(lambda: self._make_heir(name, bequest, heir, folder))
                if old is not None:
                    if await in_thread(old.stored_end) != bequest.end:
                        raise Invalid((Violation("ledger", _still_recorded(name)),))
                    await old.end(origin)
            finally:
                if old is not None:
                    await ledgers.close_apart(old)
            await in_thread(lambda: ledgers.store.take_place(name, aside))
            ledgers.seen(name).trust()  # what was found was found in the old log
            ledgers.health.clear(name, TRUST)
        except (PersistenceError, OSError) as error:
            _log.exception("The ledger %s could not be made to go on.", name)
            raise StorageFailed from error
        await ledgers.serve_again(name)
        return ledgers.get(name)

    def _make_heir(self, name: str, bequest: Bequest, heir: Heir, folder: KeyFolder) -> None:
        ledgers = self._ledgers
        make_log(
            name,
            ledgers.store.heir(name),
            bequest,
            heir,
            folder,
            lambda: microseconds_of(ledgers.clock()),
            trust_clock=ledgers.trust_clock,
        )


def _refuse_sound(ledger: Ledger) -> None:
    """Raises what speaks against a successor. One whose making broke off is made again."""
    if isinstance(refusal := ledger.refusal, LedgerElsewhere):
        raise refusal
    if refusal is None:
        raise Invalid((Violation("ledger", _sound(ledger.name)),))


_TITLE_IS_LOST = (
    "This is required, since the log that held it is lost. Give purpose and opening day too, if "
    "the ledger had them."
)


def _title_is_known(name: str) -> str:
    return f"The ledger {name!r} has its own title, purpose and opening day. Leave them out."


def _still_recorded(name: str) -> str:
    return (
        f"Another service recorded in the ledger {name!r} meanwhile, and its successor would "
        "lack that. Stop the other services of the database, then repeat this."
    )


def _sound(name: str) -> str:
    return f"The log of the ledger {name!r} fits what was signed. It needs no successor."


def _aside(name: str) -> str:
    """The name of an old log, if the operator gives none."""
    return f"{name[:_STEM].rstrip('-')}-old-{secrets.token_hex(2)}"
