"""What a service says is shown as text, and never commands the terminal that shows it."""

import contextlib
import io
import json
from collections.abc import Iterator
from concurrent import futures

import grpc
import pytest
from diplomatic_ledger.cli.harmless import harmless, harmless_json
from diplomatic_ledger.cli.root import run
from diplomatic_ledger.cli.screen import Screen, table
from diplomatic_ledger.v1 import (
    history_service_pb2,
    history_service_pb2_grpc,
    ledger_service_pb2,
    ledger_service_pb2_grpc,
)
from rich.console import Console
from rich.text import Text

#: Sets the window's title, clears the screen, turns red, turns the reading order.
EVIL = "Talks\x1b]0;owned\x07\x1b[2J\x9b31m\u202e\r gone"
SHOWN = r"Talks\x1b]0;owned\x07\x1b[2J\x9b31m\u202e\r gone"
EVENT = {"type": "act.recorded.v1", "subject": EVIL, "time": EVIL, "data": {"title": EVIL}}
RECORD = json.dumps(EVENT).encode().replace(b"\\u009b", "\x9b".encode())
#: What is not a record, by the name of the ledger that has it.
NO_RECORDS = {
    "no-json": b"{",
    "no-object": b"[]",
    "no-data": b'{"type": "act.recorded.v1", "subject": "F1", "time": "2018-06-12T00:00"}',
    "odd-data": b'{"type": 1, "subject": 2, "time": 3, "data": [4]}',
    "two-lines": b"{}\n{}",
}


class Ledgers(ledger_service_pb2_grpc.LedgerServiceServicer):
    def ListLedgers(self, request, context):  # noqa: N802
        info = ledger_service_pb2.LedgerInfo(
            ledger="talks", title=EVIL, position=3, distrusted=EVIL
        )
        return ledger_service_pb2.ListLedgersResponse(ledgers=[info])

    def GetServerInfo(self, request, context):  # noqa: N802
        problem = ledger_service_pb2.ServiceProblem(ledger=EVIL, part=EVIL, text=EVIL)
        return ledger_service_pb2.GetServerInfoResponse(problems=[problem])

    def GetLedger(self, request, context):  # noqa: N802
        if request.ledger not in NO_RECORDS:
            context.abort(grpc.StatusCode.FAILED_PRECONDITION, EVIL)
        info = ledger_service_pb2.LedgerInfo(ledger=request.ledger, position=3)
        return ledger_service_pb2.GetLedgerResponse(ledger=info)

    def CreateLedger(self, request, context):  # noqa: N802
        return ledger_service_pb2.CreateLedgerResponse(
            ledger=ledger_service_pb2.LedgerInfo(ledger=EVIL, verification_key=EVIL)
        )


class History(history_service_pb2_grpc.HistoryServiceServicer):
    def ReadLog(self, request, context):  # noqa: N802
        lines = NO_RECORDS.get(request.ledger, RECORD)
        batch = history_service_pb2.RecordBatch(positions=[3], lines=lines)
        yield history_service_pb2.ReadLogResponse(batch=batch)


@pytest.fixture
def server() -> Iterator[str]:
    pool = futures.ThreadPoolExecutor(2)
    serving = grpc.server(pool)
    ledger_service_pb2_grpc.add_LedgerServiceServicer_to_server(Ledgers(), serving)
    history_service_pb2_grpc.add_HistoryServiceServicer_to_server(History(), serving)
    address = f"127.0.0.1:{serving.add_insecure_port('127.0.0.1:0')}"
    serving.start()
    yield address
    serving.stop(None).wait(5)
    pool.shutdown()


@pytest.fixture
def said(server, capsys):
    """What ledgerctl says of an answer of the hostile service."""

    def ask(*arguments: str) -> str:
        run(["--server", server, *arguments])
        captured = capsys.readouterr()
        return captured.out + captured.err

    return ask


def is_harmless(text: str) -> bool:
    return all(each.isprintable() or each in "\n\t" for each in text)


@pytest.mark.parametrize(
    "arguments",
    [
        ["ledgers"],
        ["ledgers", "create", "talks", "--title", "Talks"],
        ["log"],
        ["watch"],
        ["record", "-"],
    ],
    ids=" ".join,
)
def test_no_answer_commands_the_terminal(said, monkeypatch, arguments):
    file = "ledger: {ledger: talks, title: Talks}\nitems: [{id: us, party: {name: US, kind: state}}]"
    monkeypatch.setattr("sys.stdin", io.StringIO(file))
    text = said(*arguments)
    assert is_harmless(text)
    assert r"\x1b" in text


def test_a_title_is_shown_with_its_escapes(said):
    assert SHOWN in said("ledgers").replace("\n", "")


def test_an_error_is_told_with_its_escapes(said):
    assert f"ledgerctl: {SHOWN}\n" in said("watch")


@pytest.mark.parametrize("arguments", [["ledgers"], ["log"]], ids=" ".join)
def test_json_stays_json_and_says_the_same(said, arguments):
    text = said(*arguments, "--format", "json")
    assert is_harmless(text)
    assert EVIL in texts(json.loads(text))


def texts(value) -> list[str]:
    """All texts in a JSON value."""
    if isinstance(value, dict):
        return [text for each in value.values() for text in texts(each)]
    if isinstance(value, list):
        return [text for each in value for text in texts(each)]
    return [value] if isinstance(value, str) else []


def test_stored_records_are_bytes_for_programs(said):
    """They are hashed as they are; only on a terminal are they shown with escapes."""
    assert said("log", "--format", "records").encode() == RECORD + b"\n"


@pytest.mark.parametrize(
    ("ledger", "told"),
    [
        ("no-json", "What was sent for position 3 is not a record."),
        ("no-object", "What was sent for position 3 is not a record."),
        ("two-lines", "somebody changed what it stores"),
        ("no-data", "2018-06-12T00:00"),
        ("odd-data", "3"),
    ],
)
def test_what_is_no_record_is_told_in_a_sentence(said, ledger, told):
    text = said("--ledger", ledger, "log")
    assert told in text
    assert "Traceback" not in text


def test_a_style_of_ours_still_reaches_the_terminal():
    file = io.StringIO()
    screen = Screen(Console(file=file, force_terminal=True, width=80))
    with contextlib.redirect_stdout(file):
        screen.heading(EVIL)
        screen.show(Text(EVIL, style="red"), table([("title", "text")], [(EVIL,)]))
    text = file.getvalue()
    assert "\x1b[1m" in text
    assert "\x1b]0;" not in text
    assert "\x1b[2J" not in text
    assert "\x9b" not in text


def test_what_people_write_stays_as_it_is():
    text = "Kim Jong-un (김정은), naïve, می‌خواهم, 👩‍👩‍👧, line\n\tline"
    assert harmless(text) == harmless_json(text) == text
