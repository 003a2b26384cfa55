"""Checks positions that a request names: whether the log reaches them, and whether they end
a request.

Before a position is refused as beyond the log, the head is refreshed; a replica waits for it.
"""

from __future__ import annotations

from ledger_service.api.deadlines import Call
from ledger_service.api.errors import DeadlinePassed
from ledger_service.api.server_state import ServerState
from ledger_service.application.ledger import Ledger
from ledger_service.domain.values.cuts import Cuts
from ledger_service.domain.values.refusals import Violation


async def look_for(state: ServerState, ledger: Ledger, position: int, call: Call) -> None:
    """Refreshes the head when it is not known to reach `position`. The position may lie
    beyond the log all the same, which is left to the caller to refuse. Raises ReplicaBehind
    when the log of a replica does not reach it within the deadline of the call.
    """
    if position <= ledger.head.position:
        return
    try:
        await state.deadlines.within(call, ledger.follower.look_for(position))
    except DeadlinePassed:
        ledger.positions.refuse_when_behind(Cuts(position=position))
        raise


def inside_a_request(ledger: Ledger, position: int, field: str) -> Violation | None:
    """A violation of `field` when the last record of a request does not stand at `position`,
    so that it has neither checkpoint nor export; None when it does. The position must not
    lie beyond the head.
    """
    before = ledger.positions.boundary(position)
    if before == position:
        return None
    after = ledger.positions.boundary_after(position)
    return Violation(
        field,
        f"{position} does not end a request. The nearest that do are {before} and {after}.",
    )
