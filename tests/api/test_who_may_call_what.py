"""Every call, by every role, in one's own ledger, in another one, and by those whom nobody
vouches for. A call without a row here fails.
"""

from __future__ import annotations

import base64
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import grpc
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from diplomatic_ledger.admin.v1 import access_service_pb2, admin_service_pb2
from diplomatic_ledger.admin.v1.admin_service_pb2_grpc import AdminServiceStub
from diplomatic_ledger.v1 import (
    audit_service_pb2,
    history_service_pb2,
    ledger_service_pb2,
    standing_service_pb2,
)
from google.protobuf import message_factory

from ledger_service.access.certificate_set import CertificateSet
from ledger_service.application.ledgers import Ledgers
from ledger_service.service import Service
from ledger_service.settings import Settings
from tests.support.access import Access, bearer, request_for
from tests.support.wire import taken_apart

SERVICES = {
    service.full_name: service
    for module in (
        ledger_service_pb2,
        history_service_pb2,
        standing_service_pb2,
        audit_service_pb2,
        admin_service_pb2,
        access_service_pb2,
    )
    for service in module.DESCRIPTOR.services_by_name.values()
}
METHODS = [method for service in SERVICES.values() for method in service.methods]

ROLES = ("reader", "recorder", "verifier", "cleared", "auditor", "steward", "admin")
READING = {"reader", "recorder", "verifier", "cleared", "auditor", "steward"}
ANYBODY = {*ROLES, "nobody"}
AUDITING, OPERATING = frozenset({"auditor"}), frozenset({"admin"})

#: Who may make each call in a ledger of theirs.
MAY = {
    "LedgerService": {
        "GetServerInfo": ANYBODY,
        "GetUser": ANYBODY,
        "ListLedgers": ANYBODY,
        "CreateLedger": {"steward"},
        "GetLedger": READING,
        "BatchGetAuthors": READING,
        "Record": {"recorder", "verifier", "steward"},
    },
    "HistoryService": dict.fromkeys(
        ("GetEntry", "BatchGetEntries", "ReadLog", "Subscribe"), READING
    ),
    "StandingService": {
        **dict.fromkeys(
            (
                "GetCommitment",
                "BatchGetCommitments",
                "ListCommitments",
                "ListActs",
                "GetInstrument",
                "ListInstruments",
                "GetParty",
                "ListParties",
                "ListReports",
                "GetBalance",
                "ListBalances",
                "GetSeries",
                "Replay",
                "Diff",
                "WatchStandings",
                "Agenda",
                "ListScales",
            ),
            READING,
        ),
        "ListRubrics": ANYBODY,
    },
    "AuditService": {
        "GetCheckpoint": READING,
        **dict.fromkeys(
            ("GetInclusionProof", "GetConsistencyProof", "GetReceipt", "Export"), AUDITING
        ),
    },
    "AdminService": dict.fromkeys(
        (
            "ShowLedgers",
            "ShowKeys",
            "RotateKey",
            "RetireKey",
            "EraseField",
            "AdoptLedger",
            "SucceedLedger",
            "ForkLedger",
            "RetireLedger",
            "BringBackLedger",
            "CheckLedger",
            "BackUpLedger",
            "RebuildViews",
            "ShowUsers",
            "ForgetUser",
        ),
        OPERATING,
    ),
    "AccessService": dict.fromkeys(
        ("ListTokens", "AddToken", "RevokeToken", "ListGrants", "AddGrant", "RevokeGrants"),
        OPERATING,
    ),
}
#: Those for operators.
OPERATORS = {"AdminService", "AccessService"}
#: These concern the whole service, or a ledger of another name as well, so that a role in one
#: ledger is not enough.
OF_ALL_LEDGERS = {
    "ShowLedgers",
    "ShowUsers",
    "ForgetUser",
    "ForkLedger",
    "ListTokens",
    "AddToken",
    "RevokeToken",
}

OWN, OTHER, NONE = "own", "other", "none-of-that-name"


@asynccontextmanager
async def served(folder: Path, access: Access, **how: bool) -> AsyncIterator[Service]:
    settings = Settings(
        data_dir=folder / "data",
        keys_dir=folder / "keys",
        listen="127.0.0.1:0",
        drain_seconds=0.2,
        heartbeat_seconds=0.2,
        admin_over_network=True,
        **access.settings(**how),
    )
    service = Service(settings, lambda: access.now)
    await service.start()
    try:
        for name in (OWN, OTHER):
            await service.registry.create(name, "Talks", "", None)
        yield service
    finally:
        await service.stop()


