"""Who calls the service: a person or a program, as somebody vouches for it."""

from __future__ import annotations

from typing import NamedTuple

from ledger_service.domain.values import text

#: Who vouches for the holders of the service's own tokens, and for those of certificates.
TOKENS = "token"
CERTIFICATES = "certificate"


def look_alike(name: str) -> str:
    """Why a name that is new would look like another one, with the remedy, as a sentence; empty
    where it would not. Blanks stand at an end of it, or marks that nobody sees.
    """
    if name != name.strip():
        return f"{name[:80]!r} begins or ends with a blank. Remove it."
    return next(iter(text.problems(name, len(name.encode("utf-8", "replace")))), "")


class User(NamedTuple):
    """Who calls: `subject`, as `issuer` calls it. The `name` is for people, and may change."""

    issuer: str
    subject: str
    name: str = ""

    def __str__(self) -> str:
        return f"{self.subject} ({self.issuer})"
