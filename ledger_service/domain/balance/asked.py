"""Who was asked about: who that is by now, and its neighbours in time."""

from __future__ import annotations

from typing import NamedTuple

from ledger_service.domain.picture.picture import Picture
from ledger_service.domain.picture.successions import became, predecessors, successors
from ledger_service.domain.values.answers import AskedParty


def asked_party(picture: Picture, party: str) -> AskedParty:
    """A party that was asked about, on the day of a picture. Its neighbours are those of the
    principal that it represents, of whose deeds the answer tells.
    """
    day, parties = picture.as_of, picture.parties
    principal = parties.principal(party, day)
    return AskedParty(
        entry_id=party,
        became=tuple(sorted(became(parties, party, day))),
        predecessors=tuple(sorted(predecessors(parties, principal, day))),
        successors=tuple(sorted(successors(parties, principal, day))),
    )


class Ends(NamedTuple):
    """The two principals of a balance, each with those whose deeds count as its own."""

    a: str
    b: str
    of_a: tuple[str, ...]
    of_b: tuple[str, ...]


def ends(picture: Picture, a: str, b: str, *, with_predecessors: bool) -> Ends:
    """The ends of a balance of two principals; with predecessors, those that only one of them
    succeeded count as that one.
    """
    if not with_predecessors:
        return Ends(a, b, (a,), (b,))
    before_a = predecessors(picture.parties, a, picture.as_of) - {b}
    before_b = predecessors(picture.parties, b, picture.as_of) - {a}
    return Ends(
        a,
        b,
        (a, *sorted(before_a - before_b)),
        (b, *sorted(before_b - before_a)),
    )
