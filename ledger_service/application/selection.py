"""Selects the entries that belong to a part of a ledger: to a commitment, or to dealings
between two parties. The parties and reports that they name are included, so that the selection
can be read by itself.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from ledger_service.application.not_there import none_of_type, refuse
from ledger_service.domain.checks.references import Reference, references
from ledger_service.domain.picture.history import History
from ledger_service.domain.picture.parties import Parties
from ledger_service.domain.values.commands import NewEntry, RecordCommand
from ledger_service.domain.values.entries import (
    Act,
    Commitment,
    Instrument,
    Party,
    Report,
    State,
    Version,
)
from ledger_service.domain.values.stopping import looking


def about(history: History, commitment: str) -> set[str]:
    """A commitment, the entries that relate to it, and those to which it relates, with what
    was aimed at its instrument. Raises EntryNotFound.
    """
    states = [s for s in _states(history, commitment) if isinstance(s, Commitment)]
    if not states:
        raise none_of_type(commitment, Commitment)
    found = {commitment, *history.sources(commitment)}
    found |= {each.id for each in _references(history, commitment) if _is_event(history, each)}
    for instrument in {state.instrument for state in states} - {""}:
        found |= {s for s in history.sources(instrument) if _aims_at(history, s, instrument)}
    return _with_context(history, found)


def between(history: History, party_a: str, party_b: str) -> set[str]:
    """All acts, commitments and instruments with a version that ties two parties to one
    another, or parties that ever stood for these. Raises EntryNotFound.
    """
    refuse(
        none_of_type(party, Party)
        for party in (party_a, party_b)
        if not any(isinstance(state, Party) for state in _states(history, party))
    )
    parties = Parties(history)
    sides = parties.members(party_a), parties.members(party_b)
    among = sides[0] | sides[1]
    candidates = (*history.acts(among), *history.commitments(among), *history.instruments())
    history.expect(candidates)
    found = {each for each in looking(candidates) if _ties(history, each, sides)}
    return _with_context(history, {party_a, party_b, *found})


def positions(history: History, entries: Iterable[str]) -> set[int]:
    """The positions of all versions of some entries."""
    return {version.position for each in looking(entries) for version in history.versions(each)}


def _ties(history: History, entry_id: str, sides: Collection[Collection[str]]) -> bool:
    for state in _states(history, entry_id):
        if isinstance(state, Act):
            involved = {*state.actors, *state.counterparties}
        elif isinstance(state, Commitment):
            involved = {*state.debtors, *state.creditors}
        elif isinstance(state, Instrument):
            involved = {*state.participants, *state.third_parties}
        else:
            continue
        if all(involved.intersection(side) for side in sides):
            return True
    return False


def _with_context(history: History, entries: set[str]) -> set[str]:
    """The entries with the parties and reports that they name, and with those whom these
    parties represent.
    """
    found, new = set(entries), entries
    while new:
        named = {ref.id for each in new for ref in _references(history, each)}
        named |= {v.report for each in new for v in history.versions(each) if v.report}
        new = {each for each in named - found if _is_context(history, each)}
        found |= new
    return found


def _references(history: History, entry_id: str) -> Iterator[Reference]:
    for state in _states(history, entry_id):
        yield from references(RecordCommand((NewEntry(entry_id, state),)))


def _aims_at(history: History, source: str, instrument: str) -> bool:
    """Whether an entry has a relation to an instrument, other than by belonging to it."""
    return any(
        relation.target == instrument
        for state in _states(history, source)
        if isinstance(state, Act | Commitment | Instrument)
        for relation in state.relations
    )


def _is_event(history: History, reference: Reference) -> bool:
    return any(
        isinstance(each, Act | Commitment | Instrument)
        for each in _states(history, reference.id)
    )


def _is_context(history: History, entry_id: str) -> bool:
    return any(isinstance(each, Party | Report) for each in _states(history, entry_id))


def _states(history: History, entry_id: str) -> list[State]:
    versions: Iterable[Version] = history.versions(entry_id)
    return [version.state for version in versions if version.state is not None]
