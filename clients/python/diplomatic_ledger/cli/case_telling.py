"""What somebody is told of a file that is recorded again: what is changed in it, field by field,
what is refused and why, what is recorded anew, and what else may not be expected.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from diplomatic_ledger import entry_places
from diplomatic_ledger.case_file import Compared, Difference, took_back
from diplomatic_ledger.cli.case_since import Since, by, named_alone
from diplomatic_ledger.cli.failures import Failure
from diplomatic_ledger.cli.session import Session
from diplomatic_ledger.cli.spoken import plural
from diplomatic_ledger.cli.written import change, written
from diplomatic_ledger.entry_file import EntryFile
from diplomatic_ledger.entry_spool import EntrySpool
from diplomatic_ledger.v1.history_service_pb2 import CHANGE_ANNULMENT

#: Of a file that differs throughout, more would help nobody.
_MOST_TOLD = 500
_FEW = 5
_MANY = 20


class Telling:
    """Collects what is to be told, as far as it is told at all."""

    def __init__(self, entries: EntrySpool, *, amends: bool) -> None:
        self._entries = entries
        self._amends = amends
        self._refused = 0
        #: The numbers of those that --amend would record.
        self._amendable: set[int] = set()
        #: Some items that say something else than the ledger has, by their numbers.
        self._differing: dict[int, Compared] = {}
        #: Why some of them are refused, where what differs is no matter.
        self._because: dict[int, str] = {}
        self._amended = 0
        #: Some that are amended, with what becomes of them.
        self._amending: dict[int, Compared] = {}
        self.anew = 0
        #: Some changes that are recorded once more, with their versions.
        self._anew: dict[int, Compared] = {}
        #: What was amended or annulled by something else.
        self.since = Since(entries)
        self._made: list[str] = []
        #: So many sealed texts could not be compared.
        self.uncompared = 0

    def refuse(self, each: Compared) -> None:
        """What is changed, and is not to be amended or cannot be."""
        self._refused += 1
        if not self._amends and each.number not in self._because and can_be_amended(each):
            self._amendable.add(each.number)
        if len(self._differing) < _MOST_TOLD:
            self._differing[each.number] = each

    def refuse_again(self, each: Compared, first: int) -> None:
        """What is changed, and stands in the file twice."""
        source = self._entries.chosen([first]).sources[0] + 1
        self._because[each.number] = (
            f"changed, and said by item {source} already. Drop one of the two"
        )
        self.refuse(each)

    def refuse_here(self, number: int, amended: Compared | None) -> None:
        """What is changed, and amended by another item of the file; the one that would be
        `amended`, where it would be.
        """
        if number in self._because:
            return
        self._because[number] = "changed, and amended further on in the file. Change it there"
        self._amendable.discard(number)
        if amended is not None:
            self.refuse(amended)

    def amend(self, each: Compared) -> None:
        self._amended += 1
        if len(self._amending) < _MANY:
            self._amending[each.number] = each

    def add_anew(self, each: Compared) -> None:
        """A change that was recorded before, and is once more."""
        self.anew += 1
        if len(self._anew) < _MANY:
            self._anew[each.number] = replace(each, item=named_alone(each))

    def add_made(self, entry_id: str) -> None:
        """A new entry that has no id in the file."""
        if len(self._made) <= _FEW:
            self._made.append(entry_id)

    @property
    def differs(self) -> bool:
        """Whether something is to be refused."""
        return bool(self._refused)

    @property
    def what_helps(self) -> str:
        """How what is changed is recorded, as far as it can be; empty where it cannot."""
        if not self.differs and self.leaves_all:
            return "Leave --amend out to leave so what was amended since; to change it:"
        if not self._amendable:
            return ""
        how = (
            'the changes with --amend "REASON" as corrections, or with --amend "REASON" --report '
            "ID as new information"
        )
        if (others := self._refused - len(self._amendable)) > 0:
            return f"{others} of them cannot be amended: do first what helps there. Then record {how}:"
        return f"Record {how}:"

    @property
    def explained(self) -> int:
        """How many of the `lines` tell no more of a change than how it came about."""
        return sum(
            bool(each.differences)
            and (each.found == "amended" or is_annulled(each))
            and number not in self._because
            for number, each in self._differing.items()
        )

    @property
    def leaves_all(self) -> bool:
        """Whether what is changed is to be amended, and there is nothing but what was amended
        since by something else, which is not changed back.
        """
        return self._amends and not self._amended and bool(self.since.ids("amended"))

    def hold(self, session: Session, file: str, ledger: str) -> None:
        """Raises Failure where something is refused, or --amend would change nothing."""
        if self.differs:
            raise Failure(self._sentence(file, ledger), self.lines(session))
        if self.leaves_all:
            count = plural(len(self.since.ids("amended")), "entry was", "entries were")
            raise Failure(
                f"{file} differs from {ledger}: {count} amended since, which "
                f"--amend does not change back; nothing was recorded. {self.what_helps}",
                list(self.since.lines(session)),
            )

    def lines(self, session: Session) -> list[str]:
        """What is refused, in the order of the file."""
        numbers = sorted(self._differing)
        part = self._entries.chosen(numbers)
        lines = [
            line
            for index, number in enumerate(numbers)
            for line in self._told(session, part, index, self._differing[number])
        ]
        if (more := self._refused - len(self._differing)) > 0:
            lines.append(f"... and {more} more.")
        return lines

    def tell(self, session: Session, file: str, *, whole: bool) -> None:
        """Tells what is amended, and what somebody may not expect. Of what was amended or
        annulled since each is told where that is asked for as a `whole`; else there is one line,
        since it may have been meant, and comes at each recording.
        """
        for line in (*self._told_amended(session), *self._told_anew()):
            session.tell(line)
        is_short = whole or len(self.since) == 1
        since = self.since.lines(session) if is_short else self.since.in_a_line(session, file)
        for line in since:
            session.tell(line)
        if self.uncompared:
            session.tell(
                f"{plural(self.uncompared, 'sealed text')} cannot be compared, since you may "
                "not read them here: taken to be the same."
            )

    def tell_made(self, session: Session) -> None:
        """Tells that entries without ids are new, which may be those that were changed."""
        if not self._made:
            return
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
        if (more := self._amended - len(numbers)) > 0:
            yield f"... and {plural(more, 'more is', 'more are')} amended."

    def _told_anew(self) -> Iterator[str]:
        part = self._entries.chosen(sorted(self._anew))
        for index, number in enumerate(sorted(self._anew)):
            each = self._anew[number]
            version = each.before.version if each.before is not None else 0
            yield (
                f"{entry_places.place(part, f'items[{index}]')[1]}: recorded before as version "
                f"{version}, and recorded anew, since a new change of {each.entry_id} stands "
                "before it in the file."
            )
        if (more := self.anew - len(self._anew)) > 0:
            yield f"... and {plural(more, 'more is', 'more are')} recorded anew."

    def _sentence(self, file: str, ledger: str) -> str:
        count = plural(self._refused, "entry is", "entries are")
        sentence = f"{file} differs from {ledger}: {count} changed; nothing was recorded"
        return f"{sentence}. {helps}" if (helps := self.what_helps) else f"{sentence}:"

    def _told(
        self, session: Session, part: EntryFile, index: int, each: Compared
    ) -> Iterator[str]:
        place = entry_places.place(part, f"items[{index}].entry.state")[1]
        if (because := self._because.get(each.number)) is not None:
            yield f"{place}: {because}."
            return
        if is_annulled(each) and each.last:
            yield (
                f"{place}: changed, and annulled, {by(each)}. Bring it back first, with "
                f"`{session.command('undo', each.last.request_id)}`, or drop it from the file."
            )
        elif each.found == "amended" and each.recorded and each.last and took_back(each.last):
            yield (
                f"{place}: what version {each.recorded.version} said, which was taken back "
                f"{by(each)}."
            )
        elif each.found == "amended" and each.recorded:
            yield (
                f"{place}: changed back to what version {each.recorded.version} said, which was "
                f"changed {by(each)}. Is this an old copy of the file?"
            )
        version = each.last.version if each.last else 1
        for found in each.differences:
            field = f"items[{index}].entry.state" + (f".{found.path}" if found.path else "")
            where = entry_places.place(part, field)[1]
            is_amended = each.number in self._amending
            yield f"{where}: {change(found) if is_amended else _against(found, version)}"


def is_annulled(each: Compared) -> bool:
    return each.last is not None and each.last.change == CHANGE_ANNULMENT


def can_be_amended(each: Compared) -> bool:
    """Whether --amend could record what is changed."""
    is_of_another_type = any(not difference.path for difference in each.differences)
    return not is_of_another_type and not is_annulled(each)


def _against(found: Difference, version: int) -> str:
    """What the file has, against what the ledger has, where nobody said yet which is right."""
    if not found.path:
        return (
            f"a new {found.offered} cannot have the id of the {found.recorded} that is there. "
            "Choose another id."
        )
    if found.recorded is None:
        return f"{written(found.offered)} here; version {version} has nothing there"
    if found.offered is None:
        return f"left out here; version {version} has {written(found.recorded)}"
    if found.offered == found.recorded:
        return f"the sealed text is another one than in version {version}"
    return f"{written(found.offered)} here; version {version} has {written(found.recorded)}"
