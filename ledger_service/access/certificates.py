"""Who a client's certificate names, and whether it was revoked."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm

from ledger_service.access.kept_file import FileRefused, KeptFile
from ledger_service.access.refusals import NotIdentified
from ledger_service.access.users import CERTIFICATES, User

#: The serial numbers that were revoked, each with who issued them.
Revoked = frozenset[tuple[x509.Name, int]]


class ClientCertificates:
    """Reads certificates that the transport has verified already. `client_ca` holds those that
    issue them, `revoked` lists in PEM of theirs. Raises FileRefused. Belongs to the event loop.
    """

    def __init__(
        self, client_ca: Path, revoked: Path | None, wrong: Callable[[str], object]
    ) -> None:
        self.generation = 0
        self._client_ca = client_ca
        self._revoked: KeptFile[Revoked] | None = None
        if revoked is not None:
            self._revoked = KeptFile(revoked, self._read, None, self._changed, wrong)

    def refresh(self) -> None:
        """Looks at the lists again when it is time to."""
        if self._revoked is not None:
            self._revoked.value()

    def user(self, pem: bytes) -> User:
        """Whom a certificate names. Raises NotIdentified when it was revoked."""
        try:
            certificate = x509.load_pem_x509_certificate(pem)
            user = named_by(certificate)
        except (ValueError, UnsupportedAlgorithm) as error:
            raise NotIdentified(f"The certificate cannot be read: {error}") from None
        revoked = self._revoked.value() if self._revoked is not None else frozenset()
        if (certificate.issuer, certificate.serial_number) in revoked:
            raise NotIdentified(f"The certificate of {user} was revoked.")
        return user

    def _changed(self, _before: Revoked, _after: Revoked) -> None:
        self.generation += 1

    def _read(self, path: Path) -> Revoked:
        issuers = read_certificates(self._client_ca)
        try:
            told = path.read_bytes()
        except OSError as error:
            raise FileRefused(f"{path} cannot be read: {error.strerror}.") from None
        found: set[tuple[x509.Name, int]] = set()
        for each in _lists(told, path):
            if not _is_signed_by_one_of(each, issuers):
                raise FileRefused(
                    f"{path} has a list that none of {self._client_ca} signed. Get the list of "
                    "who issues the certificates."
                )
            found |= {(each.issuer, revoked.serial_number) for revoked in each}
        return frozenset(found)


def named_by(certificate: x509.Certificate) -> User:
    """Whom a certificate names: by its first alternative name that is a URI, such as a SPIFFE
    id, an address of mail or a name of DNS, else by its subject. The kind stands before it, so
    that no name of one kind passes for one of another.
    """
    common = certificate.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)
    name = str(common[0].value) if common else ""
    try:
        names = certificate.extensions.get_extension_for_class(
            x509.SubjectAlternativeName
        ).value
    except x509.ExtensionNotFound:
        names = x509.SubjectAlternativeName([])
    for kind, prefix in (
        (x509.UniformResourceIdentifier, "uri"),
        (x509.RFC822Name, "email"),
        (x509.DNSName, "dns"),
    ):
        if found := names.get_values_for_type(kind):
            return User(CERTIFICATES, f"{prefix}:{found[0]}", name)
    return User(CERTIFICATES, f"dn:{certificate.subject.rfc4514_string()}", name)


def read_certificates(path: Path) -> list[x509.Certificate]:
    """The certificates in a file. Raises FileRefused."""
    try:
        return x509.load_pem_x509_certificates(path.read_bytes())
    except OSError as error:
        raise FileRefused(f"{path} cannot be read: {error.strerror}.") from None
    except ValueError as error:
        raise FileRefused(f"{path} holds no certificates in PEM: {error}.") from None


def _lists(told: bytes, path: Path) -> Iterable[x509.CertificateRevocationList]:
    end = b"-----END X509 CRL-----"
    try:
        for part in told.split(end)[:-1]:
            yield x509.load_pem_x509_crl(part + end + b"\n")
    except ValueError as error:
        raise FileRefused(f"{path} holds no lists in PEM: {error}.") from None


def _is_signed_by_one_of(
    found: x509.CertificateRevocationList, issuers: Iterable[x509.Certificate]
) -> bool:
    for each in issuers:
        if each.subject == found.issuer:
            try:
                if found.is_signature_valid(each.public_key()):  # type: ignore[arg-type]  # else it raises
                    return True
            except (InvalidSignature, TypeError):
                continue
    return False
