"""Random ledgers that make use of every noun and rule: ties of parties by day and with
reports, instruments, quantities, instalments, notices, suspensions, reversals, and circles of
all of these.

What is made here keeps the rules of recording by the way it is made; most acts are done by who
may do them, so that they move something.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from random import Random
from typing import TypeVar

from msgspec.structs import replace

from ledger_service.domain.checks import check_command, check_targets, normalise
from ledger_service.domain.values.commands import (
    Amendment,
    Annulment,
    Item,
    NewEntry,
    RecordCommand,
)
from ledger_service.domain.values.cuts import Policy
from ledger_service.domain.values.entries import (
    About,
    Act,
    ActKind,
    ActOccurred,
    AllOf,
    Antecedent,
    AnyOf,
    AtLeast,
    Coding,
    Commitment,
    CommitmentFulfilled,
    Condition,
    DueAfter,
    EventCode,
    Evidence,
    Identity,
    Instalment,
    Instrument,
    InstrumentKind,
    IntervalDate,
    Mandate,
    Membership,
    Nature,
    Party,
    PartyKind,
    PartyName,
    Quantity,
    Relation,
    RelationKind,
    Report,
    Representation,
    Scale,
    State,
    Succession,
    Version,
    Weight,
    Withdrawal,
    Words,
)
from tests.support.histories import MemoryHistory

FIRST_DAY = date(2018, 6, 1)
SPAN = 40
MOMENT = datetime(2018, 7, 20, 12, tzinfo=UTC)

STATES = ("north", "south")
PARTIES = (*STATES, "envoy", "general", "heir", "joint-body", "second-heir", "watchers")
#: The two states come up more often.
EVERYBODY = (*STATES, *STATES, *PARTIES)
REPORTS = ("r1", "r2", "r3", "r4")
INSTRUMENTS = ("t1", "t2")
COMMITMENTS = ("c1", "c2", "c3", "c4")
ACTS = tuple(f"a{n:02}" for n in range(1, 13))
SCALE = "house-scale"

#: Every two parties once.
PAIRS = [(a, b) for a in PARTIES for b in PARTIES if a < b]

CODES = (None, EventCode(cameo="0842"), EventCode(cameo="173"), EventCode(cameo="99"))
UNITS = ("tons", "barrels")
EXTENTS = ("", "", "1", "1/2", "1/3", "0.5")

SAYS = (
    RelationKind.ASSERTS,
    RelationKind.DENIES,
    RelationKind.VERIFIES,
    RelationKind.REFUTES,
)
#: Moves that may take effect later, and may be aimed at an instrument.
LATER = (
    RelationKind.CANCELS,
    RelationKind.RELEASES,
    RelationKind.SUSPENDS,
    RelationKind.RESUMES,
)
#: What an act may say of a commitment, heavy on what collides.
MOVES = (
    *(RelationKind.FULFILS,) * 3,
    *(RelationKind.BREACHES,) * 2,
    *(RelationKind.SUSPENDS,) * 2,
    *(RelationKind.CANCELS,) * 2,
    RelationKind.ACCEPTS,
    RelationKind.RELEASES,
    RelationKind.RESUMES,
    RelationKind.RESUMES,
    RelationKind.RESCHEDULES,
    RelationKind.MEETS,
    RelationKind.REVIEWS,
    *SAYS,
)
#: The same, where several parties have to join.
JOINING = (
    *(RelationKind.SUSPENDS,) * 5,
    *(RelationKind.CANCELS,) * 3,
    *(RelationKind.RELEASES,) * 3,
    *(RelationKind.RESCHEDULES,) * 3,
    RelationKind.RESUMES,
    RelationKind.ACCEPTS,
    RelationKind.ASSERTS,
    RelationKind.BREACHES,
    RelationKind.FULFILS,
)
#: What an act may say of another one.
BESIDE = (
    *(RelationKind.REVERSES,) * 3,
    *(RelationKind.FOLLOWS,) * 2,
    *(RelationKind.RESPONDS_TO,) * 2,
    *(RelationKind.WITHDRAWS,) * 2,
    *(RelationKind.ACCEPTS,) * 2,
    RelationKind.SAME_AS,
    RelationKind.SAME_AS,
    RelationKind.CONTRADICTS,
    RelationKind.DENIES,
    RelationKind.VERIFIES,
    RelationKind.REFUTES,
)
#: Who may make a move: the debtor, else the creditor, or both.
BY_DEBTOR = {
    RelationKind.FULFILS,
    RelationKind.BREACHES,
    RelationKind.CANCELS,
    RelationKind.ASSERTS,
}
BY_CREDITOR = {RelationKind.ACCEPTS, RelationKind.RELEASES}
#: What an act of nobody known may say.
OF_NOBODY = {RelationKind.FOLLOWS, RelationKind.RESPONDS_TO, RelationKind.SAME_AS}
DEEDS = (
    ActKind.CONCESSION,
    ActKind.FULFILMENT,
    ActKind.FULFILMENT,
    ActKind.AID,
    ActKind.VIOLATION,
    ActKind.STATEMENT,
    ActKind.NOTICE,
    ActKind.CLAIM,
    ActKind.DENIAL,
    ActKind.MEETING,
)


T = TypeVar("T")


@dataclass(frozen=True)
class Recorded:
    """What was recorded into one ledger, each request with its moment."""

    opens_on: date | None
    requests: tuple[tuple[RecordCommand, datetime], ...]

    def history(self) -> MemoryHistory:
        history = MemoryHistory(self.opens_on)
        for command, moment in self.requests:
            history.record(command, recorded_at=moment)
        return history

    @property
    def versions(self) -> list[Version]:
        return list(self.history().recorded)

    @property
    def items(self) -> list[Item]:
        return [item for command, _ in self.requests for item in command.items]


@dataclass(frozen=True)
class Look:
    """The cuts of a question, but for the position."""

    as_of: date
    reported_by: date | None
    policy: Policy


def day_of(n: int) -> date:
    return FIRST_DAY + timedelta(days=n)


class Dice(Random):
    """What decides: the same seed makes the same ledger. In a `crowded` one nearly all acts are
    about one promise of several parties, in which they join, and which they leave.
    """

    crowded = False

    def one_in(self, n: int) -> bool:
        return self.randrange(n) == 0

    def maybe(self, value: T) -> T | None:
        return value if self.one_in(2) else None

    def some(self, among: Sequence[T], least: int, most: int) -> list[T]:
        """So many different ones."""
        different = list(dict.fromkeys(self.sample(among, len(among))))
        return different[: self.randint(least, most)]

    def day(self) -> date:
        return day_of(self.randint(0, SPAN))


def look_at(dice: Dice) -> Look:
    return Look(
        day_of(dice.randint(-2, SPAN + 35)),
        dice.maybe(day_of(dice.randint(-2, SPAN + 60))),
        dice.choice((Policy.CERTAIN, *Policy)),
    )


def intervals(dice: Dice) -> IntervalDate:
    shape = dice.choice(("day",) * 8 + ("range",) * 3 + ("from", "to", "none"))
    first = dice.day()
    last = first + timedelta(days=dice.randint(1, 12))
    match shape:
        case "day":
            return IntervalDate(first, first)
        case "range":
            return IntervalDate(first, last)
        case "from":
            return IntervalDate(first, None)
        case "to":
            return IntervalDate(None, last)
    return IntervalDate()


def evidences(dice: Dice) -> tuple[Evidence, ...]:
    told = []
    for report in dice.some(REPORTS, 1, 2):
        voice = dice.choice(("",) * 8 + (*STATES, *PARTIES))
        told.append(Evidence(report=report, asserted_by=voice, hedged=dice.one_in(8)))
    return tuple(told)


# Parties and reports


def tie_reports(dice: Dice) -> tuple[str, ...]:
    return (dice.choice(REPORTS),) if dice.one_in(4) else ()


def others_than(party: str) -> list[str]:
    return [p for p in EVERYBODY if p != party]


def mandates(dice: Dice) -> tuple[Mandate, ...]:
    every = (Mandate.ALL, Mandate.ALL, Mandate.ALL, *Mandate)
    return tuple(dice.some(every, 0, 2))


def represented(dice: Dice, party: str) -> tuple[Representation, ...]:
    """On any day at most one principal; it may change in between, and go in circles."""
    if not dice.one_in(8 if party in STATES else 2):
        return ()
    change = dice.day()
    first = Representation(
        dice.choice(others_than(party)), None, change, mandates(dice), tie_reports(dice)
    )
    second = Representation(
        dice.choice(others_than(party)),
        change + timedelta(days=1),
        None,
        mandates(dice),
        tie_reports(dice),
    )
    return dice.choice(((first,), (second,), (first, second)))


def succeeded(dice: Dice, party: str) -> tuple[Succession, ...]:
    if not dice.one_in(2 if "heir" in party else 10):
        return ()
    others = dice.some(others_than(party), 1, 2)
    return tuple(
        Succession(p, dice.day(), continues=dice.one_in(3), reports=tie_reports(dice))
        for p in others
    )


def composed(dice: Dice, party: str) -> tuple[Membership, ...]:
    if not dice.one_in(2 if "body" in party else 12):
        return ()
    members = dice.some(others_than(party), 1, 2)
    return tuple(
        Membership(m, dice.maybe(dice.day()), None, tie_reports(dice)) for m in members
    )


def identified(dice: Dice, party: str) -> tuple[Identity, ...]:
    if not dice.one_in(16):
        return ()
    other = dice.choice([p for p in PARTIES if p != party])
    return (Identity(other, tie_reports(dice)),)


def party_states(dice: Dice, party: str) -> Party:
    names = ()
    if dice.one_in(4):
        change = dice.day()
        names = (
            PartyName(f"old {party}", None, change),
            PartyName(f"new {party}", change + timedelta(days=1), None),
        )
    return Party(
        name=party,
        kind=PartyKind.BODY,
        names=names,
        represents=represented(dice, party),
        succeeds=succeeded(dice, party),
        composed_of=composed(dice, party),
        same_as=identified(dice, party),
    )


def report_states(dice: Dice) -> Report:
    return Report(title="a report", publisher="a paper", published=intervals(dice))


def scale_state() -> Scale:
    rows = (Weight("08", "5"), Weight("0842", "7.5"), Weight("17", "-3"))
    return Scale("A scale of the house", "1", "the house", "CC0-1.0", Coding.CAMEO, rows)


# Instruments and commitments


def withdrawals(dice: Dice) -> Withdrawal:
    match dice.choice(("days", "days", "months", "any", "not before")):
        case "days":
            return Withdrawal(notice_days=dice.randint(1, 8))
        case "months":
            return Withdrawal(notice_months=1)
        case "any":
            return Withdrawal()
    return Withdrawal(notice_days=dice.randint(1, 3), not_before=dice.day())


def instrument_states(dice: Dice) -> Instrument:
    return Instrument(
        title="a treaty",
        kind=InstrumentKind.TREATY,
        participants=tuple(dice.some(EVERYBODY, 1, 3)),
        occurred=intervals(dice),
        withdrawal=dice.maybe(withdrawals(dice)),
        evidence=evidences(dice),
    )


def conditions(
    dice: Dice, own: str, labels: Sequence[str], left: list[Condition], depth: int = 0
) -> Condition:
    """No leaf stands twice in a tree: each is taken from those that are left."""
    kind = dice.choice(("leaf", "leaf", "leaf", "all", "any", "at_least"))
    if kind != "leaf" and depth < 1:
        count = 3 if kind == "at_least" else 2
        inner = tuple(conditions(dice, own, labels, left, depth + 1) for _ in range(count))
        if kind == "at_least":
            return AtLeast(dice.randint(1, count), inner)
        return AllOf(inner) if kind == "all" else AnyOf(inner)
    leaf = dice.choice(left)
    left.remove(leaf)
    return leaf


def leaves_of(own: str, labels: Sequence[str]) -> list[Condition]:
    return [
        *(ActOccurred(a) for a in ACTS),
        *(CommitmentFulfilled(c) for c in COMMITMENTS if c != own),
        *(Words(text="it is done", label=label) for label in labels),
    ]


def antecedents(dice: Dice, own: str, labels: Sequence[str]) -> Antecedent:
    condition = conditions(dice, own, labels, leaves_of(own, labels))
    return Antecedent(condition, dice.maybe(dice.day()))


def instalments(dice: Dice, quantity: Quantity | None) -> tuple[Instalment, ...]:
    """Two or three parts whose shares sum to 1, or quantities to the whole."""
    count = dice.randint(2, 3)
    first = dice.day()
    made = []
    for n in range(count):
        last = first + timedelta(days=dice.randint(0, 8))
        due = IntervalDate(first, last)
        if quantity is not None:
            whole = Fraction(quantity.value)
            amount = whole / 2 if n else whole - whole / 2 * (count - 1)
            if count == 3:
                amount = whole / 4 if n else whole / 2
            made.append(Instalment(due, quantity=decimal_text(amount)))
        else:
            made.append(Instalment(due, share=f"1/{count}"))
        first = last + timedelta(days=dice.randint(1, 3))
    return tuple(made)


def decimal_text(value: Fraction) -> str:
    return f"{float(value):g}"


def two_sides(dice: Dice) -> tuple[tuple[str, ...], tuple[str, ...]]:
    if not dice.crowded and dice.randint(0, 2):
        return dice.choice(((("north",), ("south",)), (("south",), ("north",))))
    everybody = dice.sample(PARTIES, len(PARTIES))
    owing, owed = dice.randint(1, 2), dice.randint(1, 2)
    if dice.crowded:
        owing, owed = owing + dice.randint(0, 1), owed + 1
    return tuple(everybody[:owing]), tuple(everybody[owing : owing + owed])


def commitment_states(dice: Dice, own: str) -> Commitment:
    mutual = dice.one_in(2 if dice.crowded else 6)
    if mutual:
        sides = tuple(dice.some(EVERYBODY, *((3, 5) if dice.crowded else (2, 3))))
        debtors, creditors = sides, sides
    else:
        debtors, creditors = two_sides(dice)
    kept = dice.one_in(3)
    quantity = None
    if dice.one_in(3):
        quantity = Quantity(dice.choice(("4", "100")), dice.choice(UNITS))
    when = dice.choice(("none", "due", "due", "due_after", "instalments"))
    until = dice.choice(("none", "day", "condition"))
    return Commitment(
        debtors=debtors,
        creditors=creditors,
        consequent="a deed",
        mutual=mutual,
        made_by=tuple(dice.some(EVERYBODY, 0, 2)) if dice.one_in(6) else (),
        consequent_code=dice.choice(CODES),
        quantity=quantity,
        instrument=dice.choice(("", *INSTRUMENTS)),
        occurred=intervals(dice),
        nature=Nature.MAINTENANCE if kept else Nature.ACHIEVEMENT,
        due=intervals(dice) if when == "due" and not kept else None,
        due_after=due_afters(dice, own) if when == "due_after" and not kept else None,
        instalments=instalments(dice, quantity) if when == "instalments" and not kept else (),
        until=dice.day() if until == "day" and kept else None,
        until_condition=antecedents(dice, own, ("three",))
        if until == "condition" and kept
        else None,
        offer=dice.one_in(5),
        antecedent=antecedents(dice, own, ("one", "two")) if dice.one_in(3) else None,
        withdrawal=withdrawals(dice) if dice.one_in(4) else None,
        relations=ties_of_commitment(dice, own),
        evidence=evidences(dice),
    )


def due_afters(dice: Dice, own: str) -> DueAfter:
    months = dice.one_in(3)
    days_, months_ = (None, 1) if months else (dice.randint(1, 12), None)
    if dice.one_in(2):
        return DueAfter(act=dice.choice(ACTS), days=days_, months=months_)
    other = dice.choice([c for c in COMMITMENTS if c != own])
    return DueAfter(commitment=other, days=days_, months=months_)


def ties_of_commitment(dice: Dice, own: str) -> tuple[Relation, ...]:
    kinds = (
        RelationKind.SUPERSEDES,
        RelationKind.SUPERSEDES,
        RelationKind.SAME_AS,
        RelationKind.CONTRADICTS,
    )
    others = [c for c in COMMITMENTS if c != own]
    if not dice.one_in(3):
        return ()
    return (Relation(dice.choice(kinds), dice.choice(others)),)


# Acts


def act_states(dice: Dice, own: str, promised: dict[str, Commitment]) -> Act:
    """An act about a commitment, done by who may do it or by somebody else."""
    about = dice.choice(COMMITMENTS)
    if dice.crowded and dice.randint(0, 5):
        about = COMMITMENTS[0]
    terms = promised[about]
    occurred = intervals(dice)
    relations = relations_of(dice, own, about, promised, occurred)
    actor, others = ends(dice, terms, relations)
    return Act(
        kind=dice.choice(DEEDS),
        actor=actor,
        title="a deed",
        co_actors=tuple(o for o in others[2:3] if dice.one_in(3)),
        counterparties=others[: dice.choice((0, 1, 1, 1, 2))],
        occurred=occurred,
        quantity=Quantity(dice.choice(("1", "2", "50")), dice.choice(UNITS))
        if dice.one_in(2)
        else None,
        code=dice.choice(CODES),
        relations=relations,
        evidence=evidences(dice),
    )


def ends(
    dice: Dice, terms: Commitment, relations: Sequence[Relation]
) -> tuple[str, tuple[str, ...]]:
    """An actor, mostly of the side whose move it is, and others."""
    kinds = {r.kind for r in relations}
    side = dice.choice((terms.debtors, terms.creditors))
    if kinds & BY_DEBTOR:
        side = terms.debtors
    elif kinds & BY_CREDITOR:
        side = terms.creditors
    actor = dice.choice(side) if dice.randint(0, 3) else dice.choice(EVERYBODY)
    if dice.one_in(20):
        actor = ""
    far = terms.creditors if side == terms.debtors else terms.debtors
    more = dice.sample(PARTIES, len(PARTIES))
    others = tuple(dict.fromkeys(p for p in (*far, *more) if p != actor))
    return actor, others


def relations_of(
    dice: Dice,
    own: str,
    about: str,
    promised: dict[str, Commitment],
    occurred: IntervalDate,
) -> tuple[Relation, ...]:
    made: dict[tuple[object, ...], Relation] = {}
    for _ in range(dice.choice((0, 1, 1, 2, 2, 3))):
        match dice.choice(("move",) * 4 + ("instrument",) + ("beside",) * 3):
            case "move":
                target = about if dice.randint(0, 3) else dice.choice(COMMITMENTS)
                relation = move_of(dice, target, promised[target], occurred)
            case "instrument":
                kind = dice.choice(LATER)
                relation = later(dice, Relation(kind, dice.choice(INSTRUMENTS)), occurred)
            case _:
                relation = beside(dice, own)
        made[relation.kind, relation.target, relation.about, relation.condition] = relation
    return tuple(made.values())


def move_of(dice: Dice, target: str, terms: Commitment, occurred: IntervalDate) -> Relation:
    kind = dice.choice(JOINING if dice.crowded else MOVES)
    if kind in SAYS:
        return Relation(kind, target, about=dice.choice(list(About)))
    if kind is RelationKind.FULFILS:
        return Relation(kind, target, extent=dice.choice(EXTENTS))
    if kind is RelationKind.MEETS:
        labels = sorted(labels_of(terms))
        if not labels:
            return Relation(RelationKind.REVIEWS, target)
        return Relation(kind, target, condition=dice.choice(labels))
    if kind is RelationKind.RESCHEDULES:
        if terms.nature is Nature.MAINTENANCE:
            return Relation(kind, target, until=dice.day())
        if terms.instalments:
            return Relation(RelationKind.REVIEWS, target)
        first = dice.day()
        last = first + timedelta(days=dice.randint(0, 20))
        return Relation(kind, target, due=IntervalDate(first, last))
    if kind in LATER:
        return later(dice, Relation(kind, target), occurred)
    return Relation(kind, target)


def later(dice: Dice, relation: Relation, occurred: IntervalDate) -> Relation:
    """It may take effect after its act, and a suspension may end."""
    first = occurred.from_day or occurred.to_day or FIRST_DAY
    effect = None
    if dice.one_in(2):
        effect = first + timedelta(days=dice.randint(0, 12))
    until = None
    if relation.kind is RelationKind.SUSPENDS and dice.one_in(2):
        last = max(effect or first, occurred.to_day or first)
        until = last + timedelta(days=dice.randint(0, 8))
    return replace(relation, takes_effect=effect, until=until)


def beside(dice: Dice, own: str) -> Relation:
    kind = dice.choice(BESIDE)
    target = dice.choice([a for a in ACTS if a != own])
    extent = ""
    if kind is RelationKind.REVERSES:
        extent = dice.choice(("", "", "1", "1/3", "0.25"))
    return Relation(kind, target, extent=extent)


def labels_of(terms: Commitment) -> set[str]:
    def inside(node: Condition) -> set[str]:
        if isinstance(node, AllOf | AnyOf):
            return {label for n in node.conditions for label in inside(n)}
        if isinstance(node, AtLeast):
            return {label for n in node.of for label in inside(n)}
        return {node.label} if isinstance(node, Words) else set()

    trees = filter(None, (terms.antecedent, terms.until_condition))
    return {label for tree in trees for label in inside(tree.condition)}


def sequels(
    dice: Dice, first: str, earlier: Act, other: Act, promised: dict[str, Commitment]
) -> Act:
    """An act that has to do with an earlier one: its notice withdrawn, its deed taken back or
    told again, its breach answered or made good on the same day, its suspension accepted."""
    moved = [r for r in earlier.relations if r.target in promised]
    plain = replace(other, relations=(), co_actors=(), joint=False)
    common = ("withdraw", "reverse", "twin", "answer", "again", "accept")
    match dice.choice(("accept",) * 6 + common if dice.crowded else common):
        case "withdraw":
            tie = Relation(RelationKind.WITHDRAWS, first)
            return replace(plain, kind=ActKind.STATEMENT, actor=earlier.actor, relations=(tie,))
        case "reverse":
            tie = Relation(RelationKind.REVERSES, first, extent=dice.choice(EXTENTS))
            return replace(plain, kind=ActKind.REVERSAL, actor=earlier.actor, relations=(tie,))
        case "twin":
            when = dice.choice((earlier.occurred, other.occurred))
            tie = Relation(RelationKind.SAME_AS, first)
            kept = tuple(r for r in earlier.relations if r.target != first)
            return replace(
                earlier, occurred=when, relations=(*kept, tie), evidence=other.evidence
            )
        case "answer" if moved:
            terms = promised[moved[0].target]
            target = dice.choice(COMMITMENTS)
            suspends = later(dice, Relation(RelationKind.SUSPENDS, target), plain.occurred)
            return replace(
                plain,
                kind=ActKind.STATEMENT,
                actor=dice.choice(terms.creditors),
                relations=(suspends, Relation(RelationKind.RESPONDS_TO, first)),
            )
        case "again" if moved:
            ties = [Relation(RelationKind.RESUMES, moved[0].target)]
            if dice.one_in(2):
                ties.append(Relation(RelationKind.FOLLOWS, first))
            return replace(
                plain,
                kind=ActKind.STATEMENT,
                actor=earlier.actor,
                occurred=earlier.occurred,
                relations=tuple(ties),
            )
        case "accept" if moved:
            terms = promised[moved[0].target]
            return replace(
                plain,
                kind=ActKind.AGREEMENT,
                actor=dice.choice(terms.creditors),
                relations=(Relation(RelationKind.ACCEPTS, first),),
            )
    return other


def repaired(own: str, act: Act) -> Act:
    """Nobody acts toward itself, no act is tied to itself, and what nobody is known to have
    done moves nothing."""
    away = tuple(c for c in act.counterparties if c not in (act.actor, *act.co_actors))
    co_actors = tuple(c for c in act.co_actors if c != act.actor) if act.actor else ()
    ties = tuple(
        r for r in act.relations if r.target != own and (act.actor or r.kind in OF_NOBODY)
    )
    return replace(act, counterparties=away, co_actors=co_actors, relations=ties)


# Ledgers


def ledgers(dice: Dice, *, with_changes: bool = True) -> Recorded:
    """A ledger: its parties and reports, then its instruments, commitments and acts in one
    request, then changes."""
    requests: list[tuple[RecordCommand, datetime]] = []
    moment = MOMENT

    def record(items: Sequence[Item]) -> None:
        requests.append((RecordCommand(tuple(items)), moment))

    record([NewEntry(SCALE, scale_state())])
    beginning: list[Item] = [NewEntry(p, party_states(dice, p)) for p in PARTIES]
    record([*beginning, *(NewEntry(r, report_states(dice)) for r in REPORTS)])
    promised = {c: commitment_states(dice, c) for c in COMMITMENTS}
    done = {a: act_states(dice, a, promised) for a in ACTS}
    for n in range(0, len(ACTS) - 1, 2):
        if dice.randint(0, 2):
            first, second = ACTS[n], ACTS[n + 1]
            done[second] = sequels(dice, first, done[first], done[second], promised)
    done = {a: with_joint(dice.one_in(6), repaired(a, act)) for a, act in done.items()}
    states: dict[str, State] = {
        **{t: instrument_states(dice) for t in INSTRUMENTS},
        **promised,
        **done,
    }
    record([NewEntry(i, state) for i, state in states.items()])
    if with_changes:
        for _ in range(dice.choice((0, 0, 1, 2, 3))):
            moment += timedelta(days=dice.randint(0, 2), seconds=1)
            record([changes(dice, promised)])
    return Recorded(dice.choice((None, day_of(-5), day_of(10))), tuple(requests))


def accepted_ledger(dice: Dice, *, with_changes: bool = True) -> Recorded:
    """The first ledger made that the service would take; nearly all are."""
    while True:
        made = ledgers(dice, with_changes=with_changes)
        if is_accepted(made):
            return made


def is_accepted(made: Recorded) -> bool:
    """Each request passes the checks, against what was recorded before it."""
    known: dict[str, State] = {}
    amended: set[str] = set()
    for asked, moment in made.requests:
        command = normalise(asked)
        if check_command(command, today=moment.date()):
            return False
        if check_targets(command, known.get, amended.__contains__).refusal() is not None:
            return False
        for item in command.items:
            entry_id = item.entry_id
            if not isinstance(item, Annulment):
                known[entry_id] = item.state
            if not isinstance(item, NewEntry):
                amended.add(entry_id)
    return True


def with_joint(joint: bool, act: Act) -> Act:
    return replace(act, joint=joint and bool(act.counterparties) and bool(act.actor))


def changes(dice: Dice, promised: dict[str, Commitment]) -> Item:
    """The next version of some entry: corrected, told anew, or withdrawn."""
    entry_id = dice.choice((*ACTS, *ACTS, *COMMITMENTS, *REPORTS, *PARTIES, *INSTRUMENTS))
    if entry_id in PARTIES:
        return Amendment(entry_id, "told otherwise", party_states(dice, entry_id), None)
    if dice.one_in(4):
        return Annulment(entry_id, "withdrawn")
    report = dice.maybe(dice.choice(REPORTS))
    state: State
    if entry_id in ACTS:
        state = repaired(entry_id, act_states(dice, entry_id, promised))
    elif entry_id in COMMITMENTS:
        state = commitment_states(dice, entry_id)
    elif entry_id in REPORTS:
        state = report_states(dice)
    else:
        state = instrument_states(dice)
    return Amendment(entry_id, "told otherwise", state, report)
