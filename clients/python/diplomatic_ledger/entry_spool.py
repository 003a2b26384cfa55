"""The items of an entry file that was read and found right as a whole, kept in a file of their
own until they are recorded: so a large one is checked before anything of it is recorded, though
only a few items are held at a time, and what is recorded is what was checked.
"""

from __future__ import annotations

import marshal
import threading
from collections.abc import Iterator, Sequence
from contextlib import closing
from struct import Struct
from tempfile import SpooledTemporaryFile
from types import TracebackType
from typing import Self

from diplomatic_ledger.case_file.naming import Namer
from diplomatic_ledger.entry_file import EntryFile, entry_file
from diplomatic_ledger.entry_problems import EntryFileError, by_line, nearest
from diplomatic_ledger.entry_stream import EntryStream, Meant
from diplomatic_ledger.json_form.problems import Path, Problem
from diplomatic_ledger.v1.items_pb2 import RecordItem
from diplomatic_ledger.v1.ledger_service_pb2 import CreateLedgerRequest

#: Up to this size it stays in the memory.
_BYTES_IN_MEMORY = 8 * 1024 * 1024
_BYTES_AT_ONCE = 256 * 1024
#: The place of every so many items is known.
_MARKED = 500
_MOST_PROBLEMS = 1000

#: Bytes of the item, bytes of its lines, number in the file, line, whether it is spelled out.
_HEAD = Struct(">IIQQ?")


class EntrySpool:
    """All items of a stream, each entry with an id (see `case_file.named`); a context manager.
    The file has no name, and is gone with the program. Raises EntryFileError when something is
    wrong with the stream; where `all_the_same` is said, `problems` has that, the items are those
    that are right, and `unreadable` the ids that the others give.
    """

    def __init__(self, stream: EntryStream, *, all_the_same: bool = False) -> None:
        self._turn = threading.Lock()
        self._size = 0
        #: Where each item stands whose number can be divided by `_MARKED`.
        self._marks: list[int] = []
        self.count = 0
        self.problems: tuple[str, ...] = ()
        self._file = SpooledTemporaryFile(max_size=_BYTES_IN_MEMORY)  # noqa: SIM115 - see close
        try:
            self._keep(stream)
        except EntryFileError as error:
            self.problems = error.lines
            if not all_the_same:
                self.close()
                raise
        except BaseException:
            self.close()
            raise
        self.ledger: CreateLedgerRequest | None = stream.ledger
        self.unreadable = frozenset(stream.unreadable)
        self.is_cut_off = stream.is_cut_off
        self._partly = tuple(stream.partly)
        self._unread = {
            each.source: problems
            for each, problems in zip(stream.partly, stream.unread, strict=True)
        }

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        self._file.close()

    def items(self) -> Iterator[RecordItem]:
        """All of them, in order. May be read on another thread than `part`."""
        return (RecordItem.FromString(item) for _, item, _ in self._kept(0))

    def spelled_out(self) -> Iterator[RecordItem]:
        """Those that say more than what is written."""
        return (RecordItem.FromString(item) for head, item, _ in self._kept(0) if head[4])

    def part(self, start: int, count: int) -> EntryFile:
        """Some items, from the number `start` on, counted from 0, with their lines."""
        return self.chosen(range(start, start + count))

    def chosen(self, numbers: Sequence[int]) -> EntryFile:
        """The items with these numbers, which rise, with their lines."""
        mark = numbers[0] // _MARKED if numbers else len(self._marks)
        found = self._kept(self._marks[mark] if mark < len(self._marks) else self._size)
        wanted = frozenset(numbers)
        kept: list[Meant] = []
        for number, (head, item, lines) in enumerate(found, mark * _MARKED):
            if number > numbers[-1]:
                break
            if number in wanted:
                kept.append(_meant(head, item, lines))
        return entry_file(kept, self.ledger)

    def partly(self, start: int, count: int) -> EntryFile:
        """What can be read of some of those that are wrong, with their lines."""
        return entry_file(self._partly[start : start + count], self.ledger)

    def unread(self, source: int) -> Sequence[Problem]:
        """What is wrong with the item that stands at this place of the file, from 0, as far as it
        cannot be read.
        """
        return self._unread.get(source, ())

    def _keep(self, stream: EntryStream) -> None:
        twice: list[str] = []
        with closing(Namer()) as namer:
            try:
                for meant in stream:
                    for item in meant.items:
                        named = namer.named(item)
                        content = named.SerializeToString(deterministic=True)
                        first = namer.other_of(named, content, meant.source)
                        if first is None:
                            self._add(content, meant)
                        elif len(twice) < _MOST_PROBLEMS:
                            twice.append(_twice(named, meant, first))
            except EntryFileError as error:
                raise EntryFileError(by_line([*twice, *error.lines])) from None
        if twice:
            raise EntryFileError(twice)

    def _add(self, content: bytes, meant: Meant) -> None:
        if self.count % _MARKED == 0:
            self._marks.append(self._size)
        line = meant.lines.get((meant.source,), 0)
        lines = marshal.dumps(meant.lines) if len(meant.lines) > 1 else b""
        head = _HEAD.pack(len(content), len(lines), meant.source, line, meant.is_spelled_out)
        self._file.write(head + content + lines)
        self._size += len(head) + len(content) + len(lines)
        self.count += 1

    def _kept(
        self, start: int
    ) -> Iterator[tuple[tuple[int, int, int, int, bool], bytes, bytes]]:
        """The head of each item, the item, and its lines."""
        block = memoryview(b"")
        at, place = 0, start
        while True:
            end = at + _HEAD.size
            if end <= len(block):
                head = _HEAD.unpack_from(block, at)
                middle, end = end + head[0], end + head[0] + head[1]
                if end <= len(block):
                    yield head, bytes(block[at + _HEAD.size : middle]), bytes(block[middle:end])
                    at = end
                    continue
            place += at
            more = self._read(place, max(_BYTES_AT_ONCE, end - at))
            if not more:
                return
            block, at = memoryview(more), 0

    def _read(self, place: int, size: int) -> bytes:
        with self._turn:
            self._file.seek(place)
            return self._file.read(size)


def _twice(item: RecordItem, meant: Meant, first: int) -> str:
    """That two items of a file are called the same."""
    name = item.entry.entry_id
    line = nearest((meant.source, "id"), meant.lines)
    return (
        f"line {line}: item {meant.source + 1} ({name}): id: {name!r} is the id of item "
        f"{first + 1} already, which says something else. Choose another; to change an entry, "
        "correct it where it stands."
    )


def _meant(head: tuple[int, int, int, int, bool], item: bytes, lines: bytes) -> Meant:
    _, _, source, line, is_spelled_out = head
    known: dict[Path, int] = marshal.loads(lines) if lines else {(source,): line}  # noqa: S302 - we wrote it
    return Meant(source, [RecordItem.FromString(item)], known, is_spelled_out)
