"""A tree in memory, as a log would keep it."""

from hashlib import sha256

from ledger_service.audit.tree import Frontier

RECORDS = [str(number).encode() for number in range(70_000)]
LEAVES = [sha256(b"\x00" + record).digest() for record in RECORDS]


class StoredTree:
    """The leaves, and the nodes that appending completed."""

    def __init__(self, size: int) -> None:
        self.frontier = Frontier()
        self.nodes: dict[tuple[int, int], bytes] = {}
        for leaf in LEAVES[:size]:
            for node in self.frontier.append(leaf):
                self.nodes[node.level, node.place] = node.hash

    def read(self, level: int, first: int, count: int) -> list[bytes]:
        if level == 0:
            return LEAVES[: self.frontier.size][first : first + count]
        places = range(first, first + count)
        return [self.nodes[level, each] for each in places if (level, each) in self.nodes]
