"""Takes back what a request recorded, or what was recorded from a file: entries are annulled,
amendments and annulments are amended back.
"""

from __future__ import annotations

import unicodedata
import uuid
from collections.abc import AsyncGenerator, Callable, Iterable, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from hashlib import sha256

from diplomatic_ledger.batches import batches
from diplomatic_ledger.case_file.comparing import Comparing
from diplomatic_ledger.case_file.course import Course, Version
from diplomatic_ledger.case_file.forms import State, inner_of
from diplomatic_ledger.errors import InvalidArgument, NotFound
from diplomatic_ledger.json_form import seals
from diplomatic_ledger.mentions import look
from diplomatic_ledger.v1.entries_pb2 import EntryState
from diplomatic_ledger.v1.history_service_pb2 import CHANGE_ANNULMENT, EntryVersion
from diplomatic_ledger.v1.items_pb2 import RecordItem
from diplomatic_ledger.v1.ledger_service_pb2 import RecordResponse

#: How the ids of requests begin that take something back, and the digits behind.
_PREFIX = "undo-"
_DIGITS = 10


def request_prefix(file_name: str) -> str:
    """How the ids of requests begin that record from a file of this name. The name itself, which
    may tell more than it should, does not go into the log. It may be any name that a disk has,
    and is the same however its accents are written.
    """
    name = unicodedata.normalize("NFC", file_name).encode(errors="surrogateescape")
    return f"file-{sha256(name).hexdigest()[:10]}-"


def took_back(version: EntryVersion) -> bool:
    """Whether it was made by taking something back, as far as the id of its request tells."""
    return version.request_id.startswith(_PREFIX)


@dataclass(frozen=True)
class TakenBack:
    """An entry and the `item` that takes back what was recorded of it: an annulment, or an
    amendment to what it said before; it has no reason yet. `first` and `last` are its versions
    at both ends, `state` is what it says now, or said when it was annulled.
    """

    entry_id: str
    item: RecordItem
    first: EntryVersion
    last: EntryVersion
    state: EntryState

    @property
    def is_annulled(self) -> bool:
        return self.item.WhichOneof("item") == "annulment"


@dataclass(frozen=True)
class Undoing:
    """What would take something back, of which nothing is recorded yet. Have it recorded by
    `take_back`, and nothing where there are `amended_since` or `lost`.

    `done` are the entries of which it was taken back already. `amended_since` are those that
    were amended or annulled later by something else, which was not taken back itself, with their
    last versions. `lost` are
    those whose state before had a sealed text that may not be read here. `kept` are new
    entries that stay because others rest on them, with the ids of those that do.
    """

    taken_back: tuple[TakenBack, ...]
    done: tuple[str, ...]
    amended_since: tuple[EntryVersion, ...]
    lost: tuple[str, ...]
    kept: Mapping[str, tuple[str, ...]]
    request_ids: tuple[str, ...]

    def items(self, reason: str) -> list[RecordItem]:
        """What takes it back, for this reason: first what is amended back, each behind what it
        names then, then what is annulled, each before what it names; otherwise in the order of
        the log, and from its end. So nothing that stands rests on what is annulled, wherever it
        is stopped, but for entries that name one another in a circle.
        """
        in_order = sorted(self.taken_back, key=lambda each: each.first.position)
        back = _named_first(each for each in in_order if not each.is_annulled)
        gone = _named_first(each for each in in_order if each.is_annulled)
        return [_because(each, reason) for each in (*back, *reversed(gone))]


def _named_first(entries: Iterable[TakenBack]) -> list[TakenBack]:
    """The entries in their order, but each behind those of them that it names."""
    waiting = {each.entry_id: each for each in entries}
    order = {entry_id: number for number, entry_id in enumerate(waiting)}
    placed: dict[str, TakenBack] = {}
    looked_at = set[str]()
    for begun in waiting:
        path = [begun]
        while path:
            each = waiting[path[-1]]
            if each.entry_id in looked_at:
                placed.setdefault(path.pop(), each)
                continue
            looked_at.add(each.entry_id)
            state = each.state if each.is_annulled else each.item.amendment.state
            named = (_texts(state) & order.keys()) - looked_at
            path.extend(sorted(named, key=order.__getitem__, reverse=True))
    return list(placed.values())


def _because(each: TakenBack, reason: str) -> RecordItem:
    item = RecordItem()
    item.CopyFrom(each.item)
    change = item.annulment if each.is_annulled else item.amendment
    change.reason = reason
    return item


class _Unreadable(Exception):
    """A sealed text of the state before may not be read here, and its seal is gone."""


