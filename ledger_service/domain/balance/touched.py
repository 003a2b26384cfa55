"""What may differ between two pictures, found without looking at anything else: the entries that
they may show otherwise (see `candidates`), then what rests on these, in turn, as the rules of
standings and balances look at one entry from another. Too much may be found, never too little.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import date

from ledger_service.domain.balance.candidates import Candidates, candidates, histories_of
from ledger_service.domain.balance.entry_changes import known_to
from ledger_service.domain.lifecycle.elsewhere import BESIDE, behind_an_act
from ledger_service.domain.lifecycle.moves import FOLLOWING, followed
from ledger_service.domain.lifecycle.neutrality import MOVES_OF_INSTRUMENTS
from ledger_service.domain.lifecycle.statements import KNOWLEDGE
from ledger_service.domain.picture.picture import Picture
from ledger_service.domain.picture.successions import predecessors
from ledger_service.domain.picture.ties import PartyTies
from ledger_service.domain.picture.visible_entry import VisibleEntry
from ledger_service.domain.values.entries import (
    Act,
    Commitment,
    Instrument,
    Party,
    Relation,
    RelationKind,
)
from ledger_service.domain.values.stopping import looking

#: Relations that do nothing to their target.
_IDLE = frozenset(
    {
        RelationKind.FOLLOWS,
        RelationKind.RESPONDS_TO,
        RelationKind.IN_EXCHANGE_FOR,
        RelationKind.PART_OF,
        RelationKind.REFERS_TO,
    }
)
#: Relations whose source depends on their target: what is the same event or contradicts it, and
#: what moves something by way of it.
_BESIDE = frozenset(
    {
        RelationKind.SAME_AS,
        RelationKind.CONTRADICTS,
        RelationKind.ACCEPTS,
        RelationKind.REVERSES,
        RelationKind.WITHDRAWS,
    }
)
#: What takes back an act, or is the same as one that may be taken back.
_UNDOES = frozenset({RelationKind.REVERSES, RelationKind.SAME_AS})


@dataclass(frozen=True)
class Touched:
    """Entries that may be seen otherwise, commitments that may stand otherwise, and acts that
    may count otherwise in a balance.
    """

    entries: Collection[str] = field(default_factory=set)
    commitments: Collection[str] = field(default_factory=set)
    acts: Collection[str] = field(default_factory=set)


def everything(before: Picture, after: Picture) -> Touched:
    """All entries of two pictures."""
    histories = before.history, after.history
    acts = {i for history in histories for i in history.acts()}
    commitments = {i for history in histories for i in history.commitments()}
    instruments = {i for history in histories for i in history.instruments()}
    return Touched(acts | commitments | instruments, commitments, acts)


def touched(before: Picture, after: Picture, seeds: Candidates | None = None) -> Touched:
    """What may differ between two pictures, of which the candidates are found unless they are
    given. Everything, where they read interval dates in two ways, or where parties became
    others than they were: one party, a body, or a successor.
    """
    if before.policy is not after.policy:
        return everything(before, after)
    search = _Search(before, after, seeds or candidates(before, after))
    return search.found if search.run() else everything(before, after)


class _Search:
    def __init__(self, before: Picture, after: Picture, seeds: Candidates) -> None:
        self._pictures = before, after
        self._histories = histories_of(before, after)
        self._seeds = seeds
        self._entries = set[str]()
        self._acts = set[str]()
        self._commitments = set[str]()
        self._beside = set[str]()
        self._known: dict[str, tuple[VisibleEntry | None, VisibleEntry | None]] = {}
        self._last: dict[str, date] = {}
        #: The candidates at which the search begins, and whether they are seen otherwise.
        self._differing: list[tuple[str, bool]] = []
        #: What was found, and has still to be looked at for what rests on it.
        self._waiting: list[str] = []

    @property
    def found(self) -> Touched:
        return Touched(self._entries, self._commitments, self._acts | self._beside)

    def run(self) -> bool:
        """Whether all that may differ was found: not where parties became others."""
        for entry_id in self._looked_up(self._seeds.of_type(Party)):
            if not self._party(entry_id):
                return False
        for entry_id in self._looked_up(self._seeds.earliest):
            self._entry(entry_id, moved=entry_id in self._seeds.moved)
        self._spread()
        return True

    def _looked_up(self, entries: Iterable[str]) -> Iterator[str]:
        return self._pictures[1].looked_up(looking(entries))

    def _party(self, party: str) -> bool:
        """Notes what rests on the ties of a party, if these are the same on both sides, but
        for successions that begin between the two days. False where they are not.
        """
        then, now = (picture.parties.ties(party) for picture in self._pictures)
        if then != now:
            is_new = any(not p.history.versions(party) for p in self._pictures)
            return is_new and _only_represents(then) and _only_represents(now)
        first, last = sorted(picture.as_of for picture in self._pictures)
        for tie in now.succeeds:
            if first < tie.from_day <= last:
                self._succeeded(tie.predecessor)
        return True

    def _succeeded(self, party: str) -> None:
        for picture in self._pictures:
            parties = picture.parties
            line = {party, parties.one(party)}
            for each in tuple(line):
                line.update(predecessors(parties, each, picture.as_of))
            for each in line:
                for found in picture.history.commitments(parties.members(each)):
                    self._commitment(found)

    def _entry(self, entry_id: str, *, moved: bool) -> None:
        then, now = self._of_both(entry_id)
        if then is None and now is None:
            return
        differs = then != now or then is None or now is None
        if not differs and then is not None:
            differs = any(
                len({picture.has_come(day) for picture in self._pictures}) > 1
                for day in {then.since, then.day, then.span.last, then.span.earliest}
            )
        if differs:
            self._entries.add(entry_id)
            self._differing.append((entry_id, True))
        elif moved:
            self._differing.append((entry_id, False))

    def _spread(self) -> None:
        for entry_id, is_other in looking(self._differing):
            self._reach(entry_id)
            if is_other:
                self._reach_about(entry_id)
        for entry_id in looking(self._waiting):
            self._spread_from(entry_id)

    def _reach(self, entry_id: str) -> None:
        """Notes an entry of which something differs."""
        for type_ in self._types(entry_id):
            if type_ is Act:
                self._act(entry_id)
            elif type_ is Commitment:
                self._commitment(entry_id)
            elif type_ is Instrument:
                self._under(entry_id)

    def _reach_about(self, entry_id: str) -> None:
        """Notes the acts that say or do something about an entry which is another one: how
        they are judged depends on who is on its sides. So does what is said about these.
        """
        about = {entry_id}
        for known in self._seen(entry_id):
            if known.is_commitment and known.commitment.instrument:
                about.add(known.commitment.instrument)
        for each in about:
            for source in self._sources(each):
                if each != entry_id and not self._aims(source, each):
                    continue
                if self._is_act(source):
                    self._act(source)
                    for beside in self._sources(source):
                        if self._is_act(beside):
                            self._act(beside)

    def _act(self, act_id: str) -> None:
        if act_id not in self._acts:
            self._acts.add(act_id)
            self._waiting.append(act_id)

    def _commitment(self, commitment_id: str) -> None:
        if commitment_id not in self._commitments:
            self._commitments.add(commitment_id)
            self._waiting.append(commitment_id)

    def _under(self, instrument: str) -> None:
        for picture in self._pictures:
            for each in picture.under(instrument):
                self._commitment(each.id)

    def _spread_from(self, entry_id: str) -> None:
        if entry_id in self._acts:
            self._from_act(entry_id)
        if entry_id in self._commitments:
            self._from_commitment(entry_id)

    def _from_act(self, act_id: str) -> None:
        for known in self._seen(act_id):
            for relation in known.relations:
                if relation.kind not in _IDLE:
                    self._through(relation.kind, relation.target)
        behind = self._last_behind(act_id)
        for source in self._sources(act_id):
            for known in self._seen(source):
                if known.is_commitment:
                    self._commitment(source)
                    continue
                kinds = {r.kind for r in known.relations_to(act_id)}
                suspends = any(r.kind is RelationKind.SUSPENDS for r in known.relations)
                if kinds & _BESIDE or (suspends and kinds & FOLLOWING):
                    self._act(source)
        if behind is not None:
            self._followers(act_id, behind)

    def _through(self, kind: RelationKind, target: str) -> None:
        for type_ in self._types(target):
            if type_ is Act:
                self._act(target)
            elif type_ is Commitment:
                self._commitment(target)
                if kind in KNOWLEDGE:
                    # What is said about it touches whatever fulfils it.
                    for source in self._sources(target):
                        if self._is_act(source):
                            self._act(source)
            elif type_ is Instrument and kind in MOVES_OF_INSTRUMENTS:
                self._under(target)

    def _followers(self, act_id: str, last: date) -> None:
        """Notes the acts that follow one in turn, as far as they may do something by the last
        day on which it does, or something that it follows.
        """
        waiting, passed = [act_id], {act_id}
        for each in looking(waiting):
            for source in self._sources(each):
                seen = self._seen(source)
                follows = any(
                    relation.kind in FOLLOWING
                    for known in seen
                    if known.is_act
                    for relation in known.relations_to(each)
                )
                if follows and source not in passed:
                    passed.add(source)
                    waiting.append(source)
                    if min(known.span.earliest for known in seen) <= last:
                        self._act(source)

    def _last_behind(self, act_id: str) -> date | None:
        """A day after which neither an act nor any that it follows, in turn, moves anything."""
        waiting, passed, last = [act_id], {act_id}, list[date]()
        for each in looking(waiting):
            if each in self._last:
                last.append(self._last[each])
                continue
            last += filter(None, (self._last_day(each),))
            new = {i for known in self._seen(each) if known.is_act for i in followed(known)}
            waiting += new - passed
            passed |= new
        if not last:
            return None
        return self._last.setdefault(act_id, max(last))

    def _last_day(self, act_id: str) -> date | None:
        """A day after which an act moves nothing."""
        last = None
        for known in self._seen(act_id):
            days = [known.span.last]
            for relation in known.relations:
                days += filter(None, (relation.takes_effect,))
                days += (target.day for target in self._seen(relation.target))
                days += self._days_by_way_of(relation)
            last = max(filter(None, (last, *days)))
        return last

    def _days_by_way_of(self, relation: Relation) -> Iterator[date]:
        """The first days of what is moved by way of the act at which a relation is aimed."""
        if relation.kind in BESIDE and self._is_act(relation.target):
            for picture in self._pictures:
                yield from (aim.day for aim in behind_an_act(picture, relation))

    def _from_commitment(self, commitment_id: str) -> None:
        for known in self._seen(commitment_id):
            for relation in known.relations:
                if Commitment in self._types(relation.target):
                    self._commitment(relation.target)
        for source in self._sources(commitment_id):
            for known in self._seen(source):
                if known.is_commitment:
                    self._commitment(source)
                elif known.is_act:
                    self._from_deed(known, commitment_id)

    def _from_deed(self, deed: VisibleEntry, commitment_id: str) -> None:
        """Notes what an act about a commitment does elsewhere because of where that stands."""
        kinds = {relation.kind for relation in deed.relations_to(commitment_id)}
        if RelationKind.FULFILS in kinds:
            self._beside.add(deed.id)
            if self._may_be_undone(deed):
                self._act(deed.id)  # who has left the commitment tells by whom
        if RelationKind.BREACHES in kinds:
            for source in self._sources(deed.id):
                for known in self._seen(source):
                    if known.is_act and any(
                        relation.kind is RelationKind.RESPONDS_TO
                        for relation in known.relations_to(deed.id)
                    ):
                        self._act(source)

    def _may_be_undone(self, deed: VisibleEntry) -> bool:
        return any(relation.kind in _UNDOES for relation in deed.relations) or any(
            relation.kind in _UNDOES
            for source in self._sources(deed.id)
            for known in self._seen(source)
            for relation in known.relations_to(deed.id)
        )

    def _types(self, entry_id: str) -> AbstractSet[type]:
        """The type of an entry; two, where something else of the same id is supposed on either
        side.
        """
        told = (history.versions(entry_id) for history in self._histories)
        return {type(versions[0].state) for versions in told if versions}

    def _is_act(self, entry_id: str) -> bool:
        return Act in self._types(entry_id)

    def _seen(self, entry_id: str) -> list[VisibleEntry]:
        """What either side knows of an entry."""
        then, now = self._of_both(entry_id)
        if then is now or now is None:
            return [then] if then else []
        return [now] if then is None else [then, now]

    def _of_both(self, entry_id: str) -> tuple[VisibleEntry | None, VisibleEntry | None]:
        found = self._known.get(entry_id)
        if found is None:
            before, after = self._pictures
            found = known_to(before, entry_id), known_to(after, entry_id)
            self._known[entry_id] = found
        return found

    def _aims(self, source: str, instrument: str) -> bool:
        return any(
            relation.kind in MOVES_OF_INSTRUMENTS
            for known in self._seen(source)
            for relation in known.relations_to(instrument)
        )

    def _sources(self, target: str) -> Iterable[str]:
        if len(self._histories) == 1:
            return self._histories[0].sources(target)
        return {i for history in self._histories for i in history.sources(target)}


def _only_represents(ties: PartyTies) -> bool:
    return not (ties.same or ties.succeeds or ties.succeeded_by or ties.composed_of)
