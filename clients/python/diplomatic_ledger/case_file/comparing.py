"""Compares the items of a file with what a ledger has: before they are recorded again."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import AsyncGenerator, Iterable, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import Literal, TypeAlias

from diplomatic_ledger.case_file.course import Course, Version
from diplomatic_ledger.case_file.forms import Difference, State, differences, offered
from diplomatic_ledger.history import History
from diplomatic_ledger.in_parts import in_parts
from diplomatic_ledger.log_filter import LogFilter
from diplomatic_ledger.look_ups import LookUps
from diplomatic_ledger.recording import Recording
from diplomatic_ledger.v1.history_service_pb2 import EntryVersion
from diplomatic_ledger.v1.items_pb2 import RecordItem

#: `new`: not recorded yet. `there`: recorded, and it says the same. `changed`: an entry that is
#: there and says something else, in all of its versions. `amended`, `annulled`: it says what an
#: earlier version said, and the entry was amended or annulled since, by something else.
Found: TypeAlias = Literal["new", "there", "changed", "amended", "annulled"]

#: So many items are compared by one question.
_AT_ONCE = 200


@dataclass(frozen=True)
class Compared:
    """An item and what a ledger has of it.

    `number` counts the items from 0. `recorded` is the version that the item is; None for a `new`
    or `changed` one. `last` is the last version of its entry, if there is one. `differences` lie
    between the item and the last state of the entry, if it is annulled, the one that was
    withdrawn. Of `uncompared` sealed texts nobody here can tell whether they are the same; `kept`
    are the paths of those that are.
    """

    number: int
    item: RecordItem
    found: Found
    recorded: EntryVersion | None = None
    last: EntryVersion | None = None
    differences: tuple[Difference, ...] = ()
    uncompared: int = 0
    kept: tuple[str, ...] = ()
    #: The version that a new amendment or annulment will find.
    expected: int | None = None
    #: The version that a `new` change made before. It is to be recorded once more, since a new
    #: change of the same entry stands before it in the file, and would have the last word.
    before: EntryVersion | None = None

    @property
    def entry_id(self) -> str:
        return id_of(self.item)

    def to_record(self) -> RecordItem:
        """The item of a `new` one, which says of a change which version it expects: should
        somebody be faster, it is refused and not recorded on top.
        """
        if self.expected is None:
            return self.item
        item = RecordItem()
        item.CopyFrom(self.item)
        kind = item.WhichOneof("item") or "amendment"
        change = item.annulment if kind == "annulment" else item.amendment
        if not change.expected_version.WhichOneof("expected"):
            change.expected_version.exactly = self.expected
        return item


def id_of(item: RecordItem) -> str:
    match item.WhichOneof("item"):
        case "amendment":
            return item.amendment.entry_id
        case "annulment":
            return item.annulment.entry_id
        case _:
            return item.entry.entry_id


class Comparing(Recording, History, LookUps):
    async def compare(
        self, ledger: str, items: Iterable[RecordItem]
    ) -> AsyncGenerator[Compared]:
        """What the ledger has of the items of a file that is to be recorded again: each new entry
        is held against the entry of its id, each amendment and annulment against the versions
        of its entry. Nothing is recorded.

        Args:
            ledger: Name of the ledger, such as `us-dprk-2018`.
            items: The items of the whole file, in order, each new entry with an id
                (`case_file.named` gives them). Any number: only a few hundred are held at a time,
                and those of entries with several versions.

        Yields:
            A Compared for each item, in order. When all were told, once more for each entry
            that was amended or annulled behind what the file says of it: that is said in place
            of what was said before of the item with this number.

        Raises:
            LedgerNotFound: there is no ledger of this name.

        Example:
            >>> async for each in client.compare("my-talks", items):
            ...     if each.found == "changed":
            ...         print(each.entry_id, each.differences)
        """
        await self.ledger(ledger)  # what comes rests on all that was recorded up to now
        file = _File()
        for some in in_parts(enumerate(items), _AT_ONCE):
            await self._look_at(ledger, file, [item for _, item in some])
            for number, item in some:
                yield file.compare(number, item)
        for each in file.behind():
            yield each

    async def _courses(self, ledger: str, entry_ids: Iterable[str]) -> dict[str, Course]:
        """All versions of entries; of one that is not there nothing is told."""
        courses, several = await self._briefly(ledger, entry_ids)
        whole = await self._whole(ledger, several)
        found = {each: Course([version]) for each, version in courses.items()} | whole
        return {each: found[each] for each in entry_ids if each in found}

    async def _look_at(self, ledger: str, file: _File, items: Sequence[RecordItem]) -> None:
        ids = dict.fromkeys(filter(None, map(id_of, items)))
        wanted = [each for each in ids if each not in file.courses]
        file.single, several = await self._briefly(ledger, wanted)
        file.courses.update(await self._whole(ledger, several))

    async def _briefly(
        self, ledger: str, entry_ids: Iterable[str]
    ) -> tuple[dict[str, EntryVersion], list[str]]:
        """The only version of entries that have one, and the ids of those that have more."""
        answer = await self.entries_by_id(ledger, entry_ids)
        there = [each for each in answer.results if not each.HasField("missing")]
        single = {
            each.entry_id: each.version
            for each in there
            if each.last_version == each.version.version == 1
        }
        return single, [each.entry_id for each in there if each.entry_id not in single]

    async def _whole(self, ledger: str, entry_ids: Iterable[str]) -> dict[str, Course]:
        """All versions of entries, which are read from the log for many of them at a time."""
        found = defaultdict[str, list[EntryVersion]](list)
        for some in in_parts(entry_ids, _AT_ONCE):
            wanted = LogFilter(entry_ids=some)
            async with aclosing(self.read_versions(ledger, wanted=wanted)) as versions:
                async for each in versions:
                    found[each.entry_id].append(each)
        return {entry_id: Course(versions) for entry_id, versions in found.items()}


class _File:
    """What was seen of a file: the courses of its entries that have several versions, or of
    which it says more than one thing; and the entries of the items just now that have one version.
    """

    def __init__(self) -> None:
        self.single: dict[str, EntryVersion] = {}
        self.courses: dict[str, Course] = {}
        self._last: dict[str, Compared] = {}

    def compare(self, number: int, item: RecordItem) -> Compared:
        entry_id = id_of(item)
        course = self.courses.get(entry_id)
        if course is None and (only := self.single.get(entry_id)) is not None:
            course = Course([only])
            if item.WhichOneof("item") != "entry":
                self.courses[entry_id] = course
        if course is None:
            return Compared(number, item, "new")
        if item.WhichOneof("item") == "entry":
            found = _entry(number, item, course)
        else:
            found = _change(number, item, course)
        if entry_id in self.courses:
            self._last[entry_id] = found
        return found

    def behind(self) -> Iterable[Compared]:
        """What the file says of entries that were amended or annulled since."""
        for entry_id, each in self._last.items():
            course = self.courses[entry_id]
            if each.found == "there" and not course.is_told:
                yield Compared(
                    each.number,
                    each.item,
                    "annulled" if course.last.state is None else "amended",
                    each.recorded,
                    course.last.told,
                    _since(each, course),
                )


def _since(each: Compared, course: Course) -> tuple[Difference, ...]:
    """What an entry says otherwise than the version that an item is."""
    number = each.recorded.version if each.recorded is not None else 1
    then = course.versions[number - 1].state
    return differences(then, course.last_state) if then is not None else ()


def _entry(number: int, item: RecordItem, course: Course) -> Compared:
    said = offered(item.entry.state, item.entry.seal)
    last = course.last.told
    there = course.find_entry(said.form)
    if there is not None:
        return Compared(
            number,
            item,
            "there",
            there.told,
            last,
            uncompared=_uncompared(said, there),
        )
    return Compared(
        number,
        item,
        "changed",
        None,
        last,
        differences(said, course.last_state),
        kept=_kept(said, course.last_state),
    )


def _change(number: int, item: RecordItem, course: Course) -> Compared:
    there = course.find_change(item)
    last = course.last.told
    if there is not None and not course.is_overtaken(item):
        return Compared(number, item, "there", there.told, last)
    expected = course.plan_change(item)
    before = there.told if there is not None else None
    return Compared(number, item, "new", None, last, expected=expected, before=before)


def _uncompared(said: State, there: Version) -> int:
    known = there.state.sealed if there.state is not None else {}
    return sum(known.get(path) is None for path in said.sealed)


def _kept(said: State, there: State) -> tuple[str, ...]:
    return tuple(
        path
        for path, text in said.sealed.items()
        if text is not None and there.sealed.get(path) == text
    )
