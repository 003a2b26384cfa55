"""A service that asks who calls, as tests set it up: users, tokens, grants, certificates."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import grpc
import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from google.protobuf.message import Message

from ledger_service.access.certificate_set import (
    AUTHORITY,
    REVOKED,
    SERVER,
    SERVER_KEY,
    CertificateSet,
)
from ledger_service.access.grants_file import GRANTS_FILE, grant, read_grants, write_grants
from ledger_service.access.tokens import TOKENS_FILE, new_token, read_tokens, write_tokens
from ledger_service.api import required

ISSUER, AUDIENCE = "https://login.example.org", "diplomatic-ledger"


@cache
def _issuers_key() -> rsa.RSAPrivateKey:
    """One for all tests, since to find it takes longer than most of them."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@dataclass
class Access:
    """The access folder of a service, and what else vouches for its users."""

    folder: Path
    now: datetime = datetime(2018, 8, 18, 12, tzinfo=UTC)
    key: rsa.RSAPrivateKey = field(default_factory=_issuers_key)

    def __post_init__(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        self.tls = CertificateSet(self.folder / "tls")
        self.jwks = self.folder / "jwks.json"
        self.write_jwks(self.key.public_key(), "first")

    def settings(self, *, tls: bool = False, clients: bool = False) -> dict[str, Any]:
        """The settings of a service with this access control."""
        chosen: dict[str, Any] = {
            "access_dir": self.folder,
            "jwt_issuer": ISSUER,
            "jwt_audience": AUDIENCE,
            "jwt_keys": str(self.jwks),
        }
        if tls or clients:
            self.tls.begin(datetime.now(UTC), 2)
            folder = self.folder / "tls"
            if not (folder / SERVER).exists():
                self.tls.issue_server(["127.0.0.1", "localhost"], datetime.now(UTC), 2)
            chosen |= {"tls_certificate": folder / SERVER, "tls_key": folder / SERVER_KEY}
            if clients:
                chosen |= {"tls_client_ca": folder / AUTHORITY, "tls_revoked": folder / REVOKED}
        return chosen

    def token(self, subject: str, *, name: str = "", expires: datetime | None = None) -> str:
        text, kept = new_token(subject, name, self.now, expires)
        path = self.folder / TOKENS_FILE
        before = read_tokens(path).all if path.exists() else ()
        write_tokens(path, [*before, kept])
        return text

    def revoke(self, token: str) -> None:
        path = self.folder / TOKENS_FILE
        kept = read_tokens(path).all
        write_tokens(path, [each for each in kept if not token.startswith(each.prefix)])

    def grant(
        self,
        subject: str,
        ledger: str,
        *roles: str,
        issuer: str = "token",
        parties: Iterable[str] = (),
    ) -> None:
        path = self.folder / GRANTS_FILE
        before = read_grants(path) if path.exists() else ()
        write_grants(path, [*before, grant(issuer, subject, ledger, roles, parties)])

    def take_back_all(self) -> None:
        write_grants(self.folder / GRANTS_FILE, [])

    def jwt(self, subject: str, **changes: Any) -> str:
        """A JSON Web Token as the issuer makes them, but for what is changed."""
        how = {
            "key": changes.pop("key", self.key),
            "algorithm": changes.pop("algorithm", "RS256"),
            "headers": {"kid": changes.pop("kid", "first")},
        }
        claims = {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "sub": subject,
            "iat": self.now,
            "exp": self.now + timedelta(minutes=5),
        }
        changed = {k: v for k, v in (claims | changes).items() if v is not None}
        return jwt.encode(changed, **how)

    def write_jwks(self, key: rsa.RSAPublicKey, name: str) -> None:
        told = jwt.algorithms.RSAAlgorithm.to_jwk(key, as_dict=True)
        self.jwks.write_text(json.dumps({"keys": [{**told, "kid": name, "use": "sig"}]}))

    def credentials(self, client: str | None = None) -> grpc.ChannelCredentials:
        """What a client connects with: the authority, and a certificate of its own."""
        folder = self.folder / "tls"
        authority = (folder / AUTHORITY).read_bytes()
        if client is None:
            return grpc.ssl_channel_credentials(authority)
        self.tls.issue_client(client, datetime.now(UTC), 2)
        return grpc.ssl_channel_credentials(
            authority,
            (folder / f"{client}.key").read_bytes(),
            (folder / f"{client}.pem").read_bytes(),
        )


def bearer(token: str) -> tuple[tuple[str, str], ...]:
    return (("authorization", f"Bearer {token}"),)


def request_for(kind: type[Message], ledger: str) -> Any:
    """A request in which everything that is required is said."""
    request = kind()
    for name in required.REQUIRED.get(kind, ()):
        if name == "ledger":
            continue
        value = getattr(request, name)
        if isinstance(value, str):
            setattr(request, name, f"some-{name.replace('_', '-')}")
        else:
            value.append("some")
    if "ledger" in kind.DESCRIPTOR.fields_by_name:
        request.ledger = ledger
    return request
