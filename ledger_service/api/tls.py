"""TLS of the server: its certificate, and those of clients that it accepts. Files that change
are used for the connections that come after; open ones stay as they are.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import grpc
import structlog
from cryptography import x509
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from ledger_service.domain.values.refusals import LedgerError
from ledger_service.persistence.private import others_may_use_secret

log = structlog.get_logger()


class TlsUnusable(LedgerError):
    """A file of TLS cannot be used. The text says which, and what helps."""


class TlsFiles(NamedTuple):
    """The certificate of the server with its chain, and its key, in PEM. With `client_ca` each
    client needs a certificate that one of those in it issued.
    """

    certificate: Path
    key: Path
    client_ca: Path | None = None


_Stamps = tuple[tuple[int, int, int], ...]


class ServerTls:
    """Credentials that follow their files. `wrong` is told when new files cannot be used, and
    with an empty text when they can again; until then the old ones are. Raises TlsUnusable.
    """

    def __init__(self, files: TlsFiles, wrong: Callable[[str], object]) -> None:
        self._files = files
        self._wrong = wrong
        # Of gRPC's thread that accepts connections, once the credentials are made.
        self._stamps = self._stamps_now()
        first = self._read()
        self.credentials = grpc.dynamic_ssl_server_credentials(
            first,
            self._changed,  # type: ignore[arg-type]  # None says that nothing changed
            require_client_authentication=files.client_ca is not None,
        )

    def _changed(self) -> grpc.ServerCertificateConfiguration | None:
        """What new connections shall use; None for what they used before. Never raises: a
        connection would be lost.
        """
        try:
            stamps = self._stamps_now()
            if stamps == self._stamps:
                return None
            found = self._read()
            self._stamps = stamps  # what was refused is tried again: its mode may be mended
        except TlsUnusable as problem:
            self._wrong(f"{problem} Until then the files before are used.")
            return None
        self._wrong("")
        log.info("tls_changed", certificate=str(self._files.certificate))
        return found

    def _read(self) -> grpc.ServerCertificateConfiguration:
        files = self._files
        if others_may_use_secret(files.key):
            raise TlsUnusable(
                f"Others than its owner may use {files.key}. Set the mode: chmod 600 {files.key}."
            )
        pair = (_bytes(files.key), _bytes(files.certificate))
        _check_pair(*pair, files)
        client_ca = None if files.client_ca is None else _bytes(files.client_ca)
        return grpc.ssl_server_certificate_configuration([pair], client_ca)

    def _stamps_now(self) -> _Stamps:
        found = []
        for path in filter(None, self._files):
            try:
                told = path.stat()
            except OSError as error:
                raise TlsUnusable(f"{path} cannot be read: {error.strerror}.") from None
            found.append((told.st_ctime_ns, told.st_size, told.st_ino))
        return tuple(found)


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise TlsUnusable(f"{path} cannot be read: {error.strerror}.") from None


def _check_pair(key: bytes, certificate: bytes, files: TlsFiles) -> None:
    """GRPC would take files that do not belong together, and refuse every connection."""
    try:
        private = load_pem_private_key(key, None)
        public = x509.load_pem_x509_certificate(certificate).public_key()
    except (ValueError, TypeError) as error:
        raise TlsUnusable(
            f"{files.certificate} or {files.key} is not in PEM as it must be: {error}."
        ) from None
    if private.public_key() != public:
        raise TlsUnusable(
            f"{files.key} is not the key of {files.certificate}. Put the two in place together."
        )
