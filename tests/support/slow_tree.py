"""The tree of RFC 6962, slow and obvious, and what must hold of every log."""

from hashlib import sha256

from ledger_service.persistence.records import decode


def root_by_definition(leaves: list[bytes]) -> bytes:
    """RFC 6962, section 2.1, word by word."""
    if not leaves:
        return sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    left, right = root_by_definition(leaves[:split]), root_by_definition(leaves[split:])
    return sha256(b"\x01" + left + right).digest()


def check_log(ledger) -> None:
    """Positions have no gaps and stand in their records, times rise, requests are whole,
    and the roots are those of the stored bytes."""
    stored = ledger.reader.records(1, ledger.head.position + 1)
    records = [decode(record) for _, record in stored]
    positions = list(range(1, ledger.head.position + 1))
    assert [position for position, _ in stored] == positions
    assert [int(record.position) for record in records] == positions
    times = [record.time for record in records]
    assert times == sorted(set(times))
    leaves = [sha256(b"\x00" + record).digest() for _, record in stored]
    assert ledger.head.root_hash == root_by_definition(leaves)
    requests = [record.requestid for record in records]
    for position in positions:
        root = root_by_definition(leaves[:position])
        assert ledger.log.root(position) == root
        ends = position == len(requests) or requests[position] != requests[position - 1]
        assert (ledger.positions.boundary(position) == position) == ends
        if ends:
            assert ledger.log.request_ending_by(position).root_hash == root
