"""A caller of light questions: told a `ledger`, ids and `seconds`, it asks for one commitment
after the other and says how long each answer took, in milliseconds.
"""

from __future__ import annotations

import json
import sys
import time
from itertools import cycle

import grpc
from diplomatic_ledger.v1.standing_service_pb2 import GetCommitmentRequest
from diplomatic_ledger.v1.standing_service_pb2_grpc import StandingServiceStub

_PAUSE_SECONDS = 0.002


def main(address: str) -> None:
    with grpc.insecure_channel(address) as channel:
        grpc.channel_ready_future(channel).result(30)
        stub = StandingServiceStub(channel)
        _say("ready")
        for line in sys.stdin:
            told = json.loads(line)
            ids = cycle(told["ids"])
            end = time.monotonic() + told["seconds"]
            taken = []
            while (began := time.monotonic()) < end:
                stub.GetCommitment(
                    GetCommitmentRequest(ledger=told["ledger"], entry_id=next(ids))
                )
                taken.append(1000 * (time.monotonic() - began))
                time.sleep(_PAUSE_SECONDS)
            _say(taken)


def _say(what: object) -> None:
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
