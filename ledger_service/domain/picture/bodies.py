"""Whose word a body's word is: that of its members, if it has any, and theirs in turn."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date

from ledger_service.domain.picture.parties import Parties
from ledger_service.domain.values.stopping import looking


def is_body(parties: Parties, party: str) -> bool:
    """Whether a party is composed of others on some day."""
    return any(parties.ties(each).composed_of for each in parties.ids(party))


def members(parties: Parties, body: str, day: date) -> Iterator[str]:
    """The members of a body on a day; none of a party that is no body."""
    for each in parties.ids(body):
        for tie in looking(parties.ties(each).composed_of):
            if (tie.from_day or day) <= day <= (tie.to_day or day):
                yield tie.member


def with_members(parties: Parties, named: Iterable[str], day: date) -> frozenset[str]:
    """Several parties, everybody for whom they stand on a day, and the members of the bodies
    among all of these, in turn.
    """
    found, further = parties.circle(named, day)
    if not further:
        return found
    waiting = list(found)
    while waiting:
        new = frozenset(members(parties, waiting.pop(), day)) - found
        if new:
            more = parties.paths(new, day) - found
            found |= more
            waiting += more
    return found


def voices(parties: Parties, party: str, day: date) -> frozenset[str]:
    """The principals whose word the word of a party is on a day: those of its members, in
    turn, if it is a body, else its own. A body that is composed of none but itself, by a
    circle, has its own voice.
    """
    principal, further = parties.stands_for(party, day)
    if not further:
        return frozenset({principal})
    found, seen, waiting = set[str](), {principal}, [principal]
    while waiting:
        here = waiting.pop()
        inside = {parties.principal(member, day) for member in members(parties, here, day)}
        if not inside:
            found.add(here)
        new = inside - seen
        seen |= new
        waiting += new
    return frozenset(found) or frozenset({principal})
