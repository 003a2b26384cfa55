"""Consistency tokens: a position of one ledger as opaque text. They tell nothing of what is
recorded up to it: where the log was restored from an older copy and is long enough again, they
are taken. What tokens have in common, such as how damage shows, is here too.
"""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from functools import lru_cache
from hashlib import sha256

from ledger_service.domain.values.refusals import InvalidToken

_FORM = b"\x01"
_IDENTITY_BYTES = 8
_POSITION_BYTES = 8
_CHECK_BYTES = 4
_BYTES = len(_FORM) + _IDENTITY_BYTES + _POSITION_BYTES


@lru_cache(maxsize=1024)
def write_token(identity: bytes, position: int) -> str:
    body = _FORM + identity[:_IDENTITY_BYTES] + position.to_bytes(_POSITION_BYTES)
    return as_text(body)


def read_token(identity_at: Callable[[int], bytes], token: str, field: str = "") -> int:
    """The position in a token, where the ledger has the identity that it gives. Raises
    InvalidToken if it is damaged or was issued by another ledger, or by the one before it and
    names what was not inherited.
    """
    try:
        body = body_of(token)
    except ValueError:
        raise InvalidToken("is damaged", field) from None
    if len(body) != _BYTES or not body.startswith(_FORM):
        raise InvalidToken("is damaged", field)
    giver, position = body[1:-_POSITION_BYTES], int.from_bytes(body[-_POSITION_BYTES:])
    if giver != identity_at(position)[:_IDENTITY_BYTES]:
        raise InvalidToken("was given by another ledger", field)
    return position


def as_text(body: bytes) -> str:
    """A token of any kind with this body, and with a check by which damage shows."""
    return urlsafe_b64encode(body + _check(body)).decode().rstrip("=")


def body_of(token: str) -> bytes:
    """The body of a token. Raises ValueError where it is damaged."""
    raw = urlsafe_b64decode(token + "=" * (-len(token) % 4))
    body, check = raw[:-_CHECK_BYTES], raw[-_CHECK_BYTES:]
    if check != _check(body):
        raise ValueError("its check does not fit")
    return body


def _check(body: bytes) -> bytes:
    return sha256(body).digest()[:_CHECK_BYTES]