async def outcome(
    channel: grpc.aio.Channel, method: Any, ledger: str, token: str | None = None
) -> str:
    """`answered` where a call was let in, whatever became of it then; else the reason."""
    kind = message_factory.GetMessageClass(method.input_type)
    path = f"/{method.containing_service.full_name}/{method.name}"
    body = request_for(kind, ledger).SerializeToString()
    how = {"metadata": bearer(token) if token is not None else (), "timeout": 20}
    try:
        if method.server_streaming:
            call = channel.unary_stream(path)(body, **how)
            await call.read()
            call.cancel()
        else:
            await channel.unary_unary(path)(body, **how)
    except grpc.aio.AioRpcError as error:
        if error.code() is grpc.StatusCode.UNAVAILABLE:
            return "no connection"
        reason = taken_apart(error).reason
        refused = {"NOT_IDENTIFIED", "TOKEN_EXPIRED", "NOT_PERMITTED", "LEDGER_NOT_FOUND"}
        return reason if reason in refused else "answered"
    return "answered"


def of_own(service: str, method: str, role: str, *, certificate: bool, everywhere: bool) -> str:
    if service in OPERATORS:
        enough = everywhere or method not in OF_ALL_LEDGERS
        return "answered" if role == "admin" and certificate and enough else "NOT_PERMITTED"
    if role in MAY[service][method]:
        return "answered"
    if role not in READING and method != "CreateLedger":
        return "LEDGER_NOT_FOUND"
    return "NOT_PERMITTED"


def of_other(service: str, method: str) -> str:
    if MAY[service][method] is ANYBODY:
        return "answered"
    is_denied = service in OPERATORS or method == "CreateLedger"
    return "NOT_PERMITTED" if is_denied else "LEDGER_NOT_FOUND"


@pytest.fixture
def access(tmp_path: Path) -> Access:
    return Access(tmp_path / "access")


def test_every_call_has_a_row() -> None:
    assert {(m.containing_service.name, m.name) for m in METHODS} == {
        (service, method) for service, methods in MAY.items() for method in methods
    }


async def test_with_a_token_a_role_opens_its_calls_in_its_ledger_and_no_other(
    tmp_path: Path, access: Access
) -> None:
    tokens = {role: access.token(role) for role in (*ROLES, "nobody")}
    for role in ROLES:
        access.grant(role, OWN, role)
    wrong = []
    async with (
        served(tmp_path, access) as service,
        grpc.aio.insecure_channel(service.address) as channel,
    ):
        for method in METHODS:
            name = (method.containing_service.name, method.name)
            for role, token in tokens.items():
                expected = {
                    OWN: of_own(*name, role, certificate=False, everywhere=False),
                    OTHER: of_other(*name),
                    NONE: of_other(*name),
                }
                for ledger, told in expected.items():
                    found = await outcome(channel, method, ledger, token)
                    if found != told:
                        wrong.append((name, role, ledger, found, told))
    assert wrong == []


@pytest.mark.parametrize("everywhere", [False, True], ids=["in one ledger", "in every ledger"])
async def test_with_a_certificate_a_role_opens_its_calls_and_an_admin_operates(
    tmp_path: Path, access: Access, everywhere: bool
) -> None:
    for role in ROLES:
        ledger = "*" if everywhere else OWN
        access.grant(f"dn:CN={role}", ledger, role, issuer="certificate")
    wrong = []
    async with served(tmp_path, access, clients=True) as service:
        for role in (*ROLES, "nobody"):
            async with grpc.aio.secure_channel(
                service.address, access.credentials(role)
            ) as channel:
                for method in METHODS:
                    name = (method.containing_service.name, method.name)
                    told = of_own(*name, role, certificate=True, everywhere=everywhere)
                    elsewhere = told if everywhere else of_other(*name)
                    found = await outcome(channel, method, OWN)
                    if found != told:
                        wrong.append((name, role, OWN, found, told))
                    found = await outcome(channel, method, OTHER)
                    if found != elsewhere:
                        wrong.append((name, role, OTHER, found, elsewhere))
    assert wrong == []


async def test_who_operates_a_ledger_reads_it_under_no_other_name(
    tmp_path: Path, access: Access
) -> None:
    """What a ledger leaves to a fork, or lies aside, is read by who may read that name."""
    for name, roles in {OWN: ["admin"], "mine": ["admin", "reader", "cleared"]}.items():
        access.grant("dn:CN=admin", name, *roles, issuer="certificate")
    access.grant("dn:CN=admin", "spare", "admin", issuer="certificate")
    async with (
        served(tmp_path, access, clients=True) as service,
        grpc.aio.secure_channel(service.address, access.credentials("admin")) as channel,
    ):
        stub = AdminServiceStub(channel)

        async def refusal(call: Any) -> str:
            with pytest.raises(grpc.aio.AioRpcError) as error:
                await call
            return taken_apart(error.value).text

        fork, succeed = (
            admin_service_pb2.ForkLedgerRequest,
            admin_service_pb2.SucceedLedgerRequest,
        )
        for name, told in {"mine": "As reader, cleared in", "nobodys": "role of admin"}.items():
            forking = fork(ledger=OWN, fork=name, reason="To read it.")
            assert told in await refusal(stub.ForkLedger(forking))
            aside = succeed(ledger=OWN, aside=name, reason="To read it.")
            assert told in await refusal(stub.SucceedLedger(aside))
        made = await stub.ForkLedger(fork(ledger=OWN, fork="spare", reason="For trying."))
        assert made.inherited == 1


