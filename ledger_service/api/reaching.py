"""Positions that a caller learned elsewhere: before one is refused as beyond the log, the
log is looked at again, and a replica is waited for.
"""

from __future__ import annotations

from ledger_service.api.deadlines import Call
from ledger_service.api.errors import DeadlinePassed
from ledger_service.api.server_state import ServerState
from ledger_service.application.ledger import Ledger
from ledger_service.domain.values.cuts import Cuts


async def look_for(state: ServerState, ledger: Ledger, position: int, call: Call) -> None:
    """Returns when the log is known to reach a position, or not to. Raises ReplicaBehind
    when a replica does not get so far in the time of the call.
    """
    if position <= ledger.head.position:
        return
    try:
        await state.deadlines.within(call, ledger.look_for(position))
    except DeadlinePassed:
        ledger.refuse_when_behind(Cuts(position=position))
        raise
