"""Changes the tokens and grants of an access folder, the same way for commands and for calls: one
change after the other, so that none undoes another, each in a file that is replaced as a whole.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

from ledger_service.access.grants_file import GRANTS_FILE, read_grants, write_grants
from ledger_service.access.kept_file import changing
from ledger_service.access.refusals import GrantNotFound, TokenNotFound, TooManyGrants
from ledger_service.access.roles import Grant
from ledger_service.access.tokens import TOKENS_FILE, KeptToken, read_tokens, write_tokens
from ledger_service.domain.values import limits

#: Called before a change is made, when no other one can come between, with the grants that
#: hold. What it raises leaves everything as it is.
Check: TypeAlias = Callable[[tuple[Grant, ...]], object]


def _nothing(_grants: tuple[Grant, ...]) -> None:
    """The check of a command: whoever can write the files may change them."""


class AccessFiles:
    """The files of a folder. Every method waits for the disk, and raises FileRefused for a file
    that cannot be read or changed.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._tokens = folder / TOKENS_FILE
        self._grants = folder / GRANTS_FILE

    def tokens(self) -> tuple[KeptToken, ...]:
        return read_tokens(self._tokens).all if self._tokens.exists() else ()

    def grants(self) -> tuple[Grant, ...]:
        return read_grants(self._grants) if self._grants.exists() else ()

    def add_token(self, kept: KeptToken, check: Check = _nothing) -> None:
        with changing(self.folder):
            before = self.tokens()
            check(self.grants())
            write_tokens(self._tokens, [*before, kept])

    def revoke_token(self, prefix: str, check: Check = _nothing) -> KeptToken:
        """The token that was revoked. Raises TokenNotFound."""
        with changing(self.folder):
            before = self.tokens()
            gone = next((each for each in before if each.prefix == prefix), None)
            if gone is None:
                raise TokenNotFound(prefix)
            check(self.grants())
            write_tokens(self._tokens, [each for each in before if each != gone])
        return gone

    def add_grant(self, made: Grant, check: Check = _nothing) -> bool:
        """Whether it is new: one that is there already is kept once. Raises TooManyGrants."""
        with changing(self.folder):
            before = self.grants()
            is_new = made not in before
            if is_new:
                _check_room(made.ledger, before)
            check(before)
            if is_new:
                write_grants(self._grants, [*before, made])
        return is_new

    def revoke_grants(
        self, issuer: str, subject: str, ledger: str, check: Check = _nothing
    ) -> tuple[Grant, ...]:
        """The grants that were taken back. Raises GrantNotFound."""
        with changing(self.folder):
            before = self.grants()
            gone = tuple(each for each in before if each[:3] == (issuer, subject, ledger))
            if not gone:
                raise GrantNotFound(issuer, subject, ledger)
            check(before)
            write_grants(self._grants, [each for each in before if each not in gone])
        return gone


def _check_room(ledger: str, grants: tuple[Grant, ...]) -> None:
    """Raises TooManyGrants where there is no room for one more in a ledger."""
    if sum(each.ledger == ledger for each in grants) >= limits.GRANTS_IN_LEDGER:
        raise TooManyGrants(ledger, limits.GRANTS_IN_LEDGER)
    if len(grants) >= limits.GRANTS:
        raise TooManyGrants("", limits.GRANTS)
