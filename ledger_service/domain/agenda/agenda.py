"""An agenda: what the days ahead bring, if nothing more is recorded.

Each day is looked at as it will be at the same position and day of publication. What may be
otherwise on some days is found through the days that entries name, and nothing else is looked
at.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from datetime import date, timedelta
from typing import TypeAlias

from ledger_service.domain.agenda.items import items
from ledger_service.domain.agenda.plainly import is_silent, plain_items
from ledger_service.domain.agenda.walking import Days, before, behind
from ledger_service.domain.balance.candidates import candidates
from ledger_service.domain.balance.touched import touched
from ledger_service.domain.lifecycle.brief import courses
from ledger_service.domain.lifecycle.neutrality import MOVES_OF_INSTRUMENTS
from ledger_service.domain.picture.picture import Picture
from ledger_service.domain.picture.visible_entry import VisibleEntry
from ledger_service.domain.values.agenda import AgendaItem, AgendaKind
from ledger_service.domain.values.answers import HeldBy
from ledger_service.domain.values.entries import Commitment
from ledger_service.domain.values.stopping import looking

#: Whether an entry may be wanted, by what is so on a day.
Wanted: TypeAlias = Callable[[VisibleEntry, date], bool]

#: So many days are looked at together at first, or fewer on which as many entries name one, so
#: that a page of a full agenda does not look at all of them.
_FIRST_DAYS = 32
_ENTRIES = 200
#: So many items are found at once, about.
_ITEMS = 100

#: The kinds in the order in which they stand within a day.
_ORDER = {kind: number for number, kind in enumerate(AgendaKind)}


def ahead(
    picture: Picture, first: date, last: date, is_wanted: Wanted = lambda _, __: True
) -> Iterator[AgendaItem]:
    """What the days from `first` to `last` bring, by day, then kind, then ids. The day of the
    picture is not after the first of them. Of which entries it tells, as far as that is known
    before they are looked at, `is_wanted` says by a last day.
    """
    days, count = Days(picture), _FIRST_DAYS
    while first <= last:
        until = _until(picture, first, first + min(timedelta(days=count - 1), last - first))
        found = sorted(_between(days, first, until, is_wanted), key=_order)
        yield from found
        if until == last:
            return
        first, count = behind(until), _next(count, len(found))


def _until(picture: Picture, first: date, last: date) -> date:
    """The last day that is looked at with a first one."""
    crowded = picture.history.crowded(first, _ENTRIES) or date.max
    return min(last, max(first, before(crowded)))


def _next(count: int, found: int) -> int:
    """How many days are looked at next, by how many items were found on some days."""
    return max(1, min(2 * count, _ITEMS * count // max(1, found)))


def _between(days: Days, first: date, last: date, is_wanted: Wanted) -> Iterator[AgendaItem]:
    ends = days.on(before(first)), days.on(behind(last))
    seeds = candidates(*ends)
    plain = _plain(days, seeds.of_type(Commitment), first, last, is_wanted)
    # They only fall due, or are over: nothing rests on the days on which they do.
    found = touched(*ends, seeds.without(plain))
    rest = set(found.commitments).difference(plain)
    plain |= _plain(days, rest, first, last, is_wanted)
    noticed = set[tuple[str, str, date]]()
    for items_of_one in plain.values():
        yield from items_of_one
    for each in looking(sorted(rest - plain.keys())):
        known = days.picture.known(each)
        if known is None or not known.is_commitment or not is_wanted(known, last):
            continue
        for item in items(days, known, first, last):
            yield item
            if item.kind is AgendaKind.NOTICE_TAKES_EFFECT:
                noticed.add((item.instrument, item.entry_id, item.day))
    for instrument, act, day in noticed:
        yield from _notice(days, instrument, act, day)
    for each in looking(sorted(found.entries)):
        known = days.picture.known(each)
        if known is not None and known.is_instrument and first <= known.since <= last:
            yield _of_instrument(known, AgendaKind.BEGINS, known.since, known.id)


def _plain(
    days: Days, commitments: Collection[str], first: date, last: date, is_wanted: Wanted
) -> dict[str, list[AgendaItem]]:
    """The items of those commitments of which what is kept tells all."""
    begin = days.on(min(before(first), days.picture.as_of))
    kept = courses(begin, commitments, behind(last))
    found = dict[str, list[AgendaItem]]({each: [] for each in kept if is_silent(kept[each])})
    for each in days.picture.looked_up(looking(kept.keys() - found.keys())):
        known = days.picture.known(each)
        if known is not None and known.is_commitment:
            items_of_one = plain_items(days.picture, known, kept[each], first, last)
            if items_of_one is not None:
                found[each] = items_of_one if is_wanted(known, last) else []
    return found


def _notice(days: Days, instrument: str, act: str, day: date) -> Iterator[AgendaItem]:
    """The notice on an instrument, if that is what the act is aimed at."""
    known, notice = days.picture.known(instrument), days.picture.known(act)
    if known is None or notice is None or not known.is_instrument:
        return
    if any(
        relation.kind in MOVES_OF_INSTRUMENTS and relation.takes_effect == day
        for relation in notice.relations_to(instrument)
    ):
        yield _of_instrument(known, AgendaKind.NOTICE_TAKES_EFFECT, day, act)


def _of_instrument(known: VisibleEntry, kind: AgendaKind, day: date, entry: str) -> AgendaItem:
    instrument = known.instrument
    return AgendaItem(
        kind=kind,
        day=day,
        entry_id=entry,
        commitment="",
        instrument=known.id,
        text=instrument.title,
        held_by=HeldBy(instrument.participants, ()),
    )


def _order(item: AgendaItem) -> tuple[date, int, str, str, str, int]:
    return (
        item.day,
        _ORDER[item.kind],
        item.instrument,
        item.commitment,
        item.entry_id,
        item.instalment,
    )
