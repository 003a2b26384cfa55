"""Small, nasty ledgers: everything happens within forty days, so that it collides.

What is made here keeps the rules of recording; a request that does not is left out.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from hypothesis import strategies as st
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
    Coding,
    Commitment,
    CommitmentFulfilled,
    Condition,
    EventCode,
    Evidence,
    IntervalDate,
    Mandate,
    Nature,
    Party,
    PartyKind,
    PloverCode,
    Relation,
    RelationKind,
    Report,
    Representation,
    Scale,
    State,
    Version,
    Weight,
    Words,
)
from tests.support.histories import MemoryHistory
from tests.support.random_ledgers import Dice, accepted_ledger

FIRST_DAY = date(2018, 6, 1)
SPAN = 40

STATES = ("north", "south")
PARTIES = (*STATES, "envoy", "general", "union", "watchers")
REPORTS = ("r1", "r2", "r3", "r4")
COMMITMENTS = ("c1", "c2", "c3", "c4")
ACTS = tuple(f"a{n:02}" for n in range(1, 13))
SCALE = "house-scale"

CODES = (
    None,
    EventCode(cameo="0842"),
    EventCode(cameo="173"),
    EventCode(cameo="99"),
    EventCode(plover=PloverCode(type="RETREAT", mode="disarm")),
)

#: What an act may say of a commitment, heavy on what collides.
TO_COMMITMENTS = (
    RelationKind.FULFILS,
    RelationKind.FULFILS,
    RelationKind.BREACHES,
    RelationKind.ACCEPTS,
    RelationKind.ACCEPTS,
    RelationKind.CANCELS,
    RelationKind.RELEASES,
    RelationKind.SUSPENDS,
    RelationKind.RESUMES,
    RelationKind.MEETS,
    RelationKind.ASSERTS,
    RelationKind.DENIES,
    RelationKind.VERIFIES,
    RelationKind.REFUTES,
)
TO_ACTS = (
    RelationKind.ACCEPTS,
    RelationKind.ASSERTS,
    RelationKind.DENIES,
    RelationKind.VERIFIES,
    RelationKind.REFUTES,
    RelationKind.SAME_AS,
    RelationKind.SAME_AS,
    RelationKind.CONTRADICTS,
    RelationKind.RESPONDS_TO,
)
SAYS = {
    RelationKind.ASSERTS,
    RelationKind.DENIES,
    RelationKind.VERIFIES,
    RelationKind.REFUTES,
}
KINDS = (
    ActKind.CONCESSION,
    ActKind.FULFILMENT,
    ActKind.FULFILMENT,
    ActKind.VIOLATION,
    ActKind.STATEMENT,
    ActKind.CLAIM,
    ActKind.DENIAL,
    ActKind.MEETING,
)


@dataclass(frozen=True)
class Request:
    """A command and the moment at which it is recorded."""

    command: RecordCommand
    recorded_at: datetime


@dataclass(frozen=True)
class Book:
    """What was recorded into one ledger, in order."""

    opens_on: date | None
    requests: tuple[Request, ...]

    def history(self) -> MemoryHistory:
        history = MemoryHistory(self.opens_on)
        for request in self.requests:
            history.record(request.command, recorded_at=request.recorded_at)
        return history

    @property
    def versions(self) -> list[Version]:
        return list(self.history().recorded)


@dataclass(frozen=True)
class Look:
    """The cuts of a question, but for the position."""

    as_of: date
    reported_by: date | None
    policy: Policy


def day_of(n: int) -> date:
    return FIRST_DAY + timedelta(days=n)


days = st.integers(0, SPAN).map(day_of)
parties = st.sampled_from((*STATES, *STATES, *PARTIES))


@st.composite
def intervals(draw: st.DrawFn) -> IntervalDate:
    shape = draw(
        st.sampled_from(("day",) * 6 + ("range",) * 3 + ("from", "to", "to", "none", "year"))
    )
    first = draw(days)
    last = first + timedelta(days=draw(st.integers(1, 12)))
    match shape:
        case "day":
            return IntervalDate(first, first)
        case "range":
            return IntervalDate(first, last)
        case "from":
            return IntervalDate(first, None)
        case "to":
            return IntervalDate(None, last)
        case "year":
            return IntervalDate(date(2018, 1, 1), date(2018, 12, 31))
    return IntervalDate()


@st.composite
def evidences(draw: st.DrawFn) -> tuple[Evidence, ...]:
    told = []
    for report in draw(st.lists(st.sampled_from(REPORTS), min_size=1, max_size=2)):
        voice = draw(st.sampled_from(("", "", "", *STATES, *PARTIES)))
        hedged = draw(st.sampled_from((False, False, False, True)))
        told.append(Evidence(report=report, asserted_by=voice, hedged=hedged))
    return tuple(told)


@st.composite
def represented(draw: st.DrawFn, party: str) -> tuple[Representation, ...]:
    """On any day at most one principal; it may change in between, and go in circles."""
    if party in STATES and draw(st.integers(0, 5)):
        return ()
    if not draw(st.booleans()):
        return ()
    others = st.sampled_from([p for p in PARTIES if p != party])
    mandates = st.lists(
        st.sampled_from((Mandate.ALL, Mandate.ALL, *Mandate)), max_size=2, unique=True
    ).map(tuple)
    change = draw(days)
    first = Representation(draw(others), None, change, draw(mandates))
    second = Representation(
        draw(others), change + timedelta(days=1), draw(st.none()), draw(mandates)
    )
    return draw(st.sampled_from(((first,), (second,), (first, second))))


@st.composite
def party_states(draw: st.DrawFn, party: str) -> Party:
    return Party(name=party, kind=PartyKind.BODY, represents=draw(represented(party)))


@st.composite
def report_states(draw: st.DrawFn) -> Report:
    return Report(title="a report", publisher="a paper", published=draw(intervals()))


@st.composite
def conditions(draw: st.DrawFn, own: str, depth: int = 0) -> Condition:
    kind = draw(st.sampled_from(("act", "act", "commitment", "words", "all", "any")))
    if kind in ("all", "any") and depth < 1:
        inner = tuple(draw(conditions(own, depth + 1)) for _ in range(2))
        return AllOf(inner) if kind == "all" else AnyOf(inner)
    if kind == "commitment":
        return CommitmentFulfilled(draw(st.sampled_from([c for c in COMMITMENTS if c != own])))
    if kind == "words":
        return Words(text="it is done", label=draw(st.sampled_from(("one", "two"))))
    return ActOccurred(draw(st.sampled_from(ACTS)))


@st.composite
def commitment_states(draw: st.DrawFn, own: str) -> Commitment:
    mutual = draw(st.integers(0, 5)) == 0
    if mutual:
        sides = tuple(draw(st.lists(parties, min_size=2, max_size=3, unique=True)))
        debtors, creditors = sides, sides
    else:
        debtors, creditors = draw(two_sides())
    kept = draw(st.integers(0, 3)) == 0
    antecedent = None
    if draw(st.booleans()):
        antecedent = Antecedent(draw(conditions(own)), draw(st.none() | days))
    return Commitment(
        debtors=debtors,
        creditors=creditors,
        consequent="a deed",
        mutual=mutual,
        made_by=tuple(draw(st.lists(parties, max_size=2, unique=True)))
        if not draw(st.integers(0, 3))
        else (),
        consequent_code=draw(st.sampled_from(CODES)),
        occurred=draw(intervals()),
        nature=Nature.MAINTENANCE if kept else Nature.ACHIEVEMENT,
        due=None if kept else draw(st.none() | intervals()),
        until=draw(st.none() | days) if kept else None,
        offer=draw(st.integers(0, 3)) == 0,
        antecedent=antecedent,
        relations=draw(ties_of_commitment(own)),
        evidence=draw(evidences()),
    )


@st.composite
def two_sides(draw: st.DrawFn) -> tuple[tuple[str, ...], tuple[str, ...]]:
    if draw(st.booleans()):
        return draw(st.sampled_from(((("north",), ("south",)), (("south",), ("north",)))))
    everybody = draw(st.permutations(PARTIES))
    owing, owed = draw(st.integers(1, 2)), draw(st.integers(1, 2))
    return tuple(everybody[:owing]), tuple(everybody[owing : owing + owed])


@st.composite
def ties_of_commitment(draw: st.DrawFn, own: str) -> tuple[Relation, ...]:
    kinds = (
        RelationKind.SUPERSEDES,
        RelationKind.SUPERSEDES,
        RelationKind.SAME_AS,
        RelationKind.CONTRADICTS,
    )
    others = [c for c in COMMITMENTS if c != own]
    drawn = draw(st.lists(st.sampled_from(kinds), max_size=1))
    return tuple(Relation(kind, draw(st.sampled_from(others))) for kind in drawn)


@st.composite
def act_states(draw: st.DrawFn, own: str) -> Act:
    actor, other, third = draw(st.permutations(PARTIES))[:3]
    if draw(st.booleans()):
        actor, other = draw(st.sampled_from((STATES, STATES[::-1])))
        third = draw(st.sampled_from(PARTIES[2:]))
    co_actors = (third,) if draw(st.integers(0, 5)) == 0 else ()
    counterparties = (other,) if draw(st.integers(0, 4)) else ()
    return Act(
        kind=draw(st.sampled_from(KINDS)),
        actor=actor,
        title="a deed",
        co_actors=co_actors,
        counterparties=counterparties,
        joint=bool(counterparties or co_actors) and draw(st.integers(0, 5)) == 0,
        occurred=draw(intervals()),
        code=draw(st.sampled_from(CODES)),
        relations=draw(ties_of_act(own)),
        evidence=draw(evidences()),
    )


@st.composite
def ties_of_act(draw: st.DrawFn, own: str) -> tuple[Relation, ...]:
    made: dict[tuple[object, ...], Relation] = {}
    for _ in range(draw(st.integers(0, 3))):
        if draw(st.integers(0, 2)):
            kind = draw(st.sampled_from(TO_COMMITMENTS))
            about = draw(st.sampled_from(list(About))) if kind in SAYS else None
            extent = ""
            if kind is RelationKind.FULFILS:
                extent = draw(st.sampled_from(("", "1", "1", "1/2", "1/3", "0.5")))
            label = ""
            if kind is RelationKind.MEETS:
                label = draw(st.sampled_from(("", "one", "two")))
            target = draw(st.sampled_from(COMMITMENTS))
            relation = Relation(kind, target, extent=extent, about=about, condition=label)
        else:
            kind = draw(st.sampled_from(TO_ACTS))
            relation = Relation(kind, draw(st.sampled_from([a for a in ACTS if a != own])))
        made[relation.kind, relation.target, relation.about, relation.condition] = relation
    return tuple(made.values())


@st.composite
def sequels(
    draw: st.DrawFn, first: str, earlier: Act, other: Act, promised: dict[str, Commitment]
) -> Act:
    """An act that has to do with an earlier one: told again, answered, checked by who took
    part in it, contradicted; or a word about a promise by who is named in it.
    """
    match draw(st.sampled_from(("another", "twin", "answer", "memoir", "reversal", "word"))):
        case "twin":
            when = draw(st.sampled_from((earlier.occurred, other.occurred)))
            tie = Relation(RelationKind.SAME_AS, first)
            kept = tuple(r for r in earlier.relations if r.target != first)
            return replace(
                earlier, occurred=when, relations=(*kept, tie), evidence=other.evidence
            )
        case "answer" if earlier.counterparties and not earlier.joint:
            return replace(
                other,
                kind=draw(st.sampled_from((ActKind.CONCESSION, ActKind.FULFILMENT))),
                actor=earlier.counterparties[0],
                co_actors=(),
                counterparties=(earlier.actor,),
                joint=False,
                relations=(Relation(RelationKind.RESPONDS_TO, first),),
            )
        case "memoir":
            kinds = (RelationKind.VERIFIES, RelationKind.REFUTES, RelationKind.DENIES)
            tie = Relation(draw(st.sampled_from(kinds)), first)
            ends = [earlier.actor, *earlier.counterparties]
            return spoken(other, draw(st.sampled_from(ends)), tie)
        case "reversal":
            tie = Relation(RelationKind.CONTRADICTS, first)
            return replace(other, actor=earlier.actor, co_actors=(), relations=(tie,))
        case "word":
            target = draw(st.sampled_from(COMMITMENTS))
            kinds = (RelationKind.VERIFIES, RelationKind.ASSERTS, RelationKind.REFUTES)
            about = draw(st.sampled_from(list(About)))
            tie = Relation(draw(st.sampled_from(kinds)), target, about=about)
            named = promised[target].debtors + promised[target].creditors
            return spoken(other, draw(st.sampled_from(named)), tie)
    return other


def spoken(act: Act, actor: str, tie: Relation) -> Act:
    return replace(
        act,
        kind=ActKind.STATEMENT,
        actor=actor,
        co_actors=(),
        joint=False,
        counterparties=tuple(each for each in act.counterparties if each != actor),
        relations=(tie,),
    )


@st.composite
def states_of(draw: st.DrawFn, entry_id: str) -> State:
    """A state for the entry of this id, whose type its id tells."""
    if entry_id in COMMITMENTS:
        return draw(commitment_states(entry_id))
    if entry_id in ACTS:
        return draw(act_states(entry_id))
    if entry_id in REPORTS:
        return draw(report_states())
    if entry_id == SCALE:
        return scale_state(draw(st.sampled_from(("5", "6"))))
    return draw(party_states(entry_id))


def scale_state(weight: str = "5") -> Scale:
    rows = (Weight("08", weight), Weight("0842", "7.5"), Weight("17", "-3"))
    return Scale("A scale of the house", "1", "the house", "CC0-1.0", Coding.CAMEO, rows)


@st.composite
def changes(draw: st.DrawFn) -> Item:
    """The next version of some entry: corrected, told anew, or withdrawn."""
    entry_id = draw(st.sampled_from((*ACTS, *ACTS, *COMMITMENTS, *REPORTS, *PARTIES, SCALE)))
    if draw(st.integers(0, 3)) == 0 and entry_id not in (*PARTIES, SCALE):
        return Annulment(entry_id, "withdrawn")
    state = draw(states_of(entry_id))
    if isinstance(state, Act) and draw(st.integers(0, 5)) == 0:
        state = replace(state, kind=ActKind.DEMAND)
    if isinstance(state, Scale):
        return Amendment(entry_id, "weighed anew", state, None)
    report = draw(st.none() | st.sampled_from(REPORTS))
    return Amendment(entry_id, "told otherwise", state, report)


@st.composite
def books(draw: st.DrawFn, *, with_changes: bool = True) -> Book:
    """A ledger: its parties and reports, then its commitments and acts in one request
    (they refer to one another as they like), then changes, several in a request."""
    opens_on = draw(st.sampled_from((None, day_of(-5), day_of(10))))
    known: dict[str, State] = {}
    amended: set[str] = set()
    requests: list[Request] = []
    moment = datetime(2018, 7, 20, 12, tzinfo=UTC)

    def record(items: list[Item]) -> None:
        command = normalise(RecordCommand(tuple(items)))
        if accepted(command, known, amended, moment.date()):
            requests.append(Request(command, moment))
            for item in command.items:
                if not isinstance(item, Annulment):
                    entry_id = item.entry_id
                    known[entry_id] = item.state
                if not isinstance(item, NewEntry):
                    amended.add(item.entry_id)

    record([NewEntry(SCALE, scale_state())])
    record([NewEntry(p, draw(states_of(p))) for p in (*PARTIES, *REPORTS)])
    promised = {c: draw(commitment_states(c)) for c in COMMITMENTS}
    done = {a: draw(act_states(a)) for a in ACTS}
    for first, second in ((ACTS[n], ACTS[n + 1]) for n in range(0, len(ACTS) - 1, 3)):
        done[second] = draw(sequels(first, done[first], done[second], promised))
    record(repaired([NewEntry(i, state) for i, state in (*promised.items(), *done.items())]))
    if with_changes:
        for _ in range(draw(st.integers(0, 6))):
            moment += timedelta(days=draw(st.integers(0, 2)), seconds=1)
            record(draw(st.lists(changes(), min_size=1, max_size=2)))
    return Book(opens_on, tuple(requests))


def rich_books(*, with_changes: bool = True) -> st.SearchStrategy[Book]:
    """Ledgers that use every noun and rule. Each is made from one number, so that it cannot be
    made smaller when a test fails.
    """
    return st.integers(0, 2**32 - 1).map(lambda seed: _rich_book(seed, with_changes))


def any_books() -> st.SearchStrategy[Book]:
    return books() | rich_books()


def _rich_book(seed: int, with_changes: bool) -> Book:
    dice = Dice(seed)
    made = accepted_ledger(dice, with_changes=with_changes)
    requests = [Request(normalise(command), moment) for command, moment in made.requests]
    if with_changes:
        withdrawn = {item.entry_id for item in made.items if isinstance(item, Annulment)}
        for number in range(dice.randint(0, 3)):
            entry_id = dice.choice((*COMMITMENTS, *ACTS))
            if entry_id not in withdrawn:
                told = Evidence(dice.choice(REPORTS), locator=f"page {number}")
                added = Amendment(entry_id, "told again", None, evidence_added=(told,))
                moment = requests[-1].recorded_at + timedelta(seconds=1)
                requests.append(Request(RecordCommand((added,)), moment))
    return Book(made.opens_on, tuple(requests))


def repaired(items: list[NewEntry]) -> list[Item]:
    """Without ties that the targets of this request do not allow."""
    states = {i.entry_id: i.state for i in items}
    return [
        NewEntry(i.entry_id, without_broken_ties(i.state, states))
        if isinstance(i.state, Act)
        else i
        for i in items
    ]


def without_broken_ties(act: Act, states: dict[str, State]) -> Act:
    kept = []
    for relation in act.relations:
        target = states[relation.target]
        if relation.kind is RelationKind.MEETS:
            assert isinstance(target, Commitment)
            labels = labels_of(target)
            fits = relation.condition in labels or (not relation.condition and len(labels) == 1)
            if not fits:
                continue
        kept.append(relation)
    return replace(act, relations=tuple(kept))


def labels_of(commitment: Commitment) -> list[str]:
    def inside(node: Condition) -> list[str]:
        if isinstance(node, AllOf | AnyOf):
            return [label for n in node.conditions for label in inside(n)]
        return [node.label] if isinstance(node, Words) else []

    return inside(commitment.antecedent.condition) if commitment.antecedent else []


def accepted(
    command: RecordCommand, known: dict[str, State], amended: set[str], today: date
) -> bool:
    if check_command(command, today=today):
        return False
    named = [i.entry_id for i in command.items if not isinstance(i, NewEntry)]
    if not all(entry_id in known for entry_id in named):
        return False
    return check_targets(command, known.get, amended.__contains__).refusal() is None


@st.composite
def looks(draw: st.DrawFn) -> Look:
    return Look(
        draw(st.integers(-2, SPAN + 25).map(day_of)),
        draw(st.none() | st.integers(-2, SPAN + 60).map(day_of)),
        draw(st.sampled_from(Policy)),
    )
