"""Why a call is refused for who makes it."""

from __future__ import annotations

from dataclasses import dataclass

from ledger_service.domain.values.refusals import LedgerError


class NotIdentified(LedgerError):
    """Nobody vouches for who calls. To the caller all reasons but one look alike, so that
    nothing is learned by trying; `why` is for the operator.
    """

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why

    def __str__(self) -> str:
        return (
            "Who calls is not known. Send a valid bearer token as authorization metadata, or "
            "connect with a certificate that the service accepts."
        )


class TokenExpired(NotIdentified):
    """The token was right, and its time is over."""

    def __str__(self) -> str:
        return "The token has expired. Get a new one from who gave it to you."


@dataclass
class TooManyGuesses(LedgerError):
    """Too many secrets of a token were wrong to look at another one before `seconds` have
    passed.
    """

    seconds: float

    def __str__(self) -> str:
        return (
            "Too many wrong secrets of this token came from where this call comes from. Come "
            f"again in {self.seconds:.1f} s with the right one."
        )


@dataclass
class TokenNotFound(LedgerError):
    """No token of the service's own has this prefix."""

    prefix: str

    def __str__(self) -> str:
        return f"There is no token {self.prefix}. List the tokens, and name one by its prefix."


@dataclass
class GrantNotFound(LedgerError):
    """The user was granted nothing in the ledger."""

    issuer: str
    subject: str
    ledger: str

    def __str__(self) -> str:
        return (
            f"{self.subject} ({self.issuer}) has no grant in {self.ledger}. List the grants, and "
            "name issuer, subject and ledger of one."
        )


@dataclass
class TooManyGrants(LedgerError):
    """As many grants are kept as may be: in the ledger, or in all where its name is empty."""

    ledger: str
    most: int

    def __str__(self) -> str:
        where = f"in {self.ledger}" if self.ledger else "in this service"
        return (
            f"There are {self.most:,} grants {where}, as many as may be, and nothing was changed. "
            "Revoke grants that nobody needs, or grant several roles at once."
        )


@dataclass
class NotPermitted(LedgerError):
    """The caller may not do this. `what` names the role or the bound, and where."""

    what: str

    def __str__(self) -> str:
        return f"{self.what} Ask who grants rights in this service."
