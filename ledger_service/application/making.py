"""What a new ledger begins with: a name, what it is about, its origin and its key."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import NamedTuple

from ledger_service.application.heirs import next_origin
from ledger_service.application.ledger import Ledger
from ledger_service.domain.checks.fields import Violations
from ledger_service.domain.checks.ledgers import check_name
from ledger_service.domain.values.refusals import Invalid, Violation
from ledger_service.persistence.records import LedgerOpened
from ledger_service.persistence.signing.keys import make_key, verification_key


class LedgerDescription(NamedTuple):
    """What a ledger is about: title and purpose for people, and its first day."""

    title: str
    purpose: str = ""
    opens_on: date | None = None


def description_of(ledger: Ledger) -> LedgerDescription:
    opening = ledger.opening
    return LedgerDescription(opening.title, opening.purpose, opening.opens_on)


def refuse_name(name: str, field: str = "ledger") -> None:
    """Raises Invalid for what cannot be the name of a ledger."""
    found = Violations()
    check_name(found, name, field)
    found.refuse()


def refuse_signed(name: str) -> None:
    """Raises Invalid: a ledger had this name, and its log is gone."""
    raise Invalid((Violation("ledger", _lost(name)),))


def opening_of(
    name: str, about: LedgerDescription, origin: str, keys_dir: Path, *, was_retired: bool
) -> LedgerOpened:
    """What the first record of a new ledger says. Makes its key. Where a ledger of this name
    `was_retired`, the origin is another one: two logs under one would be two histories.
    """
    if was_retired:
        origin = next_origin(origin)
    key = make_key(keys_dir / f"{name}.key")
    return LedgerOpened(
        title=about.title,
        purpose=about.purpose,
        opens_on=about.opens_on,
        origin=origin,
        verification_key=verification_key(origin, key),
    )


def _lost(name: str) -> str:
    return (
        f"A ledger {name!r} was signed before and its log is gone. Restore its log from a "
        "backup, or choose another name."
    )
