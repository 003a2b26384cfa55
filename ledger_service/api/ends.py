"""Positions that have a checkpoint, or an export: those at which a request ends."""

from __future__ import annotations

from ledger_service.application.ledger import Ledger
from ledger_service.domain.values.refusals import Violation


def inside_a_request(ledger: Ledger, position: int, field: str) -> Violation | None:
    """What is wrong with a position, up to the head, that does not end a request."""
    before = ledger.boundary(position)
    if before == position:
        return None
    after = ledger.boundary_after(position)
    return Violation(
        field,
        f"{position} does not end a request; the nearest that do are {before} and {after}.",
    )
