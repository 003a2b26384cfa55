"""What stands in the way of TLS between a client and a service, as gRPC tells it."""

from __future__ import annotations

from diplomatic_ledger.errors import LedgerError, Unavailable

#: Parts of what gRPC says, with what they mean for who reads it.
_MEANINGS = (
    ("CERTIFICATE_VERIFY_FAILED", "shows a certificate that is not trusted here"),
    ("Hostname Verification Check failed", "shows a certificate that is for another name"),
    ("is not in peer certificate", "shows a certificate that is for another name"),
    ("WRONG_VERSION_NUMBER", "does not speak TLS"),
    ("CERTIFICATE_REQUIRED", "wants a certificate of the client"),
)
#: Of a connection that was made and closed before it was used.
_CLOSED = "failed to connect to all addresses"


def refusal(error: LedgerError) -> str:
    """What the service does, after its address; empty for what is no failure of TLS. Such a
    failure does not pass by waiting.
    """
    if not isinstance(error, Unavailable) or error.reason:
        return ""
    return next((told for sign, told in _MEANINGS if sign in error.message), "")


def was_closed(error: LedgerError) -> bool:
    """Whether a service closed a connection before it was used, as one does that wants TLS, or
    a certificate of the client.
    """
    closed = ("Socket closed", "Connection reset", "GOAWAY")
    return _CLOSED in error.message and any(each in error.message for each in closed)
