"""The exceptions of a call to a ledger service: one for each reason of the protocol.

The reason is read from the details that the service sends (google.rpc.ErrorInfo and
BadRequest), never from the words of a message.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import NamedTuple

import grpc
from google.protobuf.message import DecodeError
from google.rpc import error_details_pb2, status_pb2

_DOMAIN = "diplomatic-ledger"
_DETAILS_KEY = "grpc-status-details-bin"


class Violation(NamedTuple):
    """A field of a request that breaks a rule, such as `items[3].entry.id`."""

    field: str
    problem: str


class LedgerError(Exception):
    """Base of all errors of a call. `reason` is the stable name of the protocol, empty
    when the service gave none; `metadata` holds what it said about it.
    """

    def __init__(
        self,
        message: str,
        *,
        code: grpc.StatusCode = grpc.StatusCode.UNKNOWN,
        reason: str = "",
        metadata: Mapping[str, str] | None = None,
        violations: tuple[Violation, ...] = (),
    ) -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.reason = reason
        self.metadata = dict(metadata or {})
        self._violations = violations

    def _number(self, key: str) -> int | None:
        text = self.metadata.get(key, "")
        return int(text) if text.isdecimal() else None


class InvalidRequest(LedgerError):
    """The request breaks rules; nothing was recorded."""

    @property
    def violations(self) -> tuple[Violation, ...]:
        """Every field that breaks a rule, with its problem."""
        return self._violations


class UnknownReference(InvalidRequest):
    """The request names ids that are not in the ledger or are of another type."""


class InvalidToken(LedgerError):
    """The consistency token is malformed or of another ledger."""


class InvalidPageToken(LedgerError):
    """The page token is malformed or of another question."""


class CutOutOfRange(LedgerError):
    """A cut lies beyond the end of the log or the clock of the service."""

    @property
    def head(self) -> int | None:
        """Last position of the log."""
        return self._number("head")


class NotFound(LedgerError):
    """Base of the errors about something that does not exist."""


class LedgerNotFound(NotFound):
    """There is no ledger of this name."""


class EntryNotFound(NotFound):
    """There is no entry of this id, or not at these cuts."""


class LedgerExists(LedgerError):
    """The name is taken by a ledger with another title, purpose or opening day."""


class EntryExists(LedgerError):
    """The entry's id is taken."""

    @property
    def version(self) -> int | None:
        """The last version of the entry that has the id."""
        return self._number("version")


class RequestIdReused(LedgerError):
    """The request id was used with other content."""


class VersionConflict(LedgerError):
    """The entry is at another version than was expected."""

    @property
    def expected(self) -> int | None:
        return self._number("expected")

    @property
    def actual(self) -> int | None:
        return self._number("actual")


class UnknownScale(LedgerError):
    """There is no scale of this id at these cuts."""


class DeadlineExceeded(LedgerError):
    """The time for the call ran out. A recording may have succeeded: repeat it with the same
    request id, and its answer says so.
    """


class Overloaded(LedgerError):
    """Too many calls or entries wait; try again later."""


class Unavailable(LedgerError):
    """The service cannot be reached, is stopping, or its storage failed; the call may be
    tried again (a recording with the same request id).
    """


class LimitReached(LedgerError):
    """The service holds as much of something as it can, such as ledgers."""


class LedgerDistrusted(LedgerError):
    """The log does not fit what was signed; the ledger is read only."""


class LedgerNotServed(LedgerError):
    """The ledger is there and cannot be opened; the message says what its operator can do."""


class UnusableKey(LedgerError):
    """A key of the service cannot be used; the message says what its operator can do."""


class ReadOnlyService(LedgerError):
    """The service only reads, from a replica; ask one that records."""


class InternalError(LedgerError):
    """A fault of the service; its log has the details."""


_BY_REASON: dict[str, type[LedgerError]] = {
    "VALIDATION_FAILED": InvalidRequest,
    "UNKNOWN_REFERENCE": UnknownReference,
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
    "LIMIT_REACHED": LimitReached,
    "SHUTTING_DOWN": Unavailable,
    "STORAGE_FAILED": Unavailable,
    "VIEWS_FAILED": Unavailable,
    "INTERNAL": InternalError,
    "LEDGER_DISTRUSTED": LedgerDistrusted,
    "LEDGER_NOT_SERVED": LedgerNotServed,
    "UNUSABLE_KEY": UnusableKey,
    "READ_ONLY_SERVICE": ReadOnlyService,
    "REPLICA_BEHIND": Unavailable,
}

#: For errors that the transport raises itself, or a reason that is newer than this client.
_BY_CODE: dict[grpc.StatusCode, type[LedgerError]] = {
    grpc.StatusCode.INVALID_ARGUMENT: InvalidRequest,
    grpc.StatusCode.NOT_FOUND: NotFound,
    grpc.StatusCode.OUT_OF_RANGE: CutOutOfRange,
    grpc.StatusCode.DEADLINE_EXCEEDED: DeadlineExceeded,
    grpc.StatusCode.RESOURCE_EXHAUSTED: Overloaded,
    grpc.StatusCode.UNAVAILABLE: Unavailable,
    grpc.StatusCode.INTERNAL: InternalError,
}


def decode(error: grpc.aio.AioRpcError) -> LedgerError:
    """The exception for a failed call."""
    info, violations = _details(error)
    kind = _BY_REASON.get(info.reason) or _BY_CODE.get(error.code(), LedgerError)
    return kind(
        error.details() or error.code().name,
        code=error.code(),
        reason=info.reason,
        metadata=dict(info.metadata),
        violations=violations,
    )


def _details(
    error: grpc.aio.AioRpcError,
) -> tuple[error_details_pb2.ErrorInfo, tuple[Violation, ...]]:
    info = error_details_pb2.ErrorInfo()
    bad = error_details_pb2.BadRequest()
    with suppress(DecodeError):  # a server may send anything as details
        for detail in _status(error).details:
            if detail.Is(error_details_pb2.ErrorInfo.DESCRIPTOR):
                detail.Unpack(info)
            elif detail.Is(error_details_pb2.BadRequest.DESCRIPTOR):
                detail.Unpack(bad)
    if info.domain != _DOMAIN:
        info = error_details_pb2.ErrorInfo()
    return info, tuple(Violation(v.field, v.description) for v in bad.field_violations)


def _status(error: grpc.aio.AioRpcError) -> status_pb2.Status:
    for key, value in error.trailing_metadata() or ():
        if key == _DETAILS_KEY and isinstance(value, bytes):
            return status_pb2.Status.FromString(value)
    return status_pb2.Status()
