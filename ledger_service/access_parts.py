"""Makes what finds out who calls, the TLS of the server and the trail, from the settings."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from ledger_service.access.certificates import ClientCertificates
from ledger_service.access.identifying import Identifying
from ledger_service.access.jwt_keys import key_source
from ledger_service.access.jwt_tokens import Expected, JwtVerifier
from ledger_service.access.trail import Trail
from ledger_service.api.tls import ServerTls, TlsFiles
from ledger_service.health import LedgerHealth
from ledger_service.settings import Settings


def identifying(
    settings: Settings, now: Callable[[], datetime], health: LedgerHealth
) -> Identifying | None:
    """None where nobody is asked who calls. Raises FileRefused."""
    if settings.access_dir is None:
        return None
    return Identifying(
        settings.access_dir,
        _jwt(settings, now, health),
        _certificates(settings, health),
        now,
        lambda part, problem: _tell(health, part, problem),
    )


def server_tls(settings: Settings, health: LedgerHealth) -> ServerTls | None:
    """None where everything goes in plain text. Raises TlsUnusable."""
    if settings.tls_certificate is None or settings.tls_key is None:
        return None
    files = TlsFiles(settings.tls_certificate, settings.tls_key, settings.tls_client_ca)
    return ServerTls(files, lambda problem: _tell(health, "tls", problem))


def trail(
    settings: Settings, now: Callable[[], datetime], health: LedgerHealth
) -> Trail | None:
    """None where none is kept."""
    path = trail_path(settings)
    if path is None:
        return None
    return Trail(path, now, lambda problem: _tell(health, "trail", problem))


def trail_path(settings: Settings) -> Path | None:
    """Where the trail lies; None where none is kept."""
    return None if settings.access_dir is None else settings.data_dir / settings.trail_file


def _jwt(
    settings: Settings, now: Callable[[], datetime], health: LedgerHealth
) -> JwtVerifier | None:
    if not settings.jwt_issuer:
        return None
    expected = Expected(
        settings.jwt_issuer,
        settings.jwt_audience,
        tuple(settings.jwt_algorithms.split(",")),
        settings.jwt_skew_seconds,
    )
    keys = key_source(settings.jwt_keys, lambda problem: _tell(health, "jwt", problem))
    return JwtVerifier(expected, keys, now)


def _certificates(settings: Settings, health: LedgerHealth) -> ClientCertificates | None:
    if settings.tls_client_ca is None:
        return None
    return ClientCertificates(
        settings.tls_client_ca,
        settings.tls_revoked,
        lambda problem: _tell(health, "certificates", problem),
    )


def _tell(health: LedgerHealth, part: str, problem: str) -> None:
    """What is wrong with a part; what it had before goes on, so that it stays usable."""
    if problem:
        health.tell(part, problem, usable=True)
    else:
        health.clear(part)
