"""Certificates to begin with: an authority, and what it issued, in one folder."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from ledger_service.access.certificates import named_by, read_certificates
from ledger_service.access.kept_file import changing
from ledger_service.domain.values.refusals import LedgerError
from ledger_service.persistence.files import write_whole
from ledger_service.persistence.private import make_folder

AUTHORITY, AUTHORITY_KEY = "ca.pem", "ca.key"
SERVER, SERVER_KEY = "server.pem", "server.key"
REVOKED = "revoked.pem"

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
#: Names of hosts as RFC 1123 has them; a star may stand for the first label.
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_HOST = re.compile(rf"(?=.{{1,253}}\Z)(?:\*\.)?{_LABEL}(?:\.{_LABEL})*")
#: What other names must not overwrite.
_TAKEN = {"ca", "server", "revoked"}
#: A clock that is a little behind takes what was made just now.
_BEFORE = timedelta(minutes=5)
_AUTHORITY_DAYS = 3650
#: Nobody is made to look for a new list: the file is replaced when something is revoked.
_LIST_DAYS = 3650


class CertificatesRefused(LedgerError):
    """A certificate cannot be made or revoked. The text says why, and what helps."""


class CertificateSet:
    """The certificates of a folder. Methods raise CertificatesRefused or FileRefused."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def begin(self, now: datetime, days: int) -> None:
        """Makes the authority, and its empty list of revoked certificates, unless there is
        one.
        """
        make_folder(self._folder)
        if (self._folder / AUTHORITY).exists():
            return
        key = ec.generate_private_key(ec.SECP256R1())
        name = _name("Diplomatic Ledger authority")
        made = (
            _builder(name, name, key.public_key(), now, max(days, _AUTHORITY_DAYS))
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(_usage(signs_certificates=True), critical=True)
            .add_extension(_key_id(key.public_key()), critical=False)
            .sign(key, hashes.SHA256())
        )
        self._write(AUTHORITY_KEY, _pem_of_key(key))
        self._write(AUTHORITY, made.public_bytes(serialization.Encoding.PEM))
        self._write_list((), now)

    def issue_server(self, hosts: Sequence[str], now: datetime, days: int) -> None:
        """Makes the certificate of the service, unless there is one. Raises
        CertificatesRefused where that one is not for all of these hosts.
        """
        names = x509.SubjectAlternativeName(names_of(hosts))
        path = self._folder / SERVER
        if path.exists():
            if missing := _not_in(path, names):
                raise CertificatesRefused(
                    f"{path} is there already, and is not for {', '.join(missing)}. Move it and "
                    f"{SERVER_KEY} away to have others made by the same authority."
                )
            return
        self._issue(hosts[0], "server", ExtendedKeyUsageOID.SERVER_AUTH, names, now, days)

    def issue_client(self, name: str, now: datetime, days: int) -> str:
        """Makes a certificate for a client, unless there is one of that name. Returns the
        subject by which the service knows who has it.
        """
        if not _NAME.fullmatch(name) or name in _TAKEN:
            raise CertificatesRefused(
                f"No client can be named {name!r}. Give letters, digits and . _ -, 64 at most."
            )
        path = self._folder / f"{name}.pem"
        if not path.exists():
            self._issue(name, name, ExtendedKeyUsageOID.CLIENT_AUTH, None, now, days)
        return named_by(read_certificates(path)[0]).subject

    def revoke(self, path: Path, now: datetime) -> None:
        """Puts a certificate on the list."""
        authority = self._authority()
        certificate = read_certificates(path)[0]
        if certificate.issuer != authority.subject:
            raise CertificatesRefused(
                f"{path} was not issued by {self._folder / AUTHORITY}. Only who issued a "
                "certificate can revoke it."
            )
        entry = (
            x509.RevokedCertificateBuilder()
            .serial_number(certificate.serial_number)
            .revocation_date(now)
            .build()
        )
        with changing(self._folder):
            self._write_list((*self._revoked(), entry), now)

    def _issue(
        self,
        common_name: str,
        stem: str,
        purpose: x509.ObjectIdentifier,
        names: x509.SubjectAlternativeName | None,
        now: datetime,
        days: int,
    ) -> None:
        key = ec.generate_private_key(ec.SECP256R1())
        issuer = self._authority().subject
        builder = (
            _builder(_name(common_name), issuer, key.public_key(), now, days)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_usage(signs_certificates=False), critical=True)
            .add_extension(x509.ExtendedKeyUsage([purpose]), critical=False)
            .add_extension(_key_id(key.public_key()), critical=False)
            .add_extension(self._authority_id(), critical=False)
        )
        if names is not None:
            builder = builder.add_extension(names, critical=False)
        made = builder.sign(self._authority_key(), hashes.SHA256())
        self._write(f"{stem}.key", _pem_of_key(key))
        self._write(f"{stem}.pem", made.public_bytes(serialization.Encoding.PEM))

    def _write_list(self, entries: Iterable[x509.RevokedCertificate], now: datetime) -> None:
        builder = (
            x509.CertificateRevocationListBuilder()
            .issuer_name(self._authority().subject)
            .last_update(now)
            .next_update(now + timedelta(days=_LIST_DAYS))
            .add_extension(x509.CRLNumber(int(now.timestamp())), critical=False)
            .add_extension(self._authority_id(), critical=False)
        )
        for each in entries:
            builder = builder.add_revoked_certificate(each)
        made = builder.sign(self._authority_key(), hashes.SHA256())
        self._write(REVOKED, made.public_bytes(serialization.Encoding.PEM))

    def _revoked(self) -> tuple[x509.RevokedCertificate, ...]:
        path = self._folder / REVOKED
        return tuple(x509.load_pem_x509_crl(path.read_bytes())) if path.exists() else ()

    def _authority(self) -> x509.Certificate:
        return read_certificates(self._folder / AUTHORITY)[0]

    def _authority_id(self) -> x509.AuthorityKeyIdentifier:
        key = self._authority_key().public_key()
        return x509.AuthorityKeyIdentifier.from_issuer_public_key(key)

    def _authority_key(self) -> ec.EllipticCurvePrivateKey:
        path = self._folder / AUTHORITY_KEY
        try:
            key = serialization.load_pem_private_key(path.read_bytes(), None)
        except OSError as error:
            why = str(error.strerror)
        except (ValueError, TypeError):
            why = "it holds no key in PEM, or an encrypted one"
        else:
            assert isinstance(key, ec.EllipticCurvePrivateKey)
            return key
        raise CertificatesRefused(
            f"The key of the authority {path} cannot be used: {why}. Put it back for this."
        )

    def _write(self, name: str, content: bytes) -> None:
        write_whole(self._folder / name, content)


def _builder(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePublicKey,
    now: datetime,
    days: int,
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _BEFORE)
        .not_valid_after(now + timedelta(days=days))
    )


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )


def _key_id(key: ec.EllipticCurvePublicKey) -> x509.SubjectKeyIdentifier:
    return x509.SubjectKeyIdentifier.from_public_key(key)


def _name(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def _not_in(path: Path, names: x509.SubjectAlternativeName) -> list[str]:
    """Those of the names for which a certificate is not."""
    extensions = read_certificates(path)[0].extensions
    try:
        there = [*extensions.get_extension_for_class(x509.SubjectAlternativeName).value]
    except x509.ExtensionNotFound:
        there = []
    return [str(each.value) for each in names if each not in there]


def names_of(hosts: Sequence[str]) -> list[x509.GeneralName]:
    """Hosts as a certificate names them. Raises CertificatesRefused for what is none."""
    return [_host(each) for each in hosts]


def _host(text: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(text))
    except ValueError:
        if not _HOST.fullmatch(text):
            raise CertificatesRefused(
                f"{text!r} is neither the name of a host nor an IP address. "
                "Give it as clients write it, without scheme and port: ledger.example.org."
            ) from None
        return x509.DNSName(text)


def _pem_of_key(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
