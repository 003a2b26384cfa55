"""Random ledgers with a good many acts of which there is nothing to find out, beside all that
other random ledgers hold; later on something is said of some of them after all.
"""

from __future__ import annotations

from dataclasses import replace as with_fields
from datetime import timedelta

from msgspec.structs import replace

from ledger_service.domain.values.commands import (
    Amendment,
    Annulment,
    Item,
    NewEntry,
    RecordCommand,
)
from ledger_service.domain.values.entries import (
    Act,
    ActKind,
    Evidence,
    IntervalDate,
    Quantity,
    Relation,
    RelationKind,
)
from tests.support.random_ledgers import (
    CODES,
    PARTIES,
    REPORTS,
    SPAN,
    STATES,
    UNITS,
    Dice,
    Recorded,
    accepted_ledger,
    day_of,
    is_accepted,
)

PLAIN = tuple(f"p{n:02}" for n in range(1, 25))

_KINDS = (
    ActKind.CONCESSION,
    ActKind.FULFILMENT,
    ActKind.AID,
    ActKind.AID,
    ActKind.MEETING,
    ActKind.CLAIM,
    ActKind.FORCE,
)
#: What is said of a plain act later on.
_SAYS = (
    RelationKind.SAME_AS,
    RelationKind.REVERSES,
    RelationKind.REFUTES,
    RelationKind.DENIES,
    RelationKind.VERIFIES,
    RelationKind.RESPONDS_TO,
    RelationKind.CONTRADICTS,
)


def dense_ledger(dice: Dice) -> Recorded:
    """The first ledger made that the service would take."""
    while True:
        made = accepted_ledger(dice)
        opens = with_fields(made, requests=(*made.requests, *_requests(dice, made)))
        if is_accepted(opens):
            return opens


def plain_state(dice: Dice) -> Act:
    """An act of one party toward one other, plainly told."""
    actor, other = dice.sample((*STATES, *PARTIES), 2)
    if actor == other:
        actor, other = STATES
    day = day_of(dice.randint(-1, SPAN))
    reports = dice.sample(REPORTS, dice.choice((1, 1, 2)))
    return Act(
        kind=dice.choice(_KINDS),
        actor=actor,
        title="a deed",
        counterparties=(other,),
        joint=dice.one_in(8),
        occurred=IntervalDate(day, day),
        quantity=Quantity("1.5", dice.choice(UNITS)) if dice.one_in(4) else None,
        code=dice.choice(CODES),
        evidence=tuple(Evidence(report) for report in reports),
    )


def _requests(dice: Dice, made: Recorded):  # type: ignore[no-untyped-def]
    moment = made.requests[-1][1] + timedelta(seconds=1)
    half = len(PLAIN) // 2
    for some in (PLAIN[:half], PLAIN[half:]):
        yield RecordCommand(tuple(NewEntry(each, plain_state(dice)) for each in some)), moment
        moment += timedelta(seconds=1)
    for number in range(dice.choice((0, 1, 2, 4))):
        yield RecordCommand((_change(dice, number),)), moment
        moment += timedelta(seconds=1)


def _change(dice: Dice, number: int) -> Item:
    about = PLAIN[number * 5 + dice.randrange(5)]
    state = plain_state(dice)
    match dice.randrange(4):
        case 0:
            return Annulment(about, "withdrawn")
        case 1:
            return Amendment(about, "told otherwise", state, dice.maybe(dice.choice(REPORTS)))
        case 2:
            told = Evidence(dice.choice(REPORTS), locator="page 7", hedged=dice.one_in(2))
            return Amendment(about, "told again", None, evidence_added=(told,))
    tie = Relation(dice.choice(_SAYS), about)
    return NewEntry(f"s{number}", replace(state, relations=(tie,), joint=False))
