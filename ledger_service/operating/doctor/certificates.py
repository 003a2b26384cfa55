"""Looks at the certificates: whether they last, fit their key and one another."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature

from ledger_service.access.certificates import ClientCertificates, read_certificates
from ledger_service.access.kept_file import FileRefused
from ledger_service.api.tls import ServerTls, TlsFiles, TlsUnusable
from ledger_service.operating.doctor.findings import DoctorFinding, fault, note, ok, warning
from ledger_service.settings import Settings

_PART = "certificates"
_SOON = timedelta(days=30)


def look_at_certificates(chosen: Settings, now: datetime) -> Iterator[DoctorFinding]:
    if chosen.tls_certificate is None or chosen.tls_key is None:
        yield note(
            _PART,
            "Everything goes in plain text (no tls_certificate).",
            "That is right on one machine; for any other, ledger-service tls init makes a set.",
        )
        return
    yield from _pair(chosen.tls_certificate, chosen.tls_key, chosen.tls_client_ca)
    yield from _chain(chosen.tls_certificate, now)
    if chosen.tls_client_ca is not None:
        yield from _issuers(chosen.tls_client_ca, chosen.tls_revoked, now)


def _pair(certificate: Path, key: Path, client_ca: Path | None) -> Iterator[DoctorFinding]:
    try:
        ServerTls(TlsFiles(certificate, key, client_ca), lambda _: None)
    except TlsUnusable as problem:
        yield fault(_PART, str(problem), "The service does not start with them.")
    else:
        yield ok(_PART, f"{key} is the key of {certificate}.")


def _chain(path: Path, now: datetime) -> Iterator[DoctorFinding]:
    try:
        chain = read_certificates(path)
    except FileRefused as problem:
        yield fault(_PART, str(problem), "Put the certificate there, and its chain behind it.")
        return
    yield from _last(path, chain, now)
    for each, issuer in pairwise(chain):
        try:
            each.verify_directly_issued_by(issuer)
        except (ValueError, TypeError, InvalidSignature):
            yield fault(
                _PART,
                f"{path} is no chain: {_name(issuer)} did not issue {_name(each)}, which "
                "stands before it.",
                "Put each certificate before the one that issued it.",
            )


def _issuers(path: Path, revoked: Path | None, now: datetime) -> Iterator[DoctorFinding]:
    try:
        yield from _last(path, read_certificates(path), now)
        if revoked is not None:
            ClientCertificates(path, revoked, lambda _: None)
            yield ok(_PART, f"{revoked} can be read, and is of who issues certificates.")
    except FileRefused as problem:
        yield fault(_PART, str(problem), "Clients cannot connect, or revoked ones can.")


def _last(
    path: Path, found: Sequence[x509.Certificate], now: datetime
) -> Iterator[DoctorFinding]:
    remedy = "Put a new one in its place; the service takes it for the next connection."
    for each in found:
        ends, begins = each.not_valid_after_utc, each.not_valid_before_utc
        if ends <= now:
            yield fault(_PART, f"{_name(each)} in {path} ended on {ends:%Y-%m-%d}.", remedy)
        elif begins > now:
            told = f"{_name(each)} in {path} is not valid before {begins:%Y-%m-%d %H:%M} UTC."
            yield fault(_PART, told, "See that the clock is right, or wait.")
        elif ends - now < _SOON:
            yield warning(_PART, f"{_name(each)} in {path} ends on {ends:%Y-%m-%d}.", remedy)
        else:
            yield ok(_PART, f"{_name(each)} in {path} lasts until {ends:%Y-%m-%d}.")


def _name(certificate: x509.Certificate) -> str:
    return certificate.subject.rfc4514_string() or "a certificate without a name"
