"""Counts what a list finds, by each value of some facets: from what is kept of all entries as far
as that tells it, without looking at each; the others are looked at and not kept.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ledger_service.application import finding
from ledger_service.application.facets import OF_ACTS, OF_COMMITMENTS, OF_INSTRUMENTS, Tally
from ledger_service.application.listing import LazyList
from ledger_service.domain.lifecycle.brief import are_kept
from ledger_service.domain.picture.picture import Picture
from ledger_service.domain.picture.visible_entry import VisibleEntry
from ledger_service.domain.values.filters import (
    ActFilter,
    CommitmentFilter,
    Counts,
    Facet,
    InstrumentFilter,
)

#: What the facts of commitments tell.
_BY_FACTS = frozenset({Facet.LIFECYCLE, Facet.FLAG, Facet.YEAR})


def counts(
    picture: Picture,
    asked: CommitmentFilter | ActFilter | InstrumentFilter,
    facets: Sequence[Facet],
) -> Counts:
    """How many entries a list has, and how often each value of some facets is found among
    them.
    """
    tally = Tally(facets)
    match asked:
        case CommitmentFilter():
            if _are_told_by_facts(asked, facets) and are_kept(picture):
                tally.add_facts(each.fact for each in finding.by_facts(picture, asked))
            else:
                tally.add(picture, _each(finding.commitments(picture, asked)), OF_COMMITMENTS)
        case ActFilter():
            tally.add(picture, _each(finding.acts(picture, asked)), OF_ACTS)
        case InstrumentFilter():
            tally.add(picture, _each(finding.instruments(picture, asked)), OF_INSTRUMENTS)
    return tally.counts


def _are_told_by_facts(asked: CommitmentFilter, facets: Iterable[Facet]) -> bool:
    return finding.is_told_by_facts(asked) and _BY_FACTS.issuperset(facets)


def _each(found: Sequence[VisibleEntry]) -> Iterable[VisibleEntry]:
    """The entries of a list, which are very many where it is drawn as it is looked at: these
    are not kept.
    """
    return found.anew() if isinstance(found, LazyList | finding.LookedUp) else found
