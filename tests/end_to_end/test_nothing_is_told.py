"""Nothing that an operator sees of a service holds what was recorded, sealed, or shown to get in:
markers in all of these, and everything that the service and its commands say.
"""

import base64
import json
import os
import sqlite3
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import grpc
import pytest
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from diplomatic_ledger.admin.v1 import access_service_pb2 as access
from diplomatic_ledger.admin.v1.access_service_pb2_grpc import AccessServiceStub
from diplomatic_ledger.v1 import cuts_pb2, items_pb2
from diplomatic_ledger.v1 import history_service_pb2 as history
from diplomatic_ledger.v1 import ledger_service_pb2 as pb
from diplomatic_ledger.v1 import standing_service_pb2 as standing
from diplomatic_ledger.v1.history_service_pb2_grpc import HistoryServiceStub
from diplomatic_ledger.v1.ledger_service_pb2_grpc import LedgerServiceStub
from diplomatic_ledger.v1.standing_service_pb2_grpc import StandingServiceStub

from ledger_service.access.grants_file import GRANTS_FILE, grant, write_grants
from ledger_service.access.tokens import TOKENS_FILE, new_token, write_tokens
from tests.support import programs
from tests.support.examples import a_party, a_report, an_act, an_evidence, entry
from tests.support.own_address import own_address
from tests.support.processes import Process
from tests.support.wire import message, record_request

NAME = "talks"
#: Stands in all that is recorded, and in what is refused.
PAYLOAD = "xylophonequarry"
SEALED = "zephyrvelvetgourd"
#: Stands in tokens that are none.
FORGED = "quincejabberwock"
DATABASE = "harlequinpassword"


@pytest.fixture
def token(tmp_path: Path) -> str:
    """The token of somebody who may do everything."""
    folder = tmp_path / "access"
    folder.mkdir(mode=0o700)
    text, kept = new_token("desk", "The desk", datetime.now(UTC), None)
    write_tokens(folder / TOKENS_FILE, [kept])
    roles = ["steward", "recorder", "reader", "cleared", "auditor", "verifier"]
    write_grants(folder / GRANTS_FILE, [grant("token", "desk", "*", roles)])
    return text


class Desk:
    """Calls with a token, and no care for what comes back."""

    def __init__(self, channel: grpc.Channel, token: str) -> None:
        self._metadata = (("authorization", f"Bearer {token}"),)
        self.ledgers, self.history, self.standing = (
            LedgerServiceStub(channel),
            HistoryServiceStub(channel),
            StandingServiceStub(channel),
        )

    def ask(self, call: Any, request: Any) -> Any:
        try:
            answer = call(request, metadata=self._metadata, timeout=10)
            return answer if hasattr(answer, "DESCRIPTOR") else next(iter(answer), None)
        except grpc.RpcError:
            return None


def everything_recorded() -> pb.RecordRequest:
    act = an_act(
        title=f"{PAYLOAD} title",
        summary=f"{PAYLOAD} summary",
        evidence=(an_evidence(attribution=f"{SEALED} speaks", quote=f"{PAYLOAD} quote"),),
    )
    items = [
        entry(f"{PAYLOAD}-us", a_party(name=f"{PAYLOAD} States", note=f"{PAYLOAD} note")),
        entry("dprk", a_party(name="DPRK")),
        entry("us", a_party(name="US", codes=())),
        entry("A1", a_report(title=f"{PAYLOAD} report", summary=f"{PAYLOAD} says")),
    ]
    request = record_request(*items, ledger=NAME)
    sealed = message(entry("F1", act))
    sealed.entry.seal.append("evidence[0].attribution")
    request.items.append(sealed)
    return request


def refused_requests() -> Iterator[pb.RecordRequest]:
    """What breaks a rule of each kind, with the marker where it is wrong."""
    yield record_request(entry("dprk", a_party(name=f"{PAYLOAD}\x07bell")), ledger=NAME)
    yield record_request(entry(f"{PAYLOAD} no id", a_party()), ledger=NAME)
    yield record_request(
        entry("F9", an_act(actor=f"{PAYLOAD}-nobody")), request_id=PAYLOAD, ledger=NAME
    )
    yield record_request(entry("dprk", a_party(name=f"{PAYLOAD} again")), ledger=NAME)
    wrong = items_pb2.RecordItem()
    wrong.entry.entry_id = f"{PAYLOAD}-empty"
    yield pb.RecordRequest(ledger=NAME, items=[wrong])
    yield pb.RecordRequest(ledger=PAYLOAD[:8] + "-nowhere", items=[wrong])


