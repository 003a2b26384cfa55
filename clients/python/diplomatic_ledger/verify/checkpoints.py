"""The checkpoints of an export: whether they fit the log, and whose signatures they bear."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from diplomatic_ledger.verify.bag import Bag
from diplomatic_ledger.verify.log_files import LOG
from diplomatic_ledger.verify.notes import MAX_NOTE_BYTES, Checkpoint, VerificationKey
from diplomatic_ledger.verify.report import Broken, Report
from diplomatic_ledger.verify.trust import Anchor, Trust, check_pinned

CHECKPOINT = f"{LOG}checkpoint"
CHECKPOINTS = "data/checkpoints/"


class Checkpoints:
    """The checkpoint of the export and the earlier ones, by path."""

    def __init__(self, bag: Bag, anchor: Anchor, report: Report) -> None:
        self._bag = bag
        self._anchor = anchor
        self._report = report
        self._roots: dict[int, bytes] = {}
        self._agreed: list[str] = []
        self._origins: dict[str, str] = {}
        self._earlier = dict(self._by_size())
        self.main = self._read_main()
        self.trust = Trust(anchor)

    @property
    def sizes(self) -> list[int]:
        """The sizes at which the root is wanted, ascending."""
        pinned = [checkpoint.size for _, checkpoint in self._anchor.pinned]
        main = [self.main.size] if self.main else []
        return sorted({*main, *pinned, *self._earlier})

    def cuts(self, position: int) -> str:
        """The path of the earlier checkpoint that ends at a position; empty without one."""
        return self._earlier.get(position, "")

    def check_size(self, records: int) -> None:
        """Holds the checkpoint of the export against the records that are there."""
        assert self.main is not None
        main = self.main
        root = self._roots.get(main.size)
        if root is None:
            self._report.add(
                CHECKPOINT,
                f"It covers {main.size:,} records, but not so many are here: "
                "records are missing at the end.",
            )
        elif root != main.root:
            self._report.add(
                CHECKPOINT, "Its root is not the one that follows from the records."
            )
        if records > main.size:
            self._report.add(
                CHECKPOINT,
                f"It covers {main.size:,} records, but {records:,} are here: "
                "the last ones are not covered, or the checkpoint is stale.",
            )

    def root(self, size: int) -> bytes | None:
        """The root that follows from the first records; None where it was not wanted."""
        return self._roots.get(size)

    def take_root(self, size: int, root: bytes) -> None:
        """Takes the root that follows from the first records."""
        self._roots[size] = root
        path = self._earlier.get(size)
        if path is None:
            return
        try:
            checkpoint = self._read(path)
        except Broken as broken:
            self._report.add(path, str(broken), kind="checkpoint")
            return
        if checkpoint.size != size:
            self._report.add(path, "It is of another ledger or size than its name says.")
        elif checkpoint.root != root:
            self._report.add(
                path,
                f"The first {size:,} records have another root: the history was forked.",
                kind="fork",
            )
        else:
            self._agreed.append(path)
            self._origins[path] = checkpoint.origin

    def check_trust(self) -> None:
        """Whose signatures the checkpoints bear, once the log was read."""
        assert self.main is not None
        main = self.main
        self._drop_foreign()
        covered = check_pinned(self._anchor, main.size, self._roots, self._report, self.trust)
        self.trust.reach = covered
        earlier = (partial(self._read, path) for path in self._agreed)
        try:
            signers = self.trust.settle(main, earlier)
        except Broken as broken:
            self._report.add(CHECKPOINT, str(broken))
            return
        self._report.signed_by = [str(key) for key in signers]
        self._report.checkpoints = 1 + len(self._agreed)
        if not signers and covered < main.size:
            self._report.add(CHECKPOINT, "No key that you trust has signed it.")
        self._check_earlier()

    def _drop_foreign(self) -> None:
        """Leaves out what no origin of this log may have signed."""
        for path in list(self._agreed):
            if not self.trust.may_sign(
                self._origins[path], int(path.removeprefix(CHECKPOINTS))
            ):
                self._report.add(path, "It is of another ledger or size than its name says.")
                self._agreed.remove(path)

    def _read_main(self) -> Checkpoint | None:
        try:
            checkpoint = self._read(CHECKPOINT)
        except Broken as broken:
            self._report.add(CHECKPOINT, str(broken))
            return None
        if checkpoint.origin != self._anchor.origin:
            self._report.add(
                CHECKPOINT,
                f"It is of the ledger {checkpoint.origin}, not of {self._anchor.origin}.",
            )
            return None
        return checkpoint

    def _read(self, path: str) -> Checkpoint:
        return Checkpoint.parse(self._bag.read(path, MAX_NOTE_BYTES))

    def _by_size(self) -> Iterator[tuple[int, str]]:
        for path in self._bag.below(CHECKPOINTS):
            name = path.removeprefix(CHECKPOINTS)
            if len(name) == 20 and name.isdecimal():
                yield int(name), path
            else:
                self._report.add(path, "The name is not a size of 20 digits.")

    def _check_earlier(self) -> None:
        found, known = set(self._agreed), self.trust.known()
        for size, path in self._earlier.items():
            if size >= self._report.size:
                self._report.add(path, "It is not smaller than the checkpoint of the export.")
            if path in found:
                self._check_signers(path, known)

    def _check_signers(self, path: str, known: list[VerificationKey]) -> None:
        try:
            signers = self._read(path).note.signers(known)
        except Broken as broken:
            self._report.add(path, str(broken), kind="wrong signature")
            return
        if not signers:
            self._report.add(path, "No key of this ledger has signed it.", kind="unsigned")
