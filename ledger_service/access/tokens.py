"""The service's own bearer tokens. A token is shown once, when it is made; what is kept is its
prefix, by which it is named, and a scrypt hash of its secret.
"""

from __future__ import annotations

import hmac
import json
import re
import secrets
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from hashlib import scrypt
from pathlib import Path
from typing import Any

import msgspec

from ledger_service.access.kept_file import FileRefused, check_safe, write_kept
from ledger_service.access.users import look_alike
from ledger_service.domain.values import limits
from ledger_service.domain.values.refusals import Invalid, Violation
from ledger_service.harmless import harmless_line
from ledger_service.persistence.private import others_may_use_secret

TOKENS_FILE = "tokens.json"

_MARK = "dlt"
_TOKEN = re.compile(rf"{_MARK}_([a-z0-9]{{10}})_([A-Za-z0-9_-]{{43}})")
_PREFIX = re.compile(rf"{_MARK}_[a-z0-9]{{10}}")
_SALT = re.compile(r"(?:[0-9a-f]{2})+")
_HASH = re.compile(r"[0-9a-f]{64}")
_LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789"
#: What scrypt costs: 16 MiB and some 50 ms, once for each token while the service runs.
_COST = {"n": 2**14, "r": 8, "p": 1}


class KeptToken(msgspec.Struct, frozen=True):
    """What is kept of a token. Times are UTC, written as in records; `expires_at` is empty for
    a token that lasts until it is revoked.
    """

    prefix: str
    subject: str
    name: str
    salt: str
    hash: str
    made_at: str
    expires_at: str = ""

    def fits(self, secret: str) -> bool:
        """Whether this is the token's secret. It takes long, and may be called anywhere."""
        return hmac.compare_digest(_hash(secret, self.salt), self.hash)

    def has_expired(self, now: datetime) -> bool:
        return bool(self.expires_at) and datetime.fromisoformat(self.expires_at) <= now


class KeptTokens:
    """All tokens, by prefix. They never change: others take their place."""

    def __init__(self, tokens: Iterable[KeptToken] = ()) -> None:
        self.all = tuple(tokens)
        self._by_prefix = {each.prefix: each for each in self.all}

    def __eq__(self, other: object) -> bool:
        return isinstance(other, KeptTokens) and self.all == other.all

    __hash__ = None  # type: ignore[assignment]

    def get(self, prefix: str) -> KeptToken | None:
        return self._by_prefix.get(prefix)


def parted(text: str) -> tuple[str, str] | None:
    """The prefix and the secret of a token; None for what is no token of this kind."""
    found = _TOKEN.fullmatch(text)
    return (f"{_MARK}_{found[1]}", found[2]) if found else None


def is_prefix(text: str) -> bool:
    """Whether this may name a token; what may not can be a secret, and is shown to nobody."""
    return _PREFIX.fullmatch(text) is not None


def check_user(subject: str, name: str) -> None:
    """Raises Invalid for what cannot be the user of a token, or the name of one for people."""
    found = []
    if not subject.strip() or not _is_line(subject, limits.SUBJECT):
        found.append(Violation("subject", _no_line("user", subject, limits.SUBJECT)))
    elif problem := look_alike(subject):
        found.append(Violation("subject", problem))
    if not _is_line(name, limits.NAME):
        found.append(Violation("name", _no_line("user", name, limits.NAME)))
    if found:
        raise Invalid(tuple(found))


def _is_line(text: str, most: int) -> bool:
    return harmless_line(text) == text and len(text.encode("utf-8", "replace")) <= most


def _no_line(what: str, text: str, most: int) -> str:
    return (
        f"No {what} can be named {text[:80]!r}. Give a text of one line, {most} bytes at most."
    )


def new_token(
    subject: str, name: str, made_at: datetime, expires_at: datetime | None
) -> tuple[str, KeptToken]:
    """A new token as its holder gets it, and what is kept of it."""
    prefix = f"{_MARK}_{''.join(secrets.choice(_LETTERS) for _ in range(10))}"
    secret, salt = secrets.token_urlsafe(32), secrets.token_hex(16)
    kept = KeptToken(
        prefix,
        subject,
        name,
        salt,
        _hash(secret, salt),
        made_at.isoformat(timespec="seconds"),
        expires_at.isoformat(timespec="seconds") if expires_at else "",
    )
    return f"{prefix}_{secret}", kept


def read_tokens(path: Path) -> KeptTokens:
    """Raises FileRefused."""
    try:
        if others_may_use_secret(path):
            raise FileRefused(
                f"Others than its owner may use {path}. Set the mode: chmod 600 {path}."
            )
        check_safe(path)
        found = msgspec.json.decode(path.read_bytes(), type=list[KeptToken])
    except OSError as error:
        raise FileRefused(f"{path} cannot be read: {error.strerror}.") from None
    except msgspec.DecodeError as error:
        raise FileRefused(
            f"{path} is not what ledger-service token wrote: {error}. Restore it, or move it "
            "away and make new tokens."
        ) from None
    wrong = [
        f"token {number}: {each}"
        for number, kept in enumerate(found, start=1)
        for each in _problems(kept)
    ]
    if wrong:
        raise FileRefused(f"{path}: {'; '.join(wrong)}. Correct it.")
    return KeptTokens(found)


def _problems(kept: KeptToken) -> Iterator[str]:
    """What is wrong with what is kept of a token, so that it could not be used. Salt and hash
    are not told: a secret may stand in their place.
    """
    for field, value in (("made_at", kept.made_at), ("expires_at", kept.expires_at)):
        if (value or field == "made_at") and not _is_moment(value):
            yield (
                f"{field} is {value[:80]!r}, which is no date and time with its distance to UTC; "
                "write it like 2026-11-30T09:00:00+00:00"
            )
    if not _SALT.fullmatch(kept.salt):
        yield "salt is not written in hexadecimal digits, two for each byte; restore it"
    if not _HASH.fullmatch(kept.hash):
        yield "hash is not written in 64 hexadecimal digits; restore it"


def _is_moment(text: str) -> bool:
    try:
        found = datetime.fromisoformat(text)
        return found.tzinfo is not None and bool(found.astimezone(UTC))
    except (ValueError, OverflowError):
        return False


def write_tokens(path: Path, tokens: Iterable[KeptToken]) -> None:
    """Replaces the file. It has the mode 0600."""
    rows: list[Any] = [msgspec.to_builtins(each) for each in tokens]
    write_kept(path, json.dumps(rows, indent=1).encode() + b"\n")


def _hash(secret: str, salt: str) -> str:
    return scrypt(secret.encode(), salt=bytes.fromhex(salt), dklen=32, **_COST).hex()
