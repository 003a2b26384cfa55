"""Ledgers that take long to fill: recorded through the service once, and kept under the
cache as long as what is recorded and the form of the log stay the same.
"""

from __future__ import annotations

import asyncio
import shutil
import time
from collections.abc import Iterator
from hashlib import sha256
from itertools import islice
from pathlib import Path
from typing import Protocol

import click
import grpc
from diplomatic_ledger.channel import CHANNEL_OPTIONS
from diplomatic_ledger.v1.cuts_pb2 import Cuts
from diplomatic_ledger.v1.items_pb2 import RecordItem
from diplomatic_ledger.v1.ledger_service_pb2 import (
    CreateLedgerRequest,
    GetLedgerRequest,
    RecordRequest,
)
from diplomatic_ledger.v1.ledger_service_pb2_grpc import LedgerServiceStub
from diplomatic_ledger.v1.standing_service_pb2 import ListActsRequest
from diplomatic_ledger.v1.standing_service_pb2_grpc import StandingServiceStub

from ledger_service.persistence.storage.migrations import VERSION
from tests.benchmarks import (
    dense_ledger,
    large_ledger,
    one_pair,
    promises_ledger,
    servers,
    worded_ledger,
)
from tests.benchmarks.large_ledger import BATCH, MANY_VERSIONS, VERSIONS

#: The name of every ledger that is filled.
LEDGER = "large"
_GOLDEN = Path(__file__).parents[1] / "golden"
_SECONDS = 900.0
_SHOWN_SECONDS = 10.0


class Kind(Protocol):
    """Ledgers of one kind: their name in the cache, and what they are made of."""

    name: str

    def requests(self, size: int) -> Iterator[RecordRequest]:
        """All that is recorded, in requests one after the other, since each may refer to what
        came before.
        """
        ...


class _Large:
    """Ledgers as `large_ledger` has them."""

    name = ""

    def requests(self, size: int) -> Iterator[RecordRequest]:
        for number, request in enumerate(_batches(large_ledger.items(size))):
            yield request
            if number == 0:
                first, amendment = large_ledger.amended()
                yield _request(MANY_VERSIONS, [first])
                for version in range(2, VERSIONS + 1):
                    yield _request(f"m{version}", [amendment])


class _Dense:
    """Ledgers as `dense_ledger` has them."""

    name = "dense-"

    def requests(self, size: int) -> Iterator[RecordRequest]:
        return _batches(dense_ledger.items(size))


class _Promises:
    """Ledgers as `promises_ledger` has them."""

    name = "promises-"

    def requests(self, size: int) -> Iterator[RecordRequest]:
        return _batches(promises_ledger.items(size), promises_ledger.BATCH)


class _OnePair:
    """Ledgers as `one_pair` has them."""

    name = "one-pair-"

    def requests(self, size: int) -> Iterator[RecordRequest]:
        return _batches(one_pair.items(size), one_pair.AT_ONCE)


class _Worded:
    """Ledgers as `worded_ledger` has them."""

    name = "worded-"

    def requests(self, size: int) -> Iterator[RecordRequest]:
        return _batches(worded_ledger.items(size))


LARGE: Kind = _Large()
DENSE: Kind = _Dense()
PROMISES: Kind = _Promises()
ONE_PAIR: Kind = _OnePair()
WORDED: Kind = _Worded()
KINDS = (LARGE, DENSE, PROMISES, ONE_PAIR, WORDED)


async def folder_of(size: int, cache: Path, kind: Kind = LARGE) -> Path:
    """The data and keys of a service with one ledger of that size, whose views are
    complete. A run that was stopped goes on where it was: each request has its id.
    """
    parent = cache / "ledgers"
    folder = parent / f"{kind.name}{size}-{_fingerprint(kind, size)}"
    if folder.exists():
        return folder
    click.echo(f"  filling a ledger with {size:,} entries ...", err=True)
    unfinished = folder.with_name(f"{folder.name}-unfinished")
    for old in set(parent.glob(f"{kind.name}{size}-*")) - {unfinished}:
        shutil.rmtree(old)
    with servers.service(unfinished) as service:
        await _fill(service.address, kind, size)
    unfinished.rename(folder)
    return folder


async def answered(channel: grpc.aio.Channel) -> int:
    """Ask until the end of the log is seen, also by the views; its position."""
    asked = GetLedgerRequest(ledger=LEDGER)
    head = await LedgerServiceStub(channel).GetLedger(asked, wait_for_ready=True)
    cuts = Cuts(at_least=head.ledger.token)
    named = ListActsRequest(ledger=LEDGER, page_size=1, cuts=cuts)
    answer = await StandingServiceStub(channel).ListActs(named, timeout=_SECONDS)
    return int(answer.basis.position)


def channel_to(address: str) -> grpc.aio.Channel:
    return grpc.aio.insecure_channel(address, options=CHANNEL_OPTIONS)


def _fingerprint(kind: Kind, size: int) -> str:
    """Of some of the entries, and of the golden files, which hold the form of a log."""
    found = sha256(f"{size} {VERSION}".encode())
    for request in islice(kind.requests(size), 5 + VERSIONS):
        for item in request.items[::7]:
            found.update(item.SerializeToString(deterministic=True))
    for golden in sorted(path for path in _GOLDEN.rglob("*") if path.is_file()):
        found.update(golden.read_bytes())
    return found.hexdigest()[:12]


async def _fill(address: str, kind: Kind, size: int) -> None:
    done, shown = 0, time.monotonic()
    async with channel_to(address) as channel:
        stub = LedgerServiceStub(channel)
        named = CreateLedgerRequest(ledger=LEDGER, title="To be asked")
        await stub.CreateLedger(named, wait_for_ready=True)
        requests = kind.requests(size)
        wanted = next(requests, None)
        while wanted is not None:
            sending = asyncio.ensure_future(stub.Record(wanted, timeout=_SECONDS))
            await asyncio.sleep(0)
            following = next(requests, None)
            await sending
            done, wanted = done + len(wanted.items), following
            if time.monotonic() - shown > _SHOWN_SECONDS:
                shown = time.monotonic()
                click.echo(f"    {done:,} of {size:,}", err=True)
        await answered(channel)


def _batches(
    everything: Iterator[RecordItem], together: int = BATCH
) -> Iterator[RecordRequest]:
    number = 0
    while batch := list(islice(everything, together)):
        yield _request(f"b{number}", batch)
        number += 1


def _request(request_id: str, items: list[RecordItem]) -> RecordRequest:
    return RecordRequest(ledger=LEDGER, request_id=request_id, items=items)
