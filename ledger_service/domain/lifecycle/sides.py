"""The sides of a commitment on each day, and whose word a piece of evidence is.

A side is a set of principals: those for whom the named parties stood on the commitment's own
day, for good, and from a succession's day on the successors beside them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date

from ledger_service.domain.lifecycle.interest import Interest, interest
from ledger_service.domain.picture import bodies
from ledger_service.domain.picture.picture import Picture
from ledger_service.domain.picture.successions import Turn, side, turns
from ledger_service.domain.picture.visible_entry import VisibleEntry
from ledger_service.domain.values.answers import HeldBy
from ledger_service.domain.values.entries import ActKind, Evidence, Mandate

#: The voice of a publisher. It differs from every party and is on nobody's side.
PUBLISHER = ""
_PUBLISHED = frozenset({PUBLISHER})

#: Acts that consist of words: their voice is their actor's.
SPOKEN = frozenset(
    {
        ActKind.DENIAL,
        ActKind.CLAIM,
        ActKind.DEMAND,
        ActKind.REFUSAL,
        ActKind.THREAT,
        ActKind.STATEMENT,
        ActKind.ASSESSMENT,
        ActKind.EXPECTATION,
    }
)

_NOBODY: Mapping[str, date] = {}


@dataclass(frozen=True)
class Sides:
    """The principals that owe, and those that are owed; in a mutual commitment all are both.
    `interested` are all who are not neutral toward it. `later` are the successions behind the
    commitment's own day that concern it, in the order in which they apply.
    """

    debtors: frozenset[str]
    creditors: frozenset[str]
    mutual: bool
    interested: Interest
    later: tuple[Turn, ...] = ()

    @property
    def all(self) -> frozenset[str]:
        return self.debtors | self.creditors

    def on(self, day: date, left: Mapping[str, date] = _NOBODY) -> Sides:
        """The sides on a day: who succeeded somebody by then stands beside it, unless that one
        had `left` before. Must be asked of the sides at the beginning.
        """
        if not self.later or day < self.later[0].day:
            return self
        return self._of(
            side(self.debtors, self.later, day, left).standing,
            side(self.creditors, self.later, day, left).standing,
        )

    def for_good(self, day: date, left: Mapping[str, date]) -> Sides:
        """Who stands on each side on a day, those who `left` among them, but without those who
        succeeded them later: who left owes nothing more, and is owed what it was where the
        commitment is not mutual.
        """
        found, remain = self.on(day), self.on(day, left)
        creditors = remain.creditors if self.mutual else found.creditors
        return replace(remain, creditors=creditors, later=())

    def held(self, day: date, left: Mapping[str, date] = _NOBODY) -> Sides:
        """Who holds each side on a day: predecessors replaced by their successors unless they
        continue, without those who `left`, each on its day. Of a commitment that ended, the
        day of its end tells who held it last. Must be asked of the sides at the beginning.
        """
        if not left and (not self.later or day < self.later[0].day):
            return self
        if not self.later:
            gone = frozenset([party for party, since in left.items() if since <= day])
            return self._of(self.debtors - gone, self.creditors - gone)
        return self._of(
            side(self.debtors, self.later, day, left).holding,
            side(self.creditors, self.later, day, left).holding,
        )

    def lacking(
        self,
        named: frozenset[str],
        joined: Mapping[str, Iterable[date]],
        day: date,
        left: Mapping[str, date] = _NOBODY,
    ) -> frozenset[str]:
        """Those of some parties of the beginning for whose part somebody is missing on a day
        among all who `joined` in something, each on some days: who holds the part did not, nor a
        predecessor there before it was succeeded. What one joins in counts for the parts for
        which it stood then. Who `left` is not needed, unless nobody remains.
        """
        if not self.later:
            if left:
                gone = frozenset([party for party, since in left.items() if since <= day])
                named = (named - gone) or named
            return named - joined.keys()
        if left and not side(named, self.later, day, left).holding:
            left = _NOBODY
        return frozenset([p for p in named if self._is_lacking(p, joined, day, left)])

    def _is_lacking(
        self,
        party: str,
        joined: Mapping[str, Iterable[date]],
        day: date,
        left: Mapping[str, date],
    ) -> bool:
        gone = dict(left)
        for each, days in joined.items():
            for since in days:
                if each in self.line(party, since):
                    gone[each] = min(since, gone.get(each, since))
        return bool(side(frozenset({party}), self.later, day, gone).holding)

    def newly(
        self, joined: Mapping[str, Collection[date]], parties: frozenset[str], day: date
    ) -> frozenset[str]:
        """Those of some parties whose word on a day counts for a part of a side for which none
        counts of those that they gave when they `joined`. A word may be heard after a later
        one, as a notice is on the day on which it takes effect.
        """
        new = parties - joined.keys()
        if self.later and new != parties:
            new |= {each for each in parties - new if self._adds(each, joined[each], day)}
        return new

    def _adds(self, party: str, days: Collection[date], day: date) -> bool:
        for named in self.all:
            if party not in self.line(named, day):
                continue
            counted = [each for each in days if party in self.line(named, each)]
            if not counted or self._is_succeeded(party, day, min(counted)):
                return True
        return False

    def _is_succeeded(self, party: str, after: date, by: date) -> bool:
        """Whether a party has successors since a day that is later than one, and not than the
        other: then what it said on the first counts for these too.
        """
        return any(turn.predecessor == party and after < turn.day <= by for turn in self.later)

    def _of(self, debtors: frozenset[str], creditors: frozenset[str]) -> Sides:
        return Sides(debtors, creditors, self.mutual, self.interested, self.later)

    def line(self, party: str, day: date) -> frozenset[str]:
        """A party of a side and those who succeeded it there by a day, in turn."""
        return side(frozenset({party}), self.later, day).standing

    @property
    def are_one_party(self) -> bool:
        """Whether both sides are one and the same party."""
        return len(self.debtors) == 1 and self.debtors == self.creditors

    @property
    def as_holders(self) -> HeldBy:
        """The sides as an answer names them."""
        return HeldBy(tuple(sorted(self.debtors)), tuple(sorted(self.creditors)))


def sides(picture: Picture, commitment: VisibleEntry) -> Sides:
    """Both sides of a commitment at its beginning, as principals on its effective day. Those
    of a later day are `sides(...).on(day)`, and who holds them `sides(...).held(day)`.
    """
    return picture.memoised_of("sides", commitment, _sides)


def _sides(picture: Picture, commitment: VisibleEntry) -> Sides:
    terms = commitment.commitment
    parties, day = picture.parties, commitment.day
    debtors = parties.principals(terms.debtors, day)
    creditors = parties.principals(terms.creditors, day)
    interested = interest(parties, terms.debtors + terms.creditors, day)
    # Whoever succeeds a side concerns those who are interested in it too.
    later = turns(parties, debtors | creditors, after=day) if interested.succeeded else ()
    return Sides(debtors, creditors, terms.mutual, interested, later)


def actors(picture: Picture, act: VisibleEntry) -> frozenset[str]:
    """The principals of all actors of an act, on its day."""
    return picture.parties.principals(act.act.actors, act.day)


def mandated_actors(picture: Picture, act: VisibleEntry, move: Mandate) -> frozenset[str]:
    """The principals for whom an actor with the mandate for a move did the act."""
    return frozenset(
        picture.parties.principal(actor, act.day)
        for actor in act.act.actors
        if picture.parties.mandated(actor, act.day, move)
    )


def speakers(picture: Picture, entry: VisibleEntry) -> frozenset[str]:
    """The principals whose word an entry is: the actors of an act, the makers of a promise, the
    participants of an instrument; of a body its members.
    """
    return voices(picture, entry, authors(entry))


def everybody_related(picture: Picture, entry: VisibleEntry) -> frozenset[str]:
    """Those who speak in an entry, everybody for whom they stand on its day, and the members
    and the bodies of these: who is not neutral where one of them is on a side.
    """
    return bodies.related(picture.parties, authors(entry), entry.day)


def authors(entry: VisibleEntry) -> tuple[str, ...]:
    """Those who did an act, made a promise, or take part in an instrument."""
    if entry.is_act:
        return entry.act.actors
    return makers(entry) if entry.is_commitment else entry.instrument.participants


def makers(commitment: VisibleEntry) -> tuple[str, ...]:
    """The parties that made the promise: the debtors, unless others are named."""
    terms = commitment.commitment
    return terms.made_by or terms.debtors


def voices(picture: Picture, entry: VisibleEntry, parties: Iterable[str]) -> frozenset[str]:
    """The principals whose word the word of some parties is on the day of an entry."""
    told = (bodies.voices(picture.parties, party, entry.day) for party in parties)
    return frozenset().union(*told)


def tellers(picture: Picture, entry: VisibleEntry, evidence: Evidence) -> frozenset[str]:
    """The principals whose word a piece of evidence is, or PUBLISHER alone."""
    if not evidence.asserted_by:
        return _PUBLISHED
    return voices(picture, entry, (evidence.asserted_by,))


def all_told_against(
    picture: Picture, entry: VisibleEntry, movers: frozenset[str], parties: Sides
) -> bool:
    """Whether all visible evidence on a move, made or attempted, is the word of the other side
    alone: of principals who do not also speak for the movers' own side. The word of a body is
    its members'; where a debtor is one of them, it is the debtor's.
    """
    own, theirs = _both_sides(movers, parties)
    debtors = movers if parties.mutual else parties.debtors
    return all_told_by(picture, entry, theirs, own, debtors)


def all_told_by(
    picture: Picture,
    entry: VisibleEntry,
    theirs: frozenset[str],
    own: frozenset[str],
    debtors: frozenset[str],
) -> bool:
    """Whether all visible evidence on an entry is the word of one side alone, and not of the
    other, `own`. The word of a body with a debtor among its members is the debtor's.
    """
    for e in entry.evidence:
        if not e.asserted_by:
            return False
    return all(
        _told_against(picture, entry, e.asserted_by, (own, theirs, debtors))
        for e in entry.evidence
    )


def _told_against(
    picture: Picture,
    entry: VisibleEntry,
    teller: str,
    sides_: tuple[frozenset[str], frozenset[str], frozenset[str]],
) -> bool:
    own, theirs, debtors = sides_
    if picture.parties.backs(teller, entry.day, own):
        return False
    if picture.parties.backs(teller, entry.day, theirs):
        return True
    word = bodies.with_members(picture.parties, (teller,), entry.day)
    if not word.isdisjoint(debtors):
        return own.isdisjoint(debtors)
    return not word.isdisjoint(theirs) and word.isdisjoint(own)


def doers(
    picture: Picture, entry: VisibleEntry, side: frozenset[str], move: Mandate | None = None
) -> frozenset[str]:
    """The principals of a side for whom an entry was done or said on its day; with `move`, by
    somebody with the mandate for it.
    """
    by, backs = authors(entry), picture.parties.backs
    if len(by) == 1:
        return backs(by[0], entry.day, side, move)
    return frozenset().union(*[backs(each, entry.day, side, move) for each in by])


def _both_sides(
    movers: frozenset[str], parties: Sides
) -> tuple[frozenset[str], frozenset[str]]:
    """The side of the movers, and the other side; in a mutual commitment the other side is
    everybody else.
    """
    if parties.mutual:
        return movers, parties.all - movers
    if movers & parties.debtors:
        return movers | parties.debtors, parties.creditors
    return movers | parties.creditors, parties.debtors


def own_words(picture: Picture, commitment: VisibleEntry, parties: Sides) -> frozenset[str]:
    """The debtors whose own word, given with a mandate, is among the evidence on a commitment."""
    day, side = commitment.day, parties.debtors
    backs = picture.parties.backs
    told = (
        backs(e.asserted_by, day, side, Mandate.PROMISE)
        for e in commitment.evidence
        if e.asserted_by
    )
    return frozenset().union(*told)


def confirmed(picture: Picture, act: VisibleEntry, parties: Sides) -> frozenset[str]:
    """The debtors whose word an act is that asserts or verifies their promise; nobody when
    only the other side tells of it.
    """
    said = doers(picture, act, parties.debtors, Mandate.PROMISE)
    told = said and not all_told_against(picture, act, said, parties)
    return said if told else frozenset()
