"""What a client shows a service that asks who calls, and by what it knows the service."""

from __future__ import annotations

import asyncio
import ipaddress
import os
import re
import ssl
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import grpc

from diplomatic_ledger import keyrings
from diplomatic_ledger.addresses import several
from diplomatic_ledger.errors import InvalidArgument

_TOKEN = re.compile(r"[\x21-\x7e]+")
#: How long a token of a command or a keyring is used before it is asked for again.
_TOKEN_SECONDS = 60.0
_PATIENCE_SECONDS = 30.0


@dataclass(frozen=True)
class Credentials:
    """How a client connects. Without any of these it connects over TLS and trusts the
    authorities that come with gRPC.

    `ca` is a file with the authorities that vouch for the service, in PEM. `certificate` and
    `key` are files with the client's own, in PEM. A token is sent with each call: the text of
    `token`, what stands in `token_file`, which is read again when it changes, what
    `token_command` prints, or what the platform's keyring has under the two names of
    `token_keyring`, of a service and a user (this needs the library keyring); a command runs,
    and a keyring is asked, again after a minute. With `plain_text` there is no TLS; then a
    token is sent to this machine only. Raises InvalidArgument.
    """

    ca: str | os.PathLike[str] | None = None
    certificate: str | os.PathLike[str] | None = None
    key: str | os.PathLike[str] | None = None
    token: str = field(default="", repr=False)
    token_file: str | os.PathLike[str] | None = None
    token_command: Sequence[str] = ()
    token_keyring: tuple[str, str] | None = None
    plain_text: bool = False

    def __post_init__(self) -> None:
        if (self.certificate is None) != (self.key is None):
            raise InvalidArgument("credentials: a certificate goes with its key. Give both.")
        if sum(map(bool, self._tokens)) > 1:
            raise InvalidArgument(
                "credentials: give one of token, token_file, token_command and token_keyring."
            )
        if self.plain_text and (self.ca or self.certificate):
            raise InvalidArgument(
                "credentials: in plain text nothing is vouched for. Leave out plain_text."
            )

    @property
    def _tokens(self) -> tuple[object, ...]:
        """All ways to a token."""
        return self.token, self.token_file, self.token_command, self.token_keyring

    def tls(self) -> grpc.ChannelCredentials | None:
        """None for plain text. Raises InvalidArgument for a file that cannot be read."""
        if self.plain_text:
            return None
        ca = _content("ca", self.ca)
        certificate, key = _content("certificate", self.certificate), _content("key", self.key)
        self._check_pem(ca)
        return grpc.ssl_channel_credentials(ca, key, certificate)

    def _check_pem(self, ca: bytes | None) -> None:
        """Raises InvalidArgument for what gRPC takes without a word and cannot use."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        if ca is not None:
            try:
                context.load_verify_locations(cadata=ca.decode("ascii", "replace"))
            except (ssl.SSLError, ValueError):
                raise InvalidArgument(
                    f"credentials: ca {os.fspath(self.ca or '')} holds no certificates in PEM. "
                    "Give the file that the operator of the service hands out, such as ca.pem."
                ) from None
        if self.certificate is not None and self.key is not None:
            try:
                context.load_cert_chain(self.certificate, self.key, password=_no_password)
            except (ssl.SSLError, ValueError):
                raise InvalidArgument(
                    f"credentials: certificate {os.fspath(self.certificate)} and key "
                    f"{os.fspath(self.key)} do not belong together, or are not in PEM without "
                    "a password. Give both as they were issued."
                ) from None

    def check_server(self, server: str | Sequence[str]) -> None:
        """Raises InvalidArgument where a token would go through a network in plain text."""
        has_token = any(self._tokens)
        if self.plain_text and has_token and not all(map(_is_here, several(server))):
            raise InvalidArgument(
                "credentials: a token goes over TLS only, but to this machine. Leave out "
                "plain_text."
            )


class TokenSource:
    """The token of some credentials, as it is now. Belongs to one event loop."""

    def __init__(self, credentials: Credentials) -> None:
        self._credentials = credentials
        self._token = credentials.token
        self._stamp: tuple[int, int, int] | None = None
        self._again_at = 0.0
        self._turn = asyncio.Lock()

    async def metadata(self) -> tuple[tuple[str, str], ...]:
        """What goes with a call. Raises InvalidArgument when there is no token to be had."""
        told = self._credentials
        if told.token_file is not None:
            self._read(Path(told.token_file))
        elif told.token_command:
            await self._ask_at_times(lambda: _printed(told.token_command))
        elif (names := told.token_keyring) is not None:
            await self._ask_at_times(lambda: keyrings.token(*names))
        if not self._token:
            return ()
        if not _TOKEN.fullmatch(self._token):
            raise InvalidArgument("credentials: the token is not one word of printable ASCII.")
        return (("authorization", f"Bearer {self._token}"),)

    async def _ask_at_times(self, ask: Callable[[], str]) -> None:
        """Many calls share what was asked for once."""
        if time.monotonic() < self._again_at:
            return
        async with self._turn:
            if time.monotonic() >= self._again_at:
                self._token = await asyncio.to_thread(ask)
                self._again_at = time.monotonic() + _TOKEN_SECONDS

    def _read(self, path: Path) -> None:
        try:
            found = path.stat()
            stamp = (found.st_mtime_ns, found.st_size, found.st_ino)
            if stamp != self._stamp:
                self._token, self._stamp = path.read_text(encoding="ascii").strip(), stamp
        except (OSError, UnicodeDecodeError) as error:
            raise InvalidArgument(
                f"credentials: token_file {path} cannot be read: {_why(error)}."
            ) from None
        if not self._token:
            raise InvalidArgument(f"credentials: token_file {path} is empty.")


def _printed(command: Sequence[str]) -> str:
    try:
        ran = subprocess.run(  # noqa: S603 - the caller's own command
            command, stdout=subprocess.PIPE, check=True, timeout=_PATIENCE_SECONDS, text=True
        )
    except (OSError, ValueError, subprocess.SubprocessError) as error:
        # The arguments of the command are not told: they may be secret.
        program = command[0]
        raise InvalidArgument(
            f"credentials: token_command failed: {program}: {_why(error)}."
        ) from None
    if not (token := ran.stdout.strip()):
        raise InvalidArgument("credentials: token_command printed no token.")
    return token


def _why(error: Exception) -> str:
    match error:
        case OSError() if error.strerror:
            return error.strerror
        case subprocess.CalledProcessError():
            return f"it ended with code {error.returncode}"
        case subprocess.TimeoutExpired():
            return f"it took longer than {error.timeout:g} s"
    return f"{error}"


def _no_password() -> str:
    """In place of a question on the terminal."""
    return ""


def _content(name: str, path: str | os.PathLike[str] | None) -> bytes | None:
    try:
        return None if path is None else Path(path).read_bytes()
    except OSError as error:
        raise InvalidArgument(
            f"credentials: {name} {os.fspath(path or '')} cannot be read: {error.strerror}."
        ) from None


def _is_here(address: str) -> bool:
    """Whether an address is one of this machine, as far as its text tells."""
    if address.startswith(("unix:", "unix-abstract:")):
        return True
    host = address.rpartition("/")[2].rpartition(":")[0].strip("[]")
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
