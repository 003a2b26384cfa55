"""What one keeps of a ledger with `ledgerctl`, and checks when the service is gone."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import grpc
import pytest
from diplomatic_ledger.v1 import ledger_service_pb2 as pb
from diplomatic_ledger.v1.ledger_service_pb2_grpc import LedgerServiceStub

from tests.support import programs
from tests.support.examples import a_party, entry
from tests.support.wire import record_request

Ledgerctl = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def address(start: Any) -> str:
    address: str = start().address()
    with grpc.insecure_channel(address) as channel:
        ledgers: Any = LedgerServiceStub(channel)
        ledgers.CreateLedger(pb.CreateLedgerRequest(ledger="us-dprk", title="Talks"))
        for each in ("us", "dprk"):
            ledgers.Record(record_request(entry(each, a_party())))
    return address


@pytest.fixture
def ledgerctl(address: str, tmp_path: Path) -> Ledgerctl:
    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        return programs.ledgerctl(
            *arguments,
            env={
                **os.environ,
                "LEDGERCTL_SERVER": address,
                "PYTHONPATH": os.pathsep.join(sys.path),
            },
            cwd=tmp_path,
        )

    return run


def key_of(address: str) -> str:
    with grpc.insecure_channel(address) as channel:
        ledgers: Any = LedgerServiceStub(channel)
        request = pb.GetLedgerRequest(ledger="us-dprk")
        return ledgers.GetLedger(request).ledger.verification_key


def test_a_checkpoint_is_printed_as_it_was_signed(ledgerctl: Ledgerctl, tmp_path) -> None:
    first = ledgerctl("checkpoint", "1")
    assert first.returncode == 0
    origin, size, root, blank, signature = first.stdout.removesuffix("\n").split("\n")
    assert (origin, size, blank) == ("localhost/diplomatic-ledger/us-dprk", "1", "")
    assert len(root) == 44
    assert signature.startswith(f"\u2014 {origin} ")
    assert ledgerctl("checkpoint", "1").stdout == first.stdout
    beyond = ledgerctl("checkpoint", "9")
    assert beyond.returncode == 1
    assert "it ends at position 3" in beyond.stderr


def test_a_receipt_is_verified_without_the_service(
    ledgerctl: Ledgerctl, address: str, tmp_path: Path
) -> None:
    written = ledgerctl("receipt", "dprk", "-o", "dprk.tlog-proof")
    assert "ledgerctl verify dprk.tlog-proof --key KEY\n" in written.stdout
    assert written.returncode == 0, written.stderr
    assert "The receipt of position 3 is in dprk.tlog-proof" in written.stdout
    record = tmp_path / "dprk.json"
    assert b'"subject":"dprk"' in record.read_bytes()
    key = key_of(address)
    verified = ledgerctl("verify", "dprk.tlog-proof", "--key", key)
    assert verified.returncode == 0, verified.stdout + verified.stderr
    record.write_bytes(record.read_bytes().replace(b"dprk", b"DPRK"))
    assert ledgerctl("verify", "dprk.tlog-proof", "--key", key).returncode == 1


@pytest.mark.parametrize("wrong", [(), ("us", "--position", "1")])
def test_a_receipt_needs_to_know_of_what(ledgerctl: Ledgerctl, wrong) -> None:
    refused = ledgerctl("receipt", *wrong, "-o", "x.tlog-proof")
    assert refused.returncode == 2
    assert "Name an entry, or a position with --position." in refused.stderr


def test_the_list_of_ledgers_tells_what_is_signed(ledgerctl: Ledgerctl) -> None:
    assert "signed" in ledgerctl("ledgers").stdout