async def test_over_the_network_no_folder_of_the_machine_can_be_named_for_a_backup(
    tmp_path: Path, access: Access
) -> None:
    access.grant("dn:CN=admin", "*", "admin", issuer="certificate")
    request = admin_service_pb2.BackUpLedgerRequest(
        ledger=OWN, folder=str(tmp_path / "anywhere")
    )
    async with (
        served(tmp_path, access, clients=True) as service,
        grpc.aio.secure_channel(service.address, access.credentials("admin")) as channel,
    ):
        method = admin_service_pb2.DESCRIPTOR.services_by_name["AdminService"].full_name
        call = channel.unary_stream(f"/{method}/BackUpLedger")(request.SerializeToString())
        with pytest.raises(grpc.aio.AioRpcError) as error:
            await call.read()
    assert "backup_dir only" in (error.value.details() or "")
    assert not (tmp_path / "anywhere").exists()


def unsigned(access: Access) -> str:
    """A token with `alg: none`."""

    def part(value: dict[str, Any]) -> str:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()

    claims = access.jwt("everything").split(".")[1]
    return f"{part({'alg': 'none', 'typ': 'JWT', 'kid': 'first'})}.{claims}."


def signed_with_the_public_key(access: Access) -> str:
    """A token whose secret is the key that everybody may know: HS256 for RS256."""
    import hashlib
    import hmac

    public = access.key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    head = base64.urlsafe_b64encode(b'{"alg":"HS256","typ":"JWT","kid":"first"}').rstrip(b"=")
    claims = access.jwt("everything").split(".")[1].encode()
    mark = hmac.new(public, head + b"." + claims, hashlib.sha256).digest()
    end = base64.urlsafe_b64encode(mark).rstrip(b"=")
    return b".".join((head, claims, end)).decode()


def strangers(access: Access) -> dict[str, tuple[str | None, str]]:
    """What those send whom nobody vouches for, and the reason that they are told."""
    other_key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    ago, soon = access.now - timedelta(hours=1), access.now + timedelta(hours=1)
    own, late = access.token("everything"), access.token("everything", expires=ago)
    revoked = access.token("everything")
    access.revoke(revoked)
    found = {
        "nothing": None,
        "no token": "",
        "no token of ours": "dlt_" + "a" * 60,
        "a wrong secret": own[:-4] + "0000",
        "a token that was revoked": revoked,
        "a JWT with alg none": unsigned(access),
        "a JWT signed by the public key": signed_with_the_public_key(access),
        "a JWT of another key": access.jwt("everything", key=other_key),
        "a JWT of a key that nobody knows": access.jwt("everything", kid="second"),
        "a JWT of another issuer": access.jwt("everything", iss="https://else.example"),
        "a JWT for another audience": access.jwt("everything", aud="mail"),
        "a JWT for nobody": access.jwt("everything", aud=None),
        "a JWT without end": access.jwt("everything", exp=None),
        "a JWT without subject": access.jwt("everything", sub=None),
        "a JWT from tomorrow": access.jwt("everything", nbf=soon),
        "a JWT for what no text can hold": access.jwt("\ud800"),
        "a JWT whose end no clock reaches": access.jwt("everything", exp=10**400),
        "a JWT whose end is no number": access.jwt("everything", exp=float("nan")),
        "a JWT of an algorithm that is not chosen": access.jwt("everything", algorithm="RS384"),
        "a JWT whose claims were changed": _changed(access.jwt("everything")),
    }
    expired = {
        "a token that has expired": late,
        "a JWT that has expired": access.jwt("everything", exp=ago),
    }
    return {
        **{kind: (token, "NOT_IDENTIFIED") for kind, token in found.items()},
        **{kind: (token, "TOKEN_EXPIRED") for kind, token in expired.items()},
    }


def _changed(token: str) -> str:
    head, claims, mark = token.split(".")
    told = json.loads(base64.urlsafe_b64decode(claims + "=="))
    other = base64.urlsafe_b64encode(json.dumps(told | {"sub": "root"}).encode())
    return f"{head}.{other.rstrip(b'=').decode()}.{mark}"


