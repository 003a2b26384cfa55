"""The exceptions of a call to a ledger service: one for each reason of the protocol.

Each has the stable reason of the protocol, whatever the words of its message are.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

import grpc


class Violation(NamedTuple):
    """A field of a request that breaks a rule, such as `items[3].entry.state`."""

    field: str
    problem: str


class LedgerError(Exception):
    """Base of all errors of a call. `reason` is the stable name of the protocol, empty
    when the service gave none; `metadata` holds what it said about it. `retry_seconds` is how
    long the service asks to wait before the same call is made again; None: it does not. Under
    `call_id` the log of the service has the call (x-request-id), if it reached it. Of a
    recording `request_id` is the id of its request, also where the client made it up: when it
    is not known whether it was recorded, repeat it with that id. Of `record_all`
    `recorded_behind` is how many items behind the request that failed are recorded.
    """

    def __init__(
        self,
        message: str,
        *,
        code: grpc.StatusCode = grpc.StatusCode.UNKNOWN,
        reason: str = "",
        metadata: Mapping[str, str] | None = None,
        violations: tuple[Violation, ...] = (),
        retry_seconds: float | None = None,
        call_id: str = "",
    ) -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.reason = reason
        self.metadata = dict(metadata or {})
        self.retry_seconds = retry_seconds
        self.call_id = call_id
        self.request_id = ""
        self.recorded_behind = 0
        self._violations = violations

    def reword(self, said: Callable[[str], str]) -> None:
        """Puts what `said` makes of each text in its place."""
        self.message = said(self.message)
        self.args = (self.message,)
        self._violations = tuple(Violation(*map(said, each)) for each in self._violations)

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


class Remarked(InvalidRequest):
    """The request asked to be refused for what may be a slip; `violations` lists it."""


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


class InvalidArgument(InvalidRequest, ValueError):
    """An argument of a call cannot be sent, such as a day that is none. Nothing was sent."""

    def __init__(self, message: str) -> None:
        super().__init__(
            message, code=grpc.StatusCode.INVALID_ARGUMENT, reason="VALIDATION_FAILED"
        )


class TooLarge(InvalidArgument):
    """What was to be sent does not fit into one request. Nothing was sent."""


class NotFound(LedgerError):
    """Base of the errors about something that does not exist."""


class LedgerNotFound(NotFound):
    """There is no ledger of this name."""


class EntryNotFound(NotFound):
    """There is no entry of this id, or not at these cuts."""


class LedgerExists(LedgerError):
    """The name is taken by a ledger with another title, purpose or opening day."""


class EntryExists(LedgerError):
    """The entry's id is taken; where identical entries are accepted, by one that differs."""

    @property
    def version(self) -> int | None:
        """The last version of the entry that has the id."""
        return self._number("version")

    @property
    def differing(self) -> tuple[str, ...]:
        """The fields in which that version differs from what was to be recorded, where
        identical entries are accepted; none where it is annulled.
        """
        return tuple(filter(None, self.metadata.get("differing", "").split(", ")))


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


class NoAnswer(DeadlineExceeded):
    """Nothing came back in the time that the client gave a call, retries included. `before` is
    why the attempt before the last one failed, if there was one.
    """

    def __init__(
        self, method: str, seconds: float, attempts: int, before: LedgerError | None
    ) -> None:
        tried = "" if attempts == 1 else f", in {attempts} attempts"
        told = f" The one before failed: {before.message}" if before is not None else ""
        super().__init__(
            f"No answer to {method} within {seconds:g} s{tried}.{told}",
            code=grpc.StatusCode.DEADLINE_EXCEEDED,
            reason="DEADLINE_EXCEEDED",
            metadata={"method": method, "seconds": f"{seconds:g}", "attempts": str(attempts)},
        )
        self.method = method
        self.seconds = seconds
        self.attempts = attempts
        self.before = before


class Overloaded(LedgerError):
    """More was asked than the service takes from all callers, or from one (its message says
    which), or a stream was not read for too long; try again later.
    """


class Unavailable(LedgerError):
    """The service cannot be reached, is stopping, or its storage failed; the call may be
    tried again (a recording with the same request id).
    """


class Silent(Unavailable):
    """A stream was silent for longer than a service ever is that is there."""

    def __init__(self, seconds: float) -> None:
        super().__init__(
            f"Nothing came from the service for {seconds:g} s, not even a heartbeat.",
            code=grpc.StatusCode.UNAVAILABLE,
        )


class LimitReached(LedgerError):
    """The service holds as much of something as it can, such as ledgers, or a message is larger
    than what carries it takes. Trying again does not help.
    """


class LedgerDistrusted(LedgerError):
    """The log does not fit what was signed; the ledger is read only."""


class LedgerElsewhere(LedgerError):
    """The log is a copy, or was moved, and no operator has said yet that it lives where it is; it
    is only read there.
    """


class LedgerSucceeded(LedgerError):
    """Another ledger goes on for this one, which is only read; the message has its origin."""


class LedgerNotServed(LedgerError):
    """The ledger is there and cannot be opened; the message says what its operator can do."""


class UnusableKey(LedgerError):
    """A key of the service cannot be used; the message says what its operator can do."""


class UnusableAccessFile(LedgerError):
    """The service can neither read nor change its tokens or grants; the message says why and what
    its operator can do.
    """


class ReadOnlyService(LedgerError):
    """The service only reads, from a replica; ask one that records."""


class UnusableClient(LedgerError, RuntimeError):
    """The client is closed, or belongs to another event loop or process. Nothing was sent."""

    def __init__(self, message: str) -> None:
        super().__init__(message, code=grpc.StatusCode.FAILED_PRECONDITION)


class UnknownMethod(LedgerError):
    """The service does not have what was asked for; it may be of an older version."""


class NotIdentified(LedgerError):
    """The service does not know who calls: give the client valid credentials."""


class TokenExpired(NotIdentified):
    """The token was right, and its time is over. Get a new one."""


class NotPermitted(LedgerError):
    """The caller may not do this; the message names the role that it needs."""


class InternalError(LedgerError):
    """A fault of the service; its log has the details."""
