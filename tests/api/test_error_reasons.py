"""The reasons of errors are a contract: what stands here never changes its name."""

import grpc
import pytest
from diplomatic_ledger.v1.errors_pb2 import ErrorReason

from ledger_service.api import errors
from ledger_service.domain.values import refusals

CODES = {
    "VALIDATION_FAILED": "INVALID_ARGUMENT",
    "UNKNOWN_REFERENCE": "INVALID_ARGUMENT",
    "REMARKED": "INVALID_ARGUMENT",
    "INVALID_TOKEN": "INVALID_ARGUMENT",
    "INVALID_PAGE_TOKEN": "INVALID_ARGUMENT",
    "CUT_OUT_OF_RANGE": "OUT_OF_RANGE",
    "LEDGER_NOT_FOUND": "NOT_FOUND",
    "ENTRY_NOT_FOUND": "NOT_FOUND",
    "LEDGER_EXISTS": "ALREADY_EXISTS",
    "ENTRY_EXISTS": "ALREADY_EXISTS",
    "REQUEST_ID_REUSED": "ALREADY_EXISTS",
    "VERSION_CONFLICT": "ABORTED",
    "UNKNOWN_SCALE": "FAILED_PRECONDITION",
    "LEDGER_DISTRUSTED": "FAILED_PRECONDITION",
    "LEDGER_ELSEWHERE": "FAILED_PRECONDITION",
    "LEDGER_SUCCEEDED": "FAILED_PRECONDITION",
    "LEDGER_NOT_SERVED": "FAILED_PRECONDITION",
    "UNUSABLE_KEY": "FAILED_PRECONDITION",
    "READ_ONLY_SERVICE": "FAILED_PRECONDITION",
    "REPLICA_BEHIND": "UNAVAILABLE",
    "DEADLINE_EXCEEDED": "DEADLINE_EXCEEDED",
    "OVERLOADED": "RESOURCE_EXHAUSTED",
    "SHARE_USED_UP": "RESOURCE_EXHAUSTED",
    "READER_TOO_SLOW": "RESOURCE_EXHAUSTED",
    "LIMIT_REACHED": "RESOURCE_EXHAUSTED",
    "SHUTTING_DOWN": "UNAVAILABLE",
    "STORAGE_FAILED": "UNAVAILABLE",
    "VIEWS_FAILED": "UNAVAILABLE",
    "UNKNOWN_METHOD": "UNIMPLEMENTED",
    "NOT_IDENTIFIED": "UNAUTHENTICATED",
    "TOKEN_EXPIRED": "UNAUTHENTICATED",
    "NOT_PERMITTED": "PERMISSION_DENIED",
    "TOKEN_NOT_FOUND": "NOT_FOUND",
    "GRANT_NOT_FOUND": "NOT_FOUND",
    "UNUSABLE_ACCESS_FILE": "FAILED_PRECONDITION",
    "INTERNAL": "INTERNAL",
}


def test_every_reason_of_the_api_has_its_code() -> None:
    used = {form.reason: form.code.name for form in errors._FORMS.values()}
    assert used | {"INTERNAL": "INTERNAL"} == CODES
    named = {name.removeprefix("ERROR_REASON_") for name in ErrorReason.keys()}  # noqa: SIM118
    assert named == {*CODES, "UNSPECIFIED"}


def test_every_refusal_has_its_own_form() -> None:
    for refusal in refusals.LedgerError.__subclasses__():
        if refusal.__module__ == refusals.__name__:
            assert refusal in errors._FORMS, refusal


@pytest.mark.parametrize("error", [ValueError("x"), KeyError("x"), OSError("disk full")])
def test_what_is_no_refusal_is_a_fault_told_plainly(error: Exception) -> None:
    status = errors.status(error, "r")
    assert status.code is grpc.StatusCode.INTERNAL
    assert "fault" in str(status.details)
    assert str(error) not in str(status.details)


@pytest.mark.parametrize("error", [refusals.StorageFailed(), errors.DeadlinePassed()])
def test_only_a_call_that_records_is_told_of_its_request_id(error: Exception) -> None:
    assert "request id" not in str(errors.status(error, "r").details)
    assert "request id" in str(errors.status(error, "r", records=True).details)


def test_what_concerns_no_record_never_speaks_of_a_request_id() -> None:
    for error in (refusals.ViewsFailed(), refusals.ShuttingDown()):
        assert "request id" not in str(errors.status(error, "r", records=True).details)