class TakingBack(Comparing):
    async def plan_undo(
        self,
        ledger: str,
        *,
        request_id: str = "",
        request_prefix: str = "",
        entry_ids: Iterable[str] | None = None,
    ) -> Undoing:
        """Finds out what takes back what one request recorded, or what requests whose ids begin
        in one way recorded, of all entries or of some. Nothing is recorded.

        Args:
            ledger: Name of the ledger, such as `us-dprk-2018`.
            request_id: Id of the request. Either this or `request_prefix`, and not both.
            request_prefix: How the ids of the requests begin, see `record_all` and `take_back`.
            entry_ids: With `request_prefix`, the entries that it is about. One that is not there
                has nothing to be taken back. Default: all, for which the log is read from its
                end to its beginning.

        Returns:
            An Undoing. `take_back` does it.

        Raises:
            InvalidArgument: not exactly one of `request_id` and `request_prefix` is given.
            NotFound: no record has this request id, or one that begins so.
            LedgerNotFound: there is no ledger of this name.
        """
        if bool(request_id) == bool(request_prefix):
            raise InvalidArgument(
                f"request_id is {request_id!r} and request_prefix is {request_prefix!r}. Give "
                "exactly one of them: it says what is taken back."
            )
        await self.ledger(ledger)

        def is_meant(version: Version) -> bool:
            told = version.told.request_id
            return told == request_id if request_id else told.startswith(request_prefix)

        if request_id:
            entry_ids = await self._recorded_by(ledger, request_id, is_one=True)
        elif entry_ids is None:
            entry_ids = await self._recorded_by(ledger, request_prefix, is_one=False)
        courses = await self._courses(ledger, list(dict.fromkeys(entry_ids)))
        meant = {
            entry_id: course
            for entry_id, course in courses.items()
            if any(map(is_meant, course.versions))
        }
        plan = _Plan()
        for course in meant.values():
            plan.add(course, is_meant)
        resting = await self._resting(ledger, plan) if plan.annulled else {}
        ids = (v.told.request_id for c in meant.values() for v in c.versions if is_meant(v))
        return plan.undoing(resting, tuple(dict.fromkeys(ids)))

    async def requests_to_take_back(self, undoing: Undoing, reason: str) -> int:
        """How many requests `take_back` makes. Nothing is recorded.

        Args:
            undoing: What to take back, from `plan_undo`.
            reason: Why; it needs room too.

        Raises:
            TooLarge: some of it fits into no request.
        """
        return sum(1 for _ in batches(undoing.items(reason), await self._limits()))

    async def take_back(
        self, ledger: str, undoing: Undoing, reason: str
    ) -> AsyncGenerator[RecordResponse]:
        """Takes back what was planned: as a whole or not at all, where it fits into one request.
        What is larger goes in several requests, one after the other, each as a whole or not at
        all, such that no entry that stands rests on one that is annulled. If it is stopped, the
        rest stays; plan again and go on.

        Args:
            ledger: Name of the ledger, such as `us-dprk-2018`.
            undoing: What to take back, from `plan_undo`, without `amended_since` and `lost`.
            reason: Why, for each entry.

        Yields:
            The answer to each request. Their ids begin alike, up to the last `-`: with this as
            `request_prefix`, `plan_undo` finds what brings all of it back.

        Raises:
            VersionConflict: somebody amended an entry since it was planned.
            NotPermitted: annulling needs the role of steward, and so does amending an entry that
                another user recorded first.
            LedgerError: as `record`. The requests before the refused one stay recorded.

        Example:
            >>> undoing = await client.plan_undo("my-talks", request_id=answer.request_id)
            >>> async for each in client.take_back("my-talks", undoing, "a trial"):
            ...     print(each.request_id, len(each.recorded))
        """
        prefix = f"{_PREFIX}{uuid.uuid4().hex[:_DIGITS]}-"
        requests = batches(undoing.items(reason), await self._limits())
        for number, batch in enumerate(requests, 1):
            yield await self.record(ledger, batch.items, request_id=f"{prefix}{number}")

    async def _recorded_by(self, ledger: str, request: str, *, is_one: bool) -> list[str]:
        """The entries of a request, whose records stand side by side, or of all whose ids begin
        so.
        """
        found: list[str] = []
        async with aclosing(self.read_versions(ledger, backwards=True)) as versions:
            async for each in versions:
                told = each.request_id
                if told == request if is_one else told.startswith(request):
                    found.append(each.entry_id)
                elif found and is_one:
                    break
        if not found:
            which = "a request" if is_one else "requests whose ids begin with"
            raise NotFound(
                f"Nothing in {ledger} was recorded by {which} {request!r}. `ledgerctl entry "
                "ID` tells which request recorded an entry."
            )
        return found[::-1]

    async def _resting(self, ledger: str, plan: _Plan) -> dict[str, frozenset[str]]:
        """Which of the entries that are to be annulled are named by each entry that stays."""
        named: dict[str, frozenset[str]] = {}
        async with aclosing(self.read_versions(ledger, after_position=plan.first)) as versions:
            async for each in versions:
                if each.entry_id in plan.annulled:
                    continue
                if each.change == CHANGE_ANNULMENT:
                    named.pop(each.entry_id, None)
                elif each.HasField("state"):
                    named[each.entry_id] = _texts(each.state) & plan.annulled.keys()
                else:
                    added = {told.report for told in each.evidence_added}
                    before = named.get(each.entry_id, frozenset())
                    named[each.entry_id] = before | (added & plan.annulled.keys())
        return {entry_id: names for entry_id, names in named.items() if names}


