"""Finds out who calls, from a bearer token or a certificate, and what they may do."""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple
from weakref import WeakValueDictionary

import structlog

from ledger_service.access import grants_file, tokens
from ledger_service.access.access_files import AccessFiles
from ledger_service.access.certificates import ClientCertificates
from ledger_service.access.guessing import Guesses
from ledger_service.access.jwt_tokens import MOST_BYTES, JwtVerifier
from ledger_service.access.kept_file import KeptFile
from ledger_service.access.refusals import NotIdentified, TokenExpired
from ledger_service.access.roles import Grant, Grants, RightsByLedger
from ledger_service.access.users import TOKENS, User
from ledger_service.lookups import Lookups
from ledger_service.persistence.private import make_folder

log = structlog.get_logger()

_REMEMBERED = 10_000
#: Hashes of secrets that are computed at once, each for another token: whoever guesses many
#: secrets of one token holds up that token only.
_HASHES_AT_ONCE = 1
#: The longest time, for what lasts until it is revoked.
_FOR_EVER = float("inf")


class Permit(NamedTuple):
    """Who calls, and what they may do. `user` is None where nobody is asked who calls.
    `by_certificate` tells that the connection itself vouches for the user.
    """

    user: User | None
    rights: RightsByLedger
    by_certificate: bool = False


class _Known(NamedTuple):
    """Whom a credential names; `until` in seconds since 1970, `token` the prefix of one of our
    own.
    """

    user: User
    until: float
    token: str = ""


