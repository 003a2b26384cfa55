"""How a refusal looks on the wire: one table from refusals to gRPC status, reason and
metadata.

Texts are those of the refusals. An error that is no refusal becomes INTERNAL with a plain
sentence; its details go to the service's log only.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast

import grpc
from diplomatic_ledger.v1.errors_pb2 import ErrorReason
from google.protobuf.duration_pb2 import Duration
from google.rpc import code_pb2, error_details_pb2, status_pb2
from grpc_status import rpc_status

from ledger_service.access.kept_file import FileRefused
from ledger_service.access.refusals import (
    GrantNotFound,
    NotIdentified,
    NotPermitted,
    TokenExpired,
    TokenNotFound,
    TooManyGrants,
    TooManyGuesses,
)
from ledger_service.api.call_ids import KEY
from ledger_service.domain.values import refusals

DOMAIN = "diplomatic-ledger"
#: Bytes of listed violations, at most: a client's usual limit on trailers is 8 KiB. What
#: the caller sent comes back in texts and facts, so each of them has a limit too.
_ROOM = 5000
_MAX_TEXT = 400
_MAX_FACT = 200


class DeadlinePassed(refusals.LedgerError):
    """The deadline of the call passed while it waited."""

    def __str__(self) -> str:
        return "The time of the call ran out while it waited. Give it more time, or ask again later."


@dataclass
class UnknownMethod(refusals.LedgerError):
    """The service has no such method."""

    method: str

    def __str__(self) -> str:
        return (
            f"This service has no method {self.method!r}. Correct the name, or ask a service of "
            "the client's version."
        )


@dataclass
class SubscriptionEnded(refusals.ShuttingDown):
    """The service is stopping; everything up to `position` was sent or filtered out."""

    position: int

    def __str__(self) -> str:
        return f"The service is stopping. Subscribe again after position {self.position}."


@dataclass
class WatchEnded(refusals.ShuttingDown):
    """The service is stopping; `token` goes on behind what was told."""

    token: str

    def __str__(self) -> str:
        return "The service is stopping. Watch again with the resume token of the last message."


_Facts = Callable[[Any], dict[str, object]]


@dataclass(frozen=True)
class Form:
    """The status and reason of a refusal, and which of its attributes go into the metadata.
    The same call may succeed after `retry_seconds`, or after those that the refusal has. With
    `leaves_open` it does not tell whether a call that records did so.
    """

    code: grpc.StatusCode
    reason: str
    facts: _Facts = lambda _: {}
    retry_seconds: int | Callable[[Any], float] | None = None
    leaves_open: bool = False


_Code = grpc.StatusCode
_FORMS: dict[type[Exception], Form] = {
    refusals.Invalid: Form(_Code.INVALID_ARGUMENT, "VALIDATION_FAILED"),
    refusals.UnknownReference: Form(_Code.INVALID_ARGUMENT, "UNKNOWN_REFERENCE"),
    refusals.Remarked: Form(_Code.INVALID_ARGUMENT, "REMARKED"),
    refusals.InvalidToken: Form(
        _Code.INVALID_ARGUMENT,
        "INVALID_TOKEN",
        lambda e: {"field": e.field} if e.field else {},
    ),
    refusals.InvalidResumeToken: Form(_Code.INVALID_ARGUMENT, "INVALID_TOKEN"),
    refusals.InvalidPageToken: Form(_Code.INVALID_ARGUMENT, "INVALID_PAGE_TOKEN"),
    refusals.CutOutOfRange: Form(
        _Code.OUT_OF_RANGE,
        "CUT_OUT_OF_RANGE",
        lambda e: {"head": e.head},
    ),
    refusals.LedgerNotFound: Form(
        _Code.NOT_FOUND, "LEDGER_NOT_FOUND", lambda e: {"ledger": e.name}
    ),
    refusals.LedgerNotServed: Form(
        _Code.FAILED_PRECONDITION, "LEDGER_NOT_SERVED", lambda e: {"ledger": e.name}
    ),
    refusals.UnusableKey: Form(_Code.FAILED_PRECONDITION, "UNUSABLE_KEY"),
    refusals.EntryNotFound: Form(
        _Code.NOT_FOUND,
        "ENTRY_NOT_FOUND",
        lambda e: (
            {"entry_id": e.entry_id}
            | ({"wanted": e.wanted} if e.wanted else {})
            | ({"others": ", ".join(o.entry_id for o in e.others)} if e.others else {})
        ),
    ),
    refusals.LedgerExists: Form(
        _Code.ALREADY_EXISTS, "LEDGER_EXISTS", lambda e: {"ledger": e.name}
    ),
    refusals.EntryExists: Form(
        _Code.ALREADY_EXISTS,
        "ENTRY_EXISTS",
        lambda e: {"entry_id": e.entry_id, "version": e.version},
    ),
    refusals.EntryDiffers: Form(
        _Code.ALREADY_EXISTS,
        "ENTRY_EXISTS",
        lambda e: {
            "entry_id": e.entry_id,
            "version": e.version,
            "offered_version": 1,
            "differing": ", ".join(e.fields),
        },
    ),
    refusals.RequestIdReused: Form(
        _Code.ALREADY_EXISTS, "REQUEST_ID_REUSED", lambda e: {"request_id": e.request_id}
    ),
    refusals.RequestContentErased: Form(
        _Code.ALREADY_EXISTS, "REQUEST_ID_REUSED", lambda e: {"request_id": e.request_id}
    ),
    refusals.VersionConflict: Form(
        _Code.ABORTED,
        "VERSION_CONFLICT",
        lambda e: {"entry_id": e.entry_id, "expected": e.expected, "actual": e.actual},
    ),
    refusals.UnknownScale: Form(
        _Code.FAILED_PRECONDITION, "UNKNOWN_SCALE", lambda e: {"scale": e.scale}
    ),
    refusals.LedgerDistrusted: Form(
        _Code.FAILED_PRECONDITION, "LEDGER_DISTRUSTED", lambda e: {"ledger": e.name}
    ),
    refusals.LedgerElsewhere: Form(
        _Code.FAILED_PRECONDITION, "LEDGER_ELSEWHERE", lambda e: {"ledger": e.name}
    ),
    refusals.LedgerSucceeded: Form(
        _Code.FAILED_PRECONDITION,
        "LEDGER_SUCCEEDED",
        lambda e: {"ledger": e.name, "successor": e.successor},
    ),
    refusals.ReadOnlyService: Form(_Code.FAILED_PRECONDITION, "READ_ONLY_SERVICE"),
    refusals.ReplicaBehind: Form(
        _Code.UNAVAILABLE, "REPLICA_BEHIND", lambda e: {"position": e.position}, 1
    ),
    NotIdentified: Form(_Code.UNAUTHENTICATED, "NOT_IDENTIFIED"),
    TokenExpired: Form(_Code.UNAUTHENTICATED, "TOKEN_EXPIRED"),
    TooManyGuesses: Form(
        _Code.RESOURCE_EXHAUSTED, "OVERLOADED", retry_seconds=lambda e: e.seconds
    ),
    TooManyGrants: Form(
        _Code.RESOURCE_EXHAUSTED, "LIMIT_REACHED", lambda e: {"grants": e.most}
    ),
    NotPermitted: Form(_Code.PERMISSION_DENIED, "NOT_PERMITTED"),
    TokenNotFound: Form(_Code.NOT_FOUND, "TOKEN_NOT_FOUND", lambda e: {"prefix": e.prefix}),
    GrantNotFound: Form(_Code.NOT_FOUND, "GRANT_NOT_FOUND", lambda e: {"ledger": e.ledger}),
    FileRefused: Form(_Code.FAILED_PRECONDITION, "UNUSABLE_ACCESS_FILE"),
    UnknownMethod: Form(_Code.UNIMPLEMENTED, "UNKNOWN_METHOD", lambda e: {"method": e.method}),
    DeadlinePassed: Form(_Code.DEADLINE_EXCEEDED, "DEADLINE_EXCEEDED", leaves_open=True),
    refusals.Overloaded: Form(
        _Code.RESOURCE_EXHAUSTED, "OVERLOADED", lambda e: {"waiting": e.waiting}, 1
    ),
    refusals.TooManyQuestions: Form(
        _Code.RESOURCE_EXHAUSTED, "OVERLOADED", lambda e: {"questions": e.waiting}, 1
    ),
    refusals.TooManyHeavyQuestions: Form(
        _Code.RESOURCE_EXHAUSTED, "OVERLOADED", lambda e: {"heavy_questions": e.heavy}, 5
    ),
    refusals.TooManyStreams: Form(
        _Code.RESOURCE_EXHAUSTED, "OVERLOADED", lambda e: {"streams": e.most}, 1
    ),
    refusals.TooManyBytes: Form(
        _Code.RESOURCE_EXHAUSTED, "OVERLOADED", lambda e: {"bytes": e.most}, 1
    ),
    refusals.TooMuchAtOnce: Form(
        _Code.RESOURCE_EXHAUSTED,
        "SHARE_USED_UP",
        lambda e: {"limit": e.setting, "most": e.most},
        1,
    ),
    refusals.TooFast: Form(
        _Code.RESOURCE_EXHAUSTED,
        "SHARE_USED_UP",
        lambda e: {"limit": e.setting, "most": f"{e.per_second:g}"},
        lambda e: e.seconds,
    ),
    refusals.ReaderTooSlow: Form(
        _Code.RESOURCE_EXHAUSTED,
        "READER_TOO_SLOW",
        lambda e: (
            ({} if e.position is None else {"position": e.position})
            | ({"resume_token": e.resume_token} if e.resume_token else {})
        ),
        1,
    ),
    refusals.ComputedTooLong: Form(
        _Code.RESOURCE_EXHAUSTED, "LIMIT_REACHED", lambda e: {"seconds": f"{e.seconds:g}"}
    ),
    refusals.BodyTooSlow: Form(_Code.RESOURCE_EXHAUSTED, "OVERLOADED", retry_seconds=1),
    refusals.AnswerTooLarge: Form(
        _Code.RESOURCE_EXHAUSTED, "LIMIT_REACHED", lambda e: {"bytes": e.most}
    ),
    refusals.TooManyLedgers: Form(
        _Code.RESOURCE_EXHAUSTED, "LIMIT_REACHED", lambda e: {"ledgers": e.most}, 1
    ),
    refusals.ShuttingDown: Form(_Code.UNAVAILABLE, "SHUTTING_DOWN", retry_seconds=1),
    SubscriptionEnded: Form(
        _Code.UNAVAILABLE, "SHUTTING_DOWN", lambda e: {"position": e.position}, 1
    ),
    WatchEnded: Form(
        _Code.UNAVAILABLE,
        "SHUTTING_DOWN",
        lambda e: {"resume_token": e.token},
        retry_seconds=1,
    ),
    refusals.ErasureIncomplete: Form(_Code.UNAVAILABLE, "STORAGE_FAILED", retry_seconds=1),
    refusals.ClockAhead: Form(_Code.UNAVAILABLE, "STORAGE_FAILED", retry_seconds=60),
    refusals.StorageFailed: Form(
        _Code.UNAVAILABLE, "STORAGE_FAILED", retry_seconds=1, leaves_open=True
    ),
    refusals.ViewsFailed: Form(_Code.UNAVAILABLE, "VIEWS_FAILED", retry_seconds=1),
}
_INTERNAL = Form(_Code.INTERNAL, "INTERNAL")
_REPEAT = (
    "Repeat Record with the same request id; its answer says whether the first attempt was "
    "recorded."
)
_FAULT = "The service met a fault of its own. Its log has the details under the id of the call."


def form(error: Exception) -> Form:
    """The form of `error`; that of INTERNAL for an error that is no refusal."""
    for cls in type(error).__mro__:
        if cls in _FORMS:
            return _FORMS[cls]
    return _INTERNAL


def status(error: Exception, call_id: str, *, records: bool = False) -> grpc.Status:
    """`error` as a rich status, ready for abort_with_status; the id of the call goes along as
    with an answer. Of a call that `records` it says how to find out whether it did.
    """
    chosen = form(error)
    message = _FAULT if chosen is _INTERNAL else str(error)
    if records and chosen.leaves_open:
        message = f"{message} {_REPEAT}"
    whole = status_pb2.Status(
        code=code_pb2.Code.Value(chosen.code.name), message=_short(message, _MAX_TEXT)
    )
    for detail in _details(error, chosen, call_id):
        whole.details.add().Pack(detail)
    told: Any = rpc_status.to_status(whole)
    trailing = (*told.trailing_metadata, (KEY, call_id))
    return cast("grpc.Status", told._replace(trailing_metadata=trailing))


def _details(error: Exception, chosen: Form, call_id: str) -> list[Any]:
    assert f"ERROR_REASON_{chosen.reason}" in ErrorReason.keys()  # noqa: SIM118
    metadata = {
        key: _short(str(value), _MAX_FACT) for key, value in chosen.facts(error).items()
    }
    details: list[Any] = [
        error_details_pb2.ErrorInfo(reason=chosen.reason, domain=DOMAIN, metadata=metadata),
        error_details_pb2.RequestInfo(request_id=call_id),
    ]
    if isinstance(error, refusals.Invalid):
        details.append(_bad_request(error.violations, error.more))
    if (asked := chosen.retry_seconds) is not None:
        delay = Duration()
        delay.FromMilliseconds(round(1000 * (asked(error) if callable(asked) else asked)))
        details.append(error_details_pb2.RetryInfo(retry_delay=delay))
    return details


def _bad_request(
    violations: tuple[refusals.Violation, ...], left_out: int
) -> error_details_pb2.BadRequest:
    """The details of a refusal with violations: as many violations as there is room for, then
    the number of those left out.
    """
    listed = error_details_pb2.BadRequest()
    more = left_out
    for count, each in enumerate(violations):
        listed.field_violations.add(
            field=_short(each.field, _MAX_TEXT), description=_short(each.problem, _MAX_TEXT)
        )
        if listed.ByteSize() > _ROOM:
            del listed.field_violations[-1]
            more = len(violations) - count + left_out
            break
    if more:
        told = f"{refusals.counted(more, left_out)} more violations are not listed."
        listed.field_violations.add(description=told)
    return listed


def _short(text: str, limit: int) -> str:
    """The text, cut off at a number of bytes in UTF-8."""
    if len(text) <= limit // 4:  # no character has more than four
        return text
    return text.encode("utf-8", "replace")[:limit].decode("utf-8", "ignore")
