"""Who asks for compressed answers gets them: fewer bytes come over the wire, and the same
answers. Nobody else does.
"""

from __future__ import annotations

import grpc
import pytest
from diplomatic_ledger import LedgerClient
from diplomatic_ledger.v1 import history_service_pb2 as history
from diplomatic_ledger.v1 import ledger_service_pb2 as pb

from ledger_service.api import compression
from ledger_service.service import Service
from tests.support.counted_way import counted_way
from tests.support.examples import a_party, entry
from tests.support.wire import NAME, Api

PARTIES = [entry(f"party-{n}", a_party()) for n in range(300)]
ASKING = (("ledger-accept-compression", "gzip"),)


async def bytes_for(service: Service, *, compress: bool) -> tuple[int, list[bytes]]:
    """The bytes that the whole log takes on the wire, and its records."""
    async with (
        counted_way(service.address) as way,
        LedgerClient(way.address, compress=compress) as client,
    ):
        records = [each.record async for each in client.read_log(NAME)]
        return way.bytes_back, records


async def test_a_client_that_asks_reads_the_log_in_a_third_of_the_bytes(
    api: Api, service: Service
) -> None:
    await api.record(*PARTIES)
    plain, records = await bytes_for(service, compress=False)
    compressed, same = await bytes_for(service, compress=True)
    assert same == records
    assert len(records) == 301
    assert plain > sum(map(len, records))
    assert compressed < plain / 3


@pytest.mark.parametrize(
    ("metadata", "says"),
    [((), "identity"), (ASKING, "gzip"), ((("ledger-accept-compression", "br"),), "identity")],
)
async def test_only_what_is_asked_for_in_gzip_is_compressed(
    api: Api, service: Service, metadata: tuple[tuple[str, str], ...], says: str
) -> None:
    await api.record(*PARTIES)
    # That the channel compresses what it sends says nothing about what it wants back.
    how = grpc.Compression.Gzip
    async with (
        counted_way(service.address) as way,
        grpc.aio.insecure_channel(way.address, compression=how) as channel,
    ):
        there = Api(channel)
        asked = history.ReadLogRequest(ledger=NAME)
        size = 0
        async for frame in there.history.ReadLog(asked, metadata=metadata):
            size += len(frame.batch.lines)
        assert (way.bytes_back < size) == (says == "gzip")


async def test_a_large_answer_is_not_compressed_while_others_wait(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    sizes = []
    for most in (1000, compression.MOST_BYTES):
        monkeypatch.setattr(compression, "MOST_BYTES", most)
        async with (
            counted_way(service.address) as way,
            grpc.aio.insecure_channel(way.address) as channel,
        ):
            for _ in range(10):
                asked = pb.GetServerInfoRequest()
                await Api(channel).ledgers.GetServerInfo(asked, metadata=ASKING)
            sizes.append(way.bytes_back)
    assert sizes[0] > 1.5 * sizes[1]