def test_nothing_that_an_operator_sees_holds_content_tokens_or_keys(
    start: Any, tmp_path: Path, token: str
) -> None:
    metrics = own_address()
    settings = {
        "LEDGER_ACCESS_DIR": str(tmp_path / "access"),
        "LEDGER_LOG_LEVEL": "debug",
        "LEDGER_METRICS_LISTEN": metrics,
        "LEDGER_METRICS_LEDGERS": "10",
    }
    service: Process = start(afresh=True, **settings)
    with grpc.insecure_channel(service.address()) as channel:
        desk = Desk(channel, token)
        desk.ask(desk.ledgers.CreateLedger, pb.CreateLedgerRequest(ledger=NAME, title=PAYLOAD))
        recorded = desk.ask(desk.ledgers.Record, everything_recorded())
        assert recorded is not None, service.said()
        for request in refused_requests():
            assert desk.ask(desk.ledgers.Record, request) is None
        cuts = cuts_pb2.Cuts(at_least=recorded.token)
        listed = desk.ask(
            desk.standing.ListActs, standing.ListActsRequest(ledger=NAME, cuts=cuts)
        )
        assert SEALED in str(listed), "who is cleared sees it"
        read = history.ReadLogRequest(ledger=NAME)
        assert PAYLOAD in str(desk.ask(desk.history.ReadLog, read))
        for entry_id in ("F1", f"{PAYLOAD}-none"):
            asked = history.GetEntryRequest(ledger=NAME, entry_id=entry_id)
            desk.ask(desk.history.GetEntry, asked)
        desk.ask(channel.unary_unary("/nowhere.Service/Method"), PAYLOAD.encode())
        for text in wrong_tokens(token):
            stranger = Desk(channel, text)
            assert stranger.ask(stranger.ledgers.ListLedgers, pb.ListLedgersRequest()) is None
        made = made_by_the_operator(tmp_path / "data" / "admin.sock")
        newcomer = Desk(channel, made)
        assert newcomer.ask(newcomer.ledgers.GetUser, pb.GetUserRequest()) is not None
        damage(tmp_path / "data" / "ledgers" / NAME / "log.sqlite")
        desk.ask(desk.history.ReadLog, read)
        desk.ask(desk.ledgers.Record, everything_recorded())

        with urllib.request.urlopen(f"http://{metrics}/metrics", timeout=10) as scraped:
            said = {"metrics": scraped.read().decode()}
    where = [f"--data-dir={tmp_path / 'data'}", f"--keys-dir={tmp_path / 'keys'}"]
    for command in (
        ["doctor", "--all", *where],
        ["doctor", "--format", "json", *where],
        ["settings", f"--store=postgresql://me:{DATABASE}@db.example.org/ledgers"],
        ["ledger", "check", NAME, *where],
        ["health", where[0]],
        ["token", "list", f"--access-dir={tmp_path / 'access'}"],
    ):
        said[" ".join(command)] = output(command, settings)
    assert service.stop() == 0
    said["log"] = service.said()
    assert service.process.stdout is not None
    said["stdout"] = service.process.stdout.read().decode()
    said["trail"] = (tmp_path / "data" / "trail.jsonl").read_text()

    assert "RECORD_CHANGED" in said["log"] or "does not fit its leaf hash" in said["log"]
    assert "sealed_read" in said["trail"]
    assert "ledger_calls_total" in said["metrics"]
    events = {json.loads(line)["event"] for line in said["log"].splitlines()}
    assert {"call", "opening", "ready", "stopped"} <= events
    told = {
        (what, marker)
        for what, text in said.items()
        for marker, secret in markers(token, made, tmp_path / "keys").items()
        if secret in text
    }
    assert not told


def wrong_tokens(token: str) -> Iterator[str]:
    yield f"{token[:14]}_{FORGED}{'a' * (43 - len(FORGED))}"
    yield FORGED
    header = base64.urlsafe_b64encode(b'{"alg":"none"}').rstrip(b"=").decode()
    yield f"{header}.{base64.urlsafe_b64encode(FORGED.encode()).decode()}."


def damage(log: Path) -> None:
    """Somebody changes a record behind the back of the service."""
    with sqlite3.connect(log, timeout=10) as file:
        file.execute(
            "UPDATE stored_events SET state = replace(state, ' title', ' tittle') "
            "WHERE rowid = (SELECT MAX(rowid) FROM stored_events)"
        )
    file.close()


def made_by_the_operator(door: Path) -> str:
    """A token that the operator has the service make, and tries to revoke by its secret."""
    with grpc.insecure_channel(f"unix:{door}") as channel:
        stub: Any = AccessServiceStub(channel)
        made = stub.AddToken(access.AddTokenRequest(subject="newcomer"), timeout=10)
        for wrong in (made.text, made.text.removeprefix(made.token.prefix)):
            with pytest.raises(grpc.RpcError):
                stub.RevokeToken(access.RevokeTokenRequest(prefix=wrong), timeout=10)
    return str(made.text)


def markers(token: str, made: str, keys: Path) -> dict[str, str]:
    """What is not to be told, by what it is."""
    found = {
        "payload": PAYLOAD,
        "sealed": SEALED,
        "token": token[15:],
        "token that was made while it ran": made[15:],
        "forged": FORGED,
        "password of the database": DATABASE,
    }
    for path in keys.glob("*.key"):
        pem = path.read_bytes()
        key: Any = load_pem_private_key(pem, None)
        raw = key.private_bytes_raw()
        found |= {
            f"{path.name} in PEM": pem.decode().splitlines()[1],
            f"{path.name} in hex": raw.hex(),
            f"{path.name} in base64": base64.b64encode(raw).decode()[:-2],
        }
    assert len(found) > 5
    return found


def output(command: list[str], settings: dict[str, str]) -> str:
    done = programs.ledger_service(*command, env={**os.environ, **settings})
    assert "Traceback" not in done.stderr, done.stderr
    return done.stdout + done.stderr
