"""Which entries of a picture a list has: those that its filter lets through, in its order.

The views tell which entries may be wanted; each is then judged as it reads at the cuts.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from datetime import date
from functools import partial
from heapq import merge
from itertools import chain, islice
from typing import TypeAlias, overload

from ledger_service.application.listing import LazyList, PackedTexts
from ledger_service.application.narrowing import (
    Test,
    act_tests,
    commitment_tests,
    instrument_tests,
    standing_tests,
)
from ledger_service.application.ordering import by_day
from ledger_service.application.taking_part import (
    acts_of,
    members_of,
    one_may_do,
    with_predecessors_of,
)
from ledger_service.domain.lifecycle.at_a_glance import may_stand
from ledger_service.domain.lifecycle.brief import Wanted, are_kept, chosen, every, facts
from ledger_service.domain.lifecycle.reached_by import may_stand_in
from ledger_service.domain.picture.found_by import CODES, IndexKey
from ledger_service.domain.picture.history import History
from ledger_service.domain.picture.kept_facts import Fact, Placed
from ledger_service.domain.picture.picture import Picture
from ledger_service.domain.picture.taking_part import may_be_named
from ledger_service.domain.picture.visible_entry import VisibleEntry
from ledger_service.domain.values.entries import (
    Act,
    Commitment,
    Instrument,
    RelationKind,
)
from ledger_service.domain.values.filters import (
    FORWARDS,
    ActFilter,
    Arrangement,
    CodePrefix,
    CommitmentFilter,
    DayRange,
    EntryFilter,
    InstrumentFilter,
    Order,
)
from ledger_service.domain.values.stopping import looking
from ledger_service.domain.values.words import Phrase

#: So many entries are put in order, instead of being picked out of all, which come in order.
_FEW_AMONG = 2_000
#: So many are sorted at a time, in a hundredth of a second.
_SORTED_TOGETHER = 10_000
#: So many that are chosen by where they stand, or may be, are looked at together.
_PART = 200
#: What is held of an entry in a list, about: as much as so many ids, each a text of its own.
_BYTES_PER_ENTRY, _IDS_PER_ENTRY = 600, 10
#: Of so few entries nothing more is looked up.
_ENOUGH = 200
#: The terms of more entries than that are not looked at to find which may fall due.
_MANY_TERMS = 20_000
#: For so many parties the index is asked at a time.
_TERMS_AT_ONCE = 200

Clauses: TypeAlias = list[Collection[Phrase]]


def commitments(
    picture: Picture, asked: CommitmentFilter, how: Arrangement = FORWARDS
) -> Sequence[VisibleEntry]:
    """The visible commitments that are wanted."""

    def draw() -> Sequence[VisibleEntry]:
        among = _among(_may_be_commitments(picture, asked))
        if how.by is Order.DUE_DAY:
            draw = partial(_by_due_day, picture, asked, among, descending=how.descending)
            return LookedUp(picture, PackedTexts(draw))
        return _commitments(picture, asked, among, how)

    return picture.keep((asked, how), draw)


def has_commitment(picture: Picture, asked: CommitmentFilter, known: VisibleEntry) -> bool:
    """Whether a visible commitment is among those that `commitments` lists."""
    tests = (*commitment_tests(picture, asked), *standing_tests(picture, asked))
    return all(test(known) for test in tests)


def acts(
    picture: Picture, asked: ActFilter, how: Arrangement = FORWARDS
) -> Sequence[VisibleEntry]:
    """The visible acts that are wanted."""

    def draw() -> Sequence[VisibleEntry]:
        among = _among(_may_be_acts(picture, asked))
        return _found(picture, Act, among, act_tests(picture, asked), how, asked.occurred)

    return picture.keep((asked, how), draw)


def instruments(
    picture: Picture, asked: InstrumentFilter, how: Arrangement = FORWARDS
) -> Sequence[VisibleEntry]:
    """The visible instruments that are wanted."""

    def draw() -> Sequence[VisibleEntry]:
        among = _among(_may_be_instruments(picture, asked))
        return _found(
            picture, Instrument, among, instrument_tests(picture, asked), how, asked.occurred
        )

    return picture.keep((asked, how), draw)


def tests_of(
    picture: Picture, asked: CommitmentFilter | ActFilter | InstrumentFilter
) -> list[Test]:
    """What a visible entry must pass; a commitment apart from where it stands."""
    match asked:
        case CommitmentFilter():
            return commitment_tests(picture, asked)
        case ActFilter():
            return act_tests(picture, asked)
        case InstrumentFilter():
            return instrument_tests(picture, asked)


def are_few(picture: Picture, asked: CommitmentFilter | ActFilter | InstrumentFilter) -> bool:
    """Whether the views tell that no more than some entries may be wanted."""
    match asked:
        case CommitmentFilter():
            among = _among(_may_be_commitments(picture, asked))
        case ActFilter():
            among = _among(_may_be_acts(picture, asked))
        case InstrumentFilter():
            among = _among(_may_be_instruments(picture, asked))
    return among is not None and len(among) <= _FEW_AMONG


def _found(
    picture: Picture,
    type_: type[Act | Commitment | Instrument],
    among: AbstractSet[str] | None,
    tests: Sequence[Test],
    how: Arrangement,
    occurred: DayRange | None,
) -> Sequence[VisibleEntry]:
    """The visible entries of a type that pass all tests, by day, then id; `among` has all of
    them, where it is known who may, and those on other days than `occurred` pass none.
    """

    def is_wanted(known: VisibleEntry) -> bool:
        return all(test(known) for test in tests)

    if among is None or len(among) > _FEW_AMONG:
        every = partial(
            by_day, picture, type_, among, within=occurred, backwards=how.descending
        )

        def is_one(entry_id: str) -> bool:
            known = picture.entry(entry_id)
            return known is not None and is_wanted(known)

        ids = LazyList(lambda: (each.id for each in every()), is_one if tests else None)
        return LookedUp(picture, ids, lambda: filter(is_wanted, every()))
    some = map(picture.entry, picture.looked_up(sorted(among)))
    return sorted(
        (
            each
            for each in some
            if each and isinstance(each.version.state, type_) and is_wanted(each)
        ),
        key=lambda each: each.order,
        reverse=how.descending,
    )


def _commitments(
    picture: Picture, asked: CommitmentFilter, among: AbstractSet[str] | None, how: Arrangement
) -> Sequence[VisibleEntry]:
    """The commitments that are wanted, by day, then id. Where they stand is taken from what is
    kept of them as far as it is there.
    """
    tests = commitment_tests(picture, asked)
    stands = Wanted(asked.lifecycles, asked.flags)
    if stands.is_anywhere and asked.due is None:
        return _found(picture, Commitment, among, tests, how, asked.occurred)
    many = among is None or len(among) > _FEW_AMONG
    if stands.is_anywhere or not many or not are_kept(picture):
        read = _found(picture, Commitment, among, tests, how, asked.occurred)

        def begin() -> Iterator[VisibleEntry]:
            # The list that it goes through is not held: it would be by nobody's count.
            some = read.anew() if isinstance(read, LookedUp) else read
            return _standing_so(picture, some, stands, asked.due)

        return LazyList(begin)
    draw = partial(chosen, picture, stands, backwards=how.descending)
    there = LookedUp(picture, LazyList(draw, None if among is None else among.__contains__))
    if asked.due is None and not tests:
        return there
    return LazyList(lambda: _standing_so(picture, _in_parts(there), stands, asked.due, tests))


def _standing_so(
    picture: Picture,
    some: Iterable[VisibleEntry],
    stands: Wanted,
    due: DayRange | None,
    tests: Sequence[Test] = (),
) -> Iterator[VisibleEntry]:
    """Those of some commitments that stand as wanted, fall due on some days, and pass tests."""
    passing = (known for known in some if all(test(known) for test in tests))
    while part := list(islice(passing, _PART)):
        ids = [known.id for known in looking(part) if may_stand(picture, known, stands)]
        for each, fact in facts(picture, ids):
            if stands.is_met(fact) and (due is None or _falls_due(fact, due)):
                known = picture.commitment(each)
                if known is not None:
                    yield known


def _falls_due(fact: Fact, days: DayRange) -> bool:
    return bool(fact.due) and days.has(date.fromordinal(fact.due))


def _in_parts(found: Sequence[VisibleEntry]) -> Iterator[VisibleEntry]:
    """Entries that are fetched so many at a time."""
    start = 0
    while some := found[start : start + _PART]:
        yield from some
        start += _PART


class LookedUp(Sequence[VisibleEntry]):
    """Visible entries, of which only the ids are held; those of a slice are fetched together.
    `anew` gives all of them once more, where that takes less than to look each up.
    """

    def __init__(
        self,
        picture: Picture,
        ids: LazyList[str] | PackedTexts,
        anew: Callable[[], Iterator[VisibleEntry]] | None = None,
    ) -> None:
        self._picture = picture
        self._ids = ids
        self._anew = anew

    def __iter__(self) -> Iterator[VisibleEntry]:
        return _in_parts(self)

    def __len__(self) -> int:
        return len(self._ids)

    def anew(self) -> Iterator[VisibleEntry]:
        """All of them, for who looks at each of very many: none is kept, but the ids where each
        is looked up.
        """
        return self._anew() if self._anew else _in_parts(self)

    @property
    def looked_at(self) -> int:
        """So many entries take as much memory as the ids that are held so far."""
        if isinstance(self._ids, PackedTexts):
            return self._ids.bytes // _BYTES_PER_ENTRY
        return self._ids.looked_at // _IDS_PER_ENTRY

    @overload
    def __getitem__(self, index: int) -> VisibleEntry: ...

    @overload
    def __getitem__(self, index: slice) -> list[VisibleEntry]: ...

    def __getitem__(self, index: int | slice) -> VisibleEntry | list[VisibleEntry]:
        if isinstance(index, slice):
            some = self._picture.looked_up(self._ids[index])
            return [self._known(each) for each in looking(some)]
        return self._known(self._ids[index])

    def _known(self, entry_id: str) -> VisibleEntry:
        known = self._picture.entry(entry_id)
        assert known is not None
        return known


def _by_due_day(
    picture: Picture,
    asked: CommitmentFilter,
    among: AbstractSet[str] | None,
    *,
    descending: bool,
) -> Iterator[str]:
    """The commitments that are wanted, by the day on which they fall due as they stand, then by
    day and id. Those without one come last in either direction.
    """
    dated, undated = list[tuple[int, int, str]](), list[tuple[int, int, str]]()
    for each, fact in _with_facts(picture, asked, among):
        (dated if fact.due else undated).append((fact.due, fact.day, each))
    for some in (dated, undated):
        yield from (each for _, _, each in _sorted(some, descending=descending))


def _sorted(
    items: Sequence[tuple[int, int, str]], *, descending: bool
) -> Iterable[tuple[int, int, str]]:
    """The items in order, sorted a part at a time: while Python sorts nobody else has a turn."""
    parts = [
        sorted(items[first : first + _SORTED_TOGETHER], reverse=descending)
        for first in looking(range(0, len(items), _SORTED_TOGETHER))
    ]
    return merge(*parts, reverse=descending)


def _with_facts(
    picture: Picture, asked: CommitmentFilter, among: AbstractSet[str] | None
) -> Iterable[tuple[str, Fact]]:
    """The commitments that are wanted, in no order; from facts alone where these tell it."""
    is_few = among is not None and len(among) <= _FEW_AMONG
    if is_few or not is_told_by_facts(asked) or not are_kept(picture):
        found = _commitments(picture, asked, among, FORWARDS)
        return facts(picture, [known.id for known in looking(found)])
    return ((each, fact) for each, _, fact in by_facts(picture, asked))


def is_told_by_facts(asked: CommitmentFilter) -> bool:
    """Whether the facts of commitments tell which of them are wanted."""
    return asked == _by_facts_alone(asked)


def by_facts(picture: Picture, asked: CommitmentFilter) -> Iterator[Placed]:
    """The visible commitments that are wanted as far as their facts tell it, in no order."""
    due, days = asked.due, asked.occurred
    found = every(picture, Wanted(asked.lifecycles, asked.flags))
    if due is None and days is None:
        return found
    return (
        placed
        for placed in found
        if (due is None or _falls_due(placed.fact, due))
        and (days is None or days.has(date.fromordinal(placed.fact.day)))
    )


def _by_facts_alone(asked: CommitmentFilter) -> CommitmentFilter:
    """What of a filter the facts of commitments tell."""
    return CommitmentFilter(
        lifecycles=asked.lifecycles, flags=asked.flags, due=asked.due, occurred=asked.occurred
    )


def _may_be_commitments(
    picture: Picture, asked: CommitmentFilter
) -> Iterator[Collection[str] | None]:
    """Sets each of which has all commitments that are wanted; None for one that is not known."""
    history = picture.history
    clauses = _clauses(picture, asked)
    clauses += _coded(asked.codes)
    if asked.provisions:
        clauses.append([IndexKey.PROVISION.asked(each) for each in asked.provisions])
    for key, parties in (
        (IndexKey.DEBTOR, asked.debtors),
        (IndexKey.CREDITOR, asked.creditors),
    ):
        clauses += _in_role(picture, (key,), parties, with_predecessors=True)
    clauses += _in_role(picture, (IndexKey.MAKER, IndexKey.DEBTOR), asked.makers)
    yield from _of_entry(picture, asked, clauses)
    if asked.instrument:
        yield history.sources(asked.instrument)
    if named := frozenset[str]().union(*_named(picture, asked)):
        made = _made_by(history, named)
        yield None if made is None else frozenset(chain(history.commitments(named), made))
    for some in (asked.lifecycles, asked.flags):
        if some:
            yield may_stand_in(history, some)
    if asked.due:
        yield _may_fall_due(history, asked.due)


def _may_be_acts(picture: Picture, asked: ActFilter) -> Iterator[Collection[str] | None]:
    clauses = _clauses(picture, asked)
    clauses += _coded(asked.codes)
    if asked.kinds:
        clauses.append([IndexKey.KIND.asked(each) for each in asked.kinds])
    if asked.countries:
        clauses.append([IndexKey.COUNTRY.asked(each) for each in asked.countries])
    if asked.places:
        clauses.append([IndexKey.PLACE.asked(each) for each in asked.places])
    # Of a joint act everybody stands at both ends.
    both = (IndexKey.ACTOR, IndexKey.COUNTERPARTY)
    for parties in (asked.actors, asked.counterparties):
        clauses += _in_role(picture, both, parties)
    named = _named(picture, asked)
    clauses += _as_any(both, named)
    yield from _of_entry(picture, asked, clauses)
    if asked.related_to:
        yield picture.history.sources(asked.related_to)
    if not one_may_do(named):
        yield list(acts_of(picture, named, asked.kinds))


def _may_be_instruments(
    picture: Picture, asked: InstrumentFilter
) -> Iterator[Collection[str] | None]:
    clauses = _clauses(picture, asked)
    if asked.kinds:
        clauses.append([IndexKey.KIND.asked(each) for each in asked.kinds])
    both = (IndexKey.PARTICIPANT, IndexKey.THIRD_PARTY)
    clauses += _as_any(both, _named(picture, asked))
    clauses += _in_role(picture, both[:1], asked.participants)
    clauses += _in_role(picture, both[1:], asked.third_parties)
    yield from _of_entry(picture, asked, clauses)


def _clauses(picture: Picture, asked: EntryFilter) -> Clauses:
    """What the index of texts is asked for: one phrase of each clause must be there."""
    found: Clauses = [[phrase] for phrase in asked.text]
    if asked.topics:
        found.append([IndexKey.TOPIC.asked(each) for each in asked.topics])
    if asked.attributions:
        # Of each of several attributions one phrase stands for all.
        found.append([phrases[0] for phrases in asked.attributions if phrases])
    found += _in_role(picture, (IndexKey.ASSERTED_BY,), asked.asserted_by)
    return found


def _coded(codes: Iterable[CodePrefix]) -> Clauses:
    some = [CODES[each.system].asked(each.prefix, prefix=True) for each in codes]
    return [some] if some else []


def _in_role(
    picture: Picture,
    keys: Iterable[IndexKey],
    parties: AbstractSet[str],
    *,
    with_predecessors: bool = False,
) -> Clauses:
    """The clause for entries that name in some role one of some parties, or who stands for it."""
    if not parties:
        return []
    wanted: Iterable[str] = map(picture.parties.one, parties)
    if with_predecessors:
        wanted = with_predecessors_of(picture, wanted)
    members = members_of(picture, wanted)
    return [[key.asked(member) for key in keys for member in members]]


def _named(picture: Picture, asked: EntryFilter) -> list[frozenset[str]]:
    """For each of the parties that must take part, those by whom it may."""
    ones = dict.fromkeys(map(picture.parties.one, asked.parties))
    return [may_be_named(picture, each) for each in ones]


def _as_any(keys: Iterable[IndexKey], named: Iterable[AbstractSet[str]]) -> Clauses:
    """A clause for each of some sets of parties: an entry names one of it in some role."""
    return [[key.asked(each) for key in keys for each in some] for some in named]


def _made_by(history: History, some: Iterable[str]) -> set[str] | None:
    """The commitments of which one of some parties is named as who spoke them; None where they
    are too many to be looked up.
    """
    makers, found = sorted(some), set[str]()
    for start in range(0, len(makers), _TERMS_AT_ONCE):
        part = makers[start : start + _TERMS_AT_ONCE]
        made = history.matching([[IndexKey.MAKER.asked(each) for each in part]])
        if made is None:
            return None
        found.update(made)
    return found


def _of_entry(
    picture: Picture, asked: EntryFilter, clauses: Clauses
) -> Iterator[Collection[str] | None]:
    """The sets that any entry's filter gives, with what the index of texts tells."""
    history = picture.history
    if asked.entry_ids:
        yield asked.entry_ids
    if clauses:
        yield history.matching(clauses)
    if asked.reports:
        yield list(history.told_by(asked.reports, open_only=False))
    if asked.publishers:
        reports = history.matching(
            [[IndexKey.PUBLISHER.asked(each) for each in asked.publishers]]
        )
        yield None if reports is None else list(history.told_by(reports, open_only=False))
    if asked.reported:
        # An open start may be read as the ledger's first day.
        unbounded = history.published(date.min, date.min)
        out = {*history.published(*asked.reported.ends), *unbounded}
        yield None if len(out) > _MANY_TERMS else list(history.told_by(out, open_only=False))
    if asked.recorded:
        yield history.recorded_between(*asked.recorded.ends)


def _may_fall_due(history: History, days: DayRange) -> Collection[str] | None:
    """Commitments among which are all that may fall due on some days: those that name one of
    them in their terms, at which somebody aims a new term with one, or that fall due after
    something else.
    """
    naming = list(history.naming_days(*days.ends, own=False))
    if len(naming) > _MANY_TERMS:
        return None
    found = {*history.dated_after_others(), *naming}
    for entry_id in looking(naming):
        for target in _rescheduled(history, entry_id):
            found.add(target)
            found.update(history.sources(target))
    return found


def _rescheduled(history: History, entry_id: str) -> Iterator[str]:
    for version in history.versions(entry_id):
        if isinstance(version.state, Act):
            for relation in version.state.relations:
                if relation.kind is RelationKind.RESCHEDULES:
                    yield relation.target


def _among(sets: Iterable[Collection[str] | None]) -> AbstractSet[str] | None:
    """What all sets have that are known; None where none is."""
    found: AbstractSet[str] | None = None
    for some in sets:
        if some is not None:
            found = frozenset(some) if found is None else found & frozenset(some)
        if found is not None and len(found) <= _ENOUGH:
            break
    return found
