"""The public keys of an issuer of tokens: from a file, or from the URL of a JWKS (RFC 7517)."""

from __future__ import annotations

import asyncio
import http.client
import json
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import jwt
from cryptography.hazmat.primitives import serialization

from ledger_service.access.kept_file import FileRefused, KeptFile

#: How long keys of a URL are used without asking for them again; from when on they are asked
#: for while calls go on with those that are there; and how soon they may be asked for again
#: because a token names another one.
_LASTING_SECONDS = 300.0
_EARLY_SECONDS = 240.0
_PAUSE_SECONDS = 10.0
_PATIENCE_SECONDS = 5.0
#: So long an answer may take as a whole, however slowly it drips.
_WHOLE_SECONDS = 10.0
_PIECE_BYTES = 64 * 1024
_MOST_BYTES = 1024 * 1024
#: Keys that everybody who verifies could sign with.
_SYMMETRIC = "oct"


class JwtKey(NamedTuple):
    """A public key, and the one algorithm that it is for; empty where its issuer does not say."""

    public: Any
    algorithm: str = ""


Keys = dict[str, JwtKey]
Wrong = Callable[[str], object]


class KeySource(Protocol):
    """Where keys come from. `generation` changes with them."""

    @property
    def generation(self) -> int: ...

    async def refresh(self) -> None:
        """Looks for other keys when it is time to. Raises nothing."""
        ...

    async def get(self, key_id: str) -> JwtKey | None:
        """The key of this name; the only key for no name."""
        ...


def key_source(place: str, wrong: Wrong) -> KeySource:
    """The keys at a path or URL. `wrong` is told when they cannot be had, and with an empty
    text when they can again. Raises FileRefused for a file that cannot be read.
    """
    if place.startswith(("https://", "http://")):
        return UrlKeys(place, wrong)
    return FileKeys(Path(place), wrong)


class FileKeys:
    """Keys of a file, a JWKS or one public key in PEM, which is read again when it changes."""

    def __init__(self, path: Path, wrong: Wrong) -> None:
        self.generation = 0
        self._file: KeptFile[Keys] = KeptFile(path, _read, None, self._changed, wrong)

    async def refresh(self) -> None:
        self._file.value()

    async def get(self, key_id: str) -> JwtKey | None:
        return _chosen(self._file.value(), key_id)

    def _changed(self, _before: Keys, _after: Keys) -> None:
        self.generation += 1


class UrlKeys:
    """Keys of a URL. While it does not answer, the keys that it gave last are used."""

    def __init__(self, url: str, wrong: Wrong) -> None:
        self.generation = 0
        self._url = url
        self._wrong = wrong
        # All of these are the event loop's.
        self._keys: Keys = {}
        self._told = b""
        self._asked_at = -_LASTING_SECONDS
        self._asking = asyncio.Lock()
        self._ahead: asyncio.Task[None] | None = None

    async def refresh(self) -> None:
        age = time.monotonic() - self._asked_at
        if age >= _LASTING_SECONDS:
            await self._ask(_LASTING_SECONDS)
        elif age >= _EARLY_SECONDS and (self._ahead is None or self._ahead.done()):
            self._ahead = asyncio.create_task(self._ask(_EARLY_SECONDS))

    async def get(self, key_id: str) -> JwtKey | None:
        await self.refresh()
        found = _chosen(self._keys, key_id)
        if found is None:
            await self._ask(_PAUSE_SECONDS)
            found = _chosen(self._keys, key_id)
        return found

    async def _ask(self, pause_seconds: float) -> None:
        """Asks for the keys, unless that was done within `pause_seconds`."""
        async with self._asking:
            if time.monotonic() - self._asked_at < pause_seconds:
                return
            self._asked_at = time.monotonic()
            try:
                told = await asyncio.to_thread(_fetched, self._url)
                keys = _key_set(told, self._url)
            except (OSError, ValueError, http.client.HTTPException, FileRefused) as error:
                self._wrong(
                    f"The keys of the issuer of tokens cannot be had from {self._url}: "
                    f"{error} Those that it gave before are used."
                )
                return
            self._wrong("")
            if told != self._told:
                self._told, self._keys = told, keys
                self.generation += 1


class _OnlyToHttps(urllib.request.HTTPRedirectHandler):
    """Follows to nowhere where others could put keys of theirs under way."""

    def redirect_request(
        self, req: Any, fp: Any, code: int, msg: str, headers: Any, newurl: str
    ) -> urllib.request.Request | None:
        if not newurl.lower().startswith("https://"):
            return None
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _fetched(url: str) -> bytes:
    request = urllib.request.Request(url, headers={"Accept": "application/json"})  # noqa: S310 - settings allow https, or http on loopback
    opener = urllib.request.build_opener(_OnlyToHttps)
    end = time.monotonic() + _WHOLE_SECONDS
    told = bytearray()
    with opener.open(request, timeout=_PATIENCE_SECONDS) as answer:
        while piece := answer.read1(_PIECE_BYTES):
            told += piece
            if len(told) > _MOST_BYTES:
                raise ValueError("It answers with more than a megabyte.")
            if time.monotonic() > end:
                raise ValueError("It does not come to an end of its answer.")
    return bytes(told)


def _read(path: Path) -> Keys:
    try:
        told = path.read_bytes()
    except OSError as error:
        raise FileRefused(f"{path} cannot be read: {error.strerror}.") from None
    if told.lstrip().startswith(b"{"):
        return _key_set(told, str(path))
    try:
        return {"": JwtKey(serialization.load_pem_public_key(told))}
    except ValueError:
        raise FileRefused(
            f"{path} is neither a JWKS nor a public key in PEM. Get the keys of the issuer."
        ) from None


def _key_set(told: bytes, place: str) -> Keys:
    try:
        listed = json.loads(told)["keys"]
        found = dict(_usable(listed))
    except (ValueError, TypeError, AttributeError, KeyError, RecursionError) as error:
        raise FileRefused(f"{place} is no JWKS: {error}.") from None
    if not found:
        raise FileRefused(f"{place} has no public key that verifies signatures.")
    return found


def _usable(listed: Iterable[Mapping[str, Any]]) -> Iterator[tuple[str, JwtKey]]:
    """The keys that verify signatures, by name. Others may stand beside them."""
    for each in listed:
        try:
            made = jwt.PyJWK.from_dict(dict(each))
        except jwt.PyJWTError:  # of a kind that came later
            continue
        if made.key_type != _SYMMETRIC and made.public_key_use in {None, "sig"}:
            yield made.key_id or "", JwtKey(made.key, each.get("alg") or "")


def _chosen(keys: Keys, key_id: str) -> JwtKey | None:
    if key_id in keys:
        return keys[key_id]
    if len(keys) == 1 and (not key_id or "" in keys):
        return next(iter(keys.values()))
    return None
