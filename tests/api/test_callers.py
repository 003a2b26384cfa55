"""What is kept of a call, in the log and where computing time is counted by ledger."""

from typing import Any

from diplomatic_ledger.v1.ledger_service_pb2 import RecordRequest

from ledger_service.api.dispatcher import _Call


class _Context:
    """What a call without metadata tells of itself."""

    def peer(self) -> str:
        return "ipv4:127.0.0.1:1"

    def invocation_metadata(self) -> tuple[()]:
        return ()

    def set_trailing_metadata(self, metadata: Any) -> None:
        pass


def test_no_more_of_a_ledgers_name_is_kept_than_a_name_may_have_twice() -> None:
    call = _Call("/diplomatic_ledger.v1.LedgerService/Record", _Context())  # type: ignore[arg-type]
    request = RecordRequest(ledger="x" * 60_000, validate_only=True)
    call.parsed(RecordRequest.FromString, request.SerializeToString())
    assert call.caller.ledger == "x" * 80
