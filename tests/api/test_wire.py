"""What is written by hand reads as the message that it stands for."""

from __future__ import annotations

from diplomatic_ledger.v1 import history_service_pb2 as pb
from hypothesis import given
from hypothesis import strategies as st

from ledger_service.api import wire

RECORDS = st.lists(st.tuples(st.integers(1, 2**64 - 1), st.binary(max_size=70_000)), max_size=5)


@given(RECORDS, st.integers(1, 2**64 - 1))
def test_the_log_reads_as_it_was_written(records: list[tuple[int, bytes]], head: int) -> None:
    message = pb.ReadLogResponse(
        records=[pb.LogRecord(position=p, record=r) for p, r in records], head=head
    )
    written = wire.log_records(records) + wire.head(head)
    assert pb.ReadLogResponse.FromString(written) == message


@given(RECORDS)
def test_a_batch_reads_as_it_was_written(records: list[tuple[int, bytes]]) -> None:
    batch = pb.RecordBatch.FromString(wire.log_records(records))
    assert [(each.position, each.record) for each in batch.records] == records
