"""What a new ledger may be called, and what may be said of it."""

from __future__ import annotations

from typing import Protocol

from ledger_service.domain.values import text
from ledger_service.domain.values.limits import LEDGER_NAME, PURPOSE, TITLE


class Found(Protocol):
    """Collects what is wrong."""

    def add(self, field: str, problem: str, /) -> None: ...


def check_name(found: Found, name: str, field: str = "ledger") -> None:
    """The name of a new ledger, which stands in the field `field`."""
    if not name:
        found.add(field, "This is required.")
    elif not LEDGER_NAME.fullmatch(name):
        found.add(
            field,
            f"{name[:80]!r} is no name of a ledger. It must be 1 to 40 of a-z, 0-9 and -, "
            "beginning with a letter, as in north-south-talks.",
        )


def check_words(found: Found, title: str, purpose: str) -> None:
    """The title, which must say something, and the purpose, as they are sent."""
    if not title.strip():
        found.add("title", "This is required.")
    for field, words, limit in (("title", title, TITLE), ("purpose", purpose, PURPOSE)):
        for problem in text.problems(text.normal(words), limit):
            found.add(field, problem)
