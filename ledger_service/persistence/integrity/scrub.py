"""Verifies a stored log from its first record on, step by step: records and leaf hashes, nodes
of the tree, roots at the ends of requests, checkpoints, and the tables beside the records.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from ledger_service.audit.notes import NoteUnusable, VerificationKey, parse
from ledger_service.audit.tree import Frontier, Node, leaf_hash
from ledger_service.persistence.integrity.metadata_checks import MetadataCheck, Row
from ledger_service.persistence.lineage import Lineage
from ledger_service.persistence.signing.checkpoints import Checkpoints, StoredNote
from ledger_service.persistence.storage.log import LogDamaged, LogRecorder

_MAX_FINDINGS = 100
_SELECT_RECORDS = """
    SELECT {position}, originator_id, originator_version, topic, state, leaf_hash
    FROM stored_events
    WHERE {position} > {value} AND {position} <= {value} ORDER BY {position}
"""
_SELECT_ROOTS = """
    SELECT last_position, root_hash FROM requests
    WHERE last_position > {value} AND last_position <= {value} ORDER BY last_position
"""


class Scrub:
    """Verifies the records that are there when it begins. `keys` are all that the log ever
    named; a slow check takes in new ones. Without `seals` the sealed texts are not checked;
    `erased` are seals whose values were erased behind the end of this log.
    Blocks; only one thread at a time may use it.
    """

    def __init__(
        self,
        recorder: LogRecorder,
        lineage: Lineage,
        keys: Sequence[VerificationKey],
        *,
        seals: bool = True,
        erased: Collection[str] = (),
    ) -> None:
        # All of it belongs to the one check that it is made for, whose steps run one after
        # the other on whatever thread; `keys` may be replaced between two steps.
        self._recorder = recorder
        self._checkpoints = Checkpoints(recorder)
        self._lineage = lineage
        self.keys = keys
        self._last = recorder.head.position
        self._tree = Frontier()
        self._ended = False
        self._metadata_check = MetadataCheck(
            recorder, lineage, self._found, seals=seals, erased=erased
        )
        self.findings: list[str] = []

    @property
    def last(self) -> int:
        """The position of the last record that is verified."""
        return self._last

    @property
    def position(self) -> int:
        """The position that was reached."""
        return self._tree.size

    @property
    def done(self) -> bool:
        return self._ended or self.position >= self._last

    def step(self, count: int) -> None:
        """Verifies the next `count` records. Where the file of the log cannot be read, that is
        found, and it ends there.
        """
        try:
            self._step(count)
        except LogDamaged as error:
            self._ended = True
            self._found(
                f"The file of the log is damaged, and cannot be read behind position "
                f"{self.position}: {error}. A copy that was made while the log was written to "
                "is like that."
            )

    def _step(self, count: int) -> None:
        first = self.position
        last = min(first + count, self._last)
        roots, nodes = self._hash(first, last)
        for node in nodes:
            self._check_node(node)
        for position, root in self._recorder.read(_SELECT_ROOTS, first, self.position):
            if roots[position] != root:
                self._found(f"The root stored at position {position} does not fit the records.")
        for stored in self._checkpoints.between(first + 1, self.position):
            if stored.size in roots:  # else it was signed just now
                self._check_note(stored, roots[stored.size])
        if self.done:
            self._metadata_check.end()

    def _hash(self, first: int, last: int) -> tuple[dict[int, bytes], list[Node]]:
        """Appends these records to the tree. Returns the roots by position, and the nodes that
        were completed.
        """
        wanted = {row[0] for row in self._recorder.read(_SELECT_ROOTS, first, last)}
        wanted |= {stored.size for stored in self._checkpoints.between(first + 1, last)}
        roots, nodes, rows = {}, list[Node](), list[Row]()
        for *columns, leaf in self._recorder.read(_SELECT_RECORDS, first, last):
            position, record = columns[0], columns[-1]
            if position != self.position + 1:
                break
            if not isinstance(record, bytes) or leaf_hash(record) != leaf:
                self._found(
                    f"The record at position {position} does not fit its leaf hash: "
                    "one of them was changed."
                )
            rows.append(Row(*columns))
            nodes += self._tree.append(leaf if isinstance(leaf, bytes) else b"")
            if position in wanted:
                roots[position] = self._tree.root()
        if self.position != last:
            self._found(f"The record at position {self.position + 1} is missing.")
            self._ended = True
        self._metadata_check.take(rows)
        return roots, nodes

    def _check_node(self, node: Node) -> None:
        if self._recorder.nodes(node.level, node.place, 1) != [node.hash]:
            first, last = node.place << node.level, (node.place + 1) << node.level
            self._found(
                f"The hash stored over positions {first + 1} to {last} does not fit the "
                "leaf hashes there."
            )

    def _check_note(self, stored: StoredNote, root: bytes) -> None:
        try:
            signed = parse(stored.note)
            right = signed.checkpoint[1:] == (stored.size, root)
            right = right and self._lineage.fits(signed, self.keys)
        except NoteUnusable:
            right = False
        if not right:
            self._found(
                f"The checkpoint stored at position {stored.size} is forged, or the "
                "records up to there were changed."
            )

    def _found(self, finding: str) -> None:
        if len(self.findings) < _MAX_FINDINGS:
            self.findings.append(finding)
