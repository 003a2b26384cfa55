"""Refuses calls to methods that this service does not have with a reason, as all others."""

from __future__ import annotations

from typing import Any, cast

import grpc

from ledger_service.api import errors
from ledger_service.api.access_log import AccessLog
from ledger_service.api.call_ids import call_id

_Context = grpc.aio.ServicerContext[Any, Any]
#: So much of a method's name is told back.
_MAX_NAME = 120


class UnknownMethods(grpc.GenericRpcHandler):
    """The handler of every method. It must be the last one of a server."""

    def __init__(self, lines: AccessLog) -> None:
        self._lines = lines

    def service(self, handler_call_details: grpc.HandlerCallDetails) -> Any:
        method = handler_call_details.method[:_MAX_NAME]

        async def refuse(_: object, context: _Context) -> None:
            refusal, given = (
                errors.UnknownMethod(method),
                call_id(context.invocation_metadata() or ()),
            )
            chosen = errors.form(refusal)
            facts: dict[str, object] = {
                "request_id": given,
                "peer": context.peer(),
                "reason": chosen.reason,
                "method": method,
                "code": chosen.code.name,
            }
            self._lines.write(chosen.code.name, lambda: facts)
            await context.abort_with_status(cast("Any", errors.status(refusal, given)))

        # It is not known what kind of call it is; this one fits all of them.
        return grpc.stream_stream_rpc_method_handler(refuse)
