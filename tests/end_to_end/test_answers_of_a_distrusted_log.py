"""A log that was changed behind the back of its service still answers, and every answer says
that it is not trusted: over the wire, in Python, in a table and beside JSON.
"""

import hashlib
import json
import os
import sqlite3
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import grpc
import pytest
from diplomatic_ledger import Cuts, Distrusted, SyncLedgerClient
from diplomatic_ledger.distrust import finding_in
from diplomatic_ledger.v1 import audit_service_pb2 as audit
from diplomatic_ledger.v1 import cuts_pb2
from diplomatic_ledger.v1 import history_service_pb2 as history
from diplomatic_ledger.v1 import standing_service_pb2 as standing
from diplomatic_ledger.v1.audit_service_pb2_grpc import AuditServiceStub
from diplomatic_ledger.v1.history_service_pb2_grpc import HistoryServiceStub
from diplomatic_ledger.v1.standing_service_pb2_grpc import StandingServiceStub

from clients.examples.example import ARTICLES, LEDGER, PUBLIC_RECORD, record
from tests.support import programs
from tests.support.processes import serving
from tests.support.programs import LEDGERCTL

FOUND = "records up to there were changed"
AS_OF = cuts_pb2.Cuts(as_of="2018-08-18")
PAIR = {"party_a": "dprk", "party_b": "us"}
STUBS = {
    standing: ("StandingService", StandingServiceStub),
    history: ("HistoryService", HistoryServiceStub),
    audit: ("AuditService", AuditServiceStub),
}
#: What a call asks for, beside the ledger.
ASKED: dict[Any, dict[str, dict[str, Any]]] = {
    standing: {
        "GetCommitment": {"entry_id": "F051"},
        "BatchGetCommitments": {"entry_ids": ["F051"]},
        "ListCommitments": {},
        "ListActs": {},
        "GetInstrument": {"entry_id": "singapore-statement"},
        "ListInstruments": {},
        "GetParty": {"entry_id": "us"},
        "ListParties": {},
        "ListReports": {},
        "GetBalance": PAIR,
        "ListBalances": {},
        "GetSeries": PAIR,
        "Replay": {},
        "Diff": {"before": cuts_pb2.Cuts(as_of="2018-07-23"), "after": AS_OF},
        "Agenda": {},
        "ListScales": {},
        "WatchStandings": {},
    },
    history: {
        "GetEntry": {"entry_id": "F051"},
        "BatchGetEntries": {"entry_ids": ["F051"]},
        "ReadLog": {},
        "Subscribe": {},
    },
    audit: {
        "GetCheckpoint": {},
        "GetInclusionProof": {"position": 156, "tree_size": 156},
        "GetConsistencyProof": {"old_size": 156, "new_size": 156},
        "GetReceipt": {"position": 156},
        "Export": {},
    },
}
CALLS = [(of, method) for of, methods in ASKED.items() for method in methods]
AT = ["--as-of", "2018-08-18"]
WITH_BASIS = [
    ["commitment", "F051", *AT],
    ["commitments", *AT],
    ["acts", "--related-to", "F051", *AT],
    ["instrument", "singapore-statement", *AT],
    ["instruments", *AT],
    ["party", "us", *AT],
    ["parties", *AT],
    ["reports", *AT],
    ["balance", "dprk", "us", *AT],
    ["balances", *AT],
    ["series", "dprk", "us", *AT],
    ["scales", *AT],
    ["agenda", *AT],
    ["replay", "--at", "2018-07-23"],
    ["replay", "--from", "2018-07-01", "--to", "2018-07-23", "--step", "week"],
    ["diff", "--from", "2018-07-23", "--to", "2018-08-18"],
    ["entry", "F051"],
]
WITHOUT_BASIS = [["log", "--limit", "3"], ["log", "--format", "records"]]


