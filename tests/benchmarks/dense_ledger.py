"""Ledgers of the shape of a collection of coded news: one act for each event that a coder
found, many a day between the same two parties, and hardly anything beside them.

Of a hundred entries five are parties and ninety-five acts. Every party but the states and a
few others represents a state; a few parties do most of what is done, and two fifths of all acts
are between parties of one state. One act in fifty is a delivery. A year has a report a day, out
on the day after.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from datetime import date, timedelta
from itertools import accumulate
from random import Random
from typing import Any

from diplomatic_ledger.v1 import cuts_pb2, items_pb2
from diplomatic_ledger.v1 import entries_pb2 as pb

FIRST_DAY = date(2018, 1, 1)
DAYS = 365
#: The two states that do most, toward everybody and toward one another.
A, B = "land-000", "land-001"

_STATES = 230
_PARTIES_IN_HUNDRED = 5
_ALONE_IN = 25
_AT_HOME = 0.42
#: How fast the share of each following state falls in what is done and in the parties that
#: represent one, and that of each following party of a state in what is done.
_DEEDS, _OFFICES, _WITHIN = 1.0, 0.4, 1.25

#: The kind of act for each first two digits of a CAMEO code, and how many of 1,000 acts have
#: such a code.
_ROOTS = {
    "01": (pb.ACT_KIND_STATEMENT, 165),
    "02": (pb.ACT_KIND_STATEMENT, 53),
    "03": (pb.ACT_KIND_STATEMENT, 128),
    "04": (pb.ACT_KIND_MEETING, 255),
    "05": (pb.ACT_KIND_AGREEMENT, 75),
    "06": (pb.ACT_KIND_CONCESSION, 4),
    "07": (pb.ACT_KIND_AID, 7),
    "08": (pb.ACT_KIND_CONCESSION, 9),
    "09": (pb.ACT_KIND_STATEMENT, 7),
    "10": (pb.ACT_KIND_DEMAND, 17),
    "11": (pb.ACT_KIND_STATEMENT, 70),
    "12": (pb.ACT_KIND_REFUSAL, 18),
    "13": (pb.ACT_KIND_THREAT, 9),
    "14": (pb.ACT_KIND_STATEMENT, 36),
    "15": (pb.ACT_KIND_FORCE, 3),
    "16": (pb.ACT_KIND_SANCTION, 6),
    "17": (pb.ACT_KIND_COERCION, 73),
    "18": (pb.ACT_KIND_FORCE, 26),
    "19": (pb.ACT_KIND_FORCE, 39),
}
_PLACES = ("0", "1", "2", "3")


class _Parties:
    """The parties of a ledger, those that do most first, and those of each state."""

    def __init__(self, count: int, chance: Random) -> None:
        self.states = [f"land-{n:03}" for n in range(min(_STATES, count))]
        self.of: dict[str, list[str]] = {state: [state] for state in self.states}
        self.everybody = list(self.states)
        offices = _tail(len(self.states), _OFFICES)
        for n in range(count - len(self.states)):
            party = f"p-{n:05}"
            if n % _ALONE_IN:
                self.of[_one(self.states, offices, chance)].append(party)
            else:
                self.of[party] = [party]
            self.everybody.append(party)
        self.state = {party: state for state, those in self.of.items() for party in those}
        # Who represents nobody does as much as a small state.
        self._doers = list(self.of)
        self._deeds = _tail(len(self._doers), _DEEDS)
        self._within = {state: _tail(len(those), _WITHIN) for state, those in self.of.items()}

    def some(self, chance: Random) -> tuple[str, str]:
        """Who does something, and toward whom."""
        actor = other = _one(self._doers, self._deeds, chance)
        while len(self.of[actor]) == 1 or chance.random() >= _AT_HOME:
            other = _one(self._doers, self._deeds, chance)
            if other != actor:
                break
        doer, receiver = (
            _one(self.of[side], self._within[side], chance) for side in (actor, other)
        )
        while receiver == doer:
            receiver = chance.choice(self.of[other])
        return doer, receiver


def items(size: int) -> Iterator[items_pb2.RecordItem]:
    """`size` new entries; each refers to earlier ones only."""
    chance = Random(size)
    parties = _Parties(size * _PARTIES_IN_HUNDRED // 100, chance)
    for party in parties.everybody:
        yield _item(party, party=_party(party, parties.state.get(party)))
    for n in range(DAYS):
        out = _on(FIRST_DAY + timedelta(days=n + 1))
        report = pb.Report(title="Events of a day", publisher="Coders", published=out)
        yield _item(f"report-{n}", report=report)
    codes = _codes()
    acts = size - len(parties.everybody) - DAYS
    for n in range(acts):
        yield _item(f"e-{n:07}", act=_act(n * DAYS // acts, parties, codes, chance))


def some_cuts(head: int, number: int, what: str) -> list[cuts_pb2.Cuts]:
    """Cuts on all three clocks in the later part of the year and of the log; others for each
    question.
    """
    chance = Random(what)
    found = []
    for _ in range(number):
        day = FIRST_DAY + timedelta(days=chance.randrange(DAYS // 2, DAYS + 30))
        reported = day + timedelta(days=chance.randrange(30))
        found.append(
            cuts_pb2.Cuts(
                as_of=day.isoformat(),
                reported_by=reported.isoformat(),
                position=head - chance.randrange(head // 4),
            )
        )
    return found


def _tail(count: int, fall: float) -> list[float]:
    """The shares of some things in all, each added to those before it."""
    return list(accumulate((n + 1) ** -fall for n in range(count)))


def _one(among: list[str], tail: list[float], chance: Random) -> str:
    return among[bisect_left(tail, chance.random() * tail[-1])]


def _codes() -> tuple[list[tuple[str, int]], list[float]]:
    shares = list(accumulate(float(share) for _, share in _ROOTS.values()))
    return [(root, kind) for root, (kind, _) in _ROOTS.items()], shares


def _party(party: str, state: str | None) -> pb.Party:
    if state is None:
        return pb.Party(name=f"Unnamed group {party}", kind=pb.PARTY_KIND_ORGANISATION)
    if state == party:
        return pb.Party(name=f"State {party}", kind=pb.PARTY_KIND_STATE)
    stands = pb.Representation(principal=state, note="Coded as of this country")
    return pb.Party(name=f"Office {party}", kind=pb.PARTY_KIND_BODY, represents=[stands])


def _act(
    day: int,
    parties: _Parties,
    codes: tuple[list[tuple[str, int]], list[float]],
    chance: Random,
) -> pb.Act:
    roots, shares = codes
    root, kind = roots[bisect_left(shares, chance.random() * shares[-1])]
    actor, counterparty = parties.some(chance)
    return pb.Act(
        kind=kind,  # type: ignore[arg-type] - a number of the enum
        actor=actor,
        counterparties=[counterparty],
        title="What a coder read in the news of the day, in a few words",
        occurred=_on(FIRST_DAY + timedelta(days=day)),
        code=pb.EventCode(cameo=root + chance.choice(_PLACES)),
        evidence=[pb.Evidence(report=f"report-{day}")],
    )


def _item(entry_id: str, **state: Any) -> items_pb2.RecordItem:
    entry = items_pb2.NewEntry(entry_id=entry_id, state=pb.EntryState(**state))
    return items_pb2.RecordItem(entry=entry)


def _on(day: date) -> pb.IntervalDate:
    return pb.IntervalDate(from_day=day.isoformat(), to_day=day.isoformat())