async def test_whom_nobody_vouches_for_makes_no_call(tmp_path: Path, access: Access) -> None:
    access.grant("everything", "*", *ROLES)
    access.grant("everything", "*", *ROLES, issuer="https://login.example.org")
    sent = strangers(access)
    wrong = []
    async with (
        served(tmp_path, access) as service,
        grpc.aio.insecure_channel(service.address) as channel,
    ):
        assert await outcome(channel, METHODS[0], OWN, access.jwt("everything")) == "answered"
        for method in METHODS:
            for kind, (token, told) in sent.items():
                if method is not METHODS[0] and kind == "a wrong secret":
                    continue  # each costs what a guess shall cost
                found = await outcome(channel, method, OWN, token)
                if found != told:
                    wrong.append((method.name, kind, found, told))
    assert wrong == []


async def test_without_a_certificate_of_our_authority_nobody_connects(
    tmp_path: Path, access: Access
) -> None:
    access.grant("dn:CN=everything", "*", *ROLES, issuer="certificate")
    other = Access(tmp_path / "other")
    async with served(tmp_path, access, clients=True) as service:
        other.tls.begin(datetime.now(UTC), 2)
        other.tls.issue_client("everything", datetime.now(UTC), 2)
        folder, ours = tmp_path / "other/tls", tmp_path / "access/tls/ca.pem"
        sent = {
            "none": grpc.ssl_channel_credentials(ours.read_bytes()),
            "of another authority": grpc.ssl_channel_credentials(
                ours.read_bytes(),
                (folder / "everything.key").read_bytes(),
                (folder / "everything.pem").read_bytes(),
            ),
        }
        for credentials in sent.values():
            async with grpc.aio.secure_channel(service.address, credentials) as channel:
                for method in METHODS:
                    assert await outcome(channel, method, OWN) == "no connection"
        async with grpc.aio.insecure_channel(service.address) as channel:
            assert await outcome(channel, METHODS[0], OWN) == "no connection"


async def test_a_certificate_that_was_revoked_makes_no_call_also_on_an_open_connection(
    tmp_path: Path, access: Access, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ledger_service.access.kept_file.LOOK_SECONDS", 0.0)
    access.grant("dn:CN=everything", "*", *ROLES, issuer="certificate")
    async with (
        served(tmp_path, access, clients=True) as service,
        grpc.aio.secure_channel(service.address, access.credentials("everything")) as channel,
    ):
        assert await outcome(channel, METHODS[0], OWN) == "answered"
        revoking = CertificateSet(access.folder / "tls")
        revoking.revoke(access.folder / "tls/everything.pem", datetime.now(UTC))
        for method in METHODS:
            assert await outcome(channel, method, OWN) == "NOT_IDENTIFIED"


async def test_a_ledger_that_one_may_not_read_is_told_of_as_one_that_is_not_there(
    tmp_path: Path, access: Access
) -> None:
    token = access.token("reader")
    access.grant("reader", OWN, "reader")
    async with (
        served(tmp_path, access) as service,
        grpc.aio.insecure_channel(service.address) as channel,
    ):
        for name in (OTHER, NONE):
            call = channel.unary_unary("/diplomatic_ledger.v1.LedgerService/GetLedger")
            request = ledger_service_pb2.GetLedgerRequest(ledger=name)
            with pytest.raises(grpc.aio.AioRpcError) as caught:
                await call(request.SerializeToString(), metadata=bearer(token))
            found = taken_apart(caught.value)
            assert found.text.replace(repr(name), "NAME") == (
                "There is no ledger NAME. List the ledgers, or create it."
            )
            assert (found.reason, found.metadata) == ("LEDGER_NOT_FOUND", {"ledger": name})


async def test_nor_is_it_looked_for_so_that_its_answer_takes_no_longer(
    tmp_path: Path, access: Access, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked_for = list[str]()
    look_for = Ledgers.look_for

    async def looking(ledgers: Ledgers, name: str) -> bool:
        looked_for.append(name)
        return await look_for(ledgers, name)

    monkeypatch.setattr(Ledgers, "look_for", looking)
    token, another = access.token("reader"), access.token("another")
    access.grant("reader", OWN, "reader")
    access.grant("another", NONE, "reader")
    async with (
        served(tmp_path, access) as service,
        grpc.aio.insecure_channel(service.address) as channel,
    ):
        await service.registry._close(service.registry._served[OTHER])
        for method in METHODS:
            there = await outcome(channel, method, OTHER, token)
            assert there == await outcome(channel, method, NONE, token)
        assert OTHER not in service.registry._served, "none of the calls opened it"
        assert looked_for == [], "nor was the store asked for one that is not there"
        reading = next(each for each in METHODS if each.name == "GetLedger")
        assert await outcome(channel, reading, NONE, another) == "LEDGER_NOT_FOUND"
        assert looked_for == [NONE], "who may read it has it looked for"
