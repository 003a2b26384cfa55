"""The grounds of standings: each commitment's own grounds, combined over all commitments on
which it depends.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from functools import partial, reduce
from operator import or_
from typing import NamedTuple

from ledger_service.domain.lifecycle.aimed import Bond, bond_of, through
from ledger_service.domain.lifecycle.clusters import SameEvent, tied
from ledger_service.domain.lifecycle.day_order import moving_days, ordering
from ledger_service.domain.lifecycle.evidence import add_grounds, existence_finding
from ledger_service.domain.lifecycle.happening import AGREED
from ledger_service.domain.lifecycle.joining import AWAITING_OTHERS
from ledger_service.domain.lifecycle.moves import ANNOUNCED, FOLLOWING, followed, superseded
from ledger_service.domain.lifecycle.sides import sides
from ledger_service.domain.lifecycle.statements import KNOWLEDGE
from ledger_service.domain.lifecycle.succession import dependents_by_terms, depends_on
from ledger_service.domain.picture.circles import circles
from ledger_service.domain.picture.picture import Picture, by_day
from ledger_service.domain.picture.visible_entry import Grounds, RestsOn, VisibleEntry
from ledger_service.domain.values.entries import ActOccurred, Relation, RelationKind
from ledger_service.domain.values.excerpt import Excerpt
from ledger_service.domain.values.stopping import looking

#: Relations of an event that say something about a commitment's standing, moving it or not.
_SPEAKS = frozenset(
    {
        RelationKind.SUPERSEDES,
        RelationKind.MEETS,
        RelationKind.FULFILS,
        RelationKind.BREACHES,
        RelationKind.ACCEPTS,
        RelationKind.CANCELS,
        RelationKind.RELEASES,
        RelationKind.SUSPENDS,
        RelationKind.RESUMES,
        RelationKind.RESCHEDULES,
        RelationKind.REVIEWS,
        RelationKind.ASSERTS,
    }
)

_ENTRIES_PER_WEIGHT = 8

#: So many bits take 32 MB: those of some ten thousand commitments in one chain.
_MOST_BITS = 1 << 28


class OwnGrounds(NamedTuple):
    """The grounds of one commitment without those on which it depends: these are `leads_to`,
    and `may_lead_to` if everything had happened that may have happened. `replaces` and
    `may_replace` are those whose place it would take: on where they stand rests what becomes of
    that, and nothing else of it.
    """

    grounds: Grounds
    leads_to: frozenset[str]
    may_lead_to: frozenset[str]
    replaces: frozenset[str]
    may_replace: frozenset[str]


_NONE_AT_HAND: Mapping[str, OwnGrounds] = {}


def own(picture: Picture, commitment_id: str) -> OwnGrounds:
    """The own grounds of a commitment. While it is not visible, these are in doubt only."""

    def find() -> OwnGrounds:
        grounds, here, widest = picture.rests_on(partial(_own, commitment_id))
        return OwnGrounds(
            grounds, here.leads_to, widest.leads_to, here.replaces, widest.replaces
        )

    return picture.memoised("own grounds", commitment_id, find, _weight)


def grounds(
    picture: Picture,
    commitments: Iterable[str],
    may: Iterable[str] | None = None,
    at_hand: Mapping[str, OwnGrounds] = _NONE_AT_HAND,
) -> Grounds:
    """The entries on which it rests together where some commitments stand, and those of them
    that lie in doubt: not what becomes of the places that they would take. `may` are the commitments that count if everything had happened that may
    have happened, if these are others. `at_hand` are the own grounds of those that were found
    already, which need not be remembered any more.
    """
    asked = list(commitments)

    def one(each: str) -> OwnGrounds:
        return at_hand.get(each) or own(picture, each)

    reached = _reached(asked, one, lambda each: each.leads_to)
    widest = reached
    if may is not None or any(each.may_lead_to is not each.leads_to for each in reached):
        widest = _reached(asked if may is None else may, one, lambda each: each.may_lead_to)
    return Grounds(
        frozenset[str]().union(*(each.grounds.why for each in reached)),
        frozenset[str]().union(*(each.grounds.in_doubt for each in widest)),
    )


def of_standings(
    picture: Picture,
    commitments: Iterable[str],
    may: Iterable[str],
    at_hand: Mapping[str, OwnGrounds] = _NONE_AT_HAND,
) -> Grounds:
    """The same of their whole standings, which tell of these places too."""

    def one(each: str) -> OwnGrounds:
        return at_hand.get(each) or own(picture, each)

    asked, widest = set(commitments), set(may)
    asked.update(*[one(each).replaces for each in looking(tuple(asked))])
    widest.update(*[one(each).may_replace for each in looking(tuple(widest))])
    return grounds(picture, asked, widest, at_hand)


class ListedGrounds(NamedTuple):
    """The entries on which a standing rests, by day, then id, and the number of others in
    doubt.
    """

    why: Sequence[str]
    in_doubt: int


def listed(picture: Picture, commitment_id: str) -> ListedGrounds:
    """The entries on which the standing of one commitment rests."""
    alone = own(picture, commitment_id)
    found = alone.grounds
    if any((alone.leads_to, alone.may_lead_to, alone.replaces, alone.may_replace)):
        found = of_standings(picture, [commitment_id], [commitment_id])
    return ListedGrounds(by_day(picture, found.why), len(found.in_doubt))


class SharedGrounds:
    """The grounds of many commitments that depend on one another.

    In a chain each commitment rests on whatever those behind it rest on, which together is the
    square of its length. So all entries are sorted once, and the grounds of a commitment are
    one large integer, whose bit n tells whether it rests on the n-th entry. Adding its own
    grounds to those of the commitments on which it depends is then one operation on integers.
    """

    def __init__(self, known: Mapping[str, OwnGrounds], entries: Sequence[str]) -> None:
        """`entries` are all entries that are own grounds of any of `known`."""
        self._known = known
        self._entries = entries
        self._why = _gathered(
            _as_bits({each: found.grounds.why for each, found in known.items()}, entries),
            {each: found.leads_to for each, found in known.items()},
        )
        doubted = frozenset[str]().union(*(each.grounds.in_doubt for each in known.values()))
        self._in_doubt = _gathered(
            _as_bits({each: found.grounds.in_doubt for each, found in known.items()}, doubted),
            {each: found.may_lead_to for each, found in known.items()},
        )

    def of(self, commitment_id: str) -> ListedGrounds | None:
        """The entries on which the standing of a commitment rests; None if not all of those on
        which it rests are known here.
        """
        alone = self._known.get(commitment_id)
        if alone is None or not alone.replaces | alone.may_replace <= self._known.keys():
            return None
        why = reduce(or_, map(self._why.__getitem__, (commitment_id, *alone.replaces)))
        in_doubt = reduce(
            or_, map(self._in_doubt.__getitem__, (commitment_id, *alone.may_replace))
        )
        return ListedGrounds(Excerpt(self._entries, why), in_doubt.bit_count())


def shared(picture: Picture, commitments: Iterable[str]) -> SharedGrounds | None:
    """The grounds of commitments that depend on one another; None when they are too many to be
    held together.
    """
    known = _all_reached(picture, commitments)
    why = frozenset[str]().union(*(each.grounds.why for each in known.values()))
    if len(known) * len(why) > _MOST_BITS:
        return None
    return SharedGrounds(known, by_day(picture, why))


def _all_reached(picture: Picture, commitments: Iterable[str]) -> dict[str, OwnGrounds]:
    """The own grounds of some commitments and of all on which these depend, or may depend."""
    found: dict[str, OwnGrounds] = {}
    waiting = list(commitments)
    for commitment_id in looking(waiting):
        if commitment_id not in found:
            found[commitment_id] = each = own(picture, commitment_id)
            waiting += each.leads_to
            if each.may_lead_to is not each.leads_to:
                waiting += each.may_lead_to
    return found


def _as_bits(own: Mapping[str, frozenset[str]], entries: Iterable[str]) -> dict[str, int]:
    """For each set of entries, the integer with the bits of their places."""
    place = {entry: n for n, entry in enumerate(entries)}
    return {
        each: reduce(or_, (1 << place[entry] for entry in found), 0)
        for each, found in own.items()
    }


def _gathered(own: Mapping[str, int], leads_to: Mapping[str, Iterable[str]]) -> dict[str, int]:
    """The bits of each commitment together with those of all to which it leads."""
    found: dict[str, int] = {}

    def new(each: str) -> list[str]:
        return [other for other in leads_to[each] if other not in found]

    for start in looking(own):
        if start in found:
            continue
        for circle in looking(circles(start, new)):
            bits = 0
            for member in circle:
                bits |= own[member]
                for other in leads_to[member]:
                    bits |= found.get(other, 0)
            found.update(dict.fromkeys(circle, bits))
    return found


def _reached(
    start: Iterable[str],
    one: Callable[[str], OwnGrounds],
    leads_to: Callable[[OwnGrounds], frozenset[str]],
) -> list[OwnGrounds]:
    waiting = list(start)
    passed = set(waiting)
    found = []
    for commitment_id in looking(waiting):
        found.append(each := one(commitment_id))
        new = leads_to(each) - passed
        passed |= new
        waiting += new
    return found


def _weight(found: OwnGrounds) -> int:
    others = len(found.leads_to) + len(found.may_lead_to)
    others += len(found.replaces) + len(found.may_replace)
    size = len(found.grounds.why) + others
    return 1 + size // _ENTRIES_PER_WEIGHT


class _Others(NamedTuple):
    leads_to: frozenset[str] = frozenset()
    replaces: frozenset[str] = frozenset()


class _Found(RestsOn):
    """What a commitment rests on, as far as it was found. `is_ordered`: an act of these says
    that it came after another one.
    """

    is_ordered = False

    def note(self, act: VisibleEntry | None) -> None:
        """Looks at whether an act says so."""
        if act and any(relation.kind in FOLLOWING for relation in act.relations):
            self.is_ordered = True


def _own(commitment_id: str, picture: Picture) -> tuple[RestsOn, _Others]:
    """The acts and commitments that say something about a commitment, and the commitments on
    which it depends, or whose place it would take.
    """
    found = _Found(set(), set())
    known = picture.commitment(commitment_id)
    if known is None:
        return found, _Others()
    reversed_events: dict[str, SameEvent] = {}
    found.events.add(known.id)
    found.checks.update(existence_finding(picture, known).because)
    for source, relation in picture.known_relations_to(known.id):
        if relation.kind in KNOWLEDGE:
            found.checks.add(source.id)
            found.note(source)
            _add_evidence(picture, source, found)
        elif relation.kind in _SPEAKS and picture.has_come(source.since):
            _add_event(picture, source, found)
            if relation.kind is RelationKind.FULFILS:
                same = tied(picture, source)
                if not same.together <= found.events:
                    _add_acts(picture, same.together, found)
                if same.is_reversed:
                    reversed_events[same.first] = same
            elif relation.kind is RelationKind.MEETS and known.has_words:
                _add_taking_back(picture, source, found)
            if relation.kind in AGREED or relation.kind in ANNOUNCED:
                _add_about_move(picture, source, relation, found)
    for same in reversed_events.values():
        _add_reversing(picture, same, found)
    terms = known.commitment
    if terms.instrument:
        _add_instrument(picture, known, found)
    if terms.antecedent or terms.until_condition or terms.due_after:
        _add_awaited(picture, known, found)
    replaces = frozenset(old.id for old in superseded(picture, known))
    others = _Others(frozenset(depends_on(picture, known)), replaces)
    if found.is_ordered:
        _add_ordering(picture, known, others, found)
    return found, others


def _add_ordering(
    picture: Picture, known: VisibleEntry, others: _Others, found: _Found
) -> None:
    """Adds what orders a day of a commitment: what its acts of that day follow, in turn, as far
    as it moves something on the day, and what stands in between. A single act has nothing to
    come before or after, unless what other commitments do matters too.
    """
    related = picture.relations_to(known.id)
    speaking = {source.id for source, relation in related if relation.kind in KNOWLEDGE}
    acts = [act for i in found.events | speaking if (act := picture.act(i))]
    of_day: dict[date, dict[str, VisibleEntry]] = defaultdict(dict)
    for act in looking(acts):
        for day in moving_days(picture, act):
            of_day[max(day, known.day)][act.id] = act
    for day, act in _joined_later(picture, known, acts):
        of_day[day][act.id] = act
    ordered = {
        day: [*some.values()]
        for day, some in of_day.items()
        if len(some) > 1
        or (any(map(followed, some.values())) and _is_bound_up(picture, known, others))
    }
    for act, moved in ordering(picture, ordered):
        _add_event(picture, act, found)
        found.events.update(moved)
        for each in filter(None, map(picture.act, moved)):
            _add_event(picture, each, found)


def _joined_later(
    picture: Picture, known: VisibleEntry, acts: Iterable[VisibleEntry]
) -> Iterator[tuple[date, VisibleEntry]]:
    """The acts in which others may have to join, each with the later days on which it may take
    effect for that: when one of them accepts it, leaves a mutual commitment, or is succeeded.
    """
    aims = {known.id, known.commitment.instrument}
    of_others = {turn.day for turn in sides(picture, known).later if picture.has_come(turn.day)}
    waiting = list[VisibleEntry]()
    for act in acts:
        kinds = {relation.kind for relation in act.relations if relation.target in aims}
        if kinds & AWAITING_OTHERS:
            waiting.append(act)
        if known.commitment.mutual and RelationKind.CANCELS in kinds:
            of_others.update(moving_days(picture, act))
    for act in looking(waiting):
        accepted = {
            source.day
            for source, relation in picture.relations_to(act.id)
            if relation.kind is RelationKind.ACCEPTS and source.is_act
        }
        first = max(act.day, known.day)
        yield from ((day, act) for day in of_others | accepted if day > first)


def _is_bound_up(picture: Picture, known: VisibleEntry, others: _Others) -> bool:
    """Whether a commitment depends on any other one, or another one on it."""
    tied_to = (others.leads_to | others.replaces) - {known.id}
    if any(map(picture.commitment, tied_to)):
        return True
    return any(each != known.id for each in dependents_by_terms(picture, known))


def _add_event(picture: Picture, event: VisibleEntry, found: _Found) -> None:
    found.events.add(event.id)
    found.note(event)
    _add_evidence(picture, event, found)


def _add_acts(picture: Picture, acts: Iterable[str], found: _Found) -> None:
    found.events.update(acts)
    for each in acts:
        found.note(picture.act(each))


def _add_evidence(picture: Picture, source: VisibleEntry, found: _Found) -> None:
    if source.is_act:
        beside = set[str]()
        add_grounds(picture, source, RestsOn(beside, found.checks))
        if beside:
            _add_acts(picture, beside, found)


def _add_reversing(picture: Picture, same: SameEvent, found: _Found) -> None:
    """Adds what takes back an event, told by any of its acts."""
    for each in same.acts if same.is_reversed else ():
        for source, relation in picture.relations_to(each):
            if relation.kind is RelationKind.REVERSES:
                _add_event(picture, source, found)


def _add_about_move(
    picture: Picture, act: VisibleEntry, relation: Relation, found: _Found
) -> None:
    """Adds what withdraws an announced move, what accepts one that others must agree to, and
    to what a suspension responds.
    """
    suspends = relation.kind is RelationKind.SUSPENDS
    for source, tie in picture.relations_to(act.id):
        accepts = relation.kind in AGREED and tie.kind is RelationKind.ACCEPTS
        if accepts or (relation.takes_effect and tie.kind is RelationKind.WITHDRAWS):
            _add_event(picture, source, found)
    for tie in act.relations if suspends else ():
        if tie.kind is RelationKind.RESPONDS_TO and (answered := picture.act(tie.target)):
            _add_event(picture, answered, found)


def _add_instrument(picture: Picture, known: VisibleEntry, found: _Found) -> None:
    """Adds the acts that are aimed at the instrument of a commitment and concern it, and the
    instrument where there are any, or where its terms tell whether the commitment was left
    lawfully.
    """
    named = known.commitment.instrument
    if not named or not picture.instrument(named):
        return
    bond = bond_of(picture, known)
    if bond and through(picture, bond).moves:
        find = partial(_of_moves_through, picture, bond)
        through_it = picture.memoised("grounds through instrument", bond, find)
        found.add(through_it)
        found.is_ordered |= through_it.is_ordered
        found.events.add(named)
        return
    cancels = (r.kind is RelationKind.CANCELS for _, r in picture.relations_to(known.id))
    if known.commitment.withdrawal is None and any(cancels):
        found.events.add(named)


def _add_taking_back(picture: Picture, act: VisibleEntry, found: _Found) -> None:
    """Adds what takes back an act for which a commitment waits, and what ties that to it."""
    same = tied(picture, act)
    if same.is_reversed:
        _add_acts(picture, same.acts, found)
        _add_reversing(picture, same, found)


def _of_moves_through(picture: Picture, bond: Bond) -> _Found:
    found = _Found(set(), set())
    for made in through(picture, bond).moves:
        _add_event(picture, made.act, found)
        _add_about_move(picture, made.act, made.relation, found)
    return found


def _add_awaited(picture: Picture, known: VisibleEntry, found: _Found) -> None:
    """Adds the acts that the terms of a commitment name, and what takes them back."""
    for leaf in (*known.leaves, *known.until_leaves):
        if isinstance(leaf, ActOccurred) and (act := picture.act(leaf.act)):
            _add_event(picture, act, found)
            _add_taking_back(picture, act, found)
    after = known.commitment.due_after
    if after and after.act and (act := picture.act(after.act)):
        _add_event(picture, act, found)
