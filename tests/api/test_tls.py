"""TLS: certificates that are replaced while the service runs, and users whom they name."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import grpc
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from diplomatic_ledger import Credentials, LedgerClient, LedgerError, NotIdentified, Unavailable

from ledger_service.access.certificates import named_by
from ledger_service.access.jwt_keys import FileKeys, UrlKeys
from ledger_service.access.jwt_tokens import Expected, JwtVerifier
from ledger_service.access.refusals import NotIdentified as NotIdentifiedHere
from ledger_service.api.tls import TlsUnusable
from ledger_service.service import Service
from ledger_service.settings import Settings
from tests.api.conftest import Clock
from tests.support.access import AUDIENCE, ISSUER, Access
from tests.support.wire import NAME


@pytest.fixture(autouse=True)
def _changes_are_seen_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ledger_service.access.kept_file.LOOK_SECONDS", 0.0)


@pytest.fixture
def access(tmp_path: Path, clock: Clock) -> Access:
    return Access(tmp_path / "access", now=clock.time)


@pytest.fixture
def changes(access: Access) -> dict[str, Any]:
    return access.settings(tls=True)


@pytest.fixture
async def client(service: Service, access: Access) -> AsyncIterator[LedgerClient]:
    access.grant("steward", "*", "steward")
    credentials = Credentials(ca=access.folder / "tls/ca.pem", token=access.token("steward"))
    async with LedgerClient(service.address, credentials=credentials) as client:
        yield client


async def test_a_client_that_trusts_the_authority_calls_over_tls(client: LedgerClient) -> None:
    await client.create_ledger(NAME, "Talks")
    assert [each.ledger for each in await client.ledgers().all()] == [NAME]


async def test_plain_text_and_other_authorities_do_not_connect(
    service: Service, access: Access, tmp_path: Path
) -> None:
    other = Access(tmp_path / "other")
    other.settings(tls=True)
    for credentials in (
        None,
        Credentials(plain_text=True),
        Credentials(ca=tmp_path / "other/tls/ca.pem"),
        Credentials(),
    ):
        async with LedgerClient(service.address, timeout=1, credentials=credentials) as client:
            with pytest.raises(LedgerError) as caught:
                await client.user()
            assert caught.value.code in {
                grpc.StatusCode.UNAVAILABLE,
                grpc.StatusCode.DEADLINE_EXCEEDED,
            }


def serial(address: str, authority: bytes) -> int:
    import socket
    import ssl

    host, port = address.rsplit(":", 1)
    context = ssl.create_default_context(cadata=authority.decode())
    context.set_alpn_protocols(["h2"])
    with (
        socket.create_connection((host, int(port)), timeout=5) as plain,
        context.wrap_socket(plain, server_hostname=host) as encrypted,
    ):
        found = encrypted.getpeercert(binary_form=True)
    assert found is not None
    return x509.load_der_x509_certificate(found).serial_number


async def test_a_new_certificate_is_used_for_the_next_connection_and_a_wrong_one_never(
    service: Service, client: LedgerClient, access: Access
) -> None:
    folder = access.folder / "tls"
    authority = (folder / "ca.pem").read_bytes()
    before = await asyncio.to_thread(serial, service.address, authority)
    await client.user()
    for name in ("server.pem", "server.key"):
        (folder / name).unlink()
    access.tls.issue_server(["127.0.0.1"], datetime.now(UTC), 2)
    after = await asyncio.to_thread(serial, service.address, authority)
    assert after != before
    await client.user()  # on the connection that was open
    (folder / "server.key").write_bytes((folder / "ca.key").read_bytes())
    assert await asyncio.to_thread(serial, service.address, authority) == after
    (problem,) = (await client.server_info()).problems
    assert problem.part == "tls"
    assert "is not the key of" in problem.text


async def test_a_new_key_that_others_may_read_is_used_as_soon_as_its_mode_is_right(
    service: Service, client: LedgerClient, access: Access
) -> None:
    folder = access.folder / "tls"
    authority = (folder / "ca.pem").read_bytes()
    before = await asyncio.to_thread(serial, service.address, authority)
    for name in ("server.pem", "server.key"):
        (folder / name).unlink()
    access.tls.issue_server(["127.0.0.1"], datetime.now(UTC), 2)
    (folder / "server.key").chmod(0o644)
    assert await asyncio.to_thread(serial, service.address, authority) == before
    (problem,) = (await client.server_info()).problems
    assert "chmod 600" in problem.text
    (folder / "server.key").chmod(0o600)
    assert await asyncio.to_thread(serial, service.address, authority) != before
    assert not (await client.server_info()).problems


@pytest.mark.parametrize(
    ("break_it", "told"),
    [
        (lambda folder: (folder / "server.key").unlink(), "cannot be read"),
        (lambda folder: (folder / "server.key").chmod(0o644), "Set the mode: chmod 600"),
        (lambda folder: (folder / "server.pem").write_text("x"), "is not in PEM"),
    ],
    ids=["missing", "open to others", "no certificate"],
)
def test_a_service_does_not_start_with_a_certificate_that_cannot_be_used(
    settings: Settings, access: Access, break_it: Any, told: str
) -> None:
    break_it(access.folder / "tls")
    with pytest.raises(TlsUnusable, match=told):
        Service(settings)


def test_a_certificate_names_its_first_uri_mail_or_host_and_else_its_subject() -> None:
    def named(*names: x509.GeneralName) -> str:
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "dns:ops")])
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(subject)
            .public_key(key.public_key())
            .serial_number(1)
            .not_valid_before(datetime(2018, 1, 1, tzinfo=UTC))
            .not_valid_after(datetime(2019, 1, 1, tzinfo=UTC))
        )
        if names:
            builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
        return named_by(builder.sign(key, hashes.SHA256())).subject

    uri = x509.UniformResourceIdentifier("spiffe://example.org/ops")
    mail, host = x509.RFC822Name("ops@example.org"), x509.DNSName("ops")
    assert named(host, mail, uri) == "uri:spiffe://example.org/ops"
    assert named(host, mail) == "email:ops@example.org"
    assert named(host) == "dns:ops"
    assert named() == "dn:CN=dns:ops", "no name of one kind passes for one of another"


@pytest.fixture
def jwks(access: Access) -> Iterator[tuple[str, dict[str, Any]]]:
    """The URL of a JWKS, and what it says just now; how often it was asked stands there too."""
    told: dict[str, Any] = {"body": access.jwks.read_bytes(), "asked": 0, "code": 200}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            told["asked"] += 1
            if "waits" in told:
                told["waits"].wait(20)
            if told.get("babbles"):
                self.wfile.write(b"this is no HTTP\r\n\r\n")
                return
            self.send_response(302 if self.path == told.get("moved") else told["code"])
            self.send_header("Location", "/elsewhere")
            self.end_headers()
            with suppress(OSError):
                for _ in range(told.get("drops", 0)):
                    self.wfile.write(b" ")
                    time.sleep(0.05)
                self.wfile.write(told["body"])

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}/jwks", told
    server.shutdown()
    thread.join()
    server.server_close()


async def test_keys_of_a_url_are_kept_asked_for_anew_and_used_while_it_does_not_answer(
    jwks: tuple[str, dict[str, Any]], access: Access, monkeypatch: pytest.MonkeyPatch
) -> None:
    url, told = jwks
    problems: list[str] = []
    keys = UrlKeys(url, problems.append)
    for _ in range(5):
        assert await keys.get("first") is not None
    assert told["asked"] == 1
    for _ in range(5):
        assert await keys.get("second") is None
    assert told["asked"] == 1, "who names keys at will does not have them asked for at will"
    monkeypatch.setattr("ledger_service.access.jwt_keys._PAUSE_SECONDS", 0.0)
    access.write_jwks(access.key.public_key(), "second")
    told["body"] = access.jwks.read_bytes()
    before = keys.generation
    assert await keys.get("second") is not None
    assert keys.generation > before, "what was verified by the keys before is verified anew"
    told["code"] = 500
    assert await keys.get("third") is None
    assert "cannot be had" in problems[-1]
    assert await keys.get("second") is not None


@pytest.mark.parametrize(
    ("how", "told_of"),
    [
        ({"drops": 40}, "does not come to an end"),
        ({"moved": "/jwks"}, "302"),
        ({"babbles": True}, "no HTTP"),
        ({"body": b"[" * 100_000}, "is no JWKS"),
        ({"body": b" " * 2_000_000}, "more than a megabyte"),
    ],
    ids=["in drops", "from elsewhere in plain text", "not HTTP", "nested", "very long"],
)
async def test_an_answer_that_is_not_plainly_the_keys_of_the_issuer_is_not_used(
    jwks: tuple[str, dict[str, Any]],
    monkeypatch: pytest.MonkeyPatch,
    how: dict[str, Any],
    told_of: str,
) -> None:
    if "drops" in how:  # the others are to come to their end, also on a busy machine
        monkeypatch.setattr("ledger_service.access.jwt_keys._WHOLE_SECONDS", 0.3)
    url, told = jwks
    told.update(how)
    problems: list[str] = []
    assert await UrlKeys(url, problems.append).get("first") is None
    assert told_of in problems[0]


@pytest.mark.parametrize("stated", ["", "RS256", "PS256"])
async def test_a_key_verifies_by_the_algorithm_of_the_token_unless_it_states_another(
    access: Access, stated: str
) -> None:
    told = json.loads(access.jwks.read_bytes())
    told["keys"][0].pop("alg", None)
    if stated:
        told["keys"][0]["alg"] = stated
    access.jwks.write_text(json.dumps(told))
    expected = Expected(ISSUER, AUDIENCE, ("PS256", "RS256"), 0.0)
    verifier = JwtVerifier(expected, FileKeys(access.jwks, str), lambda: access.now)
    for algorithm in expected.algorithms:
        token = access.jwt("someone", algorithm=algorithm)
        if stated in {"", algorithm}:
            assert (await verifier.verified(token)).user.subject == "someone"
        else:
            with pytest.raises(NotIdentifiedHere):
                await verifier.verified(token)


async def test_no_call_waits_for_an_issuer_whose_keys_are_still_fresh(
    jwks: tuple[str, dict[str, Any]], access: Access, monkeypatch: pytest.MonkeyPatch
) -> None:
    url, told = jwks
    keys = UrlKeys(url, lambda _: None)
    assert await keys.get("first") is not None
    monkeypatch.setattr("ledger_service.access.jwt_keys._EARLY_SECONDS", 0.0)
    access.write_jwks(access.key.public_key(), "second")
    told["body"], told["waits"] = access.jwks.read_bytes(), threading.Event()
    assert await keys.get("first") is not None
    told["waits"].set()
    async with asyncio.timeout(10):
        while await keys.get("first") is not None:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    assert await keys.get("second") is not None


async def test_a_symmetric_key_in_a_jwks_verifies_nothing(
    jwks: tuple[str, dict[str, Any]],
) -> None:
    url, told = jwks
    secret = {"kty": "oct", "k": "c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0", "kid": "s", "alg": "HS256"}
    listed = json.loads(told["body"])["keys"]
    told["body"] = json.dumps({"keys": [secret, *listed]}).encode()
    keys = UrlKeys(url, lambda _: None)
    assert await keys.get("s") is None
    assert await keys.get("first") is not None


async def test_a_token_goes_before_the_certificate_of_a_gateway_until_that_is_revoked(
    tmp_path: Path, access: Access, settings: Settings
) -> None:
    from dataclasses import replace

    mutual = replace(settings, **access.settings(clients=True))
    service = Service(mutual, lambda: access.now)
    await service.start()
    try:
        access.tls.issue_client("gateway", datetime.now(UTC), 2)
        folder = access.folder / "tls"
        how = {
            "ca": folder / "ca.pem",
            "certificate": folder / "gateway.pem",
            "key": folder / "gateway.key",
        }
        async with LedgerClient(service.address, credentials=Credentials(**how)) as client:
            told = await client.user()
            assert (told.issuer, told.subject) == ("certificate", "dn:CN=gateway")
        token = access.token("newsroom")
        credentials = Credentials(**how, token=token)
        async with LedgerClient(service.address, credentials=credentials) as client:
            assert (await client.user()).subject == "newsroom"
        credentials = Credentials(**how, token="wrong")
        async with LedgerClient(service.address, credentials=credentials) as client:
            with pytest.raises(NotIdentified):
                await client.user()
        credentials = Credentials(ca=folder / "ca.pem", token=token)
        async with LedgerClient(service.address, timeout=1, credentials=credentials) as client:
            with pytest.raises(Unavailable):
                await client.user()
        access.tls.revoke(folder / "gateway.pem", datetime.now(UTC))
        credentials = Credentials(**how, token=token)
        async with LedgerClient(service.address, credentials=credentials) as client:
            with pytest.raises(NotIdentified):
                await client.user()
    finally:
        await service.stop()