class Identifying:
    """Knows the users of the service. Belongs to the event loop; its files are small, and are
    looked at once in a second. `wrong` is told of a part that cannot be used. Raises
    FileRefused when a file is wrong from the start.
    """

    def __init__(
        self,
        folder: Path,
        jwt: JwtVerifier | None,
        certificates: ClientCertificates | None,
        now: Callable[[], datetime],
        wrong: Callable[[str, str], object],
    ) -> None:
        make_folder(folder)
        self.files = AccessFiles(folder)
        self._grants: KeptFile[tuple[Grant, ...]] = KeptFile(
            folder / grants_file.GRANTS_FILE,
            grants_file.read_grants,
            (),
            self._grants_changed,
            lambda problem: wrong("grants", problem),
        )
        self._tokens: KeptFile[tokens.KeptTokens] = KeptFile(
            folder / tokens.TOKENS_FILE,
            tokens.read_tokens,
            tokens.KeptTokens(),
            self._tokens_changed,
            lambda problem: wrong("tokens", problem),
        )
        self._jwt = jwt
        self._certificates = certificates
        self._now = now
        self._by_user = Grants(self._grants.value())
        self._rights: dict[tuple[str, str], RightsByLedger] = {}
        # Whom the credentials of late name, by the hash of a token or the text of a
        # certificate. What was refused is not kept: it would drive out what was not.
        self._known: OrderedDict[bytes, _Known] = OrderedDict()
        self.lookups = Lookups()
        self._generations = self._generations_now()
        self._guesses = Guesses(time.monotonic)
        self._hashing = asyncio.Semaphore(_HASHES_AT_ONCE)
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def permit(
        self, bearer: str | None, certificate: bytes | None, host: str = ""
    ) -> Permit:
        """Who calls from this host with this token, or else with this certificate. A token that
        is wrong is refused whatever the certificate, and a certificate that was revoked whatever
        the token. Raises NotIdentified, and TooManyGuesses.
        """
        if self._jwt is not None:
            await self._jwt.refresh()
        self._look()
        connected = self._by_certificate(certificate)
        if bearer is not None:
            return self._permit(await self._by_token(bearer, host))
        if connected is not None:
            return self._permit(connected)._replace(by_certificate=True)
        raise NotIdentified("Neither a token nor a certificate was given.")

    def look(self) -> None:
        """Takes over now what changed in the files of grants and tokens."""
        self._grants.look()
        self._tokens.look()

    def _by_certificate(self, certificate: bytes | None) -> _Known | None:
        if certificate is None or self._certificates is None:
            return None
        known = self._remembered(certificate)
        if known is None:
            known = _Known(self._certificates.user(certificate), _FOR_EVER)
            self._remember(certificate, known)
        return known

    async def _by_token(self, text: str, host: str) -> _Known:
        key = sha256(text.encode("utf-8", "replace")).digest()
        known = self._remembered(key) or await self._looked_up(text, key, host)
        if known.until <= self._now().timestamp():
            raise TokenExpired("The token has expired.")
        return known

    async def _looked_up(self, text: str, key: bytes, host: str) -> _Known:
        own = tokens.parted(text)
        if own is not None:
            return await self._own(*own, key, host)
        if self._jwt is None or len(text) > MOST_BYTES:
            raise NotIdentified("The token is none of this service.")
        generation = self._jwt.generation
        verified = await self._jwt.verified(text)
        known = _Known(*verified)
        if generation == self._jwt.generation:
            self._remember(key, known)
        return known

    async def _own(self, prefix: str, secret: str, key: bytes, host: str) -> _Known:
        kept = self._tokens.value().get(prefix)
        if kept is None:
            self._tokens.look()  # it may have been made just now
            kept = self._tokens.value().get(prefix)
        if kept is None:
            raise NotIdentified(f"There is no token {prefix}.")
        turn = self._turns.setdefault(prefix, asyncio.Lock())
        async with turn:
            if (known := self._known.get(key)) is not None:  # by who had the turn before
                return known
            self._guesses.check(host, prefix)
            async with self._hashing:
                fits = await asyncio.to_thread(kept.fits, secret)
            if not fits:
                self._guesses.count(host, prefix)
            return self._hashed(kept, key, fits=fits)

    def _hashed(self, kept: tokens.KeptToken, key: bytes, *, fits: bool) -> _Known:
        prefix = kept.prefix
        if self._tokens.value().get(prefix) != kept:
            raise NotIdentified(f"The token {prefix} was changed just now.")
        until = (
            datetime.fromisoformat(kept.expires_at).timestamp()
            if kept.expires_at
            else _FOR_EVER
        )
        if not fits:
            raise NotIdentified(f"The secret of the token {prefix} is wrong.")
        known = _Known(User(TOKENS, kept.subject, kept.name), until, prefix)
        self._remember(key, known)
        return known

    def _permit(self, known: _Known) -> Permit:
        user = known.user
        rights = self._rights.get((user.issuer, user.subject))
        if rights is None:
            if len(self._rights) >= _REMEMBERED:
                self._rights.clear()
            rights = self._rights[user.issuer, user.subject] = self._by_user.of(user)
        return Permit(user, rights)

    @property
    def size(self) -> int:
        """How many credentials are remembered."""
        return len(self._known)

    def _remembered(self, key: bytes) -> _Known | None:
        known = self._known.get(key)
        if known is None:
            self.lookups.misses += 1
        else:
            self.lookups.hits += 1
        return known

    def _remember(self, key: bytes, known: _Known) -> None:
        if len(self._known) >= _REMEMBERED:
            self._known.popitem(last=False)
        self._known[key] = known

    def _look(self) -> None:
        """Takes over what changed in the files."""
        self._grants.value()
        self._tokens.value()
        if self._certificates is not None:
            self._certificates.refresh()
        if (generations := self._generations_now()) != self._generations:
            self._generations = generations
            self._known.clear()

    def _generations_now(self) -> tuple[int, int]:
        return (
            self._jwt.generation if self._jwt is not None else 0,
            self._certificates.generation if self._certificates is not None else 0,
        )

    def _grants_changed(self, before: tuple[Grant, ...], after: tuple[Grant, ...]) -> None:
        self._by_user = Grants(after)
        self._rights.clear()
        there, still = frozenset(before), frozenset(after)
        log.info(
            "grants_changed",
            added=[str(each) for each in after if each not in there],
            removed=[str(each) for each in before if each not in still],
        )

    def _tokens_changed(self, before: tokens.KeptTokens, after: tokens.KeptTokens) -> None:
        # The others need not be hashed again, behind whoever guesses just now.
        gone = {each.prefix for each in before.all if after.get(each.prefix) != each}
        for key in [key for key, known in self._known.items() if known.token in gone]:
            del self._known[key]
        log.info(
            "tokens_changed",
            added=[
                f"{each.prefix} ({each.subject})"
                for each in after.all
                if before.get(each.prefix) != each
            ],
            removed=[
                f"{each.prefix} ({each.subject})"
                for each in before.all
                if after.get(each.prefix) != each
            ],
        )
