"""Who recorded what: the ids by which records name users, and the users that they name."""

from __future__ import annotations

import time
from collections.abc import Collection

from ledger_service.access.users import User
from ledger_service.lookups import Lookups
from ledger_service.persistence.author_register import Author, AuthorRegister

#: How long an author is remembered: another service may have forgotten a user since.
_REMEMBERED_SECONDS = 60.0
#: How long it is remembered that nobody names a user, who may read many sealed texts at once.
_NOBODY_SECONDS = 1.0
_REMEMBERED = 10_000


class Authors:
    """Remembers what the register says. Everything blocks where it must be asked, may be
    called from any thread, and raises StorageFailed.
    """

    def __init__(self, register: AuthorRegister) -> None:
        self._register = register
        # Any thread reads and writes it, each time by one instruction of a dict.
        self._known: dict[User, tuple[str, float]] = {}
        self.lookups = Lookups()

    def remembered(self, user: User) -> str:
        """The author that names a user, if no register must be asked for it; else empty."""
        author, until = self._known.get(user, ("", 0.0))
        if not author or time.monotonic() >= until:
            return ""
        self.lookups.hits += 1
        return author

    def of(self, user: User) -> str:
        """The author that names a user who records something."""
        if author := self.remembered(user):
            return author
        self.lookups.misses += 1
        return self._remember(user, self._register.register(*user))

    def find(self, user: User) -> str:
        """The author that names a user; empty for one who never recorded anything."""
        author, until = self._known.get(user, ("", 0.0))
        if time.monotonic() < until:
            self.lookups.hits += 1
            return author
        self.lookups.misses += 1
        return self._remember(user, self._register.find(user.issuer, user.subject))

    @property
    def size(self) -> int:
        """How many users are remembered."""
        return len(self._known)

    def some(self, authors: Collection[str]) -> list[Author]:
        return self._register.some(authors)

    def all(self) -> list[Author]:
        return self._register.all()

    def forget(self, author: str) -> bool:
        """Takes an author out of the register for good. False when it was not there."""
        was_there = self._register.forget(author)
        self._known.clear()
        return was_there

    def _remember(self, user: User, author: str) -> str:
        if len(self._known) >= _REMEMBERED:
            self._known.clear()
        seconds = _REMEMBERED_SECONDS if author else _NOBODY_SECONDS
        self._known[user] = (author, time.monotonic() + seconds)
        return author
