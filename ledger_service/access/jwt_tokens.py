"""JSON Web Tokens (RFC 7519) of one issuer: pinned algorithms, issuer, audience, expiry."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, NamedTuple

import jwt

from ledger_service.access.jwt_keys import KeySource
from ledger_service.access.refusals import NotIdentified, TokenExpired
from ledger_service.access.users import User

MOST_BYTES = 16 * 1024

_LONGEST_SUBJECT = 500
#: In seconds since 1970: behind the year 9999.
_LAST_MOMENT = 1e12


class Expected(NamedTuple):
    """What each token must say. Its algorithms are of those with public keys only, so that
    nobody can sign with what everybody may know. The clocks of two machines may differ by `skew_seconds`.
    """

    issuer: str
    audience: str
    algorithms: tuple[str, ...]
    skew_seconds: float


class Verified(NamedTuple):
    """Whom a token names, and until when, in seconds since 1970."""

    user: User
    until: float


class JwtVerifier:
    """Verifies the tokens of one issuer. Belongs to the event loop."""

    def __init__(
        self, expected: Expected, keys: KeySource, now: Callable[[], datetime]
    ) -> None:
        self._expected = expected
        self._keys = keys
        self._now = now

    @property
    def generation(self) -> int:
        """Changes when keys were added or taken away."""
        return self._keys.generation

    async def refresh(self) -> None:
        """Looks for other keys when it is time to."""
        await self._keys.refresh()

    async def verified(self, token: str) -> Verified:
        """Raises NotIdentified, or TokenExpired for a token that was right."""
        try:
            header = jwt.get_unverified_header(token)
            algorithm, key_id = header.get("alg"), header.get("kid")
            if algorithm not in self._expected.algorithms:
                raise NotIdentified(f"The token is signed with {algorithm!r}.")
            key = await self._keys.get(key_id if isinstance(key_id, str) else "")
            if key is None:
                raise NotIdentified(f"No key of the issuer is named {key_id!r}.")
            if key.algorithm not in {"", algorithm}:
                raise NotIdentified(f"The key {key_id!r} is not for {algorithm!r}.")
            claims = jwt.decode(
                token,
                key.public,
                algorithms=[algorithm],
                audience=self._expected.audience,
                issuer=self._expected.issuer,
                options={
                    "require": ["exp", "iss", "sub", "aud"],
                    # By our own clock, below.
                    "verify_exp": False,
                    "verify_nbf": False,
                    "verify_iat": False,
                },
            )
        except (jwt.PyJWTError, ValueError, TypeError) as error:
            raise NotIdentified(f"{type(error).__name__}: {error}") from None
        return self._in_time(claims)

    def _in_time(self, claims: Mapping[str, Any]) -> Verified:
        now, skew = self._now().timestamp(), self._expected.skew_seconds
        times = {name: claims[name] for name in ("exp", "nbf", "iat") if name in claims}
        if not all(_is_moment(each) for each in times.values()):
            raise NotIdentified("A time in the token is no number of seconds.")
        if max(times.get("nbf", 0), times.get("iat", 0)) > now + skew:
            raise NotIdentified("The token is not valid yet.")
        if times["exp"] <= now - skew:
            raise TokenExpired("The token has expired.")
        subject, name = claims["sub"], claims.get("name")
        if not subject or len(subject) > _LONGEST_SUBJECT or not subject.isprintable():
            raise NotIdentified("The token names nobody.")
        told = name if isinstance(name, str) and name.isprintable() else ""
        return Verified(User(self._expected.issuer, subject, told), times["exp"] + skew)


def _is_moment(told: object) -> bool:
    """Whether a time in a token is one. JSON has numbers of any size, and Python reads NaN."""
    return isinstance(told, int | float) and -_LAST_MOMENT < told < _LAST_MOMENT
