"""A caller who asks a small question again and again: told `seconds`, it says how long each
answer took, in milliseconds.
"""

from __future__ import annotations

import json
import sys
import time

import grpc
from diplomatic_ledger.v1.ledger_service_pb2 import GetLedgerRequest
from diplomatic_ledger.v1.ledger_service_pb2_grpc import LedgerServiceStub

_PAUSE_SECONDS = 0.002


def main(address: str, ledger: str) -> None:
    with grpc.insecure_channel(address) as channel:
        stub = LedgerServiceStub(channel)
        request = GetLedgerRequest(ledger=ledger)
        stub.GetLedger(request)
        _say("ready")
        for line in sys.stdin:
            end = time.monotonic() + json.loads(line)["seconds"]
            taken = []
            while (began := time.monotonic()) < end:
                stub.GetLedger(request)
                taken.append(1000 * (time.monotonic() - began))
                time.sleep(_PAUSE_SECONDS)
            _say(taken)


def _say(what: object) -> None:
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
