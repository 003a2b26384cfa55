"""Gives a record a position that is one too far, so that one stays free before it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ledger_service.persistence.storage.log import Rows
from ledger_service.persistence.storage.sqlite import recorder

_AFTER = 50


def plant() -> None:
    grown = recorder.grown

    def too_far(*arguments: Any) -> Iterator[Rows]:
        for rows in grown(*arguments):
            events = [
                (position + (position > _AFTER), *rest) for position, *rest in rows.events
            ]
            yield rows._replace(events=events)

    recorder.grown = too_far
