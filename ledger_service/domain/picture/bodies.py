"""Bodies and their members. A body's word is that of its members, and theirs in turn."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from functools import partial

from ledger_service.domain.picture.parties import Parties
from ledger_service.domain.picture.ties import holds
from ledger_service.domain.values.stopping import looking


def members(parties: Parties, body: str, day: date) -> Iterator[str]:
    """The members of a body on a day; none of a party that is no body."""
    for tie in looking(parties.whole(body).composed_of):
        if holds(tie, day):
            yield tie.member


def with_members(parties: Parties, named: Iterable[str], day: date) -> frozenset[str]:
    """Several parties, everybody for whom they stand on a day, and the members of the bodies
    among all of these, in turn.
    """
    everybody, further = parties.circle(named, day)
    return _in_turn(parties, everybody, day) if further else everybody


def related(parties: Parties, named: Iterable[str], day: date) -> frozenset[str]:
    """Several parties, everybody for whom they stand on a day, the members of the bodies among
    these in turn, and the bodies of which these are members in turn, all rolled up.
    """
    everybody, further = parties.circle(named, day)
    found = _in_turn(parties, everybody, day) if further else everybody
    if not parties.bodies():
        return found
    inside = parties.memoised(
        "members of bodies", day, partial(_bodies_by_member, parties, day)
    )
    above, waiting = everybody, list(everybody)
    while waiting:
        new = inside.get(waiting.pop(), frozenset()) - above
        above |= new
        waiting += new
    return found | above


def _bodies_by_member(parties: Parties, day: date) -> dict[str, frozenset[str]]:
    """Of everybody who is a member of a body on a day, or for whom a member stands, those for
    whom the body stands, itself included.
    """
    found: dict[str, frozenset[str]] = {}
    for body in looking(parties.bodies()):
        inside = parties.paths(members(parties, body, day), day)
        if inside:
            above = parties.paths((body,), day)
            for member in inside:
                found[member] = found.get(member, frozenset()) | above
    return found


def _in_turn(parties: Parties, named: frozenset[str], day: date) -> frozenset[str]:
    found, waiting = named, list(named)
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
