"""Counts calls by method, by how they ended and by what their callers showed, and how long those
took that have one answer.
"""

from __future__ import annotations

from collections import Counter

from ledger_service.access.identifying import Permit
from ledger_service.access.users import CERTIFICATES, TOKENS
from ledger_service.counting import Distribution

_SECONDS = (
    *(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5),
    *(1.0, 2.5, 5.0, 10.0, 30.0),
)

#: Where nobody is asked who calls; who could not be identified; who has a JSON Web Token.
ANYBODY, NOBODY, JWT = "anybody", "nobody", "jwt"


class CallCounts:
    """Belongs to the event loop, which adds to it; any thread may read it. Methods are those
    that the service has, so that nothing here grows by what callers write.
    """

    def __init__(self) -> None:
        self.open: Counter[str] = Counter()
        self.ended: Counter[tuple[str, str, str]] = Counter()
        self.refused: Counter[str] = Counter()
        self.seconds: dict[str, Distribution] = {}

    def begin(self, method: str) -> None:
        self.open[method] += 1

    def end(self, method: str, code: str, reason: str, caller: str) -> None:
        self.open[method] -= 1
        self.ended[method, code, caller] += 1
        if reason:
            self.refused[reason] += 1

    def took(self, method: str, seconds: float) -> None:
        """Of a call with one answer."""
        found = self.seconds.get(method)
        if found is None:
            found = self.seconds[method] = Distribution(_SECONDS)
        found.add(seconds)


def kind_of(permit: Permit, *, asked: bool) -> str:
    """What a caller showed: one of few words."""
    user = permit.user
    if user is None:
        return NOBODY if asked else ANYBODY
    return user.issuer if user.issuer in {TOKENS, CERTIFICATES} else JWT
