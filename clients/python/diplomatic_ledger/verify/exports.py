"""Verifies a whole export: the package, the log, whom to trust, and the rules of the
records.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from diplomatic_ledger.verify import listings, manifests, records, shapes
from diplomatic_ledger.verify.bag import Bag
from diplomatic_ledger.verify.log import LogCheck
from diplomatic_ledger.verify.log_files import LOG, LogFiles
from diplomatic_ledger.verify.notes import MAX_NOTE_BYTES, Checkpoint
from diplomatic_ledger.verify.records import Record
from diplomatic_ledger.verify.report import Broken, Report
from diplomatic_ledger.verify.sealed import Seals
from diplomatic_ledger.verify.selection import SELECTED, Selection
from diplomatic_ledger.verify.sequence import Sequence
from diplomatic_ledger.verify.trust import Anchor, Trust, check_pinned

CHECKPOINT = f"{LOG}checkpoint"
CHECKPOINTS = "data/checkpoints/"

#: Told what is done, how much of it is done, and how much there is.
Progress = Callable[[str, int, int], None]


def verify_bag(
    folder: Path,
    anchor: Anchor,
    *,
    progress: Progress = lambda _step, _done, _total: None,
    rederive: bool = True,
) -> Report:
    """Checks an export with what the caller trusts. Without `rederive` the rules of the
    records are left out and only hashes and signatures are checked. Raises CannotCheck
    when there is nothing to check or nothing to check against.
    """
    report = Report(origin=anchor.origin)
    bag = Bag(folder, report)
    _Verification(bag, anchor, report, progress, rederive=rederive).run()
    return report


class _Verification:
    def __init__(
        self, bag: Bag, anchor: Anchor, report: Report, progress: Progress, *, rederive: bool
    ) -> None:
        self._bag = bag
        self._anchor = anchor
        self._report = report
        self._progress = progress
        self._rederive = rederive
        self._trust = Trust(anchor)
        self._sequence = Sequence(anchor.origin)
        self._seals = Seals()
        self._unknown_types: set[str] = set()
        self._roots: dict[int, bytes] = {}
        self._agreed: list[str] = []
        self._named_by: list[int] = []

    def run(self) -> None:
        payload = self._check_package()
        main = self._main_checkpoint()
        if main is None:
            return
        self._report.size, self._report.root = main.size, main.root
        self._earlier = dict(self._checkpoints_by_size())
        pinned = [checkpoint.size for _, checkpoint in self._anchor.pinned]
        sizes = sorted({main.size, *pinned, *self._earlier})
        files = LogFiles(self._bag, self._report)
        if self._is_selection:
            self._check_selection(files, main, sizes)
        else:
            self._check_log(files, main, sizes)
        files.tell_unused()
        self._check_trust(main)
        manifests.check_info(self._bag, main.origin, main.size, self._report)
        listings.check_metadata(self._bag, payload, self._report)
        if self._rederive:
            self._seals.check(self._bag, self._report, whole=not self._is_selection)
        self._tell_unknown_types()

    @property
    def _is_selection(self) -> bool:
        return SELECTED in self._bag.files

    def _check_package(self) -> manifests.Manifest:
        total, done = sum(self._bag.files.values()), 0

        def tell(size: int) -> None:
            nonlocal done
            done += size
            self._progress("Hashing files", done, total)

        return manifests.check_package(self._bag, self._report, tell)

    def _main_checkpoint(self) -> Checkpoint | None:
        try:
            checkpoint = self._read_checkpoint(CHECKPOINT)
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

    def _read_checkpoint(self, path: str) -> Checkpoint:
        return Checkpoint.parse(self._bag.read(path, MAX_NOTE_BYTES))

    def _checkpoints_by_size(self) -> Iterator[tuple[int, str]]:
        for path in self._bag.below(CHECKPOINTS):
            name = path.removeprefix(CHECKPOINTS)
            if len(name) == 20 and name.isdecimal():
                yield int(name), path
            else:
                self._report.add(path, "The name is not a size of 20 digits.")

    def _check_log(self, files: LogFiles, main: Checkpoint, sizes: list[int]) -> None:
        check = LogCheck(files, sizes)
        table = listings.EntriesTable(self._bag, self._report) if self._rederive else None

        def take(first: int, lines: list[bytes]) -> None:
            self._progress("Checking records", first - 1, main.size)
            for position, line in enumerate(lines, first):
                if table or b'"type":"key.rotated' in line or position == 1:
                    self._take_line(check, table, position, line)

        check.run(take, self._take_root)
        self._report.records = check.builder.range.size
        self._check_size(main)
        for place, problem in self._sequence.end_request():
            self._report.add(place, problem, kind="reference")
        if table is not None:
            table.end()
        named = [key for _, key in self._trust.named]
        listings.check_keys(self._bag, named, self._report)

    def _take_line(
        self, check: LogCheck, table: listings.EntriesTable | None, position: int, line: bytes
    ) -> None:
        place = partial(check.lines.place, position, line)
        try:
            record = records.read(line)
        except Broken as broken:
            self._report.add(place(), str(broken), kind="record form")
            return
        if table is not None:
            before = self._sequence.request
            for where, problem in self._sequence.take(record, place):
                self._report.add(where, problem, kind=problem.split(";", 1)[0][:24])
            self._check_boundary(position, before, record)
            table.take(record)
        self._take_record(record, place)

    def _take_record(self, record: Record, place: Callable[[], str]) -> None:
        if record.type == shapes.ERASED:
            self._seals.take_erased(record.data["commitment"])
        self._seals.take(record)
        if not shapes.is_known(record.type):
            self._unknown_types.add(record.type[:60])
        if record.type in (shapes.OPENED, shapes.ROTATED):
            try:
                self._trust.name_key(record.position, record.data["verification_key"])
            except Broken as broken:
                self._report.add(place(), str(broken))

    def _check_boundary(self, position: int, before: str, record: Record) -> None:
        """No checkpoint may cut a request in two."""
        path = self._earlier.get(position - 1)
        if path and record.request_id == before:
            self._report.add(path, "It cuts a request in two.", kind="cut")

    def _check_selection(self, files: LogFiles, main: Checkpoint, sizes: list[int]) -> None:
        selection = Selection(files, main, sizes)
        table = listings.EntriesTable(self._bag, self._report)
        for place, record in selection.run(self._take_root):
            table.take(record)
            self._report.records += 1
            self._progress("Checking records", record.position, main.size)
            self._take_record(record, lambda place=place: place)  # type: ignore[misc]
        table.end()
        self._check_size(main)
        selection.check_withheld(main.size)
        self._report.notes.append(
            f"This is a selection: {self._report.records:,} of {main.size:,} records are here "
            "and authentic. Nothing else of the log can be checked with it."
        )

    def _check_size(self, main: Checkpoint) -> None:
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
        if not self._is_selection and self._report.records > main.size:
            self._report.add(
                CHECKPOINT,
                f"It covers {main.size:,} records, but {self._report.records:,} are here: "
                "the last ones are not covered, or the checkpoint is stale.",
            )

    def _take_root(self, size: int, root: bytes) -> None:
        self._roots[size] = root
        path = self._earlier.get(size)
        if path is None:
            return
        try:
            checkpoint = self._read_checkpoint(path)
        except Broken as broken:
            self._report.add(path, str(broken), kind="checkpoint")
            return
        if (checkpoint.origin, checkpoint.size) != (self._anchor.origin, size):
            self._report.add(path, "It is of another ledger or size than its name says.")
        elif checkpoint.root != root:
            self._report.add(
                path,
                f"The first {size:,} records have another root: the history was forked.",
                kind="fork",
            )
        else:
            self._agreed.append(path)

    def _check_trust(self, main: Checkpoint) -> None:
        covered = check_pinned(self._anchor, main.size, self._roots, self._report)
        self._trust.reach = covered
        earlier = (partial(self._read_checkpoint, path) for path in reversed(self._agreed))
        try:
            signers = self._trust.settle(main, earlier)
        except Broken as broken:
            self._report.add(CHECKPOINT, str(broken))
            return
        self._report.signed_by = [str(key) for key in signers]
        self._report.checkpoints = 1 + len(self._agreed)
        if not signers and covered < main.size:
            self._report.add(CHECKPOINT, "No key that you trust has signed it.")
        self._check_other_checkpoints()

    def _check_other_checkpoints(self) -> None:
        found = set(self._agreed)
        for size, path in self._earlier.items():
            if size >= self._report.size:
                self._report.add(path, "It is not smaller than the checkpoint of the export.")
            if path in found:
                self._check_signers(path)

    def _check_signers(self, path: str) -> None:
        try:
            signers = self._read_checkpoint(path).note.signers(self._trust.known())
        except Broken as broken:
            self._report.add(path, str(broken), kind="wrong signature")
            return
        if not signers:
            self._report.add(path, "No key of this ledger has signed it.", kind="unsigned")

    def _tell_unknown_types(self) -> None:
        for name in sorted(self._unknown_types)[:20]:
            self._report.notes.append(
                f"Records of the type {name!a} are newer than this program: their bytes "
                "were checked, and not what they mean."
            )
