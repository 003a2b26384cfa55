"""Tells acts and commitments of which there is nothing to find out apart from all others, by
where they stand and by what points at them.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from itertools import chain
from operator import attrgetter

from msgspec.structs import replace

from ledger_service.domain.picture.memo import END
from ledger_service.domain.picture.plain_acts import PlainAct, plain_act
from ledger_service.domain.picture.plain_commitments import PlainCommitment, plain_commitment
from ledger_service.domain.values.entries import Act, RelationKind, Version
from ledger_service.domain.values.stopping import looking
from ledger_service.persistence.records import Told
from ledger_service.projections.memory import Between, Plain
from ledger_service.projections.places import EntryPositions

#: So many are looked at together.
_TOGETHER = 500


class PlainEntries:
    """`places` tells where entries stand, and `told` what was recorded at some positions."""

    def __init__(
        self,
        places: Callable[[list[str]], Mapping[str, EntryPositions]],
        told: Callable[[Sequence[int]], Mapping[int, Told]],
    ) -> None:
        self._places = places
        self._told = told

    def acts(self, entries: list[str]) -> dict[str, PlainAct]:
        """Those of some acts that are plain at some positions. What fulfils a commitment is
        plain as long as that is.
        """
        alone = self._acts_alone(entries)
        promised = self.commitments(list({act.fulfils for act in alone.values()} - {""}))
        found = dict[str, PlainAct]()
        for each, act in alone.items():
            if not act.fulfils:
                found[each] = act
            elif promise := promised.get(act.fulfils):
                end = min(act.end, promise.end)
                if act.first < end:
                    found[each] = replace(act, end=end)
        return found

    def commitments(self, entries: list[str]) -> dict[str, PlainCommitment]:
        """Those of some commitments that are plain at some positions."""
        found = dict[str, PlainCommitment]()
        for some in _chunks(entries):
            placed = self._places(some)
            pointing = dict.fromkeys(s for each in placed.values() for s, _ in each.sources)
            acts = self._acts_alone(list(pointing))
            for each, version in self._firsts(placed):
                end = min(placed[each].versions[1:2], default=END)
                deeds = list[PlainAct]()
                for source, since in placed[each].sources:
                    act = acts.get(source)
                    if act is not None and act.fulfils == each and act.first == since:
                        deeds.append(act)
                    else:
                        end = min(end, since)
                if plain := plain_commitment(version, deeds, end):
                    found[each] = plain
        return found

    def stale(self, touched: Collection[str]) -> AbstractSet[str]:
        """The entries of which it may be told otherwise since some were touched: these, and
        the commitments that they fulfil.
        """
        found = set(touched)
        for some in _chunks(list(touched)):
            for _, version in self._firsts(self._places(some)):
                if isinstance(version.state, Act):
                    found.update(
                        relation.target
                        for relation in version.state.relations
                        if relation.kind is RelationKind.FULFILS
                    )
        return found

    def _acts_alone(self, entries: list[str]) -> dict[str, PlainAct]:
        """Those of some acts that are plain if the commitments that they fulfil are."""
        found = dict[str, PlainAct]()
        for some in _chunks(entries):
            placed = self._places(some)
            for each, version in self._firsts(placed):
                if act := plain_act(version, _first_change(placed[each])):
                    found[each] = act
        return found

    def _firsts(self, placed: Mapping[str, EntryPositions]) -> Iterator[tuple[str, Version]]:
        """The first version of each of some entries."""
        there = {each: stands.versions[0] for each, stands in placed.items() if stands.versions}
        told = self._told(list(there.values()))
        for each, position in looking(there.items()):
            version = told[position]
            if isinstance(version, Version):
                yield each, version


def told_apart(
    since: Mapping[str, int],
    before: Between[Plain] | None,
    stale: AbstractSet[str],
    upto: int,
    find: Callable[[list[str]], Mapping[str, Plain]],
) -> Between[Plain]:
    """The plain ones among some entries, of which each is asked about since a position, and the
    others. Those that were told apart `before`, and are not `stale`, are what they were.
    """
    plain, others = list[Plain](), list[tuple[str, int]]()
    if before is not None:
        was_plain: Sequence[Plain] = before.plain
        gone = {*stale, *(each.id for each in was_plain if each.fulfils in stale)}
        plain = [each for each in was_plain if each.id not in gone]
        others = [each for each in before.others if each[0] not in gone]
    known = {each.id for each in plain}.union(entry for entry, _ in others)
    missing = [entry for entry in since if entry not in known]
    found = find(missing)
    for entry in looking(missing):
        each = found.get(entry)
        if each is None or each.first != since[entry]:
            others.append((entry, since[entry]))
            continue
        plain.append(each)
        if each.end < END:
            others.append((entry, each.end))
    plain.sort(key=attrgetter("order"))
    all_since = max([each.first for each in plain], default=0)
    any_until = min([each.end for each in plain], default=END)
    return Between(upto, plain, others, all_since, any_until)


def _first_change(placed: EntryPositions) -> int:
    """The position at which an entry got a second version, or something began to point at it;
    END if that did not happen.
    """
    changes = chain(placed.versions[1:2], (since for _, since in placed.sources[:1]))
    return min(changes, default=END)


def _chunks(entries: list[str]) -> Iterator[list[str]]:
    for start in range(0, len(entries), _TOGETHER):
        yield entries[start : start + _TOGETHER]
