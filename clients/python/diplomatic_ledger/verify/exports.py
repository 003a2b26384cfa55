"""Verifies a whole export: the package, the log, whom to trust, and the rules of the
records.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from itertools import pairwise
from pathlib import Path

from diplomatic_ledger.verify import listings, manifests, records, shapes, unsigned
from diplomatic_ledger.verify.bag import Bag
from diplomatic_ledger.verify.checkpoints import Checkpoints
from diplomatic_ledger.verify.log import LogCheck
from diplomatic_ledger.verify.log_files import LogFiles
from diplomatic_ledger.verify.notes import Checkpoint, decode_hash, decode_number
from diplomatic_ledger.verify.records import Record
from diplomatic_ledger.verify.report import Broken, Report
from diplomatic_ledger.verify.sealed import Seals
from diplomatic_ledger.verify.selection import SELECTED, Selection
from diplomatic_ledger.verify.sequence import Sequence
from diplomatic_ledger.verify.trust import Anchor

#: Stands in each record that names a key or an origin.
_NAMING = (b'"type":"key.rotated', b'"type":"ledger.')

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
        self._checkpoints = Checkpoints(bag, anchor, report)
        self._sequence = Sequence(anchor.origin)
        self._seals = Seals()
        self._unknown_types: set[str] = set()
        # What records say was signed of the logs before, each behind the place of its record.
        self._said_signed: list[tuple[str, int, bytes]] = []

    def run(self) -> None:
        payload = self._check_package()
        main = self._checkpoints.main
        if main is None:
            return
        self._report.size, self._report.root = main.size, main.root
        files = LogFiles(self._bag, self._report)
        if self._is_selection:
            self._check_selection(files, main)
        else:
            self._check_log(files, main)
        files.tell_unused()
        self._checkpoints.check_trust()
        manifests.check_info(self._bag, main.origin, main.size, self._report)
        listings.check_metadata(self._bag, payload, self._report)
        if self._rederive:
            self._seals.check(self._bag, self._report, whole=not self._is_selection)
        self._tell_unknown_types()
        self._tell_predecessors()
        unsigned.tell_unsigned(self._bag, payload, self._report)

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

    def _check_log(self, files: LogFiles, main: Checkpoint) -> None:
        check = LogCheck(files, self._checkpoints.sizes)
        table = listings.EntriesTable(self._bag, self._report) if self._rederive else None

        def take(first: int, lines: list[bytes]) -> None:
            self._progress("Checking records", first - 1, main.size)
            for position, line in enumerate(lines, first):
                if table or position == 1 or any(each in line for each in _NAMING):
                    self._take_line(check, table, position, line)

        check.run(take, self._checkpoints.take_root)
        self._check_said_signed()
        self._report.records = check.builder.range.size
        self._checkpoints.check_size(self._report.records)
        for place, problem in self._sequence.end_request():
            self._report.add(place, problem, kind="reference")
        if problem := self._sequence.end():
            self._report.add("data/records/", problem)
        if table is not None:
            table.end()
        named = list(dict.fromkeys(key for _, key in self._checkpoints.trust.named))
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
            cut = self._checkpoints.cuts(position - 1)
            if cut and record.request_id == before:
                self._report.add(cut, "It cuts a request in two.", kind="cut")
            table.take(record)
        self._take_record(record, place)

    def _take_record(self, record: Record, place: Callable[[], str]) -> None:
        if record.type == shapes.ERASED:
            self._seals.take_erased(record.data["commitment"])
        self._seals.take(record)
        if not shapes.is_known(record.type):
            self._unknown_types.add(record.type[:60])
        if record.type in (shapes.OPENED, *shapes.CONTINUED):
            self._checkpoints.trust.name_origin(record.position, record.data["origin"])
        if record.type in (shapes.OPENED, shapes.ROTATED, *shapes.CONTINUED):
            try:
                self._take_said_signed(record, place)
                self._checkpoints.trust.name_key(
                    record.position, record.data["verification_key"]
                )
            except Broken as broken:
                self._report.add(place(), str(broken))

    def _take_said_signed(self, record: Record, place: Callable[[], str]) -> None:
        """Raises Broken."""
        if record.type in shapes.CONTINUED:
            size = decode_number(record.data["signed_size"])
            root = decode_hash(record.data["signed_root"])
            if size < record.position:  # else it was not inherited, and nobody can tell
                self._said_signed.append((place(), size, root))

    def _check_said_signed(self) -> None:
        for place, size, root in self._said_signed:
            if self._checkpoints.root(size) not in (None, root):
                self._report.add(
                    place,
                    f"The first {size:,} records have another root than it says was signed.",
                )

    def _check_selection(self, files: LogFiles, main: Checkpoint) -> None:
        selection = Selection(files, main, self._checkpoints.sizes)
        table = listings.EntriesTable(self._bag, self._report)
        for place, record in selection.run(self._checkpoints.take_root):
            table.take(record)
            self._report.records += 1
            self._progress("Checking records", record.position, main.size)
            self._take_record(record, lambda place=place: place)  # type: ignore[misc]
        table.end()
        self._checkpoints.check_size(main.size)
        selection.check_withheld(main.size)
        self._report.notes.append(
            f"This is a selection: {self._report.records:,} of {main.size:,} records are here "
            "and authentic. Nothing else of the log can be checked with it."
        )

    def _tell_predecessors(self) -> None:
        origins = self._checkpoints.trust.origins
        for (_, before), (begins, after) in pairwise(origins):
            self._report.notes.append(
                f"{after[:200]!a} goes on for {before[:200]!a}, of which it inherited the first "
                f"{begins - 1:,} records: checkpoints of both up to there are held against them."
            )

    def _tell_unknown_types(self) -> None:
        for name in sorted(self._unknown_types)[:20]:
            self._report.notes.append(
                f"Records of the type {name!a} are newer than this program: their bytes "
                "were checked, and not what they mean."
            )
