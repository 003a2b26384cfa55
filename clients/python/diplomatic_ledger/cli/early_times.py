"""Tells when what a ledger held is asked for a time before its first record: often what could be
read by then was meant.
"""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime

from diplomatic_ledger.cli.session import Session


def tell(session: Session) -> None:
    """Says on stderr that the ledger held nothing at a time that was asked for."""
    with closing(session.client.read_log(session.ledger, limit=1)) as records:
        first = next(iter(records), None)
    if first is None:
        return
    began = datetime.fromisoformat(str(first.decoded().get("time")))
    for when in dict.fromkeys(session.times):
        if when < began:
            session.tell(
                f"This ledger held nothing at {_second(when)}: its first record is of "
                f"{_second(began)}. Did you mean --reported-by {when.date()}, what could be read "
                "by then?"
            )


def _second(when: datetime) -> str:
    return when.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
