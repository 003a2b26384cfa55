"""A party on a day: what it is called, who it is by then, and its neighbours in time."""

from __future__ import annotations

from datetime import date

from ledger_service.domain.picture.picture import Picture
from ledger_service.domain.picture.successions import became, predecessors, successors
from ledger_service.domain.picture.ties import holds
from ledger_service.domain.values.answers import PartyView
from ledger_service.domain.values.entries import Party, PartyCode, SealableText


def name_on(party: Party, day: date) -> SealableText:
    """The first of the names that it bears on a day; if there is none, the one that it goes
    by.
    """
    fitting = (n.name for n in party.names if holds(n, day))
    return next(fitting, party.name)


def codes_on(party: Party, day: date) -> tuple[PartyCode, ...]:
    """The codes of a party in other collections on a day."""
    return tuple(code for code in party.codes if holds(code, day))


def party_view(picture: Picture, party_id: str) -> PartyView | None:
    """A party on the day of a picture; None if there is none with this id."""
    version = picture.answering(party_id)
    if version is None or not isinstance(version.state, Party):
        return None
    day, parties = picture.as_of, picture.parties
    principal = parties.principal(party_id, day)
    return PartyView(
        entry_id=party_id,
        version=version.version,
        party=version.state,
        name=name_on(version.state, day),
        codes=codes_on(version.state, day),
        became=tuple(sorted(became(parties, party_id, day))),
        predecessors=tuple(sorted(predecessors(parties, principal, day))),
        successors=tuple(sorted(successors(parties, principal, day))),
    )
