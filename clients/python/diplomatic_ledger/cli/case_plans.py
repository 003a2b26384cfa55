"""What becomes of each item of a file that is recorded again: it is recorded, it is there already,
or it is refused, since it says something else than the ledger has.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from functools import cache
from itertools import islice
from tempfile import SpooledTemporaryFile
from typing import NamedTuple, Self

from diplomatic_ledger.batches import Limits
from diplomatic_ledger.case_file import Compared, amended, is_made, took_back
from diplomatic_ledger.cli import progress
from diplomatic_ledger.cli.case_since import named_alone
from diplomatic_ledger.cli.case_telling import Telling, can_be_amended
from diplomatic_ledger.cli.session import Session
from diplomatic_ledger.entry_file import EntryFile
from diplomatic_ledger.entry_spool import EntrySpool
from diplomatic_ledger.recording import IfRemarkedWord
from diplomatic_ledger.v1.items_pb2 import RecordItem

_BYTES_IN_MEMORY = 4 * 1024 * 1024
_NEW, _THERE, _REFUSED = 0, 1, 2


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
        self._found = SpooledTemporaryFile(max_size=_BYTES_IN_MEMORY, mode="w+")  # noqa: SIM115
        self.there = self.position = 0
        self.telling = Telling(entries, amends=amends)

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

    def tell(self, session: Session, file: str, *, whole: bool) -> None:
        """Tells beside the answer what is to be told, see Telling."""
        self.telling.tell(session, file, whole=whole)
        if self.there:
            self.telling.tell_made(session)

    def add(self, each: Compared) -> None:
        self.telling.uncompared += each.uncompared
        if each.item.WhichOneof("item") != "entry":
            changed = self._changed.get(each.entry_id)
            if changed is not None:
                self.telling.refuse_here(changed, self._amended.get(changed))
        if each.found == "new":
            if each.before is not None:
                self.telling.add_anew(each)
            if each.expected is not None:
                self._expected[each.number] = each.expected
            elif is_made(each.entry_id):
                self.telling.add_made(each.entry_id)
        elif each.found == "there" and each.recorded is not None:
            self._codes[each.number] = _THERE
            self.there += 1
            self.position = max(self.position, each.recorded.position)
            place = each.entry_id, each.recorded.version, each.recorded.position
            self._found.write("{} {} {} {}\n".format(each.number, *place))
        elif each.found == "changed":
            self._differ(each)
        elif each.found == "amended" and self._is_own(each):
            # The file said what the ledger has and was changed back, or was taken back itself.
            self._codes[each.number] = _NEW
            self.there -= 1
            self._differ(each)
        else:
            self.telling.since.add(each)
            self.there -= each.found == "annulled"

    def _is_own(self, each: Compared) -> bool:
        """Whether the last version comes from this file, as far as its name and who records
        can tell (a copy of it that somebody else has is called the same), or from who records
        and took back what was there. Amendments and annulments in a file stay as they are.
        """
        last = each.last
        if last is None or each.item.WhichOneof("item") != "entry":
            return False
        is_of_file = bool(self._prefix) and last.request_id.startswith(self._prefix)
        return (is_of_file or took_back(last)) and self._author() in (None, last.recorded_by)

    def _differ(self, each: Compared) -> None:
        first = self._changed.setdefault(each.entry_id, each.number)
        if first != each.number:
            self._codes[each.number] = _REFUSED
            self.telling.refuse_again(each, first)
        elif self._amends and can_be_amended(each):
            self._amended[each.number] = replace(each, item=named_alone(each), differences=())
            self.telling.amend(each)
        else:
            self._codes[each.number] = _REFUSED
            self.telling.refuse(each)

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
