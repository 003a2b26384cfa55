"""An admin with a certificate gives a token out over the network and takes it back, in a service
that is a process of its own.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import grpc
import pytest
from diplomatic_ledger import Credentials, NotIdentified, SyncLedgerClient
from diplomatic_ledger.admin.v1 import access_service_pb2 as pb
from diplomatic_ledger.admin.v1.access_service_pb2_grpc import AccessServiceStub

from tests.support import programs
from tests.support.processes import Process
from tests.support.wire import taken_apart

START_SECONDS = 60


def command(*words: str) -> str:
    done = programs.ledger_service(*words)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture
def settings(tmp_path: Path) -> dict[str, str]:
    """Certificates for an admin, a reader and a desk; grants for the first two."""
    tls, access = tmp_path / "tls", tmp_path / "access"
    command("tls", "init", str(tls), "--host", "127.0.0.1")
    for name, role in (("ops", "admin"), ("reader", "reader"), ("gateway", "")):
        command("tls", "client", str(tls), name)
        if role:
            where = ("--issuer", "certificate", "--ledger", "*", "--access-dir", str(access))
            command("grant", "add", f"dn:CN={name}", "--role", role, *where)
    return {
        "LEDGER_ACCESS_DIR": str(access),
        "LEDGER_TLS_CERTIFICATE": str(tls / "server.pem"),
        "LEDGER_TLS_KEY": str(tls / "server.key"),
        "LEDGER_TLS_CLIENT_CA": str(tls / "ca.pem"),
        "LEDGER_TLS_REVOKED": str(tls / "revoked.pem"),
    }


@pytest.fixture
def shown(tmp_path: Path) -> Callable[..., Credentials]:
    """What shows who calls: a certificate, and a token beside it if there is one."""
    folder = tmp_path / "tls"

    def credentials(name: str, token: str | None = None) -> Credentials:
        return Credentials(
            ca=folder / "ca.pem",
            certificate=folder / f"{name}.pem",
            key=folder / f"{name}.key",
            token=token,
        )

    return credentials


@contextmanager
def operating(address: str, credentials: Credentials) -> Iterator[Any]:
    tls = credentials.tls()
    assert tls is not None
    with grpc.secure_channel(address, tls) as channel:
        yield AccessServiceStub(channel)


def refusal(call: Callable[[], object]) -> Any:
    with pytest.raises(grpc.RpcError) as error:
        call()
    return taken_apart(error.value)


def test_a_token_is_given_out_and_taken_back_over_the_network(
    tmp_path: Path, settings: dict[str, str], shown: Callable[..., Credentials]
) -> None:
    service = Process(tmp_path, **settings, LEDGER_ADMIN_OVER_NETWORK="true")
    try:
        address = service.address()
        with operating(address, shown("ops")) as ops:
            made = ops.AddToken(pb.AddTokenRequest(subject="desk", days=30))
            ops.AddGrant(
                pb.AddGrantRequest(
                    issuer="token", subject="desk", ledger="talks", roles=["ROLE_STEWARD"]
                )
            )
            with SyncLedgerClient(address, credentials=shown("gateway", made.text)) as client:
                client.create_ledger("talks", "Talks")
                assert client.user().subject == "desk"
                ops.RevokeToken(pb.RevokeTokenRequest(prefix=made.token.prefix))
                with pytest.raises(NotIdentified):
                    client.user()
        with operating(address, shown("reader")) as reader:
            told = refusal(lambda: reader.AddToken(pb.AddTokenRequest(subject="reader")))
        assert (told.code, told.reason) == (
            grpc.StatusCode.PERMISSION_DENIED,
            "NOT_PERMITTED",
        )
        assert "the role of admin in every ledger" in told.text
        listed = command("token", "list", "--access-dir", settings["LEDGER_ACCESS_DIR"])
        assert listed == "", "the files say what the service says"
    finally:
        assert service.stop() == 0
    assert made.text not in service.said()


def test_without_the_setting_operators_are_not_served_over_the_network(
    tmp_path: Path, settings: dict[str, str], shown: Callable[..., Credentials]
) -> None:
    service = Process(tmp_path, **settings)
    try:
        with operating(service.address(), shown("ops")) as ops:
            told = refusal(lambda: ops.AddToken(pb.AddTokenRequest(subject="desk")))
        assert (told.code, told.reason) == (grpc.StatusCode.UNIMPLEMENTED, "UNKNOWN_METHOD")
    finally:
        assert service.stop() == 0


def where_it_can_only_be_read(folder: Path) -> list[str]:
    """What to put before a program that shall find the folder as a mounted secret is: there to
    be read. Root needs a mount for that, in a namespace of its own.
    """
    if os.geteuid() != 0:
        folder.chmod(0o500)
        return []
    mount = 'mount --bind "$0" "$0" && mount -o remount,bind,ro "$0" && exec "$@"'
    wrapped = ["unshare", "--mount", "sh", "-c", mount, str(folder)]
    if (
        shutil.which("unshare") is None
        or subprocess.run([*wrapped, "true"], check=False).returncode
    ):
        pytest.skip("nothing can be mounted here")
    return wrapped


def test_files_that_are_mounted_to_be_read_are_refused_in_a_sentence(tmp_path: Path) -> None:
    access = tmp_path / "access"
    where = ("--access-dir", str(access))
    command("grant", "add", "desk", "--ledger", "talks", "--role", "reader", *where)
    before = {path.name: path.read_bytes() for path in access.iterdir()}
    only_read = where_it_can_only_be_read(access)
    ready, data = tmp_path / "ready", tmp_path / "data"
    program = [*only_read, sys.executable, "-m", "ledger_service"]
    serving = [f"--data-dir={data}", "--listen=127.0.0.1:0", f"--ready-file={ready}", *where]
    service = subprocess.Popen([*program, "serve", *serving], stderr=subprocess.DEVNULL)
    try:
        end = time.monotonic() + START_SECONDS
        while not ready.exists() and time.monotonic() < end:
            time.sleep(0.01)
        with grpc.insecure_channel(f"unix:{data / 'admin.sock'}") as channel:
            stub: Any = AccessServiceStub(channel)
            granted = stub.ListGrants(pb.ListGrantsRequest(ledger="*"), timeout=20).grants
            assert [each.subject for each in granted] == ["desk"]
            request = pb.RevokeGrantsRequest(issuer="token", subject="desk", ledger="talks")
            told = refusal(lambda: stub.RevokeGrants(request, timeout=20))
        assert (told.code, told.reason) == (
            grpc.StatusCode.FAILED_PRECONDITION,
            "UNUSABLE_ACCESS_FILE",
        )
        assert f"{access / 'grants.toml'} can only be read here, and nothing was changed" in (
            told.text
        )
    finally:
        service.terminate()
        service.wait(timeout=30)
    done = subprocess.run(
        [*program, "token", "add", "desk", *where], capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "tokens.json can only be read here, and nothing was changed" in done.stderr
    assert done.stdout == "", "a token that is not kept is not shown"
    access.chmod(0o700)
    assert {path.name: path.read_bytes() for path in access.iterdir()} == before
