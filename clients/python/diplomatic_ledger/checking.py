"""Finds out whether items could be recorded, without recording any: however many they are.

The service holds one request against its log. So that items of a later request are held against
what the earlier ones say, those that they name go along with them, and what is said of those is
left out: it was said where they were checked themselves.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from typing import NamedTuple

from diplomatic_ledger.batches import Batch, Limits, batches, fits, said_once
from diplomatic_ledger.cuts import number
from diplomatic_ledger.earlier_items import EarlierItems, is_party
from diplomatic_ledger.errors import InvalidRequest, LedgerError, Violation
from diplomatic_ledger.item_numbers import (
    ITEM,
    renumber_error,
    renumbered,
    renumbered_remarks,
)
from diplomatic_ledger.mentions import Looked
from diplomatic_ledger.recording import IfRemarkedWord, ManyItems, Recording
from diplomatic_ledger.v1 import ledger_service_pb2 as pb
from diplomatic_ledger.v1.items_pb2 import RecordItem

#: What is remarked on for all that was recorded before, and not for what an item names alone.
RESTS_ON_ALL = frozenset(
    {
        pb.REMARK_REASON_FAR_YEAR,
        pb.REMARK_REASON_NOT_ENTITLED,
        pb.REMARK_REASON_NO_MANDATE,
        pb.REMARK_REASON_CLAIMED_ONLY,
        pb.REMARK_REASON_AFTER_END,
        pb.REMARK_REASON_NOT_OPEN,
        pb.REMARK_REASON_TOO_LATE,
        pb.REMARK_REASON_NO_CHANGE,
        pb.REMARK_REASON_NOT_BINDING,
        pb.REMARK_REASON_FAILED,
        pb.REMARK_REASON_IN_A_CIRCLE,
    }
)
#: Of a request's items this share is checked at a time where others must go along with them.
_SHARE = 0.6


@dataclass(frozen=True)
class Checked:
    """Some items that were checked without recording them: how many `items`, the first of
    which has the number `first`, from 0, in all that was to be checked; the `violations` for
    which they would be refused, and what of them may be a slip. Paths have the numbers of all:
    `items[1200].entry.state`.

    Of the items `after_others` nothing is remarked that rests on all that stands before them,
    such as that a relation has no effect. Of those that are `unchecked`, what they name is more
    than one request can have.
    """

    items: int
    remarks: tuple[pb.Remark, ...]
    first: int = 0
    violations: tuple[Violation, ...] = ()
    after_others: bool = False
    unchecked: int = 0


class Checking(Recording):
    async def check(
        self,
        ledger: str,
        items: Iterable[RecordItem],
        *,
        if_remarked: IfRemarkedWord = "tell",
    ) -> Checked:
        """Finds out whether the items of one request could be recorded, without recording any.

        Args:
            ledger: Name of the ledger, such as `us-dprk-2018`. One that does not exist is taken
                for a new, empty one.
            items: The items. Of what needs several requests the first one is checked;
                `check_all` checks all of them.
            if_remarked: Whether to tell what may be a slip, or to raise it, as in `record`.

        Returns:
            How many of the items were checked, and what of them may be a slip.

        Raises:
            LedgerError: what `record_all` would raise now. That a version is not the expected one
                is found only when they are recorded.
        """
        batch = next(batches(items, await self._limits()), None) or Batch(())
        places = said_once(batch.looked)
        try:
            remarks = await self._ask(
                ledger, [batch.items[place] for place in places], if_remarked
            )
        except LedgerError as error:
            renumber_error(error, places)
            raise
        return Checked(len(batch.items), tuple(renumbered_remarks(remarks, places)))

    async def check_all(self, ledger: str, items: ManyItems) -> AsyncGenerator[Checked]:
        """Finds out which of any number of items would be refused, without recording any. Each
        is held against the ledger, and against the items before it that it names.

        Args:
            ledger: Name of the ledger, such as `us-dprk-2018`. One that does not exist is taken
                for a new, empty one.
            items: The items, each after those that it names where it can be, as for
                `record_all`.

        Yields:
            A Checked for each part of them, in order.

        Raises:
            TooLarge: items that refer to one another do not fit into one request.
            EntryExists: an id is taken by an entry that says something else.
            LedgerError: what `record_all` would raise now, but for violations. That a version is
                not the expected one is found only when they are recorded.

        Example:
            >>> async for part in client.check_all("my-talks", items):
            ...     print(part.first, part.items, part.violations)
        """
        limits = await self._limits()
        usual = replace(limits, usual_items=int(limits.items * _SHARE))
        with closing(EarlierItems()) as earlier:
            for batch in batches(items, usual):
                part = _Part(earlier.count, batch.looked)
                earlier.add(batch.looked)
                async for each in self._checked(ledger, part, earlier, limits):
                    yield each

    async def _checked(
        self, ledger: str, part: _Part, earlier: EarlierItems, limits: Limits
    ) -> AsyncIterator[Checked]:
        """A part as a whole; where too much must go along with it, or so much is said of that
        that the service left something out, one half of it after the other.
        """
        room = limits.without_envelope()
        beside = part.beside(earlier, room)
        if beside is not None:
            for parties in part.namesakes(earlier, beside, room):
                sent = _Sent(part, beside, parties)
                found, remarks = await self._what_is_said(ledger, sent.items)
                if not sent.hides_something(found):
                    yield sent.checked(found, remarks)
                    return
        if len(part.looked) == 1:
            yield Checked(1, (), part.first, after_others=True, unchecked=1)
            return
        for half in part.halves():
            async for each in self._checked(ledger, half, earlier, limits):
                yield each

    async def _what_is_said(
        self, ledger: str, items: Sequence[RecordItem]
    ) -> tuple[tuple[Violation, ...], tuple[pb.Remark, ...]]:
        try:
            return (), await self._ask(ledger, items, "tell")
        except InvalidRequest as error:
            if not error.violations:
                raise
            return error.violations, ()

    async def _ask(
        self, ledger: str, items: Sequence[RecordItem], if_remarked: IfRemarkedWord
    ) -> tuple[pb.Remark, ...]:
        request = pb.RecordRequest(
            ledger=ledger,
            items=items,
            validate_only=True,
            if_exists=pb.IF_EXISTS_ACCEPT_IDENTICAL,
            if_remarked=number(pb.IfRemarked.DESCRIPTOR, if_remarked),
        )
        answer = await self._call(self._ledger_service.Record, request)
        return tuple(answer.remarks)


class _Part(NamedTuple):
    """Items that are checked together: those from the number `first` on."""

    first: int
    looked: Sequence[Looked]

    def halves(self) -> tuple[_Part, _Part]:
        middle = len(self.looked) // 2
        return (
            _Part(self.first, self.looked[:middle]),
            _Part(self.first + middle, self.looked[middle:]),
        )

    def has(self, number: int) -> bool:
        return self.first <= number < self.first + len(self.looked)

    def beside(self, earlier: EarlierItems, room: Limits) -> dict[int, Looked] | None:
        """What goes along, by its number: all that is said before of the entries that these
        items name or change; None where there is no room for it. Where there is, also what those
        name in turn, and so on.
        """
        beside: dict[int, Looked] = {}
        if not self.first and len(self.looked) == earlier.count:
            return beside
        asked = set[str]()
        defined = {each.defines for each in self.looked}
        named = frozenset[str]().union(*map(_names, self.looked))
        while wanted := named - asked:
            asked |= wanted
            more: dict[int, Looked] = {}
            for place, each in earlier.about(wanted):
                # What is said twice is recorded once, and may not stand twice in a request.
                is_said = bool(each.defines) and each.defines in defined
                if not self.has(place) and not is_said:
                    more[place] = each
                    defined.add(each.defines)
            if not fits((*self.looked, *beside.values(), *more.values()), room):
                return beside or None
            beside |= more
            named = frozenset[str]().union(*map(_names, more.values()))
        return beside

    def namesakes(
        self, earlier: EarlierItems, beside: Mapping[int, Looked], room: Limits
    ) -> Iterator[Mapping[int, Looked]]:
        """What to send before the part, one after the other until nothing is hidden by it: where
        it has parties, the earlier ones, of which one may be the same; else nothing.
        """
        if self.first and any(map(is_party, self.looked)):
            most = room.items - len(self.looked) - len(beside)
            found = earlier.parties(self.first, most) or {}
            more = [each for number, each in found.items() if number not in beside]
            if found and fits((*self.looked, *beside.values(), *more), room):
                yield found
        yield {}


def _names(looked: Looked) -> frozenset[str]:
    """The entry that an item changes, and all that may be named by it."""
    return looked.texts | {looked.entry_id} - {""}


class _Sent:
    """A part with what goes along with it, as one request. What the part changes stands before
    it, and so do `parties`, since the second one of a name is remarked on; all else stands behind
    it: so the service tells first of what is asked about.
    """

    def __init__(
        self, part: _Part, beside: Mapping[int, Looked], parties: Mapping[int, Looked]
    ) -> None:
        self._part = part
        self._is_alone = not beside and not part.first
        changed = {each.entry_id for each in (*part.looked, *parties.values())}
        beside = {**beside, **parties}
        before = [n for n in sorted(beside) if n < part.first and beside[n].entry_id in changed]
        behind = sorted(beside.keys() - set(before))
        own = [part.first + place for place in said_once(part.looked)]
        self._numbers = [*before, *own, *behind]
        self.items = [
            *(beside[n].item for n in before),
            *(part.looked[n - part.first].item for n in own),
            *(beside[n].item for n in behind),
        ]

    def hides_something(self, found: Sequence[Violation]) -> bool:
        """Whether what is said of others may be why something is left out."""
        is_cut = any(not each.field for each in found)
        return is_cut and not all(self._is_own(each.field) for each in found if each.field)

    def checked(self, found: Iterable[Violation], remarks: Iterable[pb.Remark]) -> Checked:
        return Checked(
            len(self._part.looked),
            tuple(
                renumbered_remarks(
                    (
                        each
                        for each in remarks
                        if self._is_own(each.path)
                        and (self._is_alone or each.reason not in RESTS_ON_ALL)
                    ),
                    self._numbers,
                )
            ),
            self._part.first,
            tuple(
                Violation(*(renumbered(text, self._numbers) for text in each))
                for each in found
                if not each.field or self._is_own(each.field)
            ),
            after_others=not self._is_alone,
        )

    def _is_own(self, field: str) -> bool:
        """Whether a field is of the part; what is of no item is of the request, so of it too."""
        match = ITEM.match(field)
        return match is None or self._part.has(self._numbers[int(match[1])])