class _Plan:
    """What takes back, entry by entry."""

    def __init__(self) -> None:
        #: New entries, in the order of the log.
        self.annulled: dict[str, TakenBack] = {}
        self._put_back: list[TakenBack] = []
        self._done: list[str] = []
        self._since: list[EntryVersion] = []
        self._lost: list[str] = []
        #: No entry that was recorded up to here can name one that is annulled.
        self.first = 0

    def add(self, course: Course, is_meant: Callable[[Version], bool]) -> None:
        first = next(each for each in course.versions if is_meant(each))
        before = course.versions[first.number - 2].state if first.number > 1 else None
        entry_id, last = first.told.entry_id, course.last
        if _same(last.state, before):
            self._done.append(entry_id)
        elif _is_amended_since(course.versions[first.number - 1 :], is_meant):
            self._since.append(last.told)
        elif before is None:
            item = RecordItem()
            item.annulment.entry_id = entry_id
            item.annulment.expected_version.exactly = last.number
            taken = TakenBack(
                entry_id, item, course.versions[0].told, last.told, course.last_state.state
            )
            if first.number > 1:
                self._put_back.append(taken)
                return
            self.annulled[entry_id] = taken
            place = first.told.position
            self.first = min(self.first, place) if self.first else place
        else:
            try:
                item = _back_to(before, course)
            except _Unreadable:
                self._lost.append(entry_id)
            else:
                told, state = course.versions[0].told, course.last_state.state
                self._put_back.append(TakenBack(entry_id, item, told, last.told, state))

    def undoing(
        self, resting: Mapping[str, frozenset[str]], request_ids: tuple[str, ...]
    ) -> Undoing:
        kept = self._kept(resting)
        gone = [each for each in self.annulled.values() if each.entry_id not in kept]
        return Undoing(
            (*gone, *self._put_back),
            tuple(self._done),
            tuple(self._since),
            tuple(self._lost),
            kept,
            request_ids,
        )

    def _kept(self, resting: Mapping[str, frozenset[str]]) -> dict[str, tuple[str, ...]]:
        """What others rest on, and what that rests on in turn, with who does."""
        kept: dict[str, list[str]] = {}
        waiting = list(resting.items())
        while waiting:
            who, names = waiting.pop()
            for name in names:
                if name not in kept and name != who:
                    inner = _texts(self.annulled[name].state) & self.annulled.keys()
                    waiting.append((name, frozenset(inner - {name})))
                if name != who:
                    kept.setdefault(name, []).append(who)
        return {
            name: tuple(dict.fromkeys(kept[name])) for name in self.annulled if name in kept
        }


def _is_amended_since(versions: Iterable[Version], is_meant: Callable[[Version], bool]) -> bool:
    """Whether others left an entry otherwise than it was by those that are meant, of which the
    first of its `versions` is one. What they took back themselves is no matter.
    """
    meant: State | None = None
    is_otherwise = False
    for each in versions:
        if not is_meant(each):
            is_otherwise = not _same(each.state, meant)
        elif is_otherwise:
            return True
        else:
            meant = each.state
    return is_otherwise


def _same(now: State | None, before: State | None) -> bool:
    if now is None or before is None:
        return now is before
    return now.form.says_the_same(before.form)


def _back_to(before: State, course: Course) -> RecordItem:
    item = RecordItem()
    amendment = item.amendment
    told = course.last.told
    amendment.entry_id = told.entry_id
    amendment.correction.SetInParent()
    amendment.expected_version.exactly = told.version
    amendment.state.CopyFrom(before.state)
    keeps = course.keeps(before)
    for path, text in before.sealed.items():
        if path in keeps:
            amendment.keep_sealed.append(path)
        elif text is not None:
            amendment.seal.append(path)
        else:
            raise _Unreadable
    seals.clear(inner_of(amendment.state), amendment.keep_sealed)
    return item


def _texts(state: EntryState) -> frozenset[str]:
    """Every text of a state that may be an id."""
    item = RecordItem()
    item.entry.state.CopyFrom(state)
    return look(item).texts
