"""What is written by hand reads as the message that it stands for."""

from __future__ import annotations

from datetime import UTC

from diplomatic_ledger.v1 import entries_pb2
from diplomatic_ledger.v1 import history_service_pb2 as pb
from hypothesis import given
from hypothesis import strategies as st

from ledger_service.api import wire

POSITIONS = st.lists(st.integers(1, 2**64 - 1), min_size=1)
LINES = st.one_of(
    st.binary(min_size=1, max_size=300), st.integers(1, 2**22).map(lambda size: b"x" * size)
)
TEXTS = st.text(max_size=200)
VERSIONS = st.builds(
    pb.EntryVersion,
    version=st.integers(0, 2**32 - 1),
    position=st.integers(0, 2**64 - 1),
    recorded_at=st.datetimes().map(lambda time: time.replace(tzinfo=UTC)),
    recorded_by=TEXTS,
    request_id=TEXTS,
    change=st.sampled_from(pb.Change.values()),
    reason=st.one_of(TEXTS, st.just("x" * 20_000)),
    state=st.builds(
        entries_pb2.EntryState, party=st.builds(entries_pb2.Party, name=TEXTS, note=TEXTS)
    ),
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


@given(TEXTS, st.lists(VERSIONS, max_size=4))
def test_an_entry_reads_as_it_was_written(
    entry_id: str, versions: list[pb.EntryVersion]
) -> None:
    rest = pb.GetEntryResponse(entry_id=entry_id, last_version=len(versions))
    written = wire.entry(rest, [each.SerializeToString() for each in versions])
    message = pb.GetEntryResponse(
        entry_id=entry_id, last_version=len(versions), versions=versions
    )
    assert written.kind.FromString(written.body) == message
    assert wire.body(written) == written.body


@given(VERSIONS)
def test_a_version_that_answers_reads_so(version: pb.EntryVersion) -> None:
    written = wire.answering(version.SerializeToString())
    version.answers = True
    assert pb.EntryVersion.FromString(written) == version
    assert wire.body(version) == version.SerializeToString()