def change_a_record(log: Path, old: bytes, new: bytes) -> None:
    """Changes a record, and its leaf hash with it, so that it can be read as before."""
    with closing(sqlite3.connect(log)) as connection, connection:
        rows = connection.execute("SELECT rowid, state FROM stored_events").fetchall()
        ((row, state),) = [each for each in rows if old in each[1]]
        changed = state.replace(old, new)
        leaf = hashlib.sha256(b"\x00" + changed).digest()
        connection.execute(
            "UPDATE stored_events SET state = ?, leaf_hash = ? WHERE rowid = ?",
            (changed, leaf, row),
        )


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A service with a log in which somebody changed what F051 promises."""
    folder = tmp_path_factory.mktemp("service")
    with serving(folder) as address, SyncLedgerClient(address) as client:
        record(client, ARTICLES)
        record(client, PUBLIC_RECORD)
        consequent = client.commitment(LEDGER, "F051").commitment.commitment.consequent
    old = json.dumps(consequent, ensure_ascii=False).encode()
    log = folder / f"data/ledgers/{LEDGER}/log.sqlite"
    change_a_record(log, b'"consequent":' + old, b'"consequent":"Return nobody"')
    with serving(folder) as address:
        yield address


def ledgerctl(address: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    done = programs.ledgerctl(
        *arguments, env={**os.environ, "LEDGERCTL_SERVER": address, "COLUMNS": "500"}
    )
    assert done.returncode == 0, done.stderr
    return done


def test_every_call_about_a_ledger_is_among_those_that_are_asked_here() -> None:
    for of, (name, _) in STUBS.items():
        methods = of.DESCRIPTOR.services_by_name[name].methods
        about = {each.name for each in methods if "ledger" in each.input_type.fields_by_name}
        assert about == set(ASKED[of])


@pytest.mark.parametrize(("of", "method"), CALLS, ids=[method for _, method in CALLS])
def test_every_answer_over_the_wire_says_so(service: str, of: Any, method: str) -> None:
    request = getattr(of, f"{method}Request")(ledger=LEDGER, **ASKED[of][method])
    with grpc.insecure_channel(service) as channel:
        told = finding_or_refusal(getattr(STUBS[of][1](channel), method), request)
    # What is proved of a log that does not fit is refused, and that says it too.
    assert FOUND in told or (of is audit and "is not to be trusted" in told)


def finding_or_refusal(call: Any, request: Any) -> str:
    """What an answer says of the log, or its first message. Views that do not fit the log any
    more are built anew meanwhile: then it is asked again, as a client does.
    """
    end = time.monotonic() + 30
    while True:
        try:
            answer = call(request, timeout=30)
            return finding_in(answer if hasattr(answer, "DESCRIPTOR") else next(iter(answer)))[
                0
            ]
        except grpc.RpcError as refused:
            unavailable = refused.code() is grpc.StatusCode.UNAVAILABLE
            if not unavailable or time.monotonic() > end:
                return str(refused.details())
            time.sleep(0.1)


def test_it_is_the_changed_text_that_is_answered_with(service: str) -> None:
    with SyncLedgerClient(service, on_notice=lambda _: None) as client:
        found = client.commitment(LEDGER, "F051", Cuts(as_of="2018-08-18"))
    assert found.commitment.commitment.consequent == "Return nobody"
    assert FOUND in found.basis.distrusted


@pytest.mark.parametrize("form", ["typed", "raw"])
def test_every_message_of_a_stream_says_so(service: str, form: str) -> None:
    wanted = history.LOG_FORMAT_TYPED if form == "typed" else history.LOG_FORMAT_RAW
    with grpc.insecure_channel(service) as channel:
        stub: Any = HistoryServiceStub(channel)
        read = stub.ReadLog(history.ReadLogRequest(ledger=LEDGER, format=wanted))
        frames = [each for each in read if each.head]
        assert frames
        assert all(FOUND in each.distrusted for each in frames)
        nothing = stub.ReadLog(history.ReadLogRequest(ledger=LEDGER, after_position=999))
        assert [FOUND in each.distrusted for each in nothing] == [True]
        following = stub.Subscribe(history.SubscribeRequest(ledger=LEDGER, format=wanted))
        for response in following:
            assert FOUND in response.distrusted
            if response.HasField("caught_up"):
                break
        following.cancel()


@pytest.mark.parametrize("asked", WITH_BASIS, ids=lambda asked: asked[0])
def test_a_table_says_so_beside_its_basis_and_json_on_stderr(service: str, asked: Any) -> None:
    table = ledgerctl(service, *asked)
    assert (
        table.stdout.rstrip().splitlines()[-1].startswith(f"NOT TRUSTED: the log of {LEDGER}")
    )
    assert FOUND in table.stdout
    assert table.stderr == ""
    program = ledgerctl(service, *asked, "--format", "json")
    assert FOUND in program.stdout
    assert json.loads(program.stdout)
    assert program.stderr.count(f"NOT TRUSTED: the log of {LEDGER}") == 1


@pytest.mark.parametrize("asked", WITHOUT_BASIS, ids=lambda asked: asked[-1])
def test_an_answer_without_a_basis_says_so_on_stderr(service: str, asked: list[str]) -> None:
    told = ledgerctl(service, *asked)
    assert told.stderr.count(f"NOT TRUSTED: the log of {LEDGER}") == 1
    assert "NOT TRUSTED" not in told.stdout


def test_a_watch_says_so_as_soon_as_it_is_told(service: str) -> None:
    with subprocess.Popen(
        [*LEDGERCTL, "watch", "--entry", "F051", "--after", "150"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "LEDGERCTL_SERVER": service},
    ) as watching:
        try:
            assert watching.stderr is not None
            told = watching.stderr.readline()
        finally:
            watching.kill()
    assert told.startswith(f"NOT TRUSTED: the log of {LEDGER}")


def test_entries_that_are_only_checked_are_said_to_be_for_such_a_log(service: str) -> None:
    item = '{"id": "x", "party": {"name": "X", "kind": "state"}}'
    checked = programs.ledgerctl(
        "record", "--check", "-", env={**os.environ, "LEDGERCTL_SERVER": service}, given=item
    )
    assert f"NOT TRUSTED: the log of {LEDGER}" in checked.stderr


def test_a_client_is_told_once_of_each_kind_of_answer(service: str) -> None:
    told: list[Any] = []
    with SyncLedgerClient(service, on_notice=told.append) as client:
        client.commitment(LEDGER, "F051")
        client.commitments(LEDGER).all()
        for _ in range(2):
            assert len(list(client.read_log(LEDGER, limit=3))) == 3
    assert [(type(each), each.has_basis) for each in told] == [
        (Distrusted, True),
        (Distrusted, False),
    ]
    assert all(FOUND in each.finding and FOUND in str(each) for each in told)


def test_an_answer_that_was_given_before_says_so_from_the_finding_on(tmp_path: Path) -> None:
    """And no longer, once the log was put right and checked."""
    log = tmp_path / f"data/ledgers/{LEDGER}/log.sqlite"
    settings = {"LEDGER_DATA_DIR": f"{tmp_path}/data", "LEDGER_KEYS_DIR": f"{tmp_path}/keys"}

    def checked() -> int:
        environment = {**os.environ, **settings}
        return programs.ledger_service("ledger", "check", LEDGER, env=environment).returncode

    def put(leaf: bytes) -> bytes:
        with closing(sqlite3.connect(log)) as connection, connection:
            select = "SELECT leaf_hash FROM stored_events WHERE rowid = 2"
            ((before,),) = connection.execute(select).fetchall()
            connection.execute(
                "UPDATE stored_events SET leaf_hash = ? WHERE rowid = 2", (leaf,)
            )
        return bytes(before)

    with (
        serving(tmp_path) as address,
        SyncLedgerClient(address, on_notice=lambda _: None) as client,
    ):
        record(client, ARTICLES)

        def said() -> list[str]:
            one = client.commitment(LEDGER, "F051", Cuts(as_of="2018-08-18"))
            page = client.commitments(LEDGER, Cuts(as_of="2018-08-18"))
            page.all()
            return [one.basis.distrusted, page.basis.distrusted]

        assert said() == said() == ["", ""]
        right = put(bytes(32))
        assert checked() == 1
        # In the words of whoever looks first: this check, or who signs the next checkpoint.
        assert all("changed" in each for each in said())
        put(right)
        assert checked() == 0
        assert said() == ["", ""]
