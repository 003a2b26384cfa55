"""What is written by hand reads as the message that it stands for."""

from __future__ import annotations

from diplomatic_ledger.v1 import history_service_pb2 as pb
from hypothesis import given
from hypothesis import strategies as st

from ledger_service.api import wire

POSITIONS = st.lists(st.integers(1, 2**64 - 1), min_size=1)
LINES = st.one_of(
    st.binary(min_size=1, max_size=300), st.integers(1, 2**22).map(lambda size: b"x" * size)
)


@given(POSITIONS, LINES, st.integers(1, 2**64 - 1))
def test_the_log_reads_as_it_was_written(positions: list[int], lines: bytes, head: int) -> None:
    rest = pb.ReadLogResponse(head=head).SerializeToString()
    batch = pb.RecordBatch(positions=positions, lines=lines)
    message = pb.ReadLogResponse(batch=batch, head=head)
    assert pb.ReadLogResponse.FromString(wire.batch(positions, lines, rest)) == message


@given(POSITIONS, LINES)
def test_a_batch_reads_as_it_was_written(positions: list[int], lines: bytes) -> None:
    batch = pb.SubscribeResponse.FromString(wire.batch(positions, lines)).batch
    assert (batch.positions, batch.lines) == (positions, lines)
