"""Reads the exception for a failed call from the details that the service sends
(google.rpc.ErrorInfo, BadRequest and RetryInfo), never from the words of a message.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Any, NamedTuple

import grpc
from google.protobuf.message import DecodeError
from google.rpc import error_details_pb2, status_pb2

from diplomatic_ledger.errors import (
    CutOutOfRange,
    DeadlineExceeded,
    EntryExists,
    EntryNotFound,
    InternalError,
    InvalidPageToken,
    InvalidRequest,
    InvalidToken,
    LedgerDistrusted,
    LedgerElsewhere,
    LedgerError,
    LedgerExists,
    LedgerNotFound,
    LedgerNotServed,
    LedgerSucceeded,
    LimitReached,
    NotFound,
    NotIdentified,
    NotPermitted,
    Overloaded,
    ReadOnlyService,
    Remarked,
    RequestIdReused,
    TokenExpired,
    Unavailable,
    UnknownMethod,
    UnknownReference,
    UnknownScale,
    UnusableAccessFile,
    UnusableKey,
    VersionConflict,
    Violation,
)

_DOMAIN = "diplomatic-ledger"
_DETAILS_KEY = "grpc-status-details-bin"
_CALL_ID_KEY = "x-request-id"

_BY_REASON: dict[str, type[LedgerError]] = {
    "VALIDATION_FAILED": InvalidRequest,
    "UNKNOWN_REFERENCE": UnknownReference,
    "REMARKED": Remarked,
    "INVALID_TOKEN": InvalidToken,
    "INVALID_PAGE_TOKEN": InvalidPageToken,
    "CUT_OUT_OF_RANGE": CutOutOfRange,
    "LEDGER_NOT_FOUND": LedgerNotFound,
    "ENTRY_NOT_FOUND": EntryNotFound,
    "LEDGER_EXISTS": LedgerExists,
    "ENTRY_EXISTS": EntryExists,
    "REQUEST_ID_REUSED": RequestIdReused,
    "VERSION_CONFLICT": VersionConflict,
    "UNKNOWN_SCALE": UnknownScale,
    "DEADLINE_EXCEEDED": DeadlineExceeded,
    "OVERLOADED": Overloaded,
    "SHARE_USED_UP": Overloaded,
    "READER_TOO_SLOW": Overloaded,
    "LIMIT_REACHED": LimitReached,
    "SHUTTING_DOWN": Unavailable,
    "STORAGE_FAILED": Unavailable,
    "VIEWS_FAILED": Unavailable,
    "INTERNAL": InternalError,
    "LEDGER_DISTRUSTED": LedgerDistrusted,
    "LEDGER_ELSEWHERE": LedgerElsewhere,
    "LEDGER_SUCCEEDED": LedgerSucceeded,
    "LEDGER_NOT_SERVED": LedgerNotServed,
    "UNUSABLE_KEY": UnusableKey,
    "READ_ONLY_SERVICE": ReadOnlyService,
    "REPLICA_BEHIND": Unavailable,
    "UNKNOWN_METHOD": UnknownMethod,
    "NOT_IDENTIFIED": NotIdentified,
    "TOKEN_EXPIRED": TokenExpired,
    "NOT_PERMITTED": NotPermitted,
    "TOKEN_NOT_FOUND": NotFound,
    "GRANT_NOT_FOUND": NotFound,
    "UNUSABLE_ACCESS_FILE": UnusableAccessFile,
}

#: For errors that the transport raises itself, or a reason that is newer than this client.
_BY_CODE: dict[grpc.StatusCode, type[LedgerError]] = {
    grpc.StatusCode.INVALID_ARGUMENT: InvalidRequest,
    grpc.StatusCode.NOT_FOUND: NotFound,
    grpc.StatusCode.OUT_OF_RANGE: CutOutOfRange,
    grpc.StatusCode.DEADLINE_EXCEEDED: DeadlineExceeded,
    # Of the transport: a message is larger than it takes.
    grpc.StatusCode.RESOURCE_EXHAUSTED: LimitReached,
    grpc.StatusCode.UNIMPLEMENTED: UnknownMethod,
    grpc.StatusCode.UNAVAILABLE: Unavailable,
    grpc.StatusCode.INTERNAL: InternalError,
    grpc.StatusCode.UNAUTHENTICATED: NotIdentified,
    grpc.StatusCode.PERMISSION_DENIED: NotPermitted,
}


def decode(error: grpc.aio.AioRpcError) -> LedgerError:
    """The exception for a failed call."""
    told = _details(error)
    code = error.code()
    if code is grpc.StatusCode.CANCELLED:
        # A call that reaches a server in the moment in which it stops gets this from gRPC. Who
        # cancels a call himself gets asyncio's CancelledError.
        code = grpc.StatusCode.UNAVAILABLE
    kind = _BY_REASON.get(told.info.reason) or _BY_CODE.get(code, LedgerError)
    if kind is LimitReached and told.retry_seconds is not None:
        kind = Overloaded
    return kind(
        error.details() or code.name,
        code=code,
        reason=told.info.reason,
        metadata=dict(told.info.metadata),
        violations=told.violations,
        retry_seconds=told.retry_seconds,
        call_id=_call_id(error),
    )


class _Details(NamedTuple):
    info: error_details_pb2.ErrorInfo
    violations: tuple[Violation, ...]
    retry_seconds: float | None


def _details(error: grpc.aio.AioRpcError) -> _Details:
    info = error_details_pb2.ErrorInfo()
    bad = error_details_pb2.BadRequest()
    retry: float | None = None
    with suppress(DecodeError):  # a server may send anything as details
        for detail in _status(error).details:
            if detail.Is(error_details_pb2.ErrorInfo.DESCRIPTOR):
                detail.Unpack(info)
            elif detail.Is(error_details_pb2.BadRequest.DESCRIPTOR):
                detail.Unpack(bad)
            elif detail.Is(error_details_pb2.RetryInfo.DESCRIPTOR):
                retry = _seconds(detail)
    if info.domain != _DOMAIN:
        info = error_details_pb2.ErrorInfo()
    return _Details(
        info, tuple(Violation(v.field, v.description) for v in bad.field_violations), retry
    )


def _seconds(detail: Any) -> float:
    asked = error_details_pb2.RetryInfo()
    detail.Unpack(asked)
    seconds: float = asked.retry_delay.seconds + asked.retry_delay.nanos / 1e9
    return max(0.0, seconds)


def _call_id(error: grpc.aio.AioRpcError) -> str:
    for key, value in error.trailing_metadata() or ():
        if key == _CALL_ID_KEY and isinstance(value, str):
            return value
    return ""


def _status(error: grpc.aio.AioRpcError) -> status_pb2.Status:
    for key, value in error.trailing_metadata() or ():
        if key == _DETAILS_KEY and isinstance(value, bytes):
            return status_pb2.Status.FromString(value)
    return status_pb2.Status()
