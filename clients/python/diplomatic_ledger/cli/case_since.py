"""What somebody is told of the entries in a case file that were amended or annulled since, behind
what the file says of them: by which version and why, and what helps.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from diplomatic_ledger import entry_places
from diplomatic_ledger.case_file import Compared, Found, took_back
from diplomatic_ledger.cli.session import Session
from diplomatic_ledger.cli.spoken import plural
from diplomatic_ledger.entry_spool import EntrySpool
from diplomatic_ledger.v1.items_pb2 import RecordItem

_FEW = 5
_MANY = 20


class Since:
    """Collects them, in any order."""

    def __init__(self, entries: EntrySpool) -> None:
        self._entries = entries
        self._found: dict[int, Compared] = {}

    def __len__(self) -> int:
        return len(self._found)

    def add(self, each: Compared) -> None:
        self._found[each.number] = replace(each, item=named_alone(each), differences=())

    def ids(self, found: Found) -> list[str]:
        """The entries that were amended, or those that were annulled, in the order of the file."""
        told = (self._found[number] for number in sorted(self._found))
        return [each.entry_id for each in told if each.found == found]

    def in_a_line(self, session: Session, file: str) -> Iterator[str]:
        """How many were taken back, amended or annulled since, and which, in a line."""
        told = [each for each in (self._by_others(), self._by_undo()) if each]
        if told:
            tells = session.command("record", "--check", file)
            yield (
                f"Of the entries in the file {' and '.join(told)} since, and stay so. `{tells}` "
                "tells by what, and what helps."
            )

    def _by_others(self) -> str:
        kinds: tuple[Found, Found] = ("annulled", "amended")
        told = [
            f"{plural(len(ids), 'was', 'were')} {kind} ({_few(ids)})"
            for kind in kinds
            if (ids := self._ids(kind, taken_back=False))
        ]
        return f"{' and '.join(told)} by something else" if told else ""

    def _by_undo(self) -> str:
        """What somebody took back is no work of something else: it may be that of this file."""
        ids = [*self._ids("annulled", taken_back=True), *self._ids("amended", taken_back=True)]
        return f"{plural(len(ids), 'was', 'were')} taken back ({_few(ids)})" if ids else ""

    def _ids(self, found: Found, *, taken_back: bool) -> list[str]:
        numbers = {each.entry_id: each.last for each in self._found.values()}
        return [
            each
            for each in self.ids(found)
            if ((last := numbers[each]) is not None and took_back(last)) == taken_back
        ]

    def lines(self, session: Session) -> Iterator[str]:
        """Each, with what helps; of many, the first ones."""
        numbers = sorted(self._found)
        numbers = [
            *[n for n in numbers if self._found[n].found == "annulled"][:_MANY],
            *[n for n in numbers if self._found[n].found == "amended"][:_MANY],
        ]
        numbers.sort()
        part = self._entries.chosen(numbers)
        for index, number in enumerate(numbers):
            each = self._found[number]
            place = entry_places.place(part, f"items[{index}]")[1]
            if each.found == "amended":
                yield (
                    f"{place}: amended since, {by(each)}; the file has what it said before. Write "
                    f"into the file what `{session.command('entry', each.entry_id)}` tells, or "
                    f"change the entry with `{session.command('edit', each.entry_id)}`"
                    f"{_or_undo(session, each)}."
                )
            else:
                yield (
                    f"{place}: annulled, {by(each)}, and stays so. Drop it from the file, or "
                    f"bring it back with `{session.command('undo', each.last.request_id)}`."
                    if each.last
                    else place
                )
        if (more := len(self._found) - len(numbers)) > 0:
            yield f"... and {plural(more, 'more was', 'more were')} amended or annulled since."


def by(each: Compared) -> str:
    """`by version 2 (wrong day)`."""
    if each.last is None:
        return ""
    because = f" ({each.last.reason})" if each.last.reason else ""
    return f"by version {each.last.version}{because}"


def named_alone(each: Compared) -> RecordItem:
    """An item that has nothing but its id."""
    item = RecordItem()
    item.entry.entry_id = each.entry_id
    return item


def _or_undo(session: Session, each: Compared) -> str:
    """How to bring back what was taken back."""
    if each.last is None or not took_back(each.last):
        return ""
    return f", or bring it back with `{session.command('undo', each.last.request_id)}`"


def _few(ids: Sequence[str]) -> str:
    more = ", ..." if len(ids) > _FEW else ""
    return f"{', '.join(ids[:_FEW])}{more}"
