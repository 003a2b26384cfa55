"""What becomes of each item of a file that is recorded again: it is new, there already, or it
says something else than the ledger has, which is told field by field.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache
from itertools import islice
from tempfile import SpooledTemporaryFile
from typing import Any, NamedTuple, Self

from diplomatic_ledger import entry_places
from diplomatic_ledger.batches import Limits
from diplomatic_ledger.case_file import Compared, Difference, Found, amended, is_made
from diplomatic_ledger.cli import progress
from diplomatic_ledger.cli.failures import Failure
from diplomatic_ledger.cli.session import Session
from diplomatic_ledger.cli.spoken import plural
from diplomatic_ledger.entry_file import EntryFile
from diplomatic_ledger.entry_spool import EntrySpool
from diplomatic_ledger.recording import IfRemarkedWord
from diplomatic_ledger.v1.history_service_pb2 import CHANGE_ANNULMENT
from diplomatic_ledger.v1.items_pb2 import RecordItem

_BYTES_IN_MEMORY = 4 * 1024 * 1024
_NEW, _THERE, _REFUSED = 0, 1, 2
#: Of a file that differs throughout, more would help nobody.
_MOST_TOLD = 500
_LONGEST_VALUE = 120
_FEW = 5
_MANY = 20


class Place(NamedTuple):
    """Where something is recorded."""

    entry_id: str
    version: int
    position: int


class Amending(NamedTuple):
    """Why what is changed is to be amended, None where it is not, and which report told it; and
    what becomes of what may be a slip.
    """

    reason: str | None
    report: str
    odd: IfRemarkedWord


class Plan:
    """What is to be recorded of a file, and what is there; a context manager. What it knows of
    each item is on the disk where that is much.
    """

    def __init__(
        self,
        entries: EntrySpool,
        *,
        request_prefix: str = "",
        amends: bool = False,
        author: Callable[[], str | None] = lambda: None,
    ) -> None:
        self._entries = entries
        self._prefix = request_prefix
        self._author = author
        self._amends = amends
        self._codes = bytearray(entries.count)
        self._expected: dict[int, int] = {}
        #: Of what is changed: which item it is, by the id of its entry.
        self._changed: dict[str, int] = {}
        self._amended: dict[int, Compared] = {}
        #: Some of these, with what becomes of them.
        self._amending: dict[int, Compared] = {}
        #: What is changed and amended further on in the file.
        self._twice: set[int] = set()
        self._found = SpooledTemporaryFile(max_size=_BYTES_IN_MEMORY, mode="w+")  # noqa: SIM115
        self._refused = 0
        #: Some items that say something else than the ledger has, by their numbers.
        self._differing: dict[int, Compared] = {}
        #: What an entry said before it was amended or annulled by something else.
        self._since: dict[int, Compared] = {}
        self.there = self.position = self.uncompared = 0
        self._made: list[str] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._found.close()

    @property
    def new(self) -> int:
        return self._codes.count(_NEW)

    @property
    def amended(self) -> int:
        return len(self._amended)

    @property
    def differs(self) -> bool:
        """Whether something is to be refused."""
        return bool(self._refused or (self._amends and self._twice))

    def since(self, found: Found) -> list[str]:
        """The entries that were amended or annulled since."""
        told = (self._since[number] for number in sorted(self._since))
        return [each.entry_id for each in told if each.found == found]

    def add(self, each: Compared) -> None:
        self.uncompared += each.uncompared
        if each.item.WhichOneof("item") != "entry" and each.entry_id in self._changed:
            self._twice.add(self._changed[each.entry_id])
        if each.found == "new":
            if each.expected is not None:
                self._expected[each.number] = each.expected
            elif is_made(each.entry_id) and len(self._made) <= _FEW:
                self._made.append(each.entry_id)
        elif each.found == "there" and each.recorded is not None:
            self._codes[each.number] = _THERE
            self.there += 1
            self.position = max(self.position, each.recorded.position)
            place = each.entry_id, each.recorded.version, each.recorded.position
            self._found.write("{} {} {} {}\n".format(each.number, *place))
        elif each.found == "changed":
            self._differ(each)
        elif each.found == "amended" and self._is_own(each):
            # The file said what the ledger has, and was changed back.
            self._codes[each.number] = _NEW
            self.there -= 1
            self._differ(each)
        else:
            self._since[each.number] = replace(each, item=_named(each), differences=())
            self.there -= each.found == "annulled"

    def _is_own(self, each: Compared) -> bool:
        """Whether the last version comes from this file, as far as its name and who records
        can tell: a copy of it that somebody else has is called the same.
        """
        last = each.last
        if not self._prefix or last is None or not last.request_id.startswith(self._prefix):
            return False
        return self._author() in (None, last.recorded_by)

    def _differ(self, each: Compared) -> None:
        self._changed[each.entry_id] = each.number
        if self._amends and _can_be_amended(each):
            self._amended[each.number] = replace(each, item=_named(each), differences=())
            if len(self._amending) < _MANY:
                self._amending[each.number] = each
            return
        self._codes[each.number] = _REFUSED
        self._refused += 1
        if len(self._differing) < _MOST_TOLD:
            self._differing[each.number] = each

    def items(self, amending: Amending) -> Iterator[RecordItem]:
        """What is to be recorded, or could be if nothing differed."""
        for number, item in enumerate(self._entries.items()):
            if self._codes[number] != _NEW:
                continue
            if (change := self._amended.get(number)) is not None:
                yield amended(
                    replace(change, item=item), amending.reason or "", amending.report
                )
            elif (expected := self._expected.get(number)) is not None:
                yield Compared(number, item, "new", expected=expected).to_record()
            else:
                yield item

    def part(self, start: int, count: int) -> EntryFile:
        """Some of what is to be recorded, with the lines in the file."""
        new = (n for n, code in enumerate(self._codes) if code == _NEW)
        return self._entries.chosen(list(islice(new, start, start + count)))

    def request(self, start: int) -> EntryFile:
        """What one request may have of what is to be recorded, from its number `start` on."""
        return self.part(start, Limits.items)

    def places(self, recorded: Iterable[Place]) -> Iterator[Place]:
        """Where each item of the file is recorded, in its order."""
        self._found.seek(0)
        lines = (line.split(" ") for line in self._found)
        there = (line for line in lines if self._codes[int(line[0])] == _THERE)
        new = iter(recorded)
        for code in self._codes:
            if code == _NEW:
                yield next(new)
            else:
                _, entry_id, version, position = next(there)
                yield Place(entry_id, int(version), int(position))

    def refuse(self, session: Session, file: str, ledger: str) -> None:
        """Raises Failure where something differs."""
        if self.differs:
            raise Failure(self._sentence(file, ledger), self.lines(session))

    def lines(self, session: Session) -> list[str]:
        """What differs, in the order of the file."""
        twice = {number: self._amended.get(number) for number in self._twice}
        told = self._differing | {n: each for n, each in twice.items() if each is not None}
        numbers = sorted(told)[:_MOST_TOLD]
        part = self._entries.chosen(numbers)
        lines = [
            line
            for index, number in enumerate(numbers)
            for line in self._told(session, part, index, told[number])
        ]
        if (more := self._refused - len(self._differing)) > 0:
            lines.append(f"... and {more} more.")
        return lines

    def tell(self, session: Session) -> None:
        """Tells what is amended, and what somebody may not expect."""
        for line in (*self._told_amended(session), *self._told_since(session)):
            session.tell(line)
        if self.uncompared:
            session.tell(
                f"{plural(self.uncompared, 'sealed text')} cannot be compared, since you may "
                "not read them here: taken to be the same."
            )
        if self.there and self._made:
            names = ", ".join(self._made[:_FEW])
            more = ", ..." if len(self._made) > _FEW else ""
            session.tell(
                f"New, and without an id in the file: {names}{more}. An entry without an id "
                "that you change is a new one, and the old one stays: annul that one, or give "
                "it its id in the file."
            )

    def _told_amended(self, session: Session) -> Iterator[str]:
        """What is about to change: also what a habit, or an old copy of the file, changes back."""
        numbers = sorted(self._amending)
        part = self._entries.chosen(numbers)
        for index, number in enumerate(numbers):
            yield from self._told(session, part, index, self._amending[number])
        if (more := len(self._amended) - len(numbers)) > 0:
            yield f"... and {plural(more, 'more is', 'more are')} amended."

    def _told_since(self, session: Session) -> Iterator[str]:
        numbers = sorted(self._since)
        numbers = [
            *[n for n in numbers if self._since[n].found == "annulled"][:_MANY],
            *[n for n in numbers if self._since[n].found == "amended"][:_FEW],
        ]
        numbers.sort()
        part = self._entries.chosen(numbers)
        for index, number in enumerate(numbers):
            each = self._since[number]
            place = entry_places.place(part, f"items[{index}]")[1]
            if each.found == "amended":
                yield f"{place}: amended since, {_by(each)}; the file has what it said before."
            else:
                yield (
                    f"{place}: annulled, {_by(each)}, and stays so. Drop it from the file, or "
                    f"bring it back with `{session.command('undo', each.last.request_id)}`."
                    if each.last
                    else place
                )
        if (more := len(self._since) - len(numbers)) > 0:
            yield f"... and {plural(more, 'more was', 'more were')} amended or annulled since."

    def _sentence(self, file: str, ledger: str) -> str:
        count = plural(self._refused or len(self._twice), "entry is", "entries are")
        sentence = f"{file} differs from {ledger}: {count} changed; nothing was recorded."
        if self._amends:
            return sentence
        return (
            f'{sentence} Record the changes with --amend "REASON" as corrections, or with '
            '--amend "REASON" --report ID as new information:'
        )

    def _told(
        self, session: Session, part: EntryFile, index: int, each: Compared
    ) -> Iterator[str]:
        place = entry_places.place(part, f"items[{index}].entry.state")[1]
        if each.number in self._twice:
            yield f"{place}: changed, and amended further on in the file. Change it there."
        elif _is_annulled(each) and each.last:
            yield (
                f"{place}: changed, and annulled, {_by(each)}. Bring it back first, with "
                f"`{session.command('undo', each.last.request_id)}`, or drop it from the file."
            )
        elif each.found == "amended" and each.recorded:
            yield (
                f"{place}: changed back to what version {each.recorded.version} said, which was "
                f"changed {_by(each)}. Is this an old copy of the file?"
            )
        for difference in each.differences:
            yield _difference(part, index, difference, each.last.version if each.last else 1)


def _by(each: Compared) -> str:
    """`by version 2 (wrong day)`."""
    if each.last is None:
        return ""
    because = f" ({each.last.reason})" if each.last.reason else ""
    return f"by version {each.last.version}{because}"


def _named(each: Compared) -> RecordItem:
    """An item that has nothing but its id."""
    item = RecordItem()
    item.entry.entry_id = each.entry_id
    return item


def _is_annulled(each: Compared) -> bool:
    return each.last is not None and each.last.change == CHANGE_ANNULMENT


def _can_be_amended(each: Compared) -> bool:
    is_of_another_type = any(not difference.path for difference in each.differences)
    return not is_of_another_type and not _is_annulled(each)


def _difference(part: EntryFile, index: int, found: Difference, version: int) -> str:
    _, place = entry_places.place(part, f"items[{index}].entry.state.{found.path}")
    if not found.path:
        place = entry_places.place(part, f"items[{index}].entry.state")[1]
        return (
            f"{place}: a new {found.offered} cannot have the id of the {found.recorded} that is "
            "there. Choose another id."
        )
    if found.recorded is None:
        return f"{place}: {written(found.offered)} here; version {version} has nothing there"
    if found.offered is None:
        return f"{place}: left out here; version {version} has {written(found.recorded)}"
    if found.offered == found.recorded:
        return f"{place}: the sealed text is another one than in version {version}"
    return (
        f"{place}: {written(found.offered)} here; version {version} has "
        f"{written(found.recorded)}"
    )


def written(value: Any) -> str:
    """A value in one line, as one writes it in a file."""
    text = _flow(value)
    return text if len(text) <= _LONGEST_VALUE else f"{text[: _LONGEST_VALUE - 3]}..."


def _flow(value: Any) -> str:
    if isinstance(value, Mapping):
        return f"{{{', '.join(f'{key}: {_flow(each)}' for key, each in value.items())}}}"
    if isinstance(value, Sequence) and not isinstance(value, str):
        return f"[{', '.join(map(_flow, value))}]"
    if isinstance(value, bool):
        return str(value).lower()
    return str(value)


def compared(
    session: Session, ledger: str, entries: EntrySpool, *, request_prefix: str, amends: bool
) -> Plan:
    """The plan for a file that is to be recorded in a ledger which is there. The ids of the
    requests by which this file was recorded before begin with `request_prefix`.
    """

    @cache
    def author() -> str | None:
        """Who records; None where nobody is asked."""
        user = session.client.user()
        return user.author if user.issuer else None

    plan = Plan(entries, request_prefix=request_prefix, amends=amends, author=author)
    with progress.items("Comparing", entries.count) as reached:
        for number, each in enumerate(session.client.compare(ledger, entries.items())):
            plan.add(each)
            reached(min(number, entries.count))
    return plan
