"""Who calls the service: a person or a program, as somebody vouches for it."""

from __future__ import annotations

from typing import NamedTuple

#: Who vouches for the holders of the service's own tokens, and for those of certificates.
TOKENS = "token"
CERTIFICATES = "certificate"


class User(NamedTuple):
    """Who calls: `subject`, as `issuer` calls it. The `name` is for people, and may change."""

    issuer: str
    subject: str
    name: str = ""

    def __str__(self) -> str:
        return f"{self.subject} ({self.issuer})"
