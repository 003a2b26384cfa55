"""Random ledgers with a good many acts and commitments of which there is nothing to find out,
beside all that other random ledgers hold; later on something is said of some of them after all.
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
    About,
    Act,
    ActKind,
    Commitment,
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
PROMISED = tuple(f"promised{n}" for n in range(1, 9))
DONE = tuple(f"done{n:02}" for n in range(1, 13))

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
#: What is said of a plain commitment later on.
_SAYS_OF_PROMISED = (
    (RelationKind.CANCELS, None),
    (RelationKind.RELEASES, None),
    (RelationKind.BREACHES, None),
    (RelationKind.REVIEWS, None),
    (RelationKind.REFUTES, About.FULFILMENT),
    (RelationKind.DENIES, About.FULFILMENT),
    (RelationKind.REFUTES, About.EXISTENCE),
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


def plain_terms(dice: Dice) -> Commitment:
    """A commitment of one party toward one other, plainly told."""
    debtor, creditor = dice.sample(STATES, 2) if dice.one_in(2) else dice.sample(PARTIES, 2)
    day, due = day_of(dice.randint(-1, SPAN // 2)), day_of(dice.randint(0, SPAN))
    later = due + timedelta(days=dice.randint(0, 9))
    intervals = (IntervalDate(due, due), IntervalDate(due, later), IntervalDate(None, due))
    return Commitment(
        debtors=(debtor,),
        creditors=(creditor,),
        consequent="what is promised",
        consequent_code=dice.choice(CODES),
        quantity=Quantity("6", dice.choice(UNITS)) if dice.one_in(3) else None,
        occurred=IntervalDate(day, day),
        due=dice.choice((None, *intervals, *intervals)),
        evidence=tuple(Evidence(report) for report in dice.sample(REPORTS, 1)),
    )


def plain_deed(dice: Dice, promised: str, terms: Commitment) -> Act:
    """An act that fulfils a commitment, or a part of it, plainly told."""
    done = plain_state(dice)
    by = terms.debtors[0] if not dice.one_in(6) else done.actor
    return replace(
        done,
        kind=dice.choice((ActKind.FULFILMENT, ActKind.FULFILMENT, ActKind.AID)),
        actor=by,
        counterparties=terms.creditors if by != terms.creditors[0] else terms.debtors,
        joint=False,
        relations=(
            Relation(
                RelationKind.FULFILS,
                promised,
                extent=dice.choice(("", "1", "0.5", "0.4", "2/3")),
            ),
        ),
    )


def _requests(dice: Dice, made: Recorded):  # type: ignore[no-untyped-def]
    moment = made.requests[-1][1] + timedelta(seconds=1)
    half = len(PLAIN) // 2
    for some in (PLAIN[:half], PLAIN[half:]):
        yield RecordCommand(tuple(NewEntry(each, plain_state(dice)) for each in some)), moment
        moment += timedelta(seconds=1)
    terms = {each: plain_terms(dice) for each in PROMISED}
    yield RecordCommand(tuple(NewEntry(each, state) for each, state in terms.items())), moment
    moment += timedelta(seconds=1)
    half = len(DONE) // 2
    for some in (DONE[:half], DONE[half:]):
        aims = [(each, dice.choice(PROMISED)) for each in some]
        yield (
            RecordCommand(
                tuple(NewEntry(each, plain_deed(dice, aim, terms[aim])) for each, aim in aims)
            ),
            moment,
        )
        moment += timedelta(seconds=1)
    for number in range(dice.choice((0, 1, 2, 4))):
        yield RecordCommand((_change(dice, number),)), moment
        moment += timedelta(seconds=1)


def _change(dice: Dice, number: int) -> Item:
    if dice.one_in(2):
        return _change_of_promised(dice, number)
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


def _change_of_promised(dice: Dice, number: int) -> Item:
    """What is said of a plain commitment, or of what fulfils one."""
    promised, done = (
        PROMISED[number * 2 + dice.randrange(2)],
        DONE[number * 3 + dice.randrange(3)],
    )
    state = plain_state(dice)
    match dice.randrange(5):
        case 0:
            return Amendment(promised, "promised otherwise", plain_terms(dice), None)
        case 1:
            return Annulment(done, "withdrawn")
        case 2:
            told = Evidence(dice.choice(REPORTS), locator="page 7", hedged=dice.one_in(2))
            return Amendment(
                dice.choice((promised, done)), "told again", None, evidence_added=(told,)
            )
        case 3:
            kind, about = dice.choice(_SAYS_OF_PROMISED)
            tie = Relation(kind, promised, about=about)
        case _:
            tie = Relation(dice.choice(_SAYS), done)
    return NewEntry(f"said{number}", replace(state, relations=(tie,), joint=False))
