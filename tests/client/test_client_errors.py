"""Errors of calls: one exception for each reason, read from the details."""

import grpc
import pytest
from diplomatic_ledger import errors
from diplomatic_ledger.cli import failures
from diplomatic_ledger.decoding import decode
from diplomatic_ledger.v1.errors_pb2 import ErrorReason
from google.protobuf.any_pb2 import Any
from google.rpc import error_details_pb2, status_pb2

REASONS = [name.removeprefix("ERROR_REASON_") for name in ErrorReason.keys()[1:]]


def failed(
    code: grpc.StatusCode,
    reason: str = "",
    violations: tuple[tuple[str, str], ...] = (),
    domain: str = "diplomatic-ledger",
    **metadata: str,
) -> errors.LedgerError:
    info = error_details_pb2.ErrorInfo(reason=reason, domain=domain, metadata=metadata)
    bad = error_details_pb2.BadRequest()
    for field, problem in violations:
        bad.field_violations.add(field=field, description=problem)
    status = status_pb2.Status(code=code.value[0])
    for detail in (info, bad):
        packed = Any()
        packed.Pack(detail)
        status.details.append(packed)
    trailing = grpc.aio.Metadata(("grpc-status-details-bin", status.SerializeToString()))
    error = grpc.aio.AioRpcError(code, grpc.aio.Metadata(), trailing, "Words that may change.")
    return decode(error)


def test_every_reason_of_the_protocol_has_an_exception():
    for reason in REASONS:
        error = failed(grpc.StatusCode.UNKNOWN, reason)
        assert type(error) is not errors.LedgerError, reason
        assert error.reason == reason


def test_violations_are_listed():
    error = failed(
        grpc.StatusCode.INVALID_ARGUMENT,
        "UNKNOWN_REFERENCE",
        (("items[0].entry.state.act.actor", "there is no party 'x'"), ("request_id", "wrong")),
    )
    assert isinstance(error, errors.UnknownReference)
    assert isinstance(error, errors.InvalidRequest)
    assert error.violations[0].field == "items[0].entry.state.act.actor"
    assert error.violations[1] == ("request_id", "wrong")


def test_numbers_are_numbers():
    conflict = failed(grpc.StatusCode.ABORTED, "VERSION_CONFLICT", expected="1", actual="2")
    assert isinstance(conflict, errors.VersionConflict)
    assert (conflict.expected, conflict.actual) == (1, 2)
    exists = failed(grpc.StatusCode.ALREADY_EXISTS, "ENTRY_EXISTS", version="3")
    assert isinstance(exists, errors.EntryExists)
    assert exists.version == 3
    cut = failed(grpc.StatusCode.OUT_OF_RANGE, "CUT_OUT_OF_RANGE", head="152")
    assert isinstance(cut, errors.CutOutOfRange)
    assert cut.head == 152


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (grpc.StatusCode.UNAVAILABLE, errors.Unavailable),
        (grpc.StatusCode.DEADLINE_EXCEEDED, errors.DeadlineExceeded),
        (grpc.StatusCode.NOT_FOUND, errors.NotFound),
        (grpc.StatusCode.UNIMPLEMENTED, errors.UnknownMethod),
        (grpc.StatusCode.RESOURCE_EXHAUSTED, errors.LimitReached),
        (grpc.StatusCode.ABORTED, errors.LedgerError),
    ],
)
def test_without_details_the_code_decides(code, kind):
    error = decode(grpc.aio.AioRpcError(code, grpc.aio.Metadata(), grpc.aio.Metadata(), None))
    assert type(error) is kind
    assert error.reason == ""


def test_a_reason_of_somebody_else_is_not_ours():
    error = failed(grpc.StatusCode.UNAVAILABLE, "ENTRY_EXISTS", domain="a-proxy.example")
    assert type(error) is errors.Unavailable
    assert error.reason == ""


def test_a_refused_field_is_named_as_it_was_typed():
    error = failed(
        grpc.StatusCode.INVALID_ARGUMENT,
        "INVALID_REQUEST",
        (
            ("items[0].amendment.reason", "This is required."),
            ("items[0].amendment.state.act.title", "This is required."),
            ("to_day", "lies before."),
        ),
    )
    assert failures.failure(error, server="", timeout=1).lines == (
        "--reason: This is required.",
        "act.title: This is required.",
        "--to: lies before.",
    )


def test_what_is_wrong_with_a_request_as_a_whole_has_no_field_before_it():
    error = failed(
        grpc.StatusCode.INVALID_ARGUMENT,
        "INVALID_REQUEST",
        (("", "The request has 70,000 bytes."),),
    )
    assert failures.failure(error, server="", timeout=1).lines == (
        "The request has 70,000 bytes.",
    )
