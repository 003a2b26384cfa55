"""Two machines, played by two network namespaces: the service on one, its clients on the other,
and nothing between them but a cable. Needs the right to make namespaces.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.support.access import ISSUER, Access

SERVICE_IP, CLIENT_IP = "10.231.7.1", "10.231.7.2"
ADDRESS = f"{SERVICE_IP}:50551"
START_SECONDS = 60
#: What a client says on the other machine: what it wants to be known by, then what it is told.
CLIENT = """
import json, sys
from diplomatic_ledger import Credentials, LedgerError, SyncLedgerClient

def told(shown, create):
    try:
        with SyncLedgerClient(sys.argv[1], credentials=Credentials(**shown), timeout=2) as client:
            if create:
                client.create_ledger("talks", "Talks")
            user = client.user()
            return [user.issuer, user.subject, sorted(each.ledger for each in client.ledgers())]
    except LedgerError as error:
        return type(error).__name__

print(json.dumps({name: told(*how) for name, how in json.load(sys.stdin).items()}))
"""


def ip(*arguments: str) -> None:
    subprocess.run(["ip", *arguments], check=True, capture_output=True)


class Machines:
    """Two network namespaces with a cable between them."""

    def __init__(self) -> None:
        self.service, self.client = (f"ledger-{each}-{os.getpid()}" for each in ("a", "b"))

    def connect(self) -> None:
        ends = {self.service: SERVICE_IP, self.client: CLIENT_IP}
        names = [f"led{n}-{os.getpid() % 100_000}" for n in range(2)]
        for machine in ends:
            ip("netns", "add", machine)
        ip("link", "add", names[0], "type", "veth", "peer", "name", names[1])
        for (machine, address), name in zip(ends.items(), names, strict=True):
            ip("link", "set", name, "netns", machine)
            ip("-n", machine, "address", "add", f"{address}/24", "dev", name)
            ip("-n", machine, "link", "set", name, "up")
            ip("-n", machine, "link", "set", "lo", "up")

    def disconnect(self) -> None:
        for machine in (self.service, self.client):
            subprocess.run(["ip", "netns", "delete", machine], check=False, capture_output=True)

    def on(self, machine: str, *program: str) -> list[str]:
        return ["ip", "netns", "exec", machine, sys.executable, *program]


@pytest.fixture
def machines() -> Iterator[Machines]:
    if shutil.which("ip") is None:
        pytest.skip("there is no ip (iproute2): no two machines can be played")
    made = Machines()
    try:
        made.connect()
    except subprocess.CalledProcessError as error:
        made.disconnect()
        pytest.skip(f"no network namespace can be made here: {error.stderr.decode().strip()}")
    yield made
    made.disconnect()


@pytest.fixture
def access(tmp_path: Path) -> Access:
    access = Access(tmp_path / "access", now=datetime.now(UTC))
    access.tls.begin(datetime.now(UTC), 2)
    access.tls.issue_server([SERVICE_IP], datetime.now(UTC), 2)
    access.tls.issue_client("desk", datetime.now(UTC), 2)
    access.grant("newsroom", "*", "steward", issuer=ISSUER)
    access.grant("dn:CN=desk", "talks", "reader", issuer="certificate")
    return access


def environment(folder: Path, **settings: Any) -> dict[str, str]:
    given = {f"LEDGER_{name.upper()}": str(value) for name, value in settings.items()}
    given |= {"LEDGER_DATA_DIR": f"{folder}/data", "LEDGER_KEYS_DIR": f"{folder}/keys"}
    return {**os.environ, "LEDGER_LISTEN": ADDRESS, **given}


@pytest.fixture
def service(machines: Machines, access: Access, tmp_path: Path) -> Iterator[None]:
    ready, log = tmp_path / "ready", tmp_path / "log"
    command = machines.on(machines.service, "-m", "ledger_service", "serve")
    with log.open("wb") as written:
        process = subprocess.Popen(
            [*command, "--ready-file", str(ready)],
            env=environment(tmp_path, **access.settings(clients=True)),
            stdout=written,
            stderr=written,
        )
    try:
        end = time.monotonic() + START_SECONDS
        while not ready.exists():
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < end, log.read_text()
            time.sleep(0.05)
        yield
    finally:
        process.terminate()
        process.wait(START_SECONDS)


def test_a_client_on_another_machine_is_known_by_certificate_and_token_and_others_get_nowhere(
    machines: Machines, access: Access, service: None
) -> None:
    tls = access.folder / "tls"
    strangers = Access(access.folder / "strangers")
    strangers.tls.begin(datetime.now(UTC), 2)
    strangers.tls.issue_client("desk", datetime.now(UTC), 2)
    theirs = strangers.folder / "tls"
    ours = {"ca": f"{tls}/ca.pem", "certificate": f"{tls}/desk.pem", "key": f"{tls}/desk.key"}
    token = access.jwt("newsroom")
    forged = access.jwt("newsroom", key=rsa.generate_private_key(65537, 2048))
    asking: dict[str, tuple[dict[str, Any], bool]] = {
        "certificate and token": ({**ours, "token": token}, True),
        "certificate alone": (ours, False),
        "certificate and forged token": ({**ours, "token": forged}, False),
        "token without certificate": ({"ca": ours["ca"], "token": token}, False),
        "certificate of another authority": (
            {
                "ca": ours["ca"],
                "certificate": f"{theirs}/desk.pem",
                "key": f"{theirs}/desk.key",
            },
            False,
        ),
        "service of another authority": ({**ours, "ca": f"{theirs}/ca.pem"}, False),
        "plain text": ({"plain_text": True}, False),
    }
    done = subprocess.run(
        machines.on(machines.client, "-c", CLIENT, ADDRESS),
        input=json.dumps(asking),
        capture_output=True,
        check=False,
        text=True,
        timeout=START_SECONDS,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {
        "certificate and token": [ISSUER, "newsroom", ["talks"]],
        "certificate alone": ["certificate", "dn:CN=desk", ["talks"]],
        "certificate and forged token": "NotIdentified",
        "token without certificate": "Unavailable",
        "certificate of another authority": "Unavailable",
        "service of another authority": "Unavailable",
        "plain text": "Unavailable",
    }


def test_a_service_does_not_listen_for_other_machines_without_tls_and_access_control(
    machines: Machines, tmp_path: Path
) -> None:
    done = subprocess.run(
        machines.on(machines.service, "-m", "ledger_service", "serve"),
        env=environment(tmp_path),
        capture_output=True,
        check=False,
        text=True,
        timeout=START_SECONDS,
    )
    assert done.returncode == 2
    assert "ledger-service tls init" in done.stderr
